package reproduce_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/labtest"
)

// dying is a worker that cannot be reached from its nth attempt on.
type dying struct {
	*labtest.Engine
	lives  int64
	tries  atomic.Int64
	reborn atomic.Bool
}

func (d *dying) Attempt(ctx context.Context, spec reproduce.AttemptSpec, watch func(reproduce.Event)) (reproduce.Result, error) {
	if d.tries.Add(1) > d.lives && !d.reborn.Load() {
		return reproduce.Result{}, &reproduce.Error{Code: reproduce.CodeEngine, Message: "the worker is gone"}
	}
	return d.Engine.Attempt(ctx, spec, watch)
}

// TestWorkerDies: the run is given back and made on another, from its
// beginning; what was found before counts; and the lost worker is left alone
// for a while.
func TestWorkerDies(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	b.script("stream9", "n")
	dead := &dying{Engine: b.engine, lives: 3}
	other := &labtest.Engine{Now: b.now, Scripts: b.engine.Scripts}
	var lost []string
	b.lab.Engine, b.lab.Slots = nil, 0
	b.lab.Workers = []reproduce.Worker{{Name: "dead", Engine: dead, Slots: 4}, {Name: "other", Engine: other, Slots: 1}}
	b.lab.Lost = func(err error) { lost = append(lost, err.Error()) }
	var ends []error
	run, err := b.lab.Run(t.Context(), b.req, func(e reproduce.Event) {
		if e.Kind == reproduce.EventDone {
			ends = append(ends, e.Err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(ends) != 1 || ends[0] != nil {
		t.Errorf("the run ended for who watches it: %v", ends)
	}
	if run.State != reproduce.RunDone || len(lost) != 1 || lost[0] != "the worker is gone" {
		t.Errorf("state %s, told %q", run.State, lost)
	}
	done, interrupted := 0, 0
	for _, side := range run.Sides {
		for _, attempt := range side.Attempts {
			if attempt.Run != run.ID && attempt.Done {
				done++ // taken up from the run that was given back
			}
		}
	}
	for _, kept := range b.memory.Runs {
		if kept.State == reproduce.RunInterrupted {
			interrupted++
		}
	}
	if done == 0 || interrupted != 1 {
		t.Errorf("%d attempts were taken up, %d runs interrupted", done, interrupted)
	}
	dead.reborn.Store(true)
	before := dead.tries.Load()
	if b.lab.Run(t.Context(), fresh(b.req), nil); dead.tries.Load() != before { //nolint:errcheck // where it ran is what counts
		t.Error("the lost worker was asked again at once")
	}
	b.later(2 * time.Minute)
	if _, err := b.lab.Run(t.Context(), fresh(b.req), nil); err != nil || dead.tries.Load() == before {
		t.Errorf("the worker that came back was not asked again: %v", err)
	}
}

func fresh(req reproduce.Request) reproduce.Request {
	req.Fresh = true
	return req
}

// TestNoWorkerIsLeft ends with all that went wrong.
func TestNoWorkerIsLeft(t *testing.T) {
	b := newBench(t)
	b.lab.Engine = &dying{Engine: b.engine}
	b.lab.Workers = []reproduce.Worker{{Name: "other", Engine: &dying{Engine: b.engine}}}
	_, err := b.lab.Run(t.Context(), b.req, nil)
	if reproduce.CodeOf(err) != reproduce.CodeEngine || strings.Count(err.Error(), "the worker is gone") < 2 {
		t.Errorf("%v", err)
	}
	if _, err := b.lab.Run(t.Context(), b.req, nil); reproduce.CodeOf(err) != reproduce.CodeEngine || !strings.Contains(err.Error(), "no worker can be used") {
		t.Errorf("while all are left alone: %v", err)
	}
}

// TestRunsAreSharedOut by slots.
func TestRunsAreSharedOut(t *testing.T) {
	b := newBench(t)
	held := make(chan struct{})
	hold := func() *holding {
		return &holding{Engine: &labtest.Engine{Now: b.now, Scripts: b.engine.Scripts}, held: held}
	}
	own, big := hold(), hold()
	b.lab.Engine, b.lab.Slots = own, 1
	b.lab.Workers = []reproduce.Worker{{Name: "big", Engine: big, Slots: 3}}
	ended := make(chan error)
	for range 8 {
		go func() {
			_, err := b.lab.Run(t.Context(), fresh(b.req), nil)
			ended <- err
		}()
	}
	for own.runs.Load()+big.runs.Load() < 8 {
		time.Sleep(time.Millisecond)
	}
	if got := []int64{own.runs.Load(), big.runs.Load()}; !slices.Equal(got, []int64{2, 6}) {
		t.Errorf("runs at each place: %v", got)
	}
	close(held)
	var err error
	for range 8 {
		err = errors.Join(err, <-ended)
	}
	if err != nil {
		t.Error(err)
	}
}

// holding counts the runs that come to it, and lets none go on until it may.
type holding struct {
	*labtest.Engine
	held chan struct{}
	runs atomic.Int64
}

func (h *holding) Resolve(ctx context.Context, targets []reproduce.Target, pull reproduce.Pull, watch func(reproduce.Event)) ([]reproduce.Image, error) {
	h.runs.Add(1)
	<-h.held
	return h.Engine.Resolve(ctx, targets, pull, watch)
}

// broken panics where it is told to.
type broken struct {
	*labtest.Engine
	at string
}

func (b broken) Attempt(ctx context.Context, spec reproduce.AttemptSpec, watch func(reproduce.Event)) (reproduce.Result, error) {
	if b.at == "attempt" {
		var nothing *reproduce.Run
		return reproduce.Result{Duration: time.Duration(len(nothing.Sides))}, nil
	}
	return b.Engine.Attempt(ctx, spec, watch)
}

func (b broken) Prepare(ctx context.Context, spec reproduce.PrepareSpec, watch func(reproduce.Event)) (reproduce.Prepared, error) {
	if b.at == "prepare" {
		panic("the plumbing")
	}
	return b.Engine.Prepare(ctx, spec, watch)
}

func (b broken) Sweep(context.Context, time.Duration) (reproduce.Swept, error) {
	if b.at == "sweep" {
		panic("the broom")
	}
	return reproduce.Swept{}, nil
}

// TestDefect: what panics in a goroutine of a run ends that run and nothing else.
func TestDefect(t *testing.T) {
	for at, want := range map[string]string{"attempt": "nil pointer dereference (worker_test.go:", "prepare": "the plumbing (worker_test.go:", "sweep": ""} {
		b := newBench(t)
		b.lab.Engine = broken{b.engine, at}
		_, err := b.lab.Run(t.Context(), b.req, nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", at, err)
		}
	}
}
