// Package widget has the parts that screens are made of: plain structs and
// functions that draw into a given size and know nothing of the store, of runs
// or of each other. Text that others wrote comes in as safe.Text only; the Editor
// and the Revealer take it as it is, and show it so that it does no harm.
package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Fit makes a line exactly w cells wide: it is cut, ending in …, or padded. It
// may hold colours.
func Fit(s string, w int) string {
	if w <= 0 {
		return ""
	}
	n := ansi.StringWidth(s)
	if n > w {
		s = ansi.Truncate(s, w, "…")
		n = ansi.StringWidth(s) // a wide character may leave a cell free
	}
	return s + strings.Repeat(" ", w-n)
}

// Frame makes of lines exactly h lines of exactly w cells.
func Frame(lines []string, w, h int) string {
	var b strings.Builder
	for i := range h {
		if i > 0 {
			b.WriteByte('\n')
		}
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		b.WriteString(Fit(line, w))
	}
	return b.String()
}

// Lines splits what Frame made.
func Lines(frame string) []string { return strings.Split(frame, "\n") }

// Beside puts two blocks of as many lines next to each other, with a separator.
func Beside(left, right []string, separator string) []string {
	lines := make([]string, len(left))
	for i := range lines {
		lines[i] = left[i] + separator + right[i]
	}
	return lines
}
