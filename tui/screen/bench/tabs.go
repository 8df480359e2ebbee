package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// tab is what the body of the screen shows.
type tab int

const (
	tabOutput tab = iota
	tabSuggestion
	tabDiff
	tabPackages
	tabChangelog
	tabs // how many there are
)

// title is the tab's name.
func (t tab) title() string {
	return [...]string{"Output", "Suggestion", "Output diff", "Packages", "Changelog"}[t]
}

// id is the word in the action's id.
func (t tab) id() string {
	return [...]string{"output", "suggestion", "diff", "packages", "changelog"}[t]
}

// compares tells that it is made of what the two sides differ in.
func (t tab) compares() bool { return t >= tabDiff }

// text is a text as it is written.
type text struct{ entries widget.Entries }

func (t *text) add(style lipgloss.Style, raw string) {
	for _, line := range safe.Block(raw).Lines() {
		t.entries = append(t.entries, widget.Entry{Text: line, Style: style, Prose: true})
	}
}

// row is a line that is not broken between words: a table's, or a diff's.
func (t *text) row(style lipgloss.Style, raw string) {
	t.entries = append(t.entries, widget.Entry{Text: safe.Line(raw), Style: style})
}

// setText shows a text on a tab.
func (s *Screen) setText(t tab, entries widget.Entries) {
	p := widget.NewLogPane(s.env.Theme, entries)
	p.ToTop()
	s.texts[t] = p
}

// setTexts shows what there is to say when a run is over.
func (s *Screen) setTexts() {
	s.setResults()
	t := s.env.Theme
	waiting := "The sides are being compared."
	if s.run() == nil {
		waiting = "There is nothing to compare: the run did not get to its end."
	}
	for _, tab := range []tab{tabDiff, tabPackages, tabChangelog} {
		var wait text
		wait.add(t.Faint, waiting)
		s.setText(tab, wait.entries)
	}
	s.setText(tabSuggestion, s.suggestion())
}

// setComparison shows what the sides differ in.
func (s *Screen) setComparison(c reproduce.Comparison, err error) {
	if err != nil {
		for _, tab := range []tab{tabDiff, tabPackages, tabChangelog} {
			var failed text
			failed.add(s.env.Theme.Warn, "There is no comparison: "+err.Error())
			s.setText(tab, failed.entries)
		}
		return
	}
	s.setText(tabDiff, s.diffText(c))
	s.setText(tabPackages, s.packagesText(c))
	s.setText(tabChangelog, s.changelogText(c))
}

// legend tells which side the signs of a diff mean.
func (s *Screen) legend(t *text, c reproduce.Comparison) {
	t.row(s.env.Theme.Removed, "- "+c.Left.Side.Target.Title())
	t.row(s.env.Theme.Added, "+ "+c.Right.Side.Target.Title())
	t.row(s.env.Theme.Text, "")
}

func (s *Screen) diffText(c reproduce.Comparison) widget.Entries {
	var t text
	theme := s.env.Theme
	if not := c.Unrun(); len(not) > 0 {
		t.add(theme.Text, notKnown(not, "run"))
		return t.entries
	}
	if c.Output == "" {
		t.add(theme.Text, "Both sides print the same (times, addresses and the like left out).")
		return t.entries
	}
	s.legend(&t, c)
	for line := range strings.SplitSeq(strings.TrimRight(c.Output, "\n"), "\n") {
		style := theme.Text
		switch {
		case strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "), strings.HasPrefix(line, "@@"):
			style = theme.Faint
		case strings.HasPrefix(line, "-"):
			style = theme.Removed
		case strings.HasPrefix(line, "+"):
			style = theme.Added
		}
		t.row(style, line)
	}
	return t.entries
}

// notKnown says of which sides nothing is known, and what was not done with them.
func notKnown(sides []string, what string) string {
	return fmt.Sprintf("Not known: %s %s not %s.", strings.Join(sides, " and "), widget.Was(len(sides)), what)
}

// packagesText is a table of what differs; the subject is marked and comes first.
func (s *Screen) packagesText(c reproduce.Comparison) widget.Entries {
	var t text
	theme := s.env.Theme
	if not := c.Unprepared(); len(not) > 0 {
		t.add(theme.Text, notKnown(not, "prepared"))
		return t.entries
	}
	if len(c.Packages) == 0 {
		t.add(theme.Text, "Both sides have the same packages (by source, without the dist tag).")
		return t.entries
	}
	rows := [][]string{{"", "source package", c.Left.Side.Target.Title(), c.Right.Side.Target.Title(), ""}}
	changes := slices.Clone(c.Packages)
	slices.SortStableFunc(changes, func(a, b rpm.Change) int { return order(a.Source == c.Subject) - order(b.Source == c.Subject) })
	for _, p := range changes {
		mark := ""
		if p.Source == c.Subject {
			mark = "*"
		}
		rows = append(rows, []string{mark, p.Source, evr(p.Left), evr(p.Right), reproduce.RelationOf(p)})
	}
	for i, line := range table(rows) {
		style := theme.Text
		switch {
		case i == 0:
			style = theme.Title
		case rows[i][0] != "":
			style = theme.Bold
		}
		t.row(style, line)
	}
	t.row(theme.Text, "")
	more := fmt.Sprintf("%s of source packages.", widget.Count(len(changes), "difference"))
	if rows[1][0] != "" { // it comes first
		more += " * is what the suggestion rests on."
	}
	t.add(theme.Faint, more)
	return t.entries
}

func order(first bool) int {
	if first {
		return 0
	}
	return 1
}

func evr(p rpm.Package) string {
	if text := p.EVR.String(); text != "" {
		return text
	}
	return "-"
}

// columnMost is the most cells of a column: one hostile name must not push the
// others out of sight.
const columnMost = 36

// table sets the columns of rows under each other, two cells apart.
func table(rows [][]string) []string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = safe.Line(cell).Truncate(columnMost, "…").String()
			widths[i] = max(widths[i], ansi.StringWidth(row[i]))
		}
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if widths[i] > 0 {
				b.WriteString(widget.Fit(cell, widths[i]) + "  ")
			}
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func (s *Screen) changelogText(c reproduce.Comparison) widget.Entries {
	var t text
	theme := s.env.Theme
	switch {
	case c.Subject == "":
		t.add(theme.Text, "The suggestion rests on no package, so no changelogs were read.")
		return t.entries
	case !c.Changelogs:
		t.add(theme.Text, fmt.Sprintf("The changelog of %s was not needed for the suggestion.", c.Subject))
		return t.entries
	}
	t.row(theme.Title, "Changelog of "+c.Subject)
	s.legend(&t, c)
	if len(c.OnlyLeft)+len(c.OnlyRight) == 0 {
		t.add(theme.Text, "It is the same on both.")
	}
	entries := func(sign string, style lipgloss.Style, list []rpm.Entry) {
		for _, e := range list {
			t.row(style, strings.Join([]string{sign, e.Date, e.Author, e.EVR}, " "))
			for _, line := range e.Lines {
				t.row(style, sign+"   "+line)
			}
		}
	}
	entries("-", theme.Removed, c.OnlyLeft)
	entries("+", theme.Added, c.OnlyRight)
	return t.entries
}
