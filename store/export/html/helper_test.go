package html

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

var noon = time.Date(2026, 3, 1, 13, 0, 0, 0, time.FixedZone("CET", 3600))

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), store.Options{Now: func() time.Time { return noon }})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	return db
}

// words makes every text of a report, by the name of where it stands.
type words func(name string) string

// put stores a report with a recipe, a run and a decision.
func put(t testing.TB, db *store.DB, n int64, private bool, w words) tracker.ID {
	t.Helper()
	id := tracker.ID{Space: "almbz", Number: n}
	r := tracker.Report{ID: id, Tracker: "almbz", URL: "https://bugs.example.org/view.php?id=1&" + w("url"), Title: w("title"), Body: w("body"), Steps: w("steps"),
		Additional: w("more"), Status: w("status"), Open: true, Reporter: w("reporter"), Release: w("release"), Package: w("package"), Private: private, Updated: noon,
		Comments: []tracker.Comment{{ID: 1, Report: id, Author: w("author"), Text: w("comment")}, {ID: 2, Report: id, Text: w("secret"), Private: true}}}
	_, err := db.Commit(t.Context(), "almbz", "x", tracker.Page{Reports: []tracker.Report{r}})
	check(t, err)
	play(t, db, id, w)
	check(t, db.Decide(t.Context(), reproduce.Decision{ID: reproduce.NewID(), Report: id.String(), Verdict: reproduce.NotABug, Note: w("note"),
		PatchURL: w("patch"), By: w("by"), At: noon}))
	return id
}

// play stores a run.
func play(t testing.TB, db *store.DB, id tracker.ID, w words) {
	t.Helper()
	ctx, run := t.Context(), runOf(id, w)
	begun := run
	begun.State, begun.Sides = reproduce.RunRunning, nil
	check(t, db.BeginRun(ctx, begun))
	for _, s := range run.Sides {
		for i := range s.Attempts {
			s.Attempts[i].ID, s.Attempts[i].Run = reproduce.NewID(), run.ID
			check(t, db.BeginAttempt(ctx, s.Attempts[i]))
			check(t, db.FinishAttempt(ctx, s.Attempts[i]))
		}
		check(t, db.SaveSide(ctx, run.ID, s))
	}
	check(t, db.FinishRun(ctx, run))
}

// runOf is a run of which the Stream side fails. It is imported: the words of
// such a run are those of others, down to its verdict.
func runOf(id tracker.ID, w words) reproduce.Run {
	alma, stream := sideOf(w, reproduce.RoleAlma), sideOf(w, reproduce.RoleStream)
	for n := range 3 {
		alma.Attempts = append(alma.Attempts, reproduce.Attempt{Number: n + 1, Key: "key", Started: noon, Done: true,
			Facts: reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest, Status: 1, Excerpt: w("excerpt")}})
	}
	stream.Err = &reproduce.StepError{Step: reproduce.StepRequire, Message: w("message"), Advice: w("advice"), Output: w("output")}
	return reproduce.Run{ID: reproduce.NewID(), Report: id.String(), Recipe: reproduce.Recipe{Summary: w("summary"), Require: []string{"gizmo"}, Test: w("test"), Source: w("recipe"),
		Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}, Started: noon, Finished: noon, State: reproduce.RunDone, Imported: true, Author: w("runner"),
		Sides: []reproduce.Side{alma, stream}, Suggestion: reproduce.Suggestion{Verdict: reproduce.Verdict(w("verdict")), Subject: "gizmo", Reasons: []string{w("reason")}}}
}

func sideOf(w words, role reproduce.Role) reproduce.Side {
	s := reproduce.Side{Role: role, Target: reproduce.Target{Name: w("target"), Image: w("ref")}, Key: "key", Image: reproduce.Image{Ref: w("image"), Digest: w("digest")}}
	s.Prepared.Print.Packages = rpm.NewSet(append(imagePackages(), rpm.Package{Name: "gizmo", EVR: rpm.EVR{Version: w("version"), Release: "4.el9"}, Source: "gizmo"}))
	return s
}

// imagePackages are as many as a container image has.
func imagePackages() []rpm.Package {
	var list []rpm.Package
	for n := range 180 {
		name := fmt.Sprintf("package%d", n)
		p := rpm.Package{Name: name, EVR: rpm.EVR{Version: "1.2.3", Release: "4.el9"}, Arch: "x86_64", Source: name, SourceEVR: rpm.EVR{Version: "1.2.3", Release: "4.el9"}, Vendor: "AlmaLinux"}
		for k := range 8 {
			p.Requires = append(p.Requires, fmt.Sprintf("libpackage%d.so.%d()(64bit)", (n+k)%180, k))
			p.Provides = append(p.Provides, fmt.Sprintf("libpackage%d.so.%d()(64bit)", n, k))
		}
		list = append(list, p)
	}
	return list
}

// written is a page about reports.
func written(t testing.TB, db *store.DB, o Options, ids ...tracker.ID) (string, int) {
	t.Helper()
	var out bytes.Buffer
	o.Now, o.Program = noon, "1.2.3"
	left, err := Write(t.Context(), &out, db, ids, o)
	check(t, err)
	return out.String(), left
}

// plain makes each text its name.
func plain(name string) string { return "x" + name }

// hide is as what the program hides with, for one thing.
func hide(s string) string { return strings.ReplaceAll(s, "/home/jo", "/home/user") }
