package podman

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// verdict is what our script wrote when it came to its end.
type verdict struct {
	step     reproduce.Step
	status   int
	oomKills int64
	pidsMax  int64
}

// parseVerdict reads the file of finish (scripts/lib.sh), strictly: it has all
// lines and the nonce of this container in the last, or it is none.
func parseVerdict(data []byte, nonce string) (verdict, error) {
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	keys := []string{"step", "status", "oom_kills", "pids_max", "end"}
	if len(lines) != len(keys) {
		return verdict{}, fmt.Errorf("the verdict has %d lines, not %d", len(lines), len(keys))
	}
	values := make([]string, len(keys))
	for i, key := range keys {
		value, ok := strings.CutPrefix(lines[i], key+" ")
		if !ok {
			return verdict{}, fmt.Errorf("line %d of the verdict is not %q", i+1, key)
		}
		values[i] = value
	}
	if values[4] != nonce {
		return verdict{}, fmt.Errorf("the verdict is not of this container")
	}
	v := verdict{step: reproduce.Step(values[0])}
	var err error
	if v.status, err = strconv.Atoi(values[1]); err != nil || v.status < 0 || v.status > 255 {
		return verdict{}, fmt.Errorf("the verdict's status %.20q is none", values[1])
	}
	for i, count := range []*int64{&v.oomKills, &v.pidsMax} {
		if *count, err = strconv.ParseInt(values[2+i], 10, 64); err != nil || *count < 0 {
			return verdict{}, fmt.Errorf("the verdict's counter %.20q is none", values[2+i])
		}
	}
	return v, nil
}

// knownSteps keeps what a container says about its step to what there is.
func knownStep(text string, otherwise reproduce.Step) reproduce.Step {
	step := reproduce.Step(strings.TrimSpace(text))
	if slices.Contains([]reproduce.Step{reproduce.StepBase, reproduce.StepPrepare, reproduce.StepRequire, reproduce.StepPrint,
		reproduce.StepControl, reproduce.StepSyntax, reproduce.StepPrecheck, reproduce.StepTest}, step) {
		return step
	}
	return otherwise
}
