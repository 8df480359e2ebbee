// Package podman is the engine: it runs reproducers in containers by the
// podman command. It imports reproduce and nothing of store, tui or cmd.
//
// What podman does under stress was measured first; the rules that follow from
// that are kept throughout: its client is never killed while it starts a
// container, its exit status is not believed, its pipes are always drained,
// each call has a deadline, and a verdict file that our own wrapper writes is
// the truth about a test.
package podman

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/almatriage/almatriage/reproduce"
)

// Config is how podman is to be used.
type Config struct {
	Podman     string   // command or path; "" is podman
	GlobalArgs []string // before "run", and before every other command
	// Connection names a podman elsewhere, set up with podman system
	// connection; "" is the one on this computer. No folder is shared with it.
	Connection string
	RunArgs    []string // after "run"
	// Dir is where each container gets its working directory; "" is a folder
	// of the user's cache. It must be visible to podman.
	Dir string
	// Jobs is how many containers run at once; 0 is max(2, min(cores, memory / limit)).
	Jobs int
	// Memory is the limit of one container in bytes, for Jobs.
	Memory int64
	// Owner identifies this process: see ThisProcess.
	Owner string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Engine runs containers. It implements reproduce.Engine and may be used by
// several goroutines. Close ends what it still does in the background.
type Engine struct {
	cfg     Config
	slots   *semaphore.Weighted
	flights singleflight.Group
	remover *remover

	mu     sync.Mutex
	remade map[string]bool // base layers that this process made anew
	host   *host
}

var _ reproduce.Engine = (*Engine)(nil)

// New returns an engine. It does no IO: a podman that is missing shows at the
// first call.
func New(cfg Config) (*Engine, error) {
	if cfg.Podman == "" {
		cfg.Podman = "podman"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Owner == "" {
		cfg.Owner = ThisProcess()
	}
	if cfg.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find a place for working directories: %w", err)
		}
		cfg.Dir = filepath.Join(cache, "almatriage", "run")
	}
	if cfg.Jobs <= 0 {
		cfg.Jobs = defaultJobs(runtime.NumCPU(), totalMemory(), cfg.Memory)
	}
	e := &Engine{cfg: cfg, slots: semaphore.NewWeighted(int64(cfg.Jobs)), remade: map[string]bool{}}
	e.remover = newRemover(e)
	return e, nil
}

// Close removes the containers that are done with and waits for that, for at
// most as long as the context lives.
func (e *Engine) Close(ctx context.Context) error { return e.remover.close(ctx) }

// Worker is the name of the connection, "" on this computer.
func (e *Engine) Worker() string { return e.cfg.Connection }

// remote tells whether the containers run on another computer.
func (e *Engine) remote() bool { return e.cfg.Connection != "" }

// Jobs is how many containers run at once.
func (e *Engine) Jobs() int { return e.cfg.Jobs }

// defaultJobs is max(2, min(cores, memory / limit)).
func defaultJobs(cores int, memory, limit int64) int {
	jobs := cores
	if limit > 0 && memory > 0 {
		jobs = min(jobs, int(memory/limit))
	}
	return max(2, jobs)
}
