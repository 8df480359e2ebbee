// Package export writes what was found out about reports, for others and for
// scripts: CSV, TSV, JSON, JSON lines and Markdown. It imports store and
// nothing of tui or cmd.
package export

import (
	"context"
	_ "embed" // for the schema
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/almatriage/almatriage/store"
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

//go:embed schema.json
var schema string

// Schema is the JSON Schema (draft 2020-12) of a record with all columns, as
// JSON and JSONL have it.
func Schema() string { return schema }

// Record is a line of an export. Texts are raw; times are zero for none.
type Record store.Result

// Options are what an export has.
type Options struct {
	store.Choice
	Private bool     // private reports, too
	Fields  []string // the columns, in their order; none: all
}

// Reports writes the reports that are chosen, in the query's order and all as of
// one moment, while they are read: memory does not grow with their number.
// Private ones are left out unless asked for; left is how many.
func Reports(ctx context.Context, w io.Writer, db *store.DB, format Format, o Options) (left int, err error) {
	out, err := NewWriter(w, format, o.Fields...)
	if err != nil {
		return 0, err
	}
	for record, err := range visible(db.Results(ctx, o.Choice), o.Private, &left) {
		if err != nil {
			return left, err
		}
		if err := out.Write(record); err != nil {
			return left, err
		}
	}
	return left, out.Close()
}

// RecordsOf makes the lines for chosen reports, in the order given. Private
// ones are left out unless asked for; left is how many. A report that is not
// stored is a *store.Error with CodeNotFound.
func RecordsOf(ctx context.Context, db *store.DB, ids []string, private bool) (records []Record, left int, err error) {
	read := 0
	records = make([]Record, 0, len(ids))
	for result, err := range db.ResultsOf(ctx, ids) {
		switch {
		case err != nil:
			return nil, 0, err
		case result.ID != ids[read]: // those that are not stored are left out
			return nil, 0, missing(ids[read])
		case result.Private && !private:
			left++
		default:
			records = append(records, Record(*result))
		}
		read++
	}
	if read < len(ids) {
		return nil, 0, missing(ids[read])
	}
	return records, left, nil
}

func missing(id string) error {
	return &store.Error{Code: store.CodeNotFound, Message: "no report " + id + " is stored"}
}

// visible passes over private results unless asked for, and counts them in left.
func visible(results iter.Seq2[*store.Result, error], private bool, left *int) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for result, err := range results {
			if err == nil && result.Private && !private {
				*left++
				continue
			}
			if !yield((*Record)(result), err) {
				return
			}
		}
	}
}

// column is a column of an export.
type column struct {
	name string
	text func(*Record) string
	// always: in JSON it is a text also when it is empty, never null.
	always bool
}

// columns are all columns, in their order.
func columns() []column {
	return []column{
		{"id", func(r *Record) string { return r.ID }, true},
		{"url", func(r *Record) string { return r.URL }, true},
		{"title", func(r *Record) string { return r.Title }, true},
		{"release", func(r *Record) string { return r.Release }, true},
		{"package", func(r *Record) string { return r.Package }, true},
		{"status", func(r *Record) string { return r.Status }, true},
		{"verdict", func(r *Record) string { return string(r.Verdict) }, false},
		{"suggested", func(r *Record) string { return string(r.Suggested) }, false},
		{"decided_by", func(r *Record) string { return r.DecidedBy }, false},
		{"decided_at", func(r *Record) string { return utc(r.DecidedAt) }, false},
		{"note", func(r *Record) string { return r.Note }, true},
		{"patch_url", func(r *Record) string { return r.PatchURL }, false},
		{"alma_result", func(r *Record) string { return r.AlmaResult }, false},
		{"stream_result", func(r *Record) string { return r.StreamResult }, false},
		{"alma_evr", func(r *Record) string { return r.AlmaEVR }, false},
		{"stream_evr", func(r *Record) string { return r.StreamEVR }, false},
		{"last_run", func(r *Record) string { return utc(r.LastRun) }, false},
	}
}

// Columns names the columns, in their order.
func Columns() []string { return names(columns()) }

func names(columns []column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// choose finds columns by their names; without any it is all.
func choose(fields []string) ([]column, error) {
	if len(fields) == 0 {
		return columns(), nil
	}
	known := map[string]column{}
	for _, c := range columns() {
		known[c.name] = c
	}
	var chosen []column
	for _, name := range fields {
		c, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("there is no field %q; the fields are %v", name, Columns())
		}
		chosen = append(chosen, c)
	}
	return chosen, nil
}

// utc is a time as exports show it, "" for none.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
