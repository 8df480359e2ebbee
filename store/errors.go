package store

import (
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Code is what kind of thing went wrong with the database.
type Code string

// The codes.
const (
	CodeNotFound Code = "not-found" // no such report, recipe, run or decision
	CodeNewer    Code = "newer"     // made by a newer program
	CodeDamaged  Code = "damaged"   // not a database, or not whole
	CodeBusy     Code = "busy"      // another process held it for too long
	CodeReadOnly Code = "read-only" // may not be written
	CodeConflict Code = "conflict"  // what is stored does not allow it; mostly, it was changed meanwhile
	CodeFull     Code = "full"      // the disk is full
)

// Error is one clear sentence with the next step.
type Error struct {
	Code    Code
	Message string
	Err     error
}

// Error is the sentence.
func (e *Error) Error() string { return e.Message }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf finds the code in an error chain, "" if there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func notFound(format string, args ...any) error {
	return &Error{Code: CodeNotFound, Message: fmt.Sprintf(format, args...)}
}

func noReport(id string) error {
	return notFound("no report %s is stored; run almatriage sync, or see its id in almatriage list", id)
}

func noRun(id string) error { return notFound("there is no run %s", id) }

// isBusy tells that another connection holds the database.
func isBusy(err error) bool {
	var failed *sqlite.Error
	return errors.As(err, &failed) && (failed.Code()&0xff == sqlite3.SQLITE_BUSY || failed.Code()&0xff == sqlite3.SQLITE_LOCKED)
}

// explain puts SQLite's own errors into words, with what was being done.
func (db *DB) explain(doing string, err error) error {
	var failed *sqlite.Error
	if err == nil || CodeOf(err) != "" || !errors.As(err, &failed) {
		if err == nil {
			return nil
		}
		return fmt.Errorf("%s: %w", doing, err)
	}
	known := func(code Code, message string) error {
		return &Error{Code: code, Message: fmt.Sprintf("%s: %s", doing, message), Err: err}
	}
	primary := failed.Code() & 0xff
	if failed.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // the file beside the database cannot grow
		primary = sqlite3.SQLITE_FULL
	}
	switch primary {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return known(CodeBusy, "another process keeps the database "+db.path+" busy; try again when it is done")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return known(CodeReadOnly, "the database "+db.path+" may not be written; see its permissions, or use --db")
	case sqlite3.SQLITE_FULL:
		return known(CodeFull, "the disk of "+db.path+" is full; free some space, nothing was lost")
	case sqlite3.SQLITE_CORRUPT:
		return known(CodeDamaged, db.path+" is damaged; run almatriage doctor, which moves it aside and restores the newest backup, or else what can be read")
	case sqlite3.SQLITE_NOTADB:
		return known(CodeDamaged, db.path+" is not a database; use another file with --db, or run almatriage doctor, which restores the newest backup")
	case sqlite3.SQLITE_CANTOPEN:
		return known(CodeReadOnly, "the database "+db.path+" cannot be opened; see the permissions of its folder, or use --db")
	}
	return fmt.Errorf("%s: %s: %w", doing, strings.TrimSpace(db.path), err)
}
