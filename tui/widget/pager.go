package widget

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tui/theme"
)

// Pager shows lines that are laid out already, as many as have room, and finds
// words in them. Its lines are safe: they may hold colours, and close them. One
// frame costs what is seen of it, whatever the number of lines.
type Pager struct {
	lines []string
	w, h  int
	top   int // the first line that is seen
	// anchor is how many letters stood before the top when it was last gone to,
	// -1 if that was in these lines: widths come and go, and it must not drift.
	anchor int

	match, current lipgloss.Style
	pattern        *regexp.Regexp // of what is searched for, nil for nothing
	found          []place        // all places of it, in order
	at             int            // the one that was gone to, -1 for none
}

// place is where something was found: a line, and the cells from start to end.
type place struct{ line, start, end int }

// NewPager makes a pager without lines.
func NewPager(t *theme.Theme) *Pager {
	return &Pager{anchor: -1, match: t.Match, current: t.Match.Bold(true), at: -1}
}

// Resize tells the size that View draws.
func (p *Pager) Resize(w, h int) {
	p.w, p.h = max(w, 0), max(h, 0)
	p.top = p.within(p.top)
}

// SetLines shows other lines: the same text for another width, or with more to
// it. What was at the top stays there.
func (p *Pager) SetLines(lines []string) {
	if p.anchor < 0 && p.top > 0 && !same(p.lines, lines, p.top) {
		p.anchor = letters(p.lines[:p.top])
	}
	if p.anchor >= 0 {
		p.top = lineOf(lines, p.anchor)
	}
	p.lines = lines
	p.top = p.within(p.top)
	if p.pattern != nil {
		p.find()
		p.at = min(p.at, len(p.found)-1)
	}
}

// same tells that two lists are alike as far as the top.
func same(a, b []string, top int) bool {
	return top < len(a) && top < len(b) && slices.Equal(a[:top+1], b[:top+1])
}

// letters counts the letters and digits of lines. Wrapping changes blanks and
// signs, and none of them.
func letters(lines []string) int {
	n := 0
	for _, line := range lines {
		for _, r := range ansi.Strip(line) {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				n++
			}
		}
	}
	return n
}

// lineOf is the line with the letter that n others stand before.
func lineOf(lines []string, n int) int {
	for i := range lines {
		if n -= letters(lines[i : i+1]); n < 0 {
			return i
		}
	}
	return len(lines)
}

// within is the nearest line that can be the first one.
func (p *Pager) within(line int) int { return max(0, min(line, len(p.lines)-p.h)) }

// Line is the number of the first line that is seen, from 0.
func (p *Pager) Line() int { return p.top }

// To makes a line the first one, as far as there are lines enough below.
func (p *Pager) To(line int) { p.top, p.anchor = p.within(line), -1 }

// ScrollBy goes down so many lines, up if n is negative.
func (p *Pager) ScrollBy(n int) { p.To(p.top + n) }

// Page is how many lines a page goes: one stays in sight.
func (p *Pager) Page() int { return max(1, p.h-1) }

// Top goes to the first line.
func (p *Pager) Top() { p.To(0) }

// Bottom goes to the last line.
func (p *Pager) Bottom() { p.To(len(p.lines)) }

// Position is where one is, in words: "12–40 of 220", or "All".
func (p *Pager) Position() string {
	if len(p.lines) <= p.h {
		return "All"
	}
	return fmt.Sprintf("%d–%d of %d", p.top+1, min(p.top+p.h, len(p.lines)), len(p.lines))
}

// Search highlights a term, in small letters or capital ones, and goes to the
// first place at or below the top, else to the first of all. It tells whether
// there is one. "" ends the search. What is broken over two lines is not found.
func (p *Pager) Search(term string) bool {
	p.pattern, p.found, p.at = nil, nil, -1
	if term == "" {
		return false
	}
	p.pattern = regexp.MustCompile("(?i)" + regexp.QuoteMeta(strings.ToValidUTF8(term, "\ufffd")))
	p.find()
	if len(p.found) == 0 {
		return false
	}
	p.show(p.from(p.top) % len(p.found))
	return true
}

// from is the first place in a line or below it, the number of places if there
// is none.
func (p *Pager) from(line int) int {
	i, _ := slices.BinarySearchFunc(p.found, line, func(f place, line int) int { return f.line - line })
	return i
}

// Next goes to the next place, after the last to the first. It tells whether
// there is one.
func (p *Pager) Next() bool { return p.step(1) }

// Prev goes to the place before, before the first to the last.
func (p *Pager) Prev() bool { return p.step(-1) }

func (p *Pager) step(by int) bool {
	n, at := len(p.found), p.at+by
	if n == 0 {
		return false
	}
	if p.at < 0 { // they came with other lines
		at = p.from(p.top) + min(by, 0)
	}
	p.show((at + n) % n)
	return true
}

// Matches is the number of the place that was gone to, from 1, and of all
// places; 0 of 0 where nothing is searched for or found.
func (p *Pager) Matches() (at, of int) { return p.at + 1, len(p.found) }

// find lists all places, in a line only so many.
func (p *Pager) find() {
	const most = 200
	p.found = p.found[:0]
	for i, line := range p.lines {
		plain := ansi.Strip(line)
		for _, f := range p.pattern.FindAllStringIndex(plain, most) {
			start := ansi.StringWidth(plain[:f[0]])
			if end := ansi.StringWidth(plain[:f[1]]); end > start {
				p.found = append(p.found, place{i, start, end})
			}
		}
	}
}

// show goes to a place; if it is out of sight, with some lines before it.
func (p *Pager) show(i int) {
	p.at = i
	if line := p.found[i].line; line < p.top || line >= p.top+p.h {
		p.To(line - p.h/3)
	}
}

// View draws exactly the height's number of lines of exactly the width.
func (p *Pager) View() []string {
	view := make([]string, p.h)
	for i := range view {
		line := ""
		if n := p.top + i; n < len(p.lines) {
			line = p.highlit(n)
		}
		view[i] = Fit(line, p.w)
	}
	return view
}

// highlit is a line with the places that were found in it.
func (p *Pager) highlit(n int) string {
	var ranges []lipgloss.Range
	for i := p.from(n); i < len(p.found) && p.found[i].line == n; i++ {
		style := p.match
		if i == p.at {
			style = p.current
		}
		ranges = append(ranges, lipgloss.NewRange(p.found[i].start, p.found[i].end, style))
	}
	return lipgloss.StyleRanges(p.lines[n], ranges...)
}
