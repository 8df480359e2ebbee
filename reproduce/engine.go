package reproduce

import (
	"context"
	"io"
	"regexp"
	"time"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// Engine runs containers. Package podman is one. Every call honours its
// context, has a deadline of its own, and returns *Error with CodeEngine where
// the engine itself is missing, hangs or is unusable.
type Engine interface {
	// Resolve finds the images of targets under the pull policy, all of them
	// in as few calls as possible. The result has an entry for each target, in
	// order; a target that failed has Err set and the others are kept.
	Resolve(ctx context.Context, targets []Target, pull Pull, watch func(Event)) ([]Image, error)
	// Prepare makes (or finds) the image that attempts run in, and its
	// fingerprint. A failure of a step is a *StepError.
	Prepare(ctx context.Context, spec PrepareSpec, watch func(Event)) (Prepared, error)
	// Attempt runs the test once. What went wrong inside, limits included, is
	// in the facts; an error means that the engine could not be used at all.
	Attempt(ctx context.Context, spec AttemptSpec, watch func(Event)) (Result, error)
	// Shell gives a person a shell in a prepared image, as attempts see it.
	Shell(ctx context.Context, spec AttemptSpec, stdio Stdio) error
	// Sweep removes what earlier processes left behind: containers whose owner
	// is gone. With Old, also prepared images older than that.
	Sweep(ctx context.Context, old time.Duration) (Swept, error)
}

// Pull is when to ask the registry for an image.
type Pull string

// The pull policies.
const (
	PullMissing Pull = "missing"
	PullNewer   Pull = "newer"
	PullAlways  Pull = "always"
	PullNever   Pull = "never"
)

// Image is a target's image as it was found.
type Image struct {
	Target string
	Ref    string // as configured
	ID     string // image id, sha256 in hexadecimal
	Digest string // manifest digest "sha256:…"; of the id where an image was never in a registry
	Arch   string // amd64, arm64, …
	Level  string // x86-64-v2, … of the image, where it tells
	// Offline: the registry was asked and did not answer; this is the stored image.
	Offline bool
	Err     error // *StepError, nil if found
}

// Limits bound one container.
type Limits struct {
	Memory int64   // bytes
	CPUs   float64 // cores
	Pids   int
	Disk   int64 // bytes that the container may write
}

// Kubernetes names the engine of a cluster, wherever one is named.
const Kubernetes = "kubernetes"

// PrepareSpec says what a prepared image must hold.
type PrepareSpec struct {
	Engine  string // Kubernetes, or "" for podman: the images of one are nothing to the other
	Target  Target
	Image   Image
	Prepare string   // the recipe's script, or empty
	Require []string // packages
	Files   []File   // of the recipe, for the prepare script
	Env     map[string]string
	// Control, if set, asks for the source version of another side.
	Control *Control
	// Known is the prepared image that the journal knows for this key; the
	// engine uses it if the image is still there and Again is not set.
	Known *Prepared
	Again bool // make base layer and all anew (--reprepare)
	// MaxAge is how old a base layer may be.
	MaxAge time.Duration
	// Changelogs names source packages whose changelogs are wanted in the fingerprint.
	Changelogs []string
	Limits     Limits
	Run        string // the run that asks, for labels
}

// Key identifies what is asked for: target, base image, scripts and packages.
// Two runs with one key share a prepared image while it is young enough.
func (s PrepareSpec) Key() string {
	return hashOf(struct {
		Target, Digest, Setup, Prepare string
		Require                        []string
		Files                          []File
		Env                            map[string]string
		Control                        *Control
		Engine                         string `json:",omitempty"`
	}{s.Target.Name, s.Image.Digest, s.Target.Setup, s.Prepare, s.Require, s.filesForPrepare(), s.Env, s.Control, s.Engine})
}

// filesForPrepare: the files matter to the image only if a script can read them.
func (s PrepareSpec) filesForPrepare() []File {
	if s.Prepare == "" {
		return nil
	}
	return s.Files
}

// Control asks for AlmaLinux's version of a source package on another side.
type Control struct {
	Source   string   // source package name
	EVR      rpm.EVR  // the source version that AlmaLinux has
	Packages []string // the binary packages of it that are installed on the side
}

// Prepared is an image that attempts can run in.
type Prepared struct {
	Key     string // of the PrepareSpec
	ImageID string // local image
	At      time.Time
	// Unavailable is set instead of ImageID when a control's version is not
	// offered any more: one sentence.
	Unavailable string
	Print       Fingerprint
}

// Fingerprint is what a side was made of.
type Fingerprint struct {
	OSRelease map[string]string
	Arch      string
	Level     string // x86-64 level of the image's packages, where it tells
	Packages  *rpm.Set
	// Required maps each require entry to the installed packages (NEVRA) that
	// answer to it, in dnf's sense.
	Required map[string][]string
	Repos    []Repo
	// Changelogs holds rpm -q --changelog by source package, for those that
	// were asked for so far.
	Changelogs map[string]string
	Kernel     string   // of the host
	Podman     string   // version; Kubernetes of a cluster
	HostLevel  string   // x86-64 level of the host's CPU
	Dropped    []string // limits that the host could not apply
}

// Repo is an enabled repository.
type Repo struct{ ID, Revision string }

// AttemptSpec is one execution of a test.
type AttemptSpec struct {
	ID      string // becomes the container's name
	Run     string
	Target  Target
	Image   string // prepared image id
	Recipe  *Recipe
	Number  int
	Timeout time.Duration // limit of precheck and test together
	Limits  Limits
	// Dropped are the limits that this host cannot apply (Fingerprint.Dropped).
	Dropped []string
	// Pattern, if not nil, is matched live against the test's lines.
	Pattern *regexp.Regexp
	Stream  Stream // of the pattern; "" for both
}

// Result is what the engine brings back of an attempt.
type Result struct {
	Facts    Facts
	Log      Log
	Started  time.Time
	Duration time.Duration // of precheck and test, without the engine's overhead
}

// Stdio is a person's terminal.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
	Terminal bool // In is a terminal
}

// Swept counts what a sweep removed.
type Swept struct {
	Containers int
	Processes  int
	Images     int
	Bytes      int64
}

// StepError says which step of which side failed and what to do.
type StepError struct {
	Target string
	Step   Step
	// Message is one sentence: what failed, in the tool's own words where
	// they help. Advice is the next step for the person.
	Message, Advice string
	// Infra: the surroundings failed (registry, mirror, disk), not the recipe.
	Infra bool
	// Output is the end of what the step printed, raw.
	Output string
	Err    error
}

// Error is the sentence with target and step.
func (e *StepError) Error() string { return e.Target + ": " + string(e.Step) + ": " + e.Message }

// Unwrap is the cause.
func (e *StepError) Unwrap() error { return e.Err }
