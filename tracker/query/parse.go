package query

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/nearest"
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
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) { // a pasted no-break space, too
			return ' '
		}
		return r
	}, text)
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
			return w, i, &Error{At: i, Message: fmt.Sprintf("the quote at column %d is not closed; end it with a second one", i+1)}
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
	sorted := false
	for _, w := range words {
		if !w.keyed {
			if !strings.ContainsFunc(w.value, searchable) {
				continue
			}
			q.Terms = append(q.Terms, Term{Key: KeyText, Value: w.value, Phrase: w.quoted && strings.Contains(w.value, " "), Not: w.not})
			continue
		}
		if _, ok := lookup(w.key); !ok {
			return Query{}, unknown(w, "key", w.key, names())
		}
		if w.value == "" {
			return Query{}, &Error{At: w.at, Message: fmt.Sprintf("%s: at column %d needs a value, as in %s", w.key, w.at+1, exampleOf(w.key))}
		}
		if w.key == "sort" {
			sort, err := parseSort(w)
			if err == nil && sorted {
				err = &Error{At: w.at, Message: fmt.Sprintf("sort: at column %d stands a second time; a list has one order", w.at+1)}
			}
			if err != nil {
				return Query{}, err
			}
			q.Sort, sorted = sort, true
			continue
		}
		term, err := parseTerm(w, now)
		if err != nil {
			return Query{}, err
		}
		q.Terms = append(q.Terms, term)
	}
	return q, nil
}

// searchable is what the index holds: punctuation alone finds nothing, and is
// passed over, as it is between words.
func searchable(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.Co, r)
}

func parseTerm(w word, now time.Time) (Term, error) {
	t := Term{Key: Key(w.key), Value: w.value, Not: w.not}
	wrong := func(format string, args ...any) (Term, error) {
		return Term{}, &Error{At: w.at, Message: fmt.Sprintf("%s:%.100s at column %d: ", w.key, w.value, w.at+1) + fmt.Sprintf(format, args...)}
	}
	known, _ := lookup(w.key)
	switch t.Key {
	case KeyUpdated, KeyCreated:
		var err error
		if t.From, t.To, err = parseSpan(t.Value, now); err != nil {
			return wrong("%v", err)
		}
		return t, nil
	case KeyRef:
		ref, ok := tracker.ParseReference(t.Value)
		if !ok {
			return wrong("no reference; write it as RHEL-12345, rhbz#1908127, CVE-2024-1234, ALSA-2026:A001, almbz#14, owner/repository#12, or its URL")
		}
		t.Value = ref.Key
		return t, nil
	}
	t.Value = strings.ToLower(t.Value)
	switch {
	case t.Key == KeyRelease:
		if t.Value == "kitten" {
			t.Value = "kitten10"
		}
		if !isRelease(t.Value) {
			return wrong("no release; write 9, 9.6 or kitten10")
		}
	case known.Values != nil && !known.Open && !slices.Contains(known.Values, t.Value):
		return Term{}, unknown(w, "value of "+w.key+":", w.value, known.Values)
	}
	return t, nil
}

// isRelease knows the forms of tracker.Report.Release.
func isRelease(s string) bool {
	major, minor, dotted := strings.Cut(strings.TrimPrefix(s, "kitten"), ".")
	digits := func(s string) bool {
		return s != "" && len(s) <= 3 && strings.Trim(s, "0123456789") == ""
	}
	return digits(major) && (!dotted || digits(minor))
}

// parseSort reads KEY, -KEY, KEY-asc and KEY-desc. Times are newest first
// unless it says otherwise, the others from the beginning.
func parseSort(w word) (Sort, error) {
	if w.not {
		return Sort{}, &Error{At: w.at, Message: fmt.Sprintf("-sort: at column %d: an order cannot be negated; to reverse it, write sort:-%.100s", w.at+1, w.value)}
	}
	by, reverse := strings.CutPrefix(strings.ToLower(w.value), "-")
	if b, ok := strings.CutSuffix(by, "-asc"); ok {
		by, reverse = b, reverse != isTime(b)
	} else if b, ok := strings.CutSuffix(by, "-desc"); ok {
		by, reverse = b, reverse == isTime(b)
	}
	known, _ := lookup("sort")
	if !slices.Contains(known.Values, by) {
		return Sort{}, unknown(w, "value of sort:", w.value, known.Values)
	}
	return Sort{By: SortBy(by), Reverse: reverse}, nil
}

func isTime(by string) bool { return by == string(SortUpdated) || by == string(SortCreated) }

// unknown names what is known, and what was probably meant.
func unknown(w word, what, got string, known []string) error {
	message := fmt.Sprintf("unknown %s %.100q at column %d", what, got, w.at+1)
	if meant, ok := nearest.Word(strings.ToLower(got), known); ok {
		message += fmt.Sprintf("; did you mean %s?", meant)
	} else {
		message += "."
	}
	message += " Known are " + strings.Join(known, ", ")
	if what == "key" {
		message += fmt.Sprintf("; to search for the text, quote it: \"%.100s:%.100s\"", got, w.value)
	}
	return &Error{At: w.at, Message: message}
}
