package store

import (
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker/query"
)

// made is a side of alma9 that was prepared at some time with some packages.
func made(at time.Time, packages ...rpm.Package) reproduce.Side {
	return reproduce.Side{Target: reproduce.BuiltinTargets()["alma9"], Role: reproduce.RoleAlma,
		Prepared: reproduce.Prepared{Key: "key", ImageID: "image", At: at, Print: reproduce.Fingerprint{Packages: rpm.NewSet(packages)}}}
}

// rpmOf is a package that was built from a source package.
func rpmOf(name, source, version, release string) rpm.Package {
	evr := rpm.EVR{Version: version, Release: release}
	return rpm.Package{Name: name, EVR: evr, Arch: "x86_64", Source: source, SourceEVR: evr}
}

func restsOn(run reproduce.Run, at time.Time) func(*reproduce.Decision) {
	return func(d *reproduce.Decision) { d.Run, d.At = run.ID, at }
}

func epoch(p rpm.Package, n int) rpm.Package {
	p.EVR.Epoch = n
	return p
}

func module(p rpm.Package, stream string) rpm.Package {
	p.Module, p.ModuleStream = "gizmo", stream
	return p
}

// What a side has at a decision and later, and whether that overtakes it.
func TestBuildsOvertakeDecisions(t *testing.T) {
	old, newer := rpmOf("gizmo", "gizmo", "1.2", "9.el9"), rpmOf("gizmo", "gizmo", "1.2", "10.el9")
	other := rpmOf("other", "other", "9", "9.el9")
	hour := time.Hour
	for name, test := range map[string]struct {
		had, has []rpm.Package
		after    time.Duration // of what it has, since what it had was prepared
		stale    bool
	}{
		"newer":                             {[]rpm.Package{old}, []rpm.Package{newer}, hour, true},
		"the same":                          {[]rpm.Package{old}, []rpm.Package{old}, hour, false},
		"older":                             {[]rpm.Package{newer}, []rpm.Package{old}, hour, false},
		"gone":                              {[]rpm.Package{old}, []rpm.Package{other}, hour, false},
		"prepared before":                   {[]rpm.Package{old}, []rpm.Package{newer}, -hour, false},
		"another package is newer":          {[]rpm.Package{old, rpmOf("other", "other", "1", "1.el9")}, []rpm.Package{old, other}, hour, false},
		"two installed, as kernels are":     {[]rpm.Package{old, newer}, []rpm.Package{old, newer}, hour, false},
		"one of two left":                   {[]rpm.Package{old, newer}, []rpm.Package{newer}, hour, false},
		"another binary package's epoch":    {[]rpm.Package{old}, []rpm.Package{old, epoch(rpmOf("gizmo-libs", "gizmo", "1.2", "9.el9"), 4)}, hour, false},
		"another module stream":             {[]rpm.Package{module(old, "1")}, []rpm.Package{module(newer, "2")}, hour, false},
		"newer in the module stream":        {[]rpm.Package{module(old, "1")}, []rpm.Package{module(newer, "1")}, hour, true},
		"a version that is none, from afar": {[]rpm.Package{old}, []rpm.Package{rpmOf("gizmo", "gizmo", "9 9:9", "1-1")}, hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			commitReports(t, db, report(1))
			run := finishedRun(t, db, 1, reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "gizmo"}, made(noon, test.had...))
			decide(t, db, 1, reproduce.AlmaOnly, "ann", restsOn(run, noon))
			if r := row(t, db, 1); r.Stale {
				t.Errorf("stale from the start: %s", r.StaleWhy)
			}
			finishedRun(t, db, 1, reproduce.Suggestion{}, made(noon.Add(test.after), test.has...))
			r := row(t, db, 1)
			if r.Stale != test.stale || (test.stale && !strings.Contains(r.StaleWhy, "1.2-10.el9 now, decided with 1.2-9.el9")) {
				t.Errorf("stale %v: %q", r.Stale, r.StaleWhy)
			}
			if ids := found(t, db, query.Term{Key: query.KeyIs, Value: "stale"}); (ids == "1") != test.stale {
				t.Errorf("is:stale finds %q", ids)
			}
		})
	}
}

// A decision that rests on a run is stale at once if the target had a newer
// build in between; a new decision on what there is now is not.
func TestBuildsInBetween(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	first := finishedRun(t, db, 1, reproduce.Suggestion{Subject: "gizmo"}, made(noon, rpmOf("gizmo", "gizmo", "1", "1")))
	second := finishedRun(t, db, 1, reproduce.Suggestion{Subject: "gizmo"}, made(noon.Add(time.Hour), rpmOf("gizmo", "gizmo", "2", "1")))
	decide(t, db, 1, reproduce.AlmaOnly, "ann", restsOn(first, noon.Add(2*time.Hour)))
	if !row(t, db, 1).Stale {
		t.Error("decided on an overtaken run, but not stale")
	}
	decide(t, db, 1, reproduce.AlmaOnly, "ann", restsOn(second, noon.Add(3*time.Hour)))
	if r := row(t, db, 1); r.Stale {
		t.Errorf("decided anew, but stale: %s", r.StaleWhy)
	}
	_, err := db.Undo(t.Context(), "almbz#1", "ann", noon.Add(4*time.Hour))
	must(t, err)
	if !row(t, db, 1).Stale {
		t.Error("back to the overtaken decision, but not stale")
	}
}

func TestBuildsOfControlsDoNotCount(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	run := finishedRun(t, db, 1, reproduce.Suggestion{Subject: "gizmo"}, made(noon, rpmOf("gizmo", "gizmo", "1", "1")))
	decide(t, db, 1, reproduce.AlmaOnly, "ann", restsOn(run, noon))
	control := made(noon.Add(time.Hour), rpmOf("gizmo", "gizmo", "2", "1"))
	control.Role, control.Control = reproduce.RoleControl, &reproduce.Control{Source: "gizmo"}
	finishedRun(t, db, 1, reproduce.Suggestion{}, control)
	if r := row(t, db, 1); r.Stale {
		t.Error(r.StaleWhy)
	}
}
