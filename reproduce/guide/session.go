package guide

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Session is a guide with what is known for its question. It is a value: each
// step gives a new one and leaves the old one as it was, so that a step may be
// made while the old one is still shown.
type Session struct {
	guide Guide
	facts *Facts
	desk  Desk
}

// Begin takes a guide up, new or left. base has what the caller knows: see Facts.
func Begin(ctx context.Context, g *Guide, base Facts, desk Desk) (Session, error) {
	s := Session{guide: *g, facts: &base, desk: desk}
	return s.arrive(ctx)
}

// arrive looks up what is needed where the guide has come to, and stores it.
func (s Session) arrive(ctx context.Context) (Session, error) {
	facts, err := s.facts.gather(ctx, &s.guide, s.desk)
	if err != nil {
		return s, err
	}
	s.facts = facts
	s.guide.settle(facts)
	err = s.keep(ctx)
	return s, err
}

func (s *Session) keep(ctx context.Context) error {
	if s.guide.Started.IsZero() {
		s.guide.Started = s.facts.Now
	}
	s.guide.Updated = s.facts.Now
	return s.desk.SaveGuide(ctx, &s.guide)
}

// own is a copy that can be changed.
func (s Session) own(now time.Time) Session {
	s.guide.Answers, s.guide.Left = maps.Clone(s.guide.Answers), maps.Clone(s.guide.Left)
	facts := *s.facts
	facts.Now = now
	s.facts = &facts
	return s
}

// Guide is how far it has got.
func (s Session) Guide() Guide { return s.guide }

// Ask puts the question at hand.
func (s Session) Ask() Ask { return s.guide.put(s.facts) }

// Answer takes an answer, stores it and goes on; an empty one means the default.
// What cannot be an answer is a *reproduce.Error with CodeUsage that says what
// can, and the session stays where it was.
func (s Session) Answer(ctx context.Context, text string, now time.Time) (Session, error) {
	next := s.own(now)
	if err := next.guide.answer(next.facts, text); err != nil {
		return s, err
	}
	next, err := next.arrive(ctx)
	if err != nil {
		return s, err
	}
	return next, nil
}

// Back goes to the question before; at the first one nothing changes.
func (s Session) Back(ctx context.Context, now time.Time) (Session, error) {
	next := s.own(now)
	if !next.guide.back(next.facts) {
		return s, nil
	}
	return next.arrive(ctx)
}

// Type stores what was typed and is no answer yet.
func (s Session) Type(ctx context.Context, text string, now time.Time) (Session, error) {
	next := s.own(now)
	next.guide.Typed = text
	err := next.keep(ctx)
	return next, err
}

// Ran notes the run that was made, and goes on.
func (s Session) Ran(ctx context.Context, run string, now time.Time) (Session, error) {
	next := s.own(now)
	next.guide.Run = run
	if next.guide.At == Run {
		next.guide.next()
	}
	return next.arrive(ctx)
}

// VM tells whether the bug is of a kind that a container cannot show, and the
// way that can.
func (s Session) VM() (Way, bool) { return s.guide.vm(s.facts) }

// Warnings are what a person must know before going on: that a container cannot
// show such a bug, or may not. Commands stand in lines of their own. They are
// raw.
func (s Session) Warnings() []string { return s.guide.warnings(s.facts) }

// Keeper keeps what comes of a guide. store.DB is one.
type Keeper interface {
	// SaveLocal keeps a report of the local tracker. One without a number gets
	// the next.
	SaveLocal(ctx context.Context, r tracker.Report) (tracker.ID, error)
	SetRecipe(ctx context.Context, report string, recipe reproduce.Recipe, origin reproduce.Origin, by string, at time.Time) (*reproduce.StoredRecipe, error)
	Report(ctx context.Context, id tracker.ID) (*tracker.Report, error)
}

// Accept is for when a person has looked at what will run and wants it: it
// stores the recipe as theirs (and a new bug as a report of the local tracker),
// and gives the request for the run.
func (s Session) Accept(ctx context.Context, k Keeper, by string, now time.Time) (Session, reproduce.Request, error) {
	next := s.own(now)
	var req reproduce.Request
	recipe, err := next.guide.recipe(next.facts)
	if err != nil {
		return s, req, err
	}
	report, err := next.report(ctx, k, by)
	if err != nil {
		return s, req, err
	}
	stored, err := k.SetRecipe(ctx, report.ID.String(), recipe, reproduce.OriginSet, by, now)
	if err != nil {
		return s, req, err
	}
	sides, err := next.sides()
	if err != nil {
		return s, req, err
	}
	if req, err = reproduce.NewRequest(report, stored, sides, now); err != nil {
		return s, req, err
	}
	if name := next.guide.Answers[Package]; name != "" {
		req.Hints.Package = name
	}
	err = next.keep(ctx)
	return next, req, err
}

// report is the one that it is about, with a new one stored.
func (s *Session) report(ctx context.Context, k Keeper, by string) (*tracker.Report, error) {
	var id tracker.ID
	var err error
	if s.guide.Report != "" {
		if id, err = tracker.ParseID(s.guide.Report); err != nil {
			return nil, fmt.Errorf("go on with the guide: %w", err)
		}
	}
	if s.guide.IsNew() {
		if id, err = k.SaveLocal(ctx, s.local(id, by)); err != nil {
			return nil, err
		}
		s.guide.Report = id.String()
	}
	return k.Report(ctx, id)
}

// sides are the targets of the release that the person named.
func (s *Session) sides() (reproduce.Sides, error) {
	targets, err := s.facts.sides(s.guide.Answers[Release])
	sides := reproduce.Sides{All: s.facts.Targets}
	for _, t := range targets {
		sides.Names = append(sides.Names, t.Name)
	}
	return sides, err
}

// local is the report of a new bug as far as it is known.
func (s *Session) local(id tracker.ID, by string) tracker.Report {
	answers := s.guide.Answers
	r := tracker.Report{ID: id, Tracker: tracker.LocalSpace, Title: answers[Title], Status: "draft", Open: true, Reporter: by,
		Version: answers[Release], Category: answers[Package], Steps: answers[Commands], Created: s.guide.Started, Updated: s.facts.Now,
		Release: answers[Release], Package: answers[Package], References: tracker.FindReferences(answers[Title])}
	if seen := answers[Version]; seen != "" {
		r.Body = "Seen with " + seen + ".\n"
	}
	return r
}

// folder is where a guide's files go unless a person says otherwise.
func (g *Guide) folder() string {
	name := strings.Map(func(r rune) rune {
		if r == '#' || r == '/' {
			return '-'
		}
		return r
	}, g.Report)
	return "almatriage-" + cmp.Or(name, "guide")
}
