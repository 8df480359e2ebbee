package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/almatriage/almatriage/tracker"
)

// What can be read of a damaged database that has no whole backup is copied row
// by row into a new one. All is read from a copy of the damaged file: pages that
// cannot be read are cleared there, so that those behind them are found.

// salvaged are the tables that are copied, what people made first. Each comes
// after those that it refers to.
func salvaged() []string {
	return []string{"decisions", "decided_builds", "recipes", "reports", "texts", "comments", "runs", "sides", "attempts", "logs", "package_sets",
		"guides", "batches", "batch_reports", "prepared", "images", "builds"}
}

// projections are the columns of reports that are made from the other tables,
// as is all of search and named. How far trackers are synced (cursors, syncs) is
// forgotten: the next sync brings all reports.
func projections() []string {
	return []string{"verdict", "decision", "disputed", "stale_build", "suggested", "flaky", "last_run", "last_run_at", "recipe", "changed"}
}

// saved is what came back.
type saved struct {
	Totals     // without the reports of which only the id is known
	bare   int // reports whose texts are lost
}

func (s *saved) String() string {
	reports := fmt.Sprintf("reports: %d", s.Reports)
	if s.bare > 0 {
		reports += fmt.Sprintf(" (of which %d without their texts)", s.bare)
	}
	return fmt.Sprintf("%s, recipes: %d, runs: %d, decisions: %d", reports, s.Recipes, s.Runs, s.Decisions)
}

// salvage makes a new database of what can be read of a damaged one, in a folder
// of its own, and returns where it is; nil if nothing can be read. file is the
// damaged one, opened already: to close it a second time would end its lock.
func salvage(ctx context.Context, file *os.File, dir string) (*saved, string, error) {
	const doing = "save what can be read"
	damaged, to := filepath.Join(dir, "damaged.db"), filepath.Join(dir, "saved.db")
	if err := copyDamaged(file, damaged); err != nil {
		return nil, "", fmt.Errorf("%s: %w", doing, err)
	}
	if err := clearPages(ctx, damaged); err != nil && !isDamage(err) {
		return nil, "", fmt.Errorf("%s: %w", doing, err)
	}
	s, err := copyRows(ctx, damaged, to)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", doing, err)
	}
	if s == nil || s.Totals == (Totals{}) {
		return nil, "", nil
	}
	if err := usable(ctx, to); err != nil {
		return nil, "", fmt.Errorf("%s: what was saved is not whole: %w", doing, err)
	}
	return s, to, nil
}

// mostMissing is how much longer than it is a file is believed to have been.
const mostMissing = 1 << 30

// copyDamaged copies a database with its log. One that was cut off gets its
// length back: its pages are then missing one by one.
func copyDamaged(file *os.File, to string) error {
	if err := writeCopy(io.NewSectionReader(file, 0, 1<<62), to); err != nil {
		return err
	}
	if err := copyFile(file.Name()+"-wal", to+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	head := make([]byte, 100)
	if _, err := file.ReadAt(head, 0); errors.Is(err, io.EOF) {
		return nil // not even the header is there
	} else if err != nil {
		return err
	}
	pages, size := binary.BigEndian.Uint32(head[28:]), int64(binary.BigEndian.Uint16(head[16:]))
	if length, had := sizeOf(to), int64(pages)*size; had > length && had < length+mostMissing {
		return os.Truncate(to, had)
	}
	return nil
}

// derive makes what is made from the copied rows. It returns how many reports
// have lost their texts, and of how many only the id is known.
func derive(ctx context.Context, tx *sql.Tx) (bare, named int, err error) {
	result, err := tx.ExecContext(ctx, `INSERT INTO texts (report, body, steps, additional, attachments)
		SELECT n, '', '', '', 'null' FROM reports WHERE n NOT IN (SELECT report FROM texts)`)
	if err != nil {
		return 0, 0, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, 0, err
	}
	// Packages are read with their side.
	if _, err := tx.ExecContext(ctx, `UPDATE sides SET packages = '' WHERE packages NOT IN (SELECT hash FROM package_sets);
		DELETE FROM prepared WHERE packages <> '' AND packages NOT IN (SELECT hash FROM package_sets)`); err != nil {
		return 0, 0, err
	}
	if err := indexAll(ctx, tx); err != nil {
		return 0, 0, err
	}
	if named, err = nameReports(ctx, tx); err != nil {
		return 0, 0, err
	}
	return int(n), named, projectAll(ctx, tx)
}

// portion is how many reports are looked at together.
const portion = 500

// indexAll fills search and named.
func indexAll(ctx context.Context, tx *sql.Tx) error {
	w := &writer{ctx: ctx, tx: tx, prepared: map[string]*sql.Stmt{}}
	return inPortions(ctx, tx, int64(0), `SELECT n FROM reports WHERE n > ? ORDER BY n`, func(list []int64) error {
		w.documents = nil
		for _, n := range list {
			if err := w.renew(n); err != nil {
				return err
			}
		}
		for i := range w.documents {
			w.documents[i].stored = false
		}
		return w.index()
	})
}

// inPortions gives work the values that a statement lists from behind one on.
func inPortions[T any](ctx context.Context, tx *sql.Tx, last T, text string, work func([]T) error) error {
	for {
		rows, err := tx.QueryContext(ctx, text+limitTo(portion), last)
		if err != nil {
			return err
		}
		var list []T
		for rows.Next() {
			if err := rows.Scan(&last); err != nil {
				return errors.Join(err, rows.Close())
			}
			list = append(list, last)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(list) == 0 {
			return err
		}
		if err := work(list); err != nil {
			return err
		}
	}
}

// nameReports makes reports of those that are lost and that something people
// made is of: without them it would be out of force when they come again.
func nameReports(ctx context.Context, tx *sql.Tx) (named int, err error) {
	const lost = `SELECT report FROM (SELECT report FROM decisions UNION SELECT report FROM recipes UNION SELECT report FROM runs)
		WHERE report > ? AND report NOT IN (SELECT id FROM reports) ORDER BY report`
	err = inPortions(ctx, tx, "", lost, func(list []string) error {
		var page tracker.Page
		for _, name := range list {
			id, err := tracker.ParseID(name)
			if err != nil || id.String() != name {
				continue
			}
			r := tracker.Report{ID: id, Title: "(lost with the damaged database)"}
			err = tx.QueryRowContext(ctx, `SELECT tracker FROM reports WHERE space = ? LIMIT 1`, id.Space).Scan(&r.Tracker)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			page.Reports = append(page.Reports, r)
		}
		named += len(page.Reports)
		w := &writer{ctx: ctx, tx: tx, prepared: map[string]*sql.Stmt{}, touched: map[int64]bool{}}
		return w.page(page)
	})
	return named, err
}

// projectAll brings what lists show in line with recipes, runs and decisions.
func projectAll(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE reports SET recipe = (SELECT CASE WHEN accepted <> '' AND accepted = hash THEN %d ELSE %d END
			FROM recipes WHERE report = reports.id ORDER BY n DESC LIMIT 1) WHERE id IN (SELECT report FROM recipes);
		UPDATE reports SET (suggested, flaky, last_run, last_run_at) = (SELECT coalesce(json_extract(nullif(suggestion, ''), '$.verdict'), ''),
			coalesce(json_extract(nullif(suggestion, ''), '$.flaky'), 0), id, finished FROM runs WHERE report = reports.id AND state = 'done' ORDER BY id DESC LIMIT 1)
			WHERE id IN (SELECT report FROM runs WHERE state = 'done')`, RecipeAccepted, RecipeDraft)); err != nil {
		return err
	}
	return inPortions(ctx, tx, "", `SELECT DISTINCT report FROM decisions WHERE report > ? ORDER BY report`, func(list []string) error {
		for _, report := range list {
			if err := project(ctx, tx, report); err != nil {
				return err
			}
		}
		return nil
	})
}
