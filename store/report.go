package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/almatriage/almatriage/tracker"
)

// querier is what reads: a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Report returns a stored report with its comments.
func (db *DB) Report(ctx context.Context, id tracker.ID) (*tracker.Report, error) {
	doing := "read report " + id.String()
	r := &tracker.Report{ID: id}
	var n, created, updated int64
	var labels, refs, attachments string
	err := db.read.QueryRowContext(ctx, `SELECT r.n, r.tracker, r.url, r.title, r.status, r.open, r.resolution, r.reproducibility, r.severity, r.project,
		r.version, r.category, r.labels, r.reporter, r.created, r.updated, r.private, r.release, r.package, r.refs, t.body, t.steps, t.additional, t.attachments
		FROM reports r JOIN texts t ON t.report = r.n WHERE r.id = ?`, id.String()).
		Scan(&n, &r.Tracker, &r.URL, &r.Title, &r.Status, &r.Open, &r.Resolution, &r.Reproducibility, &r.Severity, &r.Project, &r.Version, &r.Category,
			&labels, &r.Reporter, &created, &updated, &r.Private, &r.Release, &r.Package, &refs, &r.Body, &r.Steps, &r.Additional, &attachments)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noReport(id.String())
	}
	if err != nil {
		return nil, db.explain(doing, err)
	}
	r.Created, r.Updated = fromMillis(created), fromMillis(updated)
	for _, part := range []struct {
		text string
		to   any
	}{{labels, &r.Labels}, {refs, &r.References}, {attachments, &r.Attachments}} {
		if err := json.Unmarshal([]byte(part.text), part.to); err != nil {
			return nil, db.explain(doing, err)
		}
	}
	r.Comments, err = readComments(ctx, db.read, n, id)
	return r, db.explain(doing, err)
}

// readComments lists a report's comments, oldest first.
func readComments(ctx context.Context, from querier, n int64, id tracker.ID) (list []tracker.Comment, err error) {
	rows, err := from.QueryContext(ctx, `SELECT id, author, text, created, updated, private, url, refs FROM comments WHERE report = ? ORDER BY created, id`, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := tracker.Comment{Report: id}
		var created, updated int64
		var refs string
		if err := rows.Scan(&c.ID, &c.Author, &c.Text, &created, &updated, &c.Private, &c.URL, &refs); err != nil {
			return nil, err
		}
		c.Created, c.Updated = fromMillis(created), fromMillis(updated)
		if err := json.Unmarshal([]byte(refs), &c.References); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}
