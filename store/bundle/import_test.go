package bundle_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// later is when bundles are imported: nothing in them is from the future.
var later = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)

// emptyDB is a database of somebody who has nothing yet.
func emptyDB(t testing.TB) *store.DB { return openAt(t, filepath.Join(t.TempDir(), "other.db")) }

// take imports a bundle.
func take(t testing.TB, db *store.DB, data []byte) store.Merged {
	t.Helper()
	merged, err := bundle.Import(t.Context(), db, bytes.NewReader(data), later)
	check(t, err)
	return merged
}

// dump is all rows of all tables but those that are left out, in the order in
// which they are stored; columns that are left out are not compared.
func dump(t testing.TB, db *store.DB, leftOut ...string) map[string][]string {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+db.Path()+"?_pragma=query_only(1)")
	check(t, err)
	defer file.Close()
	all := map[string][]string{}
	for _, table := range column(t, file, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%' AND name NOT LIKE 'sqlite%'`) {
		columns := slices.DeleteFunc(column(t, file, `SELECT name FROM pragma_table_info('`+table+`')`), func(name string) bool { return slices.Contains(leftOut, name) })
		all[table] = column(t, file, `SELECT quote(`+strings.Join(columns, `) || '|' || quote(`)+`) FROM `+table+` ORDER BY 1`)
	}
	all["found"] = column(t, file, `SELECT r.id FROM search s JOIN reports r ON r.n = s.rowid WHERE search MATCH 'gizmo' ORDER BY 1`)
	return all
}

func column(t testing.TB, file *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := file.Query(query)
	check(t, err)
	defer rows.Close()
	for rows.Next() {
		var value string
		check(t, rows.Scan(&value))
		list = append(list, value)
	}
	check(t, rows.Err())
	return list
}

func checkWhole(t testing.TB, db *store.DB) {
	t.Helper()
	problems, err := db.Check(context.Background(), true)
	if err != nil || len(problems) > 0 {
		t.Errorf("the database is not whole: %q, %v", problems, err)
	}
}

// ids are those of all reports.
func ids(t testing.TB, db *store.DB) (list []tracker.ID) {
	t.Helper()
	rows, err := db.List(t.Context(), query.Query{}, 0)
	check(t, err)
	for _, row := range rows {
		id, err := tracker.ParseID(row.ID)
		check(t, err)
		list = append(list, id)
	}
	return list
}

// sound are the reports whose names are none that only an attacker gives.
func sound() []tracker.ID { return []tracker.ID{gizmo, closed, image} }

func TestRoundTrip(t *testing.T) {
	w := newWorld(t)
	for name, o := range map[string]bundle.Options{"plain": plain, "all": {Program: "almatriage 1.0", Author: "ann", Private: true, AllRuns: true}} {
		t.Run(name, func(t *testing.T) {
			first, told := write(t, w.db, sound(), o)
			other, third := emptyDB(t), emptyDB(t)
			o.Author = "somebody else"
			merged := take(t, other, first)
			again, retold := write(t, other, ids(t, other), o)
			if !bytes.Equal(first, again) {
				t.Errorf("exported again it is another: %s", cmp.Diff(unpack(t, first).files, unpack(t, again).files))
			}
			if retold.Reports != told.Reports || retold.Runs != told.Runs || merged.Reports.New != told.Reports || merged.Runs.New != told.Runs {
				t.Errorf("told %+v, then %+v, merged %+v", told, retold, merged)
			}
			take(t, third, again)
			if last, _ := write(t, third, ids(t, third), o); !bytes.Equal(first, last) {
				t.Error("through two databases it is another")
			}
			checkWhole(t, other)
		})
	}
}

func TestImportedTwice(t *testing.T) {
	w := newWorld(t)
	data, _ := write(t, w.db, sound(), bundle.Options{Private: true, AllRuns: true, Author: "ann"})
	before := dump(t, w.db)
	merged := take(t, w.db, data)
	if diff := cmp.Diff(before, dump(t, w.db)); diff != "" {
		t.Errorf("imported where it is from (-before +after)\n%s", diff)
	}
	want := store.Merged{Reports: store.Brought{Unchanged: 3}, Recipes: store.Brought{Unchanged: 2}, Runs: store.Brought{Unchanged: 4}, Decisions: store.Brought{Unchanged: 4}}
	if diff := cmp.Diff(want, merged); diff != "" {
		t.Errorf("where it is from (-want +got)\n%s", diff)
	}
	other := emptyDB(t)
	want = store.Merged{Reports: store.Brought{New: 3}, Recipes: store.Brought{New: 2}, Runs: store.Brought{New: 4}, Decisions: store.Brought{New: 4}}
	if diff := cmp.Diff(want, take(t, other, data)); diff != "" {
		t.Errorf("first (-want +got)\n%s", diff)
	}
	before = dump(t, other)
	merged = take(t, other, data)
	if diff := cmp.Diff(before, dump(t, other)); diff != "" {
		t.Errorf("twice (-before +after)\n%s", diff)
	}
	if merged.Reports.Unchanged != 3 || merged.Runs.Unchanged != 4 || merged.Decisions.Unchanged != 4 || merged.Recipes.Unchanged != 2 {
		t.Errorf("twice: %+v", merged)
	}
}

// TestImportedIsSomebodysWord: it shows with its author, nothing of it is
// accepted, and nothing made here rests on it.
func TestImportedIsSomebodysWord(t *testing.T) {
	w := newWorld(t)
	data, _ := write(t, w.db, []tracker.ID{gizmo}, plain)
	other := emptyDB(t)
	take(t, other, data)
	ctx := t.Context()
	run, err := other.LastRun(ctx, gizmo.String())
	check(t, err)
	if run == nil || run.ID != w.again || !run.Imported || run.Author != "ann" || run.Suggestion.Verdict != reproduce.FixedInStream {
		t.Fatalf("the last run is %+v", run)
	}
	log, err := other.AttemptLog(ctx, run.Sides[0].Attempts[0].ID)
	if err != nil || len(log.Lines) != 4 {
		t.Errorf("%d lines of output, %v", len(log.Lines), err)
	}
	recipe, err := other.Recipe(ctx, gizmo.String())
	check(t, err)
	if recipe.Origin != reproduce.OriginImported || recipe.IsAccepted() || recipe.Author != "ann" {
		t.Errorf("the recipe is %s of %s, accepted %v", recipe.Origin, recipe.Author, recipe.IsAccepted())
	}
	if row, _, err := other.Row(ctx, gizmo); err != nil || row.Recipe != store.RecipeDraft || row.Verdict != reproduce.FixedInStream || row.DecidedBy != "bob" ||
		row.RunID != w.again || row.Suggested != reproduce.FixedInStream {
		t.Errorf("row %+v, %v", row, err)
	}
	tables := dump(t, other)
	for _, table := range []string{"images", "builds", "prepared"} {
		if len(tables[table]) > 0 {
			t.Errorf("%s holds %q", table, tables[table])
		}
	}
	for _, set := range tables["package_sets"] {
		if !strings.HasPrefix(set, "'imported ") {
			t.Errorf("a package set that a run made here could take for its own: %.80s", set)
		}
	}
	check(t, other.AcceptRecipe(ctx, gizmo.String(), recipe.Recipe.Hash(), "cid", later))
	made := w.elsewhere(other)
	for _, side := range made.Sides {
		for _, a := range side.Attempts {
			if side.Cached || a.Run != made.ID {
				t.Errorf("%s: attempt %s of run %s, cached %v", side.Target.Name, a.ID, a.Run, side.Cached)
			}
		}
	}
	if n := len(made.Sides[0].Attempts); n == 0 || made.Suggestion.Verdict != reproduce.FixedInStream {
		t.Errorf("%d attempts, %+v", n, made.Suggestion)
	}
}

// elsewhere runs the recipe on another database, with all that is there taken
// as cached that may be.
func (w *world) elsewhere(db *store.DB) reproduce.Run {
	lab := &reproduce.Lab{Engine: w.lab.Engine, Cache: db, Journal: db, Now: w.now, Timeout: 5 * time.Minute, Budget: time.Hour, PreparedFor: 24 * time.Hour}
	r, err := db.Report(w.t.Context(), gizmo)
	check(w.t, err)
	s, err := db.Recipe(w.t.Context(), gizmo.String())
	check(w.t, err)
	request, err := reproduce.NewRequest(r, s, reproduce.Sides{All: reproduce.BuiltinTargets(), With: []string{"ubi"}}, noon)
	check(w.t, err)
	request.MaxAge = 1000 * time.Hour
	run, err := lab.Run(w.t.Context(), request, nil)
	check(w.t, err)
	return run
}

// TestNamedRun: attempts of a run that is not in the bundle.
func TestNamedRun(t *testing.T) {
	w := newWorld(t)
	newest, _ := write(t, w.db, []tracker.ID{gizmo}, plain)
	everything, _ := write(t, w.db, []tracker.ID{gizmo}, bundle.Options{Program: plain.Program, Author: plain.Author, AllRuns: true})
	apart, whole := emptyDB(t), emptyDB(t)
	take(t, apart, newest)
	if runs, err := apart.Runs(t.Context(), gizmo.String()); err != nil || len(runs) != 2 {
		t.Errorf("runs %+v, %v", runs, err)
	}
	checkWhole(t, apart)
	if merged := take(t, apart, everything); merged.Runs != (store.Brought{New: 2, Unchanged: 2}) {
		t.Errorf("merged %+v", merged)
	}
	take(t, whole, everything)
	if diff := cmp.Diff(dump(t, whole, "n", "changed"), dump(t, apart, "n", "changed")); diff != "" {
		t.Errorf("at once, and one after the other (-at once +after)\n%s", diff)
	}
	checkWhole(t, apart)
}

// journal is a database with so many reports, on which somebody decided.
func journal(t *testing.T, by string, n int, decide func(i int) (reproduce.Verdict, bool)) *store.DB {
	db := emptyDB(t)
	var page tracker.Page
	for i := 1; i <= n; i++ {
		page.Reports = append(page.Reports, tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(i)}, Tracker: "almbz", Title: fmt.Sprint("gizmo ", i), Created: noon, Updated: noon})
	}
	_, err := db.Commit(t.Context(), "almbz", "x", page)
	check(t, err)
	var list []reproduce.Decision
	for i := 1; i <= n; i++ {
		if verdict, decided := decide(i); decided {
			list = append(list, reproduce.Decision{ID: reproduce.NewID(), Report: fmt.Sprintf("almbz#%d", i), Verdict: verdict, By: by, At: noon.Add(time.Duration(i) * time.Second)})
		}
	}
	check(t, db.Decide(t.Context(), list...))
	return db
}

func TestTwoTriagers(t *testing.T) {
	const reports = 1000
	verdicts := reproduce.Decidable()
	ann := journal(t, "ann", reports, func(i int) (reproduce.Verdict, bool) { return verdicts[i%3], true })
	bob := journal(t, "bob", reports, func(i int) (reproduce.Verdict, bool) { return verdicts[i%2], i%10 > 0 })
	for i := 7; i <= reports; i += 50 { // each takes some of their own back
		for _, db := range []*store.DB{ann, bob} {
			if _, err := db.Undo(t.Context(), fmt.Sprintf("almbz#%d", i), "whoever", noon); err != nil {
				t.Fatal(err)
			}
		}
	}
	a, _ := write(t, ann, ids(t, ann), plain)
	b, _ := write(t, bob, ids(t, bob), plain)
	one, two := emptyDB(t), emptyDB(t)
	take(t, one, a)
	merged := take(t, one, b)
	take(t, two, b)
	reverse := take(t, two, a)
	intoAnn, intoBob := take(t, ann, b), take(t, bob, a)
	want := dump(t, one, "n", "changed")
	for name, db := range map[string]*store.DB{"the other order": two, "in ann's": ann, "in bob's": bob} {
		got := dump(t, db, "n", "changed")
		delete(got, "cursors")
		delete(want, "cursors")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%.3000s", name, diff)
		}
		bundled, _ := write(t, db, ids(t, db), plain)
		if first, _ := write(t, one, ids(t, one), plain); !bytes.Equal(first, bundled) {
			t.Errorf("%s: another bundle", name)
		}
	}
	for _, m := range []store.Merged{reverse, intoAnn, intoBob} {
		if diff := cmp.Diff(merged.Disputes, m.Disputes); diff != "" {
			t.Errorf("disputes (-want +got)\n%.2000s", diff)
		}
	}
	disputed, err := one.Count(t.Context(), query.Query{Terms: []query.Term{{Key: query.KeyIs, Value: "disputed"}}})
	if err != nil || disputed != len(merged.Disputes) || disputed < reports/4 || len(merged.Disputes[0].Decisions) != 2 {
		t.Errorf("%d are disputed, %d listed, %v", disputed, len(merged.Disputes), err)
	}
}
