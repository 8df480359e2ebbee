package guide

import (
	"errors"
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// openedMsg is the guide that was opened, or those to choose from.
type openedMsg struct {
	to   *Screen
	left []guide.Guide
	step
}

// open goes on with the guide that was asked for, asks about those that were
// left, or begins a new one.
func (s *Screen) open() tea.Cmd {
	from, now := s.from, s.env.Now()
	return func() tea.Msg {
		msg := openedMsg{to: s}
		if from.Resume != 0 {
			var g *guide.Guide
			if g, msg.err = s.env.DB.Guide(s.env.Ctx, from.Resume); msg.err == nil {
				msg.step = s.goOn(g, now)
			}
			return msg
		}
		if msg.left, msg.err = leftOf(s.env, from.Report); msg.err == nil && len(msg.left) == 0 {
			msg.step = s.anew(now)
		}
		return msg
	}
}

// leftOf are the guides that were left: those of a report, or of any.
func leftOf(env *screen.Env, report string) ([]guide.Guide, error) {
	all, err := env.DB.Guides(env.Ctx)
	return slices.DeleteFunc(all, func(g guide.Guide) bool {
		begun := len(g.Answers) > 0 || g.Typed != "" || g.Words != ""
		other := report != "" && report != screen.NewBug && g.Report != report
		return !begun || other
	}), err
}

// base are the facts of this host and the configuration.
func base(env *screen.Env) (guide.Facts, error) {
	facts := guide.Facts{Locator: env.Locator, Targets: env.Targets}
	if env.Guide != nil {
		var err error
		if facts, err = env.Guide(env.Ctx); err != nil {
			return facts, err
		}
	}
	return facts, nil
}

// beginning takes a guide up. It runs beside Update.
func (s *Screen) beginning(g *guide.Guide, now time.Time) (guide.Session, error) {
	facts, err := base(s.env)
	if err != nil {
		return guide.Session{}, err
	}
	facts.Now = now
	return guide.Begin(s.env.Ctx, g, facts, s.env.DB)
}

// anew begins a new guide, on the report that was asked for.
func (s *Screen) anew(now time.Time) (out step) {
	ctx := s.env.Ctx
	if out.session, out.err = s.beginning(guide.New(), now); out.err != nil || s.from.Report == "" {
		return out
	}
	id := out.session.Guide().ID
	if out.session, out.err = out.session.Answer(ctx, s.from.Report, now); out.err != nil {
		out.err = errors.Join(out.err, s.env.DB.DropGuide(ctx, id)) // nothing was begun
	}
	return out
}

// goOn takes up a guide that was left. A run that has ended since is noted, and
// what one that was noted means is told again.
func (s *Screen) goOn(g *guide.Guide, now time.Time) (out step) {
	since := g.Updated
	if out.session, out.err = s.beginning(g, now); out.err != nil {
		return out
	}
	switch out.session.Guide().At {
	case guide.Run:
		return s.lookForRun(out.session, since, now)
	case guide.Save, guide.Done:
		out.end, out.trouble = conclude(s.env, g.Report)
	}
	return out
}

// opened shows it.
func (s *Screen) opened(msg openedMsg) tea.Cmd {
	if msg.to != s || s.began {
		return nil
	}
	if msg.err != nil {
		s.failed = msg.err
		s.layout()
		return nil
	}
	if len(msg.left) > 0 {
		s.offer(msg.left)
		return nil
	}
	s.work.seq++
	return s.stepped(steppedMsg{s, s.work.seq, msg.step})
}

// offer asks whether to go on with a guide that was left.
func (s *Screen) offer(left []guide.Guide) {
	s.left, s.chosen = left, 0
	s.ask = guide.Ask{Text: "A guide was left before its end. Go on with it?", Kind: guide.Choice,
		Help: "All that was answered there is kept. A new one leaves it as it is."}
	for _, g := range left {
		title := fmt.Sprintf("go on with: %s (at: %s, %s)", g.Name(), guide.Steps()[g.At.Step()], widget.Ago(s.env.Now(), g.Updated))
		s.ask.Choices = append(s.ask.Choices, guide.Option{Title: title})
	}
	s.ask.Choices = append(s.ask.Choices, guide.Option{Title: "begin a new one"})
	s.layout()
}

// takeUp goes on with one that was offered, or with a new one.
func (s *Screen) takeUp(choice int) tea.Cmd {
	g := guide.New()
	anew := choice >= len(s.left)
	if !anew {
		g = &s.left[choice]
	}
	s.left, s.ask, s.chosen = nil, guide.Ask{}, -1
	s.layout()
	now := s.env.Now()
	return func() tea.Msg {
		if anew {
			return openedMsg{to: s, step: s.anew(now)}
		}
		return openedMsg{to: s, step: s.goOn(g, now)}
	}
}
