package texts

import (
	"fmt"
	"net/url"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// scopePost has the keys while it is asked whether to post.
const scopePost action.Scope = "texts.post"

// quiet is how long the question must have been there before a key answers it:
// a key that was typed ahead must not make public what cannot be taken back.
const quiet = 600 * time.Millisecond

// Dialog is the question whether to post a comment. It stays while that is done,
// so that nobody asks for it twice.
type Dialog struct {
	env     *screen.Env
	of      *Screen
	note    tracker.Note
	page    string // of the report; raw
	since   time.Time
	posting bool
	w, h    int
}

// askToPost puts the question about the comment as it is shown.
func (s *Screen) askToPost() tea.Cmd {
	return s.env.Ask(screen.OpenMsg{Screen: &Dialog{env: s.env, of: s, note: s.known.note, page: s.known.of.Report.URL, since: s.env.Now()}})
}

// postedMsg tells what became of the comment.
type postedMsg struct {
	to     *Dialog
	posted tracker.Posted
	err    error
}

// quietMsg has the keys drawn that answer by now.
type quietMsg struct{}

// Init implements screen.Screen.
func (d *Dialog) Init() tea.Cmd { return d.env.After(quiet, quietMsg{}) }

// Update implements screen.Screen. A comment that reads otherwise by now is not
// the one that the person has read.
func (d *Dialog) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case postedMsg:
		if msg.to == d {
			said := told(msg.posted.Sentence(d.note.Report), msg.err)
			return tea.Batch(d.env.Ask(screen.CloseMsg{}), func() tea.Msg { return said })
		}
	case loadedMsg:
		if msg.to == d.of && !d.posting && d.of.known.note != d.note {
			return tea.Batch(d.env.Ask(screen.CloseMsg{}), screen.Toast(screen.Note, "The comment has changed meanwhile: read it again before it is posted."))
		}
	}
	return nil
}

// Back implements screen.Backer: while it is posted the dialog stays, to tell how
// that ends.
func (d *Dialog) Back() (tea.Cmd, bool) {
	if d.posting {
		return screen.Toast(screen.Note, "Close: "+beingPosted), true
	}
	return nil, false
}

// Resize implements screen.Screen.
func (d *Dialog) Resize(w, h int) { d.w, d.h = w, h }

// Want implements screen.Dialog.
func (d *Dialog) Want(w, _ int) (int, int) { return w, len(d.question(w)) + 1 }

// Scope implements screen.Screen.
func (d *Dialog) Scope() action.Scope { return scopePost }

// Title implements screen.Screen.
func (d *Dialog) Title() string { return "Post the comment on " + d.note.Report.String() + "?" }

// Typing implements screen.Screen.
func (d *Dialog) Typing() bool { return false }

const beingPosted = "it is being posted"

// Actions implements screen.Screen.
func (d *Dialog) Actions() []action.Action {
	return []action.Action{{ID: "texts.post.yes", Title: "Post it", Keys: []string{"y", "enter"}, Scope: scopePost, Hint: "post it", Enabled: d.may, Run: d.post}}
}

// may tells whether a key is an answer to the question.
func (d *Dialog) may() (bool, string) {
	switch {
	case d.posting:
		return false, beingPosted
	case d.env.Now().Sub(d.since) < quiet:
		return false, "the question came up just now; read it, then press the key again"
	}
	return true, ""
}

// post posts the comment.
func (d *Dialog) post() tea.Cmd {
	d.posting = true
	env, note, msg := d.env, d.note, postedMsg{to: d}
	return func() tea.Msg {
		msg.posted, msg.err = env.Post(env.Ctx, note)
		return msg
	}
}

// question says what will be seen by whom: in few words where there is no room.
func (d *Dialog) question(w int) []string {
	report, to := safe.Line(d.note.Report.String()).String(), ""
	if page, ok := safe.URL(d.page); ok {
		if u, err := url.Parse(page); err == nil {
			to = " at " + u.Host
		}
	}
	seen := "Publicly: everybody can read it there, and it stays visible to others."
	if d.note.Private {
		seen = "Privately, as the report is private: those who may see private notes there can read it, and it stays visible to them."
	}
	lines := widget.Paragraph(d.env.Theme.Bold, "", "It goes to "+report+to+".", w)
	lines = append(lines, widget.Paragraph(d.env.Theme.Warn, "", seen, w)...)
	return append(lines, widget.Paragraph(d.env.Theme.Text, "", "It is signed by the account that the tracker's token belongs to; which one that is only the tracker knows.", w)...)
}

// short is the question where there is no room for it.
func (d *Dialog) short() []string {
	t := d.env.Theme
	seen := "PUBLIC, and it stays visible to others"
	if d.note.Private {
		seen = "Private, and it stays visible there"
	}
	return []string{t.Bold.Render("To " + safe.Line(d.note.Report.String()).String()), t.Warn.Render(seen), "Signed by your token's account there"}
}

// View implements screen.Screen. The last line says what the keys do.
func (d *Dialog) View() string {
	t := d.env.Theme
	keys := t.Key.Render(d.of.key("texts.post.yes")) + " posts it   " + t.Key.Render(d.of.key("global.back")) + " does not"
	if d.posting {
		keys = t.Accent.Render(fmt.Sprintf("Posting it to %s …", safe.Line(d.note.Report.String())))
	}
	lines := d.question(d.w)
	if len(lines)+1 > d.h {
		lines = d.short()
	}
	lines = lines[:min(len(lines), max(0, d.h-1))]
	return widget.Frame(append(lines, keys), d.w, d.h)
}
