package widget_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// growing is a log that keeps its last lines only.
type growing struct {
	first int
	lines []string
}

func (g *growing) add(format string, args ...any) {
	g.lines = append(g.lines, fmt.Sprintf(format, args...))
}

// keep drops the oldest lines but for so many.
func (g *growing) keep(n int) { g.first = max(g.first, len(g.lines)-n) }

func (g *growing) Range() (first, end int) { return g.first, len(g.lines) }

func (g *growing) Line(n int) widget.Entry {
	if n < g.first || n >= len(g.lines) {
		panic(fmt.Sprintf("line %d is asked for; there are %d to %d", n, g.first, len(g.lines)))
	}
	return widget.Entry{Text: safe.Log(g.lines[n])}
}

func (g *growing) Plain(n int) string { return ansi.Strip(g.Line(n).Text.String()) }

func numbered(n int) *growing {
	g := &growing{}
	for i := range n {
		g.add("line %d", i+1)
	}
	return g
}

func pane(g *growing, w, h int) *widget.LogPane {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	look := theme.New(theme.None)
	look.Match = r.NewStyle().Reverse(true)
	p := widget.NewLogPane(look, g)
	p.SetSize(w, h)
	return p
}

func view(p *widget.LogPane) string {
	var lines []string
	for _, line := range p.View() {
		lines = append(lines, strings.TrimSpace(ansi.Strip(line)))
	}
	return strings.Join(lines, "|")
}

func shows(t *testing.T, p *widget.LogPane, want string) {
	t.Helper()
	if got := view(p); got != want {
		t.Errorf("shows %q, not %q", got, want)
	}
}

func TestLogPaneFollowsAndStays(t *testing.T) {
	g := numbered(9)
	p := pane(g, 20, 3)
	shows(t, p, "line 7|line 8|line 9")
	g.add("line 10")
	shows(t, p, "line 8|line 9|line 10")

	p.ScrollBy(-2)
	shows(t, p, "line 6|line 7|line 8")
	g.add("line 11")
	shows(t, p, "line 6|line 7|line 8")
	if p.New() != 1 || p.Following() || p.Held() {
		t.Errorf("%d new, following %t, held %t", p.New(), p.Following(), p.Held())
	}
	p.ScrollBy(99)
	if shows(t, p, "line 9|line 10|line 11"); !p.Following() || p.New() != 0 {
		t.Errorf("at the end it does not follow; %d new", p.New())
	}

	p.Hold()
	g.add("line 12")
	if shows(t, p, "line 9|line 10|line 11"); p.New() != 1 {
		t.Errorf("%d new lines", p.New())
	}
	p.ScrollBy(1)
	g.add("line 13")
	if shows(t, p, "line 10|line 11|line 12"); p.Following() {
		t.Error("a pane that is held follows again")
	}
	p.Follow()
	shows(t, p, "line 11|line 12|line 13")
	p.ToTop()
	shows(t, p, "line 1|line 2|line 3")
	if at, of := p.Position(); at != 1 || of != 13 {
		t.Errorf("line %d of %d", at, of)
	}
}

func TestLogPaneOldLinesGo(t *testing.T) {
	g := numbered(10)
	p := pane(g, 20, 3)
	p.ToTop()
	g.keep(5)
	shows(t, p, "line 6|line 7|line 8")
	g.keep(1)
	shows(t, p, "line 10||")
	g.keep(0)
	shows(t, p, "||")
	p.ScrollBy(-1)
	p.ScrollBy(1)
	p.ToTop()
	shows(t, p, "||")
}

func TestLogPaneWraps(t *testing.T) {
	g := &growing{}
	g.add("\x1b[31mabcdefghijklmnop\x1b[0m")
	g.add("end")
	p := pane(g, 12, 2)
	shows(t, p, "klmnop|end")
	p.ScrollBy(-1)
	if shows(t, p, "abcdefghij|klmnop"); !strings.HasSuffix(strings.TrimRight(p.View()[0], " "), "\x1b[0m") || !strings.Contains(p.View()[1], "\x1b[31mklmnop\x1b[0m") {
		t.Errorf("the colour does not end with the row, or does not go on in the next: %q", p.View())
	}
}

func TestLogPaneFinds(t *testing.T) {
	g := numbered(100)
	p := pane(g, 20, 5)
	if p.Find(1) {
		t.Error("finds nothing that was asked for")
	}
	p.Search("LINE 4") // only as it is written
	if p.Find(1) {
		t.Error("a capital letter does not count")
	}
	p.Search("line 4")
	var found []int
	for range 12 {
		if !p.Find(1) {
			t.Fatal("nothing is found")
		}
		found = append(found, p.Match())
		if !strings.Contains(view(p), fmt.Sprintf("▸ line %d", p.Match())) {
			t.Errorf("line %d is not marked: %s", p.Match(), view(p))
		}
	}
	if got := fmt.Sprint(found); got != "[4 40 41 42 43 44 45 46 47 48 49 4]" {
		t.Errorf("forwards: %s", got)
	}
	if p.Find(-1); p.Match() != 49 {
		t.Errorf("the one before the first is line %d", p.Match())
	}
	if frame := strings.Join(p.View(), "\n"); !strings.Contains(frame, "\x1b[7mline 4\x1b[0m9") {
		t.Errorf("the match is not highlighted: %q", frame)
	}
	p.Search("nowhere")
	if p.Find(1) || p.Match() != 0 {
		t.Error("finds what is not there")
	}
}

// TestLogPaneIsAWindow holds a pane that is moved at random against the rows of
// all lines.
func TestLogPaneIsAWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		g := numbered(1 + r.IntN(30))
		for i := range g.lines {
			g.lines[i] += strings.Repeat("x", r.IntN(40))
		}
		w, h := 10+r.IntN(20), 1+r.IntN(8)
		p := pane(g, w, h)
		var all []string
		for _, line := range g.lines {
			all = append(all, widget.Wrap(line, w-2)...)
		}
		most := max(0, len(all)-h)
		at := most
		for range 30 {
			n := r.IntN(2*h+1) - h
			p.ScrollBy(n)
			at = max(0, min(at+n, most))
			want := append(append([]string(nil), all[at:min(at+h, len(all))]...), make([]string, h)...)[:h]
			if got := view(p); got != strings.Join(want, "|") {
				t.Fatalf("after %d, at %d of %d: %q, not %q", n, at, len(all), got, strings.Join(want, "|"))
			}
		}
	}
}

func FuzzWrap(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31mred \x1b[1mbold\x1b[0m", "日本語のテキスト", "👩‍💻👩‍💻👩‍💻", "e\u0301\u0301\u0301", "\x1b[38;5;1m\x1b[48;2;1;2;3m" + strings.Repeat("x\x1b[4m", 90), "a\nb\n"} {
		f.Add(s, 7)
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		w = 1 + abs(w)%100
		text := safe.Log(s).String()
		rows := widget.Wrap(text, w)
		joined := ""
		for _, row := range rows {
			if n := ansi.StringWidth(row); n > w {
				t.Fatalf("a row of %d cells in %d: %q", n, w, row)
			}
			if strings.Contains(row, "\n") {
				t.Fatalf("a row with a line break: %q", row)
			}
			if i := strings.LastIndexByte(row, '\x1b'); i >= 0 && !strings.HasPrefix(row[i:], "\x1b[0m") && !strings.HasPrefix(row[i:], "\x1b[m") {
				t.Fatalf("a row that ends with a colour: %q", row)
			}
			joined += ansi.Strip(row)
		}
		if plain := strings.ReplaceAll(ansi.Strip(text), "\n", ""); w > 8 && joined != plain {
			t.Fatalf("%q became %q", plain, joined)
		}
	})
}

func abs(n int) int { return max(n, -max(n, -1<<62)) }
