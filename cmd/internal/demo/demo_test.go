package demo

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/draft"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tracker/safe"
)

// today is when the demonstration of the tests begins.
func today() time.Time { return time.Date(2027, 2, 3, 4, 5, 6, 789, time.UTC) }

func open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "demo.db"), store.Options{Now: today})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func filled(t testing.TB) *store.DB {
	t.Helper()
	db := open(t)
	if err := Fill(t.Context(), db, today()); err != nil {
		t.Fatal(err)
	}
	return db
}

// find lists the ids of the reports that a query finds.
func find(t testing.TB, db *store.DB, text string) []string {
	t.Helper()
	q, err := query.Parse(text+" sort:id", today())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.List(t.Context(), q, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// TestFilled looks at a database that was filled, as its users do.
func TestFilled(t *testing.T) {
	db := filled(t)
	for name, test := range map[string]func(*testing.T, *store.DB){
		"queries": testQueries, "runs": testRuns, "sides": testSides, "not served": testNotServed, "recipes": testRecipes,
		"on every image": testOnEveryImage, "draft": testDraft,
	} {
		t.Run(name, func(t *testing.T) { test(t, db) })
	}
}

// testQueries finds what the demonstration is there to show.
func testQueries(t *testing.T, db *store.DB) {
	for text, want := range map[string]string{
		"suggested:stream-reproducible": "1001 1005 1006 1009",
		"suggested:alma-only":           "1002",
		"suggested:fixed-in-stream":     "1003",
		"suggested:stream-only":         "1004",
		"suggested:needs-vm":            "1007",
		"suggested:not-reproducible":    "1008",
		"suggested:inconclusive":        "1010 1011",
		"suggested:none":                "7 12 1012",
		"is:stale":                      "1003",
		"is:disputed":                   "1002",
		"is:flaky":                      "1005",
		"is:private":                    "1006",
		"is:draft":                      "7",
		"is:undecided":                  "7 12 1001 1004 1005 1006 1008 1010 1011 1012",
		"verdict:fixed-in-stream":       "1003",
		"verdict:intended-difference":   "1002",
		"verdict:not-a-bug":             "1009",
		"verdict:needs-vm":              "1007",
		"status:closed":                 "1009",
		"has:recipe -has:run":           "12",
		"-has:recipe -is:draft":         "1012",
		"release:8":                     "1012",
		"release:10":                    "12 1007",
		"release:kitten10":              "7",
		"release:9.6":                   "1001 1002 1003 1004 1006 1008 1010 1011",
		"release:9.4":                   "1009",
		"tracker:github":                "7 12",
		"ref:RHEL-12345":                "1003",
		"ref:CVE-2026-9999901":          "1006",
		"ref:rhbz#9999901":              "1001",
		"ref:AlmaLinux/example#12":      "7",
		"שלום":                          "1008",
		"stand-in -release:10":          "1001 1002 1003 1004 1005 1006 1011",
	} {
		var numbers []string
		for _, id := range find(t, db, text) {
			numbers = append(numbers, id[strings.Index(id, "#")+1:])
		}
		if got := strings.Join(numbers, " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if all := find(t, db, ""); len(all) != 14 { // as the help of the command says
		t.Errorf("%d reports, want 14", len(all))
	}
}

// testRuns looks at each recorded run as it is read back: it is the report's
// last one, says what it is, and is judged again to the same.
func testRuns(t *testing.T, db *store.DB) {
	ran := find(t, db, "has:run")
	if len(ran) != 11 {
		t.Errorf("%d reports were run, want 11: %v", len(ran), ran)
	}
	for _, id := range ran {
		run, err := db.LastRun(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !run.Imported || run.Author != Author || run.State != reproduce.RunDone || run.Owner != "" {
			t.Errorf("%s: imported %v, author %q, state %s, owner %q", id, run.Imported, run.Author, run.State, run.Owner)
		}
		if diff := cmp.Diff(run.Suggestion, reproduce.Suggest(*run), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s is judged otherwise than when it was recorded; record again:\n%s", id, diff)
		}
		for _, side := range run.Sides {
			if want := reproduce.BuiltinTargets()[side.Target.Name]; side.Target != want {
				t.Errorf("%s: target %+v, want %+v", id, side.Target, want)
			}
			for _, a := range side.Attempts {
				log, err := db.AttemptLog(t.Context(), a.ID)
				if err != nil || len(log.Lines) == 0 || a.Started.Before(run.Started) || a.Started.After(run.Finished) {
					t.Errorf("%s, %s, attempt %d of %s: %d lines, %v", id, side.Target.Name, a.Number, a.Started, len(log.Lines), err)
				}
			}
		}
	}
}

// testSides finds a side that failed, one that is flaky, a control, a further
// opinion.
func testSides(t *testing.T, db *store.DB) {
	for _, want := range []struct {
		id      string
		side    int
		role    reproduce.Role
		outcome reproduce.Outcome
	}{
		{"almbz#1001", 1, reproduce.RoleStream, reproduce.OutcomeReproduced},
		{"almbz#1003", 2, reproduce.RoleControl, reproduce.OutcomeReproduced},
		{"almbz#1004", 0, reproduce.RoleAlma, reproduce.OutcomeNotReproduced},
		{"almbz#1005", 0, reproduce.RoleAlma, reproduce.OutcomeFlaky},
		{"almbz#1009", 2, reproduce.RoleThird, reproduce.OutcomeReproduced},
		{"almbz#1010", 1, reproduce.RoleStream, reproduce.OutcomeError},
		{"almbz#1011", 0, reproduce.RoleAlma, reproduce.OutcomeCannotTell},
	} {
		run, err := db.LastRun(t.Context(), want.id)
		if err != nil {
			t.Fatal(err)
		}
		result := run.Results()[want.side]
		if result.Side.Role != want.role || result.Outcome != want.outcome {
			t.Errorf("%s, side %d: %s %s, want %s %s", want.id, want.side, result.Side.Role, result.Outcome, want.role, want.outcome)
		}
	}
}

// testNotServed: a run of one's own never takes recorded attempts or images.
func testNotServed(t *testing.T, db *store.DB) {
	for _, id := range find(t, db, "has:run") {
		run, err := db.LastRun(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range run.Sides {
			attempts, err := db.Attempts(t.Context(), side.Key, time.Time{})
			if err != nil || len(attempts) > 0 {
				t.Errorf("%s, %s: %d attempts are served, %v", id, side.Target.Name, len(attempts), err)
			}
			image, err := db.LastImage(t.Context(), side.Target.Name, side.Target.Image)
			if err != nil || image != nil {
				t.Errorf("%s, %s: the image %v is served, %v", id, side.Target.Name, image, err)
			}
		}
	}
}

// testRecipes: all are read, those that somebody accepted can be run, and the
// recording is of what they are now.
func testRecipes(t *testing.T, db *store.DB) {
	cases, err := readBundle(today())
	if err != nil {
		t.Fatal(err)
	}
	record, err := readRecording()
	if err != nil {
		t.Fatal(err)
	}
	recorded := 0
	for _, c := range cases {
		id := c.report.ID.String()
		if c.recipe == nil {
			continue
		}
		stored, err := db.Recipe(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if accepted := stored.AcceptedBy != ""; stored.IsAccepted() != accepted || accepted == (stored.Origin == reproduce.OriginDraft) {
			t.Errorf("%s: the recipe is %s, accepted by %q, IsAccepted %v", id, stored.Origin, stored.AcceptedBy, stored.IsAccepted())
		}
		if c.ran == nil {
			continue
		}
		recorded++
		run, err := record.run(&c.report, c.ran.at)
		if err != nil {
			t.Error(err)
			continue
		}
		if run.RecipeHash != stored.Recipe.Hash() || run.Recipe.Hash() != run.RecipeHash {
			t.Errorf("%s: the recording is of another recipe (%s, not %s); record again", id, run.RecipeHash, stored.Recipe.Hash())
		}
		// What does not execute (oracle, summary) decides and shows as well.
		if diff := cmp.Diff(stored.Recipe, run.Recipe, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: the recording is of another recipe; record again:\n%s", id, diff)
		}
		var with []string
		for _, side := range run.Sides {
			if side.Role == reproduce.RoleThird {
				with = append(with, string(side.Target.Distribution))
			}
		}
		if diff := cmp.Diff(c.ran.with, with, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: the recording asked others; record again:\n%s", id, diff)
		}
	}
	if recorded != len(record.Runs) {
		t.Errorf("%d runs are recorded, %d are shown", len(record.Runs), recorded)
	}
}

// testOnEveryImage: some of what is accepted asks for nothing that a real image
// has not, so that it can be run by who tries the demonstration.
func testOnEveryImage(t *testing.T, db *store.DB) {
	n := 0
	for _, id := range find(t, db, "has:recipe") {
		stored, err := db.Recipe(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		there := []string{"bash", "rpm", "sed", "almalinux-release"}
		if !slices.ContainsFunc(stored.Recipe.Require, func(name string) bool { return !slices.Contains(there, name) }) {
			n++
		}
	}
	if n < 3 {
		t.Errorf("only %d recipes run on real images", n)
	}
}

// testDraft: the one report without a recipe makes one of its own words.
func testDraft(t *testing.T, db *store.DB) {
	report, err := db.Report(t.Context(), tracker.ID{Space: "almbz", Number: 1012})
	if err != nil {
		t.Fatal(err)
	}
	made, err := draft.From(*report)
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := fmf.Parse("draft", []byte(made.Source))
	if err != nil {
		t.Fatal(err)
	}
	want := "cd \"$(mktemp -d)\"\necho colour=blue > shared.conf\nln -s shared.conf mine.conf\nsed -i 's/blue/red/' mine.conf\ntest -L mine.conf\n"
	if diff := cmp.Diff(want, recipe.Test); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(recipe.Require, []string{"sed"}) || recipe.Oracle.Kind != reproduce.OracleExit {
		t.Errorf("require %v, oracle %v", recipe.Require, recipe.Oracle)
	}
}

// TestTimes: everything happened before now, and nothing before what it needs.
func TestTimes(t *testing.T) {
	cases, err := readBundle(today())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		id, last := c.report.ID, c.report.Created
		follows := func(what string, at time.Time) {
			if at.Before(last) || !at.Before(today()) {
				t.Errorf("%s: %s at %s, after %s", id, what, at, last)
			}
			last = at
		}
		for _, comment := range append(slices.Clone(c.report.Comments), c.apart...) {
			follows("a comment", comment.Created)
		}
		follows("the last change", c.report.Updated)
		last = c.report.Created
		if c.recipe != nil {
			follows("the recipe", c.recipe.Set)
			if c.recipe.AcceptedBy != "" {
				follows("its acceptance", c.recipe.AcceptedAt)
			}
		}
		if c.ran != nil {
			follows("the run", c.ran.at)
		}
		for _, d := range c.decisions {
			follows("a decision", d.At)
			if !slices.Contains(reproduce.Decidable(), d.Verdict) {
				t.Errorf("%s: nobody can decide for %q", id, d.Verdict)
			}
		}
	}
}

// TestFresh: another day gives the same, as long ago as before; the same moment
// gives the same to the last id.
func TestFresh(t *testing.T) {
	runs := func(now time.Time) (all []reproduce.Run, history [][]reproduce.Decision) {
		db := open(t)
		if err := Fill(t.Context(), db, now); err != nil {
			t.Fatal(err)
		}
		for _, id := range find(t, db, "has:run") {
			run, err := db.LastRun(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			decisions, err := db.History(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			all, history = append(all, *run), append(history, decisions)
		}
		return all, history
	}
	first, decisions := runs(today())
	again, decisionsAgain := runs(today())
	opaque := cmpopts.IgnoreFields(reproduce.Fingerprint{}, "Packages")
	if diff := cmp.Diff(first, again, opaque) + cmp.Diff(decisions, decisionsAgain); diff != "" {
		t.Errorf("a second time differs:\n%s", diff)
	}
	const year = 365 * 24 * time.Hour
	later, _ := runs(today().Add(year))
	for i, run := range later {
		if got := run.Finished.Sub(first[i].Finished); got != year || run.ID <= first[i].ID {
			t.Errorf("%s: moved by %s", run.Report, got)
		}
	}
	// What is run after it is newer to the store, which orders by id.
	if now := reproduce.NewID(); idAt(time.Now().Add(-time.Second), "x") > now || idAt(time.Now().Add(time.Second), "x") < now {
		t.Error("ids do not sort by time")
	}
}

func TestSecondTimeIsRefused(t *testing.T) {
	db := filled(t)
	before := find(t, db, "")
	if err := Fill(t.Context(), db, today().Add(time.Hour)); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, find(t, db, "")); diff != "" {
		t.Error(diff)
	}
	if problems, err := db.Check(t.Context(), true); err != nil || len(problems) > 0 {
		t.Errorf("the database is not whole: %q, %v", problems, err)
	}
}

// TestTexts: nothing is hostile here but by its look, and nothing leads to a
// page of somebody else's.
func TestTexts(t *testing.T) {
	cases, err := readBundle(today())
	if err != nil {
		t.Fatal(err)
	}
	long := 0
	for _, c := range cases {
		r := &c.report
		if r.Title != safe.Line(r.Title).String() {
			t.Errorf("%s: the title is changed when it is shown: %q", r.ID, r.Title)
		}
		for _, url := range append([]string{r.URL}, patches(c.decisions)...) {
			if !strings.HasPrefix(url, "https://bugs.example.org/") && !strings.HasPrefix(url, "https://git.example.org/") {
				t.Errorf("%s: %s may be somebody's", r.ID, url)
			}
		}
		text := r.Body + r.Steps + r.Additional
		if strings.Count(text, "\n") > 200 {
			long++
		}
		if c.recipe == nil {
			continue
		}
		invented := slices.ContainsFunc(c.recipe.Recipe.Require, func(name string) bool {
			return slices.Contains([]string{"gizmo", "frobnicate", "widget", "flaky", "crasher", "sleeper", "regress"}, name)
		})
		if invented && !strings.Contains(text, "stand-in") {
			t.Errorf("%s does not say that its package is invented", r.ID)
		}
	}
	if long != 1 {
		t.Errorf("%d long reports", long)
	}
}

func patches(decisions []reproduce.Decision) []string {
	var urls []string
	for _, d := range decisions {
		if d.PatchURL != "" {
			urls = append(urls, d.PatchURL)
		}
	}
	return urls
}

// BenchmarkFill tells the processor's time as well, which does not depend on
// what else the machine does.
func BenchmarkFill(b *testing.B) {
	var spent time.Duration
	for range b.N {
		b.StopTimer()
		db := open(b)
		before := processorTime(b)
		b.StartTimer()
		if err := Fill(b.Context(), db, today()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		spent += processorTime(b) - before
		b.StartTimer()
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "cpu-ns/op")
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkRead(b *testing.B) {
	for range b.N {
		cases, err := readBundle(today())
		if err != nil {
			b.Fatal(err)
		}
		record, err := readRecording()
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range cases {
			if c.ran == nil {
				continue
			}
			if _, err := record.run(&c.report, c.ran.at); err != nil {
				b.Fatal(err)
			}
		}
	}
}
