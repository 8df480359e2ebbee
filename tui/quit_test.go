package tui_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// running is an interface in which a run goes on whose first attempts have
// ended and whose second ones wait.
func running(t *testing.T) (*tuitest.World, *tuitest.Driver) {
	t.Helper()
	w := filled(t)
	held := make(chan struct{}, 8)
	w.Engine.Hold = func(ctx context.Context, spec reproduce.AttemptSpec) {
		if spec.Number > 1 {
			held <- struct{}{}
			<-ctx.Done()
		}
	}
	d := open(t, w, 120, 30)
	on(d, runnable)
	d.Keys("r", "esc")
	for range 2 { // both sides
		select {
		case <-held:
		case <-time.After(30 * time.Second):
			t.Fatal("no second attempt begins")
		}
	}
	return w, d
}

// finish is what Run does at the end: what still runs is cancelled.
func finish(t *testing.T, w *tuitest.World) {
	t.Helper()
	ctx, done := context.WithTimeout(context.Background(), 30*time.Second)
	defer done()
	must(t, w.Runs.Close(ctx))
}

// Who quits while something runs is asked what becomes of it, and may stay.
func TestQuitAsks(t *testing.T) {
	w, d := running(t)
	d.Keys("q")
	d.Has("Quit while something runs?", "1 run goes on: almbz#3", "finished attempts are kept")
	if d.Quit {
		t.Fatal("it ended without a word")
	}
	for _, stay := range []string{"esc", "q"} {
		d.Keys(stay)
		d.Lacks("Quit while something runs?")
		d.Keys("q")
		d.Has("Quit while something runs?")
	}
	d.Keys("j", "enter", "d") // no key of another screen
	d.Has("Quit while something runs?")
	if d.Quit || len(w.Runs.Running()) != 1 {
		t.Errorf("quit %t, %d runs", d.Quit, len(w.Runs.Running()))
	}
}

// Cancelled runs are cleaned up, and keep what they have found out.
func TestQuitCancels(t *testing.T) {
	w, d := running(t)
	d.Keys("q", "c")
	if o := d.Root.Outcome(); !d.Quit || len(o.Left) != 0 || o.Crash != nil {
		t.Fatalf("quit %t, %+v", d.Quit, o)
	}
	finish(t, w)
	list, err := w.DB.Runs(w.Ctx, id(runnable))
	must(t, err)
	if len(list) != 1 || list[0].State != reproduce.RunInterrupted {
		t.Fatalf("%+v", list)
	}
	run, err := w.DB.Run(w.Ctx, list[0].ID)
	must(t, err)
	for _, side := range run.Sides {
		ended := slices.ContainsFunc(side.Attempts, func(a reproduce.Attempt) bool { return a.Number == 1 && a.Facts.End == reproduce.EndExited })
		if !ended {
			t.Errorf("the attempts on %s are lost: %+v", side.Target.Name, side.Attempts)
		}
	}
	if going, err := w.DB.Running(w.Ctx); err != nil || len(going) != 0 {
		t.Errorf("%+v, %v", going, err)
	}
}

// Runs that are left are named, for a process of their own to go on with.
func TestQuitLeaves(t *testing.T) {
	_, d := running(t)
	d.Keys("q", "l")
	if o := d.Root.Outcome(); !d.Quit || !slices.Equal(o.Left, []string{id(runnable)}) {
		t.Errorf("quit %t, %+v", d.Quit, o)
	}
	w, d := running(t)
	d.Env.Detach = nil
	d.Keys("q", "l")
	if o := d.Root.Outcome(); d.Quit || len(o.Left) != 0 || !said(d, "runs cannot be left here") {
		t.Errorf("quit %t, %+v, %d runs", d.Quit, o, len(w.Runs.Running()))
	}
}

// ctrl+c twice ends it from anywhere, and cancels.
func TestQuitByCtrlCTwice(t *testing.T) {
	for _, keys := range [][]string{nil, {"?"}, {"d", "m"}, {"/"}, {"e", "e"}, {"y"}} {
		_, d := running(t)
		d.Keys(keys...)
		d.Keys("ctrl+c")
		d.Has("Quit while something runs?")
		if d.Quit {
			t.Errorf("after %q once is enough", keys)
		}
		d.Keys("ctrl+c")
		if o := d.Root.Outcome(); !d.Quit || len(o.Left) != 0 {
			t.Errorf("after %q: quit %t, %+v", keys, d.Quit, o)
		}
	}
	_, d := running(t) // also where the question cannot be seen
	d.Resize(20, 5)
	d.Keys("ctrl+c", "ctrl+c")
	if !d.Quit {
		t.Error("it goes on in a small window")
	}
}

// Who is asked while a decision is being saved is asked still when that is done:
// the dialog that closes is the one that it was made in.
func TestQuitWhileSaving(t *testing.T) {
	_, d := running(t)
	on(d, judged)
	d.Keys("d")
	_, save := d.Root.Update(tuitest.Key("s"))
	d.Root.Update(tuitest.Key("ctrl+c"))
	d.Send(save())
	if top(d) != "quit.Dialog" {
		t.Errorf("%s is left on top", top(d))
	}
	d.Keys("esc", "j")
	d.Has("> " + id(bare+1)) // the list has the keys again
}

// The demonstration is left for only if the last word was so.
func TestQuitForTheDemonstration(t *testing.T) {
	demo := func(d *tuitest.Driver) {
		d.Keys(":")
		d.Type("global.demo")
		d.Keys("enter")
	}
	d := open(t, filled(t), 120, 30)
	demo(d)
	if !d.Quit || !d.Root.Outcome().Demo {
		t.Errorf("quit %t, %+v", d.Quit, d.Root.Outcome())
	}
	_, d = running(t)
	demo(d)
	d.Has("Quit while something runs?")
	d.Keys("c")
	if !d.Quit || !d.Root.Outcome().Demo {
		t.Errorf("quit %t, %+v", d.Quit, d.Root.Outcome())
	}
	_, d = running(t)
	demo(d)
	d.Keys("esc", "q", "c")
	if !d.Quit || d.Root.Outcome().Demo {
		t.Errorf("who stayed and quit later: quit %t, %+v", d.Quit, d.Root.Outcome())
	}
}

// While runs go on the last line counts them, and the screen turns; after that
// it stands still.
func TestRunsAreCounted(t *testing.T) {
	w := newClocked(t)
	hold(w.World)
	d := open(t, w.World, 120, 30)
	on(d, runnable)
	d.Keys("r", "esc")
	if got := lastLine(d); len(w.of(tick)) != 1 || !containsAll(got, " 1 run", "⠋") {
		t.Errorf("%q", got)
	}
	on(d, judged)
	d.Keys("R", "esc")
	if got := lastLine(d); !containsAll(got, " 2 runs") {
		t.Errorf("%q", got)
	}
	d.Keys("x") // cancels the one under the cursor
	d.Wait(id(judged) + ": cancelled; its finished attempts are kept.")
	if got := lastLine(d); !containsAll(got, " 1 run") {
		t.Errorf("%q", got)
	}
	on(d, runnable)
	d.Keys("x")
	d.Wait(id(runnable) + ": cancelled; its finished attempts are kept.")
	w.of(tick)
	d.Keys("j", "k")
	if got := lastLine(d); containsAll(got, "run") || len(w.of(tick)) != 0 {
		t.Errorf("it turns where nothing goes on: %q", got)
	}
}

func containsAll(text string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}
