package widget

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
)

const (
	resetStyle = "\x1b[0m"
	// openMost bounds the sequences that a row begins with: a line that is
	// made of colours only would repeat all of them in every row.
	openMost = 128
)

// Wrap breaks a clean text into rows of at most w cells, at its line breaks and
// wherever a row is full. Colours go on in the next row, and every row ends
// without one, so that rows can stand beside others. A character that is wider
// than a row is left out. There is one row at least.
func Wrap(s string, w int) []string {
	if plainASCII(s) {
		return chop(s, w)
	}
	r := rows{w: w}
	var state byte
	for len(s) > 0 {
		seq, width, n, next := ansi.DecodeSequence(s, state, nil)
		switch {
		case seq == "\n":
			r.end()
		case width > 0:
			r.put(seq, width)
		case seq[0] == '\x1b':
			r.style(seq)
		default:
			r.row.WriteString(seq) // a mark on what stands before it
		}
		s, state = s[max(1, n):], next
	}
	r.end()
	return r.done
}

// plainASCII tells that every byte is a cell.
func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func chop(s string, w int) []string {
	done := make([]string, 0, 1+len(s)/max(1, w))
	for w > 0 && len(s) > w {
		done = append(done, s[:w])
		s = s[w:]
	}
	return append(done, s)
}

// rows are rows as they are filled.
type rows struct {
	w     int
	row   strings.Builder
	cells int
	open  string // the colours that are set
	shown string // those that the row has so far
	done  []string
}

// put adds a character, in the colours that are set by now: of many changes
// without a character between only what they come to is written.
func (r *rows) put(seq string, width int) {
	if width > r.w {
		return
	}
	if r.cells+width > r.w {
		r.end()
	}
	if r.shown != r.open {
		if r.shown != "" {
			r.row.WriteString(resetStyle)
		}
		r.row.WriteString(r.open)
		r.shown = r.open
	}
	r.row.WriteString(seq)
	r.cells += width
}

func (r *rows) style(seq string) {
	switch {
	case seq == resetStyle || seq == "\x1b[m":
		r.open = ""
	case strings.HasSuffix(r.open, seq): // said twice
	case len(r.open)+len(seq) <= openMost:
		r.open += seq
	default: // what was set last counts most
		r.open = seq
	}
}

// end ends a row and begins the next.
func (r *rows) end() {
	if r.shown != "" {
		r.row.WriteString(resetStyle)
	}
	r.done = append(r.done, r.row.String())
	r.row.Reset()
	r.cells, r.shown = 0, ""
}

// Paragraph draws a clean sentence in rows of at most w cells, those after the
// first set in.
func Paragraph(style lipgloss.Style, first, text string, w int) []string {
	in := strings.Repeat(" ", lipgloss.Width(first))
	var rows []string
	for i, row := range strings.Split(ansi.Wrap(text, max(1, w-len(in)), ""), "\n") {
		if i == 0 {
			rows = append(rows, style.Render(first+row))
		} else {
			rows = append(rows, style.Render(in+row))
		}
	}
	return rows
}
