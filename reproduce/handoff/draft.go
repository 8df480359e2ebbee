package handoff

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/tracker/safe"
)

// Kind is what a draft is.
type Kind string

// The kinds of drafts.
const (
	KindJira     Kind = "jira"     // a report to Red Hat
	KindTracker  Kind = "tracker"  // a new report to AlmaLinux
	KindComment  Kind = "comment"  // for the report that AlmaLinux has already
	KindBackport Kind = "backport" // a request to AlmaLinux to take a fix over
)

// Field is a field of a tracker's form and what to fill in.
type Field struct{ Name, Value string }

// Draft is a report for where a bug belongs, to be filed by a person.
type Draft struct {
	To     string // where it goes, for people
	Kind   Kind
	Fields []Field
	Title  string // one line, "" of a comment
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
	fmt.Fprintf(&b, "To: %s\n", safe.Cell(d.To))
	for _, f := range d.Fields {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, safe.Cell(f.Value))
	}
	if d.Title != "" {
		fmt.Fprintf(&b, "Summary: %s\n", safe.Cell(d.Title))
	}
	b.WriteString("\n" + d.Body)
	section := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n", title)
		}
		for _, line := range lines {
			fmt.Fprintf(&b, "- %s\n", safe.Cell(line))
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

// Bounds of titles, in characters: what the trackers' tables take.
const (
	mostJiraTitle   = 255
	mostMantisTitle = 128
)

// titled is a title of at most so many characters.
func titled(title string, most int) string {
	runes := []rune(title)
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return title
}

// parts are a draft's text as forms have fields for it.
type parts struct{ description, steps, results, additional string }

// parts writes a draft in a style; describe writes what is its own.
func (c *Case) parts(s style, describe func(*paper)) parts {
	written := func(write func(*paper)) string {
		p := &paper{style: s}
		write(p)
		return p.String()
	}
	return parts{
		description: written(describe),
		steps:       written(func(p *paper) { p.steps(c) }),
		results:     written(func(p *paper) { p.results(c) }),
		additional:  written(func(p *paper) { p.additional(c) }),
	}
}

// body is all of it in one text.
func (t parts) body(s style) string {
	p := &paper{style: s}
	for _, part := range []struct{ title, text string }{
		{"Description", t.description}, {"Steps to reproduce", t.steps}, {"", t.results}, {"Additional information", t.additional},
	} {
		if part.title != "" {
			p.heading(part.title)
		}
		p.b.WriteString(part.text + "\n")
	}
	return p.String()
}
