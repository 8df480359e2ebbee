package stats

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

const (
	// wide is the width from which there are two columns, with a gap.
	wide = 110
	gap  = "    "
)

// View implements screen.Screen.
func (s *Screen) View() string {
	lines := s.pager.View()
	if s.scrolls() {
		lines = append(lines, s.env.Theme.Faint.Render(fmt.Sprintf("lines %s; %s and %s scroll", s.pager.Position(), s.env.Keys.Label("stats.down"), s.env.Keys.Label("stats.pagedown"))))
	}
	return widget.Frame(lines, s.w, s.h)
}

// lay draws all anew.
func (s *Screen) lay() {
	lines := s.lines()
	s.all = len(lines)
	room := s.h
	if s.scrolls() { // a line tells where one is
		room--
	}
	s.pager.Resize(s.w, room)
	s.pager.SetLines(lines)
}

// scrolls tells that not all fits.
func (s *Screen) scrolls() bool { return s.all > s.h && s.h > 1 }

// lines are all that there is to see, of the width of the screen.
func (s *Screen) lines() []string {
	lines := s.head()
	if !s.loaded || s.stats.Reports == 0 {
		return lines
	}
	left := []section{s.progress(), s.days(), s.verdicts(), s.people()}
	right := []section{s.releases(), s.packages()}
	if s.w < wide {
		return append(lines, s.column(append(left, right...), s.w)...)
	}
	w := (s.w - len(gap)) / 2
	a, b := s.column(left, w), s.column(right, w)
	for len(a) < len(b) {
		a = append(a, widget.Fit("", w))
	}
	for len(b) < len(a) {
		b = append(b, "")
	}
	return append(lines, widget.Beside(a, b, gap)...)
}

// head is what is counted, and what is not.
func (s *Screen) head() []string {
	t := s.env.Theme
	key := func(id string) string { return s.env.Keys.Label(id) }
	var lines []string
	say := func(text string) { lines = append(lines, wrap(text, s.w)...) }
	switch {
	case s.err != nil:
		for _, line := range wrap("✗ It could not be counted: "+safe.Line(s.err.Error()).String()+" "+key("stats.reload")+" counts again.", s.w) {
			lines = append(lines, t.Error.Render(line))
		}
	case s.busy:
		lines = append(lines, t.Accent.Render(widget.Fit("Counting …", s.w)))
	case s.loaded:
		say(fmt.Sprintf("As of %s UTC; %s counts again.", s.at.UTC().Format("2006-01-02 15:04"), key("stats.reload")))
	}
	if !s.loaded {
		return lines
	}
	switch left := s.stats.LeftOut; {
	case s.of.Private:
		say(fmt.Sprintf("Private reports are counted as well; %s leaves them out.", key("stats.private")))
	case left == 1:
		say(fmt.Sprintf("1 private report is left out; %s counts it.", key("stats.private")))
	case left > 1:
		say(fmt.Sprintf("%d private reports are left out; %s counts them.", left, key("stats.private")))
	case s.stats.Reports == 0:
		say(fmt.Sprintf("There are no reports yet. %s fetches them from the trackers.", key("global.sync")))
	}
	return lines
}

func wrap(text string, w int) []string { return strings.Split(ansi.Wrap(text, max(1, w), ""), "\n") }

// section is a part of the screen.
type section struct {
	title string
	draw  func(w int) []string
}

func (s *Screen) column(sections []section, w int) []string {
	var lines []string
	for _, part := range sections {
		body := part.draw(w)
		if len(body) == 0 {
			continue
		}
		lines = append(lines, widget.Fit("", w), s.env.Theme.Title.Render(widget.Fit(part.title, w)))
		lines = append(lines, body...)
	}
	return lines
}

// progress is how much of the queue is decided.
func (s *Screen) progress() section {
	st, t := s.stats, s.env.Theme
	return section{"The queue", func(w int) []string {
		all := widget.Stack{Label: safe.Line("decided"), Of: st.Reports, Rest: "undecided", Parts: []widget.Part{
			{Name: "up to date", N: st.Decided - st.Stale, Style: t.Good}, {Name: "stale", N: st.Stale, Style: t.Warn}}}
		lines := widget.Stacks(t, []widget.Stack{all}, w)
		return append(lines, widget.Fit(fmt.Sprintf("%d of %d are open on their trackers.", st.Open, st.Reports), w))
	}}
}

// days are what was done a day.
func (s *Screen) days() section {
	days := s.stats.Days
	return section{fmt.Sprintf("The last %d days", s.of.Days), func(w int) []string {
		if len(days) == 0 {
			return nil
		}
		runs, decisions := widget.Trend{Title: "Runs a day", First: days[0].Date}, widget.Trend{Title: "Decisions a day", First: days[0].Date}
		for _, day := range days {
			runs.Days, decisions.Days = append(runs.Days, day.Runs), append(decisions.Days, day.Decisions)
		}
		return append(runs.Lines(s.env.Theme, w), decisions.Lines(s.env.Theme, w)...)
	}}
}

// verdicts are what was decided; those that nobody gave are left out.
func (s *Screen) verdicts() section {
	var bars []widget.Bar
	for _, v := range s.stats.Verdicts {
		if v.Reports > 0 {
			bars = append(bars, widget.Bar{Label: safe.Line(string(v.Verdict)), N: v.Reports, Of: s.stats.Decided})
		}
	}
	return section{"Verdicts in force", func(w int) []string { return widget.Bars(s.env.Theme, bars, w) }}
}

// people are who decided.
func (s *Screen) people() section {
	var bars []widget.Bar
	for _, p := range s.stats.People {
		bars = append(bars, widget.Bar{Label: named(p.By, "nobody named"), N: p.Decisions, Of: s.stats.Decided})
	}
	return section{"Decisions in force by person", func(w int) []string { return widget.Bars(s.env.Theme, bars, w) }}
}

func (s *Screen) releases() section {
	return section{"Verdicts, by release", func(w int) []string { return s.verdictsOf(s.stats.Releases, "no release", w) }}
}

func (s *Screen) packages() section {
	return section{"Verdicts, by package (most undecided first)", func(w int) []string { return s.verdictsOf(s.stats.Packages, "no package", w) }}
}

// verdictsOf draws what was decided in each of some, and how much was not.
func (s *Screen) verdictsOf(list []store.Progress, none string, w int) []string {
	stacks := make([]widget.Stack, len(list))
	for i, p := range list {
		stacks[i] = widget.Stack{Label: named(p.Name, none), Of: p.Decided + p.Undecided, Rest: "undecided"}
		for _, v := range p.Verdicts {
			stacks[i].Parts = append(stacks[i].Parts, widget.Part{Name: safe.Line(string(v.Verdict)).String(), N: v.Reports, Style: s.style(v.Verdict)})
		}
	}
	return widget.Stacks(s.env.Theme, stacks, w)
}

// style is the colour of a verdict, the same in all bars, by what there is to
// do. Which verdict it is, the words beside it say.
func (s *Screen) style(v reproduce.Verdict) lipgloss.Style {
	t := s.env.Theme
	switch v {
	case reproduce.AlmaOnly: // AlmaLinux's own to fix
		return t.Error
	case reproduce.FixedInStream: // to be ported back
		return t.Good
	case reproduce.StreamReproducible: // to be told to Stream
		return t.Warn
	case reproduce.NeedsVM, reproduce.NeedsInfo: // to be looked into
		return t.Active
	}
	return t.Text // nothing
}

// named is a name that others gave, or what stands for having none.
func named(name, none string) safe.Text {
	if text := safe.Line(name); text != (safe.Text{}) {
		return text
	}
	return safe.Line(none)
}
