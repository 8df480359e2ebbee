package tui

import (
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// toast is something that was said, and until when it is shown.
type toast struct {
	level screen.Level
	text  safe.Text
	at    time.Time
	until time.Time
}

// expireMsg only makes the screen be drawn again without what has expired.
type expireMsg struct{}

// kept is how many messages can be read again.
const kept = 100

// long is from how many bytes on a message takes longer to read.
const long = 100

// toast shows a message for a while: errors, and what is long, longer.
func (m *Root) toast(msg screen.ToastMsg) tea.Cmd {
	lasts := 6 * time.Second
	if msg.Level == screen.Failed || len(msg.Text) > long {
		lasts = 15 * time.Second
	}
	t := toast{level: msg.Level, text: safe.Block(strings.TrimSpace(msg.Text)), at: m.now, until: m.now.Add(lasts)}
	m.toasts = []toast{t} // the newest one is what matters
	m.told = append(m.told, t)
	if len(m.told) > kept {
		m.told = m.told[len(m.told)-kept:]
	}
	return m.env.After(lasts, expireMsg{})
}

// notices shows what has to be read at the start, as one message: a second would
// hide the first.
func (m *Root) notices() tea.Cmd {
	notices := slices.DeleteFunc(slices.Clone(m.env.Notices), func(s string) bool { return s == "" })
	if len(notices) == 0 {
		return nil
	}
	return screen.Toast(screen.Note, strings.Join(notices, "\n"))
}

// forget drops the toasts that have had their time.
func (m *Root) forget() {
	for len(m.toasts) > 0 && !m.now.Before(m.toasts[0].until) {
		m.toasts = m.toasts[1:]
	}
}

// over puts the toast over the last lines of a screen. Of a dialog it hides
// nothing: something may be typed there.
func (m *Root) over(lines []string) []string {
	most := min(4, len(lines))
	if len(m.toasts) == 0 || most == 0 {
		return lines
	}
	t := m.toasts[len(m.toasts)-1]
	sign, style := "✓ ", m.env.Theme.Good
	switch t.level {
	case screen.Note:
		sign, style = "• ", m.env.Theme.Accent
	case screen.Failed:
		sign, style = "✗ ", m.env.Theme.Error
	}
	text := strings.Split(ansi.Wrap(sign+t.text.String(), m.w-1, ""), "\n")
	if len(text) > most {
		text = append(text[:most-1], "  … all of it: "+m.keyOf("global.messages"))
	}
	for i, line := range text {
		lines[len(lines)-len(text)+i] = style.Render(widget.Fit(line, m.w))
	}
	return lines
}
