package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/tracker"
)

// Case is all that is known of a report when something is written about it: the
// report with its comments, its recipe, its newest finished run, the decision in
// force. program is the version of this program.
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

// decisionInForce is the decision that stands, nil if nobody decided.
func (db *DB) decisionInForce(ctx context.Context, report string) (*reproduce.Decision, error) {
	const doing = "read the decision"
	var id string
	err := db.read.QueryRowContext(ctx, `SELECT decision FROM reports WHERE id = ?`, report).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && id == "" {
		return nil, nil
	}
	if err != nil {
		return nil, db.explain(doing, err)
	}
	list, err := db.History(ctx, report)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].ID == id {
			return &list[i], nil
		}
	}
	return nil, nil
}
