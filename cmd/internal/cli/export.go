package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/store/export"
)

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
	cmd := &cobra.Command{
		Use: "export [QUERY]", Short: "Write results for others and for scripts",
		Long:    "Writes all reports, or those that a query asks for, with their decision and what\ntheir last run says. Private reports are left out unless asked for.",
		Example: "  almatriage export --format csv -o triage.csv\n  almatriage export 'verdict:stream-reproducible' --format markdown",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(formats, o.format) {
				return usage("unknown format %q: the formats are %s", o.format, strings.Join(formats, ", "))
			}
			return runExport(cmd.Context(), a, args, o)
		},
	}
	cmd.Flags().StringVarP(&o.format, "format", "f", "csv", strings.Join(formats, ", "))
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "write to a `FILE`")
	cmd.Flags().BoolVar(&o.private, "include-private", false, "with private reports")
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
