package reproduce

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

// salt is part of every cache key: a new one disowns all earlier outcomes,
// for when the engine or the reading of attempts was wrong.
const salt = "almatriage-4"

// Lab is the use case that runs a recipe on its targets and says what it
// means. It may be used by several goroutines; the engine bounds how many
// containers run at once.
type Lab struct {
	Engine  Engine
	Kind    string // of the engine: Kubernetes, or "" for podman
	Cache   Cache
	Journal Journal
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Owner identifies this process in the journal (boot, process, start).
	Owner string

	Limits      Limits
	Timeout     time.Duration // of one attempt, where the recipe gives none
	Budget      time.Duration // of one run
	PreparedFor time.Duration // how long a prepared image is used

	// Slots is how many containers Engine runs at once; 0: 1. It matters only
	// beside Workers, which take runs too. Engine may be nil if there are some.
	Slots   int
	Workers []Worker
	// Lost, if not nil, is told of a place that cannot be used, whose run goes
	// to another one. It is called from several goroutines.
	Lost func(error)

	places crew
}

// NewID returns an id that is unique and sorts by time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// runAt is Run at one place.
func (l *Lab) runAt(ctx context.Context, p *place, req Request, watch func(Event)) (Run, error) {
	r := l.begin(p, req, watch)
	var err error
	if r.run.ID, err = l.Journal.RunID(ctx, req.Report); err != nil {
		return r.run, fmt.Errorf("record the run: %w", err)
	}
	if why, command, needed := VMOnly(req.Hints, &req.Recipe, r.firstTarget()); needed {
		r.run.Suggestion = Suggestion{Verdict: NeedsVM, Command: command,
			Reasons: []string{why + "; a container cannot show this bug, a virtual machine can"}}
		return r.store(ctx)
	}
	if len(r.run.Sides) == 0 {
		return r.run, usagef("no target to run on: give --target")
	}
	if err := r.resolve(ctx); err != nil {
		return r.run, err
	}
	if err := l.Journal.BeginRun(ctx, r.run); err != nil {
		return r.run, fmt.Errorf("record the run: %w", err)
	}
	err = r.carryOut(ctx)
	return r.finish(ctx, err)
}

// Prepare makes what an attempt on the request's first target would run in,
// without running it: for a person's shell. Nothing is journalled but the image.
func (l *Lab) Prepare(ctx context.Context, req Request, watch func(Event)) (AttemptSpec, error) {
	r := l.begin(l.crew().places[0], req, watch)
	if len(r.run.Sides) == 0 {
		return AttemptSpec{}, usagef("no target: give --target")
	}
	r.run.Sides = r.run.Sides[:1]
	r.sweepOnce(ctx)
	defer r.sweep.Wait()
	if err := r.resolve(ctx); err != nil {
		return AttemptSpec{}, err
	}
	side := &r.run.Sides[0]
	if err := r.readySide(ctx, side); err != nil {
		return AttemptSpec{}, err
	}
	if side.Err != nil {
		return AttemptSpec{}, side.Err
	}
	// The image may have been removed by hand since; the engine looks.
	prepared, err := r.place.Engine.Prepare(ctx, r.known(side), r.watch)
	if err != nil {
		return AttemptSpec{}, err
	}
	return AttemptSpec{ID: containerName(NewID()), Run: r.run.ID, Target: side.Target, Image: prepared.ImageID, Recipe: &r.run.Recipe, Number: 1,
		Timeout: r.limit, Limits: l.Limits, Dropped: prepared.Print.Dropped}, nil
}

// containerName is the name of an attempt's container.
func containerName(id string) string { return "almatriage-" + id }

// running is one run as it goes on.
type running struct {
	lab    *Lab
	place  *place
	req    Request
	run    Run
	plan   Plan
	limit  time.Duration // of an attempt
	ends   time.Time     // of the budget
	watch  func(Event)
	asking sync.Mutex // one question at a time
	sweep  sync.WaitGroup
	// goals is how many valid attempts each side is to have for now; it is
	// set between the rounds of attempts.
	goals map[*Side]int
	// guessed are prepared images that were looked up beforehand, by key.
	guessed map[string]*Prepared
}

func (l *Lab) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}

func (l *Lab) begin(p *place, req Request, watch func(Event)) *running {
	started := l.now()
	repeat := req.Repeat
	if repeat == 0 {
		repeat = req.Recipe.Repeat
	}
	r := &running{lab: l, place: p, req: req, guessed: map[string]*Prepared{}, limit: firstOf(req.Timeout, req.Recipe.Duration, l.Timeout),
		ends: started.Add(firstOf(req.Budget, l.Budget))}
	r.plan = Plan{Repeat: repeat, Sometimes: req.Hints.Sometimes, Ask: req.Recipe.Oracle.Kind == OracleAsk}
	r.run = Run{ID: NewID(), Report: req.Report, Recipe: req.Recipe, RecipeHash: req.Recipe.Hash(), Hints: req.Hints,
		Fixed: repeat > 0, Started: started, State: RunRunning, Batch: req.Batch, Owner: l.Owner}
	r.run.Sides = arrange(req.Targets, req.With, started)
	var mu sync.Mutex
	r.watch = func(e Event) {
		if watch == nil {
			return
		}
		e.Run, e.Report = r.run.ID, req.Report
		if e.At.IsZero() {
			e.At = l.now()
		}
		mu.Lock()
		defer mu.Unlock()
		watch(e)
	}
	return r
}

func firstOf(values ...time.Duration) time.Duration {
	for _, v := range values {
		if v > 0 {
			return v
		}
	}
	return 0
}

// arrange gives each target its role: the first AlmaLinux one is the AlmaLinux
// side, the first CentOS Stream one the side it is compared with; where that
// has ended, the first UBI of the same release stands in, if there is one.
func arrange(targets, with []Target, now time.Time) []Side {
	sides := make([]Side, 0, len(targets)+len(with))
	alma, stream, ubi := -1, -1, -1
	for i, t := range targets {
		sides = append(sides, Side{Target: t, Role: RoleThird})
		switch {
		case alma < 0 && t.Distribution.IsAlma():
			alma = i
		case stream < 0 && t.Distribution == CentOSStream:
			stream = i
		case ubi < 0 && t.Distribution == UBI:
			ubi = i
		}
	}
	if ubi >= 0 && (stream < 0 || targets[stream].EndedBy(now)) && streamHasEnded(targets, stream, targets[ubi].Release, now) {
		stream = ubi
	}
	if alma >= 0 {
		sides[alma].Role = RoleAlma
	}
	if stream >= 0 {
		sides[stream].Role = RoleStream
	}
	for _, t := range with {
		sides = append(sides, Side{Target: t, Role: RoleThird})
	}
	return sides
}

// streamHasEnded tells whether the Stream of a release has ended, be it among
// the targets or not.
func streamHasEnded(targets []Target, stream int, release string, now time.Time) bool {
	if stream >= 0 {
		return targets[stream].EndedBy(now)
	}
	builtin, ok := BuiltinTargets()["stream"+release]
	return ok && builtin.EndedBy(now)
}

func (r *running) firstTarget() Target {
	if len(r.run.Sides) == 0 {
		return Target{}
	}
	return r.run.Sides[0].Target
}

// store records a run that needed no containers.
func (r *running) store(ctx context.Context) (Run, error) {
	if err := r.lab.Journal.BeginRun(ctx, r.run); err != nil {
		return r.run, fmt.Errorf("record the run: %w", err)
	}
	return r.finish(ctx, nil)
}

// finish closes the run in the journal, also when it was cancelled.
func (r *running) finish(ctx context.Context, failure error) (Run, error) {
	r.sweep.Wait()
	r.run.Finished = r.lab.now()
	r.run.State = RunDone
	if failure != nil {
		r.run.State = RunInterrupted
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	err := r.lab.Journal.FinishRun(closing, r.run)
	r.watch(Event{Kind: EventDone, Err: failure})
	switch {
	case failure != nil && ctx.Err() != nil:
		return r.run, &Error{Code: CodeInterrupted, Message: "interrupted", Err: errors.Join(ctx.Err(), err)}
	case failure != nil:
		return r.run, errors.Join(failure, err)
	case err != nil:
		return r.run, fmt.Errorf("record the end of the run: %w", err)
	}
	return r.run, nil
}

// carryOut prepares the sides, attempts until the plan is content, asks the
// further opinions and the controls, and concludes.
func (r *running) carryOut(ctx context.Context) error {
	if err := r.prepareAll(ctx); err != nil {
		return err
	}
	if err := r.attemptMain(ctx); err != nil {
		return err
	}
	if err := r.attemptThirds(ctx); err != nil {
		return err
	}
	if err := r.askControls(ctx); err != nil {
		return err
	}
	return r.fetchChangelogs(ctx)
}

func (r *running) saveSide(ctx context.Context, side *Side) error {
	if err := r.lab.Journal.SaveSide(ctx, r.run.ID, *side); err != nil {
		return fmt.Errorf("record side %s: %w", side.Target.Name, err)
	}
	return nil
}
