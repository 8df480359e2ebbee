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

// Field is a field of a tracker's form and what to fill in.
type Field struct{ Name, Value string }

// Draft is a report for where a bug belongs, to be filed by a person.
type Draft struct {
	To     string // where it goes, for people
	Fields []Field
	Title  string
	Body   string // in the markup that the tracker takes
	Search []Link // to look first whether it is there already
	// Open is the page for a new report with this filled in, "" where the
	// tracker has none, or the text is too long for it.
	Open string
	// Notes are what a person must check or do: sentences.
	Notes []string
}

// Text is the whole draft for a person to read. It is clean.
func (d Draft) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "To: %s\n", d.To)
	for _, f := range d.Fields {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, safe.Cell(f.Value))
	}
	fmt.Fprintf(&b, "Summary: %s\n\n%s", safe.Cell(d.Title), d.Body)
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n", title)
		}
		for _, line := range lines {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	var search []string
	for _, l := range d.Search {
		search = append(search, l.Title+": "+l.URL)
	}
	notes := d.Notes
	if d.Open != "" {
		notes = append(notes[:len(notes):len(notes)], "--open opens the page for a new report with this filled in.")
	}
	if len(search)+len(notes) > 0 {
		b.WriteString("\n-- Not part of the report:\n")
	}
	section("Before you file it:", search)
	section("Check:", notes)
	return b.String()
}

// Upstream drafts the report that a verdict asks for. A verdict that asks for
// none, and a private report that was not asked for, are *reproduce.Error with
// CodeUsage that say what to do instead.
func Upstream(c Case) (Draft, error) {
	id := c.Report.ID
	if c.Report.Private && !c.IncludePrivate {
		return Draft{}, usage("%s is private, and the draft would tell what it says: --include-private makes it all the same", id)
	}
	if c.Run == nil && c.Verdict() != "" {
		return Draft{}, usage("%s was decided without a run, so that there is nothing to show: run its recipe with almatriage run '%[1]s'", id)
	}
	switch c.Verdict() {
	case reproduce.StreamReproducible, reproduce.StreamOnly:
		return c.jira(), nil
	case reproduce.FixedInStream:
		return c.backport(), nil
	case reproduce.AlmaOnly:
		return c.alma(), nil
	}
	return Draft{}, usage("there is nothing to report upstream of %s: %s", id, whyNot(c.Verdict(), id))
}

func whyNot(v reproduce.Verdict, id tracker.ID) string {
	switch v {
	case "":
		return fmt.Sprintf("it has no verdict yet; run its recipe with almatriage run '%s'", id)
	case reproduce.NotReproducible:
		return "neither side showed the bug; ask for more with almatriage comment"
	case reproduce.NeedsVM:
		return "a virtual machine must show it first; almatriage comment has the commands"
	case reproduce.Inconclusive:
		return fmt.Sprintf("the run cannot tell; read why with almatriage show '%s', or decide with almatriage mark", id)
	case reproduce.IntendedDifference:
		return "AlmaLinux differs here on purpose"
	case reproduce.NotABug:
		return "it is no bug"
	case reproduce.Duplicate:
		return "it is reported already; almatriage comment says so to its readers"
	case reproduce.NeedsInfo:
		return "the reporter has to tell more first; almatriage comment asks"
	}
	return "it is " + string(v)
}

// source is the source package that the report is about.
func (c *Case) source() string { return AlmaBuild(*c).Source }

// major is the major release of the run's AlmaLinux side.
func (c *Case) major() string {
	for _, side := range c.Run.Sides {
		if side.Role == reproduce.RoleAlma {
			return side.Target.Release
		}
	}
	return ""
}

// affected is the version that Red Hat's tracker knows: the Stream, or RHEL
// where that has ended.
func (c *Case) affected() string {
	for _, side := range c.Run.Sides {
		if side.Role == reproduce.RoleStream && side.Target.Distribution == reproduce.CentOSStream && !side.Target.EndedBy(c.Run.Started) {
			return side.Target.Title()
		}
	}
	return "RHEL " + c.major()
}

// title is the draft's: the report's, with its package before it.
func (c *Case) title() string {
	title := safe.Cell(c.Report.Title)
	if pkg := c.source(); pkg != "" && !strings.Contains(strings.ToLower(title), strings.ToLower(pkg)) {
		title = safe.Cell(pkg) + ": " + title
	}
	return title
}

// jira is the report to Red Hat.
func (c *Case) jira() Draft {
	d := Draft{To: "Red Hat Jira, project RHEL (https://redhat.atlassian.net)", Title: c.title(), Search: []Link{jiraSearch(c.source(), wordsOf(c))},
		Fields: []Field{{"Project", "RHEL"}, {"Component", cmp.Or(c.source(), "(the source package)")}, {"Affects version", c.affected()}}}
	d.Search = append(d.Search, distGit(c.source(), c.major())...)
	p := &paper{markup: tracker.Markdown}
	p.heading("Description")
	p.said("%s", p.text(c.Report.Title))
	if c.Verdict() == reproduce.StreamOnly {
		p.said("%s", p.text(Meaning(reproduce.StreamOnly, other(c.Run))))
	}
	p.steps(c)
	p.results(c)
	p.rest(c)
	d.Body = p.String()
	d.Notes = append(d.Notes, c.known()...)
	d.Notes = append(d.Notes, "Jira has no page that takes a report filled in: copy the parts.")
	if c.source() == "" {
		d.Notes = append(d.Notes, "Which source package it is, is not known: rpm -qf tells it of a file.")
	}
	return d
}

// backport is the request to AlmaLinux to take a fix over.
func (c *Case) backport() Draft {
	entries := onlyInStream(c.Run)
	d := Draft{Title: "Backport: " + c.title(), Search: []Link{jiraSearch(c.source(), wordsOf(c))}}
	c.toAlma(&d)
	p := &paper{markup: c.markup()}
	p.heading("Description")
	p.said("%s", p.text(c.Report.Title))
	p.said("%s has the fix already; AlmaLinux %s has not. Please take it over.", other(c.Run), c.major())
	if len(entries) > 0 {
		p.heading("Only in the changelog of " + other(c.Run))
		p.changelog(entries)
	}
	p.references("What its changelog names", named(entries))
	p.references("What the report names", references(c))
	p.places(c)
	p.steps(c)
	p.results(c)
	p.rest(c)
	d.Body = p.String()
	c.fill(&d)
	return d
}

// alma is the report to AlmaLinux.
func (c *Case) alma() Draft {
	d := Draft{Title: c.title(), Search: distGit(c.source(), c.major())}
	c.toAlma(&d)
	p := &paper{markup: c.markup()}
	p.heading("Description")
	p.said("%s", p.text(c.Report.Title))
	p.said("%s", p.text(Meaning(reproduce.AlmaOnly, other(c.Run))))
	p.steps(c)
	p.results(c)
	p.rest(c)
	d.Body = p.String()
	d.Notes = append(d.Notes, c.known()...)
	c.fill(&d)
	return d
}

// mostEntries bounds how much of a changelog a text quotes.
const mostEntries = 10

func (p *paper) changelog(entries []rpm.Entry) {
	for _, e := range entries[:min(len(entries), mostEntries)] {
		p.item("%s: %s", p.word(cmp.Or(e.EVR, "(no version)")), p.text(strings.Join(e.Lines, " ")))
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
	p.heading(title)
	for _, r := range refs[:min(len(refs), 20)] {
		if page, ok := safe.URL(r.URL); ok {
			p.item("%s %s", p.word(r.Key), page)
		} else {
			p.item("%s", p.word(r.Key))
		}
	}
	p.gap()
}

// places are where the sources are.
func (p *paper) places(c *Case) {
	links := distGit(c.source(), c.major())
	if len(links) == 0 {
		return
	}
	p.heading("Sources")
	for _, l := range links {
		p.item("%s: %s", l.Title, l.URL)
	}
	p.gap()
}

// steps are how to see it, by the recipe's own test.
func (p *paper) steps(c *Case) {
	r := &c.Run.Recipe
	p.heading("Steps to reproduce")
	if len(r.Require) > 0 {
		p.said("Install %s, then run as root:", p.word(strings.Join(r.Require, " ")))
	}
	p.block(r.Prepare+r.Test, "sh")
}

// results are what happens and what should, side by side.
func (p *paper) results(c *Case) {
	p.heading("Actual results")
	for _, r := range c.Run.Results() {
		if r.Side.Role == reproduce.RoleControl || !r.Has() {
			continue
		}
		p.said("%s: %s of its attempts show it.", r.Side.Target.Title(), r.Counts())
		if a := r.Telling(); a != nil && strings.TrimSpace(a.Facts.Excerpt) != "" {
			p.block(a.Facts.Excerpt, "text")
		}
	}
	p.heading("Expected results")
	p.said("%s", expected(c.Run.Recipe.Oracle, p))
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

// rest is the evidence and where the bug was reported first.
func (p *paper) rest(c *Case) {
	p.heading("Evidence")
	p.sides(c.Run)
	p.byHand(c.Run)
	if page, ok := safe.URL(c.Report.URL); ok {
		p.heading("Additional information")
		p.said("Reported to AlmaLinux as %s: %s", p.word(c.Report.ID.String()), page)
	}
	p.versions(c)
}

// known tells of references that make another report needless.
func (c *Case) known() []string {
	var notes []string
	for _, r := range references(c) {
		if page, ok := safe.URL(r.URL); ok && r.Kind == tracker.RefJira {
			notes = append(notes, "There is a report already: "+safe.Cell(r.Key)+" "+page+". If it is about this, comment there instead.")
		}
	}
	return notes
}

// wordsOf are some words of the title to search for.
func wordsOf(c *Case) string {
	var words []string
	for word := range strings.FieldsFuncSeq(safe.Cell(c.Report.Title), func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	}) {
		if len(word) > 3 && !strings.EqualFold(word, c.source()) && len(words) < 5 {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
