package widget

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/theme"
)

// Entry is one line of a log as it is shown.
type Entry struct {
	Text  safe.Text      // one line; colours of its own are kept
	Sign  string         // stands before it: at most one cell, of our own making
	Style lipgloss.Style // of a line without colours of its own
	Prose bool           // wrapped between words, and indented as its beginning is
}

// LogSource is what a LogPane shows: lines with numbers that they keep. Lines
// may come at the end and go at the beginning at any time.
type LogSource interface {
	// Range gives the number of the oldest line, and the one after the newest.
	Range() (first, end int)
	Line(n int) Entry
	// Plain is the line's text without colours, for searches through all of it.
	Plain(n int) string
}

// Entries is a LogSource that does not change.
type Entries []Entry

// Range implements LogSource.
func (e Entries) Range() (first, end int) { return 0, len(e) }

// Line implements LogSource.
func (e Entries) Line(n int) Entry { return e[n] }

// Plain implements LogSource.
func (e Entries) Plain(n int) string { return ansi.Strip(e[n].Text.String()) }

// gutter is where the signs are.
const gutter = 2

// spot is a row on the screen: a line, and a row of it when it is wrapped.
type spot struct{ line, row int }

// LogPane shows a log in a size: its end as it grows, or a place in it that
// stays where it is. Only lines that are seen are asked for, cleaned and
// wrapped, so that it does not matter how many there are.
type LogPane struct {
	source LogSource
	theme  *theme.Theme
	w, h   int

	top    spot
	still  bool // the place stays; else the end is followed
	held   bool // it was told to stay: getting to the end does not follow again
	seen   int  // the end when it began to stay
	query  Query
	marked int // the line of the match that was gone to, -1 for none

	drawn map[int][]string // rows by line, as they were drawn last
}

// drawnMost bounds what is kept of rows that were drawn.
const drawnMost = 512

// NewLogPane makes a pane that follows the end.
func NewLogPane(t *theme.Theme, source LogSource) *LogPane {
	return &LogPane{theme: t, source: source, marked: -1, w: 1, h: 1, drawn: map[int][]string{}}
}

// SetSize sets the size of the text, in cells.
func (p *LogPane) SetSize(w, h int) {
	if w = max(1, w); w != p.w {
		clear(p.drawn)
	}
	p.w, p.h = w, max(1, h)
}

// Following tells that the end is shown as it grows.
func (p *LogPane) Following() bool { return !p.still }

// Follow shows the end from now on.
func (p *LogPane) Follow() { p.still, p.held = false, false }

// Hold keeps the place where it is, whatever comes.
func (p *LogPane) Hold() {
	p.stay()
	p.held = true
}

// stay keeps the place until the end is reached again.
func (p *LogPane) stay() {
	if p.still {
		return
	}
	p.top = p.lowest()
	_, p.seen = p.source.Range()
	p.still = true
}

// Held tells that Hold keeps it.
func (p *LogPane) Held() bool { return p.held }

// New is how many lines came since the place is kept.
func (p *LogPane) New() int {
	if _, end := p.source.Range(); p.still {
		return end - p.seen
	}
	return 0
}

// Position gives the numbers of the first line that is seen and of the end, counted
// from 1 and from the oldest line that is kept.
func (p *LogPane) Position() (at, of int) {
	first, end := p.source.Range()
	return p.place().line - first + 1, end - first
}

// place is the row at the top of the pane.
func (p *LogPane) place() spot {
	if !p.still {
		return p.lowest()
	}
	first, end := p.source.Range()
	if p.top.line < first {
		return spot{line: first}
	}
	if p.top.line >= end {
		return p.lowest()
	}
	return spot{p.top.line, min(p.top.row, len(p.rows(p.top.line))-1)}
}

// lowest is the row at the top when the end is at the bottom.
func (p *LogPane) lowest() spot { return p.back(p.afterLast(), p.h) }

func (p *LogPane) afterLast() spot {
	_, end := p.source.Range()
	return spot{line: end}
}

// back is the row so many before another, or the first one.
func (p *LogPane) back(from spot, n int) spot {
	first, _ := p.source.Range()
	for from.row < n {
		if from.line <= first {
			return spot{line: first}
		}
		n -= from.row
		from.line--
		from.row = len(p.rows(from.line))
	}
	return spot{from.line, from.row - n}
}

// on is the row so many after another, at most the one after the last.
func (p *LogPane) on(from spot, n int) spot {
	_, end := p.source.Range()
	for from.line < end {
		rows := len(p.rows(from.line))
		if from.row+n < rows {
			return spot{from.line, from.row + n}
		}
		n -= rows - from.row
		from = spot{line: from.line + 1}
	}
	return from
}

func (s spot) before(t spot) bool { return s.line < t.line || s.line == t.line && s.row < t.row }

// ScrollBy moves by so many rows. Who gets to the end follows it again, unless
// it is held.
func (p *LogPane) ScrollBy(n int) {
	at := p.place()
	if n < 0 {
		p.stay()
		p.top = p.back(at, -n)
		return
	}
	lowest := p.lowest()
	p.top = p.on(at, n)
	if p.top.before(lowest) {
		return
	}
	p.top = lowest
	if !p.held {
		p.Follow()
	}
}

// ToTop goes to the oldest line.
func (p *LogPane) ToTop() {
	p.stay()
	first, _ := p.source.Range()
	p.top = spot{line: first}
}

// Page is how many rows a page has: one row stays in sight.
func (p *LogPane) Page() int { return max(1, p.h-1) }

// View draws the pane: h lines of w cells.
func (p *LogPane) View() []string {
	lines := make([]string, 0, p.h)
	at := p.place()
	_, end := p.source.Range()
	for ; at.line < end && len(lines) < p.h; at = (spot{line: at.line + 1}) {
		rows := p.rows(at.line)
		for _, row := range rows[min(at.row, len(rows)-1):] {
			if len(lines) < p.h {
				lines = append(lines, Fit(row, p.w))
			}
		}
	}
	for len(lines) < p.h {
		lines = append(lines, strings.Repeat(" ", p.w))
	}
	return lines
}

// rows are a line's rows: one at least. A line never changes, so that they are
// drawn once.
func (p *LogPane) rows(n int) []string {
	if rows, ok := p.drawn[n]; ok {
		return rows
	}
	if len(p.drawn) >= drawnMost {
		clear(p.drawn)
	}
	rows := p.draw(n)
	p.drawn[n] = rows
	return rows
}

// draw wraps a line.
func (p *LogPane) draw(n int) []string {
	e := p.source.Line(n)
	text := e.Text.String()
	if i := strings.IndexByte(text, '\n'); i >= 0 { // a line is one line
		text = strings.ReplaceAll(text, "\n", " ")
	}
	room := p.w - gutter
	if room < 8 { // no room for signs
		room = p.w
	}
	matched := false
	if p.Searching() {
		if plain := ansi.Strip(text); p.query.In(plain) {
			text, matched = p.query.Mark(plain, p.theme.Match.Render), true
		}
	}
	var rows []string
	if e.Prose {
		rows = prose(text, room)
	} else {
		rows = Wrap(text, room)
	}
	own := matched || strings.IndexByte(text, '\x1b') >= 0
	for i, row := range rows {
		if !own && row != "" {
			row = e.Style.Render(row)
		}
		if room < p.w {
			row = p.sign(e, n, i) + row
		}
		rows[i] = row
	}
	return rows
}

// sign is what stands before a row: where a search went to, or the line's own.
func (p *LogPane) sign(e Entry, n, row int) string {
	sign := e.Sign
	if n == p.marked {
		sign = "▸"
	}
	if row > 0 {
		sign = ""
	}
	return Fit(sign, 1) + " "
}

// prose wraps between words; the rows after the first are indented as it is.
func prose(text string, w int) []string {
	body := strings.TrimLeft(text, " ")
	indent := min(len(text)-len(body), w/2)
	for _, mark := range []string{"- ", "• "} {
		if strings.HasPrefix(body, mark) {
			rows := Wrap(ansi.Wrap(strings.TrimPrefix(body, mark), max(1, w-indent-2), ""), max(1, w-indent-2))
			return indented(rows, strings.Repeat(" ", indent)+mark, strings.Repeat(" ", indent+2))
		}
	}
	blank := strings.Repeat(" ", indent)
	return indented(Wrap(ansi.Wrap(body, max(1, w-indent), ""), max(1, w-indent)), blank, blank)
}

func indented(rows []string, first, others string) []string {
	for i := range rows {
		if i == 0 {
			rows[i] = first + rows[i]
		} else {
			rows[i] = others + rows[i]
		}
	}
	return rows
}
