// Package guide is the guide as a screen: it puts the questions of
// reproduce/guide, takes the answers, has both sides run, and shows what that
// means. What is asked, in which order, and what an answer means is decided
// there; everything is stored with each answer and soon after each key, so that
// a guide that was left or killed goes on where it was.
package guide

import (
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Screen is a guide.
type Screen struct {
	env  *screen.Env
	from screen.GuideMsg
	w, h int

	left    []guide.Guide // that were left and can be gone on with, while that is asked
	began   bool
	session guide.Session
	ask     guide.Ask // the question at hand
	warned  []string  // what must be known before going on; raw
	failed  error     // why it did not begin

	work  work
	wrong string // why the last answer was not taken; raw

	typing typing
	chosen int // of the choices, -1 for none

	run run
	end conclusion

	help  help
	pager *widget.Pager // what must be known before answering
	rows  int           // of it
	read  bool          // all of it was seen
	area  area
}

// help tells whether more is told of the question.
type help int

const (
	helpIfRoom help = iota
	helpShown
	helpHidden
)

// The scopes of the keys, beside action.Guide, where one chooses.
const (
	scopeText action.Scope = "guide-text" // a line is typed
	scopeEdit action.Scope = "guide-edit" // several lines are
	scopeRun  action.Scope = "guide-run"
	scopeDone action.Scope = "guide-done"
)

// New makes the screen of a guide.
func New(env *screen.Env, from screen.GuideMsg) *Screen {
	return &Screen{env: env, from: from, chosen: -1, pager: widget.NewPager(env.Theme), typing: typing{input: widget.Input(env.Theme, "")}}
}

// Init implements screen.Screen.
func (s *Screen) Init() tea.Cmd { return s.open() }

// at is the question at hand, "" before there is one.
func (s *Screen) at() guide.Question {
	if !s.began {
		return ""
	}
	return s.ask.Question
}

// report is the one that it is about, "" while that is not known.
func (s *Screen) report() string { return s.session.Guide().Report }

// Scope implements screen.Screen.
func (s *Screen) Scope() action.Scope {
	switch at := s.at(); {
	case at == "":
		return action.Guide
	case at == guide.Run:
		return scopeRun
	case at == guide.Done:
		return scopeDone
	case s.ask.Kind == guide.Line:
		return scopeText
	case s.ask.Kind == guide.Lines:
		return scopeEdit
	}
	return action.Guide
}

// Title implements screen.Screen.
func (s *Screen) Title() string {
	if s.began && s.report() != "" {
		return "guide " + s.report()
	}
	return "guide"
}

// Typing implements screen.Screen.
func (s *Screen) Typing() bool {
	scope := s.Scope()
	return scope == scopeText || scope == scopeEdit
}

// Busy implements screen.Busier: what is typed ahead of a question is its answer.
func (s *Screen) Busy() bool {
	running := s.run.starting && !s.goes() || s.run.short && s.goes()
	return s.work.taking || s.work.next != nil || running || !s.began && s.left == nil && s.failed == nil
}

// Watches tells that the run of a report is told of here.
func (s *Screen) Watches(report string) bool { return s.goes() && s.report() == report }

// Update implements screen.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return s.typed(msg)
	case tea.MouseMsg:
		s.wheel(msg)
	case openedMsg:
		return s.opened(msg)
	case steppedMsg:
		return s.stepped(msg)
	case keepMsg:
		return s.due(msg)
	case keptMsg:
		return s.kept(msg)
	case runs.EventsMsg:
		return s.happened(msg)
	case screen.NotRunMsg:
		return s.notRun(msg)
	case screen.ChangedMsg:
		return s.changed(msg)
	}
	return nil
}

// Back implements screen.Backer: the question before; at the first one the guide
// is left.
func (s *Screen) Back() (tea.Cmd, bool) {
	switch {
	case !s.began, s.at() == guide.Done:
		return nil, false
	case s.at() == guide.Bug:
		return s.leave(), true
	}
	typed, dirty := s.typing.text(), s.Unsaved()
	return s.do(func(session guide.Session, now time.Time) (out step) {
		if dirty {
			if session, out.err = session.Type(s.env.Ctx, typed, now); out.err != nil {
				return out
			}
		}
		out.session, out.err = session.Back(s.env.Ctx, now)
		return out
	}), true
}

// Leave implements screen.Leaver.
func (s *Screen) Leave() tea.Cmd {
	if !s.began || s.at() == guide.Done {
		return s.env.Ask(screen.CloseMsg{})
	}
	return s.leave()
}

// Resize implements screen.Screen.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.layout()
}

// wheel scrolls by the mouse, where it is switched on.
func (s *Screen) wheel(msg tea.MouseMsg) {
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		s.scroll(-3)
	case tea.MouseButtonWheelDown:
		s.scroll(3)
	}
}

// typing is what is typed at a question.
type typing struct {
	input  textinput.Model
	editor *widget.Editor // of several lines, nil for one
	// begin is the text that the editor began with, stored what the guide has,
	// failed what could not be stored.
	begin, stored, failed string
	// whole: the default is too long for the editor, and taken as it is.
	whole bool
	keys  int // counts the changes
}
