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
			Release: "+9", Package: "-2+3", Status: "@SUM(A1)", Verdict: "\t=1", DecidedBy: "\x1b[31mred\x1b[0m \u202egnp.exe \x9b1m \u009b31m \x00\a\b", Note: "line one\nline two\\|; \xff * _ ~",
			PatchURL: "|", Evidence: store.Evidence{AlmaEVR: "=cmd|' /C calc'!A0", StreamEVR: "＝1"}},
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
	f.Fuzz(func(t *testing.T, s string) {
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

func check(t *testing.T, err error) {
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
	records, left, err := Records(t.Context(), db, query.Query{}, false)
	check(t, err)
	want := []Record{{ID: "almbz#3", Title: "title"}, {ID: "almbz#1", Title: "title", Verdict: reproduce.NotABug, Suggested: reproduce.FixedInStream, DecidedBy: "ann",
		DecidedAt: noon.UTC(), Note: "note", PatchURL: "https://p.example", LastRun: noon.UTC(),
		Evidence: store.Evidence{AlmaResult: "2/2", StreamResult: "0/2", AlmaEVR: "1:3.2.0-4.el9", StreamEVR: "1:3.2.0-5.el9"}}}
	if diff := cmp.Diff(want, records); diff != "" || left != 1 {
		t.Errorf("left out %d (-want +got)\n%s", left, diff)
	}
	records, left, err = Records(t.Context(), db, query.Query{}, true)
	check(t, err)
	// Without a subject it is the first required package, by its source.
	if got := records[1].AlmaEVR; len(records) != 3 || left != 0 || records[1].ID != "almbz#2" || got != "3.2.0-4.el9" {
		t.Errorf("with private ones: %d records, %d left out, %+v", len(records), left, records[1])
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Records(ended, db, query.Query{}, true); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRecordsOf(t *testing.T) {
	db := evidenced(t)
	play(t, db, "almbz#1", reproduce.Suggestion{Verdict: reproduce.FixedInStream, Subject: "gizmo"})
	all, _, err := Records(t.Context(), db, query.Query{}, true)
	check(t, err)
	byID := map[string]Record{}
	for _, r := range all {
		byID[r.ID] = r
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
	if got, _, err := RecordsOf(t.Context(), db, []string{"almbz#1", "almbz#9"}, true); store.CodeOf(err) != store.CodeNotFound || got != nil {
		t.Errorf("of one that is not stored: %v, %v", got, err)
	}
	if _, _, err := RecordsOf(t.Context(), db, []string{"nonsense"}, true); err == nil {
		t.Error("nonsense is no error")
	}
}
