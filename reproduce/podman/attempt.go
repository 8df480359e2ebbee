package podman

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// Attempt runs the test once. See reproduce.Engine.
func (e *Engine) Attempt(ctx context.Context, spec reproduce.AttemptSpec, watch func(reproduce.Event)) (reproduce.Result, error) {
	var began time.Time
	log := inside.NewTestLog(spec, func() time.Time { return began })
	box := e.attemptContainer(spec)
	box.sink = func(l inside.Line) {
		if began.IsZero() {
			began = time.Now()
		}
		if kept, ok := log.Take(l); ok && watch != nil {
			watch(reproduce.Event{Kind: reproduce.EventLine, Target: spec.Target.Name, Step: reproduce.StepTest, Number: spec.Number, Line: kept})
		}
	}
	result, err := e.execute(ctx, box)
	if err != nil {
		return reproduce.Result{}, err
	}
	ended := inside.Ended{End: result.end, Step: result.step, Verdict: result.verdict, Detail: result.detail}
	facts, kept := log.Facts(ended, result.dir.leavings())
	facts.Worker = e.cfg.Connection
	return reproduce.Result{Facts: facts, Log: kept, Started: result.begun, Duration: result.duration}, nil
}

func (e *Engine) attemptContainer(spec reproduce.AttemptSpec) containerSpec {
	recipe := spec.Recipe
	ours := map[string]string{"ALMATRIAGE_TARGET": spec.Target.Name}
	return containerSpec{
		name: spec.ID, image: spec.Image, target: spec.Target.Name, run: spec.Run, script: "attempt.sh",
		args:  []string{strconv.FormatInt(spec.Limits.Disk>>10, 10)},
		files: recipe.Files, texts: map[string]string{
			"test.sh":        inside.BashScript(recipe.Test),
			"precheck.sh":    inside.BashScript(recipe.Precheck),
			"environment.sh": inside.EnvironmentScript(recipe.Environment, ours),
		},
		network: networkOf(recipe), limits: spec.Limits, dropped: spec.Dropped, timeout: spec.Timeout,
	}
}

func networkOf(recipe *reproduce.Recipe) reproduce.Network {
	if recipe.Network == reproduce.NetworkFull {
		return reproduce.NetworkFull
	}
	return reproduce.NetworkNone
}

// leavings are the files of a test's surroundings: bash's echo, and the names
// of commands that were not found.
func (d workdir) leavings() inside.Leavings {
	trace, problem := d.out("trace")
	if trace != nil {
		problem = nil // too long at most, and its beginning is here
	}
	missing, err := d.out("missing")
	return inside.Leavings{Trace: trace, Missing: missing, Problem: errors.Join(problem, err)}
}
