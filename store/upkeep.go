package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Backup writes a whole copy of the database, also while others write to it. A
// file that is there already is kept unless replace says otherwise.
func (db *DB) Backup(ctx context.Context, to string, replace bool) error {
	if _, err := os.Lstat(to); err == nil && !replace {
		return &Error{Code: CodeConflict, Message: to + " is there already; name another file, or use --force"}
	}
	// SQLite makes the file itself, in a folder of our own beside the target.
	dir, err := os.MkdirTemp(filepath.Dir(to), ".almatriage-backup-")
	if err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	copied := filepath.Join(dir, "copy.db")
	if _, err = db.write.ExecContext(ctx, `VACUUM INTO ?`, copied); err == nil {
		err = settle(copied, to)
	}
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return db.explain("back up to "+to, err)
	}
	return nil
}

// settle puts a finished file in its place so that it survives a power cut.
func settle(from, to string) error {
	file, err := os.OpenFile(from, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Chmod(0o600), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Check asks SQLite whether the database is whole; full looks at everything.
// It returns the problems, none if it is.
func (db *DB) Check(ctx context.Context, full bool) (problems []string, err error) {
	const doing = "check the database"
	pragma := "PRAGMA quick_check(20)"
	if full {
		pragma = "PRAGMA integrity_check(20)"
	}
	rows, err := db.read.QueryContext(ctx, pragma)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, db.explain(doing, err)
		}
		if !strings.EqualFold(line, "ok") {
			problems = append(problems, line)
		}
	}
	return problems, db.explain(doing, rows.Err())
}

// Totals are how much the database holds.
type Totals struct {
	Reports, Comments, Recipes, Runs, Attempts, Decisions int
}

// Totals counts what is stored.
func (db *DB) Totals(ctx context.Context) (t Totals, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM reports), (SELECT count(*) FROM comments), (SELECT count(*) FROM reports WHERE recipe > 0),
		(SELECT count(*) FROM runs), (SELECT count(*) FROM attempts), (SELECT count(*) FROM decisions)`).
		Scan(&t.Reports, &t.Comments, &t.Recipes, &t.Runs, &t.Attempts, &t.Decisions)
	return t, db.explain("count what is stored", err)
}
