package fmf

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// maxDuration bounds one attempt: 30 days.
const maxDuration = 30 * 24 * time.Hour

// durationParts is one number with its unit, or one factor, of tmt's grammar
// (spec/tests/duration.fmf). A part ends at a word's border, so 1sm is none.
var durationParts = regexp.MustCompile(`^(?:\*\s*(\d+(?:\.\d+)?)|(\d+)\s*([smhd])?)(\s+|$)`)

// gaps sets apart what tmt reads as two parts though it is written as one:
// 1m4, 5m*2.
var gaps = regexp.MustCompile(`([smhd])(\d)|(\w)(\*)`)

// ParseDuration reads a time in tmt's grammar: times in seconds or with s, m,
// h or d are added up, then multiplied by each *FACTOR, then rounded up to
// whole seconds, as in "1h 30m", "10" and "*2 5m".
func ParseDuration(s string) (time.Duration, error) {
	const expected = "expected a time such as 30s, 5m, 1h 30m, 1d or 5m *2"
	rest := gaps.ReplaceAllString(strings.TrimSpace(s), "$1$3 $2$4")
	seconds, factor := 0.0, 1.0
	for rest != "" {
		part := durationParts.FindStringSubmatch(rest)
		if part == nil {
			return 0, fmt.Errorf("%s is not a duration; %s", quote(s), expected)
		}
		rest = rest[len(part[0]):]
		// Digits alone cannot fail to be a number but by being too large,
		// which ParseFloat answers with infinity.
		if part[1] != "" {
			f, _ := strconv.ParseFloat(part[1], 64)
			factor *= f
			continue
		}
		n, _ := strconv.ParseFloat(part[2], 64)
		seconds += n * map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[part[3]]
	}
	total := math.Ceil(seconds * factor)
	switch {
	case math.IsNaN(total) || total <= 0: // infinity times zero is not a number
		return 0, fmt.Errorf("the duration %s is nothing; %s", quote(s), expected)
	case total > maxDuration.Seconds():
		return 0, fmt.Errorf("the duration %s is too long; expected at most 30d", quote(s))
	}
	return time.Duration(total) * time.Second, nil
}

// formatDuration is the inverse of ParseDuration for whole seconds.
func formatDuration(d time.Duration) string {
	seconds := int64(math.Ceil(d.Seconds()))
	var parts []string
	for _, unit := range []struct {
		name string
		size int64
	}{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}} {
		if n := seconds / unit.size; n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s", n, unit.name))
			seconds %= unit.size
		}
	}
	return strings.Join(parts, " ")
}

func (r *reader) duration(key string, node ast.Node) {
	node = r.resolve(node)
	var s string
	if n, ok := node.(*ast.IntegerNode); ok {
		if _, ok := r.integer(key, n); !ok {
			return
		}
		s = n.GetToken().Value // seconds; tmt takes it, too
	} else if node == nil {
		return
	} else if s, ok = r.text(key, node); !ok {
		return
	}
	d, err := ParseDuration(s)
	if err != nil {
		r.problem(place(node), "%s", err)
		return
	}
	r.recipe.Duration = d
}
