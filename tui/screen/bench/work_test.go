package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestRequest(t *testing.T) {
	b := newBed(t, theme.None)
	ready := bench.Request(b.Env, id, bench.Options{With: []string{"ubi"}, Repeat: 7, Fresh: true, Watch: true})().(bench.ReadyMsg)
	if ready.Err != nil {
		t.Fatal(ready.Err)
	}
	r := ready.Request
	if r.Report != id || len(r.Targets) != 2 || len(r.With) != 1 || r.With[0].Name != "ubi9" || r.Repeat != 7 || !r.Fresh || r.Pull != reproduce.PullMissing ||
		r.Timeout != time.Minute || r.Recipe.Summary == "" || !ready.Options.Watch || ready.Report != id {
		t.Errorf("%+v", ready)
	}

	b.Commit(t, tuitest.Report(2), tuitest.Report(3), tuitest.Report(4, func(r *tracker.Report) { r.Release = "" }))
	b.SetRecipe(t, "almbz#3", tuitest.Gizmo, reproduce.OriginDraft)
	b.SetRecipe(t, "almbz#4", tuitest.Gizmo, reproduce.OriginSet)
	for report, want := range map[string]reproduce.Code{"almbz#2": reproduce.CodeNoRecipe, "almbz#3": reproduce.CodeNoRecipe, "almbz#4": reproduce.CodeUsage} {
		if err := bench.Request(b.Env, report, bench.Options{})().(bench.ReadyMsg).Err; reproduce.CodeOf(err) != want {
			t.Errorf("%s: code %q, not %q: %v", report, reproduce.CodeOf(err), want, err)
		}
	}
	for _, report := range []string{"almbz#99", "nonsense"} {
		if err := bench.Request(b.Env, report, bench.Options{})().(bench.ReadyMsg).Err; err == nil || reproduce.CodeOf(err) != "" {
			t.Errorf("%s: %v", report, err)
		}
	}
	b.Runs = runs.NewManager(b.Ctx, func() (*reproduce.Lab, error) {
		return nil, &reproduce.Error{Code: reproduce.CodeEngine, Message: "no podman"}
	})
	if err := bench.Request(b.Env, id, bench.Options{})().(bench.ReadyMsg).Err; reproduce.CodeOf(err) != reproduce.CodeEngine {
		t.Errorf("without podman: %v", err)
	}
}

// TestWholeRun goes through the root, as people do.
func TestWholeRun(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, false, "3.2.0-4.el9", "3.2.0-5.el9")
	b.Engine.Scripts["stream9+gizmo"] = b.Engine.Scripts["alma9"]
	d := tuitest.New(t, b.Env, func(env *screen.Env) screen.Screen { return bench.New(env, id, "") }, 120, 40)
	d.Has("never run", "runs its recipe on alma9 and stream9")
	d.Keys("r")
	d.Wait("Suggested: fixed-in-stream")
	d.Has("reproduced  ●●●●● seen 5 of 5", "not-reproduced  ○○○○○ seen 0 of 5", "gizmo-3.2.0-5.el9.x86_64", "! gizmo: wrong answer: 5", "run just now")
	for _, tab := range [][2]string{{"2", "What to do next"}, {"3", "-gizmo: wrong answer"}, {"4", "newer on Stream"}, {"5", "Changelog of gizmo"}} {
		d.Keys(tab[0])
		d.Has(tab[1])
	}
	d.Keys("]", "]")
	d.Has("[2 Suggestion]")
	d.Keys("[")
	d.Has("[1 Output]")

	// A toast for the end of a run that one watches would only be in the way.
	for _, msg := range d.Seen {
		if m, ok := msg.(screen.ToastMsg); ok {
			t.Errorf("it is said: %s", m.Text)
		}
	}
	d.Keys("R")
	d.Wait("running")
	d.Wait("Suggested")
	if n := b.Engine.Count("attempt alma9"); n != 10 {
		t.Errorf("%d attempts; fresh ones take no earlier ones", n)
	}
	d.Keys("+")
	d.Wait("running")
	d.Wait("seen 10 of 10")
	d.Keys("+")
	d.Wait("running")
	d.Wait("seen 20 of 20")
}

func TestCancel(t *testing.T) {
	b := newBed(t, theme.None)
	b.Engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { <-ctx.Done() }
	d := tuitest.New(t, b.Env, func(env *screen.Env) screen.Screen { return bench.New(env, id, "") }, 120, 40)
	d.Keys("r")
	d.Wait("attempt 1")
	d.Keys("r")
	d.Has("it goes on already")
	d.Keys("x")
	d.Wait("Cancelled. Its finished attempts are kept; r goes on with them.")
	d.Keys("x")
	d.Has("nothing goes on")
}

func TestMoreAndUBI(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	b.open().run(bench.Options{})
	for _, want := range []int{5, 10, 20, 40} {
		b.press("+")
		ready := last[bench.ReadyMsg](b)
		if o := ready.Options; ready.Err != nil || o.Repeat != want || !o.Watch || ready.Request.Repeat != want {
			t.Fatalf("asks for %+v, not %d: %v", o, want, ready.Err)
		}
		b.run(ready.Options)
	}
	b.press("w")
	b.has("next with UBI")
	b.press("r")
	if r := last[bench.ReadyMsg](b).Request; len(r.With) != 1 || r.With[0].Name != "ubi9" || len(r.Targets) != 2 || r.Repeat != 0 {
		t.Errorf("asks for %+v", r)
	}
	b.run(last[bench.ReadyMsg](b).Options)
	b.has("UBI 9")
	b.press("c")
	if got := b.Copied[len(b.Copied)-1]; got != "almatriage run 'almbz#1' --with ubi" {
		t.Errorf("copied %q", got)
	}

	// A Bench that is opened later goes on as the run was made.
	b.open()
	b.has("next with UBI")
	b.press("w", "r")
	if r := last[bench.ReadyMsg](b).Request; len(r.With) != 0 || len(r.Targets) != 2 {
		t.Errorf("asks for %+v", r)
	}
}

func TestTargetsAreKept(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	b.open().run(bench.Options{Targets: []string{"alma9", "ubi9"}})
	for range 2 {
		b.press("R")
		if r := last[bench.ReadyMsg](b).Request; len(r.Targets) != 2 || r.Targets[1].Name != "ubi9" || !r.Fresh {
			t.Errorf("asks for %+v", r)
		}
		b.press("c")
		if got := b.Copied[len(b.Copied)-1]; got != "almatriage run 'almbz#1' --target alma9,ubi9" {
			t.Errorf("copied %q", got)
		}
		if b.press("w"); !strings.Contains(b.said(), "UBI is one of the sides already") {
			t.Errorf("said %q", b.said())
		}
		b.open()
	}
}

func TestAskForOtherScreens(t *testing.T) {
	b := running(t)
	if b.press("d"); !slices.Equal(last[screen.DecideMsg](b).Reports, []string{id}) {
		t.Error("d does not ask for a decision")
	}
	if b.press("e"); last[screen.RecipeMsg](b).Report != id {
		t.Error("e does not ask for the recipe")
	}
	if !b.s.Watches(id) || b.s.Watches("almbz#2") || bench.New(b.Env, id, "a run").Watches(id) {
		t.Error("what is watched")
	}
}

func TestNeedsVM(t *testing.T) {
	b := newBed(t, theme.None)
	b.Commit(t, tuitest.Report(1, func(r *tracker.Report) { r.Package = "kernel"; r.Title = "kernel panic at boot" }))
	b.open().run(bench.Options{})
	b.has("[2 Suggestion]", "Suggested: needs-vm", "The command that can", "not run")
}

func TestRunOfAnotherProcess(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	b.open()
	b.do(b.s.Update(screen.ChangedMsg{Running: []store.RunState{{Report: id, Started: tuitest.Noon()}}}))
	b.has("runs in another process", "Another process runs it since")
	lab, err := b.Runs.Lab()
	if err != nil {
		t.Fatal(err)
	}
	other := func() {
		t.Helper()
		if _, err := lab.Run(b.Ctx, bench.Request(b.Env, id, bench.Options{})().(bench.ReadyMsg).Request, nil); err != nil {
			t.Fatal(err)
		}
		b.do(b.s.Update(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: id}}}))
	}
	other()
	b.has("Suggested: stream-reproducible", "seen 2 of 2")
	b.lacks("another process")
	b.press("1")
	b.Engine.Scripts["alma9"].Facts, b.Engine.Scripts["stream9"].Facts = nil, nil
	b.do(b.s.Update(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: "almbz#7"}}}))
	b.has("[1 Output]")

	// What is watched here is not pushed aside by an older run.
	b.start(bench.Options{Fresh: true})
	b.do(b.s.Update(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: id}}}))
	b.has("running")
	b.tell(runs.EventsMsg{Ended: true, Err: &reproduce.Error{Code: reproduce.CodeInterrupted, Message: "interrupted"}})
	b.do(b.s.Update(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: id}}}))
	b.has("Cancelled.")
}

// TestOneRun is what the history opens: one run, whatever goes on.
func TestOneRun(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	b.open().run(bench.Options{})
	run, err := b.DB.LastRun(b.Ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	b.start(bench.Options{Fresh: true})
	b.s = bench.New(b.Env, id, run.ID)
	b.s.Resize(120, 38)
	b.do(b.s.Init())
	b.has("Suggested: stream-reproducible")
	b.attempting()
	b.has("Suggested: stream-reproducible")
	b.lacks("running")
}

func TestImportedAndRecorded(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	b.open().run(bench.Options{})
	run, err := b.DB.LastRun(b.Ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	run.Author = "jane\x1b[2J"
	for _, c := range []struct {
		imported, recorded bool
		want               string
	}{{imported: true, want: "imported, run by jane 2 hours ago"}, {imported: true, recorded: true, want: "a recorded run"}, {recorded: true, want: "run 2 hours ago"}} {
		b.Recorded, run.Imported = c.recorded, c.imported
		run.ID += "x"
		for i := range run.Sides {
			run.Sides[i].Attempts = nil
		}
		if err := errors.Join(b.DB.BeginRun(b.Ctx, *run), b.DB.FinishRun(b.Ctx, *run)); err != nil {
			t.Fatal(err)
		}
		b.Clock = at(2 * time.Hour)
		b.open()
		b.has(c.want)
		if !c.imported {
			b.lacks("recorded")
		}
	}
}

// TestOpenedOnAnotherProcess: that another process runs it is known as soon as
// the Bench is opened, and nothing here is a second run by mistake.
func TestOpenedOnAnotherProcess(t *testing.T) {
	b := newBed(t, theme.None)
	ctx, cancel := context.WithCancel(b.Ctx)
	held, ended := make(chan struct{}, 2), make(chan error, 1)
	b.Engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { held <- struct{}{}; <-ctx.Done() }
	lab, err := b.Runs.Lab()
	if err != nil {
		t.Fatal(err)
	}
	req := bench.Request(b.Env, id, bench.Options{})().(bench.ReadyMsg).Request
	go func() { _, err := lab.Run(ctx, req, nil); ended <- err }()
	defer func() { cancel(); <-ended }()
	select {
	case <-held:
	case err := <-ended:
		t.Fatal(err)
	}
	b.open()
	b.has("runs in another process", "Another process runs it since")
	for key, want := range map[string]string{"x": "it runs in another process", "r": "R starts one here, too", "+": "R starts one here, too"} {
		if b.press(key); !strings.Contains(b.said(), want) {
			t.Errorf("%s: said %q", key, b.said())
		}
	}
	if slices.ContainsFunc(b.seen, func(msg tea.Msg) bool { _, ready := msg.(bench.ReadyMsg); return ready }) {
		t.Error("a second run is made ready")
	}
	if b.press("R"); last[bench.ReadyMsg](b).Elsewhere.IsZero() {
		t.Error("it is not told that another process runs it, too")
	}
}

// TestDecisionInForce is in the head, and goes when it is taken back.
func TestDecisionInForce(t *testing.T) {
	b := newBed(t, theme.None).open()
	b.lacks("Decided")
	d := reproduce.Decision{ID: reproduce.NewID(), Report: id, Verdict: reproduce.AlmaOnly, By: "jo", At: tuitest.Noon()}
	if err := b.DB.Decide(b.Ctx, d); err != nil {
		t.Fatal(err)
	}
	b.do(b.s.Update(screen.DecidedMsg{Decisions: []reproduce.Decision{d}}))
	b.has("Decided: alma-only by jo")
	if err := b.DB.TakeBack(b.Ctx, "jo", tuitest.Noon(), d.ID); err != nil {
		t.Fatal(err)
	}
	b.do(b.s.Update(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: id}}})) // by another process
	b.lacks("Decided")
}

// packages is a bed on the packages of a run that a change was made for.
func packages(t *testing.T, stream string, change func(b *bed)) *bed {
	t.Helper()
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", stream)
	change(b)
	b.open().run(bench.Options{})
	b.press("4")
	return b
}

// TestThreeSidesOfARecipe are said as people say three things; UBI is not offered
// where it is one of them.
func TestThreeSidesOfARecipe(t *testing.T) {
	for release, want := range map[string]string{"9.6": "alma9 and stream9", "8.10": "alma8, ubi8 and stream8"} {
		b := &bed{World: newWorld(t, theme.None, func(r *tracker.Report) { r.Release = release }), t: t}
		b.Targets = reproduce.BuiltinTargets()
		b.open()
		b.has("runs its recipe on " + want)
		if release == "9.6" {
			b.has("asks UBI, too")
		} else {
			b.lacks("asks UBI, too")
		}
	}
}

// TestUnpreparedPackages: where a side was not prepared its packages are not the
// same, but not known.
func TestUnpreparedPackages(t *testing.T) {
	packages(t, "3.2.0-4.el9", func(*bed) {}).has("Both sides have the same packages")
	fail := func(b *bed, target string) { b.Engine.Scripts[target].PrepareErr = errors.New("no network") }
	b := packages(t, "3.2.0-4.el9", func(b *bed) { fail(b, "stream9") })
	b.has("Not known: CentOS Stream 9 was not prepared.")
	b.lacks("the same packages")
	b = packages(t, "3.2.0-4.el9", func(b *bed) { fail(b, "stream9"); fail(b, "alma9") })
	b.has("Not known: AlmaLinux 9 and CentOS Stream 9 were not prepared.")
	b.press("3")
	b.has("Not known: AlmaLinux 9 and CentOS Stream 9 were not run.")
	b.lacks("print the same")
}

// TestLegendOfPackages is there if a row has its sign.
func TestLegendOfPackages(t *testing.T) {
	packages(t, "3.2.0-5.el9", func(*bed) {}).has("1 difference of source packages. * is what the suggestion rests on.")
	b := packages(t, "3.2.0-4.el9", func(b *bed) {
		script := b.Engine.Scripts["stream9"]
		other := script.Packages[0]
		other.Name, other.Source = "widget", "widget"
		script.Packages = append(script.Packages, other)
	})
	b.has("1 difference of source packages.")
	b.lacks("* is what")
}

// TestEnterGoesOnWithTheGuide when its run is over, and not before.
func TestEnterGoesOnWithTheGuide(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	b.open().run(bench.Options{})
	if b.press("enter"); b.said() != "nothing is typed" {
		t.Errorf("without a guide: said %q", b.said())
	}
	b.s = bench.NewGuided(b.Env, id)
	b.s.Resize(120, 38)
	b.do(b.s.Init())
	b.press("enter")
	if _, closes := b.seen[len(b.seen)-1].(screen.CloseMsg); !closes {
		t.Errorf("enter is answered by %#v", b.seen[len(b.seen)-1])
	}
	b.start(bench.Options{Fresh: true})
	if b.press("enter"); b.said() != "the run is not over" {
		t.Errorf("while it runs: said %q", b.said())
	}
}
