package decide

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
)

// facts are what is known of the reports.
type facts struct {
	rows    []store.Row // those that are stored, in the order asked for
	missing []string    // those that are not
	run     *evidence   // of a single report: its newest finished run
	// disagree are each person's decisions on a single report that is disputed.
	disagree []reproduce.Decision
	sums
}

// sums are what the rows come to. They are counted once: there may be thousands.
type sums struct {
	with  []string            // ids of those whose suggestion can be accepted
	left  map[string][]string // the others, by why not
	takes map[reproduce.Verdict]int

	decided                  map[reproduce.Verdict]int
	stale, disputed, private int
}

const (
	noSuggestion = "no suggestion"
	notStored    = "not stored"
)

func (f *facts) sum() {
	f.sums = sums{left: map[string][]string{}, takes: map[reproduce.Verdict]int{}, decided: map[reproduce.Verdict]int{}}
	if len(f.missing) > 0 {
		f.left[notStored] = f.missing
	}
	for i := range f.rows {
		row := &f.rows[i]
		if slices.Contains(reproduce.Decidable(), row.Suggested) {
			f.with = append(f.with, row.ID)
			f.takes[row.Suggested]++
		} else {
			why := cmp.Or(string(row.Suggested), noSuggestion)
			f.left[why] = append(f.left[why], row.ID)
		}
		if row.Verdict != "" {
			f.decided[row.Verdict]++
		}
		f.stale += one(row.Stale)
		f.disputed += one(row.Disputed)
		f.private += one(row.Private)
	}
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// evidence is what the dialog shows of a run. A run itself holds thousands of
// packages.
type evidence struct {
	suggested reproduce.Verdict
	counts    string // of both sides, raw
	reasons   []string
	finished  time.Time
}

// loadedMsg are the facts that were looked up.
type loadedMsg struct {
	dialog *Dialog
	seq    int
	facts  facts
	err    error
}

// load looks up what is known of the reports.
func (d *Dialog) load() tea.Cmd {
	d.seq++
	seq := d.seq
	return func() tea.Msg {
		f, err := d.look()
		return loadedMsg{dialog: d, seq: seq, facts: f, err: err}
	}
}

// look reads of the dialog only what never changes: it runs beside Update.
func (d *Dialog) look() (f facts, err error) {
	if f.rows, err = d.env.DB.Rows(d.env.Ctx, d.reports); err != nil {
		return f, err
	}
	f.missing = missing(d.reports, f.rows)
	f.sum()
	if d.single() && len(f.rows) == 1 {
		run, err := d.env.DB.LastRun(d.env.Ctx, d.reports[0])
		if err != nil {
			return f, err
		}
		f.run = evidenceOf(run)
		if f.rows[0].Disputed {
			history, err := d.env.DB.History(d.env.Ctx, d.reports[0])
			if err != nil {
				return f, err
			}
			f.disagree = store.Positions(history)
		}
	}
	return f, nil
}

// missing are the reports that have no row; the rows are in their order.
func missing(reports []string, rows []store.Row) (none []string) {
	for _, report := range reports {
		if len(rows) > 0 && rows[0].ID == report {
			rows = rows[1:]
			continue
		}
		none = append(none, report)
	}
	return none
}

func evidenceOf(run *reproduce.Run) *evidence {
	if run == nil {
		return nil
	}
	e := &evidence{suggested: run.Suggestion.Verdict, reasons: run.Suggestion.Reasons, finished: run.Finished}
	var sides []string
	for _, side := range run.Results() {
		if side.Tally.Valid > 0 && (side.Side.Role == reproduce.RoleAlma || side.Side.Role == reproduce.RoleStream) {
			sides = append(sides, fmt.Sprintf("%s %s", side.Side.Target.Title(), side.Counts()))
		}
	}
	counts := strings.Join(sides, ", ")
	e.counts = "the bug shows in " + counts
	switch { // most often the first reason says the same and more
	case counts == "":
		e.counts = ""
	case len(e.reasons) > 0 && strings.Contains(e.reasons[0], counts):
		e.counts, e.reasons = e.reasons[0], e.reasons[1:]
	}
	return e
}

// take shows what was looked up. What was known stays when that failed.
func (d *Dialog) take(msg loadedMsg) {
	d.now, d.unknown = d.env.Now(), msg.err
	if msg.err == nil {
		d.facts, d.loaded = msg.facts, true
	}
	d.scroll(0)
}
