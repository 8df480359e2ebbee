package texts

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/widget"
)

// low is the height below which there is no room for more than head and tabs.
const low = 14

// layout lays the texts out for the size.
func (s *Screen) layout() {
	if s.w <= 0 || s.h <= 0 {
		return
	}
	for t := range tabs {
		s.pagers[t].Resize(s.w, max(1, s.h-len(s.top())))
		s.pagers[t].SetLines(s.rows(t))
	}
}

// View implements screen.Screen.
func (s *Screen) View() string {
	return widget.Frame(append(s.top(), s.pager().View()...), s.w, s.h)
}

// top is all above the text.
func (s *Screen) top() []string {
	lines := []string{s.head(), s.tabLine()}
	if s.h >= low {
		lines = append(lines, s.env.Theme.Faint.Render(widget.Fit(s.leads(), s.w)), "")
	}
	return lines
}

// head is the report, whether it is private, and its verdict.
func (s *Screen) head() string {
	t := s.env.Theme
	line := t.Bold.Render(safe.Line(s.report).String())
	if s.known == nil {
		return line
	}
	switch r := &s.known.of.Report; {
	case r.Private:
		line += " " + t.Warn.Render("private")
	case r.ID.IsLocal():
		line += " " + t.Faint.Render("at no tracker")
	default:
		line += " " + t.Faint.Render("public")
	}
	return line + "  " + t.Accent.Render(s.known.verdict()) + "  " + safe.Line(s.known.of.Report.Title).String()
}

// verdict is the verdict, and who says so.
func (k *known) verdict() string {
	v := safe.Line(string(k.of.Verdict())).String()
	switch {
	case v == "":
		return "no verdict yet"
	case k.of.Decision == nil:
		return v + ", suggested"
	}
	return v + ", decided by " + safe.Line(k.of.Decision.By).Truncate(20, "…").String()
}

// tabLine names the tabs, the one that is shown in brackets, and where one is in
// its text.
func (s *Screen) tabLine() string {
	t := s.env.Theme
	var parts []string
	for one := range tabs {
		key := s.key("texts." + one.id())
		if one == s.tab {
			parts = append(parts, t.Accent.Render("["+key+" "+one.title()+"]"))
		} else {
			parts = append(parts, t.Key.Render(key)+" "+one.title())
		}
	}
	line, where := strings.Join(parts, "  "), s.pager().Position()
	if room := s.w - ansi.StringWidth(line) - ansi.StringWidth(where); room >= 2 {
		line += strings.Repeat(" ", room) + t.Faint.Render(where)
	}
	return line
}

// leads says what becomes of the text that is shown.
func (s *Screen) leads() string {
	if can, _ := s.written(); !can {
		return ""
	}
	if s.tab == tabUpstream {
		return "You pass it on yourself. " + s.opens()
	}
	if can, why := s.mayPost(); !can {
		return "It is not posted from here: " + why + "."
	}
	how := ", for all to read"
	if s.known.note.Private {
		how = " as a private note"
	}
	return s.key("texts.post") + " posts it" + how + ", after a question; " + s.key("texts.open") + " opens the report."
}

// opens says what is opened for the draft.
func (s *Screen) opens() string {
	switch d := s.known.draft; {
	case d.Open != "":
		return s.key("texts.open") + " opens the page for a new report with this filled in."
	case len(d.Search) > 0:
		return s.key("texts.open") + " opens: " + safe.Line(d.Search[0].Title).String()
	}
	return ""
}

// rows are a tab's text in rows, or why there is none and what to do instead.
func (s *Screen) rows(t tab) []string {
	theme := s.env.Theme
	switch {
	case s.known == nil && s.failed != nil:
		return s.prose(theme.Error, "✗ ", safe.Line(s.failed.Error()))
	case s.known == nil:
		return []string{theme.Faint.Render("Reading …")}
	}
	p := s.known.pages[t]
	if p.why == nil {
		return s.prose(theme.Text, "", safe.Block(strings.TrimRight(p.text.String(), "\n")))
	}
	lines := s.prose(theme.Warn, "○ ", safe.Line("No "+t.name()+": "+p.why.Error()+"."))
	if instead := s.instead(t); instead != "" {
		lines = append(append(lines, ""), s.prose(theme.Text, "  ", safe.Line(instead))...)
	}
	return lines
}

// prose lays a text out. It is broken at blanks only: a command must not seem to
// have other words than it has.
func (s *Screen) prose(style lipgloss.Style, first string, text safe.Text) []string {
	var laid flow.Text
	laid.Add(flow.Of(style), text)
	return laid.Lines(nil, flow.Margin{First: first, Rest: strings.Repeat(" ", ansi.StringWidth(first))}, s.w, flow.Words)
}

// instead says what leads to a text that there is not, or to the other one.
func (s *Screen) instead(t tab) string {
	c := &s.known.of
	run := "Here: " + s.key("global.back") + " leads back, where " + s.key("inbox.run") + " runs its recipe"
	switch {
	case t == tabUpstream && c.Report.Private && !c.IncludePrivate:
		return "Here: " + s.key("texts.private") + " makes it all the same. Others will read there what the report says."
	case c.Run == nil && c.Decision == nil:
		return run + " and " + s.key("inbox.decide") + " decides."
	case c.Run == nil && t == tabUpstream:
		return run + "."
	case t == tabComment && c.Report.ID.IsLocal():
		return "Here: " + s.key("texts.upstream") + " shows the draft."
	case s.known.pages[tabComment].why == nil:
		return "Here: " + s.key("texts.comment") + " shows the comment."
	}
	return ""
}
