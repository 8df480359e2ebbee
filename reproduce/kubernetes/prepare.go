package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// Prepare finds out what attempts will run in, and its fingerprint. No image is
// made: it is the user's registry's, or each pod prepares for itself and must
// come to the same packages. See reproduce.Engine.
func (e *Engine) Prepare(ctx context.Context, spec reproduce.PrepareSpec, watch func(reproduce.Event)) (reproduce.Prepared, error) {
	if watch == nil {
		watch = func(reproduce.Event) {}
	}
	p := &preparing{engine: e, spec: spec, watch: watch}
	if known := spec.Known; known != nil && !spec.Again && known.Unavailable != "" {
		return *known, nil
	}
	if known := spec.Known; known != nil && !spec.Again {
		if where, err := parsePlace(known.ImageID); err == nil {
			reused := *known
			return reused, p.changelogs(ctx, where, &reused.Print)
		}
	}
	made, err, _ := e.flights.Do(spec.Key(), func() (any, error) { return p.make(ctx) })
	if err != nil {
		return reproduce.Prepared{}, err
	}
	return made.(reproduce.Prepared), nil
}

// preparing is one side being prepared.
type preparing struct {
	engine *Engine
	spec   reproduce.PrepareSpec
	watch  func(reproduce.Event)
	output []string // the last lines of the step
}

// place is where the side's attempts will run, before its control.
func (p *preparing) place() place {
	where := place{arch: p.spec.Image.Arch}
	if registry := p.engine.cfg.Prepared; registry != "" {
		plain := p.spec
		plain.Control = nil
		where.image = strings.TrimSuffix(registry, "/") + "/" + p.spec.Target.Name + ":" + plain.Key()[:16]
		return where
	}
	where.image, where.prepare = repository(p.spec.Image.Ref)+"@"+p.spec.Image.Digest, true
	return where
}

func (p *preparing) make(ctx context.Context) (reproduce.Prepared, error) {
	prepared := reproduce.Prepared{Key: p.spec.Key(), At: p.engine.cfg.Now().UTC().Truncate(time.Second)}
	where := p.place()
	if p.spec.Control != nil {
		unavailable, err := p.control(ctx, &where)
		if err != nil || unavailable != "" {
			prepared.Unavailable = unavailable
			return prepared, err
		}
	}
	said, result, err := p.sections(ctx, where, step{"print", inside.PrintArgs()})
	if failed, ok := err.(*reproduce.StepError); ok && p.spec.Control != nil && errors.Is(err, reproduce.ErrAbsent) {
		prepared.Unavailable = fmt.Sprintf("%s of %s cannot be installed on %s: %s", p.spec.Control.EVR.Split().Base, p.spec.Control.Source,
			p.spec.Target.Title(), failed.Message)
		return prepared, nil
	}
	if err != nil {
		return reproduce.Prepared{}, err
	}
	where.packages = result.left.packages
	if !where.prepare {
		if err := p.pin(&where, result); err != nil {
			return reproduce.Prepared{}, err
		}
	}
	if prepared.Print, err = p.print(said, result); err != nil {
		return reproduce.Prepared{}, err
	}
	prepared.ImageID = where.String()
	return prepared, p.changelogs(ctx, where, &prepared.Print)
}

// pin names a registry's image by the digest that the node found.
func (p *preparing) pin(where *place, result ended) error {
	digest := digestOf(result.imageID)
	if digest == "" {
		return &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepResolve,
			Message: "the cluster knows no digest of the prepared image " + where.image, Advice: "push it to the registry again"}
	}
	where.image = repository(where.image) + "@" + digest
	return nil
}

// print is the fingerprint of what a pod printed.
func (p *preparing) print(said *inside.Sections, result ended) (reproduce.Fingerprint, error) {
	print, err := inside.ReadPrint(said, p.spec.Require)
	if err != nil {
		return print, &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepPrint, Err: err, Message: err.Error(),
			Advice: "see whether rpm works in the image"}
	}
	// A limit of processes is the kubelet's to set, not the pod's.
	print.Kernel, print.Podman, print.Dropped = result.left.kernel, reproduce.Kubernetes, []string{"pids"}
	if p.engine.cfg.Prepared == "" {
		return print, nil
	}
	for _, want := range p.spec.Require {
		if len(print.Required[want]) == 0 && !strings.HasPrefix(want, "@") {
			return print, &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepRequire,
				Message: fmt.Sprintf("the prepared image has no %s, which the recipe requires", want), Advice: "build the image again (docs/kubernetes.md)"}
		}
	}
	return print, nil
}

// control looks for another side's source version and puts its packages into
// the place; or says in one sentence why it is not to be had.
func (p *preparing) control(ctx context.Context, where *place) (unavailable string, err error) {
	want := p.spec.Control
	said, _, err := p.sections(ctx, *where, step{"offers", want.Packages})
	if err != nil {
		return "", err
	}
	chosen, missing := inside.Choose(inside.ParseOffers(said.Text(inside.Section(reproduce.StepControl))), want)
	if missing != "" {
		return fmt.Sprintf("%s no longer offers %s of %s", p.spec.Target.Title(), want.EVR.Split().Base, missing), nil
	}
	where.control = chosen
	return "", nil
}

// changelogs adds the changelogs that are asked for and not there yet.
func (p *preparing) changelogs(ctx context.Context, where place, print *reproduce.Fingerprint) error {
	wanted := inside.WantedChangelogs(print, p.spec.Changelogs)
	if len(wanted) == 0 {
		return nil
	}
	said, _, err := p.sections(ctx, where, step{"changelog", slices.Sorted(maps.Keys(wanted))})
	if err != nil {
		return err
	}
	inside.AddChangelogs(print, said, wanted)
	return nil
}

// sections collects what a script prints in a place, by section.
func (p *preparing) sections(ctx context.Context, where place, final step) (*inside.Sections, ended, error) {
	box := podSpec{name: prefix + "prepare-" + reproduce.NewID(), target: p.spec.Target.Name, run: p.spec.Run, place: where, final: final,
		files: p.spec.Files, texts: map[string]string{"environment.sh": inside.EnvironmentScript(p.spec.Env, nil)},
		network: reproduce.NetworkFull, limits: p.spec.Limits, timeout: making}
	if !strings.Contains(where.image, "@") {
		box.pull = "Always" // a tag that somebody may have moved
	}
	box.prepareBy(where, p.spec.Target.Setup, p.spec.Prepare, p.spec.Require)
	said := &inside.Sections{}
	result, err := p.run(ctx, box, said)
	if err == nil && said.TooMuch() {
		err = &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepPrint,
			Message: fmt.Sprintf("the image tells more than %d MiB of itself", inside.MaxPrint>>20), Advice: "use the distribution's own image"}
	}
	return said, result, err
}

// run runs a pod that prepares; a failure is a *reproduce.StepError.
func (p *preparing) run(ctx context.Context, box podSpec, said *inside.Sections) (ended, error) {
	p.output = nil
	current, began := inside.Section(""), time.Now()
	result, err := p.engine.execute(ctx, box, func(l inside.Line) {
		known := inside.KnownStep(string(l.Section), "")
		if l.Section != current {
			if current = l.Section; known != "" {
				p.watch(reproduce.Event{Kind: reproduce.EventStep, Target: box.target, Step: known})
			}
		}
		said.Take(l)
		if l.Stream == reproduce.Stdout && (known == "" || known == reproduce.StepControl && box.final.script == "offers") {
			return // data
		}
		text := string(l.Text[:min(len(l.Text), 2000)])
		p.output = append(p.output[max(0, len(p.output)-199):], text)
		p.watch(reproduce.Event{Kind: reproduce.EventLine, Target: box.target, Step: reproduce.Step(current),
			Line: reproduce.LogLine{Stream: l.Stream, Text: text}})
	})
	if err != nil {
		return result, err
	}
	end := reproduce.Event{Kind: reproduce.EventStepEnd, Target: box.target, Step: result.Step}
	if result.End == reproduce.EndExited && result.Verdict.Status == 0 && result.Verdict.OOMKills == 0 {
		end.Text = time.Since(began).Round(100 * time.Millisecond).String()
		p.watch(end)
		return result, nil
	}
	failure := p.failure(box, result)
	end.Err = failure
	p.watch(end)
	return result, failure
}

// failure explains a pod that did not succeed.
func (p *preparing) failure(box podSpec, result ended) *reproduce.StepError {
	e := &reproduce.StepError{Target: box.target, Step: result.Step, Output: strings.Join(p.output, "\n")}
	if e.Step == "" {
		e.Step = reproduce.StepBase
	}
	switch {
	case result.gone && p.engine.cfg.Prepared != "":
		e.Step = reproduce.StepResolve
		e.Message = fmt.Sprintf("the prepared image %s is not there: %s", box.place.image, result.Detail)
		e.Advice = "build it (docs/kubernetes.md), or remove [engine.kubernetes] prepared"
	case result.End == reproduce.EndTimeout:
		e.Message, e.Advice, e.Infra = fmt.Sprintf("it did not end within %s", making), "see its output; a slow mirror can be the cause", true
	case result.End == reproduce.EndMemory || result.Verdict.OOMKills > 0:
		e.Message, e.Advice = "out of memory", "raise [engine] memory"
	case result.End == reproduce.EndDisk:
		e.Message, e.Advice = "the disk limit was hit: "+result.Detail, "raise [engine] disk"
	case result.End == reproduce.EndEngine && result.left.changed:
		e.Message, e.Advice, e.Infra = result.Detail, "run again", true
	case result.End == reproduce.EndEngine:
		e.Message, e.Advice, e.Infra = "the cluster failed: "+result.Detail, "see docs/kubernetes.md", true
	case result.End != reproduce.EndExited:
		e.Message, e.Advice, e.Infra = "the pod was lost: "+result.Detail, "run again", true
	default:
		inside.Blame(e, p.output, result.Verdict.Status)
	}
	return e
}
