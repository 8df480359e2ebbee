package handoff

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// Bounds of what a draft quotes.
const (
	mostEntries    = 10
	mostReferences = 20
)

// seenWith says with which builds it was seen.
func (p *paper) seenWith(c *Case) {
	for _, r := range results(c.Run) {
		if r.Side.Role != reproduce.RoleAlma && r.Side.Role != reproduce.RoleStream || !r.Has() && !r.Lacks() {
			continue
		}
		with := ""
		if b := builds(c.Run, r.Side); b != "" {
			with = " with " + p.word(b)
		}
		p.item("%s%s: %s attempts show it", p.text(r.Side.Target.Title()), with, r.Counts())
	}
	p.gap()
}

// reported quotes what the report says beside its title.
func (p *paper) reported(c *Case) {
	if strings.TrimSpace(c.Report.Body) == "" {
		return
	}
	p.said("As it was reported:")
	p.block(strings.TrimSpace(c.Report.Body), "text", mostExcerpt)
}

// changelog quotes entries.
func (p *paper) changelog(title string, entries []rpm.Entry) {
	if len(entries) == 0 {
		return
	}
	p.said("%s:", p.text(title))
	for _, e := range entries[:min(len(entries), mostEntries)] {
		p.item("%s: %s", p.word(cmp.Or(e.EVR, "(no version)")), p.text(strings.Join(e.Lines, "; ")))
	}
	if more := len(entries) - mostEntries; more > 0 {
		p.item("and %d older entries", more)
	}
	p.gap()
}

// references lists what is known to be about it; none is made up.
func (p *paper) references(title string, refs []tracker.Reference) {
	if len(refs) == 0 {
		return
	}
	p.said("%s:", title)
	for _, r := range refs[:min(len(refs), mostReferences)] {
		if _, ok := safe.URL(r.URL); ok {
			p.item("%s %s", p.word(r.Key), p.link(r.URL))
		} else {
			p.item("%s", p.word(r.Key))
		}
	}
	p.gap()
}

// sources are where the sources are.
func (p *paper) sources(c *Case) {
	links := c.places()
	if len(links) == 0 {
		return
	}
	p.said("Where to look:")
	for _, l := range links {
		p.item("%s: %s", l.Title, p.link(l.URL))
	}
	p.gap()
}

// steps are how to see it on a system, by the recipe's own test.
func (p *paper) steps(c *Case) {
	r := &c.Run.Recipe
	where := c.affected()
	if side := c.side(reproduce.RoleAlma); side != nil && c.Verdict() != reproduce.StreamReproducible && c.Verdict() != reproduce.StreamOnly {
		where = side.Target.Title()
	}
	p.said("On %s, as root, as a script of bash:", p.text(where))
	var b strings.Builder
	for _, script := range []string{"set -eo pipefail", r.Prepare, requires(r.Require), exports(r.Environment), r.Test} {
		if script = strings.Trim(script, "\n"); script != "" {
			b.WriteString(script + "\n")
		}
	}
	p.block(b.String(), "sh", mostRecipe)
	if n := len(r.Files); n > 0 {
		p.said("It needs the files of the recipe (%s%s), which are to be attached, in the working directory.", p.word(r.Files[0].Path), andMore(n-1))
	}
}

// requires is how a person installs what a recipe requires.
func requires(packages []string) string {
	if len(packages) == 0 {
		return ""
	}
	return "dnf -y install -- " + quoted(packages)
}

// results are what happens and what should.
func (p *paper) results(c *Case) {
	p.heading("Actual results")
	seen := false
	for _, r := range results(c.Run) {
		if r.Side.Role == reproduce.RoleControl || !r.Has() {
			continue
		}
		seen = true
		attempt := r.Telling()
		p.said("%s: %s attempts show it%s.", p.text(r.Side.Target.Title()), r.Counts(), ending(attempt))
		if strings.TrimSpace(attempt.Facts.Excerpt) != "" {
			p.block(attempt.Facts.Excerpt, "text", mostExcerpt)
		}
	}
	if !seen {
		p.said("The run did not show it.")
	}
	p.heading("Expected results")
	p.said("%s", expected(c.Run.Recipe.Oracle, p))
}

// ending says how an attempt ended.
func ending(a *reproduce.Attempt) string {
	if a.Facts.End != reproduce.EndExited || a.Facts.Status == 0 {
		return ""
	}
	if name := reproduce.SignalName(a.Facts.Status - 128); a.Facts.Status > 128 && name != "" {
		return ", by signal " + name
	}
	return fmt.Sprintf(", with exit status %d", a.Facts.Status)
}

// expected says what would be no bug.
func expected(o reproduce.Oracle, p *paper) string {
	switch o.Kind {
	case reproduce.OracleOutput:
		return "No line matches " + p.word(o.Pattern) + "."
	case reproduce.OracleSignal:
		return "It does not end by the signal " + p.word(o.Signal) + "."
	case reproduce.OracleTimeout:
		return "It ends in time."
	case reproduce.OracleAsk:
		return "What was seen by eye does not happen."
	}
	return "The commands end with exit status 0."
}

// additional is the evidence, and where the bug was reported first.
func (p *paper) additional(c *Case) {
	if _, ok := safe.URL(c.Report.URL); ok && !c.Report.ID.IsLocal() {
		p.said("Reported to AlmaLinux as %s: %s", p.word(c.Report.ID.String()), p.link(c.Report.URL))
	}
	p.references("What the report names", references(c))
	p.sides(c.Run)
	var reasons []string
	for _, reason := range c.Run.Suggestion.Reasons {
		if !strings.HasPrefix(reason, "only in the changelog of ") { // those the description has
			reasons = append(reasons, reason)
		}
	}
	p.reasons("What the run says", reasons)
	p.byHand(c)
	p.versions(c)
}
