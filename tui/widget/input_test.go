package widget_test

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// An input takes text from the start, and nothing of it moves by itself: a
// cursor that blinks would draw the screen again twice a second for nothing.
func TestInput(t *testing.T) {
	input := widget.Input(theme.New(theme.Dark), "what to write")
	input.Width = 20
	if view := ansi.Strip(input.View()); !strings.HasPrefix(view, "what to write") {
		t.Errorf("it is empty: %q", view)
	}
	for _, r := range "gizmö" {
		var cmd tea.Cmd
		if input, cmd = input.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}); cmd != nil {
			t.Errorf("%q asks for something", r)
		}
	}
	if input.Value() != "gizmö" {
		t.Errorf("it holds %q", input.Value())
	}
	if cmd := input.Focus(); cmd != nil && cmd() != nil {
		t.Error("its cursor blinks")
	}
}

// What is pasted is bounded, and becomes one line.
func TestInputPaste(t *testing.T) {
	input := widget.Input(theme.New(theme.None), "")
	input.Width = 20
	input, _ = input.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("two\nlines\x1b[2J" + strings.Repeat("x", 10_000)), Paste: true})
	if n := len([]rune(input.Value())); n != 4096 {
		t.Errorf("it holds %d characters", n)
	}
	if view := input.View(); strings.ContainsAny(view, "\n\r") || strings.Contains(view, "\x1b[2J") {
		t.Errorf("%q", view)
	}
}
