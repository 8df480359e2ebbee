package tmt

import (
	"fmt"
	"regexp/syntax"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// script is a recipe's script as tmt runs one. What bash echoes (set -x) goes
// elsewhere, so that no oracle takes it for the test's words. All in front of
// the first line, so that line numbers stay.
func script(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte("BASH_XTRACEFD=9; set -eo pipefail; " + text + "\n")
}

// perl writes an oracle's pattern, which is of RE2, as grep -P takes it with the
// same meaning: classes are spelled out, and words are of ASCII.
func perl(o reproduce.Oracle) (string, error) {
	if o.Kind != reproduce.OracleOutput {
		return "", nil
	}
	parsed, err := syntax.Parse(o.Pattern, syntax.Perl)
	if err != nil {
		return "", fmt.Errorf("read the pattern: %w", err)
	}
	const word, ahead = `[0-9A-Za-z_]`, `(?=[0-9A-Za-z_])`
	boundary := map[byte]string{
		'b': `(?:(?<=` + word + `)(?!` + word + `)|(?<!` + word + `)` + ahead + `)`,
		'B': `(?:(?<=` + word + `)` + ahead + `|(?<!` + word + `)(?!` + word + `))`,
	}
	var b strings.Builder
	text := parsed.String()
	for at := 0; at < len(text); at++ {
		if text[at] != '\\' || at+1 == len(text) {
			b.WriteByte(text[at])
			continue
		}
		at++
		if written, ok := boundary[text[at]]; ok {
			b.WriteString(written)
		} else {
			b.WriteString(`\` + text[at:at+1])
		}
	}
	return b.String() + "\n", nil
}

// regexpOf writes a text so that a regular expression means it.
func regexpOf(s string) string { return strings.ReplaceAll(s, ".", `\.`) }
