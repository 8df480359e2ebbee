// Package palette lists actions, to be read, searched and run: the help of a
// screen, and the palette. Both show what the registry has and nothing else.
package palette

import (
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/sahilm/fuzzy"

	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// ChosenMsg is the action that was picked, for the root to run.
type ChosenMsg struct{ ID string }

// Dialog is the list with its search.
type Dialog struct {
	env    *screen.Env
	title  string
	all    []action.Action
	found  []action.Action
	input  textinput.Model
	cursor int
	top    int
	w, h   int
	keysW  int // cells of the keys
}

// Help lists all actions of a screen in their order.
func Help(env *screen.Env, all []action.Action) *Dialog {
	return open(env, "Help: type to search, enter does it", all)
}

// Find lists what can be done now before what cannot.
func Find(env *screen.Env, all []action.Action) *Dialog {
	var can, cannot []action.Action
	for _, a := range all {
		if ok, _ := a.Can(); ok {
			can = append(can, a)
		} else {
			cannot = append(cannot, a)
		}
	}
	return open(env, "What to do: type to search, enter does it", append(can, cannot...))
}

func open(env *screen.Env, title string, all []action.Action) *Dialog {
	input := widget.Input(env.Theme, "search")
	d := &Dialog{env: env, title: title, all: all, found: all, input: input}
	for _, a := range all {
		d.keysW = max(d.keysW, ansi.StringWidth(d.keys(a)))
	}
	return d
}

// keys are an action's keys as people read them.
func (d *Dialog) keys(a action.Action) string {
	var keys []string
	for _, key := range d.env.Keys.Keys(a.ID) {
		keys = append(keys, action.Label(key))
	}
	return strings.Join(keys, " ")
}

// Init implements screen.Screen.
func (d *Dialog) Init() tea.Cmd { return nil }

// Resize implements screen.Screen.
func (d *Dialog) Resize(w, h int) {
	d.w, d.h = w, h
	widget.Widen(&d.input, w-4)
	d.move(0)
}

// Want implements screen.Dialog.
func (d *Dialog) Want(w, h int) (int, int) { return w, min(h, len(d.all)+1) }

// Scope implements screen.Screen.
func (d *Dialog) Scope() action.Scope { return action.Palette }

// Title implements screen.Screen.
func (d *Dialog) Title() string { return d.title }

// Typing implements screen.Screen.
func (d *Dialog) Typing() bool { return true }

// Actions implements screen.Screen.
func (d *Dialog) Actions() []action.Action {
	by := func(n func() int) func() tea.Cmd {
		return func() tea.Cmd { d.move(n()); return nil }
	}
	return []action.Action{
		{ID: "palette.run", Title: "Do it", Keys: []string{"enter"}, Scope: action.Palette, Hint: "do it", Run: d.choose},
		{ID: "palette.down", Title: "Down", Keys: []string{"down", "ctrl+n", "tab"}, Scope: action.Palette, Hint: "down", Run: by(func() int { return 1 })},
		{ID: "palette.up", Title: "Up", Keys: []string{"up", "shift+tab"}, Scope: action.Palette, Hint: "up", Run: by(func() int { return -1 })},
		{ID: "palette.pagedown", Title: "A page down", Keys: []string{"pgdown", "ctrl+d"}, Scope: action.Palette, Run: by(func() int { return d.h - 1 })},
		{ID: "palette.pageup", Title: "A page up", Keys: []string{"pgup", "ctrl+u"}, Scope: action.Palette, Run: by(func() int { return 1 - d.h })},
	}
}

func (d *Dialog) choose() tea.Cmd {
	if d.cursor >= len(d.found) {
		return nil
	}
	id := d.found[d.cursor].ID
	return d.env.Ask(ChosenMsg{id})
}

func (d *Dialog) move(by int) {
	d.cursor = max(0, min(d.cursor+by, len(d.found)-1))
	rows := max(1, d.h-1)
	d.top = max(0, min(max(min(d.top, d.cursor), d.cursor-rows+1), len(d.found)-rows))
}

// Update implements screen.Screen: what is typed searches.
func (d *Dialog) Update(msg tea.Msg) tea.Cmd {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	before := d.input.Value()
	cmd := widget.Type(&d.input, key)
	if d.input.Value() != before {
		d.search()
	}
	return cmd
}

// search finds titles, keys and names; what was typed whole goes first.
func (d *Dialog) search() {
	term := strings.TrimSpace(d.input.Value())
	d.cursor, d.top = 0, 0
	if term == "" {
		d.found = d.all
		return
	}
	texts := make([]string, len(d.all))
	for i, a := range d.all {
		texts[i] = a.Title + " " + strings.Join(d.env.Keys.Keys(a.ID), " ") + " " + a.ID
	}
	d.found = nil
	var scattered []action.Action
	for _, match := range fuzzy.Find(term, texts) {
		if strings.Contains(strings.ToLower(texts[match.Index]), strings.ToLower(term)) {
			d.found = append(d.found, d.all[match.Index])
		} else {
			scattered = append(scattered, d.all[match.Index])
		}
	}
	d.found = append(d.found, scattered...)
}

// View implements screen.Screen.
func (d *Dialog) View() string {
	lines := []string{"> " + d.input.View()}
	rows := d.h - 1
	for i := d.top; i < len(d.found) && i < d.top+rows; i++ {
		lines = append(lines, d.row(d.found[i], i == d.cursor))
	}
	if len(d.found) == 0 {
		lines = append(lines, "  No action is called like that.")
	}
	return widget.Frame(lines, d.w, d.h)
}

// roomy is the width from which there is room for the actions' names, by which
// the configuration calls them.
const roomy = 80

// row is one action: its keys, its title, why it cannot be done, and its name.
func (d *Dialog) row(a action.Action, cursor bool) string {
	t := d.env.Theme
	left, name := widget.Fit(d.keys(a), min(d.keysW, d.w/3)), ""
	if d.w >= roomy {
		name = "  " + a.ID
	}
	title := a.Title
	can, why := a.Can()
	if !can {
		title += "  (not now: " + why + ")"
	}
	title = widget.Fit(title, d.w-ansi.StringWidth(left)-3-len(name))
	if cursor {
		return t.Cursor.Render(widget.Fit("> "+left+" "+title+name, d.w))
	}
	if !can {
		title = t.Faint.Render(title)
	}
	return "  " + t.Key.Render(left) + " " + title + t.Faint.Render(name)
}
