// Package export writes what was found out about reports, for others and for
// scripts: CSV, TSV, JSON, JSON lines and Markdown. It imports store and
// nothing of tui or cmd.
package export

import (
	"context"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/query"
)

// Format is a form of an export.
type Format string

// The formats.
const (
	CSV      Format = "csv"
	TSV      Format = "tsv"
	JSON     Format = "json"  // one array
	JSONL    Format = "jsonl" // one object a line
	Markdown Format = "markdown"
)

// Formats lists the formats.
func Formats() []Format { return []Format{CSV, TSV, JSON, JSONL, Markdown} }

// Record is a line of an export. Texts are raw; times are zero for none.
type Record struct {
	ID, URL, Title, Release, Package, Status string
	Verdict, Suggested                       reproduce.Verdict
	DecidedBy                                string
	DecidedAt                                time.Time
	Note, PatchURL                           string
	store.Evidence                           // of the newest finished run
	LastRun                                  time.Time
}

// Records makes the lines for the reports that a query asks for, in its order.
// Private ones are left out unless asked for; left is how many.
func Records(ctx context.Context, db *store.DB, q query.Query, private bool) (records []Record, left int, err error) {
	rows, err := db.List(ctx, q, 0)
	if err != nil {
		return nil, 0, err
	}
	return recordsOf(ctx, db, rows, private)
}

// RecordsOf makes the lines for chosen reports, in the order given. Private
// ones are left out unless asked for; left is how many. A report that is not
// stored is a *store.Error with CodeNotFound.
func RecordsOf(ctx context.Context, db *store.DB, ids []string, private bool) (records []Record, left int, err error) {
	rows, err := db.Rows(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	for i, id := range ids { // those that are not stored are left out
		if i >= len(rows) || rows[i].ID != id {
			return nil, 0, &store.Error{Code: store.CodeNotFound, Message: "no report " + id + " is stored"}
		}
	}
	return recordsOf(ctx, db, rows, private)
}

func recordsOf(ctx context.Context, db *store.DB, rows []store.Row, private bool) (records []Record, left int, err error) {
	// Read after the list: a run that ends in between is no row's yet.
	evidence, err := db.Evidence(ctx)
	if err != nil {
		return nil, 0, err
	}
	records = make([]Record, 0, len(rows))
	for _, row := range rows {
		if row.Private && !private {
			left++
			continue
		}
		records = append(records, Record{ID: row.ID, URL: row.URL, Title: row.Title, Release: row.Release, Package: row.Package, Status: row.Status,
			Verdict: row.Verdict, Suggested: row.Suggested, DecidedBy: row.DecidedBy, DecidedAt: row.DecidedAt, Note: row.Note, PatchURL: row.PatchURL,
			Evidence: evidence[row.RunID], LastRun: row.LastRun})
	}
	return records, left, nil
}

// Columns names the columns, in their order.
func Columns() []string {
	return []string{"id", "url", "title", "release", "package", "status", "verdict", "suggested", "decided_by", "decided_at", "note", "patch_url",
		"alma_result", "stream_result", "alma_evr", "stream_evr", "last_run"}
}

// cells are the values of the columns, each cleaned by clean if there is one.
func (r *Record) cells(clean func(column, value string) string) []string {
	cells := []string{r.ID, r.URL, r.Title, r.Release, r.Package, r.Status, string(r.Verdict), string(r.Suggested), r.DecidedBy, utc(r.DecidedAt), r.Note,
		r.PatchURL, r.AlmaResult, r.StreamResult, r.AlmaEVR, r.StreamEVR, utc(r.LastRun)}
	if clean != nil {
		for i, column := range Columns() {
			cells[i] = clean(column, cells[i])
		}
	}
	return cells
}

// utc is a time as exports show it, "" for none.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
