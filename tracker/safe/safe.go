// Package safe is the one place that cleans text which others wrote: reports,
// answers of trackers, output of containers, names of files and images.
//
// Text is stored raw and cleaned where it leaves the program: Line, Block and
// Log for a terminal, Cell and Formula for tables in files, JSON for JSON on a
// terminal, FileName and URL for what their names say. Text is the only type
// that widgets and tables accept, so that nothing gets around this package.
//
// It is a leaf: besides the standard library it imports x/ansi only, and
// nothing of this program.
package safe

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Text can be written to a terminal as it is. Only Line, Block and Log make
// one; the zero value is empty. Texts can be compared with ==.
type Text struct{ s string }

// Bounds of a line in bytes. Longer ones end in an ellipsis: a terminal shows
// no more of it, and measuring 60 kB on each frame is slow.
const (
	lineMax = 4 << 10
	logMax  = 16 << 10
)

// Line makes one line of s: line breaks and tabs become spaces; escape
// sequences, control characters, bidi controls and characters that cannot be
// seen go; a byte that is not UTF-8 becomes U+FFFD. At most 4 KiB are kept.
func Line(s string) Text { return Text{scrub(s, mode{oneLine: true, max: lineMax})} }

// Block is like Line, but keeps line breaks, expands tabs to columns of eight
// cells and keeps lines of any length.
func Block(s string) Text { return Text{scrub(s, mode{})} }

// Log is like Block, but keeps colours (well-formed SGR sequences that hide
// nothing), resets them at the end of every line, and of a line that was
// written over with carriage returns keeps what was written last. At most
// 16 KiB of a line are kept.
func Log(s string) Text { return Text{scrub(s, mode{colour: true, max: logMax})} }

// String is the clean text.
func (t Text) String() string { return t.s }

// Width is the number of cells of the widest line.
func (t Text) Width() int {
	widest := 0
	for line := range strings.SplitSeq(t.s, "\n") {
		widest = max(widest, ansi.StringWidth(line))
	}
	return widest
}

// Lines splits the text at its line breaks. Colours do not cross them.
func (t Text) Lines() []Text {
	lines := make([]Text, 0, strings.Count(t.s, "\n")+1)
	for line := range strings.SplitSeq(t.s, "\n") {
		lines = append(lines, Text{line})
	}
	return lines
}

// Truncate shortens every line to at most so many cells. A line that was
// shortened ends in tail, which is cleaned too; if not even tail has room, the
// line is empty.
func (t Text) Truncate(cells int, tail string) Text {
	if t.Width() <= cells {
		return t
	}
	tail = Line(tail).s
	lines := strings.Split(t.s, "\n")
	for i, line := range lines {
		lines[i] = ansi.Truncate(line, max(cells, 0), tail)
	}
	return Text{strings.Join(lines, "\n")}
}
