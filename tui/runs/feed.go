package runs

import (
	"context"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
)

// feed gathers the events of a run between two looks of the interface.
type feed struct {
	mu      sync.Mutex
	events  []reproduce.Event
	lines   map[string]int // of this batch, by target
	bytes   map[string]int // of those lines
	dropped map[string]int
	asked   *Question
	ended   bool
	last    bool // the end was handed out
	run     reproduce.Run
	err     error

	news chan struct{} // holds one: there is something
}

func newFeed() *feed {
	return &feed{lines: map[string]int{}, bytes: map[string]int{}, dropped: map[string]int{}, news: make(chan struct{}, 1)}
}

// tell wakes who waits; the lock is held.
func (f *feed) tell() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// add takes an event, of any goroutine.
func (f *feed) add(e reproduce.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Kind == reproduce.EventLine {
		if f.lines[e.Target] >= most || f.bytes[e.Target] >= mostBytes {
			f.dropped[e.Target]++
			return
		}
		f.lines[e.Target]++
		f.bytes[e.Target] += len(e.Line.Text)
	}
	f.events = append(f.events, e)
	f.tell()
}

// ask puts a question and waits for the answer.
func (f *feed) ask(ctx context.Context, target reproduce.Target, attempt reproduce.Attempt) (reproduce.Answer, error) {
	answer := make(chan reproduce.Answer, 1)
	f.mu.Lock()
	f.asked = &Question{Target: target, Attempt: attempt, Answer: answer}
	f.tell()
	f.mu.Unlock()
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return reproduce.Answer{}, ctx.Err()
	}
}

func (f *feed) end(run reproduce.Run, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.run, f.err, f.ended = run, err, true
	f.tell()
}

func (f *feed) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}

// take hands out what has gathered.
func (f *feed) take(m *EventsMsg) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m.Events, m.Dropped, m.Ask = f.events, f.dropped, f.asked
	m.Ended, m.Run, m.Err = f.ended, f.run, f.err
	f.events, f.lines, f.bytes, f.dropped, f.asked = nil, map[string]int{}, map[string]int{}, map[string]int{}, nil
	f.last = f.ended
}

// Next waits for what happens next, and gathers for a moment what comes with
// it. It returns nil when the end was told already.
func (j *Job) Next() tea.Cmd {
	return func() tea.Msg {
		j.feed.mu.Lock()
		last := j.feed.last
		j.feed.mu.Unlock()
		if last {
			return nil
		}
		<-j.feed.news // a run always ends, and its end is news
		if !j.feed.over() {
			time.Sleep(every)
		}
		m := EventsMsg{Job: j.ID, Report: j.Report}
		j.feed.take(&m)
		return m
	}
}
