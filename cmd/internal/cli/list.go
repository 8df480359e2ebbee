package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// listFields are what list and show --json give of a report.
func listFields() []field[store.Row] {
	type row = store.Row
	return []field[row]{
		{"id", func(r row) any { return r.ID }},
		{"url", func(r row) any { return r.URL }},
		{"tracker", func(r row) any { return r.Tracker }},
		{"title", func(r row) any { return r.Title }},
		{"status", func(r row) any { return r.Status }},
		{"release", func(r row) any { return r.Release }},
		{"package", func(r row) any { return r.Package }},
		{"reporter", func(r row) any { return r.Reporter }},
		{"created", func(r row) any { return timeOrNull(r.Created) }},
		{"updated", func(r row) any { return timeOrNull(r.Updated) }},
		{"references", func(r row) any {
			keys := []string{}
			for _, ref := range r.References {
				keys = append(keys, ref.Key)
			}
			return keys
		}},
		{"private", func(r row) any { return r.Private }},
		{"verdict", func(r row) any { return orNull(string(r.Verdict)) }},
		{"suggested", func(r row) any { return orNull(string(r.Suggested)) }},
		{"decided_by", func(r row) any { return orNull(r.DecidedBy) }},
		{"decided_at", func(r row) any { return timeOrNull(r.DecidedAt) }},
		{"note", func(r row) any { return r.Note }},
		{"patch_url", func(r row) any { return orNull(r.PatchURL) }},
		{"stale", func(r row) any { return r.Stale }},
		{"last_run", func(r row) any { return timeOrNull(r.LastRun) }},
	}
}

type listOptions struct{ limit int }

func newList(a *app) *cobra.Command {
	var o listOptions
	var f format
	cmd := &cobra.Command{
		Use: "list [QUERY]", Short: "List stored reports", Aliases: []string{"ls"},
		Long: `Lists stored reports, newest change first.

A query is words that must all be in a report, and keys:
` + queryHelp(),
		Example: "  almatriage list 'release:9 is:undecided has:recipe'\n  almatriage list -- segfault -status:closed\n" +
			"  almatriage list --json id,title,verdict --jq '.[].id'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, &f, listFields()); err != nil {
				return err
			}
			if o.limit < 0 {
				return usage("--limit must be 0 (all) or more")
			}
			return runList(cmd.Context(), a, o, args, f)
		},
	}
	cmd.Flags().IntVarP(&o.limit, "limit", "L", 50, "at most so many; 0: all")
	listFlags(cmd, &f, listFields())
	return cmd
}

func runList(ctx context.Context, a *app, o listOptions, words []string, f format) error {
	q, err := a.query(words)
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	rows, err := db.List(ctx, q, o.limit)
	if err != nil {
		return err
	}
	if f.json {
		return a.writeJSON(project(rows, listFields(), f.fields), f.jq)
	}
	if err := a.printRows(rows); err != nil {
		return err
	}
	return a.afterList(ctx, db, q, len(rows), o.limit)
}

// afterList says on a terminal what a short or empty list means.
func (a *app) afterList(ctx context.Context, db *store.DB, q query.Query, shown, limit int) error {
	if !a.ErrTTY {
		return nil
	}
	switch {
	case shown == 0 && len(q.Terms) > 0:
		fmt.Fprintln(a.Err, "No report matches.")
	case shown == 0:
		fmt.Fprintln(a.Err, "No reports are stored yet: "+a.again("sync"))
		return nil
	case shown == limit:
		all, err := db.Count(ctx, q)
		if err != nil {
			return err
		}
		if all > shown {
			fmt.Fprintf(a.Err, "Showing %d of %d; --limit 0 shows all.\n", shown, all)
		}
	}
	return a.syncAge(ctx)
}

func (a *app) printRows(rows []store.Row) error {
	now := a.now()
	return table(a, rows, []column[store.Row]{
		{"ID", func(r store.Row) string { return r.ID }, false},
		{"RELEASE", func(r store.Row) string { return r.Release }, false},
		{"PACKAGE", func(r store.Row) string { return r.Package }, true},
		{"STATUS", func(r store.Row) string { return r.Status }, false},
		{"VERDICT", verdictCell, false},
		{"AGE", func(r store.Row) string {
			if !a.OutTTY {
				return utc(r.Updated)
			}
			return tracker.Age(now, r.Updated)
		}, false},
		{"TITLE", func(r store.Row) string { return r.Title }, true},
	})
}

// verdictCell is the decision, else what is suggested, with a question mark.
func verdictCell(r store.Row) string {
	switch {
	case r.Verdict != "" && r.Stale:
		return string(r.Verdict) + " (stale)"
	case r.Verdict != "":
		return string(r.Verdict)
	case r.Suggested != "":
		return string(r.Suggested) + "?"
	}
	return ""
}

// query parses the words of a query.
func (a *app) query(words []string) (query.Query, error) {
	q, err := query.ParseArgs(words, a.now())
	if err != nil {
		return q, usage("%w", err)
	}
	return q, nil
}
