package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tui/widget"
)

func newImport(a *app) *cobra.Command {
	var f format
	var fromTmt bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Take in what another triager found out", Args: exactly("a FILE", "FILE"),
		Long: "Merges a bundle, which almatriage export --format bundle writes, with what is here.\n" +
			"FILE may be -. The bundle is taken whole or not at all, and importing it again\nchanges nothing. Nothing is overwritten: decisions of all people are kept, the newest\n" +
			"is in force, and reports on which people disagree are listed (find them later with\nthe query is:disputed). Runs show with their author and are never taken for runs of\n" +
			"this computer; recipes must be accepted before they run. A report that is at no\ntracker may get another number here.\n\n" +
			"With --tmt it is the results.yaml of tmt's execute step, or the folder of a run of\ntmt, of a tree that recipe export or export --format tmt wrote. They come in as runs\nof tmt; results that cannot be told are listed.",
		Example: "  almatriage import triage.tar.zst\n  ssh ann almatriage export --format bundle | almatriage import -\n  almatriage import --tmt /var/tmp/tmt/run-001",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.whole(); err != nil {
				return err
			}
			if fromTmt {
				return runImportTmt(cmd.Context(), a, args[0], f)
			}
			return runImport(cmd.Context(), a, args[0], f)
		},
	}
	cmd.Flags().BoolVar(&fromTmt, tmtFormat, false, "FILE is results of tmt, or the folder of one of its runs")
	objectFlags(cmd, &f)
	return cmd
}

func runImport(ctx context.Context, a *app, name string, f format) error {
	in := a.input(ctx)
	if name == "-" && a.InTTY {
		return usage("a bundle is not typed: name a file, or pipe it in")
	}
	if name != "-" {
		file, err := os.Open(name)
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("there is no file %s to import; name a bundle, as almatriage export --format bundle -o FILE writes it, or - for standard input", name)
		}
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		defer file.Close()
		in = file
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	merged, err := bundle.Import(ctx, db, in, a.now())
	if err != nil {
		return err
	}
	if f.json {
		return a.writeJSON(mergedJSON(merged), f.jq)
	}
	if err := a.printMerged(merged); err != nil {
		return err
	}
	if n := merged.Recipes.New; n > 0 {
		fmt.Fprintf(a.Err, "%s that nobody here has read yet: %s lists them, almatriage recipe accept ID lets one run\n", widget.Count(n, "recipe"), a.again("list", "is:draft"))
	}
	return nil
}

// mergedJSON is what an import brought.
func mergedJSON(m store.Merged) ordered {
	brought := func(b store.Brought) ordered {
		return ordered{{"new", b.New}, {"updated", b.Updated}, {"unchanged", b.Unchanged}}
	}
	renamed, disputes := []ordered{}, []ordered{}
	for _, r := range m.Renamed {
		renamed = append(renamed, ordered{{"from", r.From}, {"to", r.To}})
	}
	for _, d := range m.Disputes {
		decisions := []ordered{}
		for _, one := range d.Decisions {
			decisions = append(decisions, ordered{{"id", one.ID}, {"verdict", one.Verdict}, {"by", one.By}, {"at", timeOrNull(one.At)}, {"note", one.Note}})
		}
		disputes = append(disputes, ordered{{"report", d.Report}, {"decisions", decisions}})
	}
	return ordered{{"reports", brought(m.Reports)}, {"recipes", brought(m.Recipes)}, {"runs", brought(m.Runs)}, {"decisions", brought(m.Decisions)},
		{"renamed", renamed}, {"disputes", disputes}}
}

// printMerged tells what an import brought, and what to look at: each line
// begins with what it is about.
func (a *app) printMerged(m store.Merged) error {
	type line struct {
		what string
		store.Brought
	}
	number := func(of func(line) int) func(line) string { return func(l line) string { return strconv.Itoa(of(l)) } }
	err := table(a, []line{{"reports", m.Reports}, {"recipes", m.Recipes}, {"runs", m.Runs}, {"decisions", m.Decisions}}, []column[line]{
		{"", func(l line) string { return l.what }, false},
		{"NEW", number(func(l line) int { return l.New }), false},
		{"UPDATED", number(func(l line) int { return l.Updated }), false},
		{"UNCHANGED", number(func(l line) int { return l.Unchanged }), false},
	})
	if err == nil && len(m.Renamed) > 0 {
		err = table(a, m.Renamed, []column[store.Renamed]{
			{"", func(store.Renamed) string { return "renamed" }, false},
			{"THERE", func(r store.Renamed) string { return r.From }, false},
			{"HERE", func(r store.Renamed) string { return r.To }, false},
		})
	}
	if err == nil && len(m.Disputes) > 0 {
		err = table(a, m.Disputes, []column[store.Dispute]{
			{"", func(store.Dispute) string { return "disputed" }, false},
			{"REPORT", func(d store.Dispute) string { return d.Report }, false},
			{"DECISIONS, THE NEWEST IN FORCE", opinions, true},
		})
	}
	return err
}

// opinions are who decided what.
func opinions(d store.Dispute) string {
	var said []string
	for _, one := range d.Decisions {
		said = append(said, one.By+": "+string(one.Verdict))
	}
	return strings.Join(said, ", ")
}
