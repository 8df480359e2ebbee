package inside

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// blame is what a line of a failed step means.
type blame struct {
	signs   []string // in lower case
	infra   bool
	message string // %s is the line
	advice  string
}

// blames are dnf's and others' words, the most telling first.
func blames() []blame {
	return []blame{
		{[]string{"cpu does not support x86-64-v", "cpu isa level is lower than required"}, true,
			"this computer's processor is too old for the image: %s", "run it on a newer computer; this says nothing about the bug"},
		{[]string{"no space left on device"}, true, "the disk is full: %s", "free some space (almatriage gc) and run again"},
		{[]string{"no match for argument: "}, false, "%s: no enabled repository of this side has it", "correct require, or enable its repository in prepare"},
		{[]string{"nothing provides "}, false, "%s", "correct require; no enabled repository of this side has what the package needs"},
		{[]string{"conflicting requests", "cannot install the best candidate", "depsolve error", "transaction test error",
			"file conflicts", "package conflicts"}, false, "%s", "correct require; the package cannot be installed on this side"},
		{[]string{"could not resolve host", "couldn't resolve host", "failed to download metadata", "cannot download repomd", "cannot prepare internal mirrorlist",
			"curl error", "failed to synchronize cache", "all mirrors were tried", "no more mirrors to try", "network is unreachable", "connection timed out",
			"temporary failure in name resolution", "error downloading packages", "status code: 5", "status code: 404", "cannot load metadata"}, true,
			"%s", "check the network and the repositories, then run again"},
	}
}

// Blame finds the line in a step's output that explains its exit status, and
// fills in what e says of it.
func Blame(e *reproduce.StepError, output []string, status int) {
	for _, b := range blames() {
		for _, text := range output {
			low := strings.ToLower(text)
			for _, sign := range b.signs {
				if !strings.Contains(low, sign) {
					continue
				}
				e.Message, e.Advice, e.Infra = fmt.Sprintf(b.message, oneLine(text)), b.advice, b.infra
				// What the recipe's own script meets is the recipe's affair,
				// but for the network, which it needs as we do.
				return
			}
		}
	}
	e.Message = fmt.Sprintf("exit status %d", status)
	for i := len(output) - 1; i >= 0; i-- {
		if text := oneLine(output[i]); text != "" {
			e.Message += ": " + text
			break
		}
	}
	e.Advice = map[reproduce.Step]string{
		reproduce.StepPrepare: "correct prepare", reproduce.StepRequire: "correct require",
		reproduce.StepBase: "see its output, then run again",
	}[e.Step]
}

// oneLine is a line for people: valid, trimmed, without "Error: ".
func oneLine(text string) string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "Error: ")
	return strings.ToValidUTF8(text[:min(len(text), 300)], "\uFFFD")
}
