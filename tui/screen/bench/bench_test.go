package bench_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/viewport"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
)

// batch is what a side may bring at once (runs.most): 4,000 lines, some of
// them in colours or in Japanese.
const batch = 4000

func batchOf(target string) []reproduce.Event {
	events := make([]reproduce.Event, batch)
	for i := range events {
		text := fmt.Sprintf("[%6d] checking gizmo component %d of the build tree, status ok, 12 ms elapsed since the last one", i, i%97)
		switch i % 10 {
		case 3:
			text = "\x1b[32mPASS\x1b[0m " + text
		case 7:
			text = "試験 " + text
		}
		events[i] = line(target, reproduce.Stdout, text)
	}
	return events
}

// BenchmarkOutput is a frame under load: a batch of 4,000 lines of each side,
// and the screen at 120×40. It stands beside the same batch in a
// bubbles/viewport, whose SetContent takes all of the log again.
func BenchmarkOutput(b *testing.B) {
	bed := newBed(b, theme.Dark).open()
	bed.start(bench.Options{})
	bed.attempting()
	events := append(batchOf("alma9"), batchOf("stream9")...)
	msg := runs.EventsMsg{Job: bed.job.ID, Report: id, Events: events}
	frame := func() {
		bed.Runs.Apply(msg)
		bed.s.Update(msg)
		if bed.s.View() == "" {
			b.Fatal("no frame")
		}
	}
	for range 3 { // the log is full
		frame()
	}
	var took []time.Duration
	b.ResetTimer()
	for b.Loop() {
		began := time.Now()
		frame()
		took = append(took, time.Since(began))
	}
	ours := b.Elapsed() / time.Duration(b.N)
	b.StopTimer()
	theirs := viewportFrame(events)
	b.ReportMetric(float64(ours.Microseconds())/1000, "ms/frame")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(float64(theirs)/float64(ours), "x-viewport")
	if ours > 16*time.Millisecond {
		b.Errorf("a frame takes %s", ours)
	}
}

// viewportFrame is how long a batch of both sides takes two viewports that hold
// as many lines; that the lines are cleaned before is left out.
func viewportFrame(events []reproduce.Event) time.Duration {
	panes := map[string]*viewport.Model{}
	logs := map[string][]string{}
	for _, target := range []string{"alma9", "stream9"} {
		v := viewport.New(59, 31)
		panes[target] = &v
	}
	for len(logs["alma9"]) < runs.Kept {
		for _, e := range events {
			logs[e.Target] = append(logs[e.Target], safe.Log(e.Line.Text).String())
		}
	}
	const rounds = 5
	began := time.Now()
	for range rounds {
		for target, v := range panes {
			v.SetContent(strings.Join(logs[target][len(logs[target])-runs.Kept:], "\n"))
			v.GotoBottom()
			_ = v.View()
		}
	}
	return time.Since(began) / rounds
}

// BenchmarkPaused is a frame while the output is paused and comes nevertheless.
func BenchmarkPaused(b *testing.B) {
	bed := newBed(b, theme.Dark).open()
	bed.start(bench.Options{})
	bed.attempting()
	msg := runs.EventsMsg{Job: bed.job.ID, Report: id, Events: append(batchOf("alma9"), batchOf("stream9")...)}
	bed.s.View()
	bed.press(" ")
	for b.Loop() {
		bed.Runs.Apply(msg)
		bed.s.Update(msg)
		bed.s.View()
	}
	b.ReportMetric(float64((b.Elapsed()/time.Duration(b.N)).Microseconds())/1000, "ms/frame")
}

// BenchmarkScroll is a key that scrolls a full log by a page.
func BenchmarkScroll(b *testing.B) {
	bed := newBed(b, theme.Dark).open()
	bed.start(bench.Options{})
	bed.tell(runs.EventsMsg{Events: append(batchOf("alma9"), batchOf("stream9")...)})
	bed.s.View()
	key := "pgup"
	for b.Loop() {
		bed.press(key)
		bed.s.View()
	}
	b.ReportMetric(float64((b.Elapsed()/time.Duration(b.N)).Microseconds())/1000, "ms/frame")
}

// BenchmarkSearch is a search through a full log of lines in colours that finds
// nothing: the slowest.
func BenchmarkSearch(b *testing.B) {
	bed := newBed(b, theme.Dark).open()
	bed.start(bench.Options{})
	var events []reproduce.Event
	for i := range runs.Kept {
		events = append(events, line("alma9", reproduce.Stdout, fmt.Sprintf("\x1b[32m%d\x1b[0m checking gizmo component of the build tree, status \x1b[1mok\x1b[0m, 12 ms elapsed", i)))
	}
	bed.events(events...)
	bed.s.View()
	bed.press("/")
	bed.press("q")
	bed.press("7")
	bed.press("enter")
	for b.Loop() {
		bed.press("n")
		bed.s.View()
	}
	b.ReportMetric(float64((b.Elapsed()/time.Duration(b.N)).Microseconds())/1000, "ms/frame")
}
