package cli

import "time"

// orNull is a string of JSON, or null for none.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// timeOrNull is a time of JSON, or null for none.
func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return utc(t)
}
