package bench_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// hostile are texts that try to get out of their place.
func hostile() []string {
	return []string{"\x1b]52;c;aGk=\a", "\x1b]0;title\x1b\\", "\x1b]8;;http://x\x1b\\link", "\x1b[2J\x1b[H", "\x1b[6n", "\x1b[?1049l", "\x1bc", "\x1bP+q544e\x1b\\", "\x1b_G\x1b\\",
		"\u009b31m", "\x9b31m", "\x1b]0;unterminated", "a\bb\rc\x00\a\x7f", "\u0085\u2028\u2029", "\u202eabc\u2066", "zero\u200bwidth\u200d", "\xff\xfe\xc3", "日本語の長い長い長い長い行", "👩‍💻👩‍💻🏳️‍🌈",
		"e\u0301\u0301\u0301\u0301", strings.Repeat("x", 10_000), strings.Repeat("\x1b[31m", 3000), "tab\tab\t", "line\nbreak\nbreak", "\x1b[38;2;1;2;3mcolour", strings.Repeat("字", 400), ""}
}

// nasty is a Bench whose every text is hostile. pick chooses them.
func nasty(b *bed, pick func() string) {
	b.t.Helper()
	targets := reproduce.Targets{}
	for name, t := range b.Targets {
		t.Image, t.Release = pick(), pick()
		targets[name] = t
	}
	b.open().start(bench.Options{})
	for _, side := range b.job.Live.Sides {
		side.Target = targets[side.Target.Name]
	}
	var events []reproduce.Event
	for _, target := range []string{"alma9", "stream9"} {
		events = append(events, reproduce.Event{Kind: reproduce.EventStep, Target: target, Step: reproduce.Step(pick()), Text: pick(), At: at(0)},
			reproduce.Event{Kind: reproduce.EventStepEnd, Target: target, Step: reproduce.StepBase, Err: &reproduce.StepError{Target: pick(), Message: pick(), Advice: pick()}, At: at(time.Second)},
			reproduce.Event{Kind: reproduce.EventStepEnd, Target: target, Step: reproduce.StepRequire, Err: &reproduce.StepError{Message: pick()}, Text: pick()},
			attempt(target, time.Second, 1, 2))
		for range 30 {
			events = append(events, line(target, reproduce.Stream(pick()), pick()))
		}
		events = append(events, reading(target, 2*time.Second, 1, reproduce.ReadingKind(pick()), pick()))
	}
	b.tell(runs.EventsMsg{Events: events, Dropped: map[string]int{"alma9": 1 << 40}})
}

// nastyRun is a finished run of hostile texts.
func nastyRun(b *bed, pick func() string) reproduce.Run {
	run := reproduce.Run{ID: pick(), Report: id, RecipeHash: pick(), Recipe: reproduce.Recipe{Summary: pick(), Require: []string{"gizmo"}}, Started: at(0), State: reproduce.RunDone,
		Author: pick(), Imported: true, Suggestion: reproduce.Suggestion{Verdict: reproduce.Verdict(pick()), Reasons: []string{pick(), pick()}, Subject: "gizmo", Command: []string{pick(), pick()}}}
	for i, side := range b.job.Live.Sides {
		s := reproduce.Side{Target: side.Target, Role: []reproduce.Role{reproduce.RoleAlma, reproduce.RoleStream}[i], Image: reproduce.Image{Digest: pick()}, Err: &reproduce.StepError{Step: reproduce.Step(pick()), Message: pick(), Output: pick()}}
		s.Prepared.Print.Packages = rpm.NewSet([]rpm.Package{{Name: "gizmo", Source: "gizmo", Arch: pick(), EVR: rpm.EVR{Version: pick(), Release: pick()}}, {Name: pick(), Source: pick(), EVR: rpm.EVR{Version: "1"}}})
		s.Prepared.Print.Changelogs = map[string]string{"gizmo": "* Mon Jun 01 2026 " + pick() + " - 1\n- " + pick() + "\n"}
		run.Sides = append(run.Sides, s)
	}
	return run
}

// look checks the contract of View in all tabs, in a size.
func look(b *bed, w, h int) {
	b.t.Helper()
	b.s.Resize(w, h)
	for _, key := range []string{"1", "2", "3", "4", "5", "1", "z", "z", "g", "pgdown", "G"} {
		b.press(key)
		tuitest.Contract(b.t, b.s.View(), w, h)
	}
}

func FuzzView(f *testing.F) {
	for i, text := range hostile() {
		f.Add(text, uint64(i), uint16(120), uint16(38))
	}
	b := newBed(f, theme.Dark)
	f.Fuzz(func(t *testing.T, text string, seed uint64, w, h uint16) {
		b.t = t
		r := rand.New(rand.NewPCG(seed, seed))
		texts := append(hostile(), text, text, text, text, text, text, text, text)
		pick := func() string { return texts[r.IntN(len(texts))] }
		width, height := 1+int(w)%240, 1+int(h)%70
		nasty(b, pick)
		defer b.job.Cancel()
		look(b, width, height)
		b.press("/")
		for _, c := range strings.ToValidUTF8(text[:min(len(text), 8)], "?") {
			b.press(string(c))
			tuitest.Contract(t, b.s.View(), width, height)
		}
		b.press("enter")
		b.ask("alma9")
		look(b, width, height)
		b.tell(runs.EventsMsg{Ended: true, Run: nastyRun(b, pick)})
		look(b, width, height)
	})
}

// TestHostileReport: what the database says of a report is hostile, too, and
// so is why a run could not be made.
func TestHostileReport(t *testing.T) {
	b := &bed{World: newWorld(t, theme.Dark, func(r *tracker.Report) { r.Title = strings.Join(hostile(), " "); r.Private = true }), t: t}
	sizes := [][2]int{{20, 5}, {40, 8}, {80, 22}, {120, 38}, {240, 70}, {1, 1}}
	for i, text := range hostile() {
		b.open()
		b.start(bench.Options{})
		b.tell(runs.EventsMsg{Ended: true, Err: &reproduce.Error{Code: reproduce.CodeEngine, Message: text}, Events: []reproduce.Event{{Kind: reproduce.EventStepEnd, Text: text, Err: &reproduce.Error{Message: text}}}})
		size := sizes[i%len(sizes)]
		look(b, size[0], size[1])
		b.job.Cancel()
	}
}
