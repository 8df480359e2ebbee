package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/tmt"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/widget"
)

// tmtFormat is the format of export that writes a folder for tmt.
const tmtFormat = "tmt"

func newRecipeExport(a *app) *cobra.Command {
	var dir string
	var targets []string
	var private bool
	cmd := &cobra.Command{
		Use: "export ID --tmt DIR", Short: "Write a recipe as a tree that tmt runs", Args: oneReport,
		Long:    "Writes a report's accepted recipe as a tree of fmf metadata: a test, and a plan for\neach target on the image that the newest run recorded. The folder must be new or\nempty. tmt run runs it, and almatriage import --tmt reads the results. The tree names\nthe report and its title: of a private one it is written only with --include-private.",
		Example: "  almatriage recipe export 'almbz#5' --tmt gizmo\n  tmt --root gizmo run --id /var/tmp/tmt/gizmo --all\n  almatriage import --tmt /var/tmp/tmt/gizmo",
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				return usage("recipe export needs --tmt DIR, the folder to write")
			}
			return runRecipeExport(cmd.Context(), a, args[0], dir, targets, private)
		},
	}
	cmd.Flags().StringVar(&dir, "tmt", "", "write a tree of tmt to a `DIR`")
	cmd.Flags().StringSliceVarP(&targets, "target", "t", nil, "targets, instead of those of the report's release")
	cmd.Flags().BoolVar(&private, "include-private", false, "also of a private report")
	return cmd
}

func runRecipeExport(ctx context.Context, a *app, text, dir string, targets []string, private bool) error {
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	row, err := oneRow(ctx, db, id)
	if err != nil {
		return err
	}
	if row.Private && !private {
		return usage("%s is private, and the tree would tell what it says: --include-private writes it all the same", id)
	}
	s, err := db.Recipe(ctx, id.String())
	if err != nil {
		return err
	}
	if err := s.CheckAccepted(); err != nil {
		return err
	}
	item, err := a.tmtItem(ctx, db, id, s, targets)
	if err != nil {
		return err
	}
	if err := a.writeTmt(dir, []tmt.Item{item}); err != nil {
		return err
	}
	if row.Private {
		fmt.Fprintln(a.Err, "The report is private: whoever reads the tree reads what it tells.")
	}
	return nil
}

// runExportTmt writes the accepted recipes of reports, those of a query or all,
// as one tree. A report that cannot be in it keeps no other from it.
func runExportTmt(ctx context.Context, a *app, words []string, o exportOptions) error {
	if o.output == "" || o.output == "-" {
		return usage("a tree of tmt is a folder: name it with -o DIR")
	}
	choice, err := o.choice(a, words)
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	ids, err := db.Chosen(ctx, choice)
	if err != nil {
		return err
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	rows, err := db.Rows(ctx, names)
	if err != nil {
		return err
	}
	chosen, err := a.tmtItems(ctx, db, rows, o.private)
	if err != nil {
		return err
	}
	if len(chosen.items) == 0 {
		a.leftOut(chosen.private, chosen.drafts)
		none := fmt.Errorf("no report that was asked for has a recipe that can be exported; almatriage list 'has:recipe' lists those that have one")
		if chosen.failed > 0 { // there is one, and why it cannot be was said
			return none
		}
		return notFound("%w", none)
	}
	if err := a.writeTmt(o.output, chosen.items); err != nil {
		return err
	}
	a.leftOut(chosen.private, chosen.drafts)
	if chosen.failed > 0 {
		return quietly(exitPartly)
	}
	return nil
}

// chosenItems are the items of a tree, and how many reports are not in it.
type chosenItems struct {
	items                   []tmt.Item
	private, drafts, failed int
}

// tmtItems chooses of reports those that can be in a tree, and says why another
// cannot.
func (a *app) tmtItems(ctx context.Context, db *store.DB, rows []store.Row, private bool) (chosen chosenItems, err error) {
	for _, row := range rows {
		s, err := db.StoredRecipe(ctx, row.ID)
		switch {
		case err != nil:
			return chosen, err
		case s == nil:
			continue
		case row.Private && !private:
			chosen.private++
			continue
		case !s.IsAccepted():
			chosen.drafts++
			continue
		}
		item, err := a.tmtItemOf(ctx, db, row.ID, s)
		if err == nil {
			_, err = tmt.Tree([]tmt.Item{item}, program())
		}
		if err != nil {
			chosen.failed++
			fmt.Fprintf(a.Err, "%s is left out: %s\n", safeLine(row.ID), safeLine(err.Error()))
			continue
		}
		chosen.items = append(chosen.items, item)
	}
	return chosen, nil
}

// leftOut says how many reports are left out on purpose, if any.
func (a *app) leftOut(private, drafts int) {
	if private > 0 {
		fmt.Fprintf(a.Err, "%s %s left out; --include-private takes private ones in\n", widget.Count(private, "private report"), widget.Be(private))
	}
	if drafts > 0 {
		fmt.Fprintf(a.Err, "%s that nobody has accepted %s left out: see %s\n", widget.Count(drafts, "recipe"), widget.Be(drafts), a.again("list", "is:draft"))
	}
}

func (a *app) tmtItemOf(ctx context.Context, db *store.DB, report string, s *reproduce.StoredRecipe) (tmt.Item, error) {
	id, err := tracker.ParseID(report)
	if err != nil {
		return tmt.Item{}, err
	}
	return a.tmtItem(ctx, db, id, s, nil)
}

// tmtItem is a report for a tree: on the named targets, those of its release, or
// else those of its newest run.
func (a *app) tmtItem(ctx context.Context, db *store.DB, id tracker.ID, s *reproduce.StoredRecipe, wanted []string) (tmt.Item, error) {
	c, err := a.config()
	if err != nil {
		return tmt.Item{}, err
	}
	report, err := db.Report(ctx, id)
	if err != nil {
		return tmt.Item{}, err
	}
	run, err := db.LastRun(ctx, id.String())
	if err != nil {
		return tmt.Item{}, err
	}
	recorded := map[string]reproduce.Image{}
	if run != nil {
		for i := range run.Sides {
			if side := &run.Sides[i]; side.Role != reproduce.RoleControl {
				recorded[side.Target.Name] = side.Image
			}
		}
	}
	targets, _, err := c.Targets.Sides(wanted, nil, report.Release, a.now())
	if err != nil && len(wanted) == 0 && len(recorded) > 0 {
		targets, err = c.Targets.Select(slices.Sorted(maps.Keys(recorded)))
	}
	if err != nil {
		return tmt.Item{}, err
	}
	item := tmt.Item{Report: id, Title: report.Title, URL: report.URL, Recipe: s.Recipe}
	for _, t := range targets {
		image := recorded[t.Name]
		item.Sides = append(item.Sides, tmt.Side{Target: t, Image: image.Ref, Digest: image.Digest})
	}
	return item, nil
}

// writeTmt writes a tree and says what is in it.
func (a *app) writeTmt(dir string, items []tmt.Item) error {
	files, err := tmt.Tree(items, program())
	if err != nil {
		return err
	}
	err = tmt.Write(dir, files)
	if errors.Is(err, fs.ErrExist) {
		return usage("%w; name a new one", err)
	}
	if err != nil {
		return err
	}
	plans := 0
	var open []string
	for _, item := range items {
		for _, side := range item.Sides {
			plans++
			if !side.Recorded() {
				open = append(open, item.Report.String()+" on "+side.Target.Name)
			}
		}
	}
	fmt.Fprintf(a.Err, "%s and %s are in %s; run them with: tmt --root %s run --all\n", widget.Count(len(items), "test"), widget.Count(plans, "plan"), safeLine(dir), safeLine(reproduce.ShellWords([]string{dir})))
	if len(open) > 0 {
		fmt.Fprintf(a.Err, "No run has recorded an image of %s: these plans name the configured one, without a digest\n", safeLine(strings.Join(open, ", ")))
	}
	return nil
}
