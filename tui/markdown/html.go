package markdown

import (
	"bytes"
	"strings"
)

// maxTag is how long a tag may be, in bytes. What is longer is text.
const maxTag = 4 << 10

// html adds raw HTML as its text: without tags and comments, images and links
// as those of Markdown.
func (c *inline) html(s []byte) {
	for len(s) > 0 {
		i := bytes.IndexByte(s, '<')
		if i < 0 {
			c.htmlText(s)
			return
		}
		c.htmlText(s[:i])
		s = s[i:]
		n := c.markup(s)
		if n == 0 { // only a character
			c.say("<")
			n = 1
		}
		s = s[n:]
	}
}

// htmlText adds text between tags. Its line breaks count, its indentation and
// its empty lines do not.
func (c *inline) htmlText(s []byte) {
	s = unescape(s, false)
	if c.pre {
		if c.atStart() {
			s = bytes.TrimPrefix(s, []byte("\n")) // that of the tag
		}
		c.write(s)
		return
	}
	for i, line := range bytes.Split(s, []byte("\n")) {
		if i > 0 {
			c.newLine()
		}
		if c.atStart() {
			line = bytes.TrimLeft(line, " \t\r")
		}
		c.write(line)
	}
}

func (c *inline) atStart() bool { return len(c.buf) == 0 || c.buf[len(c.buf)-1] == '\n' }

func (c *inline) newLine() {
	if !c.atStart() {
		c.say("\n")
	}
}

// markup takes the comment or the tag that s begins with, and returns its size,
// 0 if it is neither.
func (c *inline) markup(s []byte) int {
	if bytes.HasPrefix(s, []byte("<!--")) {
		const opening, closing = 4, 3
		if c.plain {
			return 0
		}
		end := bytes.Index(s[opening:], []byte("-->"))
		if c.plain = end < 0; c.plain {
			return 0 // nothing that is written is hidden by what is not
		}
		return opening + end + closing
	}
	t, size := readTag(s)
	if size > 0 {
		c.tag(t)
	}
	return size
}

// tag does what a tag means for the text.
func (c *inline) tag(t tag) {
	switch t.name {
	case "br", "p", "div", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "details", "summary", "ul", "ol", "dl", "dt", "dd", "table", "blockquote", "hr":
		c.newLine()
	case "pre":
		c.newLine()
		c.pre = !t.closing
	case "td", "th":
		if !c.atStart() && !t.closing {
			c.say(" ")
		}
	case "li":
		if c.newLine(); !t.closing {
			c.say("• ")
		}
	case "img":
		c.image(t.attributes["src"], func() { c.write(t.attributes["alt"]) })
	case "a":
		if t.closing {
			c.close()
		} else {
			c.open(t.attributes["href"])
		}
	}
}

// tag is a tag of HTML. Attributes are those that have a meaning here.
type tag struct {
	name       string
	closing    bool
	attributes map[string][]byte
}

// readTag reads the tag that s begins with; its size is 0 if there is none.
func readTag(s []byte) (t tag, size int) {
	s = s[:min(len(s), maxTag)]
	i := 1
	if i < len(s) && s[i] == '/' {
		t.closing = true
		i++
	}
	if !t.closing && i < len(s) && (s[i] == '!' || s[i] == '?') { // a declaration
		return t, bytes.IndexByte(s, '>') + 1
	}
	start := i
	for i < len(s) && nameByte(s[i]) {
		i++
	}
	if i == start || !letter(s[start]) {
		return t, 0
	}
	t.name = strings.ToLower(string(s[start:i]))
	for i < len(s) && s[i] != '>' && s[i] != '<' {
		i = t.attribute(s, i)
	}
	if i >= len(s) || s[i] != '>' {
		return t, 0
	}
	return t, i + 1
}

// attribute reads what stands in a tag at i, and returns where it goes on.
func (t *tag) attribute(s []byte, i int) int {
	start := i
	for i < len(s) && nameByte(s[i]) {
		i++
	}
	if i == start {
		return i + 1
	}
	name := strings.ToLower(string(s[start:i]))
	if i >= len(s) || s[i] != '=' {
		return i
	}
	if i++; i >= len(s) {
		return i
	}
	start = i
	if quote := s[i]; quote == '"' || quote == '\'' {
		start++
		end := bytes.IndexByte(s[start:], quote)
		if end < 0 {
			return len(s)
		}
		i = start + end
	} else if i = bytes.IndexAny(s[start:], " \t\r\n>") + start; i < start {
		return len(s)
	}
	if name == "href" || name == "src" || name == "alt" {
		if t.attributes == nil {
			t.attributes = map[string][]byte{}
		}
		t.attributes[name] = unescape(s[start:i], false)
	}
	if s[i] != '>' {
		i++
	}
	return i
}

func letter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

func nameByte(b byte) bool {
	return letter(b) || b >= '0' && b <= '9' || b == '-' || b == '_' || b == ':'
}
