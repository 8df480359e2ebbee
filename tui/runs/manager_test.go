package runs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/runs"
)

// of asks for the run of another report.
func of(report string) func(*reproduce.Request) {
	return func(r *reproduce.Request) { r.Report = report }
}

// finish plays a job to its end and returns its last message.
func (w *world) finish(t *testing.T, next tea.Cmd) (last runs.EventsMsg) {
	t.Helper()
	for next != nil {
		last = next().(runs.EventsMsg)
		next = w.Apply(last)
	}
	if !last.Ended {
		t.Fatal("the run has no end")
	}
	return last
}

// Runs go on beside each other; each is there until its end was told.
func TestManagerKeepsJobs(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) {
		select {
		case <-release:
		case <-ctx.Done():
		}
	}
	one, nextOne := w.Start(request())
	two, nextTwo := w.Start(request(of("almbz#2")))
	if one.ID == two.ID || len(w.Running()) != 2 || w.Of("almbz#1") != one || w.Of("almbz#2") != two || w.Of("almbz#3") != nil {
		t.Fatalf("%+v", w.Running())
	}
	close(release)
	if end := w.finish(t, nextOne); end.Err != nil || end.Report != "almbz#1" || end.Job != one.ID || end.Run.State != reproduce.RunDone {
		t.Errorf("%+v", end)
	}
	if len(w.Running()) != 1 || w.Of("almbz#1") != nil {
		t.Errorf("%+v", w.Running())
	}
	if msg := one.Next()(); msg != nil {
		t.Errorf("after its end comes %+v", msg)
	}
	if w.Apply(runs.EventsMsg{Job: one.ID, Report: "almbz#1"}) != nil {
		t.Error("more is asked for of a job that has ended")
	}
	w.finish(t, nextTwo)
	if len(w.Running()) != 0 {
		t.Errorf("%+v", w.Running())
	}
}

// A cancelled run ends in good order, and says that it was interrupted; another
// one goes on.
func TestManagerCancels(t *testing.T) {
	w := newWorld(t)
	begun := make(chan struct{}, 8)
	w.engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) {
		begun <- struct{}{}
		<-ctx.Done()
	}
	job, next := w.Start(request())
	<-begun
	other, _ := w.Start(request(of("almbz#2")))
	job.Cancel()
	end := w.finish(t, next)
	if reproduce.CodeOf(end.Err) != reproduce.CodeInterrupted || end.Run.State != reproduce.RunInterrupted || !job.Live.Ended {
		t.Errorf("it ended as %s with %v", end.Run.State, end.Err)
	}
	if w.Of("almbz#2") != other || other.Live.Ended {
		t.Error("the other one is gone")
	}
}

// Close cancels what goes on and waits for it, but not for ever.
func TestManagerCloses(t *testing.T) {
	w := newWorld(t)
	begun, clean := make(chan struct{}, 8), make(chan struct{})
	w.engine.Hold = func(context.Context, reproduce.AttemptSpec) { // one that cleans up for a while
		begun <- struct{}{}
		<-clean
	}
	job, _ := w.Start(request())
	<-begun
	short, done := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer done()
	if err := w.Close(short); err == nil || !strings.Contains(err.Error(), "next start") {
		t.Errorf("it waited for what did not end: %v", err)
	}
	close(clean)
	if err := w.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if end := w.finish(t, job.Next()); reproduce.CodeOf(end.Err) != reproduce.CodeInterrupted {
		t.Errorf("it ended with %v", end.Err)
	}
}

// Where recipes cannot run a run ends with the reason, and what breaks down in
// one takes nothing else along.
func TestManagerFailures(t *testing.T) {
	m := runs.NewManager(t.Context(), func() (*reproduce.Lab, error) { return nil, errors.New("no podman") })
	if _, err := m.Lab(); err == nil || err.Error() != "no podman" {
		t.Error(err)
	}
	job, next := m.Start(request())
	if end := next().(runs.EventsMsg); !end.Ended || end.Err == nil || end.Err.Error() != "no podman" || end.Report != job.Report {
		t.Errorf("%+v", end)
	}
	m = runs.NewManager(t.Context(), func() (*reproduce.Lab, error) { panic("the lab is on fire") })
	_, next = m.Start(request())
	if end := next().(runs.EventsMsg); !end.Ended || end.Err == nil || !strings.Contains(end.Err.Error(), "the lab is on fire") || !strings.Contains(end.Err.Error(), "manager_test.go") {
		t.Errorf("%+v", end)
	}
}

// chatty is an engine whose attempts print.
type chatty struct {
	reproduce.Engine
	lines int
}

// Attempt implements reproduce.Engine.
func (e chatty) Attempt(ctx context.Context, spec reproduce.AttemptSpec, watch func(reproduce.Event)) (reproduce.Result, error) {
	for i := range e.lines {
		watch(reproduce.Event{Kind: reproduce.EventLine, Target: spec.Target.Name, Step: reproduce.StepTest, Number: spec.Number, Line: reproduce.LogLine{Text: fmt.Sprint("line ", i)}})
	}
	return e.Engine.Attempt(ctx, spec, watch)
}

// Of what a container prints faster than anybody reads lines are dropped and
// counted; all else arrives.
func TestManagerDropsLines(t *testing.T) {
	const lines = 30_000
	w := newWorld(t)
	w.has("alma9", "1-1.el9", 1)
	w.has("stream9", "1-1.el9", 1)
	lab, err := w.Lab()
	if err != nil {
		t.Fatal(err)
	}
	lab.Engine = chatty{w.engine, lines}
	job, next := w.Start(request())
	seen, dropped, attempts := 0, 0, 0
	for next != nil {
		msg := next().(runs.EventsMsg)
		for _, e := range msg.Events {
			switch e.Kind {
			case reproduce.EventLine:
				seen++
			case reproduce.EventAttempt:
				attempts++
			}
		}
		for _, n := range msg.Dropped {
			dropped += n
		}
		next = w.Apply(msg)
	}
	if attempts != 4 || seen+dropped != attempts*lines || dropped == 0 {
		t.Errorf("%d attempts; %d lines seen and %d dropped", attempts, seen, dropped)
	}
	told := 0
	for _, s := range job.Live.Sides {
		told += s.Dropped
		if kinds(s.Readings) != "++" {
			t.Errorf("%s: %q", s.Target.Name, kinds(s.Readings))
		}
	}
	if told != dropped {
		t.Errorf("%d lines are told of as dropped, not %d", told, dropped)
	}
}

// Events come in batches: ten times a second a screen is drawn, not for each.
func TestManagerBatches(t *testing.T) {
	w := newWorld(t)
	w.has("alma9", "1-1.el9", 1)
	w.has("stream9", "1-1.el9", 1)
	for _, s := range w.engine.Scripts {
		s.Delay = 5 * time.Millisecond
	}
	_, next := w.Start(request(func(r *reproduce.Request) { r.Repeat = 40 }))
	began, messages, events := time.Now(), 0, 0
	for next != nil {
		msg := next().(runs.EventsMsg)
		messages++
		events += len(msg.Events)
		next = w.Apply(msg)
	}
	if most := int(time.Since(began)/(100*time.Millisecond)) + 2; messages > most || events < 160 {
		t.Errorf("%d events came in %d messages, more than %d", events, messages, most)
	}
}

// A question waits for its answer, and is over when the run is cancelled.
func TestManagerAsks(t *testing.T) {
	w := newWorld(t)
	ask := func(r *reproduce.Request) { r.Recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleAsk} }
	job, next := w.Start(request(ask))
	answered := 0
	for next != nil {
		msg := next().(runs.EventsMsg)
		if msg.Ask != nil {
			answered++
			msg.Ask.Answer <- reproduce.Answer{Seen: true, By: "tester", At: noon}
		}
		next = w.Apply(msg)
	}
	if job.Live.Err != nil || answered == 0 || !strings.HasPrefix(kinds(job.Live.Sides[0].Readings), "+") {
		t.Errorf("%d answers, %v, %q", answered, job.Live.Err, kinds(job.Live.Sides[0].Readings))
	}
	job, next = w.Start(request(ask, func(r *reproduce.Request) { r.Fresh = true }))
	for next != nil {
		msg := next().(runs.EventsMsg)
		if msg.Ask != nil {
			job.Cancel()
		}
		next = w.Apply(msg)
	}
	if reproduce.CodeOf(job.Live.Err) != reproduce.CodeInterrupted || job.Live.Question != nil {
		t.Errorf("it ended with %v, and asks %+v", job.Live.Err, job.Live.Question)
	}
}
