package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/store/export/html"
	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tui/widget"
)

// bundleFormat is the format that import reads.
const bundleFormat = "bundle"

// htmlFormat is a page for people.
const htmlFormat = "html"

type exportOptions struct {
	format, output string
	private        bool
	since          string // a time
	by             string
	fields         []string
	schema         bool
}

func newExport(a *app) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use: "export [QUERY]", Short: "Write results for others and for scripts",
		Long: "Writes all reports, or those that a query asks for, with their decision and what\ntheir last run says. Private reports are left out unless asked for.\n\n" +
			"--since and --decided-by choose by the decision in force: those made at or since\na time, written as in queries (2026-01-31, 7d), and those that one person made.\n\n" +
			"A bundle is one file that another triager can import: the reports with their\nrecipes, the newest run of each and those that decisions rest on, with all\noutput, and the decisions. html is one page to publish. tmt is a folder of tests\nthat tmt and Testing Farm run.",
		Example: "  almatriage export --format csv -o triage.csv\n  almatriage export 'verdict:stream-reproducible' --format markdown\n" +
			"  almatriage export --since 7d --format jsonl --fields id,verdict,note\n  almatriage export --format bundle -o triage.tar.zst",
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.schema {
				return printSchema(a, args)
			}
			if err := checkExport(cmd, o); err != nil {
				return err
			}
			switch o.format { // those without columns first
			case bundleFormat:
				return runExportBundle(cmd.Context(), a, args, o)
			case tmtFormat:
				return runExportTmt(cmd.Context(), a, args, o)
			default:
				return runExport(cmd.Context(), a, args, o)
			}
		},
	}
	exportFlags(cmd, &o)
	return cmd
}

func exportFlags(cmd *cobra.Command, o *exportOptions) {
	flags := cmd.Flags()
	flags.StringVarP(&o.format, "format", "f", "csv", strings.Join(exportFormats(), ", "))
	flags.StringVarP(&o.output, "output", "o", "", "write to a `FILE`; for tmt, a new folder")
	flags.BoolVar(&o.private, "include-private", false, "with private reports; in a bundle also private comments")
	flags.StringVar(&o.since, "since", "", "only what was decided at or since this `TIME`")
	flags.StringVar(&o.by, "decided-by", "", "only what the person of this `NAME` decided")
	flags.StringSliceVar(&o.fields, "fields", nil, "only these `FIELDS`, joined by commas, in their order; without any: names them")
	flags.BoolVar(&o.schema, "schema", false, "print the JSON Schema of a record, and export nothing")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if strings.Contains(err.Error(), "needs an argument: --fields") {
			return noFields()
		}
		return flagError(cmd, err)
	})
}

// exportFormats are all formats; those of package export have columns.
func exportFormats() []string {
	var formats []string
	for _, f := range export.Formats() {
		formats = append(formats, string(f))
	}
	return append(formats, htmlFormat, bundleFormat, tmtFormat)
}

// checkExport refuses formats and fields that do not exist, and what a format
// has none of.
func checkExport(cmd *cobra.Command, o exportOptions) error {
	if !slices.Contains(exportFormats(), o.format) {
		return usage("unknown format %q: the formats are %s", o.format, strings.Join(exportFormats(), ", "))
	}
	if cmd.Flags().Changed("decided-by") && o.by == "" {
		return usage("--decided-by needs the name of who decided")
	}
	if cmd.Flags().Changed("since") && o.since == "" {
		return usage("--since needs a time, as in 2026-01-31 or 7d")
	}
	if !cmd.Flags().Changed("fields") {
		return nil
	}
	if !slices.Contains(export.Formats(), export.Format(o.format)) {
		return usage("--fields chooses columns, and %s has none", o.format)
	}
	if len(o.fields) == 0 {
		return noFields()
	}
	for i, name := range o.fields {
		switch {
		case !slices.Contains(export.Columns(), name):
			return usage("unknown field %q: the fields are %s", name, strings.Join(export.Columns(), ", "))
		case slices.Contains(o.fields[:i], name):
			return usage("the field %s is named twice", name)
		}
	}
	return nil
}

func noFields() error {
	return usage("--fields needs fields, joined by commas: %s", strings.Join(export.Columns(), ","))
}

func printSchema(a *app, args []string) error {
	if len(args) > 0 {
		return usage("--schema takes no query: it is the same for all reports")
	}
	_, err := fmt.Fprint(a.Out, export.Schema())
	return err
}

// choice is which reports the words of a query and the flags ask for.
func (o *exportOptions) choice(a *app, words []string) (store.Choice, error) {
	q, err := a.query(words)
	if err != nil {
		return store.Choice{}, err
	}
	c := store.Choice{Query: q, By: o.by}
	if o.since != "" {
		c.Since, err = parseSince(o.since, a.now())
	}
	return c, err
}

// parseSince reads a time as queries have it: the beginning of a day, a month
// or a year, a time, or an age. In a query it would be a range without an end.
func parseSince(text string, now time.Time) (time.Time, error) {
	odd := strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789-+:.TZhdwmoy", r) })
	q, err := query.Parse("updated:"+text+"..", now)
	if odd || err != nil || len(q.Terms) != 1 || q.Terms[0].Key != query.KeyUpdated || q.Terms[0].From.IsZero() || !q.Terms[0].To.IsZero() {
		return time.Time{}, usage("--since %q is no time: write 2026-01-31, 2026-01-31T12:00:00Z, or an age such as 12h, 7d, 2w, 3mo, 1y", text)
	}
	return q.Terms[0].From, nil
}

func runExport(ctx context.Context, a *app, words []string, o exportOptions) error {
	choice, err := o.choice(a, words)
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	var left int
	write := func(w io.Writer) (err error) {
		left, err = export.Reports(ctx, w, db, export.Format(o.format), export.Options{Choice: choice, Private: o.private, Fields: o.fields})
		return err
	}
	if o.format == htmlFormat {
		ids, err := db.Chosen(ctx, choice)
		if err != nil {
			return err
		}
		write = func(w io.Writer) (err error) {
			left, err = html.Write(ctx, w, db, ids, html.Options{Private: o.private, Now: a.now(), Program: Version(), Hide: bundle.Hide})
			return err
		}
	}
	if o.output == "" || o.output == "-" {
		err = write(a.Out)
	} else {
		err = export.WriteFile(o.output, write)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	a.leftOut(left, 0)
	return nil
}

// runExportBundle writes the evidence of reports into one file.
func runExportBundle(ctx context.Context, a *app, words []string, o exportOptions) error {
	toStdout := o.output == "" || o.output == "-"
	if toStdout && a.OutTTY {
		return usage("a bundle is nothing for a terminal: name a file with -o, or pipe it on")
	}
	choice, err := o.choice(a, words)
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
	ids, err := db.Chosen(ctx, choice)
	if err != nil {
		return err
	}
	options := bundle.Options{Program: program(), Author: by, Private: o.private}
	var s bundle.Summary
	if toStdout {
		s, err = bundle.Write(ctx, a.Out, db, ids, options)
	} else {
		s, err = bundle.WriteFile(ctx, o.output, db, ids, options)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	fmt.Fprintf(a.Err, "%s with %s %s in the bundle\n", widget.Count(s.Reports, "report"), widget.Count(s.Runs, "run"), widget.Be(s.Reports))
	if s.PrivateReports+s.PrivateComments > 0 {
		fmt.Fprintf(a.Err, "%s and %s are left out; --include-private takes them in\n", widget.Count(s.PrivateReports, "private report"), widget.Count(s.PrivateComments, "private comment"))
	}
	return nil
}
