package safe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON makes valid JSON fit for a terminal: control characters, bidi controls
// and characters that cannot be seen become \uXXXX, what is not UTF-8 becomes
// \ufffd. Its meaning stays.
func JSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == '\n', r == '\t':
			out = append(out, byte(r))
		case r == '\r': // stands between values only, where a space means the same
			out = append(out, ' ')
		case control(r), hidden(r), r == utf8.RuneError && size == 1:
			out = appendEscaped(out, r)
		default:
			out = append(out, b[:size]...)
		}
		b = b[size:]
	}
	return out
}

func appendEscaped(out []byte, r rune) []byte {
	if hi, lo := utf16.EncodeRune(r); hi != unicode.ReplacementChar {
		return fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

// Cell makes one line of s for CSV, TSV and Markdown: as Line, of any length.
// It does not quote for the format; for CSV see Formula.
func Cell(s string) string { return scrub(s, mode{oneLine: true}) }

// Formula puts an apostrophe before a cell that a spreadsheet would take for a
// formula: one that begins with = + - @ (also in full width, also after blanks)
// or with a tab or a carriage return.
func Formula(s string) string {
	if s == "" {
		return s
	}
	first := strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || control(r) || hidden(r)
	})
	r, _ := utf8.DecodeRuneInString(first)
	if s[0] == '\t' || s[0] == '\r' || first != "" && strings.ContainsRune("=+-@＝＋－＠", r) {
		return "'" + s
	}
	return s
}
