package tuitest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tui/theme"
)

// Look is a theme and a size that golden screens are kept for.
type Look struct {
	Theme theme.Name
	W, H  int
}

// Each runs a test for each look, in its own subtest.
func Each(t *testing.T, test func(t *testing.T, look Look)) {
	t.Helper()
	for _, name := range []theme.Name{theme.Dark, theme.Light, theme.None} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {40, 10}} {
			look := Look{name, size[0], size[1]}
			t.Run(look.name(), func(t *testing.T) { test(t, look) })
		}
	}
}

func (l Look) name() string { return fmt.Sprintf("%dx%d-%s", l.W, l.H, l.Theme) }

// Golden compares the screen of a state in this look.
func (l Look) Golden(d *Driver, state string) {
	d.T.Helper()
	d.Golden(state + "-" + l.name())
}

// Hostile is text as an attacker would write it: everything that a terminal
// acts on, and what confuses the counting of cells.
func Hostile() string {
	return "\x1b]52;c;aGFja2Vk\x07\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\\x1b[2J\x1b[H\x1b[6n\x1b[?1049l\x1bc" +
		"\x1bP+q544e\x1b\\\x1b_apc\x1b\\\u009b31m\x9b2J\x1b]2;unterminated\x08\x08\r\x00\x07\x7f\u0085\u2028\u2029\u202e\u2066\u200b\u200d\ufeff" +
		"\xff\xfe %s $(reboot) `id` 表示が壊れる 👩‍👩‍👧‍👦 é́́ עברית العربية \tA\tB <b>&amp;</b> " + "…"
}

// Evil are short texts that a terminal, an eye or the textarea of bubbles takes
// for something else.
func Evil() []string {
	return []string{"\x1b]52;c;aGk=\a", "\x1b[2J", "\u009b31m", "\x9b", "\u202e", "\u2066x\u2069", "\u200b", "\t", "\r", "\x00", "\u00a0", "\ufffd", "a\u0301", "日本",
		"👩‍👩‍👧", "🇩🇪", "\u2028", "\U000e0041", strings.Repeat("\u0300", 12), "\U0010fffd", "plain", "\u0085", "\ufeff"}
}
