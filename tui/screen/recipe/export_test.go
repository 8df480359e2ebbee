package recipe

import (
	"context"
	"io"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/theme"
)

// RunEditor does what Bubble Tea does when the editor has the terminal: it runs
// the command of an openedMsg and gives what comes of it.
func RunEditor(msg tea.Msg, ctx context.Context, in io.Reader, out, errs io.Writer) (answer tea.Msg, dir string, was bool) {
	m, ok := msg.(openedMsg)
	if !ok || m.err != nil {
		return nil, "", false
	}
	return m.session.closed(m.session.run(ctx, in, out, errs)), m.session.dir, true
}

// Text is what is edited, and whether something is.
func (s *Screen) Text() (string, bool) {
	if s.editing == nil {
		return "", false
	}
	return s.editing.editor.text(), true
}

// Shown is a line as it is shown, with the warnings.
func Shown(line string) (string, []string) {
	v := newRevealer(inksOf(theme.New(theme.None)))
	return render(v.line(line, v.text, 0)), v.warnings()
}

// Editor is the editor alone.
type Editor struct{ *editor }

func NewEditor(text string, w, h int) (Editor, error) {
	if err := editable(text); err != nil {
		return Editor{}, err
	}
	e := newEditor(theme.New(theme.None), text)
	e.resize(w, h)
	return Editor{e}, nil
}

func (e Editor) Key(msg tea.KeyMsg) error { return e.key(msg) }
func (e Editor) Text() string             { return e.text() }
func (e Editor) Place() (int, int)        { return e.place() }
func (e Editor) GoTo(line, column int)    { e.goTo(line, column) }
func (e Editor) View() []string           { return e.view() }

// The bounds of what is edited in place and read before it is accepted.
const (
	EditLines = editLines
	ReadLines = readLines
)

// Problems checks a text as each key does.
func Problems(text string) int { return len(problemsOf(text)) }
