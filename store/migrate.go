package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// steps are the migrations' texts, in order: number n makes version n.
func steps() ([]string, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	texts := make([]string, len(names))
	for i, name := range names {
		if !strings.HasPrefix(name, fmt.Sprintf("migrations/%04d_", i+1)) {
			return nil, fmt.Errorf("migration %s is not number %d", name, i+1)
		}
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		texts[i] = string(text)
	}
	return texts, nil
}

// migrate brings the database to the version that all steps make.
func (db *DB) migrate(ctx context.Context, all []string) error {
	// One statement: another process may just now make the database.
	var version int
	var table sql.NullString
	err := db.read.QueryRowContext(ctx, `SELECT user_version, (SELECT name FROM sqlite_master LIMIT 1) FROM pragma_user_version`).Scan(&version, &table)
	if err != nil {
		return db.explain("open the database", err)
	}
	if version == len(all) {
		return nil
	}
	if version == 0 && table.Valid {
		return db.foreign(table.String)
	}
	if version > len(all) {
		return db.newer(version, len(all))
	}
	if version > 0 {
		// One name a version: a second try finds the copy and keeps it.
		if err := db.Backup(ctx, fmt.Sprintf("%s.before-%d", db.path, version+1), false); err != nil && CodeOf(err) != CodeConflict {
			return fmt.Errorf("copy the database before it is changed: %w", err)
		}
	}
	for version < len(all) {
		if version, err = db.step(ctx, all); err != nil {
			return err
		}
	}
	return nil
}

// step makes the next version in one transaction, unless another process did
// it first.
func (db *DB) step(ctx context.Context, all []string) (version int, err error) {
	err = db.change(ctx, "bring the database up to date", func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if version >= len(all) {
			return nil
		}
		if _, err := tx.ExecContext(ctx, all[version]); err != nil {
			return err
		}
		version++
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
		return err
	})
	return version, err
}

// foreign refuses another program's database, which must not be taken for an
// empty one.
func (db *DB) foreign(table string) error {
	return &Error{Code: CodeDamaged, Message: fmt.Sprintf("%s is a database of another program (it holds %q); use another file with --db", db.path, table)}
}

func (db *DB) newer(version, known int) error {
	return &Error{Code: CodeNewer, Message: fmt.Sprintf(
		"%s was made by a newer almatriage (version %d of the database, this program knows %d); use the newer program, or another file with --db",
		db.path, version, known)}
}
