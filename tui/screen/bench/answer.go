package bench

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
)

// Answer is the scope while a run asks whether the bug is there: y, n and u
// mean the answer then, and what only moves is had as well.
const Answer action.Scope = "answer"

// quiet is how long a question must have been seen before a key answers it: it
// comes up by itself, maybe under a finger that meant something else.
const quiet = 600 * time.Millisecond

// asked is the question that waits for an answer.
type asked struct {
	question *runs.Question
	since    time.Time
	sent     bool // the answer is on its way
}

// listen notices a new question, and turns to the side that it is about.
func (s *Screen) listen() {
	q := s.live.Question
	if q == s.asked.question {
		return
	}
	s.asked = asked{question: q, since: s.env.Now()}
	if q == nil {
		return
	}
	for i, side := range s.live.Sides {
		if side.Target.Name == q.Target.Name {
			s.focus = i
		}
	}
	s.tab = tabOutput
}

// mayAnswer tells whether a key answers.
func (s *Screen) mayAnswer() (bool, string) {
	switch {
	case s.asked.question == nil:
		return false, "nothing is asked"
	case s.asked.sent:
		return false, "it is answered already"
	case s.env.Now().Sub(s.asked.since) < quiet:
		return false, "the question came up just now; press the key again if it is the answer"
	}
	return true, ""
}

// answeredMsg tells that an answer was given, or why not.
type answeredMsg struct {
	to       *Screen
	question *runs.Question
	said     string
	err      error
}

// answer gives an answer in the person's name.
func (s *Screen) answer(seen, unsure bool) tea.Cmd {
	s.asked.sent = true
	env, q, now := s.env, s.asked.question, s.env.Now()
	said := map[bool]string{true: "seen", false: "not seen"}[seen]
	if unsure {
		said = "cannot tell"
	}
	msg := answeredMsg{to: s, question: q, said: said}
	return func() tea.Msg {
		by, err := env.Person()
		if msg.err = err; err == nil {
			select {
			case q.Answer <- reproduce.Answer{Seen: seen, Unsure: unsure, By: by, At: now}:
			default: // another screen of the same run was quicker
			}
		}
		return msg
	}
}

// answered: without a name there is no answer, and the question stays.
func (s *Screen) answered(msg answeredMsg) tea.Cmd {
	switch {
	case msg.to != s:
		return nil
	case msg.err == nil:
		return screen.Toast(screen.Done, fmt.Sprintf("%s: %s. To answer otherwise, run it fresh.", msg.question.Target.Title(), msg.said))
	case msg.question == s.asked.question:
		s.asked.sent = false
	}
	return screen.Fail(msg.err)
}

// prompt is the question in words.
func (s *Screen) prompt() []string {
	q := s.asked.question
	t := s.env.Theme
	key := func(id string) string { return t.Key.Render(s.env.Keys.Label("bench." + id)) }
	text := fmt.Sprintf("? Is the bug there, on %s? See what the test printed; its exit status is %d.", safe.Line(q.Target.Title()), q.Attempt.Facts.Status)
	keys := key("yes") + " yes  " + key("no") + " no  " + key("unsure") + " unsure"
	if s.asked.sent {
		keys = "answered"
	}
	return []string{t.Warn.Render(text), "  " + keys}
}
