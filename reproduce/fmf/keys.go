package fmf

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/nearest"
)

// rule reads and checks the value of a key.
type rule func(key string, value ast.Node)

// ours is the key that holds what tmt has no word for.
const ours = "extra-almatriage"

// rules are the keys of tmt's specification (spec/core and spec/tests of
// teemtee/tmt, August 2026) and ours. Where almatriage does not do what a key
// asks for:
//
//   - adjust, framework: beakerlib, manual, restart-*, result, tty and path
//     change what a test does or what its exit status means: refused.
//   - enabled: false means that tmt would not run the test at all: refused.
//   - check (avc, dmesg, coredump, …) makes tests fail that exit with 0:
//     refused, unless its result is only informative or it is off.
//   - recommend installs packages where they are to be had, so it changes what
//     the test meets, differently on each side: refused, for require or
//     prepare say exactly what is meant.
//   - all others describe the test: checked, kept in Source, not used.
func (r *reader) rules() map[string]rule {
	return map[string]rule{
		"summary":     func(key string, v ast.Node) { r.recipe.Summary = r.line(key, v) },
		"test":        func(key string, v ast.Node) { r.recipe.Test, _ = r.script(key, v) },
		"duration":    r.duration,
		"environment": r.environment,
		"require":     r.require,
		"link":        r.link,
		ours:          r.extra,

		"description": func(key string, v ast.Node) { r.text(key, v) },
		"id":          func(key string, v ast.Node) { r.text(key, v) },
		"author":      func(key string, v ast.Node) { r.texts(key, v) },
		"component":   func(key string, v ast.Node) { r.texts(key, v) },
		"contact":     func(key string, v ast.Node) { r.texts(key, v) },
		"order":       func(key string, v ast.Node) { r.integer(key, v) },
		"tag":         r.tag,
		"tier":        r.tier,

		"adjust":               r.refuse("conditions are not evaluated here; expected the value that both sides shall have"),
		"restart-on-exit-code": r.refuse("a test is not restarted here; expected a test that runs once"),
		"restart-max-count":    r.refuse("a test is not restarted here; expected a test that runs once"),
		"restart-with-reboot":  r.refuse("a container cannot reboot; expected a test that runs once"),
		"recommend":            r.refuse("packages are not installed on a maybe here; expected them in require, or `dnf -y install NAME || true` in " + ours + ": prepare"),
		"check":                r.check,
		"enabled":              r.only(true, "tmt would not run this test; expected true, or no such key"),
		"manual":               r.only(false, "a person would have to do this test; expected a script (to have a person judge its output: reproduced-when: ask)"),
		"tty":                  r.only(false, "a test has no terminal here; expected false (a test can bring one: script -qec COMMAND /dev/null)"),
		"framework":            r.word("shell", "only shell tests are run here"),
		"result":               r.word("respect", "the exit status is the result here; to turn it round, begin the last command with !"),
		"path":                 r.word("/", "a test runs in the recipe's own directory; use cd in the test"),
	}
}

// test reads the whole file.
func (r *reader) test(entries []*ast.MappingValueNode) {
	rules, seen := r.rules(), map[string]bool{}
	r.recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleExit}
	r.recipe.Network = reproduce.NetworkNone
	virtual := false
	r.each(entries, func(key string, at *token.Position, value ast.Node) {
		seen[key] = true
		read, known := rules[key]
		switch {
		case known:
			read(key, value)
		case strings.HasPrefix(key, "/"):
			virtual = true
			r.problem(at, "the test %.60q within the file: a recipe is one test; expected the keys of one of them, each test set as a recipe of its own", key)
		case strings.HasPrefix(key, "extra-") && !resembles(key, ours): // other tools' keys, as tmt allows
		default:
			r.unknown(key, at, slices.Sorted(maps.Keys(rules)))
		}
	})
	if !seen["test"] && !virtual {
		r.problem(&token.Position{Line: 1, Column: 1}, "no key test; expected test: with a shell script that exits with 0 where the bug is not there")
	}
}

// resembles tells of a key beginning with extra- whether it was meant to be a
// known one: passed over, what it says would change the verdict unseen.
func resembles(key, known string) bool {
	_, near := nearest.Word(strings.ToLower(strings.TrimPrefix(key, "extra-")), []string{strings.TrimPrefix(known, "extra-")})
	return near
}

// unknown notes a key that is not in the specification.
func (r *reader) unknown(key string, at *token.Position, known []string) {
	if base := strings.TrimRight(key, "+-~<"); base != key && slices.Contains(known, base) {
		r.problem(at, "the key %.60q merges with a parent, which a recipe has not; expected %q", key, base)
		return
	}
	if word, ok := nearest.Word(key, known); ok {
		r.problem(at, "unknown key %.60q; expected %q?", key, word)
		return
	}
	r.problem(at, "unknown key %.60q; expected one of %s", key, strings.Join(known, ", "))
}

// refuse is the rule of a key that is not carried out.
func (r *reader) refuse(why string) rule {
	return func(key string, value ast.Node) {
		r.problem(place(value), "%s is not supported: %s", key, why)
	}
}

// only is the rule of a truth value of which one is not carried out.
func (r *reader) only(want bool, why string) rule {
	return func(key string, value ast.Node) {
		if got, ok := r.truth(key, value); ok && got != want {
			r.problem(place(value), "%s: %v is not supported: %s", key, got, why)
		}
	}
}

// word is the rule of a text of which only one value is carried out.
func (r *reader) word(want, why string) rule {
	return func(key string, value ast.Node) {
		if got, ok := r.text(key, value); ok && got != want {
			r.problem(place(value), "%s: %s is not supported: %s; expected %s, or no such key", key, quote(got), why, want)
		}
	}
}

// line reads a text of one line.
func (r *reader) line(key string, node ast.Node) string {
	s, ok := r.text(key, node)
	s = strings.TrimSpace(s)
	if ok && strings.ContainsAny(s, "\n\r") {
		r.problem(place(node), "%s has several lines; expected one", key)
	}
	return s
}

// script reads a shell script that does something.
func (r *reader) script(key string, node ast.Node) (string, bool) {
	s, ok := r.text(key, node)
	if !ok {
		return "", false
	}
	for _, line := range strings.Split(s, "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return s, true
		}
	}
	r.problem(place(node), "%s has no command; expected a shell script", key)
	return "", false
}

func (r *reader) tag(key string, node ast.Node) {
	items, _ := r.texts(key, node)
	for _, t := range items {
		if strings.ContainsAny(t.text, " ,") {
			r.problem(t.at, "the tag %.60q; expected one without spaces and commas", t.text)
		}
	}
}

func (r *reader) tier(key string, node ast.Node) {
	switch node := r.resolve(node).(type) {
	case nil, *ast.NullNode:
	case *ast.IntegerNode:
		if n, ok := r.integer(key, node); ok && n < 0 {
			r.problem(place(node), "tier is %d; expected 0 or more, or text", n)
		}
	default:
		r.text(key, node)
	}
}

func (r *reader) check(key string, node ast.Node) {
	node = r.resolve(node)
	values := []ast.Node{node}
	if list, ok := node.(*ast.SequenceNode); ok {
		values = list.Values
	}
	for _, v := range values {
		if v = r.resolve(v); v != nil && !harmlessCheck(v) {
			r.problem(place(v), "check is not supported: a check of tmt can fail a test that exits with 0; expected `result: info` in it, or the check in the test itself")
		}
	}
}

// harmlessCheck tells whether a check is off or only informs.
func harmlessCheck(node ast.Node) bool {
	entries, ok := mapping(node)
	if !ok {
		return false
	}
	for _, e := range entries {
		switch value := e.Value.(type) {
		case *ast.StringNode:
			if e.Key.GetToken().Value == "result" && value.Value == "info" {
				return true
			}
		case *ast.BoolNode:
			if e.Key.GetToken().Value == "enabled" && !value.Value {
				return true
			}
		}
	}
	return false
}

// quote writes a text of a file into a message.
func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strconv.Quote(s)
}
