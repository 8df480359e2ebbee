package autopatch

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/almatriage/almatriage/reproduce/problem"
	"github.com/almatriage/almatriage/reproduce/yamltext"
	"github.com/almatriage/almatriage/tracker/nearest"
)

// reader takes a config out of a file and gathers what is wrong with it.
type reader struct {
	name     string
	lines    []string
	problems []problem.Problem
}

// problem notes what is wrong at a place.
func (r *reader) problem(at *token.Position, format string, args ...any) {
	r.problems = append(r.problems, problem.Problem{File: r.name, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)})
}

// start is where a file begins.
func start() *token.Position { return &token.Position{Line: 1, Column: 1} }

// document parses the YAML and gives its only document, or nil after noting
// why there is none.
func (r *reader) document(data []byte) ast.Node {
	data = bytes.TrimPrefix(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\ufeff"))
	if !r.plainText(data) {
		return nil
	}
	r.lines = strings.Split(string(data), "\n")
	escapeTabs(r.lines)
	tokens := lexer.Tokenize(strings.Join(r.lines, "\n"))
	if !r.bounded(tokens) {
		return nil
	}
	// Duplicate keys are allowed here so that they are reported like all else.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	switch len(docs) {
	case 0:
		r.problem(start(), "the file is empty; expected actions")
		return nil
	case 1:
		return docs[0].Body
	}
	r.problem(place(docs[1].Body), "a second YAML document; expected one")
	return nil
}

// plainText refuses what YAML forbids in a file.
func (r *reader) plainText(data []byte) bool {
	at, why := yamltext.Unreadable(data, "")
	if strings.HasPrefix(why, "the control") {
		why += "; expected text (within double quotes as an escape)"
	}
	if why != "" {
		r.problem(&at, "%s", why)
	}
	return why == ""
}

// The bounds of what the YAML parser is given: its work grows with the square
// of the nesting and of the number of keys, and it recurses. A config has a
// nesting of six; the longest of AlmaLinux's has some hundred entries.
const (
	maxNesting = 32
	maxEntries = 5000
)

// bounded refuses a file whose shape is that of an attack on the parser.
func (r *reader) bounded(tokens token.Tokens) bool {
	t, _ := yamltext.Excess(tokens, maxNesting, maxEntries)
	if t != nil {
		r.problem(t.Position, "nested more than %d deep, or more than %d keys and list entries; expected a config", maxNesting, maxEntries)
	}
	return t == nil
}

// syntax notes a parser's error at its place.
func (r *reader) syntax(err error) {
	at, why := yamltext.Syntax(err)
	r.problem(&at, "%s", why)
}

// config reads the whole file.
func (r *reader) config(body ast.Node) Config {
	var c Config
	if body == nil {
		return c
	}
	seen := false
	r.each("the config", body, func(key string, at *token.Position, value ast.Node) {
		switch key {
		case "parameters":
			c.Parameters = r.fields("parameters", parameters, value)
		case "actions":
			seen = true
			c.Actions = r.actions(value)
		default:
			r.unknown("key", key, at, []string{"parameters", "actions"})
		}
	})
	if !seen && len(r.problems) == 0 {
		r.problem(start(), "no key actions; expected actions: with a list of %s", strings.Join(actionNames, ", "))
	}
	return c
}

// actions reads the list of them.
func (r *reader) actions(node ast.Node) []Action {
	var all []Action
	for _, block := range r.list("actions", node) {
		count := 0
		r.each("an action", block, func(name string, at *token.Position, value ast.Node) {
			if count++; count > 1 {
				r.problem(at, "a second action, %.60q, in one entry of actions; expected a - before it", name)
				return
			}
			fields, known := actions[name]
			if !known {
				r.unknown("action", name, at, actionNames)
				return
			}
			action := Action{Name: name}
			for _, node := range r.list(name, value) {
				entry := Entry(r.fields(name, fields, node))
				r.entry(name, entry, node)
				action.Entries = append(action.Entries, entry)
			}
			all = append(all, action)
		})
		if count == 0 && len(r.problems) == 0 {
			r.problem(place(block), "an entry of actions without an action; expected one of %s", strings.Join(actionNames, ", "))
		}
	}
	r.sameFile(all, place(node))
	return all
}

// unknown notes a word that is none of those that are known.
func (r *reader) unknown(what, word string, at *token.Position, known []string) {
	if meant, ok := nearest.Word(word, known); ok {
		r.problem(at, "unknown %s %.60q; expected %q? (known: %s)", what, word, meant, strings.Join(known, ", "))
		return
	}
	r.problem(at, "unknown %s %.60q; expected one of %s", what, word, strings.Join(known, ", "))
}

// fields reads parameters.
func (r *reader) fields(of string, known []field, node ast.Node) []Param {
	var params []Param
	seen := map[string]bool{}
	found := len(r.problems)
	r.each(of, node, func(key string, at *token.Position, value ast.Node) {
		seen[key] = true
		i := slices.IndexFunc(known, func(f field) bool { return f.key == key })
		if i < 0 {
			r.unknown("parameter of "+of, key, at, keys(known))
			return
		}
		if v, ok := r.value(known[i], of+": "+key, value); ok {
			params = append(params, Param{key, v})
		}
	})
	if len(seen) == 0 && len(r.problems) > found {
		return nil // not a mapping, which is said
	}
	for _, f := range known {
		if f.required && !seen[f.key] {
			r.problem(place(node), "%s without %s; expected it", of, f.key)
		}
	}
	return params
}

func keys(known []field) []string {
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = f.key
	}
	return names
}

// entry checks what parameters mean together.
func (r *reader) entry(name string, e Entry, node ast.Node) {
	at := place(node)
	switch name {
	case "replace":
		if (e.value("find") != nil) == (e.value("rfind") != nil) {
			r.problem(at, "replace with both find and rfind, or none of them; expected one")
		}
	case "modify_release":
		s := e.Text("suffix")
		if e.truth("auto_increment", false) {
			if s != "" && !counted.MatchString(s) {
				r.problem(at, "the suffix is %s, and auto_increment counts its number up; expected one that ends in a number, such as .alma.1", yamltext.Short(s))
			}
		} else if s != "" && !suffix.MatchString(s) {
			r.problem(at, "the suffix is %s; expected .alma.N, such as .alma.1", yamltext.Short(s))
		}
	}
}

// sameFile refuses what cannot be added twice: a file, and a patch's number.
func (r *reader) sameFile(all []Action, at *token.Position) {
	seen := map[Param]bool{}
	for _, action := range all {
		for _, e := range action.Entries {
			if action.Name != "add_files" {
				continue
			}
			of := []Param{{"name", e.Text("name")}}
			if n, ok := e.value("number").(int); ok && e.truth("modify_spec", true) {
				of = append(of, Param{"the number of a " + e.Text("type"), n})
			}
			for _, p := range of {
				if seen[p] && p.Value != "" {
					r.problem(at, "add_files has %s %v twice; expected it once", p.Key, p.Value)
				}
				seen[p] = true
			}
		}
	}
}
