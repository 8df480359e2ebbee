package guide

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// pause is how long nothing is typed before what was typed is stored.
const pause = 400 * time.Millisecond

// emptied is what is stored of a text that was emptied and did not begin so: an
// answer that is not empty and says nothing.
const emptied = "\n"

// put makes a question ready to be typed at, with what was typed before.
func (y *typing) put(t *theme.Theme, a guide.Ask, before string) {
	y.editor, y.begin, y.failed, y.whole = nil, "", "", false
	y.input.SetValue("")
	switch a.Kind {
	case guide.Line:
		y.input.Placeholder = ""
		if lines := safe.Reveal(words(a.Default)).Lines(); a.Default != "" {
			y.input.Placeholder = lines[0].String()
		}
		y.input.SetValue(safe.Cell(before))
		y.input.CursorEnd()
	case guide.Lines:
		y.edit(t, a, before)
	}
	y.stored = y.text()
}

// edit begins to edit the default, or what was made of it before.
func (y *typing) edit(t *theme.Theme, a guide.Ask, before string) {
	if a.Default != none {
		y.begin = a.Default
	}
	if widget.Editable(y.begin) != nil {
		y.begin, y.whole = "", true
	}
	text := y.begin
	if before != "" && widget.Editable(before) == nil {
		text = strings.TrimPrefix(before, emptied)
	}
	y.editor = widget.NewEditor(t, text)
	if text != y.begin {
		y.editor.GoTo(strings.Count(text, "\n")+1, len(text))
	}
}

// text is what was typed and is no answer yet, "" for nothing.
func (y *typing) text() string {
	if y.editor == nil {
		return y.input.Value()
	}
	switch text := y.editor.Text(); {
	case text == y.begin:
		return ""
	case text == "":
		return emptied
	default:
		return text
	}
}

// typed is a key that is text. It is stored soon.
func (s *Screen) typed(msg tea.KeyMsg) tea.Cmd {
	y := &s.typing
	before := y.text()
	var cmd tea.Cmd
	switch s.Scope() {
	case scopeText:
		cmd = widget.Type(&y.input, msg)
	case scopeEdit:
		if err := y.editor.Key(msg); err != nil {
			return screen.Toast(screen.Note, "That is not taken: "+err.Error()+".")
		}
	}
	if y.text() == before {
		return cmd
	}
	s.wrong = ""
	s.layout()
	return tea.Batch(cmd, s.later())
}

// later has what is typed stored when nothing more is typed for a while.
func (s *Screen) later() tea.Cmd {
	if !s.Unsaved() {
		return nil
	}
	s.typing.keys++
	return s.env.After(pause, keepMsg{s, s.typing.keys})
}

// keepMsg tells that the time has come to store what was typed, keptMsg that it
// is stored, or why not.
type (
	keepMsg struct {
		to   *Screen
		keys int
	}
	keptMsg struct {
		to      *Screen
		seq     int
		typed   string
		session guide.Session
		err     error
	}
)

// due stores what was typed, unless more was typed since, or something else is
// being stored: an answer, or an earlier text, after which this one's time comes
// again.
func (s *Screen) due(msg keepMsg) tea.Cmd {
	if msg.to != s || msg.keys != s.typing.keys || s.work.going() || !s.Unsaved() {
		return nil
	}
	return s.keep()
}

func (s *Screen) keep() tea.Cmd {
	s.work.seq++
	s.work.keeping = true
	ctx, session, now := s.env.Ctx, s.session, s.env.Now()
	msg := keptMsg{to: s, seq: s.work.seq, typed: s.typing.text()}
	return func() tea.Msg {
		msg.session, msg.err = session.Type(ctx, msg.typed, now)
		return msg
	}
}

// kept goes on with what waited for it.
func (s *Screen) kept(msg keptMsg) tea.Cmd {
	if msg.to != s || msg.seq != s.work.seq {
		return nil
	}
	s.work.keeping = false
	var cmd tea.Cmd
	if msg.err != nil {
		s.typing.failed, cmd = msg.typed, screen.Fail(msg.err)
	} else {
		s.session, s.typing.stored, s.typing.failed = msg.session, msg.typed, ""
	}
	if next := s.work.next; next != nil {
		s.work.next = nil
		return tea.Batch(cmd, next())
	}
	if s.typing.text() == msg.typed {
		return cmd
	}
	return tea.Batch(cmd, s.later())
}

// Unsaved implements screen.Unsaver: the last keys are stored only after a
// moment.
func (s *Screen) Unsaved() bool { return s.Typing() && s.typing.text() != s.typing.stored }

// Store implements screen.Storer.
func (s *Screen) Store() tea.Cmd {
	if s.work.going() || s.typing.failed != "" && s.typing.failed == s.typing.text() {
		return nil
	}
	return s.keep()
}
