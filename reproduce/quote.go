package reproduce

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Quote makes one word of bash of any text without NUL.
func Quote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", `'\''`) + "'"
}

// Exports sets variables in bash, a line each.
func Exports(environment map[string]string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		fmt.Fprintf(&text, "export %s=%s\n", name, Quote(environment[name]))
	}
	return text.String()
}
