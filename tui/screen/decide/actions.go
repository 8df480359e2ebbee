package decide

import (
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
)

// choice is a verdict as it is offered.
type choice struct {
	verdict       reproduce.Verdict
	key           string
	hint, meaning string
}

// choices are the verdicts of reproduce.Decidable, in its order.
func choices() []choice {
	return []choice{
		{reproduce.StreamReproducible, "s", "Stream", "on Stream too"},
		{reproduce.AlmaOnly, "a", "Alma", "AlmaLinux's own to fix"},
		{reproduce.FixedInStream, "f", "fixed", "a backport"},
		{reproduce.StreamOnly, "o", "", "AlmaLinux lacks it"},
		{reproduce.NotReproducible, "n", "not seen", "on neither side"},
		{reproduce.NeedsVM, "v", "", "no container shows it"},
		{reproduce.IntendedDifference, "i", "", "meant so"},
		{reproduce.NotABug, "b", "", "works as it should"},
		{reproduce.Duplicate, "u", "", "reported before"},
		{reproduce.NeedsInfo, "x", "", "reporter must tell more"},
	}
}

func (c choice) id() string { return "decide." + string(c.verdict) }

func (c choice) title() string { return string(c.verdict) + ": " + c.meaning }

const beingSaved = "the decision is being saved"

// Actions implements screen.Screen.
func (d *Dialog) Actions() []action.Action {
	free := func() (bool, string) { return !d.saving, beingSaved }
	write := func(f field) func() tea.Cmd { return func() tea.Cmd { return d.write(f) } }
	by := func(n func() int) func() tea.Cmd {
		return func() tea.Cmd { d.scroll(n()); return nil }
	}
	all := []action.Action{{ID: "decide.accept", Title: "Accept the suggestion", Keys: []string{"enter"}, Scope: action.Decide, Hint: "accept",
		Enabled: d.canAccept, Run: d.accept}}
	for _, c := range choices() {
		all = append(all, action.Action{ID: c.id(), Title: c.title(), Keys: []string{c.key}, Scope: action.Decide, Hint: c.hint, Enabled: free,
			Run: func() tea.Cmd { return d.decide(d.reports, c.verdict) }})
	}
	return append(all,
		action.Action{ID: "decide.note", Title: "note: why, for those who read it", Keys: []string{"m"}, Scope: action.Decide, Hint: "note", Enabled: free, Run: write(noteField)},
		action.Action{ID: "decide.patch", Title: "patch: a link to the fix", Keys: []string{"p"}, Scope: action.Decide, Hint: "patch", Enabled: free, Run: write(patchField)},
		action.Action{ID: "decide.down", Title: "Scroll down", Keys: []string{"j", "down"}, Scope: action.Decide, Run: by(func() int { return 1 })},
		action.Action{ID: "decide.up", Title: "Scroll up", Keys: []string{"k", "up"}, Scope: action.Decide, Run: by(func() int { return -1 })},
		action.Action{ID: "decide.pagedown", Title: "Scroll a page down", Keys: []string{"pgdown", "ctrl+d"}, Scope: action.Decide, Run: by(d.page)},
		action.Action{ID: "decide.pageup", Title: "Scroll a page up", Keys: []string{"pgup", "ctrl+u"}, Scope: action.Decide, Run: by(func() int { return -d.page() })},
		action.Action{ID: "decide.text.take", Title: "Take what is typed", Keys: []string{"enter"}, Scope: typingScope, Hint: "take it",
			Run: func() tea.Cmd { d.typing = noField; return nil }},
		action.Action{ID: "decide.text.other", Title: "The other line: note or patch link", Keys: []string{"tab", "shift+tab"}, Scope: typingScope, Hint: "the other line",
			Run: func() tea.Cmd { return d.write(noteField + patchField - d.typing) }},
	)
}

// canAccept tells whether there is something to accept, and why not.
func (d *Dialog) canAccept() (bool, string) {
	switch {
	case d.saving:
		return false, beingSaved
	case d.unknown != nil:
		return false, "it is not known"
	case !d.loaded:
		return false, "it is still being looked up"
	case len(d.facts.with) > 0:
		return true, ""
	case !d.single():
		return false, "none of the reports has one"
	case len(d.facts.missing) > 0:
		return false, "the report is not stored"
	case d.facts.rows[0].Suggested == reproduce.Inconclusive:
		return false, "it is inconclusive"
	}
	return false, "there is no run that suggests anything"
}

// accept decides as suggested: for one report as it is shown, for several each
// as its own suggestion is when it is saved.
func (d *Dialog) accept() tea.Cmd {
	if d.single() {
		return d.decide(d.reports, d.facts.rows[0].Suggested)
	}
	return d.decide(d.facts.with, "")
}

// failedMsg tells why a decision was not saved.
type failedMsg struct {
	dialog *Dialog
	err    error
}

// decide saves a decision on reports; no verdict is each one's suggestion.
func (d *Dialog) decide(reports []string, verdict reproduce.Verdict) tea.Cmd {
	m := store.Mark{Reports: reports, Verdict: verdict, Note: strings.TrimSpace(d.note.Value()), At: d.env.Now()}
	d.failed, d.top = nil, 0
	if link := strings.TrimSpace(d.patch.Value()); link != "" {
		var ok bool
		if m.PatchURL, ok = safe.URL(link); !ok {
			d.failed = fmt.Errorf("the patch link is not an http or https address; %s changes it", d.label("decide.patch"))
			return nil
		}
	}
	d.saving = true
	return func() tea.Msg {
		decisions, err := d.save(m)
		if err != nil {
			return failedMsg{d, err}
		}
		return screen.DecidedMsg{Decisions: decisions}
	}
}

// save reads of the dialog only what never changes: it runs beside Update.
func (d *Dialog) save(m store.Mark) (decisions []reproduce.Decision, err error) {
	if m.By, err = d.env.Person(); err != nil {
		return nil, err
	}
	if decisions, err = d.env.DB.Mark(d.env.Ctx, m); err == nil && len(decisions) == 0 {
		err = errors.New("the suggestions are gone meanwhile; look at the reports again")
	}
	return decisions, err
}
