package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

func TestBatchIsKept(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2), report(3))
	_, err := db.Batch(t.Context(), "")
	wantCode(t, err, CodeNotFound)
	must(t, db.BeginBatch(t.Context(), "0aa-1", noon, struct{ Repeat int }{5}, []string{"almbz#2", "almbz#3", "almbz#1"}))
	run := func(id, report string, state reproduce.RunState) {
		t.Helper()
		r := reproduce.Run{ID: id, Report: report, Batch: "0aa-1", Started: at(1), State: reproduce.RunRunning}
		must(t, db.BeginRun(t.Context(), r))
		r.State, r.Finished, r.Suggestion.Verdict = state, at(2), reproduce.AlmaOnly
		if state != reproduce.RunRunning {
			must(t, db.FinishRun(t.Context(), r))
		}
	}
	run("r1", "almbz#3", reproduce.RunInterrupted)
	run("r2", "almbz#3", reproduce.RunDone)
	run("r3", "almbz#2", reproduce.RunRunning)
	must(t, db.FailInBatch(t.Context(), "0aa-1", "almbz#1", "no recipe"))
	for _, id := range []string{"", "0aa-1", "0a"} {
		b, err := db.Batch(t.Context(), id)
		must(t, err)
		want := &Batch{ID: "0aa-1", Started: noon, Options: `{"Repeat":5}`, Reports: []BatchReport{{Report: "almbz#2"},
			{Report: "almbz#3", Run: "r2", Verdict: reproduce.AlmaOnly}, {Report: "almbz#1", Error: "no recipe"}}}
		if diff := cmp.Diff(want, b); diff != "" {
			t.Errorf("%q: %s", id, diff)
		}
	}
	if r, err := db.Run(t.Context(), "r2"); err != nil || r.Batch != "0aa-1" {
		t.Errorf("run %+v, %v", r, err)
	}
	must(t, db.BeginBatch(t.Context(), "0ab-2", at(1), nil, []string{"almbz#1"}))
	_, err = db.Batch(t.Context(), "0a")
	wantCode(t, err, CodeNotFound)
	must(t, db.EndBatch(t.Context(), "0ab-2", at(2)))
	if b, err := db.Batch(t.Context(), ""); err != nil || b.ID != "0aa-1" {
		t.Errorf("the one to go on with is %+v, %v", b, err)
	}
	_, err = db.Batch(t.Context(), "%")
	wantCode(t, err, CodeNotFound)
}
