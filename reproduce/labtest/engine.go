package labtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// Script is what one side of a scripted engine plays.
type Script struct {
	Digest   string // of the image; empty: made of the name
	Packages []rpm.Package
	// Facts are the attempts' by their number in the run; the last one goes on
	// for ever, and none at all means that the bug is not seen.
	Facts []reproduce.Facts
	// Took is how long every attempt says that it took, Delay how long it
	// really takes.
	Took, Delay time.Duration
	// Changelogs by source package, handed out when they are asked for.
	Changelogs map[string]string
	// ChangelogErr is what reading them fails with.
	ChangelogErr error
	// OSRelease is the image's; nil leaves it unknown.
	OSRelease map[string]string
	// Unavailable is a control's version that is not to be had.
	Unavailable string
	// ResolveErr, PrepareErr and AttemptErr fail the step.
	ResolveErr, PrepareErr, AttemptErr error
	// Gone is how many attempts find that the prepared image is not there.
	Gone int
	// During, if set, is called while an attempt goes on.
	During func(number int)
}

// Engine is a reproduce.Engine that plays scripts, by the name of the target;
// a control's name is the target's, a plus, and the source package's. Change a
// script only between runs.
type Engine struct {
	Scripts map[string]*Script
	// Offline: the registry does not answer; stored images stand in.
	Offline bool
	// Now is the clock of prepared images; nil: time.Now.
	Now func() time.Time
	// Hold, if set, is waited for before each attempt ends.
	Hold func(ctx context.Context, spec reproduce.AttemptSpec)

	mu       sync.Mutex
	names    map[string]string // of scripts, by prepared image
	made     int
	calls    []string
	attempts []reproduce.AttemptSpec
	prepares []reproduce.PrepareSpec
	sweeps   int
	running  int
	most     int
}

// Resolve implements reproduce.Engine.
func (e *Engine) Resolve(ctx context.Context, targets []reproduce.Target, _ reproduce.Pull, _ func(reproduce.Event)) ([]reproduce.Image, error) {
	e.call("resolve")
	images := make([]reproduce.Image, len(targets))
	for i, target := range targets {
		script := e.script(target.Name)
		images[i] = reproduce.Image{Target: target.Name, Ref: target.Image, Arch: "amd64", Offline: e.Offline}
		if script.ResolveErr != nil {
			images[i].Err = script.ResolveErr
			continue
		}
		images[i].ID, images[i].Digest = "id-"+target.Name, script.Digest
		if script.Digest == "" {
			images[i].Digest = "sha256:" + target.Name
		}
	}
	return images, ctx.Err()
}

// Prepare implements reproduce.Engine.
func (e *Engine) Prepare(ctx context.Context, spec reproduce.PrepareSpec, _ func(reproduce.Event)) (reproduce.Prepared, error) {
	name := spec.Target.Name
	if spec.Control != nil {
		name += "+" + spec.Control.Source
	}
	script := e.script(name)
	e.call("prepare " + name)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.prepares = append(e.prepares, spec)
	if script.PrepareErr != nil {
		return reproduce.Prepared{}, script.PrepareErr
	}
	if script.ChangelogErr != nil && len(spec.Changelogs) > 0 {
		return reproduce.Prepared{}, script.ChangelogErr
	}
	if spec.Known != nil && !spec.Again {
		known := *spec.Known
		e.addChangelogs(&known, script, spec.Changelogs)
		return known, ctx.Err()
	}
	prepared := reproduce.Prepared{Key: spec.Key(), At: e.now(), Unavailable: script.Unavailable}
	prepared.Print = reproduce.Fingerprint{OSRelease: script.OSRelease, Arch: "amd64", Packages: rpm.NewSet(clone(script.Packages))}
	e.addChangelogs(&prepared, script, spec.Changelogs)
	if script.Unavailable == "" {
		e.made++
		prepared.ImageID = fmt.Sprintf("prepared-%d", e.made)
		if e.names == nil {
			e.names = map[string]string{}
		}
		e.names[prepared.ImageID] = name
	}
	return prepared, ctx.Err()
}

// clone copies packages deeply enough for a set to take them over.
func clone(packages []rpm.Package) []rpm.Package {
	copies := make([]rpm.Package, len(packages))
	for i, p := range packages {
		p.Requires, p.Provides, p.Files = append([]string(nil), p.Requires...), append([]string(nil), p.Provides...), append([]string(nil), p.Files...)
		copies[i] = p
	}
	return copies
}

func (e *Engine) addChangelogs(p *reproduce.Prepared, script *Script, wanted []string) {
	logs := maps.Clone(p.Print.Changelogs)
	for _, source := range wanted {
		if logs == nil {
			logs = map[string]string{}
		}
		logs[source] = script.Changelogs[source]
	}
	p.Print.Changelogs = logs
}

// Attempt implements reproduce.Engine.
func (e *Engine) Attempt(ctx context.Context, spec reproduce.AttemptSpec, _ func(reproduce.Event)) (reproduce.Result, error) {
	script, err := e.begin(spec)
	if err != nil {
		return reproduce.Result{}, err
	}
	defer e.end()
	if script.During != nil {
		script.During(spec.Number)
	}
	if e.Hold != nil {
		e.Hold(ctx, spec)
	}
	if script.Delay > 0 {
		select {
		case <-time.After(script.Delay):
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return reproduce.Result{}, ctx.Err()
	}
	if script.AttemptErr != nil {
		return reproduce.Result{}, script.AttemptErr
	}
	facts := reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest}
	if n := len(script.Facts); n > 0 {
		facts = script.Facts[min(spec.Number, n)-1]
	}
	return reproduce.Result{Facts: facts, Started: e.now(), Duration: script.Took}, nil
}

func (e *Engine) begin(spec reproduce.AttemptSpec) (*Script, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	name, ok := e.names[spec.Image]
	if !ok {
		return nil, fmt.Errorf("attempt %s: image %q was never prepared", spec.ID, spec.Image)
	}
	script := e.scriptOf(name)
	if script.Gone > 0 {
		script.Gone--
		return nil, fmt.Errorf("attempt %s: %w", spec.ID, reproduce.ErrImageGone)
	}
	e.calls = append(e.calls, "attempt "+name)
	e.attempts = append(e.attempts, spec)
	e.running++
	e.most = max(e.most, e.running)
	return script, nil
}

func (e *Engine) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running--
}

// Shell implements reproduce.Engine; a script has no shell.
func (e *Engine) Shell(context.Context, reproduce.AttemptSpec, reproduce.Stdio) error {
	e.call("shell")
	return errors.New("a scripted engine has no shell")
}

// Sweep implements reproduce.Engine.
func (e *Engine) Sweep(context.Context, time.Duration) (reproduce.Swept, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sweeps++
	return reproduce.Swept{}, nil
}

// Calls lists what was asked of the engine, in order, sweeps left out:
// "resolve", "prepare NAME", "attempt NAME".
func (e *Engine) Calls() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.calls...)
}

// Count is how often a call of Calls was made.
func (e *Engine) Count(call string) int {
	n := 0
	for _, c := range e.Calls() {
		if c == call {
			n++
		}
	}
	return n
}

// Attempts are the specs of all attempts so far.
func (e *Engine) Attempts() []reproduce.AttemptSpec {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]reproduce.AttemptSpec(nil), e.attempts...)
}

// Prepares are the specs of all preparations so far.
func (e *Engine) Prepares() []reproduce.PrepareSpec {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]reproduce.PrepareSpec(nil), e.prepares...)
}

// Sweeps counts the sweeps.
func (e *Engine) Sweeps() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sweeps
}

// MostAtOnce is how many attempts went on beside each other at most.
func (e *Engine) MostAtOnce() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.most
}

// Forget begins the lists of calls anew.
func (e *Engine) Forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls, e.attempts, e.prepares, e.most = nil, nil, nil, 0
}

func (e *Engine) call(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls = append(e.calls, name)
}

func (e *Engine) script(name string) *Script {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.scriptOf(name)
}

// scriptOf is for who holds the lock. A target without a script never shows
// the bug.
func (e *Engine) scriptOf(name string) *Script {
	if script, ok := e.Scripts[name]; ok {
		return script
	}
	return &Script{}
}

func (e *Engine) now() time.Time {
	if e.Now == nil {
		return time.Now()
	}
	return e.Now()
}
