package store

import (
	"context"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/tracker"
)

// Case is all that is known of a report when something is written about it: the
// report with its comments, its recipe, its newest finished run, the decision in
// force; each of the last three may be absent. program is the version of this
// program. A report that is not stored is CodeNotFound.
func (db *DB) Case(ctx context.Context, id tracker.ID, program string, targets reproduce.Targets) (handoff.Case, error) {
	c := handoff.Case{Program: program, Targets: targets}
	report, err := db.Report(ctx, id)
	if err != nil {
		return c, err
	}
	c.Report = *report
	if c.Recipe, err = db.StoredRecipe(ctx, id.String()); err != nil {
		return c, err
	}
	if c.Run, err = db.LastRun(ctx, id.String()); err != nil {
		return c, err
	}
	c.Decision, err = db.decisionInForce(ctx, id.String())
	return c, err
}

// decisionInForce is the newest decision that was not taken back, nil if nobody
// decided.
func (db *DB) decisionInForce(ctx context.Context, report string) (*reproduce.Decision, error) {
	list, err := standing(ctx, db.read, report)
	if err != nil {
		return nil, db.explain("read the decision on "+report, err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	return &list[0], nil
}
