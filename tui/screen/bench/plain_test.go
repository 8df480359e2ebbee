package bench

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
)

// FuzzPlain: the quick way says what the whole one does.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31mred\x1b[0m text", "\x1b[m", "\x1b[", "\x1b[31", "\x1b[3Kx", "\x1b[999m8\x1b[5mblink", "\x1b[1;;;;;;;;;;;;;;;;;;;;;;;m", "tab\tand\rreturn", "試験", "\x1b[8mhidden",
		"\x1b[38;2;1mx", strings.Repeat("x", 5000), strings.Repeat("字", 2000), strings.Repeat("\x80", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if got, want := plain(raw), ansi.Strip(safe.Log(clip(raw)).String()); got != want {
			t.Errorf("%q reads %q, not %q", raw, got, want)
		}
	})
}
