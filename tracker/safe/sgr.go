package safe

import (
	"strconv"
	"strings"
)

// sgrMax bounds the parameters of one sequence; two colours of 24 bit and some
// attributes have room.
const sgrMax = 16

// sgr tells whether seq sets colours and attributes, is well-formed, and hides
// nothing: no concealed text (8), no blinking (5, 6).
func sgr(seq string) bool {
	body, ok := strings.CutPrefix(seq, "\x1b[")
	if !ok {
		return false
	}
	body, ok = strings.CutSuffix(body, "m")
	if !ok {
		return false
	}
	fields := strings.Split(body, ";")
	if len(fields) > sgrMax {
		return false
	}
	params := make([]int, len(fields))
	for i, field := range fields {
		if params[i], ok = parameter(field); !ok {
			return false
		}
	}
	return attributes(params)
}

// parameter reads 0 to 255; an empty one is 0.
func parameter(field string) (int, bool) {
	if field == "" {
		return 0, true
	}
	if strings.Trim(field, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(field, 10, 8)
	return int(n), err == nil && len(field) <= 3
}

func attributes(params []int) bool {
	for len(params) > 0 {
		n := 1
		switch p := params[0]; {
		case p == 38, p == 48, p == 58:
			if n = extended(params); n == 0 {
				return false
			}
		case p <= 4, p == 7, p == 9, p >= 21 && p <= 37, p >= 39 && p <= 47, p == 49, p == 53, p == 55, p == 59,
			p >= 90 && p <= 97, p >= 100 && p <= 107:
		default:
			return false
		}
		params = params[n:]
	}
	return true
}

// extended is how many parameters a colour by number (5;N) or by red, green
// and blue (2;R;G;B) takes, 0 if it is neither.
func extended(params []int) int {
	switch {
	case len(params) >= 3 && params[1] == 5:
		return 3
	case len(params) >= 5 && params[1] == 2:
		return 5
	}
	return 0
}
