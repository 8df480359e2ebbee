package recipe

import (
	"errors"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// acceptance is what has the screen while a person reads what will be executed,
// to its end, and accepts that and nothing else.
type acceptance struct {
	env    *screen.Env
	report string
	recipe reproduce.Recipe // that is shown
	hash   string           // of what it executes
	// release is the report's, for where it will run.
	release string
	// run tells that a run was asked for: accepting goes on to it.
	run     bool
	w, h    int
	at      *surroundings // nil until they are known
	shown   disclosure
	pager   *widget.Pager
	read    bool // the end was in sight
	waiting bool // for the database
}

// errChanged tells that it is another recipe by now.
var errChanged = errors.New("the recipe was changed meanwhile: read it again")

// surroundingsMsg tells where a recipe would run.
type surroundingsMsg struct {
	report, hash string
	at           surroundings
}

// acceptedMsg tells how accepting went.
type acceptedMsg struct {
	report, hash string
	run          bool
	err          error
}

// newAcceptance shows a report's recipe.
func newAcceptance(env *screen.Env, d *data, run bool) *acceptance {
	return &acceptance{env: env, report: d.recipe.Report, recipe: d.recipe.Recipe, hash: d.hash, release: d.report.Release, run: run, pager: widget.NewPager(env.Theme)}
}

// init finds out where the recipe would run.
func (a *acceptance) init() tea.Cmd {
	env, now, release := a.env, a.env.Now(), a.release
	msg := surroundingsMsg{report: a.report, hash: a.hash}
	return func() tea.Msg {
		msg.at = surroundingsOf(env, release, now)
		return msg
	}
}

// is tells whether an answer is about what is shown.
func (a *acceptance) is(report, hash string) bool {
	return a != nil && a.report == report && a.hash == hash
}

func (a *acceptance) resize(w, h int) {
	a.w, a.h = w, h
	a.rebuild()
}

// asks is how many lines the question has.
const asks = 2

func (a *acceptance) rebuild() {
	t := a.env.Theme
	a.shown = disclose(t, &a.recipe, a.at, a.w)
	rows := a.shown.rows
	if why := a.shown.tooLong; why != nil {
		rows = append(widget.Paragraph(t.Warn, "! ", why.Error()+".", a.w), "")
		rows = append(rows, widget.Paragraph(t.Text, "", fmt.Sprintf("almatriage recipe show '%s' prints it, almatriage recipe accept '%s' accepts it.", a.report, a.report), a.w)...)
	}
	a.pager.Resize(a.w, max(1, a.h-asks))
	a.pager.SetLines(rows)
	a.look()
}

// look counts the end as read once it is in sight.
func (a *acceptance) look() {
	if a.at != nil && a.shown.tooLong == nil && a.pager.Line()+max(1, a.h-asks) >= len(a.shown.rows) {
		a.read = true
	}
}

// actions are what can be done with it.
func (a *acceptance) actions() []action.Action {
	hint := "accept"
	if a.run {
		hint = "accept and run"
	}
	list := []action.Action{
		{ID: "recipe.agree", Title: "Accept exactly what is shown", Keys: []string{"y"}, Scope: scopeAccept, Hint: hint, Enabled: a.acceptable, Run: a.accept},
	}
	list = append(list, scrolling(scopeAccept, "accept", func() *widget.Pager { return a.pager }, a.look)...)
	for i := range list {
		if list[i].ID == "recipe.acceptpagedown" && !a.read {
			list[i].Hint = "read on"
		}
	}
	return list
}

// acceptable tells whether it can be accepted, and why not.
func (a *acceptance) acceptable() (bool, string) {
	switch {
	case a.waiting:
		return false, "it is being accepted"
	case a.shown.tooLong != nil:
		return false, a.shown.tooLong.Error()
	case !a.read:
		return false, "read it to its end first (" + a.env.Keys.Label("recipe.acceptbottom") + ")"
	}
	return true, ""
}

// accept accepts what is shown.
func (a *acceptance) accept() tea.Cmd {
	a.waiting = true
	env, now := a.env, a.env.Now()
	msg := acceptedMsg{report: a.report, hash: a.hash, run: a.run}
	return func() tea.Msg {
		by, err := env.Person()
		if err == nil {
			err = env.DB.AcceptRecipe(env.Ctx, msg.report, msg.hash, by, now)
		}
		msg.err = err
		return msg
	}
}

func (a *acceptance) view() string {
	return widget.Frame(append(a.pager.View(), a.question()...), a.w, a.h)
}

// question is what is asked, below what it is about.
func (a *acceptance) question() []string {
	t := a.env.Theme
	title := "What will be executed"
	if a.shown.odd > 0 {
		title += fmt.Sprintf(", with %s to look at", widget.Count(a.shown.odd, "character"))
	}
	first := rule(t, title, a.pager.Position(), true, a.w)
	if can, why := a.acceptable(); !can {
		return []string{first, t.Warn.Render("Not yet: " + why)}
	}
	key := func(id string) string { return t.Key.Render(a.env.Keys.Label(id)) }
	what := " accepts exactly this   "
	if a.run {
		what = " accepts exactly this and runs it   "
	}
	return []string{first, key("recipe.agree") + what + key("global.back") + " leaves it"}
}

// openAcceptance shows what the recipe executes, to be accepted; run goes on to
// a run.
func (s *Screen) openAcceptance(run bool) tea.Cmd {
	s.acceptance = newAcceptance(s.env, &s.data, run)
	s.acceptance.resize(s.w, s.h)
	return s.acceptance.init()
}

// surrounded takes in where the recipe would run.
func (s *Screen) surrounded(msg surroundingsMsg) tea.Cmd {
	if s.acceptance.is(msg.report, msg.hash) {
		s.acceptance.at = &msg.at
		s.acceptance.rebuild()
	}
	return nil
}

// accepted takes in how accepting went.
func (s *Screen) accepted(msg acceptedMsg) tea.Cmd {
	if msg.report != s.report {
		return nil
	}
	here := s.acceptance.is(msg.report, msg.hash)
	conflict := store.CodeOf(msg.err) == store.CodeConflict
	switch {
	case msg.err != nil && !conflict:
		if here {
			s.acceptance.waiting = false
		}
		return screen.Fail(fmt.Errorf("it is not accepted: %w", msg.err))
	case here:
		s.acceptance = nil
	}
	if conflict {
		return tea.Batch(s.load(), screen.Fail(errChanged))
	}
	said := screen.Toast(screen.Done, "Accepted; "+s.key("recipe.run")+" runs it.")
	if msg.run && here { // who left it meanwhile wants no run any more
		said = s.start
	}
	return tea.Batch(s.load(), said)
}

// outdated leaves the acceptance when the recipe is another one by now.
func (s *Screen) outdated() tea.Cmd {
	a := s.acceptance
	if a == nil || a.waiting || s.data.hash == a.hash {
		return nil
	}
	s.acceptance = nil
	return screen.Fail(errChanged)
}

// start asks for a run.
func (s *Screen) start() tea.Msg {
	return screen.RunMsg{Reports: []string{s.report}, Watch: true}
}

// run runs the recipe; one that nobody accepted has to be first.
func (s *Screen) run() tea.Cmd {
	if !s.data.accepted {
		return s.openAcceptance(true)
	}
	return s.start
}
