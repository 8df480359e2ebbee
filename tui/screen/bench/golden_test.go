package bench_test

import (
	"maps"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
)

// states are what the Bench can look like.
func states() map[string]func(*bed) {
	all := going()
	maps.Copy(all, over())
	return all
}

// going are those of a run that goes on.
func going() map[string]func(*bed) {
	return map[string]func(*bed){
		"empty":     func(b *bed) { b.open() },
		"preparing": func(b *bed) { b.open().start(bench.Options{}); b.preparing() },
		"attempting": func(b *bed) {
			b.open().start(bench.Options{})
			b.attempting()
		},
		"paused": func(b *bed) {
			b.open().start(bench.Options{})
			b.attempting()
			b.s.View()
			b.press(" ")
			b.tell(runs.EventsMsg{Events: lines("alma9", 51, 1290), Dropped: map[string]int{"stream9": 77}})
		},
		"fullscreen": func(b *bed) {
			b.open().start(bench.Options{})
			b.attempting()
			b.press("tab", "z")
		},
		"question": func(b *bed) {
			b.open().start(bench.Options{})
			b.preparing()
			b.events(stepEnd("alma9", 36*time.Second, reproduce.StepRequire, nil), attempt("alma9", 36*time.Second, 1, 1), attempt("stream9", 36*time.Second, 1, 1),
				line("alma9", reproduce.Stdout, "a window that flickers, drawn in text"))
			b.Clock = at(38 * time.Second)
			b.ask("alma9")
		},
		"three": func(b *bed) {
			b.open().start(bench.Options{With: []string{"ubi"}})
			b.attempting()
		},
	}
}

// over are those of a run that has ended.
func over() map[string]func(*bed) {
	return map[string]func(*bed){
		"done": func(b *bed) {
			b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
			b.open().run(bench.Options{})
		},
		"inconclusive": func(b *bed) {
			b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
			b.Engine.Scripts["stream9"].PrepareErr = &reproduce.StepError{Target: "stream9", Step: reproduce.StepRequire, Message: "No match for argument: gizmo",
				Advice: "correct require in the recipe", Output: "Error: Unable to find a match: gizmo\n"}
			b.open().run(bench.Options{})
		},
		"cached": func(b *bed) {
			b.play(true, false, "3.2.0-4.el9", "3.2.0-4.el9")
			b.open().run(bench.Options{})
			b.Clock = at(3 * time.Hour)
			b.run(bench.Options{})
		},
		"suggestion": func(b *bed) { b.different(); b.press("2") },
		"diff":       func(b *bed) { b.different(); b.press("3") },
		"packages":   func(b *bed) { b.different(); b.press("4") },
		"changelog":  func(b *bed) { b.different(); b.press("5") },
		"stored": func(b *bed) {
			b.different()
			b.Clock = at(26 * time.Hour)
			b.open()
		},
		"cancelled": func(b *bed) {
			b.open().start(bench.Options{})
			b.attempting()
			b.press("x")
			b.tell(runs.EventsMsg{Events: []reproduce.Event{reading("alma9", 46*time.Second, 2, reproduce.Broken, "interrupted"), reading("stream9", 46*time.Second, 2, reproduce.Broken, "interrupted")},
				Ended: true, Err: &reproduce.Error{Code: reproduce.CodeInterrupted, Message: "interrupted"}})
		},
		"failed": func(b *bed) {
			b.open().start(bench.Options{})
			b.tell(runs.EventsMsg{Ended: true, Err: &reproduce.Error{Code: reproduce.CodeEngine, Message: "podman is not installed; install it with: dnf install podman"}})
		},
	}
}

// different is a finished run whose sides differ: the fix is in Stream.
func (b *bed) different() {
	b.t.Helper()
	b.play(true, false, "3.2.0-4.el9", "3.2.0-5.el9")
	b.Engine.Scripts["stream9"].Packages = append(b.Engine.Scripts["stream9"].Packages, rpm.Package{Name: "widget-libs", Source: "widget", Arch: "x86_64", EVR: rpm.EVR{Version: "1.0", Release: "2.el9"}})
	b.Engine.Scripts["stream9+gizmo"] = b.Engine.Scripts["alma9"]
	b.Engine.Scripts["alma9"].Changelogs = map[string]string{"gizmo": "* Mon Jun 01 2026 Jane Roe <jane@example.org> - 3.2.0-4\n- rebuilt\n"}
	b.Engine.Scripts["stream9"].Changelogs = map[string]string{"gizmo": "* Wed Jul 01 2026 Jane Roe <jane@example.org> - 3.2.0-5\n- add the right amount\n- Resolves: RHEL-12345\n\n* Mon Jun 01 2026 Jane Roe <jane@example.org> - 3.2.0-4\n- rebuilt\n"}
	b.open().run(bench.Options{})
}

// ask puts the question of reproduced-when: ask, and returns where the answer goes.
func (b *bed) ask(target string) <-chan reproduce.Answer {
	answer := make(chan reproduce.Answer, 1)
	b.tell(runs.EventsMsg{Ask: &runs.Question{Target: b.Targets[target], Attempt: reproduce.Attempt{Number: 1, Facts: reproduce.Facts{Status: 3}}, Answer: answer}})
	return answer
}

func TestGolden(t *testing.T) {
	for state, reach := range states() {
		for _, look := range []theme.Name{theme.Light, theme.Dark, theme.None} {
			t.Run(state+"/"+string(look), func(t *testing.T) {
				t.Parallel()
				b := newBed(t, look)
				reach(b)
				b.golden(state, look)
			})
		}
	}
}
