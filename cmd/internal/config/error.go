package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	File string
	// Line and Column count from 1 and are those of the key; both are 0 where
	// the problem is one of the whole file.
	Line, Column int
	// Message says what is wrong and what was expected. What it quotes of the
	// file is escaped.
	Message string
}

// String is file:line:column: message.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Error holds all that is wrong with a configuration, in the order of the
// file. It is a usage error to reproduce.CodeOf.
type Error struct{ Problems []Problem }

// Error is a line a problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes it a *reproduce.Error with CodeUsage.
func (e *Error) Unwrap() error {
	return &reproduce.Error{Code: reproduce.CodeUsage, Message: e.Error()}
}

// maxProblems bounds what a file that is no configuration makes the program print.
const maxProblems = 30

// err is what the reader found wrong, or nil.
func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if more := len(r.problems) - maxProblems; more > 0 {
		r.problems = append(r.problems[:maxProblems], Problem{File: r.name, Message: fmt.Sprintf("and %d more problems", more)})
	}
	return &Error{Problems: r.problems}
}
