package history

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
)

const beingSaved = "the decision is being taken back"

// Actions implements screen.Screen.
func (d *Dialog) Actions() []action.Action {
	by := func(n func() int) func() tea.Cmd {
		return func() tea.Cmd { d.move(n()); return nil }
	}
	here := func(id, title, hint string, run func() tea.Cmd, enabled func() (bool, string), keys ...string) action.Action {
		return action.Action{ID: "history." + id, Title: title, Keys: keys, Scope: action.History, Hint: hint, Enabled: enabled, Run: run}
	}
	return []action.Action{
		here("open", "Look at the run in the Bench", "look at the run", d.openRun, d.canOpen, "enter"),
		here("takeback", "Take back the decision in force", "take back", d.ask, d.canTakeBack, "t"),
		here("copy", "Copy what the cursor is on", "copy", d.copyItem, d.some, "y"),
		here("down", "Down", "down", by(func() int { return 1 }), nil, "j", "down"),
		here("up", "Up", "", by(func() int { return -1 }), nil, "k", "up"),
		here("pagedown", "A page down", "", by(func() int { return d.page() }), nil, "ctrl+d", "pgdown"),
		here("pageup", "A page up", "", by(func() int { return -d.page() }), nil, "ctrl+u", "pgup"),
		here("first", "To the newest decision", "", by(func() int { return -d.journal.len() }), nil, "g", "home"),
		here("last", "To the oldest run", "", by(func() int { return d.journal.len() }), nil, "G", "end"),
		{ID: "history.confirm.yes", Title: "Take it back", Keys: []string{"y"}, Scope: confirmScope, Hint: "take it back", Run: d.takeBack},
		{ID: "history.confirm.no", Title: "Leave it in force", Keys: []string{"n"}, Scope: confirmScope, Hint: "leave it",
			Run: func() tea.Cmd { d.asking = nil; return nil }},
	}
}

func (d *Dialog) some() (bool, string) { return d.journal.len() > 0, "there is nothing yet" }

// run is the id of the run that the cursor is on, or that the decision under
// the cursor rests on.
func (d *Dialog) run() string {
	decision, run := d.journal.item(d.cursor)
	switch {
	case run != nil:
		return run.ID
	case decision != nil:
		return decision.Run
	}
	return ""
}

func (d *Dialog) canOpen() (bool, string) {
	if can, why := d.some(); !can {
		return can, why
	}
	return d.run() != "", "this decision rests on no run"
}

func (d *Dialog) openRun() tea.Cmd {
	return d.env.Ask(screen.BenchMsg{Report: d.report, Run: d.run()})
}

func (d *Dialog) canTakeBack() (bool, string) {
	if d.saving {
		return false, beingSaved
	}
	return len(d.journal.standing()) > 0, "no decision is in force"
}

// ask asks whether to take back what is in force now: what comes meanwhile is
// not what was asked about.
func (d *Dialog) ask() tea.Cmd {
	decision := d.journal.standing()[0].Decision
	d.asking = &decision
	return nil
}

// failedMsg tells why a decision was not taken back.
type failedMsg struct {
	dialog *Dialog
	err    error
}

func (d *Dialog) takeBack() tea.Cmd {
	decision, now := *d.asking, d.env.Now()
	d.asking, d.saving = nil, true
	return func() tea.Msg {
		by, err := d.env.Person()
		if err == nil {
			err = d.env.DB.TakeBack(d.env.Ctx, by, now, decision.ID)
		}
		if err != nil {
			return failedMsg{d, err}
		}
		return screen.DecidedMsg{Decisions: []reproduce.Decision{decision}, TakenBack: true}
	}
}

// copyItem copies a decision or a run as a text.
func (d *Dialog) copyItem() tea.Cmd {
	decision, run := d.journal.item(d.cursor)
	var lines []string
	if decision != nil {
		lines = append(lines, fmt.Sprintf("%s: %s, decided by %s at %s", d.report, decision.Verdict, decision.By, decision.At.UTC().Format(time.RFC3339)))
		for _, text := range []string{decision.Note, decision.PatchURL} {
			if text != "" {
				lines = append(lines, text)
			}
		}
	} else {
		lines = append(lines, fmt.Sprintf("%s: run %s of %s, %s", d.report, run.ID, run.Started.UTC().Format(time.RFC3339), outcome(run)))
	}
	return func() tea.Msg {
		how, err := d.env.Copy(d.env.Ctx, safe.Block(strings.Join(lines, "\n")).String())
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		return screen.ToastMsg{Level: screen.Done, Text: "Copied " + how + "."}
	}
}
