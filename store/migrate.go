package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
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

// version reads the database's version, and the name of a table if it has any.
func (db *DB) version(ctx context.Context) (version int, table sql.NullString, err error) {
	// One statement: another process may just now make the database.
	err = db.read.QueryRowContext(ctx, `SELECT user_version, (SELECT name FROM sqlite_master LIMIT 1) FROM pragma_user_version`).Scan(&version, &table)
	return version, table, db.explain("open the database", err)
}

// migrate brings the database to the version that all steps make.
func (db *DB) migrate(ctx context.Context, all []string) error {
	version, table, err := db.version(ctx)
	switch {
	case err != nil:
		return err
	case version == len(all):
		return nil
	case version < 0, version == 0 && table.Valid:
		return db.foreign(table.String)
	case version > len(all):
		return db.newer(version, len(all))
	case version > 0:
		return db.migrateOld(ctx, all)
	}
	return db.take(ctx, all)
}

// migrateOld makes a backup before it takes the steps that are missing.
func (db *DB) migrateOld(ctx context.Context, all []string) error {
	const doing = "copy the database before it is changed"
	path, err := realPath(db.path)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	lock, err := upkeepLock(ctx, path, busyTimeout)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	// Another process may have taken the steps meanwhile.
	version, _, err := db.version(ctx)
	if err == nil && version < len(all) {
		if err = db.keepBackup(ctx, version+1); err != nil {
			err = fmt.Errorf("%s: %w", doing, err)
		} else {
			err = db.take(ctx, all)
		}
	}
	return errors.Join(err, lock.Close())
}

// take takes the steps that are missing.
func (db *DB) take(ctx context.Context, all []string) error {
	for version := 0; version < len(all); {
		var err error
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
		if version < 0 {
			return db.foreign("")
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
