package query

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// relative is a time back from now: 7d, 2w, 3mo, 1y, 12h.
var relative = regexp.MustCompile(`^(\d{1,4})(h|d|w|mo|y)$`)

// parseSpan reads >T, >=T, <T, <=T, T..T and T, where T is a day, a month, a
// year, a time, or an age. An age compares as ages do: <7d is younger than
// seven days, and so is 7d alone.
func parseSpan(text string, now time.Time) (from, to time.Time, err error) {
	if first, last, ok := strings.Cut(text, ".."); ok {
		return parseRange(first, last, now)
	}
	sign := strings.TrimRight(text[:min(2, len(text))], "0123456789abcdefghijklmnopqrstuvwxyz-")
	switch sign {
	case ">", ">=", "<", "<=", "":
	default:
		return from, to, fmt.Errorf("%.100q is no comparison; use >, >=, < or <=", sign)
	}
	begin, end, age, err := parseMoment(text[len(sign):], now)
	if err != nil {
		return from, to, err
	}
	if age {
		if strings.HasPrefix(sign, ">") {
			return from, begin, nil
		}
		return begin, to, nil
	}
	switch sign {
	case ">":
		return end, to, nil
	case ">=":
		return begin, to, nil
	case "<":
		return from, begin, nil
	case "<=":
		return from, end, nil
	}
	return begin, end, nil
}

// parseRange reads FIRST..LAST, of which one may be left out or *. Ages may
// stand in either order: 7d..30d and 30d..7d are the same time.
func parseRange(first, last string, now time.Time) (from, to time.Time, err error) {
	var fromAge, toAge bool
	if first != "" && first != "*" {
		if from, _, fromAge, err = parseMoment(first, now); err != nil {
			return from, to, err
		}
	}
	if last != "" && last != "*" {
		if _, to, toAge, err = parseMoment(last, now); err != nil {
			return from, to, err
		}
	}
	if from.IsZero() && to.IsZero() {
		return from, to, fmt.Errorf("the range has neither beginning nor end; write it as 2026-01-01..2026-01-31")
	}
	if fromAge && toAge && to.Before(from) {
		from, to = to, from
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return from, to, fmt.Errorf("the range ends before it begins; write %s..%s", last, first)
	}
	return from, to, nil
}

// parseMoment reads a time and how long it lasts: a day is a day long. Of an
// age both are the moment that long ago.
func parseMoment(text string, now time.Time) (begin, end time.Time, age bool, err error) {
	if m := relative.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return begin, end, true, err
		}
		at := map[string]func() time.Time{
			"h": func() time.Time { return now.Add(-time.Duration(n) * time.Hour) }, "d": func() time.Time { return now.AddDate(0, 0, -n) },
			"w": func() time.Time { return now.AddDate(0, 0, -7*n) }, "mo": func() time.Time { return now.AddDate(0, -n, 0) },
			"y": func() time.Time { return now.AddDate(-n, 0, 0) },
		}[m[2]]()
		return at.UTC(), at.UTC(), true, nil
	}
	for _, form := range []struct {
		layout        string
		years, months int
		days          int
		length        time.Duration
	}{
		{"2006-01-02", 0, 0, 1, 0}, {"2006-01", 0, 1, 0, 0}, {"2006", 1, 0, 0, 0}, {time.RFC3339, 0, 0, 0, time.Second},
		{"2006-01-02T15:04", 0, 0, 0, time.Minute}, {"2006-01-02T15:04:05", 0, 0, 0, time.Second},
	} {
		if at, err := time.Parse(form.layout, text); err == nil {
			at = at.UTC()
			return at, at.AddDate(form.years, form.months, form.days).Add(form.length), false, nil
		}
	}
	return begin, end, false, fmt.Errorf("%.100q is no time; write 2026-01-31, 2026-01, 2026, or an age such as 7d, 2w, 3mo, 1y", text)
}
