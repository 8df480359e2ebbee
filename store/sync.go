package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// Cursor implements tracker.Sink.
func (db *DB) Cursor(ctx context.Context, name, feed string) (tracker.Cursor, error) {
	var c tracker.Cursor
	var mark, pending int64
	err := db.read.QueryRowContext(ctx, `SELECT mark, pending, etag, url, extra FROM cursors WHERE tracker = ? AND feed = ?`, name, feed).
		Scan(&mark, &pending, &c.ETag, &c.URL, &c.Extra)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	c.Mark, c.Pending = fromMillis(mark), fromMillis(pending)
	return c, db.explain("read how far "+name+" is synced", err)
}

// Commit implements tracker.Sink: a page and its cursor in one transaction. A
// report that did not change is not written. Comments whose report is not here
// are dropped: their pull request was skipped, or their report comes later and
// brings the feed's comments with it.
func (db *DB) Commit(ctx context.Context, name, feed string, page tracker.Page) (tracker.Counts, error) {
	var counts tracker.Counts
	err := db.change(ctx, "store reports", func(tx *sql.Tx) error {
		counts = tracker.Counts{}
		w, err := newWriter(ctx, tx)
		if err != nil {
			return err
		}
		for i := range page.Reports {
			if err := w.report(&page.Reports[i], &counts); err != nil {
				return fmt.Errorf("report %s: %w", page.Reports[i].ID, err)
			}
		}
		if err := w.comments(page.Comments, &counts); err != nil {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
		c := page.Cursor
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO cursors (tracker, feed, mark, pending, etag, url, extra) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			name, feed, millis(c.Mark), millis(c.Pending), c.ETag, c.URL, c.Extra)
		return err
	})
	return counts, err
}

// writer writes reports in one transaction.
type writer struct {
	ctx context.Context
	tx  *sql.Tx

	find, insert, update, text, comment, uncomment, name, unname, unindex, document *sql.Stmt

	// touched are stored reports that changed, or whose comments did.
	touched map[int64]bool
	// documents are written last: FTS5 flushes its index whenever another
	// statement opens a savepoint, which doubles the time of a page.
	documents []document
}

// document is what the search knows of a report.
type document struct {
	n                     int64
	title, body, comments string
	stored                bool // in an earlier form
}

func newWriter(ctx context.Context, tx *sql.Tx) (*writer, error) {
	w := &writer{ctx: ctx, tx: tx, touched: map[int64]bool{}}
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&w.find, `SELECT n, content FROM reports WHERE id = ?`},
		{&w.insert, `INSERT INTO reports (id, space, number, tracker, url, title, status, open, resolution, reproducibility, severity, project, version,
			category, labels, reporter, created, updated, private, release, package, refs, content)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&w.update, `UPDATE reports SET id = ?, space = ?, number = ?, tracker = ?, url = ?, title = ?, status = ?, open = ?, resolution = ?,
			reproducibility = ?, severity = ?, project = ?, version = ?, category = ?, labels = ?, reporter = ?, created = ?, updated = ?,
			private = ?, release = ?, package = ?, refs = ?, content = ? WHERE n = ?`},
		{&w.text, `INSERT OR REPLACE INTO texts (report, body, steps, additional, attachments) VALUES (?, ?, ?, ?, ?)`},
		{&w.comment, `INSERT INTO comments (report, id, author, text, created, updated, private, url, refs, apart)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
			ON CONFLICT (report, id) DO UPDATE SET author = ?3, text = ?4, created = ?5, updated = ?6, private = ?7, url = ?8, refs = ?9, apart = ?10
			WHERE (author, text, created, updated, private, url, refs, apart) <> (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`},
		{&w.uncomment, `DELETE FROM comments WHERE report = ? AND apart = 0`},
		{&w.name, `INSERT OR IGNORE INTO named (key, report) VALUES (?, ?)`},
		{&w.unname, `DELETE FROM named WHERE report = ?`},
		{&w.unindex, `DELETE FROM search WHERE rowid = ?`},
		{&w.document, `INSERT INTO search (rowid, title, body, comments) VALUES (?, ?, ?, ?)`},
	} {
		// The transaction's end closes them.
		statement, err := tx.PrepareContext(ctx, s.text)
		if err != nil {
			return nil, err
		}
		*s.to = statement
	}
	return w, nil
}

// report writes a report, if it is new or changed.
func (w *writer) report(r *tracker.Report, counts *tracker.Counts) error {
	content, err := contentOf(r)
	if err != nil {
		return err
	}
	var n int64
	var known []byte
	err = w.find.QueryRowContext(w.ctx, r.ID.String()).Scan(&n, &known)
	fresh := errors.Is(err, sql.ErrNoRows)
	switch {
	case err != nil && !fresh:
		return err
	case !fresh && bytes.Equal(known, content):
		counts.Unchanged++
		return nil
	}
	values, err := reportValues(r, content)
	if err != nil {
		return err
	}
	if fresh {
		counts.New++
		result, err := w.insert.ExecContext(w.ctx, values...)
		if err != nil {
			return err
		}
		if n, err = result.LastInsertId(); err != nil {
			return err
		}
	} else {
		counts.Updated++
		if _, err := w.update.ExecContext(w.ctx, append(values, n)...); err != nil {
			return err
		}
	}
	return w.below(n, r, fresh, counts)
}

// contentOf identifies all that a tracker says of a report. Comments that come
// apart from it do not count.
func contentOf(r *tracker.Report) ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	return sum[:16], nil
}

func reportValues(r *tracker.Report, content []byte) ([]any, error) {
	labels, err := json.Marshal(r.Labels)
	if err != nil {
		return nil, err
	}
	refs, err := json.Marshal(r.References)
	if err != nil {
		return nil, err
	}
	return []any{r.ID.String(), r.ID.Space, r.ID.Number, r.Tracker, r.URL, r.Title, r.Status, r.Open, r.Resolution, r.Reproducibility, r.Severity,
		r.Project, r.Version, r.Category, string(labels), r.Reporter, millis(r.Created), millis(r.Updated), r.Private, r.Release, r.Package,
		string(refs), content}, nil
}

// below writes what hangs on a report: texts, comments, references, index.
func (w *writer) below(n int64, r *tracker.Report, fresh bool, counts *tracker.Counts) error {
	attachments, err := json.Marshal(r.Attachments)
	if err != nil {
		return err
	}
	if _, err := w.text.ExecContext(w.ctx, n, r.Body, r.Steps, r.Additional, string(attachments)); err != nil {
		return err
	}
	if !fresh {
		// A note that is gone at the tracker goes here too; those that came
		// apart stay.
		if _, err := w.uncomment.ExecContext(w.ctx, n); err != nil {
			return err
		}
	}
	for i := range r.Comments {
		if _, err := w.oneComment(n, &r.Comments[i], false); err != nil {
			return err
		}
		counts.Comments++
	}
	if !fresh {
		w.touched[n] = true // names and index need what is stored apart, too
		return nil
	}
	if err := w.names(n, r.References, r.Comments, false); err != nil {
		return err
	}
	w.documents = append(w.documents, document{n, r.Title, r.Body + "\n" + r.Steps + "\n" + r.Additional, said(r.Comments), false})
	return nil
}

// said joins what comments say.
func said(comments []tracker.Comment) string {
	var b strings.Builder
	for i := range comments {
		b.WriteString(comments[i].Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// oneComment writes a comment, if it is new or changed.
func (w *writer) oneComment(n int64, c *tracker.Comment, apart bool) (changed bool, err error) {
	refs, err := json.Marshal(c.References)
	if err != nil {
		return false, err
	}
	result, err := w.comment.ExecContext(w.ctx, n, c.ID, c.Author, c.Text, millis(c.Created), millis(c.Updated), c.Private, c.URL, string(refs), apart)
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// names records what a report and its comments name.
func (w *writer) names(n int64, refs []tracker.Reference, comments []tracker.Comment, replace bool) error {
	if replace {
		if _, err := w.unname.ExecContext(w.ctx, n); err != nil {
			return err
		}
	}
	all := refs
	for _, c := range comments {
		all = append(all[:len(all):len(all)], c.References...)
	}
	for _, ref := range all {
		if _, err := w.name.ExecContext(w.ctx, ref.Key, n); err != nil {
			return err
		}
	}
	return nil
}

// index writes the documents.
func (w *writer) index() error {
	for _, d := range w.documents {
		if !d.stored {
			continue
		}
		if _, err := w.unindex.ExecContext(w.ctx, d.n); err != nil {
			return err
		}
	}
	for _, d := range w.documents {
		if _, err := w.document.ExecContext(w.ctx, d.n, d.title, d.body, d.comments); err != nil {
			return err
		}
	}
	return nil
}

// comments writes comments that came apart from their reports.
func (w *writer) comments(comments []tracker.Comment, counts *tracker.Counts) error {
	for i := range comments {
		c := &comments[i]
		var n int64
		var content []byte
		err := w.find.QueryRowContext(w.ctx, c.Report.String()).Scan(&n, &content)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		changed, err := w.oneComment(n, c, true)
		if err != nil {
			return fmt.Errorf("comment %d of %s: %w", c.ID, c.Report, err)
		}
		if changed {
			counts.Comments++
			w.touched[n] = true
		}
	}
	return nil
}

// flush brings names and index of the reports in line with what is stored now.
func (w *writer) flush() error {
	fresh := map[int64]int{}
	for i, d := range w.documents {
		fresh[d.n] = i
	}
	for n := range w.touched {
		d := document{n: n, stored: true}
		var body, steps, additional, refs string
		err := w.tx.QueryRowContext(w.ctx, `SELECT r.title, r.refs, t.body, t.steps, t.additional FROM reports r JOIN texts t ON t.report = r.n WHERE r.n = ?`, n).
			Scan(&d.title, &refs, &body, &steps, &additional)
		if err != nil {
			return err
		}
		var own []tracker.Reference
		if err := json.Unmarshal([]byte(refs), &own); err != nil {
			return err
		}
		comments, err := readComments(w.ctx, w.tx, n, tracker.ID{})
		if err != nil {
			return err
		}
		if err := w.names(n, own, comments, true); err != nil {
			return err
		}
		d.body, d.comments = body+"\n"+steps+"\n"+additional, said(comments)
		if i, ok := fresh[n]; ok {
			w.documents[i].comments = d.comments // came in this page, with its comments apart
			continue
		}
		w.documents = append(w.documents, d)
	}
	return w.index()
}

// Synced is how the last syncs of a tracker went.
type Synced struct {
	Tracker   string
	Tried     time.Time
	Succeeded time.Time // zero: never
	Error     string    // of the last try, "" if it succeeded
}

// SaveSync records how a sync of a tracker went.
func (db *DB) SaveSync(ctx context.Context, name string, at time.Time, failure string) error {
	return db.change(ctx, "record the sync", func(tx *sql.Tx) error {
		succeeded := millis(at)
		if failure != "" {
			succeeded = 0
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO syncs (tracker, tried, succeeded, error) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (tracker) DO UPDATE SET tried = ?2, error = ?4, succeeded = max(succeeded, ?3)`, name, millis(at), succeeded, failure)
		return err
	})
}

// Syncs lists how the last syncs went, by tracker.
func (db *DB) Syncs(ctx context.Context) (list []Synced, err error) {
	const doing = "read when trackers were synced"
	rows, err := db.read.QueryContext(ctx, `SELECT tracker, tried, succeeded, error FROM syncs ORDER BY tracker`)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s Synced
		var tried, succeeded int64
		if err := rows.Scan(&s.Tracker, &tried, &succeeded, &s.Error); err != nil {
			return nil, db.explain(doing, err)
		}
		s.Tried, s.Succeeded = fromMillis(tried), fromMillis(succeeded)
		list = append(list, s)
	}
	return list, db.explain(doing, rows.Err())
}
