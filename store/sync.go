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

	find, insert, update, text, comment, uncomment, name, unname, unindex, index *sql.Stmt

	// touched are reports whose comments came apart from them.
	touched map[int64]bool
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
		{&w.comment, `INSERT OR REPLACE INTO comments (report, id, author, text, created, updated, private, url, refs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&w.uncomment, `DELETE FROM comments WHERE report = ?`},
		{&w.name, `INSERT OR IGNORE INTO named (key, report) VALUES (?, ?)`},
		{&w.unname, `DELETE FROM named WHERE report = ?`},
		{&w.unindex, `DELETE FROM search WHERE rowid = ?`},
		{&w.index, `INSERT INTO search (rowid, title, body, comments) VALUES (?, ?, ?, ?)`},
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

// contentOf identifies all that a tracker says of a report. Adapters that
// bring comments apart leave Comments nil, and then they do not count.
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
	if r.Comments == nil && !fresh {
		// They come apart and are kept; the index needs them as they are.
		w.touched[n] = true
		return w.names(n, r.References, nil, true)
	}
	if !fresh {
		// A note that is gone at the tracker goes here too.
		if _, err := w.uncomment.ExecContext(w.ctx, n); err != nil {
			return err
		}
	}
	for i := range r.Comments {
		if err := w.oneComment(n, &r.Comments[i]); err != nil {
			return err
		}
		counts.Comments++
	}
	if err := w.names(n, r.References, r.Comments, !fresh); err != nil {
		return err
	}
	var said strings.Builder
	for _, c := range r.Comments {
		said.WriteString(c.Text + "\n")
	}
	return w.reindex(n, r.Title, r.Body+"\n"+r.Steps+"\n"+r.Additional, said.String(), fresh)
}

func (w *writer) oneComment(n int64, c *tracker.Comment) error {
	refs, err := json.Marshal(c.References)
	if err != nil {
		return err
	}
	_, err = w.comment.ExecContext(w.ctx, n, c.ID, c.Author, c.Text, millis(c.Created), millis(c.Updated), c.Private, c.URL, string(refs))
	return err
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

func (w *writer) reindex(n int64, title, body, comments string, fresh bool) error {
	if !fresh {
		if _, err := w.unindex.ExecContext(w.ctx, n); err != nil {
			return err
		}
	}
	_, err := w.index.ExecContext(w.ctx, n, title, body, comments)
	return err
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
		if err := w.oneComment(n, c); err != nil {
			return fmt.Errorf("comment %d of %s: %w", c.ID, c.Report, err)
		}
		counts.Comments++
		w.touched[n] = true
	}
	return nil
}

// flush brings names and index of the touched reports in line with what is
// stored now.
func (w *writer) flush() error {
	for n := range w.touched {
		var title, body, steps, additional, refs string
		err := w.tx.QueryRowContext(w.ctx, `SELECT r.title, r.refs, t.body, t.steps, t.additional FROM reports r JOIN texts t ON t.report = r.n WHERE r.n = ?`, n).
			Scan(&title, &refs, &body, &steps, &additional)
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
		var said strings.Builder
		for _, c := range comments {
			said.WriteString(c.Text + "\n")
		}
		if err := w.reindex(n, title, body+"\n"+steps+"\n"+additional, said.String(), false); err != nil {
			return err
		}
	}
	return nil
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
