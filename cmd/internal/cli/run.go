package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

type runOptions struct {
	query  string
	bisect bool
	engine string
	format format
	batch  batchOptions
	runPlan
}

// runPlan is how runs are made. It is kept with a batch.
type runPlan struct {
	Target, With     []string      `json:",omitempty"`
	Repeat           int           `json:",omitempty"`
	Fresh, Reprepare bool          `json:",omitempty"`
	MaxAge           time.Duration `json:",omitempty"`
	Pull             string        `json:",omitempty"`
	Timeout, Budget  time.Duration `json:",omitempty"`
}

func newRun(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use: "run ID… | --query QUERY | --resume", Short: "Run recipes on AlmaLinux and CentOS Stream",
		Long: `Runs a report's recipe in containers of AlmaLinux and CentOS Stream, stores what
happened and suggests a verdict with its reasons. Earlier attempts of the same
recipe, images and packages count and are not made again.

With one report the exit status is 3 if the result is inconclusive, the bug
needs a virtual machine, or a side failed.

Several reports are a batch. It is kept: interrupted or stopped it goes on with
--resume, and nothing that was finished is done again. A report that cannot be run,
or of which no side could be prepared, keeps no other from it; then the exit status
is 6. With --json a report that could not be run has an object, too, with an error
and no targets. One batch at a time works on a database; another one fails at once, or waits
as long as --wait says.`,
		Example: "  almatriage run 'almbz#5'\n  almatriage run 'almbz#5' --with ubi --repeat 20\n  almatriage run --query 'has:recipe is:undecided' --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			err := runRun(cmd.Context(), a, args, o)
			if o.bisect {
				err = cannotTell(err)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.query, "query", "q", "", "all reports with an accepted recipe that match")
	flags.StringSliceVarP(&o.Target, "target", "t", nil, "targets, instead of those of the report's release")
	flags.StringSliceVar(&o.With, "with", nil, "further opinions: ubi, kitten, or a target")
	flags.IntVarP(&o.Repeat, "repeat", "n", 0, "make exactly so many attempts a side")
	flags.IntVarP(&o.batch.jobs, "jobs", "j", 0, "reports at once (default: half of the containers)")
	flags.BoolVar(&o.Fresh, "fresh", false, "take no earlier attempts")
	flags.BoolVar(&o.Reprepare, "reprepare", false, "upgrade and install anew")
	durationFlag(flags, &o.MaxAge, "max-age", "take no attempts older than this")
	flags.StringVar(&o.Pull, "pull", "", "missing, newer, always or never")
	flags.StringVar(&o.engine, "engine", "", "podman or kubernetes, instead of the configured one")
	durationFlag(flags, &o.Timeout, "timeout", "limit of one attempt")
	durationFlag(flags, &o.Budget, "budget", "limit of the whole run of a report")
	durationFlag(flags, &o.batch.stopAfter, "stop-after", "of a batch: begin no more reports after that time")
	durationFlag(flags, &o.batch.wait, "wait", "of a batch: wait so long for another one on the same database to end")
	flags.BoolVar(&o.batch.onlyStale, "only-stale", false, "with --query: only reports that are due: never run, decision stale, recipe changed since, or the last run failed or was interrupted")
	flags.IntVarP(&o.batch.limit, "limit", "L", 0, "with --query: at most so many reports")
	flags.StringVar(&o.batch.resume, "resume", "", "go on with the batch of that `ID`, or the last one")
	flags.Lookup("resume").NoOptDefVal = resumeNewest
	flags.BoolVar(&o.bisect, "bisect-exit", false, "one report, one target: exit 0 not seen, 1 seen, 125 cannot tell, or failed")
	objectFlags(cmd, &o.format)
	return cmd
}

// checkRun finds what does not go together.
func (o *runOptions) check(args []string) error {
	switch config.EngineKind(o.engine) {
	case "", config.Podman, config.Kubernetes:
	default:
		return usage("unknown engine %q: podman or kubernetes", o.engine)
	}
	switch {
	case o.format.jq != "" && !o.format.json:
		return usage("--jq needs --json")
	case o.batch.resume != "":
		return o.checkResume(args)
	case len(args) == 0 && o.query == "":
		return usage("name the reports to run, or give --query")
	case len(args) > 0 && o.query != "":
		return usage("name reports or give --query, not both")
	case o.Repeat < 0 || o.batch.jobs < 0 || o.batch.limit < 0:
		return usage("--repeat, --jobs and --limit must not be negative")
	case o.query == "" && (o.batch.onlyStale || o.batch.limit > 0):
		return usage("--only-stale and --limit go with --query")
	case o.Repeat > 1000:
		return usage("--repeat is at most 1000")
	case o.bisect && (len(args) != 1 || len(o.Target) != 1 || len(o.With) > 0):
		return usage("--bisect-exit needs one report and one --target")
	}
	switch reproduce.Pull(o.Pull) {
	case "", reproduce.PullMissing, reproduce.PullNewer, reproduce.PullAlways, reproduce.PullNever:
		return nil
	}
	return usage("unknown pull policy %q: missing, newer, always or never", o.Pull)
}

// running is a run command as it goes on.
type running struct {
	app      *app
	db       *store.DB
	lab      *reproduce.Lab
	config   *config.Config
	options  runOptions
	progress *progress
	one      bool // one report was asked for by name
}

func runRun(ctx context.Context, a *app, args []string, o runOptions) error {
	if err := o.check(args); err != nil {
		return err
	}
	a.engineKind = config.EngineKind(o.engine)
	lab, err := a.lab(ctx)
	if err != nil {
		return err
	}
	c, err := a.config()
	if err != nil {
		return err
	}
	r := &running{app: a, db: a.db, lab: lab, config: c, options: o, one: len(args) == 1}
	lab.Lost = r.lost
	a.warnOfRoot(c)
	if err := a.tidyUp(ctx, lab); err != nil {
		return err
	}
	if !r.one {
		return r.batch(ctx, args)
	}
	id, err := a.locate(args[0])
	if err != nil {
		return err
	}
	r.progress = newProgress(a)
	defer r.progress.close()
	return r.single(ctx, id)
}

// lost tells of a worker that cannot be used any more.
func (r *running) lost(err error) {
	r.app.log.Warn("worker lost", "error", err.Error())
	r.progress.say("almatriage: " + safeLine(err.Error()) + "; its reports go to others")
}

// tidyUp marks the runs of processes that are gone, and removes what they
// left: also where what comes next needs no container of its own.
func (a *app) tidyUp(ctx context.Context, lab *reproduce.Lab) error {
	interrupted, err := a.db.InterruptRuns(ctx, podman.Alive)
	if err != nil || interrupted == 0 {
		return err
	}
	return lab.Sweep(ctx)
}

// request is what the lab is asked for a report.
func (r *running) request(ctx context.Context, id tracker.ID) (reproduce.Request, error) {
	report, err := r.db.Report(ctx, id)
	if err != nil {
		return reproduce.Request{}, err
	}
	stored, err := r.db.Recipe(ctx, id.String())
	if err != nil {
		return reproduce.Request{}, err
	}
	o := r.options
	req, err := reproduce.NewRequest(report, stored, reproduce.Sides{All: r.config.Targets, Names: o.Target, With: o.With}, r.app.now())
	if err != nil {
		return req, err
	}
	req.Repeat, req.Fresh, req.Reprepare, req.MaxAge, req.Timeout, req.Budget = o.Repeat, o.Fresh, o.Reprepare, o.MaxAge, o.Timeout, o.Budget
	req.Pull = cmp.Or(reproduce.Pull(o.Pull), r.config.Engine.Pull)
	if r.one && r.app.InTTY && r.app.ErrTTY && !r.app.flags.noInput {
		req.Ask = r.askPerson
	}
	r.progress.sayReach(req)
	return req, nil
}

// askPerson puts reproduced-when: ask to who sits there.
func (r *running) askPerson(ctx context.Context, target reproduce.Target, attempt reproduce.Attempt) (reproduce.Answer, error) {
	by, err := r.app.person()
	if err != nil {
		return reproduce.Answer{}, err
	}
	r.progress.pause()
	defer r.progress.resume()
	fmt.Fprintf(r.app.Err, "%s, exit status %d:\n", target.Title(), attempt.Facts.Status)
	for _, line := range attempt.Log.Lines {
		fmt.Fprintln(r.app.Err, "    "+safe.Log(line.Text).String())
	}
	answer, err := r.app.ask(ctx, "Do you see the bug here? [y]es, [n]o, [u]nsure: ")
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
func (r *running) single(ctx context.Context, id tracker.ID) error {
	req, err := r.request(ctx, id)
	if err != nil {
		return err
	}
	run, err := r.lab.Run(ctx, req, r.progress.run)
	r.progress.pause()
	if err != nil {
		if reproduce.CodeOf(err) == reproduce.CodeInterrupted {
			fmt.Fprintf(r.app.Err, "almatriage: finished attempts are kept; go on with: %s\n", r.app.again("run", id.String()))
		}
		return err
	}
	if err := r.print(run); err != nil {
		return err
	}
	if r.options.bisect {
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
	return quietly(exitSkip)
}

// cannotTell keeps git bisect run from taking a failure of ours for the bug: it
// reads any status from 1 to 127 but 125 so. An interruption ends the bisection.
func cannotTell(err error) error {
	var exit *exitError
	if err == nil || errors.As(err, &exit) && exit.err == nil || exitStatus(err) == exitInterrupted {
		return err
	}
	return &exitError{status: exitSkip, err: err}
}

func (r *running) print(run reproduce.Run) error {
	if r.options.format.json {
		return r.app.writeJSON(runJSON(run), r.options.format.jq)
	}
	_, err := fmt.Fprint(r.app.Out, r.app.runText(run, !r.one))
	return err
}
