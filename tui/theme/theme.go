// Package theme holds how things look: a set of styles by what they mean. It
// uses the 16 ANSI colours, bold, faint and reverse only, so that the user's
// own palette decides, and never a colour alone: whatever a style says is also
// said by a sign or a word. It asks the terminal nothing.
package theme

import (
	"io"
	"strconv"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Name is a theme's name in the configuration.
type Name string

// The themes. Auto is resolved by Choose.
const (
	Auto  Name = "auto"
	Light Name = "light"
	Dark  Name = "dark"
	None  Name = "none" // no colours; bold, faint and reverse stay
)

// Choose resolves auto: none with NO_COLOR or on a dumb terminal, else what
// COLORFGBG tells of the background, else dark, whose colours are readable on
// both. env looks up a variable.
func Choose(name Name, env func(string) string) Name {
	if name != Auto && name != "" {
		return name
	}
	if env("NO_COLOR") != "" || env("TERM") == "dumb" {
		return None
	}
	parts := strings.Split(env("COLORFGBG"), ";")
	if background, err := strconv.Atoi(parts[len(parts)-1]); err == nil && (background == 7 || background > 8 && background <= 15) {
		return Light
	}
	return Dark
}

// Theme is a set of styles by what they mean.
type Theme struct {
	Name Name

	Text   lipgloss.Style // the terminal's own
	Bold   lipgloss.Style
	Faint  lipgloss.Style // of less weight: hints, ages, borders
	Title  lipgloss.Style // of a screen, a pane, a section
	Key    lipgloss.Style // a key in hints and help
	Accent lipgloss.Style // what is chosen among others: a tab, a heading
	Link   lipgloss.Style // for flow.Of: its Render would underline rune by rune, whatever UnderlineSpaces says
	Code   lipgloss.Style
	Quote  lipgloss.Style
	Match  lipgloss.Style // where a search hit

	Cursor lipgloss.Style // the line that keys act on
	Marked lipgloss.Style // lines of a selection

	Seen    lipgloss.Style // an attempt that shows the bug
	NotSeen lipgloss.Style // one that does not
	Good    lipgloss.Style
	Warn    lipgloss.Style
	Error   lipgloss.Style

	Border lipgloss.Style
	Active lipgloss.Style // the border of the pane that has the keys

	Added   lipgloss.Style // in a diff: only on the right
	Removed lipgloss.Style // only on the left
}

// New makes the styles of a theme that is not auto.
func New(name Name) *Theme {
	// Told, never asked: left to itself the renderer looks whether it writes to
	// a terminal, and does without any style where it does not.
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	r.SetHasDarkBackground(name != Light)
	plain := r.NewStyle().Inline(true)
	colour := func(dark, light string) lipgloss.Style {
		switch name {
		case None:
			return plain
		case Light:
			return plain.Foreground(lipgloss.Color(light))
		}
		return plain.Foreground(lipgloss.Color(dark))
	}
	const red, green, yellow, blue, magenta, cyan = "1", "2", "3", "4", "5", "6"
	bright := func(c string) string {
		return map[string]string{red: "9", green: "10", yellow: "11", blue: "12", magenta: "13", cyan: "14"}[c]
	}
	return &Theme{
		Name: name,
		Text: plain, Bold: plain.Bold(true), Faint: plain.Faint(true),
		Title: plain.Bold(true), Key: colour(cyan, blue).Bold(true), Accent: colour(bright(cyan), blue).Bold(true),
		Link: colour(bright(blue), blue).Underline(true), Code: colour(cyan, magenta), Quote: plain.Faint(true), Match: plain.Reverse(true),
		Cursor: plain.Reverse(true), Marked: plain.Bold(true),
		Seen: colour(bright(red), red).Bold(true), NotSeen: colour(green, green), Good: colour(green, green), Warn: colour(yellow, magenta), Error: colour(bright(red), red).Bold(true),
		Border: plain.Faint(true), Active: colour(bright(cyan), blue),
		Added: colour(green, green), Removed: colour(bright(red), red),
	}
}
