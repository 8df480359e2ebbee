package reproduce

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// resolve finds the images of all sides in one go. A side whose image cannot
// be had goes on with the image it had last, if the journal knows one: its
// earlier outcome is better than none.
func (r *running) resolve(ctx context.Context) error {
	targets := make([]Target, len(r.run.Sides))
	for i := range r.run.Sides {
		targets[i] = r.run.Sides[i].Target
	}
	var guessing sync.WaitGroup
	var guess error
	guessing.Go(func() {
		guess = safely(func() error { r.guess(ctx, targets); return nil })
	})
	images, err := r.place.Engine.Resolve(ctx, targets, r.req.Pull, r.watch)
	guessing.Wait()
	if err := errors.Join(err, guess); err != nil {
		return err
	}
	if len(images) != len(targets) {
		return fmt.Errorf("resolve images: %d answers for %d targets", len(images), len(targets))
	}
	for i := range r.run.Sides {
		side := &r.run.Sides[i]
		side.Image = images[i]
		if images[i].Err == nil {
			continue
		}
		side.Err = asStepError(images[i].Err, side.Target, StepResolve)
		last, err := r.lab.Cache.LastImage(ctx, side.Target.Name, side.Target.Image)
		if err != nil {
			return fmt.Errorf("look up the last image of %s: %w", side.Target.Name, err)
		}
		if last != nil && side.Err.Infra {
			side.Image = *last
			side.Image.Offline = true
			side.Image.Err = images[i].Err
		}
	}
	return nil
}

// guess looks up, while the engine looks for the images, what is prepared for
// the images that they were the last time: as a rule they still are. What
// cannot be guessed is looked up, and its error told, when it is needed.
func (r *running) guess(ctx context.Context, targets []Target) {
	for i, target := range targets {
		last, err := r.lab.Cache.LastImage(ctx, target.Name, target.Image)
		if err != nil || last == nil {
			continue
		}
		side := Side{Target: r.run.Sides[i].Target, Image: *last}
		spec := r.spec(&side)
		if known, err := r.lab.Cache.Prepared(ctx, spec.Key()); err == nil && known != nil {
			r.guessed[known.Key] = known
		}
	}
}

// lookUp returns the prepared image that is known for a key, nil if none. Where
// there are several places the journal's may lie at another; then it is made
// here when an attempt wants it, and what was found out in it counts already.
func (r *running) lookUp(ctx context.Context, side *Side, key string) (*Prepared, error) {
	if made := r.lab.places.prepared(r.place, key); made != nil {
		return made, nil
	}
	if known, ok := r.guessed[key]; ok {
		return known, nil
	}
	known, err := r.lab.Cache.Prepared(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("look up the prepared image of %s: %w", side.Target.Name, err)
	}
	return known, nil
}

// keep records an image that was prepared for a side.
func (r *running) keep(ctx context.Context, made Prepared, side *Side) error {
	r.lab.places.keep(r.place, made)
	if err := r.lab.Cache.SavePrepared(ctx, made); err != nil {
		return fmt.Errorf("record the prepared image of %s: %w", side.Target.Name, err)
	}
	return nil
}

// asStepError makes a side's failure one that names its step.
func asStepError(err error, target Target, step Step) *StepError {
	var failed *StepError
	if errors.As(err, &failed) {
		return failed
	}
	return &StepError{Target: target.Name, Step: step, Message: err.Error(), Err: err}
}

// prepareAll prepares the sides beside each other.
func (r *running) prepareAll(ctx context.Context) error {
	var group sync.WaitGroup
	failures := make([]error, len(r.run.Sides))
	for i := range r.run.Sides {
		group.Go(func() {
			failures[i] = safely(func() error { return r.prepareSide(ctx, &r.run.Sides[i]) })
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

// spec is what a side's prepared image must hold.
func (r *running) spec(side *Side) PrepareSpec {
	recipe := &r.run.Recipe
	return PrepareSpec{Engine: r.lab.Kind, Target: side.Target, Image: side.Image, Prepare: recipe.Prepare, Require: recipe.Require,
		Files: recipe.Files, Env: recipe.Environment, Control: side.Control, Again: r.req.Reprepare && side.Control == nil,
		MaxAge: r.lab.PreparedFor, Limits: r.lab.Limits, Run: r.run.ID}
}

// prepareSide finds or makes what a side's attempts run in, and takes up its
// earlier attempts. A failed step becomes side.Err; an error is for what
// breaks the whole run.
func (r *running) prepareSide(ctx context.Context, side *Side) error {
	if err := r.readySide(ctx, side); err != nil {
		return err
	}
	if side.Err != nil || side.Prepared.Unavailable != "" {
		return nil
	}
	return r.takeUp(ctx, side)
}

// known is the spec of a side's prepared image for an engine that is to use
// it as it is.
func (r *running) known(side *Side) PrepareSpec {
	spec := r.spec(side)
	prepared := side.Prepared
	spec.Known, spec.Again = &prepared, false
	return spec
}

// readySide finds or makes a side's prepared image.
func (r *running) readySide(ctx context.Context, side *Side) error {
	unresolved := side.Err
	if unresolved != nil && side.Image.ID == "" {
		return nil
	}
	spec := r.spec(side)
	known, err := r.lookUp(ctx, side, spec.Key())
	if err != nil {
		return err
	}
	switch {
	case unresolved != nil && known == nil:
		return nil
	case unresolved != nil:
		side.Prepared, side.Stale, side.Err = *known, true, nil
	case known != nil && !spec.Again && r.run.Started.Sub(known.At) < r.lab.PreparedFor:
		side.Prepared = *known
	default:
		if err := r.make(ctx, side, spec, known); err != nil {
			return err
		}
	}
	if side.Err == nil {
		side.Err = wrongImage(side)
	}
	return nil
}

// make has the engine prepare a side. Where that fails for want of network and
// an older image is known, that one stands in.
func (r *running) make(ctx context.Context, side *Side, spec PrepareSpec, known *Prepared) error {
	r.sweepOnce(ctx)
	spec.Known = known
	if known != nil && r.run.Started.Sub(known.At) >= r.lab.PreparedFor {
		spec.Known = nil
	}
	prepared, err := r.place.Engine.Prepare(ctx, spec, r.watch)
	switch {
	case err == nil:
		side.Prepared = prepared
		return r.keep(ctx, prepared, side)
	case ctx.Err() != nil:
		return err
	case CodeOf(err) == CodeEngine:
		return err
	}
	side.Err = asStepError(err, side.Target, StepPrepare)
	if side.Err.Infra && known != nil && known.Unavailable == "" && !r.req.Reprepare {
		r.watch(Event{Kind: EventStepEnd, Target: side.Target.Name, Step: side.Err.Step, Err: side.Err,
			Text: "cannot be prepared anew; what was prepared earlier is used"})
		side.Prepared, side.Stale, side.Err = *known, true, nil
	}
	return nil
}

// wrongImage finds images that are not what the target says, nil if it is. The
// ID of a Kitten is AlmaLinux's; only its name tells (facts.md 1.1).
func wrongImage(side *Side) *StepError {
	release := side.Prepared.Print.OSRelease
	id, version := release["ID"], release["VERSION_ID"]
	if id == "" {
		return nil // nothing to hold against it
	}
	kitten := strings.Contains(release["NAME"]+release["PRETTY_NAME"], "Kitten")
	right := map[Distribution]bool{AlmaLinux: id == "almalinux" && !kitten, Kitten: id == "almalinux" && kitten, CentOSStream: id == "centos",
		UBI: id == "rhel"}[side.Target.Distribution]
	major, _, _ := strings.Cut(version, ".")
	if right && (version == "" || major == side.Target.Release) {
		return nil
	}
	name := release["PRETTY_NAME"]
	if name == "" {
		name = strings.TrimSpace(id + " " + version)
	}
	return &StepError{Target: side.Target.Name, Step: StepPrint,
		Message: fmt.Sprintf("the image %s says that it is %q, not %s", side.Target.Image, name, side.Target.Title()),
		Advice:  "correct image, distribution or release of [target." + side.Target.Name + "]"}
}

// takeUp takes the side's valid earlier attempts: all of them, since one that
// shows the bug counts whatever the others say.
func (r *running) takeUp(ctx context.Context, side *Side) error {
	side.Key = r.key(side)
	if r.req.Fresh {
		return nil
	}
	since := r.req.Since
	if oldest := r.run.Started.Add(-r.req.MaxAge); r.req.MaxAge > 0 && oldest.After(since) {
		since = oldest
	}
	earlier, err := r.lab.Cache.Attempts(ctx, side.Key, since)
	if err != nil {
		return fmt.Errorf("look up earlier attempts on %s: %w", side.Target.Name, err)
	}
	for _, a := range earlier {
		hang := r.run.Recipe.Oracle.Kind == OracleTimeout && a.Facts.End == EndTimeout && a.Facts.Step == StepTest
		if a.Done && (hang || Read(r.run.Recipe.Oracle, a).Valid()) {
			side.Attempts = append(side.Attempts, a)
		}
	}
	if len(side.Attempts) > 0 {
		side.Cached = true
		side.CachedAt = side.Attempts[0].Started
		r.watch(Event{Kind: EventCached, Target: side.Target.Name, Number: len(side.Attempts), Age: r.run.Started.Sub(side.CachedAt)})
	}
	return nil
}

// key is the cache key of a side's attempts: all that makes a difference to
// what they show.
func (r *running) key(side *Side) string {
	packages := ""
	if set := side.Prepared.Print.Packages; set != nil {
		packages = set.Hash()
	}
	return hashOf(struct {
		Salt                     string
		Executed                 executed
		Oracle                   Oracle
		Limits                   Limits
		Timeout                  time.Duration
		Target, Digest, Packages string
		Arch, Level              string
		Prepared                 string
		Engine                   string `json:",omitempty"`
	}{salt, r.run.Recipe.executed(), r.run.Recipe.Oracle, r.lab.Limits, r.limit, side.Target.Name, side.Image.Digest,
		packages, side.Image.Arch, side.Image.Level, side.Prepared.Key, r.lab.Kind})
}

// sweepOnce removes, beside the run, what earlier processes left; once a Lab,
// and only when containers are to be started at all.
func (r *running) sweepOnce(ctx context.Context) {
	r.place.swept.Do(func() {
		r.sweep.Go(func() {
			err := safely(func() error {
				_, err := r.place.Engine.Sweep(ctx, 0)
				return err
			})
			if err != nil && ctx.Err() == nil {
				r.watch(Event{Kind: EventStepEnd, Text: "what earlier runs left could not be removed", Err: err})
			}
		})
	})
}

// fetchChangelogs gets the changelogs that the reasons quote, where they are
// missing, and concludes again.
func (r *running) fetchChangelogs(ctx context.Context) error {
	r.run.Suggestion = Suggest(r.run)
	subject := r.run.Suggestion.Subject
	if v := r.run.Suggestion.Verdict; subject == "" || (v != FixedInStream && v != StreamOnly) {
		return nil
	}
	for i := range r.run.Sides {
		side := &r.run.Sides[i]
		if side.Role != RoleAlma && side.Role != RoleStream {
			continue
		}
		if _, have := side.Prepared.Print.Changelogs[subject]; have || side.Err != nil {
			continue
		}
		spec := r.known(side)
		spec.Changelogs = []string{subject}
		prepared, err := r.place.Engine.Prepare(ctx, spec, r.watch)
		if err != nil {
			if ctx.Err() != nil || CodeOf(err) == CodeEngine {
				return err
			}
			// The verdict stands without the quotation.
			r.watch(Event{Kind: EventStepEnd, Target: side.Target.Name, Step: StepPrint, Err: err, Text: "the changelog could not be read"})
			continue
		}
		side.Prepared.Print.Changelogs = prepared.Print.Changelogs
		if err := r.keep(ctx, side.Prepared, side); err != nil {
			return err
		}
	}
	r.run.Suggestion = Suggest(r.run)
	return nil
}
