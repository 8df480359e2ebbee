package reproduce

import (
	"context"
	"time"
)

// Role is what a side is in a comparison.
type Role string

// The roles.
const (
	RoleAlma    Role = "alma"    // the AlmaLinux side
	RoleStream  Role = "stream"  // what it is compared with
	RoleThird   Role = "third"   // a further opinion: only adds reasons
	RoleControl Role = "control" // the Stream side with AlmaLinux's version of a package
)

// Outcome is a target's attempts taken together.
type Outcome string

// The outcomes of a side.
const (
	OutcomeReproduced    Outcome = "reproduced"
	OutcomeNotReproduced Outcome = "not-reproduced"
	OutcomeFlaky         Outcome = "flaky"
	OutcomeCannotTell    Outcome = "cannot-tell"
	OutcomeError         Outcome = "error"
	OutcomeInterrupted   Outcome = "interrupted"
)

// Side is one target's part of a run, with the facts that decide.
type Side struct {
	Target   Target
	Role     Role
	Image    Image
	Prepared Prepared  // Key and Print; zero if preparing failed
	Control  *Control  // RoleControl only
	Key      string    // cache key of its attempts
	Attempts []Attempt // in order; cached ones first
	Cached   bool      // all its attempts came from earlier runs
	// CachedAt is when the oldest of the cached attempts was made.
	CachedAt time.Time
	Err      *StepError // why there are no (or no more) attempts
	Budget   bool       // the run's budget ended before the plan did
	// Stale: it could not be prepared anew (no network), so that what was
	// prepared at Prepared.At stands in, older than it should be.
	Stale bool
}

// RunState is how far a run got.
type RunState string

// The states.
const (
	RunRunning     RunState = "running"
	RunDone        RunState = "done"
	RunInterrupted RunState = "interrupted"
)

// Run is one recipe on all its targets.
type Run struct {
	ID         string // sortable by time
	Report     string
	Recipe     Recipe
	RecipeHash string
	Hints      Hints
	// Fixed: the number of attempts was fixed beforehand (repeat, --repeat).
	Fixed      bool
	Started    time.Time
	Finished   time.Time
	State      RunState
	Batch      string // that it is part of, "" for none
	Owner      string // boot id, process and start time of who runs it
	Author     string // of an imported run: who ran it
	Imported   bool
	Sides      []Side
	Suggestion Suggestion
}

// Verdict is what the outcomes of a run mean.
type Verdict string

// The verdicts. The first eight are suggested; a person may decide for all
// but inconclusive.
const (
	StreamReproducible Verdict = "stream-reproducible"
	AlmaOnly           Verdict = "alma-only"
	FixedInStream      Verdict = "fixed-in-stream"
	StreamOnly         Verdict = "stream-only"
	NotReproducible    Verdict = "not-reproducible"
	NeedsVM            Verdict = "needs-vm"
	Inconclusive       Verdict = "inconclusive"

	IntendedDifference Verdict = "intended-difference"
	NotABug            Verdict = "not-a-bug"
	Duplicate          Verdict = "duplicate"
	NeedsInfo          Verdict = "needs-info"
)

// Decidable lists the verdicts that a person can decide for, in the order in
// which they are offered.
func Decidable() []Verdict {
	return []Verdict{StreamReproducible, AlmaOnly, FixedInStream, StreamOnly, NotReproducible, NeedsVM,
		IntendedDifference, NotABug, Duplicate, NeedsInfo}
}

// Suggestion is what the program makes of a run. The zero value is none.
type Suggestion struct {
	Verdict Verdict  `json:"verdict"`
	PValue  *float64 `json:"p_value"` // Fisher's, two-sided; nil but for a difference
	Reasons []string `json:"reasons"` // sentences, most important first
	// Subject is the source package that the verdict rests on, "" if none.
	Subject string `json:"subject,omitempty"`
	// Flaky: some side showed the bug in some of its attempts only.
	Flaky bool `json:"flaky,omitempty"`
	// Command repeats or continues outside of this program (needs-vm).
	Command []string `json:"command,omitempty"`
}

// Cache keeps what can be used again. store.DB is one.
type Cache interface {
	// Prepared returns the newest prepared image known for a key, nil if none.
	Prepared(ctx context.Context, key string) (*Prepared, error)
	// SavePrepared keeps it, with its fingerprint.
	SavePrepared(ctx context.Context, p Prepared) error
	// Attempts returns the finished attempts under a cache key that were
	// begun since, oldest first: never imported, interrupted or failed ones
	// (see Reading.Usable).
	Attempts(ctx context.Context, key string, since time.Time) ([]Attempt, error)
	// LastImage returns the image that a target's reference was last resolved to.
	LastImage(ctx context.Context, target, ref string) (*Image, error)
}

// Journal records a run as it happens: every attempt is in it before its
// container is, and its result before the next begins. store.DB is one.
type Journal interface {
	// RunID returns an id for a run that sorts after those of all other runs of
	// its report, whatever the clock says.
	RunID(ctx context.Context, report string) (string, error)
	BeginRun(ctx context.Context, run Run) error
	BeginAttempt(ctx context.Context, a Attempt) error
	FinishAttempt(ctx context.Context, a Attempt) error
	// SaveSide keeps a side's image, fingerprint, error and list of attempts
	// (its own and the cached ones, by id).
	SaveSide(ctx context.Context, run string, s Side) error
	// FinishRun keeps the end of a run with all its sides.
	FinishRun(ctx context.Context, run Run) error
}

// Decision is what a person decided on a report; the journal of them is only
// ever added to.
type Decision struct {
	ID       string // unique for ever, sortable by time
	Report   string
	Verdict  Verdict // "" with Undoes
	Note     string
	PatchURL string
	By       string
	At       time.Time
	Run      string // the run it rests on, may be empty
	// Suggested is what the program had suggested then, "" if nothing.
	Suggested Verdict
	// Undoes is the id of the decision that this one takes back.
	Undoes string
	// ReportUpdated is the report's time of change that the decider saw.
	ReportUpdated time.Time
}
