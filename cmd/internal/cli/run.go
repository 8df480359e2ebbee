package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

type runOptions struct {
	query            string
	target, with     []string
	repeat, jobs     int
	fresh, reprepare bool
	maxAge           time.Duration
	pull             string
	timeout, budget  time.Duration
	bisect           bool
	format           format
}

func newRun(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use: "run ID… | --query QUERY", Short: "Run recipes on AlmaLinux and CentOS Stream",
		Long: `Runs a report's recipe in containers of AlmaLinux and CentOS Stream, stores what
happened and suggests a verdict with its reasons. Earlier attempts of the same
recipe, images and packages count and are not made again.

With one report the exit status is 3 if the result is inconclusive, the bug
needs a virtual machine, or a side failed.`,
		Example: "  almatriage run 'almbz#5'\n  almatriage run 'almbz#5' --with ubi --repeat 20\n  almatriage run --query 'has:recipe is:undecided' --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runRun(cmd.Context(), a, args, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.query, "query", "q", "", "all reports with an accepted recipe that match")
	flags.StringSliceVarP(&o.target, "target", "t", nil, "targets, instead of those of the report's release")
	flags.StringSliceVar(&o.with, "with", nil, "further opinions: ubi, kitten, or a target")
	flags.IntVarP(&o.repeat, "repeat", "n", 0, "make exactly so many attempts a side")
	flags.IntVarP(&o.jobs, "jobs", "j", 0, "reports at once (default: half of the containers)")
	flags.BoolVar(&o.fresh, "fresh", false, "take no earlier attempts")
	flags.BoolVar(&o.reprepare, "reprepare", false, "upgrade and install anew")
	flags.DurationVar(&o.maxAge, "max-age", 0, "take no attempts older than this")
	flags.StringVar(&o.pull, "pull", "", "missing, newer, always or never")
	flags.DurationVar(&o.timeout, "timeout", 0, "limit of one attempt")
	flags.DurationVar(&o.budget, "budget", 0, "limit of the whole run of a report")
	flags.BoolVar(&o.bisect, "bisect-exit", false, "one report, one target: exit 0 not seen, 1 seen, 125 cannot tell")
	objectFlags(cmd, &o.format)
	return cmd
}

// checkRun finds what does not go together.
func (o *runOptions) check(args []string) error {
	switch {
	case o.format.jq != "" && !o.format.json:
		return usage("--jq needs --json")
	case len(args) == 0 && o.query == "":
		return usage("name the reports to run, or give --query")
	case len(args) > 0 && o.query != "":
		return usage("name reports or give --query, not both")
	case o.repeat < 0 || o.jobs < 0:
		return usage("--repeat and --jobs must not be negative")
	case o.repeat > 1000:
		return usage("--repeat is at most 1000")
	case o.bisect && (len(args) != 1 || len(o.target) != 1 || len(o.with) > 0):
		return usage("--bisect-exit needs one report and one --target")
	}
	switch reproduce.Pull(o.pull) {
	case "", reproduce.PullMissing, reproduce.PullNewer, reproduce.PullAlways, reproduce.PullNever:
		return nil
	}
	return usage("unknown pull policy %q: missing, newer, always or never", o.pull)
}

// batch is a run command as it goes on.
type batch struct {
	app      *app
	db       *store.DB
	lab      *reproduce.Lab
	config   *config.Config
	options  runOptions
	progress *progress
	one      bool // one report was asked for by name

	mu      sync.Mutex // of the output
	skipped int
	failed  int
}

func runRun(ctx context.Context, a *app, args []string, o runOptions) error {
	if err := o.check(args); err != nil {
		return err
	}
	lab, err := a.lab(ctx)
	if err != nil {
		return err
	}
	c, err := a.config()
	if err != nil {
		return err
	}
	b := &batch{app: a, db: a.db, lab: lab, config: c, options: o, one: len(args) == 1}
	interrupted, err := a.db.InterruptRuns(ctx, podman.Alive)
	if err != nil {
		return err
	}
	if interrupted > 0 {
		// Also where this run needs no container of its own.
		if _, err := a.podman.Sweep(ctx, 0); err != nil {
			return err
		}
	}
	ids, err := b.reports(ctx, args)
	if err != nil {
		return err
	}
	b.progress = newProgress(a)
	defer b.progress.close()
	if b.one {
		return b.single(ctx, ids[0])
	}
	return b.many(ctx, ids)
}

// reports are the ids to run.
func (b *batch) reports(ctx context.Context, args []string) ([]tracker.ID, error) {
	var ids []tracker.ID
	for _, arg := range args {
		id, err := b.app.locate(arg)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if b.options.query == "" {
		return ids, nil
	}
	q, err := b.app.query([]string{b.options.query})
	if err != nil {
		return nil, err
	}
	rows, err := b.db.List(ctx, q, 0)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Recipe != store.RecipeAccepted {
			b.skipped++
			continue
		}
		id, err := tracker.ParseID(row.ID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// request is what the lab is asked for a report.
func (b *batch) request(ctx context.Context, id tracker.ID) (reproduce.Request, error) {
	report, err := b.db.Report(ctx, id)
	if err != nil {
		return reproduce.Request{}, err
	}
	stored, err := b.db.Recipe(ctx, id.String())
	if err != nil {
		return reproduce.Request{}, err
	}
	o := b.options
	req, err := reproduce.NewRequest(report, stored, reproduce.Sides{All: b.config.Targets, Names: o.target, With: o.with}, b.app.now())
	if err != nil {
		return req, err
	}
	req.Repeat, req.Fresh, req.Reprepare, req.MaxAge, req.Timeout, req.Budget = o.repeat, o.fresh, o.reprepare, o.maxAge, o.timeout, o.budget
	req.Pull = cmp.Or(reproduce.Pull(o.pull), b.config.Engine.Pull)
	if b.one && b.app.InTTY && b.app.ErrTTY && !b.app.flags.noInput {
		req.Ask = b.askPerson
	}
	return req, nil
}

// askPerson puts reproduced-when: ask to who sits there.
func (b *batch) askPerson(_ context.Context, target reproduce.Target, attempt reproduce.Attempt) (reproduce.Answer, error) {
	by, err := b.app.person()
	if err != nil {
		return reproduce.Answer{}, err
	}
	b.progress.pause()
	defer b.progress.resume()
	fmt.Fprintf(b.app.Err, "%s, exit status %d:\n", target.Title(), attempt.Facts.Status)
	for _, line := range attempt.Log.Lines {
		fmt.Fprintln(b.app.Err, "    "+safe.Log(line.Text).String())
	}
	answer, err := b.app.ask("Do you see the bug here? [y]es, [n]o, [u]nsure: ")
	if err != nil {
		return reproduce.Answer{}, err
	}
	switch strings.ToLower(answer) {
	case "y", "yes":
		return reproduce.Answer{Seen: true, By: by}, nil
	case "n", "no":
		return reproduce.Answer{By: by}, nil
	}
	return reproduce.Answer{Unsure: true, By: by}, nil
}

// single runs the one report that was asked for.
func (b *batch) single(ctx context.Context, id tracker.ID) error {
	req, err := b.request(ctx, id)
	if err != nil {
		return err
	}
	run, err := b.lab.Run(ctx, req, b.progress.run)
	b.progress.pause()
	if err != nil {
		if reproduce.CodeOf(err) == reproduce.CodeInterrupted {
			fmt.Fprintf(b.app.Err, "almatriage: finished attempts are kept; go on with: almatriage run '%s'\n", id)
		}
		return err
	}
	if err := b.print(run); err != nil {
		return err
	}
	if b.options.bisect {
		return bisectStatus(run)
	}
	return singleStatus(run)
}

// singleStatus is 3 for a result that leaves the question open.
func singleStatus(run reproduce.Run) error {
	switch run.Suggestion.Verdict {
	case reproduce.Inconclusive, reproduce.NeedsVM:
		return quietly(exitInconclusive)
	}
	for _, r := range run.Results() {
		if r.Side.Role == reproduce.RoleAlma || r.Side.Role == reproduce.RoleStream || run.Suggestion.Verdict == "" {
			if !r.Has() && !r.Lacks() {
				return quietly(exitInconclusive)
			}
		}
	}
	return nil
}

// bisectStatus answers git bisect run.
func bisectStatus(run reproduce.Run) error {
	for _, r := range run.Results() {
		switch {
		case r.Has():
			return quietly(1)
		case r.Lacks():
			return nil
		}
	}
	return quietly(125)
}

// many runs several reports, some at once. One that cannot be run does not
// keep the others from it; an engine that is broken does.
func (b *batch) many(ctx context.Context, ids []tracker.ID) error {
	jobs := b.options.jobs
	if jobs == 0 {
		jobs = max(1, b.app.podman.Jobs()/2)
	}
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for _, id := range ids {
		if running.Err() != nil {
			break
		}
		group.Go(func() error { return b.oneOfMany(running, id) })
	}
	err := group.Wait()
	b.progress.pause()
	fmt.Fprintf(b.app.Err, "%d reports, %d failed, %d skipped without an accepted recipe\n", len(ids), b.failed, b.skipped)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return errInterrupted
	case b.failed > 0:
		return quietly(exitPartly)
	}
	return nil
}

func (b *batch) oneOfMany(ctx context.Context, id tracker.ID) error {
	req, err := b.request(ctx, id)
	var run reproduce.Run
	if err == nil {
		run, err = b.lab.Run(ctx, req, b.progress.run)
	}
	if code := reproduce.CodeOf(err); err != nil && (code == reproduce.CodeEngine || code == reproduce.CodeInterrupted || ctx.Err() != nil) {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.progress.pause() // or the next line of it is written over this one
	defer b.progress.resume()
	if err == nil {
		return b.print(run)
	}
	b.failed++
	fmt.Fprintf(b.app.Err, "almatriage: %s: %s\n", id, safeLine(err.Error()))
	return nil
}

func (b *batch) print(run reproduce.Run) error {
	if b.options.format.json {
		return b.app.writeJSON(runJSON(run), b.options.format.jq)
	}
	_, err := fmt.Fprint(b.app.Out, runText(run, b.app.now(), !b.one))
	return err
}
