package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
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
// report or comment that did not change is not written. Comments whose report
// is not here are dropped: their pull request was skipped, or their report
// comes later and brings the feed's comments with it.
func (db *DB) Commit(ctx context.Context, name, feed string, page tracker.Page) (tracker.Counts, error) {
	var counts tracker.Counts
	err := db.change(ctx, "store reports", func(tx *sql.Tx) error {
		w := &writer{ctx: ctx, tx: tx, prepared: map[string]*sql.Stmt{}, touched: map[int64]bool{}}
		if err := w.page(page); err != nil {
			return err
		}
		counts = w.counts
		c := page.Cursor
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO cursors (tracker, feed, mark, pending, etag, url, extra) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			name, feed, millis(c.Mark), millis(c.Pending), c.ETag, c.URL, c.Extra)
		return err
	})
	return counts, err
}

// The statements of a page.
const (
	insertReport = `INSERT INTO reports (id, space, number, tracker, url, title, status, open, resolution, reproducibility, severity, project, version,
		category, labels, reporter, created, updated, private, release, package, refs, content, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(changed), 0) + 1 FROM reports))`
	updateReport = `UPDATE reports SET id = ?, space = ?, number = ?, tracker = ?, url = ?, title = ?, status = ?, open = ?, resolution = ?,
		reproducibility = ?, severity = ?, project = ?, version = ?, category = ?, labels = ?, reporter = ?, created = ?, updated = ?,
		private = ?, release = ?, package = ?, refs = ?, content = ? WHERE n = ?`
	// A comment that comes alone changes its report, whose row stays as it is.
	countChange  = `UPDATE reports SET changed = (SELECT max(changed) + 1 FROM reports) WHERE n = ?`
	writeTexts   = `INSERT OR REPLACE INTO texts (body, steps, additional, attachments, report) VALUES (?, ?, ?, ?, ?)`
	writeComment = `INSERT INTO comments (report, id, author, text, created, updated, private, url, refs, apart)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
		ON CONFLICT (report, id) DO UPDATE SET author = ?3, text = ?4, created = ?5, updated = ?6, private = ?7, url = ?8, refs = ?9, apart = ?10
		WHERE (author, text, created, updated, private, url, refs, apart) <> (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`
	dropComments  = `DELETE FROM comments WHERE report = ? AND apart = 0`
	writeName     = `INSERT OR IGNORE INTO named (key, report) VALUES (?, ?)`
	dropNames     = `DELETE FROM named WHERE report = ?`
	writeDocument = `INSERT INTO search (rowid, title, body, comments) VALUES (?, ?, ?, ?)`
	dropDocument  = `DELETE FROM search WHERE rowid = ?`
)

// writer writes a page in one transaction.
type writer struct {
	ctx      context.Context
	tx       *sql.Tx
	prepared map[string]*sql.Stmt // closed by the transaction's end
	counts   tracker.Counts
	known    map[string]known
	// touched are stored reports that changed, or whose comments did.
	touched map[int64]bool
	// documents are written last: FTS5 flushes its index whenever another
	// statement opens a savepoint, which doubles the time of a page.
	documents []document
}

// known is a report that is stored.
type known struct {
	n       int64
	content []byte
}

// document is what the search knows of a report.
type document struct {
	n                     int64
	title, body, comments string
	stored                bool // in an earlier form
}

func (w *writer) page(page tracker.Page) error {
	if err := w.look(page); err != nil {
		return err
	}
	for i := range page.Reports {
		if err := w.report(&page.Reports[i]); err != nil {
			return fmt.Errorf("report %s: %w", page.Reports[i].ID, err)
		}
	}
	for i := range page.Comments {
		if err := w.apart(&page.Comments[i]); err != nil {
			return fmt.Errorf("comment %d of %s: %w", page.Comments[i].ID, page.Comments[i].Report, err)
		}
	}
	for n := range w.touched {
		if err := w.renew(n); err != nil {
			return err
		}
	}
	return w.index()
}

// exec runs one of the statements; each is prepared once a page.
func (w *writer) exec(text string, args ...any) (sql.Result, error) {
	statement := w.prepared[text]
	if statement == nil {
		var err error
		if statement, err = w.tx.PrepareContext(w.ctx, text); err != nil {
			return nil, err
		}
		w.prepared[text] = statement
	}
	return statement.ExecContext(w.ctx, args...)
}

// look finds the reports of a page that are stored.
func (w *writer) look(page tracker.Page) error {
	var ids []string
	for i := range page.Reports {
		ids = append(ids, page.Reports[i].ID.String())
	}
	for i := range page.Comments {
		ids = append(ids, page.Comments[i].Report.String())
	}
	data, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	rows, err := w.tx.QueryContext(w.ctx, `SELECT id, n, content FROM reports WHERE id IN (SELECT value FROM json_each(?))`, string(data))
	if err != nil {
		return err
	}
	defer rows.Close()
	w.known = map[string]known{}
	for rows.Next() {
		var id string
		var k known
		if err := rows.Scan(&id, &k.n, &k.content); err != nil {
			return err
		}
		w.known[id] = k
	}
	return rows.Err()
}

// report writes a report, if it is new or changed.
func (w *writer) report(r *tracker.Report) error {
	values, err := valuesOf(r)
	if err != nil {
		return err
	}
	id, content := r.ID.String(), values.hash()
	known, stored := w.known[id]
	if stored && bytes.Equal(known.content, content) {
		w.counts.Unchanged++
		return nil
	}
	known.content = content
	row := append(values.row, content)
	if stored {
		w.counts.Updated++
		if _, err := w.exec(updateReport, append(row, known.n)...); err != nil {
			return err
		}
	} else {
		w.counts.New++
		result, err := w.exec(insertReport, row...)
		if err != nil {
			return err
		}
		if known.n, err = result.LastInsertId(); err != nil {
			return err
		}
	}
	w.known[id] = known
	return w.below(known.n, r, values, stored)
}

// below writes what hangs on a report: texts, comments, names, index.
func (w *writer) below(n int64, r *tracker.Report, values *reportValues, stored bool) error {
	if _, err := w.exec(writeTexts, append(values.texts, n)...); err != nil {
		return err
	}
	if stored {
		// A note that is gone at the tracker goes here too; those that came
		// apart stay.
		if _, err := w.exec(dropComments, n); err != nil {
			return err
		}
	}
	for _, comment := range values.comments {
		if _, err := w.exec(writeComment, append([]any{n}, append(comment, false)...)...); err != nil {
			return err
		}
		w.counts.Comments++
	}
	if stored {
		w.touched[n] = true // names and index need what came apart, too
		return nil
	}
	if err := w.names(n, r.References, r.Comments); err != nil {
		return err
	}
	w.documents = append(w.documents, document{n, r.Title, r.Body + "\n" + r.Steps + "\n" + r.Additional, said(r.Comments), false})
	return nil
}

// said joins what comments say.
func said(comments []tracker.Comment) string {
	var b bytes.Buffer
	for i := range comments {
		b.WriteString(comments[i].Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// names records what a report and its comments name.
func (w *writer) names(n int64, refs []tracker.Reference, comments []tracker.Comment) error {
	all := refs
	for _, c := range comments {
		all = append(all[:len(all):len(all)], c.References...)
	}
	for _, ref := range all {
		if _, err := w.exec(writeName, ref.Key, n); err != nil {
			return err
		}
	}
	return nil
}

// apart writes a comment that came apart from its report.
func (w *writer) apart(c *tracker.Comment) error {
	report, stored := w.known[c.Report.String()]
	if !stored {
		return nil
	}
	values, err := commentValues(c)
	if err != nil {
		return err
	}
	result, err := w.exec(writeComment, append([]any{report.n}, append(values, true)...)...)
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err != nil || changed == 0 {
		return err
	}
	w.counts.Comments++
	w.touched[report.n] = true
	_, err = w.exec(countChange, report.n)
	return err
}

// renew brings names and index of a report in line with what is stored now.
func (w *writer) renew(n int64) error {
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
	if _, err := w.exec(dropNames, n); err != nil {
		return err
	}
	if err := w.names(n, own, comments); err != nil {
		return err
	}
	d.body, d.comments = body+"\n"+steps+"\n"+additional, said(comments)
	for i := range w.documents {
		if w.documents[i].n == n { // came in this page, and changed in it
			d.stored = false
			w.documents[i] = d
			return nil
		}
	}
	w.documents = append(w.documents, d)
	return nil
}

// index writes the documents.
func (w *writer) index() error {
	for _, d := range w.documents {
		if !d.stored {
			continue
		}
		if _, err := w.exec(dropDocument, d.n); err != nil {
			return err
		}
	}
	for _, d := range w.documents {
		if _, err := w.exec(writeDocument, d.n, d.title, d.body, d.comments); err != nil {
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
