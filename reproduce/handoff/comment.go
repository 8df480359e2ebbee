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

// Bounds of what a text repeats of a run.
const (
	mostReasons  = 12
	mostPackages = 10 // of a side
	mostSides    = 10
)

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
// same case gives the same text. It fits what trackers take.
func Comment(c Case, markup tracker.Markup) (string, error) {
	if c.Run == nil && c.Decision == nil {
		return "", usage("there is nothing to say of %s yet: run its recipe with almatriage run '%[1]s', or decide with almatriage mark '%[1]s' VERDICT", c.Report.ID)
	}
	p := &paper{style: style{markup: markup}}
	p.verdict(&c)
	p.evidence(&c)
	return p.String(), nil
}

// verdict says what was found, and who says so.
func (p *paper) verdict(c *Case) {
	v := c.Verdict()
	name := p.text(string(v))
	if p.markdown() {
		name = "**" + name + "**"
	}
	switch {
	case v == "":
		p.said("No verdict: %s", p.text(Meaning(v, "")))
	case c.Decision == nil:
		p.said("%s (suggested by %s; nobody has decided yet)", name, p.runBy(c.Run))
		p.said("%s", p.text(Meaning(v, other(c.Run))))
	default:
		p.said("%s (decided by %s on %s)", name, p.word(c.Decision.By), c.Decision.At.UTC().Format(time.DateOnly))
		p.said("%s", p.text(Meaning(v, other(c.Run))))
		if suggested := c.otherwise(); suggested != "" {
			p.said("The run below suggests %s instead.", p.word(string(suggested)))
		}
		if c.Decision.Note != "" {
			p.said("Note: %s", p.prose(c.Decision.Note, mostNote))
		}
		if c.Decision.PatchURL != "" {
			p.said("Fix: %s", p.link(c.Decision.PatchURL))
		}
	}
}

// runBy names a run, and whose it is where it was made elsewhere.
func (p *paper) runBy(run *reproduce.Run) string {
	if !run.Imported {
		return "a run of almatriage"
	}
	return "a run of almatriage that " + p.word(cmp.Or(run.Author, "somebody who is not named")) + " made"
}

// evidence is all that the run tells.
func (p *paper) evidence(c *Case) {
	if c.Run != nil && attempted(c.Run) {
		p.sides(c.Run)
	}
	if c.Run != nil {
		p.reasons("Why", c.Run.Suggestion.Reasons)
	}
	if commands := VMCommands(*c); len(commands) > 0 {
		p.heading("The commands that can, one for each side")
		for _, command := range commands {
			p.command(quoted(command))
		}
	} else if c.Run != nil && attempted(c.Run) {
		p.byHand(c)
	}
	if c.Run != nil {
		p.folded("The recipe (a tmt test)", fmf.Source(c.Run.Recipe), "yaml")
		p.versions(c)
	}
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

// reasons are why a run suggests what it does.
func (p *paper) reasons(title string, reasons []string) {
	if len(reasons) == 0 {
		return
	}
	p.heading(title)
	for _, reason := range reasons[:min(len(reasons), mostReasons)] {
		p.item("%s", p.text(reason))
	}
	if more := len(reasons) - mostReasons; more > 0 {
		p.item("and %d more reasons", more)
	}
	p.gap()
}

// sides is the table of what each side came to.
func (p *paper) sides(run *reproduce.Run) {
	var rows [][]string
	for _, r := range results(run) {
		name := r.Side.Target.Title()
		if control := r.Side.Control; control != nil {
			name += " with " + control.Source + " " + control.EVR.String()
		}
		result := fmt.Sprintf("%s, %s", r.Outcome, r.Counts())
		if !r.Has() && !r.Lacks() {
			result = string(r.Outcome)
		}
		rows = append(rows, []string{name, result, builds(run, r.Side), reference(r.Side)})
	}
	p.table([]string{"Target", "Bug seen", "Packages", "Image"}, rows)
}

// results are those of the sides, as many as a text has room for.
func results(run *reproduce.Run) []reproduce.SideResult {
	all := run.Results()
	return all[:min(len(all), mostSides)]
}

// builds are the packages of a side that matter, in a line. It is raw.
func builds(run *reproduce.Run, side *reproduce.Side) string {
	var names []string
	for _, one := range run.PackagesOf(side) {
		if len(names) == mostPackages {
			return strings.Join(names, " ") + " …"
		}
		names = append(names, one.NVR())
	}
	return strings.Join(names, " ")
}

// byHand gives the command for each of the two sides.
func (p *paper) byHand(c *Case) {
	run := c.Run
	p.heading("To repeat it by hand")
	p.said("%s", seenBy(run.Recipe.Oracle, p))
	if n := len(run.Recipe.Files); n > 0 {
		p.said("The recipe comes with files (%s%s), which are not in this text: run it in the folder that holds them.", p.word(run.Recipe.Files[0].Path), andMore(n-1))
	}
	for _, role := range []reproduce.Role{reproduce.RoleAlma, reproduce.RoleStream} {
		if side := c.side(role); side != nil {
			p.said("%s:", p.text(side.Target.Title()))
			p.command(ByHand(run, side))
		}
	}
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

// seenBy says by what one sees the bug.
func seenBy(o reproduce.Oracle, p *paper) string {
	switch o.Kind {
	case reproduce.OracleOutput:
		return "The bug is there if a line of the test's output matches " + p.word(o.Pattern) + "."
	case reproduce.OracleSignal:
		return "The bug is there if the test ends by the signal " + p.word(o.Signal) + "."
	case reproduce.OracleTimeout:
		return "The bug is there if the test hangs."
	case reproduce.OracleAsk:
		return "Whether the bug is there is to be judged by eye."
	}
	return "The bug is there if the test ends with another exit status than 0 (77 and 125: it cannot tell; 126 and 127: a command is missing)."
}

// versions tells by what it was found, for who finds otherwise.
func (p *paper) versions(c *Case) {
	run := c.Run
	parts := []string{"almatriage " + cmp.Or(c.Program, "(devel)")}
	for i := range run.Sides {
		if print := run.Sides[i].Prepared.Print; print.Podman != "" {
			engine := "podman " + print.Podman
			if print.Podman == reproduce.Kubernetes {
				engine = print.Podman
			}
			parts = append(parts, engine, "kernel of the host "+print.Kernel, print.Arch)
			break
		}
	}
	parts = append(parts, fmt.Sprintf("recipe %.12s", run.RecipeHash))
	ran := "run on " + run.Started.UTC().Format(time.DateOnly)
	if run.Author != "" {
		ran += " by " + run.Author
	}
	for i, part := range append(parts, ran) {
		if i > 0 {
			p.b.WriteString(", ")
		}
		p.b.WriteString(p.text(part))
	}
	p.gap()
}
