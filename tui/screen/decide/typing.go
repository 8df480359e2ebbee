package decide

import (
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
)

// typingScope has the keys while a line is typed: the letters of the verdicts
// are text then.
const typingScope action.Scope = "decide.text"

// field is a line to type in.
type field int

// The fields.
const (
	noField field = iota
	noteField
	patchField
)

// label stands before a field.
func (f field) label() string {
	if f == patchField {
		return "Patch: "
	}
	return "Note:  "
}

func (d *Dialog) input(f field) *textinput.Model {
	if f == patchField {
		return &d.patch
	}
	return &d.note
}

// write begins to type in a field, behind what is in it.
func (d *Dialog) write(f field) tea.Cmd {
	d.typing, d.failed = f, nil
	d.input(f).CursorEnd()
	return nil
}

// typed takes a key as text. What is pasted may hold anything: it is cleaned
// like a text of others, for it is shown.
func (d *Dialog) typed(msg tea.KeyMsg) tea.Cmd {
	if d.typing == noField {
		return nil
	}
	if msg.Type == tea.KeyRunes {
		msg.Runes = []rune(safe.Cell(string(msg.Runes)))
	}
	input := d.input(d.typing)
	var cmd tea.Cmd
	*input, cmd = input.Update(msg)
	return cmd
}

// widenInputs gives the fields the width of the dialog.
func (d *Dialog) widenInputs() {
	for _, f := range []field{noteField, patchField} {
		d.input(f).Width = max(1, d.w-len(f.label())-1)
	}
}
