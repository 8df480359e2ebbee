package catalogue

import (
	"strings"
	"unsafe"
)

// pageSize is how much text is kept together. Pages are never changed, only
// added to: what was handed out stays.
const pageSize = 1 << 20

// longest is how much of an id or a title is kept: more is never seen.
const longest = 1 << 10

// arena holds the ids and titles of all reports, and both in lower case for
// searching.
type arena struct{ pages [][]byte }

// span is where a report's texts are: id, title, and the two in lower case,
// one after the other.
type span struct {
	page      uint32
	at        uint32
	id, title uint16
	lower     uint16
}

// add writes a report's texts.
func (a *arena) add(id, title string) span {
	id, title = cut(id), cut(title)
	lower := strings.ToLower(id + "\n" + title)
	if len(lower) > 4*longest {
		lower = lower[:4*longest]
	}
	need := len(id) + len(title) + len(lower)
	if n := len(a.pages); n == 0 || len(a.pages[n-1])+need > pageSize {
		a.pages = append(a.pages, make([]byte, 0, pageSize))
	}
	last := len(a.pages) - 1
	s := span{page: uint32(last), at: uint32(len(a.pages[last])), id: uint16(len(id)), title: uint16(len(title)), lower: uint16(len(lower))}
	page := append(append(append(a.pages[last], id...), title...), lower...)
	a.pages[last] = page
	return s
}

func cut(s string) string {
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "")
	}
	return s
}

// text is a piece of a page as a string. Its bytes are never written again, so
// that it needs no copy.
func (a *arena) text(s span, from, length int) string {
	if length == 0 {
		return ""
	}
	page := a.pages[s.page]
	start := int(s.at) + from
	return unsafe.String(&page[start], length)
}

func (a *arena) id(s span) string    { return a.text(s, 0, int(s.id)) }
func (a *arena) title(s span) string { return a.text(s, int(s.id), int(s.title)) }
func (a *arena) lower(s span) string {
	_, title, _ := strings.Cut(a.search(s), "\n")
	return title
}
func (a *arena) search(s span) string { return a.text(s, int(s.id)+int(s.title), int(s.lower)) }

// frozen is the arena as it is now, for another goroutine.
func (a *arena) frozen() *arena {
	pages := make([][]byte, len(a.pages))
	copy(pages, a.pages)
	return &arena{pages: pages}
}

// words are texts that repeat, each kept once.
type words struct {
	texts   []string
	numbers map[string]uint32
}

func newWords() words { return words{texts: []string{""}, numbers: map[string]uint32{"": 0}} }

func (w *words) number(s string) uint32 {
	if n, ok := w.numbers[s]; ok {
		return n
	}
	s = strings.Clone(s)
	n := uint32(len(w.texts))
	w.texts = append(w.texts, s)
	w.numbers[s] = n
	return n
}

func (w *words) text(n uint32) string { return w.texts[n] }

func (w *words) frozen() *words { return &words{texts: w.texts[:len(w.texts):len(w.texts)]} }
