package tracker

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{
		{-time.Hour, "now"}, {59 * time.Second, "now"}, {time.Minute, "1min"}, {time.Hour - 1, "59min"}, {time.Hour, "1h"}, {2*day - 1, "47h"},
		{2 * day, "2d"}, {90*day - 1, "89d"}, {90 * day, "3mo"}, {2*365*day - 1, "24mo"}, {2 * 365 * day, "2y"},
	} {
		if got := Age(now, now.Add(-c.ago)); got != c.want {
			t.Errorf("%s ago: %q, want %q", c.ago, got, c.want)
		}
	}
	if got := Age(now, time.Time{}); got != "" {
		t.Errorf("of no time: %q", got)
	}
}
