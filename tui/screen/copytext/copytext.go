// Package copytext is the menu of what can be copied of a report. What is
// copied is read from the data and not from the screen: without borders, whole
// lines.
package copytext

import (
	"context"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Dialog is the menu.
type Dialog struct {
	env    *screen.Env
	report string
	w, h   int
}

// New makes the menu of a report.
func New(env *screen.Env, report string) *Dialog { return &Dialog{env: env, report: report} }

// Init implements screen.Screen.
func (d *Dialog) Init() tea.Cmd { return nil }

// Update implements screen.Screen.
func (d *Dialog) Update(tea.Msg) tea.Cmd { return nil }

// Resize implements screen.Screen.
func (d *Dialog) Resize(w, h int) { d.w, d.h = w, h }

// Want implements screen.Dialog.
func (d *Dialog) Want(w, _ int) (int, int) { return w, len(d.Actions()) }

// Scope implements screen.Screen.
func (d *Dialog) Scope() action.Scope { return action.Copy }

// Title implements screen.Screen.
func (d *Dialog) Title() string { return "Copy of " + d.report }

// Typing implements screen.Screen.
func (d *Dialog) Typing() bool { return false }

// Actions implements screen.Screen.
func (d *Dialog) Actions() []action.Action {
	item := func(key, id, title string, read func(context.Context, tracker.ID) (string, error)) action.Action {
		return action.Action{ID: "copy." + id, Title: title, Keys: []string{key}, Scope: action.Copy, Hint: id,
			Run: func() tea.Cmd { return tea.Batch(d.env.Ask(screen.CloseMsg{}), d.copy(title, read)) }}
	}
	return []action.Action{
		item("i", "id", "The id", func(_ context.Context, id tracker.ID) (string, error) { return id.String(), nil }),
		item("u", "url", "The address", d.url),
		item("r", "recipe", "The recipe", d.recipe),
		item("o", "output", "The output of the last run", d.output),
		item("t", "text", "The report's text", d.text),
	}
}

// copy reads a text and puts it on the clipboard.
func (d *Dialog) copy(title string, read func(context.Context, tracker.ID) (string, error)) tea.Cmd {
	return func() tea.Msg {
		id, err := tracker.ParseID(d.report)
		var text, how string
		if err == nil {
			text, err = read(d.env.Ctx, id)
		}
		if err == nil && text == "" {
			err = fmt.Errorf("%s of %s is empty", strings.ToLower(title), d.report)
		}
		if err == nil {
			how, err = d.env.Copy(d.env.Ctx, text)
		}
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		return screen.ToastMsg{Level: screen.Done, Text: title + " of " + d.report + " is copied " + how + "."}
	}
}

func (d *Dialog) url(ctx context.Context, id tracker.ID) (string, error) {
	row, _, err := d.env.DB.Row(ctx, id)
	return safe.Line(row.URL).String(), err
}

func (d *Dialog) recipe(ctx context.Context, id tracker.ID) (string, error) {
	s, err := d.env.DB.Recipe(ctx, id.String())
	if err != nil {
		return "", err
	}
	return fmf.Source(s.Recipe), nil
}

func (d *Dialog) text(ctx context.Context, id tracker.ID) (string, error) {
	r, err := d.env.DB.Report(ctx, id)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, text := range []string{r.Title, r.Body, r.Steps, r.Additional} {
		if text = strings.TrimSpace(safe.Block(text).String()); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n\n") + "\n", nil
}

// output is what the last attempt of each side printed.
func (d *Dialog) output(ctx context.Context, id tracker.ID) (string, error) {
	run, err := d.env.DB.LastRun(ctx, id.String())
	if err != nil || run == nil {
		return "", err
	}
	var b strings.Builder
	for _, side := range run.Sides {
		if len(side.Attempts) == 0 || side.Role == reproduce.RoleControl {
			continue
		}
		log, err := d.env.DB.AttemptLog(ctx, side.Attempts[len(side.Attempts)-1].ID)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "== %s\n", safe.Line(side.Target.Title()))
		for _, line := range log.Lines {
			b.WriteString(safe.Block(line.Text).String() + "\n")
		}
	}
	return b.String(), nil
}

// View implements screen.Screen.
func (d *Dialog) View() string {
	var lines []string
	for _, a := range d.Actions() {
		lines = append(lines, d.env.Theme.Key.Render(widget.Fit(d.env.Keys.Label(a.ID), 4))+a.Title)
	}
	return widget.Frame(lines, d.w, d.h)
}
