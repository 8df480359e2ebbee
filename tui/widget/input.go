package widget

import (
	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/theme"
)

// Input is a line to type in, focused. Its cursor stands still: one that blinks
// would draw the screen again twice a second for nothing.
func Input(t *theme.Theme, placeholder string) textinput.Model {
	input := textinput.New()
	input.Prompt = ""
	input.Placeholder = placeholder
	input.CharLimit = 4096
	input.TextStyle, input.PlaceholderStyle, input.CompletionStyle = t.Text, t.Faint, t.Faint
	input.Cursor.Style, input.Cursor.TextStyle = t.Cursor, t.Text
	input.Cursor.SetMode(cursor.CursorStatic)
	input.Focus()
	return input
}

// Type hands a key to a line. What is pasted may be anybody's: nothing of it
// that acts on a terminal, or cannot be seen, is taken.
func Type(input *textinput.Model, msg tea.KeyMsg) tea.Cmd {
	if msg.Type == tea.KeyRunes {
		msg.Runes = []rune(safe.Line(string(msg.Runes)).String())
	}
	var cmd tea.Cmd
	*input, cmd = input.Update(msg)
	return cmd
}

// Widen gives a line its width, in cells; its cursor stays in sight.
func Widen(input *textinput.Model, w int) {
	input.Width = max(1, w)
	input.SetCursor(input.Position())
}
