package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/message"
	"github.com/almatriage/almatriage/tui/screen/palette"
	"github.com/almatriage/almatriage/tui/screen/quit"
	"github.com/almatriage/almatriage/tui/screen/stats"
)

// globals are the actions that every screen has. What they can is told of the
// screen that is on top now, also when a list of them lies over it later.
func (m *Root) globals() []action.Action {
	var top screen.Screen
	if len(m.stack) > 0 {
		top = m.Top()
	}
	_, dialog := top.(screen.Dialog)
	_, list := top.(*palette.Dialog)
	_, read := top.(*message.Dialog)
	_, counted := top.(*stats.Screen)
	leave := leaving(top, len(m.stack))
	unless := func(is bool, why string) func() (bool, string) {
		return func() (bool, string) { return !is, why }
	}
	return []action.Action{
		{ID: "global.help", Title: "Help: all actions of this screen", Keys: []string{"?"}, Scope: action.Global, Hint: "help", Enabled: unless(list, "this is it"),
			Run: func() tea.Cmd { return m.open(palette.Help(m.env, m.actions())) }},
		{ID: "global.palette", Title: "Find an action", Keys: []string{":", "ctrl+p"}, Scope: action.Global, Enabled: unless(list, "this is where"),
			Run: func() tea.Cmd { return m.open(palette.Find(m.env, m.actions())) }},
		{ID: "global.back", Title: "Back", Keys: []string{"esc"}, Scope: action.Global, Run: m.back},
		{ID: "global.sync", Title: "Sync with the trackers now", Keys: []string{"ctrl+r"}, Scope: action.Global, Run: m.sync, Enabled: m.maySync},
		{ID: "global.stats", Title: "Statistics", Keys: []string{"#"}, Scope: action.Global, Enabled: func() (bool, string) {
			if counted {
				return false, "these are they"
			}
			return !dialog, "close the dialog first"
		}, Run: func() tea.Cmd { return m.open(stats.New(m.env)) }},
		{ID: "global.messages", Title: "Read the last messages again", Keys: []string{"~"}, Scope: action.Global, Enabled: unless(list || read, "close this first"), Run: m.messages},
		{ID: "global.redraw", Title: "Redraw the screen", Keys: []string{"ctrl+l"}, Scope: action.Global, Run: func() tea.Cmd { return tea.ClearScreen }},
		{ID: "global.mouse", Title: "Switch the mouse on or off", Keys: []string{"ctrl+t"}, Scope: action.Global, Run: m.switchMouse},
		{ID: "global.suspend", Title: "Suspend (fg brings it back)", Keys: []string{"ctrl+z"}, Scope: action.Global, Run: func() tea.Cmd { return tea.Suspend }},
		{ID: "global.demo", Title: "Leave for the demonstration: invented reports, recorded runs", Scope: action.Global,
			Enabled: func() (bool, string) { return !m.env.Recorded, "this is the demonstration" }, Run: m.demo},
		{ID: "global.close", Title: leave, Keys: []string{"q"}, Scope: action.Global, Hint: strings.ToLower(leave), Run: m.leaveTop},
		{ID: "global.quit", Title: "Quit at once", Keys: []string{"ctrl+c"}, Scope: action.Global, Run: m.quit},
	}
}

// leaving says what q does on a screen: quit on the first one, go back from what
// lies over it, and leave at once what esc goes back in step by step.
func leaving(top screen.Screen, depth int) string {
	switch _, steps := top.(screen.Leaver); {
	case top == nil: // all screens are meant
		return "Back; quit on the first screen"
	case depth <= 1 && alone(top):
		return "Back"
	case depth <= 1:
		return "Quit"
	case steps:
		return "Leave"
	}
	return "Back"
}

func alone(s screen.Screen) bool {
	a, ok := s.(screen.Aloner)
	return ok && a.Alone()
}

// leaveTop is q.
func (m *Root) leaveTop() tea.Cmd {
	if len(m.stack) <= 1 && !alone(m.Top()) {
		return m.quit()
	}
	if l, ok := m.Top().(screen.Leaver); ok {
		return l.Leave()
	}
	return m.back()
}

func (m *Root) maySync() (bool, string) {
	if m.env.Sync == nil {
		return false, "there is nothing to sync with here"
	}
	return !m.syncing, "it goes on already"
}

// quitMsg is the answer to what becomes of the runs.
type quitMsg = quit.AnswerMsg

// demo leaves for the demonstration. Who stays after all, and quits later, has
// not asked for it any more.
func (m *Root) demo() tea.Cmd {
	m.outcome.Demo = true
	return m.end()
}

// quit ends the program; while something runs, or something typed is not
// stored, it asks what becomes of that.
func (m *Root) quit() tea.Cmd {
	m.outcome.Demo = false
	return m.end()
}

// storedMsg tells a screen what came of storing what was typed there, when the
// program is to end.
type storedMsg struct{ answer tea.Msg }

// end is quit, with what was typed stored before where that is possible.
func (m *Root) end() tea.Cmd {
	for _, s := range m.stack {
		if typed, ok := s.(screen.Storer); ok && typed.Unsaved() {
			if store := typed.Store(); store != nil {
				return func() tea.Msg { return storedMsg{store()} }
			}
		}
	}
	unsaved := slices.ContainsFunc(m.stack, func(s screen.Screen) bool {
		u, ok := s.(screen.Unsaver)
		return ok && u.Unsaved()
	})
	if len(m.env.Runs.Running()) == 0 && !unsaved {
		return tea.Quit
	}
	if _, asked := m.Top().(*quit.Dialog); asked { // asked for twice: cancel
		return tea.Quit
	}
	return m.open(quit.New(m.env, unsaved))
}

// leave carries out what becomes of the runs.
func (m *Root) leave(msg quitMsg) tea.Cmd {
	if !msg.Leave {
		return tea.Quit
	}
	for _, job := range m.env.Runs.Running() {
		m.outcome.Left = append(m.outcome.Left, job.Report)
	}
	return tea.Quit
}

// messages shows what was said, newest first.
func (m *Root) messages() tea.Cmd {
	m.toasts = nil // it is read here now
	var b strings.Builder
	for i := len(m.told) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "%s  %s\n", m.told[i].at.Local().Format(time.TimeOnly), m.told[i].text)
	}
	if len(m.told) == 0 {
		b.WriteString("Nothing was said yet.\n")
	}
	if m.env.LogFile != "" {
		fmt.Fprintf(&b, "\nThe log is %s\n", m.env.LogFile)
	}
	return m.open(message.New(m.env, "Messages", b.String()))
}

func (m *Root) switchMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return tea.Batch(tea.EnableMouseCellMotion, screen.Toast(screen.Note, "The mouse is on: the terminal's own selection needs shift now."))
	}
	return tea.Batch(tea.DisableMouse, screen.Toast(screen.Note, "The mouse is off."))
}

// tickMsg makes what turns turn.
type tickMsg struct{}

// keepTicking draws the screen again from time to time while something goes
// on, and not when nothing does.
func (m *Root) keepTicking() tea.Cmd {
	if m.ticks || !m.syncing && len(m.env.Runs.Running()) == 0 {
		return nil
	}
	m.ticks = true
	return m.env.After(200*time.Millisecond, tickMsg{})
}

// syncNowMsg asks for a sync, when its time has come.
type syncNowMsg struct{}

// background begins what goes on by itself.
func (m *Root) background() tea.Cmd {
	var cmds []tea.Cmd
	if m.env.Recover != nil {
		cmds = append(cmds, func() tea.Msg {
			if err := m.env.Recover(m.env.Ctx); err != nil {
				return screen.ToastMsg{Level: screen.Note, Text: "Recipes cannot run here yet: " + err.Error() + "\nAll else works. almatriage doctor tells more."}
			}
			return nil
		})
	}
	if m.env.Sync != nil {
		cmds = append(cmds, func() tea.Msg { return syncNowMsg{} })
	}
	return tea.Batch(cmds...)
}

// sync pulls from all trackers in the background.
func (m *Root) sync() tea.Cmd {
	if m.syncing || m.env.Sync == nil {
		return nil
	}
	m.syncing = true
	return tea.Batch(m.broadcast(screen.SyncMsg{Running: true}), func() tea.Msg {
		results, err := m.env.Sync(m.env.Ctx)
		return screen.SyncMsg{Results: results, Err: err}
	})
}

// synced tells how a sync went, if there is something to tell, and asks for
// the next one.
func (m *Root) synced(msg screen.SyncMsg) tea.Cmd {
	if msg.Running {
		return nil
	}
	var cmds []tea.Cmd
	if m.env.SyncEvery > 0 {
		cmds = append(cmds, m.env.After(m.env.SyncEvery, syncNowMsg{}))
	}
	var counts tracker.Counts
	var failed []error
	for _, r := range msg.Results {
		counts.Add(r.Counts)
		if r.Err != nil {
			failed = append(failed, r.Err) // which names its tracker
		}
	}
	switch err := errors.Join(append(failed, msg.Err)...); {
	case m.env.Ctx.Err() != nil:
	case err != nil:
		cmds = append(cmds, screen.Fail(err))
	case counts.New+counts.Updated > 0:
		cmds = append(cmds, screen.Toast(screen.Done, fmt.Sprintf("Synced: %d new, %d updated.", counts.New, counts.Updated)))
	}
	return tea.Batch(cmds...)
}

// ended tells how a run ended, or that it asks, unless its screen is seen.
func (m *Root) ended(msg runs.EventsMsg) tea.Cmd {
	if watcher, ok := m.Top().(interface{ Watches(report string) bool }); ok && watcher.Watches(msg.Report) {
		return nil
	}
	switch {
	case msg.Ask != nil:
		return screen.Toast(screen.Note, msg.Report+" asks whether the bug is there: "+m.keyOf("inbox.bench")+" on it opens the question.")
	case !msg.Ended:
		return nil
	case reproduce.CodeOf(msg.Err) == reproduce.CodeInterrupted, errors.Is(msg.Err, context.Canceled):
		return screen.Toast(screen.Note, msg.Report+": cancelled; its finished attempts are kept.")
	case msg.Err != nil:
		return screen.Fail(fmt.Errorf("%s: %w", msg.Report, msg.Err))
	}
	verdict := string(msg.Run.Suggestion.Verdict)
	if verdict == "" {
		verdict = "done, without a suggestion"
	}
	return screen.Toast(screen.Done, fmt.Sprintf("%s: %s", msg.Report, verdict))
}
