package safe

import (
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

const joiner = '\u200d'

// lineBreak tells whether a terminal, or a person, takes r for a new line.
func lineBreak(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// control tells whether r is of C0 or C1, or DEL.
func control(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f }

// hidden tells whether r cannot be seen but changes what is: bidi controls,
// zero-width characters, tags, variation selectors, fillers, noncharacters.
func hidden(r rune) bool {
	switch {
	case r < 0xa0:
		return false
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Noncharacter_Code_Point, r),
		unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return true
	}
	return r == '\u2028' || r == '\u2029'
}

// picture tells whether a joiner may stand before r. U+FFFD counts as a symbol
// in Unicode but is where a text was broken.
func picture(r rune) bool { return unicode.Is(unicode.So, r) && r != unicode.ReplacementChar }

// oneCluster tells whether a joiner holds two pictures together for whoever
// breaks lines, too: not all symbols are pictures there.
func oneCluster(a, b rune) bool {
	if !picture(a) {
		a = '👩' // a skin tone or a selector, which belongs to the picture before it
	}
	whole := string([]rune{a, joiner, b})
	cluster, _ := ansi.FirstGraphemeCluster(whole, ansi.GraphemeWidth)
	return cluster == whole
}

// emojiPart tells whether a joiner may stand behind r: a picture, a skin tone
// or the selector of a picture.
func emojiPart(r rune) bool {
	return picture(r) || r == '\ufe0f' || r >= 0x1f3fb && r <= 0x1f3ff
}
