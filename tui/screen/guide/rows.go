package guide

import (
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// indent is what a line of a command begins with, among warnings and notes.
const indent = "    "

// above is all that stands above the question.
func (s *Screen) above(w int) []string {
	t := s.env.Theme
	switch {
	case s.failed != nil:
		return widget.Paragraph(t.Error, "✗ ", safe.Line(s.failed.Error()).String(), w)
	case !s.began && s.left == nil:
		return []string{t.Faint.Render("Reading …")}
	case s.at() == guide.Run:
		return append(s.warnings(w), s.runRows(w)...)
	case s.at() == guide.Save, s.at() == guide.Done:
		return append(s.endRows(w), s.moreRows(w)...)
	}
	return append(append(s.warnings(w), s.notes(w)...), s.moreRows(w)...)
}

// warnings are what must be known before going on. Commands stand whole.
func (s *Screen) warnings(w int) []string {
	t := s.env.Theme
	var rows []string
	for _, line := range s.warned {
		if command, is := strings.CutPrefix(line, indent); is {
			rows = append(rows, s.command(command, w)...)
			continue
		}
		rows = append(rows, widget.Paragraph(t.Warn.Bold(true), "! ", safe.Line(line).String(), w)...)
	}
	if len(rows) > 0 {
		rows = append(rows, "")
	}
	return rows
}

// command is a command, in as many rows as it needs.
func (s *Screen) command(command string, w int) []string {
	inks := widget.InksOf(s.env.Theme)
	var rows []string
	for _, row := range widget.Wrap(widget.Render(widget.NewRevealer(inks).Line(command, inks.Key, 0)), max(1, w-2)) {
		rows = append(rows, "  "+row)
	}
	return rows
}

// notes are those of the question, as they are: what they hold may be run.
func (s *Screen) notes(w int) []string {
	if len(s.ask.Notes) == 0 {
		return nil
	}
	inks := widget.InksOf(s.env.Theme)
	all := widget.NewRevealer(inks)
	var rows []string
	for _, note := range s.ask.Notes {
		for line := range strings.SplitSeq(note, "\n") {
			pieces := all.Line(line, inks.Text, 0)
			if widget.Plain(line) == len(line) && !strings.HasPrefix(line, " ") { // a sentence of ours, most likely
				rows = append(rows, widget.Paragraph(s.env.Theme.Text, "", line, w)...)
				continue
			}
			rows = append(rows, widget.Wrap(widget.Render(pieces), w)...)
		}
	}
	var odd []string
	if s.at() == guide.Look { // it is what runs
		for _, text := range all.Warnings() {
			odd = append(odd, widget.Paragraph(s.env.Theme.Warn.Bold(true), "! ", text, w)...)
		}
	}
	return append(append(odd, rows...), "")
}

// moreRows tell more of the question: where it was asked for, or where there is
// room.
func (s *Screen) moreRows(w int) []string {
	if !s.helping() {
		return nil
	}
	return append(widget.Paragraph(s.env.Theme.Faint, "? ", safe.Line(s.ask.Help).String(), w), "")
}

// helping tells whether more is told of the question.
func (s *Screen) helping() bool {
	roomy := s.w >= roomyWidth && s.h >= roomyHeight
	return s.ask.Help != "" && (s.help == helpShown || s.help == helpIfRoom && roomy)
}

// runRows say what the run is at.
func (s *Screen) runRows(w int) []string {
	t := s.env.Theme
	text := func(text string) []string { return widget.Paragraph(t.Text, "", text, w) }
	enter := s.key("guide.again") + " runs both sides; " + s.key("global.back") + " goes back, to change something."
	switch {
	case s.run.err != nil:
		rows := widget.Paragraph(t.Error, "✗ ", "There is no result. "+safe.Line(s.run.why()).String(), w)
		return append(append(rows, ""), text(s.key("guide.again")+" runs it again; "+s.key("global.back")+" goes back, to change something.")...)
	case s.goes() && s.waits():
		return widget.Paragraph(t.Warn, "? ", "It asks whether the bug is there: "+s.key("guide.bench")+" opens the question.", w)
	case s.goes():
		return text("Both sides are being run. " + s.key("guide.bench") + " shows them on the Bench, " + s.key("guide.cancel") + " cancels it.")
	case s.run.starting:
		return text("The run is being made ready …")
	}
	return text("Nothing has run yet. " + enter)
}

// waits tells that the run waits for a person's answer.
func (s *Screen) waits() bool {
	job := s.env.Runs.Of(s.report())
	return job != nil && job.Live.Question != nil
}

// endRows tell what it means and what to do now.
func (s *Screen) endRows(w int) []string {
	t := s.env.Theme
	var rows []string
	if s.end.means != "" {
		rows = append(rows, widget.Paragraph(t.Accent, "", safe.Line(s.end.means).String(), w)...)
		rows = append(rows, "")
	}
	for _, next := range s.end.next {
		rows = append(rows, widget.Paragraph(t.Text, "- ", safe.Line(next).String(), w)...)
	}
	for _, command := range s.end.commands {
		rows = append(rows, s.command(reproduce.ShellWords(command), w)...)
	}
	if s.end.dir != "" {
		rows = append(rows, "", t.Title.Render(widget.Fit("Saved in "+safe.Line(s.end.dir).String(), w)))
		for _, file := range s.end.files {
			rows = append(rows, widget.Wrap("  "+safe.Line(file).String(), w)...)
		}
	}
	if len(rows) > 0 {
		rows = append(rows, "")
	}
	return rows
}
