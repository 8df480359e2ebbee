package podman

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// The kinds of images that preparing makes (label almatriage.kind).
const (
	kindBase     = "base"
	kindPrepared = "prepared"
)

// layer is an image that preparing made or found.
type layer struct {
	id string
	at time.Time // when its base layer was upgraded
}

// Prepare makes or finds the image that attempts run in. See reproduce.Engine.
func (e *Engine) Prepare(ctx context.Context, spec reproduce.PrepareSpec, watch func(reproduce.Event)) (reproduce.Prepared, error) {
	if watch == nil {
		watch = func(reproduce.Event) {}
	}
	if known := spec.Known; known != nil && !spec.Again && (known.ImageID != "" || known.Unavailable != "") {
		done, err := e.reuse(ctx, spec, watch)
		if err != nil || done != nil {
			return deref(done), err
		}
	}
	// Two runs that want the same share the work; each watches its own.
	made, err, _ := e.flights.Do(spec.Key(), func() (any, error) {
		p := preparing{engine: e, spec: spec, watch: watch}
		return p.make(ctx)
	})
	if err != nil {
		return reproduce.Prepared{}, err
	}
	return made.(reproduce.Prepared), nil
}

func deref(p *reproduce.Prepared) reproduce.Prepared {
	if p == nil {
		return reproduce.Prepared{}
	}
	return *p
}

// reuse takes the prepared image that is known, nil if it is gone.
func (e *Engine) reuse(ctx context.Context, spec reproduce.PrepareSpec, watch func(reproduce.Event)) (*reproduce.Prepared, error) {
	known := *spec.Known
	if known.Unavailable != "" {
		return &known, nil
	}
	answer, err := e.call(ctx, quick, "image", "exists", "--", known.ImageID)
	if err != nil {
		return nil, err
	}
	if answer.status != 0 {
		return nil, nil
	}
	p := preparing{engine: e, spec: spec, watch: watch}
	if err := p.changelogs(ctx, known.ImageID, &known.Print); err != nil {
		return nil, err
	}
	return &known, nil
}

// preparing is one image being made.
type preparing struct {
	engine *Engine
	spec   reproduce.PrepareSpec
	watch  func(reproduce.Event)
	output []string // the last lines of the step
}

func (p *preparing) make(ctx context.Context) (reproduce.Prepared, error) {
	about, err := p.engine.about(ctx)
	if err != nil {
		return reproduce.Prepared{}, err
	}
	if arch := p.spec.Image.Arch; arch != "" && about.Host.Arch != "" && arch != about.Host.Arch {
		return reproduce.Prepared{}, &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepResolve,
			Message: fmt.Sprintf("the image is for %s and this computer is %s; emulation is no evidence", arch, about.Host.Arch),
			Advice:  "set [target." + p.spec.Target.Name + "] image to one for this computer"}
	}
	base, err := p.base(ctx)
	if err != nil {
		return reproduce.Prepared{}, err
	}
	ready, err := p.install(ctx, base)
	if err != nil {
		return reproduce.Prepared{}, err
	}
	prepared := reproduce.Prepared{Key: p.spec.Key(), ImageID: ready.id, At: ready.at}
	if p.spec.Control != nil {
		var unavailable string
		if ready, unavailable, err = p.control(ctx, ready); err != nil {
			return reproduce.Prepared{}, err
		}
		prepared.ImageID, prepared.Unavailable = ready.id, unavailable
		if unavailable != "" {
			return prepared, nil
		}
	}
	prepared.Print, err = p.print(ctx, prepared.ImageID)
	if err != nil {
		return reproduce.Prepared{}, err
	}
	prepared.Print.Dropped = about.dropped()
	prepared.Print.Podman, prepared.Print.Kernel, prepared.Print.HostLevel = about.Version.Version, about.Host.Kernel, p.engine.hostLevel()
	return prepared, nil
}

// base finds or makes the upgraded base layer, which all recipes share.
func (p *preparing) base(ctx context.Context) (layer, error) {
	key := keyOf(kindBase, p.spec.Target.Name, p.spec.Image.Digest, p.spec.Target.Setup)
	p.engine.mu.Lock()
	again := p.spec.Again && !p.engine.remade[key]
	p.engine.mu.Unlock()
	if !again {
		if found, ok, err := p.find(ctx, kindBase, key, p.spec.MaxAge); err != nil || ok {
			return found, err
		}
	}
	made, err, _ := p.engine.flights.Do(key, func() (any, error) {
		at := p.engine.cfg.Now()
		return p.build(ctx, building{from: p.spec.Image.ID, kind: kindBase, key: key, at: at, step: reproduce.StepBase, script: "base.sh",
			texts: map[string]string{"setup.sh": p.spec.Target.Setup}})
	})
	if err != nil {
		return layer{}, err
	}
	p.engine.mu.Lock()
	p.engine.remade[key] = true
	p.engine.mu.Unlock()
	return made.(layer), nil
}

// install runs the recipe's prepare script and installs its packages.
func (p *preparing) install(ctx context.Context, base layer) (layer, error) {
	if p.spec.Prepare == "" && len(p.spec.Require) == 0 {
		return base, nil
	}
	plain := p.spec
	plain.Control = nil
	key := keyOf(kindPrepared, plain.Key(), base.id)
	if found, ok, err := p.find(ctx, kindPrepared, key, 0); err != nil || ok {
		return found, err
	}
	return p.build(ctx, building{from: base.id, kind: kindPrepared, key: key, at: base.at, step: reproduce.StepRequire,
		script: "prepare.sh", args: p.spec.Require, files: p.spec.Files, texts: map[string]string{
			"recipe.sh":      inside.BashScript(p.spec.Prepare),
			"environment.sh": inside.EnvironmentScript(p.spec.Env, nil),
		}})
}

func keyOf(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// tagOf names the image that preparing makes under a key. The newest one has the
// name: looking it up takes podman as long with ten images as with ten thousand,
// where a list of them takes it seconds.
func tagOf(target, kind, key string) string {
	return "localhost/almatriage/" + target + ":" + kind + "-" + key[:16]
}

// find looks for the newest image that was made under a key and is not older
// than maxAge (0: any).
func (p *preparing) find(ctx context.Context, kind, key string, maxAge time.Duration) (layer, bool, error) {
	found, err := p.engine.inspectImages(ctx, []string{tagOf(p.spec.Target.Name, kind, key)})
	if err != nil || len(found) == 0 {
		return layer{}, false, err
	}
	made, ours := madeOf(found[0].ID, found[0].Labels)
	if !ours || made.Kind != kind || made.Key != key || maxAge > 0 && p.engine.cfg.Now().Sub(made.At) >= maxAge {
		return layer{}, false, nil
	}
	return layer{id: made.ID, at: made.At}, true, nil
}

// building is one step that makes an image of another.
type building struct {
	from, kind, key string
	at              time.Time
	step            reproduce.Step // the one to blame before the script says another
	script          string
	args            []string
	files           []reproduce.File
	texts           map[string]string
}

// build runs a script in a container and commits the result.
func (p *preparing) build(ctx context.Context, b building) (layer, error) {
	return twice(func() (layer, error) { return p.buildOnce(ctx, b) })
}

func (p *preparing) buildOnce(ctx context.Context, b building) (layer, error) {
	box := p.container(b.from, b.script, b.args)
	box.files, box.texts, box.keep = b.files, b.texts, true
	box.network = reproduce.NetworkFull
	defer p.engine.remover.later(box.name)
	if err := p.run(ctx, box, b.step); err != nil {
		return layer{}, err
	}
	args := []string{"commit", "--quiet"}
	for _, label := range [][2]string{{"app", "1"}, {"kind", b.kind}, {"key", b.key}, {"at", b.at.UTC().Format(time.RFC3339)},
		{"target", p.spec.Target.Name}} {
		args = append(args, "--change", "LABEL almatriage."+label[0]+"="+label[1])
	}
	answer, err := p.engine.call(ctx, making, append(args, box.name, tagOf(p.spec.Target.Name, b.kind, b.key))...)
	if err != nil {
		return layer{}, err
	}
	id := strings.TrimSpace(string(answer.stdout))
	if answer.status != 0 || !isID(id) {
		return layer{}, &reproduce.StepError{Target: p.spec.Target.Name, Step: b.step, Infra: true,
			Message: "the prepared image cannot be stored: " + complaint(answer.stderr), Advice: "see almatriage doctor; almatriage gc frees space"}
	}
	return layer{id: id, at: b.at.UTC().Truncate(time.Second)}, nil
}

// container is a spec for one of the scripts that prepare.
func (p *preparing) container(image, script string, args []string) containerSpec {
	return containerSpec{name: prefix + "prepare-" + reproduce.NewID(), image: image, target: p.spec.Target.Name, run: p.spec.Run,
		script: script, args: args, limits: p.spec.Limits, dropped: p.dropped(), timeout: making, network: reproduce.NetworkNone}
}

func (p *preparing) dropped() []string {
	p.engine.mu.Lock()
	defer p.engine.mu.Unlock()
	if p.engine.host == nil {
		return nil
	}
	return p.engine.host.dropped()
}

// run runs a script of preparing; a failure is a *reproduce.StepError.
func (p *preparing) run(ctx context.Context, box containerSpec, step reproduce.Step) error {
	p.output = nil
	current := inside.Section("")
	data := box.sink
	box.sink = func(l inside.Line) {
		if l.Section != current {
			if current = l.Section; inside.KnownStep(string(current), "") != "" {
				p.watch(reproduce.Event{Kind: reproduce.EventStep, Target: p.spec.Target.Name, Step: reproduce.Step(current)})
			}
		}
		if data != nil {
			data(l)
			if l.Stream == reproduce.Stdout {
				return
			}
		}
		text := string(l.Text[:min(len(l.Text), 2000)])
		p.output = append(p.output[max(0, len(p.output)-199):], text)
		p.watch(reproduce.Event{Kind: reproduce.EventLine, Target: p.spec.Target.Name, Step: reproduce.Step(current),
			Line: reproduce.LogLine{Stream: l.Stream, Text: text}})
	}
	began := time.Now()
	result, err := p.engine.execute(ctx, box)
	if err != nil {
		return err
	}
	if result.step == "" {
		result.step = step
	}
	if result.end == reproduce.EndExited && result.verdict.Status == 0 && result.verdict.OOMKills == 0 {
		p.watch(reproduce.Event{Kind: reproduce.EventStepEnd, Target: p.spec.Target.Name, Step: result.step,
			Text: time.Since(began).Round(100 * time.Millisecond).String()})
		return nil
	}
	failure := p.failure(result)
	p.watch(reproduce.Event{Kind: reproduce.EventStepEnd, Target: p.spec.Target.Name, Step: result.step, Err: failure})
	return failure
}
