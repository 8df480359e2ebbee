// Package inside is what runs inside a container, whichever engine started it,
// and how its words are read: the scripts, their marks in the output, the
// verdict, the log, the fingerprint, and what a failed step means. It imports
// reproduce and no engine.
package inside

import (
	"embed"

	"github.com/almatriage/almatriage/reproduce"
)

//go:embed scripts/*.sh
var scripts embed.FS

// Script is one of our scripts by its name ("attempt.sh"), which runs as PID 1
// with a nonce as its first argument; lib.sh must lie beside it.
func Script(name string) ([]byte, error) { return scripts.ReadFile("scripts/" + name) }

// EnvironmentScript exports a recipe's variables, and ours for the test.
func EnvironmentScript(environment map[string]string, ours map[string]string) string {
	return reproduce.Exports(ours) + reproduce.Exports(environment)
}

// BashScript is a recipe's script as tmt runs it. What bash echoes (set -x)
// goes to a file of its own, so that no oracle takes it for the test's words.
// All in front of the first line, so that line numbers stay.
func BashScript(script string) string {
	if script == "" {
		return ""
	}
	return "BASH_XTRACEFD=9; set -eo pipefail; " + script + "\n"
}
