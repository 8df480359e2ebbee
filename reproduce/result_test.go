package reproduce

import (
	"testing"
	"time"
)

func TestTelling(t *testing.T) {
	run := world{counts: "0/0 0/2"}.run(t)
	number(&run)
	results := run.Results()
	if got := results[0].Telling(); got != nil {
		t.Errorf("none was made, and %+v tells", got)
	}
	if got := results[1].Telling(); got != &run.Sides[1].Attempts[1] {
		t.Errorf("got %+v, want the last", got)
	}
}

func TestSourceNote(t *testing.T) {
	run := Run{Started: noon}
	now := noon.Add(time.Hour) // looked at later
	for want, side := range map[string]Side{
		"":                                 {CachedAt: noon},
		"cached, 3h old":                   {Cached: true, CachedAt: now.Add(-3 * time.Hour)},
		"cached, prepared 2 days ago":      {Cached: true, Stale: true, CachedAt: noon, Prepared: Prepared{At: noon.Add(-71 * time.Hour)}},
		"cached, 3h old, on east, on west": {Cached: true, CachedAt: now.Add(-3 * time.Hour), Attempts: []Attempt{{Facts: Facts{Worker: "east"}}, {}, {Facts: Facts{Worker: "west"}}, {Facts: Facts{Worker: "east"}}}},
	} {
		if got := run.SourceNote(&side, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
