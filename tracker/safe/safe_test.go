package safe_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
)

// attacks are what hostile texts do to terminals, and what is left of them.
var attacks = []struct{ name, in, line, block, log string }{
	{"plain", "plain text", "plain text", "plain text", "plain text"},
	{"clipboard OSC 52", "a\x1b]52;c;ZXZpbA==\ab", "ab", "ab", "ab"},
	{"title OSC 0", "a\x1b]0;owned\x1b\\b", "ab", "ab", "ab"},
	{"link OSC 8", "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click", "click", "click"},
	{"clear screen", "a\x1b[2Jb", "ab", "ab", "ab"},
	{"cursor home", "a\x1b[Hb\x1b[1;1Hc", "abc", "abc", "abc"},
	{"cursor report", "a\x1b[6nb", "ab", "ab", "ab"},
	{"leave alternate screen", "a\x1b[?1049lb", "ab", "ab", "ab"},
	{"full reset", "a\x1bcb", "ab", "ab", "ab"},
	{"character set", "a\x1b(0b", "ab", "ab", "ab"},
	{"DCS request", "a\x1bP+q544e\x1b\\b", "ab", "ab", "ab"},
	{"APC", "a\x1b_Gf=100;AAAA\x1b\\b", "ab", "ab", "ab"},
	{"C1 CSI in UTF-8", "a\u009b2Jb", "ab", "ab", "ab"},
	{"C1 OSC in UTF-8", "a\u009d0;owned\u009cb", "ab", "ab", "ab"},
	{"C1 CSI as a byte", "a\x9b2Jb", "a\ufffd2Jb", "a\ufffd2Jb", "a\ufffd2Jb"},
	{"OSC without end hides nothing", "a\x1b]0;owned b", "a0;owned b", "a0;owned b", "a0;owned b"},
	{"OSC ends with the line", "a\x1b]0;x\nb\a", "a0;x b", "a0;x\nb", "a0;x\nb"},
	{"OSC with 0x9C inside a character", "a\x1b]0;\u271c\u271d\ab", "ab", "ab", "ab"},
	{"CSI broken by a line break", "a\x1b[3\n1mb", "a 1mb", "a\n1mb", "a\n1mb"},
	{"ESC at the end", "a\x1b", "a", "a", "a"},
	{"ESC before a character", "a\x1bé", "aé", "aé", "aé"},
	{"backspace", "rm -rf\b\b\bok", "rm -rfok", "rm -rfok", "rm -rfok"},
	{"NUL BEL DEL", "a\x00b\ac\x7fd", "abcd", "abcd", "abcd"},
	{"carriage return", "hidden\rshown", "hidden shown", "hidden\nshown", "shown"},
	{"CR LF", "a\r\nb\r\n", "a b ", "a\nb\n", "a\nb\n"},
	{"CR at the end", "a\r", "a ", "a\n", "a"},
	{"progress", "1%\r50%\r100%\ndone", "1% 50% 100% done", "1%\n50%\n100%\ndone", "100%\ndone"},
	{"NEL", "a\u0085b", "a b", "a\nb", "a\nb"},
	{"line separators", "a\u2028b\u2029c", "a b c", "a\nb\nc", "a\nb\nc"},
	{"tabs", "a\tb\n\tc", "a b  c", "a       b\n        c", "a       b\n        c"},
	{"tab behind wide characters", "日本\tb", "日本 b", "日本    b", "日本    b"},
	{"bidi override", "a\u202eb\u202cc\u2066d\u2069e\u200f\u200e\u061cf", "abcdef", "abcdef", "abcdef"},
	{"zero width", "p\u200ba\u200cy\u200dp\ufeffa\u00adl\u2060", "paypal", "paypal", "paypal"},
	{"tag characters", "a\U000e0041\U000e0042b", "ab", "ab", "ab"},
	{"variation selectors that carry data", "a\U000e0100\ufe01b", "ab", "ab", "ab"},
	{"fillers", "a\u3164\u115fb", "ab", "ab", "ab"},
	{"not UTF-8", "a\xff\xfeb", "a\ufffd\ufffdb", "a\ufffd\ufffdb", "a\ufffd\ufffdb"},
	{"emoji, joined", "a👩\u200d💻b", "a👩\u200d💻b", "a👩\u200d💻b", "a👩\u200d💻b"},
	{"joiner with nothing to join", "👩\u200d", "👩", "👩", "👩"},
	{"CJK and combining marks", "日本 e\u0301", "日本 e\u0301", "日本 e\u0301", "日本 e\u0301"},
	{"piled marks", "a" + strings.Repeat("\u0301", 50) + "b", "a" + strings.Repeat("\u0301", 8) + "b",
		"a" + strings.Repeat("\u0301", 8) + "b", "a" + strings.Repeat("\u0301", 8) + "b"},
	{"colour", "\x1b[1;31mred\x1b[0m.", "red.", "red.", "\x1b[1;31mred\x1b[0m."},
	{"colour left open", "\x1b[31mred\nb", "red b", "red\nb", "\x1b[31mred\x1b[0m\nb"},
	{"24 bit colour", "\x1b[38;2;1;2;3mx", "x", "x", "\x1b[38;2;1;2;3mx\x1b[0m"},
	{"concealed", "\x1b[8mx", "x", "x", "x"},
	{"blinking", "\x1b[1;5mx", "x", "x", "x"},
	{"SGR out of bounds", "\x1b[38;2;1;2;999mx\x1b[38;5mx\x1b[1111mx", "xxx", "xxx", "xxx"},
	{"SGR without bound", "\x1b[" + strings.Repeat("1;", 5000) + "mx", "x", "x", "x"},
	{"like SGR", "\x1b[>4;2mx\x1b[?4mx\x1b[1 mx", "xxx", "xxx", "xxx"},
	{"C1 SGR", "\u009b31mx", "x", "x", "x"},
}

func TestAttacks(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			for _, c := range []struct{ door, got, want string }{
				{"Line", safe.Line(a.in).String(), a.line},
				{"Block", safe.Block(a.in).String(), a.block},
				{"Log", safe.Log(a.in).String(), a.log},
				{"Cell", safe.Cell(a.in), a.line},
			} {
				if c.got != c.want {
					t.Errorf("%s(%q) = %q, want %q", c.door, a.in, c.got, c.want)
				}
			}
		})
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 60_000)
	if got := safe.Line(long).String(); len(got) > 4<<10 || !strings.HasSuffix(got, "x…") {
		t.Errorf("Line of 60 kB has %d bytes", len(got))
	}
	if got := safe.Block(long).String(); got != long {
		t.Errorf("Block lost text of a long line: %d bytes", len(got))
	}
	got := safe.Log("\x1b[31m" + long + "\nnext").String()
	first, rest, _ := strings.Cut(got, "\n")
	if len(first) > 16<<10 || !strings.HasSuffix(first, "x…\x1b[0m") || rest != "next" {
		t.Errorf("Log of a long line: %d bytes, then %q", len(first), rest)
	}
}

func TestTextWidthAndTruncate(t *testing.T) {
	for _, c := range []struct {
		text  safe.Text
		width int
		cells int
		want  string
	}{
		{safe.Line("abcdef"), 6, 6, "abcdef"},
		{safe.Line("abcdef"), 6, 4, "abc…"},
		{safe.Line("日本語"), 6, 4, "日…"},
		{safe.Line("abc"), 3, 0, ""},
		{safe.Line("abc"), 3, -1, ""},
		{safe.Block("long line\nb"), 9, 4, "lon…\nb"},
		{safe.Log("\x1b[31mabcdef"), 6, 3, "\x1b[31mab…\x1b[0m"},
		{safe.Text{}, 0, 5, ""},
	} {
		if got := c.text.Width(); got != c.width {
			t.Errorf("width of %q = %d, want %d", c.text, got, c.width)
		}
		if got := c.text.Truncate(c.cells, "…").String(); got != c.want {
			t.Errorf("%q in %d cells = %q, want %q", c.text, c.cells, got, c.want)
		}
	}
	if got := safe.Line("abc").Truncate(2, "\x1b[2J").String(); got != "ab" {
		t.Errorf("a hostile tail gives %q", got)
	}
}

func TestLines(t *testing.T) {
	got := safe.Log("\x1b[31ma\nb").Lines()
	if len(got) != 2 || got[0].String() != "\x1b[31ma\x1b[0m" || got[1] != safe.Line("b") {
		t.Errorf("lines are %q", got)
	}
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// forbidden finds what must never reach a terminal.
func forbidden(s string, allowed ...rune) (rune, bool) {
	for _, r := range s {
		ok := false
		for _, a := range allowed {
			ok = ok || r == a
		}
		bad := r < 0x20 || r >= 0x7f && r <= 0x9f || unicode.Is(unicode.Bidi_Control, r) ||
			r == '\u2028' || r == '\u2029' || r == '\u200b' || r == '\ufeff' || r >= 0xe0000 && r <= 0xe0fff
		if bad && !ok {
			return r, true
		}
	}
	return 0, false
}

func FuzzText(f *testing.F) {
	for _, a := range attacks {
		f.Add(a.in, 5)
	}
	f.Add(strings.Repeat("é", 3000)+"\x1b[1m"+strings.Repeat("👩\u200d", 3000), 80)
	f.Fuzz(func(t *testing.T, s string, cells int) {
		for _, door := range []struct {
			name  string
			clean func(string) safe.Text
			allow []rune
		}{
			{"Line", safe.Line, nil},
			{"Block", safe.Block, []rune{'\n'}},
			{"Log", safe.Log, []rune{'\n'}},
		} {
			text := door.clean(s)
			visible := text.String()
			if door.name == "Log" {
				visible = sgr.ReplaceAllString(visible, "")
				checkReset(t, text)
			}
			if r, bad := forbidden(visible, door.allow...); bad {
				t.Errorf("%s(%q) lets %U through", door.name, s, r)
			}
			if !utf8.ValidString(text.String()) {
				t.Errorf("%s(%q) is not UTF-8", door.name, s)
			}
			if again := door.clean(text.String()); again != text {
				t.Errorf("%s is not idempotent: %q, %q", door.name, text, again)
			}
			checkWidth(t, text, visible, cells%300)
		}
	})
}

func checkReset(t *testing.T, text safe.Text) {
	t.Helper()
	for _, line := range text.Lines() {
		if all := sgr.FindAllString(line.String(), -1); len(all) > 0 && !strings.HasSuffix(line.String(), "\x1b[0m") && all[len(all)-1] != "\x1b[0m" {
			t.Errorf("line %q leaves its colour on", line)
		}
	}
}

func checkWidth(t *testing.T, text safe.Text, visible string, cells int) {
	t.Helper()
	widest := 0
	for line := range strings.SplitSeq(visible, "\n") {
		widest = max(widest, ansi.StringWidth(line))
	}
	// The colour may have broken a character from its mark, so that the
	// pieces are at least as wide.
	if text.Width() < widest {
		t.Errorf("%q measures %d cells, x/ansi says %d", text, text.Width(), widest)
	}
	if got := text.Truncate(cells, "…").Width(); got > max(cells, 0) {
		t.Errorf("%q cut to %d cells has %d", text, cells, got)
	}
}

func BenchmarkLinePlain(b *testing.B) {
	s := "kernel: BUG: unable to handle page fault for address 0000000000000008"
	b.ReportAllocs()
	for b.Loop() {
		safe.Line(s)
	}
}

func BenchmarkLogColoured(b *testing.B) {
	s := strings.Repeat("\x1b[31mFAIL\x1b[0m test 日本 took\t3 s\r\n", 1000)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		safe.Log(s)
	}
}
