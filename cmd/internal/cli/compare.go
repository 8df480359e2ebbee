package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
)

func newCompare(a *app) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use: "compare ID", Short: "Show what the sides of the last run differ in", Args: oneReport,
		Long: "Shows the last run's two sides next to each other: their results, and how their\noutput, packages and changelogs differ.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.jq != "" && !f.json {
				return usage("--jq needs --json")
			}
			return runCompare(cmd.Context(), a, args[0], f)
		},
	}
	objectFlags(cmd, &f)
	return cmd
}

func runCompare(ctx context.Context, a *app, text string, f format) error {
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	run, err := db.LastRun(ctx, id.String())
	if err != nil {
		return err
	}
	if run == nil {
		return notFound("%s was never run; run it with: almatriage run '%s'", id, id)
	}
	c := comparison{run: run}
	for _, r := range run.Results() {
		switch r.Side.Role {
		case reproduce.RoleAlma:
			c.left, c.has = r, c.has+1
		case reproduce.RoleStream:
			c.right, c.has = r, c.has+1
		}
	}
	if c.has < 2 {
		return notFound("the last run of %s has not two sides to compare; run it without --target", id)
	}
	if err := c.read(ctx, db); err != nil {
		return err
	}
	if f.json {
		return a.writeJSON(c.json(), f.jq)
	}
	_, err = fmt.Fprint(a.Out, c.text(a))
	return err
}

// comparison is two sides of a run and how they differ.
type comparison struct {
	run         *reproduce.Run
	left, right reproduce.SideResult
	has         int

	output     string // a unified diff, "" if alike
	packages   []rpm.Change
	onlyLeft   []rpm.Entry // changelog entries of the subject
	onlyRight  []rpm.Entry
	subject    string
	changelogs bool // both are known
}

// read finds the differences.
func (c *comparison) read(ctx context.Context, db *store.DB) error {
	left, err := outputOf(ctx, db, c.left)
	if err != nil {
		return err
	}
	right, err := outputOf(ctx, db, c.right)
	if err != nil {
		return err
	}
	c.output = string(diff.Diff(c.left.Side.Target.Name, []byte(left), c.right.Side.Target.Name, []byte(right)))
	if a, b := c.left.Side.Prepared.Print.Packages, c.right.Side.Prepared.Print.Packages; a != nil && b != nil {
		c.packages = rpm.Diff(a, b)
	}
	c.subject = c.run.Suggestion.Subject
	a, haveLeft := c.left.Side.Prepared.Print.Changelogs[c.subject]
	b, haveRight := c.right.Side.Prepared.Print.Changelogs[c.subject]
	if c.changelogs = haveLeft && haveRight; c.changelogs {
		ours, theirs := rpm.ParseChangelog(a), rpm.ParseChangelog(b)
		c.onlyLeft, c.onlyRight = rpm.OnlyIn(ours, theirs), rpm.OnlyIn(theirs, ours)
	}
	return nil
}

// outputOf is what a side's telling attempt printed: one that shows the bug,
// else the last one.
func outputOf(ctx context.Context, db *store.DB, r reproduce.SideResult) (string, error) {
	chosen := len(r.Side.Attempts) - 1
	for i, reading := range r.Readings {
		if reading.Kind == reproduce.Seen {
			chosen = i
			break
		}
	}
	if chosen < 0 {
		return "", nil
	}
	log, err := db.AttemptLog(ctx, r.Side.Attempts[chosen].ID)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, line := range log.Lines {
		if line.Stream != reproduce.Trace {
			b.WriteString(reproduce.NormaliseLine(line.Text) + "\n")
		}
	}
	return b.String(), nil
}

func (c *comparison) json() ordered {
	packages := []ordered{}
	for _, p := range c.packages {
		packages = append(packages, ordered{{"source", p.Source}, {"alma", orNull(evrOf(p.Left))}, {"stream", orNull(evrOf(p.Right))},
			{"relation", relationOf(p)}})
	}
	entries := func(list []rpm.Entry) []ordered {
		found := []ordered{}
		for _, e := range list {
			found = append(found, ordered{{"evr", e.EVR}, {"date", e.Date}, {"author", e.Author}, {"lines", append([]string{}, e.Lines...)}})
		}
		return found
	}
	return ordered{{"report", c.run.Report}, {"run", c.run.ID}, {"targets", []ordered{sideJSON(*c.run, c.left), sideJSON(*c.run, c.right)}},
		{"output_diff", c.output}, {"packages", packages}, {"subject", orNull(c.subject)},
		{"changelog_only_alma", entries(c.onlyLeft)}, {"changelog_only_stream", entries(c.onlyRight)}}
}

func evrOf(p rpm.Package) string {
	if p.Name == "" {
		return ""
	}
	return p.EVR.String()
}

func relationOf(c rpm.Change) string {
	switch {
	case c.OnlyLeft:
		return "only on AlmaLinux"
	case c.OnlyRight:
		return "only on Stream"
	case c.Relation == rpm.LeftNewer:
		return "newer on AlmaLinux"
	case c.Relation == rpm.RightNewer:
		return "newer on Stream"
	case c.Relation == rpm.EqualButCounter:
		return "equal but for a Z-stream counter"
	}
	return "modified by AlmaLinux"
}

func (c *comparison) text(a *app) string {
	var b strings.Builder
	b.WriteString(runText(*c.run, a.now(), false))
	b.WriteString("\nOutput:\n")
	if c.output == "" {
		b.WriteString("  the same on both\n")
	}
	b.WriteString(indent(c.output))
	b.WriteString("\nPackages (by source, without the dist tag):\n")
	if len(c.packages) == 0 {
		b.WriteString("  the same on both\n")
	}
	for _, p := range c.packages {
		mark := " "
		if p.Source == c.subject {
			mark = "*"
		}
		fmt.Fprintf(&b, "%s %-28s %-28s %-28s %s\n", mark, safe.Line(p.Source), safe.Line(orDash(evrOf(p.Left))), safe.Line(orDash(evrOf(p.Right))), relationOf(p))
	}
	if c.subject == "" {
		return b.String()
	}
	fmt.Fprintf(&b, "\nChangelog of %s:\n", safe.Line(c.subject))
	switch {
	case !c.changelogs:
		b.WriteString("  was not needed for the suggestion\n")
	case len(c.onlyLeft)+len(c.onlyRight) == 0:
		b.WriteString("  the same on both\n")
	}
	for _, only := range []struct {
		sign    string
		entries []rpm.Entry
	}{{"-", c.onlyLeft}, {"+", c.onlyRight}} {
		for _, e := range only.entries {
			fmt.Fprintf(&b, "%s %s %s %s\n", only.sign, safe.Line(e.Date), safe.Line(e.Author), safe.Line(e.EVR))
			for _, line := range e.Lines {
				fmt.Fprintf(&b, "%s   %s\n", only.sign, safe.Line(line))
			}
		}
	}
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// indent cleans a text and sets it two cells in.
func indent(text string) string {
	text = strings.TrimRight(safe.Block(text).String(), "\n")
	if text == "" {
		return ""
	}
	return "  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n"
}
