package tui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/screen/copytext"
	"github.com/almatriage/almatriage/tui/screen/decide"
	"github.com/almatriage/almatriage/tui/screen/history"
	"github.com/almatriage/almatriage/tui/screen/recipe"
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
		return m.bench(msg.Report, msg.Run), true
	case screen.DemoMsg:
		return m.demo(), true
	case screen.RunMsg:
		return m.start(msg), true
	case bench.ReadyMsg:
		return m.ready(msg), true
	}
	return nil, false
}

// bench opens the Bench on a report, or goes back to it where it is open.
func (m *Root) bench(report, run string) tea.Cmd {
	if b, ok := m.Top().(*bench.Screen); ok && b.Watches(report) && run == "" {
		return b.Reload()
	}
	return m.open(bench.New(m.env, report, run))
}

// start has runs made ready; those that go on already are left alone.
func (m *Root) start(msg screen.RunMsg) tea.Cmd {
	var cmds []tea.Cmd
	for _, report := range msg.Reports {
		if m.env.Runs.Of(report) == nil {
			cmds = append(cmds, bench.Request(m.env, report, bench.Options{Fresh: msg.Fresh, Watch: msg.Watch}))
		} else if msg.Watch {
			cmds = append(cmds, m.bench(report, ""))
		}
	}
	return tea.Batch(cmds...)
}

// ready starts a run. What cannot be run is told; a recipe that has to be
// written or accepted first is opened, if one run was asked for.
func (m *Root) ready(msg bench.ReadyMsg) tea.Cmd {
	if msg.Err != nil {
		cmd := screen.Fail(fmt.Errorf("%s: %w", msg.Report, msg.Err))
		if code := reproduce.CodeOf(msg.Err); msg.Options.Watch && code == reproduce.CodeNoRecipe {
			return tea.Batch(m.open(recipe.New(m.env, msg.Report)), cmd)
		}
		return cmd
	}
	if m.env.Runs.Of(msg.Report) != nil { // asked for twice
		return nil
	}
	_, cmd := m.env.Runs.Start(msg.Request)
	if msg.Options.Watch {
		return tea.Batch(cmd, m.bench(msg.Report, ""))
	}
	return cmd
}
