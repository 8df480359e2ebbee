package bench

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
)

// act is an action of the Bench.
func act(id, title, hint string, enabled func() (bool, string), run func() tea.Cmd, keys ...string) action.Action {
	return action.Action{ID: "bench." + id, Title: title, Keys: keys, Scope: action.Bench, Hint: hint, Enabled: enabled, Run: run}
}

// Actions implements screen.Screen. While a question waits for its answer, y
// and n answer it; what only moves is had then, too.
func (s *Screen) Actions() []action.Action {
	all := append(s.answering(), s.cancelling())
	all = append(all, s.working()...)
	all = append(all, s.matching()...)
	moving := append(s.scrolling(), s.showing()...)
	all = append(all, s.searching())
	all = append(all, moving...)
	for _, a := range append(moving, s.cancelling(), s.searching()) {
		a.Scope, a.Hint = Answer, ""
		all = append(all, a)
	}
	return all
}

// answering are the answers to reproduced-when: ask.
func (s *Screen) answering() []action.Action {
	say := func(id, title, key string, seen, unsure bool) action.Action {
		a := act(id, title, id, s.mayAnswer, func() tea.Cmd { return s.answer(seen, unsure) }, key)
		a.Scope = Answer
		return a
	}
	return []action.Action{
		say("yes", "Answer: the bug is there", "y", true, false),
		say("no", "Answer: the bug is not there", "n", false, false),
		say("unsure", "Answer: it cannot be told", "u", false, true),
	}
}

func (s *Screen) cancelling() action.Action {
	return act("cancel", "Cancel the run, or the shell that is being prepared", "cancel", s.mayCancel, s.cancel, "x")
}

// working are the actions on the run and the report.
func (s *Screen) working() []action.Action {
	again := func(o Options) func() tea.Cmd {
		return func() tea.Cmd { return s.again(o) }
	}
	return []action.Action{
		act("pause", "Pause the output, or follow it again", "pause", s.mayPause, s.pause, " "),
		act("decide", "Decide on the report", "decide", nil, func() tea.Cmd { return s.env.Ask(screen.DecideMsg{Reports: []string{s.report}}) }, "d"),
		act("run", "Run the recipe, or run it again", "run", s.mayRun, again(Options{}), "r"),
		act("fresh", "Run it, and take no earlier attempts", "fresh", s.mayFresh, again(Options{Fresh: true}), "R"),
		act("more", "Run it with more attempts a side: 5, 10, 20, 40 …", "more", s.mayMore, func() tea.Cmd { return s.again(Options{Repeat: s.more()}) }, "+"),
		act("ubi", "Ask UBI as a third opinion in the next run, or do not", "", s.mayUBI, s.switchUBI, "w"),
		act("recipe", "Recipe: read, write, accept", "recipe", nil, func() tea.Cmd { return s.env.Ask(screen.RecipeMsg{Report: s.report}) }, "e"),
		act("texts", "Texts to pass on: the comment, the draft for upstream", "texts", nil, func() tea.Cmd { return s.env.Ask(screen.TextsMsg{Report: s.report}) }, "t"),
		act("shell", "A shell in the focused side, as attempts see it", "shell", s.mayShell, s.openShell, "!"),
		act("copy", "Copy the focused side's output, or the text of the tab", "copy", s.hasPane, s.copy, "y"),
		act("command", "Copy the command line that does the same", "", nil, s.copyCommand, "c"),
	}
}

func (s *Screen) searching() action.Action {
	return act("search", "Find a text in the output", "find", s.hasPane, s.startSearch, "/")
}

// matching are the actions of a search that was begun.
func (s *Screen) matching() []action.Action {
	accept := act("accept", "Go to what was typed; when the run of a guide is over, go on with the guide", "find it", s.mayAccept, s.accept, "enter")
	if !s.typing {
		accept.Hint = "guide"
	}
	return []action.Action{
		accept,
		act("match", "The next match", "", s.mayFind, func() tea.Cmd { return s.find(1) }, "n"),
		act("matchback", "The match before", "", s.mayFind, func() tea.Cmd { return s.find(-1) }, "N"),
	}
}

// scrolling are the actions that move in what is shown.
func (s *Screen) scrolling() []action.Action {
	by := func(rows func() int) func() tea.Cmd {
		return func() tea.Cmd { s.scroll(rows()); return nil }
	}
	page := func() int { return s.pane().Page() }
	return []action.Action{
		act("down", "Down", "", s.hasPane, by(func() int { return 1 }), "j", "down"),
		act("up", "Up", "", s.hasPane, by(func() int { return -1 }), "k", "up"),
		act("pagedown", "A page down", "", s.hasPane, by(page), "pgdown", "ctrl+d", "ctrl+f"),
		act("pageup", "A page up", "", s.hasPane, by(func() int { return -page() }), "pgup", "ctrl+u", "ctrl+b"),
		act("top", "To the oldest line", "", s.hasPane, s.toTop, "g", "home"),
		act("bottom", "To the newest line", "", s.hasPane, s.toEnd, "G", "end"),
	}
}

// showing are the actions that change what is shown.
func (s *Screen) showing() []action.Action {
	list := []action.Action{
		act("focus", "The keys to the next side", "side", s.mayFocus, func() tea.Cmd { return s.turn(1) }, "tab"),
		act("focusback", "The keys to the side before", "", s.mayFocus, func() tea.Cmd { return s.turn(-1) }, "shift+tab"),
		act("full", "The focused side alone on the screen, or all", "zoom", s.mayFocus, s.zoom, "z"),
		act("together", "Scroll the sides together, or apart", "", s.mayFocus, s.scrollTogether, "s"),
		act("nexttab", "The next tab", "", nil, func() tea.Cmd { return s.open(s.tab + 1) }, "]", "right", "l"),
		act("lasttab", "The tab before", "", nil, func() tea.Cmd { return s.open(s.tab - 1) }, "[", "left", "h"),
	}
	for t := range tabs {
		other := func() (bool, string) { return s.tab != t, "it is shown already" }
		list = append(list, act(t.id(), "Tab: "+t.title(), "", other, func() tea.Cmd { return s.open(t) }, strconv.Itoa(int(t)+1)))
	}
	return list
}
