package widget

import "strings"

// Query is what is searched for in a log: a text, in any case unless it has a
// capital letter. The zero value finds nothing.
type Query struct {
	text  string
	exact bool
}

// NewQuery makes a query of what was typed.
func NewQuery(typed string) Query {
	return Query{text: typed, exact: fold(typed) != typed}
}

// fold makes small letters of the ASCII ones, so that places stay the same.
func fold(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// In tells whether a text without colours holds what is searched for.
func (q Query) In(plain string) bool {
	if q.text == "" {
		return false
	}
	if !q.exact {
		plain = fold(plain)
	}
	return strings.Contains(plain, q.text)
}

// Mark draws all places of a text, which has no colours, by style.
func (q Query) Mark(plain string, style func(...string) string) string {
	where := plain
	if !q.exact {
		where = fold(plain)
	}
	var b strings.Builder
	for q.text != "" {
		i := strings.Index(where, q.text)
		if i < 0 {
			break
		}
		end := i + len(q.text)
		b.WriteString(plain[:i])
		b.WriteString(style(plain[i:end]))
		plain, where = plain[end:], where[end:]
	}
	return b.String() + plain
}

// Search highlights what is typed from now on; "" ends the search.
func (p *LogPane) Search(typed string) {
	p.query, p.marked = NewQuery(typed), -1
	clear(p.drawn)
}

// Searching tells that something is searched for.
func (p *LogPane) Searching() bool { return p.query.text != "" }

// Match is the number of the line that was gone to, counted as Position does, 0 for none.
func (p *LogPane) Match() int {
	if first, _ := p.source.Range(); p.marked >= first {
		return p.marked - first + 1
	}
	return 0
}

// Find goes to the next line that matches, or, with a step of -1, to the one
// before; after the last comes the first. It begins with what is seen. It tells
// whether there is one.
func (p *LogPane) Find(step int) bool {
	first, end := p.source.Range()
	if end == first || p.query.text == "" {
		return false
	}
	at := p.marked + step
	if p.marked < first {
		if at = p.place().line; step < 0 {
			at--
		}
	}
	for range end - first {
		if at >= end {
			at = first
		}
		if at < first {
			at = end - 1
		}
		if p.query.In(p.source.Plain(at)) {
			p.show(at)
			return true
		}
		at += step
	}
	return false
}

// show brings a line into sight, with some before it.
func (p *LogPane) show(line int) {
	delete(p.drawn, p.marked)
	delete(p.drawn, line)
	p.marked = line
	p.stay()
	at := p.place()
	if last := p.on(at, p.h-1); at.line <= line && line < last.line {
		return
	}
	p.top = p.back(spot{line: line}, p.h/3)
	if lowest := p.lowest(); lowest.before(p.top) {
		p.top = lowest
	}
}

// Text is all that the pane has, in whole lines, without colours and signs.
func (p *LogPane) Text() string {
	var b strings.Builder
	for n, end := p.source.Range(); n < end; n++ {
		b.WriteString(p.source.Plain(n) + "\n")
	}
	return b.String()
}
