package tmt

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/problem"
	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// Check tells what is wrong with a tree by tmt's specification (spec/core,
// spec/tests and spec/plans of teemtee/tmt, August 2026) and tmt lint; a
// *problem.Error holds all of it. It is stricter than tmt: of the plugins it
// knows those that Tree uses, it wants a summary of at most 50 characters as
// lint does, and it refuses inheritance, adjust, and variables in plans, which
// would be those of the computer that tmt runs on.
func Check(files []reproduce.File) error {
	c := &checker{files: map[string]reproduce.File{}, tests: map[string]bool{}}
	for _, file := range files {
		if why := badPath(file.Path); why != "" {
			c.problem(fmt.Sprintf("%q", file.Path), "%s", why)
		} else if _, twice := c.files[file.Path]; twice {
			c.problem(file.Path, "the file is there twice")
		}
		c.files[file.Path] = file
	}
	if version, ok := c.files[".fmf/version"]; !ok || string(version.Data) != "1\n" {
		c.problem(".fmf/version", "no root of a tree; expected the file with the line 1")
	}
	paths := slices.DeleteFunc(slices.Sorted(maps.Keys(c.files)), func(name string) bool { return !c.metadata(name) })
	for _, name := range paths {
		c.node(name)
	}
	c.places(paths)
	for _, p := range c.patterns {
		c.selects(p)
	}
	return problem.Of("tree", c.problems, maxProblems)
}

// checker goes through a tree.
type checker struct {
	files    map[string]reproduce.File
	tests    map[string]bool // by name
	patterns []pattern
	problems []problem.Problem
}

// pattern is what a plan takes tests by.
type pattern struct{ file, text string }

func (c *checker) problem(file, format string, args ...any) {
	c.problems = append(c.problems, problem.Problem{File: file, Message: fmt.Sprintf(format, args...)})
}

// badPath says why a path is not safe to make anywhere, "" if it is.
func badPath(name string) string {
	switch {
	case !utf8.ValidString(name) || !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, `\:`):
		return "its path could lead out of the tree"
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "its path has unusual characters"
	}
	return ""
}

// metadata tells whether fmf reads a file: hidden ones and those in a tree of
// their own it does not.
func (c *checker) metadata(name string) bool {
	if !strings.HasSuffix(name, ".fmf") {
		return false
	}
	parts := strings.Split(name, "/")
	if slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, ".") }) {
		return false
	}
	for i := range parts[1:] {
		if _, nested := c.files[path.Join(path.Join(parts[:i+1]...), ".fmf/version")]; nested {
			return false
		}
	}
	return true
}

// nameOf is the name of the node that a file holds.
func nameOf(file string) string {
	return "/" + strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(file, ".fmf"), "main"), "/")
}

// places refuses nodes below others, which would inherit from them.
func (c *checker) places(paths []string) {
	nodes := map[string]string{}
	for _, file := range paths {
		name := nameOf(file)
		if first, twice := nodes[name]; twice {
			c.problem(file, "the name %s is that of %s", name, first)
		}
		nodes[name] = file
	}
	for _, file := range paths {
		for up := path.Dir(nameOf(file)); ; up = path.Dir(up) {
			if above, ok := nodes[up]; ok {
				c.problem(file, "it stands below %s and would inherit from it", above)
			}
			if up == "/" {
				break
			}
		}
	}
}

// node checks a file of metadata: a test or a plan.
func (c *checker) node(file string) {
	r := &reader{name: file}
	if body := r.document(c.files[file].Data); body != nil {
		switch entries, ok := entriesOf(body); {
		case !ok:
			r.problem(yamltext.Place(body), "%s; expected a test or a plan", yamltext.Describe(body))
		case has(entries, "test"):
			c.test(r, file, body)
		case has(entries, "execute"):
			c.plan(r, file, body)
		default:
			r.problem(yamltext.Place(body), "neither a test, with the key test, nor a plan, with the key execute")
		}
	}
	c.problems = append(c.problems, r.problems...)
}

func has(entries []*ast.MappingValueNode, key string) bool {
	return slices.ContainsFunc(entries, func(e *ast.MappingValueNode) bool {
		k, ok := e.Key.(*ast.StringNode)
		return ok && k.Value == key
	})
}

// selects checks that a plan takes a test that is there.
func (c *checker) selects(p pattern) {
	compiled, err := regexp.Compile(p.text)
	if err != nil {
		c.problem(p.file, "the test %s is no regular expression", yamltext.Short(p.text))
		return
	}
	for name := range c.tests {
		if compiled.MatchString(name) {
			return
		}
	}
	c.problem(p.file, "no test of the tree is named like %s", yamltext.Short(p.text))
}
