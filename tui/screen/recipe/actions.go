package recipe

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Actions implements screen.Screen.
func (s *Screen) Actions() []action.Action {
	all := s.working()
	all = append(all, s.reading()...)
	all = append(all, s.writing()...)
	// Those of what is not open are there for the keymap and the help only.
	a, p := s.acceptance, s.past
	if a == nil {
		a = &acceptance{}
	}
	if p == nil {
		p = &past{}
	}
	return append(append(all, a.actions()...), p.actions()...)
}

// present tells whether the report was read.
func (s *Screen) present() (bool, string) { return s.data.report != nil, "the report is not read yet" }

// some tells whether there is a recipe.
func (s *Screen) some() (bool, string) { return s.data.recipe != nil, "there is no recipe yet" }

// unaccepted tells whether there is a recipe that nobody accepted.
func (s *Screen) unaccepted() (bool, string) {
	if can, why := s.some(); !can {
		return can, why
	}
	return !s.data.accepted, "it is accepted already"
}

// working are the actions on the recipe. Those that come next are first: so
// they are in the footer.
func (s *Screen) working() []action.Action {
	do := func(id, title, hint string, enabled func() (bool, string), run func() tea.Cmd, keys ...string) action.Action {
		return action.Action{ID: "recipe." + id, Title: title, Keys: keys, Scope: action.Recipe, Hint: hint, Enabled: enabled, Run: run}
	}
	draft := do("draft", "Draft it anew from the report's own words", "draft", s.draftable, s.draft, "D")
	list := []action.Action{
		do("accept", "Read what it executes, and accept that", "accept", s.unaccepted, func() tea.Cmd { return s.openAcceptance(false) }, "a"),
		do("edit", "Edit it here", "edit", s.present, s.edit, "e"),
		do("run", "Run it; one that is not accepted has to be first", "run", s.some, s.run, "r"),
		do("external", "Edit it in your own editor", "$EDITOR", s.present, s.external, "E"),
		do("history", "All recipes that the report ever had", "history", s.some, s.openPast, "h"),
		do("copy", "Copy the recipe", "copy", s.some, s.copy, "y"),
	}
	if s.data.recipe == nil {
		return slices.Insert(list, 1, draft)
	}
	return append(list, draft)
}

// reading are the actions that move in the texts.
func (s *Screen) reading() []action.Action {
	do := func(scope action.Scope, id, title, hint string, run func() tea.Cmd, keys ...string) action.Action {
		return action.Action{ID: "recipe." + id, Title: title, Keys: keys, Scope: scope, Hint: hint, Run: run}
	}
	list := []action.Action{do(action.Recipe, "pane", "Between the recipe and the report", "other pane", s.switchPane, "tab")}
	list = append(list, scrolling(action.Recipe, "", s.text, func() {})...)
	return append(list,
		do(action.Recipe, "search", "Search in the text", "search", s.startSearch, "/"),
		do(action.Recipe, "match", "Next place that was found", "", func() tea.Cmd { return found(s.text().Next()) }, "n"),
		do(action.Recipe, "matchback", "The place before", "", func() tea.Cmd { return found(s.text().Prev()) }, "N"),
		do(scopeSearch, "found", "Go to what is found", "go there", s.keepSearch, "enter"),
	)
}

// writing are the actions while the recipe is edited; all other keys are text.
func (s *Screen) writing() []action.Action {
	return []action.Action{
		{ID: "recipe.save", Title: "Save", Keys: []string{"ctrl+s"}, Scope: scopeEdit, Hint: "save", Enabled: s.savable, Run: s.save},
		{ID: "recipe.problem", Title: "Go to the next problem", Keys: []string{"ctrl+g"}, Scope: scopeEdit, Hint: "next problem", Run: s.nextProblem,
			Enabled: func() (bool, string) { return s.editing != nil && len(s.editing.problems) > 0, "it has no problem" }},
		{ID: "recipe.takeout", Title: "Go on in your own editor", Keys: []string{"ctrl+o"}, Scope: scopeEdit, Hint: "$EDITOR", Run: s.external},
	}
}

// scrolling are the actions that scroll a text; their ids begin alike, and
// then is called after each.
func scrolling(scope action.Scope, id string, text func() *widget.Pager, then func()) []action.Action {
	do := func(name, title string, scroll func(*widget.Pager), keys ...string) action.Action {
		return action.Action{ID: "recipe." + id + name, Title: title, Keys: keys, Scope: scope, Run: func() tea.Cmd {
			scroll(text())
			then()
			return nil
		}}
	}
	half := func(p *widget.Pager) int { return max(1, p.Page()/2) }
	return []action.Action{
		do("down", "Down", func(p *widget.Pager) { p.ScrollBy(1) }, "j", "down"),
		do("up", "Up", func(p *widget.Pager) { p.ScrollBy(-1) }, "k", "up"),
		do("halfdown", "Half a page down", func(p *widget.Pager) { p.ScrollBy(half(p)) }, "ctrl+d"),
		do("halfup", "Half a page up", func(p *widget.Pager) { p.ScrollBy(-half(p)) }, "ctrl+u"),
		do("pagedown", "A page down", func(p *widget.Pager) { p.ScrollBy(p.Page()) }, "pgdown", "ctrl+f", " "),
		do("pageup", "A page up", func(p *widget.Pager) { p.ScrollBy(-p.Page()) }, "pgup", "ctrl+b"),
		do("top", "To the top", (*widget.Pager).Top, "g", "home"),
		do("bottom", "To the end", (*widget.Pager).Bottom, "G", "end"),
	}
}

// found says so if nothing is.
func found(is bool) tea.Cmd {
	if is {
		return nil
	}
	return screen.Toast(screen.Note, "Nothing is found.")
}

// switchPane gives the keys to the other text.
func (s *Screen) switchPane() tea.Cmd {
	s.focus = paneRecipe + paneReport - s.focus
	s.layout()
	return nil
}

// The search in the text that has the keys.

func (s *Screen) startSearch() tea.Cmd {
	s.searching = true
	s.input.SetValue("")
	s.layout()
	return nil
}

// searched is a key of what is searched for.
func (s *Screen) searched(msg tea.KeyMsg) tea.Cmd {
	var cmd tea.Cmd
	s.input, cmd = s.input.Update(msg)
	if value := s.input.Value(); safe.Line(value).String() != value { // pasted
		s.input.SetValue(safe.Line(value).String())
	}
	s.text().Search(s.input.Value())
	return cmd
}

func (s *Screen) keepSearch() tea.Cmd {
	s.searching = false
	s.layout()
	return nil
}

func (s *Screen) dropSearch() tea.Cmd {
	s.text().Search("")
	return s.keepSearch()
}

// under is the text that the mouse is over.
func (s *Screen) under(msg tea.MouseMsg) *widget.Pager {
	a := s.area
	if a.single {
		return s.text()
	}
	if a.beside && msg.X > a.recipe.w || !a.beside && msg.Y > a.head+a.recipe.h {
		return s.words
	}
	return s.source
}
