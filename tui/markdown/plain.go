package markdown

import (
	"regexp"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/theme"
)

// Plain draws a text that is no Markdown in lines of at most width cells: its
// lines stay, and those that are too long are wrapped at words under their own
// indentation. Lines that were typed in a shell, or are indented as code is,
// are drawn like code in Render, other signs mean nothing. What Render says of
// the size and of controls holds here too.
func Plain(source string, width int, t *theme.Theme) []string {
	source, note := Limit(source)
	p := plain{width: width, inks: newInks(t)}
	for line := range strings.SplitSeq(strings.Trim(safe.Block(source).String(), "\n"), "\n") {
		p.line(strings.TrimRight(line, " "))
	}
	if len(p.lines) == 1 && p.lines[0] == "" {
		p.lines = nil
	}
	return p.inks.note(p.lines, note, width)
}

type plain struct {
	width int
	inks  *inks
	lines []string
}

// typed is a line with a shell's prompt, or indented by four.
var typed = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?: {4}|\s*(?:[$#] |\[[^\[\]\s]+@[^\[\]]{1,80}\][#$%]|[\w.-]{1,40}@[\w.-]{1,80}:[^\s#$]{0,80}[#$%] |(?:ba)?sh-[\d.]{1,9}[#$%] ))`)
})

// line draws one clean line.
func (p *plain) line(s string) {
	var text flow.Text
	if typed().MatchString(s) {
		text.Add(p.inks.of(code), safe.Block(s))
		p.lines = text.Lines(p.lines, flow.Margin{Rest: p.inks.continued()}, p.width, flow.Anywhere)
		return
	}
	hang := hanging(s)
	cells := ansi.StringWidth(s[:hang])
	if cells > p.width/2 {
		hang, cells = 0, 0
	}
	addLinked(&text, safe.Block(s[hang:]), p.inks.of(0), p.inks.of(link))
	p.lines = text.Lines(p.lines, flow.Margin{First: s[:hang], Rest: strings.Repeat(" ", cells)}, p.width, flow.Words)
}

// hanging is the size of a line's indentation and of the sign of a list's item.
func hanging(s string) int {
	indent := len(s) - len(strings.TrimLeft(s, " "))
	rest := s[indent:]
	mark := 0
	switch {
	case strings.HasPrefix(rest, "•"):
		mark = len("•")
	case rest != "" && strings.ContainsRune("-*+>", rune(rest[0])):
		mark = 1
	default:
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits > 0 && digits < 4 && digits < len(rest) && (rest[digits] == '.' || rest[digits] == ')') {
			mark = digits + 1
		}
	}
	after := rest[mark:]
	spaces := len(after) - len(strings.TrimLeft(after, " "))
	if mark == 0 || spaces == 0 {
		return indent
	}
	return indent + mark + spaces
}
