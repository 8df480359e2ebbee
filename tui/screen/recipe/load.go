package recipe

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/draft"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
)

// loadedMsg is what is stored of a report and its recipe.
type loadedMsg struct {
	report string // whose
	seq    int    // of what was asked for; earlier answers are dropped
	data   data
	err    error
}

// data is what the screen is about.
type data struct {
	report *tracker.Report
	recipe *reproduce.StoredRecipe // nil: none
	// hash is of what it executes; accepted tells whether that was accepted.
	// Both are asked for with each frame, and a recipe may have large files.
	hash     string
	accepted bool
	// draft is what the report's own words give, noDraft why they give none.
	draft   draft.Draft
	noDraft error
	begin   string // what is edited where there is no recipe
	// other tells that the recipe's file is not what it executes: it came so
	// from elsewhere.
	other  bool
	person string // who sits here, "" if that is not known
}

// isDraft tells that the recipe is what the report's words give, unchanged.
func (d *data) isDraft() bool {
	return d.recipe != nil && d.noDraft == nil && d.recipe.Origin == reproduce.OriginDraft && d.recipe.Recipe.Source == d.draft.Source
}

// taken are the lines of the report to be marked: those that the draft was made
// of, or would be.
func (d *data) taken() []draft.Span {
	if d.noDraft == nil && (d.recipe == nil || d.isDraft()) {
		return d.draft.Taken
	}
	return nil
}

// load reads the report and its recipe, and makes the draft.
func (s *Screen) load() tea.Cmd {
	s.seq++
	env, id, seq := s.env, s.report, s.seq
	return func() tea.Msg {
		d, err := read(env, id)
		return loadedMsg{report: id, seq: seq, data: d, err: err}
	}
}

func read(env *screen.Env, text string) (d data, err error) {
	id, err := tracker.ParseID(text)
	if err != nil {
		return d, err
	}
	if d.report, err = env.DB.Report(env.Ctx, id); err != nil {
		return d, err
	}
	d.recipe, err = env.DB.Recipe(env.Ctx, text)
	if err != nil && store.CodeOf(err) != store.CodeNotFound {
		return d, err
	}
	if d.recipe != nil {
		d.hash, d.accepted, d.other = d.recipe.Recipe.Hash(), d.recipe.IsAccepted(), !isItsFile(d.recipe.Recipe)
	}
	d.draft, d.noDraft = draft.From(*d.report)
	d.begin = draft.Begin(*d.report)
	// Without a name one can read; who changes something is asked for it then.
	d.person, _ = env.Person()
	return d, nil
}

// isItsFile tells whether a recipe executes what its file says.
func isItsFile(r reproduce.Recipe) bool {
	if r.Source == "" {
		return true // the file is made of it
	}
	parsed, err := fmf.Parse("recipe", []byte(r.Source))
	parsed.Files = r.Files
	return err == nil && parsed.Hash() == r.Hash()
}

// loaded shows what was read, unless something newer was asked for.
func (s *Screen) loaded(msg loadedMsg) tea.Cmd {
	if msg.report != s.report || msg.seq != s.seq {
		return nil
	}
	if msg.err != nil {
		s.failed = msg.err
		return screen.Fail(fmt.Errorf("the recipe of %s could not be read: %w", s.report, msg.err))
	}
	first := s.data.report == nil
	s.data, s.failed = msg.data, nil
	s.rebuild()
	if first {
		s.source.Top()
		s.words.To(s.mark)
	}
	return s.outdated()
}

// changed reads again what somebody changed.
func (s *Screen) changed(msg screen.ChangedMsg) tea.Cmd {
	for i := range msg.Excerpts {
		if msg.Excerpts[i].ID == s.report {
			cmds := []tea.Cmd{s.load()}
			if s.past != nil {
				cmds = append(cmds, s.past.load())
			}
			return tea.Batch(cmds...)
		}
	}
	return nil
}

// sameRecipe tells that two are the same entry of the history.
func sameRecipe(a, b *reproduce.StoredRecipe) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Set.Equal(b.Set) && a.Origin == b.Origin && a.Author == b.Author && a.Recipe.Source == b.Recipe.Source && a.Recipe.Hash() == b.Recipe.Hash()
}
