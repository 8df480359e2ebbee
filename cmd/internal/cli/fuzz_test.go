package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker/query"
)

// FuzzParseSince: a time is read as queries read it, is read again from how it
// is written, and never lies ahead where it is an age; all else is wrong usage
// that quotes what was given.
func FuzzParseSince(f *testing.F) {
	for _, s := range []string{"2026-01-31", "2026-02-30", "2026", "7d", "9999y", "0001-01-01", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00+23:59", "2026..2027", "..", "", " 7d", "7d\x1b[2J",
		"*", "<7d", "9999-12-31", "0000", "12h -is:open", "1mo"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 24, 12, 30, 15, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseSince(text, now)
		if err != nil {
			var e *exitError
			if !errors.As(err, &e) || e.status != exitUsage || !at.IsZero() || !strings.HasPrefix(err.Error(), "--since ") || strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Fatalf("%q: %v, %v", text, at, err)
			}
			return
		}
		if at.Location() != time.UTC {
			t.Fatalf("%q: %v", text, at)
		}
		if at.Year() > 0 { // an age of 9999 years leads before any that can be written
			if again, err := parseSince(at.Format(time.RFC3339Nano), now); err != nil || !again.Equal(at) {
				t.Fatalf("%q: %v, and again %v, %v", text, at, again, err)
			}
		}
		if strings.ContainsAny(text, "hdwmoy") && at.After(now) {
			t.Fatalf("%q: %v lies ahead", text, at)
		}
		q, err := query.Parse("created:>="+text, now)
		if err == nil && !strings.ContainsAny(text, "hdwmoy") && !q.Terms[0].From.Equal(at) {
			t.Fatalf("%q: %v, and in a query %+v", text, at, q)
		}
	})
}
