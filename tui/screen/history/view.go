package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// noteLines is how much of a note is shown; copying gives all of it.
const noteLines = 8

// disputeLines are for the decisions of people who do not agree.
const disputeLines = 4

// shown is the dialog as lines, and where its items are among them.
type shown struct {
	lines []string
	from  []int // first line of each item
	upTo  []int // the line behind it
}

// show lays everything out.
func (d *Dialog) show() shown {
	var s shown
	t := d.env.Theme
	if d.err != nil {
		for _, line := range d.wrap("✗ The journal cannot be read: "+safe.Line(d.err.Error()).String(), 4) {
			s.lines = append(s.lines, t.Error.Render(line))
		}
	}
	if d.journal.title != "" {
		s.lines = append(s.lines, widget.Fit(safe.Line(d.journal.title).String(), d.w))
	}
	if !d.loaded {
		if d.err == nil {
			s.lines = append(s.lines, t.Faint.Render("Reading the journal …"))
		}
		return s
	}
	s.lines = append(s.lines, d.heading("Decisions", "Nothing was decided on it yet.", len(d.journal.entries)))
	s.lines = append(s.lines, d.dispute()...)
	for i := range d.journal.entries {
		s.add(d.decision(&d.journal.entries[i], i == d.cursor))
	}
	s.lines = append(s.lines, d.heading("Runs", "It was not run yet.", len(d.journal.runs)))
	for i := range d.journal.runs {
		s.add(d.runItem(&d.journal.runs[i], len(d.journal.entries)+i == d.cursor))
	}
	return s
}

// dispute says who stands by what, if that is not the same.
func (d *Dialog) dispute() []string {
	var all []string
	for _, p := range d.journal.disagree {
		all = append(all, fmt.Sprintf("%s by %s", p.Verdict, p.By))
	}
	if len(all) == 0 {
		return nil
	}
	lines := d.wrap(safe.Line("disputed: "+strings.Join(all, ", ")).String(), disputeLines)
	for i, line := range lines {
		lines[i] = d.env.Theme.Warn.Render("  " + line)
	}
	return lines
}

func (s *shown) add(lines []string) {
	s.from = append(s.from, len(s.lines))
	s.lines = append(s.lines, lines...)
	s.upTo = append(s.upTo, len(s.lines))
}

func (d *Dialog) heading(title, none string, n int) string {
	if n == 0 {
		return d.env.Theme.Faint.Render(widget.Fit(none, d.w))
	}
	return d.env.Theme.Title.Render(widget.Fit(fmt.Sprintf("%s: %d, newest first (times are UTC)", title, n), d.w))
}

// wrap lays clean text out in at most so many lines, the first at the margin.
func (d *Dialog) wrap(text string, most int) []string {
	if ansi.StringWidth(text) <= d.w-6 {
		return []string{text}
	}
	lines := strings.Split(ansi.Wrap(text, max(1, d.w-6), ""), "\n")
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += " …"
	}
	return lines
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04") }

// decision is who decided what when, what became of it, and why.
func (d *Dialog) decision(e *entry, cursor bool) []string {
	text := fmt.Sprintf("%s  %s by %s", stamp(e.At), e.Verdict, e.By)
	switch {
	case e.undo != nil:
		text += fmt.Sprintf(", taken back by %s %s", e.undo.By, stamp(e.undo.At))
	case e.inForce:
		text += ", in force"
	}
	switch e.Suggested {
	case "":
		text += ", nothing was suggested"
	case e.Verdict:
		text += ", as suggested"
	default:
		text += ", suggested was " + string(e.Suggested)
	}
	lines := d.head(text, cursor)
	if e.Note != "" {
		for _, line := range d.wrap("note: "+safe.Line(e.Note).String(), noteLines) {
			lines = append(lines, "    "+line)
		}
	}
	if e.PatchURL != "" {
		lines = append(lines, widget.Fit("    patch: "+safe.Line(e.PatchURL).String(), d.w))
	}
	return lines
}

// head is what an item begins with, marked if the cursor is on it.
func (d *Dialog) head(text string, cursor bool) []string {
	lines := d.wrap(safe.Line(text).String(), 4)
	for i, line := range lines {
		switch {
		case i == 0 && cursor:
			line = "> " + line
		case i == 0:
			line = "  " + line
		default:
			line = "    " + line
		}
		if cursor {
			line = d.env.Theme.Cursor.Render(widget.Fit(line, d.w))
		}
		lines[i] = line
	}
	return lines
}

func (d *Dialog) runItem(run *store.RunState, cursor bool) []string {
	return d.head(fmt.Sprintf("%s  %s", stamp(run.Started), outcome(run)), cursor)
}

// outcome is how far a run got and what it suggests.
func outcome(run *store.RunState) string {
	switch {
	case run.State != reproduce.RunDone:
		return string(run.State)
	case run.Verdict == "":
		return "done, without a suggestion"
	}
	return "done, suggests " + string(run.Verdict)
}

// question is asked in the last lines.
func (d *Dialog) question() []string {
	switch {
	case d.saving:
		return []string{d.env.Theme.Accent.Render("Taking it back …")}
	case d.asking == nil:
		return nil
	}
	then := "Then it is undecided."
	for _, e := range d.journal.standing() {
		if e.ID != d.asking.ID {
			then = fmt.Sprintf("Then %s by %s of %s is in force again.", e.Verdict, e.By, stamp(e.At))
			break
		}
	}
	ask := fmt.Sprintf("Take back %s by %s of %s? %s takes it back, %s leaves it.", d.asking.Verdict, d.asking.By, stamp(d.asking.At),
		d.env.Keys.Label("history.confirm.yes"), d.env.Keys.Label("history.confirm.no"))
	var lines []string
	for _, text := range []string{ask, then} {
		lines = append(lines, strings.Split(ansi.Wrap(safe.Line(text).String(), max(1, d.w), ""), "\n")...)
	}
	lines = lines[:min(len(lines), max(1, d.h-1))]
	for i := range lines {
		lines[i] = d.env.Theme.Warn.Render(lines[i])
	}
	return lines
}

// View implements screen.Screen.
func (d *Dialog) View() string {
	s, question := d.show(), d.question()
	room := max(0, d.h-len(question))
	top := d.scrolled(s, room)
	lines := s.lines[top:min(len(s.lines), top+room)]
	lines = append([]string(nil), lines...)
	for len(lines) < room {
		lines = append(lines, "")
	}
	return widget.Frame(append(lines, question...), d.w, d.h)
}

// scrolled is the first line that is seen: such that the item under the cursor
// is seen, whole if there is room for it.
func (d *Dialog) scrolled(s shown, room int) int {
	top := max(0, min(d.top, len(s.lines)-room))
	if d.cursor >= len(s.from) {
		return top
	}
	from, upTo := s.from[d.cursor], s.upTo[d.cursor]
	if d.cursor == 0 && upTo <= room { // with what stands above it
		return 0
	}
	return max(0, min(max(top, min(from, upTo-room)), max(from, upTo-room)))
}

// move moves the cursor, and what is seen with it. Of an item that is longer
// than the dialog the rest comes first.
func (d *Dialog) move(by int) {
	s, room := d.show(), max(0, d.h-len(d.question()))
	if d.cursor < len(s.from) {
		switch {
		case by == 1 && d.top+room < s.upTo[d.cursor], by == -1 && d.top > s.from[d.cursor]:
			d.top += by
			return
		}
	}
	d.cursor = max(0, min(d.cursor+by, d.journal.len()-1))
	d.top = d.scrolled(s, room)
}

func (d *Dialog) page() int { return max(1, d.h/3) }
