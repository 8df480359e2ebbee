package cli

import (
	"errors"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/almatriage/almatriage/reproduce"
)

func TestDurationFlag(t *testing.T) {
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "7d": 168 * time.Hour, "2w": 336 * time.Hour, "0": 0, "0d": 0,
		"": -1, "-5s": -1, "-1d": -1, "+1d": -1, "1.5d": -1, "d": -1, "7": -1, "4000000000w": -1, "99999999999d": -1, "1d2h": -1} {
		flags, got := pflag.NewFlagSet("x", pflag.ContinueOnError), time.Minute
		durationFlag(flags, &got, "wait", "how long")
		err := flags.Parse([]string{"--wait=" + text})
		if want < 0 && (err == nil || got != time.Minute) || want >= 0 && (err != nil || got != want) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	week := 7 * 24 * time.Hour
	if got := (duration{&week}).String(); got != "7d" {
		t.Errorf("a week is %q", got)
	}
}

// TestBisectStatus: git bisect run takes no failure of ours for the bug.
func TestBisectStatus(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0}, {quietly(1), 1}, {quietly(exitSkip), 125}, {usage("no"), 125}, {notFound("no"), 125}, {errors.New("no"), 125},
		{&reproduce.Error{Code: reproduce.CodeEngine, Message: "no"}, 125}, {errInterrupted, 130},
	} {
		if got := exitStatus(cannotTell(c.err)); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}
