package recipe

import (
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// past is what has the screen while all recipes that a report ever had are
// looked at, newest first, and one may be taken up again.
type past struct {
	env    *screen.Env
	report string
	person string
	w, h   int
	list   []entry
	loaded bool
	failed error
	cursor int
	top    int
	pager  *widget.Pager // the text of the one at the cursor
}

// entry is a recipe of the list. That it was accepted is asked for with each
// frame, so it is found out once.
type entry struct {
	reproduce.StoredRecipe
	accepted bool
}

// pastMsg are the recipes.
type pastMsg struct {
	report string
	list   []entry
	err    error
}

// takenUpMsg tells that an earlier recipe is the report's again.
type takenUpMsg struct {
	report   string
	accepted bool
}

func newPast(env *screen.Env, report, person string) *past {
	return &past{env: env, report: report, person: person, pager: widget.NewPager(env.Theme)}
}

// load reads the recipes.
func (p *past) load() tea.Cmd {
	env, report := p.env, p.report
	return func() tea.Msg {
		all, err := env.DB.RecipeHistory(env.Ctx, report)
		list := make([]entry, len(all))
		for i := range all {
			list[i] = entry{all[i], all[i].IsAccepted()}
		}
		return pastMsg{report, list, err}
	}
}

func (p *past) resize(w, h int) {
	p.w, p.h = w, h
	p.move(0)
}

// listed is how many rows the list has: no more than a third of the screen.
func (p *past) listed() int { return max(1, min(len(p.list), p.h/3)) }

// move moves the cursor and shows the recipe at it.
func (p *past) move(by int) {
	p.cursor = max(0, min(p.cursor+by, len(p.list)-1))
	rows := p.listed()
	p.top = max(0, min(max(min(p.top, p.cursor), p.cursor-rows+1), len(p.list)-rows))
	p.pager.Resize(p.w, max(1, p.h-rows-1))
	if p.cursor >= len(p.list) {
		p.pager.SetLines(nil)
		return
	}
	p.pager.SetLines(recipeRows(p.env.Theme, &p.list[p.cursor].Recipe, p.w))
}

// actions are what can be done with them.
func (p *past) actions() []action.Action {
	by := func(id, title, hint string, n func() int, keys ...string) action.Action {
		return action.Action{ID: "recipe." + id, Title: title, Keys: keys, Scope: scopePast, Hint: hint, Run: func() tea.Cmd {
			p.move(n())
			p.pager.Top()
			return nil
		}}
	}
	scroll := func(id, title string, n func() int, keys ...string) action.Action {
		return action.Action{ID: "recipe." + id, Title: title, Keys: keys, Scope: scopePast, Run: func() tea.Cmd { p.pager.ScrollBy(n()); return nil }}
	}
	const far = 1 << 30
	return []action.Action{
		{ID: "recipe.takeup", Title: "Take this recipe up again", Keys: []string{"enter"}, Scope: scopePast, Hint: "take it up again", Enabled: p.usable, Run: p.takeUp},
		by("later", "The one before it in the list, a later one", "up", func() int { return -1 }, "k", "up"),
		by("earlier", "The next in the list, an earlier one", "down", func() int { return 1 }, "j", "down"),
		by("latest", "The latest one", "", func() int { return -far }, "g", "home"),
		by("earliest", "The earliest one", "", func() int { return far }, "G", "end"),
		scroll("pastdown", "Scroll its text down", func() int { return 1 }, "J"),
		scroll("pastup", "Scroll its text up", func() int { return -1 }, "K"),
		scroll("pastpagedown", "Scroll its text a page down", func() int { return p.pager.Page() }, "pgdown", "ctrl+d", " "),
		scroll("pastpageup", "Scroll its text a page up", func() int { return -p.pager.Page() }, "pgup", "ctrl+u"),
	}
}

// usable tells whether the one at the cursor can be taken up.
func (p *past) usable() (bool, string) {
	if p.cursor >= len(p.list) {
		return false, "there is none"
	}
	return p.cursor > 0, "it is the report's recipe now"
}

// takeUp makes the recipe at the cursor the report's. It counts as edited, for
// nobody has just read it: it is accepted only if the same was.
func (p *past) takeUp() tea.Cmd {
	r, env, report, now := p.list[p.cursor], p.env, p.report, p.env.Now()
	origin := r.Origin
	if origin == reproduce.OriginSet {
		origin = reproduce.OriginEdited
	}
	return func() tea.Msg {
		by, err := env.Person()
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		stored, err := env.DB.SetRecipe(env.Ctx, report, r.Recipe, origin, by, now)
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		return takenUpMsg{report, stored.IsAccepted()}
	}
}

func (p *past) view() string {
	t := p.env.Theme
	switch {
	case p.failed != nil:
		return widget.Frame(widget.Paragraph(t.Error, "✗ ", clean(p.failed.Error()), p.w), p.w, p.h)
	case !p.loaded:
		return widget.Frame([]string{t.Faint.Render("Reading …")}, p.w, p.h)
	case len(p.list) == 0:
		return widget.Frame(widget.Paragraph(t.Text, "", "The report never had a recipe.", p.w), p.w, p.h)
	}
	var lines []string
	for i := p.top; i < len(p.list) && len(lines) < p.listed(); i++ {
		lines = append(lines, p.row(i))
	}
	lines = append(lines, rule(t, fmt.Sprintf("%d of %d", p.cursor+1, len(p.list)), p.pager.Position(), false, p.w))
	return widget.Frame(append(lines, p.pager.View()...), p.w, p.h)
}

// row is one recipe of the list.
func (p *past) row(i int) string {
	r := &p.list[i]
	sign := "○"
	if r.accepted {
		sign = "●"
	}
	state := ""
	switch {
	case i == 0:
		state = ", the one in force"
	case r.accepted:
		state = ", was accepted by " + name(r.AcceptedBy, p.person)
	}
	text := fmt.Sprintf("%s %s  %s%s", sign, date(r.Set), origin(&r.StoredRecipe, p.person), state)
	if i == p.cursor {
		return p.env.Theme.Cursor.Render(widget.Fit("> "+text, p.w))
	}
	return widget.Fit("  "+text, p.w)
}

// openPast shows all recipes that the report ever had.
func (s *Screen) openPast() tea.Cmd {
	s.past = newPast(s.env, s.report, s.data.person)
	s.past.resize(s.w, s.h)
	return s.past.load()
}

// listed takes in the recipes.
func (s *Screen) listed(msg pastMsg) tea.Cmd {
	p := s.past
	if p == nil || msg.report != s.report {
		return nil
	}
	if msg.err == nil && p.cursor < len(p.list) {
		// What came meanwhile stands above: the cursor stays on its recipe.
		at := &p.list[p.cursor].StoredRecipe
		p.cursor = max(0, slices.IndexFunc(msg.list, func(r entry) bool { return sameRecipe(&r.StoredRecipe, at) }))
	}
	p.list, p.failed, p.loaded = msg.list, msg.err, true
	p.move(0)
	return nil
}

// takenUp goes back to the recipe, which is another one now.
func (s *Screen) takenUp(msg takenUpMsg) tea.Cmd {
	if msg.report != s.report {
		return nil
	}
	s.past = nil
	said := "Taken up again; " + s.key("recipe.accept") + " accepts what it runs."
	if msg.accepted {
		said = "Taken up again. What it runs is the same, so it stays accepted."
	}
	return tea.Batch(s.load(), screen.Toast(screen.Done, said))
}
