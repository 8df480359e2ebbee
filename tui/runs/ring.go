package runs

import (
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// What is kept of a side's log. The bytes bound what a container can make this
// program hold by writing lines of 64 KiB.
const (
	Kept      = 10_000   // lines
	keptBytes = 32 << 20 // of all of them
	keptLine  = 16 << 10 // of one; a screen shows no more of it
)

// LineKind is what a line of a log is.
type LineKind byte

// The kinds: output, and what the run says of itself between.
const (
	LineOutput  LineKind = iota
	LineStep             // a step begins; Step says which
	LineAttempt          // an attempt begins: Number of Of
	LineReading          // what it says: Said, with Text as the reason
	LineCached           // Number attempts of earlier runs are taken; Text says when they were made
	LineLost             // Number lines of output were too many; with Text: what was not kept
	LineFailed           // what went wrong; Step, if it was one
	LineNote             // anything else
)

// Line is one line of a side's log. Text is raw.
type Line struct {
	Kind       LineKind
	Control    bool // of an attempt on the control, not on the side itself
	Stream     reproduce.Stream
	Step       reproduce.Step
	Said       reproduce.ReadingKind
	Number, Of int
	Text       string
}

// Ring keeps the last lines of a log. Lines have numbers that they keep: the
// first one that ever came is 0.
type Ring struct {
	lines      []Line
	first, end int
	bytes      int
}

// Range gives the number of the oldest line that is kept and the one that the
// next line will have.
func (r *Ring) Range() (first, end int) { return r.first, r.end }

// At is a line by its number, which must be in the range.
func (r *Ring) At(n int) Line { return r.lines[n%Kept] }

// Add takes a line; if there are too many the oldest go.
func (r *Ring) Add(l Line) {
	if len(l.Text) > keptLine {
		l.Text = strings.Clone(l.Text[:keptLine]) + "…"
	}
	if r.end-r.first == Kept {
		r.drop()
	}
	if len(r.lines) < Kept {
		r.lines = append(r.lines, l)
	} else {
		r.lines[r.end%Kept] = l
	}
	r.end++
	r.bytes += len(l.Text)
	for r.bytes > keptBytes {
		r.drop()
	}
}

// drop lets the oldest line go.
func (r *Ring) drop() {
	oldest := &r.lines[r.first%Kept]
	r.bytes -= len(oldest.Text)
	*oldest = Line{}
	r.first++
}
