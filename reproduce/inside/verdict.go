package inside

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// Verdict is what our script wrote when it came to its end.
type Verdict struct {
	Step     reproduce.Step
	Status   int
	OOMKills int64
	PidsMax  int64
}

// ParseVerdict reads the file of finish (scripts/lib.sh), strictly: it has all
// lines and the nonce of this container in the last, or it is none.
func ParseVerdict(data []byte, nonce string) (Verdict, error) {
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	keys := []string{"step", "status", "oom_kills", "pids_max", "end"}
	if len(lines) != len(keys) {
		return Verdict{}, fmt.Errorf("the verdict has %d lines, not %d", len(lines), len(keys))
	}
	values := make([]string, len(keys))
	for i, key := range keys {
		value, ok := strings.CutPrefix(lines[i], key+" ")
		if !ok {
			return Verdict{}, fmt.Errorf("line %d of the verdict is not %q", i+1, key)
		}
		values[i] = value
	}
	if values[4] != nonce {
		return Verdict{}, fmt.Errorf("the verdict is not of this container")
	}
	v := Verdict{Step: reproduce.Step(values[0])}
	var err error
	if v.Status, err = strconv.Atoi(values[1]); err != nil || v.Status < 0 || v.Status > 255 {
		return Verdict{}, fmt.Errorf("the verdict's status %.20q is none", values[1])
	}
	for i, count := range []*int64{&v.OOMKills, &v.PidsMax} {
		if *count, err = strconv.ParseInt(values[2+i], 10, 64); err != nil || *count < 0 {
			return Verdict{}, fmt.Errorf("the verdict's counter %.20q is none", values[2+i])
		}
	}
	return v, nil
}

// KnownStep keeps what a container says about its step to what there is.
func KnownStep(text string, otherwise reproduce.Step) reproduce.Step {
	step := reproduce.Step(strings.TrimSpace(text))
	if slices.Contains([]reproduce.Step{reproduce.StepBase, reproduce.StepPrepare, reproduce.StepRequire, reproduce.StepPrint,
		reproduce.StepControl, reproduce.StepSyntax, reproduce.StepPrecheck, reproduce.StepTest}, step) {
		return step
	}
	return otherwise
}
