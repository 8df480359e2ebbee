package store

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

func undo(t *testing.T, db *DB) *reproduce.Decision {
	t.Helper()
	d, err := db.Undo(t.Context(), "almbz#1", "ann", at(1))
	must(t, err)
	return d
}

func TestDecisionsAndUndo(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	wantCode(t, db.Decide(ctx, reproduce.Decision{ID: reproduce.NewID(), Report: "almbz#1", Verdict: reproduce.AlmaOnly}), CodeNotFound)
	commitReports(t, db, report(1))
	_, err := db.Undo(ctx, "almbz#1", "ann", at(1))
	wantCode(t, err, CodeNotFound)
	wantCode(t, db.Decide(ctx, reproduce.Decision{ID: reproduce.NewID(), Report: "almbz#1", Run: "no such run"}), CodeNotFound)

	first := decide(t, db, 1, reproduce.AlmaOnly, "ann", func(d *reproduce.Decision) { d.PatchURL, d.Suggested = "https://example.org/1", reproduce.StreamOnly })
	second := decide(t, db, 1, reproduce.NotABug, "ann")
	inForce := func(v reproduce.Verdict) {
		t.Helper()
		if got := row(t, db, 1); got.Verdict != v || (v != "") != (got.DecidedBy == "ann") || got.Disputed {
			t.Errorf("in force: %q by %q, disputed %v; want %q", got.Verdict, got.DecidedBy, got.Disputed, v)
		}
	}
	inForce(reproduce.NotABug)
	if d := undo(t, db); d.ID != second.ID {
		t.Errorf("undone %+v", d)
	}
	inForce(reproduce.AlmaOnly)
	if got := row(t, db, 1); got.PatchURL != "https://example.org/1" || got.Note != "because" || !got.DecidedAt.Equal(noon) {
		t.Errorf("row %+v", got)
	}
	if d := undo(t, db); d.ID != first.ID { // not the undo is undone, but what stood before
		t.Errorf("undone %+v", d)
	}
	inForce("")
	_, err = db.Undo(ctx, "almbz#1", "ann", at(1))
	wantCode(t, err, CodeNotFound)
	third := decide(t, db, 1, reproduce.Duplicate, "ann")
	inForce(reproduce.Duplicate)

	history, err := db.History(ctx, "almbz#1")
	must(t, err)
	var told []string
	for _, d := range history {
		told = append(told, string(d.Verdict)+d.Undoes)
	}
	if diff := cmp.Diff([]string{"duplicate", first.ID, second.ID, "not-a-bug", "alma-only"}, told); diff != "" {
		t.Errorf("history, newest first (-want +got)\n%s", diff)
	}
	third.ReportUpdated = report(1).Updated
	if diff := cmp.Diff(third, history[0]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestDecideOnMany: all or none.
func TestDecideOnMany(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2))
	one := func(n int, change ...func(*reproduce.Decision)) reproduce.Decision {
		d := reproduce.Decision{ID: reproduce.NewID(), Report: reportID(n).String(), Verdict: reproduce.AlmaOnly, By: "ann", At: noon}
		for _, f := range change {
			f(&d)
		}
		return d
	}
	wantCode(t, db.Decide(t.Context(), one(1), one(404)), CodeNotFound)
	wantCode(t, db.Decide(t.Context(), one(1), one(2, func(d *reproduce.Decision) { d.Run = "no such run" })), CodeNotFound)
	twice := one(1)
	if err := db.Decide(t.Context(), twice, twice); err == nil {
		t.Error("the same decision was taken twice")
	}
	if got := found(t, db, term(query.KeyIs, "undecided")); got != "1 2" {
		t.Errorf("undecided are %q: half of them was done", got)
	}
	must(t, db.Decide(t.Context()))
	must(t, db.Decide(t.Context(), one(1), one(2), one(1, func(d *reproduce.Decision) { d.Verdict = reproduce.NotABug })))
	if a, b := row(t, db, 1).Verdict, row(t, db, 2).Verdict; a != reproduce.NotABug || b != reproduce.AlmaOnly {
		t.Errorf("in force are %s and %s", a, b)
	}
}

// TestTakeBack: what is no longer in force is not taken back, and nothing else
// of the same key either. The others are another process's as well as one's own.
func TestTakeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shared.db")
	db, other := openAt(t, path, nil), openAt(t, path, nil)
	ctx := t.Context()
	commitReports(t, db, report(1), report(2))
	verdicts := func(when string, want ...reproduce.Verdict) {
		t.Helper()
		if got := []reproduce.Verdict{row(t, db, 1).Verdict, row(t, db, 2).Verdict}; !slices.Equal(got, want) {
			t.Errorf("%s: in force are %q, want %q", when, got, want)
		}
	}
	before := decide(t, db, 2, reproduce.Duplicate, "bob")
	first, second := decide(t, db, 1, reproduce.AlmaOnly, "ann"), decide(t, db, 2, reproduce.AlmaOnly, "ann")
	wantCode(t, db.TakeBack(ctx, "ann", at(1), first.ID, "no such decision"), CodeNotFound)
	wantCode(t, db.TakeBack(ctx, "ann", at(1), first.ID, before.ID), CodeConflict) // was decided on anew
	wantCode(t, db.TakeBack(ctx, "ann", at(1), first.ID, first.ID), CodeConflict)
	verdicts("refused", reproduce.AlmaOnly, reproduce.AlmaOnly)

	late := decide(t, other, 2, reproduce.NotABug, "bob")
	err := db.TakeBack(ctx, "ann", at(1), first.ID, second.ID)
	wantCode(t, err, CodeConflict)
	if !strings.Contains(err.Error(), "almbz#2") {
		t.Errorf("%q does not name the report", err)
	}
	verdicts("somebody decided meanwhile", reproduce.AlmaOnly, reproduce.NotABug)
	must(t, other.TakeBack(ctx, "bob", at(1), late.ID))
	must(t, db.TakeBack(ctx, "ann", at(2), first.ID, second.ID))
	verdicts("taken back", "", reproduce.Duplicate)
	history, err := db.History(ctx, "almbz#1")
	must(t, err)
	want := reproduce.Decision{ID: history[0].ID, Report: "almbz#1", By: "ann", At: at(2), Undoes: first.ID}
	if diff := cmp.Diff(want, history[0]); diff != "" || len(history) != 2 {
		t.Errorf("%d entries (-want +got)\n%s", len(history), diff)
	}
	wantCode(t, db.TakeBack(ctx, "ann", at(3), first.ID), CodeConflict)      // back already
	wantCode(t, db.TakeBack(ctx, "ann", at(3), history[0].ID), CodeConflict) // is none
	// Done again, it is a new decision.
	again := first
	again.ID = reproduce.NewID()
	must(t, db.Decide(ctx, again))
	must(t, db.TakeBack(ctx, "ann", at(4), again.ID))
	verdicts("done again and taken back", "", reproduce.Duplicate)
}

func TestDisputed(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	want := func(when string, disputed bool) {
		t.Helper()
		if got := row(t, db, 1).Disputed; got != disputed {
			t.Errorf("%s: disputed %v", when, got)
		}
	}
	decide(t, db, 1, reproduce.AlmaOnly, "ann")
	want("one", false)
	decide(t, db, 1, reproduce.AlmaOnly, "bob")
	want("two agree", false)
	decide(t, db, 1, reproduce.NotABug, "bob")
	want("two differ", true)
	decide(t, db, 1, reproduce.NotABug, "ann")
	want("one came round", false)
	undo(t, db)
	want("and went back", true)
}

func TestStaleByChangeOfTheReport(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2))
	decide(t, db, 1, reproduce.NotABug, "ann")
	// The report changed between reading and deciding.
	decide(t, db, 2, reproduce.NotABug, "ann", func(d *reproduce.Decision) { d.ReportUpdated = report(2).Updated.Add(-time.Minute) })
	stale := func(when, want string) {
		t.Helper()
		if got := found(t, db, term(query.KeyIs, "stale")); got != want {
			t.Errorf("%s: stale are %q, want %q", when, got, want)
		}
		for n := 1; n <= 2; n++ {
			r := row(t, db, n)
			if r.Stale != strings.Contains(want, r.ID[6:]) || r.Stale != (r.StaleWhy != "") {
				t.Errorf("%s: row %d: stale %v, %q", when, n, r.Stale, r.StaleWhy)
			}
		}
	}
	stale("first", "2")
	changed := report(1)
	changed.Updated = changed.Updated.Add(time.Minute)
	commitReports(t, db, changed)
	stale("after a change", "1 2")
	decide(t, db, 1, reproduce.NotABug, "ann")
	stale("decided again", "2")
	if _, err := db.Undo(t.Context(), "almbz#2", "ann", at(1)); err != nil {
		t.Fatal(err)
	}
	stale("undecided", "")
}

func TestStaleByTime(t *testing.T) {
	now := noon
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), func() time.Time { return now })
	all := reproduce.Decidable()
	for n, v := range all {
		commitReports(t, db, report(n+1))
		decide(t, db, n+1, v, "ann")
	}
	day := 24 * time.Hour
	for _, test := range []struct {
		after time.Duration
		want  string
	}{{0, ""}, {30 * day, ""}, {30*day + time.Millisecond, "3 4"}, {365 * day, "3 4"}} {
		now = noon.Add(test.after)
		if got := found(t, db, term(query.KeyIs, "stale")); got != test.want {
			t.Errorf("after %v: stale are %q, want %q (3 is %s, 4 is %s)", test.after, got, test.want, all[2], all[3])
		}
		for n := range all {
			if r := row(t, db, n+1); r.Stale != (test.want != "" && (n == 2 || n == 3)) {
				t.Errorf("after %v: %s is stale: %v", test.after, r.Verdict, r.Stale)
			}
		}
	}
}

// TestStaleByNewerBuild: a later fingerprint of a side, of whatever report's
// run, holds a newer build of the subject.
func TestStaleByNewerBuild(t *testing.T) {
	module := func(s reproduce.Side) reproduce.Side {
		for i := range s.Prepared.Print.Packages.Packages() {
			p := &s.Prepared.Print.Packages.Packages()[i]
			p.Module, p.ModuleStream = "gizmo", "2"
		}
		return s
	}
	for name, test := range map[string]struct {
		role            reproduce.Role
		target, version string
		prepared        time.Time
		change          func(reproduce.Side) reproduce.Side
		want            string // in why it is stale
	}{
		"newer on alma":         {reproduce.RoleAlma, "alma9", "3.2.0-6.el9", at(2), nil, "alma9 has gizmo 3.2.0-6.el9 now, decided with 3.2.0-4.el9"},
		"newer on stream":       {reproduce.RoleStream, "stream9", "3.2.0-6.el9", at(2), nil, "stream9 has gizmo"},
		"newer as a third":      {reproduce.RoleThird, "alma9", "3.3.0-1.el9", at(2), nil, "alma9 has gizmo"},
		"newer, by its tilde":   {reproduce.RoleAlma, "alma9", "3.2.0^1-1.el9", at(2), nil, "alma9 has gizmo"},
		"the same":              {reproduce.RoleAlma, "alma9", "3.2.0-4.el9", at(2), nil, ""},
		"older":                 {reproduce.RoleAlma, "alma9", "3.2.0-3.el9", at(2), nil, ""},
		"of another target":     {reproduce.RoleAlma, "alma10", "9-1", at(2), nil, ""},
		"a control":             {reproduce.RoleControl, "stream9", "9-1", at(2), nil, ""},
		"prepared before":       {reproduce.RoleAlma, "alma9", "3.2.0-6.el9", at(-2), nil, ""},
		"another module stream": {reproduce.RoleAlma, "alma9", "3.2.0-6.el9", at(2), module, ""},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			commitReports(t, db, report(1), report(2), report(3))
			run := finishedRun(t, db, 1, reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "gizmo"},
				side(t, reproduce.RoleAlma, "alma9", "3.2.0-4.el9", at(0)), side(t, reproduce.RoleStream, "stream9", "3.2.0-5.el9", at(0)))
			decide(t, db, 1, reproduce.AlmaOnly, "ann", func(d *reproduce.Decision) { d.Run = run.ID })
			decide(t, db, 3, reproduce.AlmaOnly, "ann") // without a run: rests on no build
			later := side(t, test.role, test.target, test.version, test.prepared)
			if test.change != nil {
				later = test.change(later)
			}
			finishedRun(t, db, 2, reproduce.Suggestion{}, later)
			check := func(when, want string) {
				t.Helper()
				r := row(t, db, 1)
				if r.Stale != (want != "") || !strings.Contains(r.StaleWhy, want) {
					t.Errorf("%s: stale %v, %q; want %q", when, r.Stale, r.StaleWhy, want)
				}
				if listed := found(t, db, term(query.KeyIs, "stale")); (listed == "1") != r.Stale || row(t, db, 3).Stale {
					t.Errorf("%s: stale are %q", when, listed)
				}
			}
			check("seen after the decision", test.want)
			// A sync rewrites the report, and keeps what was decided.
			commitReports(t, db, report(1, func(r *tracker.Report) { r.Title = "new" }))
			check("after a sync", test.want)
			// Deciding again on the old run does not make it fresh.
			decide(t, db, 1, reproduce.AlmaOnly, "ann", func(d *reproduce.Decision) { d.Run = run.ID })
			check("decided again on the old run", test.want)
			decide(t, db, 1, reproduce.AlmaOnly, "ann")
			check("decided again without a run", "")
			undo(t, db)
			check("and that undone", test.want)
		})
	}
}
