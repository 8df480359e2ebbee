package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

func caseOf(t *testing.T, db *DB, n int) handoff.Case {
	t.Helper()
	c, err := db.Case(t.Context(), reportID(n), "1.2.3", reproduce.BuiltinTargets())
	must(t, err)
	return c
}

func TestCase(t *testing.T) {
	db := open(t)
	stored := report(1, func(r *tracker.Report) {
		r.Comments = []tracker.Comment{{ID: 7, Report: reportID(1), Author: "Jo", Text: "see RHEL-4711", Created: at(-2), Updated: at(-2), References: tracker.FindReferences("RHEL-4711")}}
	})
	commitReports(t, db, stored, report(2))

	// Nothing but the report is known.
	bare := caseOf(t, db, 1)
	if bare.Recipe != nil || bare.Run != nil || bare.Decision != nil {
		t.Errorf("nothing was stored, and there is a recipe %v, a run %v, a decision %v", bare.Recipe, bare.Run, bare.Decision)
	}
	if diff := cmp.Diff(stored.Comments, bare.Report.Comments); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	if bare.Program != "1.2.3" || bare.Targets["alma9"].Name != "alma9" || bare.IncludePrivate {
		t.Errorf("program %q, targets %v, private ones included: %v", bare.Program, bare.Targets.Names(), bare.IncludePrivate)
	}

	recipe := newRun(1, "").Recipe
	_, err := db.SetRecipe(t.Context(), reportID(1).String(), recipe, reproduce.OriginSet, "jo", noon)
	must(t, err)
	subject := reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "gizmo", Reasons: []string{"why"}}
	finishedRun(t, db, 1, subject, side(t, reproduce.RoleAlma, "alma9", "1.0-1.el9", noon))
	newest := finishedRun(t, db, 1, subject, side(t, reproduce.RoleAlma, "alma9", "1.0-2.el9", noon), side(t, reproduce.RoleStream, "stream9", "1.0-3.el9", noon))
	must(t, db.BeginRun(t.Context(), newRun(1, reproduce.NewID()))) // goes on
	finishedRun(t, db, 2, subject)                                  // of another report

	c := caseOf(t, db, 1)
	if c.Recipe == nil || c.Recipe.Recipe.Hash() != recipe.Hash() {
		t.Errorf("the recipe is %v", c.Recipe)
	}
	if c.Run == nil || c.Run.ID != newest.ID || len(c.Run.Sides) != 2 {
		t.Fatalf("the newest finished run is %s, got %+v", newest.ID, c.Run)
	}
	for i, want := range newest.Sides {
		got := c.Run.Sides[i].Prepared.Print
		if diff := cmp.Diff(want.Prepared.Print, got, cmp.Comparer(func(a, b *rpm.Set) bool { return a.Hash() == b.Hash() })); diff != "" {
			t.Errorf("the fingerprint of %s (-want +got):\n%s", want.Target.Name, diff)
		}
		if diff := cmp.Diff(want.Attempts[0].Facts, c.Run.Sides[i].Attempts[0].Facts); diff != "" {
			t.Errorf("the attempt on %s (-want +got):\n%s", want.Target.Name, diff)
		}
	}
	if diff := cmp.Diff(subject, c.Run.Suggestion); diff != "" {
		t.Errorf("the suggestion (-want +got):\n%s", diff)
	}
}

// TestCaseDecision follows which decision is in force.
func TestCaseDecision(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2))
	inForce := func(want *reproduce.Decision) {
		t.Helper()
		if diff := cmp.Diff(want, caseOf(t, db, 1).Decision); diff != "" {
			t.Errorf("the decision in force (-want +got):\n%s", diff)
		}
	}
	undo := func() {
		t.Helper()
		_, err := db.Undo(t.Context(), reportID(1).String(), "jo", noon)
		must(t, err)
	}
	inForce(nil)
	decide(t, db, 2, reproduce.Duplicate, "jo") // of another report
	inForce(nil)
	seen := func(d *reproduce.Decision) { d.ReportUpdated = at(-499) }
	first := decide(t, db, 1, reproduce.AlmaOnly, "jo", seen)
	inForce(&first)
	second := decide(t, db, 1, reproduce.FixedInStream, "al", seen, func(d *reproduce.Decision) { d.PatchURL = "https://example.org/1.patch" })
	inForce(&second)
	undo()
	inForce(&first)
	undo()
	inForce(nil)
}

func TestCaseOfNothing(t *testing.T) {
	db := open(t)
	_, err := db.Case(t.Context(), reportID(1), "1.2.3", reproduce.BuiltinTargets())
	wantCode(t, err, CodeNotFound)
}
