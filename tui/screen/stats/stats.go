// Package stats is the screen that tells how far the triage is: what is decided
// and by whom, where the undecided reports are, and what was done a day. It
// imports no other screen.
package stats

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// usual is the range that the screen begins with, in days.
const usual = 30

// Screen shows the statistics. Private reports are left out until they are
// asked for: what is on a screen is soon in a picture of it.
type Screen struct {
	env   *screen.Env
	w, h  int
	pager *widget.Pager // over all lines
	all   int           // the number of these

	asked  store.StatsOptions // what is shown, or is being counted
	seq    int                // of the newest count
	busy   bool
	stats  store.Stats
	of     store.StatsOptions // what stats are about
	loaded bool
	at     time.Time // when they came
	err    error
}

// New makes the screen.
func New(env *screen.Env) *Screen {
	return &Screen{env: env, pager: widget.NewPager(env.Theme), asked: store.StatsOptions{Days: usual}}
}

// Init implements screen.Screen.
func (s *Screen) Init() tea.Cmd { return s.load() }

// countedMsg are statistics.
type countedMsg struct {
	screen *Screen
	seq    int
	of     store.StatsOptions
	stats  store.Stats
	err    error
}

// load counts what is asked for.
func (s *Screen) load() tea.Cmd {
	s.seq++
	s.busy = true
	s.lay()
	m := countedMsg{screen: s, seq: s.seq, of: s.asked}
	return func() tea.Msg {
		m.stats, m.err = s.env.DB.Stats(s.env.Ctx, m.of)
		return m
	}
}

// ask counts something else.
func (s *Screen) ask(o store.StatsOptions) tea.Cmd {
	s.asked = o
	return s.load()
}

// Update implements screen.Screen: it is counted again when something has
// ended that changes much. For all else there is a key.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case countedMsg:
		if msg.screen == s && msg.seq == s.seq {
			s.take(msg)
		}
	case screen.DecidedMsg:
		return s.load()
	case screen.SyncMsg:
		if !msg.Running {
			return s.load()
		}
	case runs.EventsMsg:
		if msg.Ended {
			return s.load()
		}
	}
	return nil
}

// take shows what was counted. What was shown stays when that failed.
func (s *Screen) take(msg countedMsg) {
	s.busy, s.err = false, msg.err
	if msg.err == nil {
		s.stats, s.of, s.loaded, s.at = msg.stats, msg.of, true, s.env.Now()
	}
	s.lay()
}

// Resize implements screen.Screen.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.lay()
}

// Scope implements screen.Screen.
func (s *Screen) Scope() action.Scope { return action.Stats }

// Title implements screen.Screen.
func (s *Screen) Title() string { return "Statistics" }

// Typing implements screen.Screen.
func (s *Screen) Typing() bool { return false }

// Actions implements screen.Screen.
func (s *Screen) Actions() []action.Action {
	days := func(n int) func() tea.Cmd {
		return func() tea.Cmd { return s.ask(store.StatsOptions{Private: s.asked.Private, Days: n}) }
	}
	scroll := func(by func()) func() tea.Cmd {
		return func() tea.Cmd { by(); return nil }
	}
	do := func(id, title, hint string, run func() tea.Cmd, keys ...string) action.Action {
		return action.Action{ID: "stats." + id, Title: title, Keys: keys, Scope: action.Stats, Hint: hint, Run: run}
	}
	return []action.Action{
		do("week", "The last 7 days", "week", days(7), "7"),
		do("month", "The last 30 days", "month", days(30), "3"),
		do("quarter", "The last 90 days", "quarter", days(90), "9"),
		do("private", "Count private reports, or leave them out", "private", func() tea.Cmd {
			return s.ask(store.StatsOptions{Private: !s.asked.Private, Days: s.asked.Days})
		}, "p"),
		do("reload", "Count again", "count again", s.load, "r"),
		do("down", "Scroll down", "", scroll(func() { s.pager.ScrollBy(1) }), "j", "down"),
		do("up", "Scroll up", "", scroll(func() { s.pager.ScrollBy(-1) }), "k", "up"),
		do("pagedown", "Scroll a page down", "", scroll(func() { s.pager.ScrollBy(s.pager.Page()) }), "pgdown", "ctrl+d", " "),
		do("pageup", "Scroll a page up", "", scroll(func() { s.pager.ScrollBy(-s.pager.Page()) }), "pgup", "ctrl+u"),
		do("top", "To the top", "", scroll(func() { s.pager.Top() }), "g", "home"),
		do("bottom", "To the bottom", "", scroll(func() { s.pager.Bottom() }), "G", "end"),
	}
}
