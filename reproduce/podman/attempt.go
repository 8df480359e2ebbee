package podman

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// statusXFSZ is how bash tells of signal XFSZ, the limit of a file's size.
const statusXFSZ = 128 + 25

// Attempt runs the test once. See reproduce.Engine.
func (e *Engine) Attempt(ctx context.Context, spec reproduce.AttemptSpec, watch func(reproduce.Event)) (reproduce.Result, error) {
	var began time.Time
	log := newTestLog(spec, func() time.Time { return began })
	box := e.attemptContainer(spec)
	box.sink = func(l line) {
		if began.IsZero() {
			began = time.Now()
		}
		if kept, ok := log.take(l); ok && watch != nil {
			watch(reproduce.Event{Kind: reproduce.EventLine, Target: spec.Target.Name, Step: reproduce.StepTest, Number: spec.Number, Line: kept})
		}
	}
	result, err := e.execute(ctx, box)
	if err != nil {
		return reproduce.Result{}, err
	}
	trace, missing, problem := result.dir.leavings()
	facts := factsOf(result, log)
	facts.Missing = missing
	if problem != nil && facts.Detail == "" {
		facts.Detail = problem.Error()
	}
	kept := log.log(trace)
	facts.ErrorLines = reproduce.ErrorLines(kept.Lines)
	facts.Excerpt = excerpt(kept.Lines)
	for _, name := range reproduce.Signatures(kept.Lines, facts.PidsMax) {
		if !contains(facts.Surroundings, name) {
			facts.Surroundings = append(facts.Surroundings, name)
		}
	}
	return reproduce.Result{Facts: facts, Log: kept, Started: result.begun, Duration: result.duration}, nil
}

func (e *Engine) attemptContainer(spec reproduce.AttemptSpec) containerSpec {
	recipe := spec.Recipe
	ours := map[string]string{"ALMATRIAGE_TARGET": spec.Target.Name}
	return containerSpec{
		name: spec.ID, image: spec.Image, target: spec.Target.Name, run: spec.Run, script: "attempt.sh",
		args:  []string{strconv.FormatInt(spec.Limits.Disk>>10, 10)},
		files: recipe.Files, texts: map[string]string{
			"test.sh":        bashScript(recipe.Test),
			"precheck.sh":    bashScript(recipe.Precheck),
			"environment.sh": environmentScript(recipe.Environment, ours),
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
// of commands that were not found. Both are hostile.
func (d workdir) leavings() (trace []byte, missing []string, problem error) {
	trace, err := d.out("trace")
	if trace == nil {
		problem = err // else: too long, and its beginning is here
	}
	names, err := d.out("missing")
	problem = errors.Join(problem, err)
	for name := range strings.Lines(string(names)) {
		name = strings.ToValidUTF8(strings.TrimSpace(name), "\uFFFD")
		if name != "" && len(missing) < 20 && !contains(missing, name) {
			missing = append(missing, name[:min(len(name), 100)])
		}
	}
	return trace, missing, problem
}

// factsOf says what was observed.
func factsOf(result ended, log *testLog) reproduce.Facts {
	facts := reproduce.Facts{End: result.end, Step: result.step, Detail: result.detail, Match: log.match, Surroundings: log.signs}
	if facts.Step == "" {
		facts.Step = reproduce.StepTest
	}
	if result.end != reproduce.EndExited {
		return facts
	}
	v := result.verdict
	facts.Status, facts.OOMKills, facts.PidsMax = v.status, v.oomKills, v.pidsMax
	if facts.Step == reproduce.StepSyntax || facts.Step == reproduce.StepPrecheck {
		facts.Detail = firstWords(log.precheck)
	}
	if v.status == statusXFSZ {
		facts.End, facts.Detail = reproduce.EndDisk, "a file grew to the limit"
	}
	return facts
}

// firstWords are the first lines that say something, as one.
func firstWords(lines []string) string {
	var said []string
	for _, text := range lines {
		if text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD")); text != "" && len(said) < 3 {
			said = append(said, text)
		}
	}
	return strings.Join(said, "; ")
}
