// Package draft makes the first version of a recipe from a report's own words:
// the commands that it shows, the packages that it installs, and what it says
// of how the bug looks.
//
// A draft is a proposal. It reads hostile text and never runs any of it; what
// it gives back is a recipe's file, which a person must read and accept before
// anything runs (that is the store's business). It imports tracker and
// reproduce, and nothing of store, tui or cmd.
package draft

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

// Draft is a recipe that nobody has looked at yet.
type Draft struct {
	// Source is the recipe's file. Package fmf reads it.
	Source string
	// Taken are the lines of the report that it was made of, in the order of
	// the report, for showing them.
	Taken []Span
	// Notes are sentences on what a person must check.
	Notes []string
}

// Text names a text of a report.
type Text string

// The texts that are read.
const (
	Steps      Text = "steps"
	Body       Text = "body"
	Additional Text = "additional"
)

// Span is some lines of a report's text, split at line feeds.
type Span struct {
	Text        Text
	First, Last int // counted from 1
}

// The bounds of what is made of a hostile report. A recipe by hand has a few
// lines.
const (
	maxText     = 256 << 10 // bytes read of a text
	maxLine     = 4 << 10   // bytes of a line that can be a command
	maxScript   = 32 << 10  // bytes
	maxCommands = 200
	maxRequire  = 50
	maxNotes    = 20
	maxSummary  = 200 // characters
)

// From makes a draft. Where a report shows no command, the error has
// CodeNoRecipe and tells what to do.
func From(report tracker.Report) (Draft, error) {
	s := scan(report)
	b := &builder{report: report}
	for _, note := range s.notes {
		b.note("%s", note)
	}
	for _, p := range b.choose(s.pieces) {
		b.add(p)
	}
	if err := b.finish(); err != nil {
		return Draft{}, err
	}
	b.oracle(s)

	source := fmf.Format(b.recipe)
	if _, err := fmf.Parse("the draft for "+report.ID.String(), source); err != nil {
		return Draft{}, fmt.Errorf("make a draft for %s: %w", report.ID, err)
	}
	return Draft{Source: string(source), Taken: merge(b.taken), Notes: b.notes}, nil
}

// builder is a draft in the making.
type builder struct {
	report  tracker.Report
	recipe  reproduce.Recipe
	script  []string
	size    int
	install []string // install lines as they were written
	prepare []string
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
			if !p.steps {
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
	command := b.withoutSudo(p.command)
	if len(b.script)+len(b.install) >= maxCommands || b.size+len(command) > maxScript {
		b.note("The report shows more commands than a draft holds; those from line %d of the %s on were left out.", p.span.First, p.span.Text)
		return
	}
	if b.leaveOut(command, p) {
		return
	}
	b.taken = append(b.taken, p.span)
	first, rest, joined := strings.Cut(command, " && ")
	if packages, ok := installs(first); ok {
		b.require(first, packages)
		if command = strings.TrimSpace(rest); !joined || command == "" {
			return
		}
	}
	if isComment(command) { // what sudo or an installation left
		return
	}
	if prepares(command) {
		b.prepare = append(b.prepare, command)
		return
	}
	b.size += len(command) + 1
	b.script = append(b.script, command)
}

// withoutSudo drops sudo: a test runs as root, and images have no sudo.
func (b *builder) withoutSudo(command string) string {
	words := strings.Fields(command)
	if len(words) > 1 && words[0] == "sudo" && words[1][0] != '-' && words[1] != "su" {
		return strings.TrimSpace(strings.TrimPrefix(command, "sudo"))
	}
	return command
}

// leaveOut tells whether a command has no place in a test, and notes why.
func (b *builder) leaveOut(command string, p piece) bool {
	words := strings.Fields(command)
	where := fmt.Sprintf("line %d of the %s", p.span.First, p.span.Text)
	switch first := words[0]; {
	case first == "exit" || first == "logout":
		b.note("%q in %s was left out: it would end the test.", clip(command), where)
	case first == "su" || first == "sudo":
		b.note("%q in %s was left out: a test runs as root. If the bug needs another user, write runuser.", clip(command), where)
	case first == "vi" || first == "vim" || first == "nano" || first == "visudo":
		b.note("%q in %s was left out: a test cannot use an editor. Write what it changed with printf or sed.", clip(command), where)
	case first == "reboot" || first == "shutdown" || first == "poweroff":
		b.note("%q in %s was left out: a container cannot restart.", clip(command), where)
	case upgradesAll(words):
		b.note("%q in %s was left out: both sides are upgraded before.", clip(command), where)
	default:
		return false
	}
	return true
}

// require notes packages to install.
func (b *builder) require(line string, packages []string) {
	b.install = append(b.install, line)
	for _, name := range packages {
		if len(b.recipe.Require) < maxRequire && !slices.Contains(b.recipe.Require, name) {
			b.recipe.Require = append(b.recipe.Require, name)
		}
	}
}

// finish fills in all but the oracle.
func (b *builder) finish() error {
	id := b.report.ID.String()
	if len(b.script) == 0 && len(b.install) > 0 {
		// Installing is all that the report does, so it is what fails.
		for _, line := range b.install {
			b.script = append(b.script, assumeYes(line))
		}
		b.recipe.Require, b.recipe.Network = nil, reproduce.NetworkFull
		b.note("The report only installs packages, so that is the test, with network: full. If it goes on after that, write the rest.")
	}
	if len(b.script) == 0 {
		return &reproduce.Error{Code: reproduce.CodeNoRecipe, Message: fmt.Sprintf(
			"no commands found in %s: write the recipe with `almatriage recipe edit %s`", id, id)}
	}
	b.recipe.Summary = summaryOf(b.report)
	b.recipe.Test = strings.Join(b.script, "\n") + "\n"
	u, err := url.Parse(b.report.URL)
	if _, dropped := visible(b.report.URL); err == nil && !dropped && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		b.recipe.Links = []reproduce.Link{{Relation: "verifies", Target: u.String()}}
	}
	if name := b.report.Package; len(b.recipe.Require) == 0 && len(b.install) == 0 && packageName.MatchString(name) {
		b.recipe.Require = []string{name}
		b.note("No step installs a package, so require has the report's, %s.", name)
	}
	if len(b.prepare) > 0 {
		b.recipe.Prepare = strings.Join(b.prepare, "\n") + "\n"
		b.note("What sets up repositories and modules went to prepare, which runs before require and with network.")
	}
	if b.recipe.Network == "" && slices.ContainsFunc(b.script, usesNetwork) {
		b.note("A command seems to use the network, which a test has not: if the bug needs it, write network: full.")
	}
	return nil
}

// summaryOf is the report's title as far as it fits, its id if there is none.
func summaryOf(report tracker.Report) string {
	if summary := clip(oneLine(report.Title)); summary != "" {
		return summary
	}
	return "Reproduces " + oneLine(report.ID.String())
}

// oneLine makes a text one line of characters that can be seen.
func oneLine(s string) string {
	s, _ = visible(strings.Join(strings.Fields(s), " "))
	return strings.TrimSpace(s)
}

// clip shortens a text to what fits a summary or a note.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= maxSummary {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:maxSummary-1])) + "…"
}

// visible drops characters that cannot be seen (controls, directions, zero
// widths, bytes that are no UTF-8) and tells whether there were any. Tabs stay,
// for files in a here-document may need them; all other white space becomes a
// plain space: it is what copying from a page leaves.
func visible(s string) (string, bool) {
	dropped := false
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\t':
			return c
		case unicode.Is(unicode.Zs, c):
			return ' '
		case c == utf8.RuneError || !unicode.IsPrint(c):
			dropped = true
			return -1
		}
		return c
	}, s)
	return s, dropped
}

// merge joins spans that touch.
func merge(spans []Span) []Span {
	var merged []Span
	for _, s := range spans {
		if n := len(merged); n > 0 && merged[n-1].Text == s.Text && s.First <= merged[n-1].Last+1 && s.First >= merged[n-1].First {
			merged[n-1].Last = max(merged[n-1].Last, s.Last)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
