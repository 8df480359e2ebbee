package tui

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/widget"
)

// rule is the line between a screen and the dialog below it.
func (m *Root) rule(title string) string {
	t := m.env.Theme
	line := "── " + safe.Line(title).String() + " "
	return t.Active.Render(widget.Fit(line+strings.Repeat("─", max(0, m.w-ansi.StringWidth(line))), m.w))
}

// hints are the first actions that there is room for, and how to see the rest.
func (m *Root) hints() string {
	t, typing := m.env.Theme, m.Top().Typing()
	more := t.Key.Render(m.env.Keys.Label("global.help")) + " " + "help"
	if typing { // its key is text now
		more = t.Key.Render(m.env.Keys.Label("global.back")) + " back"
	}
	room := m.w - ansi.StringWidth(more) - 2
	line := ""
	for _, a := range m.actions() {
		keys := m.env.Keys.Keys(a.ID)
		if a.Hint == "" || len(keys) == 0 || a.ID == "global.help" || typing && len([]rune(keys[0])) == 1 {
			continue
		}
		key := action.Label(keys[0])
		if can, _ := a.Can(); !can {
			continue
		}
		if width := ansi.StringWidth(key) + 1 + len(a.Hint) + 2; width <= room {
			line += t.Key.Render(key) + " " + a.Hint + "  "
			room -= width
		}
	}
	return line + more
}

// status is the last line: what goes on, and how old the data is.
func (m *Root) status() string {
	parts := []string{m.syncState()}
	if n := len(m.env.Runs.Running()); n > 0 {
		parts = append(parts, m.spinner()+" "+widget.Count(n, "run"))
	}
	if m.env.Recorded {
		parts = append(parts, "DEMO: invented reports, recorded runs")
	}
	left := strings.Join(parts, "  ")
	right := "almatriage"
	if title := m.Top().Title(); title != "" {
		right = title
	}
	right = safe.Line(right).String()
	room := m.w - ansi.StringWidth(left) - 2
	if room < 8 {
		return m.env.Theme.Faint.Render(widget.Fit(left, m.w))
	}
	right = ansi.Truncate(right, room, "…")
	gap := strings.Repeat(" ", m.w-ansi.StringWidth(left)-ansi.StringWidth(right))
	return m.env.Theme.Faint.Render(left + gap + right)
}

// syncState is the age of the data in words.
func (m *Root) syncState() string {
	if m.syncing {
		return m.spinner() + " syncing"
	}
	var oldest time.Time
	var failed []string
	for _, s := range m.syncs {
		if s.Error != "" {
			failed = append(failed, s.Tracker)
		}
		if !s.Succeeded.IsZero() && (oldest.IsZero() || s.Succeeded.Before(oldest)) {
			oldest = s.Succeeded
		}
	}
	text := "never synced"
	if !oldest.IsZero() {
		text = "synced " + widget.Ago(m.now, oldest)
	}
	if len(failed) > 0 {
		text += ", " + safe.Line(strings.Join(failed, ", ")).String() + " failed"
	}
	return text
}

// spinner turns while something goes on.
func (m *Root) spinner() string { return widget.Spinner(m.now) }

// keyOf is for texts that name a key.
func (m *Root) keyOf(id string) string {
	if label := m.env.Keys.Label(id); label != "" {
		return label
	}
	return action.Label(m.env.Keys.Label("global.palette"))
}
