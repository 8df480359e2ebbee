package reproduce

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Batch runs the recipes of many reports, some at a time. One report that
// cannot be run keeps no other from it; an engine that is broken ends the batch.
// Requests for the same are made one after the other, so that the later ones
// are answered from the attempts of the first.
type Batch struct {
	Lab *Lab
	// Jobs is how many reports run at once, at least 1.
	Jobs int
	// Request makes a report's request; its error is that report's.
	Request func(ctx context.Context, report string) (Request, error)
	// StopAfter ends the batch in good order after that time: what runs is
	// finished, nothing more is begun. 0: never.
	StopAfter time.Duration
	// Watch gets the events of all runs; may be nil.
	Watch func(Event)
	// Done gets each report's end, one at a time, in the order of the ends. Its
	// error ends the batch.
	Done func(BatchResult) error
}

// BatchResult is how a report of a batch ended: a run, or why there is none.
type BatchResult struct {
	Report string
	Run    Run
	Err    error
	Took   time.Duration
}

// BatchEnd tells how a batch ended.
type BatchEnd struct {
	// Finished is the number of reports that Done was told of.
	Finished int
	// Stopped: the time was over before all were begun.
	Stopped bool
}

// Run runs the reports in their order. An error is that of a broken engine, of
// Done, or CodeInterrupted; what was finished is in the journal.
func (b *Batch) Run(ctx context.Context, reports []string) (BatchEnd, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &batchWork{batch: b, began: b.Lab.now(), todo: reports, busy: map[string]bool{}, tried: map[string]bool{}, parked: map[string][]parked{}, fail: cancel}
	if b.StopAfter > 0 {
		w.ends = b.Lab.now().Add(b.StopAfter)
	}
	var workers sync.WaitGroup
	for range max(b.Jobs, 1) {
		workers.Go(func() { w.work(ctx) })
	}
	workers.Wait()
	end := BatchEnd{Finished: w.finished, Stopped: w.stopped}
	switch cause := context.Cause(ctx); {
	case w.failure != nil:
		return end, w.failure
	case cause != nil:
		return end, &Error{Code: CodeInterrupted, Message: "interrupted", Err: cause}
	}
	return end, nil
}

// batchWork is a batch as it goes on.
type batchWork struct {
	batch *Batch
	began time.Time
	fail  context.CancelCauseFunc

	mu       sync.Mutex
	todo     []string
	busy     map[string]bool // requests that run, by what they ask for
	tried    map[string]bool // those that have ended
	parked   map[string][]parked
	ready    []parked // whose like has ended
	ends     time.Time
	finished int
	stopped  bool
	failure  error
}

// parked is a report that waits for another with the same request.
type parked struct {
	report string
	req    Request
}

// next is the report to go on with; ok is false when there is none left to begin.
func (w *batchWork) next(ctx context.Context) (p parked, prepared, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() != nil {
		return p, false, false
	}
	if len(w.todo)+len(w.ready) > 0 && !w.ends.IsZero() && !w.batch.Lab.now().Before(w.ends) {
		w.stopped = true
		return p, false, false
	}
	if len(w.ready) > 0 {
		p, w.ready = w.ready[0], w.ready[1:]
		return p, true, true
	}
	if len(w.todo) > 0 {
		p.report, w.todo = w.todo[0], w.todo[1:]
		return p, false, true
	}
	return p, false, false
}

// work takes reports until none is left.
func (w *batchWork) work(ctx context.Context) {
	for {
		p, prepared, ok := w.next(ctx)
		if !ok {
			return
		}
		began := w.batch.Lab.now()
		if !prepared {
			var err error
			if p.req, err = w.batch.Request(ctx, p.report); err != nil {
				w.done(ctx, BatchResult{Report: p.report, Err: err})
				continue
			}
		}
		key := p.req.sameAs()
		if !w.take(key, &p) {
			continue // its like is at work, and takes it up at its end
		}
		var run Run
		err := safely(func() (err error) {
			run, err = w.batch.Lab.Run(ctx, p.req, w.batch.Watch)
			return err
		})
		w.leave(key)
		w.done(ctx, BatchResult{Report: p.report, Run: run, Err: err, Took: w.batch.Lab.now().Sub(began)})
	}
}

// take marks a request as at work, or parks it behind its like. Fresh attempts
// are those of this batch: what its like had made is taken.
func (w *batchWork) take(key string, p *parked) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.req.Fresh && w.tried[key] {
		p.req.Fresh, p.req.Since = false, w.began
	}
	if w.busy[key] {
		w.parked[key] = append(w.parked[key], *p)
		return false
	}
	w.busy[key] = true
	return true
}

// leave lets those go on that waited for a request: all of them, for they are
// answered from the cache now.
func (w *batchWork) leave(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.busy, key)
	w.tried[key] = true
	w.ready = append(w.ready, w.parked[key]...)
	delete(w.parked, key)
}

// done tells of a report's end. What breaks the batch ends it.
func (w *batchWork) done(ctx context.Context, r BatchResult) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Err != nil && (ctx.Err() != nil || CodeOf(r.Err) == CodeInterrupted) {
		return // it is not at its end
	}
	if CodeOf(r.Err) == CodeEngine {
		w.failure = errors.Join(w.failure, r.Err)
		w.fail(r.Err)
		return
	}
	w.finished++
	if err := w.batch.Done(r); err != nil {
		w.failure = errors.Join(w.failure, err)
		w.fail(err)
	}
}

// sameAs identifies what a request asks for, whichever report it is about.
func (r *Request) sameAs() string {
	return hashOf(struct {
		Executed      string
		Oracle        Oracle
		Duration      time.Duration
		Targets, With []Target
		Repeat        int
		Sometimes     bool
	}{r.Recipe.Hash(), r.Recipe.Oracle, r.Recipe.Duration, r.Targets, r.With, r.Repeat, r.Hints.Sometimes})
}
