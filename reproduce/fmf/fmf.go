// Package fmf reads, checks and writes recipes in their file form: a tmt test
// (https://tmt.readthedocs.io/en/stable/spec/tests.html) in fmf, which is YAML,
// with almatriage's own keys under extra-almatriage.
//
// All keys of tmt's core and test specification are known by name and checked
// for their type. A key whose meaning almatriage does not carry out is refused
// where it would change what a test does or says, and otherwise kept only in
// Recipe.Source. All problems of a file are reported together, each with its
// line and column.
//
// It reads hostile files: sizes, nesting and counts are bounded before the
// YAML parser sees them. It imports reproduce for the recipe's types, and
// nothing of store, tui or cmd.
package fmf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/almatriage/almatriage/reproduce"
)

// MaxSize bounds a recipe, its directory included: 1 MiB.
const MaxSize = 1 << 20

// Parse reads a recipe from its file form. The name stands before the line
// and column of each problem. What is wrong with the file is an *Error.
func Parse(name string, data []byte) (reproduce.Recipe, error) {
	if len(data) > MaxSize {
		return reproduce.Recipe{}, failure(name, "the recipe is %d bytes; expected at most %d", len(data), MaxSize)
	}
	r := &reader{name: name}
	r.recipe.Source = string(data)
	if body := r.document(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))); body != nil {
		r.test(body)
	}
	if err := r.err(); err != nil {
		return reproduce.Recipe{}, err
	}
	return r.recipe, nil
}

// ParseFrom reads a recipe from a stream, such as standard input.
func ParseFrom(name string, in io.Reader) (reproduce.Recipe, error) {
	data, err := io.ReadAll(io.LimitReader(in, MaxSize+1))
	if err != nil {
		return reproduce.Recipe{}, fmt.Errorf("read the recipe %s: %w", name, err)
	}
	if len(data) > MaxSize {
		return reproduce.Recipe{}, failure(name, "the recipe is longer than %d bytes; expected at most that", MaxSize)
	}
	return Parse(name, data)
}

// Read reads a recipe from a file or, with all that lies beside it, from a
// directory (see ReadDir).
func Read(path string) (reproduce.Recipe, error) {
	info, err := os.Stat(path)
	if err != nil {
		return reproduce.Recipe{}, fmt.Errorf("read the recipe: %w", err)
	}
	if info.IsDir() {
		return ReadDir(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return reproduce.Recipe{}, fmt.Errorf("read the recipe: %w", err)
	}
	recipe, err := ParseFrom(path, file)
	return recipe, errors.Join(err, file.Close())
}
