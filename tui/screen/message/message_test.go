package message_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/message"
	"github.com/almatriage/almatriage/tui/screen/stats"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// lines is a text of so many numbered lines.
func lines(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "line %d.\n", i)
	}
	return b.String()
}

// open opens a text over something else.
func open(t *testing.T, title, text string, w, h int) *tuitest.Driver {
	t.Helper()
	world := tuitest.NewWorld(t, theme.None)
	d := tuitest.New(t, world.Env, func(env *screen.Env) screen.Screen { return stats.New(env) }, w, h)
	d.Send(screen.OpenMsg{Screen: message.New(world.Env, title, text)})
	return d
}

// isOpen tells whether the text is.
func isOpen(d *tuitest.Driver) bool { return d.Root.Top().Title() != "Statistics" }

// A text is read from its first line to its last one, and not beyond.
func TestScrolls(t *testing.T) {
	d := open(t, "A text", lines(100), 60, 20)
	d.Has("── A text", "line 1.")
	d.Keys("k", "up", "pgup", "ctrl+u")
	d.Has("line 1.")
	d.Keys("j", "down")
	d.Has("line 3.")
	d.Lacks("line 2.", "line 1.")
	d.Keys("k")
	d.Has("line 2.")
	for range 40 {
		d.Keys(" ")
	}
	d.Has("line 100.")
	last := d.Screen()
	d.Keys("j", "pgdown", "ctrl+d")
	if d.Screen() != last {
		t.Errorf("it scrolls past its end:\n%s", d.Screen())
	}
	// A page leaves nothing out.
	d = open(t, "A text", lines(100), 60, 20)
	seen := ""
	for range 20 {
		seen += d.Screen()
		d.Keys("pgdown")
	}
	for i := 1; i <= 100; i++ {
		if !strings.Contains(seen, fmt.Sprintf("line %d.", i)) {
			t.Errorf("line %d is never seen", i)
		}
	}
}

// A text is as high as it needs, broken where it is too wide, and stays within
// its end when the window grows.
func TestSizes(t *testing.T) {
	d := open(t, "Short", "one\ntwo\n\n", 60, 20)
	if lines := strings.Split(d.Screen(), "\n"); strings.TrimSpace(lines[17]) != "two" { // no empty lines behind it
		t.Errorf("it is higher than it needs:\n%s", d.Screen())
	}
	d = open(t, "Wide", strings.Repeat("word ", 40)+"end.", 40, 20)
	d.Has("end.")
	d = open(t, "Long", lines(100), 60, 20)
	for range 40 {
		d.Keys("pgdown")
	}
	d.Resize(60, 70)
	d.Has("line 100.", "line 50.")
	d.Resize(40, 10)
	d.Resize(60, 20)
	d.Has("line ")
}

// enter, esc and q close it.
func TestCloses(t *testing.T) {
	for _, key := range []string{"enter", "esc", "q"} {
		d := open(t, "A text", "word", 60, 20)
		if d.Keys(key); isOpen(d) || d.Quit {
			t.Errorf("%s does not close it", key)
		}
	}
}

// The text and the title may be of others.
func TestHostile(t *testing.T) {
	for _, text := range []string{tuitest.Hostile(), "", "\n", strings.Repeat(tuitest.Hostile()+"\n", 50), strings.Repeat("x", 10_000), strings.Repeat("表", 5000)} {
		d := open(t, tuitest.Hostile(), text, 80, 24) // the driver checks each frame
		for _, size := range [][2]int{{40, 10}, {41, 11}, {240, 70}} {
			d.Resize(size[0], size[1])
			d.Keys("j", "pgdown", "pgup")
		}
	}
}
