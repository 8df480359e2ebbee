package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// sameSets compares package sets by what they hold.
var sameSets = cmp.Comparer(func(a, b *rpm.Set) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Hash() == b.Hash() && cmp.Equal(a.Packages(), b.Packages(), cmpopts.EquateEmpty())
})

var hostileLog = reproduce.Log{Bytes: 1 << 40, Dropped: 7, SHA256: "abc", Lines: []reproduce.LogLine{
	{Stream: reproduce.Stdout, At: 1, Text: "\xff\xfe not UTF-8 \x00 \x1b[31m"}, {Stream: reproduce.Stderr, At: time.Second, Text: ""},
	{Stream: reproduce.Trace, At: 2 * time.Second, Text: "\u202e + </script>\r"}}}

// fullRun is a run in which all that can be there is there.
func fullRun(t testing.TB, db *DB) reproduce.Run {
	alma, stream := side(t, reproduce.RoleAlma, "alma9", "3.2.0-4.el9", at(0)), side(t, reproduce.RoleStream, "stream9", "1:3.2.0-5.el9", at(0))
	control := side(t, reproduce.RoleControl, "stream9", "3.2.0-4.el9", at(0))
	control.Control = &reproduce.Control{Source: "gizmo", EVR: evr(t, "3.2.0-4.el9"), Packages: []string{"gizmo"}}
	control.Prepared.ImageID, control.Prepared.Unavailable = "", "Stream no longer offers 3.2.0-4"
	third := reproduce.Side{Target: reproduce.Target{Name: "ubi9"}, Role: reproduce.RoleThird, Budget: true, Stale: true,
		Image: reproduce.Image{Target: "ubi9", Ref: "example.org/ubi9", Offline: true, Err: &reproduce.StepError{Target: "ubi9", Step: reproduce.StepResolve, Message: "no registry"}},
		Err:   &reproduce.StepError{Target: "ubi9", Step: reproduce.StepRequire, Message: "no package gizmo", Advice: "see its name", Infra: true, Output: "\x1b[1mError\xff"}}
	stream.Cached, stream.CachedAt = true, at(-5)
	p := 0.008
	run := newRun(1, reproduce.NewID())
	run.Fixed, run.Author = true, "someone"
	run.Hints.Release, run.Hints.Sometimes, run.Hints.Text = "9.6", true, "text \x01"
	must(t, db.BeginRun(t.Context(), run))
	attempt(t, db, &run, &alma, reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest, Status: 1, Missing: []string{"x"}, OOMKills: 1, PidsMax: 2,
		Match: &reproduce.Match{Pattern: "a", Count: 3, Line: "a"}, Surroundings: []string{"dns"}, ErrorLines: []string{"e"}, Excerpt: "end", Detail: "d",
		Answer: &reproduce.Answer{Seen: true, By: "ann", At: at(0)}}, hostileLog)
	attempt(t, db, &run, &alma, exited(0), reproduce.Log{})
	attempt(t, db, &run, &stream, exited(0), reproduce.Log{})
	run.Sides = []reproduce.Side{alma, stream, control, third}
	for i := range 2 { // a side is saved again as it goes on
		for _, s := range run.Sides {
			s.Budget = s.Budget || i == 0
			must(t, db.SaveSide(t.Context(), run.ID, s))
		}
	}
	run.Suggestion = reproduce.Suggestion{Verdict: reproduce.AlmaOnly, PValue: &p, Reasons: []string{"one", "two"}, Subject: "gizmo", Flaky: true, Command: []string{"tmt", "run"}}
	run.State, run.Finished = reproduce.RunDone, at(1)
	must(t, db.FinishRun(t.Context(), run))
	return run
}

func TestRunComesBackAsItWas(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	want := fullRun(t, db)
	// The lines of logs are had by AttemptLog; what is not UTF-8 stays in logs only.
	for i := range want.Sides {
		for j := range want.Sides[i].Attempts {
			want.Sides[i].Attempts[j].Log.Lines = nil
		}
	}
	want.Sides[3].Err.Output = "\x1b[1mError\ufffd"
	got, err := db.Run(t.Context(), want.ID)
	must(t, err)
	if diff := cmp.Diff(&want, got, sameSets); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	last, err := db.LastRun(t.Context(), "almbz#1")
	must(t, err)
	if last == nil || last.ID != want.ID {
		t.Errorf("last run %+v", last)
	}
	log, err := db.AttemptLog(t.Context(), want.Sides[0].Attempts[0].ID)
	must(t, err)
	if diff := cmp.Diff(hostileLog, log); diff != "" {
		t.Errorf("log (-want +got)\n%s", diff)
	}
	if log, err = db.AttemptLog(t.Context(), want.Sides[1].Attempts[0].ID); err != nil || len(log.Lines) > 0 {
		t.Errorf("an empty log: %+v, %v", log, err)
	}
	r := row(t, db, 1)
	if r.Suggested != reproduce.AlmaOnly || !r.Flaky || r.RunID != want.ID || !r.LastRun.Equal(at(1)) {
		t.Errorf("row %+v", r)
	}
}

func TestPackageSetsAreStoredOnce(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	for range 3 {
		finishedRun(t, db, 1, reproduce.Suggestion{}, side(t, reproduce.RoleAlma, "alma9", "1-1", at(0)), side(t, reproduce.RoleStream, "stream9", "1-2", at(0)))
	}
	must(t, db.SavePrepared(t.Context(), side(t, reproduce.RoleAlma, "alma9", "1-1", at(0)).Prepared))
	var sets int
	must(t, db.read.QueryRow(`SELECT count(*) FROM package_sets`).Scan(&sets))
	if sets != 2 {
		t.Errorf("%d package sets are stored, want 2", sets)
	}
}

func TestWhatIsNotInTheJournal(t *testing.T) {
	db := open(t)
	_, err := db.Run(t.Context(), "none")
	wantCode(t, err, CodeNotFound)
	_, err = db.AttemptLog(t.Context(), "none")
	wantCode(t, err, CodeNotFound)
	wantCode(t, db.FinishAttempt(t.Context(), reproduce.Attempt{ID: "never begun"}), CodeNotFound)
	if run, err := db.LastRun(t.Context(), "almbz#1"); run != nil || err != nil {
		t.Errorf("last run %+v, %v", run, err)
	}
}

// TestRunsBesideEachOther: the one that was begun last counts, whichever ends last.
func TestRunsBesideEachOther(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	commitReports(t, db, report(1))
	older, newer := newRun(1, reproduce.NewID()), newRun(1, reproduce.NewID())
	must(t, db.BeginRun(ctx, older))
	must(t, db.BeginRun(ctx, newer))
	finish := func(run reproduce.Run, state reproduce.RunState, v reproduce.Verdict) {
		run.State, run.Finished, run.Suggestion.Verdict = state, at(1), v
		must(t, db.FinishRun(ctx, run))
	}
	finish(newer, reproduce.RunDone, reproduce.AlmaOnly)
	finish(older, reproduce.RunDone, reproduce.StreamOnly)
	broken := newRun(1, reproduce.NewID())
	must(t, db.BeginRun(ctx, broken))
	finish(broken, reproduce.RunInterrupted, "")
	if r := row(t, db, 1); r.Suggested != reproduce.AlmaOnly || r.RunID != newer.ID {
		t.Errorf("suggested %q by %s, want that of %s", r.Suggested, r.RunID, newer.ID)
	}
	list, err := db.Runs(ctx, "almbz#1")
	must(t, err)
	want := []RunState{{broken.ID, "almbz#1", at(0), at(1), reproduce.RunInterrupted, ""}, {newer.ID, "almbz#1", at(0), at(1), reproduce.RunDone, reproduce.AlmaOnly},
		{older.ID, "almbz#1", at(0), at(1), reproduce.RunDone, reproduce.StreamOnly}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if all, err := db.Runs(ctx, ""); err != nil || len(all) != 3 {
		t.Errorf("all runs: %d, %v", len(all), err)
	}
}

// TestRunning: those of all reports, without a look at the others.
func TestRunning(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	commitReports(t, db, report(1), report(2))
	if list, err := db.Running(ctx); err != nil || len(list) != 0 {
		t.Errorf("none was begun: %+v, %v", list, err)
	}
	finishedRun(t, db, 1, reproduce.Suggestion{})
	older, newer := newRun(2, reproduce.NewID()), newRun(1, reproduce.NewID())
	must(t, db.BeginRun(ctx, older))
	must(t, db.BeginRun(ctx, newer))
	list, err := db.Running(ctx)
	must(t, err)
	want := []RunState{{ID: newer.ID, Report: "almbz#1", Started: at(0), State: reproduce.RunRunning}, {ID: older.ID, Report: "almbz#2", Started: at(0), State: reproduce.RunRunning}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	rows, err := db.read.Query(`EXPLAIN QUERY PLAN SELECT id FROM runs WHERE ` + running)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var plan string
		must(t, rows.Scan(&id, &parent, &unused, &plan))
		if !strings.Contains(plan, "runs_running") {
			t.Errorf("all runs are read: %s", plan)
		}
	}
}

func TestInterruptRuns(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	commitReports(t, db, report(1))
	gone, alive := newRun(1, reproduce.NewID()), newRun(1, reproduce.NewID())
	gone.Owner, alive.Owner = "gone", "alive"
	for _, run := range []*reproduce.Run{&gone, &alive} {
		must(t, db.BeginRun(ctx, *run))
		s := side(t, reproduce.RoleAlma, "alma9", "1-1", at(0))
		attempt(t, db, run, &s, exited(0), reproduce.Log{})
		begun := reproduce.Attempt{ID: reproduce.NewID(), Run: run.ID, Target: "alma9", Key: s.Key, Number: 2, Started: at(0)}
		must(t, db.BeginAttempt(ctx, begun))
		s.Attempts = append(s.Attempts, begun)
		must(t, db.SaveSide(ctx, run.ID, s))
	}
	for want := range []int{1, 0} { // 1 the first time, none the second
		n, err := db.InterruptRuns(ctx, func(owner string) bool { return owner == "alive" })
		if err != nil || n != 1-want {
			t.Errorf("marked %d, %v", n, err)
		}
	}
	for id, want := range map[string]struct {
		state reproduce.RunState
		end   reproduce.End
	}{gone.ID: {reproduce.RunInterrupted, reproduce.EndInterrupted}, alive.ID: {reproduce.RunRunning, ""}} {
		run, err := db.Run(ctx, id)
		must(t, err)
		attempts := run.Sides[0].Attempts
		if run.State != want.state || attempts[0].Facts.End != reproduce.EndExited || attempts[1].Facts.End != want.end || attempts[1].Done {
			t.Errorf("run of %s: %s, %+v", run.Owner, run.State, attempts)
		}
	}
	if r := row(t, db, 1); r.RunID != "" {
		t.Errorf("an interrupted run counts as the last: %s", r.RunID)
	}
}

// TestCachedAttempts: what may not be served never is.
func TestCachedAttempts(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	commitReports(t, db, report(1))
	own, imported := newRun(1, reproduce.NewID()), newRun(1, reproduce.NewID())
	imported.Imported = true
	must(t, db.BeginRun(ctx, own))
	must(t, db.BeginRun(ctx, imported))
	s := side(t, reproduce.RoleAlma, "alma9", "1-1", at(0))
	seen, hang := attempt(t, db, &own, &s, exited(1), hostileLog), attempt(t, db, &own, &s, reproduce.Facts{End: reproduce.EndTimeout}, reproduce.Log{})
	attempt(t, db, &imported, &s, exited(1), reproduce.Log{})
	for _, end := range []reproduce.End{reproduce.EndMemory, reproduce.EndPids, reproduce.EndDisk, reproduce.EndLost, reproduce.EndEngine, reproduce.EndInterrupted} {
		attempt(t, db, &own, &s, reproduce.Facts{End: end}, reproduce.Log{})
	}
	attempt(t, db, &own, &s, reproduce.Facts{End: reproduce.EndExited, OOMKills: 1}, reproduce.Log{})
	must(t, db.BeginAttempt(ctx, reproduce.Attempt{ID: reproduce.NewID(), Run: own.ID, Target: "alma9", Key: s.Key, Started: at(0)}))
	other := s
	other.Key = "another key"
	attempt(t, db, &own, &other, exited(1), reproduce.Log{})
	got, err := db.Attempts(ctx, s.Key, at(-1))
	must(t, err)
	seen.Log.Lines = nil
	if diff := cmp.Diff([]reproduce.Attempt{seen, hang}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, err := db.Attempts(ctx, s.Key, at(1)); err != nil || len(got) != 0 {
		t.Errorf("begun since: %+v, %v", got, err)
	}
}

func TestPrepared(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	if p, err := db.Prepared(ctx, "none"); p != nil || err != nil {
		t.Errorf("unknown: %+v, %v", p, err)
	}
	older, newer := side(t, reproduce.RoleAlma, "alma9", "1-1", at(0)).Prepared, side(t, reproduce.RoleAlma, "alma9", "1-2", at(1)).Prepared
	newer.ImageID = "other image"
	for _, p := range []reproduce.Prepared{newer, older, older} {
		must(t, db.SavePrepared(ctx, p))
	}
	wantPrepared := func(want *reproduce.Prepared) {
		t.Helper()
		got, err := db.Prepared(ctx, older.Key)
		must(t, err)
		if diff := cmp.Diff(want, got, sameSets); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	wantPrepared(&newer)
	list, err := db.PreparedImages(ctx)
	must(t, err)
	if diff := cmp.Diff([]KnownImage{{"other image", at(1), 1}, {"image-alma9", at(0), 1}}, list); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	must(t, db.ForgetPrepared(ctx, newer.ImageID, "unknown"))
	wantPrepared(&older)
}

func TestLastImage(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	commitReports(t, db, report(1))
	run := newRun(1, reproduce.NewID())
	must(t, db.BeginRun(ctx, run))
	s := side(t, reproduce.RoleAlma, "alma9", "1-1", at(0))
	want := s.Image
	must(t, db.SaveSide(ctx, run.ID, s))
	for _, image := range []reproduce.Image{
		{Target: "alma9", Ref: want.Ref, ID: "offline", Offline: true}, {Target: "alma9", Ref: want.Ref, ID: "failed", Err: &reproduce.StepError{}}, {Target: "alma9", Ref: want.Ref},
		{Target: "alma9", Ref: "another ref", ID: "x"}, {Target: "alma10", Ref: want.Ref, ID: "y"},
	} {
		s.Image = image
		must(t, db.SaveSide(ctx, run.ID, s))
	}
	got, err := db.LastImage(ctx, "alma9", want.Ref)
	must(t, err)
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, err := db.LastImage(ctx, "alma9", "never"); got != nil || err != nil {
		t.Errorf("never resolved: %+v, %v", got, err)
	}
}

// TestRunAfterTheClockWasSetBack: the run that is begun next counts, though the
// one before it is of a time to come.
func TestRunAfterTheClockWasSetBack(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	commitReports(t, db, report(1), report(2))
	run := func(id string, v reproduce.Verdict) {
		r := newRun(1, id)
		must(t, db.BeginRun(ctx, r))
		r.State, r.Finished, r.Suggestion.Verdict = reproduce.RunDone, at(1), v
		must(t, db.FinishRun(ctx, r))
	}
	run("7fffffff-ffff-7000-8000-000000000000", reproduce.AlmaOnly)
	for _, v := range []reproduce.Verdict{reproduce.StreamOnly, reproduce.FixedInStream} {
		id, err := db.RunID(ctx, "almbz#1")
		must(t, err)
		run(id, v)
		last, err := db.LastRun(ctx, "almbz#1")
		must(t, err)
		if r := row(t, db, 1); r.Suggested != v || r.RunID != id || last.ID != id {
			t.Errorf("suggested %q by %s, last %s, want %s by %s", r.Suggested, r.RunID, last.ID, v, id)
		}
	}
	if id, err := db.RunID(ctx, "almbz#2"); err != nil || id > "1" {
		t.Errorf("another report's is of now: %s %v", id, err)
	}
}
