package guide_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	domain "github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// walk takes what is offered until a question, and there stops.
func (b *bed) walk(to domain.Question) {
	b.t.Helper()
	for range 30 {
		switch at := b.screen().At(); {
		case at == to:
			return
		case at == domain.Look:
			b.look()
		case b.screen().Scope() == "guide-edit":
			b.Keys("ctrl+s")
		default:
			b.Keys("enter")
		}
		if _, still := b.Root.Top().(interface{ At() domain.Question }); !still {
			return // the Bench
		}
	}
	b.t.Fatalf("it does not come to %s:\n%s", to, b.Screen())
}

// look reads what will run, and takes it.
func (b *bed) look() {
	b.t.Helper()
	b.at(domain.Look)
	for !b.screen().Read() {
		b.Keys("pgdown")
	}
	b.Keys("1")
}

// fromInbox opens the guide as people do.
func fromInbox(t *testing.T, w *tuitest.World, width, height int) *bed {
	t.Helper()
	b := start(t, w, width, height)
	b.Keys("w")
	return b
}

// TestWholeGuide walks from the Inbox to the end, where both sides have the bug.
func TestWholeGuide(t *testing.T) {
	w, folder := newWorld(t, theme.None), t.TempDir()
	savesIn(w, folder)
	b := fromInbox(t, w, 100, 30)
	b.at(domain.Release)
	b.Has("▸ 2/8 Where it was seen", "On which AlmaLinux was it seen?", "enter takes: 9.6 (from the report)", "This host is Fedora Linux 43")
	b.walk(domain.Commands)
	b.Has("1 gizmo add 2 2", "ctrl+s takes the text, which is from the report's text")
	b.Type("set -x\n")
	b.Keys("enter")
	b.walk(domain.Happens)
	b.Keys("j")
	b.Has("enter takes: prints")
	b.Keys("1")
	b.at(domain.Look)
	b.Has("set -x", "The bug is there if a command fails.")
	if n := len(w.Engine.Attempts()); n > 0 {
		t.Fatalf("%d attempts before it was looked at", n)
	}
	b.look()
	b.Wait("Suggested: stream-reproducible")
	if _, is := b.Root.Top().(*bench.Screen); !is {
		t.Fatalf("on top is %T", b.Root.Top())
	}
	b.Has("esc goes on with the guide", "seen 2 of 2")
	if got := b.stored(); got.At != domain.Save || got.Run == "" {
		t.Errorf("under the Bench it is at %s, run %q", got.At, got.Run)
	}
	b.Keys("esc")
	b.at(domain.Save)
	b.Has("▸ 8/8 What it means", "enter takes: almatriage-almbz-5")
	b.Keys("enter")
	b.at(domain.Done)
	b.Has("Saved: almatriage-almbz-5", "  main.fmf", "t the texts to send")
	if text, err := os.ReadFile(filepath.Join(folder, "almatriage-almbz-5/main.fmf")); err != nil || !strings.Contains(string(text), "set -x") {
		t.Errorf("saved %q, %v", text, err)
	}
	recipe, err := w.DB.Recipe(w.Ctx, id)
	must(t, err)
	if !recipe.IsAccepted() || recipe.Author != "tester" || recipe.Origin != reproduce.OriginSet {
		t.Errorf("the recipe is stored as %+v", recipe)
	}
	b.Keys("t")
	b.Has("texts of almbz#5")
	b.Keys("esc", "d")
	b.Has("Decide on almbz#5")
	b.Keys("esc", "b")
	b.Has("esc goes on with the guide")
	b.Keys("esc", "esc")
	if left, err := w.DB.Guides(w.Ctx); err != nil || len(left) > 0 {
		t.Errorf("%d guides are left, %v", len(left), err)
	}
	b.Has("enter read")
}

// TestVM: what a container cannot show is not run, and the commands that can are
// there whole and can be copied.
func TestVM(t *testing.T) {
	w := newWorld(t, theme.None, func(r *tracker.Report) { r.Package = "grub2-tools" })
	b := fromInbox(t, w, 60, 24)
	b.Keys("enter") // the release
	b.Keys("enter")
	b.Has("! grub2-tools: nothing boots in a container.")
	b.Keys("ctrl+y")
	if len(w.Copied) != 1 || strings.Count(w.Copied[0], "\n") != 1 {
		t.Fatalf("copied %q", w.Copied)
	}
	b.walk(domain.Look)
	b.Has("Is this what the virtual machine is to run?")
	b.look()
	b.Wait("8/8")
	b.at(domain.Save)
	if n := len(w.Engine.Attempts()); n > 0 {
		t.Errorf("%d attempts were made", n)
	}
	b.Keys("ctrl+y")
	if len(w.Copied) != 2 || strings.Count(w.Copied[1], "\n") != 1 {
		t.Fatalf("copied %q", w.Copied)
	}
	whole := strings.Join(strings.Fields(b.Screen()), "")
	for _, command := range strings.Split(w.Copied[1], "\n") {
		if !strings.Contains(command, "gizmo add 2 2") || !strings.Contains(whole, strings.ReplaceAll(command, " ", "")) {
			t.Errorf("the screen does not show %q:\n%s", command, b.Screen())
		}
	}
	b.Type("-")
	b.Keys("enter")
	b.at(domain.Done)
	b.Lacks("Saved")
	b.Keys("y")
	if len(w.Copied) != 3 {
		t.Errorf("copied %q", w.Copied)
	}
}

// TestAsk: who judges by looking is asked on the Bench, or told in the guide.
func TestAsk(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Happens)
	b.Keys("5")
	b.Has("The bug is there if you say so")
	b.look()
	for i := range 2 {
		b.Wait("y yes")
		if i == 0 {
			b.Keys("esc")
			b.at(domain.Run)
			b.Has("It asks whether the bug is there: b opens the question")
			b.Keys("b")
		}
		w.Clock = w.Clock.Add(time.Second)
		b.Keys("y")
	}
	b.Wait("Suggested: stream-reproducible")
	b.Keys("esc")
	b.at(domain.Save)
}

// TestBackAndForth: nothing that was answered or typed goes away.
func TestBackAndForth(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Version)
	b.Type("gizmo-1-1")
	b.Keys("esc", "esc", "esc")
	b.at(domain.Bug)
	b.Has("enter takes: almbz#5 (your answer)")
	b.Keys("enter")
	b.at(domain.Release)
	b.walk(domain.Version)
	if got := b.screen().Typed(); got != "gizmo-1-1" {
		t.Errorf("typed before, and gone back from: %q", got)
	}
	b.walk(domain.Commands)
	b.Type("true\n")
	b.walk(domain.Look)
	for range 20 {
		if b.screen().At() == domain.Bug {
			break
		}
		b.Keys("esc")
	}
	b.walk(domain.Look)
	b.Has("    true")
	b.Keys("2")
	b.at(domain.Happens)
	for range 20 {
		if b.screen().At() == domain.Bug {
			break
		}
		b.Keys("esc")
	}
	b.Keys("esc")
	b.Has("All answers are kept", "--resume=")
	b.Keys("w")
	b.Has("go on with: almbz#5 (at: Which bug, just now)", "2 begin a new one")
	b.Keys("1")
	b.at(domain.Bug)
	b.walk(domain.Look)
	b.Has("    true")
}

// TestNothingSaid: a guide in which nothing was said is forgotten.
func TestNothingSaid(t *testing.T) {
	w := newWorld(t, theme.None)
	b := open(t, w, screen.GuideMsg{}, 100, 30)
	b.at(domain.Bug)
	b.Keys("esc")
	if left, err := w.DB.Guides(w.Ctx); err != nil || len(left) > 0 {
		t.Errorf("%+v, %v", left, err)
	}
	b.Lacks("kept")
	b.Send(screen.GuideMsg{Report: "almbz#99"})
	b.Has("✗ ", "almbz#99")
	if left, err := w.DB.Guides(w.Ctx); err != nil || len(left) > 0 {
		t.Errorf("%+v, %v", left, err)
	}
	b.Keys("esc")
	b.Has("enter read")
}

// TestNewBug: searched for in vain, and reported here.
func TestNewBug(t *testing.T) {
	w := newWorld(t, theme.None)
	w.Commit(t, tuitest.Report(6), tuitest.Report(7))
	b := open(t, w, screen.GuideMsg{}, 100, 30)
	b.Type("gizmo")
	b.Keys("enter")
	b.Has("Which of them is it?", "1 almbz#5", "2 almbz#6", "3 almbz#7")
	b.Keys("down", "down", "up", "down")
	b.Has("enter takes: almbz#6")
	b.Type("nothing like it")
	b.Keys("enter")
	b.Has(`No stored report has "nothing like it"`, "enter takes: new (nothing was found)")
	b.Keys("enter")
	b.at(domain.Title)
	b.Keys("enter")
	b.Has("✗ this needs an answer")
	b.Type("gizmo adds wrongly one too many")
	b.Lacks("✗")
	b.Keys("enter")
	b.at(domain.Same)
	b.Has("enter takes: no (it is another one)")
	b.Keys("enter")
	b.at(domain.Release)
	b.Type("9.6")
	b.Keys("enter")
	b.Type("gizmo")
	b.walk(domain.Source)
	b.Keys("j")
	b.Has("typed or pasted")
	b.Keys("1")
	b.at(domain.History)
	b.Has("  3  gizmo add 1 1 | grep 2")
	b.Type("9")
	b.Keys("enter")
	b.Has("chooses no lines")
	b.Keys("backspace")
	b.Type("2-3")
	b.Keys("enter")
	b.Has("1 gizmo add 2 2", "2 gizmo add 1 1 | grep 2", "which is from the history")
	b.walk(domain.Look)
	b.look()
	b.Wait("Suggested:")
	b.Keys("esc")
	b.at(domain.Save)
	if got := b.stored(); !strings.HasPrefix(got.Report, tracker.LocalSpace+"#") {
		t.Errorf("the report is %q", got.Report)
	}
}

// TestPickByNumber: a number and enter picks what was found.
func TestPickByNumber(t *testing.T) {
	w := newWorld(t, theme.None)
	w.Commit(t, tuitest.Report(6))
	b := open(t, w, screen.GuideMsg{}, 100, 30)
	b.Type("gizmo")
	b.Keys("enter")
	b.Type("2")
	b.Keys("enter")
	b.at(domain.Release)
	if got := b.stored().Report; got != "almbz#6" {
		t.Errorf("picked %s", got)
	}
}

// TestLookIsRead: what shall run is read to its end before it can.
func TestLookIsRead(t *testing.T) {
	w := newWorld(t, theme.None, func(r *tracker.Report) { r.Steps = "# gizmo\n" + strings.Repeat("# gizmo add 2 2\n", 40) })
	b := fromInbox(t, w, 80, 20)
	b.walk(domain.Commands)
	b.walk(domain.Look)
	b.Keys("enter")
	b.Has("nothing is chosen")
	b.Keys("1")
	b.Has("read all of it before: PgDn shows more")
	b.Keys("j", "enter") // no is taken all the same
	b.at(domain.Happens)
	b.Keys("enter")
	b.look()
	b.Wait("Suggested:")
}

// TestPasteAndEmptied: a paste of several lines is text, and an emptied text is
// no answer.
func TestPasteAndEmptied(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Prepare)
	b.Send(tea.KeyMsg{Type: tea.KeyRunes, Paste: true, Runes: []rune("dnf -y install epel-release\r\ndnf module list\n")})
	b.Has("1 dnf -y install epel-release", "2 dnf module list")
	b.Keys("ctrl+s", "esc")
	b.at(domain.Prepare)
	b.Has("which is your answer")
	for range 60 {
		b.Keys("delete", "backspace")
	}
	b.later()
	if got := b.stored().Typed; got != "\n" {
		t.Errorf("stored %q of an emptied text", got)
	}
	b = open(t, w, screen.GuideMsg{Resume: b.stored().ID}, 100, 30)
	if got := b.screen().Typed(); got != "" {
		t.Errorf("it is filled again: %q", got)
	}
	b.Keys("ctrl+s")
	if got := b.stored().Answers[domain.Prepare]; got != "" {
		t.Errorf("an emptied text is %q", got)
	}
	b.walk(domain.Commands)
	for range 60 {
		b.Keys("delete", "backspace")
	}
	b.Keys("ctrl+s")
	b.Has("✗ this needs at least one line")
}

// TestTooLongForTheEditor: a default that cannot be edited is taken as it is.
func TestTooLongForTheEditor(t *testing.T) {
	w := newWorld(t, theme.None)
	long := "summary: long\ntest: |\n" + strings.Repeat("  gizmo add 2 2\n", 700)
	w.SetRecipe(t, id, long, reproduce.OriginSet)
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Commands)
	b.Has("which is too long to be changed here")
	b.Keys("ctrl+s")
	b.at(domain.Happens)
	if n := strings.Count(b.stored().Answers[domain.Commands], "\n"); n != 700 {
		t.Errorf("%d lines were taken", n)
	}
}

// TestSaveFails: the guide stays, and says why.
func TestSaveFails(t *testing.T) {
	w, folder := newWorld(t, theme.None), t.TempDir()
	savesIn(w, folder)
	must(t, os.WriteFile(filepath.Join(folder, "taken"), nil, 0o644))
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Look)
	b.look()
	b.Wait("Suggested:")
	b.Keys("esc")
	b.Type("taken")
	b.Keys("enter")
	b.at(domain.Save)
	b.Has("✗ ", "taken")
	home := t.TempDir()
	t.Setenv("HOME", home)
	b.Keys("ctrl+u")
	b.Type("~/of mine")
	b.Keys("enter")
	b.at(domain.Done)
	if _, err := os.Stat(filepath.Join(home, "of mine", "main.fmf")); err != nil {
		t.Error(err)
	}
}

// TestNoName: without a name nothing is accepted, and nothing runs.
func TestNoName(t *testing.T) {
	w := newWorld(t, theme.None)
	w.Person = func() (string, error) { return "", errors.New("who are you?") }
	b := fromInbox(t, w, 100, 30)
	b.walk(domain.Look)
	b.look()
	b.at(domain.Run)
	b.Has("✗ There is no result. who are you?", "enter runs it again")
	b.Env.Person = func() (string, error) { return "jane", nil }
	b.Keys("enter")
	b.Wait("Suggested:")
}

// TestHelp: more is told when it is asked for, and where there is room.
func TestHelp(t *testing.T) {
	w := newWorld(t, theme.None)
	b := fromInbox(t, w, 100, 30)
	b.Has("It tells which images are compared")
	b.Keys("f1")
	b.Lacks("It tells which images are compared")
	b.Keys("f1")
	b.Has("It tells which images are compared")
	b = open(t, w, screen.GuideMsg{Resume: b.stored().ID}, 60, 16)
	b.Lacks("It tells which images")
	b.Keys("f1")
	b.Has("It tells which images")
}

// TestOldDecision: who decided before the run is named first, and what the run
// suggests is told beside it.
func TestOldDecision(t *testing.T) {
	w := newWorld(t, theme.None)
	_, err := w.DB.Mark(w.Ctx, store.Mark{Reports: []string{id}, Verdict: reproduce.NotABug, By: "jo", At: w.Clock.Add(-time.Hour)})
	must(t, err)
	b := open(t, w, screen.GuideMsg{Report: id}, 100, 30)
	b.ran()
	b.Has("jo decided on 2026-11-24: not-a-bug. This is no bug.", "The run suggests stream-reproducible.", "Nothing is to be reported upstream.")
	b.Lacks("almatriage upstream")
}
