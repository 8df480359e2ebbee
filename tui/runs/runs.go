// Package runs keeps the runs that go on in this process: each in a goroutine
// of its own, whose events come to the screen in batches. State changes always
// arrive; lines of output beyond what a screen can show are dropped and
// counted. It imports reproduce and nothing of the screens.
package runs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
)

// every is the time between two batches of events of a run.
const every = 100 * time.Millisecond

// most is how many lines of output a side may bring in one batch.
const most = 4000

// mostBytes is how much text they may have: lines can be long.
const mostBytes = 8 << 20

// Manager keeps the runs of this process. Its methods are for the goroutine of
// the interface.
type Manager struct {
	ctx  context.Context
	lab  func() (*reproduce.Lab, error)
	next int
	jobs []*Job

	running sync.WaitGroup
}

// NewManager makes one. lab is asked for when it is first needed; its runs end
// with the context.
func NewManager(ctx context.Context, lab func() (*reproduce.Lab, error)) *Manager {
	return &Manager{ctx: ctx, lab: lab}
}

// Lab is the lab that runs are made in.
func (m *Manager) Lab() (*reproduce.Lab, error) { return m.lab() }

// Job is one run that goes on, or has ended.
type Job struct {
	ID      int
	Report  string
	Request reproduce.Request
	// Live is what the job's events came to so far.
	Live   *Live
	cancel context.CancelFunc
	feed   *feed
}

// EventsMsg is what happened in a job since the last one.
type EventsMsg struct {
	Job    int
	Report string
	Events []reproduce.Event
	// Dropped are the lines, by target, that were too many.
	Dropped map[string]int
	// Ask, if set, waits for a person's answer before the run goes on.
	Ask *Question
	// Ended tells that this is the last one: Run or Err is how.
	Ended bool
	Run   reproduce.Run
	Err   error
}

// Question is reproduced-when: ask, put to who sits there.
type Question struct {
	Target  reproduce.Target
	Attempt reproduce.Attempt
	Answer  chan<- reproduce.Answer // takes one
}

// Start begins a run. The command waits for its first events; after each
// EventsMsg that has not Ended, Next must be called for more.
func (m *Manager) Start(req reproduce.Request) (*Job, tea.Cmd) {
	ctx, cancel := context.WithCancel(m.ctx)
	m.next++
	job := &Job{ID: m.next, Report: req.Report, Request: req, Live: newLive(req), cancel: cancel, feed: newFeed()}
	req.Ask = job.feed.ask
	m.jobs = append(m.jobs, job)
	m.running.Go(func() {
		defer cancel()
		run, err := job.run(ctx, m.lab, req)
		job.feed.end(run, err)
	})
	return job, job.Next()
}

// run makes the run; a panic in it ends this run and not the program.
func (j *Job) run(ctx context.Context, lab func() (*reproduce.Lab, error), req reproduce.Request) (run reproduce.Run, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the run broke down: %v\n%s", p, debug.Stack())
		}
	}()
	l, err := lab()
	if err != nil {
		return run, err
	}
	return l.Run(ctx, req, j.feed.add)
}

// Cancel ends a job in good order; its end comes as an EventsMsg.
func (j *Job) Cancel() { j.cancel() }

// Apply brings a job up to what a message tells, and waits for the next one.
func (m *Manager) Apply(e EventsMsg) tea.Cmd {
	i := slices.IndexFunc(m.jobs, func(j *Job) bool { return j.ID == e.Job })
	if i < 0 {
		return nil
	}
	job := m.jobs[i]
	job.Live.apply(e)
	if e.Ended {
		m.jobs = slices.Delete(m.jobs, i, i+1)
		return nil
	}
	return job.Next()
}

// Running are the jobs whose end was not told yet.
func (m *Manager) Running() []*Job { return m.jobs }

// Of is the job of a report that goes on, nil if there is none.
func (m *Manager) Of(report string) *Job {
	for _, j := range m.Running() {
		if j.Report == report {
			return j
		}
	}
	return nil
}

// Close cancels all runs and waits until they have cleaned up after
// themselves, for as long as the context lives.
func (m *Manager) Close(ctx context.Context) error {
	for _, j := range m.jobs {
		j.cancel()
	}
	done := make(chan struct{})
	go func() {
		m.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("the runs did not end in time; what they left is removed at the next start")
	}
}
