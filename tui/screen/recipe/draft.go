package recipe

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tui/screen"
)

// draftedMsg tells how drafting went.
type draftedMsg struct {
	report string
	kept   bool // there was a recipe, which is in the history now
	err    error
}

// draftable tells whether the report's words give a draft, and why not.
func (s *Screen) draftable() (bool, string) {
	switch {
	case s.data.report == nil:
		return false, "the report is not read yet"
	case s.data.noDraft != nil:
		return false, "no command was found in the report"
	case s.data.isDraft():
		return false, "the draft is here already"
	}
	return true, ""
}

// draft makes the draft the report's recipe.
func (s *Screen) draft() tea.Cmd {
	env, report, source, now := s.env, s.report, s.data.draft.Source, s.env.Now()
	kept := s.data.recipe != nil
	return func() tea.Msg {
		recipe, err := fmf.Parse("the draft", []byte(source))
		if err != nil {
			return draftedMsg{report: report, err: err}
		}
		by, err := env.Person()
		if err == nil {
			_, err = env.DB.SetRecipe(env.Ctx, report, recipe, reproduce.OriginDraft, by, now)
		}
		return draftedMsg{report, kept, err}
	}
}

// drafted shows the draft.
func (s *Screen) drafted(msg draftedMsg) tea.Cmd {
	if msg.report != s.report {
		return nil
	}
	if msg.err != nil {
		return screen.Fail(fmt.Errorf("the draft is not stored: %w", msg.err))
	}
	said := "Drafted: read it; " + s.key("recipe.accept") + " accepts what it runs."
	if msg.kept {
		said += " The recipe before it is in the history (" + s.key("recipe.history") + ")."
	}
	return tea.Batch(s.load(), screen.Toast(screen.Done, said))
}

// copy puts the recipe on the clipboard.
func (s *Screen) copy() tea.Cmd {
	env, report, text := s.env, s.report, fmf.Source(s.data.recipe.Recipe)
	return func() tea.Msg {
		how, err := env.Copy(env.Ctx, text)
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		return screen.ToastMsg{Level: screen.Done, Text: "The recipe of " + report + " is copied " + how + "."}
	}
}
