package decide

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/widget"
)

const (
	// wantInfo is how many lines the dialog would like above its keys. With less
	// than gridInfo the keys are written closer, with less than flowInfo they do
	// not stay in sight.
	wantInfo = 8
	gridInfo = 6
	flowInfo = 4
	// column is the width that a key with its verdict needs, and a gap.
	column = 40
)

// picture is what the dialog shows: what is known, scrolled where there is too
// much of it, and the keys below.
type picture struct {
	info []string
	room int // lines for info
	keys []string
	at   int // line of info that is typed in, -1 for none
}

// picture lays the dialog out: the keys in columns if there is room, else one
// after the other, else below all that is known.
func (d *Dialog) picture() picture {
	keys := d.grid(d.w)
	if d.h-1-len(keys) < gridInfo {
		keys = d.flow()
	}
	p := picture{room: d.h - 1 - len(keys), keys: append([]string{""}, keys...)}
	if p.room < flowInfo {
		p.room, p.keys = d.h, nil
	}
	p.info, p.at = d.info(d.w, p.room)
	if p.keys == nil {
		p.info = append(p.info, keys...)
	}
	return p
}

// View implements screen.Screen.
func (d *Dialog) View() string {
	p := d.picture()
	top := d.top
	if p.at >= 0 { // what is typed is always in sight
		top = max(p.at-p.room+1, min(top, p.at))
	}
	lines := p.info[max(0, min(top, len(p.info)-p.room)):]
	if more := len(lines) - p.room; more > 0 {
		lines = append([]string(nil), lines[:p.room]...)
		if p.room > 2 && p.at < 0 {
			lines[p.room-1] = d.env.Theme.Faint.Render(fmt.Sprintf("%s shows %s", d.label("decide.pagedown"), widget.Count(more+1, "more line")))
		}
	}
	for len(lines) < p.room {
		lines = append(lines, "")
	}
	return widget.Frame(append(lines, p.keys...), d.w, d.h)
}

// scroll moves what is seen, where not all of it fits.
func (d *Dialog) scroll(by int) {
	p := d.picture()
	d.top = max(0, min(d.top+by, len(p.info)-p.room))
}

func (d *Dialog) page() int { return max(1, d.picture().room-2) }

// label is the key of an action.
func (d *Dialog) label(id string) string { return d.env.Keys.Label(id) }

// grid shows what enter accepts, and the other keys in columns; while a line is
// typed they are text.
func (d *Dialog) grid(w int) []string {
	keys := d.offered()
	columns := max(1, min(3, w/column))
	rows := (len(keys) - 1 + columns - 1) / columns
	lines := make([]string, 1+rows)
	if d.typing != noField {
		copy(lines, d.typingHint())
		return lines
	}
	lines[0] = widget.Fit(d.accepting(keys[0]), w)
	for i, a := range keys[1:] {
		cell := d.env.Theme.Key.Render(d.label(a.ID)) + " " + a.Title
		lines[1+i%rows] += widget.Fit(cell, w/columns-2) + "  "
	}
	return lines
}

// flow shows the keys one after the other, in few words.
func (d *Dialog) flow() []string {
	if d.typing != noField {
		return d.typingHint()
	}
	keys := d.offered()
	words := []string{d.accepting(keys[0])}
	for _, a := range keys[1:] {
		word, _, _ := strings.Cut(a.Title, ":")
		words = append(words, d.env.Theme.Key.Render(d.label(a.ID))+" "+word)
	}
	return widget.Flow(words, "  ", "", d.w)
}

func (d *Dialog) typingHint() []string {
	hint := fmt.Sprintf("%s takes the line, %s goes to the other one, %s leaves it. What is typed is kept until a verdict is given.",
		d.label("decide.text.take"), d.label("decide.text.other"), d.label("global.back"))
	return strings.Split(ansi.Wrap(hint, max(1, d.w), ""), "\n")
}

// offered are the actions that stand in the dialog: those that decide.
func (d *Dialog) offered() []action.Action {
	all := d.Actions()
	return all[:1+len(choices())+2]
}

// accepting says what the key does that accepts, or why it does nothing.
func (d *Dialog) accepting(a action.Action) string {
	key := d.env.Theme.Key.Render(d.label(a.ID)) + " "
	if can, why := a.Can(); !can {
		return key + d.env.Theme.Faint.Render("accepts nothing: "+safe.Line(why).String())
	}
	if d.single() {
		return key + "accepts " + safe.Line(string(d.facts.rows[0].Suggested)).String()
	}
	return key + fmt.Sprintf("accepts what is suggested, for %d of %d", len(d.facts.with), len(d.reports))
}
