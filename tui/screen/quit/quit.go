// Package quit is the question what becomes of the runs when the program ends.
package quit

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// AnswerMsg ends the program.
type AnswerMsg struct {
	// Leave: the runs go on in a process of its own; otherwise they are
	// cancelled and cleaned up.
	Leave bool
}

// Dialog asks.
type Dialog struct {
	env     *screen.Env
	unsaved bool
	w, h    int
}

// New makes the dialog. unsaved: something that was typed would be lost.
func New(env *screen.Env, unsaved bool) *Dialog { return &Dialog{env: env, unsaved: unsaved} }

// Init implements screen.Screen.
func (d *Dialog) Init() tea.Cmd { return nil }

// Update implements screen.Screen.
func (d *Dialog) Update(tea.Msg) tea.Cmd { return nil }

// Resize implements screen.Screen.
func (d *Dialog) Resize(w, h int) { d.w, d.h = w, h }

// Want implements screen.Dialog.
func (d *Dialog) Want(w, _ int) (int, int) { return w, len(d.lines()) }

// Scope implements screen.Screen.
func (d *Dialog) Scope() action.Scope { return action.Quit }

// Title implements screen.Screen.
func (d *Dialog) Title() string {
	if d.env != nil && len(d.env.Runs.Running()) == 0 {
		return "Quit, and lose what is typed?"
	}
	return "Quit while something runs?"
}

// Typing implements screen.Screen.
func (d *Dialog) Typing() bool { return false }

// Actions implements screen.Screen.
func (d *Dialog) Actions() []action.Action {
	answer := func(m AnswerMsg) func() tea.Cmd {
		return func() tea.Cmd { return d.env.Ask(m) }
	}
	return []action.Action{
		{ID: "quit.cancel", Title: "Quit: runs are cancelled and cleaned up, what is not stored is lost", Keys: []string{"c", "y"}, Scope: action.Quit, Hint: "cancel and quit", Run: answer(AnswerMsg{})},
		{ID: "quit.leave", Title: "Leave the runs to a process of its own and quit", Keys: []string{"l"}, Scope: action.Quit, Hint: "leave running",
			Run: answer(AnswerMsg{Leave: true}), Enabled: d.canLeave},
	}
}

// canLeave tells whether there are runs, and a way for them to go on.
func (d *Dialog) canLeave() (bool, string) {
	if len(d.env.Runs.Running()) == 0 {
		return false, "nothing runs"
	}
	return d.env.Detach != nil, "runs cannot be left here"
}

func (d *Dialog) lines() []string {
	var lines []string
	key := func(id string) string { return d.env.Theme.Key.Render(d.env.Keys.Label(id)) }
	if d.unsaved {
		lines = append(lines, "A recipe or an answer is being written, and what is typed is not stored yet.")
	}
	var names []string
	for _, job := range d.env.Runs.Running() {
		names = append(names, job.Report)
	}
	if len(names) > 0 {
		on, left := "go", "let them go on in the background; their results are here next time"
		if len(names) == 1 {
			on, left = "goes", "let it go on in the background; its result is here next time"
		}
		lines = append(lines, fmt.Sprintf("%s %s on: %s", widget.Count(len(names), "run"), on, safe.Line(strings.Join(names, ", "))), "",
			key("quit.cancel")+"  cancel and clean up, then quit; finished attempts are kept",
			key("quit.leave")+"  quit, and "+left)
	} else {
		lines = append(lines, "", key("quit.cancel")+"  quit all the same")
	}
	return append(lines, key("global.back")+"  stay")
}

// View implements screen.Screen.
func (d *Dialog) View() string { return widget.Frame(d.lines(), d.w, d.h) }
