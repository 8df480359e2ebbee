package tmt

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// plan checks a plan (spec/plans, and the schemas of the plugins).
func (c *checker) plan(r *reader, file string, body ast.Node) {
	rules := r.core()
	rules["context"] = func(what string, v ast.Node) {
		r.each(what, v, map[string]rule{"*": func(what string, v ast.Node) { r.oneOrMore(what, v) }})
	}
	rules["discover"] = r.step(map[string]map[string]rule{"fmf": c.discover(r, file)})
	rules["provision"] = r.step(map[string]map[string]rule{"container": r.container()})
	rules["prepare"] = r.step(map[string]map[string]rule{"shell": r.shell(), "install": r.install()})
	rules["execute"] = r.step(map[string]map[string]rule{"tmt": {
		"duration": r.duration, "exit-first": r.truth, "ignore-duration": r.truth,
	}})
	r.each("the plan", body, rules, "summary", "discover", "provision", "execute")
	r.unexpanded(body)
}

// step gives the rule of a step: a phase or a list of them, each by a plugin.
func (r *reader) step(plugins map[string]map[string]rule) rule {
	return func(what string, v ast.Node) {
		phases := []ast.Node{v}
		if n, ok := v.(*ast.SequenceNode); ok {
			phases = n.Values
		}
		seen := map[string]bool{}
		for _, phase := range phases {
			r.phase(what, phase, plugins, seen)
		}
	}
}

// phase checks one phase; names of phases are unique in a step.
func (r *reader) phase(what string, v ast.Node, plugins map[string]map[string]rule, seen map[string]bool) {
	how := ""
	entries, _ := entriesOf(v)
	for _, e := range entries {
		if k, ok := e.Key.(*ast.StringNode); ok && k.Value == "how" {
			if s, ok := e.Value.(*ast.StringNode); ok {
				how = s.Value
			}
		}
	}
	plugin, known := plugins[how]
	if !known {
		r.problem(yamltext.Place(v), "%s has no how that is known here, but %s", what, yamltext.Short(how))
		return
	}
	rules := map[string]rule{
		"how":     func(string, ast.Node) {},
		"order":   func(what string, v ast.Node) { r.number(what, v) },
		"summary": func(what string, v ast.Node) { r.text(what, v) },
		"where":   func(what string, v ast.Node) { r.oneOrMore(what, v) },
		"when":    func(what string, v ast.Node) { r.oneOrMore(what, v) },
		"name": func(what string, v ast.Node) {
			s, ok := r.text(what, v)
			if ok && seen[s] {
				r.problem(yamltext.Place(v), "two phases are named %s", yamltext.Short(s))
			}
			seen[s] = true
		},
	}
	for key, read := range plugin {
		rules[key] = read
	}
	var must []string
	for key, needed := range map[string]string{"container": "image", "shell": "script", "install": "package"} {
		if how == key {
			must = append(must, needed)
		}
	}
	r.each(what, v, rules, must...)
}

func (c *checker) discover(r *reader, file string) map[string]rule {
	texts := func(what string, v ast.Node) { r.oneOrMore(what, v) }
	return map[string]rule{
		"filter": texts, "include": texts, "exclude": texts, "prune": r.truth,
		"test": func(what string, v ast.Node) {
			for _, s := range r.oneOrMore(what, v) {
				c.patterns = append(c.patterns, pattern{file, s})
			}
		},
	}
}

func (r *reader) container() map[string]rule {
	return map[string]rule{
		"pull": r.truth, "become": r.truth, "environment": r.environment,
		"user": func(what string, v ast.Node) { r.text(what, v) },
		"role": func(what string, v ast.Node) { r.text(what, v) },
		"image": func(what string, v ast.Node) {
			s, ok := r.text(what, v)
			_, digest, pinned := strings.Cut(s, "@")
			if ok && (!images.MatchString(s) || pinned && !digests.MatchString(digest)) {
				r.problem(yamltext.Place(v), "the image %s; expected NAME:TAG or NAME@sha256:…", yamltext.Short(s))
			}
		},
	}
}

func (r *reader) shell() map[string]rule {
	return map[string]rule{"script": func(what string, v ast.Node) { r.oneOrMore(what, v) }}
}

func (r *reader) install() map[string]rule {
	return map[string]rule{
		"exclude": func(what string, v ast.Node) { r.oneOrMore(what, v) },
		"missing": r.word("fail", "skip"),
		"package": func(what string, v ast.Node) {
			for _, s := range r.oneOrMore(what, v) {
				if s == "" || s[0] == '-' {
					r.problem(yamltext.Place(v), "the package %s", yamltext.Short(s))
				}
			}
		},
	}
}

// unexpanded refuses what tmt would replace in a plan by variables of the
// computer that it runs on. A $ at the end of a text stays.
func (r *reader) unexpanded(node ast.Node) {
	for _, n := range ast.Filter(ast.StringType, node) {
		if s, ok := n.(*ast.StringNode); ok && strings.Contains(strings.TrimSuffix(s.Value, "$"), "$") {
			r.problem(yamltext.Place(n), "%s would be expanded by tmt; expected a plan without $", yamltext.Short(s.Value))
		}
	}
	for _, n := range ast.Filter(ast.LiteralType, node) {
		if l, ok := n.(*ast.LiteralNode); ok && strings.ContainsRune(l.Value.Value, '$') {
			r.problem(yamltext.Place(n), "a text in which tmt would expand $")
		}
	}
}
