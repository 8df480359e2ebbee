package inbox

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/catalogue"
)

// move moves the cursor by some rows and keeps it in sight.
func (s *Screen) move(by int) {
	before := s.at()
	s.cursor = max(0, min(s.cursor+by, s.list.Len()-1))
	s.leave(before)
	rows := max(1, s.rows())
	s.top = min(s.top, s.cursor)
	s.top = max(s.top, s.cursor-rows+1, 0)
	s.top = max(0, min(s.top, s.list.Len()-rows))
	if s.anchor >= 0 {
		s.markRange()
	}
}

// leave lets a report go that stayed in the list only because the cursor was
// on it.
func (s *Screen) leave(before catalogue.Index) {
	now := s.at()
	if before < 0 || before == now || s.list.Filter.Match(before) {
		return
	}
	s.list.Pin(-1)
	s.list.Touch([]catalogue.Index{before})
	if position := s.list.Position(now); position >= 0 {
		s.top -= s.cursor - position
		s.cursor = position
	}
}

// moved moves the cursor and shows what it is on.
func (s *Screen) moved(by int) tea.Cmd {
	s.before.h = 0
	if s.preview.focus {
		s.preview.pager.ScrollBy(by)
		return nil
	}
	s.move(by)
	return s.preview.want(s)
}

// Selection: single reports, or a range that follows the cursor.

func (s *Screen) toggle() tea.Cmd {
	at := s.at()
	if at < 0 {
		return nil
	}
	s.anchor = -1
	if s.marked[at] {
		delete(s.marked, at)
	} else {
		s.marked[at] = true
	}
	return s.moved(1)
}

// startRange begins a range at the cursor, or ends the one that there is.
func (s *Screen) startRange() tea.Cmd {
	if s.anchor >= 0 {
		s.anchor = -1
		return nil
	}
	if s.at() >= 0 {
		s.anchor = s.cursor
		s.markRange()
	}
	return nil
}

func (s *Screen) markRange() {
	from, to := min(s.anchor, s.cursor), max(s.anchor, s.cursor)
	clear(s.marked)
	for i := from; i <= to && i < s.list.Len(); i++ {
		s.marked[s.list.Shown()[i]] = true
	}
}

func (s *Screen) markAll() tea.Cmd {
	s.anchor = -1
	for _, at := range s.list.Shown() {
		s.marked[at] = true
	}
	return nil
}

func (s *Screen) clearMarks() {
	clear(s.marked)
	s.anchor = -1
}

// mouse: the wheel scrolls, a click goes to a row.
func (s *Screen) mouse(msg tea.MouseMsg) tea.Cmd {
	switch {
	case msg.Button == tea.MouseButtonWheelDown:
		return s.moved(3)
	case msg.Button == tea.MouseButtonWheelUp:
		return s.moved(-3)
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
		return nil
	}
	a := s.area
	row := msg.Y - a.head
	if !a.list || row < 0 || row >= s.rows() || msg.X >= a.listW || s.top+row >= s.list.Len() {
		return nil
	}
	s.preview.focus = false
	s.move(s.top + row - s.cursor)
	return s.preview.want(s)
}
