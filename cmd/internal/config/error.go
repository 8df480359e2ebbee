package config

import "github.com/almatriage/almatriage/reproduce/problem"

// Problem is one thing that is wrong with a configuration, Error all of them.
type (
	Problem = problem.Problem
	Error   = problem.Error
)

// maxProblems bounds what a file that is no configuration makes the program print.
const maxProblems = 30

// failure is an *Error of one problem that concerns the whole file.
func failure(name, format string, args ...any) error { return problem.File(name, format, args...) }

// err is what the reader found wrong, or nil.
func (r *reader) err() error { return problem.Of(r.name, r.problems, maxProblems) }
