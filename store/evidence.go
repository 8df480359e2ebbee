package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

// Evidence is a finished run in short, as exports show it. It is written when
// the run ends, so that thousands of runs are read without their package sets.
type Evidence struct {
	AlmaResult, StreamResult string // "k/n" of the valid attempts, "" without such a side
	AlmaEVR, StreamEVR       string // of the subject, else of the first required package
}

// Result is a report with the decision in force and what its last run says: all
// that a line of an export needs, in one row. Texts are raw, times zero for none.
type Result struct {
	ID, URL, Title, Release, Package, Status string
	Private                                  bool
	Verdict, Suggested                       reproduce.Verdict // "" for none
	DecidedBy                                string
	DecidedAt                                time.Time
	Note, PatchURL                           string
	Evidence                                 // of the newest finished run
	LastRun                                  time.Time
}

const resultColumns = `r.id, r.url, r.title, r.release, r.package, r.status, r.private, r.verdict, r.suggested,
	coalesce(d.by, ''), coalesce(d.at, 0), coalesce(d.note, ''), coalesce(d.patch_url, ''),
	coalesce(e.alma_result, ''), coalesce(e.stream_result, ''), coalesce(e.alma_evr, ''), coalesce(e.stream_evr, ''), r.last_run_at`

// Results reads what is known of the chosen reports, in the query's order, row
// by row and all as of one moment: memory does not grow with their number. A
// result is valid until the next. An error ends it.
func (db *DB) Results(ctx context.Context, c Choice) iter.Seq2[*Result, error] {
	condition, args := db.choose(c)
	return db.results(ctx, condition, args...)
}

// ResultsOf is Results of reports by their ids, in the order of these; those
// that are not stored are left out.
func (db *DB) ResultsOf(ctx context.Context, ids []string) iter.Seq2[*Result, error] {
	return func(yield func(*Result, error) bool) {
		condition, asked, err := inOrder(ids)
		if err != nil {
			yield(nil, db.explain("read results", err))
			return
		}
		db.results(ctx, condition, asked)(yield)
	}
}

func (db *DB) results(ctx context.Context, condition string, args ...any) iter.Seq2[*Result, error] {
	return func(yield func(*Result, error) bool) {
		const doing = "read results"
		// One statement reads one state of the database.
		rows, err := db.read.QueryContext(ctx, `SELECT `+resultColumns+rowsFrom+` LEFT JOIN runs e ON e.id = r.last_run`+condition, args...)
		if err != nil {
			yield(nil, db.explain(doing, err))
			return
		}
		defer rows.Close()
		var r Result
		var decided, ran int64
		columns := []any{&r.ID, &r.URL, &r.Title, &r.Release, &r.Package, &r.Status, &r.Private, (*string)(&r.Verdict), (*string)(&r.Suggested), &r.DecidedBy, &decided,
			&r.Note, &r.PatchURL, &r.AlmaResult, &r.StreamResult, &r.AlmaEVR, &r.StreamEVR, &ran}
		for rows.Next() {
			if err := rows.Scan(columns...); err != nil {
				yield(nil, db.explain(doing, err))
				return
			}
			r.DecidedAt, r.LastRun = fromMillis(decided), fromMillis(ran)
			if !yield(&r, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, db.explain(doing, err))
		}
	}
}

// Chosen returns the ids of the chosen reports, in the query's order.
func (db *DB) Chosen(ctx context.Context, c Choice) ([]tracker.ID, error) {
	const doing = "choose reports"
	condition, args := db.choose(c)
	rows, err := db.read.QueryContext(ctx, `SELECT r.space, r.number`+rowsFrom+condition, args...)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	ids := []tracker.ID{}
	for rows.Next() {
		var id tracker.ID
		if err := rows.Scan(&id.Space, &id.Number); err != nil {
			return nil, db.explain(doing, err)
		}
		ids = append(ids, id)
	}
	return ids, db.explain(doing, rows.Err())
}

func evidenceOf(run *reproduce.Run) (e Evidence) {
	for _, s := range run.Results() {
		counts := fmt.Sprintf("%d/%d", s.Tally.Seen, s.Tally.Valid)
		switch s.Side.Role {
		case reproduce.RoleAlma:
			e.AlmaResult, e.AlmaEVR = counts, subjectEVR(run, s.Side)
		case reproduce.RoleStream:
			e.StreamResult, e.StreamEVR = counts, subjectEVR(run, s.Side)
		}
	}
	return e
}

// subjectEVR is the source version of what a run is about, as a side has it,
// with the epoch of the binary package: SOURCERPM holds none.
func subjectEVR(run *reproduce.Run, side *reproduce.Side) string {
	set := side.Prepared.Print.Packages
	if set == nil {
		return ""
	}
	var found []rpm.Package
	if source := run.Suggestion.Subject; source != "" {
		found = set.BySource(source)
	} else if len(run.Recipe.Require) > 0 {
		found = set.WhatProvides(run.Recipe.Require[0])
	}
	if len(found) == 0 {
		return ""
	}
	p := slices.MaxFunc(found, func(a, b rpm.Package) int {
		// Binary packages of one source may have versions and epochs of their own.
		return cmp.Or(namedAsSource(a)-namedAsSource(b), rpm.Compare(a.EVR, b.EVR))
	})
	evr := sourceEVR(p)
	evr.Epoch = p.EVR.Epoch
	return evr.String()
}

func namedAsSource(p rpm.Package) int {
	if p.Name == p.Source {
		return 1
	}
	return 0
}
