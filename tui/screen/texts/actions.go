package texts

import (
	"cmp"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/action"
)

func act(id, title, hint string, enabled func() (bool, string), run func() tea.Cmd, keys ...string) action.Action {
	return action.Action{ID: "texts." + id, Title: title, Keys: keys, Scope: action.Texts, Hint: hint, Enabled: enabled, Run: run}
}

// Actions implements screen.Screen.
func (s *Screen) Actions() []action.Action {
	return append(s.passing(), s.moving()...)
}

// passing are the actions that pass a text on.
func (s *Screen) passing() []action.Action {
	return []action.Action{
		act("copy", "Copy the text", "copy", s.written, s.copy, "y"),
		act("save", "Save the text to a file", "save", s.written, s.save, "s"),
		act("post", "Post the comment to the report's tracker, after a question", "post", s.mayPost, s.askToPost, "p"),
		act("open", "Open where it goes: the report, the page for a new one, or the search for one", "open", s.mayOpen, s.browse, "o"),
		act("private", "Draft a private report's text for upstream all the same, or do not", "include private", s.mayInclude, s.include, "i"),
	}
}

// moving are the actions that change what is seen.
func (s *Screen) moving() []action.Action {
	by := func(rows func() int) func() tea.Cmd {
		return func() tea.Cmd { s.pager().ScrollBy(rows()); return nil }
	}
	to := func(t func() tab) func() tea.Cmd {
		return func() tea.Cmd { s.tab = t(); return nil }
	}
	list := []action.Action{
		act("down", "Down", "", nil, by(func() int { return 1 }), "j", "down"),
		act("up", "Up", "", nil, by(func() int { return -1 }), "k", "up"),
		act("pagedown", "A page down", "", nil, by(func() int { return s.pager().Page() }), "pgdown", "ctrl+d", "ctrl+f", " "),
		act("pageup", "A page up", "", nil, by(func() int { return -s.pager().Page() }), "pgup", "ctrl+u", "ctrl+b"),
		act("top", "To the top", "", nil, func() tea.Cmd { s.pager().Top(); return nil }, "g", "home"),
		act("bottom", "To the bottom", "", nil, func() tea.Cmd { s.pager().Bottom(); return nil }, "G", "end"),
		act("nexttab", "The next tab", "", nil, to(func() tab { return (s.tab + 1) % tabs }), "]", "right", "l"),
		act("lasttab", "The tab before", "", nil, to(func() tab { return (s.tab + tabs - 1) % tabs }), "[", "left", "h"),
	}
	for t := range tabs {
		other := func() (bool, string) { return s.tab != t, "it is shown already" }
		list = append(list, act(t.id(), "Tab: "+t.title(), "", other, to(func() tab { return t }), strconv.Itoa(int(t)+1)))
	}
	return list
}

// unread is why there are no texts at all.
func (s *Screen) unread() string {
	if s.failed != nil {
		return "the report could not be read"
	}
	return "it is still being read"
}

// written tells whether there is a text, and why not.
func (s *Screen) written() (bool, string) {
	if s.known == nil {
		return false, s.unread()
	}
	return s.page().why == nil, "there is no text; its place says why"
}

// mayPost tells whether the text that is shown can be posted, and why not.
func (s *Screen) mayPost() (bool, string) {
	switch {
	case s.env.Post == nil:
		return false, "the demonstration posts nothing"
	case s.known == nil:
		return false, s.unread()
	case s.known.of.Report.ID.IsLocal():
		return false, "the report is at no tracker yet"
	case s.tab != tabComment:
		return false, "the draft is passed on by hand; " + s.key("texts.comment") + " shows the comment, which can be posted"
	}
	return s.written()
}

// mayOpen tells whether there is a page to open, and why not.
func (s *Screen) mayOpen() (bool, string) {
	switch {
	case s.known == nil:
		return false, s.unread()
	case s.tab == tabUpstream && s.page().why != nil:
		return s.written()
	case s.tab == tabComment && s.known.of.Report.ID.IsLocal():
		return false, "the report is at no tracker yet"
	}
	page, _ := s.target()
	return page != "", "no page is known for it"
}

// mayInclude tells whether a draft was left out, or made all the same, because
// the report is private.
func (s *Screen) mayInclude() (bool, string) {
	switch {
	case s.known == nil:
		return false, s.unread()
	case !s.known.of.Report.Private:
		return false, "the report is not private"
	case s.tab != tabUpstream:
		return false, "it is about the draft for upstream; " + s.key("texts.upstream") + " shows it"
	}
	return true, ""
}

// include makes the draft of a private report, or no longer.
func (s *Screen) include() tea.Cmd {
	s.private = !s.private
	return s.load()
}

// key is an action's key as people read it.
func (s *Screen) key(id string) string {
	return cmp.Or(s.env.Keys.Label(id), s.env.Keys.Label("global.palette"))
}
