package bench

import (
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// pane is what is searched and scrolled: the focused side's output, or the
// text of the tab; nil if there is none.
func (s *Screen) pane() *widget.LogPane {
	if s.tab != tabOutput {
		return s.texts[s.tab]
	}
	if s.focus < len(s.panes) {
		return s.panes[s.focus]
	}
	return nil
}

func (s *Screen) hasPane() (bool, string) { return s.pane() != nil, "there is nothing here yet" }

// startSearch lets one type what to find.
func (s *Screen) startSearch() tea.Cmd {
	s.typing = true
	s.input.SetValue("")
	return nil
}

// stopSearch ends typing without a search.
func (s *Screen) stopSearch() {
	s.typing = false
	s.search("")
}

// search highlights a text wherever it is seen.
func (s *Screen) search(text string) {
	for _, p := range s.panes {
		p.Search(text)
	}
	for _, p := range s.texts {
		p.Search(text)
	}
}

// typed takes keys of what is searched for.
func (s *Screen) typed(msg tea.KeyMsg) tea.Cmd {
	if !s.typing {
		return nil
	}
	if msg.Type == tea.KeyBackspace && s.input.Value() == "" {
		s.stopSearch()
		return nil
	}
	before := s.input.Value()
	var cmd tea.Cmd
	s.input, cmd = s.input.Update(msg)
	if clean := safe.Line(s.input.Value()).String(); clean != s.input.Value() { // it was pasted
		s.input.SetValue(clean)
	}
	if s.input.Value() != before {
		s.search(s.input.Value())
	}
	return cmd
}

// goSearch ends typing and goes to the first match.
func (s *Screen) goSearch() tea.Cmd {
	s.typing = false
	if s.input.Value() == "" {
		s.search("")
		return nil
	}
	return s.find(1)
}

// find goes to another match. While something was typed the tab may have become
// one that shows nothing.
func (s *Screen) find(step int) tea.Cmd {
	if p := s.pane(); p != nil && p.Find(step) {
		return nil
	}
	return screen.Toast(screen.Note, "Not found: "+s.input.Value())
}

func (s *Screen) mayFind() (bool, string) {
	p := s.pane()
	return p != nil && p.Searching(), "nothing is searched for: " + s.key("search") + " does"
}
