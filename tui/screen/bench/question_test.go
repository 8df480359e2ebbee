package bench_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestQuestion(t *testing.T) {
	for key, want := range map[string]reproduce.Answer{"y": {Seen: true}, "n": {}, "u": {Unsure: true}} {
		t.Run(key, func(t *testing.T) {
			b := running(t)
			b.press("/", "x", "enter", "3")
			answer := b.ask("stream9")
			b.has("Is the bug there, on CentOS Stream 9?", "exit status is 3", "y yes  n no  u unsure", "▸ CentOS Stream 9", "? waits for an answer", "[1 Output]")
			b.press(key) // meant for something else
			if !strings.Contains(b.said(), "came up just now") || len(answer) > 0 {
				t.Errorf("answered at once; said %q", b.said())
			}
			b.Clock = b.Clock.Add(time.Second)
			b.press("k", "j", "tab", "tab")
			b.press(key)
			select {
			case got := <-answer:
				want.By, want.At = "tester", b.Clock
				if got != want {
					t.Errorf("answered %+v, not %+v", got, want)
				}
			default:
				t.Fatal("not answered")
			}
			b.has("answered")
			b.press(key) // once is enough
			b.events(reading("stream9", time.Minute, 1, reproduce.Seen, "a person saw it"))
			b.lacks("Is the bug there", "waits")
			b.press("y")
			if len(b.Copied) != 1 {
				t.Error("y does not copy any more")
			}
		})
	}
}

// TestQuestionWaits: who opens the Bench later is asked, too.
func TestQuestionWaits(t *testing.T) {
	b := running(t)
	b.ask("stream9")
	b.open()
	b.has("Is the bug there, on CentOS Stream 9?", "▸ CentOS Stream 9")
	if b.s.Scope() != bench.Answer {
		t.Errorf("the scope is %s", b.s.Scope())
	}
}

func TestQuestionNeedsAName(t *testing.T) {
	b := running(t)
	b.Person = func() (string, error) { return "", errors.New("who are you?") }
	answer := b.ask("alma9")
	b.Clock = b.Clock.Add(time.Second)
	b.press("y")
	if b.said() != "who are you?" || len(answer) > 0 {
		t.Errorf("said %q", b.said())
	}
	b.Person = func() (string, error) { return "jane", nil }
	if b.press("y"); (<-answer).By != "jane" {
		t.Error("it cannot be answered again")
	}
}

// TestAskWholeRun: a recipe that asks, through the root.
func TestAskWholeRun(t *testing.T) {
	b := newBed(t, theme.None)
	b.SetRecipe(t, id, tuitest.Gizmo+"extra-almatriage:\n  reproduced-when: ask\n", reproduce.OriginSet)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	d := tuitest.New(t, b.Env, func(env *screen.Env) screen.Screen { return bench.New(env, id, "") }, 120, 40)
	d.Keys("r")
	for range 2 { // a side each; which comes first is nobody's business
		d.Wait("y yes")
		d.Keys("y")
		d.Has("came up just now")
		b.Clock = b.Clock.Add(time.Second)
		d.Keys("y")
	}
	d.Wait("Suggested: stream-reproducible")
}
