package handoff

import (
	"fmt"

	"github.com/almatriage/almatriage/reproduce"
)

// Conclusion says in plain words what is known of a report, and what to do now.
// Commands in it are whole. It is raw.
func Conclusion(c Case) (means string, next []string) {
	id := c.Report.ID.String()
	command := func(name string) string { return fmt.Sprintf("almatriage %s '%s'", name, id) }
	means = Meaning(c.Verdict(), other(c.Run))
	upstream := command("upstream")
	switch c.Verdict() {
	case reproduce.StreamReproducible:
		next = []string{"Report it upstream, in Red Hat Jira: " + upstream + " drafts the report and searches for one that is there already."}
	case reproduce.FixedInStream:
		next = []string{"Ask AlmaLinux to take the fix over: " + upstream + " drafts the request, with the changelog and the places of the fix."}
	case reproduce.AlmaOnly:
		next = []string{"Report it to AlmaLinux: " + upstream + " drafts the report.", "Is there a fix? " + command("patch") + " --url URL writes it down for the package."}
	case reproduce.StreamOnly:
		next = []string{"Tell upstream, before it reaches AlmaLinux: " + upstream + " drafts the report."}
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
	if !c.Report.ID.IsLocal() && (c.Run != nil || c.Decision != nil) {
		next = append(next, "Tell the report's readers: "+command("comment")+" shows the comment, --post posts it.")
	}
	return means, next
}

// other is what the run compared AlmaLinux with: where Stream has ended, UBI.
func other(run *reproduce.Run) string {
	if side := (&Case{Run: run}).side(reproduce.RoleStream); side != nil {
		return side.Target.Title()
	}
	return "CentOS Stream"
}

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
