package fmf

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// reader takes a recipe out of one file and gathers what is wrong with it.
type reader struct {
	name     string
	recipe   reproduce.Recipe
	lines    []string
	anchors  map[string]ast.Node
	problems []Problem
}

// problem notes what is wrong at a place.
func (r *reader) problem(at *token.Position, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.name, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)})
}

// document parses the YAML and gives the mapping that is the test, or nil
// after noting why there is none.
func (r *reader) document(data []byte) []*ast.MappingValueNode {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !r.plainText(data) {
		return nil
	}
	r.lines = strings.Split(string(data), "\n")
	tokens := lexer.Tokenize(string(data))
	if !r.bounded(tokens) {
		return nil
	}
	// Duplicate keys are allowed here so that they are reported like all else.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	start := &token.Position{Line: 1, Column: 1}
	switch len(bodies) {
	case 0:
		r.problem(start, "the file is empty; expected a tmt test with the key test")
		return nil
	case 1:
	default:
		r.problem(bodies[1].GetToken().Position, "a second YAML document; expected one test in a file")
		return nil
	}
	r.findAnchors(bodies[0])
	entries, ok := mapping(bodies[0])
	if !ok {
		r.problem(start, "%s; expected keys and values, such as test: |", kind(bodies[0]))
	}
	return entries
}

// plainText refuses what YAML forbids in a file.
func (r *reader) plainText(data []byte) bool {
	at, why := yamltext.Unreadable(data, "\r\u0085")
	if strings.HasPrefix(why, "the control") {
		why += "; expected text (write it as an escape in the script)"
	}
	if why != "" {
		r.problem(&at, "%s", why)
	}
	return why == ""
}

// The bounds of what the YAML parser is given: its work grows with the square
// of the nesting and of the number of keys, and it recurses. A recipe needs a
// nesting of four and a few dozen keys.
const (
	maxNesting = 32
	maxEntries = 2000
)

// bounded refuses a file whose shape is that of an attack on the parser.
func (r *reader) bounded(tokens token.Tokens) bool {
	t, deep := yamltext.Excess(tokens, maxNesting, maxEntries)
	switch {
	case deep:
		r.problem(t.Position, "nested more than %d deep; expected a tmt test", maxNesting)
	case t != nil:
		r.problem(t.Position, "more than %d keys and list entries; expected a tmt test", maxEntries)
	}
	return t == nil
}

// syntax notes a parser's error at its place.
func (r *reader) syntax(err error) {
	at, why := yamltext.Syntax(err)
	r.problem(&at, "%s", why)
}

// findAnchors notes what aliases can stand for.
func (r *reader) findAnchors(body ast.Node) {
	r.anchors = map[string]ast.Node{}
	ast.Walk(anchorFinder(r.anchors), body)
}

// anchorFinder collects anchors by name; as in YAML the last of a name counts.
type anchorFinder map[string]ast.Node

// Visit is called by ast.Walk for each node.
func (f anchorFinder) Visit(node ast.Node) ast.Visitor {
	if a, ok := node.(*ast.AnchorNode); ok && a.Name != nil && a.Value != nil {
		f[a.Name.GetToken().Value] = a.Value
	}
	return f
}
