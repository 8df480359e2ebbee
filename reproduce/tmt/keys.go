package tmt

import (
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// relations are what a link can be (spec/core/link).
var relations = map[string]bool{"verifies": true, "verified-by": true, "implements": true, "implemented-by": true, "documents": true, "documented-by": true,
	"blocks": true, "blocked-by": true, "duplicates": true, "duplicated-by": true, "parent": true, "child": true, "relates": true, "test-script": true}

var (
	durations = regexp.MustCompile(`^([0-9*. ]+[smhd]? *)+$`) // schemas/common
	duration  = regexp.MustCompile(`^\s*(\*?\s*[0-9]+(\.[0-9]+)?[smhd]?\s*)+$`)
	urls      = regexp.MustCompile(`^https?://[^\s/]+[^\s]*$`)
	contacts  = regexp.MustCompile(`^[^<>@]+ <[^<>@\s]+@[^<>@\s]+>$`)
	variables = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func isURL(s string) bool { return urls.MatchString(s) && utf8.ValidString(s) }

// isTarget tells whether a text can be what a link points to: an address or a
// path from the root of the tree.
func isTarget(s string) bool { return isURL(s) || strings.HasPrefix(s, "/") }

// core are the keys that tests and plans share.
func (r *reader) core() map[string]rule {
	texts := func(what string, v ast.Node) { r.oneOrMore(what, v) }
	text := func(what string, v ast.Node) { r.text(what, v) }
	return map[string]rule{
		"summary": r.summary, "description": text, "id": text, "author": texts, "link": r.link, "tag": texts, "extra-": text,
		"contact": func(what string, v ast.Node) {
			for _, s := range r.oneOrMore(what, v) {
				if !contacts.MatchString(s) {
					r.problem(yamltext.Place(v), "the contact %s; expected NAME <ADDRESS>", yamltext.Short(s))
				}
			}
		},
		"enabled":     func(what string, v ast.Node) { r.truth(what, v) },
		"order":       func(what string, v ast.Node) { r.number(what, v) },
		"environment": r.environment,
		"tier": func(what string, v ast.Node) {
			if n, ok := v.(*ast.IntegerNode); !ok || strings.HasPrefix(n.GetToken().Value, "-") {
				r.text(what, v)
			}
		},
	}
}

func (r *reader) summary(what string, v ast.Node) {
	s, ok := r.text(what, v)
	if n := utf8.RuneCountInString(s); ok && (n == 0 || n > maxSummary || strings.ContainsAny(s, "\r\n")) {
		r.problem(yamltext.Place(v), "the summary has %d characters; expected one line of 1 to %d", n, maxSummary)
	}
}

func (r *reader) environment(what string, v ast.Node) {
	r.each(what, v, map[string]rule{"*": func(name string, v ast.Node) {
		if !variables.MatchString(name) {
			r.problem(yamltext.Place(v), "%s is no name of a variable", yamltext.Short(name))
		}
		switch v.(type) {
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		default:
			r.text("the variable "+yamltext.Short(name), v)
		}
	}})
}

// link checks one link or a list of them.
func (r *reader) link(what string, v ast.Node) {
	values := []ast.Node{v}
	if n, ok := v.(*ast.SequenceNode); ok {
		values = n.Values
	}
	for _, v := range values {
		if _, ok := entriesOf(v); !ok {
			r.target(what, v)
			continue
		}
		rules := map[string]rule{"note": func(what string, v ast.Node) { r.text(what, v) }}
		for relation := range relations {
			rules[relation] = r.target
		}
		n := 0
		for key := range r.each("a link", v, rules) {
			if relations[key] {
				n++
			}
		}
		if n != 1 {
			r.problem(yamltext.Place(v), "a link with %d relations; expected one", n)
		}
	}
}

func (r *reader) target(what string, v ast.Node) {
	if s, ok := r.text(what, v); ok && !isTarget(s) {
		r.problem(yamltext.Place(v), "%s points to %s; expected http(s)://… or /…", what, yamltext.Short(s))
	}
}

func (r *reader) duration(what string, v ast.Node) {
	if s, ok := r.text(what, v); ok && (!durations.MatchString(s) || !duration.MatchString(s)) {
		r.problem(yamltext.Place(v), "the duration %s; expected one such as 5m or 1h 30m", yamltext.Short(s))
	}
}

// word gives the rule of a text that is one of some.
func (r *reader) word(words ...string) rule {
	return func(what string, v ast.Node) {
		if s, ok := r.text(what, v); ok && !oneOf(s, words) {
			r.problem(yamltext.Place(v), "%s is %s; expected %s", what, yamltext.Short(s), strings.Join(words, ", "))
		}
	}
}

func oneOf(s string, words []string) bool {
	for _, w := range words {
		if s == w {
			return true
		}
	}
	return false
}

// test checks a test (spec/tests).
func (c *checker) test(r *reader, file string, body ast.Node) {
	rules := r.core()
	texts := func(what string, v ast.Node) { r.oneOrMore(what, v) }
	truth := func(what string, v ast.Node) { r.truth(what, v) }
	rules["component"], rules["recommend"] = texts, texts
	rules["require"] = func(what string, v ast.Node) {
		for _, s := range r.oneOrMore(what, v) {
			if s == "" || s[0] == '-' || strings.HasPrefix(s, "library(") {
				r.problem(yamltext.Place(v), "the required package %s", yamltext.Short(s))
			}
		}
	}
	rules["manual"], rules["tty"] = truth, truth
	rules["duration"] = r.duration
	rules["framework"] = r.word("shell", "beakerlib")
	rules["result"] = r.word("respect", "xfail", "pass", "info", "warn", "error", "fail", "custom", "restraint")
	rules["path"] = func(what string, v ast.Node) {
		if s, ok := r.text(what, v); ok && !strings.HasPrefix(s, "/") {
			r.problem(yamltext.Place(v), "the path %s is not absolute", yamltext.Short(s))
		}
	}
	rules["test"] = func(what string, v ast.Node) {
		s, ok := r.text(what, v)
		if ok && strings.TrimSpace(s) == "" {
			r.problem(yamltext.Place(v), "the test is empty")
		}
		for _, word := range strings.Fields(s) {
			if name, own := strings.CutPrefix(word, "./"); own {
				if _, there := c.files[path.Join(path.Dir(file), name)]; !there {
					r.problem(yamltext.Place(v), "the test runs %s, which is not there", yamltext.Short(word))
				}
			}
		}
	}
	r.each("the test", body, rules, "summary", "test")
	c.tests[nameOf(file)] = true
}
