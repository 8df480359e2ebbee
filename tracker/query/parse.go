package query

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxLength bounds a query, in bytes.
const maxLength = 4 << 10

// Error is what is wrong with a query, and where.
type Error struct {
	At      int // byte offset in the query
	Message string
}

// Error is the sentence.
func (e *Error) Error() string { return e.Message }

// Parse reads a query. now is what relative times count from.
func Parse(text string, now time.Time) (Query, error) {
	words, err := split(text)
	if err != nil {
		return Query{}, err
	}
	return parse(words, now)
}

// ParseArgs reads a query from the words of a command line, each of which may
// hold a whole query: quotes that a shell took away do not matter.
func ParseArgs(args []string, now time.Time) (Query, error) {
	var all []word
	offset := 0
	for _, arg := range args {
		words, err := split(arg)
		if err != nil {
			return Query{}, err
		}
		for _, w := range words {
			w.at += offset
			all = append(all, w)
		}
		offset += len(arg) + 1
	}
	return parse(all, now)
}

// word is one term as it was typed.
type word struct {
	at         int
	not        bool
	key, value string
	keyed      bool // there was a colon
	quoted     bool
}

// split takes a query apart at spaces outside of quotes.
func split(text string) ([]word, error) {
	if len(text) > maxLength {
		return nil, &Error{Message: fmt.Sprintf("the query is longer than %d bytes", maxLength)}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Message: "the query is not valid UTF-8"}
	}
	var words []word
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			i += n
			continue
		}
		w, next, err := next(text, i)
		if err != nil {
			return nil, err
		}
		if w.keyed || w.value != "" {
			words = append(words, w)
		}
		i = next
	}
	return words, nil
}

// next reads the word at i and returns where the next one may begin.
func next(text string, i int) (word, int, error) {
	w := word{at: i}
	if text[i] == '-' && i+1 < len(text) && !isSpace(text[i+1]) {
		w.not = true
		i++
	}
	start := i
	for i < len(text) && !isSpace(text[i]) && text[i] != '"' && text[i] != ':' {
		i++
	}
	if i < len(text) && text[i] == ':' && i > start && isKey(text[start:i]) {
		w.keyed, w.key = true, strings.ToLower(text[start:i])
		i++
		start = i
	}
	if i < len(text) && text[i] == '"' && i == start {
		end := strings.IndexByte(text[i+1:], '"')
		if end < 0 {
			return w, i, &Error{At: i, Message: "a quote is opened and not closed"}
		}
		w.quoted = true
		w.value = strings.Join(strings.FieldsFunc(text[i+1:i+1+end], func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
		return w, i + end + 2, nil
	}
	for i < len(text) && !isSpace(text[i]) && (w.keyed || text[i] != '"') {
		i++
	}
	w.value = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) || r == '"' {
			return -1
		}
		return r
	}, text[start:i])
	if i == w.at { // a lone quote
		i++
	}
	return w, i, nil
}

func isSpace(b byte) bool {
	return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f' || b == '\v'
}

// isKey tells a key from a word with a colon in it, such as a URL or a time:
// keys are short words of letters.
func isKey(s string) bool {
	if len(s) > 12 {
		return false
	}
	for _, r := range s {
		if r < 'A' || r > 'z' || r > 'Z' && r < 'a' {
			return false
		}
	}
	return !slices.Contains([]string{"http", "https", "ftp", "error", "warning", "file", "rhbz", "bz", "fatal", "note"}, strings.ToLower(s))
}

func parse(words []word, now time.Time) (Query, error) {
	var q Query
	for _, w := range words {
		if !w.keyed {
			q.Terms = append(q.Terms, Term{Key: KeyText, Value: w.value, Phrase: w.quoted && strings.Contains(w.value, " "), Not: w.not})
			continue
		}
		if w.value == "" {
			return q, &Error{At: w.at, Message: fmt.Sprintf("%s: needs a value, as in %s", w.key, exampleOf(w.key))}
		}
		if w.key == "sort" {
			sort, err := parseSort(w)
			if err != nil {
				return q, err
			}
			q.Sort = sort
			continue
		}
		term, err := parseTerm(w, now)
		if err != nil {
			return q, err
		}
		q.Terms = append(q.Terms, term)
	}
	return q, nil
}

func parseTerm(w word, now time.Time) (Term, error) {
	t := Term{Key: Key(w.key), Value: w.value, Not: w.not}
	known, ok := lookup(w.key)
	switch {
	case !ok:
		return t, unknown(w, "key", w.key, names())
	case known.Values != nil:
		t.Value = strings.ToLower(t.Value)
		if !slices.Contains(known.Values, t.Value) && !known.Open {
			return t, unknown(w, "value of "+w.key+":", w.value, known.Values)
		}
		if !slices.Contains(known.Values, t.Value) {
			t.Value = w.value
		}
	case t.Key == KeyUpdated || t.Key == KeyCreated:
		from, to, err := parseSpan(w.value, now)
		if err != nil {
			return t, &Error{At: w.at, Message: fmt.Sprintf("%s:%s: %v", w.key, w.value, err)}
		}
		t.From, t.To = from, to
	}
	switch t.Key {
	case KeyRelease, KeyPackage, KeyReporter, KeyTracker, KeyStatus:
		t.Value = strings.ToLower(t.Value)
	}
	return t, nil
}

func parseSort(w word) (Sort, error) {
	by, reverse := strings.CutPrefix(strings.ToLower(w.value), "-")
	if b, ok := strings.CutSuffix(by, "-asc"); ok {
		by, reverse = b, true
	} else if b, ok := strings.CutSuffix(by, "-desc"); ok {
		by = b
	}
	known, _ := lookup("sort")
	if !slices.Contains(known.Values, by) {
		return Sort{}, unknown(w, "value of sort:", w.value, known.Values)
	}
	return Sort{By: SortBy(by), Reverse: reverse}, nil
}

func unknown(w word, what, got string, known []string) error {
	return &Error{At: w.at, Message: fmt.Sprintf("unknown %s %q at column %d: known are %s", what, got, w.at+1, strings.Join(known, ", "))}
}
