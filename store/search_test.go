package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// rowsOf are the row numbers of what a query finds, largest first: what Bodies
// must give, found another way.
func rowsOf(t testing.TB, db *DB, terms ...query.Term) []int64 {
	t.Helper()
	list, err := db.Excerpts(t.Context(), query.Query{Terms: terms}, 0)
	must(t, err)
	rows := []int64{}
	for _, e := range list {
		rows = append(rows, e.N)
	}
	slices.Sort(rows)
	slices.Reverse(rows)
	return rows
}

func wantBodies(t testing.TB, db *DB, want []int64, terms ...query.Term) {
	t.Helper()
	got, err := db.Bodies(t.Context(), terms, 0, 0)
	if err != nil || got == nil || !slices.Equal(got, want) {
		t.Errorf("%.200q: got %v, %v; want %v", fmt.Sprint(terms), got, err, want)
	}
}

func TestBodies(t *testing.T) {
	db := library(t)
	for _, test := range []struct {
		terms []query.Term
		want  []int64
	}{
		{nil, []int64{}},
		{[]query.Term{word("crash")}, []int64{1}},
		{[]query.Term{word("ECLAIR")}, []int64{1}},
		{[]query.Term{word("title")}, []int64{5, 4, 3, 2}},
		{[]query.Term{word("title"), word("quokka")}, []int64{5}},
		{[]query.Term{word("frobnicate"), word("quokka")}, []int64{}},
		{[]query.Term{word("only a comment")}, []int64{5}},
		{[]query.Term{{Key: query.KeyText, Value: "crash", Phrase: true}}, []int64{}},
		// What is not a wanted word is for others to tell.
		{[]query.Term{word("title"), {Key: query.KeyText, Value: "quokka", Not: true}, term(query.KeyIs, "private")}, []int64{5, 4, 3, 2}},
		{[]query.Term{{Key: query.KeyText, Value: "title", Not: true}, term(query.KeyPackage, "bash")}, []int64{}},
	} {
		wantBodies(t, db, test.want, test.terms...)
	}
	var got []int64
	for below := int64(0); ; below = got[len(got)-1] {
		part, err := db.Bodies(t.Context(), []query.Term{word("title")}, below, 3)
		must(t, err)
		if got = append(got, part...); len(part) < 3 {
			break
		}
	}
	if !slices.Equal(got, []int64{5, 4, 3, 2}) {
		t.Errorf("in parts: %v", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Bodies(ended, []query.Term{word("title")}, 0, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestShortWords: one or two letters are a word, and not the beginning of one.
func TestShortWords(t *testing.T) {
	db := open(t)
	for n, body := range []string{"go", "gone", "python3.1", "python3.11", "日本語", "étude", "c++", "cc"} {
		commitReports(t, db, report(n+1, func(r *tracker.Report) { r.Body = body }))
	}
	for value, want := range map[string][]int64{
		"g": {}, "go": {1}, "gon": {2}, "GO": {1}, "go...": {1}, "python3.1": {3}, "python3.11": {4}, "python3": {4, 3}, "日": {5}, "日本": {5}, "é": {6}, "c": {7}, "c++": {7},
	} {
		wantBodies(t, db, want, word(value))
		if got := rowsOf(t, db, word(value)); !slices.Equal(got, want) {
			t.Errorf("%q: a query finds %v, want %v", value, got, want)
		}
	}
}

// TestHostileBodies: whatever is typed, all the words together find what a
// query finds.
func TestHostileBodies(t *testing.T) {
	db := library(t)
	for n, text := range []string{`libfoo.so.1()(64bit)`, `error: "no" NEAR(x)`, `it's 50% *bold*`, "NUL\x00inside", "a OR b AND NOT c"} {
		commitReports(t, db, report(100+n, func(r *tracker.Report) { r.Body = "see " + text + " there" }))
		wantBodies(t, db, []int64{int64(6 + n)}, word("see"), word(text), word("there"))
	}
	for i, value := range hostile {
		next := hostile[(i+1)%len(hostile)]
		for _, terms := range [][]query.Term{{word(value)}, {word(value), word(next)}, {word("title"), {Key: query.KeyText, Value: value, Phrase: true}}} {
			wantBodies(t, db, rowsOf(t, db, terms...), terms...)
		}
	}
	many := slices.Repeat([]query.Term{word("title"), word("almbz")}, 1000)
	wantBodies(t, db, rowsOf(t, db, many[:2]...), many...)
}

func TestNamed(t *testing.T) {
	db := library(t)
	commitReports(t, db, report(6, func(r *tracker.Report) { r.References = []tracker.Reference{{Kind: tracker.RefJira, Key: "RHEL-5"}} }))
	for key, want := range map[string][]int64{"RHEL-5": {6, 5}, "rhel-12345": {2}, "RHEL-": {}, `" OR 1=1 --`: {}, "\x00": {}, strings.Repeat("x", 1<<16): {}} {
		if got, err := db.Named(t.Context(), key); err != nil || got == nil || !slices.Equal(got, want) {
			t.Errorf("%.40q: %v, %v; want %v", key, got, err, want)
		}
	}
}
