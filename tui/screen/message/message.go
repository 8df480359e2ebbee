// Package message shows a text that is too long for a line: in a dialog that is
// read and closed.
package message

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Dialog shows a text.
type Dialog struct {
	env   *screen.Env
	title string
	text  safe.Text
	w, h  int
	top   int
}

// New makes the dialog; text is raw.
func New(env *screen.Env, title, text string) *Dialog {
	return &Dialog{env: env, title: title, text: safe.Block(strings.TrimRight(text, "\n"))}
}

// Init implements screen.Screen.
func (d *Dialog) Init() tea.Cmd { return nil }

// Update implements screen.Screen.
func (d *Dialog) Update(tea.Msg) tea.Cmd { return nil }

// Resize implements screen.Screen.
func (d *Dialog) Resize(w, h int) {
	d.w, d.h = w, h
	d.scroll(0)
}

// Want implements screen.Dialog.
func (d *Dialog) Want(w, _ int) (int, int) { return w, len(d.lines(w)) }

// Scope implements screen.Screen.
func (d *Dialog) Scope() action.Scope { return action.Message }

// Title implements screen.Screen.
func (d *Dialog) Title() string { return d.title }

// Typing implements screen.Screen.
func (d *Dialog) Typing() bool { return false }

func (d *Dialog) lines(w int) []string {
	return strings.Split(ansi.Wrap(d.text.String(), max(1, w), ""), "\n")
}

func (d *Dialog) scroll(by int) {
	d.top = max(0, min(d.top+by, len(d.lines(d.w))-d.h))
}

// Actions implements screen.Screen.
func (d *Dialog) Actions() []action.Action {
	by := func(n func() int) func() tea.Cmd {
		return func() tea.Cmd { d.scroll(n()); return nil }
	}
	return []action.Action{
		{ID: "message.down", Title: "Down", Keys: []string{"j", "down"}, Scope: action.Message, Hint: "down", Run: by(func() int { return 1 })},
		{ID: "message.up", Title: "Up", Keys: []string{"k", "up"}, Scope: action.Message, Hint: "up", Run: by(func() int { return -1 })},
		{ID: "message.pagedown", Title: "A page down", Keys: []string{"ctrl+d", "pgdown", " "}, Scope: action.Message, Run: by(func() int { return d.h })},
		{ID: "message.pageup", Title: "A page up", Keys: []string{"ctrl+u", "pgup"}, Scope: action.Message, Run: by(func() int { return -d.h })},
		{ID: "message.close", Title: "Close", Keys: []string{"enter"}, Scope: action.Message, Hint: "close", Run: func() tea.Cmd { return d.env.Ask(screen.CloseMsg{}) }},
	}
}

// View implements screen.Screen.
func (d *Dialog) View() string {
	lines := d.lines(d.w)
	return widget.Frame(lines[min(d.top, len(lines)):], d.w, d.h)
}
