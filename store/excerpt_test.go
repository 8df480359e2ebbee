package store

import (
	"fmt"
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

// excerptOf is what an excerpt shows of a row.
func excerptOf(r Row) Excerpt {
	return Excerpt{ID: r.ID, Tracker: r.Tracker, Title: r.Title, Status: r.Status, Release: r.Release, Package: r.Package, Reporter: r.Reporter, Open: r.Open,
		Private: r.Private, Created: r.Created, Updated: r.Updated, Verdict: r.Verdict, Suggested: r.Suggested, Stale: r.Stale, Disputed: r.Disputed, Flaky: r.Flaky,
		Ran: r.RunID != "", Recipe: r.Recipe}
}

func TestExcerptsAreTheRows(t *testing.T) {
	db := library(t)
	for _, q := range []query.Query{{}, {Sort: query.Sort{By: query.SortTitle}}, {Terms: []query.Term{word("title")}, Sort: query.Sort{By: query.SortID}},
		{Terms: []query.Term{term(query.KeyIs, "stale")}}, {Terms: []query.Term{term(query.KeyPackage, "none")}}} {
		for _, limit := range []int{0, 2} {
			rows, err := db.List(t.Context(), q, limit)
			must(t, err)
			want := []Excerpt{}
			for _, r := range rows {
				want = append(want, excerptOf(r))
			}
			got, err := db.Excerpts(t.Context(), q, limit)
			must(t, err)
			for i := range got {
				if got[i].N <= 0 || got[i].Changed <= 0 {
					t.Errorf("%s has row %d and change %d", got[i].ID, got[i].N, got[i].Changed)
				}
				got[i].N, got[i].Changed = 0, 0
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%+v, limit %d (-row +excerpt)\n%s", q, limit, diff)
			}
		}
	}
}

// TestExcerptsStaleByTime: the clock alone makes them stale, as it does rows.
func TestExcerptsStaleByTime(t *testing.T) {
	now := noon
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), func() time.Time { return now })
	for n, v := range reproduce.Decidable() {
		commitReports(t, db, report(n+1))
		decide(t, db, n+1, v, "ann")
	}
	for after, want := range map[time.Duration]int{0: 0, keptFor: 0, keptFor + time.Millisecond: 2} {
		now = noon.Add(after)
		stale := 0
		list, err := db.ExcerptsBelow(t.Context(), 0, 0)
		must(t, err)
		for _, e := range list {
			if r, _, err := db.Row(t.Context(), mustID(t, e.ID)); err != nil || r.Stale != e.Stale {
				t.Errorf("after %v: %s is stale: row %v, excerpt %v (%v)", after, e.Verdict, r.Stale, e.Stale, err)
			}
			if e.Stale {
				stale++
			}
		}
		if stale != want {
			t.Errorf("after %v: %d are stale, want %d", after, stale, want)
		}
	}
}

func mustID(t *testing.T, s string) tracker.ID {
	t.Helper()
	id, err := tracker.ParseID(s)
	must(t, err)
	return id
}

func TestExcerptsInParts(t *testing.T) {
	db := open(t)
	var want []string
	for n := 7; n >= 1; n-- {
		want = append(want, reportID(n).String())
		commitReports(t, db, report(8-n))
	}
	for _, size := range []int{0, 1, 3, 7, 8} {
		var got []string
		below := int64(0)
		for {
			part, err := db.ExcerptsBelow(t.Context(), below, size)
			must(t, err)
			for _, e := range part {
				got, below = append(got, e.ID), e.N
			}
			if size == 0 || len(part) < size {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("in parts of %d: %v", size, got)
		}
	}
	if list, err := db.ExcerptsBelow(t.Context(), 1, 0); err != nil || list == nil || len(list) != 0 {
		t.Errorf("below the first: %v, %v", list, err)
	}
}

// changed names the reports that changed since, and moves since on.
func changed(t *testing.T, db *DB, since *int64) string {
	t.Helper()
	list, latest, err := db.Changes(t.Context(), *since, 0)
	must(t, err)
	if newest, err := db.Latest(t.Context()); err != nil || newest != latest {
		t.Errorf("changes go to %d, the latest is %d, %v", latest, newest, err)
	}
	*since = latest
	var ids []string
	for _, e := range list {
		ids = append(ids, e.ID[strings.IndexByte(e.ID, '#')+1:])
	}
	return strings.Join(ids, " ")
}

// TestWhatIsAChange: whoever keeps a list hears of all that it shows, and of
// nothing else.
func TestWhatIsAChange(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	var since int64
	if got := changed(t, db, &since); got != "" || since != 0 {
		t.Fatalf("nothing is there, but %q changed, to %d", got, since)
	}
	var run reproduce.Run
	var made reproduce.Decision
	draft := stored(2, "true", reproduce.OriginDraft)
	subject := reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "gizmo"}
	newer := side(t, reproduce.RoleAlma, "alma9", "3.2.0-6.el9", at(2))
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"new", func() { commitReports(t, db, report(3), report(1), report(2)) }, "3 1 2"},
		{"unchanged", func() { commitReports(t, db, report(1), report(2)) }, ""},
		{"updated", func() {
			commitReports(t, db, report(2), report(3, func(r *tracker.Report) { r.Status = "closed" }), report(4))
		}, "3 4"},
		{"a comment alone", func() { commit(t, db, tracker.Page{Comments: []tracker.Comment{note(1, 7, "text")}}) }, "1"},
		{"the same comment", func() { commit(t, db, tracker.Page{Comments: []tracker.Comment{note(1, 7, "text")}}) }, ""},
		{"a draft", func() { must(t, db.SaveRecipe(ctx, draft)) }, "2"},
		{"accepted", func() {
			must(t, db.AcceptRecipe(ctx, "almbz#2", draft.Recipe.Hash(), "ann", at(1)))
		}, "2"},
		{"a run ends", func() {
			run = finishedRun(t, db, 1, subject, side(t, reproduce.RoleAlma, "alma9", "3.2.0-4.el9", at(0)))
		}, "1"},
		{"decided", func() { made = decide(t, db, 1, reproduce.AlmaOnly, "ann", restsOn(run, noon)) }, "1"},
		// Whose run it is changes, and whose decision it overtakes.
		{"overtaken", func() { finishedRun(t, db, 2, subject, newer) }, "1 2"},
		{"overtaken again", func() { finishedRun(t, db, 3, subject, newer) }, "3"},
		{"taken back", func() { must(t, db.TakeBack(ctx, "ann", at(3), made.ID)) }, "1"},
		{"sync is recorded", func() { must(t, db.SaveSync(ctx, "almbz", at(1), "")) }, ""},
		{"begun", func() { must(t, db.BeginRun(ctx, newRun(1, reproduce.NewID()))) }, ""},
		{"two at once, twice", func() {
			commitReports(t, db, report(9), report(8), report(9, func(r *tracker.Report) { r.Title = "again" }))
		}, "8 9"},
	} {
		step.do()
		if got := changed(t, db, &since); got != step.want {
			t.Errorf("%s: %q changed, want %q", step.name, got, step.want)
		}
	}
}

func TestChangesInParts(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2), report(3), report(4), report(5))
	since := int64(0)
	var got []string
	for i := range 4 {
		list, latest, err := db.Changes(t.Context(), since, 2)
		must(t, err)
		if i == 2 { // the first changes before the end is reached
			decide(t, db, 1, reproduce.AlmaOnly, "ann")
		}
		var part []string
		for _, e := range list {
			part = append(part, fmt.Sprint(e.ID[6:], e.Verdict))
		}
		got, since = append(got, strings.Join(part, " ")), latest
	}
	if diff := cmp.Diff([]string{"1 2", "3 4", "5", "1alma-only"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if list, latest, err := db.Changes(t.Context(), since, 2); err != nil || list == nil || len(list) != 0 || latest != since {
		t.Errorf("at the end: %v, %d, %v", list, latest, err)
	}
}

// TestEveryWriteIsCounted: of whatever column, by whoever, and of many rows at
// once; what is rolled back is not.
func TestEveryWriteIsCounted(t *testing.T) {
	db := open(t)
	commitReports(t, db, whole(1), whole(2))
	var columns string
	must(t, db.read.QueryRow(`SELECT group_concat(name, ' ') FROM pragma_table_info('reports') WHERE name NOT IN ('n', 'changed')`).Scan(&columns))
	since, err := db.Latest(t.Context())
	must(t, err)
	for _, column := range strings.Fields(columns) {
		_, err := db.write.Exec(`UPDATE reports SET ` + column + ` = ` + column)
		must(t, err)
		before := since
		if got := changed(t, db, &since); got != "1 2" && got != "2 1" || since != before+2 {
			t.Errorf("%s: %q changed, from %d to %d", column, got, before, since)
		}
	}
	_, err = db.write.Exec(`INSERT INTO reports (` + strings.ReplaceAll(columns, " ", ", ") + `) SELECT 'x' || id, ` + strings.Join(strings.Fields(columns)[1:], ", ") + ` FROM reports`)
	must(t, err)
	if got, before := changed(t, db, &since), since; got != "1 2" && got != "2 1" {
		t.Errorf("inserted by hand: %q changed, to %d", got, before)
	}
	tx, err := db.write.Begin()
	must(t, err)
	_, err = tx.Exec(`UPDATE reports SET title = 'x'`)
	must(t, err)
	must(t, tx.Rollback())
	if got := changed(t, db, &since); got != "" {
		t.Errorf("rolled back: %q changed", got)
	}
	checkWhole(t, db)
}
