package safe

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	ellipsis = "…"
	reset    = "\x1b[0m"
	tabStop  = 8
	// marksMax bounds the marks that are piled onto one letter; no script
	// needs as many.
	marksMax = 8
)

// mode is what the three doors do differently.
type mode struct {
	oneLine bool // line breaks and tabs become spaces
	colour  bool // SGR is kept, carriage returns write over the line
	max     int  // bytes of a line, 0: any
}

func (m mode) limit() int { return m.max - len(ellipsis) - len(reset) }

// scrub cleans s. What it returns holds no control character but line breaks
// and, in colour, SGR; scrubbing it again changes nothing.
func scrub(s string, m mode) string {
	if m.plain(s) {
		return s
	}
	w := writer{mode: m, buf: make([]byte, 0, len(s))}
	for len(s) > 0 {
		if n := sequence(s); n > 0 {
			w.style(s[:n])
			s = s[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		w.char(r, s)
	}
	w.endLine()
	return string(w.buf)
}

// plain tells whether there is nothing to clean, as in most texts.
func (m mode) plain(s string) bool {
	if m.max > 0 && len(s) > m.limit() {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < ' ' || c > '~') && (c != '\n' || m.oneLine) {
			return false
		}
	}
	return true
}

// writer builds the clean text.
type writer struct {
	mode
	buf     []byte
	start   int  // of the current line
	tabbed  int  // where the last tab of the line ended
	prev    rune // last one written to the line
	marks   int  // combining marks at the end of the line
	full    bool // the line reached its bound
	open    bool // a colour is set
	returns bool // a carriage return came, nothing after it yet
}

// char takes the next character; rest is what follows it.
func (w *writer) char(r rune, rest string) {
	switch {
	case r == '\r':
		w.carriageReturn(rest)
	case lineBreak(r):
		w.newLine()
	case r == '\t' && w.oneLine:
		w.put(' ')
	case r == '\t':
		w.tab()
	case control(r), hidden(r) && !w.joins(r, rest):
	default:
		w.put(r)
	}
}

// carriageReturn: before a line break it is part of it. In a log it starts the
// line anew, elsewhere it would hide what was written, so the line ends.
func (w *writer) carriageReturn(rest string) {
	switch {
	case strings.HasPrefix(rest, "\n"):
	case w.colour:
		w.returns = true
	default:
		w.newLine()
	}
}

// joins tells whether a character that cannot be seen holds an emoji together.
func (w *writer) joins(r rune, rest string) bool {
	switch r {
	case '\ufe0f':
		return picture(w.prev)
	case joiner:
		next, _ := utf8.DecodeRuneInString(rest)
		return emojiPart(w.prev) && picture(next) && oneCluster(w.prev, next)
	}
	return false
}

func (w *writer) put(r rune) {
	w.overwrite()
	if w.full {
		return
	}
	if !unicode.In(r, unicode.Mn, unicode.Me) {
		w.marks = 0
	} else if w.marks++; w.marks > marksMax {
		return
	}
	if w.max > 0 && len(w.buf)-w.start+utf8.RuneLen(r) > w.limit() {
		w.full = true
		w.buf = append(w.buf[:w.start+len(trimJoiner(w.buf[w.start:]))], ellipsis...)
		return
	}
	w.buf = utf8.AppendRune(w.buf, r)
	w.prev = r
}

// trimJoiner cuts a joiner that has lost what it joins to.
func trimJoiner(b []byte) []byte {
	if r, size := utf8.DecodeLastRune(b); r == joiner {
		return b[:len(b)-size]
	}
	return b
}

func (w *writer) tab() {
	w.overwrite()
	width := ansi.StringWidth(string(w.buf[w.tabbed:]))
	for range tabStop - width%tabStop {
		w.put(' ')
	}
	w.tabbed = len(w.buf)
}

// style keeps a sequence that sets colours, if colours are kept.
func (w *writer) style(seq string) {
	if !w.colour || !sgr(seq) {
		return
	}
	w.overwrite()
	if w.full || len(w.buf)-w.start+len(seq) > w.limit() {
		return
	}
	w.buf = append(w.buf, seq...)
	w.open = seq != reset
}

// overwrite drops what a carriage return went back over.
func (w *writer) overwrite() {
	if w.returns {
		w.beginLine(w.start)
	}
}

func (w *writer) newLine() {
	if w.oneLine {
		w.put(' ')
		return
	}
	w.endLine()
	w.buf = append(w.buf, '\n')
	w.beginLine(len(w.buf))
}

func (w *writer) endLine() {
	if w.open {
		w.buf = append(w.buf, reset...)
	}
}

func (w *writer) beginLine(at int) {
	*w = writer{mode: w.mode, buf: w.buf[:at], start: at, tabbed: at}
}
