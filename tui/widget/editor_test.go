package widget_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
	"github.com/almatriage/almatriage/tui/widget"
)

// editor edits a text in a size.
func editor(text string, w, h int) (*widget.Editor, error) {
	if err := widget.Editable(text); err != nil {
		return nil, err
	}
	e := widget.NewEditor(theme.New(theme.None), text)
	e.Resize(w, h)
	return e, nil
}

func TestEditorKeepsTextAsItIs(t *testing.T) {
	for _, text := range append(tuitest.Evil(), "", "\n", "a\n", "a\n\n\nb", "test: |\r\n\tx\r\n", strings.Join(tuitest.Evil(), " ")) {
		e, err := editor(text, 40, 5)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got := e.Text(); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestEditorKeys(t *testing.T) {
	for _, c := range []struct {
		name, text string
		keys       []string
		want       string
		place      [2]int
	}{
		{"typed", "ab", []string{"x", " ", "é"}, "x éab", [2]int{1, 4}},
		{"enter keeps the indentation", "  ab", []string{"end", "enter", "c"}, "  ab\n  c", [2]int{2, 4}},
		{"enter goes in after a block's key", "test: |", []string{"end", "enter", "c"}, "test: |\n  c", [2]int{2, 4}},
		{"and after a mapping's", "extra-almatriage:", []string{"end", "enter", "c"}, "extra-almatriage:\n  c", [2]int{2, 4}},
		{"but not after a value", "a: b", []string{"end", "enter", "c"}, "a: b\nc", [2]int{2, 2}},
		{"tab", "ab", []string{"tab"}, "  ab", [2]int{1, 3}},
		{"delete takes one character", "ab\ncd", []string{"right", "delete"}, "a\ncd", [2]int{1, 2}},
		{"and the line end at a line's end", "ab\ncd", []string{"end", "delete"}, "abcd", [2]int{1, 3}},
		{"ctrl+d is the same", "ab\ncd", []string{"right", "ctrl+d", "ctrl+d"}, "acd", [2]int{1, 2}},
		{"backspace joins lines", "ab\ncd", []string{"down", "home", "backspace"}, "abcd", [2]int{1, 3}},
		{"a tab is one character", "\tx", []string{"right", "backspace"}, "x", [2]int{1, 1}},
		{"no paste by itself", "a", []string{"ctrl+v"}, "a", [2]int{1, 1}},
	} {
		e, err := editor(c.text, 40, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range c.keys {
			if err := e.Key(tuitest.Key(key)); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if c.want == "" {
			continue
		}
		line, column := e.Place()
		if got := e.Text(); got != c.want || [2]int{line, column} != c.place {
			t.Errorf("%s: %q at %d:%d, want %q at %v", c.name, got, line, column, c.want, c.place)
		}
	}
}

func TestEditorPastesText(t *testing.T) {
	e, err := editor("ab", 40, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"up", "delete", "x\r\n\ty\rz"} { // two are names of keys
		if err := e.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}); err != nil {
			t.Fatal(err)
		}
	}
	if got := e.Text(); got != "updeletex\n\ty\nzab" {
		t.Errorf("pasted %q", got)
	}
	// What is too much is refused whole.
	err = e.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(strings.Repeat("\n", widget.EditLines)), Paste: true})
	if line, column := e.Place(); err == nil || e.Text() != "updeletex\n\ty\nzab" || line != 3 || column != 2 {
		t.Errorf("%v, %q at %d:%d", err, e.Text(), line, column)
	}
}

func TestEditorRefusesWhatItCannotHold(t *testing.T) {
	for _, text := range []string{strings.Repeat("\n", widget.EditLines), strings.Repeat("x", 70<<10), strings.Repeat("x", 5000), "\U000f0041"} {
		if _, err := editor(text, 40, 5); err == nil {
			t.Errorf("%.20q (%d bytes) is taken", text, len(text))
		}
	}
}

func TestEditorShowsTheCursor(t *testing.T) {
	text := strings.Repeat("0123456789", 10) + "\nshort\n\ta\u202eb"
	e, err := editor(text, 30, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line, column int
		want         string // the rows, the cursor between [ and ], other escapes between { and }
	}{
		{1, 1, " 1 [0]1234567890123456789012345›| 2 short"},
		{1, 27, " 1 ‹0123456789012345[6]78901234›| 2 ‹"},
		{1, 101, " 1 ‹4567890123456789[ ]| 2 ‹"},
		{3, 3, " 2 short| 3 →       a[\\u202e]b"},
		{2, 6, " 2 short[ ]| 3 →       a{\\u202e}b"},
		{3, 1, " 2 short| 3 [→       ]a{\\u202e}b"},
	} {
		e.GoTo(c.line, c.column)
		var rows []string
		for _, row := range e.View() {
			row = cursorAt.ReplaceAllString(row, "[$1$2]")
			row = escapeAt.ReplaceAllString(row, "{$1}")
			rows = append(rows, strings.TrimRight(ansi.Strip(row), " "))
		}
		if got := strings.Join(rows, "|"); got != c.want {
			t.Errorf("at %d:%d %q, want %q", c.line, c.column, got, c.want)
		}
	}
}

// The cursor is in reverse, and on an escape, which is so already, bold.
var (
	cursorAt = regexp.MustCompile(`\x1b\[7m([^\x1b\\]|→ *)\x1b\[0m|\x1b\[1m(\\u202e)\x1b\[0m`)
	escapeAt = regexp.MustCompile(`\x1b\[7m(\\u202e)\x1b\[0m`)
)

// TestEditorProperty: whatever is typed where, it is drawn in its size, and the
// cursor is in the text.
func TestEditorProperty(t *testing.T) {
	keys := []string{"left", "right", "up", "down", "home", "end", "enter", "backspace", "delete", "pgup", "pgdown", "ctrl+k", "ctrl+u", "ctrl+w", "tab", "alt+f", "alt+b", "alt+c", "ctrl+t"}
	evil, random := tuitest.Evil(), rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		w, h := 5+random.IntN(70), 1+random.IntN(12)
		e, err := editor(strings.Join(tuitest.Evil(), "\n"), w, h)
		if err != nil {
			t.Fatal(err)
		}
		for step := range 60 {
			if random.IntN(3) == 0 {
				err = e.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(evil[random.IntN(len(evil))]), Paste: true})
			} else {
				err = e.Key(tuitest.Key(keys[random.IntN(len(keys))]))
			}
			if err != nil && !strings.Contains(err.Error(), "private use") {
				t.Fatal(err)
			}
			tuitest.Contract(t, strings.Join(e.View(), "\n"), w, h)
			line, column := e.Place()
			lines := strings.Split(e.Text(), "\n")
			if line < 1 || line > len(lines) || column < 1 {
				t.Fatalf("round %d, step %d: the cursor is at %d:%d of %d lines", round, step, line, column, len(lines))
			}
		}
	}
}

func BenchmarkKey(b *testing.B) {
	for _, n := range []int{20, 100, widget.EditLines - 10} {
		text := tuitest.Gizmo + strings.Repeat("  gizmo add 2 2 # and so on\n", n)
		b.Run(fmt.Sprintf("%d lines, edit and draw", n), func(b *testing.B) {
			e, err := editor(text, 80, 24)
			if err != nil {
				b.Fatal(err)
			}
			e.GoTo(n, 1)
			for b.Loop() {
				for _, key := range []string{"x", "backspace"} {
					if err := e.Key(tuitest.Key(key)); err != nil {
						b.Fatal(err)
					}
					_ = widget.Lines(strings.Join(e.View(), "\n"))
				}
			}
		})
	}
}
