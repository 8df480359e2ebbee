package safe_test

import (
	"testing"

	"github.com/almatriage/almatriage/tracker/safe"
)

func TestReveal(t *testing.T) {
	for text, want := range map[string]string{
		"echo a\n\tb":              "echo a\n        b",
		"rm \u202e -rf\u2066 x":    `rm \u202e -rf\u2066 x`,
		"\x1b[2Jls\r\x00":          `\u001b[2Jls\u000d\u0000`,
		"a\xffb\u200bc\U000e0041d": `a\xffb\u200bc\U000e0041d`,
		"表示 é":                     "表示 é",
	} {
		if got := safe.Reveal(text).String(); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
