package query

import (
	"slices"
	"strings"
)

// String writes a query so that Parse reads the same again. Ages stay ages:
// a query that is kept means the last seven days of the day it is used.
func (q Query) String() string {
	var words []string
	for _, t := range q.Terms {
		words = append(words, t.String())
	}
	if q.Sort != (Sort{}) {
		words = append(words, "sort:"+q.Sort.String())
	}
	return strings.Join(words, " ")
}

// String is the order as it is typed after sort:.
func (s Sort) String() string {
	by := string(s.By)
	if by == "" {
		by = string(SortUpdated)
	}
	if s.Reverse {
		return "-" + by
	}
	return by
}

// String is the term as it is typed.
func (t Term) String() string {
	word := t.Value
	if t.Key != KeyText {
		word = string(t.Key) + ":" + quoted(t.Value, strings.Contains(t.Value, " "))
	} else if t.Phrase || !isBare(t.Value) {
		word = quoted(t.Value, true)
	}
	if t.Not {
		return "-" + word
	}
	return word
}

func quoted(s string, need bool) string {
	if need {
		return `"` + s + `"`
	}
	return s
}

// isBare tells whether a word without quotes is read as the same text: not as
// a key, and not as a negation.
func isBare(value string) bool {
	words, err := split(value)
	return err == nil && slices.Equal(words, []word{{value: value}})
}
