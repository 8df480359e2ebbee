package widget_test

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// pagerOf is a pager in colours, whatever the test writes to.
func pagerOf(w, h int, lines ...string) *widget.Pager {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	t := theme.New(theme.Dark)
	t.Match = t.Match.Renderer(r)
	p := widget.NewPager(t)
	p.Resize(w, h)
	p.SetLines(lines)
	return p
}

// numbers are lines "line 1" to "line n".
func numbers(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d", i+1)
	}
	return lines
}

func TestPagerScrolls(t *testing.T) {
	p := pagerOf(8, 3, numbers(10)...)
	for _, c := range []struct {
		name     string
		do       func()
		position string
		first    string
	}{
		{"begins at the top", func() {}, "1–3 of 10", "line 1"},
		{"down", func() { p.ScrollBy(1) }, "2–4 of 10", "line 2"},
		{"up, and no further", func() { p.ScrollBy(-5) }, "1–3 of 10", "line 1"},
		{"a page", func() { p.ScrollBy(p.Page()) }, "3–5 of 10", "line 3"},
		{"the end", p.Bottom, "8–10 of 10", "line 8"},
		{"down, and no further", func() { p.ScrollBy(100) }, "8–10 of 10", "line 8"},
		{"to a line", func() { p.To(4) }, "5–7 of 10", "line 5"},
		{"to a line near the end", func() { p.To(9) }, "8–10 of 10", "line 8"},
		{"taller", func() { p.Resize(8, 5) }, "6–10 of 10", "line 6"},
		{"the top", p.Top, "1–5 of 10", "line 1"},
		{"taller than the text", func() { p.Resize(8, 12) }, "All", "line 1"},
		{"fewer lines", func() { p.Resize(8, 3); p.Bottom(); p.SetLines(numbers(4)) }, "2–4 of 4", "line 2"},
		{"no lines", func() { p.SetLines(nil) }, "All", ""},
	} {
		c.do()
		if got := strings.TrimSpace(p.View()[0]); p.Position() != c.position || got != c.first {
			t.Errorf("%s: %q begins with %q, want %q with %q", c.name, p.Position(), got, c.position, c.first)
		}
	}
}

func TestPagerViewFits(t *testing.T) {
	lines := []string{"short", strings.Repeat("long ", 100), "日本語日本語", "👩\u200d💻👩\u200d💻", "e\u0301", "שלום", "\x1b[1;31mcolour\x1b[0m " + strings.Repeat("x", 50), ""}
	for w := range 25 {
		for h := range 12 {
			p := pagerOf(w, h, lines...)
			for _, term := range []string{"", "o", "本", "👩", "x"} {
				p.Search(term)
				view := p.View()
				if len(view) != h {
					t.Fatalf("%d lines, not %d", len(view), h)
				}
				for _, line := range view {
					if got := ansi.StringWidth(line); got != w {
						t.Fatalf("search %q: %d cells, not %d: %q", term, got, w, line)
					}
					if clean := safe.Log(line).String(); clean != line {
						t.Fatalf("search %q: %q is not safe", term, line)
					}
				}
			}
		}
	}
	p := pagerOf(-1, -1, lines...)
	p.Search("o")
	if view := p.View(); len(view) != 0 {
		t.Errorf("a pane without room has %q", view)
	}
}

// What was at the top stays there when the text is wrapped anew.
func TestPagerKeepsItsPlace(t *testing.T) {
	var words []string
	for i := range 400 {
		words = append(words, fmt.Sprintf("w%03d", i))
	}
	wrapped := func(w int) []string {
		return strings.Split(ansi.Wordwrap(strings.Join(words, " "), w, ""), "\n")
	}
	p := pagerOf(80, 3, wrapped(80)...)
	p.To(13) // 16 words a line
	if got := p.View()[0][:4]; got != "w208" {
		t.Fatalf("begins with %q", got)
	}
	for _, w := range []int{39, 120, 17, 93, 80} {
		p.Resize(w, 3)
		p.SetLines(wrapped(w))
		if view := p.View()[0]; !strings.Contains(view, "w208") {
			t.Errorf("at %d cells it begins with %q", w, view)
		}
	}
	before := p.Line()
	if before != 13 {
		t.Errorf("line 13 became %d", before)
	}
	p.SetLines(append(wrapped(80), "", "more"))
	if p.Line() != before {
		t.Errorf("more lines at the end moved line %d to %d", before, p.Line())
	}
}

func TestPagerFinds(t *testing.T) {
	p := pagerOf(20, 2, "Alpha", "beta", "\x1b[1malp\x1b[0m\x1b[31mHA alpha\x1b[0m x", "gamma", "delta", "ALPHA")
	at := func(want, of, line int) {
		t.Helper()
		if i, n := p.Matches(); i != want || n != of || p.Line() != line {
			t.Errorf("match %d of %d from line %d, want %d of %d from line %d", i, n, p.Line(), want, of, line)
		}
	}
	if !p.Search("aLpHa") {
		t.Fatal("nothing was found")
	}
	at(1, 4, 0)
	p.Next()
	at(2, 4, 2)
	if got := p.View()[0]; !strings.HasPrefix(got, "\x1b[1;7malpHA\x1b[0m") || !strings.Contains(got, "\x1b[7malpha\x1b[0m") {
		t.Errorf("drawn as %q", got)
	}
	p.Next()
	at(3, 4, 2)
	p.Next()
	at(4, 4, 4)
	p.Next()
	at(1, 4, 0)
	p.Prev()
	at(4, 4, 4)
	p.To(1)
	p.Search("alpha")
	at(2, 4, 1) // it was in sight
	if p.Search("nowhere") || p.Next() || p.Prev() {
		t.Error("found what is not there")
	}
	at(0, 0, 1)
	p.SetLines([]string{"a", "nowhere", "b", "c"})
	at(0, 1, 1)
	p.Next()
	at(1, 1, 1)
	p.Search("")
	if view := strings.Join(p.View(), ""); strings.Contains(view, "\x1b") {
		t.Errorf("still marked: %q", view)
	}
	for _, term := range []string{".*", "(", "\\", "\xff", "[a-z]"} {
		if p.Search(term) {
			t.Errorf("%q was found", term)
		}
	}
	for term, line := range map[string]string{"ÄRGER": "ärger", "ж": "ЖЖ", "é": "É", "本": "日本"} {
		p.SetLines([]string{line})
		if !p.Search(term) {
			t.Errorf("%q was not found in %q", term, line)
		}
	}
}

// What a match covers is drawn in its style alone, and what is around it as
// before.
func TestPagerHighlights(t *testing.T) {
	p := pagerOf(9, 1, "\x1b[31mred\x1b[0m blue")
	p.Search("D B")
	got := regexp.MustCompile(`\x1b\[[0-9;]*m(\x1b\[0m)`).ReplaceAllString(p.View()[0], "$1") // styles of nothing
	if want := "\x1b[31mre\x1b[0m\x1b[1;7md b\x1b[0m\x1b[0mlue "; got != want {
		t.Errorf("drawn as %q, want %q", got, want)
	}
}

func BenchmarkPagerView(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			lines := numbers(n)
			for i := range lines {
				lines[i] = "\x1b[1m" + lines[i] + "\x1b[0m " + strings.Repeat("text ", 20)
			}
			p := pagerOf(120, 40, lines...)
			p.Search("line")
			for b.Loop() {
				p.ScrollBy(1)
				p.View()
			}
		})
	}
}
