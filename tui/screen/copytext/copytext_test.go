package copytext_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/copytext"
	"github.com/almatriage/almatriage/tui/screen/stats"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

const report = "almbz#1"

// open opens the menu of a report over something else.
func open(t *testing.T, w *tuitest.World, report string) *tuitest.Driver {
	t.Helper()
	env := *w.Env
	d := tuitest.New(t, &env, func(env *screen.Env) screen.Screen { return stats.New(env) }, 100, 24)
	d.Send(screen.OpenMsg{Screen: copytext.New(&env, report)})
	return d
}

// world has a report with everything, and one with nothing.
func world(t *testing.T) *tuitest.World {
	t.Helper()
	w := tuitest.NewWorld(t, theme.None)
	w.Commit(t, tuitest.Report(1, func(r *tracker.Report) {
		r.Title, r.Body, r.Additional = "a title", "the body"+tuitest.Hostile(), "  \n"
		r.URL = "https://bugs.example.org/view.php?id=1"
	}), tuitest.Report(2, func(r *tracker.Report) { r.URL = "" }))
	w.SetRecipe(t, report, tuitest.Gizmo, reproduce.OriginSet)
	w.Play("gizmo", true, false, "1.0-1.el9", "2.0-1.el9")
	w.Engine.Scripts["alma9"].Facts[0].Excerpt = "not what is copied"
	w.Run(t, report)
	return w
}

// Each key copies what it says, of the data and not of the screen; what was
// copied, and how, is told after the menu is closed.
func TestCopies(t *testing.T) {
	w := world(t)
	for _, c := range []struct{ key, told, begins, holds string }{
		{"i", "The id of almbz#1 is copied by the test.", report, ""},
		{"u", "The address of almbz#1 is copied", "https://bugs.example.org/view.php?id=1", ""},
		{"r", "The recipe of almbz#1 is copied", tuitest.Gizmo, ""},
		{"o", "The output of the last run of almbz#1 is copied", "== AlmaLinux 9\n", "== CentOS Stream 9\n"},
		{"t", "The report's text of almbz#1 is copied", "a title\n\nthe body", "dnf install gizmo"},
	} {
		w.Copied = nil
		d := open(t, w, report)
		d.Keys(c.key)
		d.Has(c.told)
		if len(w.Copied) != 1 || !strings.HasPrefix(w.Copied[0], c.begins) || !strings.Contains(w.Copied[0], c.holds) {
			t.Errorf("%s copies %q", c.key, w.Copied)
			continue
		}
		if bad := tuitest.Unsafe(strings.ReplaceAll(w.Copied[0], "\t", " ")); bad != "" || strings.Contains(w.Copied[0], "\x1b") {
			t.Errorf("%s copies %s: %q", c.key, bad, w.Copied[0])
		}
		if d.Root.Top().Title() != "Statistics" {
			t.Errorf("after %s the menu is open", c.key)
		}
	}
}

// What is not there is told, and leaves the clipboard as it is.
func TestNothingToCopy(t *testing.T) {
	w := world(t)
	for report, says := range map[string]map[string]string{
		"almbz#2":  {"u": "the address of almbz#2 is empty", "r": "almbz#2", "o": "the output of the last run of almbz#2 is empty"},
		"almbz#99": {"u": "the address of almbz#99 is empty", "t": "almbz#99", "r": "almbz#99"},
		"no id":    {"i": "no id"},
	} {
		for key, want := range says {
			d := open(t, w, report)
			d.Keys(key)
			d.Has("✗ ", want)
			if len(w.Copied) != 0 {
				t.Errorf("%s of %s copies %q", key, report, w.Copied)
			}
		}
	}
	w.Copy = func(context.Context, string) (string, error) { return "", errors.New("nothing takes a copy") }
	d := open(t, w, report)
	d.Keys("i")
	d.Has("✗ nothing takes a copy")
}

// The menu shows its keys, at any size, and esc and q leave it.
func TestMenu(t *testing.T) {
	w := world(t)
	d := open(t, w, report)
	d.Has("Copy of almbz#1", "i   The id", "u   The address", "r   The recipe", "o   The output of the last run", "t   The report's text")
	for _, size := range [][2]int{{40, 10}, {240, 70}} {
		d.Resize(size[0], size[1])
		d.Has("The id")
	}
	for _, key := range []string{"esc", "q"} {
		d := open(t, w, tuitest.Hostile())
		if d.Keys(key); d.Root.Top().Title() != "Statistics" || d.Quit || len(w.Copied) != 0 {
			t.Errorf("%s does not leave it", key)
		}
	}
}
