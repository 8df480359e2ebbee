package tracker

import (
	"errors"
	"fmt"
	"time"
)

// Code is what kind of thing went wrong with a tracker; the command line maps
// it to an exit status, the terminal interface to a message.
type Code string

// The codes.
const (
	CodeAuth        Code = "auth"         // the token is missing, wrong or may not
	CodeNotFound    Code = "not-found"    // no such report, project or repository
	CodeRateLimited Code = "rate-limited" // asked too often; Until says when it ends
	CodeUnavailable Code = "unavailable"  // not reached, timed out, 5xx, offline
	CodeBadAnswer   Code = "bad-answer"   // HTML for JSON, broken JSON, nonsense
	CodeReadOnly    Code = "read-only"    // the report is closed for writing
	CodeRefused     Code = "refused"      // the tracker refuses what was sent
)

// Error is a failure of a tracker in one clear sentence.
type Error struct {
	Code    Code
	Tracker string // configured name
	// Message is one sentence for people: what happened and what to do next.
	// It never holds a token.
	Message string
	Until   time.Time // when a limit ends; zero if unknown
	Err     error     // the cause, may be nil
}

// Error is the sentence with the tracker's name before it.
func (e *Error) Error() string {
	if e.Tracker == "" {
		return e.Message
	}
	return fmt.Sprintf("%s: %s", e.Tracker, e.Message)
}

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
