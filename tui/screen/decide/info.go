package decide

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

const (
	// firstReasons are shown where there is room, each in so many lines; if that
	// is not all, all of them follow at the end, in allLines each.
	firstReasons = 3
	reasonLines  = 2
	allLines     = 20
	// disputeLines are for the decisions of people who do not agree.
	disputeLines = 4
	// named is how many reports are named one after the other, listed how many
	// have a line each.
	named  = 10
	listed = 200
)

// info is what is known, the most important first, in lines of w cells, and
// which of them is typed in (-1: none). With less room there are fewer reasons
// and names before what follows them.
func (d *Dialog) info(w, room int) (lines []string, at int) {
	var rest []string
	if !d.single() {
		rest = d.list(w)
	}
	for most := firstReasons; most >= 0; most-- {
		lines, at = d.trouble(w), -1
		lines = append(lines, d.head(w, most)...)
		lines = append(lines, d.suggestion(w, most)...)
		if d.single() {
			var first []string
			first, rest = d.reasons(w, most)
			lines = append(lines, first...)
		}
		lines = append(lines, d.inForce(w)...)
		for _, f := range []field{noteField, patchField} {
			if f == d.typing {
				at = len(lines)
			}
			lines = append(lines, d.field(f, w)...)
		}
		lines = append(lines, d.private(w)...)
		if len(lines)+min(1, len(rest)) <= room { // a line tells that there is more
			break
		}
	}
	return append(lines, rest...), at
}

// labelled is a text, which is cleaned, behind a label, in at most so many lines.
func (d *Dialog) labelled(label, text string, w, most int) []string {
	text = safe.Line(text).String()
	lines := []string{label + text}
	if ansi.StringWidth(label+text) > w { // with room for an indent, and for the mark of more
		lines = strings.Split(ansi.Wrap(label+text, max(1, w-2), ""), "\n")
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] += " …"
	}
	for i := range lines[1:] {
		lines[1+i] = "  " + lines[1+i]
	}
	if rest, ok := strings.CutPrefix(lines[0], label); ok && strings.TrimSpace(label) != "" {
		lines[0] = d.env.Theme.Bold.Render(label) + rest
	}
	return lines
}

// trouble is what went wrong, or that something goes on.
func (d *Dialog) trouble(w int) []string {
	styled := func(text string) []string {
		lines := d.labelled("", text, w, 4)
		for i := range lines {
			lines[i] = d.env.Theme.Error.Render(lines[i])
		}
		return lines
	}
	switch {
	case d.saving:
		return []string{d.env.Theme.Accent.Render("Saving …")}
	case d.failed != nil:
		return styled("✗ Not saved: " + d.failed.Error())
	case d.unknown != nil:
		return styled("✗ What is known cannot be read: " + d.unknown.Error())
	}
	return nil
}

// head names the reports, many of them in at most so many lines, but one.
func (d *Dialog) head(w, most int) []string {
	if !d.single() {
		return d.labelled(widget.Count(len(d.reports), "report"), ": "+names(d.reports), w, min(2, max(1, most)))
	}
	id := safe.Line(d.reports[0]).String()
	switch {
	case len(d.facts.rows) == 1:
		return []string{widget.Fit(d.env.Theme.Bold.Render(id)+"  "+safe.Line(d.facts.rows[0].Title).String(), w)}
	case d.loaded:
		return []string{widget.Fit(id+"  (not stored)", w)}
	}
	return []string{widget.Fit(id, w)}
}

// names lists a few reports.
func names(list []string) string {
	text := safe.Line(strings.Join(list[:min(named, len(list))], ", ")).String()
	if more := len(list) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// suggestion is what the program suggests, and what that rests on.
func (d *Dialog) suggestion(w, most int) []string {
	if !d.loaded {
		if d.unknown != nil {
			return nil
		}
		return []string{d.env.Theme.Faint.Render("Looking up what is known …")}
	}
	if !d.single() {
		return d.suggestions(w, most)
	}
	run := d.facts.run
	if run == nil {
		return d.labelled("Suggested: ", "nothing, for there was no run", w, 2)
	}
	word := cmp.Or(string(run.suggested), "nothing")
	lines := d.labelled("Suggested: ", word+", "+widget.Ago(d.now, run.finished), w, 2)
	if run.counts != "" {
		lines = append(lines, d.labelled("  ", run.counts, w, 2)...)
	}
	return lines
}

// suggestions are those of a selection, and who has none, in at most so many
// lines, but one.
func (d *Dialog) suggestions(w, most int) []string {
	f := d.facts
	if len(f.with) == 0 {
		return d.labelled("Suggested: ", "nothing that can be accepted, for none of them", w, 2)
	}
	lines := d.labelled("Suggested: ", counted(f.takes), w, 2)
	var words []string
	for _, why := range []string{string(reproduce.Inconclusive), noSuggestion, notStored} {
		if len(f.left[why]) > 0 {
			words = append(words, names(f.left[why])+" ("+why+")")
		}
	}
	if len(words) == 0 {
		return lines
	}
	label := fmt.Sprintf("%s leaves out %d: ", d.label("decide.accept"), len(d.reports)-len(f.with))
	return append(lines, d.labelled(label, strings.Join(words, "; "), w, max(1, most))...)
}

// counted is "5 alma-only, 4 duplicate", most first.
func counted(counts map[reproduce.Verdict]int) string {
	verdicts := slices.SortedFunc(maps.Keys(counts), func(a, b reproduce.Verdict) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(string(a), string(b)))
	})
	words := make([]string, len(verdicts))
	for i, v := range verdicts {
		words[i] = fmt.Sprintf("%d %s", counts[v], v)
	}
	return strings.Join(words, ", ")
}

// reasons are the first ones in short, and all of them if that left any out.
func (d *Dialog) reasons(w, most int) (first, all []string) {
	if d.facts.run == nil {
		return nil, nil
	}
	whole := true
	all = []string{"", d.env.Theme.Bold.Render("All reasons:")}
	for i, reason := range d.facts.run.reasons {
		lines := d.labelled("  ", reason, w, allLines)
		all = append(all, lines...)
		if i >= most || len(lines) > reasonLines {
			whole = false
		}
		if i < most {
			first = append(first, d.labelled("  ", reason, w, reasonLines)...)
		}
	}
	if whole {
		all = nil
	}
	return first, all
}

// inForce is what was decided before, by whom, and whether it still holds.
func (d *Dialog) inForce(w int) []string {
	f := d.facts
	if len(f.decided) == 0 {
		return nil
	}
	if !d.single() {
		text := counted(f.decided)
		if f.stale+f.disputed > 0 {
			text += fmt.Sprintf("; of these %d stale, %d disputed", f.stale, f.disputed)
		}
		return d.labelled("In force: ", text, w, 2)
	}
	row := f.rows[0]
	text := fmt.Sprintf("%s by %s, %s", row.Verdict, row.DecidedBy, widget.Ago(d.now, row.DecidedAt))
	if row.Note != "" {
		text += ": " + row.Note
	}
	lines := d.labelled("In force: ", text, w, 2)
	warn := func(text string, most int) {
		for _, line := range d.labelled("  ", text, w, most) {
			lines = append(lines, d.env.Theme.Warn.Render(line))
		}
	}
	if row.Stale {
		warn("stale: "+row.StaleWhy, 2)
	}
	if row.Disputed {
		warn("disputed: "+d.sides(f.disagree), disputeLines)
	}
	return lines
}

// sides tells who decided what, and when.
func (d *Dialog) sides(positions []reproduce.Decision) string {
	var all []string
	for _, p := range positions {
		all = append(all, fmt.Sprintf("%s by %s, %s", p.Verdict, p.By, widget.Ago(d.now, p.At)))
	}
	return strings.Join(all, "; ")
}

// field is a line to type in, if something is typed or was.
func (d *Dialog) field(f field, w int) []string {
	input := d.input(f)
	switch {
	case f == d.typing:
		return []string{widget.Fit(d.env.Theme.Bold.Render(f.label())+input.View(), w)}
	case strings.TrimSpace(input.Value()) != "":
		return d.labelled(f.label(), input.Value(), w, 2)
	}
	return nil
}

// private says where a decision on a private report goes.
func (d *Dialog) private(w int) []string {
	n := d.facts.private
	switch {
	case n == 0:
		return nil
	case d.single():
		return d.labelled("Private: ", "the decision stays on this machine; exports leave the report out.", w, 2)
	}
	return d.labelled("Private: ", fmt.Sprintf("%d of them; decisions stay on this machine, exports leave these reports out.", n), w, 2)
}

// list has the reports one by one.
func (d *Dialog) list(w int) []string {
	lines := []string{""}
	for i := range d.facts.rows {
		row := &d.facts.rows[i]
		if i == listed {
			return append(lines, fmt.Sprintf("and %d more", len(d.facts.rows)-listed))
		}
		text := fmt.Sprintf("%s  %s  %s", row.ID, cmp.Or(string(row.Suggested), noSuggestion), row.Title)
		lines = append(lines, widget.Fit(safe.Line(text).String(), w))
	}
	for _, id := range d.facts.missing[:min(listed, len(d.facts.missing))] {
		lines = append(lines, widget.Fit(safe.Line(id).String()+"  "+notStored, w))
	}
	return lines
}
