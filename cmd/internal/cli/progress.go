package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// progress tells on stderr how long work goes: on a terminal by lines that are
// written over, one for each tracker or side; piped by plain lines, one for
// each change.
type progress struct {
	app *app

	// head, if set, is a line above the others.
	head func() string

	mu      sync.Mutex
	order   []string
	rows    map[string]*progressRow
	shown   int // lines on the terminal
	paused  bool
	stop    chan struct{}
	stopped sync.WaitGroup
}

type progressRow struct {
	text  string
	since time.Time
	done  bool
}

func newProgress(a *app) *progress {
	p := &progress{app: a, rows: map[string]*progressRow{}, stop: make(chan struct{})}
	if a.ErrTTY {
		p.stopped.Go(p.tick)
	}
	return p
}

// tick keeps the elapsed times going.
func (p *progress) tick() {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
			p.mu.Lock()
			p.draw()
			p.mu.Unlock()
		}
	}
}

// pause takes the progress off the terminal, for results or a question.
func (p *progress) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.paused = true
}

// resume puts it back.
func (p *progress) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = false
}

// say writes a line of its own above the rows.
func (p *progress) say(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.write(line + "\n")
}

// close clears the terminal for the results.
func (p *progress) close() {
	close(p.stop)
	p.stopped.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// set says what a row is at. A line that is new restarts its clock.
func (p *progress) set(name, text string, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	row := p.rows[name]
	if row == nil {
		row = &progressRow{}
		p.rows[name] = row
		p.order = append(p.order, name)
	}
	if row.text == text && row.done == done {
		return
	}
	row.text, row.since, row.done = text, time.Now(), done
	if p.app.ErrTTY {
		p.draw()
		return
	}
	p.write(safe.Line(name+": "+text).String() + "\n")
}

// drop takes off the rows of a report that is done.
func (p *progress) drop(report string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	gone := func(name string) bool { return strings.HasPrefix(name, report+" ") }
	p.order = slices.DeleteFunc(p.order, gone)
	maps.DeleteFunc(p.rows, func(name string, _ *progressRow) bool { return gone(name) })
}

// write is best effort: progress that cannot be shown must not end the work.
func (p *progress) write(s string) {
	if _, err := fmt.Fprint(p.app.Err, s); err != nil {
		p.app.log.Debug("progress cannot be shown", "error", err)
	}
}

func (p *progress) clear() {
	if p.shown > 0 {
		p.write(fmt.Sprintf("\x1b[%dA\x1b[J", p.shown))
		p.shown = 0
	}
}

func (p *progress) draw() {
	if p.paused {
		return
	}
	p.clear()
	width := max(p.app.width(), 20)
	var b strings.Builder
	if p.head != nil {
		b.WriteString(safe.Line(p.head()).Truncate(width-1, "…").String() + "\n")
		p.shown++
	}
	for _, name := range p.order {
		row := p.rows[name]
		text := name + ": " + row.text
		if elapsed := time.Since(row.since); !row.done && elapsed >= time.Second {
			text += fmt.Sprintf(" (%s)", elapsed.Truncate(time.Second))
		}
		b.WriteString(safe.Line(text).Truncate(width-1, "…").String() + "\n")
		p.shown++
	}
	p.write(b.String())
}

// sync shows a sync's progress.
func (p *progress) sync(s tracker.Progress) {
	switch {
	case s.Done && s.Err != nil:
		p.set(s.Tracker, "failed", true)
	case s.Done:
		p.set(s.Tracker, "done", true)
	default:
		if p.app.ErrTTY { // a line a page is too much for a log
			p.set(s.Tracker, fmt.Sprintf("%s, page %d: %d new, %d updated", s.Feed, s.Pages, s.Counts.New, s.Counts.Updated), false)
		}
	}
}

// run shows a run's progress; lines of output are for those who watch one run.
func (p *progress) run(e reproduce.Event) {
	name := e.Report + " " + e.Target
	switch e.Kind {
	case reproduce.EventStep:
		text := map[reproduce.Step]string{reproduce.StepResolve: "pulling", reproduce.StepBase: "preparing: upgrading the base",
			reproduce.StepPrepare: "preparing: the recipe's script", reproduce.StepRequire: "preparing: installing packages",
			reproduce.StepPrint: "taking the fingerprint", reproduce.StepControl: "preparing a control"}[e.Step]
		if text == "" || e.Text != "" {
			text = strings.TrimSpace(text + " " + strings.TrimPrefix(e.Text, "pulling "))
		}
		p.set(name, text, false)
	case reproduce.EventStepEnd:
		if e.Err != nil {
			p.set(name, fmt.Sprintf("%s failed", e.Step), true)
		}
	case reproduce.EventAttempt:
		of := ""
		if e.Of >= e.Number {
			of = fmt.Sprintf(" of %d", e.Of)
		}
		p.set(name, fmt.Sprintf("attempt %d%s", e.Number, of), false)
	case reproduce.EventReading:
		p.set(name, fmt.Sprintf("attempt %d: %s", e.Number, e.Reading.Kind), true)
	case reproduce.EventCached:
		p.set(name, fmt.Sprintf("cached: %s, %s old", widget.Count(e.Number, "attempt"), e.Age.Truncate(time.Second)), true)
	case reproduce.EventLine, reproduce.EventDone:
	}
}
