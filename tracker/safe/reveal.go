package safe

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Reveal is like Block, but shows what that would drop: what cannot be seen, or
// acts on a terminal, stands as \uXXXX, a byte that is no UTF-8 as \xXX. It is
// for text that a person must judge as it is, such as what a recipe executes.
func Reveal(s string) Text {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch one := s[:size]; {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\n' || r == '\t' || Block(one).String() == one:
			b.WriteString(one)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return Block(b.String())
}
