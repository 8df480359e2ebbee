package inside

import (
	"errors"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
)

// TestBlame: the line that explains a failed step is found in dnf's words, with
// whose failure it is.
func TestBlame(t *testing.T) {
	for output, want := range map[string]struct {
		message, advice string
		infra, absent   bool
	}{
		"No match for argument: nosuch\nError: Unable to find a match: nosuch":                                           {"no enabled repository", "correct require", false, true},
		"Errors during downloading metadata for repository 'crb':\nIgnoring repositories: crb\nNo match for argument: x": {"Ignoring repositories: crb", "network", true, false},
		"All matches were filtered out by modular filtering for argument: nodejs\nError: Unable to find a match: nodejs": {"filtered out by modular filtering for argument: nodejs", "module enable", false, true},
		"Public key for a.rpm is not installed\nError: GPG check FAILED":                                                 {"Public key for a.rpm", "signed", true, false},
		"Error: Transaction test error:\n  installing package a needs 30MB more space on the / filesystem":               {"30MB more space", "almatriage gc", true, false},
		"Error Summary\nDisk Requirements:\n   At least 37MB more space needed on the / filesystem.":                     {"37MB more space", "almatriage gc", true, false},
		"Error: Transaction test error:\n  file /usr/bin/x from install of a conflicts with file from package b":         {"file /usr/bin/x from install of a", "cannot be installed", false, true},
		"Error:\n Problem: conflicting requests\n  - nothing provides libx needed by a":                                  {"nothing provides libx", "no enabled repository", false, true},
		"Curl error (6): Couldn't resolve host name for https://x":                                                       {"Curl error (6)", "network", true, false},
		"Status code: 429 for https://x":                    {"Status code: 429", "network", true, false},
		"Fatal glibc error: CPU does not support x86-64-v3": {"too old for the image", "newer computer", true, false},
		"something else": {"exit status 137: something else", "[engine] memory", false, false},
	} {
		e := &reproduce.StepError{Target: "alma9", Step: reproduce.StepRequire}
		Blame(e, strings.Split(output, "\n"), 137)
		if !strings.Contains(e.Message, want.message) || !strings.Contains(e.Advice, want.advice) || e.Infra != want.infra || errors.Is(e, reproduce.ErrAbsent) != want.absent {
			t.Errorf("%q: %+v", output, e)
		}
	}
}
