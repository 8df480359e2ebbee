package inbox

import (
	"fmt"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
)

// Actions implements screen.Screen.
func (s *Screen) Actions() []action.Action {
	all := s.working()
	all = append(all, s.moving()...)
	all = append(all, s.selecting()...)
	all = append(all, s.ordering()...)
	return append(all, s.queueing()...)
}

// some tells whether there is a report to do something with.
func (s *Screen) some() (bool, string) { return s.at() >= 0, "no report is here" }

// listed tells whether the list is in sight.
func (s *Screen) listed() (bool, string) {
	return !s.preview.reading, "the list is not in sight; " + s.key("global.back") + " leads back to it"
}

// selectable tells whether reports can be selected: those of a list that is in
// sight.
func (s *Screen) selectable() (bool, string) {
	if can, why := s.some(); !can {
		return can, why
	}
	return s.listed()
}

// shown tells whether the report is in sight.
func (s *Screen) shown() (bool, string) {
	if can, why := s.some(); !can {
		return can, why
	}
	return s.area.prevH > 0, "the report is not in sight; " + s.key("inbox.open") + " reads it"
}

// one is a command about the report under the cursor.
func (s *Screen) one(msg func(id string) tea.Msg) func() tea.Cmd {
	return func() tea.Cmd {
		row, ok := s.row()
		if !ok {
			return nil
		}
		return s.env.Ask(msg(row.ID))
	}
}

// working are the actions on reports.
func (s *Screen) working() []action.Action {
	inbox := func(id, title, hint string, enabled func() (bool, string), run func() tea.Cmd, keys ...string) action.Action {
		return action.Action{ID: "inbox." + id, Title: title, Keys: keys, Scope: action.Inbox, Hint: hint, Enabled: enabled, Run: run}
	}
	open, hint := "Read the report on the whole screen", "read"
	if s.preview.reading {
		open, hint = "Back to the list", "list"
	}
	return []action.Action{
		inbox("open", open, hint, s.some, s.read, "enter"),
		inbox("run", "Run the recipe of the report, or of the selection", "run", s.some, func() tea.Cmd { return s.runs(false) }, "r"),
		inbox("fresh", "Run it, and take no earlier attempts", "", s.some, func() tea.Cmd { return s.runs(true) }, "R"),
		inbox("decide", "Decide on the report, or on the selection", "decide", s.some, s.decide, "d"),
		inbox("recipe", "Recipe: read, write, accept", "recipe", s.some, s.one(func(id string) tea.Msg { return screen.RecipeMsg{Report: id} }), "e"),
		inbox("bench", "Bench: the last run, or the one that goes on", "bench", s.some, s.one(func(id string) tea.Msg { return screen.BenchMsg{Report: id} }), "b"),
		inbox("guide", "Be walked through reproducing it: the guide", "", s.some, s.one(func(id string) tea.Msg { return screen.GuideMsg{Report: id} }), "w"),
		inbox("guidenew", "Be walked through a bug that nobody has reported", "", nil, func() tea.Cmd { return s.env.Ask(screen.GuideMsg{Report: screen.NewBug}) }),
		inbox("texts", "Texts to pass on: the comment, the draft for upstream", "", s.some, s.one(func(id string) tea.Msg { return screen.TextsMsg{Report: id} }), "t"),
		inbox("history", "History: decisions and runs", "", s.some, s.one(func(id string) tea.Msg { return screen.HistoryMsg{Report: id} }), "h"),
		inbox("undo", "Take the last decision back", "undo", func() (bool, string) {
			return len(s.undo.done) > 0, "nothing was decided since the start; the history of a report takes older ones back"
		}, s.undoLast, "u"),
		inbox("redo", "Decide again what was taken back", "", func() (bool, string) { return len(s.undo.undone) > 0, "nothing was taken back" }, s.redoLast, "U"),
		inbox("cancel", "Cancel the run of the report", "", s.isRunning, s.cancel, "x"),
		inbox("browse", "Open the report in the browser", "", s.some, s.browse, "o"),
		inbox("copy", "Copy: id, URL, recipe, output, text", "copy", s.some, s.one(func(id string) tea.Msg { return screen.CopyMsg{Report: id} }), "y"),
		inbox("export", "Export the selection, or the queue, to a file", "", s.some, s.export, "E"),
		inbox("demo", "See the demonstration", "demo", func() (bool, string) {
			return s.cat.Len() == 0, "there are reports to work on; the palette has it, too"
		},
			func() tea.Cmd { return s.env.Ask(screen.DemoMsg{}) }, "D"),
	}
}

// moving are the actions that only move.
func (s *Screen) moving() []action.Action {
	by := func(id, title string, n func() int, keys ...string) action.Action {
		return action.Action{ID: "inbox." + id, Title: title, Keys: keys, Scope: action.Inbox, Run: func() tea.Cmd { return s.moved(n()) }}
	}
	page := func() int {
		if s.preview.focus {
			return max(1, s.area.prevH-1)
		}
		return max(1, s.rows()-1)
	}
	const far = 1 << 30
	do := func(id, title string, enabled func() (bool, string), run func() tea.Cmd, keys ...string) action.Action {
		return action.Action{ID: "inbox." + id, Title: title, Keys: keys, Scope: action.Inbox, Enabled: enabled, Run: run}
	}
	scroll := func(n int) func() tea.Cmd {
		return func() tea.Cmd { s.preview.pager.ScrollBy(n); return nil }
	}
	return []action.Action{
		by("down", "Down", func() int { return 1 }, "j", "down"),
		by("up", "Up", func() int { return -1 }, "k", "up"),
		by("halfdown", "Half a page down", func() int { return max(1, page()/2) }, "ctrl+d"),
		by("halfup", "Half a page up", func() int { return -max(1, page()/2) }, "ctrl+u"),
		by("pagedown", "A page down", page, "pgdown", "ctrl+f"),
		by("pageup", "A page up", func() int { return -page() }, "pgup", "ctrl+b"),
		by("top", "To the top", func() int { return -far }, "g", "home"),
		by("bottom", "To the bottom", func() int { return far }, "G", "end"),
		do("focus", "Between the list and the report", s.focusable, s.switchFocus, "tab"),
		do("scrolldown", "Scroll the report down", s.shown, scroll(1), "J"),
		do("scrollup", "Scroll the report up", s.shown, scroll(-1), "K"),
		do("match", "Next place in the report that the query found", s.shown, func() tea.Cmd { return s.match(1) }, "n"),
		do("matchback", "The place before", s.shown, func() tea.Cmd { return s.match(-1) }, "N"),
		do("preview", "Show or hide the report beside the list", s.showable, s.switchPreview, "p"),
	}
}

// selecting are the actions of the selection and of the query.
func (s *Screen) selecting() []action.Action {
	do := func(scope action.Scope, id, title, hint string, run func() tea.Cmd, keys ...string) action.Action {
		return action.Action{ID: string(scope) + "." + id, Title: title, Keys: keys, Scope: scope, Hint: hint, Run: run}
	}
	choose := func(id, title, hint string, run func() tea.Cmd, key string) action.Action {
		a := do(action.Inbox, id, title, hint, run, key)
		a.Enabled = s.selectable
		return a
	}
	return []action.Action{
		do(action.Inbox, "filter", "Filter: words and keys, as in release:9 is:stale", "filter", s.startTyping, "/"),
		choose("select", "Select the report, or not", "select", s.toggle, " "),
		choose("range", "Begin or end a range of selected reports", "", s.startRange, "v"),
		choose("all", "Select all reports of the list", "", s.markAll, "ctrl+a"),
		do(action.Filter, "keep", "Keep the query and go to the list", "to the list", s.stopTyping, "enter"),
		do(action.Filter, "complete", "Complete the key or its value", "complete", s.complete, "tab"),
		do(action.Filter, "down", "Down in the list", "", func() tea.Cmd { return s.moved(1) }, "down", "ctrl+n"),
		do(action.Filter, "up", "Up in the list", "", func() tea.Cmd { return s.moved(-1) }, "up"),
	}
}

// ordering are the orders of the list.
func (s *Screen) ordering() []action.Action {
	list := []action.Action{
		{ID: "inbox.sort", Title: "Sort by the next: updated, created, id, title, verdict", Keys: []string{"S"}, Scope: action.Inbox, Run: s.nextSort},
		{ID: "inbox.reverse", Title: "Reverse the order", Keys: []string{"ctrl+s"}, Scope: action.Inbox, Run: func() tea.Cmd {
			by := s.cat.Sort()
			by.Reverse = !by.Reverse
			return s.sortBy(by)
		}},
	}
	for _, by := range sorts() {
		list = append(list, action.Action{ID: "inbox.sort-" + string(by), Title: "Sort by " + string(by), Scope: action.Inbox,
			Run: func() tea.Cmd { return s.sortBy(query.Sort{By: by}) }})
	}
	return list
}

func (s *Screen) nextSort() tea.Cmd {
	all := sorts()
	for i, by := range all {
		if by == s.cat.Sort().By {
			return s.sortBy(query.Sort{By: all[(i+1)%len(all)]})
		}
	}
	return s.sortBy(query.Sort{By: all[0]})
}

// queueing are the actions that go to a queue.
func (s *Screen) queueing() []action.Action {
	list := []action.Action{
		{ID: "inbox.nextqueue", Title: "The next queue", Keys: []string{"]", "right", "l"}, Scope: action.Inbox, Run: func() tea.Cmd { return s.queue(s.active + 1) }},
		{ID: "inbox.lastqueue", Title: "The queue before", Keys: []string{"[", "left"}, Scope: action.Inbox, Run: func() tea.Cmd { return s.queue(s.active - 1) }},
	}
	for i := range 9 {
		title := fmt.Sprintf("Go to queue %d", i+1)
		if i < len(builtin()) {
			title += ": " + builtin()[i].name
		}
		list = append(list, action.Action{ID: fmt.Sprintf("inbox.queue%d", i+1), Title: title, Keys: []string{strconv.Itoa(i + 1)}, Scope: action.Inbox,
			Enabled: func() (bool, string) {
				return i < len(s.queues), "there is no such queue; [[queue]] in the configuration adds some"
			},
			Run: func() tea.Cmd { return s.queue(i) }})
	}
	return list
}

// queue goes to a queue; after the last comes the first.
func (s *Screen) queue(i int) tea.Cmd {
	s.active = (i + len(s.queues)) % len(s.queues)
	s.toList()
	return s.setFilter(false)
}

// toList shows the list, if the report has the whole screen.
func (s *Screen) toList() {
	if s.preview.reading {
		s.preview.reading, s.preview.focus = false, false
		s.layout()
		s.move(0)
	}
}

// read shows the report on the whole screen.
func (s *Screen) read() tea.Cmd {
	s.preview.reading, s.preview.focus = !s.preview.reading, !s.preview.reading
	s.layout()
	s.move(0)
	return s.preview.want(s)
}

// showable tells whether list and report have room beside each other.
func (s *Screen) showable() (bool, string) {
	if can, why := s.selectable(); !can {
		return can, why
	}
	return s.w >= wideEnough || s.h >= highEnough, "there is no room for both; " + s.key("inbox.open") + " reads the report"
}

// focusable tells whether list and report are both in sight.
func (s *Screen) focusable() (bool, string) {
	if can, why := s.listed(); !can {
		return can, why
	}
	return s.shown()
}

// switchFocus moves the keys between the list and the report.
func (s *Screen) switchFocus() tea.Cmd {
	s.preview.focus = !s.preview.focus
	return nil
}

func (s *Screen) switchPreview() tea.Cmd {
	s.preview.hidden = !s.preview.hidden
	s.preview.focus = false
	s.layout()
	s.move(0)
	return s.preview.want(s)
}

// Back implements screen.Backer: esc leaves one thing at a time.
func (s *Screen) Back() (tea.Cmd, bool) {
	switch {
	case s.typing:
		return s.dropQuery(), true
	case s.preview.reading:
		s.toList()
		return s.preview.want(s), true
	case s.preview.focus:
		s.preview.focus = false
	case len(s.marked) > 0:
		s.clearMarks()
	case s.applied != "":
		return s.dropQuery(), true
	default:
		return nil, false
	}
	return nil, true
}

// Alone implements screen.Aloner: a report is read on the whole screen.
func (s *Screen) Alone() bool { return s.preview.reading }

// match goes through the places of the report that the query found.
func (s *Screen) match(by int) tea.Cmd {
	wanted := s.list.Filter.Wanted()
	if len(wanted) == 0 {
		return screen.Toast(screen.Note, "The query has no words to look for; "+s.key("inbox.filter")+" begins one.")
	}
	if s.preview.term != wanted[0].Value {
		s.preview.term = wanted[0].Value
		s.preview.pager.Search(s.preview.term)
		return nil
	}
	if by > 0 {
		s.preview.pager.Next()
	} else {
		s.preview.pager.Prev()
	}
	return nil
}
