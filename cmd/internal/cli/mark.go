package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
)

type markOptions struct {
	note, patch string
	undo        bool
}

func newMark(a *app) *cobra.Command {
	var o markOptions
	cmd := &cobra.Command{
		Use: "mark ID VERDICT", Short: "Decide on a report",
		Long: "Decides on a report. Decisions are never overwritten: each is kept, and --undo\ntakes the last one back.\n\nVerdicts: " +
			verdictWords(),
		Example: "  almatriage mark 'almbz#5' alma-only -m 'our patch 1001'\n  almatriage mark --undo 'almbz#5'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.undo {
				if len(args) != 1 || o.note != "" || o.patch != "" {
					return usage("--undo takes one report and nothing else")
				}
				return runUndo(cmd.Context(), a, args[0])
			}
			if len(args) != 2 {
				return usage("name a report and a verdict: %s", verdictWords())
			}
			return runMark(cmd.Context(), a, args[0], args[1], o)
		},
	}
	cmd.Flags().StringVarP(&o.note, "message", "m", "", "a note")
	cmd.Flags().StringVar(&o.patch, "patch", "", "`URL` of a fix")
	cmd.Flags().BoolVar(&o.undo, "undo", false, "take the last decision back")
	return cmd
}

func verdictWords() string {
	var words []string
	for _, v := range reproduce.Decidable() {
		words = append(words, string(v))
	}
	return strings.Join(words, ", ")
}

func runMark(ctx context.Context, a *app, text, word string, o markOptions) error {
	verdict := reproduce.Verdict(word)
	if !slices.Contains(reproduce.Decidable(), verdict) {
		return usage("unknown verdict %q: the verdicts are %s", word, verdictWords())
	}
	if _, ok := safe.URL(o.patch); o.patch != "" && !ok {
		return usage("--patch %q is not an http or https URL", o.patch)
	}
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	by, err := a.person()
	if err != nil {
		return err
	}
	if _, err := db.Mark(ctx, store.Mark{Reports: []string{id.String()}, Verdict: verdict, Note: o.note, PatchURL: o.patch, By: by, At: a.now()}); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "%s is %s; take it back with: %s\n", id, verdict, a.again("mark", "--undo", id.String()))
	return nil
}

func runUndo(ctx context.Context, a *app, text string) error {
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	by, err := a.person()
	if err != nil {
		return err
	}
	undone, err := db.Undo(ctx, id.String(), by, a.now())
	if err != nil {
		return err
	}
	now := "it is undecided"
	row, err := oneRow(ctx, db, id)
	if err != nil {
		return err
	}
	if row.Verdict != "" {
		now = "it is " + string(row.Verdict) + " again"
	}
	fmt.Fprintln(a.Err, safeLine(fmt.Sprintf("%s is no longer %s; %s", id, undone.Verdict, now)))
	return nil
}

// historyFields are what history --json gives of a decision.
func historyFields() []field[reproduce.Decision] {
	type d = reproduce.Decision
	return []field[d]{
		{"id", func(d d) any { return d.ID }},
		{"report", func(d d) any { return d.Report }},
		{"verdict", func(d d) any { return orNull(string(d.Verdict)) }},
		{"by", func(d d) any { return d.By }},
		{"at", func(d d) any { return timeOrNull(d.At) }},
		{"note", func(d d) any { return d.Note }},
		{"patch_url", func(d d) any { return orNull(d.PatchURL) }},
		{"suggested", func(d d) any { return orNull(string(d.Suggested)) }},
		{"run", func(d d) any { return orNull(d.Run) }},
		{"undoes", func(d d) any { return orNull(d.Undoes) }},
	}
}

func newHistory(a *app) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use: "history ID", Short: "List the decisions on a report", Args: oneReport,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, &f, historyFields()); err != nil {
				return err
			}
			id, db, err := a.stored(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			list, err := db.History(cmd.Context(), id.String())
			if err != nil {
				return err
			}
			if f.json {
				return a.writeJSON(project(list, historyFields(), f.fields), f.jq)
			}
			return a.printHistory(list)
		},
	}
	listFlags(cmd, &f, historyFields())
	return cmd
}

func (a *app) printHistory(list []reproduce.Decision) error {
	verdicts := map[string]reproduce.Verdict{}
	for _, d := range list {
		verdicts[d.ID] = d.Verdict
	}
	return table(a, list, []column[reproduce.Decision]{
		{"WHEN", func(d reproduce.Decision) string { return utc(d.At) }, false},
		{"WHO", func(d reproduce.Decision) string { return d.By }, false},
		{"VERDICT", func(d reproduce.Decision) string {
			if d.Undoes != "" {
				return "undone: " + string(verdicts[d.Undoes])
			}
			return string(d.Verdict)
		}, false},
		{"SUGGESTED", func(d reproduce.Decision) string { return string(d.Suggested) }, false},
		{"NOTE", func(d reproduce.Decision) string { return d.Note }, true},
		{"PATCH", func(d reproduce.Decision) string { return d.PatchURL }, true},
	})
}
