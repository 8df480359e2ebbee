package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
)

// runJSON is the contract of run --json (docs: README, design).
func runJSON(run reproduce.Run) ordered {
	targets := []ordered{}
	for _, r := range run.Results() {
		if r.Side.Role == reproduce.RoleControl {
			continue // part of the reasons, not asked for
		}
		targets = append(targets, sideJSON(run, r))
	}
	var suggestion any
	if s := run.Suggestion; s.Verdict != "" {
		suggestion = ordered{{"verdict", s.Verdict}, {"p_value", s.PValue}, {"reasons", append([]string{}, s.Reasons...)},
			{"subject", orNull(s.Subject)}, {"flaky", s.Flaky}, {"command", append([]string{}, s.Command...)}}
	}
	return ordered{{"report", run.Report}, {"recipe", run.RecipeHash}, {"started", utc(run.Started)}, {"targets", targets}, {"suggestion", suggestion}}
}

func sideJSON(run reproduce.Run, r reproduce.SideResult) ordered {
	var took time.Duration
	for _, attempt := range r.Side.Attempts {
		took += attempt.Duration
	}
	outcome := any(r.Outcome)
	if r.NotRun() {
		outcome = nil
	}
	packages := []ordered{}
	for _, p := range run.PackagesOf(r.Side) {
		packages = append(packages, ordered{{"name", p.Name}, {"evr", p.EVR.String()}, {"source", p.Source}})
	}
	return ordered{{"target", r.Side.Target.Name}, {"image", r.Side.Target.Image}, {"digest", orNull(r.Side.Image.Digest)}, {"outcome", outcome},
		{"reproduced", r.Tally.Seen}, {"attempts", r.Tally.Valid}, {"errors", r.Tally.Errors}, {"cached", r.Side.Cached},
		{"duration_ms", took.Milliseconds()}, {"error", orNull(r.Trouble())}, {"packages", packages}}
}

// runText is a run for people; short is a line, for batches.
func (a *app) runText(run reproduce.Run, short bool) string {
	var b strings.Builder
	if short {
		fmt.Fprintf(&b, "%s\t%s", safe.Line(run.Report), orNone(run.Suggestion.Verdict))
		for _, r := range run.Results() {
			if r.Side.Role != reproduce.RoleControl {
				fmt.Fprintf(&b, "\t%s %s", safe.Line(r.Side.Target.Name), sideCounts(r))
			}
		}
		return b.String() + "\n"
	}
	fmt.Fprintf(&b, "%s  %s\n\n", safe.Line(run.Report), safe.Line(run.Recipe.Summary))
	for _, r := range run.Results() {
		if r.Side.Role == reproduce.RoleControl {
			continue
		}
		if r.NotRun() {
			fmt.Fprintf(&b, "  %-20s not run\n", safe.Line(r.Side.Target.Title()))
			continue
		}
		var nevras []string
		for _, p := range run.PackagesOf(r.Side) {
			nevras = append(nevras, p.NEVRA())
		}
		fmt.Fprintf(&b, "  %-20s %-15s %-9s %s%s\n", safe.Line(r.Side.Target.Title()), r.Outcome, sideCounts(r), safe.Line(strings.Join(nevras, " ")), sourceNote(run, r.Side, a.now()))
	}
	fmt.Fprintf(&b, "\nsuggested: %s\n", orNone(run.Suggestion.Verdict))
	for _, reason := range run.Suggestion.Reasons {
		fmt.Fprintf(&b, "  - %s\n", strings.ReplaceAll(safe.Block(reason).String(), "\n", "\n    "))
	}
	if len(run.Suggestion.Command) > 0 {
		fmt.Fprintf(&b, "\nThe command that can:\n  %s\n", safe.Block(reproduce.ShellWords(run.Suggestion.Command)))
	}
	if v := run.Suggestion.Verdict; slices.Contains(reproduce.Decidable(), v) {
		fmt.Fprintf(&b, "\nDecide with: %s\n", a.again("mark", run.Report, string(v)))
	}
	return b.String()
}

// orNone is a verdict as it is shown; of an imported run it is others' word.
func orNone(v reproduce.Verdict) string {
	if v == "" {
		return "none"
	}
	return safe.Line(string(v)).String()
}

func sideCounts(r reproduce.SideResult) string {
	if r.NotRun() {
		return "not run"
	}
	return fmt.Sprintf("%d/%d", r.Tally.Seen, r.Tally.Valid)
}

// sourceNote is Run.SourceNote as it ends a line.
func sourceNote(run reproduce.Run, side *reproduce.Side, now time.Time) string {
	note := run.SourceNote(side, now)
	if note == "" {
		return ""
	}
	return "  (" + safe.Line(note).String() + ")"
}
