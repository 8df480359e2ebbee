// Package demo fills an empty database with invented reports, their recipes,
// recorded runs and decisions, so that the program can be tried without a
// tracker, without network and without podman. What it fills in is in the
// folder bundle, whose README explains it.
//
// The runs were really made, on the small images that the tests use, and are
// stored as imported ones are: they show with who made them, and are never
// served to a run of this machine.
package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// Author is who made the recorded runs, as Run.Author says it.
const Author = "recorded"

// ErrNotEmpty is what Fill says of a database that holds reports already.
var ErrNotEmpty = errors.New("the database holds reports already; the demonstration needs one of its own")

// feed names the demonstration's stream of reports. No tracker has one of that
// name, so that no real sync goes on from here.
const feed = "demonstration"

// Fill puts the demonstration into a database without reports, as if all had
// happened in the weeks before now. The same now gives the same content, ids
// included. A database with reports is left alone (ErrNotEmpty), also one that
// a Fill which did not come to its end left behind.
func Fill(ctx context.Context, db *store.DB, now time.Time) error {
	if err := fill(ctx, db, now.UTC().Truncate(time.Second)); err != nil {
		return fmt.Errorf("fill the demonstration: %w", err)
	}
	return nil
}

func fill(ctx context.Context, db *store.DB, now time.Time) error {
	switch n, err := db.Count(ctx, query.Query{}); {
	case err != nil:
		return err
	case n > 0:
		return ErrNotEmpty
	}
	var record recording
	var reading errgroup.Group // beside the reports, which wait for the disk
	reading.Go(func() (err error) { record, err = readRecording(); return err })
	cases, err := readBundle(now)
	if err == nil {
		err = putReports(ctx, db, cases, now)
	}
	if err := errors.Join(err, reading.Wait()); err != nil {
		return err
	}
	var decisions []reproduce.Decision
	for i := range cases {
		more, err := putCase(ctx, db, &cases[i], record)
		if err != nil {
			return fmt.Errorf("%s: %w", cases[i].report.ID, err)
		}
		decisions = append(decisions, more...)
	}
	return db.Decide(ctx, decisions...)
}

// putReports stores the reports as a sync would: a page a tracker.
func putReports(ctx context.Context, db *store.DB, cases []demoCase, now time.Time) error {
	pages, names := map[string]tracker.Page{}, []string{}
	for i := range cases {
		name := cases[i].report.Tracker
		page, met := pages[name]
		if !met {
			names = append(names, name)
		}
		page.Reports = append(page.Reports, cases[i].report)
		page.Comments = append(page.Comments, cases[i].apart...)
		pages[name] = page
	}
	for _, name := range names {
		if _, err := db.Commit(ctx, name, feed, pages[name]); err != nil {
			return err
		}
		if err := db.SaveSync(ctx, name, now, ""); err != nil {
			return err
		}
	}
	return nil
}

// putCase stores a report's recipe and run, and gives what people decided
// after it.
func putCase(ctx context.Context, db *store.DB, c *demoCase, record recording) ([]reproduce.Decision, error) {
	if c.recipe != nil {
		if err := db.SaveRecipe(ctx, *c.recipe); err != nil {
			return nil, err
		}
	}
	decisions := slices.Clone(c.decisions)
	if c.ran == nil {
		return decisions, nil
	}
	run, err := record.run(&c.report, c.ran.at)
	if err != nil {
		return nil, err
	}
	for i := range decisions {
		decisions[i].Run, decisions[i].Suggested = run.ID, run.Suggestion.Verdict
	}
	return decisions, putRun(ctx, db, run)
}

// putRun stores a finished run.
func putRun(ctx context.Context, db *store.DB, run reproduce.Run) error {
	begun := run
	begun.State, begun.Finished, begun.Sides, begun.Suggestion = reproduce.RunRunning, time.Time{}, nil, reproduce.Suggestion{}
	if err := db.BeginRun(ctx, begun); err != nil {
		return err
	}
	for _, side := range run.Sides {
		for _, a := range side.Attempts {
			if err := db.BeginAttempt(ctx, a); err != nil {
				return err
			}
			if err := db.FinishAttempt(ctx, a); err != nil {
				return err
			}
		}
	}
	return db.FinishRun(ctx, run) // with all its sides
}
