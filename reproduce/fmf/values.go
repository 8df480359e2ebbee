package fmf

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/almatriage/almatriage/reproduce"
)

// environmentName is what a shell takes as the name of a variable.
var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (r *reader) environment(key string, node ast.Node) {
	node = r.resolve(node)
	if node == nil {
		return
	}
	entries, ok := mapping(node)
	if !ok {
		r.problem(place(node), "environment is %s; expected names and values, such as {LC_ALL: C.UTF-8}", kind(node))
		return
	}
	env := map[string]string{}
	r.each(entries, func(name string, at *token.Position, value ast.Node) {
		if !environmentName.MatchString(name) {
			r.problem(at, "the name %.60q in environment; expected letters, digits and _, not beginning with a digit", name)
			return
		}
		if s, ok := r.environmentValue(name, value); ok {
			env[name] = s
		}
	})
	if len(env) > 0 {
		r.recipe.Environment = env
	}
}

// environmentValue reads a scalar as the text that the test will see. tmt
// hands on what Python makes of a value: True for true, 1.1 for 1.10, 8 or 10
// for 010. Where that is not the text as it is written, quotes are asked for.
func (r *reader) environmentValue(name string, node ast.Node) (string, bool) {
	node = r.resolve(node)
	what := "environment: " + name
	switch n := node.(type) {
	case nil:
		return "", false
	case *ast.StringNode, *ast.LiteralNode:
		return r.text(what, n)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		written := n.GetToken().Value
		if decimal(written) || plainFloat(written) {
			return written, true
		}
		r.problem(place(n), "%s is %s, which tmt does not hand on as it is written; expected it in quotes: %q", what, kind(n), clip(written))
	default:
		r.problem(place(n), "%s is %s; expected one value (\"\" for an empty one)", what, kind(n))
	}
	return "", false
}

// plainFloat tells whether reading and writing a number leaves it as it is.
func plainFloat(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && len(s) < 16 && strings.Contains(s, ".") &&
		(strconv.FormatFloat(f, 'f', -1, 64) == s || strconv.FormatFloat(f, 'f', 1, 64) == s)
}

func (r *reader) require(key string, node ast.Node) {
	node = r.resolve(node)
	if node == nil {
		return
	}
	values := []ast.Node{node}
	if list, ok := node.(*ast.SequenceNode); ok {
		values = list.Values
	}
	for _, v := range values {
		v = r.resolve(v)
		if v == nil {
			continue
		}
		if _, ok := mapping(v); ok {
			r.problem(place(v), "require of a library, repository or file (a mapping) is not supported: nothing is fetched for a test; expected the name of a package (files: set the recipe as a directory)")
			continue
		}
		if s, ok := r.text("an entry of require", v); ok && r.packageSpec(s, place(v)) {
			r.recipe.Require = append(r.recipe.Require, s)
		}
	}
}

// packageSpec checks one argument of dnf install.
func (r *reader) packageSpec(s string, at *token.Position) bool {
	switch {
	case strings.TrimSpace(s) == "":
		r.problem(at, "an empty entry of require; expected the name of a package")
	case strings.TrimSpace(s) != s, strings.ContainsAny(s, "\n\r\t"):
		r.problem(at, "the entry %s of require has white space about it; expected the name of a package", quote(s))
	case s[0] == '-':
		r.problem(at, "the entry %s of require is an option, not a package; expected the name of a package (options: use %s: prepare)", quote(s), ours)
	case strings.HasPrefix(s, "library("):
		r.problem(at, "the entry %s of require is a beakerlib library, which is not supported; expected the name of a package", quote(s))
	default:
		return true
	}
	return false
}

// relations are tmt's words for what a link is.
var relations = []string{
	"verifies", "verified-by", "implements", "implemented-by", "documents", "documented-by", "blocks", "blocked-by",
	"duplicates", "duplicated-by", "parent", "child", "relates", "test-script",
}

func (r *reader) link(key string, node ast.Node) {
	node = r.resolve(node)
	values := []ast.Node{node}
	if list, ok := node.(*ast.SequenceNode); ok {
		values = list.Values
	}
	for _, v := range values {
		v = r.resolve(v)
		if v == nil {
			continue
		}
		if entries, ok := mapping(v); ok {
			r.relation(entries, place(v))
			continue
		}
		if target, ok := r.linkTarget(v); ok {
			r.recipe.Links = append(r.recipe.Links, reproduce.Link{Relation: "relates", Target: target})
		}
	}
}

// relation reads one link in its long form.
func (r *reader) relation(entries []*ast.MappingValueNode, at *token.Position) {
	count := 0
	r.each(entries, func(key string, at *token.Position, value ast.Node) {
		switch {
		case key == "note":
			r.text("the note of a link", value)
			return
		case !slices.Contains(relations, key):
			r.unknown(key, at, append([]string{"note"}, relations...))
		default:
			if target, ok := r.linkTarget(value); ok {
				r.recipe.Links = append(r.recipe.Links, reproduce.Link{Relation: key, Target: target})
			}
		}
		count++
	})
	if count != 1 {
		r.problem(at, "a link with %d relations; expected one, such as verifies: https://…", count)
	}
}

// linkTarget reads what a link points to. Of an fmf identifier the repository
// or the name is kept; the whole of it stays in Source.
func (r *reader) linkTarget(node ast.Node) (string, bool) {
	node = r.resolve(node)
	if node == nil {
		return "", false
	}
	entries, ok := mapping(node)
	if !ok {
		s, ok := r.text("a link", node)
		if ok && !strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
			r.problem(place(node), "the link %s; expected a URL (https://…) or a path that begins with /", quote(s))
			ok = false
		}
		return s, ok
	}
	parts := map[string]string{}
	r.each(entries, func(key string, at *token.Position, value ast.Node) {
		known := []string{"url", "ref", "path", "name"}
		if !slices.Contains(known, key) {
			r.unknown(key, at, known)
			return
		}
		parts[key], _ = r.text(key, value)
	})
	for _, key := range []string{"url", "name", "path"} {
		if parts[key] != "" {
			return parts[key], true
		}
	}
	r.problem(place(node), "a link to nothing; expected a URL")
	return "", false
}
