package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// archive is a database without backups that holds so much that each table has
// many pages.
func archive(t testing.TB, count int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "archive.db")
	db, err := Open(t.Context(), path, Options{Now: func() time.Time { return noon }, Volatile: true})
	must(t, err)
	commitReports(t, db, archived(count)...)
	var decided []reproduce.Decision
	for n := 1; n <= count; n++ {
		recipe := reproduce.Recipe{Summary: fmt.Sprint("recipe ", n), Require: []string{"gizmo"}, Test: fmt.Sprintf("test %d = 4", n), Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}
		must(t, db.SaveRecipe(t.Context(), reproduce.StoredRecipe{Report: reportID(n).String(), Recipe: recipe, Origin: reproduce.OriginSet, Set: noon, Author: "ann",
			Accepted: recipe.Hash(), AcceptedBy: "ann", AcceptedAt: noon}))
		decided = append(decided, reproduce.Decision{ID: reproduce.NewID(), Report: reportID(n).String(), Verdict: reproduce.AlmaOnly, By: "ann", At: noon,
			Note: strings.Repeat(saying(n), 1+n%50*(2+n%2*20))})
		if n%4 == 0 {
			finishedRun(t, db, n, reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Flaky: n%8 == 0, Subject: "gizmo"},
				side(t, reproduce.RoleAlma, "alma9", fmt.Sprintf("3.2.%d-4.el9", n), at(0)), side(t, reproduce.RoleStream, "stream9", "3.2.0-5.el9", at(0)))
		}
	}
	must(t, db.Decide(t.Context(), decided...))
	must(t, db.Close())
	return path
}

// archived are the reports of an archive.
func archived(count int) (reports []tracker.Report) {
	for n := 1; n <= count; n++ {
		r := madeReport(n)
		r.Comments = []tracker.Comment{{Report: r.ID, ID: int64(n), Author: "Jane", Text: fmt.Sprintf("comment%d ", n) + strings.Repeat("and more ", n%7*200)}}
		reports = append(reports, r)
	}
	return reports
}

// saying is what the note of a decision says again and again, on several pages.
func saying(n int) string { return fmt.Sprintf("because of %d. ", n) }

// pagesOf are the pages of a kind (leaf, overflow) of a table or an index, but
// for its root.
func pagesOf(t testing.TB, path, table, kind string) (pages []int) {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	rows, err := pool.Query(`SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ? AND path <> '/' ORDER BY path`, table, kind)
	must(t, err)
	for rows.Next() {
		var n int
		must(t, rows.Scan(&n))
		pages = append(pages, n)
	}
	must(t, rows.Err())
	must(t, pool.Close())
	return pages
}

const pageSize = 4096

// dump are a table's rows as text, each by its key.
func dump(t testing.TB, path, table, key string) map[string]string {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	rows, err := pool.Query(fmt.Sprintf(`SELECT %s, * FROM %s`, key, table))
	must(t, err)
	columns, err := rows.Columns()
	must(t, err)
	all := map[string]string{}
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range to {
			to[i] = &values[i]
		}
		must(t, rows.Scan(to...))
		all[fmt.Sprint(values[0])] = fmt.Sprintln(values[1:]...)
	}
	must(t, errors.Join(rows.Err(), pool.Close()))
	return all
}

// dumped are the tables that TestSalvage compares row by row, with their keys.
func dumped() map[string]string {
	return map[string]string{"decisions": "id", "recipes": "n", "texts": "report", "comments": "report", "runs": "id", "attempts": "id",
		"package_sets": "hash", "(SELECT run, n, name, side, print, attempts FROM sides)": "run || n", "(SELECT n, id, title, refs, updated FROM reports)": "n"}
}

// TestSalvage puts garbage into pages in the middle of a database that has no
// backup: what is not on them comes back as it was, and nothing else.
func TestSalvage(t *testing.T) {
	t.Parallel()
	const count = 400
	path := archive(t, count)
	file, err := os.ReadFile(path)
	must(t, err)
	before := map[string]map[string]string{}
	for table, key := range dumped() {
		before[table] = dump(t, path, table, key)
	}
	random := rand.New(rand.NewPCG(5, 6))
	var lost []byte // what was on the pages of decisions that are hit
	hit := 0
	for _, table := range []string{"decisions", "recipes", "reports", "texts", "comments", "runs", "attempts", "decisions_report", "reports_updated", "search_data"} {
		for _, kind := range []string{"leaf", "overflow"} {
			pages := pagesOf(t, path, table, kind)
			if kind == "overflow" && table != "decisions" {
				continue
			}
			if len(pages) < 2 {
				t.Fatalf("the %s pages of %s are %v only", kind, table, pages)
			}
			parts := []int{len(pages) / 3, 2 * len(pages) / 3}
			if kind == "overflow" { // of rows on other leaves
				parts = []int{len(pages) / 8, len(pages) / 6, len(pages) / 5, len(pages) / 4, len(pages) / 2, 3 * len(pages) / 4, 5 * len(pages) / 6, 7 * len(pages) / 8}
			}
			for i, part := range parts {
				n := pages[part]
				page := file[(n-1)*pageSize : n*pageSize]
				if table == "decisions" {
					lost = append(lost, page...)
				}
				hit++
				for k := range page {
					page[k] = byte(random.Uint32()) * byte(i%2) // zeros, or garbage
				}
			}
		}
	}
	must(t, os.WriteFile(path, file, 0o600))
	note, err := Repair(t.Context(), path)
	must(t, err)
	t.Logf("%d of %d pages are bad: %s", hit, len(file)/pageSize, note)
	aside, err := filepath.Glob(path + ".damaged-*Z")
	must(t, err)
	if len(aside) != 1 {
		t.Fatalf("moved aside are %q", aside)
	}
	if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, file) {
		t.Errorf("the damaged file was changed, %v", err)
	}

	after := map[string]map[string]string{}
	for table, key := range dumped() {
		after[table] = dump(t, path, table, key)
		same := 0
		for id, text := range after[table] {
			switch {
			case before[table][id] == text:
				same++
			case table == "texts" && strings.HasSuffix(text, "    null\n"), strings.Contains(text, "(lost with the damaged database)"):
			default:
				t.Errorf("in %s there is now %s: %.300q", table, id, text)
			}
		}
		t.Logf("%s: %d of %d rows, %d of them new", table, len(after[table]), len(before[table]), len(after[table])-same)
		if same < len(before[table])/2 || table != "package_sets" && !strings.Contains(table, "sides") && same == len(before[table]) {
			t.Errorf("of the %d rows of %s %d came back", len(before[table]), table, same)
		}
	}
	gone := 0
	for id, text := range before["decisions"] {
		if _, back := after["decisions"][id]; back {
			continue
		}
		gone++
		said := text[strings.Index(text, "because"):]
		if !bytes.Contains(lost, []byte(id)) && !bytes.Contains(lost, []byte(said[:strings.IndexByte(said, '.')+1])) {
			t.Errorf("decision %s, which was on no bad page, did not come back", id)
		}
	}
	if gone == 0 {
		t.Error("no decision was on a bad page")
	}

	db := openAt(t, path, func() time.Time { return noon })
	checkWhole(t, db)
	var broken int
	must(t, db.read.QueryRow(`SELECT count(*) FROM pragma_foreign_key_check`).Scan(&broken))
	if broken > 0 {
		t.Errorf("%d references lead nowhere", broken)
	}
	totals, err := db.Totals(t.Context())
	must(t, err)
	for _, part := range []string{"There is no whole backup of it", fmt.Sprintf("recipes: %d, runs: %d, decisions: %d", totals.Recipes, totals.Runs, totals.Decisions)} {
		if !strings.Contains(note, part) {
			t.Errorf("%q does not say %q", note, part)
		}
	}
	if _, err := contentOf(t.Context(), db); err != nil {
		t.Errorf("read all: %v", err)
	}
	inForce, titles, comments := 0, 0, 0
	for n := 1; n <= count; n++ {
		r, ok, err := db.Row(t.Context(), reportID(n))
		must(t, err)
		if !ok {
			continue
		}
		history, err := db.History(t.Context(), r.ID)
		must(t, err)
		if (r.Verdict != "") != (len(history) > 0) {
			t.Errorf("%s has %d decisions, in force is %q", r.ID, len(history), r.Verdict)
		}
		recipe, err := db.Recipe(t.Context(), r.ID)
		if (err == nil) != (r.Recipe == RecipeAccepted) || err == nil && !recipe.IsAccepted() {
			t.Errorf("the recipe of %s, %v, is shown as %v", r.ID, err, r.Recipe)
		}
		run, err := db.LastRun(t.Context(), r.ID)
		if err != nil || (run != nil) != (r.Suggested != "") || run != nil && run.Suggestion.Flaky != r.Flaky {
			t.Errorf("the last run of %s is %v, %v, and shown are %q, flaky %v", r.ID, run != nil, err, r.Suggested, r.Flaky)
		}
		if len(history) > 0 {
			inForce++
		}
		if got := found(t, db, query.Term{Key: query.KeyText, Value: r.Title, Phrase: true}); strings.Contains(" "+got+" ", fmt.Sprintf(" %d ", n)) {
			titles++
		}
		full, err := db.Report(t.Context(), reportID(n))
		must(t, err)
		got := found(t, db, query.Term{Key: query.KeyText, Value: fmt.Sprintf("comment%d", n), Phrase: true})
		if (got == fmt.Sprint(n)) != (len(full.Comments) > 0) {
			t.Errorf("by the comment on %d, which is there %d times, one finds %q", n, len(full.Comments), got)
		}
		comments += len(full.Comments)
	}
	if inForce != len(after["decisions"]) || titles != totals.Reports || comments == 0 {
		t.Errorf("in force are %d of %d decisions, %d of %d reports are found by their titles, %d comments are there", inForce, len(after["decisions"]), titles,
			totals.Reports, comments)
	}
	// The trackers give again what is lost.
	counts := commitReports(t, db, archived(count)...)
	if counts.New != count-totals.Reports || counts.Updated != totals.Reports {
		t.Errorf("the next sync brought %+v", counts)
	}
	wantAgain := dump(t, path, "texts", "report")
	if len(wantAgain) != count || row(t, db, 1).Verdict != reproduce.AlmaOnly {
		t.Errorf("after a sync there are %d texts, and %q is in force", len(wantAgain), row(t, db, 1).Verdict)
	}
	checkWhole(t, openAt(t, path, nil)) // FTS5 takes for damage what is written between two checks of one connection
}

// TestSalvageWithLog: what is only in the log (-wal) of a program that was
// killed comes back, too.
func TestSalvageWithLog(t *testing.T) {
	t.Parallel()
	from, path := archive(t, 100), filepath.Join(t.TempDir(), "killed.db")
	bad := pagesOf(t, from, "decisions", "leaf")[1]
	db := openAt(t, from, func() time.Time { return noon })
	last := decide(t, db, 7, reproduce.StreamOnly, "bob")
	must(t, errors.Join(copyFile(from, path), copyFile(from+"-wal", path+"-wal")))
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	_, err = file.WriteAt(make([]byte, pageSize), int64(bad-1)*pageSize)
	must(t, errors.Join(err, file.Close()))
	note, err := Repair(t.Context(), path)
	must(t, err)
	saved := openAt(t, path, nil)
	totals, err := saved.Totals(t.Context())
	must(t, err)
	if totals.Decisions < 80 || totals.Decisions > 100 {
		t.Errorf("of 101 decisions %d came back; told %q", totals.Decisions, note)
	}
	if history, err := saved.History(t.Context(), last.Report); err != nil || len(history) == 0 || history[0].ID != last.ID || row(t, saved, 7).Verdict != last.Verdict {
		t.Errorf("the last decision is not in force: %+v, %v", history, err)
	}
}

// TestSalvageKnowsAllTables: a new table is copied, or made from others.
func TestSalvageKnowsAllTables(t *testing.T) {
	known := append(salvaged(), "named", "cursors", "syncs", "sqlite_sequence")
	rows, err := open(t).read.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%'`)
	must(t, err)
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		i := slices.Index(known, name)
		if i < 0 {
			t.Fatalf("nothing says what becomes of %s", name)
		}
		known = slices.Delete(known, i, i+1)
	}
	if must(t, rows.Err()); len(known) > 0 {
		t.Errorf("there are no tables %q", known)
	}
}
