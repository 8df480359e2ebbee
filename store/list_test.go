package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

func word(s string) query.Term { return query.Term{Key: query.KeyText, Value: s} }

func term(key query.Key, value string) query.Term { return query.Term{Key: key, Value: value} }

// library is a database with a report for each thing that one can ask for.
func library(t testing.TB) *DB {
	db := open(t)
	commitReports(t, db,
		report(1, func(r *tracker.Report) {
			r.Release, r.Package, r.Title, r.Body = "9", "bash", "Bash crashes", "It dumps core while éclair loads"
		}),
		report(2, func(r *tracker.Report) {
			r.Release, r.Package, r.Reporter, r.Status, r.Open = "9.6", "Bash", "bob", "resolved", false
			r.References = []tracker.Reference{{Kind: tracker.RefJira, Key: "RHEL-12345"}, {Kind: tracker.RefCVE, Key: "CVE-2026-1"}}
		}),
		report(3, func(r *tracker.Report) { r.Release, r.Status, r.Private = "90", "Assigned", true }),
		report(4, func(r *tracker.Report) {
			r.Release, r.ID.Space, r.Tracker = "kitten10", "AlmaLinux/container-images", "github"
			r.Steps, r.Additional = "frobnicate", "the zig was zagged"
		}),
		report(5, func(r *tracker.Report) { r.Created, r.Updated = at(-24), at(-1) }),
	)
	commit(t, db, tracker.Page{Comments: []tracker.Comment{note(5, 50, "only a comment says quokka", "RHEL-5")}})
	decide(t, db, 1, reproduce.AlmaOnly, "ann")
	decide(t, db, 2, reproduce.FixedInStream, "ann", func(d *reproduce.Decision) { d.At = noon.Add(-31 * 24 * time.Hour) })
	decide(t, db, 3, reproduce.NotABug, "ann")
	decide(t, db, 3, reproduce.Duplicate, "bob")
	finishedRun(t, db, 5, reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Flaky: true})
	must(t, db.SaveRecipe(t.Context(), stored(1, "true", reproduce.OriginDraft)))
	must(t, db.SaveRecipe(t.Context(), stored(5, "true", reproduce.OriginSet)))
	return db
}

func TestQueryKeys(t *testing.T) {
	db := library(t)
	tests := []struct {
		term     query.Term
		is, isnt string // reports found, and found when it is negated
	}{
		{word("crashes"), "1", "2 3 4 5"},
		{word("CRASH"), "1", "2 3 4 5"},
		{word("ECLAIR"), "1", "2 3 4 5"},
		{word("core while"), "1", "2 3 4 5"},
		{word("while core"), "", "1 2 3 4 5"},
		{query.Term{Key: query.KeyText, Value: "crash", Phrase: true}, "", "1 2 3 4 5"},
		{word("frobnicate"), "4", "1 2 3 5"},
		{word("zagged"), "4", "1 2 3 5"},
		{word("quokka"), "5", "1 2 3 4"},
		{word("almbz#3"), "3", "1 2 4 5"},
		{word("AlmaLinux/container-images#4"), "4", "1 2 3 5"},
		{term(query.KeyRelease, "9"), "1 2", "3 4 5"},
		{term(query.KeyRelease, "9.6"), "2", "1 3 4 5"},
		{term(query.KeyRelease, "%"), "", "1 2 3 4 5"},
		{term(query.KeyRelease, "_"), "", "1 2 3 4 5"},
		{term(query.KeyRelease, "kitten10"), "4", "1 2 3 5"},
		{term(query.KeyPackage, "bash"), "1 2", "3 4 5"},
		{term(query.KeyPackage, "bas"), "", "1 2 3 4 5"},
		{term(query.KeyStatus, "open"), "1 3 4 5", "2"},
		{term(query.KeyStatus, "closed"), "2", "1 3 4 5"},
		{term(query.KeyStatus, "assigned"), "3", "1 2 4 5"},
		{term(query.KeyVerdict, "alma-only"), "1", "2 3 4 5"},
		{term(query.KeyVerdict, "none"), "4 5", "1 2 3"},
		{term(query.KeySuggested, "alma-only"), "5", "1 2 3 4"},
		{term(query.KeySuggested, "none"), "1 2 3 4", "5"},
		{term(query.KeyIs, "undecided"), "4 5", "1 2 3"},
		{term(query.KeyIs, "stale"), "2", "1 3 4 5"},
		{term(query.KeyIs, "flaky"), "5", "1 2 3 4"},
		{term(query.KeyIs, "private"), "3", "1 2 4 5"},
		{term(query.KeyIs, "disputed"), "3", "1 2 4 5"},
		{term(query.KeyIs, "draft"), "1", "2 3 4 5"},
		{term(query.KeyHas, "recipe"), "5", "1 2 3 4"},
		{term(query.KeyHas, "run"), "5", "1 2 3 4"},
		{term(query.KeyTracker, "github"), "4", "1 2 3 5"},
		{term(query.KeyTracker, "almalinux/container-images"), "4", "1 2 3 5"},
		{term(query.KeyReporter, "jane"), "1 3 4 5", "2"},
		{term(query.KeyRef, "rhel-12345"), "2", "1 3 4 5"},
		{term(query.KeyRef, "RHEL-5"), "5", "1 2 3 4"},
		{term(query.KeyRef, "RHEL-"), "", "1 2 3 4 5"},
		{query.Term{Key: query.KeyUpdated, From: at(-1)}, "5", "1 2 3 4"},
		{query.Term{Key: query.KeyUpdated, To: at(-1)}, "1 2 3 4", "5"},
		{query.Term{Key: query.KeyUpdated, From: at(-498), To: at(-496)}, "2 3", "1 4 5"},
		{query.Term{Key: query.KeyCreated, From: at(-24)}, "5", "1 2 3 4"},
		// What this program does not know finds nothing, rather than all.
		{query.Term{Key: "color", Value: "red"}, "", ""},
		{term(query.KeyIs, "nonsense"), "", ""},
		{term(query.KeyHas, "nonsense"), "", ""},
	}
	for _, test := range tests {
		for _, not := range []bool{false, true} {
			want := test.is
			if not {
				want = test.isnt
			}
			test.term.Not = not
			// Sorted by number: the fourth is of another tracker.
			got := strings.Join(sortedFields(found(t, db, test.term)), " ")
			if got != want {
				t.Errorf("%s:%q, not %v: got %q, want %q", test.term.Key, test.term.Value, not, got, want)
			}
			count, err := db.Count(t.Context(), query.Query{Terms: []query.Term{test.term}})
			if err != nil || count != len(strings.Fields(want)) {
				t.Errorf("%s:%q, not %v: counted %d, %v", test.term.Key, test.term.Value, not, count, err)
			}
		}
	}
	both := []query.Term{term(query.KeyRelease, "9"), {Key: query.KeyVerdict, Value: "alma-only", Not: true}, word("title")}
	if got := found(t, db, both...); got != "2" {
		t.Errorf("terms together: got %q", got)
	}
}

func TestOrderAndLimit(t *testing.T) {
	db := open(t)
	titled := func(n int, title string) tracker.Report {
		return report(n, func(r *tracker.Report) { r.Title, r.Created = title, at(-n) })
	}
	same := titled(4, "Beta")
	same.Updated = at(3 - 500) // as the third: the later one is first, always
	commitReports(t, db, titled(1, "beta"), titled(2, "Alpha"), titled(3, "gamma"), same, titled(10, "delta"))
	decide(t, db, 2, reproduce.StreamOnly, "ann")
	decide(t, db, 3, reproduce.AlmaOnly, "ann")
	for _, test := range []struct {
		sort  query.Sort
		limit int
		want  string
	}{
		{query.Sort{}, 0, "10 4 3 2 1"},
		{query.Sort{}, 2, "10 4"},
		{query.Sort{}, 99, "10 4 3 2 1"},
		{query.Sort{By: query.SortUpdated, Reverse: true}, 0, "1 2 3 4 10"},
		{query.Sort{By: query.SortCreated}, 0, "1 2 3 4 10"},
		{query.Sort{By: query.SortCreated, Reverse: true}, 3, "10 4 3"},
		{query.Sort{By: query.SortID}, 0, "1 2 3 4 10"},
		{query.Sort{By: query.SortID, Reverse: true}, 1, "10"},
		{query.Sort{By: query.SortTitle}, 0, "2 1 4 10 3"},
		{query.Sort{By: query.SortTitle, Reverse: true}, 0, "3 10 4 1 2"},
		{query.Sort{By: query.SortVerdict}, 0, "10 4 1 3 2"},
		{query.Sort{By: query.SortVerdict, Reverse: true}, 2, "2 3"},
	} {
		if got := numbers(t, db, query.Query{Sort: test.sort}, test.limit); got != test.want {
			t.Errorf("%+v, limit %d: got %q, want %q", test.sort, test.limit, got, test.want)
		}
	}
}

func TestRowThatIsNotThere(t *testing.T) {
	if _, ok, err := open(t).Row(t.Context(), reportID(1)); ok || err != nil {
		t.Errorf("found %v, %v", ok, err)
	}
}

// TestRows: they are what Row says of each, in the order asked for.
func TestRows(t *testing.T) {
	db := library(t)
	ids := []string{"almbz#5", "almbz#404", "almbz#2", "AlmaLinux/container-images#4", "", "almbz#1", "almbz#2", "alm\"bz#\xff", "almbz#3"}
	got, err := db.Rows(t.Context(), ids)
	must(t, err)
	want := []Row{}
	for _, id := range []tracker.ID{reportID(5), reportID(2), {Space: "AlmaLinux/container-images", Number: 4}, reportID(1), reportID(2), reportID(3)} {
		r, found, err := db.Row(t.Context(), id)
		if err != nil || !found {
			t.Fatalf("row %s: found %v, %v", id, found, err)
		}
		want = append(want, r)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, none := range [][]string{nil, {}, {"almbz#404"}} {
		if got, err := db.Rows(t.Context(), none); err != nil || got == nil || len(got) != 0 {
			t.Errorf("rows of %q: %v, %v", none, got, err)
		}
	}
}

// TestRowsOfMany: more than a statement may have arguments.
func TestRowsOfMany(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2))
	ids := []string{"almbz#2"}
	for n := 3; n <= 40000; n++ {
		ids = append(ids, reportID(n).String())
	}
	got, err := db.Rows(t.Context(), append(ids, "almbz#1"))
	must(t, err)
	if len(got) != 2 || got[0].ID != "almbz#2" || got[1].ID != "almbz#1" {
		t.Errorf("got %d rows: %+v", len(got), got)
	}
}

// hostile are searches that would be operators, or break the statement, if
// they reached FTS5 as they are.
var hostile = []string{
	``, ` `, `"`, `""`, `"""`, `*`, `**`, `-`, `--`, `'`, `';DROP TABLE reports;--`, `NEAR`, `NEAR(a b)`, `NEAR(`, `a NEAR/2 b`, `AND`, `OR`, `NOT`, `NOT a`, `a OR b`,
	`title:bash`, `{title body}:a`, `^a`, `a + b`, `(`, `)`, `a*`, `"a" *`, `\`, `%`, `_`, "\x00", "a\x00b", "\x00\x00", "\xff\xfe", "a\nb", "a\tb", "\u202e", "\u009b31m", "日本語", "e\u0301",
	`?`, `?1`, `:name`, `$x`, `@x`, `<->`, `->`, `libfoo.so.1()(64bit)`, `C:\x`, strings.Repeat("a", 1<<16), strings.Repeat("a ", 1<<11), strings.Repeat(`"`, 1<<16), strings.Repeat("-", 4096),
}

func TestHostileSearches(t *testing.T) {
	db := library(t)
	for _, value := range hostile {
		for _, key := range []query.Key{query.KeyText, query.KeyRelease, query.KeyPackage, query.KeyStatus, query.KeyRef, query.KeyTracker, query.KeyReporter, query.KeyVerdict} {
			checkSplit(t, db, query.Term{Key: key, Value: value})
			checkSplit(t, db, query.Term{Key: key, Value: value, Phrase: true})
		}
	}
	// What people paste is found where it stands.
	for n, text := range []string{`libfoo.so.1()(64bit)`, `error: "no" NEAR(x)`, `it's 50% *bold*`, "NUL\x00inside"} {
		commitReports(t, db, report(100+n, func(r *tracker.Report) { r.Body = "see " + text + " there" }))
		if got, want := found(t, db, word(text)), reportID(100 + n).String()[6:]; got != want {
			t.Errorf("%q: got %q, want %s", text, got, want)
		}
	}
}

// checkSplit tells that a term and its negation part the reports between them.
func checkSplit(t testing.TB, db *DB, term query.Term) {
	t.Helper()
	all, err := db.Count(t.Context(), query.Query{})
	must(t, err)
	sum := 0
	for _, not := range []bool{false, true} {
		term.Not = not
		n, err := db.Count(t.Context(), query.Query{Terms: []query.Term{term}})
		if err != nil {
			t.Fatalf("%s:%.80q: %v", term.Key, term.Value, err)
		}
		sum += n
	}
	if sum != all {
		t.Fatalf("%s:%.80q: found and not found are %d of %d reports", term.Key, term.Value, sum, all)
	}
}

func FuzzSearch(f *testing.F) {
	for _, value := range hostile {
		if len(value) < 100 {
			f.Add(value, false)
			f.Add(value, true)
		}
	}
	db := library(f)
	f.Fuzz(func(t *testing.T, value string, phrase bool) {
		for _, key := range []query.Key{query.KeyText, query.KeyRelease, query.KeyRef} {
			checkSplit(t, db, query.Term{Key: key, Value: value, Phrase: phrase})
		}
	})
}
