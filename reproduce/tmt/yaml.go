package tmt

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/almatriage/almatriage/reproduce/problem"
	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// The bounds of what the YAML parser is given: its work grows with the square
// of the nesting and of the number of keys, and it recurses.
const (
	maxNesting  = 32
	maxEntries  = 5_000
	maxProblems = 50
)

// reader takes values out of one file and gathers what is wrong with it.
type reader struct {
	name     string
	problems []problem.Problem
}

// problem notes what is wrong at a place.
func (r *reader) problem(at token.Position, format string, args ...any) {
	r.problems = append(r.problems, problem.Problem{File: r.name, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)})
}

// document parses the YAML and gives its only document, nil after noting why
// there is none.
func (r *reader) document(data []byte) ast.Node {
	start := token.Position{Line: 1, Column: 1}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	if at, why := yamltext.Unreadable(data, ""); why != "" {
		r.problem(at, "%s", why)
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if t, _ := yamltext.Excess(tokens, maxNesting, maxEntries); t != nil {
		r.problem(*t.Position, "nested more than %d deep, or more than %d keys and list entries", maxNesting, maxEntries)
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // reported like all else
	if err != nil {
		at, why := yamltext.Syntax(err)
		r.problem(at, "%s", why)
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && body != nil {
			r.problem(yamltext.Place(doc.Body), "a second YAML document; expected one")
			return nil
		}
		if doc.Body != nil {
			body = doc.Body
		}
	}
	if body == nil {
		r.problem(start, "the file is empty")
	}
	return body
}

// rule reads and checks the value of a key.
type rule func(what string, value ast.Node)

// each calls the rule of each key of a mapping, and notes the unknown ones, those
// given twice, and the missing ones of must. It tells which keys there were.
func (r *reader) each(what string, node ast.Node, rules map[string]rule, must ...string) map[string]bool {
	seen := map[string]bool{}
	entries, ok := entriesOf(node)
	if !ok {
		r.problem(yamltext.Place(node), "%s is %s; expected keys and values", what, yamltext.Describe(node))
		return seen
	}
	for _, e := range entries {
		key, ok := e.Key.(*ast.StringNode)
		if !ok {
			r.problem(yamltext.Place(e.Key), "a key of %s that is no word", what)
			continue
		}
		read, known := rules[key.Value]
		if !known {
			read, known = rules["*"]
		}
		switch {
		case seen[key.Value]:
			r.problem(yamltext.Place(key), "the key %s of %s is given twice", yamltext.Short(key.Value), what)
		case !known && len(key.Value) > 6 && key.Value[:6] == "extra-" && rules["extra-"] != nil:
		case !known || key.Value == "extra-":
			r.problem(yamltext.Place(key), "%s has no key %s", what, yamltext.Short(key.Value))
		case e.Value == nil:
			r.problem(yamltext.Place(key), "the key %s of %s has no value", yamltext.Short(key.Value), what)
		default:
			read(key.Value, e.Value)
		}
		seen[key.Value] = true
	}
	for _, key := range must {
		if !seen[key] {
			r.problem(yamltext.Place(node), "%s has no %s", what, key)
		}
	}
	return seen
}

func entriesOf(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// text reads a text; a number or a truth value without quotes is none.
func (r *reader) text(what string, node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	r.problem(yamltext.Place(node), "%s is %s; expected text", what, yamltext.Describe(node))
	return "", false
}

// list reads the entries of a list.
func (r *reader) list(what string, node ast.Node) []ast.Node {
	n, ok := node.(*ast.SequenceNode)
	if !ok {
		r.problem(yamltext.Place(node), "%s is %s; expected a list", what, yamltext.Describe(node))
		return nil
	}
	return n.Values
}

// oneOrMore reads a text or a list of texts.
func (r *reader) oneOrMore(what string, node ast.Node) (texts []string) {
	values := []ast.Node{node}
	if n, ok := node.(*ast.SequenceNode); ok {
		values = n.Values
	}
	for _, v := range values {
		if s, ok := r.text(what, v); ok {
			texts = append(texts, s)
		}
	}
	return texts
}

// number reads a decimal number.
func (r *reader) number(what string, node ast.Node) int {
	if n, ok := node.(*ast.IntegerNode); ok {
		if i, err := strconv.Atoi(n.GetToken().Value); err == nil {
			return i
		}
	}
	r.problem(yamltext.Place(node), "%s is %s; expected a number", what, yamltext.Describe(node))
	return 0
}

func (r *reader) truth(what string, node ast.Node) {
	if _, ok := node.(*ast.BoolNode); !ok {
		r.problem(yamltext.Place(node), "%s is %s; expected true or false", what, yamltext.Describe(node))
	}
}

// err is what the reader found wrong, nil if nothing.
func (r *reader) err() error { return problem.Of(r.name, r.problems, maxProblems) }
