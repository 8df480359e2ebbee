package history

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// journal is what happened to a report, newest first.
type journal struct {
	title   string
	entries []entry
	runs    []store.RunState
	// disagree are each person's decisions, if those differ.
	disagree []reproduce.Decision
}

// entry is a decision, with what became of it.
type entry struct {
	reproduce.Decision
	inForce bool
	undo    *reproduce.Decision // takes it back
}

// newEntries folds the decisions that take one back into those.
func newEntries(list []reproduce.Decision) []entry {
	undos := map[string]*reproduce.Decision{}
	for i, one := range list {
		if one.Undoes != "" {
			undos[one.Undoes] = &list[i]
		}
	}
	var entries []entry
	standing := false
	for _, one := range list {
		if one.Undoes != "" {
			continue
		}
		e := entry{Decision: one, undo: undos[one.ID]}
		if e.undo == nil && !standing {
			standing, e.inForce = true, true
		}
		entries = append(entries, e)
	}
	return entries
}

// standing are the decisions that were not taken back; the first is in force.
func (j *journal) standing() []entry {
	var list []entry
	for _, e := range j.entries {
		if e.undo == nil {
			list = append(list, e)
		}
	}
	return list
}

// len is the number of items: decisions, then runs.
func (j *journal) len() int { return len(j.entries) + len(j.runs) }

// item is the decision or the run at a position; one of them is nil.
func (j *journal) item(at int) (*entry, *store.RunState) {
	switch runAt := at - len(j.entries); {
	case at < 0 || at >= j.len():
		return nil, nil
	case runAt >= 0:
		return nil, &j.runs[runAt]
	}
	return &j.entries[at], nil
}

// loadedMsg is a journal that was read.
type loadedMsg struct {
	dialog  *Dialog
	seq     int
	journal journal
	err     error
}

// load reads the journal.
func (d *Dialog) load() tea.Cmd {
	d.seq++
	seq := d.seq
	return func() tea.Msg {
		j, err := d.read()
		return loadedMsg{dialog: d, seq: seq, journal: j, err: err}
	}
}

// read looks at nothing of the dialog but what never changes: it runs beside
// Update.
func (d *Dialog) read() (j journal, err error) {
	id, err := tracker.ParseID(d.report)
	if err != nil {
		return j, err
	}
	row, _, err := d.env.DB.Row(d.env.Ctx, id)
	if err != nil {
		return j, err
	}
	j.title = row.Title
	decisions, err := d.env.DB.History(d.env.Ctx, d.report)
	if err != nil {
		return j, err
	}
	j.entries = newEntries(decisions)
	if positions := store.Positions(decisions); store.Disputed(positions) {
		j.disagree = positions
	}
	j.runs, err = d.env.DB.Runs(d.env.Ctx, d.report)
	return j, err
}

// take shows a journal, with the cursor on what it was on.
func (d *Dialog) take(msg loadedMsg) {
	d.now, d.err = d.env.Now(), msg.err
	if msg.err != nil {
		return
	}
	was := d.key(d.cursor)
	d.journal, d.loaded = msg.journal, true
	for at := range d.journal.len() {
		if was != "" && d.key(at) == was {
			d.cursor = at
		}
	}
	d.move(0)
}

// key is the id of the item at a position.
func (d *Dialog) key(at int) string {
	decision, run := d.journal.item(at)
	switch {
	case decision != nil:
		return decision.ID
	case run != nil:
		return run.ID
	}
	return ""
}
