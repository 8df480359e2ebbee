package reproduce

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// SideResult is what a side's attempts come to.
type SideResult struct {
	Side     *Side
	Readings []Reading // one for each attempt
	Tally    Tally
	Outcome  Outcome
}

// Results reads all sides of a run, in their order.
func (r *Run) Results() []SideResult {
	results := make([]SideResult, len(r.Sides))
	for i := range r.Sides {
		side := &r.Sides[i]
		readings := ReadSide(r.Recipe.Oracle, side.Attempts, r.opposite(side))
		tally := Count(readings)
		tally.Failed = side.Err != nil
		results[i] = SideResult{Side: side, Readings: readings, Tally: tally, Outcome: outcomeOf(tally, readings)}
	}
	return results
}

// opposite are the attempts that a side's hangs are judged by: those of the
// other side of the comparison; for a further opinion or a control, of both.
func (r *Run) opposite(side *Side) []Attempt {
	var others []Attempt
	for i := range r.Sides {
		other := &r.Sides[i]
		if other != side && (other.Role == RoleAlma || other.Role == RoleStream) {
			others = append(others, other.Attempts...)
		}
	}
	return others
}

// outcomeOf takes a side's readings together. One valid sight is enough to
// have the bug, whatever else failed.
func outcomeOf(t Tally, readings []Reading) Outcome {
	switch {
	case t.Seen > 0 && t.Seen == t.Valid:
		return OutcomeReproduced
	case t.Seen > 0:
		return OutcomeFlaky
	case t.Failed || t.Errors >= tries || (t.Over() && t.Errors > 0):
		return OutcomeError
	case t.Over():
		return OutcomeCannotTell
	case t.Valid > 0:
		return OutcomeNotReproduced
	case t.Errors > 0:
		return OutcomeError
	case t.CannotTell > 0:
		return OutcomeCannotTell
	case len(readings) > 0:
		return OutcomeInterrupted
	}
	return OutcomeInterrupted
}

// NotRun tells that nothing was to be run on the side: a container cannot show
// the bug, so that not even its image was looked for.
func (s SideResult) NotRun() bool {
	return s.Side.Err == nil && len(s.Side.Attempts) == 0 && s.Side.Image == Image{}
}

// unmade tells that no attempt says anything because preparing the side failed,
// or the engine did.
func (s SideResult) unmade() bool {
	return s.Outcome == OutcomeError && !slices.ContainsFunc(s.Side.Attempts, func(a Attempt) bool { return a.Facts.End != EndEngine })
}

// Failure is why a run came to nothing: each side that was asked for failed
// before anything ran in it. "" if one did not.
func (r *Run) Failure() (why string) {
	if v := r.Suggestion.Verdict; v != Inconclusive && v != "" {
		return ""
	}
	for _, s := range r.Results() {
		switch {
		case s.Side.Role == RoleControl:
		case !s.unmade():
			return ""
		case why == "":
			why = s.Trouble()
		}
	}
	return why
}

// Broken tells that a side that was asked for ended in an error or was
// interrupted: made again, the run may say more. One on which nothing was to be
// run is neither.
func (r *Run) Broken() bool {
	return slices.ContainsFunc(r.Results(), func(s SideResult) bool {
		return s.Side.Role != RoleControl && !s.NotRun() && (s.Outcome == OutcomeError || s.Outcome == OutcomeInterrupted)
	})
}

// Has tells that the side has the bug.
func (s SideResult) Has() bool { return s.Tally.Has() }

// Lacks tells that the side was tried and did not show the bug.
func (s SideResult) Lacks() bool { return !s.Tally.Failed && s.Tally.Lacks() }

// Counts is "5 of 5".
func (s SideResult) Counts() string { return fmt.Sprintf("%d of %d", s.Tally.Seen, s.Tally.Valid) }

// Trouble is why the side says nothing: the step that failed and what to do,
// or the reason of the last attempt that did not count. "" if it says something.
func (s SideResult) Trouble() string {
	if err := s.Side.Err; err != nil {
		text := fmt.Sprintf("%s: step %s failed: %s", s.Side.Target.Title(), err.Step, err.Message)
		if err.Advice != "" {
			text += "; " + err.Advice
		}
		return text
	}
	for i := len(s.Readings) - 1; i >= 0; i-- {
		if !s.Readings[i].Valid() {
			return fmt.Sprintf("%s: %s", s.Side.Target.Title(), s.Readings[i].Why)
		}
	}
	return ""
}

// firstSeen is the first attempt that shows the bug, nil if none does.
func (s SideResult) firstSeen() *Attempt {
	for i, r := range s.Readings {
		if r.Kind == Seen {
			return &s.Side.Attempts[i]
		}
	}
	return nil
}

// Telling is the attempt that stands for the side: the first that shows the
// bug, else the last one; nil if there is none.
func (s SideResult) Telling() *Attempt {
	if a := s.firstSeen(); a != nil || len(s.Side.Attempts) == 0 {
		return a
	}
	return &s.Side.Attempts[len(s.Side.Attempts)-1]
}

// seen lists the attempts that show the bug.
func (s SideResult) seen() []Attempt {
	var attempts []Attempt
	for i, r := range s.Readings {
		if r.Kind == Seen {
			attempts = append(attempts, s.Side.Attempts[i])
		}
	}
	return attempts
}

// SourceNote says where a side's result comes from if not from this run and
// this computer, as in "cached, 3h old" or "on builder"; "" if it does.
func (r *Run) SourceNote(side *Side, now time.Time) string {
	var notes []string
	switch {
	case side.Stale:
		notes = append(notes, "cached, "+r.preparedAgo(side))
	case side.Cached:
		notes = append(notes, "cached, "+tracker.Age(now, side.CachedAt)+" old")
	}
	for i := range side.Attempts {
		if worker := side.Attempts[i].Facts.Worker; worker != "" && !slices.Contains(notes, "on "+worker) {
			notes = append(notes, "on "+worker)
		}
	}
	return strings.Join(notes, ", ")
}

// preparedAgo says how old a side's image was when the run began.
func (r *Run) preparedAgo(side *Side) string {
	return fmt.Sprintf("prepared %d days ago", int(r.Started.Sub(side.Prepared.At).Hours()/24))
}

// sameFailure tells whether two sides that have a bug show the same one, and
// by what: a declared sign, the same signal, the same exit status, or a common
// line of error (verdict.md, The suggestion).
func sameFailure(o Oracle, a, b SideResult) (by string, same bool) {
	switch o.Kind {
	case OracleOutput:
		return "both print what was declared", true
	case OracleSignal:
		return "both end by the declared signal " + o.Signal, true
	case OracleTimeout:
		return "both hit the limit", true
	case OracleAsk:
		return "a person saw it on both", true
	}
	for _, x := range a.seen() {
		for _, y := range b.seen() {
			if x.Facts.Status != y.Facts.Status {
				continue
			}
			if signal := signalOf(x.Facts.Status); signal > 0 {
				return "both end by signal " + SignalName(signal), true
			}
			return fmt.Sprintf("both end with exit status %d", x.Facts.Status), true
		}
	}
	for _, x := range a.seen() {
		for _, y := range b.seen() {
			for _, line := range x.Facts.ErrorLines {
				for _, other := range y.Facts.ErrorLines {
					if line == other && line != "" {
						return fmt.Sprintf("both print %q", line), true
					}
				}
			}
		}
	}
	return "", false
}
