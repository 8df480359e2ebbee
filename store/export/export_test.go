package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tracker/safe"
)

var update = flag.Bool("update", false, "write the golden files")

var noon = time.Date(2026, 3, 1, 13, 0, 0, 5e6, time.FixedZone("CET", 3600))

// sample has a plain record, an empty one, and one whose every text is hostile.
func sample() []Record {
	return []Record{
		{ID: "almbz#1", URL: "https://bugs.example.org/view_all.php?id=1&x=2", Title: "gizmo adds one too many", Release: "9.6", Package: "gizmo", Status: "new",
			Verdict: reproduce.FixedInStream, Suggested: reproduce.FixedInStream, DecidedBy: "ann", DecidedAt: noon, Note: "see \"there\", please",
			PatchURL: "https://example.org/p_1", Evidence: store.Evidence{AlmaResult: "5/5", StreamResult: "0/5", AlmaEVR: "1:3.2.0-4.el9", StreamEVR: "1:3.2.0-5.el9"},
			LastRun: noon.Add(time.Hour)},
		{ID: "almbz#2", URL: "https://bugs.example.org/2"},
		{ID: "=1+1#3", URL: "https://x.example/a|b`<c> [d](javascript:e)\\", Title: "=HYPERLINK(\"http://evil\")\r\n| `x` <script>alert(1)</script> @everyone ![i](http://t)",
			Release: "+9", Package: "-2+3", Status: "@SUM(A1)", Verdict: reproduce.NotABug, DecidedBy: "\x1b[31mred\x1b[0m \u202egnp.exe \x9b1m \u009b31m \x00\a\b", Note: "line one\nline two\\|; \xff * _ ~",
			PatchURL: "|", Evidence: store.Evidence{AlmaEVR: "=cmd|' /C calc'!A0", StreamEVR: "＝1"}},
		{ID: "almbz#4", Verdict: "\t=1", Suggested: "\r\n+1", Evidence: store.Evidence{AlmaResult: "=1/2"}},
	}
}

func TestGolden(t *testing.T) {
	for _, format := range Formats() {
		t.Run(string(format), func(t *testing.T) {
			var out bytes.Buffer
			if err := Write(&out, format, sample()); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join("testdata", "sample."+string(format))
			if *update {
				if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, r := range out.String() {
				if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
					t.Errorf("%U is in the output", r)
				}
			}
		})
	}
}

// TestReadBack: every format has all records with all columns, for its readers.
func TestReadBack(t *testing.T) {
	records := sample()
	written := func(format Format, records []Record) string {
		t.Helper()
		var out bytes.Buffer
		if err := Write(&out, format, records); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	rows, err := csv.NewReader(strings.NewReader(written(CSV, records))).ReadAll()
	if err != nil || len(rows) != len(records)+1 {
		t.Fatalf("csv: %d rows, %v", len(rows), err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(written(TSV, records), "\n"), "\n") {
		rows = append(rows, strings.Split(line, "\t"))
	}
	for _, line := range strings.Split(strings.TrimSuffix(written(Markdown, records), "\n"), "\n") {
		rows = append(rows, strings.Split(strings.ReplaceAll(strings.Trim(line, "|"), `\|`, ""), "|"))
	}
	for i, row := range rows {
		if len(row) != len(Columns()) {
			t.Errorf("row %d has %d cells, want %d: %q", i, len(row), len(Columns()), row)
		}
		for _, cell := range row {
			if i < 2*len(records)+2 && cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("row %d: a formula: %q", i, cell)
			}
		}
	}
	var array, lines []map[string]any
	if err := json.Unmarshal([]byte(written(JSON, records)), &array); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(written(JSONL, records)) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, object)
	}
	if diff := cmp.Diff(array, lines); diff != "" {
		t.Errorf("json and jsonl differ: %s", diff)
	}
	for i, object := range array {
		for _, name := range Columns() {
			if _, ok := object[name]; !ok || len(object) != len(Columns()) {
				t.Errorf("object %d: %q is missing, or there are others: %v", i, name, object)
			}
		}
	}
	// What JSON says is what was stored, but for bytes that are no text.
	if got := array[2]["title"]; got != records[2].Title {
		t.Errorf("title %q, want %q", got, records[2].Title)
	}
	if got := array[1]["last_run"]; got != nil {
		t.Errorf("a time that is not: %v", got)
	}
}

func TestNoRecords(t *testing.T) {
	heading := strings.Join(Columns(), "\t")
	for format, want := range map[Format]string{JSON: "[]\n", JSONL: "", TSV: heading + "\n", CSV: strings.ReplaceAll(heading, "\t", ",") + "\n"} {
		var out bytes.Buffer
		if err := Write(&out, format, nil); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v; want %q", format, out.String(), err, want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestErrors(t *testing.T) {
	if err := Write(&bytes.Buffer{}, "yaml", nil); err == nil || !strings.Contains(err.Error(), "markdown") {
		t.Errorf("an unknown format: %v", err)
	}
	for _, format := range Formats() {
		if err := Write(full{}, format, sample()); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s on a full disk: %v", format, err)
		}
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("=1\n|`<\x1b[31m\u202e")
	f.Add("plain & <not> \\ so \x7f")
	f.Fuzz(func(t *testing.T, s string) {
		// The short way of plain texts writes what the long one does.
		whole, err := json.Marshal(s)
		check(t, err)
		if got, err := appendString(nil, s); err != nil || !bytes.Equal(got, safe.JSON(whole)) {
			t.Errorf("as JSON: %s, %v; want %s", got, err, whole)
		}
		records := []Record{{ID: s, URL: s, Title: s, Note: s, PatchURL: s, Evidence: store.Evidence{AlmaEVR: s}}}
		for _, format := range Formats() {
			var out bytes.Buffer
			if err := Write(&out, format, records); err != nil {
				t.Fatal(err)
			}
			lines := strings.Count(out.String(), "\n")
			if want := map[Format]int{CSV: 2, TSV: 2, JSON: 3, JSONL: 1, Markdown: 3}[format]; lines != want {
				t.Errorf("%s: %d lines, want %d: %q", format, lines, want, out.String())
			}
		}
	})
}

// TestFields: chosen columns come in the order asked for, in every format.
func TestFields(t *testing.T) {
	record := sample()[0]
	for format, want := range map[Format]string{
		CSV:      "verdict,id,last_run\nfixed-in-stream,almbz#1,2026-03-01T13:00:00Z\n",
		TSV:      "verdict\tid\tlast_run\nfixed-in-stream\talmbz#1\t2026-03-01T13:00:00Z\n",
		JSON:     "[\n" + `{"verdict":"fixed-in-stream","id":"almbz#1","last_run":"2026-03-01T13:00:00Z"}` + "\n]\n",
		JSONL:    `{"verdict":"fixed-in-stream","id":"almbz#1","last_run":"2026-03-01T13:00:00Z"}` + "\n",
		Markdown: "| verdict | id | last_run |\n| --- | --- | --- |\n| fixed-in-stream | almbz#1 | 2026-03-01T13:00:00Z |\n",
	} {
		var out bytes.Buffer
		w, err := NewWriter(&out, format, "verdict", "id", "last_run")
		check(t, err)
		check(t, w.Write(&record))
		check(t, w.Close())
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", format, diff)
		}
	}
	if _, err := NewWriter(&bytes.Buffer{}, CSV, "id", "nonsense"); err == nil || !strings.Contains(err.Error(), `"nonsense"; the fields are [id url`) {
		t.Errorf("an unknown field: %v", err)
	}
}

// evidenced makes a database with a public and a private report that were run.
func evidenced(t *testing.T) *store.DB {
	ctx := t.Context()
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "test.db"), store.Options{})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	for n := int64(1); n <= 3; n++ {
		r := tracker.Report{ID: tracker.ID{Space: "almbz", Number: n}, Title: "title", Updated: noon.Add(time.Duration(n) * time.Hour), Private: n == 2}
		_, err := db.Commit(ctx, "almbz", "x", tracker.Page{Reports: []tracker.Report{r}})
		check(t, err)
	}
	return db
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// play stores a finished run of three attempts a side: the first two of
// AlmaLinux's show the bug, the third ends without a word.
func play(t *testing.T, db *store.DB, report string, s reproduce.Suggestion) {
	ctx := t.Context()
	run := reproduce.Run{ID: reproduce.NewID(), Report: report, Recipe: reproduce.Recipe{Require: []string{"gizmo-libs"}, Test: "false", Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}},
		Started: noon, State: reproduce.RunRunning}
	check(t, db.BeginRun(ctx, run))
	for i, role := range []reproduce.Role{reproduce.RoleAlma, reproduce.RoleStream, reproduce.RoleControl, reproduce.RoleThird} {
		side := reproduce.Side{Role: role, Target: reproduce.Target{Name: string(role)}, Key: "key"}
		evr := rpm.EVR{Epoch: 1, Version: "3.2.0", Release: string(rune('4'+i)) + ".el9"}
		source := rpm.EVR{Version: evr.Version, Release: evr.Release}
		side.Prepared.Print.Packages = rpm.NewSet([]rpm.Package{
			{Name: "gizmo", EVR: evr, Source: "gizmo", SourceEVR: source}, {Name: "gizmo-libs", EVR: rpm.EVR{Version: "9", Release: "9"}, Source: "gizmo", SourceEVR: source},
			{Name: "bash", EVR: rpm.EVR{Version: "5", Release: "1"}, Source: "bash"}, {Name: "gpg-pubkey", EVR: rpm.EVR{Version: "a", Release: "b"}}})
		for n, end := range []reproduce.End{reproduce.EndExited, reproduce.EndExited, reproduce.EndLost} {
			a := reproduce.Attempt{ID: reproduce.NewID(), Run: run.ID, Number: n + 1, Key: "key", Started: noon, Done: true, Facts: reproduce.Facts{End: end, Step: reproduce.StepTest}}
			if role == reproduce.RoleAlma {
				a.Facts.Status = 1
			}
			check(t, db.BeginAttempt(ctx, a))
			check(t, db.FinishAttempt(ctx, a))
			side.Attempts = append(side.Attempts, a)
		}
		check(t, db.SaveSide(ctx, run.ID, side))
		run.Sides = append(run.Sides, side)
	}
	run.State, run.Finished, run.Suggestion = reproduce.RunDone, noon, s
	check(t, db.FinishRun(ctx, run))
}

func TestRecords(t *testing.T) {
	db := evidenced(t)
	play(t, db, "almbz#1", reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "bash"})
	play(t, db, "almbz#1", reproduce.Suggestion{Verdict: reproduce.FixedInStream, Subject: "gizmo"}) // the newest counts
	play(t, db, "almbz#2", reproduce.Suggestion{})
	check(t, db.Decide(t.Context(), reproduce.Decision{ID: reproduce.NewID(), Report: "almbz#1", Verdict: reproduce.NotABug, By: "ann", At: noon, Note: "note", PatchURL: "https://p.example"}))
	want := []Record{{ID: "almbz#3", Title: "title"}, {ID: "almbz#1", Title: "title", Verdict: reproduce.NotABug, Suggested: reproduce.FixedInStream, DecidedBy: "ann",
		DecidedAt: noon.UTC(), Note: "note", PatchURL: "https://p.example", LastRun: noon.UTC(),
		Evidence: store.Evidence{AlmaResult: "2/2", StreamResult: "0/2", AlmaEVR: "1:3.2.0-4.el9", StreamEVR: "1:3.2.0-5.el9"}}}
	got, left := exported(t, db, Options{})
	if diff := cmp.Diff(written(t, want), got); diff != "" || left != 1 {
		t.Errorf("left out %d (-want +got)\n%s", left, diff)
	}
	got, left = exported(t, db, Options{Private: true, Fields: []string{"id", "alma_evr"}})
	// Without a subject it is the first required package, by its source.
	if diff := cmp.Diff("almbz#3\t\nalmbz#2\t3.2.0-4.el9\nalmbz#1\t1:3.2.0-4.el9\n", strings.TrimPrefix(got, "id\talma_evr\n")); diff != "" || left != 0 {
		t.Errorf("with private ones: %d left out (-want +got)\n%s", left, diff)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Reports(ended, &bytes.Buffer{}, db, TSV, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, format := range Formats() {
		if _, err := Reports(t.Context(), full{}, db, format, Options{}); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s on a full disk: %v", format, err)
		}
	}
}

// exported is an export as TSV.
func exported(t *testing.T, db *store.DB, o Options) (text string, left int) {
	t.Helper()
	var out bytes.Buffer
	left, err := Reports(t.Context(), &out, db, TSV, o)
	check(t, err)
	return out.String(), left
}

func written(t *testing.T, records []Record) string {
	t.Helper()
	var out bytes.Buffer
	check(t, Write(&out, TSV, records))
	return out.String()
}

// TestChosen: the decision in force is what counts, not one before it, nor one
// that was taken back; the query and its order hold.
func TestChosen(t *testing.T) {
	db := evidenced(t)
	decide := func(n int64, verdict reproduce.Verdict, by string, at time.Time) {
		check(t, db.Decide(t.Context(), reproduce.Decision{ID: reproduce.NewID(), Report: tracker.ID{Space: "almbz", Number: n}.String(), Verdict: verdict, By: by, At: at}))
	}
	decide(1, reproduce.AlmaOnly, "ann", noon)
	decide(2, reproduce.AlmaOnly, "ann", noon) // private
	decide(3, reproduce.AlmaOnly, "ann", noon)
	decide(3, reproduce.NotABug, "Ann", noon.Add(time.Hour))
	for _, c := range []struct {
		name   string
		choice store.Choice
		want   string
		left   int
	}{
		{"all", store.Choice{}, "almbz#3 almbz#1", 1},
		{"by", store.Choice{By: "ann"}, "almbz#1", 1},
		{"by another", store.Choice{By: "Ann"}, "almbz#3", 0},
		{"by nobody", store.Choice{By: "an"}, "", 0},
		{"since the moment", store.Choice{Since: noon}, "almbz#3 almbz#1", 1},
		{"since a millisecond later", store.Choice{Since: noon.Add(time.Millisecond)}, "almbz#3", 0},
		{"since after all", store.Choice{Since: noon.Add(2 * time.Hour)}, "", 0},
		{"both", store.Choice{Since: noon.Add(time.Minute), By: "ann"}, "", 0},
		{"in the query's order", store.Choice{Since: noon, Query: query.Query{Sort: query.Sort{By: query.SortID}}}, "almbz#1 almbz#3", 1},
		{"of a query", store.Choice{By: "ann", Query: query.Query{Terms: []query.Term{{Key: query.KeyVerdict, Value: "not-a-bug"}}}}, "", 0},
	} {
		got, left := exported(t, db, Options{Choice: c.choice, Fields: []string{"id"}})
		if got := strings.Join(strings.Fields(got)[1:], " "); got != c.want || left != c.left {
			t.Errorf("%s: %q and %d left out, want %q and %d", c.name, got, left, c.want, c.left)
		}
		ids, err := db.Chosen(t.Context(), c.choice)
		check(t, err)
		if len(ids) != len(strings.Fields(c.want))+c.left {
			t.Errorf("%s: the ids are %v", c.name, ids)
		}
	}
}

// TestOneMoment: what is committed while an export is written is not in it.
func TestOneMoment(t *testing.T) {
	db := evidenced(t)
	read := 0
	for result, err := range db.Results(t.Context(), store.Choice{}) {
		check(t, err)
		if read++; result.Verdict != "" {
			t.Errorf("%s has the decision of later", result.ID)
		}
		for n := int64(1); n <= 3; n++ {
			check(t, db.Decide(t.Context(), reproduce.Decision{ID: reproduce.NewID(), Report: tracker.ID{Space: "almbz", Number: n}.String(), Verdict: reproduce.NotABug, By: "ann", At: noon}))
		}
	}
	if read != 3 {
		t.Errorf("%d results", read)
	}
}

func TestRecordsOf(t *testing.T) {
	db := evidenced(t)
	play(t, db, "almbz#1", reproduce.Suggestion{Verdict: reproduce.FixedInStream, Subject: "gizmo"})
	byID := map[string]Record{}
	for result, err := range db.Results(t.Context(), store.Choice{}) {
		check(t, err)
		byID[result.ID] = Record(*result)
	}
	if byID["almbz#1"].Suggested != reproduce.FixedInStream || !byID["almbz#2"].Private {
		t.Errorf("the results are %+v", byID)
	}
	for _, c := range []struct {
		ids     []string
		private bool
		want    []Record
		left    int
	}{
		{[]string{"almbz#1", "almbz#3"}, false, []Record{byID["almbz#1"], byID["almbz#3"]}, 0},
		{[]string{"almbz#3", "almbz#2", "almbz#1"}, false, []Record{byID["almbz#3"], byID["almbz#1"]}, 1},
		{[]string{"almbz#3", "almbz#2"}, true, []Record{byID["almbz#3"], byID["almbz#2"]}, 0},
		{nil, true, []Record{}, 0},
	} {
		got, left, err := RecordsOf(t.Context(), db, c.ids, c.private)
		check(t, err)
		if diff := cmp.Diff(c.want, got); diff != "" || left != c.left {
			t.Errorf("%v: left out %d, want %d (-want +got)\n%s", c.ids, left, c.left, diff)
		}
	}
	if got, _, err := RecordsOf(t.Context(), db, []string{"almbz#9", "almbz#1"}, true); store.CodeOf(err) != store.CodeNotFound || got != nil {
		t.Errorf("of one that is not stored before another: %v, %v", got, err)
	}
	if got, _, err := RecordsOf(t.Context(), db, []string{"almbz#1", "almbz#9"}, true); store.CodeOf(err) != store.CodeNotFound || got != nil {
		t.Errorf("of one that is not stored: %v, %v", got, err)
	}
	if _, _, err := RecordsOf(t.Context(), db, []string{"nonsense"}, true); err == nil {
		t.Error("nonsense is no error")
	}
}
