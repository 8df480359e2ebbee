package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
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
	packages := []ordered{}
	for _, p := range packagesOf(run, r.Side) {
		packages = append(packages, ordered{{"name", p.Name}, {"evr", p.EVR.String()}, {"source", p.Source}})
	}
	return ordered{{"target", r.Side.Target.Name}, {"image", r.Side.Target.Image}, {"digest", orNull(r.Side.Image.Digest)}, {"outcome", r.Outcome},
		{"reproduced", r.Tally.Seen}, {"attempts", r.Tally.Valid}, {"errors", r.Tally.Errors}, {"cached", r.Side.Cached},
		{"duration_ms", took.Milliseconds()}, {"error", orNull(r.Trouble())}, {"packages", packages}}
}

// packagesOf are the required packages of a side and its build of the subject.
func packagesOf(run reproduce.Run, side *reproduce.Side) []rpm.Package {
	set := side.Prepared.Print.Packages
	if set == nil {
		return nil
	}
	var list []rpm.Package
	seen := map[string]bool{}
	add := func(packages []rpm.Package) {
		for _, p := range packages {
			if !seen[p.NEVRA()] {
				seen[p.NEVRA()] = true
				list = append(list, p)
			}
		}
	}
	for _, entry := range run.Recipe.Require {
		add(set.WhatProvides(entry))
	}
	subject := set.BySource(run.Suggestion.Subject)
	if slices.ContainsFunc(list, func(p rpm.Package) bool { return p.Source == run.Suggestion.Subject }) || len(subject) == 0 {
		return list
	}
	// A source can have dozens of packages: the one that is meant stands for
	// them, by the report's name, else by the source's own.
	for _, name := range []string{run.Hints.Package, run.Suggestion.Subject, subject[0].Name} {
		if i := slices.IndexFunc(subject, func(p rpm.Package) bool { return p.Name == name }); i >= 0 {
			add(subject[i : i+1])
			break
		}
	}
	return list
}

// runText is a run for people; short is a line, for batches.
func runText(run reproduce.Run, now time.Time, short bool) string {
	var b strings.Builder
	if short {
		fmt.Fprintf(&b, "%s\t%s", safe.Line(run.Report), orNone(string(run.Suggestion.Verdict)))
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
		var nevras []string
		for _, p := range packagesOf(run, r.Side) {
			nevras = append(nevras, p.NEVRA())
		}
		fmt.Fprintf(&b, "  %-20s %-15s %-9s %s%s\n", safe.Line(r.Side.Target.Title()), r.Outcome, sideCounts(r), safe.Line(strings.Join(nevras, " ")), cachedNote(run, r.Side, now))
	}
	fmt.Fprintf(&b, "\nsuggested: %s\n", orNone(string(run.Suggestion.Verdict)))
	for _, reason := range run.Suggestion.Reasons {
		fmt.Fprintf(&b, "  - %s\n", strings.ReplaceAll(safe.Block(reason).String(), "\n", "\n    "))
	}
	if len(run.Suggestion.Command) > 0 {
		fmt.Fprintf(&b, "\nThe command that can:\n  %s\n", safe.Block(shellWords(run.Suggestion.Command)))
	}
	if v := run.Suggestion.Verdict; v != "" && v != reproduce.Inconclusive {
		fmt.Fprintf(&b, "\nDecide with: almatriage mark '%s' %s\n", safe.Line(run.Report), v)
	}
	return b.String()
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func sideCounts(r reproduce.SideResult) string {
	return fmt.Sprintf("%d/%d", r.Tally.Seen, r.Tally.Valid)
}

// cachedNote says where a side's result comes from, if not from this run.
func cachedNote(run reproduce.Run, side *reproduce.Side, now time.Time) string {
	switch {
	case side.Stale:
		return fmt.Sprintf("  (cached, prepared %d days ago)", int(run.Started.Sub(side.Prepared.At).Hours()/24))
	case side.Cached:
		return "  (cached, " + age(now, side.CachedAt) + " old)"
	}
	return ""
}

// shellWords writes a command line that a shell reads as these words.
func shellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		plain := word != "" && !strings.ContainsFunc(word, func(r rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@,+%", r)
		})
		if quoted[i] = word; !plain {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
