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

// TestFailure: a run that came to nothing is one of which nothing ran; one that
// may say more when it is made again has a side that failed or was interrupted.
func TestFailure(t *testing.T) {
	unprepared := func(sides ...int) func(*Run) {
		return func(r *Run) {
			for _, n := range sides {
				r.Sides[n].Prepared, r.Sides[n].Err = Prepared{}, &StepError{Step: StepResolve, Message: "no registry"}
			}
		}
	}
	ended := func(facts Facts, sides ...int) func(*Run) {
		return func(r *Run) {
			for _, n := range sides {
				r.Sides[n].Attempts = []Attempt{attemptOf(facts), attemptOf(facts), attemptOf(facts)}
			}
		}
	}
	control := func(r *Run) {
		r.Sides = append(r.Sides, r.Sides[1])
		r.Sides[2].Role = RoleControl
		unprepared(2)(r)
	}
	never := func(r *Run) {
		for i := range r.Sides {
			r.Sides[i] = Side{Target: r.Sides[i].Target, Role: r.Sides[i].Role}
		}
	}
	broken := Facts{End: EndExited, Step: StepTest, Status: 127, Missing: []string{"app"}}
	for _, test := range []struct {
		name, counts   string
		with           func(*Run)
		failed, broken bool
	}{
		{"both ran", "1/1 0/1", nil, false, false},
		{"both unprepared", "0/0 0/0", unprepared(0, 1), true, true},
		{"one unprepared", "0/0 1/1", unprepared(0), false, true},
		{"unprepared after an attempt", "0/1 0/0", unprepared(0, 1), false, true},
		{"podman failed", "0/0 0/0", ended(Facts{End: EndEngine, Step: StepTest}, 0, 1), true, true},
		{"a broken test", "0/0 0/0", ended(broken, 0, 1), false, true},
		{"interrupted before the first", "1/1 0/0", nil, false, true},
		{"only the control failed", "1/1 1/1", control, false, false},
		{"never begun", "0/0 0/0", never, false, false},
	} {
		run := world{counts: test.counts, alma: "app 1-1", stream: "app 1-1"}.run(t)
		if test.with != nil {
			test.with(&run)
		}
		if why := run.Failure(); (why != "") != test.failed || run.Broken() != test.broken {
			t.Errorf("%s: failure %q, broken %v", test.name, why, run.Broken())
		}
		if got := run.Results()[0].NotRun(); got != (test.name == "never begun") {
			t.Errorf("%s: not run is %v", test.name, got)
		}
	}
}
