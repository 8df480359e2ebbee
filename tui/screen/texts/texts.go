// Package texts is the screen of the texts that leave: the comment on a report,
// which can be posted, and the draft of the report for where the bug belongs,
// which a person files. What is in them is the business of reproduce/handoff. It
// imports no other screen but the question for a file's name.
package texts

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// tab is what is shown.
type tab int

const (
	tabComment tab = iota
	tabUpstream
	tabs // how many there are
)

// id is the word in the action's id.
func (t tab) id() string { return [...]string{"comment", "upstream"}[t] }

// title is the tab's name.
func (t tab) title() string { return [...]string{"Comment", "Upstream draft"}[t] }

// Screen shows the texts of a report.
type Screen struct {
	env    *screen.Env
	report string
	w, h   int

	tab    tab
	pagers [tabs]*widget.Pager
	// private: what a private report says may be told upstream.
	private bool

	seq    int // of the newest look-up
	busy   bool
	known  *known // nil until it was read
	failed error  // why it could not be
}

// New makes the screen of a report, by its id.
func New(env *screen.Env, report string) *Screen {
	s := &Screen{env: env, report: report}
	for t := range tabs {
		s.pagers[t] = widget.NewPager(env.Theme)
	}
	return s
}

// Init implements screen.Screen.
func (s *Screen) Init() tea.Cmd { return s.load() }

// Update implements screen.Screen: the texts are written anew when what they
// tell may have changed.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	changed := false
	switch msg := msg.(type) {
	case loadedMsg:
		return s.loaded(msg)
	case tea.MouseMsg:
		s.wheel(msg)
	case screen.DecidedMsg:
		changed = slices.ContainsFunc(msg.Decisions, func(d reproduce.Decision) bool { return d.Report == s.report })
	case screen.ChangedMsg:
		changed = slices.ContainsFunc(msg.Excerpts, func(e store.Excerpt) bool { return e.ID == s.report })
	case runs.EventsMsg:
		changed = msg.Ended && msg.Report == s.report
	}
	if changed {
		return s.load()
	}
	return nil
}

// Busy implements screen.Busier: what is typed ahead is about what comes.
func (s *Screen) Busy() bool { return s.busy }

// Resize implements screen.Screen.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.layout()
}

// Scope implements screen.Screen.
func (s *Screen) Scope() action.Scope { return action.Texts }

// Title implements screen.Screen.
func (s *Screen) Title() string { return "texts of " + s.report }

// Typing implements screen.Screen.
func (s *Screen) Typing() bool { return false }

// wheel scrolls by the mouse, where it is switched on.
func (s *Screen) wheel(msg tea.MouseMsg) {
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		s.pager().ScrollBy(-3)
	case tea.MouseButtonWheelDown:
		s.pager().ScrollBy(3)
	}
}

func (s *Screen) pager() *widget.Pager { return s.pagers[s.tab] }
