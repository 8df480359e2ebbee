// Package prompt asks for a line of text.
package prompt

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Dialog asks.
type Dialog struct {
	env   *screen.Env
	title string
	then  func(string) tea.Cmd
	input textinput.Model
	w, h  int
}

// New makes the dialog. then gets what was typed, once; esc gives nothing.
func New(env *screen.Env, title, value string, then func(string) tea.Cmd) *Dialog {
	input := widget.Input(env.Theme, "")
	input.SetValue(value)
	input.CursorEnd()
	return &Dialog{env: env, title: title, then: then, input: input}
}

// Init implements screen.Screen.
func (d *Dialog) Init() tea.Cmd { return nil }

// Update implements screen.Screen.
func (d *Dialog) Update(msg tea.Msg) tea.Cmd {
	if key, ok := msg.(tea.KeyMsg); ok {
		return widget.Type(&d.input, key)
	}
	return nil
}

// Resize implements screen.Screen.
func (d *Dialog) Resize(w, h int) {
	d.w, d.h = w, h
	widget.Widen(&d.input, w-4)
}

// Want implements screen.Dialog.
func (d *Dialog) Want(w, _ int) (int, int) { return w, 1 }

// Scope implements screen.Screen.
func (d *Dialog) Scope() action.Scope { return action.Prompt }

// Title implements screen.Screen.
func (d *Dialog) Title() string { return d.title }

// Typing implements screen.Screen.
func (d *Dialog) Typing() bool { return true }

// Actions implements screen.Screen.
func (d *Dialog) Actions() []action.Action {
	return []action.Action{{ID: "prompt.done", Title: "Take what is typed", Keys: []string{"enter"}, Scope: action.Prompt, Hint: "take it",
		Enabled: func() (bool, string) { return strings.TrimSpace(d.input.Value()) != "", "nothing is typed" },
		Run: func() tea.Cmd {
			return tea.Batch(d.env.Ask(screen.CloseMsg{}), d.then(strings.TrimSpace(d.input.Value())))
		}}}
}

// View implements screen.Screen.
func (d *Dialog) View() string { return widget.Frame([]string{"> " + d.input.View()}, d.w, d.h) }
