package store

import (
	"context"
	"database/sql"
	"errors"
)

// Watch tells whether anybody wrote to the database. It keeps a connection of
// its own; one goroutine uses it.
type Watch struct {
	db      *DB
	conn    *sql.Conn
	version *sql.Stmt
	last    int64
}

// Watch begins to watch. It must be closed before the database is.
func (db *DB) Watch(ctx context.Context) (*Watch, error) {
	const doing = "watch the database"
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	w := &Watch{db: db, conn: conn}
	// The number is the connection's own: it moves when another one commits,
	// of this process or of another, and what it moved to means nothing.
	if w.version, err = conn.PrepareContext(ctx, "PRAGMA data_version"); err == nil {
		_, err = w.Changed(ctx)
	}
	if err != nil {
		return nil, db.explain(doing, errors.Join(err, w.Close()))
	}
	return w, nil
}

// Changed tells whether anything was committed, by this process or another,
// since the last call or since Watch. It takes microseconds.
func (w *Watch) Changed(ctx context.Context) (bool, error) {
	var version int64
	if err := w.version.QueryRowContext(ctx).Scan(&version); err != nil {
		return false, w.db.explain("look whether the database changed", err)
	}
	changed := version != w.last
	w.last = version
	return changed, nil
}

// Close ends watching.
func (w *Watch) Close() error {
	var err error
	if w.version != nil {
		err = w.version.Close()
	}
	return errors.Join(err, w.conn.Close())
}
