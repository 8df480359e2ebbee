package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
)

// verdict is what was decided, and what the program suggests.
func (w *writer) verdict() {
	w.section("Verdict")
	r := w.in.Row
	if r.Verdict == "" {
		w.field("Decided", w.styled(w.faint, "not yet"))
	} else {
		decided := w.styled(w.bold, string(r.Verdict))
		decided.Add(w.plain, safe.Line(", by "+r.DecidedBy+", "+w.when(r.DecidedAt)))
		w.field("Decided", decided)
		var note flow.Text
		note.Add(w.plain, safe.Block(strings.TrimSpace(r.Note)))
		w.field("Note", &note)
		w.field("Patch", w.url(r.PatchURL))
		if r.Stale {
			w.field("Stale", w.styled(w.warn, r.StaleWhy))
		}
	}
	if r.Disputed {
		w.field("Disputed", w.styled(w.warn, "two people decided differently"))
	}
	w.suggestion()
}

func (w *writer) suggestion() {
	verdict, flaky := w.in.Row.Suggested, w.in.Row.Flaky
	if run := w.in.Run; run != nil {
		verdict, flaky = run.Suggestion.Verdict, run.Suggestion.Flaky
	}
	switch {
	case verdict == "" && w.in.Run == nil && w.in.Row.LastRun.IsZero():
		w.field("Suggested", w.styled(w.faint, "nothing; it was never run"))
		return
	case verdict == "":
		w.field("Suggested", w.styled(w.faint, "nothing"))
		return
	}
	suggested := w.styled(w.bold, string(verdict))
	if flaky {
		suggested.Add(w.warn, safe.Line(", flaky: it does not show in every attempt"))
	}
	w.field("Suggested", suggested)
}

// evidence is what the newest run found.
func (w *writer) evidence() {
	run := w.in.Run
	if run == nil {
		return
	}
	w.section("Evidence")
	who := ""
	if run.Imported {
		who = "imported, of " + run.Author
	}
	w.say("Run", joined(", ", w.when(run.Started), who))
	for _, r := range run.Results() {
		if r.Side.Role != reproduce.RoleControl { // part of the reasons
			w.side(run, r)
		}
	}
	for _, reason := range run.Suggestion.Reasons {
		w.item(w.plain, reason)
	}
	if command := run.Suggestion.Command; len(command) > 0 {
		w.item(w.plain, "The command that can: "+reproduce.ShellWords(command))
	}
}

// side is what one target showed, and with which packages.
func (w *writer) side(run *reproduce.Run, r reproduce.SideResult) {
	ink := w.warn
	switch {
	case r.Has():
		ink = flow.Of(w.theme.Seen)
	case r.Lacks():
		ink = flow.Of(w.theme.NotSeen)
	}
	var text flow.Text
	text.Add(w.bold, safe.Line(r.Side.Target.Title()))
	text.Add(w.plain, safe.Line(": "))
	text.Add(ink, safe.Line(string(r.Outcome)))
	if r.Tally.Valid > 0 {
		text.Add(w.plain, safe.Line(", seen in "+r.Counts()))
	}
	if packages := packagesOf(run, r.Side); packages != "" {
		text.Add(w.plain, safe.Line(", with "+packages))
	}
	if note := run.SourceNote(r.Side, w.in.Now); note != "" {
		text.Add(w.faint, safe.Line(" ("+note+")"))
	}
	w.put(&text, flow.Margin{First: indent, Rest: indent + indent})
	trouble := r.Trouble()
	told := slices.ContainsFunc(run.Suggestion.Reasons, func(reason string) bool { return strings.Contains(reason, trouble) })
	if !told && !r.Has() && !r.Lacks() {
		w.item(w.warn, trouble)
	}
}

// packagesOf are the versions that a side has of the package that the verdict
// rests on, or of those that the recipe requires.
func packagesOf(run *reproduce.Run, side *reproduce.Side) string {
	const most = 3
	var subject, all []string
	for _, p := range run.PackagesOf(side) {
		all = append(all, p.NEVRA())
		if p.Source == run.Suggestion.Subject {
			subject = append(subject, p.NEVRA())
		}
	}
	if len(subject) > 0 {
		all = subject
	}
	if more := len(all) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:most], " "), more)
	}
	return strings.Join(all, " ")
}

// item is a point of a list. It may have several lines.
func (w *writer) item(ink flow.Ink, raw string) {
	var text flow.Text
	text.Add(ink, safe.Block(strings.TrimSpace(raw)))
	w.put(&text, flow.Margin{First: indent + "- ", Rest: indent + indent})
}

// recipe is whether there is one, and whether it may run.
func (w *writer) recipe() {
	w.section("Recipe")
	if s := w.in.Recipe; s != nil {
		w.item(w.plain, s.Provenance())
		return
	}
	state := map[store.RecipeState]string{store.NoRecipe: "none yet", store.RecipeDraft: "not accepted yet", store.RecipeAccepted: "accepted"}[w.in.Row.Recipe]
	w.item(w.plain, state)
}

// history are all decisions, if there is more to tell than the one in force.
func (w *writer) history() {
	list := w.in.History
	if len(list) < 2 {
		return
	}
	verdicts := map[string]reproduce.Verdict{}
	for _, d := range list {
		verdicts[d.ID] = d.Verdict
	}
	w.section("Decisions")
	for _, d := range list {
		what := "decided " + string(d.Verdict)
		if d.Undoes != "" {
			what = "took back " + string(verdicts[d.Undoes])
		}
		w.item(w.plain, joined(": ", fmt.Sprintf("%s, %s %s", w.when(d.At), d.By, what), d.Note))
	}
}
