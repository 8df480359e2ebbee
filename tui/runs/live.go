package runs

import (
	"errors"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Live is a run as it goes on: what its events came to. Texts are raw.
type Live struct {
	Began time.Time // its first event; zero before that
	Sides []*Side
	// Question waits for an answer.
	Question *Question
	// Notes are about the run and not about a side.
	Notes []string
	Ended bool
	Run   reproduce.Run // when it has ended; with Err, as far as it got
	Err   error
}

// Side is one target of a run that goes on.
type Side struct {
	Target reproduce.Target
	// Steps are all that were begun so far, in order; of the test there is
	// none, see Attempt.
	Steps []StepState
	// Step is what is being done, since when, "" if nothing is; Text says more
	// of it.
	Step  reproduce.Step
	Since time.Time
	Text  string
	// Attempt of Of is the last one that was begun; 0 before the first.
	Attempt, Of int
	Readings    []reproduce.Reading
	// Control: what is attempted is AlmaLinux's version of a package on this
	// side. Attempt and Of are of the control then, and so are these readings.
	Control         bool
	ControlReadings []reproduce.Reading
	// Cached: CachedCount attempts of earlier runs were taken, the oldest of
	// them CachedAge old.
	Cached      bool
	CachedCount int
	CachedAge   time.Duration
	Err         error // the last step failed by this
	Dropped     int   // lines of output that were too many
	Log         Ring
}

// StepState is a step that was begun.
type StepState struct {
	Step  reproduce.Step
	Text  string // more of it
	Began time.Time
	Ended time.Time // zero while it goes on
	Err   error
}

func newLive(req reproduce.Request) *Live {
	l := &Live{}
	for _, t := range append(append([]reproduce.Target{}, req.Targets...), req.With...) {
		l.Sides = append(l.Sides, &Side{Target: t})
	}
	return l
}

// apply takes what happened. Events come first: a question is always newer,
// and what is lost was newer than the last line that was not.
func (l *Live) apply(e EventsMsg) {
	last := lastLines(e)
	for i, one := range e.Events {
		l.event(one)
		if last[one.Target] == i+1 {
			l.lost(one.Target, e.Dropped[one.Target])
		}
	}
	for target, n := range e.Dropped {
		if last[target] == 0 {
			l.lost(target, n)
		}
	}
	if e.Ask != nil && !answered(e) {
		l.Question = e.Ask
	}
	l.Ended, l.Run, l.Err = e.Ended, e.Run, e.Err
	if l.Ended {
		l.end()
	}
}

// end closes what goes on no more; a step that failed without an event is told.
func (l *Live) end() {
	l.Question = nil
	for _, s := range l.Sides {
		s.Step, s.Text = "", ""
	}
	for _, side := range l.Run.Sides {
		if s := l.side(side.Target.Name); side.Err != nil && s.Err == nil && side.Role != reproduce.RoleControl {
			s.fail(side.Err)
		}
	}
}

// lastLines finds, by target, the last line of output before some were lost:
// its place, counted from 1.
func lastLines(e EventsMsg) map[string]int {
	last := map[string]int{}
	if len(e.Dropped) == 0 {
		return last
	}
	for i, one := range e.Events {
		if one.Kind == reproduce.EventLine && e.Dropped[one.Target] > 0 {
			last[one.Target] = i + 1
		}
	}
	return last
}

// answered tells whether the question of a message was over before it came: the
// run was cancelled meanwhile.
func answered(e EventsMsg) bool {
	for _, one := range e.Events {
		if one.Kind == reproduce.EventReading && one.Target == e.Ask.Target.Name && one.Number == e.Ask.Attempt.Number {
			return true
		}
	}
	return false
}

// side finds a target's side; one that was not asked for is added rather than
// lost.
func (l *Live) side(target string) *Side {
	for _, s := range l.Sides {
		if s.Target.Name == target {
			return s
		}
	}
	s := &Side{Target: reproduce.Target{Name: target}}
	l.Sides = append(l.Sides, s)
	return s
}

func (l *Live) lost(target string, n int) {
	if n <= 0 {
		return
	}
	s := l.side(target)
	s.Dropped += n
	s.Log.Add(Line{Kind: LineLost, Number: n})
}

func (l *Live) event(e reproduce.Event) {
	if l.Began.IsZero() {
		l.Began = e.At
	}
	if e.Target == "" {
		if e.Err != nil && e.Kind != reproduce.EventDone { // the end comes with its own
			l.Notes = append(l.Notes, e.Text+": "+e.Err.Error())
		}
		return
	}
	s := l.side(e.Target)
	switch e.Kind {
	case reproduce.EventStep:
		s.begin(e)
	case reproduce.EventStepEnd:
		s.end(e)
	case reproduce.EventAttempt:
		s.attempt(e)
	case reproduce.EventReading:
		s.read(e.Reading)
		if q := l.Question; q != nil && q.Target.Name == e.Target && q.Attempt.Number == e.Number {
			l.Question = nil
		}
	case reproduce.EventCached:
		s.cached(e)
	case reproduce.EventLine:
		if s.Step == "" { // its image had to be made again on the way
			s.Step, s.Since = e.Step, e.At
		}
		s.Log.Add(Line{Kind: LineOutput, Control: s.Control, Stream: e.Line.Stream, Text: e.Line.Text})
	case reproduce.EventDone:
	}
}

// begin: a step begins, and by that the one before it has ended.
func (s *Side) begin(e reproduce.Event) {
	if e.Step == s.Step { // the same goes on, and says more
		s.Text = e.Text
		return
	}
	s.close(e.At, nil)
	if e.Step == reproduce.StepControl {
		s.control()
	}
	s.Step, s.Since, s.Text = e.Step, e.At, e.Text
	s.Steps = append(s.Steps, StepState{Step: e.Step, Text: e.Text, Began: e.At})
	s.Log.Add(Line{Kind: LineStep, Control: s.Control, Step: e.Step, Text: e.Text})
}

// end: a step ended. With a text the run goes on without it.
func (s *Side) end(e reproduce.Event) {
	if n := len(s.Steps); n == 0 || s.Steps[n-1].Step != e.Step || !s.Steps[n-1].Ended.IsZero() {
		if e.Err == nil {
			return // of one that was not told of
		}
		s.close(e.At, nil)
		s.Steps = append(s.Steps, StepState{Step: e.Step, Began: e.At})
	}
	s.close(e.At, e.Err)
	if e.Err == nil {
		return
	}
	text := complaint(e.Err)
	if e.Text != "" {
		text = e.Text + ": " + text
	} else {
		s.Err = e.Err
	}
	s.Log.Add(Line{Kind: LineFailed, Control: s.Control, Step: e.Step, Text: text})
}

// complaint is what failed and what to do, without the side's name.
func complaint(err error) string {
	var failed *reproduce.StepError
	if !errors.As(err, &failed) {
		return err.Error()
	}
	if failed.Advice == "" {
		return failed.Message
	}
	return failed.Message + "; " + failed.Advice
}

// close ends the step that goes on, if one does.
func (s *Side) close(at time.Time, err error) {
	s.Step, s.Text = "", ""
	if n := len(s.Steps); n > 0 && s.Steps[n-1].Ended.IsZero() {
		s.Steps[n-1].Ended, s.Steps[n-1].Err = at, err
	}
}

// attempt: one begins. The first of a side that had some already is one of a
// control.
func (s *Side) attempt(e reproduce.Event) {
	if e.Number == 1 && (s.Cached || len(s.Readings) > 0) && !(s.Control && len(s.ControlReadings) == 0) {
		s.control()
	}
	s.close(e.At, nil)
	s.Err = nil
	s.Attempt, s.Of = e.Number, e.Of
	s.Step, s.Since = reproduce.StepTest, e.At
	s.Log.Add(Line{Kind: LineAttempt, Control: s.Control, Number: e.Number, Of: e.Of})
}

// control: what comes from now on is of a new control.
func (s *Side) control() {
	s.Control, s.ControlReadings, s.Attempt, s.Of = true, nil, 0, 0
}

func (s *Side) read(r reproduce.Reading) {
	if s.Control {
		s.ControlReadings = append(s.ControlReadings, r)
	} else {
		s.Readings = append(s.Readings, r)
	}
	s.Step = ""
	s.Log.Add(Line{Kind: LineReading, Control: s.Control, Said: r.Kind, Text: r.Why})
}

// cached: attempts of earlier runs are taken. A side is told that once, before
// it has any; later it is a control.
func (s *Side) cached(e reproduce.Event) {
	if s.Cached || s.Attempt > 0 {
		s.control()
	} else {
		s.Cached, s.CachedCount, s.CachedAge = true, e.Number, e.Age
	}
	s.close(e.At, nil)
	s.Err = nil
	s.Log.Add(Line{Kind: LineCached, Control: s.Control, Number: e.Number, Text: before(e.Age)})
}

// before says how long before a run something was.
func before(d time.Duration) string {
	if d < time.Minute {
		return "just before this one"
	}
	var epoch time.Time
	return tracker.Age(epoch.Add(2*d), epoch.Add(d)) + " before this one"
}
