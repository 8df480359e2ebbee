package guide_test

import (
	"context"
	"errors"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	domain "github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/quit"
	"github.com/almatriage/almatriage/tui/theme"
)

// TestKilledAnywhere: killed at every question more than a moment after the last
// key, the guide goes on at the same question with the same text.
func TestKilledAnywhere(t *testing.T) {
	w := newWorld(t, theme.None)
	b := open(t, w, screen.GuideMsg{Report: screen.NewBug}, 100, 30)
	answers := map[domain.Question]string{domain.Title: "gizmo adds one too many, always", domain.Release: "9.6", domain.Package: "gizmo",
		domain.Version: "gizmo-1-1", domain.Require: "gizmo bc", domain.Prepare: "true\n# é 日本\n", domain.History: "2-3", domain.Commands: "set -x\n",
		domain.Pattern: "/got [0-9]+/", domain.Save: "-"}
	chosen := map[domain.Question]string{domain.Source: "1", domain.Happens: "2"}
	seen := map[domain.Question]bool{}
	for range 30 {
		at := b.screen().At()
		if at == domain.Run || at == domain.Done {
			break
		}
		seen[at] = true
		b.Type(answers[at])
		b.later()
		typed, number := b.screen().Typed(), b.stored().ID
		b = open(t, w, screen.GuideMsg{Resume: number}, 100, 30)
		b.at(at)
		if got := b.screen().Typed(); got != typed {
			t.Errorf("%s: %q is typed, not %q", at, got, typed)
		}
		switch {
		case at == domain.Look:
			b.look()
			b.Wait("Suggested:")
			b.Keys("esc")
		case b.screen().Scope() == "guide-edit":
			b.Keys("ctrl+s")
		case chosen[at] != "":
			b.Keys(chosen[at])
		default:
			b.Keys("enter")
		}
		if len(seen) > 1 && b.screen().At() == at {
			t.Fatalf("it does not go on from %s:\n%s", at, b.Screen())
		}
	}
	for _, q := range []domain.Question{domain.Title, domain.Same, domain.Release, domain.Package, domain.Version, domain.Require, domain.Prepare, domain.Network,
		domain.Source, domain.History, domain.Commands, domain.Happens, domain.Pattern, domain.Look, domain.Save} {
		if !seen[q] {
			t.Errorf("%s was not asked", q)
		}
	}
	b.at(domain.Done)
}

// TestKilledAfterGoingBack: what was typed at a question that was gone back from
// is stored, too.
func TestKilledAfterGoingBack(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Commands)
	b.Type("# mine\n")
	b.Keys("esc")
	b = open(t, w, screen.GuideMsg{Resume: b.stored().ID}, 100, 30)
	b.at(domain.Source)
	b.Keys("enter")
	b.Has("1 # mine")
}

// TestStoredOnQuit: what was typed just now is stored before the program ends.
func TestStoredOnQuit(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.Type("9.5")
	if !b.screen().Unsaved() {
		t.Error("it is not told that it is unsaved")
	}
	b.Keys("ctrl+c")
	if !b.Quit || b.stored().Typed != "9.5" {
		t.Errorf("quit %v, and stored %q", b.Quit, b.stored().Typed)
	}
	b = open(t, w, screen.GuideMsg{Resume: b.stored().ID}, 100, 30)
	if b.screen().Unsaved() || b.screen().Typed() != "9.5" {
		t.Errorf("typed %q", b.screen().Typed())
	}
	b.Keys("ctrl+c")
	if !b.Quit {
		t.Error("nothing was to be stored, and it does not quit")
	}
}

// TestStoringFails: then it is asked before the program ends.
func TestStoringFails(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	ctx, cancel := context.WithCancel(b.Env.Ctx)
	b.Env.Ctx = ctx
	cancel()
	b.Type("9.5")
	b.Keys("ctrl+c")
	if _, asks := b.Root.Top().(*quit.Dialog); b.Quit || !asks {
		t.Errorf("quit %v; the screen is\n%s", b.Quit, b.Screen())
	}
	b.Has("A recipe or an answer is being written")
}

// TestStaleAnswers: a text that comes to be stored late does not overtake what
// was typed since, nor an answer.
func TestStaleAnswers(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.Type("9")
	early := b.putOff
	b.Type(".5")
	b.Send(early...)
	if got := b.stored().Typed; got != "" {
		t.Errorf("stored %q, before its time", got)
	}
	due := b.putOff[len(b.putOff)-1]
	_, storing := b.Root.Update(due) // it is being stored …
	_, waiting := b.Root.Update(tea.KeyMsg{Type: tea.KeyEnter})
	b.Has("> 9.5") // … and the answer waits for that
	run(b, waiting)
	run(b, storing)
	b.at(domain.Package)
	if got := b.stored(); got.Answers[domain.Release] != "9.5" || got.Typed != "" {
		t.Errorf("stored %+v", got)
	}
	b.Send(due)
	b.at(domain.Package)
}

// run hands over what commands answer.
func run(b *bed, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			run(b, c)
		}
	default:
		b.Send(msg)
	}
}

// TestRunFails: a run that comes to no end is told of, and can be made again or
// changed.
func TestRunFails(t *testing.T) {
	w := newWorld(t, theme.None)
	held := make(chan struct{}, 8)
	w.Engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { held <- struct{}{}; <-ctx.Done() }
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Look)
	b.look()
	<-held
	b.Keys("esc")
	b.at(domain.Run)
	b.Wait("Both sides are being run")
	b.Keys("x")
	b.Wait("It was cancelled")
	b.Has("enter runs it again", "esc goes back")
	b.Keys("esc")
	b.at(domain.Look)
	w.Engine.Hold = nil
	b.look()
	b.Wait("Suggested:")
	b.Keys("esc")
	b.at(domain.Save)
}

// TestAnotherRun: a run that goes on already is not the guide's.
func TestAnotherRun(t *testing.T) {
	w := newWorld(t, theme.None)
	w.SetRecipe(t, id, "summary: another\ntest: \"true\"\n", reproduce.OriginSet)
	w.Engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { <-ctx.Done() }
	b := start(t, w, 100, 30)
	b.Keys("r", "esc", "w")
	b.walk(domain.Look)
	b.look()
	b.at(domain.Run)
	b.Has("another run of it goes on already")
	w.Runs.Of(id).Cancel()
	b.Wait("cancelled; its finished attempts are kept")
	b.at(domain.Run)
	w.Engine.Hold = nil
	b.Keys("enter")
	b.Wait("Suggested:")
}

// TestRunMadeElsewhere: a run that was left to a process of its own is noted when
// the guide is taken up again.
func TestRunMadeElsewhere(t *testing.T) {
	w := newWorld(t, theme.None)
	held := make(chan struct{}, 8)
	w.Engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { held <- struct{}{}; <-ctx.Done() }
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Look)
	b.look()
	<-held
	w.Runs.Of(id).Cancel()
	b.Wait("cancelled")
	w.Engine.Hold = nil
	number := b.stored().ID
	b = open(t, w, screen.GuideMsg{Resume: number}, 100, 30)
	b.at(domain.Run)
	b.Has("Nothing has run yet", "enter runs both sides")
	w.Run(t, id)
	b.Send(screen.LookNow(w.Ctx, w.DB, 0))
	b.at(domain.Save)
	b.Keys("esc")
	b.at(domain.Look)
	b = open(t, w, screen.GuideMsg{Resume: number}, 100, 30)
	b.at(domain.Look)
}

// TestMadeBefore: a run that was made before what was accepted is no answer.
func TestMadeBefore(t *testing.T) {
	w := newWorld(t, theme.None)
	w.Clock = w.Clock.Add(time.Hour)
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Look)
	b.Env.Person = func() (string, error) { return "", errors.New("nobody") }
	b.look()
	b.at(domain.Run)
	w.SetRecipe(t, id, "summary: another\ntest: \"true\"\n", reproduce.OriginSet)
	w.Run(t, id)
	b.Send(screen.LookNow(w.Ctx, w.DB, 0))
	b.at(domain.Run)
}

// TestOffers: guides that were left are offered, the last one first.
func TestOffers(t *testing.T) {
	w := newWorld(t, theme.None)
	for range 11 {
		b := open(t, w, screen.GuideMsg{Report: id}, 100, 30)
		if b.screen().At() == "" {
			b.Keys("G", "end")
			for range 12 {
				b.Keys("down")
			}
			b.Keys("enter")
		}
		b.at(domain.Release)
		w.Clock = w.Clock.Add(time.Hour)
	}
	b := open(t, w, screen.GuideMsg{}, 100, 30)
	b.Has("go on with: almbz#5 (at: Where it was seen, 1 hour ago)", "  begin a new one", "1 of 12")
	b.Keys("9")
	b.at(domain.Release)
	b = open(t, w, screen.GuideMsg{Report: "almbz#6"}, 100, 30)
	b.Lacks("go on with")
}

// TestLeaveAtOnce: q leaves at any question that is not typed at, and all that
// was answered is kept; what is typed takes it as text.
func TestLeaveAtOnce(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.Keys("q")
	b.at(domain.Release)
	if got := b.screen().Typed(); got != "q" {
		t.Fatalf("q is typed as %q", got)
	}
	b.Keys("backspace")
	b.walk(domain.Network)
	b.Has("q leave")
	b.Keys("q")
	b.Has("All answers are kept", "enter read", "q quit")
	if got := b.stored(); got.At != domain.Network || got.Answers[domain.Release] == "" {
		t.Errorf("kept at %s with %v", got.At, got.Answers)
	}
	b = open(t, w, screen.GuideMsg{Resume: b.stored().ID}, 100, 30)
	b.at(domain.Network)
}

// TestOutcomeNamesTheGuide that is left in the middle, and no other.
func TestOutcomeNamesTheGuide(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Network)
	b.Keys("ctrl+c")
	if got, want := b.Root.Outcome().Guide, b.stored().ID; !b.Quit || got != want || want == 0 {
		t.Errorf("quit %v, the guide is %d, not %d", b.Quit, got, want)
	}
	b = open(t, w, screen.GuideMsg{Resume: b.stored().ID}, 100, 30)
	b.Keys("q")
	b.Keys("ctrl+c")
	if got := b.Root.Outcome().Guide; !b.Quit || got != 0 {
		t.Errorf("quit %v, the guide that was left before is %d", b.Quit, got)
	}
	b = open(t, newWorld(t, theme.None), screen.GuideMsg{Report: screen.NewBug}, 100, 30)
	b.Keys("ctrl+c")
	if got := b.Root.Outcome().Guide; got != 0 && len(b.stored().Answers) == 0 {
		t.Errorf("nothing was said in the guide, and it is %d", got)
	}
}
