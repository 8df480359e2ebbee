package query_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker/query"
)

func now() time.Time { return time.Date(2026, 11, 24, 12, 30, 15, 0, time.UTC) }

func day(year, month, d int) time.Time {
	return time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC)
}

func TestParse(t *testing.T) {
	type terms = []query.Term
	for _, c := range []struct {
		text string
		want query.Query
	}{
		{"", query.Query{}},
		{" \t\n", query.Query{}},
		{"bash crash", query.Query{Terms: terms{{Key: query.KeyText, Value: "bash"}, {Key: query.KeyText, Value: "crash"}}}},
		{"bash\u00a0crash", query.Query{Terms: terms{{Key: query.KeyText, Value: "bash"}, {Key: query.KeyText, Value: "crash"}}}},
		{`"stack  smashing" -core`, query.Query{Terms: terms{{Key: query.KeyText, Value: "stack smashing", Phrase: true}, {Key: query.KeyText, Value: "core", Not: true}}}},
		{`-"stack smashing"`, query.Query{Terms: terms{{Key: query.KeyText, Value: "stack smashing", Phrase: true, Not: true}}}},
		{`"release:9"`, query.Query{Terms: terms{{Key: query.KeyText, Value: "release:9"}}}},
		{"https://example.org/a?b", query.Query{Terms: terms{{Key: query.KeyText, Value: "https://example.org/a?b"}}}},
		{"a - b", query.Query{Terms: terms{{Key: query.KeyText, Value: "a"}, {Key: query.KeyText, Value: "b"}}}},
		{"RELEASE:9 release:9.6 release:Kitten10 release:kitten", query.Query{Terms: terms{
			{Key: query.KeyRelease, Value: "9"}, {Key: query.KeyRelease, Value: "9.6"}, {Key: query.KeyRelease, Value: "kitten10"}, {Key: query.KeyRelease, Value: "kitten10"}}}},
		{`package:Bash -reporter:"Jane Doe" tracker:AlmaLinux/Wiki`, query.Query{Terms: terms{
			{Key: query.KeyPackage, Value: "bash"}, {Key: query.KeyReporter, Value: "jane doe", Not: true}, {Key: query.KeyTracker, Value: "almalinux/wiki"}}}},
		{"status:open -status:Assigned", query.Query{Terms: terms{{Key: query.KeyStatus, Value: "open"}, {Key: query.KeyStatus, Value: "assigned", Not: true}}}},
		{"verdict:alma-only verdict:none suggested:Inconclusive is:stale has:run", query.Query{Terms: terms{
			{Key: query.KeyVerdict, Value: "alma-only"}, {Key: query.KeyVerdict, Value: "none"}, {Key: query.KeySuggested, Value: "inconclusive"},
			{Key: query.KeyIs, Value: "stale"}, {Key: query.KeyHas, Value: "run"}}}},
		{"ref:rhel-12345 ref:BZ#1908127 ref:https://bugs.almalinux.org/view.php?id=14 ref:RHEL-42", query.Query{Terms: terms{
			{Key: query.KeyRef, Value: "RHEL-12345"}, {Key: query.KeyRef, Value: "rhbz#1908127"}, {Key: query.KeyRef, Value: "almbz#14"}, {Key: query.KeyRef, Value: "RHEL-42"}}}},
	} {
		got, err := query.Parse(c.text, now())
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestParseTimes(t *testing.T) {
	var open time.Time
	for _, c := range []struct {
		text     string
		from, to time.Time
	}{
		{"2026-01-31", day(2026, 1, 31), day(2026, 2, 1)},
		{"2026-12", day(2026, 12, 1), day(2027, 1, 1)},
		{"2026", day(2026, 1, 1), day(2027, 1, 1)},
		{">2026-01-31", day(2026, 2, 1), open},
		{">=2026-01-31", day(2026, 1, 31), open},
		{"<2026-01-31", open, day(2026, 1, 31)},
		{"<=2026-01-31", open, day(2026, 2, 1)},
		{"2026-01-01..2026-01-31", day(2026, 1, 1), day(2026, 2, 1)},
		{"2026-01..", day(2026, 1, 1), open},
		{"*..2026-01", open, day(2026, 2, 1)},
		{">=2026-01-31T10:00:00+01:00", time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC), open},
		{"7d", now().AddDate(0, 0, -7), open},
		{"<7d", now().AddDate(0, 0, -7), open},
		{">2w", open, now().AddDate(0, 0, -14)},
		{"<3mo", now().AddDate(0, -3, 0), open},
		{">=1y", open, now().AddDate(-1, 0, 0)},
		{"<12h", now().Add(-12 * time.Hour), open},
		{"30d..7d", now().AddDate(0, 0, -30), now().AddDate(0, 0, -7)},
		{"7d..30d", now().AddDate(0, 0, -30), now().AddDate(0, 0, -7)},
	} {
		for _, key := range []query.Key{query.KeyUpdated, query.KeyCreated} {
			got, err := query.Parse(string(key)+":"+c.text, now())
			want := query.Query{Terms: []query.Term{{Key: key, Value: c.text, From: c.from, To: c.to}}}
			if err != nil {
				t.Errorf("%s:%s: %v", key, c.text, err)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s:%s (-want +got):\n%s", key, c.text, diff)
			}
		}
	}
}

func TestParseSort(t *testing.T) {
	for text, want := range map[string]query.Sort{
		"updated":      {By: query.SortUpdated},
		"-updated":     {By: query.SortUpdated, Reverse: true},
		"Created-asc":  {By: query.SortCreated, Reverse: true},
		"created-desc": {By: query.SortCreated},
		"title-asc":    {By: query.SortTitle},
		"title-desc":   {By: query.SortTitle, Reverse: true},
		"-id":          {By: query.SortID, Reverse: true},
		"verdict":      {By: query.SortVerdict},
	} {
		got, err := query.Parse("sort:"+text, now())
		if err != nil || got.Sort != want {
			t.Errorf("sort:%s: %+v, %v; want %+v", text, got.Sort, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		text string
		at   int
		says []string
	}{
		{"bash relase:9", 5, []string{`"relase"`, "column 6", "mean release?", "package", "sort", `"relase:9"`}},
		{"foo:", 0, []string{`"foo"`, "release"}},
		{"text:x", 0, []string{`"text"`}},
		{"is:undecide", 0, []string{"is:", "mean undecided?", "flaky"}},
		{"has:notes", 0, []string{"recipe", "run"}},
		{"verdict:inconclusive", 0, []string{"alma-only", "none"}},
		{"suggested:duplicate", 0, []string{"inconclusive", "none"}},
		{"verdict:alma_only", 0, []string{"mean alma-only?"}},
		{"sort:age", 0, []string{"updated", "title"}},
		{"sort:id sort:title", 8, []string{"second time", "column 9"}},
		{"-sort:id", 0, []string{"sort:-id"}},
		{"package:", 0, []string{"needs a value", "package:bash"}},
		{`package:""`, 0, []string{"needs a value"}},
		{"release:nine", 0, []string{"9.6", "kitten10"}},
		{"release:9.", 0, []string{"9.6"}},
		{"ref:foo", 0, []string{"RHEL-12345"}},
		{`ref:"RHEL-1234 RHEL-1235"`, 0, []string{"RHEL-12345"}},
		{`a "b`, 2, []string{"column 3", "not closed"}},
		{"updated:yesterday", 0, []string{"2026-01-31", "7d"}},
		{"updated:2026-13-01", 0, []string{"2026-01-31"}},
		{"updated:7m", 0, []string{"7d", "3mo"}},
		{"updated:>", 0, []string{"7d"}},
		{"updated:=>2026", 0, []string{">="}},
		{"updated:..", 0, []string{"neither"}},
		{"updated:2026-02..2026-01", 0, []string{"2026-01..2026-02"}},
		{"a\xff", 0, []string{"UTF-8"}},
		{strings.Repeat("a", 5000), 0, []string{"longer than"}},
	} {
		got, err := query.Parse(c.text, now())
		var wrong *query.Error
		if !errors.As(err, &wrong) || wrong.At != c.at || len(got.Terms) > 0 {
			t.Errorf("%.60q: %+v, %v; want an error at %d", c.text, got, err, c.at)
			continue
		}
		for _, words := range c.says {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%.60q: %q does not say %q", c.text, err, words)
			}
		}
	}
}

// An argument may hold a whole query or a word of it.
func TestParseArgs(t *testing.T) {
	want, err := query.Parse("release:9 is:stale -bash", now())
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"release:9", "is:stale", "-bash"}, {"release:9 is:stale", "-bash"}} {
		got, err := query.ParseArgs(args, now())
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q: %+v, %v", args, got, err)
		}
	}
	_, err = query.ParseArgs([]string{"bash", "relase:9"}, now())
	var wrong *query.Error
	if !errors.As(err, &wrong) || wrong.At != 5 {
		t.Errorf("%v at another place than 5", err)
	}
}

// What completion and help offer is what is understood.
func TestKeysAreUnderstood(t *testing.T) {
	for _, k := range query.Keys() {
		if k.Help == "" {
			t.Errorf("%s has no help", k.Name)
		}
		for _, value := range append(slices.Clone(k.Values), k.Sample) {
			if _, err := query.Parse(k.Name+":"+value, now()); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestStringRoundTrips(t *testing.T) {
	for _, text := range []string{
		"", "bash", `"a b" -"c d"`, `"release:9" "-x" --x`, `reporter:"jane doe" -is:stale`, "updated:<7d created:2026-01..2026-02 sort:-created", "sort:title", "ref:almbz#14",
	} {
		roundTrip(t, text)
	}
}

func roundTrip(t *testing.T, text string) {
	t.Helper()
	q, err := query.Parse(text, now())
	if err != nil {
		return
	}
	again, err := query.Parse(q.String(), now())
	if err != nil {
		t.Fatalf("%q is written as %q: %v", text, q.String(), err)
	}
	if diff := cmp.Diff(q, again); diff != "" {
		t.Fatalf("%q is written as %q (-first +second):\n%s", text, q.String(), diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`bash "a phrase" -release:9.6 package:"x y" updated:>2026-01-01 created:7d..30d sort:-updated`)
	f.Add(`"release:9" --x ref:RHEL-42 a"b :x x:`)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := query.Parse(text, now())
		if err != nil {
			var wrong *query.Error
			if !errors.As(err, &wrong) || wrong.At < 0 || wrong.At > len(text) || len(err.Error()) > 3000 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, term := range q.Terms {
			if term.Value == "" || !term.From.IsZero() && !term.To.IsZero() && !term.From.Before(term.To) {
				t.Fatalf("%q: %+v", text, term)
			}
		}
		roundTrip(t, text)
	})
}
