// Package problem holds what is wrong with a file that a person wrote, each
// problem with its place. It imports reproduce for the code of the error.
package problem

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// Problem is one thing that is wrong with a file.
type Problem struct {
	File string
	// Line and Column count from 1; both are 0 where the problem is one of the
	// whole file or directory.
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

// Error holds all that is wrong with a file, in its order. It is a usage error
// to reproduce.CodeOf.
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

// File is an *Error of one problem that concerns a whole file.
func File(name, format string, args ...any) error {
	return &Error{Problems: []Problem{{File: name, Message: fmt.Sprintf(format, args...)}}}
}

// Of makes an *Error of what was found wrong with a file, nil of nothing. Most
// bounds what a hostile file makes the program print.
func Of(name string, problems []Problem, most int) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if more := len(problems) - most; more > 0 {
		problems = append(problems[:most], Problem{File: name, Message: fmt.Sprintf("and %d more problems", more)})
	}
	return &Error{Problems: problems}
}
