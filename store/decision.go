package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Decide adds decisions to the journal and puts them in force, in their order:
// all of them, or none if there is an error. An unknown report or run is
// CodeNotFound. The id of one that does not sort after those on its report, as
// when the clock was set back, is changed in decisions to one that does.
func (db *DB) Decide(ctx context.Context, decisions ...reproduce.Decision) error {
	var runs []string
	for _, d := range decisions {
		if d.Run != "" {
			runs = append(runs, d.Run)
		}
	}
	builds, err := db.buildsOfRuns(ctx, runs)
	if err != nil {
		return err
	}
	doing := fmt.Sprintf("decide on %d reports", len(decisions))
	if len(decisions) == 1 {
		doing = "decide on " + decisions[0].Report
	}
	return db.change(ctx, doing, func(tx *sql.Tx) error {
		for i := range decisions {
			d := &decisions[i]
			if err := sortLast(ctx, tx, d); err != nil {
				return err
			}
			if err := enforce(ctx, tx, *d, builds[d.Run]); err != nil {
				return err
			}
		}
		return nil
	})
}

// sortLast sees to it that a decision is the newest on its report: ids give the
// order, and they are made of the time.
func sortLast(ctx context.Context, tx *sql.Tx, d *reproduce.Decision) error {
	var newest string
	var known bool
	err := tx.QueryRowContext(ctx, `SELECT coalesce(max(id), ''), coalesce(max(id = ?), 0) FROM decisions WHERE report = ?`, d.ID, d.Report).Scan(&newest, &known)
	if err != nil {
		return err
	}
	if !known && d.ID <= newest {
		d.ID = after(newest)
	}
	return nil
}

// enforce adds one decision and puts it in force; builds are those of its run,
// packed, "" for none.
func enforce(ctx context.Context, tx *sql.Tx, d reproduce.Decision, builds string) error {
	var updated int64
	err := tx.QueryRowContext(ctx, `SELECT updated FROM reports WHERE id = ?`, d.Report).Scan(&updated)
	if errors.Is(err, sql.ErrNoRows) {
		return noReport(d.Report)
	}
	if err != nil {
		return err
	}
	if d.ReportUpdated.IsZero() {
		d.ReportUpdated = fromMillis(updated)
	}
	if err := addDecision(ctx, tx, d); err != nil {
		return err
	}
	if builds != "" {
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO decided_builds (decision, target, source, evr, seen) SELECT ?, `+buildColumns+` FROM json_each(?)`,
			d.ID, builds); err != nil {
			return err
		}
	}
	return project(ctx, tx, d.Report)
}

func addDecision(ctx context.Context, tx *sql.Tx, d reproduce.Decision) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO decisions (id, report, verdict, note, patch_url, by, at, run, suggested, undoes, report_updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.ID, d.Report, string(d.Verdict), d.Note, d.PatchURL, d.By, millis(d.At), d.Run, string(d.Suggested), d.Undoes,
		millis(d.ReportUpdated))
	return err
}

// Undo takes the decision in force back and returns it: the one before it is
// in force again, if there is one.
func (db *DB) Undo(ctx context.Context, report, by string, at time.Time) (*reproduce.Decision, error) {
	var undone *reproduce.Decision
	err := db.change(ctx, "undo the decision on "+report, func(tx *sql.Tx) error {
		standing, err := standing(ctx, tx, report)
		if err != nil {
			return err
		}
		if len(standing) == 0 {
			return notFound("there is no decision on %s to undo", report)
		}
		undone = &standing[0]
		return takeBack(ctx, tx, report, undone.ID, by, at)
	})
	return undone, err
}

// TakeBack takes exactly these decisions back, by their ids and in their order:
// all of them, or none if there is an error. If one is not in force any more,
// because somebody decided on its report or took it back meanwhile, the error is
// CodeConflict; an unknown one is CodeNotFound.
func (db *DB) TakeBack(ctx context.Context, by string, at time.Time, ids ...string) error {
	return db.change(ctx, "take decisions back", func(tx *sql.Tx) error {
		for _, id := range ids {
			var report, current string
			err := tx.QueryRowContext(ctx, `SELECT d.report, coalesce(r.decision, '') FROM decisions d LEFT JOIN reports r ON r.id = d.report WHERE d.id = ?`, id).
				Scan(&report, &current)
			switch {
			case errors.Is(err, sql.ErrNoRows):
				return notFound("there is no decision %s", id)
			case err != nil:
				return err
			case current != id:
				return &Error{Code: CodeConflict, Message: fmt.Sprintf(
					"the decision on %s is no longer in force: somebody decided anew or took it back meanwhile; see almatriage history '%s'", report, report)}
			}
			if err := takeBack(ctx, tx, report, id, by, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeBack adds to the journal that a report's decision is taken back.
func takeBack(ctx context.Context, tx *sql.Tx, report, id, by string, at time.Time) error {
	if err := addDecision(ctx, tx, reproduce.Decision{ID: reproduce.NewID(), Report: report, By: by, At: at, Undoes: id}); err != nil {
		return err
	}
	return project(ctx, tx, report)
}

// History lists a report's decisions, newest first, with those that take one back.
func (db *DB) History(ctx context.Context, report string) ([]reproduce.Decision, error) {
	list, err := decisions(ctx, db.read, report)
	return list, db.explain("read the decisions on "+report, err)
}

func decisions(ctx context.Context, from querier, report string) (list []reproduce.Decision, err error) {
	rows, err := from.QueryContext(ctx, `SELECT id, verdict, note, patch_url, by, at, run, suggested, undoes, report_updated FROM decisions
		WHERE report = ? ORDER BY id DESC`, report)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		d := reproduce.Decision{Report: report}
		var at, updated int64
		if err := rows.Scan(&d.ID, &d.Verdict, &d.Note, &d.PatchURL, &d.By, &at, &d.Run, &d.Suggested, &d.Undoes, &updated); err != nil {
			return nil, err
		}
		d.At, d.ReportUpdated = fromMillis(at), fromMillis(updated)
		list = append(list, d)
	}
	return list, rows.Err()
}

// standing are the decisions that were not taken back, newest first.
func standing(ctx context.Context, from querier, report string) ([]reproduce.Decision, error) {
	all, err := decisions(ctx, from, report)
	return notUndone(all), err
}

func notUndone(history []reproduce.Decision) (list []reproduce.Decision) {
	undone := map[string]bool{}
	for _, d := range history {
		undone[d.Undoes] = true
	}
	for _, d := range history {
		if d.Undoes == "" && !undone[d.ID] {
			list = append(list, d)
		}
	}
	return list
}

// Positions are what each person stands by: of a report's history, which is
// newest first, the newest decision of each that was not taken back, in that
// order. The first is the decision in force.
func Positions(history []reproduce.Decision) (list []reproduce.Decision) {
	seen := map[string]bool{}
	for _, d := range notUndone(history) {
		if !seen[d.By] {
			seen[d.By] = true
			list = append(list, d)
		}
	}
	return list
}

// Disputed tells whether people stand by different verdicts: positions are
// those of one report.
func Disputed(positions []reproduce.Decision) bool {
	for _, d := range positions {
		if d.Verdict != positions[0].Verdict {
			return true
		}
	}
	return false
}

// project brings what lists show in line with the journal.
func project(ctx context.Context, tx *sql.Tx, report string) error {
	list, err := standing(ctx, tx, report)
	if err != nil {
		return err
	}
	var current reproduce.Decision
	if len(list) > 0 {
		current = list[0]
	}
	stale, err := overtaken(ctx, tx, `d.decision = ?`, current.ID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE reports SET verdict = ?, decision = ?, disputed = ?, stale_build = ? WHERE id = ?`,
		string(current.Verdict), current.ID, Disputed(Positions(list)), stale[current.ID], report)
	return err
}

// Seen returns when a report was last changed, for Decision.ReportUpdated.
func (db *DB) Seen(ctx context.Context, id tracker.ID) (time.Time, error) {
	var updated int64
	err := db.read.QueryRowContext(ctx, `SELECT updated FROM reports WHERE id = ?`, id.String()).Scan(&updated)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, noReport(id.String())
	}
	return fromMillis(updated), db.explain("look up report "+id.String(), err)
}
