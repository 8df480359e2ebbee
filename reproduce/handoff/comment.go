package handoff

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

// mostReasons bounds what a text repeats of a suggestion.
const mostReasons = 12

// Note is the comment on a report, for its tracker. A private report gets a
// private one. A report that is at no tracker, and one of which nothing is known
// yet, are *reproduce.Error with CodeUsage.
func Note(c Case) (tracker.Note, error) {
	if c.Report.ID.IsLocal() {
		return tracker.Note{}, usage("%s is at no tracker yet: almatriage upstream '%[1]s' drafts the report, which can be filed", c.Report.ID)
	}
	text, err := Comment(c, c.Report.ID.Markup())
	return tracker.Note{Report: c.Report.ID, Text: text, Private: c.Report.Private}, err
}

func usage(format string, args ...any) error {
	return &reproduce.Error{Code: reproduce.CodeUsage, Message: fmt.Sprintf(format, args...)}
}

// Comment is what there is to say of a report to its readers: what was found and
// who says so, both sides with image, packages and counts, why, the commands that
// repeat it by hand, the recipe, the versions. It quotes nobody's comment. The
// same case gives the same text.
func Comment(c Case, markup tracker.Markup) (string, error) {
	if c.Run == nil && c.Decision == nil {
		return "", usage("there is nothing to say of %s yet: run its recipe with almatriage run '%[1]s', or decide with almatriage mark '%[1]s' VERDICT", c.Report.ID)
	}
	p := &paper{markup: markup}
	p.verdict(&c)
	p.evidence(&c)
	return p.String(), nil
}

// verdict says what was found, and who says so.
func (p *paper) verdict(c *Case) {
	v := c.Verdict()
	name := string(v)
	if p.markdown() {
		name = "**" + name + "**"
	}
	switch {
	case v == "":
		p.said("No verdict: %s", Meaning(v, ""))
	case c.Decision == nil:
		p.said("%s (suggested by a run of almatriage; nobody has decided yet)", name)
		p.said("%s", Meaning(v, other(c.Run)))
	default:
		p.said("%s (decided by %s on %s)", name, p.word(c.Decision.By), c.Decision.At.UTC().Format(time.DateOnly))
		p.said("%s", Meaning(v, other(c.Run)))
		if c.Run != nil && c.Run.Suggestion.Verdict != "" && c.Run.Suggestion.Verdict != v {
			p.said("The run below suggests %s instead.", p.word(string(c.Run.Suggestion.Verdict)))
		}
		if c.Decision.Note != "" {
			p.said("Note: %s", p.text(c.Decision.Note))
		}
		if c.Decision.PatchURL != "" {
			p.said("Fix: %s", p.link(c.Decision.PatchURL))
		}
	}
}

// evidence is all that the run tells.
func (p *paper) evidence(c *Case) {
	run := c.Run
	if run == nil {
		return
	}
	if attempted(run) {
		p.sides(run)
	}
	if reasons := run.Suggestion.Reasons; len(reasons) > 0 {
		p.heading("Why")
		for _, reason := range reasons[:min(len(reasons), mostReasons)] {
			p.item("%s", p.text(reason))
		}
		if more := len(reasons) - mostReasons; more > 0 {
			p.item("and %d more reasons", more)
		}
		p.gap()
	}
	if commands := VMCommands(*c); len(commands) > 0 {
		p.heading("The commands that can, one for each side")
		for _, command := range commands {
			p.block(reproduce.ShellWords(command), "sh")
		}
	} else if attempted(run) {
		p.byHand(run)
	}
	p.folded("The recipe (a tmt test)", fmf.Source(run.Recipe), "yaml")
	p.versions(c)
}

// attempted tells whether anything was run.
func attempted(run *reproduce.Run) bool {
	for i := range run.Sides {
		if len(run.Sides[i].Attempts) > 0 || run.Sides[i].Err != nil {
			return true
		}
	}
	return false
}

// sides is the table of what each side came to.
func (p *paper) sides(run *reproduce.Run) {
	var rows [][]string
	for _, r := range run.Results() {
		name := r.Side.Target.Title()
		if control := r.Side.Control; control != nil {
			name += " with " + control.Source + " " + control.EVR.String()
		}
		result := fmt.Sprintf("%s, %s", r.Outcome, r.Counts())
		if !r.Has() && !r.Lacks() {
			result = string(r.Outcome)
		}
		var builds []string
		for _, one := range run.PackagesOf(r.Side) {
			builds = append(builds, one.NVR())
		}
		rows = append(rows, []string{name, result, strings.Join(builds, " "), reference(r.Side)})
	}
	p.table([]string{"Target", "Bug seen", "Packages", "Image"}, rows)
}

// byHand gives the command for each of the two sides.
func (p *paper) byHand(run *reproduce.Run) {
	p.heading("To repeat it by hand")
	for i := range run.Sides {
		side := &run.Sides[i]
		if side.Role != reproduce.RoleAlma && side.Role != reproduce.RoleStream {
			continue
		}
		p.said("%s:", side.Target.Title())
		p.block(ByHand(run, side), "sh")
	}
	if len(run.Recipe.Files) > 0 {
		p.said("The recipe comes with %d files, which must lie in the working directory.", len(run.Recipe.Files))
	}
}

// versions tells by what it was found, for who finds otherwise.
func (p *paper) versions(c *Case) {
	run := c.Run
	parts := []string{"almatriage " + cmp.Or(c.Program, "(devel)")}
	for i := range run.Sides {
		if print := run.Sides[i].Prepared.Print; print.Podman != "" {
			parts = append(parts, "podman "+print.Podman, "kernel of the host "+print.Kernel, print.Arch)
			break
		}
	}
	parts = append(parts, fmt.Sprintf("recipe %.12s", run.RecipeHash), "run on "+run.Started.UTC().Format(time.DateOnly))
	if run.Author != "" {
		parts = append(parts, "by "+run.Author)
	}
	for i, part := range parts {
		parts[i] = p.text(part)
	}
	p.said("%s", strings.Join(parts, ", "))
}
