package reproduce

import (
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// End is how an attempt's container came to its end.
type End string

// The ends. Only EndExited comes with a status that the test gave itself.
const (
	EndExited      End = "exited"      // the wrapper's verdict file says so
	EndTimeout     End = "timeout"     // the limit of the attempt was hit
	EndMemory      End = "memory"      // out of memory
	EndPids        End = "pids"        // the limit of processes
	EndDisk        End = "disk"        // wrote more than the limit, or the store ran full
	EndLost        End = "lost"        // no valid verdict file and no known reason
	EndEngine      End = "engine"      // podman failed
	EndInterrupted End = "interrupted" // we were told to stop, or died
)

// Step is the part of an attempt that ended it.
type Step string

// The steps of a side, in their order.
const (
	StepResolve  Step = "resolve"
	StepBase     Step = "base"    // upgrade of the base image
	StepPrepare  Step = "prepare" // the recipe's prepare script
	StepRequire  Step = "require" // installation of the packages
	StepPrint    Step = "fingerprint"
	StepControl  Step = "control" // installation of the other side's version
	StepSyntax   Step = "syntax"  // bash -n
	StepPrecheck Step = "precheck"
	StepTest     Step = "test"
)

// Facts are what was observed of an attempt; everything that is concluded is
// computed from them by Read and Suggest, again each time.
type Facts struct {
	End    End  `json:"end"`
	Step   Step `json:"step"`   // the step that ran last
	Status int  `json:"status"` // exit status as bash gives it (128+n for signal n); only with EndExited
	// Missing are the commands that bash did not find while the test ran.
	Missing []string `json:"missing,omitempty"`
	// OOMKills and PidsMax are how often the container's limits struck.
	OOMKills int64 `json:"oom_kills,omitempty"`
	PidsMax  int64 `json:"pids_max,omitempty"`
	// Match is what the output oracle saw; nil where the oracle is another.
	Match *Match `json:"match,omitempty"`
	// Surroundings are signatures of the container's limits found in the
	// output, by name (see SignatureOf).
	Surroundings []string `json:"surroundings,omitempty"`
	// ErrorLines are the last lines of the test's errors, normalised (see
	// NormaliseLine), for telling whether two failures are the same.
	ErrorLines []string `json:"error_lines,omitempty"`
	// Excerpt is the end of the output as it was, for people.
	Excerpt string `json:"excerpt,omitempty"`
	// Detail is the engine's own explanation, one line.
	Detail string  `json:"detail,omitempty"`
	Answer *Answer `json:"answer,omitempty"`
	// Worker names the other computer that the container ran on, by podman's name
	// of the connection; Kubernetes is a cluster, "" this computer.
	Worker string `json:"worker,omitempty"`
}

// Match is what a pattern found in the output.
type Match struct {
	Pattern   string `json:"pattern"`
	Stream    string `json:"stream,omitempty"`
	Count     int    `json:"count"`               // matching lines
	Line      string `json:"line,omitempty"`      // the first
	Truncated bool   `json:"truncated,omitempty"` // evaluated on a log that lost lines
}

// Answer is what a person said when asked whether the bug is there.
type Answer struct {
	Seen   bool      `json:"seen"`
	Unsure bool      `json:"unsure,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Attempt is one container execution of a recipe's test on one target.
type Attempt struct {
	ID       string // sortable by time, unique for ever; names the container
	Run      string // the run that executed it
	Target   string
	Key      string // cache key: what executes, where, under which limits
	Number   int    // 1 is the run's first on this side
	Started  time.Time
	Duration time.Duration
	Limit    time.Duration // of precheck and test together
	Done     bool          // false: begun and never finished (see EndInterrupted)
	Facts    Facts
	Log      Log
}

// Log is the output of an attempt: its beginning and its end, with what was
// lost in between counted. Text is raw.
type Log struct {
	Lines   []LogLine
	Bytes   int64  // written by the test in all
	Dropped int64  // bytes that are not in Lines
	SHA256  string // of everything written, in order of arrival
}

// LogLine is a line of output. A line that did not end in time, or was longer
// than the limit, is cut into several.
type LogLine struct {
	Stream Stream        `json:"s"`
	At     time.Duration `json:"t"` // since the attempt began
	Text   string        `json:"x"` // without the line feed; raw bytes
}

// Stream tells output from errors.
type Stream string

// The streams.
const (
	Stdout Stream = "o"
	Stderr Stream = "e"
	// Trace is bash's own echo of what it runs (set -x): shown to people, and
	// never taken for what the test says.
	Trace Stream = "x"
)

// Hints are what the report says that matters to the method.
type Hints struct {
	Report    tracker.ID
	Package   string // the report's package, may be empty
	Release   string
	Sometimes bool   // the bug is said to happen only now and then
	Text      string // title and texts, for signs that a container cannot show it
}
