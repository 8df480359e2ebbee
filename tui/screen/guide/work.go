package guide

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tui/screen"
)

// none is the answer that leaves an optional question without one.
const none = "-"

// work is what is done with the session, one after the other: each stores the
// whole guide, and none may overtake another.
type work struct {
	seq     int
	taking  bool           // an answer is being taken
	keeping bool           // what was typed is being stored
	next    func() tea.Cmd // waits for that
}

func (w *work) going() bool { return w.taking || w.keeping }

// step is what came of a work.
type step struct {
	session guide.Session
	// request is what is to be run now, nil for nothing; notRun why it cannot.
	request *reproduce.Request
	notRun  error
	trouble error       // what went wrong on the way; the step is made all the same
	end     *conclusion // what the run means, nil if it is not known anew
	close   bool        // the guide is left
	say     string
	err     error
}

type steppedMsg struct {
	to  *Screen
	seq int
	step
}

// do makes a step of the session. It runs beside Update: it reads of the screen
// only what never changes.
func (s *Screen) do(work func(session guide.Session, now time.Time) step) tea.Cmd {
	if s.work.going() {
		s.work.next = func() tea.Cmd { return s.do(work) }
		return nil
	}
	s.work.seq++
	s.work.taking = true
	session, now, msg := s.session, s.env.Now(), steppedMsg{to: s, seq: s.work.seq}
	return func() tea.Msg {
		msg.step = work(session, now)
		return msg
	}
}

// stepped shows the question that a step led to, or why it led nowhere.
func (s *Screen) stepped(msg steppedMsg) tea.Cmd {
	if msg.to != s || msg.seq != s.work.seq {
		return nil
	}
	s.work.taking = false
	if msg.close && msg.err == nil {
		return tea.Batch(screen.Toast(screen.Done, msg.say), s.env.Ask(screen.CloseMsg{}))
	}
	cmd := s.follow(msg.step)
	s.layout()
	if next := s.work.next; next != nil {
		s.work.next = nil
		return tea.Batch(cmd, next())
	}
	return cmd
}

// follow is what a step asks for.
func (s *Screen) follow(msg step) tea.Cmd {
	if msg.err != nil {
		s.wrong = msg.err.Error()
		return s.later() // it is no answer, but it was typed
	}
	var cmds []tea.Cmd
	if msg.say != "" {
		cmds = append(cmds, screen.Toast(screen.Done, msg.say))
	}
	if msg.end != nil {
		s.end = *msg.end
	}
	s.arrive(msg.session)
	if msg.trouble != nil {
		s.wrong = msg.trouble.Error()
	}
	if msg.notRun != nil {
		s.run = run{err: msg.notRun}
	}
	if msg.request != nil {
		cmds = append(cmds, s.begin(*msg.request))
	}
	return tea.Batch(cmds...)
}

// arrive puts the question that the session has come to.
func (s *Screen) arrive(session guide.Session) {
	s.began, s.left, s.session = true, nil, session
	s.ask, s.warned, s.wrong, s.read = session.Ask(), session.Warnings(), "", false
	if at := session.Guide().At; at == guide.Run || at == guide.Done {
		s.ask = guide.Ask{Question: at, Kind: guide.Choice} // nothing is asked there
	}
	s.typing.put(s.env.Theme, s.ask, session.Guide().Typed)
	s.chosen = -1
	if s.ask.Kind == guide.Choice {
		s.chosen = slices.IndexFunc(s.ask.Choices, func(o guide.Option) bool { return o.Key == s.ask.Default })
	}
	s.pager.Top()
}

// take takes the answer that is chosen or typed.
func (s *Screen) take() tea.Cmd {
	text, err := s.answer()
	if err != nil {
		s.wrong = err.Error()
		s.layout()
		return nil
	}
	if s.left != nil {
		return s.takeUp(s.chosen)
	}
	if s.at() == guide.Save {
		return s.save(text)
	}
	ctx := s.env.Ctx
	return s.do(func(session guide.Session, now time.Time) (out step) {
		if out.session, out.err = session.Answer(ctx, text, now); out.err != nil || out.session.Guide().At != guide.Run {
			return out
		}
		return s.accept(out.session, now)
	})
}

// answer is what is chosen or typed, as the guide takes it.
func (s *Screen) answer() (string, error) {
	a, typed := s.ask, s.typing.text()
	switch {
	case s.Typing() && a.Kind == guide.Lines:
		return s.lines(typed)
	case s.Typing() && strings.TrimSpace(typed) != "":
		return typed, nil
	case s.chosen >= 0 && len(a.Choices) > 0:
		return a.Choices[s.chosen].Key, s.mayTake(s.chosen)
	case s.Typing():
		return "", nil // the default
	}
	return "", errors.New("nothing is chosen: go to one, or press its number")
}

// lines is an answer of several lines. An empty text means none there, and never
// the default, which stood there.
func (s *Screen) lines(typed string) (string, error) {
	text := s.typing.editor.Text()
	switch {
	case typed == "" && s.typing.whole:
		return "", nil
	case strings.TrimSpace(text) != "":
		return text, nil
	case s.ask.Optional:
		return none, nil
	}
	return "", errors.New("this needs at least one line")
}

// mayTake tells why a choice cannot be taken yet: what shall run is read before.
func (s *Screen) mayTake(choice int) error {
	if s.at() == guide.Look && choice == 0 && !s.read {
		return fmt.Errorf("read all of it before: %s shows more", s.key("guide.pagedown"))
	}
	return nil
}

// leave leaves the guide with its answers, to be gone on with later. One in which nothing was said is
// forgotten.
func (s *Screen) leave() tea.Cmd {
	env, typed, dirty := s.env, s.typing.text(), s.Unsaved()
	return s.do(func(session guide.Session, now time.Time) step {
		g := session.Guide()
		if !said(g, typed) {
			return step{close: true, err: env.DB.DropGuide(env.Ctx, g.ID)}
		}
		out := step{close: true, say: fmt.Sprintf("All answers are kept: when the guide is opened again it offers to go on, and so does almatriage guide --resume=%d.", g.ID)}
		if dirty {
			_, out.err = session.Type(env.Ctx, typed, now)
		}
		return out
	})
}

// said tells that a guide holds something, with what is typed and not stored yet.
func said(g guide.Guide, typed string) bool {
	return len(g.Answers) > 0 || len(g.Left) > 0 || g.Words != "" || strings.TrimSpace(typed) != ""
}

// Kept is the number of the guide if there is something in it to go on with, 0
// if it was not begun, or is at its end.
func (s *Screen) Kept() int64 {
	g := s.session.Guide()
	if !s.began || s.at() == guide.Done || !said(g, g.Typed) {
		return 0
	}
	return g.ID
}

// words are an answer as people read it.
func words(answer string) string {
	if answer == none {
		return "nothing"
	}
	return answer
}
