package widget

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/theme"
)

// What runs is read by a person before it does, so what is shown must be what
// is there: safe drops what cannot be seen, here it is shown as an escape, in
// reverse. What can be seen but may pass for something else (all that is not
// ASCII) stands out and is counted.

// Piece is a part of a line in one ink.
type Piece struct {
	Text safe.Text
	Ink  flow.Ink
}

// Inks are what such texts are drawn in; a style is asked for once and not for
// each word.
type Inks struct {
	Text, Faint, Key, Title flow.Ink
	Hidden, Foreign         flow.Ink
	Cursor, OnHidden        flow.Ink // the cursor, and where that is on an escape
}

// InksOf are the inks of a theme.
func InksOf(t *theme.Theme) *Inks {
	return &Inks{Text: flow.Of(t.Text), Faint: flow.Of(t.Faint), Key: flow.Of(t.Code), Title: flow.Of(t.Title),
		Hidden: flow.Of(t.Match), Foreign: flow.Of(t.Warn.Bold(true)), Cursor: flow.Of(t.Cursor), OnHidden: flow.Of(t.Bold)}
}

// tabStop is the distance of the columns that tabs lead to.
const tabStop = 8

// Revealer shows lines as they are, and counts what is odd in them.
type Revealer struct {
	*Inks
	// unseens and foreigns are how often a character came that cannot be seen,
	// and one that can but is not ASCII.
	unseens, foreigns map[rune]int
	broken            int // bytes that are not UTF-8
}

// NewRevealer makes one that has counted nothing yet.
func NewRevealer(i *Inks) *Revealer {
	return &Revealer{Inks: i, unseens: map[rune]int{}, foreigns: map[rune]int{}}
}

// Odd is how many characters are not what they seem.
func (v *Revealer) Odd() int { return total(v.unseens) + total(v.foreigns) + v.broken }

// Line shows one line, or the part of one that begins in a column.
func (v *Revealer) Line(raw string, ink flow.Ink, column int) []Piece {
	var list []Piece
	add := func(text string, ink flow.Ink) {
		p := Piece{safe.Block(text), ink}
		list = append(list, p)
		if Plain(text) == len(text) {
			column += len(text)
		} else {
			column += p.Text.Width()
		}
	}
	for raw != "" {
		if n := Plain(raw); n > 0 {
			add(raw[:n], ink)
			raw = raw[n:]
			continue
		}
		if raw[0] == '\t' {
			add("→"+strings.Repeat(" ", tabStop-1-column%tabStop), v.Faint)
			raw = raw[1:]
			continue
		}
		if n := v.seen(raw); n > 0 {
			add(raw[:n], v.Foreign)
			raw = raw[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(raw)
		if r == utf8.RuneError && size == 1 {
			v.broken++
			add(fmt.Sprintf(`\x%02x`, raw[0]), v.Hidden)
		} else {
			v.unseens[r]++
			add(escape(r), v.Hidden)
		}
		raw = raw[size:]
	}
	return list
}

// Plain is the length of the ASCII text that s begins with.
func Plain(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return i
		}
	}
	return len(s)
}

// seen counts the other characters that s begins with and that show what they
// are, and gives their length. safe takes no more than some marks on a letter:
// what it would drop of a pile is not seen either.
func (v *Revealer) seen(s string) int {
	end, first := 0, true
	for i, r := range s {
		mark := unicode.In(r, unicode.Mn, unicode.Me)
		if r < utf8.RuneSelf || unseen(r) || mark && first {
			break
		}
		first = false
		end = i + utf8.RuneLen(r)
	}
	for end > 0 && safe.Block(s[:end]).String() != s[:end] {
		_, size := utf8.DecodeLastRuneInString(s[:end])
		end -= size
	}
	for _, r := range s[:end] {
		v.foreigns[r]++
	}
	return end
}

// unseen tells whether a character cannot be seen, or not be told from a space,
// or acts on a terminal.
func unseen(r rune) bool {
	const blank = '\u2800' // of Braille
	return r == utf8.RuneError || r == blank || !unicode.IsPrint(r) || safe.Block(string(r)).String() != string(r)
}

// escape is a character as bash and YAML write it.
func escape(r rune) string {
	if r > 0xffff {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// named is how many different characters a warning names.
const named = 6

// Warnings say what was odd in all lines, nothing if nothing was.
func (v *Revealer) Warnings() []string {
	var list []string
	if n := total(v.unseens) + v.broken; n > 0 {
		names := namesOf(v.unseens, escape)
		if v.broken > 0 {
			names = append(names, "bytes that are no text")
		}
		list = append(list, fmt.Sprintf("%s that cannot be seen, here as escapes in reverse: %s", Count(n, "character"), strings.Join(names, ", ")))
	}
	if n := total(v.foreigns); n > 0 {
		names := namesOf(v.foreigns, func(r rune) string {
			return fmt.Sprintf("%s %U %s", safe.Line(string(r)), r, scriptOf(r))
		})
		list = append(list, fmt.Sprintf("%s not of ASCII, which may pass for others: %s", Count(n, "character"), strings.Join(names, ", ")))
	}
	return list
}

func total(counts map[rune]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// namesOf names the most frequent characters.
func namesOf(counts map[rune]int, name func(rune) string) []string {
	runes := slices.SortedFunc(maps.Keys(counts), func(a, b rune) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var names []string
	for i, r := range runes {
		if i == named {
			return append(names, fmt.Sprintf("and %d more", len(runes)-named))
		}
		names = append(names, strings.TrimSpace(name(r)))
	}
	return names
}

// scriptOf is the script of a letter, "" for what belongs to none.
func scriptOf(r rune) string {
	for _, name := range slices.Sorted(maps.Keys(unicode.Scripts)) {
		if name != "Common" && name != "Inherited" && unicode.Is(unicode.Scripts[name], r) {
			return strings.ReplaceAll(name, "_", " ")
		}
	}
	return ""
}

// Render draws pieces as they are.
func Render(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.Ink.Paint(p.Text))
	}
	return b.String()
}

// Cells is the width of pieces.
func Cells(pieces []Piece) int {
	n := 0
	for _, p := range pieces {
		n += p.Text.Width()
	}
	return n
}
