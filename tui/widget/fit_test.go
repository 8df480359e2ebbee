package widget_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

func TestFit(t *testing.T) {
	red := theme.New(theme.Dark).Error.Render
	for _, c := range []struct {
		in   string
		w    int
		want string
	}{
		{"word", 6, "word  "},
		{"word", 4, "word"},
		{"words", 4, "wor…"},
		{"", 3, "   "},
		{"word", 1, "…"},
		{"word", 0, ""},
		{"word", -5, ""},
		{"表示", 4, "表示"},
		{"表示が", 5, "表示…"},
		{"表示が", 4, "表… "}, // half a character is none
		{"é́x", 1, "…"},
		{"👩‍👩‍👧‍👦ab", 3, "👩‍👩‍👧‍👦…"},
		{red("word"), 6, red("word") + "  "},
	} {
		if got := widget.Fit(c.in, c.w); got != c.want {
			t.Errorf("%q in %d cells is %q, not %q", c.in, c.w, got, c.want)
		}
	}
	// Colours end where the text is cut.
	if got := widget.Fit(red("words")+"after", 4); !strings.HasSuffix(got, "\x1b[0m") || ansi.Strip(got) != "wor…" {
		t.Errorf("%q", got)
	}
}

func TestFrame(t *testing.T) {
	for _, c := range []struct {
		lines []string
		w, h  int
		want  string
	}{
		{[]string{"a", "bcd"}, 2, 3, "a \nb…\n  "},
		{[]string{"a", "b", "c"}, 1, 2, "a\nb"},
		{nil, 2, 2, "  \n  "},
		{[]string{"a"}, 0, 2, "\n"},
		{[]string{"a"}, 3, 0, ""},
	} {
		got := widget.Frame(c.lines, c.w, c.h)
		if got != c.want {
			t.Errorf("%q in %d×%d is %q, not %q", c.lines, c.w, c.h, got, c.want)
		}
		if c.h > 0 && len(widget.Lines(got)) != c.h {
			t.Errorf("%q has %d lines, not %d", got, len(widget.Lines(got)), c.h)
		}
	}
}

func TestBeside(t *testing.T) {
	got := widget.Beside([]string{"a ", "b "}, []string{"x", "y"}, "|")
	if strings.Join(got, "\n") != "a |x\nb |y" {
		t.Errorf("%q", got)
	}
}

// FuzzFit: whatever a text is, what came through the door fits to the cell.
func FuzzFit(f *testing.F) {
	for _, text := range []string{"word", "表示が壊れる", "👩‍👩‍👧‍👦 é́́ עברית", "\x1b[31mred\x1b[0m", "\tA\tB", "🏳️‍🌈🇩🇪", "ﷺ ௵ 𒐫", "a\u0300\u0301\u0302"} {
		f.Add(text, 7)
	}
	f.Fuzz(func(t *testing.T, text string, w int) {
		w %= 300
		line := safe.Line(text).String()
		for _, got := range []string{widget.Fit(line, w), widget.Fit(theme.New(theme.Dark).Error.Render(line), w)} {
			if n := ansi.StringWidth(got); n != max(0, w) {
				t.Fatalf("%q in %d cells has %d: %q", line, w, n, got)
			}
		}
	})
}
