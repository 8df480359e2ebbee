// Package kubernetes is an engine that runs reproducers as Jobs of a cluster,
// by the kubectl command. It imports reproduce and nothing of store, tui, cmd
// or another engine; what runs inside the pod, and how its words are read, is
// package inside, as for every engine.
//
// A Job has one pod, which is never started twice. It gets our scripts and the
// recipe by a ConfigMap and tells all that is to be known by its log: the lines
// of both streams, each with its number, and at the end the verdict file. A log
// that has a gap, or no end, is never an answer. Jobs are removed when they
// have been read, by Sweep, or by the cluster, whatever comes first.
package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/almatriage/almatriage/reproduce"
)

// Config is how a cluster is to be used.
type Config struct {
	Kubectl   string // command or path; "" is kubectl
	Context   string // of kubectl's configuration; "" is its current one
	Namespace string // where Jobs run; must be set
	// Prepared is where prepared images are, as registry and path
	// ("registry.example.org/alma/triage"); "" has each Job prepare for itself.
	Prepared string
	// Probe is what a pod without network must not reach before its test
	// begins, as host:port; "" is the cluster's own API, "none" asks nothing.
	Probe string
	Jobs  int // Jobs at once; 0 is 4
	// Starting is how long a pod may take from its creation to its first line,
	// its node and its image included; 0 is 10 minutes.
	Starting time.Duration
	// Poll is how often a pod that does not run yet is looked at; 0 is a second.
	Poll time.Duration
	// Quick is the deadline of a call that does not wait; 0 is 30 seconds.
	Quick time.Duration
	// Owner identifies this process, and Alive tells whether the process of an
	// owner still runs on this computer; see podman.ThisProcess.
	Owner string
	Alive func(owner string) bool
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Engine runs Jobs. It implements reproduce.Engine and may be used by several
// goroutines.
type Engine struct {
	cfg     Config
	slots   *semaphore.Weighted
	flights singleflight.Group

	mu       sync.Mutex
	sealed   bool                       // the network policy is there
	resolved map[string]reproduce.Image // by reference, for this process
	left     []string                   // Jobs that could not be removed
}

var _ reproduce.Engine = (*Engine)(nil)

// New returns an engine. It does no IO: a kubectl that is missing shows at the
// first call. An error (*reproduce.Error, CodeUsage) is of the configuration.
func New(cfg Config) (*Engine, error) {
	if cfg.Namespace == "" {
		return nil, &reproduce.Error{Code: reproduce.CodeUsage,
			Message: "no namespace for the Jobs: set [engine.kubernetes] namespace"}
	}
	if cfg.Owner == "" || cfg.Alive == nil {
		return nil, errors.New("kubernetes: Owner and Alive must be set")
	}
	if cfg.Kubectl == "" {
		cfg.Kubectl = "kubectl"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Jobs <= 0 {
		cfg.Jobs = 4
	}
	if cfg.Starting <= 0 {
		cfg.Starting = 10 * time.Minute
	}
	if cfg.Quick <= 0 {
		cfg.Quick = quick
	}
	if cfg.Poll <= 0 {
		cfg.Poll = time.Second
	}
	return &Engine{cfg: cfg, slots: semaphore.NewWeighted(int64(cfg.Jobs)), resolved: map[string]reproduce.Image{}}, nil
}

// Jobs is how many Jobs run at once.
func (e *Engine) Jobs() int { return e.cfg.Jobs }

// Close removes the Jobs whose removal failed when they ended.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	left := e.left
	e.left = nil
	e.mu.Unlock()
	var failures []error
	for _, name := range left {
		if err := e.delete(ctx, name); err != nil {
			failures = append(failures, fmt.Errorf("remove the Job %s: %w", name, err))
		}
	}
	return errors.Join(failures...)
}
