package tui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// A message is shown for a while, an error longer, and goes by the clock: a
// timer of its length draws the screen again.
func TestToastsExpire(t *testing.T) {
	for _, c := range []struct {
		level screen.Level
		sign  string
		lasts time.Duration
	}{{screen.Done, "✓ ", 6 * time.Second}, {screen.Note, "• ", 6 * time.Second}, {screen.Failed, "✗ ", 15 * time.Second}} {
		w := newClocked(t)
		d := open(t, w.World, 100, 30)
		d.Send(screen.ToastMsg{Level: c.level, Text: "so it is"})
		d.Has(c.sign + "so it is")
		end := w.of(c.lasts)
		if len(end) != 1 {
			t.Fatalf("%d timers of %s", len(end), c.lasts)
		}
		w.Clock = w.Clock.Add(c.lasts - time.Millisecond)
		d.Keys("j")
		d.Has("so it is")
		w.Clock = w.Clock.Add(time.Millisecond)
		d.Send(end[0])
		d.Lacks("so it is")
	}
}

// The newest message is what matters; the end of the one before does not take
// it away.
func TestToastsFollowEachOther(t *testing.T) {
	w := newClocked(t)
	d := open(t, w.World, 100, 30)
	d.Send(screen.ToastMsg{Text: "the first"})
	w.Clock = w.Clock.Add(4 * time.Second)
	d.Send(screen.ToastMsg{Text: "the second"})
	d.Has("the second")
	d.Lacks("the first")
	w.Clock = w.Clock.Add(3 * time.Second)
	for _, msg := range w.of(6 * time.Second) {
		d.Send(msg)
	}
	d.Has("the second")
}

// A long message leaves room for the screen; all of it can be read again, with
// what was said before, newest first.
func TestLongToasts(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {80, 24}, {200, 60}} {
		w := filled(t)
		w.LogFile = "/state/almatriage.log"
		d := open(t, w, size[0], size[1])
		d.Send(screen.ToastMsg{Text: "an earlier one"}, screen.ToastMsg{Level: screen.Failed, Text: long("it says") + "and that is the end"})
		d.Has("it says 0 of", "all of it: ~")
		d.Lacks("it says 3 of", "and that is the end", "an earlier one")
		d.Keys("~")
		d.Has("12:00:00  it says 0 of")
		w.Clock = w.Clock.Add(time.Minute)
		for range 30 {
			d.Keys("pgdown")
		}
		d.Has("an earlier one", "/state/almatriage.log")
		d.Keys("pgup")
		if size[1] < 60 {
			d.Lacks("/state/almatriage.log")
		}
	}
}

// Where the key has another meaning of the user's own, that one is named; where
// it has none, the palette's.
func TestLongToastsNameTheKey(t *testing.T) {
	for key, want := range map[string]string{"f9": "all of it: f9", "": "all of it: :"} {
		w := filled(t)
		w.Keys = keys(t, map[string][]string{"global.messages": strings.Fields(key)})
		d := open(t, w, 80, 24)
		d.Send(screen.ToastMsg{Text: long("it says")})
		d.Has(want)
	}
}

// Nothing was said, and very much was.
func TestMessages(t *testing.T) {
	d := open(t, filled(t), 100, 30)
	d.Keys("~")
	d.Has("Nothing was said yet.")
	d.Keys("~") // not one on top of the other
	d.Has("close this first")
	d.Keys("enter", "q")
	if !d.Quit {
		t.Error("messages lie over messages")
	}
	d = open(t, filled(t), 100, 30)
	for i := range 250 {
		d.Send(screen.ToastMsg{Text: fmt.Sprintf("number %d.", i)})
	}
	d.Keys("~")
	d.Resize(100, 200)
	d.Has("number 249.", "number 150.")
	d.Lacks("number 149.")
}

// Messages are text of others, too; they lie over whatever is open, at any size.
func TestToastsEverywhere(t *testing.T) {
	d := open(t, filled(t), 100, 30)
	for _, keys := range [][]string{nil, {"?"}, {"esc", "d"}, {"esc", "b"}, {"esc", "/"}} {
		d.Keys(keys...)
		for _, text := range []string{tuitest.Hostile(), strings.Repeat("表示", 2000), "", "\n\n\n", strings.Repeat("a\n", 500), strings.Repeat("word ", 5000)} {
			d.Send(screen.ToastMsg{Level: screen.Failed, Text: text})
			for _, size := range [][2]int{{40, 10}, {41, 11}, {100, 30}} {
				d.Resize(size[0], size[1]) // the driver checks the frame
			}
		}
	}
}

// What has to be read at the start is said there, and can be read again.
func TestNotices(t *testing.T) {
	w := filled(t)
	w.Notices = []string{"the database was \x1b[31mdamaged", "", "podman runs as root here"}
	d := open(t, w, 100, 30)
	d.Has("• the database was damaged", "podman runs as root here")
	d.Keys("~")
	d.Has("the database was damaged")
	w.Notices = []string{""}
	open(t, w, 100, 30).Lacks("•")
}
