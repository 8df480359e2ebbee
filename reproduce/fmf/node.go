package fmf

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// maxAliases bounds a chain of aliases, so that a circle ends.
const maxAliases = 8

// resolve follows aliases and looks through anchors. Only nodes that a rule
// looks at are resolved, at the depth that the rule knows, so no alias can
// make the work grow. A tag is refused: it would make something else of the
// value than what is written.
func (r *reader) resolve(node ast.Node) ast.Node {
	for range maxAliases {
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			name := n.Value.GetToken().Value
			value, ok := r.anchors[name]
			if !ok {
				r.problem(place(n), "the alias *%.40q has no anchor; expected &%.40q before it", name, name)
				return nil
			}
			node = value
		case *ast.TagNode:
			r.problem(place(n), "the tag %.40q; expected a plain value, in quotes where it is text", n.GetToken().Value)
			return nil
		default:
			return node
		}
	}
	r.problem(place(node), "aliases that refer to each other; expected a value")
	return nil
}

// place is where a node begins in the file.
func place(node ast.Node) *token.Position {
	if m, ok := node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return place(m.Values[0])
	}
	if v, ok := node.(*ast.MappingValueNode); ok {
		return place(v.Key)
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		return t.Position
	}
	return &token.Position{Line: 1, Column: 1}
}

// kind says in a word what a node is, for messages.
func kind(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode:
		return "the number " + clip(n.GetToken().Value)
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + clip(n.GetToken().Value)
	case *ast.BoolNode:
		return "the truth value " + clip(n.GetToken().Value)
	case *ast.NullNode:
		return "nothing"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	}
	return "something else"
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// mapping gives the entries of a mapping.
func mapping(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// each calls f for each entry of a mapping, once a key; what is no plain key,
// a merge or a duplicate is noted.
func (r *reader) each(entries []*ast.MappingValueNode, f func(key string, at *token.Position, value ast.Node)) {
	first := map[string]*token.Position{}
	for _, e := range entries {
		at := place(e.Key)
		key, ok := e.Key.(*ast.StringNode)
		if !ok {
			if e.Key.IsMergeKey() {
				r.problem(at, "the merge key <<; expected the keys themselves")
			} else {
				r.problem(at, "a key that is not a plain word; expected a word, in quotes where YAML reads it otherwise")
			}
			continue
		}
		if before, ok := first[key.Value]; ok {
			r.problem(at, "the key %.60q is given twice; expected it once (first in line %d)", key.Value, before.Line)
			continue
		}
		first[key.Value] = at
		f(key.Value, at, e.Value)
	}
}

// text reads a string. The empty string is one.
func (r *reader) text(what string, node ast.Node) (string, bool) {
	node = r.resolve(node)
	switch n := node.(type) {
	case nil:
		return "", false
	case *ast.StringNode:
		return n.Value, r.noNUL(what, n, n.Value)
	case *ast.LiteralNode:
		return n.Value.Value, r.noNUL(what, n, n.Value.Value) && r.tabFree(what, n)
	case *ast.NullNode:
		r.problem(place(n), "%s is empty; expected text", what)
	case ast.ScalarNode:
		r.problem(place(n), "%s is %s; expected text: write it in quotes", what, kind(n))
	default:
		r.problem(place(n), "%s is %s; expected text", what, kind(n))
	}
	return "", false
}

func (r *reader) noNUL(what string, node ast.Node, s string) bool {
	if strings.ContainsRune(s, 0) {
		r.problem(place(node), "%s holds a NUL character; expected text without", what)
		return false
	}
	return true
}

// tabFree refuses a block whose first line begins with a tab (see yamltext.Tab).
func (r *reader) tabFree(what string, n *ast.LiteralNode) bool {
	at, found := yamltext.Tab(r.lines, n)
	if found {
		r.problem(&at, "the first line of %s begins with a tab; expected spaces", what)
	}
	return !found
}

// item is one text of a list, with its place.
type item struct {
	text string
	at   *token.Position
}

// texts reads one string or a list of strings.
func (r *reader) texts(what string, node ast.Node) ([]item, bool) {
	at := place(node)
	node = r.resolve(node)
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		if node == nil {
			return nil, false
		}
		s, ok := r.text(what, node)
		return []item{{s, at}}, ok
	}
	items, good := make([]item, 0, len(list.Values)), true
	for _, v := range list.Values {
		at := place(v)
		s, ok := r.text("an entry of "+what, v)
		items, good = append(items, item{s, at}), good && ok
	}
	return items, good
}

// truth reads true or false.
func (r *reader) truth(what string, node ast.Node) (value, ok bool) {
	node = r.resolve(node)
	if b, ok := node.(*ast.BoolNode); ok {
		return b.Value, true
	}
	if node != nil {
		r.problem(place(node), "%s is %s; expected true or false", what, describe(node))
	}
	return false, false
}

// integer reads a decimal number.
func (r *reader) integer(what string, node ast.Node) (int64, bool) {
	node = r.resolve(node)
	if node == nil {
		return 0, false
	}
	if n, ok := node.(*ast.IntegerNode); ok && decimal(n.GetToken().Value) {
		switch v := n.Value.(type) {
		case int64:
			return v, true
		case uint64:
			if v <= 1<<62 {
				return int64(v), true
			}
		}
	}
	r.problem(place(node), "%s is %s; expected a decimal number", what, describe(node))
	return 0, false
}

// decimal tells whether a number is written as YAML of every age reads it: 010
// is eight to some and ten to others, 1_000 and 0x10 are numbers to few.
func decimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s == "0" || s != "" && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}

// describe is kind with the text itself, where it is short.
func describe(node ast.Node) string {
	if s, ok := node.(*ast.StringNode); ok {
		return quote(s.Value)
	}
	return kind(node)
}
