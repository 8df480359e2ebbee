package runs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tui/runs"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// world is a manager over a scripted engine.
type world struct {
	*runs.Manager
	engine *labtest.Engine
	memory *labtest.Memory
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{engine: &labtest.Engine{Scripts: map[string]*labtest.Script{}, Now: func() time.Time { return noon }}, memory: &labtest.Memory{}}
	lab := &reproduce.Lab{Engine: w.engine, Cache: w.memory, Journal: w.memory, Now: func() time.Time { return noon }, Timeout: time.Minute, Budget: time.Hour, PreparedFor: time.Hour}
	ctx, cancel := context.WithCancel(context.Background())
	w.Manager = runs.NewManager(ctx, func() (*reproduce.Lab, error) { return lab, nil })
	t.Cleanup(func() {
		cancel()
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func request(change ...func(*reproduce.Request)) reproduce.Request {
	all := reproduce.BuiltinTargets()
	r := reproduce.Request{Report: "almbz#1", Recipe: reproduce.Recipe{Test: "gizmo", Require: []string{"gizmo"}}, Targets: []reproduce.Target{all["alma9"], all["stream9"]}}
	for _, f := range change {
		f(&r)
	}
	return r
}

// play makes a run and returns what its events came to.
func (w *world) play(t *testing.T, req reproduce.Request) *runs.Live {
	t.Helper()
	job, next := w.Start(req)
	for next != nil {
		next = w.Apply(next().(runs.EventsMsg))
	}
	if !job.Live.Ended {
		t.Fatal("the run has no end")
	}
	return job.Live
}

// has scripts a target: the release of gizmo, and what its attempts are.
func (w *world) has(target, release string, statuses ...int) {
	evr, err := rpm.ParseEVR(release)
	if err != nil {
		panic(err)
	}
	s := &labtest.Script{Packages: []rpm.Package{{Name: "gizmo", Source: "gizmo", Arch: "x86_64", EVR: evr}}}
	for _, status := range statuses {
		s.Facts = append(s.Facts, reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest, Status: status})
	}
	w.engine.Scripts[target] = s
}

// kinds are what the readings say.
func kinds(readings []reproduce.Reading) string {
	text := ""
	for _, r := range readings {
		text += map[reproduce.ReadingKind]string{reproduce.Seen: "+", reproduce.NotSeen: "-", reproduce.CannotTell: "?", reproduce.Failed: "!", reproduce.Broken: "/"}[r.Kind]
	}
	return text
}

// results are the same of the run's own record.
func results(run reproduce.Run) map[string]string {
	found := map[string]string{}
	for _, r := range run.Results() {
		found[string(r.Side.Role)] = kinds(r.Readings)
	}
	return found
}

func TestLiveIsWhatTheRunSays(t *testing.T) {
	for name, c := range map[string]struct {
		alma, stream, control []int
		release               string
	}{
		"on both":             {alma: []int{1}, stream: []int{1}, release: "1-1.el9"},
		"on neither":          {release: "1-1.el9"},
		"flaky":               {alma: []int{1, 0, 1}, stream: []int{0, 1}, release: "1-1.el9"},
		"a broken attempt":    {alma: []int{127, 1}, stream: []int{1, 77, 1}, release: "1-1.el9"},
		"fixed, with control": {alma: []int{1}, control: []int{1}, release: "2-1.el9"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.has("alma9", "1-1.el9", c.alma...)
			w.has("stream9", c.release, c.stream...)
			w.has("stream9+gizmo", "1-1.el9", c.control...)
			live := w.play(t, request())
			if live.Err != nil {
				t.Fatal(live.Err)
			}
			want := results(live.Run)
			got := map[string]string{"alma": kinds(live.Sides[0].Readings), "stream": kinds(live.Sides[1].Readings)}
			if live.Sides[1].Control {
				got["control"] = kinds(live.Sides[1].ControlReadings)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the run's own record (-) and what was seen live (+):\n%s", diff)
			}
			if (c.control != nil) != live.Sides[1].Control {
				t.Errorf("a control: %t", live.Sides[1].Control)
			}

			// What is in the database looks the same afterwards.
			stored, err := runs.Stored(&live.Run, func(string) (reproduce.Log, error) { return reproduce.Log{}, nil })
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range stored.Sides {
				l := live.Sides[i]
				if kinds(s.Readings) != kinds(l.Readings) || s.Control != l.Control || kinds(s.ControlReadings) != kinds(l.ControlReadings) {
					t.Errorf("%s is stored otherwise than seen: %+v and %+v", s.Target.Name, s, l)
				}
			}
		})
	}
}

func TestLiveCached(t *testing.T) {
	w := newWorld(t)
	w.has("alma9", "1-1.el9", 1)
	w.has("stream9", "2-1.el9")
	w.has("stream9+gizmo", "1-1.el9", 1)
	w.play(t, request())
	live := w.play(t, request())
	for _, s := range live.Sides {
		if !s.Cached || s.CachedCount != 5 || len(s.Readings) != 0 {
			t.Errorf("%s: cached %t, %d, %d readings", s.Target.Name, s.Cached, s.CachedCount, len(s.Readings))
		}
	}
	if !live.Sides[1].Control || live.Sides[0].Control {
		t.Error("the control is not told from the side")
	}
	live = w.play(t, request(func(r *reproduce.Request) { r.Repeat = 7 }))
	if s := live.Sides[0]; s.CachedCount != 5 || kinds(s.Readings) != "++" || s.Attempt != 7 {
		t.Errorf("topped up: %d cached, %q, attempt %d", s.CachedCount, kinds(s.Readings), s.Attempt)
	}
}

// driven is a job that is held, so that a test can say what happens.
func driven(t *testing.T) (w *world, job *runs.Job, tell func(runs.EventsMsg)) {
	t.Helper()
	w = newWorld(t)
	w.engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { <-ctx.Done() }
	job, _ = w.Start(request())
	return w, job, func(m runs.EventsMsg) {
		m.Job, m.Report = job.ID, job.Report
		w.Apply(m)
	}
}

func event(kind reproduce.EventKind, at time.Duration, change func(*reproduce.Event)) reproduce.Event {
	e := reproduce.Event{Kind: kind, At: noon.Add(at), Target: "alma9"}
	if change != nil {
		change(&e)
	}
	return e
}

func step(kind reproduce.EventKind, at time.Duration, s reproduce.Step, err error) reproduce.Event {
	return event(kind, at, func(e *reproduce.Event) { e.Step, e.Err = s, err })
}

func TestLiveSteps(t *testing.T) {
	_, job, tell := driven(t)
	tell(runs.EventsMsg{Events: []reproduce.Event{
		step(reproduce.EventStep, 0, reproduce.StepResolve, nil), step(reproduce.EventStepEnd, time.Second, reproduce.StepResolve, nil),
		step(reproduce.EventStep, time.Second, reproduce.StepBase, nil), step(reproduce.EventStep, 4*time.Second, reproduce.StepRequire, nil)}})
	s := job.Live.Sides[0]
	if s.Step != reproduce.StepRequire || !s.Since.Equal(noon.Add(4*time.Second)) {
		t.Errorf("does %q since %s", s.Step, s.Since)
	}
	failed := &reproduce.StepError{Target: "alma9", Step: reproduce.StepRequire, Message: "no package gizmo", Advice: "correct require"}
	tell(runs.EventsMsg{Events: []reproduce.Event{step(reproduce.EventStepEnd, 6*time.Second, reproduce.StepRequire, failed)}})
	var took []string
	for _, one := range s.Steps {
		took = append(took, fmt.Sprintf("%s %s %t", one.Step, one.Ended.Sub(one.Began), one.Err != nil))
	}
	if want := []string{"resolve 1s false", "base 3s false", "require 2s true"}; !slices.Equal(took, want) {
		t.Errorf("steps %v, not %v", took, want)
	}
	_, end := s.Log.Range()
	if last := s.Log.At(end - 1); s.Step != "" || !errors.Is(s.Err, failed) || last.Kind != runs.LineFailed || last.Text != "no package gizmo; correct require" {
		t.Errorf("does %q, failed by %v, last line %+v", s.Step, s.Err, last)
	}

	// An older image stands in: the run goes on.
	tell(runs.EventsMsg{Events: []reproduce.Event{event(reproduce.EventStepEnd, 7*time.Second, func(e *reproduce.Event) {
		e.Step, e.Err, e.Text = reproduce.StepBase, failed, "what was prepared earlier is used"
	}), event(reproduce.EventAttempt, 7*time.Second, func(e *reproduce.Event) { e.Number, e.Of = 1, 2 })}})
	if s.Err != nil || s.Step != reproduce.StepTest || s.Attempt != 1 || s.Of != 2 {
		t.Errorf("goes on: %+v", s)
	}
	tell(runs.EventsMsg{Events: []reproduce.Event{{Kind: reproduce.EventStepEnd, Text: "the sweep", Err: errors.New("busy")}, event(reproduce.EventStepEnd, 0, func(e *reproduce.Event) { e.Target = "new1" })}})
	if len(job.Live.Notes) != 1 || len(job.Live.Sides) != 3 {
		t.Errorf("%q, %d sides", job.Live.Notes, len(job.Live.Sides))
	}
}

func TestLiveLosesLinesOnly(t *testing.T) {
	_, job, tell := driven(t)
	line := event(reproduce.EventLine, 0, func(e *reproduce.Event) { e.Line.Text = "x"; e.Step = reproduce.StepTest })
	reading := event(reproduce.EventReading, 0, func(e *reproduce.Event) { e.Number, e.Reading.Kind = 1, reproduce.Seen })
	tell(runs.EventsMsg{Events: []reproduce.Event{event(reproduce.EventAttempt, 0, func(e *reproduce.Event) { e.Number = 1 }), line, line, reading},
		Dropped: map[string]int{"alma9": 1200, "stream9": 3}})
	s := job.Live.Sides[0]
	var got []runs.LineKind
	for first, end := s.Log.Range(); first < end; first++ {
		got = append(got, s.Log.At(first).Kind)
	}
	if want := []runs.LineKind{runs.LineAttempt, runs.LineOutput, runs.LineOutput, runs.LineLost, runs.LineReading}; !slices.Equal(got, want) {
		t.Errorf("lines %v, not %v", got, want)
	}
	if s.Dropped != 1200 || job.Live.Sides[1].Dropped != 3 || kinds(s.Readings) != "+" {
		t.Errorf("%d and %d dropped, readings %q", s.Dropped, job.Live.Sides[1].Dropped, kinds(s.Readings))
	}
}

func TestLiveQuestion(t *testing.T) {
	_, job, tell := driven(t)
	target := reproduce.BuiltinTargets()["alma9"]
	ask := &runs.Question{Target: target, Attempt: reproduce.Attempt{Number: 1}, Answer: make(chan reproduce.Answer, 1)}
	reading := func(target string, number int) reproduce.Event {
		return event(reproduce.EventReading, 0, func(e *reproduce.Event) { e.Target, e.Number = target, number })
	}
	tell(runs.EventsMsg{Ask: ask})
	tell(runs.EventsMsg{Events: []reproduce.Event{reading("stream9", 1)}})
	if job.Live.Question != ask {
		t.Error("the question is gone with what another side says")
	}
	tell(runs.EventsMsg{Events: []reproduce.Event{reading("alma9", 1)}})
	if job.Live.Question != nil {
		t.Error("the question stays after its answer")
	}
	tell(runs.EventsMsg{Ask: ask, Events: []reproduce.Event{reading("alma9", 1)}})
	if job.Live.Question != nil {
		t.Error("a question whose run was cancelled is put")
	}
}

func TestRing(t *testing.T) {
	var r runs.Ring
	for i := range runs.Kept + 10 {
		r.Add(runs.Line{Number: i})
	}
	first, end := r.Range()
	if first != 10 || end != runs.Kept+10 || r.At(first).Number != 10 || r.At(end-1).Number != end-1 {
		t.Errorf("%d to %d: %d to %d", first, end, r.At(first).Number, r.At(end-1).Number)
	}
	// Lines of 64 KiB do not fill the memory.
	for range runs.Kept {
		r.Add(runs.Line{Text: string(make([]byte, 64<<10))})
	}
	kept := 0
	for first, end = r.Range(); first < end; first++ {
		kept += len(r.At(first).Text)
	}
	if kept > 33<<20 || kept < 30<<20 {
		t.Errorf("%d bytes are kept", kept)
	}
}

func TestStoredShowsWhatWasPrinted(t *testing.T) {
	w := newWorld(t)
	w.has("alma9", "1-1.el9", 1)
	w.has("stream9", "1-1.el9", 1)
	w.engine.Scripts["alma9"].Facts[0].Excerpt = "the end\nof it\n"
	w.engine.Scripts["stream9"].PrepareErr = &reproduce.StepError{Target: "stream9", Step: reproduce.StepRequire, Message: "no gizmo", Output: "dnf says\nno\n"}
	live := w.play(t, request())
	stored, err := runs.Stored(&live.Run, func(id string) (reproduce.Log, error) {
		if id == live.Run.Sides[0].Attempts[1].ID {
			return reproduce.Log{Lines: []reproduce.LogLine{{Text: "printed", Stream: reproduce.Stderr}}, Dropped: 7}, nil
		}
		return reproduce.Log{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text := func(s *runs.Side) (lines []string) {
		for first, end := s.Log.Range(); first < end; first++ {
			lines = append(lines, fmt.Sprint(s.Log.At(first).Kind, " ", s.Log.At(first).Text))
		}
		return lines
	}
	if diff := cmp.Diff([]string{"2 ", "0 the end", "0 of it", "3 exit status 1", "2 ", "0 printed", "5 7 bytes of output were not kept", "3 exit status 1"}, text(stored.Sides[0])); diff != "" {
		t.Errorf("AlmaLinux (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"0 dnf says", "0 no", "6 no gizmo"}, text(stored.Sides[1])); diff != "" {
		t.Errorf("Stream (-want +got):\n%s", diff)
	}
	if _, err := runs.Stored(&live.Run, func(string) (reproduce.Log, error) { return reproduce.Log{}, errors.New("damaged") }); err == nil {
		t.Error("a log that cannot be read is no error")
	}
}
