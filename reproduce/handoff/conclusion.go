package handoff

import (
	"fmt"
	"slices"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
)

// Conclusion says in plain words what is known of a report, beginning with who
// decided on it, and what to do now. Commands in it are whole, and none of them
// refuses what it is named for. It is raw.
func Conclusion(c Case) (means string, next []string) {
	command := c.command
	means = c.decided() + c.Meaning()
	comment := !c.Report.ID.IsLocal() && (c.Run != nil || c.Decision != nil)
	switch c.Verdict() {
	case reproduce.StreamReproducible:
		next = c.drafts("Report it upstream, in Red Hat Jira", "the report and searches for one that is there already")
	case reproduce.FixedInStream:
		next = c.drafts("Ask AlmaLinux to take the fix over", "the request, with the changelog and the places of the fix")
	case reproduce.AlmaOnly:
		if next = c.drafts("Report it to AlmaLinux", "the report"); comment {
			next = []string{"AlmaLinux has the report already: comment there. " + command("comment") + " shows the comment, --post posts it."}
			comment = false
		}
		next = append(next, c.patches()...)
	case reproduce.StreamOnly:
		next = c.drafts("Tell upstream, before it reaches AlmaLinux", "the report")
	case reproduce.NotReproducible:
		next = []string{"Look at the steps again: does the recipe do what you did? " + command("recipe edit") + " changes it.",
			"Does it happen only now and then? " + command("run") + " --repeat 40 tries more often."}
	case reproduce.NeedsVM:
		next = []string{"Try it in a virtual machine of each side, and compare what they do.", "Then decide: " + command("mark") + " VERDICT"}
		if len(VMCommands(c)) > 0 {
			next[0] = "Run the commands for the virtual machines, one for each side, and compare what they print."
		}
	case reproduce.Inconclusive, "":
		next = []string{"Read why, above. When that is mended, run it again: " + command("run"),
			command("recipe edit") + " changes the recipe, " + command("shell") + " --target TARGET opens a shell where it runs.",
			"If you can tell by what you see: " + command("mark") + " VERDICT"}
		if c.Run == nil {
			next = []string{"Run the recipe on both sides: " + command("run"), "Or decide by what you know: " + command("mark") + " VERDICT"}
		}
	case reproduce.NeedsInfo:
		next = []string{"The reporter has to tell more first; nothing is to be reported upstream yet."}
	default:
		next = []string{"Nothing is to be reported upstream."}
	}
	if v := c.otherwise(); slices.Contains(reproduce.Decidable(), v) {
		next = slices.Insert(next, 0, fmt.Sprintf("The run suggests %s. If that is right, %s %[1]s decides so.", v, command("mark")))
	}
	if comment {
		next = append(next, "Tell the report's readers: "+command("comment")+" shows the comment, --post posts it.")
	}
	if c.Report.Private && !c.IncludePrivate {
		next = append(next, "The report is private, so what the guide saves is without the evidence: "+command("export --format bundle --include-private -o FILE")+" writes it.")
	}
	return means, next
}

// command is one of this program about the report.
func (c *Case) command(name string) string {
	return fmt.Sprintf("almatriage %s '%s'", name, c.Report.ID)
}

// decided says who decided what and when, and why; "" if nobody did.
func (c *Case) decided() string {
	d := c.Decision
	if d == nil {
		return ""
	}
	said := fmt.Sprintf("%s decided on %s: %s. ", safe.Cell(d.By), d.At.UTC().Format(time.DateOnly), d.Verdict)
	if note := safe.Cell(d.Note); note != "" {
		said += fmt.Sprintf("The note: %q. ", fitted(note, mostLine, safe.Cell))
	}
	return said
}

// drafts is the step that a draft is for, where Upstream makes one; else what
// has to be done first.
func (c *Case) drafts(step, what string) []string {
	upstream := c.command("upstream")
	switch {
	case c.Run == nil:
		return []string{step + ". For a draft, run the recipe first: " + c.command("run")}
	case c.Report.Private && !c.IncludePrivate:
		return []string{step + ", without what is private. " + upstream + " --include-private drafts it, and tells what the report says."}
	}
	return []string{step + ": " + upstream + " drafts " + what + "."}
}

// patches is the step that writes a fix down. It needs what a run tells of the
// package, and a decision to write it to.
func (c *Case) patches() []string {
	verdict := ""
	if c.Decision == nil {
		verdict = " --verdict " + string(c.Verdict())
	}
	if c.Run == nil {
		return nil
	}
	if c.Report.Private && !c.IncludePrivate {
		return []string{"Is there a fix? " + c.command("patch") + " --url URL" + verdict + " --include-private writes it down for the package, and tells what the report says."}
	}
	return []string{"Is there a fix? " + c.command("patch") + " --url URL" + verdict + " writes it down for the package."}
}

// other is what the run compared AlmaLinux with: where Stream has ended, UBI.
func other(run *reproduce.Run) string {
	if side := (&Case{Run: run}).side(reproduce.RoleStream); side != nil {
		return side.Target.Title()
	}
	return "CentOS Stream"
}

// Meaning says in a sentence what is known of the report.
func (c *Case) Meaning() string { return Meaning(c.Verdict(), other(c.Run)) }

// Meaning says in a sentence what a verdict means; against names what
// AlmaLinux was compared with, as in "CentOS Stream 9".
func Meaning(v reproduce.Verdict, against string) string {
	switch v {
	case reproduce.StreamReproducible:
		return against + " has the bug, too: it is to be reported upstream (Red Hat Jira, project RHEL)."
	case reproduce.AlmaOnly:
		return "Only AlmaLinux has the bug: it is AlmaLinux's to fix."
	case reproduce.FixedInStream:
		return against + " has the fix already: it is a candidate for a backport."
	case reproduce.StreamOnly:
		return "Only " + against + " has the bug: a regression that is on its way, or a fix that AlmaLinux carries."
	case reproduce.NotReproducible:
		return "Neither side showed the bug."
	case reproduce.NeedsVM:
		return "A container cannot show this bug; a virtual machine can."
	case reproduce.Inconclusive:
		return "This run cannot tell."
	case reproduce.IntendedDifference:
		return "AlmaLinux differs here on purpose."
	case reproduce.NotABug:
		return "This is no bug."
	case reproduce.Duplicate:
		return "This is reported already."
	case reproduce.NeedsInfo:
		return "More is needed from the reporter to tell."
	}
	return "There is no verdict: that takes an AlmaLinux side and a CentOS Stream one."
}

// VMCommands are the commands that can show what a container cannot, one for
// each side, as argv; none for a bug that a container can show.
func VMCommands(c Case) [][]string {
	if c.Verdict() != reproduce.NeedsVM {
		return nil
	}
	hints, recipe, targets := c.machines()
	var commands [][]string
	for _, target := range targets {
		if _, command, needed := reproduce.VMOnly(hints, recipe, target); needed {
			commands = append(commands, command)
		}
	}
	return commands
}

// machines are what virtual machines are chosen by: as the run had it, else as
// the report does.
func (c *Case) machines() (reproduce.Hints, *reproduce.Recipe, []reproduce.Target) {
	var targets []reproduce.Target
	if c.Run != nil {
		for _, role := range []reproduce.Role{reproduce.RoleAlma, reproduce.RoleStream} {
			if side := c.side(role); side != nil {
				targets = append(targets, side.Target)
			}
		}
		return c.Run.Hints, &c.Run.Recipe, targets
	}
	var recipe *reproduce.Recipe
	if c.Recipe != nil {
		recipe = &c.Recipe.Recipe
	}
	if sides, err := c.Targets.ForRelease(c.Report.Release, c.Decision.At); err == nil { // else the release is not known
		targets = sides[:min(len(sides), 2)]
	}
	return reproduce.HintsOf(&c.Report), recipe, targets
}
