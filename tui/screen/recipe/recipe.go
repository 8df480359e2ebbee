// Package recipe is the screen of a report's recipe: what it says, where it
// comes from and whether a person accepted it, beside the report that it is to
// reproduce. Here it is drafted, edited, accepted, run, and taken up again from
// its history. The rules are those of reproduce and store; nothing that others
// wrote runs before a person has read all of it here and said so.
package recipe

import (
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Screen is the recipe of a report.
type Screen struct {
	env    *screen.Env
	report string // its id
	w, h   int

	seq    int // of what was asked for; other answers are dropped
	data   data
	failed error // why there is no data

	source *widget.Pager // the recipe's text
	words  *widget.Pager // the report's
	mark   int           // its first line that the draft took, less a heading
	focus  pane
	area   area

	input     textinput.Model
	searching bool

	// One of these has the keys, if it is set.
	editing    *editing
	acceptance *acceptance
	past       *past
}

// pane is one of the two texts.
type pane int

const (
	paneRecipe pane = iota
	paneReport
)

// The scopes of the keys, beside action.Recipe, while something is edited, to
// be accepted, taken up again or searched for.
const (
	scopeEdit   action.Scope = "recipe-edit"
	scopeAccept action.Scope = "recipe-accept"
	scopePast   action.Scope = "recipe-history"
	scopeSearch action.Scope = "recipe-search"
)

// New makes the screen of a report's recipe.
func New(env *screen.Env, report string) *Screen {
	return &Screen{env: env, report: report, source: widget.NewPager(env.Theme), words: widget.NewPager(env.Theme), input: widget.Input(env.Theme, "search")}
}

// Init implements screen.Screen.
func (s *Screen) Init() tea.Cmd { return s.load() }

// Scope implements screen.Screen.
func (s *Screen) Scope() action.Scope {
	switch {
	case s.acceptance != nil:
		return scopeAccept
	case s.past != nil:
		return scopePast
	case s.editing != nil:
		return scopeEdit
	case s.searching:
		return scopeSearch
	}
	return action.Recipe
}

// Title implements screen.Screen.
func (s *Screen) Title() string {
	switch {
	case s.acceptance != nil:
		return "accept the recipe of " + s.report
	case s.past != nil:
		return "recipes of " + s.report
	}
	return "recipe of " + s.report
}

// Typing implements screen.Screen.
func (s *Screen) Typing() bool {
	scope := s.Scope()
	return scope == scopeEdit || scope == scopeSearch
}

// Resize implements screen.Screen.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.input.Width = max(1, w-16) // matches are told beside it
	s.rebuild()
	if s.acceptance != nil {
		s.acceptance.resize(w, h)
	}
	if s.past != nil {
		s.past.resize(w, h)
	}
}

// Back implements screen.Backer: it leaves what is open on the screen first.
func (s *Screen) Back() (cmd tea.Cmd, was bool) {
	switch {
	case s.acceptance != nil:
		s.acceptance = nil
	case s.past != nil:
		s.past = nil
	case s.editing != nil:
		cmd = s.stop()
	case s.searching:
		cmd = s.dropSearch()
	default:
		return nil, false
	}
	return cmd, true
}

// Update implements screen.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return s.keyed(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	case loadedMsg:
		return s.loaded(msg)
	case screen.ChangedMsg:
		return s.changed(msg)
	case checkMsg:
		return s.due(msg)
	case checkedMsg:
		return s.checked(msg)
	case savedMsg:
		return s.saved(msg)
	case draftedMsg:
		return s.drafted(msg)
	case openedMsg:
		return s.opened(msg)
	case closedMsg:
		return s.closed(msg)
	case storedMsg:
		return s.storedLong(msg)
	case surroundingsMsg:
		return s.surrounded(msg)
	case acceptedMsg:
		return s.accepted(msg)
	case pastMsg:
		return s.listed(msg)
	case takenUpMsg:
		return s.takenUp(msg)
	}
	return nil
}

// keyed takes keys that are text.
func (s *Screen) keyed(msg tea.KeyMsg) tea.Cmd {
	switch s.Scope() {
	case scopeEdit:
		return s.typed(msg)
	case scopeSearch:
		return s.searched(msg)
	}
	return nil
}

// mouse: the wheel scrolls the text that it is over.
func (s *Screen) mouse(msg tea.MouseMsg) tea.Cmd {
	by := 0
	switch msg.Button {
	case tea.MouseButtonWheelDown:
		by = 3
	case tea.MouseButtonWheelUp:
		by = -3
	}
	switch {
	case by == 0:
	case s.acceptance != nil:
		s.acceptance.pager.ScrollBy(by)
		s.acceptance.look()
	case s.past != nil:
		s.past.pager.ScrollBy(by)
	default:
		s.under(msg).ScrollBy(by)
	}
	return nil
}

// text is the pane that has the keys.
func (s *Screen) text() *widget.Pager {
	if s.focus == paneReport {
		return s.words
	}
	return s.source
}

// key is the key of an action, for texts.
func (s *Screen) key(id string) string { return s.env.Keys.Label(id) }
