package tuitest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
)

// Noon is the time of the tests' world.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// Noon is the time of the tests' world when it begins.
func Noon() time.Time { return noon }

// World is what the interface stands on in a test: a real database, the real
// lab over an engine that plays scripts, and a clock that stands still.
type World struct {
	*screen.Env
	Engine *labtest.Engine
	// Clock is the time; tests move it.
	Clock time.Time
	// Copied and Opened are what was put on the clipboard and shown in the
	// browser, Detached what was left to go on.
	Copied, Opened, Detached []string
}

// NewWorld makes an empty world in a theme.
func NewWorld(t testing.TB, name theme.Name) *World {
	t.Helper()
	w := &World{Clock: noon, Engine: &labtest.Engine{Scripts: map[string]*labtest.Script{}}}
	w.Engine.Now = func() time.Time { return noon }
	ctx, cancel := context.WithCancel(context.Background())
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "world.db"), store.Options{Now: func() time.Time { return noon }, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := tui.Keymap(nil)
	if err != nil {
		t.Fatal(err)
	}
	lab := &reproduce.Lab{Engine: w.Engine, Cache: db, Journal: db, Now: func() time.Time { return noon }, Owner: "tester",
		Timeout: time.Minute, Budget: time.Hour, PreparedFor: 24 * time.Hour}
	services := &screen.Services{DB: db, Targets: targets(), Pull: reproduce.PullMissing,
		Runs:   runs.NewManager(ctx, func() (*reproduce.Lab, error) { return lab, nil }),
		Person: func() (string, error) { return "tester", nil },
		Editor: func() ([]string, error) { return []string{"true"}, nil },
		Open:   func(_ context.Context, url string) error { w.Opened = append(w.Opened, url); return nil },
		Copy: func(_ context.Context, text string) (string, error) {
			w.Copied = append(w.Copied, text)
			return "by the test", nil
		},
		Detach:  func(reports []string) error { w.Detached = append(w.Detached, reports...); return nil },
		Locator: tracker.Locator{Trackers: []tracker.Place{{Name: "almbz", Kind: "mantis", URL: "https://bugs.example.org"}}},
	}
	w.Env = &screen.Env{Ctx: ctx, Services: services, Theme: theme.New(name), Keys: keys,
		Now: func() time.Time { return w.Clock },
		After: func(d time.Duration, msg tea.Msg) tea.Cmd {
			if d > 150*time.Millisecond { // what turns stands still, what is only put off comes
				return nil
			}
			return func() tea.Msg { return msg }
		}}
	t.Cleanup(func() {
		cancel()
		closing, done := context.WithTimeout(context.Background(), 30*time.Second)
		defer done()
		if err := errors.Join(services.Runs.Close(closing), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func targets() reproduce.Targets {
	all := reproduce.BuiltinTargets()
	return reproduce.Targets{"alma9": all["alma9"], "stream9": all["stream9"], "ubi9": all["ubi9"]}
}

// Commit stores reports.
func (w *World) Commit(t testing.TB, reports ...tracker.Report) {
	t.Helper()
	if _, err := w.DB.Commit(w.Ctx, "almbz", "AlmaLinux-9", tracker.Page{Reports: reports}); err != nil {
		t.Fatal(err)
	}
}

// SetRecipe gives a report a recipe of its own; draft: one that nobody has
// accepted yet.
func (w *World) SetRecipe(t testing.TB, report, text string, origin reproduce.Origin) {
	t.Helper()
	recipe, err := fmf.Parse("recipe", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s := reproduce.StoredRecipe{Report: report, Recipe: recipe, Origin: origin, Set: noon, Author: "tester"}
	if origin == reproduce.OriginSet {
		s.Accepted, s.AcceptedBy, s.AcceptedAt = recipe.Hash(), "tester", noon
	}
	if err := w.DB.SaveRecipe(w.Ctx, s); err != nil {
		t.Fatal(err)
	}
}

// Gizmo is a recipe of the package gizmo.
const Gizmo = "summary: gizmo adds one too many\nrequire: [gizmo]\ntest: |\n  test \"$(gizmo add 2 2)\" = 4\n"

// Play scripts the two sides: whether each has the bug, and the package's
// releases there.
func (w *World) Play(name string, alma, stream bool, almaRelease, streamRelease string) {
	for target, side := range map[string]struct {
		has     bool
		release string
	}{"alma9": {alma, almaRelease}, "stream9": {stream, streamRelease}, "ubi9": {alma, almaRelease}} {
		p := rpm.Package{Name: name, Source: name, Arch: "x86_64"}
		evr, err := rpm.ParseEVR(side.release)
		if err != nil {
			panic("tuitest: " + err.Error())
		}
		p.EVR = evr
		script := &labtest.Script{Packages: []rpm.Package{p}, Took: 120 * time.Millisecond}
		if side.has {
			script.Facts = []reproduce.Facts{{End: reproduce.EndExited, Step: reproduce.StepTest, Status: 1, ErrorLines: []string{name + ": wrong answer"}, Excerpt: name + ": wrong answer"}}
		}
		w.Engine.Scripts[target] = script
	}
}

// Report is a report that a test changes as it needs.
func Report(n int, change ...func(*tracker.Report)) tracker.Report {
	r := tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(n)}, Tracker: "almbz", URL: fmt.Sprintf("https://bugs.example.org/view.php?id=%d", n),
		Title: fmt.Sprintf("gizmo adds one too many, case %d", n), Body: "I ran gizmo and the sum was wrong.\n\nExpected 4, got 5.", Steps: "dnf install gizmo\n\n# gizmo add 2 2\n5",
		Status: "new", Open: true, Release: "9.6", Package: "gizmo", Reporter: "jane", Project: "AlmaLinux-9",
		Created: noon.Add(-time.Duration(n) * 26 * time.Hour), Updated: noon.Add(-time.Duration(n) * time.Hour)}
	for _, f := range change {
		f(&r)
	}
	return r
}

// Run runs a report's recipe to its end, and stores what came of it.
func (w *World) Run(t testing.TB, report string) {
	t.Helper()
	id, err := tracker.ParseID(report)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := w.DB.Report(w.Ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := w.DB.Recipe(w.Ctx, report)
	if err != nil {
		t.Fatal(err)
	}
	req, err := reproduce.NewRequest(stored, recipe, reproduce.Sides{All: w.Targets}, noon)
	if err != nil {
		t.Fatal(err)
	}
	req.Fresh, req.Reprepare = true, true // other scripts may play now
	lab, err := w.Runs.Lab()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Run(w.Ctx, req, nil); err != nil {
		t.Fatal(err)
	}
}
