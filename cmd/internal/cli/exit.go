package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// The exit statuses: they are part of the contract with scripts.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitInconclusive = 3 // one report asked for: inconclusive, needs a VM, or a side failed
	exitAuth         = 4
	exitEngine       = 5
	exitPartly       = 6
	exitNotFound     = 7
	exitSkip         = 125 // of run --bisect-exit: cannot tell
	exitInterrupted  = 130
)

var errInterrupted = errors.New("interrupted")

// exitError carries a status that no other error does. With an empty message
// all has been said already.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// quietly ends the command with a status; what there is to say was said.
func quietly(status int) error { return &exitError{status: status} }

// usage is an error of what was typed.
func usage(format string, args ...any) error {
	return &exitError{status: exitUsage, err: fmt.Errorf(format, args...)}
}

// notFound is an error of something that is not there.
func notFound(format string, args ...any) error {
	return &exitError{status: exitNotFound, err: fmt.Errorf(format, args...)}
}

// exitStatus is the one place that maps errors to exit statuses.
func exitStatus(err error) int {
	var exit *exitError
	var bad *config.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &exit):
		return exit.status
	case errors.As(err, &bad):
		return exitUsage
	}
	if status, ok := map[reproduce.Code]int{reproduce.CodeUsage: exitUsage, reproduce.CodeNoRecipe: exitNotFound,
		reproduce.CodeEngine: exitEngine, reproduce.CodeInterrupted: exitInterrupted}[reproduce.CodeOf(err)]; ok {
		return status
	}
	switch {
	case tracker.CodeOf(err) == tracker.CodeAuth:
		return exitAuth
	case tracker.CodeOf(err) == tracker.CodeNotFound, store.CodeOf(err) == store.CodeNotFound:
		return exitNotFound
	case strings.HasPrefix(err.Error(), "unknown command "), strings.HasPrefix(err.Error(), "unknown flag"),
		strings.HasPrefix(err.Error(), "accepts "), strings.HasPrefix(err.Error(), "requires at least"):
		return exitUsage // cobra's own, which carry no type
	}
	return exitFailed
}

// messageOf is what is said of an error: its text; of an interruption nothing
// more than that.
func messageOf(err error) string {
	switch {
	case err == nil:
		return ""
	case exitStatus(err) == exitInterrupted:
		return "interrupted"
	}
	return safeLine(err.Error())
}
