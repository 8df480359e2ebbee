package tui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/screen/copytext"
	"github.com/almatriage/almatriage/tui/screen/decide"
	"github.com/almatriage/almatriage/tui/screen/guide"
	"github.com/almatriage/almatriage/tui/screen/history"
	"github.com/almatriage/almatriage/tui/screen/recipe"
	"github.com/almatriage/almatriage/tui/screen/texts"
)

// asked does what a screen asks for that is the business of another one.
func (m *Root) asked(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case screen.DecideMsg:
		return m.open(decide.New(m.env, msg.Reports)), true
	case screen.RecipeMsg:
		return m.open(recipe.New(m.env, msg.Report)), true
	case screen.HistoryMsg:
		return m.open(history.New(m.env, msg.Report)), true
	case screen.CopyMsg:
		return m.open(copytext.New(m.env, msg.Report)), true
	case screen.BenchMsg:
		return m.bench(msg), true
	case screen.DemoMsg:
		return m.demo(), true
	case screen.RunMsg:
		return m.start(msg), true
	case screen.GuideMsg:
		return m.open(guide.New(m.env, msg)), true
	case screen.GuideRunMsg:
		return m.guided(msg), true
	case screen.TextsMsg:
		return m.open(texts.New(m.env, msg.Report)), true
	case bench.ReadyMsg:
		return m.ready(msg), true
	}
	return nil, false
}

// bench opens the Bench on a report, or goes back to it where it is open.
func (m *Root) bench(msg screen.BenchMsg) tea.Cmd {
	if b, ok := m.Top().(*bench.Screen); ok && b.Watches(msg.Report) && msg.Run == "" {
		return b.Reload()
	}
	if msg.Guide {
		return m.open(bench.NewGuided(m.env, msg.Report))
	}
	return m.open(bench.New(m.env, msg.Report, msg.Run))
}

// start has runs made ready; those that go on already are left alone.
func (m *Root) start(msg screen.RunMsg) tea.Cmd {
	var cmds []tea.Cmd
	for _, report := range msg.Reports {
		if m.env.Runs.Of(report) == nil {
			cmds = append(cmds, bench.Request(m.env, report, bench.Options{Fresh: msg.Fresh, Watch: msg.Watch}))
		} else if msg.Watch {
			cmds = append(cmds, m.bench(screen.BenchMsg{Report: report}))
		}
	}
	return tea.Batch(cmds...)
}

// guided has the run of a guide made ready. One that goes on already is another
// one, and not what the person has just looked at.
func (m *Root) guided(msg screen.GuideRunMsg) tea.Cmd {
	report := msg.Request.Report
	if m.env.Runs.Of(report) != nil {
		return notRun(report, errAnother)
	}
	return bench.Ready(m.env, msg.Request, bench.Options{Watch: msg.Watch, Guide: true})
}

var errAnother = errors.New("another run of it goes on already; run it again when that is over")

// notRun tells a guide why nothing was begun.
func notRun(report string, err error) tea.Cmd {
	return func() tea.Msg { return screen.NotRunMsg{Report: report, Err: err} }
}

// ready starts a run. What cannot be run is told; a recipe that has to be
// written or accepted first is opened, if one run was asked for.
func (m *Root) ready(msg bench.ReadyMsg) tea.Cmd {
	if msg.Err != nil && msg.Options.Guide {
		return notRun(msg.Report, msg.Err)
	}
	if msg.Err != nil {
		cmd := screen.Fail(fmt.Errorf("%s: %w", msg.Report, msg.Err))
		if code := reproduce.CodeOf(msg.Err); msg.Options.Watch && code == reproduce.CodeNoRecipe {
			return tea.Batch(m.open(recipe.New(m.env, msg.Report)), cmd)
		}
		return cmd
	}
	if m.env.Runs.Of(msg.Report) != nil { // asked for twice
		if msg.Options.Guide {
			return notRun(msg.Report, errAnother)
		}
		return nil
	}
	_, cmd := m.env.Runs.Start(msg.Request)
	var notes []string // one toast: a second would hide the first
	if reach := msg.Request.Recipe.Reach(); reach != "" {
		notes = append(notes, reach)
	}
	if !msg.Elsewhere.IsZero() {
		notes = append(notes, "another process runs it, too, since "+msg.Elsewhere.Local().Format(time.TimeOnly))
	}
	if len(notes) > 0 {
		cmd = tea.Batch(cmd, screen.Toast(screen.Note, msg.Report+": "+strings.Join(notes, "; ")+"."))
	}
	if msg.Options.Watch {
		return tea.Batch(cmd, m.bench(screen.BenchMsg{Report: msg.Report, Guide: msg.Options.Guide}))
	}
	return cmd
}
