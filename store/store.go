// Package store keeps reports, recipes, runs and decisions in one SQLite file.
// It defines no types of the domain: those are born in tracker and reproduce,
// whose ports (tracker.Sink, reproduce.Cache, reproduce.Journal) it satisfies.
// It imports nothing of tui or cmd.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	// The driver of database/sql: SQLite in pure Go, with FTS5.
	_ "modernc.org/sqlite"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// DB is the database. It may be used by several goroutines, and the file by
// several processes.
type DB struct {
	path  string
	now   func() time.Time
	write *sql.DB // one connection: SQLite has one writer
	read  *sql.DB
	zip   *codec
	sets  setCache

	volatile bool
	suspect  bool          // to be checked before it is used
	patience time.Duration // how long a writer waits for another process

	upkeep sync.Mutex // guards what follows
	notes  []string
	daily  daily
}

// DB is what these ports ask for.
var (
	_ tracker.Sink      = (*DB)(nil)
	_ reproduce.Cache   = (*DB)(nil)
	_ reproduce.Journal = (*DB)(nil)
)

// Options are how a database is opened.
type Options struct {
	// Now is the clock, for what grows stale; nil: time.Now.
	Now func() time.Time
	// Volatile: nothing has to survive a power cut. It is for databases that
	// are thrown away: writing does not wait for the disk.
	Volatile bool
	// Upkeep: a database that is damaged is replaced by its newest backup when it
	// is opened, and one is made each day on which the database is written to.
	// Notes tells of it. It is for databases that people work with.
	Upkeep bool
}

// busyTimeout is how long one process waits for another.
const busyTimeout = 15 * time.Second

// Open opens the database at path and makes it if there is none. A database of
// an older program is brought up to date, with a copy made before; one of a
// newer program is refused.
func Open(ctx context.Context, path string, options Options) (*DB, error) {
	db, err := openFile(ctx, path, options)
	if !options.Upkeep || !isDamage(err) {
		return db, err
	}
	note, err := Repair(ctx, path)
	if err != nil {
		return nil, err
	}
	db, err = openFile(ctx, path, options)
	switch {
	case note == "": // another process repaired it, and told
	case err != nil:
		err = fmt.Errorf("%s: %w", note, err)
	default:
		db.note("%s", note)
	}
	return db, err
}

// openFile opens the file as it is.
func openFile(ctx context.Context, path string, options Options) (*DB, error) {
	db := &DB{path: path, now: options.Now, zip: &codec{}, volatile: options.Volatile, patience: busyTimeout}
	if db.now == nil {
		db.now = time.Now
	}
	err := db.reach(ctx)
	if errors.Is(err, errReplaced) { // a repair takes a moment
		err = db.reach(ctx)
	}
	var all []string
	if err == nil {
		all, err = steps()
	}
	if err == nil {
		err = db.migrate(ctx, all)
	}
	if err == nil && options.Upkeep && !options.Volatile {
		err = db.beginUpkeep(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// reach connects to the file and reads it for the first time. From then on no
// repair moves it away.
func (db *DB) reach(ctx context.Context) error {
	if err := errors.Join(db.disconnect(), db.lookFirst()); err != nil {
		return err
	}
	if err := private(db.path); err != nil {
		return err
	}
	before, err := os.Stat(db.path)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if db.write, err = db.connect(1, false); err != nil {
		return err
	}
	if db.read, err = db.connect(4, true); err != nil {
		return err
	}
	if _, _, err := db.version(ctx); err != nil {
		return err
	}
	if after, err := os.Stat(db.path); err != nil || !os.SameFile(before, after) {
		return fmt.Errorf("open the database %s: %w", db.path, errReplaced)
	}
	if db.suspect {
		return db.whole(ctx)
	}
	return nil
}

// private makes the folder and the file the user's own.
func private(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return &Error{Code: CodeReadOnly, Message: fmt.Sprintf("the folder of the database cannot be made: %v; use --db", err), Err: err}
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrPermission) {
		file, err = os.Open(path) // may still be read
	}
	if err != nil {
		return &Error{Code: CodeReadOnly, Message: fmt.Sprintf("the database cannot be opened: %v; use --db", err), Err: err}
	}
	return file.Close()
}

// connect makes a pool; it opens connections when they are used.
func (db *DB) connect(connections int, readOnly bool) (*sql.DB, error) {
	query := url.Values{}
	query.Add("_pragma", "foreign_keys(1)")
	if readOnly {
		query.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
		query.Add("_pragma", "query_only(1)")
	} else {
		query.Add("_pragma", "busy_timeout(1)") // begin does the waiting
		query.Add("_pragma", "journal_mode(WAL)")
		query.Add("_pragma", "synchronous("+map[bool]string{true: "OFF", false: "FULL"}[db.volatile]+")")
		query.Add("_txlock", "immediate")
	}
	pool, err := sql.Open("sqlite", "file:"+(&url.URL{Path: db.path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

// Path is where the database lies.
func (db *DB) Path() string { return db.path }

// Close closes the database. It may first finish a backup.
func (db *DB) Close() error {
	db.endBackup()
	return errors.Join(db.disconnect(), db.zip.close())
}

func (db *DB) disconnect() error {
	var err error
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil {
			err = errors.Join(err, pool.Close())
		}
	}
	db.read, db.write = nil, nil
	return err
}

// change runs one short transaction. It must not be held across anything slow.
func (db *DB) change(ctx context.Context, doing string, work func(*sql.Tx) error) error {
	db.backUp()
	tx, err := db.begin(ctx)
	if err != nil {
		return db.explain(doing, err)
	}
	if err := work(tx); err != nil {
		return db.explain(doing, errors.Join(err, ignoreDone(tx.Rollback())))
	}
	return db.explain(doing, tx.Commit())
}

// begin starts a transaction once no other process writes. SQLite's own waiting
// looks ten times a second only: beside a process that writes without a pause
// it may miss the moment between two transactions until its time is up.
func (db *DB) begin(ctx context.Context) (*sql.Tx, error) {
	for end := time.Now().Add(db.patience); ; {
		tx, err := db.write.BeginTx(ctx, nil)
		if !isBusy(err) || time.Now().After(end) {
			return tx, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// ignoreDone: a transaction whose context ended was rolled back already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// millis is how times are stored; zero times are 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
