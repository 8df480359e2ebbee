package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

func newCompare(a *app) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use: "compare ID", Short: "Show what the sides of the last run differ in", Args: oneReport,
		Long: "Shows the last run's two sides next to each other: their results, and how their\noutput, packages and changelogs differ.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.whole(); err != nil {
				return err
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
		return notFound("%s was never run; run it with: %s", id, a.again("run", id.String()))
	}
	c, err := reproduce.Compare(run, func(attempt string) (reproduce.Log, error) { return db.AttemptLog(ctx, attempt) })
	if errors.Is(err, reproduce.ErrOneSided) {
		return notFound("the last run of %s has not two sides to compare; run it without --target", id)
	}
	if err != nil {
		return err
	}
	if f.json {
		return a.writeJSON(comparisonJSON(c), f.jq)
	}
	_, err = fmt.Fprint(a.Out, a.comparisonText(c))
	return err
}

func comparisonJSON(c reproduce.Comparison) ordered {
	packages := []ordered{}
	for _, p := range c.Packages {
		packages = append(packages, ordered{{"source", p.Source}, {"alma", orNull(p.Left.EVR.String())}, {"stream", orNull(p.Right.EVR.String())},
			{"relation", reproduce.RelationOf(p)}})
	}
	entries := func(list []rpm.Entry) []ordered {
		found := []ordered{}
		for _, e := range list {
			found = append(found, ordered{{"evr", e.EVR}, {"date", e.Date}, {"author", e.Author}, {"lines", append([]string{}, e.Lines...)}})
		}
		return found
	}
	return ordered{{"report", c.Run.Report}, {"run", c.Run.ID}, {"targets", []ordered{sideJSON(*c.Run, c.Left), sideJSON(*c.Run, c.Right)}},
		{"output_diff", c.Output}, {"packages", packages}, {"subject", orNull(c.Subject)},
		{"changelog_only_alma", entries(c.OnlyLeft)}, {"changelog_only_stream", entries(c.OnlyRight)}}
}

func (a *app) comparisonText(c reproduce.Comparison) string {
	var b strings.Builder
	b.WriteString(a.runText(*c.Run, false))
	b.WriteString("\nOutput:\n")
	switch missing := c.Unrun(); {
	case len(missing) > 0:
		b.WriteString(notKnown(missing, "run"))
	case c.Output == "":
		b.WriteString("  the same on both\n")
	default:
		b.WriteString(indent(c.Output))
	}
	b.WriteString("\nPackages (by source, without the dist tag):\n")
	switch missing := c.Unprepared(); {
	case len(missing) > 0:
		b.WriteString(notKnown(missing, "prepared"))
	case len(c.Packages) == 0:
		b.WriteString("  the same on both\n")
	}
	for _, p := range c.Packages {
		mark := " "
		if p.Source == c.Subject {
			mark = "*"
		}
		fmt.Fprintf(&b, "%s %-28s %-28s %-28s %s\n", mark, safe.Line(p.Source), safe.Line(orDash(p.Left.EVR.String())), safe.Line(orDash(p.Right.EVR.String())), reproduce.RelationOf(p))
	}
	if c.Subject == "" {
		return b.String()
	}
	fmt.Fprintf(&b, "\nChangelog of %s:\n", safe.Line(c.Subject))
	switch {
	case !c.Changelogs:
		b.WriteString("  was not needed for the suggestion\n")
	case len(c.OnlyLeft)+len(c.OnlyRight) == 0:
		b.WriteString("  the same on both\n")
	}
	for _, only := range []struct {
		sign    string
		entries []rpm.Entry
	}{{"-", c.OnlyLeft}, {"+", c.OnlyRight}} {
		for _, e := range only.entries {
			fmt.Fprintf(&b, "%s %s %s %s\n", only.sign, safe.Line(e.Date), safe.Line(e.Author), safe.Line(e.EVR))
			for _, line := range e.Lines {
				fmt.Fprintf(&b, "%s   %s\n", only.sign, safe.Line(line))
			}
		}
	}
	return b.String()
}

// notKnown says of which sides nothing is known, and what was not done with them.
func notKnown(sides []string, what string) string {
	return fmt.Sprintf("  not known: %s %s not %s\n", safe.Line(strings.Join(sides, " and ")), widget.Was(len(sides)), what)
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
