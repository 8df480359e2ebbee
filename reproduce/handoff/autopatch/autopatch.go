// Package autopatch writes and checks the file by which AlmaLinux changes a
// package that it takes from Red Hat: config.yaml of the repository
// autopatch/PACKAGE, as AlmaLinux's autopatch tool reads it.
//
// The format is that of docs/configuration.md and conf_example.yaml of
// https://github.com/AlmaLinux/autopatch-tool as of June 2026, and where these
// are silent, of what the tool refuses. It is checked more strictly than the
// tool does: what it would read otherwise than it is written, or fail on only
// when it builds, is refused here, with its line and column.
//
// What it is given is hostile and raw. It runs nothing and sends nothing. It
// imports tracker and reproduce, and nothing of store, tui or cmd.
package autopatch

import (
	"fmt"
	"slices"

	"github.com/almatriage/almatriage/reproduce/problem"
)

// MaxSize bounds a config: 1 MiB.
const MaxSize = 1 << 20

// maxProblems bounds what a hostile file can make the program print.
const maxProblems = 50

// Config is what AlmaLinux does to a package, in the order of the file.
type Config struct {
	// Parameters hold for the whole file; nil if there are none.
	Parameters []Param
	// Actions are carried out one after the other. There is at least one.
	Actions []Action
}

// Action is a step, done once for each entry.
type Action struct {
	Name    string // such as add_files
	Entries []Entry
}

// Entry holds the parameters of one execution of an action, as they are
// given: what is not given has its default.
type Entry []Param

// Param is a parameter.
type Param struct {
	Key string
	// Value is a string, an int, a bool or a []string. Text is UTF-8 without NUL.
	Value any
}

// Text is the value of a parameter that is text, "" if it is not given.
func (e Entry) Text(key string) string {
	s, _ := e.value(key).(string)
	return s
}

// value is nil if the parameter is not given.
func (e Entry) value(key string) any {
	if i := slices.IndexFunc(e, func(p Param) bool { return p.Key == key }); i >= 0 {
		return e[i].Value
	}
	return nil
}

// truth is a truth value, or its default.
func (e Entry) truth(key string, otherwise bool) bool {
	if b, ok := e.value(key).(bool); ok {
		return b
	}
	return otherwise
}

// Parse reads a config. The name stands before the line and column of each
// problem. All that is wrong is reported together, as a *problem.Error: keys,
// actions and parameters that are not known, that are missing, given twice or
// of the wrong type, values that the tool does not take, empty lists, a second
// document, and anchors, aliases and tags.
func Parse(name string, data []byte) (Config, error) {
	if len(data) > MaxSize {
		return Config{}, problem.File(name, "the config is %d bytes; expected at most %d", len(data), MaxSize)
	}
	r := &reader{name: name}
	config := r.config(r.document(data))
	if err := problem.Of(name, r.problems, maxProblems); err != nil {
		return Config{}, err
	}
	return config, nil
}

// Check tells what is wrong with a config, as Parse does, without keeping it.
func Check(name string, data []byte) error {
	_, err := Parse(name, data)
	return err
}

// stages are the order in which the documentation advises to act: what edits
// the spec as it came, what adds to it, what keeps its books.
var stages = map[string]int{
	"replace": 1, "delete_line": 1,
	"add_files": 2, "add_line": 2,
	"modify_release": 3, "changelog_entry": 3,
}

// Advice is what the tool takes but its documentation advises against, a
// sentence each; nil if there is nothing.
func (c Config) Advice() []string {
	var advice []string
	last := Action{}
	for i, action := range c.Actions {
		switch stage, before := stages[action.Name], stages[last.Name]; {
		case stage == 0: // may stand anywhere
		case stage < before:
			advice = append(advice, fmt.Sprintf("Action %d, %s, comes after %s: put replace and delete_line first, then add_files and add_line, then modify_release and changelog_entry.", i+1, action.Name, last.Name))
		default:
			last = action
		}
	}
	for _, name := range []string{"modify_release", "changelog_entry"} {
		if !slices.ContainsFunc(c.Actions, func(a Action) bool { return a.Name == name }) {
			advice = append(advice, fmt.Sprintf("There is no %s: a changed package should be told from the one that it was made of.", name))
		}
	}
	return advice
}
