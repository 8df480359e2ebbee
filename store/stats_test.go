package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// verdictCounts are Stats.Verdicts with these, and no others.
func verdictCounts(some map[reproduce.Verdict]int) []VerdictCount {
	list := []VerdictCount{}
	for _, v := range reproduce.Decidable() {
		list = append(list, VerdictCount{v, some[v]})
	}
	return list
}

// progressOf is a Progress with these decisions in force.
func progressOf(name string, undecided int, verdicts ...VerdictCount) Progress {
	p := Progress{Name: name, Undecided: undecided, Verdicts: append([]VerdictCount{}, verdicts...)}
	for _, v := range verdicts {
		p.Decided += v.Reports
	}
	return p
}

func TestStats(t *testing.T) {
	db := open(t)
	of := func(release, pkg string) func(*tracker.Report) {
		return func(r *tracker.Report) { r.Release, r.Package = release, pkg }
	}
	closed := func(r *tracker.Report) { r.Open = false }
	commitReports(t, db, report(1, of("9.6", "bash")), report(2, of("9.6", "bash"), closed), report(3, of("9.6", "zsh")), report(4, of("10.0", "zsh")), report(5, of("", "")),
		report(6, of("8.10", "secret"), func(r *tracker.Report) { r.Private = true }))
	on := func(day time.Time) func(*reproduce.Decision) { return func(d *reproduce.Decision) { d.At = day } }
	midnight := noon.Add(-12 * time.Hour)
	decide(t, db, 1, reproduce.AlmaOnly, "ann", on(midnight.Add(-time.Millisecond)))
	decide(t, db, 2, reproduce.AlmaOnly, "ann", on(midnight))
	decide(t, db, 4, reproduce.FixedInStream, "bob", on(noon.Add(-keptFor-time.Hour))) // is stale
	decide(t, db, 6, reproduce.NotABug, "eve")
	decide(t, db, 3, reproduce.Duplicate, "ann")
	_, err := db.Undo(t.Context(), "almbz#3", "ann", noon)
	must(t, err)
	for n, started := range map[int]time.Time{1: noon, 2: midnight.Add(-24 * time.Hour), 3: midnight.Add(-time.Hour), 6: noon} {
		run := newRun(n, reproduce.NewID())
		run.Started = started
		must(t, db.BeginRun(t.Context(), run))
	}
	got, err := db.Stats(t.Context(), StatsOptions{Days: 3})
	must(t, err)
	almaOnly, fixed, notABug := VerdictCount{reproduce.AlmaOnly, 2}, VerdictCount{reproduce.FixedInStream, 1}, VerdictCount{reproduce.NotABug, 1}
	want := Stats{Reports: 5, Open: 4, Decided: 3, Undecided: 2, Stale: 1, LeftOut: 1,
		Verdicts: verdictCounts(map[reproduce.Verdict]int{reproduce.AlmaOnly: 2, reproduce.FixedInStream: 1}),
		Releases: []Progress{progressOf("9.6", 1, almaOnly), progressOf("", 1), progressOf("10.0", 0, fixed)},
		Packages: []Progress{progressOf("zsh", 1, fixed), progressOf("bash", 0, almaOnly)},
		People:   []PersonCount{{"ann", 2}, {"bob", 1}},
		Days:     []Day{{midnight.AddDate(0, 0, -2), 0, 0}, {midnight.AddDate(0, 0, -1), 2, 1}, {midnight, 1, 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	got, err = db.Stats(t.Context(), StatsOptions{Private: true, Days: 1})
	must(t, err)
	want.Reports, want.Open, want.Decided, want.LeftOut = 6, 5, 4, 0
	want.Verdicts = verdictCounts(map[reproduce.Verdict]int{reproduce.AlmaOnly: 2, reproduce.FixedInStream: 1, reproduce.NotABug: 1})
	want.Releases = []Progress{progressOf("9.6", 1, almaOnly), progressOf("", 1), progressOf("10.0", 0, fixed), progressOf("8.10", 0, notABug)}
	want.Packages = []Progress{progressOf("zsh", 1, fixed), progressOf("bash", 0, almaOnly), progressOf("secret", 0, notABug)}
	want.People = []PersonCount{{"ann", 2}, {"bob", 1}, {"eve", 1}}
	want.Days = []Day{{midnight, 2, 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("with private ones (-want +got)\n%s", diff)
	}
}

func TestStatsOfNothing(t *testing.T) {
	got, err := open(t).Stats(t.Context(), StatsOptions{Days: -1})
	must(t, err)
	want := Stats{Verdicts: verdictCounts(nil), Releases: []Progress{}, Packages: []Progress{}, People: []PersonCount{}, Days: []Day{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What a release or a package has of each verdict comes in the order in which
// verdicts are offered, and without those that it has none of.
func TestStatsVerdictsOfEach(t *testing.T) {
	db := open(t)
	all := reproduce.Decidable()
	for n := 1; n <= 2*len(all); n++ {
		commitReports(t, db, report(n, func(r *tracker.Report) { r.Release, r.Package = "9.6", []string{"bash", "zsh"}[n%2] }))
	}
	for i, verdict := range all { // the last verdict is decided for first
		n := 2 * (len(all) - i)
		decide(t, db, n, all[(i+3)%len(all)], "ann") // what was decided before does not count
		decide(t, db, n, verdict, "ann")
	}
	decide(t, db, 1, all[4], "ann")
	decide(t, db, 3, all[1], "ann")
	got, err := db.Stats(t.Context(), StatsOptions{})
	must(t, err)
	ones := func(of ...reproduce.Verdict) (list []VerdictCount) {
		for _, v := range of {
			list = append(list, VerdictCount{v, 1})
		}
		return list
	}
	packages := []Progress{progressOf("zsh", len(all)-2, ones(all[1], all[4])...), progressOf("bash", 0, ones(all...)...)}
	if diff := cmp.Diff(packages, got.Packages); diff != "" {
		t.Errorf("packages (-want +got)\n%s", diff)
	}
	every := ones(all...)
	every[1].Reports, every[4].Reports = 2, 2
	if diff := cmp.Diff([]Progress{progressOf("9.6", len(all)-2, every...)}, got.Releases); diff != "" {
		t.Errorf("releases (-want +got)\n%s", diff)
	}
}

// TestStatsNamesFewPackages: those with most to do.
func TestStatsNamesFewPackages(t *testing.T) {
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), nil)
	n := 0
	for pkg := range mostPackages + 5 {
		for range pkg + 1 {
			n++
			commitReports(t, db, report(n, func(r *tracker.Report) { r.Package = fmt.Sprint("p", pkg) }))
		}
	}
	got, err := db.Stats(t.Context(), StatsOptions{})
	must(t, err)
	if len(got.Packages) != mostPackages {
		t.Fatalf("got %d: %+v", len(got.Packages), got.Packages)
	}
	ends := []Progress{got.Packages[0], got.Packages[mostPackages-1]}
	if diff := cmp.Diff([]Progress{progressOf("p24", 25), progressOf("p5", 6)}, ends); diff != "" {
		t.Errorf("first and last (-want +got)\n%s", diff)
	}
}
