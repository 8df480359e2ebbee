package stats_test

import (
	"fmt"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/stats"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func open(t testing.TB, w *tuitest.World, width, height int) *tuitest.Driver {
	t.Helper()
	return tuitest.New(t, w.Env, func(env *screen.Env) screen.Screen { return stats.New(env) }, width, height)
}

// fill stores reports of several releases and packages, private ones among
// them, and decides on some of them on several days.
func fill(t testing.TB, w *tuitest.World) {
	t.Helper()
	packages, releases := []string{"gizmo", "bash", "systemd", "kernel", ""}, []string{"9.6", "9.5", "8.10", "10", ""}
	for n := 1; n <= 40; n++ {
		w.Commit(t, tuitest.Report(n, func(r *tracker.Report) {
			r.Package, r.Release = packages[n*7%11%len(packages)], releases[n%7%len(releases)]
			r.Private, r.Open = n%13 == 0, n%3 > 0
			r.Updated = tuitest.Noon().AddDate(0, 0, -n-60)
		}))
	}
	for n := 1; n <= 14; n++ {
		at := tuitest.Noon().AddDate(0, 0, -n*n/9)
		for i := range n%3 + 1 {
			run := reproduce.Run{ID: fmt.Sprintf("run-%02d-%d", n, i), Report: id(n), Started: at.AddDate(0, 0, -i-n%2), State: reproduce.RunRunning}
			must(t, w.DB.BeginRun(w.Ctx, run))
		}
		d := reproduce.Decision{ID: fmt.Sprintf("decision-%02d", n), Report: id(n), At: at, Verdict: reproduce.Decidable()[n%4], By: []string{"ann", "bob", "carol"}[n%5%3]}
		if n%6 == 0 { // the report changed afterwards
			d.ReportUpdated = at.AddDate(-1, 0, 0)
		}
		must(t, w.DB.Decide(w.Ctx, d))
	}
}

// id is a report of the world.
func id(n int) string { return fmt.Sprintf("almbz#%d", n) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
