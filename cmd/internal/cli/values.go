package cli

import (
	"fmt"
	"time"
)

// count is "1 report", "2 reports".
func count(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

// isAre is the verb of so many.
func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

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
