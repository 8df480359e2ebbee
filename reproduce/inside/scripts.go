// Package inside is what runs inside a container, whichever engine started it,
// and how its words are read: the scripts, their marks in the output, the
// verdict, the log, the fingerprint, and what a failed step means. It imports
// reproduce and no engine.
package inside

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed scripts/*.sh
var scripts embed.FS

// Script is one of our scripts by its name ("attempt.sh"), which runs as PID 1
// with a nonce as its first argument; lib.sh must lie beside it.
func Script(name string) ([]byte, error) { return scripts.ReadFile("scripts/" + name) }

// EnvironmentScript exports a recipe's variables, and ours for the test.
func EnvironmentScript(environment map[string]string, ours map[string]string) string {
	var text strings.Builder
	for _, set := range []map[string]string{ours, environment} {
		names := make([]string, 0, len(set))
		for name := range set {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fmt.Fprintf(&text, "export %s=%s\n", name, Quote(set[name]))
		}
	}
	return text.String()
}

// Quote makes one word of bash of any text without NUL.
func Quote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", `'\''`) + "'"
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
