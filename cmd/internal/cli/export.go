package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// bundleFormat is the format that import reads.
const bundleFormat = "bundle"

type exportOptions struct {
	format, output string
	private        bool
}

func newExport(a *app) *cobra.Command {
	var o exportOptions
	var formats []string
	for _, f := range export.Formats() {
		formats = append(formats, string(f))
	}
	formats = append(formats, bundleFormat)
	cmd := &cobra.Command{
		Use: "export [QUERY]", Short: "Write results for others and for scripts",
		Long: "Writes all reports, or those that a query asks for, with their decision and what\ntheir last run says. Private reports are left out unless asked for.\n\n" +
			"A bundle is one file that another triager can import: the reports with their\nrecipes, the newest run of each and those that decisions rest on, with all\noutput, and the decisions.",
		Example: "  almatriage export --format csv -o triage.csv\n  almatriage export 'verdict:stream-reproducible' --format markdown\n  almatriage export --format bundle -o triage.tar.zst",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case !slices.Contains(formats, o.format):
				return usage("unknown format %q: the formats are %s", o.format, strings.Join(formats, ", "))
			case o.format == bundleFormat:
				return runExportBundle(cmd.Context(), a, args, o)
			}
			return runExport(cmd.Context(), a, args, o)
		},
	}
	cmd.Flags().StringVarP(&o.format, "format", "f", "csv", strings.Join(formats, ", "))
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "write to a `FILE`")
	cmd.Flags().BoolVar(&o.private, "include-private", false, "with private reports; in a bundle also private comments")
	return cmd
}

func runExport(ctx context.Context, a *app, words []string, o exportOptions) error {
	q, err := a.query(words)
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	records, left, err := export.Records(ctx, db, q, o.private)
	if err != nil {
		return err
	}
	if o.output == "" || o.output == "-" {
		out := bufio.NewWriter(a.Out)
		err = errors.Join(export.Write(out, export.Format(o.format), records), out.Flush())
	} else {
		err = export.ToFile(o.output, export.Format(o.format), records)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if left > 0 {
		fmt.Fprintf(a.Err, "%d private reports are left out; --include-private takes them in\n", left)
	}
	return nil
}

// runExportBundle writes the evidence of reports into one file.
func runExportBundle(ctx context.Context, a *app, words []string, o exportOptions) error {
	toStdout := o.output == "" || o.output == "-"
	if toStdout && a.OutTTY {
		return usage("a bundle is nothing for a terminal: name a file with -o, or pipe it on")
	}
	q, err := a.query(words)
	if err != nil {
		return err
	}
	by, err := a.person()
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	ids, err := matching(ctx, db, q)
	if err != nil {
		return err
	}
	options := bundle.Options{Program: Version(), Author: by, Private: o.private}
	var s bundle.Summary
	if toStdout {
		s, err = bundle.Write(ctx, a.Out, db, ids, options)
	} else {
		s, err = bundle.WriteFile(ctx, o.output, db, ids, options)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	fmt.Fprintf(a.Err, "%d reports with %d runs are in the bundle\n", s.Reports, s.Runs)
	if s.PrivateReports+s.PrivateComments > 0 {
		fmt.Fprintf(a.Err, "%d private reports and %d private comments are left out; --include-private takes them in\n", s.PrivateReports, s.PrivateComments)
	}
	return nil
}

// matching are the reports that a query asks for.
func matching(ctx context.Context, db *store.DB, q query.Query) ([]tracker.ID, error) {
	rows, err := db.List(ctx, q, 0)
	if err != nil {
		return nil, err
	}
	ids := make([]tracker.ID, len(rows))
	for i, row := range rows {
		if ids[i], err = tracker.ParseID(row.ID); err != nil {
			return nil, err
		}
	}
	return ids, nil
}
