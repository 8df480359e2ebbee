package reproduce

import "time"

// EventKind is what an event tells.
type EventKind string

// The events of a run. State changes always arrive; log lines may be dropped
// by who passes them on, which must then count them.
const (
	EventStep    EventKind = "step"    // a step of a side began
	EventStepEnd EventKind = "stepend" // and ended (Err tells how)
	EventAttempt EventKind = "attempt" // attempt Number of Of began
	EventReading EventKind = "reading" // and what it says
	EventCached  EventKind = "cached"  // a side is answered from the cache
	EventLine    EventKind = "line"    // a line of output of the step or test
	EventDone    EventKind = "done"    // the run is over
)

// Event is one thing that happens in a run.
type Event struct {
	Kind    EventKind
	At      time.Time
	Run     string
	Report  string
	Target  string
	Step    Step
	Number  int // attempt
	Of      int // attempts planned so far
	Reading Reading
	Line    LogLine
	Text    string // one line for people
	Err     error
	Age     time.Duration // cached: how old
}
