// Package history is the dialog with all that was decided on a report and all
// its runs. The decision in force can be taken back in it; decisions are only
// ever added to the journal, so that one that was taken back is still listed.
// It imports no other screen.
package history

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
)

// confirmScope has the keys while it is asked whether to take a decision back.
const confirmScope action.Scope = "history.confirm"

// Dialog lists the history of one report.
type Dialog struct {
	env    *screen.Env
	report string
	w, h   int

	journal journal
	loaded  bool
	seq     int // of the newest look-up
	err     error
	now     time.Time // when the journal came: ages are told by it

	cursor int                 // in items, decisions before runs
	top    int                 // first line that is seen
	asking *reproduce.Decision // to be taken back, if that is confirmed
	saving bool
}

// New makes the dialog of a report, by its id.
func New(env *screen.Env, report string) *Dialog {
	return &Dialog{env: env, report: report, now: env.Now()}
}

// Init implements screen.Screen.
func (d *Dialog) Init() tea.Cmd { return d.load() }

// Update implements screen.Screen: the journal is read again when it may have
// changed.
func (d *Dialog) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		if msg.dialog == d && msg.seq == d.seq {
			d.take(msg)
		}
	case failedMsg:
		if msg.dialog == d {
			d.saving = false
			return tea.Batch(screen.Fail(msg.err), d.load())
		}
	case screen.DecidedMsg:
		for _, one := range msg.Decisions {
			if one.Report == d.report {
				d.saving = false
				return d.load()
			}
		}
	case screen.ChangedMsg:
		for _, e := range msg.Excerpts {
			if e.ID == d.report {
				return d.load()
			}
		}
	case runs.EventsMsg:
		if msg.Ended && msg.Report == d.report {
			return d.load()
		}
	}
	return nil
}

// Back implements screen.Backer: it leaves the question. While a decision is
// being taken back the dialog stays, to tell how that ends.
func (d *Dialog) Back() (tea.Cmd, bool) {
	switch {
	case d.saving:
		return screen.Toast(screen.Note, "Close: "+beingSaved), true
	case d.asking != nil:
		d.asking = nil
		return nil, true
	}
	return nil, false
}

// Busy implements screen.Busier: keys that were typed ahead are meant for what
// comes.
func (d *Dialog) Busy() bool { return d.saving || !d.loaded && d.err == nil }

// Resize implements screen.Screen.
func (d *Dialog) Resize(w, h int) {
	d.w, d.h = w, h
	d.move(0)
}

// Want implements screen.Dialog. It does not depend on what there is, so that
// the dialog does not jump when that comes.
func (d *Dialog) Want(w, h int) (int, int) { return w, min(h, max(16, h*2/3)) }

// Scope implements screen.Screen.
func (d *Dialog) Scope() action.Scope {
	if d.asking != nil {
		return confirmScope
	}
	return action.History
}

// Title implements screen.Screen.
func (d *Dialog) Title() string { return "History of " + d.report }

// Typing implements screen.Screen.
func (d *Dialog) Typing() bool { return false }
