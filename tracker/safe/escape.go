package safe

import "strings"

const esc = '\x1b'

// sequence is the length of the escape sequence that s begins with, 0 if it
// begins with none. s must be in UTF-8.
//
// x/ansi has a parser, but it reads bytes: the 0x9C inside of U+271C ends a
// string for it, and a string without an end takes the rest of the text with
// it. Here a sequence ends at a line break at the latest, and of a string
// without an end only the opening goes: what it held is shown.
func sequence(s string) int {
	kind, ok := introducer(s)
	if !ok {
		return 0
	}
	switch kind {
	case '[':
		return controlSequence(s)
	case ']', 'P', 'X', '^', '_':
		return controlString(s, kind == ']')
	}
	if s[0] != esc {
		return 0 // a single C1 character; it is dropped as one
	}
	i := span(s, 1, ' ', '/')
	if i < len(s) && s[i] >= '0' && s[i] <= '~' {
		i++
	}
	return i
}

// introducer tells what kind of sequence s begins with. Each C1 character does
// the same as ESC and the character 0x40 below it; both take two bytes.
func introducer(s string) (kind byte, ok bool) {
	switch {
	case s == "":
		return 0, false
	case s[0] == esc && len(s) == 1:
		return 0, true
	case s[0] == esc:
		return s[1], true
	case len(s) > 1 && s[0] == 0xC2 && s[1] >= 0x80 && s[1] <= 0x9F:
		return s[1] - 0x40, true
	}
	return 0, false
}

// controlSequence measures CSI, parameters, intermediates and a final byte.
func controlSequence(s string) int {
	i := span(s, 2, '0', '?')
	i = span(s, i, ' ', '/')
	if i < len(s) && s[i] >= '@' && s[i] <= '~' {
		i++
	}
	return i
}

// controlString measures OSC, DCS, SOS, PM and APC with what they hold.
func controlString(s string, bell bool) int {
	const opening = 2
	end := strings.IndexAny(s[opening:], "\x07\x18\x1a\x1b\r\n\u009c")
	if end < 0 {
		return opening
	}
	end += opening
	switch c := s[end]; {
	case strings.HasPrefix(s[end:], "\x1b\\"), c == 0xC2: // ST
		return end + 2
	case c == '\a' && bell, c == '\x18', c == '\x1a':
		return end + 1
	}
	return opening
}

// span skips bytes from lo to hi, starting at i.
func span(s string, i int, lo, hi byte) int {
	for i < len(s) && s[i] >= lo && s[i] <= hi {
		i++
	}
	return i
}
