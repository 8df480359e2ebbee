package history_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/history"
	"github.com/almatriage/almatriage/tui/screen/message"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

const report = "almbz#1"

// open opens the dialog over something that is not looked at.
func open(t testing.TB, w *tuitest.World, width, height int) *tuitest.Driver {
	t.Helper()
	d := tuitest.New(t, w.Env, func(env *screen.Env) screen.Screen { return message.New(env, "below", "") }, width, height)
	d.Send(screen.OpenMsg{Screen: history.New(w.Env, report)})
	return d
}

// isOpen tells whether the dialog is.
func isOpen(d *tuitest.Driver) bool {
	_, ok := d.Root.Top().(*history.Dialog)
	return ok
}

func at(hours int) time.Time { return tuitest.Noon().Add(time.Duration(hours) * time.Hour) }

// decision is one that a test changes as it needs; n is its place in time.
func decision(n int, verdict reproduce.Verdict, by string, change ...func(*reproduce.Decision)) reproduce.Decision {
	d := reproduce.Decision{ID: fmt.Sprintf("decision-%02d", n), Report: report, Verdict: verdict, By: by, At: at(n - 100)}
	for _, f := range change {
		f(&d)
	}
	return d
}

// run is a finished run; n is its place in time.
func run(t testing.TB, w *tuitest.World, n int, state reproduce.RunState, verdict reproduce.Verdict) string {
	t.Helper()
	r := reproduce.Run{ID: fmt.Sprintf("run-%02d", n), Report: report, Started: at(n - 100), State: reproduce.RunRunning}
	must(t, w.DB.BeginRun(w.Ctx, r))
	if state != reproduce.RunRunning {
		r.State, r.Finished, r.Suggestion.Verdict = state, r.Started.Add(time.Minute), verdict
		must(t, w.DB.FinishRun(w.Ctx, r))
	}
	return r.ID
}

// world has a report with a history: decisions of two people, one of which was
// taken back, and three runs.
func world(t testing.TB, name theme.Name) *tuitest.World {
	t.Helper()
	w := tuitest.NewWorld(t, name)
	w.Commit(t, tuitest.Report(1))
	first := run(t, w, 1, reproduce.RunDone, reproduce.AlmaOnly)
	run(t, w, 2, reproduce.RunInterrupted, "")
	run(t, w, 3, reproduce.RunDone, "")
	for _, d := range []reproduce.Decision{
		decision(4, reproduce.NotABug, "ann"),
		decision(5, reproduce.AlmaOnly, "bob", func(d *reproduce.Decision) {
			d.Note, d.PatchURL = "our patch 1001 adds the line that is missing upstream", "https://git.example.org/rpms/gizmo/commit/1001"
			d.Run, d.Suggested = first, reproduce.AlmaOnly
		}),
		decision(6, reproduce.Duplicate, "ann", func(d *reproduce.Decision) { d.Note, d.Suggested = "of almbz#7", reproduce.AlmaOnly }),
	} {
		must(t, w.DB.Decide(w.Ctx, d))
	}
	if _, err := w.DB.Undo(w.Ctx, report, "bob", at(-93)); err != nil {
		t.Fatal(err)
	}
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
