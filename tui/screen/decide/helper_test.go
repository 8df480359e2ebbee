package decide_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/decide"
	"github.com/almatriage/almatriage/tui/screen/message"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// id is a report of the world.
func id(n int) string { return fmt.Sprintf("almbz#%d", n) }

// ids are reports of the world.
func ids(n ...int) []string {
	list := make([]string, len(n))
	for i := range n {
		list[i] = id(n[i])
	}
	return list
}

// ran gives a report a recipe and a finished run, which says what the two sides
// show.
func ran(t testing.TB, w *tuitest.World, n int, alma, stream bool) {
	t.Helper()
	w.Play("gizmo", alma, stream, "1.2-3.el9", "1.3-1.el9")
	// With AlmaLinux's version Stream has the bug as well: the version is the cause.
	w.Engine.Scripts["stream9+gizmo"] = w.Engine.Scripts["alma9"]
	w.SetRecipe(t, id(n), tuitest.Gizmo, reproduce.OriginSet)
	w.Run(t, id(n))
}

// suggested gives a report a finished run that suggests something, and nothing
// more.
func suggested(t testing.TB, w *tuitest.World, n int, verdict reproduce.Verdict, reasons ...string) {
	t.Helper()
	run := reproduce.Run{ID: reproduce.NewID(), Report: id(n), Started: tuitest.Noon(), State: reproduce.RunRunning}
	must(t, w.DB.BeginRun(w.Ctx, run))
	run.State, run.Finished = reproduce.RunDone, tuitest.Noon().Add(time.Minute)
	run.Suggestion = reproduce.Suggestion{Verdict: verdict, Reasons: reasons}
	must(t, w.DB.FinishRun(w.Ctx, run))
}

// row is a report as the database has it.
func row(t testing.TB, w *tuitest.World, n int) store.Row {
	t.Helper()
	r, found, err := w.DB.Row(w.Ctx, tracker.ID{Space: "almbz", Number: int64(n)})
	if err != nil || !found {
		t.Fatalf("row of %s: found %v, %v", id(n), found, err)
	}
	return r
}

// open opens the dialog over something that is not looked at.
func open(t testing.TB, w *tuitest.World, width, height int, reports ...string) *tuitest.Driver {
	t.Helper()
	d := tuitest.New(t, w.Env, func(env *screen.Env) screen.Screen { return message.New(env, "below", "") }, width, height)
	d.Send(screen.OpenMsg{Screen: decide.New(w.Env, reports)})
	return d
}

// isOpen tells whether the dialog is.
func isOpen(d *tuitest.Driver) bool {
	_, ok := d.Root.Top().(*decide.Dialog)
	return ok
}

// decided are the decisions that the program was told of last.
func decided(d *tuitest.Driver) []reproduce.Decision {
	for i := len(d.Seen) - 1; i >= 0; i-- {
		if m, ok := d.Seen[i].(screen.DecidedMsg); ok {
			return m.Decisions
		}
	}
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
