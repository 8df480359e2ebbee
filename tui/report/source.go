package report

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce/draft"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/theme"
)

// Excerpt is a report's texts as they were written, line by line.
type Excerpt struct {
	Lines []string
	// At has for each span that was taken the line that it begins in, -1 for
	// one that is not shown.
	At []int
}

// Source lays out a report's texts, in the order in which a draft is made of
// them, with the numbers of their lines. Those that a draft took are marked
// with ▌ and stand out.
func Source(r *tracker.Report, width int, t *theme.Theme, taken []draft.Span) Excerpt {
	s := &source{writer: newWriter(Input{Report: r}, width, t), taken: taken, marked: flow.Of(t.Marked), accent: flow.Of(t.Accent)}
	s.at = make([]int, len(taken))
	for i := range s.at {
		s.at[i] = -1
	}
	all := parts(r)
	all[0], all[1] = all[1], all[0] // the steps first
	for _, p := range all {
		if strings.TrimSpace(p.text) != "" {
			s.part(p)
		}
	}
	return Excerpt{Lines: s.doc.Lines, At: s.at}
}

// source writes an excerpt.
type source struct {
	*writer
	taken          []draft.Span
	at             []int
	marked, accent flow.Ink
}

func (s *source) part(p part) {
	s.section(p.title)
	text, note := markdown.Limit(p.text)
	lines := strings.Split(strings.TrimRight(text, "\r\n"), "\n")
	digits := len(fmt.Sprint(len(lines)))
	for i, line := range lines {
		s.line(p.name, i+1, digits, line)
	}
	if note != "" {
		s.put(s.styled(s.faint, note), flow.Margin{First: indent, Rest: indent})
	}
}

// line draws one line with its number; where it is wrapped, the mark goes on.
func (s *source) line(name draft.Text, number, digits int, raw string) {
	mark, ink := " ", s.plain
	for i, span := range s.taken {
		if span.Text != name || number < span.First || number > span.Last {
			continue
		}
		mark, ink = s.accent.Paint(safe.Line("▌")), s.marked
		if number == span.First {
			s.at[i] = len(s.doc.Lines)
		}
	}
	var text flow.Text
	text.Add(ink, safe.Block(strings.TrimSuffix(raw, "\r")))
	s.put(&text, flow.Margin{
		First: mark + s.faint.Paint(safe.Line(fmt.Sprintf("%*d ", digits, number))),
		Rest:  mark + strings.Repeat(" ", digits+1),
	})
}
