package podman

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// remover removes containers that are done with, many in one call and beside
// the work. Its goroutine lives while there is something to remove.
type remover struct {
	engine *Engine
	mu     sync.Mutex
	names  []string
	busy   bool
	idle   *sync.Cond
	failed error
	hurry  chan struct{} // closed when there is nothing to wait for any more
	once   sync.Once
}

// gather is how long a removal waits for others to join it. Each call takes
// the processor from the attempts that go on meanwhile.
const gather = 2 * time.Second

func newRemover(e *Engine) *remover {
	r := &remover{engine: e, hurry: make(chan struct{})}
	r.idle = sync.NewCond(&r.mu)
	return r
}

// later removes a container and its working directory some time soon.
func (r *remover) later(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names = append(r.names, name)
	if !r.busy {
		r.busy = true
		go r.work()
	}
}

func (r *remover) work() {
	select {
	case <-time.After(gather):
	case <-r.hurry:
	}
	for {
		r.mu.Lock()
		names := r.names
		r.names = nil
		if len(names) == 0 {
			r.busy = false
			r.idle.Broadcast()
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		err := r.engine.remove(context.Background(), names)
		r.mu.Lock()
		r.failed = errors.Join(r.failed, err)
		r.mu.Unlock()
	}
}

// close waits until nothing is left to remove.
func (r *remover) close(ctx context.Context) error {
	r.once.Do(func() { close(r.hurry) })
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		r.idle.Broadcast()
		r.mu.Unlock()
	})
	defer stop()
	go func() {
		defer close(done)
		r.mu.Lock()
		defer r.mu.Unlock()
		for r.busy && ctx.Err() == nil {
			r.idle.Wait()
		}
	}()
	<-done
	r.mu.Lock()
	defer r.mu.Unlock()
	failed := r.failed
	r.failed = nil
	return errors.Join(failed, ctx.Err())
}

// remove removes containers in whatever state, their anonymous volumes, and
// their working directories. That one is not there is what is wanted.
func (e *Engine) remove(ctx context.Context, names []string) error {
	var err error
	for try := 0; ; try++ {
		var answer reply
		answer, err = e.call(ctx, quick, append([]string{"rm", "-f", "-v", "-i", "-t", "0", "--"}, names...)...)
		if err != nil || answer.status == 0 {
			break
		}
		// One that ends at this moment can be in no state to be removed.
		if err = answer.failed("remove containers"); try == 5 {
			break
		}
		time.Sleep(gather / 10)
	}
	if err == nil && !e.remote() {
		err = outlasting(ctx, names)
	}
	for _, name := range names {
		err = errors.Join(err, e.removeDir(ctx, e.cfg.Dir+"/"+name))
	}
	return err
}

// outlasting ends the monitors of containers that were removed, where they do not
// end by themselves: one that was stopped, or whose client was killed while it
// started the container, stays for ever.
func outlasting(ctx context.Context, names []string) error {
	removed := map[string]bool{}
	for _, name := range names {
		removed[name] = true
	}
	for end := time.Now().Add(grace); ; {
		left := conmons()
		maps.DeleteFunc(left, func(name string, _ []monitor) bool { return !removed[name] })
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(end) {
			killLeftovers(removed)
			return nil
		}
		if err := tracker.Sleep(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("wait for the end of podman's monitors: %w", err)
		}
	}
}

// removeDir removes a working directory. Without root a container can leave
// files of users that only podman's user namespace may remove.
func (e *Engine) removeDir(ctx context.Context, dir string) error {
	err := os.RemoveAll(dir)
	if err == nil || os.Geteuid() == 0 {
		return err
	}
	answer, failed := e.call(ctx, quick, "unshare", "rm", "-rf", "--", dir)
	if failed != nil {
		return failed
	}
	if answer.status != 0 {
		return fmt.Errorf("remove %s: %s", dir, complaint(answer.stderr))
	}
	return nil
}
