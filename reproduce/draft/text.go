package draft

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// oneLine makes a text one line of characters that can be seen.
func oneLine(s string) string {
	s, _ = visible(strings.Join(strings.Fields(s), " "))
	return strings.TrimSpace(s)
}

// clip shortens a text to what fits a summary or a note.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= maxSummary {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:maxSummary-1])) + "…"
}

// visible drops characters that cannot be seen (controls, directions, zero
// widths, bytes that are no UTF-8) and tells whether there were any. Tabs stay,
// for files in a here-document may need them; all other white space becomes a
// plain space: it is what copying from a page leaves.
func visible(s string) (string, bool) {
	dropped := false
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\t':
			return c
		case unicode.Is(unicode.Zs, c):
			return ' '
		case c == utf8.RuneError || !unicode.IsPrint(c):
			dropped = true
			return -1
		}
		return c
	}, s)
	return s, dropped
}
