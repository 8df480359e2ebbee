package reproduce

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Part is a part of what a recipe does, for a person to read before it runs.
// Both texts are raw.
type Part struct {
	Title string // as in "Check before the test:"
	Text  string // may have several lines; "" where the title says it all
}

// Discloses is all that a recipe executes, in a fixed order, and last what its
// test may reach: what a person accepts. What it has not is left out.
func (r *Recipe) Discloses() []Part {
	var parts []Part
	part := func(title, text string) {
		if strings.TrimRight(text, "\n") != "" {
			parts = append(parts, Part{title, text})
		}
	}
	part("Packages that are installed:", strings.Join(r.Require, " "))
	part("Script that prepares, as root in a container, with network:", r.Prepare)
	part("Check before the test:", r.Precheck)
	part("Test, as root in a new container each time:", r.Test)
	for _, file := range r.Files { // an empty one, too: that it is there can matter
		kind := "File"
		if file.Executable {
			kind = "Executable file"
		}
		parts = append(parts, Part{fmt.Sprintf("%s %s (%d bytes):", kind, file.Path, len(file.Data)), string(file.Data)})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Environment)) {
		part("Variable:", name+"="+r.Environment[name])
	}
	reach := "The test reaches no network."
	if r.Network == NetworkFull {
		reach = "The test reaches the whole network."
	}
	return append(parts, Part{Title: reach})
}

// Reach says what the test of a recipe reaches beyond the rule, to be told before
// each run; "" where that is nothing.
func (r *Recipe) Reach() string {
	if r.Network == NetworkFull {
		return "the test reaches the whole network, as its recipe asks"
	}
	return ""
}
