package bench_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// id is the report of the tests.
const id = "almbz#1"

// bed is a Bench without the root: what it is told is told by the test, so that
// a frame in the middle of a run is always the same.
type bed struct {
	*tuitest.World
	t    testing.TB
	s    *bench.Screen
	job  *runs.Job
	seen []tea.Msg // what its commands answered that is not its own
}

// newWorld has one report with an accepted recipe.
func newWorld(t testing.TB, look theme.Name, change ...func(*tracker.Report)) *tuitest.World {
	t.Helper()
	w := tuitest.NewWorld(t, look)
	w.Commit(t, tuitest.Report(1, change...))
	w.SetRecipe(t, id, tuitest.Gizmo, reproduce.OriginSet)
	w.Ask = func(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } } // as far as there is no root
	return w
}

func newBed(t testing.TB, look theme.Name) *bed {
	t.Helper()
	return &bed{World: newWorld(t, look), t: t}
}

// telling is an engine that tells what it does, as a real one, and keeps what
// a side printed.
type telling struct {
	*labtest.Engine
	prints map[string][]reproduce.LogLine // by target
}

// Prepare implements reproduce.Engine.
func (e *telling) Prepare(ctx context.Context, spec reproduce.PrepareSpec, watch func(reproduce.Event)) (reproduce.Prepared, error) {
	if watch != nil && len(spec.Changelogs) == 0 {
		first := reproduce.StepBase
		if spec.Control != nil {
			first = reproduce.StepControl
		}
		watch(step(spec.Target.Name, 0, first))
		watch(step(spec.Target.Name, 31*time.Second, reproduce.StepRequire))
		defer watch(stepEnd(spec.Target.Name, 35*time.Second, reproduce.StepRequire, nil))
	}
	return e.Engine.Prepare(ctx, spec, watch)
}

// Attempt implements reproduce.Engine.
func (e *telling) Attempt(ctx context.Context, spec reproduce.AttemptSpec, watch func(reproduce.Event)) (reproduce.Result, error) {
	r, err := e.Engine.Attempt(ctx, spec, watch)
	if err != nil {
		return r, err
	}
	r.Log.Lines = e.prints[spec.Target.Name]
	for _, l := range r.Log.Lines {
		watch(reproduce.Event{Kind: reproduce.EventLine, Target: spec.Target.Name, Step: reproduce.StepTest, Number: spec.Number, Line: l})
	}
	return r, nil
}

// play scripts the sides as World.Play does, with output and digests.
func (b *bed) play(alma, stream bool, almaRelease, streamRelease string) {
	b.t.Helper()
	b.Play("gizmo", alma, stream, almaRelease, streamRelease)
	prints := map[string][]reproduce.LogLine{}
	for target, script := range b.Engine.Scripts {
		script.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(target)))
		prints[target] = []reproduce.LogLine{{Text: "+ gizmo add 2 2", Stream: reproduce.Trace}, {Text: "gizmo on duty", Stream: reproduce.Stdout}, {Text: "4", Stream: reproduce.Stdout}}
		if len(script.Facts) > 0 {
			prints[target][2] = reproduce.LogLine{Text: "gizmo: wrong answer: \x1b[31m5\x1b[0m", Stream: reproduce.Stderr}
		}
	}
	lab := &reproduce.Lab{Engine: &telling{b.Engine, prints}, Cache: b.DB, Journal: b.DB, Now: tuitest.Noon, Owner: "tester",
		Timeout: time.Minute, Budget: time.Hour, PreparedFor: 24 * time.Hour}
	b.Runs = runs.NewManager(b.Ctx, func() (*reproduce.Lab, error) { return lab, nil })
}

// open opens the Bench.
func (b *bed) open() *bed {
	b.t.Helper()
	b.s = bench.New(b.Env, id, "")
	b.s.Resize(120, 38)
	b.do(b.s.Init())
	return b
}

// do runs commands that end by themselves, and hands over what they answer.
func (b *bed) do(cmd tea.Cmd) {
	b.t.Helper()
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			b.do(c)
		}
	default:
		b.seen = append(b.seen, msg)
		b.do(b.s.Update(msg))
	}
}

// start begins a run whose attempts do not end, and waits for them: by then
// its sides are stored.
func (b *bed) start(o bench.Options) {
	b.t.Helper()
	held := make(chan struct{}, 2)
	b.Engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { held <- struct{}{}; <-ctx.Done() }
	defer func() {
		for range 2 {
			select {
			case <-held:
			case <-time.After(20 * time.Second):
				b.t.Fatal("the attempts do not begin")
			}
		}
	}()
	ready := bench.Request(b.Env, id, o)().(bench.ReadyMsg)
	if ready.Err != nil {
		b.t.Fatal(ready.Err)
	}
	b.job, _ = b.Runs.Start(ready.Request)
	b.do(b.s.Reload())
}

// tell tells what happens in the run.
func (b *bed) tell(m runs.EventsMsg) {
	b.t.Helper()
	m.Job, m.Report = b.job.ID, b.job.Report
	b.Runs.Apply(m)
	b.do(b.s.Update(m))
}

// events are tell without more.
func (b *bed) events(list ...reproduce.Event) {
	b.t.Helper()
	b.tell(runs.EventsMsg{Events: list})
}

// press does what a key means, as the root does.
func (b *bed) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		msg := tuitest.Key(key)
		want := b.Keys.Find(b.s.Scope(), key, false)
		if b.s.Typing() && (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) || want == "" {
			b.do(b.s.Update(msg))
			continue
		}
		for _, a := range b.s.Actions() {
			if a.ID != want || a.Scope != b.s.Scope() {
				continue
			}
			if can, why := a.Can(); !can {
				b.seen = append(b.seen, screen.ToastMsg{Level: screen.Note, Text: why})
				break
			}
			b.do(a.Run())
			break
		}
	}
}

// golden compares the screen in all sizes; the footer is the root's.
func (b *bed) golden(state string, look theme.Name) {
	b.t.Helper()
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {40, 10}} {
		b.s.Resize(size[0], size[1]-2)
		frame := b.s.View()
		tuitest.Contract(b.t, frame, size[0], size[1]-2)
		tuitest.Golden(b.t, fmt.Sprintf("%s-%dx%d-%s", state, size[0], size[1], look), frame)
	}
}

// run makes a whole run through the interface, and leaves the Bench on it.
func (b *bed) run(o bench.Options) {
	b.t.Helper()
	ready := bench.Request(b.Env, id, o)().(bench.ReadyMsg)
	if ready.Err != nil {
		b.t.Fatal(ready.Err)
	}
	var next tea.Cmd
	b.job, next = b.Runs.Start(ready.Request)
	b.do(b.s.Reload())
	for next != nil {
		msg := next().(runs.EventsMsg)
		next = b.Runs.Apply(msg)
		b.do(b.s.Update(msg))
	}
}

func at(d time.Duration) time.Time { return tuitest.Noon().Add(d) }

func step(target string, d time.Duration, s reproduce.Step) reproduce.Event {
	return reproduce.Event{Kind: reproduce.EventStep, At: at(d), Target: target, Step: s}
}

func stepEnd(target string, d time.Duration, s reproduce.Step, err error) reproduce.Event {
	return reproduce.Event{Kind: reproduce.EventStepEnd, At: at(d), Target: target, Step: s, Err: err}
}

func attempt(target string, d time.Duration, n, of int) reproduce.Event {
	return reproduce.Event{Kind: reproduce.EventAttempt, At: at(d), Target: target, Step: reproduce.StepTest, Number: n, Of: of}
}

func reading(target string, d time.Duration, n int, kind reproduce.ReadingKind, why string) reproduce.Event {
	return reproduce.Event{Kind: reproduce.EventReading, At: at(d), Target: target, Number: n, Reading: reproduce.Reading{Kind: kind, Why: why}}
}

func line(target string, stream reproduce.Stream, text string) reproduce.Event {
	return reproduce.Event{Kind: reproduce.EventLine, Target: target, Step: reproduce.StepTest, Line: reproduce.LogLine{Stream: stream, Text: text}}
}

func lines(target string, from, to int) []reproduce.Event {
	var list []reproduce.Event
	for i := from; i <= to; i++ {
		list = append(list, line(target, reproduce.Stdout, fmt.Sprintf("line %d of what %s prints", i, target)))
	}
	return list
}

// preparing is both sides before their first attempt.
func (b *bed) preparing() {
	b.events(step("alma9", 0, reproduce.StepResolve), step("stream9", 0, reproduce.StepResolve),
		stepEnd("alma9", 1200*time.Millisecond, reproduce.StepResolve, nil), stepEnd("stream9", 2*time.Second, reproduce.StepResolve, nil),
		step("alma9", 1200*time.Millisecond, reproduce.StepBase), step("stream9", 2*time.Second, reproduce.StepBase),
		line("alma9", reproduce.Stdout, "Last metadata expiration check: 0:00:01 ago"), line("alma9", reproduce.Stdout, "Upgrading: bash x86_64 5.1.8-9.el9"),
		step("alma9", 31*time.Second, reproduce.StepRequire), line("alma9", reproduce.Stdout, "Installing: gizmo x86_64 3.2.0-4.el9"))
	b.Clock = at(35 * time.Second)
}

// attempting is both sides in their second attempt.
func (b *bed) attempting() {
	b.preparing()
	b.events(stepEnd("alma9", 36*time.Second, reproduce.StepRequire, nil), stepEnd("stream9", 40*time.Second, reproduce.StepBase, nil),
		attempt("alma9", 40*time.Second, 1, 1), attempt("stream9", 40*time.Second, 1, 1),
		line("alma9", reproduce.Trace, "+ gizmo add 2 2"), line("alma9", reproduce.Stdout, "\x1b[31mresult\x1b[0m: \x1b[1m5\x1b[0m"),
		line("alma9", reproduce.Stderr, "gizmo: wrong answer: 期待 4 got 5"), line("stream9", reproduce.Stdout, "result: 4"),
		reading("alma9", 41*time.Second, 1, reproduce.Seen, "exit status 1"), reading("stream9", 41*time.Second, 1, reproduce.NotSeen, "exit status 0"),
		attempt("alma9", 41*time.Second, 2, 5), attempt("stream9", 41*time.Second, 2, 5))
	b.events(lines("alma9", 1, 50)...)
	b.events(lines("stream9", 1, 20)...)
	b.Clock = at(45 * time.Second)
}

func wheel(up bool) tea.MouseMsg {
	if up {
		return tea.MouseMsg{Button: tea.MouseButtonWheelUp}
	}
	return tea.MouseMsg{Button: tea.MouseButtonWheelDown}
}
