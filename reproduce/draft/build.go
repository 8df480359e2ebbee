package draft

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// builder is a draft in the making.
type builder struct {
	report  tracker.Report
	recipe  reproduce.Recipe
	script  []string
	size    int
	count   int      // of commands
	install []string // install lines as they were written
	prepare []string
	setup   []string // both, in their order
	hosts   []string // that prompts name
	taken   []Span
	notes   []string
}

// note adds a sentence, once.
func (b *builder) note(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); len(b.notes) < maxNotes && !slices.Contains(b.notes, note) {
		b.notes = append(b.notes, note)
	}
}

// choose takes the commands of the steps to reproduce if there are any, else
// all. A block that only repeats commands from before is left out.
func (b *builder) choose(pieces []piece) []piece {
	runs := func(p piece) bool { _, install := installs(p.command); return !install }
	if slices.ContainsFunc(pieces, func(p piece) bool { return p.steps && runs(p) }) {
		for _, p := range pieces {
			if !p.steps && !p.last {
				b.note("More commands stand outside the steps to reproduce and were left out, the first in line %d of the %s.", p.span.First, p.span.Text)
				break
			}
		}
		pieces = slices.DeleteFunc(slices.Clone(pieces), func(p piece) bool { return !p.steps })
	} else if slices.ContainsFunc(pieces, func(p piece) bool { return !p.last }) {
		pieces = slices.DeleteFunc(slices.Clone(pieces), func(p piece) bool { return p.last })
	}
	fresh, seen := map[int]bool{}, map[string]int{}
	for _, p := range pieces {
		if first, ok := seen[p.command]; !ok || first == p.block {
			seen[p.command] = p.block
			fresh[p.block] = true
		}
	}
	return slices.DeleteFunc(pieces, func(p piece) bool { return !fresh[p.block] })
}

// add puts one command where it belongs.
func (b *builder) add(p piece) {
	command := withoutSudo(p.command)
	if b.count >= maxCommands || b.size+len(command) > maxScript {
		b.note("The report shows more commands than a draft holds; those from line %d of the %s on were left out.", p.span.First, p.span.Text)
		return
	}
	if b.leaveOut(command, p) {
		return
	}
	b.count++
	b.size += len(command) + 1
	b.taken = append(b.taken, p.span)
	if p.host != "" && !slices.Contains(b.hosts, p.host) {
		b.hosts = append(b.hosts, p.host)
	}
	for command != "" && !isComment(command) { // what sudo or an installation left
		first, rest := first(command)
		if packages, ok := installs(first); ok && !opensRepositories(packages) {
			b.require(joined(first), packages)
		} else if prepares(first) {
			b.prepare = append(b.prepare, prepared(first))
			b.setup = append(b.setup, joined(first))
		} else {
			b.script = append(b.script, command)
			return
		}
		command = rest
	}
}

// follows is what stands between two commands that are run one after the other.
var follows = regexp.MustCompile(`\s*(?:&&|;)\s*`)

// first is the first command of a line, and the rest. What has several lines
// but for continued ones is not taken apart.
func first(command string) (one, rest string) {
	at := follows.FindStringIndex(command)
	if at == nil || at[0] == 0 || strings.Contains(command[:at[0]], "\n") && joined(command[:at[0]]) == command[:at[0]] {
		return command, ""
	}
	if one := command[:at[0]]; whole(one) {
		return one, strings.TrimLeft(command[at[1]:], "\\\n \t")
	}
	return command, ""
}

// joined is a continued command in one line.
func joined(command string) string {
	return continued.ReplaceAllString(command, " ")
}

var continued = regexp.MustCompile(`[ \t]*\\\n[ \t]*`)

// sudo is where a command begins as another user: a test runs as root, and
// images have no sudo. Options that name no user change nothing of that.
var sudo = regexp.MustCompile(`(?m)(^\s*|[|;&(]\s*|\$\(\s*)sudo\s+(?:-[EHnS]+\s+)*([^-\s])`)

// withoutSudo drops sudo.
func withoutSudo(command string) string {
	return strings.TrimSpace(sudo.ReplaceAllStringFunc(command, func(found string) string {
		m := sudo.FindStringSubmatch(found)
		return m[1] + m[2]
	}))
}

// prepared is a command as it prepares: with nobody to answer it.
func prepared(command string) string {
	if brings(joined(command)) {
		return assumeYes(joined(command))
	}
	return joined(command)
}

// require notes packages to install.
func (b *builder) require(line string, packages []string) {
	b.install = append(b.install, line)
	b.setup = append(b.setup, line)
	for _, name := range packages {
		if len(b.recipe.Require) < maxRequire && !slices.Contains(b.recipe.Require, name) {
			b.recipe.Require = append(b.recipe.Require, name)
		}
	}
}

// finish fills in all but the oracle.
func (b *builder) finish() error {
	id := b.report.ID.String()
	if len(b.script) == 0 && slices.ContainsFunc(b.setup, brings) {
		// Installing is all that the report does, so it is what fails.
		for _, line := range b.setup {
			b.script = append(b.script, assumeYes(line))
		}
		b.recipe.Require, b.prepare, b.recipe.Network = nil, nil, reproduce.NetworkFull
		b.note("The report only installs packages, so that is the test, with network: full. If it goes on after that, write the rest.")
	}
	if len(b.script) == 0 {
		return &reproduce.Error{Code: reproduce.CodeNoRecipe, Message: fmt.Sprintf(
			"no commands found in %s: write the recipe with almatriage recipe edit '%s'", id, id)}
	}
	b.recipe.Summary = summaryOf(b.report)
	b.recipe.Test = strings.Join(b.script, "\n") + "\n"
	b.link()
	if name := b.report.Package; len(b.recipe.Require) == 0 && len(b.setup) == len(b.prepare) && b.recipe.Network == "" && packageName.MatchString(name) {
		b.recipe.Require = []string{name}
		b.note("No step installs a package, so require has the report's, %s.", name)
	}
	if len(b.prepare) > 0 {
		b.recipe.Prepare = strings.Join(b.prepare, "\n") + "\n"
		b.note("What sets up repositories and modules went to prepare, which runs before require and with network.")
	}
	return nil
}

// link names the report.
func (b *builder) link() {
	u, err := url.Parse(b.report.URL)
	if _, dropped := visible(b.report.URL); err == nil && !dropped && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		b.recipe.Links = []reproduce.Link{{Relation: "verifies", Target: u.String()}}
	}
}

// summaryOf is the report's title as far as it fits, its id if there is none.
func summaryOf(report tracker.Report) string {
	if summary := clip(oneLine(report.Title)); summary != "" {
		return summary
	}
	return "Reproduces " + oneLine(report.ID.String())
}
