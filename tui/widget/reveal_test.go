package widget_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
	"github.com/almatriage/almatriage/tui/widget"
)

// shown is a line as it is shown, with the warnings.
func shown(line string) (string, []string) {
	v := widget.NewRevealer(widget.InksOf(theme.New(theme.None)))
	return widget.Render(v.Line(line, v.Text, 0)), v.Warnings()
}

func TestReveal(t *testing.T) {
	for _, c := range []struct{ in, want, warns string }{
		{"plain # text", "plain # text", ""},
		{"a\tb", "a→      b", ""},
		{"\t\tb", "→       →       b", ""},
		{"rm\u202e x", `rm\u202e x`, "1 character that cannot be seen, here as escapes in reverse: \\u202e"},
		{"a\u200b\u200bb", `a\u200b\u200bb`, "2 characters that cannot be seen"},
		{"\x1b[2J", `\u001b[2J`, `\u001b`},
		{"\u009b2J", `\u009b2J`, `\u009b`},
		{"x\ry", `x\u000dy`, `\u000d`},
		{"\x9b\xff", `\x9b\xff`, "bytes that are no text"},
		{"a\u00a0b\u3000c\u2800d", `a\u00a0b\u3000c\u2800d`, "3 characters"},
		{"\U000e0041", `\U000e0041`, `\U000e0041`},
		{"\ufffd", `\ufffd`, `\ufffd`},
		{"\U000f0000", `\U000f0000`, "cannot be seen"},
		{"e\u0301", `e\u0301`, `\u0301`}, // on ASCII a mark makes another letter
		{"\u0441url", "\u0441url", "not of ASCII, which may pass for others: \u0441 U+0441 Cyrillic"},
		{"日本", "日本", "2 characters not of ASCII"},
		{"“x”", "“x”", "“ U+201C, ” U+201D"},
		{"☺\ufe0f", `☺\ufe0f`, `\ufe0f`},
		{"ก\u0e34", "ก\u0e34", "Thai"},
	} {
		got, warnings := shown(c.in)
		if ansi.Strip(got) != c.want {
			t.Errorf("%q is shown as %q, want %q", c.in, got, c.want)
		}
		if all := strings.Join(warnings, "\n"); c.warns == "" != (all == "") || !strings.Contains(all, c.warns) {
			t.Errorf("%q: warnings %q, want %q", c.in, all, c.warns)
		}
		if bad := tuitest.Unsafe(got); bad != "" {
			t.Errorf("%q is shown with %s", c.in, bad)
		}
	}
}

func TestRevealNamesNotTooMany(t *testing.T) {
	_, warnings := shown("абвгдежзик")
	if len(warnings) != 1 || !strings.Contains(warnings[0], "10 characters") || !strings.HasSuffix(warnings[0], "and 4 more") {
		t.Errorf("%q", warnings)
	}
}

// FuzzReveal: what is shown reaches a terminal harmlessly, and of all that is
// not plain ASCII there is a warning.
func FuzzReveal(f *testing.F) {
	for _, s := range tuitest.Evil() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ReplaceAll(s, "\n", " ")
		got, warnings := shown(s)
		if bad := tuitest.Unsafe(got); bad != "" {
			t.Errorf("%q is shown with %s", s, bad)
		}
		ascii := !strings.ContainsFunc(s, func(r rune) bool { return r != '\t' && (r < ' ' || r > '~') })
		if ascii != (len(warnings) == 0) {
			t.Errorf("%q: warnings %q", s, warnings)
		}
		if ascii && !strings.Contains(s, "\t") && ansi.Strip(got) != s {
			t.Errorf("%q is shown as %q", s, got)
		}
	})
}
