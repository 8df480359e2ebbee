package inbox

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/report"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// settle is how long the cursor must stand still before a report is read:
// holding a key down reads only where it ends.
const settle = 30 * time.Millisecond

// preview is what the report under the cursor says.
type preview struct {
	env     *screen.Env
	pager   widget.Pager
	w, h    int
	hidden  bool
	focus   bool // keys scroll it
	reading bool // it has the whole screen

	id      string // whose report it is
	seq     int    // of what was asked for; other answers are dropped
	builtAt int    // the width that the lines are for
	dirty   bool   // the report changed
	input   *report.Input
	err     error
	term    string // that is searched in it
}

// previewMsg is a report, ready to be shown.
type previewMsg struct {
	seq   int
	width int
	input *report.Input
	doc   report.Document
	err   error
	due   bool // only the time has come to read it
}

func newPreview(env *screen.Env) preview {
	return preview{env: env, pager: *widget.NewPager(env.Theme)}
}

func (p *preview) resize(w, h int) {
	p.w, p.h = w, h
	p.pager.Resize(w, h)
}

// stale has the report read again.
func (p *preview) stale() { p.dirty = true }

// want asks for the report under the cursor, unless it is there.
func (p *preview) want(s *Screen) tea.Cmd {
	row, ok := s.row()
	if !ok {
		p.id, p.input, p.err = "", nil, nil
		p.seq++
		p.pager.SetLines(nil)
		return nil
	}
	if p.w <= 0 || row.ID == p.id && !p.dirty && p.builtAt == p.w {
		return nil
	}
	other := row.ID != p.id
	p.seq++
	p.builtAt = p.w
	if other {
		p.id, p.input, p.err = row.ID, nil, nil
		p.pager.SetLines([]string{p.env.Theme.Title.Render(safe.Line(row.Title).String())})
		p.pager.Top()
	}
	p.dirty = false
	return p.env.After(settle, previewMsg{seq: p.seq, due: true})
}

// loaded shows a report that was asked for, and not another one.
func (p *preview) loaded(msg previewMsg) tea.Cmd {
	switch {
	case msg.seq != p.seq:
		return nil
	case msg.due:
		return p.load()
	case msg.err != nil:
		p.err = msg.err
		p.pager.SetLines([]string{p.env.Theme.Error.Render(safe.Line(msg.err.Error()).String())})
		return nil
	}
	p.input = msg.input
	p.pager.SetLines(msg.doc.Lines)
	return nil
}

// load reads and renders the report, away from the keys.
func (p *preview) load() tea.Cmd {
	env, id, seq, width, now := p.env, p.id, p.seq, p.w, p.env.Now()
	return func() tea.Msg {
		input, err := read(env, id, now)
		msg := previewMsg{seq: seq, width: width, input: input, err: err}
		if err == nil {
			msg.doc = report.Build(*input, width, env.Theme)
		}
		return msg
	}
}

// read gathers all that is known of a report.
func read(env *screen.Env, text string, now time.Time) (*report.Input, error) {
	id, err := idOf(text)
	if err != nil {
		return nil, err
	}
	in := &report.Input{Now: now}
	row, _, err := env.DB.Row(env.Ctx, id)
	if err != nil {
		return nil, err
	}
	in.Row = row
	if in.Report, err = env.DB.Report(env.Ctx, id); err != nil {
		return nil, err
	}
	if in.Run, err = env.DB.LastRun(env.Ctx, text); err != nil {
		return nil, err
	}
	in.Recipe, err = env.DB.Recipe(env.Ctx, text)
	if err != nil && store.CodeOf(err) != store.CodeNotFound {
		return nil, err
	}
	in.History, err = env.DB.History(env.Ctx, text)
	return in, err
}

// lines are the preview as it stands beside or below the list.
func (p *preview) lines() []string { return widget.Lines(widget.Frame(p.pager.View(), p.w, p.h)) }

// previewRule is the line between the list and the preview below it.
func (s *Screen) previewRule() string { return s.ruleText(s.preview.id) }

// readingHead is the first line while the report has the whole screen.
func (s *Screen) readingHead() string { return s.ruleText(s.preview.id) }

func (s *Screen) ruleText(id string) string {
	t := s.env.Theme
	style := t.Border
	if s.preview.focus || s.preview.reading {
		style = t.Active
	}
	text := ""
	if id != "" {
		text = "── " + safe.Line(id).String() + "  " + s.preview.pager.Position() + " "
	}
	text = widget.Fit(text, s.w)
	bare := strings.TrimRight(text, " ")
	if id != "" && len(bare) < len(text) {
		bare += " "
	}
	return style.Render(bare + strings.Repeat("─", len(text)-len(bare)))
}
