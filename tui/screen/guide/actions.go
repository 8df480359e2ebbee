package guide

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
)

// Actions implements screen.Screen, scope by scope. One that is had in several is
// the same in all of them.
func (s *Screen) Actions() []action.Action {
	all := s.answering()
	all = append(all, s.running()...)
	all = append(all, s.ending()...)
	all = append(all, s.reading()...)
	scopes := []action.Scope{action.Guide, scopeText, scopeEdit, scopeRun, scopeDone}
	slices.SortStableFunc(all, func(a, b action.Action) int { return slices.Index(scopes, a.Scope) - slices.Index(scopes, b.Scope) })
	return all
}

func act(scope action.Scope, id, title, hint string, enabled func() (bool, string), run func() tea.Cmd, keys ...string) action.Action {
	return action.Action{ID: "guide." + id, Title: title, Keys: keys, Scope: scope, Hint: hint, Enabled: enabled, Run: run}
}

// had is an action in several scopes.
func had(a action.Action, scopes ...action.Scope) []action.Action {
	var list []action.Action
	for _, scope := range scopes {
		a.Scope = scope
		list = append(list, a)
	}
	return list
}

// answering are the actions that take an answer.
func (s *Screen) answering() []action.Action {
	take := act("", "take", "Take the answer: what is chosen or typed, else the one that is offered", "take", s.asks, s.take, "enter")
	help := act("", "help", "More about the question, or less", "more", s.helps, s.switchHelp, "f1")
	all := had(take, action.Guide, scopeText)
	all = append(all, act(scopeEdit, "answer", "Take the text", "take", nil, s.take, "ctrl+s"))
	all = append(all, had(help, action.Guide, scopeText, scopeEdit)...)
	for i := range 9 {
		all = append(all, act(action.Guide, fmt.Sprintf("take%d", i+1), fmt.Sprintf("Take answer %d", i+1), "", func() (bool, string) {
			return i < len(s.ask.Choices), "there is no such answer"
		}, func() tea.Cmd {
			s.chosen = i
			s.layout()
			return s.take()
		}, strconv.Itoa(i+1)))
	}
	return all
}

// running are those while both sides are run.
func (s *Screen) running() []action.Action {
	return []action.Action{
		act(scopeRun, "again", "Run both sides, or again", "run", func() (bool, string) { return !s.goes(), "it goes on" }, s.again, "enter"),
		act(scopeRun, "cancel", "Cancel the run", "cancel", s.mayCancel, s.cancel, "x"),
	}
}

// ending are those when it is known what it means.
func (s *Screen) ending() []action.Action {
	bench := act("", "bench", "The Bench: both sides beside each other", "bench", nil, func() tea.Cmd {
		return s.env.Ask(screen.BenchMsg{Report: s.report(), Guide: true})
	}, "b")
	return append([]action.Action{
		act(scopeDone, "texts", "The texts to send", "texts", nil, func() tea.Cmd { return s.env.Ask(screen.TextsMsg{Report: s.report()}) }, "t"),
		act(scopeDone, "decide", "Decide on the report", "decide", nil, func() tea.Cmd {
			return s.env.Ask(screen.DecideMsg{Reports: []string{s.report()}})
		}, "d"),
	}, had(bench, scopeRun, scopeDone)...)
}

// reading are those that move, and copy.
func (s *Screen) reading() []action.Action {
	by := func(n func() int) func() tea.Cmd {
		return func() tea.Cmd {
			s.scroll(n())
			return nil
		}
	}
	move := func(n int) func() tea.Cmd {
		return func() tea.Cmd {
			s.move(n)
			return nil
		}
	}
	page := func() int { return s.pager.Page() }
	back := func() int { return -s.pager.Page() }
	least := []action.Scope{action.Guide, scopeText, scopeRun, scopeDone}
	all := had(act("", "down", "Down: to the next answer, or in the text", "", s.moves, move(1), "j", "down"), least...)
	all = append(all, had(act("", "up", "Up", "", s.moves, move(-1), "k", "up"), least...)...)
	all = append(all, had(act("", "pagedown", "A page down in what stands above the question", "", s.scrolls, by(page), "pgdown"), least...)...)
	all = append(all, had(act("", "pageup", "A page up", "", s.scrolls, by(back), "pgup"), least...)...)
	all = append(all,
		act(scopeEdit, "notesdown", "A page down in what stands above the question", "", s.scrolls, by(page), "shift+down", "f4"),
		act(scopeEdit, "notesup", "A page up", "", s.scrolls, by(back), "shift+up", "f3"))
	copying := act("", "copy", "Copy the commands for a virtual machine", "copy", func() (bool, string) {
		return len(s.commands()) > 0, "there are none"
	}, s.copy, "y", "ctrl+y")
	return append(all, had(copying, append(least, scopeEdit)...)...)
}

// asks tells whether there is something to answer.
func (s *Screen) asks() (bool, string) { return s.began || s.left != nil, "nothing is asked" }

func (s *Screen) helps() (bool, string) { return s.ask.Help != "", "there is no more" }

func (s *Screen) switchHelp() tea.Cmd {
	if s.helping() {
		s.help = helpHidden
	} else {
		s.help = helpShown
	}
	s.pager.Top()
	s.layout()
	return nil
}

func (s *Screen) mayCancel() (bool, string) { return s.goes(), "nothing goes on" }

func (s *Screen) cancel() tea.Cmd {
	if job := s.env.Runs.Of(s.report()); job != nil {
		job.Cancel()
	}
	return nil
}

// scrolls tells whether there is more above the question than is in sight.
func (s *Screen) scrolls() (bool, string) { return s.rows > s.area.top, "all of it is in sight" }

// moves tells whether there is something to go to.
func (s *Screen) moves() (bool, string) {
	if s.began && len(s.ask.Choices) > 0 || s.left != nil {
		return true, ""
	}
	return s.scrolls()
}

// move goes to another of the choices; where there are none it scrolls.
func (s *Screen) move(by int) {
	n := len(s.ask.Choices)
	if n == 0 {
		s.scroll(by)
		return
	}
	s.chosen = max(0, min(s.chosen+by, n-1))
	s.wrong = ""
	s.layout()
}

func (s *Screen) scroll(by int) {
	s.pager.ScrollBy(by)
	s.see()
	if s.wrong != "" {
		s.wrong = ""
		s.layout()
	}
}

// see notes that all was seen that is to be known before answering.
func (s *Screen) see() {
	s.read = s.read || s.area.top > 0 && s.pager.Line()+s.area.top >= s.rows
}

// key is an action's key as people read it.
func (s *Screen) key(id string) string {
	return cmp.Or(s.env.Keys.Label(id), s.env.Keys.Label("global.palette"))
}
