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
		next = []string{"Run the commands for the virtual machines, one for each side, and compare what they print.",
			"Then decide: " + command("mark") + " VERDICT"}
	case reproduce.Inconclusive, "":
		next = []string{"Read why, above; " + command("recipe edit") + " changes the recipe, " + command("shell") + " --target TARGET opens a shell where it runs.",
			"If you can tell by what you see: " + command("mark") + " VERDICT"}
	default:
		next = []string{"Nothing is to be reported upstream."}
	}
	switch {
	case c.Run != nil && c.Report.ID.IsLocal() && c.Verdict() != reproduce.Inconclusive:
	case c.Run != nil && !c.Report.ID.IsLocal():
		next = append(next, "Tell the report's readers: "+command("comment")+" shows the comment, --post posts it.")
	}
	return means, next
}

// other is what the run compared AlmaLinux with: where Stream has ended, UBI.
func other(run *reproduce.Run) string {
	if run != nil {
		for _, side := range run.Sides {
			if side.Role == reproduce.RoleStream {
				return side.Target.Title()
			}
		}
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
		return "A container cannot show this bug; a virtual machine can. Nothing was run."
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
	if c.Run == nil || c.Verdict() != reproduce.NeedsVM {
		return nil
	}
	var commands [][]string
	for i := range c.Run.Sides {
		side := &c.Run.Sides[i]
		if side.Role != reproduce.RoleAlma && side.Role != reproduce.RoleStream {
			continue
		}
		if _, command, needed := reproduce.VMOnly(c.Run.Hints, &c.Run.Recipe, side.Target); needed {
			commands = append(commands, command)
		}
	}
	return commands
}
