package widget

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textarea"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/theme"
)

// The bounds of a text that is edited here: what the textarea takes for a key
// grows with the lines (measured: 0.1 ms for 20 of them, 2 ms for 1000, and ten
// times that on a busy machine). Recipes have a few dozen.
const (
	EditLines = 500
	editBytes = 64 << 10
	editLine  = 2000 // characters of a line
)

// Editor is a text that is edited in place. The textarea of bubbles holds it
// and knows the keys; it is drawn here, because the textarea draws all lines
// for each key, sends to the terminal what a recipe from elsewhere may hold,
// and cannot mark a line.
type Editor struct {
	inks  *Inks
	wrong flow.Ink // the number of a line with a problem
	area  textarea.Model
	w, h  int
	top   int // first line that is seen
	left  int // first cell of the lines that is seen
	// marks are the lines with a problem, counted from 1.
	marks map[int]bool
}

// Editable tells why a text cannot be edited in place, nil if it can.
func Editable(text string) error {
	lines := strings.Split(text, "\n")
	longest := 0
	for _, line := range lines {
		longest = max(longest, utf8.RuneCountInString(line))
	}
	switch {
	case len(lines) > EditLines:
		return fmt.Errorf("it has %d lines, and more than %d cannot be edited here", len(lines), EditLines)
	case len(text) > editBytes:
		return fmt.Errorf("it has %d KiB, and more than %d cannot be edited here", len(text)>>10, editBytes>>10)
	case longest > editLine:
		return fmt.Errorf("it has a line of %d characters, and more than %d cannot be edited here", longest, editLine)
	case strings.ContainsFunc(text, func(r rune) bool { return r >= veilFirst && r <= veilLast }):
		return fmt.Errorf("it holds characters for private use that cannot be edited here")
	}
	return nil
}

// NewEditor edits a text for which Editable gives nil.
func NewEditor(t *theme.Theme, text string) *Editor {
	area := textarea.New()
	area.MaxHeight, area.MaxWidth = 0, 0
	area.SetWidth(3 * editLine) // it never wraps: up and down go by lines
	area.ShowLineNumbers, area.Prompt = false, ""
	area.Cursor.SetMode(cursor.CursorStatic)
	// Terminals paste as text. The textarea's own way starts a program for it.
	area.KeyMap.Paste.SetEnabled(false)
	// Its word left never ends where only blanks are before the cursor.
	area.KeyMap.WordBackward.SetEnabled(false)
	area.Focus()
	area.SetValue(veil(text))
	e := &Editor{inks: InksOf(t), wrong: flow.Of(t.Error), area: area}
	e.GoTo(1, 1)
	return e
}

// Text is the text as it stands.
func (e *Editor) Text() string { return unveil(e.area.Value()) }

// Place is the line and column of the cursor, counted from 1.
func (e *Editor) Place() (line, column int) {
	info := e.area.LineInfo()
	return e.area.Line() + 1, info.StartColumn + info.ColumnOffset + 1
}

// GoTo sets the cursor; a place that is not there becomes the nearest.
func (e *Editor) GoTo(line, column int) {
	line = max(1, min(line, e.area.LineCount()))
	for e.area.Line() > line-1 {
		e.area.CursorUp()
	}
	for e.area.Line() < line-1 {
		e.area.CursorDown()
	}
	e.area.SetCursor(max(0, column-1))
	e.follow()
}

// insert puts a text where the cursor is; what is too long is refused.
func (e *Editor) insert(text string) error {
	value := e.area.Value()
	line, column := e.Place()
	e.area.InsertString(veil(text))
	if err := Editable(e.Text()); err != nil {
		e.area.SetValue(value)
		e.GoTo(line, column)
		return err
	}
	e.follow()
	return nil
}

// Key takes a key. An error tells why it was not taken.
func (e *Editor) Key(msg tea.KeyMsg) error {
	defer e.follow()
	switch name := msg.String(); {
	case (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) && !msg.Alt:
		// Not by the textarea: a paste of the word "up" would be the key.
		text := string(msg.Runes)
		text = strings.ReplaceAll(text, "\r\n", "\n")
		return e.insert(strings.ReplaceAll(text, "\r", "\n"))
	case name == "enter":
		return e.insert("\n" + e.indent())
	case name == "tab":
		return e.insert("  ")
	case name == "pgdown", name == "pgup":
		line, column := e.Place()
		by := max(1, e.h-1)
		if name == "pgup" {
			by = -by
		}
		e.GoTo(line+by, column)
	case name == "delete", name == "ctrl+d":
		// At the last character of a line the textarea also takes the line end.
		line, column := e.Place()
		if runes := []rune(e.lines()[line-1]); column == len(runes) {
			e.area.SetCursor(column)
			msg = tea.KeyMsg{Type: tea.KeyBackspace}
		}
		e.area, _ = e.area.Update(msg)
	case name == "alt+left", name == "alt+b":
		e.wordLeft()
	default:
		e.area, _ = e.area.Update(msg)
	}
	return nil
}

// wordLeft goes to the beginning of the word before the cursor, in an earlier
// line if there is none in this one.
func (e *Editor) wordLeft() {
	line, column := e.Place()
	lines := e.lines()
	before := []rune(lines[line-1])[:column-1]
	for line > 1 && strings.TrimSpace(string(before)) == "" {
		line--
		before = []rune(lines[line-1])
	}
	text := strings.TrimRightFunc(string(before), unicode.IsSpace)
	e.GoTo(line, utf8.RuneCountInString(text[:strings.LastIndexFunc(text, unicode.IsSpace)+1])+1)
}

// indent is what a new line begins with: as far in as the one before, further
// after what opens a block.
func (e *Editor) indent() string {
	line, column := e.Place()
	runes := []rune(unveil(e.lines()[line-1]))
	before := string(runes[:min(column-1, len(runes))])
	indent := before[:len(before)-len(strings.TrimLeft(before, " \t"))]
	if opens.MatchString(before) {
		indent += "  "
	}
	return indent
}

// opens is what the lines of a block or the keys of a mapping follow.
var opens = regexp.MustCompile(`^ *(?:- )?[\w-]+:(?: *[|>][-+]?)? *$`)

// lines are the lines as the textarea holds them.
func (e *Editor) lines() []string { return strings.Split(e.area.Value(), "\n") }

// Resize sets the size that it is drawn in.
func (e *Editor) Resize(w, h int) {
	e.w, e.h = w, h
	e.follow()
}

// gutter is the width of what stands before a line.
func (e *Editor) gutter() int { return len(fmt.Sprint(e.area.LineCount())) + 2 }

// follow keeps the cursor in sight.
func (e *Editor) follow() {
	line, column := e.Place()
	// No empty lines are shown while there are others above.
	e.top = max(0, min(e.top, line-1, e.area.LineCount()-e.h), line-e.h)
	runes := []rune(e.lines()[line-1])
	at := Cells(e.reveal(string(runes[:min(column-1, len(runes))]), 0))
	room := max(1, e.w-e.gutter()-1)
	const near = 8 // cells that stay in sight beyond the cursor, where there is room
	if at < e.left {
		e.left = 0
	}
	if at > e.left+room-1 {
		e.left = at - room + 1 + min(near, room/2)
	}
}

func (e *Editor) reveal(veiled string, column int) []Piece {
	return NewRevealer(e.inks).Line(unveil(veiled), e.inks.Text, column)
}

// View draws h lines of w cells.
func (e *Editor) View() []string {
	rows := make([]string, 0, e.h)
	lines := e.lines()
	at, column := e.Place()
	for i := e.top; i < len(lines) && len(rows) < e.h; i++ {
		number := fmt.Sprintf("%*d ", e.gutter()-2, i+1)
		mark, ink := " ", e.inks.Faint
		if e.marks[i+1] {
			mark, ink = "✗", e.wrong
		}
		pieces := e.reveal(lines[i], 0)
		if i == at-1 {
			pieces = e.withCursor(lines[i], column)
		}
		rows = append(rows, ink.Paint(safe.Line(mark+number))+e.cut(pieces))
	}
	return Lines(Frame(rows, e.w, e.h))
}

// withCursor is the line of the cursor.
func (e *Editor) withCursor(line string, column int) []Piece {
	runes := append([]rune(line), ' ')
	column = min(column-1, len(runes)-1)
	pieces := e.reveal(string(runes[:column]), 0)
	under := e.reveal(string(runes[column]), Cells(pieces))
	for i := range under {
		// On what is in reverse already the cursor is seen by not being so.
		if under[i].Ink == e.inks.Hidden {
			under[i].Ink = e.inks.OnHidden
		} else {
			under[i].Ink = e.inks.Cursor
		}
	}
	pieces = append(pieces, under...)
	if column == len(runes)-1 {
		return pieces
	}
	return append(pieces, e.reveal(string(runes[column+1:len(runes)-1]), Cells(pieces))...)
}

// cut is the part of a line that is seen; where it goes on a sign says so.
func (e *Editor) cut(pieces []Piece) string {
	line, width := Render(pieces), Cells(pieces)
	room := max(1, e.w-e.gutter())
	if e.left == 0 && width <= room {
		return line
	}
	seen := ansi.Cut(line, e.left, e.left+room)
	if e.left > 0 && width > 0 {
		seen = e.inks.Faint.Paint(safe.Line("‹")) + ansi.Cut(line, e.left+1, e.left+room)
	}
	if width > e.left+room {
		seen = Fit(ansi.Truncate(seen, room-1, ""), room-1) + e.inks.Faint.Paint(safe.Line("›"))
	}
	return seen
}

// The textarea drops control characters and turns tabs into spaces. So that a
// text comes back as it went in, such characters are veiled: they go in as
// characters for private use.
const (
	veilFirst   = rune(0xf0000)         // control characters
	veilBytes   = veilFirst + 0x100     // bytes that are no UTF-8
	veilReplace = veilBytes + 0x100     // the replacement character
	veilLast    = veilFirst + 0xfff - 1 // none beyond is used
)

// veil makes a text that the textarea keeps as it is.
func veil(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || r == utf8.RuneError }) {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(veilBytes + rune(s[0]))
		case r == utf8.RuneError:
			b.WriteRune(veilReplace)
		case r != '\n' && unicode.IsControl(r):
			b.WriteRune(veilFirst + r)
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// unveil gives back what was veiled.
func unveil(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= veilFirst && r <= veilLast }) {
		return s
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= veilFirst && r < veilBytes:
			out = utf8.AppendRune(out, r-veilFirst)
		case r >= veilBytes && r < veilReplace:
			out = append(out, byte(r-veilBytes))
		case r == veilReplace:
			out = utf8.AppendRune(out, utf8.RuneError)
		default:
			out = utf8.AppendRune(out, r)
		}
	}
	return string(out)
}

// MarkLines sets the lines that have a problem.
func (e *Editor) MarkLines(lines []int) {
	e.marks = map[int]bool{}
	for _, line := range lines {
		e.marks[line] = true
	}
}
