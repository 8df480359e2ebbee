package reproduce

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"
)

// attemptMain makes attempts on the two sides of the comparison, interleaved,
// until the plan is content. Without two sides every target gets its first
// attempts.
func (r *running) attemptMain(ctx context.Context) error {
	alma, stream := r.sideOf(RoleAlma), r.sideOf(RoleStream)
	if alma == nil || stream == nil {
		return r.attemptEach(ctx, func(*Side) int {
			// Nothing to be told apart: the plan for two that are alike.
			goal, _ := r.plan.Goal(Tally{Valid: 1}, Tally{Valid: 1})
			return goal
		})
	}
	return r.rounds(ctx, func() []*Side {
		a, s := r.tally(alma), r.tally(stream)
		goalA, goalS := r.plan.Goal(a, s)
		return r.needy(map[*Side]int{alma: goalA, stream: goalS}, alma, stream)
	})
}

// attemptThirds asks the further opinions.
func (r *running) attemptThirds(ctx context.Context) error {
	alma, stream := r.sideOf(RoleAlma), r.sideOf(RoleStream)
	if alma == nil || stream == nil {
		return nil // they have had theirs
	}
	goal := r.plan.Third(r.tally(alma), r.tally(stream))
	return r.attemptEach(ctx, func(side *Side) int {
		if side.Role != RoleThird {
			return 0
		}
		return goal
	})
}

func (r *running) attemptEach(ctx context.Context, goal func(*Side) int) error {
	return r.rounds(ctx, func() []*Side {
		goals := map[*Side]int{}
		var sides []*Side
		for i := range r.run.Sides {
			side := &r.run.Sides[i]
			if n := goal(side); n > 0 {
				goals[side] = n
				sides = append(sides, side)
			}
		}
		return r.needy(goals, sides...)
	})
}

// askControls tries AlmaLinux's version of a package on the Stream side for as
// long as that can still decide.
func (r *running) askControls(ctx context.Context) error {
	for {
		_, want := Judge(r.run)
		if want == nil || r.budgetOver() {
			return nil
		}
		stream := r.sideOf(RoleStream)
		side := Side{Target: stream.Target, Role: RoleControl, Image: stream.Image, Control: want}
		r.run.Sides = append(r.run.Sides, side)
		control := &r.run.Sides[len(r.run.Sides)-1]
		if err := r.prepareSide(ctx, control); err != nil {
			return err
		}
		if control.Prepared.Unavailable != "" {
			continue
		}
		err := r.rounds(ctx, func() []*Side {
			if r.tally(control).Has() {
				return nil
			}
			return r.needy(map[*Side]int{control: controlAttempts}, control)
		})
		if err != nil {
			return err
		}
		if control.Err == nil && len(control.Attempts) == 0 {
			return nil // the budget is over
		}
	}
}

func (r *running) sideOf(role Role) *Side {
	for i := range r.run.Sides {
		if r.run.Sides[i].Role == role {
			return &r.run.Sides[i]
		}
	}
	return nil
}

// tally counts what a side has said so far.
func (r *running) tally(side *Side) Tally {
	t := Count(ReadSide(r.run.Recipe.Oracle, side.Attempts, r.run.opposite(side)))
	t.Failed = side.Err != nil
	return t
}

// needy are the sides that have not reached their goal and still can.
func (r *running) needy(goals map[*Side]int, sides ...*Side) []*Side {
	r.goals = goals
	var needy []*Side
	for _, side := range sides {
		t := r.tally(side)
		if t.Valid < goals[side] && !r.plan.Over(t) && side.Prepared.Unavailable == "" {
			needy = append(needy, side)
		}
	}
	return needy
}

func (r *running) budgetOver() bool { return !r.lab.now().Before(r.ends) }

// rounds runs one attempt on each side that needs one, beside each other, and
// looks again; until none does, or the budget is over.
func (r *running) rounds(ctx context.Context, next func() []*Side) error {
	for {
		sides := next()
		if len(sides) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.budgetOver() {
			for _, side := range sides {
				side.Budget = true
			}
			return nil
		}
		failures := make([]error, len(sides))
		var group sync.WaitGroup
		for i, side := range sides {
			group.Go(func() {
				failures[i] = safely(func() error { return r.attempt(ctx, side) })
			})
		}
		group.Wait()
		if err := errors.Join(failures...); err != nil {
			return err
		}
	}
}

// attempt makes one attempt on a side and records it.
func (r *running) attempt(ctx context.Context, side *Side) error {
	r.sweepOnce(ctx)
	attempt := Attempt{ID: NewID(), Run: r.run.ID, Target: side.Target.Name, Key: side.Key, Number: len(side.Attempts) + 1,
		Started: r.lab.now(), Limit: r.limit}
	if side.Cached || len(side.Attempts) == 0 {
		// Before the first attempt of its own; a side that needs none is kept
		// with the run's end.
		if err := r.saveSide(ctx, side); err != nil {
			return err
		}
	}
	if err := r.lab.Journal.BeginAttempt(ctx, attempt); err != nil {
		return fmt.Errorf("record attempt %d on %s: %w", attempt.Number, side.Target.Name, err)
	}
	r.watch(Event{Kind: EventAttempt, Target: side.Target.Name, Step: StepTest, Number: attempt.Number, Of: r.goals[side]})
	result, err := r.execute(ctx, side, attempt)
	attempt.Key = side.Key // another one if its image had to be prepared again
	if err != nil && ctx.Err() == nil && CodeOf(err) != CodeEngine {
		result.Facts = Facts{End: EndEngine, Step: StepTest, Detail: err.Error()}
		err = nil
	}
	if err != nil || ctx.Err() != nil {
		attempt.Facts = Facts{End: EndInterrupted, Step: StepTest}
		return errors.Join(err, ctx.Err(), r.record(ctx, side, attempt))
	}
	attempt.Done = true
	attempt.Facts, attempt.Log, attempt.Duration = result.Facts, result.Log, result.Duration
	if !result.Started.IsZero() {
		attempt.Started = result.Started
	}
	if err := r.askPerson(ctx, side, &attempt); err != nil {
		return errors.Join(err, r.record(ctx, side, attempt))
	}
	return r.record(ctx, side, attempt)
}

// record keeps a finished or interrupted attempt, also when the run was cancelled.
func (r *running) record(ctx context.Context, side *Side, a Attempt) error {
	if err := r.lab.Journal.FinishAttempt(context.WithoutCancel(ctx), a); err != nil {
		return fmt.Errorf("record the end of attempt %d on %s: %w", a.Number, side.Target.Name, err)
	}
	reading := Read(r.run.Recipe.Oracle, a)
	a.Log = Log{Bytes: a.Log.Bytes, Dropped: a.Log.Dropped, SHA256: a.Log.SHA256} // the journal has the lines
	side.Attempts = append(side.Attempts, a)
	side.Cached = false
	r.watch(Event{Kind: EventReading, Target: side.Target.Name, Number: a.Number, Reading: reading})
	return nil
}

// execute has the engine run the test; an image that is gone is prepared again.
func (r *running) execute(ctx context.Context, side *Side, attempt Attempt) (Result, error) {
	spec := AttemptSpec{ID: containerName(attempt.ID), Run: r.run.ID, Target: side.Target, Image: side.Prepared.ImageID,
		Recipe: &r.run.Recipe, Number: attempt.Number, Timeout: r.limit, Limits: r.lab.Limits,
		Dropped: side.Prepared.Print.Dropped}
	if o := r.run.Recipe.Oracle; o.Kind == OracleOutput {
		pattern, err := regexp.Compile(o.Pattern)
		if err != nil {
			return Result{}, usagef("the recipe's output pattern: %v", err)
		}
		spec.Pattern = pattern
		spec.Stream = map[string]Stream{"stdout": Stdout, "stderr": Stderr}[o.Stream]
	}
	result, err := r.place.Engine.Attempt(ctx, spec, r.watch)
	if !errors.Is(err, ErrImageGone) {
		return result, err
	}
	prepare := r.spec(side)
	prepared, err := r.place.Engine.Prepare(ctx, prepare, r.watch)
	if err != nil {
		return Result{}, err
	}
	if err := r.keep(ctx, prepared, side); err != nil {
		return Result{}, err
	}
	side.Prepared = prepared
	if key := r.key(side); key != side.Key {
		// Other packages than before: what earlier attempts say is of another side.
		side.Key, side.Attempts, side.Cached, side.CachedAt = key, nil, false, time.Time{}
	}
	spec.Image = prepared.ImageID
	return r.place.Engine.Attempt(ctx, spec, r.watch)
}

// askPerson puts the question of reproduced-when: ask.
func (r *running) askPerson(ctx context.Context, side *Side, a *Attempt) error {
	if r.run.Recipe.Oracle.Kind != OracleAsk || r.req.Ask == nil || a.Facts.End != EndExited {
		return nil
	}
	r.asking.Lock()
	defer r.asking.Unlock()
	answer, err := r.req.Ask(ctx, side.Target, *a)
	if err != nil {
		return fmt.Errorf("ask about %s: %w", side.Target.Name, err)
	}
	answer.At = r.lab.now()
	a.Facts.Answer = &answer
	return nil
}
