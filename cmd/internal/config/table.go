package config

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker/nearest"
)

// reader takes a configuration out of a file and gathers what is wrong with it.
type reader struct {
	name     string
	places   places
	problems []Problem
}

// problem notes what is wrong with the value at a path.
func (r *reader) problem(path []string, format string, args ...any) {
	at := r.places.of(path)
	r.problems = append(r.problems, Problem{File: r.name, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)})
}

// document decodes the TOML.
func (r *reader) document(data []byte) (*table, bool) {
	values := map[string]any{}
	if err := toml.Unmarshal(data, &values); err != nil {
		p := Problem{File: r.name, Message: "not TOML: " + strings.TrimPrefix(err.Error(), "toml: ")}
		var wrong *toml.DecodeError
		if errors.As(err, &wrong) {
			p.Line, p.Column = wrong.Position()
		}
		r.problems = append(r.problems, p)
		return nil, false
	}
	r.places = findPlaces(data)
	return &table{r: r, values: values}, true
}

// table is a table of the file of which keys are taken. What is asked for is
// what is known: end reports the rest.
type table struct {
	r      *reader
	path   []string
	label  string // the path for people
	values map[string]any
	known  []string
}

// at is the path of a key of the table.
func (t *table) at(key string) []string { return append(slices.Clone(t.path), key) }

// name is what a key is called in messages.
func (t *table) name(key string) string {
	if hasControl(key) {
		key = strconv.Quote(key)
	}
	if t.label == "" {
		return key
	}
	return t.label + "." + key
}

// problem notes what is wrong with the value of a key.
func (t *table) problem(key, format string, args ...any) {
	t.r.problem(t.at(key), "%s %s", t.name(key), fmt.Sprintf(format, args...))
}

// has tells whether a key is set.
func (t *table) has(key string) bool {
	_, ok := t.values[key]
	return ok
}

// take gives the value of a key if it is set and of the type that is wanted.
func take[T any](t *table, key, want string) (T, bool) {
	t.known = append(t.known, key)
	var none T
	value, ok := t.values[key]
	if !ok {
		return none, false
	}
	v, ok := value.(T)
	if !ok {
		t.problem(key, "is %s; expected %s", kindOf(value), want)
	}
	return v, ok
}

// kindOf names the type of a TOML value.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case int64, float64:
		return "a number"
	case bool:
		return "a truth value"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}

// end reports the keys that nobody asked for.
func (t *table) end() {
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if slices.Contains(t.known, key) {
			continue
		}
		where := ""
		if t.label != "" {
			where = " in [" + t.label + "]"
		}
		hint := "expected one of " + strings.Join(slices.Sorted(slices.Values(t.known)), ", ")
		if word, ok := nearest.Word(key, t.known); ok {
			hint = fmt.Sprintf("expected %q?", word)
		}
		t.r.problem(t.at(key), "unknown key %.60q%s; %s", key, where, hint)
	}
}

// table gives the table of a key; an empty one if there is none.
func (t *table) table(key string) *table {
	values, _ := take[map[string]any](t, key, "a table, such as ["+t.name(key)+"]")
	return &table{r: t.r, path: t.at(key), label: t.name(key), values: values}
}

// text reads a text that is not empty and has no control characters.
func (t *table) text(key string, into *string, example string) {
	s, ok := take[string](t, key, "a text such as "+strconv.Quote(example))
	switch {
	case !ok:
	case strings.TrimSpace(s) == "":
		t.problem(key, "is empty; expected a text such as %q, or no such key", example)
	case hasControl(s):
		t.problem(key, "has control characters; expected a text such as %q", example)
	default:
		*into = s
	}
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 })
}

// texts reads a list of texts.
func (t *table) texts(key string, into *[]string, example string) {
	want := fmt.Sprintf("a list of texts such as [%q]", example)
	list, ok := take[[]any](t, key, want)
	if !ok {
		return
	}
	var texts []string
	for i, item := range list {
		s, ok := item.(string)
		switch {
		case !ok:
			t.problem(key, "has %s as entry %d; expected %s", kindOf(item), i+1, want)
			return
		case s == "" || hasControl(s):
			t.problem(key, "has %.60q as entry %d; expected %s", s, i+1, want)
			return
		}
		texts = append(texts, s)
	}
	*into = texts
}

// word reads one of some words.
func word[T ~string](t *table, key string, into *T, words ...T) {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	want := "one of " + strings.Join(names, ", ")
	s, ok := take[string](t, key, want)
	switch {
	case !ok:
	case !slices.Contains(names, s):
		if near, ok := nearest.Word(s, names); ok {
			want = fmt.Sprintf("%q? (%s)", near, want)
		}
		t.problem(key, "is %.60q; expected %s", s, want)
	default:
		*into = T(s)
	}
}

// duration reads a time that is at least as long as least.
func (t *table) duration(key string, into *time.Duration, least time.Duration) {
	s, ok := take[string](t, key, `a time such as "5m"`)
	if !ok {
		return
	}
	d, err := fmf.ParseDuration(s)
	switch {
	case err != nil:
		t.problem(key, "is wrong: %v", err)
	case d < least:
		t.problem(key, "is %.60q; expected at least %v", s, least)
	default:
		*into = d
	}
}

// sizes are the units of sizes. They are binary, as podman's own are.
var sizes = regexp.MustCompile(`^(?i)([0-9]{1,12})([kmgt])(?:i?b)?$`)

// least bytes that a container can do anything with: a unit was forgotten.
const leastSize = 16 << 20

// size reads a number of bytes with its unit, as in 4g.
func (t *table) size(key string, into *int64) {
	const want = `a size such as "512m" or "4g"`
	s, ok := take[string](t, key, want)
	if !ok {
		return
	}
	part := sizes.FindStringSubmatch(s)
	if part == nil {
		t.problem(key, "is %.60q; expected %s", s, want)
		return
	}
	n, err := strconv.ParseInt(part[1], 10, 64)
	unit := int64(1) << map[string]int{"k": 10, "m": 20, "g": 30, "t": 40}[strings.ToLower(part[2])]
	switch {
	case err != nil || n > math.MaxInt64/unit:
		t.problem(key, "is %.60q, more than there can be; expected %s", s, want)
	case n*unit < leastSize:
		t.problem(key, "is %.60q; expected at least 16m", s)
	default:
		*into = n * unit
	}
}

// count reads a whole number within bounds.
func (t *table) count(key string, into *int, least, most int64) {
	want := fmt.Sprintf("a whole number from %d to %d", least, most)
	n, ok := take[int64](t, key, want)
	switch {
	case !ok:
	case n < least || n > most:
		t.problem(key, "is %d; expected %s", n, want)
	default:
		*into = int(n)
	}
}

// number reads a number above 0 and up to most, whole or not.
func (t *table) number(key string, into *float64, most float64) {
	want := fmt.Sprintf("a number above 0 and up to %g", most)
	if n, ok := t.values[key].(int64); ok {
		t.values[key] = float64(n)
	}
	f, ok := take[float64](t, key, want)
	switch {
	case !ok:
	case !(f > 0 && f <= most): // so that NaN is refused, too
		t.problem(key, "is %g; expected %s", f, want)
	default:
		*into = f
	}
}

// truth reads true or false.
func (t *table) truth(key string, into *bool) {
	if b, ok := take[bool](t, key, "true or false, without quotes"); ok {
		*into = b
	}
}
