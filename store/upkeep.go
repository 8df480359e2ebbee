package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/almatriage/almatriage/store/outfile"
)

// unfinished is how folders begin in which a copy is being made.
const unfinished = ".almatriage-backup-"

// Backup writes a whole copy of the database, also while others write to it. A
// file that is there already is kept unless replace says otherwise, and the
// database's own files always are.
func (db *DB) Backup(ctx context.Context, to string, replace bool) error {
	target, err := outfile.Find(to)
	if err == nil {
		err = db.notItself(target, to)
	}
	if err != nil {
		return fmt.Errorf("back up the database: %w", err)
	}
	if _, err := os.Lstat(to); err == nil && !replace {
		return &Error{Code: CodeConflict, Message: to + " is there already; name another file, or use --force"}
	}
	// SQLite makes the file itself, in a folder of our own beside the target.
	dir, err := os.MkdirTemp(target.Folder(), unfinished)
	if err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	copied := filepath.Join(dir, "copy.db")
	if err = db.copyTo(ctx, copied); err == nil {
		err = give(copied, target)
	}
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return db.notCopied(to, err)
	}
	return nil
}

// notItself is an error if a copy would take the place of the database, or of
// what SQLite keeps beside it: others go on writing to the file that was there,
// and what they write would be gone with it.
func (db *DB) notItself(target outfile.Target, to string) error {
	path, err := realPath(db.path)
	if err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		info, err := os.Stat(path + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if target.Is(info) {
			return &Error{Code: CodeConflict, Message: fmt.Sprintf("%s is the database itself (%s); name another file", to, path+suffix)}
		}
	}
	return nil
}

// notCopied puts an error of a copy into words. It is the copy's disk that is
// full: the database is only read.
func (db *DB) notCopied(to string, err error) error {
	err = db.explain("back up to "+to, err)
	if CodeOf(err) == CodeFull {
		return &Error{Code: CodeFull, Message: fmt.Sprintf("back up to %[1]s: the disk of %[1]s is full; free some space, or name a file on another disk", to), Err: err}
	}
	return err
}

// give puts a finished copy in the place that it is for.
func give(copied string, target outfile.Target) error {
	if err := finish(copied); err != nil {
		return err
	}
	if !target.Through() {
		return target.Replace(copied)
	}
	from, err := os.Open(copied)
	if err != nil {
		return err
	}
	return errors.Join(target.WriteThrough(func(w io.Writer) error { _, err := io.Copy(w, from); return err }), from.Close())
}

// copyTo copies by a connection of its own, so that nobody who writes waits.
func (db *DB) copyTo(ctx context.Context, file string) error {
	pool, err := db.connect(1, false)
	if err != nil {
		return err
	}
	if _, err = pool.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout.Milliseconds())); err == nil {
		_, err = pool.ExecContext(ctx, `VACUUM INTO ?`, file)
	}
	return errors.Join(err, pool.Close())
}

// settle puts a finished file in its place so that it survives a power cut.
func settle(from, to string) error {
	if err := finish(from); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// finish sees to it that a new file is its owner's alone, and on the disk.
func finish(name string) error {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Sync(), file.Close())
}

// Check asks SQLite whether the database is whole; full looks at everything.
// It returns the problems, none if it is.
func (db *DB) Check(ctx context.Context, full bool) (problems []string, err error) {
	problems, err = db.check(ctx, full)
	if err == nil && full && len(problems) == 0 {
		problems, err = db.missingColumns(ctx)
	}
	var failed *sqlite.Error
	if errors.As(err, &failed) && failed.Code() == sqlite3.SQLITE_ERROR {
		return []string{failed.Error()}, nil // it does not understand its own schema
	}
	return problems, db.explain("check the database", err)
}

func (db *DB) check(ctx context.Context, full bool) (problems []string, err error) {
	pragma := "PRAGMA quick_check(20)"
	if full {
		pragma = "PRAGMA integrity_check(20)"
	}
	// By a connection of its own: search's part of the check compares with what a
	// connection has read before, and calls what others wrote since corrupt.
	own, err := db.connect(1, true)
	if err != nil {
		return nil, err
	}
	defer own.Close() // nothing is written
	rows, err := own.QueryContext(ctx, pragma)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		if !strings.EqualFold(line, "ok") {
			problems = append(problems, line)
		}
	}
	return problems, rows.Err()
}

// missingColumns are those that the database's version has and that are not
// there: to SQLite one of another name is as good.
func (db *DB) missingColumns(ctx context.Context) (missing []string, err error) {
	version, _, err := db.version(ctx)
	if err != nil {
		return nil, err
	}
	all, err := steps()
	if err != nil {
		return nil, err
	}
	is, err := columns(ctx, db.read)
	if err != nil {
		return nil, err
	}
	fresh, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, fresh.Close()) }()
	fresh.SetMaxOpenConns(1) // another one would be another database
	for _, step := range all[:max(0, min(version, len(all)))] {
		if _, err := fresh.ExecContext(ctx, step); err != nil {
			return nil, err
		}
	}
	should, err := columns(ctx, fresh)
	for column := range should {
		if !is[column] {
			missing = append(missing, "there is no column "+column)
		}
	}
	slices.Sort(missing)
	return missing, err
}

// columns are those of all tables, as table.column.
func columns(ctx context.Context, from querier) (map[string]bool, error) {
	rows, err := from.QueryContext(ctx, `SELECT t.name || '.' || c.name FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		found[name] = true
	}
	return found, rows.Err()
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
