package recipe

import (
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// A text up to quick is checked with each key (measured: 0.05 ms for 20 lines,
// 0.6 ms for 8 KiB), a longer one away from the keys when nothing was typed for
// a pause.
const (
	quick = 8 << 10
	pause = 150 * time.Millisecond
)

// editing is a text that is being edited in place.
type editing struct {
	editor *widget.Editor
	// base is the text as it is stored, or as it began; from is the recipe
	// that it is, nil for one that is not stored yet.
	base string
	from *reproduce.StoredRecipe
	// problems are what is wrong with the text; checks counts what was asked
	// for, so that a late answer is told.
	problems []fmf.Problem
	checks   int
	// asked tells that leaving was asked for and what is typed is not saved.
	asked bool
	// newer is what somebody else stored meanwhile; it is overwritten only
	// when saving is asked for again.
	newer  *reproduce.StoredRecipe
	saving bool
	// dir is the folder of the file that the user's own editor had, "" for
	// none; it goes when the text is stored or dropped.
	dir string
}

// dirty tells that there is something to be lost.
func (e *editing) dirty() bool { return e.editor.Text() != e.base }

// beginning is the text that is edited: the recipe, or a first one.
func (s *Screen) beginning() string {
	if s.data.recipe != nil {
		return fmf.Source(s.data.recipe.Recipe)
	}
	return s.data.begin
}

// edit begins to edit in place.
func (s *Screen) edit() tea.Cmd {
	text := s.beginning()
	return s.begin(text, text)
}

// begin edits a text in place; base is the one that is stored.
func (s *Screen) begin(text, base string) tea.Cmd {
	if err := widget.Editable(text); err != nil {
		return screen.Toast(screen.Note, "Edit: "+err.Error()+"; "+s.key("recipe.external")+" opens it in your editor.")
	}
	s.editing = &editing{editor: widget.NewEditor(s.env.Theme, text), base: base, from: s.data.recipe}
	s.focus = paneRecipe
	s.layout()
	return s.check(true)
}

// typed is a key of the text.
func (s *Screen) typed(msg tea.KeyMsg) tea.Cmd {
	e := s.editing
	s.goOn()
	before := e.editor.Text()
	err := e.editor.Key(msg)
	if err != nil {
		return screen.Toast(screen.Note, "That is not taken: "+err.Error()+".")
	}
	if e.editor.Text() == before {
		return nil
	}
	return s.check(false)
}

// goOn takes back that leaving was asked for.
func (s *Screen) goOn() {
	if s.editing.asked {
		s.editing.asked = false
		s.layout()
	}
}

// checkMsg asks for a check, when its time has come; checkedMsg is its result.
type (
	checkMsg struct {
		report string
		check  int
	}
	checkedMsg struct {
		report   string
		check    int
		problems []fmf.Problem
	}
)

// check looks for problems: at once, or soon if the text is long.
func (s *Screen) check(now bool) tea.Cmd {
	e := s.editing
	e.checks++
	text := e.editor.Text()
	if now || len(text) <= quick {
		s.found(problemsOf(text))
		return nil
	}
	return s.env.After(pause, checkMsg{s.report, e.checks})
}

// due makes a check whose time has come.
func (s *Screen) due(msg checkMsg) tea.Cmd {
	e := s.editing
	if msg.report != s.report || e == nil || msg.check != e.checks {
		return nil
	}
	text := e.editor.Text()
	return func() tea.Msg { return checkedMsg{msg.report, msg.check, problemsOf(text)} }
}

func (s *Screen) checked(msg checkedMsg) tea.Cmd {
	if e := s.editing; msg.report == s.report && e != nil && msg.check == e.checks {
		s.found(msg.problems)
	}
	return nil
}

// found shows what is wrong with the text.
func (s *Screen) found(problems []fmf.Problem) {
	e := s.editing
	e.problems = problems
	lines := make([]int, len(problems))
	for i, p := range problems {
		lines[i] = p.Line
	}
	e.editor.MarkLines(lines)
	s.layout()
}

// problemsOf are what is wrong with a recipe's text.
func problemsOf(text string) []fmf.Problem {
	_, err := fmf.Parse("recipe", []byte(text))
	var all *fmf.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &all):
		return all.Problems
	}
	return []fmf.Problem{{Message: err.Error()}}
}

// problemText is a problem as it is listed.
func problemText(p fmf.Problem) string {
	if p.Line == 0 {
		return safe.Line(p.Message).String()
	}
	return fmt.Sprintf("%d:%d  %s", p.Line, p.Column, safe.Line(p.Message))
}

// nextProblem goes to the first problem after the cursor.
func (s *Screen) nextProblem() tea.Cmd {
	e := s.editing
	s.goOn()
	line, column := e.editor.Place()
	next := e.problems[0]
	for _, p := range e.problems {
		if p.Line > line || p.Line == line && p.Column > column {
			next = p
			break
		}
	}
	e.editor.GoTo(next.Line, next.Column)
	return nil
}

// savable tells whether the text can be stored, and why not.
func (s *Screen) savable() (bool, string) {
	e := s.editing
	switch {
	case e == nil:
		return false, "nothing is edited"
	case e.saving:
		return false, "it is being saved"
	case len(e.problems) == 1:
		return false, "it has a problem, " + problemText(e.problems[0])
	case len(e.problems) > 1:
		return false, fmt.Sprintf("it has %d problems, first %s", len(e.problems), problemText(e.problems[0]))
	}
	return true, ""
}

// savedMsg tells how saving went.
type savedMsg struct {
	report  string
	editing *editing // in which it was asked for
	text    string   // what was to be saved
	stored  *reproduce.StoredRecipe
	newer   *reproduce.StoredRecipe // somebody else stored this; nothing is saved
	err     error
}

// save stores the text.
func (s *Screen) save() tea.Cmd {
	e := s.editing
	text := e.editor.Text()
	if e.from != nil && !e.dirty() {
		return tea.Batch(s.leave(), screen.Toast(screen.Note, "Nothing was changed."))
	}
	e.saving = true
	s.goOn()
	from := e.from
	if e.newer != nil {
		from = e.newer
	}
	env, report, now := s.env, s.report, s.env.Now()
	return func() tea.Msg {
		msg := savedMsg{report: report, editing: e, text: text}
		msg.stored, msg.newer, msg.err = set(env, report, text, from, now)
		return msg
	}
}

// set stores an edited text in the place of a recipe, unless that is not the
// report's any more: then that one comes back.
func set(env *screen.Env, report, text string, from *reproduce.StoredRecipe, now time.Time) (stored, newer *reproduce.StoredRecipe, err error) {
	recipe, err := fmf.Parse("recipe", []byte(text))
	if err != nil {
		return nil, nil, err
	}
	current, err := env.DB.Recipe(env.Ctx, report)
	if err != nil && store.CodeOf(err) != store.CodeNotFound {
		return nil, nil, err
	}
	if !sameRecipe(current, from) && current != nil {
		return nil, current, nil
	}
	if current != nil {
		recipe.Files = current.Recipe.Files
	}
	by, err := env.Person()
	if err != nil {
		return nil, nil, err
	}
	stored, err = env.DB.SetRecipe(env.Ctx, report, recipe, reproduce.OriginEdited, by, now)
	return stored, nil, err
}

// saved takes in how saving went. What was typed meanwhile stays; who has left
// meanwhile is told all the same.
func (s *Screen) saved(msg savedMsg) tea.Cmd {
	if msg.report != s.report {
		return nil
	}
	e := msg.editing
	e.saving = false
	switch {
	case msg.err != nil:
		return screen.Fail(fmt.Errorf("the recipe is not saved: %w", msg.err))
	case msg.newer != nil:
		e.newer = msg.newer
		s.layout()
		return screen.Toast(screen.Failed, fmt.Sprintf("Not saved: %s stored another recipe meanwhile. %s again saves yours; the other stays in the history.", msg.newer.Author, s.key("recipe.save")))
	}
	e.base, e.from, e.newer = msg.text, msg.stored, nil
	next := "Saved; " + s.key("recipe.accept") + " accepts what it runs."
	if msg.stored.IsAccepted() {
		next = "Saved. What it runs is the same, so it stays accepted."
	}
	cmds := []tea.Cmd{s.load(), screen.Toast(screen.Done, next)}
	if e == s.editing && !e.dirty() {
		cmds = append(cmds, s.leave())
	}
	return tea.Batch(cmds...)
}

// stop leaves what is edited, and asks before it drops something.
func (s *Screen) stop() tea.Cmd {
	e := s.editing
	switch {
	case e.dirty() && !e.asked:
		e.asked = true
		s.layout()
		return nil
	case e.dirty():
		return tea.Batch(s.leave(), screen.Toast(screen.Note, "What was changed is dropped."))
	}
	return s.leave()
}

// Unsaved tells that something was typed that is not stored.
func (s *Screen) Unsaved() bool { return s.editing != nil && s.editing.dirty() }

// leave ends editing; the file of the user's own editor goes.
func (s *Screen) leave() tea.Cmd {
	dir := s.editing.dir
	s.editing = nil
	s.layout()
	return remove(dir)
}
