package inbox

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/catalogue"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// history is what this session decided, for taking it back and doing it again.
// A group is what was decided with one key.
type history struct {
	done, undone [][]reproduce.Decision
	busy         bool // something is being taken back, or done again
	// back are reports that were taken back: the cursor goes to them once the
	// list shows them again.
	back string
}

// decided takes in what was decided or taken back, here or in a dialog.
func (s *Screen) decided(msg screen.DecidedMsg) tea.Cmd {
	n := len(msg.Decisions)
	if n == 0 {
		return nil
	}
	s.undo.busy = false
	first := msg.Decisions[0]
	what := first.Report
	if n > 1 {
		what = widget.Count(n, "report")
	}
	if msg.TakenBack {
		s.undo.takenBack(msg.Decisions)
		s.undo.back = first.Report
		return tea.Batch(s.look(), screen.Toast(screen.Done, fmt.Sprintf("%s: %s taken back; %s does it again.", what, verdicts(msg.Decisions), s.keyFrom("inbox.redo"))))
	}
	if msg.Again {
		s.undo.undone = s.undo.undone[:len(s.undo.undone)-1]
	} else {
		s.undo.undone = nil
	}
	s.undo.done = append(s.undo.done, msg.Decisions)
	s.show(msg.Decisions)
	return tea.Batch(s.look(), s.preview.want(s), screen.Toast(screen.Done, fmt.Sprintf("%s: %s; %s takes it back.", what, verdicts(msg.Decisions), s.keyFrom("inbox.undo"))))
}

// show puts decisions into the list, and the cursor on the next report that is
// undecided: a queue is worked through without a further key.
func (s *Screen) show(list []reproduce.Decision) {
	ids := make([]string, len(list))
	verdicts := map[string]reproduce.Verdict{}
	for i, d := range list {
		ids[i] = d.Report
		verdicts[d.Report] = d.Verdict
	}
	touched := s.cat.Find(ids...)
	s.counting(touched, -1)
	for _, at := range touched {
		s.cat.SetVerdict(at, verdicts[s.cat.Row(at).ID])
	}
	s.counting(touched, 1)
	next := s.after(touched)
	s.list.Pin(-1)
	s.list.Touch(touched)
	s.clearMarks()
	if position := s.list.Position(next); position >= 0 {
		s.cursor = position
	}
	s.move(0)
	s.lookElsewhere()
}

// after is the report to go to when some are decided: the next one below that
// is undecided, else the last one that is left.
func (s *Screen) after(decided []catalogue.Index) catalogue.Index {
	gone := map[catalogue.Index]bool{}
	for _, at := range decided {
		gone[at] = true
	}
	shown, stays := s.list.Shown(), catalogue.Index(-1)
	for i := s.cursor; i >= 0 && i < len(shown); i++ {
		if s.cat.Row(shown[i]).Verdict == "" && !gone[shown[i]] {
			return shown[i]
		}
	}
	for i := min(s.cursor, len(shown)-1); i >= 0; i-- {
		if s.list.Filter.Match(shown[i]) {
			stays = shown[i]
			break
		}
	}
	return stays
}

// takenBack moves a group from what was done to what can be done again.
func (h *history) takenBack(group []reproduce.Decision) {
	for i := len(h.done) - 1; i >= 0; i-- {
		if h.done[i][0].ID == group[0].ID {
			h.done = append(h.done[:i], h.done[i+1:]...)
			break
		}
	}
	h.undone = append(h.undone, group)
}

// settle goes to the report that was taken back.
func (h *history) settle(s *Screen) {
	if h.back == "" {
		return
	}
	if found := s.cat.Find(h.back); len(found) == 1 {
		if position := s.list.Position(found[0]); position >= 0 {
			s.move(position - s.cursor)
		}
	}
	h.back = ""
}

// undoFailedMsg tells why nothing was taken back, or done again.
type undoFailedMsg struct{ err error }

func (s *Screen) undoFailed(msg undoFailedMsg) tea.Cmd {
	s.undo.busy = false
	return screen.Fail(msg.err)
}

// Busy implements screen.Busier: uu takes back two decisions, not one twice.
func (s *Screen) Busy() bool { return s.undo.busy }

// undoLast takes back what was decided last in this session.
func (s *Screen) undoLast() tea.Cmd {
	group := s.undo.done[len(s.undo.done)-1]
	ids := make([]string, len(group))
	for i, d := range group {
		ids[i] = d.ID
	}
	now := s.env.Now()
	s.undo.busy = true
	return func() tea.Msg {
		by, err := s.env.Person()
		if err == nil {
			err = s.env.DB.TakeBack(s.env.Ctx, by, now, ids...)
		}
		if err != nil {
			return undoFailedMsg{err}
		}
		return screen.DecidedMsg{Decisions: group, TakenBack: true}
	}
}

// redoLast decides again what was taken back last.
func (s *Screen) redoLast() tea.Cmd {
	group := s.undo.undone[len(s.undo.undone)-1]
	now := s.env.Now()
	again := make([]reproduce.Decision, len(group))
	for i, d := range group {
		d.ID, d.At = reproduce.NewID(), now
		again[i] = d
	}
	s.undo.busy = true
	return func() tea.Msg {
		if err := s.env.DB.Decide(s.env.Ctx, again...); err != nil {
			return undoFailedMsg{err}
		}
		return screen.DecidedMsg{Decisions: again, Again: true}
	}
}

// verdicts names what was decided.
func verdicts(list []reproduce.Decision) string {
	for _, d := range list[1:] {
		if d.Verdict != list[0].Verdict {
			return "as suggested"
		}
	}
	return string(list[0].Verdict)
}

// key is the key of an action, for texts.
func (s *Screen) key(id string) string { return s.env.Keys.Label(id) }

// keyFrom is key for texts that may be read on another screen, where the key
// means something else or nothing.
func (s *Screen) keyFrom(id string) string {
	if s.env.Covered(s) {
		return s.key(id) + " in the Inbox"
	}
	return s.key(id)
}
