package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// TestMain lets the test binary stand in for a second process: see process_test.go.
func TestMain(m *testing.M) {
	if task := os.Getenv(taskVariable); task != "" {
		os.Exit(perform(task))
	}
	os.Exit(m.Run())
}

// noon is the time of everything in these tests that says nothing else.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }

func openAt(t testing.TB, path string, now func() time.Time) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, Options{Now: now})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// open makes an empty database in which it is noon.
func open(t testing.TB) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "test.db"), func() time.Time { return noon })
}

func reportID(n int) tracker.ID { return tracker.ID{Space: "almbz", Number: int64(n)} }

// report is a report that a test changes as it needs.
func report(n int, change ...func(*tracker.Report)) tracker.Report {
	r := tracker.Report{ID: reportID(n), Tracker: "almbz", URL: "https://bugs.example.org/" + reportID(n).String(), Title: "title " + reportID(n).String(), Status: "new",
		Open: true, Reporter: "Jane", Created: at(n - 1000), Updated: at(n - 500)}
	for _, f := range change {
		f(&r)
	}
	return r
}

func commit(t testing.TB, db *DB, page tracker.Page) tracker.Counts {
	t.Helper()
	counts, err := db.Commit(t.Context(), "almbz", "AlmaLinux-9", page)
	if err != nil {
		t.Fatalf("commit: %v", err)
	}
	return counts
}

func commitReports(t testing.TB, db *DB, reports ...tracker.Report) tracker.Counts {
	t.Helper()
	return commit(t, db, tracker.Page{Reports: reports})
}

// numbers are the numbers of the reports that a query finds, in its order.
func numbers(t testing.TB, db *DB, q query.Query, limit int) string {
	t.Helper()
	rows, err := db.List(t.Context(), q, limit)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	var list []string
	for _, r := range rows {
		list = append(list, r.ID[strings.IndexByte(r.ID, '#')+1:])
	}
	return strings.Join(list, " ")
}

// found is like numbers, in the order of their ids.
func found(t testing.TB, db *DB, terms ...query.Term) string {
	t.Helper()
	return numbers(t, db, query.Query{Terms: terms, Sort: query.Sort{By: query.SortID}}, 0)
}

func row(t testing.TB, db *DB, n int) Row {
	t.Helper()
	r, ok, err := db.Row(t.Context(), reportID(n))
	if err != nil || !ok {
		t.Fatalf("row %d: found %v, %v", n, ok, err)
	}
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode tells that an error has a code and is one sentence with a next step.
func wantCode(t testing.TB, err error, code Code) {
	t.Helper()
	if CodeOf(err) != code {
		t.Fatalf("got code %q (%v), want %q", CodeOf(err), err, code)
	}
	if text := err.Error(); strings.ContainsAny(text, "\n\r") || len(text) > 400 {
		t.Errorf("not one clear sentence: %q", text)
	}
}

func evr(t testing.TB, s string) rpm.EVR {
	t.Helper()
	e, err := rpm.ParseEVR(s)
	must(t, err)
	return e
}

// packages is a set in which gizmo and its library come from one source.
func packages(t testing.TB, version string) *rpm.Set {
	e := evr(t, version)
	return rpm.NewSet([]rpm.Package{
		{Name: "gizmo", EVR: e, Arch: "x86_64", Source: "gizmo", SourceEVR: e, Vendor: "AlmaLinux", Requires: []string{"gizmo-libs"}, Files: []string{"/usr/bin/gizmo"}},
		{Name: "gizmo-libs", EVR: e, Arch: "x86_64", Source: "gizmo", SourceEVR: e, Provides: []string{"libgizmo.so.1"}},
		{Name: "bash", EVR: evr(t, "5.1.8-9.el9"), Arch: "x86_64", Source: "bash", SourceEVR: evr(t, "5.1.8-9.el9")},
	})
}

// side is a prepared side of a run.
func side(t testing.TB, role reproduce.Role, target, version string, prepared time.Time) reproduce.Side {
	set := packages(t, version)
	return reproduce.Side{
		Target: reproduce.Target{Name: target, Image: "example.org/" + target, Distribution: reproduce.AlmaLinux, Release: "9"},
		Role:   role,
		Image:  reproduce.Image{Target: target, Ref: "example.org/" + target, ID: "id-" + target, Digest: "sha256:" + target, Arch: "amd64", Level: "x86-64-v2"},
		Key:    "key-" + target,
		Prepared: reproduce.Prepared{Key: "prepared-" + target, ImageID: "image-" + target, At: prepared, Print: reproduce.Fingerprint{
			OSRelease: map[string]string{"ID": "almalinux"}, Arch: "x86_64", Packages: set, Required: map[string][]string{"gizmo": {"gizmo-" + version + ".x86_64"}},
			Repos: []reproduce.Repo{{ID: "baseos", Revision: "1"}}, Changelogs: map[string]string{"gizmo": "* a change"}, Kernel: "6.1", Podman: "5.0",
			Dropped: []string{"cpus"}}},
	}
}

// newRun is a run that has begun.
func newRun(n int, id string) reproduce.Run {
	recipe := reproduce.Recipe{Summary: "gizmo adds one too many", Require: []string{"gizmo"}, Test: "test 4 = 4", Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}
	return reproduce.Run{ID: id, Report: reportID(n).String(), Recipe: recipe, RecipeHash: recipe.Hash(), Hints: reproduce.Hints{Report: reportID(n), Package: "gizmo"},
		Started: at(0), State: reproduce.RunRunning, Owner: "boot 1"}
}

func exited(status int) reproduce.Facts {
	return reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest, Status: status}
}

// attempt records a whole attempt, and hangs it on its side.
func attempt(t testing.TB, db *DB, run *reproduce.Run, s *reproduce.Side, facts reproduce.Facts, log reproduce.Log) reproduce.Attempt {
	t.Helper()
	a := reproduce.Attempt{ID: reproduce.NewID(), Run: run.ID, Target: s.Target.Name, Key: s.Key, Number: len(s.Attempts) + 1, Started: at(0), Limit: time.Minute}
	must(t, db.BeginAttempt(t.Context(), a))
	a.Duration, a.Done, a.Facts, a.Log = 1234567*time.Nanosecond, true, facts, log
	must(t, db.FinishAttempt(t.Context(), a))
	s.Attempts = append(s.Attempts, a)
	return a
}

// finishedRun plays a run of one side of each and finishes it.
func finishedRun(t testing.TB, db *DB, n int, s reproduce.Suggestion, sides ...reproduce.Side) reproduce.Run {
	t.Helper()
	run := newRun(n, reproduce.NewID())
	must(t, db.BeginRun(t.Context(), run))
	for i := range sides {
		attempt(t, db, &run, &sides[i], exited(i), reproduce.Log{})
		must(t, db.SaveSide(t.Context(), run.ID, sides[i]))
	}
	run.Sides, run.Suggestion, run.State, run.Finished = sides, s, reproduce.RunDone, at(1)
	must(t, db.FinishRun(t.Context(), run))
	return run
}

// decide adds a decision of now.
func decide(t testing.TB, db *DB, n int, verdict reproduce.Verdict, by string, change ...func(*reproduce.Decision)) reproduce.Decision {
	t.Helper()
	d := reproduce.Decision{ID: reproduce.NewID(), Report: reportID(n).String(), Verdict: verdict, By: by, At: noon, Note: "because"}
	for _, f := range change {
		f(&d)
	}
	must(t, db.Decide(t.Context(), d))
	return d
}

func checkWhole(t testing.TB, db *DB) {
	t.Helper()
	problems, err := db.Check(context.Background(), true)
	if err != nil || len(problems) > 0 {
		t.Fatalf("the database is not whole: %q, %v", problems, err)
	}
}

// trackerPage is a page with one report.
func trackerPage(n int) tracker.Page { return tracker.Page{Reports: []tracker.Report{report(n)}} }
