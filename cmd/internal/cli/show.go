package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

func newShow(a *app) *cobra.Command {
	var comments bool
	var f format
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show a report", Args: oneReport,
		Long:    "Shows a stored report: its texts, references, recipe, runs and decision.\nAn id is TRACKER#NUMBER, OWNER/REPOSITORY#NUMBER, or the report's URL.",
		Example: "  almatriage show 'almbz#622' --comments",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.whole(); err != nil {
				return err
			}
			return runShow(cmd.Context(), a, args[0], comments, f)
		},
	}
	cmd.Flags().BoolVarP(&comments, "comments", "c", false, "with all comments")
	objectFlags(cmd, &f)
	return cmd
}

func runShow(ctx context.Context, a *app, text string, comments bool, f format) error {
	id, err := a.locate(text)
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	report, err := db.Report(ctx, id)
	if err != nil {
		return err
	}
	row, err := oneRow(ctx, db, id)
	if err != nil {
		return err
	}
	if f.json {
		return a.writeJSON(showJSON(row, report, comments), f.jq)
	}
	runs, err := db.Runs(ctx, id.String())
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.Out, showText(a, row, report, runs, comments))
	return err
}

// oneRow is a report as lists show it.
func oneRow(ctx context.Context, db *store.DB, id tracker.ID) (store.Row, error) {
	row, found, err := db.Row(ctx, id)
	if err == nil && !found {
		err = notFound("no report %s is stored; run almatriage sync", id)
	}
	return row, err
}

func showJSON(row store.Row, r *tracker.Report, comments bool) ordered {
	var o ordered
	for _, f := range listFields() {
		o = append(o, member{f.name, f.value(row)})
	}
	o = append(o, member{"body", r.Body}, member{"steps", r.Steps}, member{"additional", r.Additional}, member{"reproducibility", r.Reproducibility},
		member{"severity", r.Severity}, member{"category", r.Category}, member{"labels", append([]string{}, r.Labels...)})
	if comments {
		list := []ordered{}
		for _, c := range r.Comments {
			list = append(list, ordered{{"id", c.ID}, {"author", c.Author}, {"created", timeOrNull(c.Created)}, {"private", c.Private}, {"text", c.Text}})
		}
		o = append(o, member{"comments", list})
	}
	return o
}

func showText(a *app, row store.Row, r *tracker.Report, runs []store.RunState, comments bool) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, safe.Line(value))
		}
	}
	fmt.Fprintf(&b, "%s  %s\n\n", safe.Line(row.ID), safe.Line(r.Title))
	status := r.Status
	if r.Resolution != "" {
		status += ", resolution " + r.Resolution
	}
	if r.Private {
		status += " (private)"
	}
	line("status", status)
	line("release", r.Release)
	line("package", r.Package)
	line("reporter", r.Reporter)
	line("created", utc(r.Created))
	line("updated", utc(r.Updated))
	line("url", r.URL)
	var refs []string
	for _, ref := range r.References {
		refs = append(refs, ref.Key)
	}
	line("references", strings.Join(refs, " "))
	line("recipe", map[store.RecipeState]string{store.NoRecipe: "none", store.RecipeDraft: "not accepted yet", store.RecipeAccepted: "accepted"}[row.Recipe])
	if row.Verdict != "" {
		line("verdict", fmt.Sprintf("%s, by %s on %s", row.Verdict, row.DecidedBy, utc(row.DecidedAt)))
		line("stale", row.StaleWhy)
		line("note", row.Note)
		line("patch", row.PatchURL)
	}
	if row.Suggested != "" {
		line("suggested", string(row.Suggested))
	}
	line("runs", runsLine(runs))
	for _, part := range []struct{ title, text string }{{"", r.Body}, {"Steps to reproduce", r.Steps}, {"Additional information", r.Additional}} {
		if text := strings.TrimSpace(safe.Block(part.text).String()); text != "" {
			b.WriteString("\n")
			if part.title != "" {
				b.WriteString(part.title + ":\n")
			}
			b.WriteString(text + "\n")
		}
	}
	if !comments && len(r.Comments) > 0 {
		fmt.Fprintf(&b, "\n%s: %s\n", widget.Count(len(r.Comments), "comment"), a.again("show", row.ID, "--comments"))
	}
	if comments {
		for _, c := range r.Comments {
			secret := ""
			if c.Private {
				secret = " (private)"
			}
			fmt.Fprintf(&b, "\n--- %s, %s%s\n%s\n", safe.Line(c.Author), utc(c.Created), secret, strings.TrimSpace(safe.Block(c.Text).String()))
		}
	}
	return b.String()
}

// runsLine sums up a report's runs, the newest first.
func runsLine(runs []store.RunState) string {
	if len(runs) == 0 {
		return ""
	}
	newest := runs[0]
	what := string(newest.Verdict)
	if newest.State != reproduce.RunDone {
		what = string(newest.State)
	}
	if what == "" {
		what = "no suggestion"
	}
	return fmt.Sprintf("%d, the newest of %s: %s", len(runs), utc(newest.Started), what)
}
