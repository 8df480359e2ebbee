// Package flow lays styled text out in lines of a width. A line holds whole
// grapheme clusters and closes its styles before it ends, so that lines can be
// cut out, moved and put beside others.
//
// Text comes in as safe.Text only. It imports nothing of this program but
// tracker/safe.
package flow

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
)

const reset = "\x1b[0m"

// Ink is how text looks: the sequence that begins a style, "" for none. A
// style's own Render takes microseconds, which is much for every word.
type Ink struct{ begin string }

// Of is the ink of a style; of a style only colours and attributes count.
func Of(style lipgloss.Style) Ink {
	const probe = "x"
	begin, _, _ := strings.Cut(style.Render(probe), probe)
	return Ink{begin}
}

// Paint is a text in the ink.
func (i Ink) Paint(text safe.Text) string {
	if i.begin == "" || text == (safe.Text{}) {
		return text.String()
	}
	return i.begin + text.String() + reset
}

// Text is text in several inks. The zero value is empty.
type Text struct{ runs []run }

type run struct {
	ink  Ink
	text []byte
}

// Add adds text to the end.
func (t *Text) Add(ink Ink, text safe.Text) { t.add(ink, text.String()) }

func (t *Text) add(ink Ink, s string) {
	switch n := len(t.runs); {
	case s == "":
	case n > 0 && t.runs[n-1].ink == ink:
		t.runs[n-1].text = append(t.runs[n-1].text, s...)
	default:
		t.runs = append(t.runs, run{ink, []byte(s)})
	}
}

// Join adds another text to the end.
func (t *Text) Join(other *Text) {
	for _, r := range other.runs {
		t.add(r.ink, string(r.text))
	}
}

// Empty tells that there is no text.
func (t *Text) Empty() bool { return len(t.runs) == 0 }

// Width is the number of cells of the widest line, if none is wrapped.
func (t *Text) Width() int {
	widest := 0
	for _, line := range t.split() {
		widest = max(widest, cellsOf(line))
	}
	return widest
}

// Margin is what stands before lines: styled, made by the program.
type Margin struct{ First, Rest string }

// Wrap is where lines may be broken.
type Wrap int

// The ways to wrap.
const (
	Words    Wrap = iota // at spaces, which go, and beside wide characters
	Anywhere             // where the line is full; nothing goes
)

// least is how many cells of text a margin must leave; there is no margin
// where it does not.
const least = 4

// Lines appends the text to lines, in at most width cells. A text without
// characters is one empty line. Nothing is appended if width is below 1.
func (t *Text) Lines(lines []string, m Margin, width int, wrap Wrap) []string {
	if width < 1 {
		return lines
	}
	first, rest := width-ansi.StringWidth(m.First), width-ansi.StringWidth(m.Rest)
	if min(first, rest) < min(least, width) {
		m, first, rest = Margin{}, width, width
	}
	margin := m.First
	for _, line := range t.split() {
		for _, piece := range lay(line, first, rest, wrap) {
			lines = append(lines, t.paint(margin, piece))
			margin, first = m.Rest, rest
		}
	}
	return lines
}

// cluster is what cannot be broken: a character with its marks, an emoji.
type cluster struct {
	text  string
	run   int32
	cells int32
}

func (c cluster) space() bool { return c.text == " " }

func cellsOf(clusters []cluster) int {
	n := 0
	for _, c := range clusters {
		n += int(c.cells)
	}
	return n
}

// split makes the clusters of each line; there is one line at least.
func (t *Text) split() [][]cluster {
	size := 0
	for _, r := range t.runs {
		size += len(r.text)
	}
	all := make([]cluster, 0, size)
	var lines [][]cluster
	start := 0
	for i, r := range t.runs {
		for s := string(r.text); s != ""; {
			c := first(s)
			s = s[len(c.text):]
			if c.text == "\n" {
				lines = append(lines, all[start:len(all):len(all)])
				start = len(all)
				continue
			}
			c.run = int32(i)
			all = append(all, c)
		}
	}
	return append(lines, all[start:])
}

// first is the cluster that s begins with. Most are one ASCII character before
// another, which needs no tables.
func first(s string) cluster {
	const ascii = 0x80
	if s[0] < ascii && (len(s) == 1 || s[1] < ascii) {
		return cluster{text: s[:1], cells: 1}
	}
	text, cells := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return cluster{text: text, cells: int32(cells)}
}

// lay cuts a line into pieces: the first of at most room cells, all others of
// at most rest.
func lay(line []cluster, room, rest int, wrap Wrap) [][]cluster {
	var pieces [][]cluster
	var b breaker
	cut := func(end, next int) {
		piece := line[b.start:end]
		if wrap == Words {
			piece = trim(piece)
		}
		pieces = append(pieces, piece)
		room = rest
		b = breaker{start: next}
	}
	for i := 0; i < len(line); i++ {
		if int(line[i].cells) > room {
			line[i].text, line[i].cells = "…", 1
		}
		if wrap == Words {
			b.look(line, i)
		}
		if b.width+int(line[i].cells) <= room {
			b.width += int(line[i].cells)
			continue
		}
		next := i
		switch {
		case wrap == Words && line[i].space():
			for next < len(line) && line[next].space() {
				next++
			}
			cut(i, next)
		case b.at > b.start:
			next = b.at
			cut(next, next)
		default:
			cut(i, i)
		}
		i = next - 1 // what the next piece begins with is measured anew
	}
	if b.start < len(line) || len(pieces) == 0 {
		cut(len(line), len(line))
	}
	return pieces
}

// breaker knows where the piece that is being filled can be broken.
type breaker struct {
	start, width int
	at           int  // a piece could begin here; 0: nowhere yet
	seen         bool // something that is no space: indentation stays with it
}

func (b *breaker) look(line []cluster, i int) {
	space := line[i].space()
	if b.seen && !space && i > b.start && (line[i-1].space() || line[i-1].cells > 1 || line[i].cells > 1) {
		b.at = i
	}
	b.seen = b.seen || !space
}

func trim(piece []cluster) []cluster {
	for len(piece) > 0 && piece[len(piece)-1].space() {
		piece = piece[:len(piece)-1]
	}
	return piece
}

// paint writes a piece with its inks.
func (t *Text) paint(margin string, piece []cluster) string {
	if len(piece) == 0 {
		return strings.TrimRight(margin, " ")
	}
	size := len(margin)
	for _, c := range piece {
		size += len(c.text)
	}
	var b strings.Builder
	b.Grow(size + 16)
	b.WriteString(margin)
	open := ""
	last := int32(-1)
	for _, c := range piece {
		if c.run != last {
			if open != "" {
				b.WriteString(reset)
			}
			open, last = t.runs[c.run].ink.begin, c.run
			b.WriteString(open)
		}
		b.WriteString(c.text)
	}
	if open != "" {
		b.WriteString(reset)
	}
	return b.String()
}
