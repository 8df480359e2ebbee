package palette_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/palette"
	"github.com/almatriage/almatriage/tui/screen/stats"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// some are actions of a screen; the keymap knows the ids.
func some() []action.Action {
	no := func() (bool, string) { return false, "it is not the time" }
	list := []action.Action{
		{ID: "inbox.run", Title: "Run the recipe"},
		{ID: "inbox.undo", Title: "Take the last decision back", Enabled: no},
		{ID: "inbox.decide", Title: "Decide on the report"},
		{ID: "inbox.pagedown", Title: "A page down"},
		{ID: "inbox.sort-id", Title: "Sort by id"},
	}
	for i := range 40 {
		list = append(list, action.Action{ID: fmt.Sprintf("test.number%d", i), Title: fmt.Sprintf("Number %d", i)})
	}
	return list
}

// open opens a list over something else.
func open(t *testing.T, list func(*screen.Env, []action.Action) *palette.Dialog, w, h int) *tuitest.Driver {
	t.Helper()
	world := tuitest.NewWorld(t, theme.None)
	d := tuitest.New(t, world.Env, func(env *screen.Env) screen.Screen { return stats.New(env) }, w, h)
	d.Send(screen.OpenMsg{Screen: list(d.Env, some())})
	return d
}

// rows are the lines of the list.
func rows(d *tuitest.Driver) []string {
	lines := strings.Split(d.Screen(), "\n")
	from := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "> ") })
	return lines[from+1 : len(lines)-2]
}

// cursor is the line that enter does.
func cursor(t *testing.T, d *tuitest.Driver) string {
	t.Helper()
	i := slices.IndexFunc(rows(d), func(l string) bool { return strings.HasPrefix(l, "> ") })
	if i < 0 {
		t.Fatalf("nothing is chosen:\n%s", d.Screen())
	}
	return rows(d)[i]
}

// chosen are the ids that were picked. What they are done on is the root's
// business: here no screen has them.
func chosen(t *testing.T, w, h int, list func(*screen.Env, []action.Action) *palette.Dialog, keys ...string) []string {
	t.Helper()
	var ids []string
	world := tuitest.NewWorld(t, theme.None)
	d := tuitest.New(t, world.Env, func(env *screen.Env) screen.Screen {
		ask := env.Ask
		env.Ask = func(msg tea.Msg) tea.Cmd {
			if m, ok := msg.(palette.ChosenMsg); ok {
				ids = append(ids, m.ID)
			}
			return ask(msg)
		}
		return stats.New(env)
	}, w, h)
	d.Send(screen.OpenMsg{Screen: list(d.Env, some())})
	d.Keys(keys...)
	if len(ids) > 0 && d.Root.Top().Title() != "Statistics" {
		t.Errorf("after %q the list is still open", ids)
	}
	return ids
}

// The help has the order of the screen; the palette has what can be done first.
func TestOrder(t *testing.T) {
	d := open(t, palette.Help, 120, 40)
	for i, want := range []string{"Run the recipe", "Take the last decision back  (not now: it is not the time)", "Decide on the report", "A page down", "Sort by id"} {
		if !strings.Contains(rows(d)[i], want) {
			t.Errorf("line %d is %q, not %q", i, rows(d)[i], want)
		}
	}
	d = open(t, palette.Find, 120, 60)
	list := rows(d)
	last := list[len(some())-1]
	if !strings.Contains(list[1], "Decide on the report") || !strings.Contains(last, "not now: it is not the time") {
		t.Errorf("it begins with %q and ends with %q", list[:2], last)
	}
}

// What has the typed word whole goes before what has its letters somewhere.
func TestWholeWordsFirst(t *testing.T) {
	world := tuitest.NewWorld(t, theme.None)
	d := tuitest.New(t, world.Env, func(env *screen.Env) screen.Screen { return stats.New(env) }, 120, 40)
	d.Send(screen.OpenMsg{Screen: palette.Find(d.Env, []action.Action{
		{ID: "inbox.queue1", Title: "Go to queue 1: Undecided"},
		{ID: "inbox.undo", Title: "Take the last decision back"},
	})})
	d.Type("undo")
	if list := rows(d); !strings.Contains(list[0], "inbox.undo") || !strings.Contains(list[1], "inbox.queue1") {
		t.Errorf("it begins with %q", list[:2])
	}
}

// A line has all keys as people read them, and the name for the configuration
// where there is room.
func TestLine(t *testing.T) {
	d := open(t, palette.Help, 120, 40)
	for i, want := range map[int]string{0: "r           Run the recipe", 3: "PgDn ctrl+f A page down", 4: "            Sort by id"} {
		if row := rows(d)[i]; strings.TrimRight(strings.TrimSuffix(row, some()[i].ID), " ")[2:] != want || !strings.HasSuffix(row, "  "+some()[i].ID) {
			t.Errorf("%q is not %q and its name", row, want)
		}
	}
	d.Resize(60, 20)
	d.Lacks("inbox.run")
	d.Has("Run the recipe")
}

// What is typed is looked for in titles, keys and names.
func TestSearch(t *testing.T) {
	for typed, want := range map[string]string{"run": "Run the recipe", "decision back": "Take the last decision", "pgdown": "A page down", "sort-id": "Sort by id", "Number 37": "Number 37", "dcd": "Decide"} {
		d := open(t, palette.Help, 120, 40)
		d.Type(typed)
		if got := cursor(t, d); !strings.Contains(got, want) {
			t.Errorf("%q finds %q, not %q", typed, got, want)
		}
	}
	d := open(t, palette.Help, 120, 40)
	d.Type("no such thing")
	d.Has("No action is called like that.")
	d.Keys("enter", "down", "up", "pgdown", "enter")
	for range len("no such thing") {
		d.Keys("backspace")
	}
	d.Has("Run the recipe")
}

// enter does what the cursor is on, and closes the list before.
func TestChoose(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"enter"}, "inbox.run"},
		{[]string{"down", "enter"}, "inbox.undo"},
		{[]string{"tab", "tab", "ctrl+n", "shift+tab", "up", "enter"}, "inbox.undo"},
		{[]string{"up", "enter"}, "inbox.run"},
		{[]string{"n", "u", "m", "b", "e", "r", "3", "9", "enter"}, "test.number39"},
		{[]string{"down", "r", "u", "n", "enter"}, "inbox.run"}, // a search begins at its best
		{[]string{"z", "z", "z", "enter"}, ""},
		{[]string{"pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "enter"}, "test.number39"},
	} {
		if got := strings.Join(chosen(t, 80, 24, palette.Help, c.keys...), " "); got != c.want {
			t.Errorf("%q picks %q, not %q", c.keys, got, c.want)
		}
	}
}

// The cursor stays in sight, at any size, and pages leave nothing out.
func TestScrolls(t *testing.T) {
	d := open(t, palette.Help, 60, 16)
	for range 60 {
		d.Keys("down")
		cursor(t, d)
	}
	if got := cursor(t, d); !strings.Contains(got, "Number 39") {
		t.Errorf("the last one is %q", got)
	}
	for _, size := range [][2]int{{40, 10}, {240, 70}, {41, 11}} {
		d.Resize(size[0], size[1])
		if got := cursor(t, d); !strings.Contains(got, "Number 39") {
			t.Errorf("at %v the cursor is on %q", size, got)
		}
	}
	d = open(t, palette.Help, 60, 16)
	seen := ""
	for range 30 {
		seen += strings.Join(rows(d), "\n")
		d.Keys("pgdown")
	}
	for _, a := range some() {
		if !strings.Contains(seen, a.Title) {
			t.Errorf("%s is never seen", a.Title)
		}
	}
}
