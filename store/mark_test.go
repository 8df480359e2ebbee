package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

func TestMark(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2), report(3))
	ran := finishedRun(t, db, 1, reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "gizmo"}, side(t, reproduce.RoleAlma, "alma9", "3.2.0-4.el9", at(0)))
	unclear := finishedRun(t, db, 3, reproduce.Suggestion{Verdict: reproduce.Inconclusive})
	m := Mark{Reports: []string{"almbz#3", "almbz#1", "almbz#2"}, Verdict: reproduce.NotABug, Note: "note", PatchURL: "https://example.org/1", By: "ann", At: at(2)}
	got, err := db.Mark(t.Context(), m)
	must(t, err)
	var want []reproduce.Decision
	for i, n := range []int{3, 1, 2} {
		d := reproduce.Decision{Report: m.Reports[i], Verdict: m.Verdict, Note: m.Note, PatchURL: m.PatchURL, By: m.By, At: m.At, ReportUpdated: report(n).Updated}
		if len(got) == 3 {
			d.ID = got[i].ID
		}
		want = append(want, d)
	}
	want[0].Run, want[0].Suggested = unclear.ID, reproduce.Inconclusive
	want[1].Run, want[1].Suggested = ran.ID, reproduce.AlmaOnly
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
	for i := range want {
		history, err := db.History(t.Context(), want[i].Report)
		must(t, err)
		if diff := cmp.Diff(want[i:i+1], history); diff != "" {
			t.Errorf("journal (-want +got)\n%s", diff)
		}
	}
	// It rests on the builds of the run, and they can be overtaken.
	finishedRun(t, db, 2, reproduce.Suggestion{}, side(t, reproduce.RoleAlma, "alma9", "3.2.0-6.el9", at(3)))
	if !row(t, db, 1).Stale || row(t, db, 3).Stale {
		t.Errorf("stale: 1 %v, 3 %v", row(t, db, 1).Stale, row(t, db, 3).Stale)
	}
}

func TestMarkAsSuggested(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2), report(3), report(4))
	finishedRun(t, db, 1, reproduce.Suggestion{Verdict: reproduce.AlmaOnly})
	finishedRun(t, db, 2, reproduce.Suggestion{Verdict: reproduce.StreamOnly})
	finishedRun(t, db, 3, reproduce.Suggestion{Verdict: reproduce.Inconclusive})
	_, err := db.Mark(t.Context(), Mark{Reports: []string{"almbz#1", "almbz#3", "almbz#2", "almbz#4"}, By: "ann", At: noon})
	wantCode(t, err, CodeConflict)
	for n, named := range map[string]bool{"#1": false, "#2": false, "#3": true, "#4": true} {
		if strings.Contains(err.Error(), n) != named {
			t.Errorf("%q names almbz%s: %v", err, n, !named)
		}
	}
	got, err := db.Mark(t.Context(), Mark{Reports: []string{"almbz#1", "almbz#2"}, By: "ann", At: noon})
	must(t, err)
	if len(got) != 2 || got[0].Verdict != reproduce.AlmaOnly || got[1].Verdict != reproduce.StreamOnly {
		t.Errorf("got %+v", got)
	}
	if totals, err := db.Totals(t.Context()); err != nil || totals.Decisions != 2 {
		t.Errorf("%d decisions, %v; want those of the second try", totals.Decisions, err)
	}
}

func TestMarkRefuses(t *testing.T) {
	db := open(t)
	var many []string
	for n := range 100 {
		commitReports(t, db, report(n+1))
		many = append(many, reportID(n+1).String())
	}
	_, err := db.Mark(t.Context(), Mark{Reports: many, By: "ann", At: noon})
	wantCode(t, err, CodeConflict)
	if !strings.Contains(err.Error(), "almbz#5 and 95 more") {
		t.Errorf("got %q", err)
	}
	_, err = db.Mark(t.Context(), Mark{Reports: []string{"almbz#1", "almbz#404"}, Verdict: reproduce.NotABug, By: "ann", At: noon})
	wantCode(t, err, CodeNotFound)
	if !strings.Contains(err.Error(), "almbz#404") {
		t.Errorf("got %q", err)
	}
	for _, v := range []reproduce.Verdict{reproduce.Inconclusive, "nonsense"} {
		if _, err := db.Mark(t.Context(), Mark{Reports: many[:1], Verdict: v, By: "ann", At: noon}); err == nil {
			t.Errorf("decided for %q", v)
		}
	}
	if got, err := db.Mark(t.Context(), Mark{By: "ann", At: noon}); err != nil || got == nil || len(got) != 0 {
		t.Errorf("on nothing: %v, %v", got, err)
	}
	if totals, err := db.Totals(t.Context()); err != nil || totals.Decisions != 0 {
		t.Errorf("%d decisions, %v", totals.Decisions, err)
	}
}

// TestMarkOnRunsOfOlderPrograms: they kept no builds with the run.
func TestMarkOnRunsOfOlderPrograms(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	finishedRun(t, db, 1, reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "gizmo"}, side(t, reproduce.RoleAlma, "alma9", "3.2.0-4.el9", at(0)))
	_, err := db.write.Exec(`UPDATE runs SET builds = ''`)
	must(t, err)
	_, err = db.Mark(t.Context(), Mark{Reports: []string{"almbz#1"}, By: "ann", At: at(2)})
	must(t, err)
	finishedRun(t, db, 1, reproduce.Suggestion{}, side(t, reproduce.RoleAlma, "alma9", "3.2.0-6.el9", at(3)))
	if r := row(t, db, 1); !strings.Contains(r.StaleWhy, "decided with 3.2.0-4.el9") {
		t.Errorf("stale %v: %q", r.Stale, r.StaleWhy)
	}
}
