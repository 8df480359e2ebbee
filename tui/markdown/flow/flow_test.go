package flow_test

import (
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"github.com/muesli/termenv"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
)

func inks() (plain, bold flow.Ink) {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	return flow.Of(r.NewStyle()), flow.Of(r.NewStyle().Bold(true))
}

func TestLines(t *testing.T) {
	plain, bold := inks()
	item := flow.Margin{First: "- ", Rest: "  "}
	for _, c := range []struct {
		name   string
		text   []string // every other one bold
		margin flow.Margin
		width  int
		wrap   flow.Wrap
		want   []string
	}{
		{"nothing is a line", nil, flow.Margin{}, 9, flow.Words, []string{""}},
		{"nothing within a margin", nil, item, 9, flow.Words, []string{"-"}},
		{"no width", []string{"a"}, flow.Margin{}, 0, flow.Words, nil},
		{"as it is", []string{"a b"}, flow.Margin{}, 3, flow.Words, []string{"a b"}},
		{"at blanks, which go", []string{"aaa   bbb"}, flow.Margin{}, 4, flow.Words, []string{"aaa", "bbb"}},
		{"blanks in front stay", []string{"  a bbb"}, flow.Margin{}, 4, flow.Words, []string{"  a", "bbb"}},
		{"blanks and a long word", []string{"  abcdef"}, flow.Margin{}, 4, flow.Words, []string{"  ab", "cdef"}},
		{"only blanks", []string{"      "}, flow.Margin{}, 4, flow.Words, []string{""}},
		{"line breaks", []string{"a\n\nb\n"}, flow.Margin{}, 4, flow.Words, []string{"a", "", "b", ""}},
		{"hyphens do not break", []string{"dnf --best-x"}, flow.Margin{}, 8, flow.Words, []string{"dnf", "--best-x"}},
		{"a margin", []string{"aa bb cc"}, item, 7, flow.Words, []string{"- aa bb", "  cc"}},
		{"a margin and line breaks", []string{"aa\nbb"}, item, 7, flow.Words, []string{"- aa", "  bb"}},
		{"margins of two widths", []string{"abcdefgh"}, flow.Margin{Rest: "> "}, 6, flow.Anywhere, []string{"abcdef", "> gh"}},
		{"no room for a margin", []string{"aa bb"}, item, 5, flow.Words, []string{"aa bb"}},
		{"styles close and open", []string{"a ", "b c", " d"}, flow.Margin{}, 3, flow.Words, []string{"a \x1b[1mb\x1b[0m", "\x1b[1mc\x1b[0m d"}},
		{"a word in two styles", []string{"x aa", "bb"}, flow.Margin{}, 5, flow.Words, []string{"x", "aa\x1b[1mbb\x1b[0m"}},
		{"beside wide characters", []string{"ab日本語"}, flow.Margin{}, 5, flow.Words, []string{"ab日", "本語"}},
		{"wider than the width", []string{"a日b"}, flow.Margin{}, 1, flow.Words, []string{"a", "…", "b"}},
		{"anywhere, with blanks", []string{"ab  cd "}, flow.Margin{}, 3, flow.Anywhere, []string{"ab ", " cd", " "}},
		{"marks", []string{"e\u0301e\u0301e\u0301"}, flow.Margin{}, 2, flow.Words, []string{"e\u0301e\u0301", "e\u0301"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text flow.Text
			for i, s := range c.text {
				text.Add([]flow.Ink{plain, bold}[i%2], safe.Block(s))
			}
			if diff := cmp.Diff(c.want, text.Lines(nil, c.margin, c.width, c.wrap)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestText(t *testing.T) {
	plain, bold := inks()
	var a, b flow.Text
	if !a.Empty() || a.Width() != 0 {
		t.Error("the zero value is not empty")
	}
	a.Add(bold, safe.Line("x"))
	a.Add(bold, safe.Line(""))
	a.Add(bold, safe.Line("y"))
	b.Join(&a)
	b.Add(plain, safe.Block("日本\nz"))
	if got := b.Lines(nil, flow.Margin{}, 9, flow.Words); b.Width() != 6 || got[0] != "\x1b[1mxy\x1b[0m日本" {
		t.Errorf("%d cells: %q", b.Width(), got)
	}
	if got := bold.Paint(safe.Line("x")) + bold.Paint(safe.Line("")) + plain.Paint(safe.Line("y")); got != "\x1b[1mx\x1b[0my" {
		t.Errorf("painted %q", got)
	}
}

// Whatever the text, lines have room, and words lose blanks only.
func FuzzLines(f *testing.F) {
	f.Add("one two  three", "日本👩\u200d💻", 5, true)
	f.Fuzz(func(t *testing.T, s, more string, width int, words bool) {
		width %= 100
		plain, bold := inks()
		var text flow.Text
		text.Add(plain, safe.Block(s))
		text.Add(bold, safe.Block(more))
		wrap := flow.Anywhere
		if words {
			wrap = flow.Words
		}
		lines := text.Lines(nil, flow.Margin{First: "- ", Rest: "  "}, width, wrap)
		for _, line := range lines {
			if w := ansi.StringWidth(line); w > width {
				t.Errorf("%d cells, not %d: %q", w, width, line)
			}
		}
		squeezed := func(s string) string {
			return strings.NewReplacer(" ", "", "\n", "", "-", "").Replace(ansi.Strip(s))
		}
		if got, want := squeezed(strings.Join(lines, "")), squeezed(safe.Block(s).String()+safe.Block(more).String()); width > 1 && got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
