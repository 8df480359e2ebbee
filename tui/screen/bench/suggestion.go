package bench

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// suggestion is the tab that tells what a run means, why, and what to do next.
func (s *Screen) suggestion() widget.Entries {
	var t text
	theme := s.env.Theme
	if s.live.Err != nil {
		t.add(theme.Title, s.outcome())
		for _, note := range s.live.Notes {
			t.add(theme.Faint, note)
		}
		return t.entries
	}
	run := &s.live.Run
	verdict := run.Suggestion.Verdict
	t.add(theme.Accent, "Suggested: "+cmp.Or(string(verdict), "none"))
	means := (&handoff.Case{Run: run}).Meaning()
	t.add(theme.Text, means)
	if len(run.Suggestion.Reasons) > 0 {
		t.row(theme.Text, "")
		t.add(theme.Title, "Why")
	}
	for _, reason := range run.Suggestion.Reasons {
		t.add(theme.Text, "- "+strings.ReplaceAll(reason, "\n", "\n    "))
	}
	t.row(theme.Text, "")
	t.add(theme.Title, "What to do next")
	for _, next := range s.next(run) {
		t.add(theme.Text, "- "+next)
	}
	if len(run.Suggestion.Command) > 0 {
		t.row(theme.Text, "")
		t.add(theme.Title, "The command that can")
		t.add(theme.Code, reproduce.ShellWords(run.Suggestion.Command))
	}
	s.sidesText(&t, run)
	for _, note := range s.live.Notes {
		t.add(theme.Faint, note)
	}
	return t.entries
}

// sidesText tells what each side came to, controls too, and what was run.
func (s *Screen) sidesText(t *text, run *reproduce.Run) {
	theme := s.env.Theme
	t.row(theme.Text, "")
	t.add(theme.Title, "Sides")
	now := s.env.Now()
	for _, r := range run.Results() {
		name := r.Side.Target.Title()
		if c := r.Side.Control; c != nil {
			name = fmt.Sprintf("%s with AlmaLinux's %s %s", name, c.Source, c.EVR)
		}
		line := fmt.Sprintf("- %s: %s", name, r.Outcome)
		if !attempted(run) {
			line = "- " + name + ": not run"
		}
		for _, part := range []string{tally(r.Readings), run.SourceNote(r.Side, now)} {
			if part != "" {
				line += ", " + part
			}
		}
		t.add(theme.Text, line)
		if !r.Has() && !r.Lacks() && r.Trouble() != "" {
			t.add(theme.Warn, "    "+r.Trouble())
		}
		if names := nevras(run, r.Side); names != "" {
			t.add(theme.Faint, "    "+names)
		}
	}
	t.row(theme.Text, "")
	t.add(theme.Faint, fmt.Sprintf("%s; recipe %.12s; %s", s.origin(run), run.RecipeHash, cmp.Or(run.Recipe.Summary, "without a summary")))
}

// nevras are the packages of a side that matter, in a line.
func nevras(run *reproduce.Run, side *reproduce.Side) string {
	var names []string
	for _, p := range run.PackagesOf(side) {
		names = append(names, p.NEVRA())
	}
	return strings.Join(names, " ")
}

// origin says when a run was made, and by whom if not here. It is raw.
func (s *Screen) origin(run *reproduce.Run) string {
	when := run.Started.UTC().Format(time.RFC3339)
	who := cmp.Or(run.Author, "somebody who is not named")
	switch {
	case s.env.Recorded && run.Imported:
		return "a recorded run of " + when
	case run.Imported:
		return "imported: run by " + who + " on " + when
	}
	return "run on " + when
}

// next says what to do next. Texts are raw.
func (s *Screen) next(run *reproduce.Run) []string {
	decide := s.key("decide") + " decides; enter there takes the suggestion"
	switch run.Suggestion.Verdict {
	case reproduce.StreamReproducible, reproduce.StreamOnly:
		return append([]string{decide + "."}, s.passOn("the report for upstream")...)
	case reproduce.FixedInStream:
		return append([]string{decide + "."}, s.passOn("the request to AlmaLinux to take the fix over")...)
	case reproduce.AlmaOnly:
		return append([]string{decide + "."}, s.passOn("the report for AlmaLinux")...)
	case reproduce.NotReproducible:
		return append([]string{decide + "; needs-info asks the reporter for more.", s.moreText()}, s.passOn("")...)
	case reproduce.NeedsVM:
		return append([]string{"Run it in a virtual machine by the command below.", decide + "."}, s.passOn("")...)
	}
	list := []string{s.key("decide") + " decides all the same, if the output tells you enough.", s.moreText()}
	if trouble(run) != "" { // which the reasons tell
		list = append([]string{s.key("recipe") + " opens the recipe; " + s.key("shell") + " opens a shell in the focused side."}, list...)
	}
	if can, _ := s.mayUBI(); can && !s.ubi {
		list = append(list, s.key("ubi")+" has the next run ask UBI as a third opinion.")
	}
	return list
}

// passOn names the texts that can be passed on; draft is the one for where the bug
// belongs, "" for none. A report that is at no tracker has no comment.
func (s *Screen) passOn(draft string) []string {
	id, err := tracker.ParseID(s.report)
	local := err == nil && id.IsLocal()
	switch key := s.key("texts"); {
	case local && draft == "":
		return nil
	case local:
		return []string{key + " shows " + draft + "."}
	case draft == "":
		return []string{key + " shows the comment for the report's readers."}
	default:
		return []string{key + " shows the comment for the report's readers, and " + draft + "."}
	}
}

func (s *Screen) moreText() string {
	return fmt.Sprintf("%s runs it with %d attempts a side.", s.key("more"), max(5, s.more()))
}

// trouble is why a side of the comparison says nothing, "" if both say something.
func trouble(run *reproduce.Run) string {
	for _, r := range run.Results() {
		if (r.Side.Role == reproduce.RoleAlma || r.Side.Role == reproduce.RoleStream) && !r.Has() && !r.Lacks() {
			return r.Trouble()
		}
	}
	return ""
}

// outcome says in a sentence how a run ended that has no end of its own. It is raw.
func (s *Screen) outcome() string {
	if reproduce.CodeOf(s.live.Err) == reproduce.CodeInterrupted {
		return "Cancelled. Its finished attempts are kept; " + s.key("run") + " goes on with them."
	}
	return "The run could not be made: " + strings.TrimSpace(s.live.Err.Error())
}

// banner is what a finished run came to: at most so many lines.
func (s *Screen) banner(most int) []string {
	theme := s.env.Theme
	if s.live.Err != nil {
		style := theme.Error
		if reproduce.CodeOf(s.live.Err) == reproduce.CodeInterrupted {
			style = theme.Warn
		}
		return s.lines(style.Render, s.outcome(), most)
	}
	run := &s.live.Run
	if run.State != reproduce.RunDone {
		return s.lines(theme.Warn.Render, fmt.Sprintf("This run is %s; it has no suggestion.", run.State), 1)
	}
	verdict := cmp.Or(string(run.Suggestion.Verdict), "none")
	lines := []string{theme.Accent.Render("Suggested: "+safe.Line(verdict).String()) + "   " + theme.Key.Render(s.key("decide")) + " decides"}
	if len(run.Suggestion.Reasons) > 0 && most > 1 {
		lines = append(lines, s.lines(theme.Text.Render, strings.Join(run.Suggestion.Reasons, " · "), most-1)...)
	}
	return lines
}

// lines wraps a text to the width of the screen: at most so many lines.
func (s *Screen) lines(style func(...string) string, raw string, most int) []string {
	p := widget.Wrap(ansi.Wrap(safe.Line(raw).String(), s.w, ""), s.w)
	if len(p) > most {
		p = p[:most]
		p[most-1] = widget.Fit(p[most-1]+" …", s.w)
	}
	for i := range p {
		p[i] = style(p[i])
	}
	return p
}
