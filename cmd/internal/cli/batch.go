package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// batchOptions are those of a run of several reports.
type batchOptions struct {
	jobs, limit int
	onlyStale   bool
	stopAfter   time.Duration
	wait        time.Duration // for another batch on the same database
	resume      string        // a batch, or resumeNewest
}

// checkResume refuses what a batch that goes on has from its beginning.
func (o *runOptions) checkResume(args []string) error {
	plan, err := json.Marshal(o.runPlan)
	if err != nil {
		return err
	}
	if len(args) == 1 && o.batch.resume == resumeNewest && !strings.Contains(args[0], "#") {
		return usage("--resume alone goes on with the last batch; one is named as in --resume=%s", args[0])
	}
	if len(args) > 0 || o.query != "" || o.bisect || o.batch.onlyStale || o.batch.limit > 0 || string(plan) != "{}" {
		return usage("--resume goes on with a batch as it was begun: only --jobs, --stop-after, --wait, --engine and --json go with it")
	}
	return nil
}

// batch runs several reports, in a new batch or in one that goes on.
func (r *running) batch(ctx context.Context, args []string) (err error) {
	lock, err := r.lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	kept, left, err := r.begin(ctx, args)
	if err != nil {
		return err
	}
	var todo []string
	for _, one := range kept.Reports {
		if !one.Done() {
			todo = append(todo, one.Report)
		}
	}
	if len(kept.Reports) == 0 {
		what := "no report with an accepted recipe matches"
		if left.fresh > 0 {
			what = fmt.Sprintf("%s with an accepted recipe, and none is due", widget.Count(left.fresh, "report"))
		}
		fmt.Fprintf(r.app.Err, "Nothing to run: %s; %d skipped without one.\n", what, left.without)
		return nil
	}
	w := &batchRun{running: r, kept: kept, skipped: left.without, began: r.app.now(), verdicts: map[reproduce.Verdict]int{}}
	for _, one := range kept.Reports {
		if err := w.count(ctx, one); err != nil {
			return err
		}
	}
	r.progress = newProgress(r.app)
	r.progress.head = w.head
	// A reader that goes away, as in | head, is a failed write: the signal would
	// kill the program and leave its containers.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)
	end, err := w.run(ctx, todo)
	r.progress.close()
	return w.end(context.WithoutCancel(ctx), end, err)
}

// lock makes this the one batch that is at work on the database. It is taken
// before the reports are chosen: what a batch before did is not done again.
func (r *running) lock(ctx context.Context) (*store.BatchLock, error) {
	lock, err := r.db.LockBatch(ctx, 0)
	wait := r.options.batch.wait
	switch {
	case store.CodeOf(err) != store.CodeBusy:
		return lock, err
	case wait == 0:
		return nil, fmt.Errorf("%w; --wait 10m waits for it", err)
	}
	fmt.Fprintf(r.app.Err, "Waiting: %s\n", safeLine(err.Error()))
	if lock, err = r.db.LockBatch(ctx, wait); store.CodeOf(err) == store.CodeBusy {
		return nil, fmt.Errorf("waited for %s: %w", wait, err)
	}
	return lock, err
}

// notRun counts the reports that a query asks for and a batch leaves out.
type notRun struct {
	without int // an accepted recipe
	fresh   int // are not due
}

// begin keeps a new batch, or finds the one to go on with.
func (r *running) begin(ctx context.Context, args []string) (*store.Batch, notRun, error) {
	o := &r.options
	if o.batch.resume != "" {
		id := o.batch.resume
		if id == resumeNewest {
			id = ""
		}
		kept, err := r.db.Batch(ctx, id)
		if err != nil {
			return nil, notRun{}, err
		}
		if err := json.Unmarshal([]byte(kept.Options), &o.runPlan); err != nil {
			return nil, notRun{}, fmt.Errorf("read how the batch %s was begun: %w", kept.ID, err)
		}
		return kept, notRun{}, nil
	}
	reports, left, err := r.reports(ctx, args)
	if err != nil || len(reports) == 0 {
		return &store.Batch{}, left, err
	}
	kept := &store.Batch{ID: reproduce.NewID(), Started: r.app.now()}
	for _, id := range reports {
		kept.Reports = append(kept.Reports, store.BatchReport{Report: id})
	}
	return kept, left, r.db.BeginBatch(ctx, kept.ID, kept.Started, o.runPlan, reports)
}

// reports are the ids to run, each once.
func (r *running) reports(ctx context.Context, args []string) (ids []string, left notRun, err error) {
	add := func(id string) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, arg := range args {
		id, err := r.app.locate(arg)
		if err != nil {
			return nil, left, err
		}
		add(id.String())
	}
	if r.options.query == "" {
		return ids, left, nil
	}
	q, err := r.app.query([]string{r.options.query})
	if err != nil {
		return nil, left, err
	}
	rows, err := r.db.List(ctx, q, 0)
	if err != nil {
		return nil, left, err
	}
	for _, row := range rows {
		if row.Recipe != store.RecipeAccepted {
			left.without++
			continue
		}
		if limit := r.options.batch.limit; limit > 0 && len(ids) == limit {
			continue
		}
		due := true
		if r.options.batch.onlyStale {
			if due, err = r.due(ctx, row); err != nil {
				return nil, left, err
			}
		}
		if due {
			ids = append(ids, row.ID)
		} else {
			left.fresh++
		}
	}
	return ids, left, nil
}

// due tells that a run of a report may say something new: it was never run, its
// decision is stale, its recipe is another one now, or its last run came to
// nothing on a side.
func (r *running) due(ctx context.Context, row store.Row) (bool, error) {
	if row.Stale || row.RunID == "" {
		return true, nil
	}
	runs, err := r.db.Runs(ctx, row.ID)
	if err != nil || len(runs) > 0 && runs[0].State == reproduce.RunInterrupted {
		return true, err
	}
	last, err := r.db.Run(ctx, row.RunID)
	if err != nil {
		return false, err
	}
	recipe, err := r.db.Recipe(ctx, row.ID)
	if err != nil {
		return false, err
	}
	return recipe.Recipe.Hash() != last.RecipeHash || last.Broken(), nil
}

// batchRun is a batch as it goes on.
type batchRun struct {
	*running
	kept    *store.Batch
	skipped int
	began   time.Time

	mu sync.Mutex
	// What is done, of this process and of those before.
	finished, failed, cached, now int
	verdicts                      map[reproduce.Verdict]int
}

// count takes a report that was done before.
func (w *batchRun) count(ctx context.Context, one store.BatchReport) error {
	if !one.Done() {
		return nil
	}
	w.finished++
	failed := one.Error != ""
	if !failed && (one.Verdict == reproduce.Inconclusive || one.Verdict == "") { // others say something
		run, err := w.db.Run(ctx, one.Run)
		if err != nil {
			return err
		}
		failed = run.Failure() != ""
	}
	if failed {
		w.failed++
	} else {
		w.verdicts[one.Verdict]++
	}
	return nil
}

func (w *batchRun) run(ctx context.Context, todo []string) (reproduce.BatchEnd, error) {
	jobs := w.options.batch.jobs
	if jobs == 0 {
		jobs = max(1, slots(w.lab)/2)
	}
	b := reproduce.Batch{Lab: w.lab, Jobs: jobs, StopAfter: w.options.batch.stopAfter,
		Request: func(ctx context.Context, report string) (reproduce.Request, error) {
			id, err := tracker.ParseID(report)
			if err != nil {
				return reproduce.Request{}, err
			}
			req, err := w.request(ctx, id)
			req.Batch = w.kept.ID
			return req, err
		},
		Done: func(r reproduce.BatchResult) error { return w.done(ctx, r) }}
	if w.app.ErrTTY { // a line a step is too much for a log of hundreds of reports
		b.Watch = w.progress.run
	}
	return b.Run(ctx, todo)
}

// done tells how a report ended, as it ends.
func (w *batchRun) done(ctx context.Context, r reproduce.BatchResult) error {
	w.progress.pause() // or the next line of it is written over this one
	defer w.progress.resume()
	w.progress.drop(r.Report)
	w.add(r)
	if r.Err != nil {
		fmt.Fprintf(w.app.Err, "almatriage: %s: %s\n", safe.Line(r.Report), safeLine(r.Err.Error()))
		return errors.Join(w.db.FailInBatch(ctx, w.kept.ID, r.Report, r.Err.Error()), w.printFailed(r))
	}
	if why := r.Run.Failure(); why != "" {
		fmt.Fprintf(w.app.Err, "almatriage: %s: %s\n", safe.Line(r.Report), safeLine(why))
	}
	return w.print(r.Run)
}

// printFailed prints a report of which there is no run: each has an object, or a
// line, of its own.
func (w *batchRun) printFailed(r reproduce.BatchResult) error {
	if w.options.format.json {
		failed := ordered{{"report", r.Report}, {"recipe", nil}, {"started", nil}, {"targets", []ordered{}}, {"suggestion", nil}, {"error", r.Err.Error()}}
		return w.app.writeJSON(failed, w.options.format.jq)
	}
	_, err := fmt.Fprintf(w.app.Out, "%s\tfailed\n", safe.Line(r.Report))
	return err
}

// add counts a report that has ended now.
func (w *batchRun) add(r reproduce.BatchResult) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finished++
	w.now++
	if r.Err != nil || r.Run.Failure() != "" {
		w.failed++
		return
	}
	w.verdicts[r.Run.Suggestion.Verdict]++
	if !slices.ContainsFunc(r.Run.Sides, func(s reproduce.Side) bool { return !s.Cached }) {
		w.cached++
	}
}

// head is the line above what runs: how far the batch is, how fast, how long it
// will still take.
func (w *batchRun) head() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := len(w.kept.Reports)
	parts := []string{fmt.Sprintf("%d of %s", w.finished, widget.Count(all, "report"))}
	for _, n := range []struct {
		n    int
		what string
	}{{w.cached, "cached"}, {w.failed, "failed"}} {
		if n.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	if spent := w.app.now().Sub(w.began); w.now > 0 && spent > time.Second {
		each := spent / time.Duration(w.now)
		parts = append(parts, fmt.Sprintf("%.1f a minute", float64(time.Minute)/float64(each)))
		if left := time.Duration(all-w.finished) * each; left > 0 {
			parts = append(parts, left.Round(time.Second).String()+" left")
		}
	}
	return strings.Join(parts, ", ")
}

// end sums up, and says how to go on where something is left.
func (w *batchRun) end(ctx context.Context, end reproduce.BatchEnd, err error) error {
	left := len(w.kept.Reports) - w.finished
	if left == 0 {
		err = errors.Join(err, w.db.EndBatch(ctx, w.kept.ID, w.app.now()))
	}
	fmt.Fprintf(w.app.Err, "%s: %s; %d cached, %d failed, %d skipped without an accepted recipe, %s\n", widget.Count(w.finished, "report"), w.byVerdict(), w.cached, w.failed,
		w.skipped, w.app.now().Sub(w.began).Round(time.Second/10))
	if left > 0 {
		why := ""
		if end.Stopped {
			why = " after --stop-after"
		}
		fmt.Fprintf(w.app.Err, "%d %s left%s; go on with: %s\n", left, widget.Be(left), why, w.app.again("run", "--resume="+w.kept.ID))
	}
	switch {
	case err != nil:
		return err
	case w.failed > 0:
		return quietly(exitPartly)
	}
	return nil
}

func (w *batchRun) byVerdict() string {
	var parts []string
	for _, v := range slices.SortedFunc(maps.Keys(w.verdicts), func(a, b reproduce.Verdict) int {
		return cmp.Or(w.verdicts[b]-w.verdicts[a], strings.Compare(string(a), string(b)))
	}) {
		parts = append(parts, fmt.Sprintf("%d %s", w.verdicts[v], orNone(v)))
	}
	if len(parts) == 0 {
		return "none has a result"
	}
	return strings.Join(parts, ", ")
}
