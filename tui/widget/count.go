package widget

import (
	"strconv"
	"strings"
)

// Count is a number of things in words: "1 report", "2 reports", "1,240 lines".
// The word may be several, as in "older line"; the last one is what is counted.
func Count(n int, word string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(word, "s"):
		word += "es"
	default:
		word += "s"
	}
	return Thousands(n) + " " + word
}

// Be is the verb of so many: is or are.
func Be(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Was is the verb of so many: was or were.
func Was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// Thousands writes a number with commas.
func Thousands(n int) string {
	if n < 0 {
		return "-" + Thousands(-n)
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
