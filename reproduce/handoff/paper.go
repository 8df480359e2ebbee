package handoff

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// Bounds of what hostile text becomes on the paper, in bytes: trackers take
// 65,535 of a text, and nobody reads as much.
const (
	mostCell    = 400
	mostLine    = 800
	mostNote    = 4_000
	mostExcerpt = 2_500
	mostCommand = 6_000
	mostRecipe  = 16_000
)

// style is what a text is written for.
type style struct {
	markup tracker.Markup
	// pasted: a person pastes it into an editor (Jira's), which reads Markdown
	// but shows HTML as it is.
	pasted bool
}

func (s style) markdown() bool { return s.markup == tracker.Markdown }

// paper is what a text is written on: it knows the markup, so that the texts
// are composed once. Only said, item and heading take text of our own; all else
// is hostile, cleaned, made inert and cut to a bound.
type paper struct {
	style
	b strings.Builder
}

// said writes a paragraph of our own words; hostile parts of it are made by
// word, text or link.
func (p *paper) said(format string, args ...any) {
	fmt.Fprintf(&p.b, format+"\n\n", args...)
}

// item writes a line of a list, as said.
func (p *paper) item(format string, args ...any) {
	fmt.Fprintf(&p.b, "- "+format+"\n", args...)
}

// gap ends a list.
func (p *paper) gap() { p.b.WriteString("\n") }

// heading writes a heading of our own words.
func (p *paper) heading(title string) {
	if p.markdown() {
		p.said("### %s", title)
		return
	}
	fmt.Fprintf(&p.b, "%s:\n", title)
}

// text is a line of hostile prose.
func (p *paper) text(s string) string { return p.prose(s, mostLine) }

// prose is a line of hostile prose of at most so many bytes.
func (p *paper) prose(s string, most int) string {
	switch {
	case !p.markdown():
		return fitted(s, most, plainLine)
	case p.pasted && apart(s, "\x00") != s:
		return fitted(s, most, mdCode)
	}
	return fitted(s, most, mdText)
}

// word is a hostile name: a package, an image, a version.
func (p *paper) word(s string) string {
	if p.markdown() {
		return fitted(s, mostLine, mdCode)
	}
	return fitted(s, mostLine, plainLine)
}

// link is an address that may be linked, else its words as they are.
func (p *paper) link(address string) string {
	page, ok := safe.URL(address)
	switch {
	case !ok:
		return p.word(address)
	case p.markdown():
		return mdLink(page)
	}
	return page
}

// block writes several lines of hostile text as they are, at most so many bytes.
func (p *paper) block(s, language string, most int) {
	write := plainBlock
	if p.markdown() {
		write = func(s string) string { return mdFence(s, language) }
	}
	p.b.WriteString(fitted(s, most, write) + "\n")
}

// command writes a command, or that it is too long to be one that one copies: a
// part of a command is another command.
func (p *paper) command(line string) {
	if len(line) > mostCommand {
		p.said("(the command is too long for this text)")
		return
	}
	p.block(line, "sh", 2*mostCommand)
}

// folded writes a block under a title, out of sight where the markup can do that.
func (p *paper) folded(title, s, language string) {
	if p.markdown() {
		p.b.WriteString(mdFold(title, fitted(s, mostRecipe, func(s string) string { return mdFence(s, language) })) + "\n")
		return
	}
	p.heading(title)
	p.block(s, language, mostRecipe)
}

// table writes a table of hostile cells under titles of our own.
func (p *paper) table(titles []string, rows [][]string) {
	if p.markdown() {
		fmt.Fprintf(&p.b, "| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat(" --- |", len(titles)))
		for _, row := range rows {
			cells := make([]string, len(row))
			for i, cell := range row {
				cells[i] = fitted(cell, mostCell, mdCell)
			}
			fmt.Fprintf(&p.b, "| %s |\n", strings.Join(cells, " | "))
		}
		p.gap()
		return
	}
	p.columns(append([][]string{titles}, rows...))
}

// columns aligns a table for a page of one width.
func (p *paper) columns(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for i := range rows {
		for j := range rows[i] {
			rows[i][j] = fitted(rows[i][j], mostCell, plainLine)
			widths[j] = max(widths[j], safe.Line(rows[i][j]).Width())
		}
	}
	for _, row := range rows {
		line := ""
		for j, cell := range row {
			line += cell + strings.Repeat(" ", widths[j]-safe.Line(cell).Width()+2)
		}
		p.b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	p.gap()
}

// String is what was written.
func (p *paper) String() string { return strings.TrimRight(p.b.String(), "\n") + "\n" }

// cutMark ends a text of which there is more.
const cutMark = " … (cut)"

// fitted is what write makes of a text, cut so that it has at most so many
// bytes. What write adds counts, and what it makes of a part is whole.
func fitted(s string, most int, write func(string) string) string {
	mark := ""
	if n := 2 * most; len(s) > n { // writing all of a long text only to cut it is slow
		s, mark = strings.ToValidUTF8(s[:n], ""), cutMark
	}
	for {
		out := write(s + mark)
		if len(out) <= most || s == "" {
			return out
		}
		// In proportion, and a little more, so that it ends soon.
		s, mark = strings.ToValidUTF8(s[:len(s)*most/len(out)*9/10], ""), cutMark
	}
}
