package reproduce

import (
	"errors"
	"fmt"
)

// Code is what kind of thing kept a run from being made.
type Code string

// The codes.
const (
	CodeUsage       Code = "usage"       // asked for wrongly: targets, recipe, acceptance
	CodeNoRecipe    Code = "no-recipe"   // the report has no recipe
	CodeEngine      Code = "engine"      // podman is missing, hangs or is unusable
	CodeInterrupted Code = "interrupted" // cancelled by the user
)

// Error is one clear sentence with what to do next.
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

// ErrImageGone is what an engine says of a prepared image that is not there
// any more (removed by gc, or by hand): it must be prepared again.
var ErrImageGone = errors.New("the prepared image is gone")

func usagef(format string, args ...any) error {
	return &Error{Code: CodeUsage, Message: fmt.Sprintf(format, args...)}
}

// ErrAbsent is the cause of a StepError where what was to be installed is not
// offered, or cannot be installed beside what is there.
var ErrAbsent = errors.New("the package is not to be had")
