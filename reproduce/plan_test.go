package reproduce

import (
	"strings"
	"testing"
)

// play runs the plan against two scripted sides (s seen, n not, e error, c
// cannot tell; the last letter goes on for ever) as the Lab does, one attempt
// a needy side and round, and returns what was run.
func play(p Plan, a, b string) (string, string) {
	kinds := map[byte]ReadingKind{'s': Seen, 'n': NotSeen, 'e': Failed, 'c': CannotTell}
	var ranA, ranB []Reading
	at := func(script string, i int) Reading { return Reading{Kind: kinds[script[min(i, len(script)-1)]]} }
	for range 100 {
		ta, tb := Count(ranA), Count(ranB)
		goalA, goalB := p.Goal(ta, tb)
		needA, needB := ta.Valid < goalA && !p.Over(ta), tb.Valid < goalB && !p.Over(tb)
		if !needA && !needB {
			break
		}
		if needA {
			ranA = append(ranA, at(a, len(ranA)))
		}
		if needB {
			ranB = append(ranB, at(b, len(ranB)))
		}
	}
	show := func(readings []Reading) string {
		var s strings.Builder
		for _, r := range readings {
			for letter, kind := range kinds {
				if r.Kind == kind {
					s.WriteByte(letter)
				}
			}
		}
		return s.String()
	}
	return show(ranA), show(ranB)
}

func TestPlan(t *testing.T) {
	rep := strings.Repeat
	for _, c := range []struct {
		name         string
		plan         Plan
		a, b         string
		wantA, wantB string
	}{
		{"seen on both", Plan{}, "s", "s", "ss", "ss"},
		{"seen on neither", Plan{}, "n", "n", "nn", "nn"},
		{"neither, but sometimes", Plan{Sometimes: true}, "n", "n", rep("n", 10), rep("n", 10)},
		{"both, though sometimes", Plan{Sometimes: true}, "s", "s", "ss", "ss"},
		{"sometimes, seen late on one side", Plan{Sometimes: true}, "nnns", "n", rep("n", 3) + rep("s", 7), rep("n", 10)},
		{"a clear difference ends at the first look", Plan{}, "s", "n", rep("s", 5), rep("n", 5)},
		{"the other way round", Plan{}, "n", "s", rep("n", 5), rep("s", 5)},
		{"not clear at 5, clear at 10", Plan{}, "snsns", "n", "snsns" + rep("s", 5), rep("n", 10)},
		{"rare: goes to the end", Plan{}, "sn", "n", "s" + rep("n", 19), rep("n", 20)},
		{"the other side shows it too: flaky, done", Plan{}, "s", "nns", "sss", "nns"},
		{"one error is tried again", Plan{}, "es", "s", "ess", "ss"},
		{"a second ends the side", Plan{}, "e", "s", "ee", "ss"},
		{"an error and a cannot tell end it", Plan{}, "ec", "n", "ec", "nn"},
		{"both broken", Plan{}, "e", "e", "ee", "ee"},
		{"repeat is fixed", Plan{Repeat: 3}, "s", "n", "sss", "nnn"},
		{"repeat counts valid ones", Plan{Repeat: 3}, "esss", "s", "esss", "sss"},
		{"ask once", Plan{Ask: true}, "s", "n", "s", "n"},
	} {
		gotA, gotB := play(c.plan, c.a, c.b)
		if gotA != c.wantA || gotB != c.wantB {
			t.Errorf("%s: ran %s and %s, want %s and %s", c.name, gotA, gotB, c.wantA, c.wantB)
		}
	}
}

// Earlier attempts may leave the sides uneven, or past a look.
func TestPlanWithEarlierAttempts(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b Tally
		want int
	}{
		{"top up to the first look", Tally{Seen: 5, Valid: 5}, Tally{Valid: 2}, 5},
		{"past the first look: to the next one", Tally{Seen: 7, Valid: 7}, Tally{Valid: 7}, 10},
		{"past the first look, not apart", Tally{Seen: 3, Valid: 7}, Tally{Valid: 7}, 10},
		{"past the last look", Tally{Seen: 1, Valid: 25}, Tally{Valid: 22}, 22},
	} {
		if got, _ := (Plan{}).Goal(c.a, c.b); got != c.want {
			t.Errorf("%s: goal %d, want %d", c.name, got, c.want)
		}
	}
}
