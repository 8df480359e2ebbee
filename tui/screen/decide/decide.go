// Package decide is the dialog in which a person decides on reports: it shows
// what the program suggests and why, and takes a verdict by one key, with a
// note and a link to a patch. It imports no other screen.
package decide

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Dialog decides on the reports that it was opened for, whatever the list below
// it shows meanwhile.
type Dialog struct {
	env     *screen.Env
	reports []string
	about   map[string]bool // the same, to look one up
	w, h    int
	top     int // first line that is seen, where not all fit

	facts   facts
	loaded  bool
	seq     int       // of the newest look-up
	now     time.Time // when facts came: ages are told by it
	unknown error     // why they did not come

	typing field
	note   textinput.Model
	patch  textinput.Model
	saving bool
	failed error // why nothing was decided
}

// New makes the dialog for reports, by their ids.
func New(env *screen.Env, reports []string) *Dialog {
	about := map[string]bool{}
	for _, report := range reports {
		about[report] = true
	}
	return &Dialog{env: env, reports: slices.Clone(reports), about: about, now: env.Now(),
		note: widget.Input(env.Theme, "why, for those who read it later"), patch: widget.Input(env.Theme, "https://…")}
}

// single tells that it is about one report.
func (d *Dialog) single() bool { return len(d.reports) == 1 }

// Init implements screen.Screen.
func (d *Dialog) Init() tea.Cmd { return d.load() }

// Update implements screen.Screen: what is known of the reports is looked up
// again when it may have changed.
func (d *Dialog) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return d.typed(msg)
	case loadedMsg:
		if msg.dialog == d && msg.seq == d.seq {
			d.take(msg)
		}
	case failedMsg:
		if msg.dialog == d {
			d.saving, d.failed, d.top = false, msg.err, 0
			return d.load() // what is shown may be why
		}
	case screen.DecidedMsg:
		return d.decided(msg)
	case screen.ChangedMsg:
		for _, e := range msg.Excerpts {
			if d.about[e.ID] {
				return d.load()
			}
		}
	case runs.EventsMsg:
		if msg.Ended && d.about[msg.Report] {
			return d.load()
		}
	}
	return nil
}

// decided closes the dialog when it was its own decision, and looks again when
// one of its reports was decided on elsewhere.
func (d *Dialog) decided(msg screen.DecidedMsg) tea.Cmd {
	for _, one := range msg.Decisions {
		if !d.about[one.Report] {
			continue
		}
		if d.saving && !msg.TakenBack {
			return d.env.Ask(screen.CloseMsg{})
		}
		return d.load()
	}
	return nil
}

// Back implements screen.Backer: it leaves the line that is typed. While a
// decision is being saved the dialog stays, to tell how that ends.
func (d *Dialog) Back() (tea.Cmd, bool) {
	switch {
	case d.saving:
		return screen.Toast(screen.Note, "Close: "+beingSaved), true
	case d.typing != noField:
		d.typing = noField
		return nil, true
	}
	return nil, false
}

// Busy implements screen.Busier: enter that was typed ahead accepts what comes
// to be known, and what is typed behind a verdict is meant for the next report.
func (d *Dialog) Busy() bool { return d.saving || !d.loaded && d.unknown == nil }

// Resize implements screen.Screen.
func (d *Dialog) Resize(w, h int) {
	d.w, d.h = w, h
	d.widenInputs()
	d.scroll(0)
}

// Want implements screen.Dialog. It does not depend on what is known, so that
// the dialog does not jump when that comes.
func (d *Dialog) Want(w, h int) (int, int) { return w, min(h, wantInfo+1+len(d.grid(w))) }

// Scope implements screen.Screen.
func (d *Dialog) Scope() action.Scope {
	if d.typing != noField {
		return typingScope
	}
	return action.Decide
}

// Title implements screen.Screen.
func (d *Dialog) Title() string {
	if d.single() {
		return "Decide on " + d.reports[0]
	}
	return "Decide on " + widget.Count(len(d.reports), "report")
}

// Typing implements screen.Screen.
func (d *Dialog) Typing() bool { return d.typing != noField }
