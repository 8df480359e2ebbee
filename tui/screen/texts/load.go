package texts

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
)

// known is what was read of a report, and what was written of it.
type known struct {
	of    handoff.Case
	note  tracker.Note
	draft handoff.Draft
	pages [tabs]page
}

// page is a text, or why there is none.
type page struct {
	text safe.Text
	why  error
}

// loadedMsg is what was read.
type loadedMsg struct {
	to    *Screen
	seq   int
	known *known
	err   error
}

// load reads all that is known of the report, and writes its texts.
func (s *Screen) load() tea.Cmd {
	s.seq++
	s.busy = true
	env, report, private := s.env, s.report, s.private
	msg := loadedMsg{to: s, seq: s.seq}
	return func() tea.Msg {
		msg.known, msg.err = read(env, report, private)
		return msg
	}
}

func read(env *screen.Env, report string, private bool) (*known, error) {
	id, err := tracker.ParseID(report)
	if err != nil {
		return nil, err
	}
	var k known
	if k.of, err = env.DB.Case(env.Ctx, id, env.Program, env.Targets); err != nil {
		return nil, fmt.Errorf("write the texts of %s: %w", report, err)
	}
	k.of.IncludePrivate = private
	comment, upstream := &k.pages[tabComment], &k.pages[tabUpstream]
	k.note, comment.why = handoff.Note(k.of)
	comment.text = safe.Block(k.note.Text)
	if k.draft, upstream.why = handoff.Upstream(k.of); upstream.why == nil {
		shown := k.draft
		shown.Open = "" // it would tell how the command line opens it
		upstream.text = safe.Block(shown.Text())
	}
	return &k, nil
}

// loaded shows what was read. What was shown stays when that failed. A report
// that can have no comment begins with its draft.
func (s *Screen) loaded(msg loadedMsg) tea.Cmd {
	if msg.to != s || msg.seq != s.seq {
		return nil
	}
	first := s.known == nil
	s.busy, s.failed = false, msg.err
	if msg.err == nil {
		s.known = msg.known
	}
	if first && msg.err == nil && s.known.pages[tabComment].why != nil && s.known.pages[tabUpstream].why == nil {
		s.tab = tabUpstream
	}
	s.layout()
	if first { // its place says so
		return nil
	}
	return screen.Fail(msg.err)
}

// page is the text of the tab, an empty one before it was read.
func (s *Screen) page() page {
	if s.known == nil {
		return page{}
	}
	return s.known.pages[s.tab]
}
