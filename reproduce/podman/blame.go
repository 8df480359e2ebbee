package podman

import (
	"errors"
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// errLost is the cause of a failure that is none of the step's.
var errLost = errors.New("the container was lost")

// twice does a step once more where its container was lost on the way: podman 4's
// service does so now and then.
func twice[T any](step func() (T, error)) (T, error) {
	result, err := step()
	if errors.Is(err, errLost) {
		return step()
	}
	return result, err
}

// failure explains a step that did not succeed.
func (p *preparing) failure(result ended) *reproduce.StepError {
	e := &reproduce.StepError{Target: p.spec.Target.Name, Step: result.step, Output: strings.Join(p.output, "\n")}
	switch {
	case inside.TooOld(result.podman):
		inside.Blame(e, []string{result.podman}, result.verdict.Status)
	case result.end == reproduce.EndTimeout:
		e.Message, e.Advice, e.Infra = fmt.Sprintf("it did not end within %s", making), "see its output; a slow mirror can be the cause", true
	case result.end == reproduce.EndMemory || result.verdict.OOMKills > 0:
		e.Message, e.Advice = "out of memory", "raise [engine] memory"
	case result.end == reproduce.EndDisk:
		e.Message, e.Advice = "the disk limit was hit: "+result.detail, "raise [engine] disk"
	case result.end == reproduce.EndEngine:
		e.Message, e.Advice, e.Infra = "podman: "+result.detail, "see almatriage doctor", true
	case result.end != reproduce.EndExited:
		e.Message, e.Advice, e.Infra = "the container was lost: "+result.detail, "run again", true
		if result.end == reproduce.EndLost {
			e.Err = errLost
		}
	default:
		inside.Blame(e, p.output, result.verdict.Status)
	}
	return e
}
