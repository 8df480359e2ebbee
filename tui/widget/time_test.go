package widget_test

import (
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tui/widget"
)

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		-time.Hour:                  "just now", // another computer's clock
		0:                           "just now",
		59 * time.Second:            "just now",
		time.Minute:                 "1 minute ago",
		119 * time.Second:           "1 minute ago",
		2 * time.Minute:             "2 minutes ago",
		time.Hour - time.Nanosecond: "59 minutes ago",
		time.Hour:                   "1 hour ago",
		47 * time.Hour:              "47 hours ago",
		48 * time.Hour:              "2 days ago",
		400 * 24 * time.Hour:        "400 days ago",
	} {
		if got := widget.Ago(now, now.Add(-d)); got != want {
			t.Errorf("%s before is %q, not %q", d, got, want)
		}
	}
	if got := widget.Ago(now, time.Time{}); got != "never" {
		t.Error(got)
	}
}

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:                          "0.0s",
		0:                                     "0.0s",
		120 * time.Millisecond:                "0.1s",
		9900 * time.Millisecond:               "9.9s",
		10 * time.Second:                      "10s",
		59*time.Second + 999*time.Millisecond: "59s",
		time.Minute:                           "1m00s",
		61 * time.Second:                      "1m01s",
		time.Hour - time.Nanosecond:           "59m59s",
		time.Hour:                             "1h00m",
		26*time.Hour + 5*time.Minute:          "26h05m",
	} {
		if got := widget.Took(d); got != want {
			t.Errorf("%s is %q, not %q", d, got, want)
		}
	}
}

// The spinner turns with the clock, once around in a second, in one cell.
func TestSpinner(t *testing.T) {
	at := time.UnixMilli(1_764_000_000_000)
	seen := map[string]bool{}
	for i := range 10 {
		frame := widget.Spinner(at.Add(time.Duration(i) * 100 * time.Millisecond))
		if ansi.StringWidth(frame) != 1 {
			t.Errorf("%q is not one cell", frame)
		}
		seen[frame] = true
	}
	if len(seen) != 10 || widget.Spinner(at) != widget.Spinner(at.Add(time.Second)) {
		t.Errorf("it shows %d pictures in a second", len(seen))
	}
	if widget.Spinner(time.Time{}) == "" { // a clock that was not set
		t.Error("nothing is shown")
	}
}
