package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
)

func (r *renderer) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		r.heading(n)
	case *ast.Paragraph, *ast.TextBlock:
		r.paragraph(n)
	case *prose:
		r.prose(n)
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		r.code(n)
	case *ast.HTMLBlock:
		r.html(n)
	case *ast.Blockquote:
		r.quote(n)
	case *ast.List:
		r.list(n)
	case *ast.ThematicBreak:
		r.rule()
	case *east.Table:
		r.table(n)
	case *ast.LinkReferenceDefinition: // shown where it is used
	default:
		r.blocks(n, false)
	}
}

func (r *renderer) inline() *inline { return &inline{source: r.source, look: r.look} }

func (r *renderer) paragraph(n ast.Node) {
	c := r.inline()
	c.children(n)
	r.putInline(c, flow.Margin{})
}

// putInline draws what was gathered, if that is anything.
func (r *renderer) putInline(c *inline, own flow.Margin) {
	if text := c.text(r.inks); !text.Empty() {
		r.put(text, own, flow.Words)
	}
}

// heading keeps its signs: they tell its level.
func (r *renderer) heading(n *ast.Heading) {
	c := r.inline()
	c.look |= heading
	c.children(n)
	sign := strings.Repeat("#", n.Level) + " "
	r.putInline(c, flow.Margin{First: r.inks.of(heading).Paint(safe.Line(sign)), Rest: strings.Repeat(" ", len(sign))})
}

// prose is a paragraph as it was written.
func (r *renderer) prose(n ast.Node) {
	c := r.inline()
	c.write(n.Lines().Value(r.source))
	c.trimEnd()
	r.putInline(c, flow.Margin{})
}

func (r *renderer) code(n ast.Node) {
	text := strings.TrimRight(safe.Block(string(n.Lines().Value(r.source))).String(), "\n")
	for line := range strings.SplitSeq(text, "\n") {
		r.codeLine(safe.Block(line))
	}
}

// codeLine draws a line of code. It is wrapped where it is full, for nothing of
// it may go, and the rest is marked so that nobody takes it for another line.
func (r *renderer) codeLine(line safe.Text) {
	var text flow.Text
	text.Add(r.inks.of(code|r.look), line)
	r.put(&text, flow.Margin{First: "  ", Rest: r.inks.continued()}, flow.Anywhere)
}

// continued is the margin of a line that goes on with the one before.
func (k *inks) continued() string { return k.of(faint).Paint(safe.Line("↳")) + " " }

func (r *renderer) html(n *ast.HTMLBlock) {
	c := r.inline()
	source := n.Lines().Value(r.source)
	if n.HasClosure() {
		source = append(source, n.ClosureLine.Value(r.source)...)
	}
	c.html(source)
	c.trimEnd()
	r.putInline(c, flow.Margin{})
}

// trimEnd drops blanks and line breaks at the end.
func (c *inline) trimEnd() { c.cut(len(bytes.TrimRight(c.buf, " \t\r\n"))) }

func (r *renderer) quote(n ast.Node) {
	before := r.look
	r.look |= quoted
	bar := r.inks.of(quoted).Paint(safe.Line("│")) + " "
	r.in(flow.Margin{First: bar, Rest: bar}, func() { r.blocks(n, false) })
	r.look = before
}

func (r *renderer) list(n *ast.List) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		if item != n.FirstChild() && !n.IsTight {
			r.gap = true
		}
		mark, size := "• ", 2
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + string(n.Marker) + " "
			size = len(mark)
			number++
		}
		r.in(flow.Margin{First: mark, Rest: strings.Repeat(" ", size)}, func() { r.blocks(item, n.IsTight) })
	}
}

func (r *renderer) rule() {
	const longest = 20
	var line flow.Text
	line.Add(r.inks.of(faint), safe.Line(strings.Repeat("─", min(longest, max(r.width, 0)))))
	r.put(&line, flow.Margin{}, flow.Anywhere)
}
