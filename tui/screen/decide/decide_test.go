package decide_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/decide"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// world has reports without anything further.
func world(t testing.TB, reports ...int) *tuitest.World {
	t.Helper()
	w := tuitest.NewWorld(t, theme.None)
	for _, n := range reports {
		w.Commit(t, tuitest.Report(n))
	}
	return w
}

// keys are the letters of the verdicts, as they are documented.
func keys() map[reproduce.Verdict]string {
	return map[reproduce.Verdict]string{reproduce.StreamReproducible: "s", reproduce.AlmaOnly: "a", reproduce.FixedInStream: "f", reproduce.StreamOnly: "o",
		reproduce.NotReproducible: "n", reproduce.NeedsVM: "v", reproduce.IntendedDifference: "i", reproduce.NotABug: "b", reproduce.Duplicate: "u", reproduce.NeedsInfo: "x"}
}

func TestEveryVerdictHasItsKey(t *testing.T) {
	for _, verdict := range reproduce.Decidable() {
		t.Run(string(verdict), func(t *testing.T) {
			w := world(t, 1)
			suggested(t, w, 1, reproduce.AlmaOnly)
			d := open(t, w, 80, 24, id(1))
			d.Has(keys()[verdict] + " " + string(verdict))
			d.Keys("m")
			d.Type("because of q")
			d.Keys("tab")
			d.Type("https://git.example.org/1")
			d.Keys("enter", keys()[verdict])
			if isOpen(d) {
				t.Fatalf("the dialog is still open:\n%s", d.Screen())
			}
			got := row(t, w, 1)
			want := store.Row{Verdict: verdict, DecidedBy: "tester", DecidedAt: tuitest.Noon(), Note: "because of q", PatchURL: "https://git.example.org/1"}
			if diff := cmp.Diff(want, store.Row{Verdict: got.Verdict, DecidedBy: got.DecidedBy, DecidedAt: got.DecidedAt, Note: got.Note, PatchURL: got.PatchURL}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			list := decided(d)
			if len(list) != 1 || list[0].Verdict != verdict || list[0].Suggested != reproduce.AlmaOnly || list[0].Run != got.RunID {
				t.Errorf("the program was told of %+v", list)
			}
		})
	}
	if len(keys()) != len(reproduce.Decidable()) {
		t.Error("a verdict has no key here")
	}
}

func TestEnterAcceptsTheSuggestion(t *testing.T) {
	w := world(t, 1)
	ran(t, w, 1, true, false)
	d := open(t, w, 80, 24, id(1))
	d.Has("Suggested: fixed-in-stream", "AlmaLinux 9 5 of 5, CentOS Stream 9 0 of 5, p = 0.008", "enter accepts fixed-in-stream")
	d.Keys("enter")
	if got := row(t, w, 1); got.Verdict != reproduce.FixedInStream || isOpen(d) {
		t.Errorf("decided %q, open %v", got.Verdict, isOpen(d))
	}
}

func TestEnterSaysWhyItAcceptsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		report int
		why    string
	}{
		"no run":       {1, "there is no run that suggests anything"},
		"inconclusive": {2, "it is inconclusive"},
		"no opinion":   {3, "there is no run that suggests anything"},
		"not stored":   {9, "the report is not stored"},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, 1, 2, 3)
			suggested(t, w, 2, reproduce.Inconclusive)
			suggested(t, w, 3, "", "no suggestion: that needs two targets")
			d := open(t, w, 80, 24, id(test.report))
			d.Has("enter accepts nothing: " + test.why)
			d.Keys("enter")
			d.Has("Accept the suggestion: " + test.why)
			if !isOpen(d) || decided(d) != nil {
				t.Errorf("open %v, decided %v", isOpen(d), decided(d))
			}
		})
	}
}

func TestSelectionTakesOneVerdict(t *testing.T) {
	w := world(t, 1, 2, 3)
	reports := ids(1, 3)
	d := open(t, w, 80, 24, reports...)
	reports[0] = id(2) // the dialog keeps to what it was opened for
	d.Has("Decide on 2 reports", "2 reports: almbz#1, almbz#3")
	d.Keys("n")
	for n, want := range map[int]reproduce.Verdict{1: reproduce.NotReproducible, 2: "", 3: reproduce.NotReproducible} {
		if got := row(t, w, n).Verdict; got != want {
			t.Errorf("%s is %q, want %q", id(n), got, want)
		}
	}
	if len(decided(d)) != 2 || isOpen(d) {
		t.Errorf("decided %v, open %v", decided(d), isOpen(d))
	}
}

func TestSelectionAcceptsEachOnesOwn(t *testing.T) {
	w := world(t, 1, 2, 3, 4, 5)
	suggested(t, w, 1, reproduce.AlmaOnly)
	suggested(t, w, 2, reproduce.StreamReproducible)
	suggested(t, w, 3, reproduce.Inconclusive)
	suggested(t, w, 4, reproduce.AlmaOnly)
	d := open(t, w, 120, 24, ids(1, 2, 3, 4, 5, 9)...)
	d.Has("Suggested: 2 alma-only, 1 stream-reproducible", "enter leaves out 3: almbz#3 (inconclusive); almbz#5 (no suggestion); almbz#9 (not stored)",
		"enter accepts what is suggested, for 3 of 6")
	d.Keys("m")
	d.Type("all alike")
	d.Keys("enter", "enter")
	for n, want := range map[int]reproduce.Verdict{1: reproduce.AlmaOnly, 2: reproduce.StreamReproducible, 3: "", 4: reproduce.AlmaOnly, 5: ""} {
		if got := row(t, w, n); got.Verdict != want || want != "" && got.Note != "all alike" {
			t.Errorf("%s is %q (%q), want %q", id(n), got.Verdict, got.Note, want)
		}
	}
	if len(decided(d)) != 3 || isOpen(d) {
		t.Errorf("decided %v, open %v", decided(d), isOpen(d))
	}
	d = open(t, w, 80, 24, ids(3, 5)...)
	d.Has("enter accepts nothing: none of the reports has one")
	d.Keys("enter")
	if decided(d) != nil {
		t.Errorf("decided %v", decided(d))
	}
}

// Reports are listed in the order in which they were selected, and those that
// are not stored are told apart from the others wherever they stand.
func TestSelectionKeepsItsOrder(t *testing.T) {
	w := world(t, 1, 2, 3)
	suggested(t, w, 3, reproduce.AlmaOnly)
	d := open(t, w, 120, 40, ids(8, 3, 9, 1, 7, 2)...)
	d.Has("enter leaves out 5: almbz#1, almbz#2 (no suggestion); almbz#8, almbz#9, almbz#7 (not stored)")
	var listed []string
	for _, line := range strings.Split(d.Screen(), "\n") {
		if id, _, found := strings.Cut(line, "  gizmo adds"); found {
			listed = append(listed, strings.TrimSpace(id))
		}
	}
	if diff := cmp.Diff([]string{"almbz#3  alma-only", "almbz#1  no suggestion", "almbz#2  no suggestion"}, listed); diff != "" {
		t.Errorf("listed (-want +got)\n%s", diff)
	}
}

func TestKeysAreTextWhileOneIsTyped(t *testing.T) {
	w := world(t, 1)
	d := open(t, w, 80, 24, id(1))
	d.Keys("m")
	d.Type("a s?:q # ~x")
	d.Has("Note:  a s?:q # ~x")
	d.Keys("esc")
	if !isOpen(d) {
		t.Fatal("esc left the dialog and not the line")
	}
	d.Has("Note:  a s?:q # ~x", "enter accepts nothing") // kept, and the letters decide again
	d.Keys("p")
	d.Type("https://example.org/x")
	d.Keys("shift+tab")
	d.Type("!")
	d.Has("Note:  a s?:q # ~x!", "Patch: https://example.org/x")
	d.Keys("enter")
	if got := row(t, w, 1).Verdict; got != "" || !isOpen(d) {
		t.Fatalf("enter decided %q, open %v", got, isOpen(d))
	}
	d.Keys("esc")
	if isOpen(d) {
		t.Error("esc did not leave the dialog")
	}
}

func TestPastedTextIsCleaned(t *testing.T) {
	w := world(t, 1)
	d := open(t, w, 80, 24, id(1))
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a"), Paste: true}) // not where verdicts are given
	if decided(d) != nil {
		t.Fatal("pasted text decided")
	}
	d.Keys("m")
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("one\x1b]52;c;eA==\x07\ntwo\u202e \u009b2J"), Paste: true})
	d.Keys("enter", "a")
	if got := row(t, w, 1).Note; !strings.HasPrefix(got, "one") || tuitest.Unsafe(got) != "" {
		t.Errorf("the note is %q", got)
	}
}

func TestWrongLinkDecidesNothing(t *testing.T) {
	for _, link := range []string{"javascript:alert(1)", "git.example.org/1", "https://", "https://a b", "file:///etc/passwd"} {
		w := world(t, 1)
		d := open(t, w, 80, 24, id(1))
		d.Keys("m")
		d.Type("why")
		d.Keys("tab")
		d.Type(link)
		d.Keys("enter", "a")
		d.Has("✗ Not saved", "the patch link is not an http or https address; p", "Note:  why", "Patch: "+link)
		if got := row(t, w, 1).Verdict; got != "" || !isOpen(d) {
			t.Fatalf("%q: decided %q, open %v", link, got, isOpen(d))
		}
		d.Keys("p", "ctrl+u")
		d.Lacks("✗ Not saved")
		d.Type(" https://git.example.org/1 ")
		d.Keys("enter", "a")
		if got := row(t, w, 1); got.PatchURL != "https://git.example.org/1" || got.Note != "why" {
			t.Errorf("decided %q, %q", got.PatchURL, got.Note)
		}
	}
}

func TestFailureKeepsWhatWasTyped(t *testing.T) {
	w := world(t, 1)
	person := w.Person
	w.Person = func() (string, error) { return "", errors.New("who you are is not known; set [user] name") }
	d := open(t, w, 80, 24, id(1))
	d.Keys("m")
	d.Type("why")
	d.Keys("enter", "a")
	d.Has("✗ Not saved: who you are is not known; set [user] name", "Note:  why")
	w.Person = person
	d.Keys("a")
	if got := row(t, w, 1); got.Verdict != reproduce.AlmaOnly || got.Note != "why" || isOpen(d) {
		t.Errorf("decided %q, %q, open %v", got.Verdict, got.Note, isOpen(d))
	}
	d = open(t, w, 80, 24, ids(1, 9)...)
	d.Keys("b")
	d.Has("✗ Not saved: no report almbz#9 is stored")
	if got := row(t, w, 1).Verdict; got != reproduce.AlmaOnly {
		t.Errorf("one of two was decided: %q", got)
	}
}

// Nobody accepts what he was not shown: a suggestion that is gone meanwhile
// decides nothing, and the dialog shows how it is now.
func TestSuggestionThatIsGone(t *testing.T) {
	w := world(t, 1, 2)
	suggested(t, w, 1, reproduce.AlmaOnly)
	suggested(t, w, 2, reproduce.AlmaOnly)
	d := open(t, w, 120, 24, ids(1, 2)...)
	d.Has("enter accepts what is suggested, for 2 of 2")
	suggested(t, w, 2, reproduce.Inconclusive)
	d.Keys("enter")
	d.Has("✗ Not saved", "almbz#2", "enter accepts what is suggested, for 1 of 2")
	if got := row(t, w, 1).Verdict; got != "" || !isOpen(d) {
		t.Errorf("decided %q, open %v", got, isOpen(d))
	}
	// Of a single report what is shown is decided, whatever is suggested now.
	d = open(t, w, 120, 24, id(1))
	suggested(t, w, 1, reproduce.StreamOnly)
	d.Keys("enter")
	if got := row(t, w, 1).Verdict; got != reproduce.AlmaOnly {
		t.Errorf("decided %q", got)
	}
}

func TestWhatIsInForce(t *testing.T) {
	w := world(t, 1, 2)
	for _, one := range []reproduce.Decision{
		{ID: reproduce.NewID(), Report: id(1), Verdict: reproduce.AlmaOnly, By: "ann", At: tuitest.Noon().AddDate(0, 0, -3)},
		{ID: reproduce.NewID(), Report: id(1), Verdict: reproduce.NotABug, By: "bob", At: tuitest.Noon().AddDate(0, 0, -2), Note: "works here"},
	} {
		must(t, w.DB.Decide(w.Ctx, one))
	}
	w.Commit(t, tuitest.Report(1, func(r *tracker.Report) { r.Updated = tuitest.Noon() }))
	d := open(t, w, 80, 24, id(1))
	d.Has("In force: not-a-bug by bob, 2 days ago: works here", "stale: the report changed on 2026-11-24", "disputed: not-a-bug by bob, 2 days ago; alma-only by ann, 3 days ago")
	d = open(t, w, 80, 24, ids(1, 2)...)
	d.Has("In force: 1 not-a-bug; of these 1 stale, 1 disputed")
}

func TestPrivateReportsStayHere(t *testing.T) {
	w := world(t, 2)
	w.Commit(t, tuitest.Report(1, func(r *tracker.Report) { r.Private = true }))
	open(t, w, 80, 24, id(1)).Has("Private: the decision stays on this machine; exports leave the report out.")
	open(t, w, 120, 24, ids(1, 2)...).Has("Private: 1 of them; decisions stay on this machine, exports leave these reports out.")
	open(t, w, 80, 24, id(2)).Lacks("Private")
}

// What the dialog shows follows what others do meanwhile.
func TestItLooksAgain(t *testing.T) {
	w := world(t, 1, 2)
	d := open(t, w, 80, 24, id(1))
	d.Has("Suggested: nothing")
	suggested(t, w, 1, reproduce.AlmaOnly, "only AlmaLinux has it")
	d.Send(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: id(2)}}})
	d.Has("Suggested: nothing")
	d.Send(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: id(1)}}})
	d.Has("Suggested: alma-only", "only AlmaLinux has it")
	other := reproduce.Decision{ID: reproduce.NewID(), Report: id(1), Verdict: reproduce.Duplicate, By: "ann", At: tuitest.Noon()}
	must(t, w.DB.Decide(w.Ctx, other))
	d.Send(screen.DecidedMsg{Decisions: []reproduce.Decision{other}})
	d.Has("In force: duplicate by ann")
	if !isOpen(d) {
		t.Error("another's decision closed the dialog")
	}
}

// An answer that comes after a newer one, or to another dialog, changes nothing.
func TestStaleAnswersAreDropped(t *testing.T) {
	w := world(t, 1)
	one, other := decide.New(w.Env, ids(1)), decide.New(w.Env, ids(1))
	one.Resize(80, 20)
	old := one.Init()()
	suggested(t, w, 1, reproduce.AlmaOnly)
	one.Update(one.Init()())
	one.Update(old)
	one.Update(other.Init()())
	if view := ansi.Strip(one.View()); !strings.Contains(view, "Suggested: alma-only") {
		t.Errorf("it shows\n%s", view)
	}
}

// While a decision is being saved, nothing else is done: not another verdict,
// not a close that would lose the answer.
func TestWhileItIsSaved(t *testing.T) {
	w := world(t, 1)
	d := decide.New(w.Env, ids(1))
	d.Resize(80, 20)
	d.Update(d.Init()())
	find := func(id string) int {
		for i, a := range d.Actions() {
			if a.ID == id {
				return i
			}
		}
		t.Fatalf("no action %s", id)
		return 0
	}
	cmd := d.Actions()[find("decide.alma-only")].Run()
	for _, id := range []string{"decide.accept", "decide.duplicate", "decide.note", "decide.patch"} {
		if can, why := d.Actions()[find(id)].Can(); can || why != "the decision is being saved" {
			t.Errorf("%s can be done: %v, %q", id, can, why)
		}
	}
	if _, was := d.Back(); !was || !d.Busy() {
		t.Error("esc closes it, or keys do not wait")
	}
	if !strings.Contains(d.View(), "Saving …") {
		t.Errorf("it does not say so:\n%s", d.View())
	}
	var asked []tea.Msg
	w.Ask = func(msg tea.Msg) tea.Cmd {
		asked = append(asked, msg)
		return nil
	}
	d.Update(cmd())
	if diff := cmp.Diff([]tea.Msg{screen.CloseMsg{}}, asked); diff != "" {
		t.Errorf("the answer does not close it (-want +got)\n%s", diff)
	}
}

// Keys that are typed ahead wait for what is known, and then for the next
// report.
func TestTypingAhead(t *testing.T) {
	w := world(t, 1)
	suggested(t, w, 1, reproduce.AlmaOnly)
	d := open(t, w, 80, 24) // on nothing, which is told and does no harm
	d.Has("Decide on 0 reports", "enter accepts nothing: none of the reports has one")
	d.Send(screen.CloseMsg{})
	opened := screen.OpenMsg{Screen: decide.New(w.Env, ids(1))}
	d.Root.Update(opened) // what it looks up is never answered
	d.Keys("enter")
	if got := row(t, w, 1).Verdict; got != "" || !isOpen(d) {
		t.Fatalf("decided %q before anything is known, open %v", got, isOpen(d))
	}
	d.Send(opened.Screen.Init()()) // now it is
	if got := row(t, w, 1).Verdict; got != reproduce.AlmaOnly || isOpen(d) {
		t.Errorf("decided %q, open %v", got, isOpen(d))
	}
}

func TestLongTextScrolls(t *testing.T) {
	w := world(t, 1)
	suggested(t, w, 1, reproduce.AlmaOnly, "first", "second", "third", "fourth", "the very last one")
	d := open(t, w, 80, 14, id(1))
	d.Lacks("the very last one")
	d.Has("PgDn shows", "more lines")
	d.Keys("pgdown", "pgdown", "pgdown", "pgdown")
	d.Has("the very last one")
	d.Keys("k", "up", "pgup", "pgup", "pgup")
	d.Has("Suggested: alma-only")
	small := open(t, w, 40, 10, id(1)) // no room for the keys: they are scrolled to
	small.Keys(slices.Repeat([]string{"j"}, 40)...)
	small.Has("p patch")
	small.Keys("m")
	small.Has("Note:") // what is typed is in sight
}

// A side that was not attempted is not counted.
func TestSidesWithoutAttempts(t *testing.T) {
	w := tuitest.NewWorld(t, theme.None)
	w.Commit(t, tuitest.Report(1), tuitest.Report(2))
	w.Play("gizmo", true, true, "1.2-3.el9", "1.2-3.el9")
	w.Engine.Scripts["stream9"].PrepareErr = errors.New("no network")
	for n := 1; n <= 2; n++ {
		w.SetRecipe(t, id(n), tuitest.Gizmo, reproduce.OriginSet)
		w.Run(t, id(n))
		d := open(t, w, 120, 40, id(n))
		d.Lacks("0 of 0")
		w.Engine.Scripts["alma9"].PrepareErr = errors.New("no network")
	}
}
