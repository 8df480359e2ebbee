package bundle

import (
	"slices"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
)

func TestChosen(t *testing.T) {
	const done, broken, running = reproduce.RunDone, reproduce.RunInterrupted, reproduce.RunRunning
	runs := []store.RunState{{ID: "6", State: running}, {ID: "5", State: broken}, {ID: "4", State: done}, {ID: "3", State: done}, {ID: "2", State: broken}, {ID: "1", State: done}}
	for _, c := range []struct {
		cited []string
		all   bool
		want  []string
	}{
		{nil, false, []string{"4"}},
		{nil, true, []string{"1", "3", "4"}},
		{[]string{"1", ""}, false, []string{"1", "4"}},
		{[]string{"2", "4", "elsewhere"}, false, []string{"2", "4"}},
		{[]string{"5", "6"}, true, []string{"1", "3", "4", "5"}},
	} {
		var decisions []reproduce.Decision
		for _, id := range c.cited {
			decisions = append(decisions, reproduce.Decision{Run: id})
		}
		if got := chosen(runs, decisions, c.all); !slices.Equal(got, c.want) {
			t.Errorf("cited %v, all %v: %v, want %v", c.cited, c.all, got, c.want)
		}
	}
	if got := chosen(nil, nil, true); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
}
