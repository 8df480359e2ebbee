package handoff

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// paper is what a text is written on: it knows the markup, so that the texts
// are composed once. Only said takes text of our own; all else is hostile.
type paper struct {
	markup tracker.Markup
	b      strings.Builder
}

func (p *paper) markdown() bool { return p.markup == tracker.Markdown }

// said writes a paragraph of our own words; hostile parts of it are made by
// word or text.
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
func (p *paper) text(s string) string {
	if p.markdown() {
		return mdText(s)
	}
	return plainLine(s)
}

// link is an address that may be linked, else its words as they are.
func (p *paper) link(address string) string {
	if clean, ok := safe.URL(address); ok {
		return clean
	}
	return p.word(address)
}

// word is a hostile name: a package, an image, a version.
func (p *paper) word(s string) string {
	if p.markdown() {
		return mdCode(s)
	}
	return plainLine(s)
}

// block writes several lines of hostile text as they are.
func (p *paper) block(s, language string) {
	if p.markdown() {
		p.b.WriteString(mdFence(s, language) + "\n")
		return
	}
	p.b.WriteString(plainBlock(s) + "\n")
}

// folded is block under a title, out of sight where the markup can do that.
func (p *paper) folded(title, s, language string) {
	if p.markdown() {
		p.b.WriteString(mdFold(title, mdFence(s, language)) + "\n")
		return
	}
	p.heading(title)
	p.block(s, language)
}

// table writes a table of hostile cells under titles of our own.
func (p *paper) table(titles []string, rows [][]string) {
	if p.markdown() {
		fmt.Fprintf(&p.b, "| %s |\n|%s\n", strings.Join(titles, " | "), strings.Repeat(" --- |", len(titles)))
		for _, row := range rows {
			cells := make([]string, len(row))
			for i, cell := range row {
				cells[i] = mdCell(cell)
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
			rows[i][j] = plainLine(rows[i][j])
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
