package store

import (
	"path/filepath"
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
