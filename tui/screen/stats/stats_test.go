package stats_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/stats"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestGolden(t *testing.T) {
	for name, setUp := range map[string]func(*testing.T, *tuitest.World){
		"filled": func(t *testing.T, w *tuitest.World) { fill(t, w) },
		"empty":  func(*testing.T, *tuitest.World) {},
		"small":  func(t *testing.T, w *tuitest.World) { w.Commit(t, tuitest.Report(1), tuitest.Report(2)) },
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Each(t, func(t *testing.T, look tuitest.Look) {
				w := tuitest.NewWorld(t, look.Theme)
				setUp(t, w)
				look.Golden(open(t, w, look.W, look.H), name)
			})
		})
	}
}

func TestWhatIsCounted(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	fill(t, w)
	d := open(t, w, 120, 60)
	d.Has("3 private reports are left out; p counts them.", "13 of 37 (35 %)", "up to date 11, ▓ stale 2, ░ undecided 24", "25 of 37 are open",
		"fixed-in-stream", "4 of 13 (31 %)", "bob", "6 of 13 (46 %)", "9.6", "4 of 10 (40 %)", "no release", "gizmo", "4 of 11 (36 %)")
	d.Lacks("not-a-bug") // nobody decided that
	d.Keys("p")
	d.Has("Private reports are counted as well; p leaves them out.", "14 of 40 (35 %)")
	d.Keys("7") // the range changes, and what is private stays
	d.Has("The last 7 days", "Private reports are counted as well", "Runs a day: 13 in 7 days, from 1 to 4", "the most on 2026-11-22", "Decisions a day: 7 in 7 days, from 0 to 2", "2026-11-18")
	d.Keys("p", "9")
	d.Has("The last 90 days", "3 private reports are left out", "Decisions a day: 13 in 90 days", "a mark is 2 days")
	d.Keys("3")
	d.Has("The last 30 days")
}

// Each release and each package has a bar in which every verdict has its part,
// and below it the same in words.
func TestVerdictsOfEachReleaseAndPackage(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	verdicts := append(reproduce.Decidable(), reproduce.AlmaOnly, "", "", reproduce.Duplicate, "")
	for i, verdict := range verdicts {
		w.Commit(t, tuitest.Report(i+1, func(r *tracker.Report) {
			if r.Release, r.Package = "9.6", "gizmo"; i >= 13 {
				r.Release, r.Package = "", "bash"
			}
		}))
		if verdict != "" {
			must(t, w.DB.Decide(w.Ctx, reproduce.Decision{ID: reproduce.NewID(), Report: id(i + 1), Verdict: verdict, By: "ann", At: tuitest.Noon()}))
		}
	}
	words := `  █ stream-reproducible 1, ▓ alma-only 2, ▒ fixed-in-stream 1, █ stream-only 1,
  ▓ not-reproducible 1, ▒ needs-vm 1, █ intended-difference 1, ▓ not-a-bug 1,
  ▒ duplicate 1, █ needs-info 1, ░ undecided 2
`
	want := `Verdicts, by release
9.6         ████▓▓▓▓▓▓▓▓▒▒▒████▓▓▓▓▒▒▒▒████▓▓▓▓▒▒▒████░░░░░░░░  11 of 13 (85 %)
` + words + `no release  █████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░  1 of 2 (50 %)
  █ duplicate 1, ░ undecided 1

Verdicts, by package (most undecided first)
gizmo  ████▓▓▓▓▓▓▓▓▒▒▒████▓▓▓▓▒▒▒▒████▓▓▓▓▒▒▒████░░░░░░░░  11 of 13 (85 %)
` + words + `bash   █████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░  1 of 2 (50 %)
  █ duplicate 1, ░ undecided 1
`
	var got strings.Builder
	for _, line := range strings.SplitAfter(open(t, w, 80, 70).Screen(), "\n") {
		if strings.HasPrefix(line, "Verdicts, by release") || got.Len() > 0 {
			got.WriteString(strings.TrimRight(line, " \n") + "\n")
		}
	}
	shown, _, _ := strings.Cut(got.String(), "\n\n\n")
	if diff := cmp.Diff(want, shown+"\n"); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// A verdict has the same colour in all bars, wherever in them it stands.
func TestVerdictsKeepTheirColours(t *testing.T) {
	w := tuitest.NewWorld(t, theme.Dark)
	fill(t, w)
	s := stats.New(w.Env)
	s.Resize(80, 100)
	s.Update(s.Init()())
	colours := map[string]map[string]bool{}
	for _, found := range regexp.MustCompile("(?:\x1b\\[([0-9;]+)m)?[█▓▒](?:\x1b\\[0m)? ([a-z-]+) [0-9]+").FindAllStringSubmatch(s.View(), -1) {
		if colours[found[2]] == nil {
			colours[found[2]] = map[string]bool{}
		}
		colours[found[2]][found[1]] = true
	}
	met := map[string]string{}
	for _, verdict := range []reproduce.Verdict{reproduce.StreamReproducible, reproduce.AlmaOnly, reproduce.FixedInStream, reproduce.StreamOnly} {
		have := slices.Collect(maps.Keys(colours[string(verdict)]))
		if len(have) != 1 || met[have[0]] != "" {
			t.Errorf("%s has the colours %q, those before it %q", verdict, have, met)
			continue
		}
		met[have[0]] = string(verdict)
	}
}

func TestNothingToCount(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	d := open(t, w, 80, 24)
	d.Has("There are no reports yet. ctrl+r fetches them from the trackers.")
	d.Lacks("The queue")
	w.Commit(t, tuitest.Report(1, func(r *tracker.Report) { r.Private = true }))
	d.Keys("r")
	d.Has("1 private report is left out; p counts it.")
	d.Lacks("There are no reports yet")
	d.Keys("p")
	d.Has("0 of 1 (0 %)")
}

func TestItCountsAgain(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	w.Commit(t, tuitest.Report(1))
	d := open(t, w, 80, 24)
	for i, again := range []func(){
		func() { d.Keys("r") },
		func() { d.Send(screen.SyncMsg{}) },
		func() { d.Send(screen.DecidedMsg{}) },
	} {
		w.Commit(t, tuitest.Report(2+i))
		d.Has(fmt.Sprintf("0 of %d (0 %%)", 1+i))
		again()
		d.Has(fmt.Sprintf("0 of %d (0 %%)", 2+i))
	}
}

func TestFailureKeepsWhatWasShown(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	w.Commit(t, tuitest.Report(1))
	d := open(t, w, 80, 24)
	ctx := w.Ctx
	gone, cancel := context.WithCancel(ctx)
	cancel()
	w.Env.Ctx = gone
	d.Keys("r")
	d.Has("✗ It could not be counted: ", "r counts again", "0 of 1 (0 %)")
	w.Env.Ctx = ctx
	d.Keys("r")
	d.Lacks("could not be counted")
}

// An answer that comes after a newer one, or to another screen, changes nothing.
func TestStaleAnswersAreDropped(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	s, other := stats.New(w.Env), stats.New(w.Env)
	s.Resize(80, 24)
	old := s.Init()()
	w.Commit(t, tuitest.Report(1))
	s.Update(s.Init()())
	s.Update(old)
	w.Commit(t, tuitest.Report(2))
	s.Update(other.Init()())
	if view := ansi.Strip(s.View()); !strings.Contains(view, "0 of 1 (0 %)") {
		t.Errorf("it shows\n%s", view)
	}
}

func TestItScrolls(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	fill(t, w)
	d := open(t, w, 60, 14)
	d.Has("The queue", "lines 1–11 of ")
	d.Lacks("gizmo")
	d.Keys("G")
	d.Has("gizmo")
	d.Lacks("The queue")
	last := d.Screen()
	d.Keys("j", "pgdown")
	if d.Screen() != last {
		t.Errorf("it scrolls beyond the end:\n%s", d.Screen())
	}
	d.Keys("k", "pgup", "g")
	d.Has("The queue")
	d.Keys("j")
	d.Has("lines 2–12 of ")
	d.Resize(120, 60)
	d.Has("The queue", "gizmo")
	d.Lacks("lines ")
}

// Whatever the texts are and whatever the size is, a frame has exactly so many
// lines of at most so many cells and nothing that a terminal acts on.
func TestViewKeepsItsContract(t *testing.T) {
	w := tuitest.NewWorld(t, theme.Dark)
	for i, text := range []string{tuitest.Hostile(), "one\r\ntwo\x00\u2028", strings.Repeat("漢字", 100), strings.Repeat("👩‍👩‍👧‍👦e\u0301", 50), strings.Repeat("x", 5000), ""} {
		w.Commit(t, tuitest.Report(i+1, func(r *tracker.Report) { r.Package, r.Release = text, text }))
		must(t, w.DB.Decide(w.Ctx, reproduce.Decision{ID: reproduce.NewID(), Report: id(i + 1), Verdict: reproduce.NeedsVM, By: text, At: tuitest.Noon()}))
	}
	for i, verdict := range reproduce.Decidable() {
		w.Commit(t, tuitest.Report(11+i))
		must(t, w.DB.Decide(w.Ctx, reproduce.Decision{ID: reproduce.NewID(), Report: id(11 + i), Verdict: verdict, By: "ann", At: tuitest.Noon()}))
	}
	random := rand.New(rand.NewPCG(1, 2))
	s := stats.New(w.Env)
	s.Resize(80, 24)
	tuitest.Contract(t, s.View(), 80, 24)
	s.Update(s.Init()())
	for range 60 {
		width, height := 40+random.IntN(201), 1+random.IntN(70)
		s.Resize(width, height)
		tuitest.Contract(t, s.View(), width, height)
		a := s.Actions()[random.IntN(len(s.Actions()))]
		if cmd := a.Run(); cmd != nil {
			tuitest.Contract(t, s.View(), width, height) // while it is counted
			s.Update(cmd())
		}
		tuitest.Contract(t, s.View(), width, height)
	}
}
