package tui_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// A window that is too small for anything says so, at any size, takes no keys
// but the one that ends the program, and what was open is there again after.
func TestTooSmall(t *testing.T) {
	d := open(t, filled(t), 100, 30)
	on(d, 2)
	d.Keys("h")
	for _, size := range [][2]int{{39, 10}, {40, 9}, {20, 5}, {1, 1}, {240, 9}, {39, 70}, {3, 2}} {
		d.Resize(size[0], size[1])
		if said := strings.Join(strings.Fields(d.Screen()), " "); size[0] >= 20 && said != "The window is too small: 40×10 cells are needed." {
			t.Errorf("%v: %q", size, said)
		}
		d.Keys("q", "esc", "j", "?", "d", "s")
		if d.Quit {
			t.Fatal("a key that cannot be seen to do anything ends the program")
		}
	}
	d.Resize(40, 10)
	d.Lacks("too small")
	d.Resize(100, 30)
	d.Has("History of almbz#2")
	d.Keys("esc")
	d.Has("> almbz#2")
	d.Resize(39, 10)
	d.Keys("ctrl+c")
	if !d.Quit {
		t.Error("ctrl+c does not end it")
	}
}

// No size at all is no size to draw in.
func TestNoSize(t *testing.T) {
	w := filled(t)
	d := open(t, w, 100, 30)
	d.W = 0 // the driver checks nothing
	d.Send(tea.WindowSizeMsg{})
	if view := d.Root.View(); view != "" {
		t.Errorf("%q", view)
	}
	d.Send(tea.WindowSizeMsg{Width: 80, Height: -1})
}

// top is what has the keys, by its type.
func top(d *tuitest.Driver) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", d.Root.Top()), "*")
}

// esc leaves one thing at a time, the last one first; q closes what is open, and
// ends the program from the first screen only.
func TestEscLeavesOneThingAtATime(t *testing.T) {
	d := open(t, filled(t), 100, 30)
	d.Keys("8", "/")
	d.Type("gizmo")
	d.Keys("enter", " ", "tab", "enter")
	d.Lacks("[All 60]")
	for _, left := range []struct{ has, lacks string }{
		{"1 selected", "line 40"}, // the reading
		{"/ gizmo", "selected"},
		{"sorted by", "/ gizmo"},
		{"[All 60]", "/ gizmo"}, // nothing more
	} {
		d.Keys("esc")
		d.Has(left.has, "[All 60]")
		d.Lacks(left.lacks)
	}
	d.Keys("/")
	d.Type("frob")
	d.Keys("esc")
	d.Has("60 of 60")
	d.Keys("/")
	d.Type("frob")
	d.Keys("enter", "enter", "alt+esc") // esc twice, as a terminal sends it
	d.Has("60 of 60")
	d.Keys("g", "b", "e", "/", "esc")
	if top(d) != "recipe.Screen" {
		t.Errorf("esc from a search leaves for %s", top(d))
	}
	d.Keys("esc")
	if top(d) != "bench.Screen" {
		t.Errorf("esc leads to %s", top(d))
	}
	d.Keys("?", "esc", "esc")
	if top(d) != "inbox.Screen" || d.Quit {
		t.Errorf("esc leads to %s", top(d))
	}
	d.Keys("h", "q", "b", "q", "#", "q", "y", "q")
	if top(d) != "inbox.Screen" || d.Quit {
		t.Errorf("q leads to %s, %t", top(d), d.Quit)
	}
	d.Keys("enter")
	d.Has("enter list", "q back")
	if d.Keys("q"); d.Quit {
		t.Fatal("q ends the program while a report is read")
	}
	d.Has("enter read", "q quit")
	if d.Keys("q"); !d.Quit {
		t.Error("q on the first screen does not end it")
	}
}

// Text is no keys: in a line that is typed a q is a q.
func TestTypingTakesLetters(t *testing.T) {
	d := open(t, filled(t), 100, 30)
	d.Keys("/")
	d.Type("q?:#~ j")
	d.Has("/ q?:#~ j")
	d.Keys("esc", "?")
	d.Type("quit at")
	d.Has("> quit at", "Quit at once")
	d.Lacks("Statistics")
	if d.Quit {
		t.Error("it ended")
	}
	d.Keys("enter")
	if !d.Quit {
		t.Error("what was found does not end it")
	}
}

// The footer names no key that does nothing, or something else, just now.
func TestFooter(t *testing.T) {
	w := filled(t)
	hold(w)
	d := open(t, w, 160, 30)
	on(d, runnable)
	d.Keys("r")
	d.Has("space pause", "? help")
	d.Keys("/")
	d.Lacks("space pause", "  d decide", "? help")
	d.Has("esc back")
	d.Keys("esc", "esc")
	on(d, decided)
	d.Lacks("u undo")
	d.Keys("d", "s")
	d.Has("u undo")
}

// Keys of the user's own are those that are shown and that work.
func TestOwnKeys(t *testing.T) {
	w := filled(t)
	w.Keys = keys(t, map[string][]string{"inbox.decide": {"f5"}, "global.help": {"f6"}, "global.close": {"Q"}, "inbox.run": {}})
	d := open(t, w, 120, 30)
	d.Has("f5 decide", "f6 help", "Q quit")
	d.Lacks("  r run  ")
	d.Keys("d", "r", "?", "q")
	if top(d) != "inbox.Screen" || d.Quit {
		t.Errorf("a key of before leads to %s", top(d))
	}
	d.Keys("f6")
	d.Has("f5", "Decide on the report, or on the selection")
	d.Keys("esc", "f5")
	if top(d) != "decide.Dialog" {
		t.Errorf("its key leads to %s", top(d))
	}
	d.Keys("Q", "Q")
	if !d.Quit {
		t.Error("its key does not end it")
	}
}

// Every default key is one that comes from a terminal and that a test can
// press.
func TestKeysAreKeys(t *testing.T) {
	for _, a := range tui.Actions() {
		for _, key := range a.Keys {
			msg := tuitest.Key(key)
			if msg.String() != key || msg.Type == tea.KeyRunes && len(msg.Runes) != 1 {
				t.Errorf("%s: %q comes as %q", a.ID, key, msg)
			}
			if _, err := tui.Keymap(map[string][]string{"inbox.sort-id": {"alt+" + key}}); err != nil && !strings.Contains(key, "+") {
				t.Errorf("%q cannot be written in the configuration: %v", key, err)
			}
		}
	}
	if _, err := tui.Keymap(map[string][]string{"inbox.rum": {"x"}}); err == nil || !strings.Contains(err.Error(), "inbox.run,") {
		t.Error(err)
	}
}

// busy is a screen that does something for a while.
type busy struct {
	*quitless
	busy bool
	keys []string
}

// quitless is as little as a screen can be.
type quitless struct{ w, h int }

func (s *quitless) Init() tea.Cmd          { return nil }
func (s *quitless) Update(tea.Msg) tea.Cmd { return nil }
func (s *quitless) Resize(w, h int)        { s.w, s.h = w, h }
func (s *quitless) View() string {
	return strings.Repeat(strings.Repeat(" ", s.w)+"\n", s.h-1) + strings.Repeat(" ", s.w)
}
func (s *quitless) Scope() action.Scope      { return action.Message }
func (s *quitless) Actions() []action.Action { return nil }
func (s *quitless) Title() string            { return "a test" }
func (s *quitless) Typing() bool             { return false }

func (s *busy) Busy() bool { return s.busy }
func (s *busy) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		s.keys = append(s.keys, msg.String())
	case doneMsg:
		s.busy = false
	}
	return nil
}

type doneMsg struct{}

// Keys that are typed while a screen is busy mean what comes after; ctrl+c
// waits for nothing.
func TestKeysWait(t *testing.T) {
	d := open(t, filled(t), 100, 30)
	s := &busy{quitless: &quitless{}, busy: true}
	d.Send(screen.OpenMsg{Screen: s})
	d.Keys("x", "1")
	d.Send(burst("2 3"))
	if len(s.keys) != 0 {
		t.Fatalf("%q came to a busy screen", s.keys)
	}
	d.Send(doneMsg{})
	if got := strings.Join(s.keys, ","); got != "x,1,2, ,3" {
		t.Errorf("%q came", got)
	}
	s.busy, s.keys = true, nil
	d.Keys("q", "q", "q", "ctrl+c")
	if !d.Quit {
		t.Error("ctrl+c waits behind the keys before it")
	}
	d.Send(doneMsg{})
	if top(d) != "tui_test.busy" || len(s.keys) != 0 {
		t.Errorf("keys from before ctrl+c still count: %q, %s", s.keys, top(d))
	}
}

// Quick keys come as one message, and mean the same as slow ones.
func TestBursts(t *testing.T) {
	w := filled(t)
	d := open(t, w, 120, 40)
	d.Send(burst("8gj")) // almbz#2
	d.Send(burst("ds"))
	d.Has("almbz#2: stream-reproducible")
	d.Send(burst("dadnj"))
	verdicts := func() string {
		var list []string
		for n := 2; n <= 4; n++ {
			row, _, err := w.DB.Row(w.Ctx, tracker.ID{Space: "almbz", Number: int64(n)})
			must(t, err)
			list = append(list, string(row.Verdict))
		}
		return strings.Join(list, " ")
	}
	if got := verdicts(); got != "stream-reproducible alma-only not-reproducible" {
		t.Fatalf("they are decided as %q", got)
	}
	d.Has("> almbz#6")
	d.Send(burst("uu"))
	if got := verdicts(); got != "stream-reproducible  " {
		t.Errorf("uu leaves %q", got)
	}
	d.Send(burst("uu")) // one more than there is
	if !said(d, "nothing was decided since the start") {
		t.Errorf("one u too many is not told of:\n%s", d.Screen())
	}
	d.Send(burst("UUU"))
	if got := verdicts(); got != "stream-reproducible alma-only not-reproducible" {
		t.Errorf("UUU leaves %q", got)
	}
	d.Send(burst("dq")) // the dialog's q, not the program's
	if d.Quit || top(d) != "inbox.Screen" {
		t.Errorf("dq leads to %s, %t", top(d), d.Quit)
	}
	d.Send(burst("/gizmo"))
	d.Has("/ gizmo")
	d.Keys("esc")
	d.Send(burst("g j ")) // spaces among them select
	d.Has("2 selected")
}

// said tells whether a message was shown that has a text.
func said(d *tuitest.Driver, text string) bool {
	return slices.ContainsFunc(d.Seen, func(msg tea.Msg) bool {
		toast, ok := msg.(screen.ToastMsg)
		return ok && strings.Contains(toast.Text, text)
	})
}

// Pasted text is no keys, one letter of it neither.
func TestPasteIsNoKeys(t *testing.T) {
	d := open(t, filled(t), 100, 30)
	for _, text := range []string{"q", "dsq", "ctrl+c"} {
		d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	}
	d.Has("Pasted text is taken only where something is typed")
	if d.Quit || top(d) != "inbox.Screen" {
		t.Errorf("it leads to %s, %t", top(d), d.Quit)
	}
	d.Keys("?")
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("mouse"), Paste: true})
	d.Has("> mouse", "Switch the mouse on or off")
}

// name is the type of a message.
func name(msg tea.Msg) string { return fmt.Sprintf("%T", msg) }

// The mouse is off until it is switched on: the terminal's own selection is
// what people expect.
func TestMouse(t *testing.T) {
	d := open(t, filled(t), 120, 40)
	d.Keys("8")
	d.Send(tea.MouseMsg{X: 5, Y: 5, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	d.Has("> almbz#3") // the third row; where it is on, a click goes there
	d.Send(tea.MouseMsg{Button: tea.MouseButtonWheelDown})
	d.Has("> almbz#6")
	d.Keys("?")
	d.Send(tea.MouseMsg{Button: tea.MouseButtonWheelDown})
	d.Keys("esc")
	d.Has("> almbz#6") // not through what lies over it
	began := len(d.Seen)
	d.Keys("ctrl+t")
	d.Has("The mouse is on", "shift")
	d.Keys("ctrl+t")
	d.Has("The mouse is off")
	var asked []string
	for _, msg := range d.Seen[began:] {
		if strings.Contains(name(msg), "ouse") {
			asked = append(asked, name(msg))
		}
	}
	if got := strings.Join(asked, " "); got != "tea.enableMouseCellMotionMsg tea.disableMouseMsg" {
		t.Errorf("the terminal is asked for %s", got)
	}
}

// The last line tells how old the data is, whatever trackers there are.
func TestSyncState(t *testing.T) {
	w := filled(t)
	d := open(t, w, 120, 30)
	ago := func(d time.Duration) time.Time { return tuitest.Noon().Add(-d) }
	for _, c := range []struct {
		syncs       []store.Synced
		has, hasNot string
	}{
		{nil, "never synced", "failed"},
		{[]store.Synced{{Tracker: "a", Succeeded: ago(time.Second)}}, "synced just now", "failed"},
		{[]store.Synced{{Tracker: "a", Succeeded: ago(time.Hour)}, {Tracker: "b", Succeeded: ago(3 * time.Hour)}}, "synced 3 hours ago ", "failed"},
		{[]store.Synced{{Tracker: "b", Succeeded: ago(3 * time.Hour)}, {Tracker: "a", Succeeded: ago(time.Hour), Error: "no"}}, "synced 3 hours ago, a failed", "never"},
		{[]store.Synced{{Tracker: "a", Error: "no"}}, "never synced, a failed", "ago"},
		// One that never came is no reason to call the others old, or new.
		{[]store.Synced{{Tracker: "a", Error: "no"}, {Tracker: "b", Succeeded: ago(time.Hour)}}, "synced 1 hour ago, a failed", "never"},
		{[]store.Synced{{Tracker: "a", Succeeded: ago(time.Hour)}, {Tracker: "b", Error: "no"}, {Tracker: "c", Error: "no"}}, "synced 1 hour ago, b, c failed", "never"},
		{[]store.Synced{{Tracker: "\x1b[2Ja\nb", Error: "no"}}, "never synced, a b failed", "\x1b[2J"},
	} {
		d.Send(screen.ChangedMsg{Syncs: c.syncs})
		last := lastLine(d)
		if !strings.HasPrefix(last, c.has) || strings.Contains(last, c.hasNot) {
			t.Errorf("%+v is told as %q", c.syncs, last)
		}
		// A look that failed tells nothing of the trackers.
		d.Send(screen.ChangedMsg{Err: errors.New("busy")})
		if lastLine(d) != last {
			t.Errorf("a look that failed makes of %q %q", last, lastLine(d))
		}
	}
}

func lastLine(d *tuitest.Driver) string {
	lines := strings.Split(d.Screen(), "\n")
	return lines[len(lines)-1]
}

// clocked is a world whose timers are written down instead of waited for.
type clocked struct {
	*tuitest.World
	timers []timer
}

type timer struct {
	after time.Duration
	msg   tea.Msg
}

func newClocked(t *testing.T) *clocked {
	w := &clocked{World: filled(t)}
	short := w.After
	w.After = func(d time.Duration, msg tea.Msg) tea.Cmd {
		w.timers = append(w.timers, timer{d, msg})
		return short(d, msg)
	}
	return w
}

// of are the timers of a length since the last time it was asked.
func (w *clocked) of(d time.Duration) (list []tea.Msg) {
	w.timers = slices.DeleteFunc(w.timers, func(t timer) bool {
		if t.after == d {
			list = append(list, t.msg)
		}
		return t.after == d
	})
	return list
}

// tick is the time between two frames while something goes on.
const tick = 200 * time.Millisecond

// Trackers are synced at the start and then from time to time, one sync at a
// time, and what came of it is told where there is something to tell.
func TestSync(t *testing.T) {
	w := newClocked(t)
	w.SyncEvery = time.Hour
	calls, answer := 0, make(chan []tracker.Result, 1)
	w.Sync = func(context.Context, ...string) ([]tracker.Result, error) {
		calls++
		return <-answer, nil
	}
	answer <- []tracker.Result{{Tracker: "almbz", Counts: tracker.Counts{New: 3, Updated: 2, Unchanged: 7}}, {Tracker: "github"}}
	d := open(t, w.World, 120, 30)
	d.Has("Synced: 3 new, 2 updated.")
	next := w.of(time.Hour)
	if calls != 1 || len(next) != 1 {
		t.Fatalf("%d syncs, %d to come", calls, len(next))
	}
	answer <- []tracker.Result{{Tracker: "almbz", Counts: tracker.Counts{Unchanged: 12}}}
	w.Clock = w.Clock.Add(time.Hour)
	d.Send(next[0])
	d.Lacks("Synced:") // nothing new is no news
	answer <- []tracker.Result{{Tracker: "almbz", Counts: tracker.Counts{New: 1}}, {Tracker: "github", Err: errors.New("the limit ends at 13:00")}}
	d.Keys("ctrl+r")
	d.Has("the limit ends at 13:00")
	if calls != 3 {
		t.Errorf("%d syncs", calls)
	}
}

// While a sync goes on the screen says so and turns, and no other one begins.
func TestSyncGoesOn(t *testing.T) {
	w := newClocked(t)
	w.Sync = nil
	d := open(t, w.World, 120, 30)
	d.Keys("ctrl+r")
	d.Has("there is nothing to sync with here")
	if n := len(w.of(tick)); n != 0 {
		t.Errorf("%d ticks where nothing goes on", n)
	}
	d.Send(screen.SyncMsg{Running: true})
	if !strings.Contains(lastLine(d), "syncing") || len(w.of(tick)) != 1 {
		t.Errorf("%q", lastLine(d))
	}
	d.Keys("j", "k") // keys bring no further ticks
	if n := len(w.of(tick)); n != 0 {
		t.Errorf("%d more ticks", n)
	}
	began := false
	d.Env.Sync = func(context.Context, ...string) ([]tracker.Result, error) { began = true; return nil, nil }
	d.Keys("ctrl+r")
	d.Has("it goes on already")
	if began {
		t.Error("a second sync began")
	}
	d.Send(screen.SyncMsg{Err: errors.New("the trackers cannot be read: no route to host")})
	d.Has("no route to host")
	d.Lacks("syncing")
}

// What cannot run here is told at the start, with what to do.
func TestRecoverTells(t *testing.T) {
	w := filled(t)
	w.Recover = func(context.Context) error { return errors.New("podman is not installed") }
	d := open(t, w, 120, 30)
	d.Has("Recipes cannot run here yet: podman is not installed", "almatriage doctor")
}

// In the demonstration it always says so.
func TestRecorded(t *testing.T) {
	w := filled(t)
	w.Recorded, w.Sync = true, nil
	d := open(t, w, 120, 30)
	for _, keys := range [][]string{nil, {"?"}, {"esc", "b"}, {"esc", "#"}} {
		d.Keys(keys...)
		if !strings.Contains(lastLine(d), "DEMO: invented reports, recorded runs") {
			t.Errorf("after %q: %q", keys, lastLine(d))
		}
	}
	d.Keys("esc", ":")
	d.Type("global.demo")
	d.Keys("enter")
	d.Has("this is the demonstration")
	if d.Quit || d.Root.Outcome().Demo {
		t.Error("it left for itself")
	}
}

// The end of a run is told, unless it is seen.
func TestRunEnds(t *testing.T) {
	for _, c := range []struct {
		msg  runs.EventsMsg
		want string
	}{
		{runs.EventsMsg{Run: reproduce.Run{Suggestion: reproduce.Suggestion{Verdict: reproduce.AlmaOnly}}}, "almbz#9: alma-only"},
		{runs.EventsMsg{}, "almbz#9: done, without a suggestion"},
		{runs.EventsMsg{Err: errors.New("the disk is full")}, "almbz#9: the disk is full"},
		{runs.EventsMsg{Err: &reproduce.Error{Code: reproduce.CodeInterrupted, Message: "x"}}, "almbz#9: cancelled; its finished attempts are kept."},
		{runs.EventsMsg{Err: fmt.Errorf("begin: %w", context.Canceled)}, "almbz#9: cancelled; its finished attempts are kept."},
	} {
		d := open(t, filled(t), 120, 30)
		c.msg.Report, c.msg.Ended = "almbz#9", true
		d.Send(c.msg)
		d.Has(c.want)
	}
	w := filled(t)
	d := open(t, w, 120, 30)
	on(d, runnable)
	d.Keys("r")
	d.Wait("stream-reproducible")
	for _, msg := range d.Seen {
		if toast, ok := msg.(screen.ToastMsg); ok && strings.Contains(toast.Text, "almbz#3") {
			t.Errorf("who looks at it is told %q", toast.Text)
		}
	}
}

// What a test reaches beyond the rule is said before it runs, and stands over
// the run.
func TestReachIsSaidBeforeARun(t *testing.T) {
	w := filled(t)
	hold(w)
	d := open(t, w, 120, 30)
	on(d, runnable)
	d.Keys("r")
	d.Lacks("network")
	d.Keys("esc", "esc")
	w.SetRecipe(t, id(judged), "summary: reaches out\ntest: ping -c 1 example.org\nextra-almatriage: {network: full}\n", reproduce.OriginSet)
	on(d, judged)
	d.Keys("r")
	d.Wait(id(judged) + ": the test reaches the whole network, as its recipe asks.")
	d.Has(id(judged) + " network ")
}

// Who decides on the Bench is told where it is taken back: u does nothing there.
func TestTakesItBackWhere(t *testing.T) {
	d := open(t, filled(t), 120, 30)
	on(d, judged)
	d.Keys("b", "d", "a")
	d.Has("almbz#5: alma-only; u in the Inbox takes it back.", "Decided: alma-only by ")
	d.Keys("esc")
	on(d, runnable)
	d.Keys("d", "a")
	d.Has("almbz#3: alma-only; u takes it back.")
}

// q is hinted by what it does.
func TestHintOfQ(t *testing.T) {
	d := open(t, filled(t), 120, 30)
	d.Has("q quit")
	on(d, judged)
	for _, over := range []string{"b", "#", "d"} {
		d.Keys(over)
		d.Has("q back")
		d.Lacks("q quit")
		d.Keys("q")
		d.Has("q quit")
	}
}
