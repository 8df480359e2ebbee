package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/reproduce/handoff/autopatch"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker/safe"
)

type patchOptions struct {
	url, file, out, check           string
	pkg, release, name, email, what string
	verdict                         string
	private                         bool
}

func newPatch(a *app) *cobra.Command {
	var o patchOptions
	cmd := &cobra.Command{
		Use: "patch ID --url URL | --check FILE", Short: "Record where a fix comes from, and write its autopatch configuration",
		Long: `Records where the fix of a report comes from in its decision, and writes the
config.yaml by which AlmaLinux's autopatch adds it to the package: the patch with
its number, a comment in the spec and a changelog entry that name the source and
the report, and the release suffix .alma.N, counted up from the release that was
last seen on AlmaLinux. It is printed; with -o it goes to a folder as autopatch
has it: config.yaml, and the patch in files/. What is there already stays. It
names the report and quotes its title: of a private report it is made only with
--include-private.

--check looks at a config.yaml, strictly, and changes nothing.`,
		Example: "  almatriage patch 'almbz#5' --url https://github.com/example/gizmo/pull/7 --file gizmo-off-by-one.patch -o gizmo",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.check != "" && len(args) == 0:
				return checkPatch(a, o.check)
			case o.check != "" || len(args) != 1:
				return usage("name the report and give --url, or give --check FILE alone")
			}
			return runPatch(cmd.Context(), a, args[0], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.url, "url", "", "where the fix comes from (needed)")
	flags.StringVar(&o.file, "file", "", "the patch `FILE`")
	flags.StringVarP(&o.out, "output", "o", "", "write to this `FOLDER`")
	flags.StringVar(&o.pkg, "package", "", "source package, instead of the one of the last run")
	flags.StringVar(&o.release, "release", "", "its release on AlmaLinux, as in 7.el9.alma.1, instead of the one of the last run")
	flags.StringVar(&o.what, "message", "", "what the fix does, for the changelog, instead of the report's title")
	flags.StringVar(&o.name, "name", "", "who signs the changelog entry, instead of [user] name")
	flags.StringVar(&o.email, "email", "", "and the address, instead of [user] email")
	flags.StringVar(&o.check, "check", "", "check this config.yaml `FILE`")
	flags.StringVar(&o.verdict, "verdict", "", "decide so, where nobody has decided yet")
	flags.BoolVar(&o.private, "include-private", false, "also of a private report")
	return cmd
}

func runPatch(ctx context.Context, a *app, text string, o patchOptions) error {
	url, ok := safe.URL(o.url)
	if !ok {
		return usage("--url %q is not an http or https URL: it tells where the fix comes from", o.url)
	}
	o.url = url
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	c, err := a.caseOf(ctx, id.String())
	if err != nil {
		return err
	}
	if c.Report.Private && !o.private {
		return usage("%s is private, and a changelog would tell what it says: --include-private writes it all the same", id)
	}
	verdict, err := o.decided(c)
	if err != nil {
		return err
	}
	patch, err := o.patch()
	if err != nil {
		return err
	}
	config, err := a.autopatch(c, o)
	if err != nil {
		return err
	}
	data := config.Format()
	if err := autopatch.Check("config.yaml", data); err != nil {
		return fmt.Errorf("what was written is not what autopatch takes: %w", err)
	}
	if err := a.writePatch(data, patch, o); err != nil {
		return err
	}
	if c.Report.Private {
		fmt.Fprintln(a.Err, "The report is private: whoever reads the configuration, or the package's changelog, reads what it tells.")
	}
	return a.recordPatch(ctx, db, c, verdict, o.url)
}

// patch reads the patch, nil if none is named: one that is not there must not
// be found out only when the rest is done.
func (o *patchOptions) patch() ([]byte, error) {
	if o.file == "" {
		return nil, nil
	}
	patch, err := os.ReadFile(o.file)
	if err != nil {
		return nil, usage("the patch cannot be read: %w", err)
	}
	return patch, nil
}

// checkPatch looks at a configuration that somebody wrote.
func checkPatch(a *app, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return usage("the configuration cannot be read: %w", err)
	}
	config, err := autopatch.Parse(path, data)
	if err != nil {
		return usage("%w", err)
	}
	for _, advice := range config.Advice() {
		fmt.Fprintln(a.Err, "check: "+safeLine(advice))
	}
	_, err = fmt.Fprintf(a.Out, "ok: %s\n", safe.Line(path))
	return err
}

// decided is the verdict in whose decision the patch is recorded.
func (o *patchOptions) decided(c handoff.Case) (reproduce.Verdict, error) {
	verdict := reproduce.Verdict(o.verdict)
	switch {
	case o.verdict != "" && !slices.Contains(reproduce.Decidable(), verdict):
		return "", usage("unknown verdict %q: the verdicts are %s", o.verdict, verdictWords())
	case o.verdict != "" && c.Decision != nil && c.Decision.Verdict != verdict:
		return "", usage("%[1]s is decided already, as %[2]s: leave --verdict out, or decide anew first with: almatriage mark '%[1]s' %[3]s", c.Report.ID, c.Decision.Verdict, verdict)
	case o.verdict != "":
		return verdict, nil
	case c.Decision != nil:
		return c.Decision.Verdict, nil
	}
	return "", usage("nobody has decided on %s yet, and the patch is recorded in the decision: add --verdict %s", c.Report.ID,
		cmp.Or(c.Verdict(), reproduce.AlmaOnly))
}

// autopatch is the configuration for the fix of a report.
func (a *app) autopatch(c handoff.Case, o patchOptions) (autopatch.Config, error) {
	name, err := a.person()
	if err != nil {
		return autopatch.Config{}, err
	}
	build := handoff.AlmaBuild(c)
	p := autopatch.Patch{Package: cmp.Or(o.pkg, build.Source), Release: cmp.Or(o.release, build.Release), URL: o.url,
		Summary: cmp.Or(o.what, c.Report.Title), Name: cmp.Or(o.name, name), Email: cmp.Or(o.email, a.loaded.User.Email)}
	if !c.Report.ID.IsLocal() { // a local report's number says nothing to others
		p.Reports = []string{c.Report.ID.String()}
		if page, ok := safe.URL(c.Report.URL); ok {
			p.Reports[0] += " " + page
		}
	}
	if o.file != "" {
		p.File = filepath.Base(o.file)
	}
	switch {
	case p.Package == "":
		return autopatch.Config{}, usage("which source package is it? No run tells: give --package")
	case p.Release == "":
		return autopatch.Config{}, usage("which release of %s has AlmaLinux? No run tells: give --release, as in --release 7.el9", p.Package)
	case p.Email == "":
		return autopatch.Config{}, usage("who signs the changelog entry? Give --email, or set [user] email in %s", a.configPath())
	}
	config, err := autopatch.New(p)
	if err != nil {
		return config, usage("%w", err)
	}
	return config, nil
}

// writePatch prints the configuration, or writes it with the patch to a folder.
func (a *app) writePatch(config, patch []byte, o patchOptions) error {
	if o.out == "" {
		if _, err := a.Out.Write(config); err != nil {
			return err
		}
		if o.file != "" {
			fmt.Fprintf(a.Err, "The patch %s goes to files/ beside it; -o FOLDER writes both.\n", safe.Line(filepath.Base(o.file)))
		}
		return nil
	}
	write := func(name string, data []byte) error {
		path := filepath.Join(o.out, name)
		if _, err := os.Lstat(path); err == nil { // it may hold what others wrote
			return usage("%s is there already; choose another folder, and join the two by hand", path)
		}
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = export.WriteFile(path, func(w io.Writer) error { _, err := w.Write(data); return err })
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		fmt.Fprintf(a.Err, "Saved: %s\n", safe.Line(path))
		return nil
	}
	if o.file == "" {
		return write("config.yaml", config)
	}
	if err := write("config.yaml", config); err != nil {
		return err
	}
	return write(filepath.Join("files", filepath.Base(o.file)), patch)
}

// recordPatch has the decision name the source of the fix; one that does so
// already stays as it is.
func (a *app) recordPatch(ctx context.Context, db *store.DB, c handoff.Case, verdict reproduce.Verdict, url string) error {
	id := c.Report.ID.String()
	note := ""
	if d := c.Decision; d != nil {
		if note = d.Note; d.PatchURL == url && d.Verdict == verdict {
			fmt.Fprintf(a.Err, "The decision on %s names %s already.\n", id, safe.Line(url))
			return nil
		}
	}
	by, err := a.person()
	if err != nil {
		return err
	}
	if _, err := db.Mark(ctx, store.Mark{Reports: []string{id}, Verdict: verdict, Note: note, PatchURL: url, By: by, At: a.now()}); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "%s is %s, with the fix from %s; take it back with: %s\n", id, verdict, safe.Line(url), a.again("mark", "--undo", id))
	return nil
}
