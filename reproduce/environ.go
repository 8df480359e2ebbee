package reproduce

import (
	"os"
	"slices"
	"strings"
)

// Environ is the environment that an engine's commands get: this process's,
// without the trackers' tokens (ALMATRIAGE_NAME_TOKEN), which are not theirs.
func Environ() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "ALMATRIAGE_") && strings.HasSuffix(name, "_TOKEN")
	})
}
