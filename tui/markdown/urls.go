package markdown

import (
	"strings"

	"github.com/almatriage/almatriage/tracker/safe"
)

// found is a web address in a text, and where it stands.
type found struct {
	start, end int
	url        string // in normal form
}

// URLs are the web addresses in a text, raw or of Markdown, that can be opened:
// in normal form, each once, in their order, at most 500.
func URLs(text string) []string {
	const most = 500
	text, _ = Limit(text)
	var list []string
	seen := map[string]bool{}
	for _, f := range findURLs(text) {
		// In Markdown and HTML an ampersand may be written as an entity.
		u, ok := safe.URL(strings.ReplaceAll(f.url, "&amp;", "&"))
		if ok && !seen[u] && len(list) < most {
			seen[u] = true
			list = append(list, u)
		}
	}
	return list
}

// findURLs finds the web addresses in a text.
func findURLs(s string) []found {
	var list []found
	for at := 0; ; {
		i := strings.Index(s[at:], "://")
		if i < 0 {
			return list
		}
		i += at
		at = i + len("://")
		start, ok := scheme(s, i)
		if !ok {
			continue
		}
		end := at + urlEnd(s[at:])
		if u, ok := safe.URL(s[start:end]); ok {
			list = append(list, found{start, end, u})
		}
		at = end
	}
}

// scheme finds http or https, as a word of its own, before i.
func scheme(s string, i int) (start int, ok bool) {
	for _, name := range []string{"https", "http"} {
		start = i - len(name)
		if start >= 0 && s[start:i] == name && (start == 0 || !letter(s[start-1]) && !nameByte(s[start-1])) {
			return start, true
		}
	}
	return 0, false
}

// urlEnd is where an address ends that goes on with s: not with what ends the
// sentence, and inside of the brackets that it stands in.
func urlEnd(s string) int {
	end, round, square := len(s), 0, 0
scan:
	for i, r := range s {
		switch {
		case r <= ' ' || r == 0x7f || strings.ContainsRune("\"'`<>\\^{|}", r):
			end = i
			break scan
		case r == '(':
			round++
		case r == '[':
			square++
		case r == ')':
			if round--; round < 0 {
				end = i
				break scan
			}
		case r == ']':
			if square--; square < 0 {
				end = i
				break scan
			}
		}
	}
	return len(strings.TrimRight(s[:end], ".,;:!?*_~…"))
}
