package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Decide adds a decision to the journal and puts it in force.
func (db *DB) Decide(ctx context.Context, d reproduce.Decision) error {
	var builds []build
	if d.Run != "" {
		run, err := db.Run(ctx, d.Run)
		if err != nil {
			return err
		}
		builds = decidedBuilds(run)
	}
	return db.change(ctx, "decide on "+d.Report, func(tx *sql.Tx) error {
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
		for _, b := range builds {
			if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO decided_builds (decision, target, source, evr, seen) VALUES (?, ?, ?, ?, ?)`,
				d.ID, b.Target, b.Source, b.EVR.String(), b.Seen); err != nil {
				return err
			}
		}
		return project(ctx, tx, d.Report)
	})
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
		if err := addDecision(ctx, tx, reproduce.Decision{ID: reproduce.NewID(), Report: report, By: by, At: at, Undoes: undone.ID}); err != nil {
			return err
		}
		return project(ctx, tx, report)
	})
	return undone, err
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
	undone := map[string]bool{}
	for _, d := range all {
		undone[d.Undoes] = true
	}
	var list []reproduce.Decision
	for _, d := range all {
		if d.Undoes == "" && !undone[d.ID] {
			list = append(list, d)
		}
	}
	return list, err
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
		string(current.Verdict), current.ID, disputed(list), stale[current.ID], report)
	return err
}

// disputed tells whether two people's newest decisions differ.
func disputed(standing []reproduce.Decision) bool {
	newest := map[string]reproduce.Verdict{}
	for _, d := range standing {
		if _, seen := newest[d.By]; !seen {
			newest[d.By] = d.Verdict
		}
	}
	verdicts := map[reproduce.Verdict]bool{}
	for _, v := range newest {
		verdicts[v] = true
	}
	return len(verdicts) > 1
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
