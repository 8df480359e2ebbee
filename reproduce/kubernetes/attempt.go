package kubernetes

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// Attempt runs the test once. See reproduce.Engine.
func (e *Engine) Attempt(ctx context.Context, spec reproduce.AttemptSpec, watch func(reproduce.Event)) (reproduce.Result, error) {
	box, err := attemptPod(spec)
	if err != nil {
		return reproduce.Result{}, err
	}
	if box.network == reproduce.NetworkNone {
		if err := e.applyPolicy(ctx); err != nil {
			return reproduce.Result{}, err
		}
	}
	var began time.Time
	log := inside.NewTestLog(spec, func() time.Time { return began })
	result, err := e.execute(ctx, box, func(l inside.Line) {
		switch reproduce.Step(l.Section) {
		case reproduce.StepSyntax, reproduce.StepPrecheck, reproduce.StepTest:
		default:
			return // what prepares says nothing of the test
		}
		if began.IsZero() {
			began = time.Now()
		}
		if kept, ok := log.Take(l); ok && watch != nil {
			watch(reproduce.Event{Kind: reproduce.EventLine, Target: spec.Target.Name, Step: reproduce.StepTest, Number: spec.Number, Line: kept})
		}
	})
	if err != nil {
		return reproduce.Result{}, err
	}
	if result.gone || result.left.changed && result.whole {
		return reproduce.Result{}, fmt.Errorf("image %s: %s: %w", box.place.image, result.Detail, reproduce.ErrImageGone)
	}
	facts, kept := log.Facts(result.Ended, inside.Leavings{Trace: result.left.trace, Missing: result.left.missing})
	facts.Worker = reproduce.Kubernetes
	return reproduce.Result{Facts: facts, Log: kept, Started: result.begun, Duration: result.duration}, nil
}

// attemptPod is the pod of an attempt.
func attemptPod(spec reproduce.AttemptSpec) (podSpec, error) {
	recipe := spec.Recipe
	where, err := parsePlace(spec.Image)
	if err != nil {
		return podSpec{}, err
	}
	box := podSpec{name: spec.ID, target: spec.Target.Name, run: spec.Run, place: where, network: reproduce.NetworkNone,
		final: step{"attempt", []string{strconv.FormatInt(spec.Limits.Disk>>10, 10)}}, limits: spec.Limits, timeout: spec.Timeout,
		files: recipe.Files, texts: map[string]string{
			"test.sh":     inside.BashScript(recipe.Test),
			"precheck.sh": inside.BashScript(recipe.Precheck),
			"environment.sh": inside.EnvironmentScript(recipe.Environment,
				map[string]string{"ALMATRIAGE_TARGET": spec.Target.Name}),
		}}
	if recipe.Network == reproduce.NetworkFull {
		box.network = reproduce.NetworkFull
	}
	box.prepareBy(where, spec.Target.Setup, recipe.Prepare, recipe.Require)
	return box, nil
}

// prepareBy adds the steps that a place asks for.
func (s *podSpec) prepareBy(where place, setup, prepare string, require []string) {
	if where.prepare {
		s.steps = append(s.steps, step{script: "base"})
		s.texts["setup.sh"] = setup
		if prepare != "" || len(require) > 0 {
			s.steps = append(s.steps, step{"prepare", require})
			s.texts["recipe.sh"] = inside.BashScript(prepare)
		}
	}
	if len(where.control) > 0 {
		s.steps = append(s.steps, step{"control", where.control})
	}
}
