package fmf

import "github.com/almatriage/almatriage/reproduce/problem"

// Problem is one thing that is wrong with a recipe, Error all of them.
type (
	Problem = problem.Problem
	Error   = problem.Error
)

// maxProblems bounds what a hostile file can make the program print.
const maxProblems = 50

// failure is an *Error of one problem that concerns the whole file.
func failure(file, format string, args ...any) error { return problem.File(file, format, args...) }

// err is what the reader found wrong, or nil.
func (r *reader) err() error { return problem.Of(r.name, r.problems, maxProblems) }
