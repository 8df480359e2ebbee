package bench

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// beside is the width from which the sides stand next to each other.
const beside = 100

// View implements screen.Screen. The panes get their sizes here: they follow
// from what stands above them.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	lines := s.top()
	bottom := s.bottom()
	room := max(1, s.h-len(lines)-len(bottom))
	lines = append(lines, s.body(room)...)
	return widget.Frame(append(lines, bottom...), s.w, s.h)
}

// top is all above the body.
func (s *Screen) top() []string {
	lines := []string{s.headLine()}
	if s.about.decided != "" {
		lines = append(lines, s.env.Theme.Accent.Render(safe.Line(s.about.decided).String()))
	}
	if s.guided {
		lines = append(lines, s.env.Theme.Key.Render(s.env.Keys.Label("global.back"))+s.env.Theme.Accent.Render(" goes on with the guide"))
	}
	if s.live == nil {
		return lines
	}
	most := max(1, min(s.h/8, 4))
	if s.full {
		lines = append(lines, s.sideHead(s.focus, s.w, 1)...)
		most = 1
	} else {
		lines = append(lines, s.sideHeads()...)
	}
	switch {
	case s.shell != nil:
		lines = append(lines, s.shellLine())
	case s.asked.question != nil:
		lines = append(lines, s.prompt()...)
	case s.live.Ended && s.tab != tabSuggestion && !s.full:
		lines = append(lines, s.banner(most)...)
	}
	if s.full {
		return lines
	}
	return append(lines, s.tabLine())
}

// headLine is the report on the left and its state on the right.
func (s *Screen) headLine() string {
	t := s.env.Theme
	right := s.state()
	left := t.Bold.Render(safe.Line(s.report).String())
	if s.about.private {
		left += " " + t.Warn.Render("private")
	}
	if s.reaches() {
		left += " " + t.Warn.Render("network")
	}
	left += "  " + safe.Line(s.about.title).String()
	room := s.w - ansi.StringWidth(right) - 2
	if room < 12 {
		return widget.Fit(left, s.w)
	}
	return widget.Fit(left, room) + "  " + right
}

// reaches tells whether the test of the run that is shown reaches more than the
// rule.
func (s *Screen) reaches() bool {
	if s.job != nil {
		return s.job.Request.Recipe.Reach() != ""
	}
	return s.live != nil && s.live.Run.Recipe.Reach() != ""
}

// state says in a few words what the run is at.
func (s *Screen) state() string {
	t, now := s.env.Theme, s.env.Now()
	next := ""
	if s.ubi && s.live != nil && !s.running() {
		next = ", next with UBI"
	}
	switch {
	case s.leaving:
		return t.Warn.Render(widget.Spinner(now) + " cancelling")
	case s.running():
		text := widget.Spinner(now) + " running"
		if !s.live.Began.IsZero() {
			text += " " + widget.Took(now.Sub(s.live.Began))
		}
		return t.Accent.Render(text)
	case !s.elsewhere.IsZero():
		return t.Accent.Render("runs in another process")
	case s.live == nil:
		return t.Faint.Render("never run" + next)
	case s.live.Err != nil && reproduce.CodeOf(s.live.Err) == reproduce.CodeInterrupted:
		return t.Warn.Render("cancelled" + next)
	case s.live.Err != nil:
		return t.Error.Render("failed" + next)
	}
	return t.Faint.Render(safe.Line(s.when() + next).String())
}

// when says how old the run is, and who made it if not we did. It is raw.
func (s *Screen) when() string {
	run := &s.live.Run
	ago := widget.Ago(s.env.Now(), run.Started)
	switch {
	case s.env.Recorded && run.Imported:
		return "a recorded run"
	case run.Imported && run.Author != "":
		return "imported, run by " + run.Author + " " + ago
	case run.Imported:
		return "imported, run " + ago
	}
	return "run " + ago
}

// shellLine tells that a shell is being prepared.
func (s *Screen) shellLine() string {
	t, now := s.env.Theme, s.env.Now()
	text := fmt.Sprintf("%s preparing a shell on %s, %s", widget.Spinner(now), safe.Line(s.shell.target.Title()), widget.Took(now.Sub(s.shell.since)))
	if s.shell.left {
		text = "cancelling the shell"
	}
	return t.Accent.Render(text) + "  " + t.Key.Render(s.key("cancel")) + " cancels"
}

// tabLine names the tabs; the one that is shown is in brackets. Where there is
// no room the others are their keys only.
func (s *Screen) tabLine() string {
	t := s.env.Theme
	draw := func(short bool) string {
		var parts []string
		for one := range tabs {
			key := s.env.Keys.Label("bench." + one.id())
			switch {
			case one == s.tab:
				parts = append(parts, t.Accent.Render("["+key+" "+one.title()+"]"))
			case short:
				parts = append(parts, t.Key.Render(key))
			default:
				parts = append(parts, t.Key.Render(key)+" "+one.title())
			}
		}
		return strings.Join(parts, "  ")
	}
	line := draw(false)
	if ansi.StringWidth(line) > s.w {
		line = draw(true)
	}
	if p := s.texts[s.tab]; p != nil {
		at, of := p.Position()
		where := fmt.Sprintf("line %s of %s", widget.Thousands(at), widget.Thousands(of))
		if room := s.w - ansi.StringWidth(line) - len(where); room >= 2 {
			line += strings.Repeat(" ", room) + t.Faint.Render(where)
		}
	}
	return line
}

// bottom is what stands below the body: what is typed.
func (s *Screen) bottom() []string {
	if !s.typing {
		return nil
	}
	s.input.Width = max(1, s.w-2)
	return []string{s.env.Theme.Key.Render("/") + s.input.View()}
}

// body is the output, or the text of the tab: so many lines.
func (s *Screen) body(h int) []string {
	switch {
	case s.live == nil:
		return s.empty()
	case s.tab == tabOutput:
		return s.output(h)
	}
	p := s.texts[s.tab]
	if p == nil {
		return []string{s.env.Theme.Faint.Render("The run is not over yet.")}
	}
	p.SetSize(s.w, h)
	return p.View()
}

// listed is "a", "a and b", "a, b and c".
func listed(names []string) string {
	n := len(names) - 1
	if n < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:n], ", ") + " and " + names[n]
}

// empty says what to do where nothing was run yet.
func (s *Screen) empty() []string {
	t := s.env.Theme
	key := func(id, does string) string { return "  " + t.Key.Render(widget.Fit(s.key(id), 3)) + does }
	if !s.about.read {
		return []string{"", t.Faint.Render("  Reading …")}
	}
	lines := []string{"", "  " + t.Title.Render("This report was never run."), ""}
	switch {
	case !s.elsewhere.IsZero():
		lines = append(lines, "  Another process runs it since "+s.elsewhere.Local().Format(time.TimeOnly)+"; its result will be here.", "")
	case s.about.cannot == nil:
		lines = append(lines, key("run", "runs its recipe on "+safe.Line(listed(s.about.targets)).String()))
		if can, _ := s.mayUBI(); can {
			lines = append(lines, key("ubi", "asks UBI, too"))
		}
	case reproduce.CodeOf(s.about.cannot) == reproduce.CodeNoRecipe:
		lines = append(lines, s.lines(t.Text.Render, "  It cannot run yet: "+s.about.cannot.Error()+".", 2)...)
		lines = append(lines, "", key("recipe", "opens the recipe"))
	default:
		lines = append(lines, s.lines(t.Warn.Render, "  It cannot run: "+s.about.cannot.Error(), 3)...)
		lines = append(lines, "", key("recipe", "opens the recipe"))
	}
	return append(lines, key("decide", "decides without a run"))
}
