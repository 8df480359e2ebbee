package tuitest

import (
	"fmt"
	"regexp"
	"unicode"
)

// Unsafe tells what a frame holds that must not reach a terminal, "" if
// nothing: of all that a terminal acts on only SGR sequences may be there.
func Unsafe(frame string) string {
	rest := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(frame, "")
	for _, r := range rest {
		switch {
		case r == '\n':
		case r < 0x20, r >= 0x7f && r <= 0x9f, r == 0x2028, r == 0x2029, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069,
			r == 0x200e, r == 0x200f, r == 0x61c, r == 0xfeff:
			return fmt.Sprintf("U+%04X", r)
		case unicode.Is(unicode.Cs, r):
			return "a surrogate"
		}
	}
	return ""
}
