package history_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/history"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestGolden(t *testing.T) {
	for name, state := range map[string]struct {
		empty, disputed bool
		keys            []string
	}{
		"filled":   {keys: []string{"j"}},
		"runs":     {keys: []string{"G"}},
		"asking":   {keys: []string{"t"}},
		"disputed": {disputed: true},
		"nothing":  {empty: true},
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Each(t, func(t *testing.T, look tuitest.Look) {
				var w *tuitest.World
				if state.empty {
					w = tuitest.NewWorld(t, look.Theme)
					w.Commit(t, tuitest.Report(1))
				} else {
					w = world(t, look.Theme)
				}
				if state.disputed {
					_, err := w.DB.Merge(w.Ctx, func(m *store.Merger) error {
						return m.Decisions(report, []reproduce.Decision{decision(8, reproduce.FixedInStream, "a colleague")})
					})
					must(t, err)
				}
				d := open(t, w, look.W, look.H)
				d.Keys(state.keys...)
				look.Golden(d, name)
			})
		})
	}
}

func TestWhatIsListed(t *testing.T) {
	d := open(t, world(t, theme.None), 120, 40)
	order := []string{
		"Decisions: 3, newest first (times are UTC)",
		"  disputed: alma-only by bob, not-a-bug by ann",
		"> 2026-11-20 14:00  duplicate by ann, taken back by bob 2026-11-20 15:00, suggested was alma-only",
		"note: of almbz#7",
		"  2026-11-20 13:00  alma-only by bob, in force, as suggested",
		"note: our patch 1001 adds the line that is missing upstream",
		"patch: https://git.example.org/rpms/gizmo/commit/1001",
		"  2026-11-20 12:00  not-a-bug by ann, nothing was suggested",
		"Runs: 3, newest first (times are UTC)",
		"2026-11-20 11:00  done, without a suggestion",
		"2026-11-20 10:00  interrupted",
		"2026-11-20 09:00  done, suggests alma-only",
	}
	rest := d.Screen()
	for _, text := range order {
		var found bool
		if _, rest, found = strings.Cut(rest, text); !found {
			t.Fatalf("%q is not there, or not in its place:\n%s", text, d.Screen())
		}
	}
}

func TestNothingHappenedYet(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	w.Commit(t, tuitest.Report(1))
	d := open(t, w, 80, 24)
	d.Has("Nothing was decided on it yet.", "It was not run yet.")
	d.Keys("t")
	d.Has("no decision is in force")
	d.Keys("enter")
	d.Has("there is nothing yet")
	d.Keys("y", "j", "k", "G", "g", "pgdown")
	if len(w.Copied) > 0 {
		t.Errorf("copied %q", w.Copied)
	}
}

func inForce(t testing.TB, w *tuitest.World) string {
	t.Helper()
	row, _, err := w.DB.Row(w.Ctx, tracker.ID{Space: "almbz", Number: 1})
	must(t, err)
	return strings.TrimSpace(string(row.Verdict) + " " + row.DecidedBy)
}

func TestTakingBack(t *testing.T) {
	w := world(t, theme.None)
	d := open(t, w, 120, 40)
	d.Keys("t")
	d.Has("Take back alma-only by bob of 2026-11-20 13:00? y takes it back, n leaves it.", "Then not-a-bug by ann of 2026-11-20 12:00 is in force again.")
	for _, leave := range []string{"n", "esc", "q"} {
		d.Keys(leave)
		d.Lacks("Take back alma-only")
		if got := inForce(t, w); got != "alma-only bob" || !isOpen(d) {
			t.Fatalf("after %s: %q, open %v", leave, got, isOpen(d))
		}
		d.Keys("t")
	}
	d.Keys("enter") // is no yes
	if got := inForce(t, w); got != "alma-only bob" {
		t.Fatalf("enter took it back: %q", got)
	}
	d.Keys("y")
	d.Has("alma-only by bob, taken back by tester 2026-11-24 12:00", "not-a-bug by ann, in force")
	if got := inForce(t, w); got != "not-a-bug ann" || !isOpen(d) {
		t.Errorf("in force is %q, open %v", got, isOpen(d))
	}
	told := d.Seen[slices.IndexFunc(d.Seen, func(m tea.Msg) bool { _, ok := m.(screen.DecidedMsg); return ok })].(screen.DecidedMsg)
	if !told.TakenBack || len(told.Decisions) != 1 || told.Decisions[0].ID != "decision-05" {
		t.Errorf("the program was told %+v", told)
	}
	d.Keys("t")
	d.Has("Then it is undecided.")
	d.Keys("y")
	if got := inForce(t, w); got != "" {
		t.Errorf("in force is %q", got)
	}
	d.Keys("t")
	d.Has("no decision is in force")
}

// What is taken back is what was asked about, and not what came meanwhile.
func TestTakingBackWhatIsNoLongerInForce(t *testing.T) {
	w := world(t, theme.None)
	d := open(t, w, 120, 40)
	d.Keys("t")
	must(t, w.DB.Decide(w.Ctx, decision(99, reproduce.NeedsInfo, "carol")))
	d.Send(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: report}}})
	d.Has("needs-info by carol, in force", "Take back alma-only by bob")
	d.Keys("y")
	d.Has("is no longer in force")
	if got := inForce(t, w); got != "needs-info carol" {
		t.Errorf("in force is %q", got)
	}
	// The same without having seen it: the answer shows it.
	d = open(t, w, 120, 40)
	d.Keys("t")
	must(t, w.DB.Decide(w.Ctx, decision(99, reproduce.Duplicate, "carol", func(d *reproduce.Decision) { d.ID = "decision-99b" })))
	d.Keys("y")
	d.Has("is no longer in force", "duplicate by carol, in force")
}

func TestFailureIsTold(t *testing.T) {
	w := world(t, theme.None)
	w.Person = func() (string, error) { return "", errors.New("who you are is not known") }
	d := open(t, w, 120, 40)
	d.Keys("t", "y")
	d.Has("✗ who you are is not known", "alma-only by bob, in force")
	if got := inForce(t, w); got != "alma-only bob" {
		t.Errorf("in force is %q", got)
	}
}

func TestEnterShowsTheRun(t *testing.T) {
	w := world(t, theme.None)
	asked := func(keys ...string) (msgs []tea.Msg) {
		d := open(t, w, 120, 40)
		w.Ask = func(msg tea.Msg) tea.Cmd {
			msgs = append(msgs, msg)
			return nil
		}
		d.Keys(keys...)
		return msgs
	}
	for _, test := range []struct {
		keys []string
		want []tea.Msg
	}{
		{[]string{"j", "j", "j", "enter"}, []tea.Msg{screen.BenchMsg{Report: report, Run: "run-03"}}},
		{[]string{"G", "enter"}, []tea.Msg{screen.BenchMsg{Report: report, Run: "run-01"}}},
		{[]string{"j", "enter"}, []tea.Msg{screen.BenchMsg{Report: report, Run: "run-01"}}}, // what the decision rests on
		{[]string{"enter"}, nil}, // it rests on none
	} {
		if diff := cmp.Diff(test.want, asked(test.keys...)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", test.keys, diff)
		}
	}
}

func TestCopying(t *testing.T) {
	w := world(t, theme.None)
	d := open(t, w, 120, 40)
	d.Keys("j", "y")
	d.Has("Copied by the test.")
	d.Keys("G", "y")
	want := []string{"almbz#1: alma-only, decided by bob at 2026-11-20T13:00:00Z\nour patch 1001 adds the line that is missing upstream\nhttps://git.example.org/rpms/gizmo/commit/1001",
		"almbz#1: run run-01 of 2026-11-20T09:00:00Z, done, suggests alma-only"}
	if diff := cmp.Diff(want, w.Copied); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	w.Copy = func(context.Context, string) (string, error) { return "", errors.New("no clipboard here") }
	d.Keys("y")
	d.Has("no clipboard here")
}

// The cursor stays on what it was on when something is added above it.
func TestCursorStays(t *testing.T) {
	w := world(t, theme.None)
	d := open(t, w, 120, 40)
	d.Keys("j")
	d.Has("> 2026-11-20 13:00  alma-only by bob")
	other := decision(99, reproduce.NeedsInfo, "carol")
	must(t, w.DB.Decide(w.Ctx, other))
	d.Send(screen.DecidedMsg{Decisions: []reproduce.Decision{other}})
	d.Has("> 2026-11-20 13:00  alma-only by bob", "needs-info by carol, in force")
}

func TestLongNoteIsReadToItsEnd(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	w.Commit(t, tuitest.Report(1))
	must(t, w.DB.Decide(w.Ctx, decision(1, reproduce.NotABug, "ann")))
	must(t, w.DB.Decide(w.Ctx, decision(2, reproduce.AlmaOnly, "ann", func(d *reproduce.Decision) {
		d.Note, d.PatchURL = strings.Repeat("word ", 40), "https://example.org/the-end"
	})))
	d := open(t, w, 40, 10)
	d.Lacks("the-end")
	for range 20 {
		if strings.Contains(d.Screen(), "the-end") {
			break
		}
		d.Keys("j")
	}
	d.Has("the-end")
	d.Lacks("> 2026-11-19 22:00  not-a-bug") // the line moved, the cursor did not
	d.Keys("j", "j")
	d.Has("> ")
	d.Keys(slices.Repeat([]string{"k"}, 30)...)
	d.Has("alma-only by")
}

// An answer that comes after a newer one, or to another dialog, changes nothing.
func TestStaleAnswersAreDropped(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	w.Commit(t, tuitest.Report(1))
	one, other := history.New(w.Env, report), history.New(w.Env, report)
	one.Resize(80, 20)
	old := one.Init()()
	must(t, w.DB.Decide(w.Ctx, decision(1, reproduce.NotABug, "ann")))
	one.Update(one.Init()())
	one.Update(old)
	must(t, w.DB.Decide(w.Ctx, decision(2, reproduce.Duplicate, "ann")))
	one.Update(other.Init()())
	if view := ansi.Strip(one.View()); !strings.Contains(view, "not-a-bug by ann, in force") {
		t.Errorf("it shows\n%s", view)
	}
}

// While a decision is being taken back, the dialog stays to tell how that ends.
func TestWhileItIsTakenBack(t *testing.T) {
	w := world(t, theme.None)
	d := history.New(w.Env, report)
	d.Resize(80, 20)
	d.Update(d.Init()())
	do := func(id string) tea.Cmd {
		i := slices.IndexFunc(d.Actions(), func(a action.Action) bool { return a.ID == id })
		return d.Actions()[i].Run()
	}
	do("history.takeback")
	cmd := do("history.confirm.yes")
	if _, was := d.Back(); !was || !d.Busy() {
		t.Error("esc closes it, or keys do not wait")
	}
	if view := d.View(); !strings.Contains(view, "Taking it back") {
		t.Errorf("it does not say so:\n%s", view)
	}
	d.Update(cmd())
	d.Update(d.Init()())
	if _, was := d.Back(); was || d.Busy() {
		t.Error("esc does not close it afterwards, or keys wait")
	}
}

// Whatever the texts are and whatever the size is, a frame has exactly so many
// lines of at most so many cells and nothing that a terminal acts on.
func TestViewKeepsItsContract(t *testing.T) {
	w := tuitest.NewWorld(t, theme.Dark)
	texts := []string{tuitest.Hostile(), "one\r\ntwo\x00\u2028", strings.Repeat("漢字", 300), strings.Repeat("👩‍👩‍👧‍👦e\u0301", 200), strings.Repeat("x", 5000), ""}
	w.Commit(t, tuitest.Report(1, func(r *tracker.Report) { r.Title = texts[0] }))
	for i, text := range texts {
		run(t, w, i, reproduce.RunDone, reproduce.Verdict(text))
		must(t, w.DB.Decide(w.Ctx, decision(i, reproduce.NotABug, text, func(d *reproduce.Decision) {
			d.Note, d.PatchURL, d.Suggested = text, text, reproduce.Verdict(text)
		})))
	}
	if _, err := w.DB.Undo(w.Ctx, report, texts[0], tuitest.Noon()); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	w.Ask = func(tea.Msg) tea.Cmd { return nil }
	for range 15 {
		d := history.New(w.Env, report)
		width, height := 40+random.IntN(201), 10+random.IntN(61)
		check := func() {
			t.Helper()
			_, h := d.Want(width, height)
			if random.IntN(4) == 0 { // the root may give less
				h = 1 + random.IntN(height)
			}
			d.Resize(width, min(h, height))
			tuitest.Contract(t, d.View(), width, min(h, height))
		}
		check()
		d.Update(d.Init()())
		for range 12 {
			check()
			if a := d.Actions()[random.IntN(len(d.Actions()))]; !strings.HasPrefix(a.ID, "history.confirm") {
				if can, _ := a.Can(); can {
					a.Run()
				}
			}
		}
	}
}
