package recipe

import (
	"context"
	"io"

	tea "github.com/charmbracelet/bubbletea"
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
	return s.editing.editor.Text(), true
}

// ReadLines is the most that is read before it is accepted.
const ReadLines = readLines

// Problems checks a text as each key does.
func Problems(text string) int { return len(problemsOf(text)) }
