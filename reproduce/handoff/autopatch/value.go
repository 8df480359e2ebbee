package autopatch

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// place is where a node begins in the file.
func place(node ast.Node) *token.Position {
	at := yamltext.Place(node)
	return &at
}

// each calls f for each entry of a mapping, once a key.
func (r *reader) each(what string, node ast.Node, f func(key string, at *token.Position, value ast.Node)) {
	var entries []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		entries = n.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{n}
	default:
		r.problem(place(node), "%s is %s; expected keys and values", what, yamltext.Describe(node))
		return
	}
	first := map[string]int{}
	for _, e := range entries {
		at := place(e.Key)
		key, ok := e.Key.(*ast.StringNode)
		if !ok {
			r.problem(at, "a key of %s that is not a word; expected a plain word", what)
			continue
		}
		if line, ok := first[key.Value]; ok {
			r.problem(at, "the key %.60q is given twice; expected it once (first in line %d)", key.Value, line)
			continue
		}
		first[key.Value] = at.Line
		f(key.Value, at, e.Value)
	}
}

// list gives the entries of a list that is not empty.
func (r *reader) list(what string, node ast.Node) []ast.Node {
	n, ok := node.(*ast.SequenceNode)
	if !ok {
		r.problem(place(node), "%s is %s; expected a list, each entry with a - before it", what, yamltext.Describe(node))
		return nil
	}
	if len(n.Values) == 0 {
		r.problem(place(node), "%s is an empty list; expected an entry", what)
	}
	return n.Values
}

// value reads and checks what is given for a parameter.
func (r *reader) value(f field, what string, node ast.Node) (any, bool) {
	var v any
	switch n := node.(type) {
	case *ast.SequenceNode:
		if f.kind&texts == 0 {
			return nil, r.wrong(f, what, node)
		}
		return r.texts(what, n)
	case *ast.BoolNode:
		if f.kind&truth == 0 {
			return nil, r.wrong(f, what, node)
		}
		return n.Value, true
	case *ast.IntegerNode:
		i, ok := integer(n.GetToken().Value)
		if f.kind&number == 0 || !ok {
			return nil, r.wrong(f, what, node)
		}
		v = i
	default:
		s, ok := r.text(f, what, node)
		if !ok {
			return nil, false
		}
		v = s
	}
	if f.right != nil {
		if expected := f.right(v); expected != "" {
			r.problem(place(node), "%s is %s; expected %s", what, yamltext.Describe(node), expected)
			return nil, false
		}
	}
	return v, true
}

// wrong notes a value of the wrong type. It is false.
func (r *reader) wrong(f field, what string, node ast.Node) bool {
	expected := "text: write it in quotes"
	switch f.kind {
	case texts:
		expected = "a list of text, each with a - before it"
	case number:
		expected = "a decimal number"
	case number | text:
		expected = "a decimal number or text"
	case truth:
		expected = "true or false"
	}
	r.problem(place(node), "%s is %s; expected %s", what, yamltext.Describe(node), expected)
	return false
}

// text reads a string.
func (r *reader) text(f field, what string, node ast.Node) (string, bool) {
	s := ""
	switch n := node.(type) {
	case *ast.StringNode:
		if s = n.Value; f.kind&text != 0 && n.Token.Type == token.StringType && notText.MatchString(s) {
			r.problem(place(n), "%s is %s, which is no text to the tool; expected it in quotes", what, yamltext.Short(s))
			return "", false
		}
	case *ast.LiteralNode:
		if s = n.Value.Value; !r.tabFree(what, n) {
			return "", false
		}
	default:
		return "", r.wrong(f, what, node)
	}
	switch {
	case f.kind&text == 0:
		return "", r.wrong(f, what, node)
	case s == "" && !f.empty:
		r.problem(place(node), "%s is empty, which the tool refuses; expected text", what)
		return "", false
	case strings.ContainsRune(s, 0):
		r.problem(place(node), "%s holds a NUL character; expected text without", what)
		return "", false
	}
	return s, true
}

// texts reads a list of strings.
func (r *reader) texts(what string, n *ast.SequenceNode) ([]string, bool) {
	all, good := []string{}, true
	for _, node := range r.list(what, n) {
		s, ok := r.text(field{kind: text}, "an entry of "+what, node)
		if ok && strings.TrimSpace(s) == "" {
			r.problem(place(node), "an entry of %s is blank; expected text", what)
			ok = false
		}
		all, good = append(all, s), good && ok
	}
	return all, good && len(all) > 0
}

// tabFree refuses a block whose first line begins with a tab (see yamltext.Tab).
func (r *reader) tabFree(what string, n *ast.LiteralNode) bool {
	at, found := yamltext.Tab(r.lines, n)
	if found {
		r.problem(&at, "the first line of %s begins with a tab; expected spaces, or the text in double quotes with \\t", what)
	}
	return !found
}

// notText are words without quotes that the tool's YAML, which is of version
// 1.1, takes for something else than text, while others read text: truth
// values, numbers, dates, and what it knows a meaning of its own for.
var notText = regexp.MustCompile(`^(?:[Yy]es|YES|[Nn]o|NO|[Tt]rue|TRUE|[Ff]alse|FALSE|[Oo]n|ON|[Oo]ff|OFF|[Nn]ull|NULL|~|=|<<` +
	`|[-+]?[0-9][0-9_,:]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?0[bx][0-9a-fA-F_]+` +
	`|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?)$`)

// integer reads a decimal number. A leading zero makes the number octal to the
// tool, so that only 00 to 07 are what they look like.
func integer(written string) (int, bool) {
	digits := strings.TrimPrefix(written, "-")
	if strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	if short := strings.TrimLeft(digits, "0"); short != digits && (len(short) > 1 || short > "7") {
		return 0, false
	}
	n, err := strconv.Atoi(written)
	return n, err == nil
}
