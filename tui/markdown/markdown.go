// Package markdown draws what people wrote to trackers: GitHub's Markdown, and
// the plain texts of Mantis. It parses with goldmark and draws the tree itself:
// glamour takes 13 ms of every start of every command, goldmark's parser half a
// millisecond (its extensions another, so tables and struck text are parsed
// here). Signs that mean something stay where a style says the same, for
// terminals without colours and for readers by ear.
//
// Texts are hostile. Everything that is drawn went through tracker/safe after
// it was parsed, for what is written as an entity is no control character
// before. The work is bounded in the size and the nesting of a text. It imports
// tracker/safe and tui/theme, and nothing else of this program.
package markdown

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/theme"
)

// maxSource is how much of a text is drawn, in bytes. GitHub takes 65,536
// characters.
const maxSource = 256 << 10

// Render draws GitHub-flavoured Markdown in lines of at most width cells. As on
// GitHub's issues, a line break is one. Code is wrapped where the line is full,
// and the rest of it marked. Of a text beyond 256 KiB the last line tells how
// much is not shown. The lines hold no control character but SGR.
func Render(source string, width int, t *theme.Theme) []string {
	source, note := Limit(source)
	r := &renderer{source: []byte(source), width: width, inks: newInks(t)}
	doc := parse().Parse(text.NewReader(r.source))
	r.blocks(doc, false)
	return r.inks.note(r.lines, note, width)
}

// Limit cuts a text that is too long to be drawn, at a line break if there is
// one near. The note says in a sentence how much is not shown, "" if all is.
func Limit(source string) (kept, note string) {
	if len(source) <= maxSource {
		return source, ""
	}
	kept = strings.ToValidUTF8(source[:maxSource], "")
	if i := strings.LastIndexByte(kept, '\n'); i > maxSource-maxSource/16 {
		kept = kept[:i]
	}
	return kept, fmt.Sprintf("(The rest of this text, %d KiB, is not shown.)", (len(source)-len(kept)+1023)/1024)
}

// note adds what Limit noted.
func (k *inks) note(lines []string, note string, width int) []string {
	if note == "" {
		return lines
	}
	var text flow.Text
	text.Add(k.of(faint), safe.Line(note))
	return text.Lines(lines, flow.Margin{}, width, flow.Words)
}

// look is how a stretch of text looks, taken together.
type look uint8

const (
	code look = 1 << iota
	link
	heading
	strong
	struck
	quoted
	faint
)

// inks are the looks of a theme, made when first needed.
type inks struct {
	theme *theme.Theme
	made  map[look]flow.Ink
}

func newInks(t *theme.Theme) *inks { return &inks{theme: t, made: map[look]flow.Ink{}} }

// of is the ink of a look; of two that colour, the first one does.
func (k *inks) of(l look) flow.Ink {
	ink, ok := k.made[l]
	if ok {
		return ink
	}
	t := k.theme
	style := t.Text
	for i, s := range [...]lipgloss.Style{t.Code, t.Link, t.Title, t.Bold, t.Faint, t.Quote, t.Faint} {
		if l&(1<<i) != 0 {
			style = style.Inherit(s)
		}
	}
	ink = flow.Of(style)
	k.made[l] = ink
	return ink
}

// renderer draws the blocks of a document.
type renderer struct {
	source  []byte
	width   int
	inks    *inks
	lines   []string
	margins []margin
	look    look // of all text here: that of a quote
	gap     bool // a blank line is due before the next one
}

// margin is what a block puts before its lines.
type margin struct {
	flow.Margin
	begun bool
}

// in draws something within a margin.
func (r *renderer) in(m flow.Margin, draw func()) {
	r.margins = append(r.margins, margin{Margin: m})
	draw()
	last := len(r.margins) - 1
	if m.First != "" && m.First != m.Rest && !r.margins[last].begun {
		r.put(&flow.Text{}, flow.Margin{}, flow.Words) // an item without text
	}
	r.margins = r.margins[:last]
}

// put draws text within all margins, and one of its own.
func (r *renderer) put(t *flow.Text, own flow.Margin, wrap flow.Wrap) {
	m := r.margin()
	r.lines = t.Lines(r.lines, flow.Margin{First: m.First + own.First, Rest: m.Rest + own.Rest}, r.width, wrap)
}

// putLine draws a line that is laid out already, to fit in room.
func (r *renderer) putLine(line string) {
	r.lines = append(r.lines, strings.TrimRight(r.margin().First+line, " "))
}

// margin is all margins together, for what is drawn now.
func (r *renderer) margin() flow.Margin {
	r.space()
	var first, rest strings.Builder
	for i := range r.margins {
		m := &r.margins[i]
		if m.begun {
			first.WriteString(m.Rest)
		} else {
			first.WriteString(m.First)
		}
		rest.WriteString(m.Rest)
		m.begun = true
	}
	return flow.Margin{First: first.String(), Rest: rest.String()}
}

// room is how many cells the margins leave.
func (r *renderer) room() int {
	room := r.width
	for _, m := range r.margins {
		room -= ansi.StringWidth(m.Rest)
	}
	return room
}

// space draws the blank line that is due.
func (r *renderer) space() {
	if r.gap && len(r.lines) > 0 {
		var blank strings.Builder
		for _, m := range r.margins {
			if m.begun {
				blank.WriteString(m.Rest)
			}
		}
		var none flow.Text
		r.lines = none.Lines(r.lines, flow.Margin{First: blank.String()}, r.width, flow.Words)
	}
	r.gap = false
}

// blocks draws the children of a block.
func (r *renderer) blocks(parent ast.Node, tight bool) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n != parent.FirstChild() && !tight {
			r.gap = true
		}
		r.block(n)
	}
}
