package inbox

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tui/catalogue"
	"github.com/almatriage/almatriage/tui/screen"
)

// chunk is how many reports are loaded at once: few enough that a key never
// waits for them.
const chunk = 5000

// loadedMsg is a part of all reports, from the newest row down.
type loadedMsg struct {
	excerpts []store.Excerpt
	below    int64 // where the next part begins; 0: this was the last
	err      error
}

// load reads the next part.
func (s *Screen) load(below int64) tea.Cmd {
	return func() tea.Msg {
		excerpts, err := s.env.DB.ExcerptsBelow(s.env.Ctx, below, chunk)
		msg := loadedMsg{excerpts: excerpts, err: err}
		if len(excerpts) == chunk {
			msg.below = excerpts[len(excerpts)-1].N
		}
		return msg
	}
}

func (s *Screen) loaded(msg loadedMsg) tea.Cmd {
	if msg.err != nil {
		s.loading, s.failed = false, msg.err
		return screen.Fail(fmt.Errorf("not all reports could be read: %w", msg.err))
	}
	s.put(msg.excerpts)
	if msg.below > 0 {
		return tea.Batch(s.load(msg.below), s.preview.want(s))
	}
	s.loading = false
	if s.cat.Len() < manyReports {
		return s.preview.want(s)
	}
	return tea.Batch(s.preview.want(s), tidy)
}

// manyReports take so much memory while they are loaded that it is worth
// giving back.
const manyReports = 20_000

// tidy gives back the memory that loading took for a moment.
func tidy() tea.Msg {
	debug.FreeOSMemory()
	return nil
}

// put takes reports in without moving what the user looks at.
func (s *Screen) put(excerpts []store.Excerpt) {
	if len(excerpts) == 0 {
		return
	}
	var known []catalogue.Index
	for i := range excerpts {
		if at := s.cat.ByRow(excerpts[i].N); at >= 0 {
			known = append(known, at)
		}
	}
	s.counting(known, -1)
	s.keep(func() {
		touched := s.cat.Put(excerpts)
		s.counting(touched, 1)
		s.list.Pin(s.at())
		s.list.Touch(touched)
	})
}

// keep changes the list and leaves the cursor on its report, and that on its
// line: nothing moves under the user's hands.
func (s *Screen) keep(change func()) {
	at, line := s.at(), s.cursor-s.top
	change()
	if position := s.list.Position(at); at >= 0 && position >= 0 {
		s.cursor = position
		s.top = s.cursor - line
	}
	s.move(0)
}

// look asks what changed since the last time.
func (s *Screen) look() tea.Cmd { return screen.Look(s.env.Ctx, s.env.DB, s.latest) }

// lookMsg asks for a look.
type lookMsg struct{}

func (s *Screen) looked(lookMsg) tea.Cmd { return s.look() }

// changed takes in what anybody changed.
func (s *Screen) changed(msg screen.ChangedMsg) tea.Cmd {
	if msg.Err != nil {
		return screen.Fail(fmt.Errorf("what others changed could not be read: %w", msg.Err))
	}
	s.put(msg.Excerpts)
	var cmds []tea.Cmd
	if msg.Latest > s.latest {
		s.latest = msg.Latest
		if msg.More {
			cmds = append(cmds, s.look())
		}
	}
	ids := make([]string, 0, len(msg.Running))
	for _, run := range msg.Running {
		ids = append(ids, run.Report)
	}
	s.keep(func() {
		touched := s.cat.SetRunning(ids)
		if len(touched) > 0 {
			s.recount()
		}
		s.list.Pin(s.at())
		s.list.Touch(touched)
	})
	s.undo.settle(s)
	s.lookElsewhere()
	for i := range msg.Excerpts {
		if row, ok := s.row(); ok && msg.Excerpts[i].ID == row.ID {
			s.preview.stale()
		}
	}
	return tea.Batch(append(cmds, s.preview.want(s))...)
}

// synced remembers whether anything could be pulled, for an empty list.
func (s *Screen) synced(msg screen.SyncMsg) tea.Cmd {
	s.syncing = msg.Running
	if msg.Running {
		return nil
	}
	var failures []error
	for _, r := range msg.Results {
		if r.Err != nil {
			failures = append(failures, r.Err) // which names its tracker
		}
	}
	s.syncErr = errors.Join(append(failures, msg.Err)...)
	return s.look()
}

// sortedMsg is a new order of all reports.
type sortedMsg struct{ ordering catalogue.Ordering }

// sortBy begins to sort; large catalogues take a moment.
func (s *Screen) sortBy(by query.Sort) tea.Cmd {
	compute := s.cat.Sorted(by)
	return func() tea.Msg { return sortedMsg{compute()} }
}

func (s *Screen) sorted(msg sortedMsg) tea.Cmd {
	s.keep(func() {
		s.cat.SetOrder(msg.ordering)
		s.list.Resort()
	})
	return screen.Toast(screen.Note, "Sorted by "+strings.TrimPrefix(s.cat.Sort().String(), "sort:")+".")
}

// idOf reads an id that the store wrote.
func idOf(text string) (tracker.ID, error) {
	id, err := tracker.ParseID(text)
	if err != nil {
		return id, fmt.Errorf("read the id of a stored report: %w", err)
	}
	return id, nil
}
