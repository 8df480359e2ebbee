package bench_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// frame is the screen without colours.
func (b *bed) frame() string { return ansi.Strip(b.s.View()) }

func (b *bed) has(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(b.frame(), text) {
			b.t.Errorf("the screen does not show %q:\n%s", text, b.frame())
		}
	}
}

func (b *bed) lacks(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if strings.Contains(b.frame(), text) {
			b.t.Errorf("the screen shows %q:\n%s", text, b.frame())
		}
	}
}

// said is the last toast.
func (b *bed) said() string {
	for _, msg := range slices.Backward(b.seen) {
		if m, ok := msg.(screen.ToastMsg); ok {
			return m.Text
		}
	}
	return ""
}

// last is the last message of a type that was answered, the zero value if none was.
func last[M any](b *bed) (m M) {
	for _, msg := range slices.Backward(b.seen) {
		if found, ok := msg.(M); ok {
			return found
		}
	}
	return m
}

// running is a bed in the middle of a run.
func running(t testing.TB) *bed {
	t.Helper()
	b := newBed(t, theme.None).open()
	b.start(bench.Options{})
	b.attempting()
	b.s.View()
	return b
}

func TestPauseAndFollow(t *testing.T) {
	b := running(t)
	b.has("following", "line 50 of what alma9")
	b.press(" ")
	b.events(lines("alma9", 51, 1290)...)
	b.has("paused, 1,240 new lines", "paused, 0 new lines", "line 50 of what alma9")
	b.lacks("line 51 of what")
	b.press("up", "down") // the end that it was paused at is not the end any more
	b.has("paused, 1,240 new lines")
	b.press(" ")
	b.has("following", "line 1290 of what alma9")
	b.lacks("paused")

	// Who scrolls up stays there, and follows again at the end.
	b.press("pgup")
	b.events(lines("alma9", 1291, 1300)...)
	b.has("10 new")
	b.press("G")
	b.has("line 1300 of what alma9")
	b.lacks("10 new")
}

func TestScrollTogetherOrApart(t *testing.T) {
	b := running(t)
	b.events(lines("stream9", 21, 50)...)
	b.s.View()
	b.press("g")
	b.has("Last metadata", "line 1 of what stream9")
	b.press("G", "s", "g")
	b.has("Last metadata", "line 50 of what stream9")
	if b.said() != "The sides scroll apart." {
		t.Errorf("said %q", b.said())
	}
	b.press("G", "tab", "g")
	b.has("line 50 of what alma9", "line 1 of what stream9", "▸ CentOS Stream 9")
	b.press("shift+tab")
	b.has("▸ AlmaLinux 9")
}

func TestFullscreen(t *testing.T) {
	b := running(t)
	b.press("z")
	b.has("AlmaLinux 9", "line 50 of what alma9")
	b.lacks("stream9", "Suggestion")
	b.press("tab")
	b.has("line 20 of what stream9")
	if _, was := b.s.Back(); !was {
		t.Error("esc does not leave the zoom")
	}
	b.has("alma9", "stream9", "Suggestion")
	if _, was := b.s.Back(); was {
		t.Error("there is nothing more to leave")
	}
}

func TestSearch(t *testing.T) {
	b := running(t)
	b.press("n")
	if !strings.Contains(b.said(), "nothing is searched for") {
		t.Errorf("said %q", b.said())
	}
	b.press("/")
	for _, key := range []string{"L", "I", "N", "E"} {
		b.press(key)
	}
	b.press("enter")
	if b.said() != "Not found: LINE" {
		t.Errorf("said %q", b.said())
	}
	b.press("/")
	for _, r := range "line 7 q" { // n and q are text now
		b.press(string(r))
	}
	if !b.s.Typing() {
		t.Fatal("it is not typed any more")
	}
	b.has("/line 7 q")
	b.press("backspace", "backspace")
	b.press("enter")
	b.has("▸ line 7 of what alma9", "match in line 19")
	b.press("n")
	b.has("▸ line 7 of what alma9") // there is no other
	if _, was := b.s.Back(); !was {
		t.Error("esc does not end the search")
	}
	b.lacks("match in line")

	// Backspace on nothing ends typing, as enter does.
	b.press("/", "backspace")
	b.lacks("text to find")
	if b.s.Typing() {
		t.Error("it is still typed")
	}
	b.press("/", "x")
	if _, was := b.s.Back(); !was || b.s.Typing() {
		t.Error("esc does not end typing")
	}
	b.press("2", "/")
	if b.said() != "there is nothing here yet" {
		t.Errorf("said %q", b.said())
	}
}

func TestSearchInColours(t *testing.T) {
	b := running(t)
	b.events(line("alma9", reproduce.Stdout, "the \x1b[31mwrong\x1b[0m \x1b[1manswer\x1b[0m is 5"))
	b.press("/")
	for _, r := range "wrong answer is" {
		b.press(string(r))
	}
	b.press("enter")
	b.has("▸ the wrong answer is 5")
}

func TestCopy(t *testing.T) {
	b := running(t)
	b.press("y")
	got := b.Copied[0]
	if !strings.HasPrefix(got, "# pulling\n# upgrading the base\nLast metadata") || !strings.Contains(got, "# attempt 1 of 1\n+ gizmo add 2 2\nresult: 5\ngizmo: wrong answer: 期待 4 got 5\n# ● seen: exit status 1\n") {
		t.Errorf("copied %q", got)
	}
	if b.said() != "The output of AlmaLinux 9 is copied by the test." {
		t.Errorf("said %q", b.said())
	}
	b.Copy = func(context.Context, string) (string, error) { return "", errors.New("no clipboard") }
	if b.press("y"); b.said() != "no clipboard" {
		t.Errorf("said %q", b.said())
	}
}

func TestCopyTab(t *testing.T) {
	b := newBed(t, theme.None)
	b.different()
	b.press("3", "y")
	if got := b.Copied[0]; !strings.Contains(got, "-gizmo: wrong answer: 5\n+4\n") {
		t.Errorf("copied %q", got)
	}
}

func TestEmpty(t *testing.T) {
	b := newBed(t, theme.None)
	b.Commit(t, tuitest.Report(2, func(r *tracker.Report) { r.Private = true }), tuitest.Report(3, func(r *tracker.Report) { r.Release = "" }))
	b.SetRecipe(t, "almbz#3", tuitest.Gizmo, reproduce.OriginSet)
	for report, want := range map[string]string{"almbz#2": "It cannot run yet: there is no recipe yet", "almbz#3": "does not say which release"} {
		b.s = bench.New(b.Env, report, "")
		b.s.Resize(120, 30)
		b.has("Reading …")
		b.do(b.s.Init())
		b.has(want, "opens the recipe", "decides without a run")
	}
	b.s = bench.New(b.Env, "almbz#2", "")
	b.s.Resize(120, 30)
	b.do(b.s.Init())
	b.has("private")
	for _, key := range []string{"!", "z", "tab", "y", "j", "/", "s"} {
		if b.press(key); b.said() == "" {
			t.Errorf("%q says nothing", key)
		}
	}
}

// TestDigestWhileItRuns: events do not tell it, the database does.
func TestDigestWhileItRuns(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	b.open().run(bench.Options{})
	b.s.Resize(200, 58)
	digest := strings.TrimPrefix(b.Engine.Scripts["alma9"].Digest, "sha256:")[:12]
	b.has("@" + digest)
	b.start(bench.Options{Fresh: true})
	b.lacks("@" + digest)
	b.attempting()
	b.has("@" + digest)
}

// TestKeys: one key has one meaning wherever it is had.
func TestKeys(t *testing.T) {
	if _, err := tui.Keymap(nil); err != nil {
		t.Error(err)
	}
	b := running(t)
	for _, a := range b.s.Actions() {
		if !strings.HasPrefix(a.ID, "bench.") || a.Title == "" || a.Run == nil {
			t.Errorf("%+v", a)
		}
		if can, why := a.Can(); !can && why == "" {
			t.Errorf("%s cannot be done, and nobody knows why", a.ID)
		}
	}
}

func TestWheel(t *testing.T) {
	b := running(t)
	b.do(b.s.Update(wheel(true)))
	b.has("line 47 of what alma9")
	b.lacks("line 48 of what alma9")
	b.do(b.s.Update(wheel(false)))
	b.has("line 50 of what alma9", "following")
}
