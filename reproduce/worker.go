package reproduce

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Worker is an engine that takes runs beside a Lab's own: another computer's.
// A run is made on one of them from its beginning to its end, so that both
// sides are of the same kernel and processor.
type Worker struct {
	Name   string
	Engine Engine
	Slots  int // containers at once, at least 1; runs are shared out by it
}

// again is how long a worker that could not be used is left alone.
const again = time.Minute

// place is where runs are made: the Lab's own engine, or a worker.
type place struct {
	Worker
	swept sync.Once

	busy int       // runs that are being made
	lost time.Time // when it could not be used; zero if it could
	// made are the images that were prepared here, by their keys: an image of
	// another place has another id.
	made map[string]Prepared
}

// crew are the places of a Lab.
type crew struct {
	once   sync.Once
	mu     sync.Mutex
	places []*place
}

// crew is made at the first run.
func (l *Lab) crew() *crew {
	l.places.once.Do(func() {
		own := Worker{Engine: l.Engine, Slots: l.Slots}
		for _, w := range append([]Worker{own}, l.Workers...) {
			if w.Engine != nil {
				w.Slots = max(w.Slots, 1)
				l.places.places = append(l.places.places, &place{Worker: w, made: map[string]Prepared{}})
			}
		}
	})
	return &l.places
}

// take returns the place that has most room for a run, nil if all are lost.
func (c *crew) take(now time.Time) *place {
	c.mu.Lock()
	defer c.mu.Unlock()
	var best *place
	for _, p := range c.places {
		if len(c.places) > 1 && !p.lost.IsZero() && now.Sub(p.lost) < again {
			continue
		}
		// The load that it would have; the first of equals.
		if best == nil || (p.busy+1)*best.Slots < (best.busy+1)*p.Slots {
			best = p
		}
	}
	if best != nil {
		best.busy++
	}
	return best
}

// leave gives a place back; lost tells that it could not be used.
func (c *crew) leave(p *place, lost bool, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.busy--
	p.lost = time.Time{}
	if lost {
		p.lost = now
	}
}

// others tells whether there is another place to go to.
func (c *crew) others(p *place, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, other := range c.places {
		if other != p && (other.lost.IsZero() || now.Sub(other.lost) >= again) {
			return true
		}
	}
	return false
}

// prepared is what was made at a place for a key, nil if nothing was. Where there
// is one place only, the journal knows all.
func (c *crew) prepared(p *place, key string) *Prepared {
	c.mu.Lock()
	defer c.mu.Unlock()
	if made, ok := p.made[key]; ok && len(c.places) > 1 {
		return &made
	}
	return nil
}

// keep remembers what was made at a place.
func (c *crew) keep(p *place, made Prepared) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.made[made.Key] = made
}

// Run runs the recipe on all targets and returns the run with its suggestion.
// A side that fails is in the run. An error (*Error) means that no run could
// be made, or that it was interrupted; then what was done is in the journal.
// A run whose worker is lost is interrupted, and made anew on another.
// watch, which may be nil, is called from several goroutines, one at a time.
func (l *Lab) Run(ctx context.Context, req Request, watch func(Event)) (Run, error) {
	crew := l.crew()
	var losses error
	for {
		p := crew.take(l.now())
		if p == nil {
			return Run{}, errors.Join(&Error{Code: CodeEngine, Message: "no worker can be used; see almatriage doctor"}, losses)
		}
		run, err := l.runAt(ctx, p, req, crew.handOver(p, l.now, watch))
		lost := ctx.Err() == nil && CodeOf(err) == CodeEngine
		crew.leave(p, lost, l.now())
		if !lost {
			return run, err
		}
		losses = errors.Join(losses, err)
		if !crew.others(p, l.now()) {
			return run, losses
		}
		if l.Lost != nil {
			l.Lost(err)
		}
	}
}

// handOver tells those who watch a run that it goes on elsewhere, instead of
// its end, where its place is lost and there is another.
func (c *crew) handOver(p *place, now func() time.Time, watch func(Event)) func(Event) {
	if watch == nil {
		return nil
	}
	return func(e Event) {
		if e.Kind == EventDone && CodeOf(e.Err) == CodeEngine && c.others(p, now()) {
			e.Kind, e.Text = EventStepEnd, "the run goes to another worker"
		}
		watch(e)
	}
}

// Sweep removes what earlier processes left, at every place that can be used.
// It is an error only if none can.
func (l *Lab) Sweep(ctx context.Context) error {
	var failures []error
	places := l.crew().places
	for _, p := range places {
		if _, err := p.Engine.Sweep(ctx, 0); err != nil {
			failures = append(failures, err)
		}
	}
	if len(failures) < len(places) {
		return nil
	}
	return errors.Join(failures...)
}

// Shell gives a person a shell in what Prepare made.
func (l *Lab) Shell(ctx context.Context, spec AttemptSpec, stdio Stdio) error {
	return l.crew().places[0].Engine.Shell(ctx, spec, stdio)
}
