package reproduce_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// batch runs reports on the bench, each with a test of its own, but those whose
// number is even, which have the same one.
func (b *bench) batch(jobs int, change func(*reproduce.Batch)) (ended []string, end reproduce.BatchEnd, err error) {
	batch := reproduce.Batch{Lab: b.lab, Jobs: jobs,
		Request: func(_ context.Context, report string) (reproduce.Request, error) {
			if strings.HasSuffix(report, "#7") {
				return reproduce.Request{}, &reproduce.Error{Code: reproduce.CodeNoRecipe, Message: "no recipe"}
			}
			req := b.req
			req.Report = report
			if last := report[len(report)-1]; last%2 == 1 {
				req.Recipe.Test = "app " + report
			}
			return req, nil
		},
		Done: func(r reproduce.BatchResult) error {
			ended = append(ended, fmt.Sprintf("%s %s %v", r.Report, r.Run.Suggestion.Verdict, r.Err))
			return nil
		}}
	if change != nil {
		change(&batch)
	}
	var reports []string
	for i := range 10 {
		reports = append(reports, fmt.Sprintf("almbz#%d", i+1))
	}
	end, err = batch.Run(context.Background(), reports)
	slices.Sort(ended)
	return ended, end, err
}

func TestBatch(t *testing.T) {
	for _, jobs := range []int{0, 1, 3, 20} {
		b := newBench(t)
		b.script("alma9", "s")
		b.script("stream9", "s")
		ended, end, err := b.batch(jobs, nil)
		if err != nil || end.Finished != 10 || end.Stopped || len(ended) != 10 {
			t.Fatalf("%d jobs: %v, %+v, %v", jobs, ended, end, err)
		}
		for _, line := range ended {
			if want := " stream-reproducible <nil>"; strings.HasPrefix(line, "almbz#7 ") {
				if !strings.HasSuffix(line, "no recipe") {
					t.Errorf("%d jobs: %s", jobs, line)
				}
			} else if !strings.HasSuffix(line, want) {
				t.Errorf("%d jobs: %s", jobs, line)
			}
		}
		// Four tests of their own and one that five reports share: 2 attempts a
		// side each, and no more.
		if n := b.memory.Begun; n != 5*4 {
			t.Errorf("%d jobs: %d attempts were made", jobs, n)
		}
		if n := len(b.memory.Runs); n != 9 {
			t.Errorf("%d jobs: %d runs", jobs, n)
		}
	}
}

// TestFreshBatch: those that ask for the same share their attempts, but none of
// before the batch.
func TestFreshBatch(t *testing.T) {
	for _, jobs := range []int{1, 3} {
		b := newBench(t)
		b.script("alma9", "s")
		b.script("stream9", "s")
		b.req.Fresh = true
		for round := range 2 {
			if _, end, err := b.batch(jobs, nil); err != nil || end.Finished != 10 {
				t.Fatalf("%d jobs: %+v, %v", jobs, end, err)
			}
			if n, want := b.memory.Begun, 5*4*(round+1); n != want {
				t.Errorf("%d jobs, round %d: %d attempts were made, not %d", jobs, round, n, want)
			}
		}
	}
}

func TestBatchEndsOnABrokenEngine(t *testing.T) {
	b := newBench(t)
	b.engine.Scripts["alma9"].PrepareErr = &reproduce.Error{Code: reproduce.CodeEngine, Message: "podman hangs"}
	ended, end, err := b.batch(2, nil)
	if reproduce.CodeOf(err) != reproduce.CodeEngine || end.Finished > 1 || len(ended) != end.Finished {
		t.Errorf("%v, %+v, %v", ended, end, err)
	}
}

func TestBatchStops(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	b.script("stream9", "s")
	ended, end, err := b.batch(1, func(batch *reproduce.Batch) {
		batch.StopAfter = time.Minute
		done := batch.Done
		batch.Done = func(r reproduce.BatchResult) error { b.later(25 * time.Second); return done(r) }
	})
	if err != nil || !end.Stopped || end.Finished != 3 || len(ended) != 3 {
		t.Errorf("%v, %+v, %v", ended, end, err)
	}
}

func TestBatchEndsWithItsListener(t *testing.T) {
	b := newBench(t)
	full := errors.New("the disk is full")
	_, end, err := b.batch(2, func(batch *reproduce.Batch) { batch.Done = func(reproduce.BatchResult) error { return full } })
	if !errors.Is(err, full) || end.Finished == 0 || end.Finished > 2 {
		t.Errorf("%+v, %v", end, err)
	}
}

func TestBatchIsInterrupted(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	batch := reproduce.Batch{Lab: b.lab, Jobs: 2, Request: func(context.Context, string) (reproduce.Request, error) { return b.req, nil },
		Done: func(reproduce.BatchResult) error {
			if n++; n == 2 {
				cancel()
			}
			return nil
		}}
	end, err := batch.Run(ctx, slices.Repeat([]string{"almbz#1"}, 50))
	if reproduce.CodeOf(err) != reproduce.CodeInterrupted || end.Finished != n || n > 4 {
		t.Errorf("%+v, %v", end, err)
	}
}
