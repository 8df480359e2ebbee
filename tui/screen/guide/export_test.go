package guide

import "github.com/almatriage/almatriage/reproduce/guide"

// What the tests see of the inside.

// Pause is how long nothing is typed before what was typed is stored.
const Pause = pause

// At is the question at hand.
func (s *Screen) At() guide.Question { return s.at() }

// Typed is what is in the line or the editor.
func (s *Screen) Typed() string {
	if s.typing.editor != nil {
		return s.typing.editor.Text()
	}
	return s.typing.input.Value()
}

// Read tells that all that stands above the question was seen.
func (s *Screen) Read() bool { return s.read }
