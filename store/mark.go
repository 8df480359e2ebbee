package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// Mark is what a person decides on one report or on many at once.
type Mark struct {
	Reports []string // ids
	// Verdict is one of reproduce.Decidable; "": what is suggested for each.
	Verdict  reproduce.Verdict
	Note     string
	PatchURL string
	By       string
	At       time.Time
}

// Mark decides on reports, each by its newest finished run, and returns the
// decisions in the order of the reports: on all of them, or on none if there is
// an error. An unknown report is CodeNotFound; one without a suggestion that a
// person can decide for, where the verdict is to be that, is CodeConflict.
func (db *DB) Mark(ctx context.Context, m Mark) ([]reproduce.Decision, error) {
	if m.Verdict != "" && !slices.Contains(reproduce.Decidable(), m.Verdict) {
		return nil, fmt.Errorf("%q is no verdict that a person can decide for", m.Verdict)
	}
	known, err := db.marked(ctx, m.Reports)
	if err != nil {
		return nil, err
	}
	decisions := []reproduce.Decision{}
	var without []string
	for _, report := range m.Reports {
		d, found := known[report]
		if !found {
			return nil, noReport(report)
		}
		d.ID, d.Report, d.Verdict = reproduce.NewID(), report, m.Verdict
		d.Note, d.PatchURL, d.By, d.At = m.Note, m.PatchURL, m.By, m.At
		if m.Verdict == "" {
			if d.Verdict = d.Suggested; !slices.Contains(reproduce.Decidable(), d.Suggested) {
				without = append(without, report)
			}
		}
		decisions = append(decisions, d)
	}
	if len(without) > 0 {
		return nil, noSuggestion(without)
	}
	if err := db.Decide(ctx, decisions...); err != nil {
		return nil, err
	}
	return decisions, nil
}

// marked are decisions as far as the reports' rows give them, by the report.
func (db *DB) marked(ctx context.Context, reports []string) (map[string]reproduce.Decision, error) {
	const doing = "look up what is decided on"
	ids, err := json.Marshal(reports)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	rows, err := db.read.QueryContext(ctx, `SELECT id, last_run, suggested, updated FROM reports WHERE id IN (SELECT value FROM json_each(?))`, string(ids))
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	known := map[string]reproduce.Decision{}
	for rows.Next() {
		var id string
		var d reproduce.Decision
		var updated int64
		if err := rows.Scan(&id, &d.Run, &d.Suggested, &updated); err != nil {
			return nil, db.explain(doing, err)
		}
		d.ReportUpdated = fromMillis(updated)
		known[id] = d
	}
	return known, db.explain(doing, rows.Err())
}

// mostNamed is how many reports a sentence names.
const mostNamed = 5

// noSuggestion tells for which reports there is nothing to accept.
func noSuggestion(reports []string) error {
	names := strings.Join(reports[:min(len(reports), mostNamed)], ", ")
	if more := len(reports) - mostNamed; more > 0 {
		names = fmt.Sprintf("%s and %d more", names, more)
	}
	return &Error{Code: CodeConflict, Message: "nothing was decided: no verdict that one can decide for is suggested for " + names +
		"; choose a verdict, or run the recipe"}
}
