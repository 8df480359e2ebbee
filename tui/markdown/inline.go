package markdown

import (
	"bytes"
	"strconv"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
)

// inline gathers the text inside of a block, raw. It is cleaned in one piece
// for each look, so that no control sequence hides by coming in parts.
type inline struct {
	source []byte
	buf    []byte
	parts  []part
	look   look
	cell   bool   // of a table
	pre    bool   // inside of HTML's pre
	hrefs  []href // links of HTML that are open
	plain  bool   // HTML without a comment's end: none is searched again
}

// part is the text up to end, from where the last part ends.
type part struct {
	look look
	end  int
}

// href is where the text of a link begins, and where it leads.
type href struct {
	start int
	dest  []byte
}

// write adds raw text.
func (c *inline) write(s []byte) {
	c.buf = append(c.buf, s...)
	c.wrote()
}

// say adds a sign of the program's own.
func (c *inline) say(s string) {
	c.buf = append(c.buf, s...)
	c.wrote()
}

// wrote makes what was added a part.
func (c *inline) wrote() {
	if n := len(c.parts); n > 0 && c.parts[n-1].look == c.look {
		c.parts[n-1].end = len(c.buf)
		return
	}
	c.parts = append(c.parts, part{c.look, len(c.buf)})
}

// cut keeps the first n bytes.
func (c *inline) cut(n int) {
	c.buf = c.buf[:n]
	for i := range c.parts {
		c.parts[i].end = min(c.parts[i].end, n)
	}
}

// with adds what draw does in a further look.
func (c *inline) with(l look, draw func()) {
	before := c.look
	c.look |= l
	draw()
	c.look = before
}

// children adds the insides of a node.
func (c *inline) children(n ast.Node) {
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		c.node(child)
	}
}

func (c *inline) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		value := n.Segment.Value(c.source)
		if !n.IsRaw() {
			value = unescape(value, true)
		}
		c.write(value)
		if n.SoftLineBreak() || n.HardLineBreak() {
			c.say("\n")
		}
	case *ast.String:
		c.write(n.Value)
	case *ast.CodeSpan:
		c.with(code, func() { c.codeSpan(n) })
	case *ast.Emphasis:
		c.with(strong, func() { c.children(n) })
	case *east.Strikethrough:
		c.with(struck, func() {
			c.say("~~")
			c.children(n)
			c.say("~~")
		})
	case *ast.Link:
		c.link(unescape(n.Destination, true), func() { c.children(n) })
	case *ast.Image:
		c.image(unescape(n.Destination, true), func() { c.children(n) })
	case *ast.AutoLink:
		c.link(n.URL(c.source), func() { c.write(n.Label(c.source)) })
	case *ast.RawHTML:
		c.html(n.Segments.Value(c.source))
	default:
		c.children(n)
	}
}

// codeSpan keeps its backticks: without colours they tell what is code.
func (c *inline) codeSpan(n ast.Node) {
	c.say("`")
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		t, ok := child.(*ast.Text)
		if !ok {
			continue
		}
		value := bytes.ReplaceAll(t.Segment.Value(c.source), []byte("\n"), []byte(" "))
		if c.cell {
			value = bytes.ReplaceAll(value, []byte(`\|`), []byte("|"))
		}
		c.write(value)
	}
	c.say("`")
}

// link adds a link's text, and where it leads if the text is not that: the one
// may say something else than the other.
func (c *inline) link(dest []byte, text func()) {
	c.open(dest)
	c.with(c.linkLook(dest), text)
	c.close()
}

func (c *inline) open(dest []byte) { c.hrefs = append(c.hrefs, href{len(c.buf), dest}) }

// close ends the innermost link.
func (c *inline) close() {
	last := len(c.hrefs) - 1
	if last < 0 {
		return
	}
	h := c.hrefs[last]
	c.hrefs = c.hrefs[:last]
	c.destination(c.buf[h.start:], h.dest)
}

func (c *inline) destination(text, dest []byte) {
	text = bytes.TrimSpace(text)
	for _, prefix := range []string{"", "mailto:", "http://", "https://"} {
		if string(bytes.TrimPrefix(dest, []byte(prefix))) == string(text) {
			return
		}
	}
	if len(dest) == 0 {
		return
	}
	if n := len(c.buf); n > 0 && c.buf[n-1] != ' ' && c.buf[n-1] != '\n' {
		c.say(" ")
	}
	c.say("(")
	c.with(c.linkLook(dest), func() { c.write(dest) })
	c.say(")")
}

// linkLook is that of a link only for what can be opened.
func (c *inline) linkLook(dest []byte) look {
	if _, ok := safe.URL(string(dest)); ok {
		return link
	}
	return 0
}

func (c *inline) image(dest []byte, alt func()) {
	c.say("[image")
	before := len(c.buf)
	c.say(": ")
	alt()
	if len(c.buf) == before+len(": ") { // nothing to tell
		c.cut(before)
	}
	c.say("]")
	c.destination(nil, dest)
}

// text is what was gathered, clean; web addresses in it look like links.
func (c *inline) text(k *inks) *flow.Text {
	var t flow.Text
	start := 0
	for _, p := range c.parts {
		clean := safe.Block(string(c.buf[start:p.end]))
		start = p.end
		if p.look&(code|link) != 0 {
			t.Add(k.of(p.look), clean)
			continue
		}
		addLinked(&t, clean, k.of(p.look), k.of(p.look|link))
	}
	return &t
}

// addLinked adds a text with the web addresses in it in another ink.
func addLinked(t *flow.Text, text safe.Text, ink, linked flow.Ink) {
	s := text.String()
	at := 0
	for _, u := range findURLs(s) {
		t.Add(ink, safe.Block(s[at:u.start]))
		t.Add(linked, safe.Block(s[u.start:u.end]))
		at = u.end
	}
	if at == 0 {
		t.Add(ink, text)
		return
	}
	t.Add(ink, safe.Block(s[at:]))
}

// unescape resolves entities and, in Markdown, backslashes. What it returns may
// hold any character.
func unescape(s []byte, backslashes bool) []byte {
	if bytes.IndexByte(s, '&') < 0 && (!backslashes || bytes.IndexByte(s, '\\') < 0) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case backslashes && s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			out = append(out, s[i])
		case s[i] == '&':
			if value, size := entity(s[i:]); size > 0 {
				out = append(out, value...)
				i += size - 1
				continue
			}
			fallthrough
		default:
			out = append(out, s[i])
		}
	}
	return out
}

// entity reads the entity that s begins with; its size is 0 if there is none.
func entity(s []byte) (value []byte, size int) {
	const longest = 33 // &CounterClockwiseContourIntegral;
	end := bytes.IndexByte(s[:min(len(s), longest)], ';')
	if end < 2 {
		return nil, 0
	}
	name := string(s[1:end])
	if name[0] != '#' {
		e, ok := util.LookUpHTML5EntityByName(name)
		if !ok {
			return nil, 0
		}
		return e.Characters, end + 1
	}
	digits, base := name[1:], 10
	if digits != "" && (digits[0] == 'x' || digits[0] == 'X') {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || len(digits) > 7 {
		return nil, 0
	}
	return []byte(string(util.ToValidRune(rune(n)))), end + 1
}
