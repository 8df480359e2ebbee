package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/github"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui"
)

// textOptions are what can be done with a text but reading it.
type textOptions struct {
	copy, open, private bool
	out, repo           string
	format              format
}

// textFlags adds them to a command that writes a text.
func textFlags(cmd *cobra.Command, o *textOptions, open string) {
	flags := cmd.Flags()
	flags.BoolVar(&o.copy, "copy", false, "put it on the clipboard")
	flags.StringVarP(&o.out, "output", "o", "", "write it to a `FILE`")
	flags.BoolVar(&o.open, "open", false, open)
	objectFlags(cmd, &o.format)
}

// give hands a text on as asked: printed, unless it is saved or copied.
func (a *app) give(ctx context.Context, text string, o textOptions) error {
	switch {
	case o.out != "":
		err := export.WriteFile(o.out, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		if err != nil {
			return fmt.Errorf("save the text: %w", err)
		}
		fmt.Fprintf(a.Err, "Saved: %s\n", safe.Line(o.out))
	case !o.copy:
		if _, err := io.WriteString(a.Out, a.clean(text)); err != nil {
			return err
		}
	}
	if !o.copy {
		return nil
	}
	how, err := tui.Copy(ctx, os.Stderr, a.Env, home("XDG_STATE_HOME", xdg.StateHome), text)
	if err == nil {
		fmt.Fprintf(a.Err, "Copied %s.\n", how)
	}
	return err
}

func newComment(a *app) *cobra.Command {
	var o textOptions
	var post bool
	cmd := &cobra.Command{
		Use: "comment ID", Short: "Write the tracker comment on a report", Args: oneReport,
		Long: `Writes what there is to say of a report to its tracker: what was found, both sides
with images, packages and counts, the command that repeats it by hand, the recipe.
It is printed, and posted only with --post: as a note (Mantis) or a comment
(GitHub). What is there already is not posted again; on GitHub an earlier comment
of yours is edited. On a private report it becomes a private note.`,
		Example: "  almatriage comment 'almbz#5'\n  almatriage comment 'almbz#5' --post",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runComment(cmd.Context(), a, args[0], post, o)
		},
	}
	cmd.Flags().BoolVar(&post, "post", false, "post it to the tracker")
	textFlags(cmd, &o, "open the report in the browser")
	return cmd
}

func runComment(ctx context.Context, a *app, text string, post bool, o textOptions) error {
	if err := o.format.whole(); err != nil {
		return err
	}
	id, _, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	c, err := a.caseOf(ctx, id.String())
	if err != nil {
		return err
	}
	note, err := handoff.Note(c)
	if err != nil {
		return err
	}
	if post {
		return a.post(ctx, note, o.format)
	}
	if o.format.json {
		return a.writeJSON(noteJSON(note, c), o.format.jq)
	}
	if err := a.give(ctx, note.Text, o); err != nil {
		return err
	}
	if note.Private {
		fmt.Fprintln(a.Err, "The report is private: posted, this becomes a private note.")
	}
	if o.open {
		return a.openPage(ctx, c.Report.URL)
	}
	return nil
}

func noteJSON(n tracker.Note, c handoff.Case) ordered {
	return ordered{{"report", n.Report.String()}, {"verdict", orNull(string(c.Verdict()))}, {"private", n.Private}, {"markup", n.Report.Markup()},
		{"hash", n.Hash()}, {"text", n.Text}}
}

// post posts a note and says what became of it.
func (a *app) post(ctx context.Context, note tracker.Note, f format) error {
	poster, err := a.poster(note.Report)
	if err != nil {
		return err
	}
	posted, err := poster.Post(ctx, note)
	if err != nil {
		return err
	}
	if f.json {
		return a.writeJSON(ordered{{"report", note.Report.String()}, {"state", posted.State}, {"url", posted.URL}, {"by", posted.By},
			{"replaces", orNull(posted.Replaces)}, {"private", note.Private}}, f.jq)
	}
	fmt.Fprintln(a.Err, safeLine(posted.Sentence(note.Report)))
	_, err = fmt.Fprintln(a.Out, safe.Line(posted.URL))
	return err
}

// poster is the writing side of the tracker that a report is at.
func (a *app) poster(id tracker.ID) (tracker.Poster, error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	name, ok := a.locator(c).TrackerOf(id)
	if !ok {
		return nil, usage("%s is at no tracker of the configuration: nothing was posted", id)
	}
	sources, err := a.sources([]string{name})
	if err != nil {
		return nil, err
	}
	poster, ok := sources[0].(tracker.Poster)
	if !ok {
		return nil, usage("nothing can be posted to %s", name)
	}
	return poster, nil
}

// openPage shows a page in the browser, if it is one.
func (a *app) openPage(ctx context.Context, page string) error {
	clean, ok := safe.URL(page)
	if !ok {
		return usage("there is no page to open")
	}
	if err := a.openURL(ctx, clean); err != nil {
		return fmt.Errorf("the browser could not be opened (%w); the address is %s", err, clean)
	}
	return nil
}

func newUpstream(a *app) *cobra.Command {
	var o textOptions
	cmd := &cobra.Command{
		Use: "upstream ID", Short: "Draft the report for where the bug belongs", Args: oneReport,
		Long: `Drafts the report that the verdict asks for: for Red Hat Jira, where CentOS Stream
has the bug; the request for a backport, where Stream has the fix; for AlmaLinux's
tracker, where only AlmaLinux has it. With links to search for one that is there
already. Nothing is sent.`,
		RunE: func(cmd *cobra.Command, args []string) error { return runUpstream(cmd.Context(), a, args[0], o) },
	}
	textFlags(cmd, &o, "open the tracker's page for a new report, filled in where it takes that")
	cmd.Flags().BoolVar(&o.private, "include-private", false, "also of a private report")
	cmd.Flags().StringVar(&o.repo, "repo", "", "`OWNER/NAME` on GitHub that a bug which nobody has reported goes to, instead of AlmaLinux's Mantis")
	return cmd
}

func runUpstream(ctx context.Context, a *app, text string, o textOptions) error {
	if err := o.format.whole(); err != nil {
		return err
	}
	id, _, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	c, err := a.caseOf(ctx, id.String())
	if err != nil {
		return err
	}
	if o.repo != "" && !github.IsRepo(o.repo) {
		return usage("--repo %q is no repository on GitHub; write OWNER/NAME, as in AlmaLinux/container-images", o.repo)
	}
	c.IncludePrivate, c.Repo = o.private, o.repo
	draft, err := handoff.Upstream(c)
	if err != nil {
		return err
	}
	if o.format.json {
		return a.writeJSON(draftJSON(c, draft), o.format.jq)
	}
	if err := a.give(ctx, draft.Text(), o); err != nil {
		return err
	}
	if !o.open {
		return nil
	}
	page := draft.Open
	switch {
	case page != "":
	case draft.Kind == handoff.KindComment:
		page = c.Report.URL
		fmt.Fprintln(a.Err, "It is a comment on the report, whose page is opened.")
	case len(draft.Search) > 0:
		page = draft.Search[0].URL
		fmt.Fprintln(a.Err, "There is no page that takes a report filled in; the search for one that is there already is opened.")
	}
	return a.openPage(ctx, page)
}

func draftJSON(c handoff.Case, d handoff.Draft) ordered {
	fields, search := ordered{}, []ordered{}
	for _, f := range d.Fields {
		fields = append(fields, member{f.Name, f.Value})
	}
	for _, l := range d.Search {
		search = append(search, ordered{{"title", l.Title}, {"url", l.URL}})
	}
	return ordered{{"report", c.Report.ID.String()}, {"verdict", c.Verdict()}, {"to", d.To}, {"title", d.Title}, {"fields", fields}, {"body", d.Body},
		{"search", search}, {"open", orNull(d.Open)}, {"notes", append([]string{}, d.Notes...)}}
}
