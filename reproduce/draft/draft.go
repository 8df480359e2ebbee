// Package draft makes the first version of a recipe from a report's own words:
// the commands that it shows, the packages that it installs, and what it says
// of how the bug looks.
//
// A draft is a proposal. It reads hostile text and never runs any of it; what
// it gives back is a recipe's file, which a person must read and accept before
// anything runs (that is the store's business). What is not beyond doubt a
// command is left out; notes say what, and why. It imports tracker and
// reproduce, and nothing of store, tui or cmd.
package draft

import (
	"fmt"

	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

// Draft is a recipe that nobody has looked at yet.
type Draft struct {
	// Source is the recipe's file. Package fmf reads it.
	Source string
	// Taken are the lines of the report that it was made of, in the order of
	// the report, for showing them.
	Taken []Span
	// Notes are sentences on what a person must check.
	Notes []string
}

// Text names a text of a report.
type Text string

// The texts that are read.
const (
	Steps      Text = "steps"
	Body       Text = "body"
	Additional Text = "additional"
)

// Span is some lines of a report's text, split at line feeds.
type Span struct {
	Text        Text
	First, Last int // counted from 1
}

// The bounds of what is made of a hostile report. A recipe by hand has a few
// lines.
const (
	maxText     = 256 << 10 // bytes read of a text
	maxRead     = 10_000    // lines read of a text
	maxLine     = 4 << 10   // bytes of a line that can be a command
	maxScript   = 32 << 10  // bytes
	maxCommands = 200
	maxLines    = 400 // of a command
	maxAgain    = 20  // lines that are read again after a command without an end
	maxRequire  = 50
	maxNotes    = 20
	maxSummary  = 200 // characters
)

// From makes a draft. Where a report shows no command, the error has
// CodeNoRecipe and tells what to do.
func From(report tracker.Report) (Draft, error) {
	s := scan(report)
	b := &builder{report: report}
	for _, note := range s.notes {
		b.note("%s", note)
	}
	for _, p := range b.choose(s.pieces) {
		b.add(p)
	}
	if err := b.finish(); err != nil {
		return Draft{}, err
	}
	b.oracle(s)
	b.check()

	source := fmf.Format(b.recipe)
	if _, err := fmf.Parse("the draft for "+report.ID.String(), source); err != nil {
		return Draft{}, fmt.Errorf("make a draft for %s: %w", report.ID, err)
	}
	return Draft{Source: string(source), Taken: merge(b.taken), Notes: b.notes}, nil
}

// merge joins spans that touch.
func merge(spans []Span) []Span {
	var merged []Span
	for _, s := range spans {
		if n := len(merged); n > 0 && merged[n-1].Text == s.Text && s.First <= merged[n-1].Last+1 && s.First >= merged[n-1].First {
			merged[n-1].Last = max(merged[n-1].Last, s.Last)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
