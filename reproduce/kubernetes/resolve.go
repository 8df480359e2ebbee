package kubernetes

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// prefix begins the names of all our Jobs.
const prefix = "almatriage-"

// Resolve finds the images of targets: a pod of each tells which digest its
// node found. See reproduce.Engine.
func (e *Engine) Resolve(ctx context.Context, targets []reproduce.Target, pull reproduce.Pull, watch func(reproduce.Event)) ([]reproduce.Image, error) {
	images := make([]reproduce.Image, len(targets))
	failures := make([]error, len(targets))
	var group sync.WaitGroup
	for i, target := range targets {
		group.Go(func() { images[i], failures[i] = e.resolveOne(ctx, target, pull, watch) })
	}
	group.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return images, nil
}

func (e *Engine) resolveOne(ctx context.Context, t reproduce.Target, pull reproduce.Pull, watch func(reproduce.Event)) (reproduce.Image, error) {
	if pull == reproduce.PullMissing || pull == reproduce.PullNever || pull == "" {
		e.mu.Lock()
		known, ok := e.resolved[t.Image]
		e.mu.Unlock()
		if ok {
			known.Target = t.Name
			return known, nil
		}
	}
	if watch != nil {
		watch(reproduce.Event{Kind: reproduce.EventStep, Target: t.Name, Step: reproduce.StepResolve, Text: "asking the cluster for " + t.Image})
	}
	image, err := e.ask(ctx, t, pull)
	if watch != nil {
		end := reproduce.Event{Kind: reproduce.EventStepEnd, Target: t.Name, Step: reproduce.StepResolve, Err: err}
		if err == nil {
			end.Err = image.Err
		}
		watch(end)
	}
	if err == nil && image.Err == nil {
		e.mu.Lock()
		e.resolved[t.Image] = image
		e.mu.Unlock()
	}
	return image, err
}

// ask runs a pod that does nothing, for what its node tells of the image.
func (e *Engine) ask(ctx context.Context, t reproduce.Target, pull reproduce.Pull) (reproduce.Image, error) {
	image := reproduce.Image{Target: t.Name, Ref: t.Image}
	box := podSpec{name: prefix + "resolve-" + reproduce.NewID(), target: t.Name, place: place{image: t.Image}, pull: pullPolicy(pull),
		final: step{script: "none"}, network: reproduce.NetworkFull, timeout: time.Minute, limits: reproduce.Limits{Memory: 256 << 20, CPUs: 0.5}}
	result, err := e.execute(ctx, box, func(inside.Line) {})
	if err != nil {
		return image, err
	}
	if result.End != reproduce.EndExited {
		failure := &reproduce.StepError{Target: t.Name, Step: reproduce.StepResolve, Infra: !result.gone || pull == reproduce.PullNever,
			Message: "the cluster cannot run the image " + t.Image + ": " + result.Detail, Output: result.words,
			Advice: "check the image's name ([target." + t.Name + "] image) and the cluster's way to its registry, then run again"}
		image.Err = failure
		return image, nil
	}
	image.Digest, image.Arch = digestOf(result.imageID), goArch(result.left.arch)
	if _, pinned, ok := strings.Cut(t.Image, "@"); ok {
		image.Digest = pinned
	}
	if image.Digest == "" {
		image.Err = &reproduce.StepError{Target: t.Name, Step: reproduce.StepResolve,
			Message: "the cluster knows no digest of the image " + t.Image + ", so that attempts on other nodes may get another one",
			Advice:  "put the image into a registry, and set [target." + t.Name + "] image to its name there"}
		return image, nil
	}
	image.ID = strings.TrimPrefix(image.Digest, "sha256:")
	return image, nil
}

func pullPolicy(pull reproduce.Pull) string {
	switch pull {
	case reproduce.PullNewer, reproduce.PullAlways:
		return "Always"
	case reproduce.PullNever:
		return "Never"
	}
	return "IfNotPresent"
}

// goArch is bash's name of an architecture as images have it.
func goArch(machine string) string {
	switch machine {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	case "powerpc64le":
		return "ppc64le"
	}
	return machine
}
