package podman

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// state is what podman knows of a container.
type state struct {
	Status    string
	ExitCode  int
	OOMKilled bool
}

// state asks podman about a container; known is false if there is none.
func (e *Engine) state(ctx context.Context, name string) (s state, known bool, err error) {
	// Also when the run is being cancelled the facts of its end count.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quick)
	defer cancel()
	for deadline := time.Now().Add(grace); ; {
		answer, err := e.call(ctx, quick, "container", "inspect", "--format", "{{json .State}}", name)
		if err != nil {
			return s, false, err
		}
		if answer.status != 0 {
			return s, false, nil
		}
		if s, err = parseState(answer.stdout); err != nil {
			return s, false, foreign("container inspect", err)
		}
		// podman notes the end of a container some time after its client.
		if s.Status != "running" && s.Status != "stopping" || time.Now().After(deadline) {
			return s, true, nil
		}
		if err := tracker.Sleep(ctx, 100*time.Millisecond); err != nil {
			return s, true, fmt.Errorf("wait for the end of container %s: %w", name, err)
		}
	}
}

// parseState reads podman container inspect of a container's state.
func parseState(data []byte) (s state, err error) {
	if err := json.Unmarshal(data, &s); err != nil {
		return state{}, err
	}
	return s, nil
}
