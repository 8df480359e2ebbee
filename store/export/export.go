// Package export writes what was found out about reports, for others and for
// scripts: CSV, TSV, JSON, JSON lines and Markdown. It imports store and
// nothing of tui or cmd.
package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tracker/safe"
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

// Record is a line of an export. Texts are raw; times are UTC, zero for none.
type Record struct {
	ID, URL, Title, Release, Package, Status string
	Verdict, Suggested                       reproduce.Verdict
	DecidedBy                                string
	DecidedAt                                time.Time
	Note, PatchURL                           string
	AlmaResult, StreamResult                 string // "k/n", "" without a run
	AlmaEVR, StreamEVR                       string // of the subject
	LastRun                                  time.Time
}

// Records makes the lines for the reports that a query asks for. Private ones
// are left out unless asked for; left is how many.
func Records(ctx context.Context, db *store.DB, q query.Query, private bool) (records []Record, left int, err error) {
	rows, err := db.List(ctx, q, 0)
	if err != nil {
		return nil, 0, err
	}
	records = make([]Record, 0, len(rows))
	for _, row := range rows {
		if row.Private && !private {
			left++
			continue
		}
		r := Record{ID: row.ID, URL: row.URL, Title: row.Title, Release: row.Release, Package: row.Package, Status: row.Status, Verdict: row.Verdict,
			Suggested: row.Suggested, DecidedBy: row.DecidedBy, DecidedAt: row.DecidedAt, Note: row.Note, PatchURL: row.PatchURL, LastRun: row.LastRun}
		if row.RunID != "" {
			if err := r.addRun(ctx, db, row.RunID); err != nil {
				return nil, 0, err
			}
		}
		records = append(records, r)
	}
	return records, left, nil
}

// addRun adds what the last run says.
func (r *Record) addRun(ctx context.Context, db *store.DB, id string) error {
	run, err := db.Run(ctx, id)
	if err != nil {
		return err
	}
	for _, side := range run.Results() {
		result := fmt.Sprintf("%d/%d", side.Tally.Seen, side.Tally.Valid)
		switch side.Side.Role {
		case reproduce.RoleAlma:
			r.AlmaResult, r.AlmaEVR = result, subjectEVR(run, side.Side)
		case reproduce.RoleStream:
			r.StreamResult, r.StreamEVR = result, subjectEVR(run, side.Side)
		}
	}
	return nil
}

// subjectEVR is the version of the run's subject on a side, else of the first
// required package.
func subjectEVR(run *reproduce.Run, side *reproduce.Side) string {
	set := side.Prepared.Print.Packages
	if set == nil {
		return ""
	}
	found := set.BySource(run.Suggestion.Subject)
	if len(found) == 0 && len(run.Recipe.Require) > 0 {
		found = set.WhatProvides(run.Recipe.Require[0])
	}
	if len(found) == 0 {
		return ""
	}
	return found[0].EVR.String()
}

// Columns names the columns, in their order.
func Columns() []string {
	return []string{"id", "url", "title", "release", "package", "status", "verdict", "suggested", "decided_by", "decided_at", "note", "patch_url",
		"alma_result", "stream_result", "alma_evr", "stream_evr", "last_run"}
}

func (r Record) cells() []string {
	return []string{r.ID, r.URL, r.Title, r.Release, r.Package, r.Status, string(r.Verdict), string(r.Suggested), r.DecidedBy, utc(r.DecidedAt), r.Note,
		r.PatchURL, r.AlmaResult, r.StreamResult, r.AlmaEVR, r.StreamEVR, utc(r.LastRun)}
}

func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Write writes records in a format.
func Write(w io.Writer, format Format, records []Record) error {
	out := bufio.NewWriter(w)
	var err error
	switch format {
	case CSV:
		err = writeCSV(out, records)
	case TSV:
		err = writeTSV(out, records)
	case JSON, JSONL:
		err = writeJSON(out, records, format == JSONL)
	case Markdown:
		err = writeMarkdown(out, records)
	default:
		err = fmt.Errorf("unknown format %q", format)
	}
	return errors.Join(err, out.Flush())
}

func writeCSV(w io.Writer, records []Record) error {
	out := csv.NewWriter(w)
	if err := out.Write(Columns()); err != nil {
		return err
	}
	for _, r := range records {
		cells := r.cells()
		for i := range cells {
			cells[i] = safe.Formula(safe.Cell(cells[i]))
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func writeTSV(w io.Writer, records []Record) error {
	rows := [][]string{Columns()}
	for _, r := range records {
		cells := r.cells()
		for i := range cells {
			cells[i] = safe.Formula(safe.Cell(cells[i]))
		}
		rows = append(rows, cells)
	}
	for _, row := range rows {
		if _, err := fmt.Fprintln(w, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(w io.Writer, records []Record, lines bool) error {
	open, between, end := "[\n", ",\n", "\n]\n"
	if lines {
		open, between, end = "", "\n", "\n"
	}
	if _, err := io.WriteString(w, open); err != nil {
		return err
	}
	for i, r := range records {
		if i > 0 {
			if _, err := io.WriteString(w, between); err != nil {
				return err
			}
		}
		if err := writeObject(w, r); err != nil {
			return err
		}
	}
	if lines && len(records) == 0 {
		return nil
	}
	_, err := io.WriteString(w, end)
	return err
}

func writeObject(w io.Writer, r Record) error {
	cells := r.cells()
	for i, name := range Columns() {
		before := ","
		if i == 0 {
			before = "{"
		}
		var value any = cells[i]
		if cells[i] == "" && name != "title" && name != "note" {
			value = nil
		}
		var text strings.Builder
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if err := e.Encode(value); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%q:%s", before, name, strings.TrimSuffix(text.String(), "\n")); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "}")
	return err
}

func writeMarkdown(w io.Writer, records []Record) error {
	row := func(cells []string) error {
		_, err := fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
		return err
	}
	line := make([]string, len(Columns()))
	for i := range line {
		line[i] = "---"
	}
	if err := errors.Join(row(Columns()), row(line)); err != nil {
		return err
	}
	escape := strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "&", "&amp;", "@", "@\u200b")
	for _, r := range records {
		cells := r.cells()
		for i := range cells {
			cells[i] = escape.Replace(safe.Cell(cells[i]))
		}
		if err := row(cells); err != nil {
			return err
		}
	}
	return nil
}
