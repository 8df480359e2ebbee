// Package tui is the terminal interface: the root model, which routes, and Run.
// What there is to see is in the screens (tui/screen), what there is to do in
// the use cases of tracker, reproduce and store, the same that the command line
// calls. It imports nothing of cmd.
package tui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/guide"
	"github.com/almatriage/almatriage/tui/screen/palette"
	"github.com/almatriage/almatriage/tui/widget"
)

// The least size of a terminal that anything can be shown on.
const (
	LeastWidth  = 40
	LeastHeight = 10
)

// Root routes: a message to its screen, a key to its action. It holds no more
// than what all screens share.
type Root struct {
	env    *screen.Env
	clock  func() time.Time
	now    time.Time // when the message came that is handled
	w, h   int
	stack  []screen.Screen // the first is the Inbox; the last one has the keys
	hears  screen.Screen   // takes a message that all are told just now
	toasts []toast
	told   []toast // all that were said, for reading again
	ticks  bool    // a tick is under way

	begin *screen.GuideMsg // what is opened on top at the start, nil for nothing

	held []tea.KeyMsg // typed ahead of what the topmost screen is doing

	syncing bool
	syncs   []store.Synced
	mouse   bool
	outcome Outcome
}

// Outcome is how the program ended.
type Outcome struct {
	// Demo: the user asks for the demonstration instead.
	Demo bool
	// Left are the reports whose runs go on in a process of its own.
	Left []string
	// Guide is the number of the guide that was left in the middle, 0 for none:
	// its answers are kept.
	Guide int64
	// Crash is what went wrong inside, nil if nothing did.
	Crash error
}

// NewRoot makes the model over its first screen, which first makes. The
// environment's Now becomes the time of the message that is handled.
func NewRoot(env *screen.Env, first func(*screen.Env) screen.Screen) *Root {
	m := &Root{env: env, clock: env.Now}
	m.now = m.clock()
	env.Now = func() time.Time { return m.now }
	env.Ask, env.Covered = m.route, m.covered
	m.stack = []screen.Screen{first(env)}
	return m
}

// Outcome tells how it ended.
func (m *Root) Outcome() Outcome {
	out := m.outcome
	for _, s := range m.stack {
		if g, ok := s.(*guide.Screen); ok {
			out.Guide = g.Kept()
		}
	}
	return out
}

// Top is the screen or dialog that has the keys.
func (m *Root) Top() screen.Screen { return m.stack[len(m.stack)-1] }

// Init implements tea.Model.
func (m *Root) Init() tea.Cmd {
	cmds := []tea.Cmd{m.stack[0].Init(), m.background(), m.notices()}
	if m.begin != nil {
		cmds = append(cmds, m.route(*m.begin))
	}
	return tea.Batch(cmds...)
}

// Update implements tea.Model.
func (m *Root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.now = m.clock()
	cmd := tea.Batch(m.route(msg), m.release())
	m.forget()
	return m, tea.Batch(cmd, m.keepTicking())
}

func (m *Root) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.size(msg.Width, msg.Height)
		return m.broadcast(msg)
	case tea.KeyMsg:
		return m.keys(msg)
	case tea.MouseMsg:
		return m.Top().Update(msg)
	case screen.OpenMsg:
		return m.open(msg.Screen)
	case screen.CloseMsg:
		return m.closeAsking()
	case screen.ToastMsg:
		return m.toast(msg)
	case palette.ChosenMsg:
		return m.chosen(msg)
	case quitMsg:
		return m.leave(msg)
	case tickMsg:
		m.ticks = false
	case expireMsg:
		return nil
	case runs.EventsMsg:
		return tea.Batch(m.env.Runs.Apply(msg), m.broadcast(msg), m.ended(msg))
	case screen.ChangedMsg:
		if msg.Err == nil {
			m.syncs = msg.Syncs
		}
	case screen.SyncMsg:
		m.syncing = msg.Running
		return tea.Batch(m.broadcast(msg), m.synced(msg))
	case storedMsg:
		return tea.Batch(m.broadcast(msg.answer), m.end())
	case syncNowMsg:
		return m.sync()
	}
	if cmd, ok := m.asked(msg); ok {
		return cmd
	}
	return m.broadcast(msg)
}

// broadcast hands a message to all screens: each takes what is its own.
func (m *Root) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range m.stack {
		m.hears = s
		cmds = append(cmds, s.Update(msg))
	}
	m.hears = nil
	return tea.Batch(cmds...)
}

// size takes the size of the terminal.
func (m *Root) size(w, h int) {
	m.w, m.h = w, h
	m.layout()
}

// keys takes keys one by one: those that were typed quickly, or came late over
// a slow line, come as one message. ctrl+c waits for nothing, and nothing that
// was typed before it counts any more.
func (m *Root) keys(msg tea.KeyMsg) tea.Cmd {
	if msg.Type == tea.KeyCtrlC {
		m.held = nil
	}
	if msg.Type == tea.KeyEsc && msg.Alt && m.env.Keys.Find(m.Top().Scope(), msg.String(), true) == "" {
		msg.Alt = false // esc twice: terminals and tmux send that at once
		m.held = append(m.held, msg, msg)
		return nil
	}
	if msg.Type != tea.KeyRunes || len(msg.Runes) < 2 || msg.Paste {
		m.held = append(m.held, msg)
		return nil
	}
	for _, r := range msg.Runes {
		one := msg
		one.Runes = []rune{r}
		if r == ' ' {
			one.Type = tea.KeySpace
		}
		m.held = append(m.held, one)
	}
	return nil
}

// release handles the keys that were typed, until one has to wait.
func (m *Root) release() tea.Cmd {
	var cmds []tea.Cmd
	for len(m.held) > 0 {
		if b, ok := m.Top().(screen.Busier); ok && b.Busy() && m.held[0].String() != "ctrl+c" {
			break
		}
		msg := m.held[0]
		m.held = m.held[1:]
		cmds = append(cmds, m.key(msg))
	}
	return tea.Batch(cmds...)
}

// key finds what a key means: text, an action of the topmost screen, or one
// that all screens have.
func (m *Root) key(msg tea.KeyMsg) tea.Cmd {
	top := m.Top()
	if m.small() {
		if a, ok := m.find(action.Global, msg.String()); ok && a.ID == "global.quit" {
			return m.run(a)
		}
		return nil
	}
	typing := top.Typing()
	text := msg.Paste || typing && (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) && !msg.Alt
	if msg.Paste && !typing {
		return screen.Toast(screen.Note, "Pasted text is taken only where something is typed.")
	}
	if !text {
		if a, ok := m.find(top.Scope(), msg.String()); ok {
			return m.run(a)
		}
	}
	return top.Update(msg)
}

// find looks a key up among the actions of a scope and the global ones.
func (m *Root) find(scope action.Scope, key string) (action.Action, bool) {
	id := m.env.Keys.Find(scope, key, true)
	if id == "" {
		return action.Action{}, false
	}
	for _, a := range m.actions() {
		if a.ID == id {
			return a, true
		}
	}
	return action.Action{}, false
}

// actions are those of the topmost screen in its scope, and the global ones.
func (m *Root) actions() []action.Action {
	top := m.Top()
	var list []action.Action
	for _, a := range top.Actions() {
		if a.Scope == top.Scope() {
			list = append(list, a)
		}
	}
	return append(list, m.globals()...)
}

// run does an action, or tells why it cannot be done.
func (m *Root) run(a action.Action) tea.Cmd {
	if can, why := a.Can(); !can {
		return screen.Toast(screen.Note, a.Title+": "+why)
	}
	return a.Run()
}

// open puts a screen on top.
func (m *Root) open(s screen.Screen) tea.Cmd {
	m.stack = append(m.stack, s)
	m.layout()
	return s.Init()
}

// close closes the topmost screen; the first one stays.
func (m *Root) close() tea.Cmd {
	if len(m.stack) > 1 {
		m.stack = m.stack[:len(m.stack)-1]
		m.layout()
	}
	return nil
}

// closeAsking closes the screen that asks for it while it takes a message, which
// need not be the topmost one any more; else that one.
func (m *Root) closeAsking() tea.Cmd {
	i := slices.Index(m.stack, m.hears)
	if i <= 0 || i == len(m.stack)-1 {
		return m.close()
	}
	m.stack = slices.Concat(m.stack[:i], m.stack[i+1:]) // they are being told one by one
	m.layout()
	return nil
}

// covered tells that another full screen lies over one.
func (m *Root) covered(s screen.Screen) bool {
	over := m.stack[slices.Index(m.stack, s)+1:]
	return slices.ContainsFunc(over, func(s screen.Screen) bool {
		_, dialog := s.(screen.Dialog)
		return !dialog
	})
}

// back leaves something of the topmost screen, or the screen.
func (m *Root) back() tea.Cmd {
	if b, ok := m.Top().(screen.Backer); ok {
		if cmd, was := b.Back(); was {
			return cmd
		}
	}
	return m.close()
}

// chosen does what was picked in the palette, on the screen below it.
func (m *Root) chosen(msg palette.ChosenMsg) tea.Cmd {
	m.close()
	for _, a := range m.actions() {
		if a.ID == msg.ID {
			return m.run(a)
		}
	}
	return nil
}

// footer is the number of lines below the screens: hints and status.
const footer = 2

func (m *Root) small() bool { return m.w < LeastWidth || m.h < LeastHeight }

// layout tells all screens their sizes. Dialogs lie below the screen that they
// belong to, in full width: what they are about stays in sight, and a screen
// reader reads one after the other.
func (m *Root) layout() {
	if m.small() {
		return
	}
	left := m.h - footer
	for i := len(m.stack) - 1; i >= 0; i-- {
		d, ok := m.stack[i].(screen.Dialog)
		if !ok {
			m.stack[i].Resize(m.w, left)
			left = m.h - footer // what lies below is not seen
			continue
		}
		// One dialog at a time is seen, the topmost of its screen.
		if i < len(m.stack)-1 {
			d.Resize(m.w, 1)
			continue
		}
		h := m.dialogHeight(d)
		d.Resize(m.w, h)
		left -= h + 1
	}
}

// dialogHeight is what a dialog gets of what it wants: at least three lines of
// the screen below stay.
func (m *Root) dialogHeight(d screen.Dialog) int {
	_, h := d.Want(m.w, m.h-footer-4)
	return max(1, min(h, m.h-footer-4))
}

const tooSmall = "The window is too small: 40×10 cells are needed."

// View implements tea.Model.
func (m *Root) View() string {
	if m.w <= 0 || m.h <= 0 {
		return ""
	}
	if m.small() {
		return widget.Frame(widget.Lines(ansi.Wrap(tooSmall, m.w, "")), m.w, m.h)
	}
	var lines []string
	for i := len(m.stack) - 1; i >= 0; i-- {
		if _, dialog := m.stack[i].(screen.Dialog); !dialog {
			lines = widget.Lines(m.stack[i].View())
			break
		}
	}
	lines = m.over(lines)
	if d, ok := m.Top().(screen.Dialog); ok {
		dialog := append([]string{m.rule(d.Title())}, widget.Lines(d.View())...)
		if len(lines) == 0 { // nothing lies below it
			dialog = m.over(dialog)
		}
		lines = append(lines, dialog...)
	}
	return widget.Frame(append(lines, m.hints(), m.status()), m.w, m.h)
}
