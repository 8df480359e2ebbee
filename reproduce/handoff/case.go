// Package handoff writes the texts that leave the program: the comment on a
// report, the draft of a report for where the bug belongs, what a run means in
// plain words, and the command that repeats it by hand.
//
// What it is given is hostile and raw; what it gives is clean, and inert in the
// markup that it is for. It sends nothing. It imports tracker and reproduce,
// and nothing of store, tui or cmd.
package handoff

import (
	"cmp"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Case is all that is known of a report when something is written about it.
type Case struct {
	Report tracker.Report
	// Recipe is the report's; nil if it has none.
	Recipe *reproduce.StoredRecipe
	// Run is its newest finished run; nil if there is none.
	Run *reproduce.Run
	// Decision is the one in force; nil if nobody decided.
	Decision *reproduce.Decision
	// IncludePrivate: a private report may be quoted where others read it.
	IncludePrivate bool
	// Repo is the repository on GitHub, OWNER/NAME, that a report which is at no
	// tracker yet goes to; "": to the tracker of AlmaLinux.
	Repo string
	// Program is this program's version, as in "1.2.3".
	Program string
	// Targets are those that are configured.
	Targets reproduce.Targets
}

// Verdict is what was decided, else what is suggested, "" if neither.
func (c *Case) Verdict() reproduce.Verdict {
	var decided, suggested reproduce.Verdict
	if c.Decision != nil {
		decided = c.Decision.Verdict
	}
	if c.Run != nil {
		suggested = c.Run.Suggestion.Verdict
	}
	return cmp.Or(decided, suggested)
}

// otherwise is what the run suggests if somebody decided otherwise, else "".
func (c *Case) otherwise() reproduce.Verdict {
	if c.Decision == nil || c.Run == nil || c.Run.Suggestion.Verdict == c.Decision.Verdict {
		return ""
	}
	return c.Run.Suggestion.Verdict
}

// side is the run's side in a role, nil if it has none.
func (c *Case) side(role reproduce.Role) *reproduce.Side {
	if c.Run == nil {
		return nil
	}
	for i := range c.Run.Sides {
		if c.Run.Sides[i].Role == role {
			return &c.Run.Sides[i]
		}
	}
	return nil
}

// release is the major release that the report is about, "" if it is not known,
// and whether it is Kitten's.
func (c *Case) release() (major string, kitten bool) {
	if side := c.side(reproduce.RoleAlma); side != nil {
		return side.Target.Release, side.Target.Distribution == reproduce.Kitten
	}
	major, kitten = strings.CutPrefix(strings.ToLower(c.Report.Release), "kitten")
	major, _, _ = strings.Cut(major, ".")
	return major, kitten
}
