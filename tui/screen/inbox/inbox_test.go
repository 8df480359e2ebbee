package inbox_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/inbox"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
	"github.com/almatriage/almatriage/tui/widget"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open shows the Inbox of a world.
func open(t testing.TB, w *tuitest.World, width, height int, keys ...string) *tuitest.Driver {
	t.Helper()
	first, err := inbox.ReadFirst(w.Ctx, w.DB)
	must(t, err)
	d := tuitest.New(t, w.Env, func(env *screen.Env) screen.Screen {
		s, err := inbox.New(env, first)
		must(t, err)
		return s
	}, width, height)
	d.Keys(keys...)
	return d
}

// filled is a world with reports of all kinds.
func filled(t testing.TB, name theme.Name) *tuitest.World {
	t.Helper()
	w := tuitest.NewWorld(t, name)
	var list []tracker.Report
	for i := 1; i <= 9; i++ {
		list = append(list, tuitest.Report(i))
	}
	list = append(list,
		tuitest.Report(10, func(r *tracker.Report) {
			r.Title, r.Release, r.Package = "表示が壊れる 👩‍👩‍👧‍👦 in the installer", "10.1", "anaconda"
		}),
		tuitest.Report(11, func(r *tracker.Report) {
			r.Title, r.Private, r.Open, r.Status = "frobnicate refuses 1000 names", true, false, "resolved"
		}),
		tuitest.Report(12, func(r *tracker.Report) {
			r.Title, r.Body, r.Release, r.Package = "crash after the update", "The word quicksand is only here.", "kitten10", "crasher"
		}))
	w.Commit(t, list...)
	for n, v := range map[int]reproduce.Verdict{6: reproduce.StreamReproducible, 7: reproduce.AlmaOnly, 8: reproduce.FixedInStream, 9: reproduce.NotABug} {
		_, err := w.DB.Mark(w.Ctx, store.Mark{Reports: []string{id(n)}, Verdict: v, Note: "seen", By: "jo", At: tuitest.Noon().Add(-time.Hour)})
		must(t, err)
	}
	w.SetRecipe(t, id(1), tuitest.Gizmo, reproduce.OriginSet)
	w.SetRecipe(t, id(2), tuitest.Gizmo, reproduce.OriginDraft)
	return w
}

func id(n int) string { return fmt.Sprintf("almbz#%d", n) }

// TestGolden keeps the screens of all states.
func TestGolden(t *testing.T) {
	for _, state := range []struct {
		name string
		keys func(d *tuitest.Driver)
	}{
		{"list", func(*tuitest.Driver) {}},
		{"all", func(d *tuitest.Driver) { d.Keys("8", "j", "j") }},
		{"selection", func(d *tuitest.Driver) { d.Keys(" ", "j", "v", "j", "j") }},
		{"typing", func(d *tuitest.Driver) { d.Keys("/"); d.Type("gizmo re") }},
		{"wrong", func(d *tuitest.Driver) { d.Keys("/"); d.Type("relase:9") }},
		{"filtered", func(d *tuitest.Driver) { d.Keys("/"); d.Type("quicksand"); d.Keys("enter") }},
		{"nothing", func(d *tuitest.Driver) { d.Keys("/"); d.Type("nowhere"); d.Keys("enter") }},
		{"reading", func(d *tuitest.Driver) { d.Keys("8", "enter") }},
		{"focus", func(d *tuitest.Driver) { d.Keys("tab", "j") }},
		{"alone", func(d *tuitest.Driver) { d.Keys("p") }},
		{"queue", func(d *tuitest.Driver) { d.Keys("3") }},
		{"help", func(d *tuitest.Driver) { d.Keys("?") }},
		{"help-search", func(d *tuitest.Driver) { d.Keys("?"); d.Type("sort") }},
		{"palette", func(d *tuitest.Driver) { d.Keys("ctrl+p") }},
		{"copy", func(d *tuitest.Driver) { d.Keys("y") }},
		{"export", func(d *tuitest.Driver) { d.Keys("E") }},
		{"toast", func(d *tuitest.Driver) {
			d.Send(screen.ToastMsg{Level: screen.Failed, Text: "bugs.example.org does not answer; the stored reports stay as they are. Try again later with ctrl+r."})
		}},
		{"messages", func(d *tuitest.Driver) { d.Send(screen.ToastMsg{Text: "said"}); d.Keys("~") }},
	} {
		t.Run(state.name, func(t *testing.T) {
			tuitest.Each(t, func(t *testing.T, look tuitest.Look) {
				d := open(t, filled(t, look.Theme), look.W, look.H)
				state.keys(d)
				look.Golden(d, state.name)
			})
		})
	}
}

// TestGoldenDisputed keeps the screen of reports on which imported decisions do
// not agree with those that were here.
func TestGoldenDisputed(t *testing.T) {
	tuitest.Each(t, func(t *testing.T, look tuitest.Look) {
		w := filled(t, look.Theme)
		disagree(t, w, 6, reproduce.NotABug)
		disagree(t, w, 7, reproduce.StreamReproducible)
		d := open(t, w, look.W, look.H, "8", "/")
		d.Type("-is:undecided")
		d.Keys("enter")
		d.Has("disputed")
		look.Golden(d, "disputed")
	})
}

// disagree brings a decision in that somebody else made.
func disagree(t testing.TB, w *tuitest.World, n int, verdict reproduce.Verdict) {
	t.Helper()
	_, err := w.DB.Merge(w.Ctx, func(m *store.Merger) error {
		return m.Decisions(id(n), []reproduce.Decision{{ID: reproduce.NewID(), Report: id(n), Verdict: verdict, By: "ann",
			At: tuitest.Noon(), ReportUpdated: tuitest.Noon(), Note: "seen elsewhere"}})
	})
	must(t, err)
}

// TestVerdictColumn: what must be known of a verdict is not cut off, however
// long the verdict is, and not told by a colour.
func TestVerdictColumn(t *testing.T) {
	for _, verdict := range reproduce.Decidable() {
		w := tuitest.NewWorld(t, theme.None)
		w.Commit(t, tuitest.Report(1), tuitest.Report(2))
		decisions := []reproduce.Decision{{ID: reproduce.NewID(), Report: id(1), Verdict: verdict, By: "jo", At: tuitest.Noon()},
			{ID: reproduce.NewID(), Report: id(2), Verdict: verdict, By: "jo", At: tuitest.Noon(), ReportUpdated: tuitest.Noon().AddDate(-1, 0, 0)}}
		must(t, w.DB.Decide(w.Ctx, decisions...))
		other := reproduce.AlmaOnly
		if verdict == other {
			other = reproduce.NotABug
		}
		disagree(t, w, 1, other)
		open(t, w, 200, 24, "8", "p").Has("disputed: "+widget.ShortVerdict(other)+" ", string(verdict)+"~")
		open(t, w, 80, 24, "8").Has("disputed ", widget.ShortVerdict(verdict)+"~")
	}
}

// TestGoldenFirstStart keeps the screens of a start without anything.
func TestGoldenFirstStart(t *testing.T) {
	for name, msgs := range map[string][]tea.Msg{
		"first-empty":   nil,
		"first-syncing": {screen.SyncMsg{Running: true}},
		"first-failed": {screen.SyncMsg{Running: true}, screen.SyncMsg{Results: []tracker.Result{{Tracker: "almbz",
			Err: errors.New("bugs.almalinux.org cannot be reached; check the network")}}}},
	} {
		tuitest.Each(t, func(t *testing.T, look tuitest.Look) {
			w := tuitest.NewWorld(t, look.Theme)
			d := open(t, w, look.W, look.H)
			d.Send(msgs...)
			look.Golden(d, name)
		})
	}
}

// What is typed filters titles and ids at once, and texts just after.
func TestFilterWhileTyping(t *testing.T) {
	d := open(t, filled(t, theme.None), 120, 40)
	d.Keys("/")
	d.Type("frob")
	d.Has("1 of 12", "almbz#11")
	d.Lacks("almbz#3 ")
	d.Keys("ctrl+u")
	d.Type("almbz#12")
	d.Has("1 of 12", "crash after the update")
	d.Keys("ctrl+u")
	d.Type("quicksand -frobnicate")
	d.Has("1 of 12", "almbz#12")
	d.Keys("ctrl+u")
	d.Type("rel")
	d.Keys("tab")
	d.Type("kitten")
	d.Keys("enter")
	d.Has("/ release:kitten", "1 of 12")
	d.Keys("esc")
	d.Has("8 of 12")
}

// d s, d a, d enter: a queue is worked through without a further key.
func TestAQueueIsWorkedThrough(t *testing.T) {
	w := filled(t, theme.None)
	w.Play("gizmo", true, true, "1.0.3-2.el9", "1.0.3-2.el9")
	run(t, w, 3)
	d := open(t, w, 120, 40)
	d.Has("> almbz#1", "[Undecided 8]")
	d.Keys("d", "s")
	d.Has("> almbz#2", "[Undecided 7]", "almbz#1: stream-reproducible", "takes it back", "Stream-reproducible 2")
	d.Keys("d", "a")
	d.Has("> almbz#3", "[Undecided 6]", "Alma-only 2")
	d.Keys("d", "enter") // as suggested
	d.Has("> almbz#4", "[Undecided 5]", "Stream-reproducible 3")
	d.Keys("u")
	d.Has("> almbz#3", "[Undecided 6]", "taken back")
	d.Keys("u", "u")
	d.Has("> almbz#1", "[Undecided 8]")
	d.Keys("u")
	d.Has("nothing was decided since the start")
	d.Keys("U", "U", "U")
	d.Has("[Undecided 5]", "> almbz#4")
	d.Keys("U")
	d.Has("nothing was taken back")
	row, _, err := w.DB.Row(w.Ctx, tracker.ID{Space: "almbz", Number: 2})
	must(t, err)
	if row.Verdict != reproduce.AlmaOnly || row.DecidedBy != "tester" {
		t.Errorf("%+v", row)
	}
}

func run(t testing.TB, w *tuitest.World, n int) {
	t.Helper()
	w.SetRecipe(t, id(n), tuitest.Gizmo, reproduce.OriginSet)
	w.Run(t, id(n))
}

// A selection is decided, undone and exported as one.
func TestSelection(t *testing.T) {
	w := filled(t, theme.None)
	d := open(t, w, 120, 40)
	d.Keys("v", "j", "j", "d", "n")
	d.Has("3 reports: not-reproducible", "[Undecided 5]", "> almbz#4")
	d.Keys("u")
	d.Has("[Undecided 8]", "> almbz#1")
	d.Keys("ctrl+a")
	d.Has("8 selected")
	path := filepath.Join(t.TempDir(), "out.jsonl")
	d.Keys("E", "ctrl+u")
	d.Type(path)
	d.Keys("enter")
	d.Has("7 reports are in", "1 private one is left out")
	data, err := os.ReadFile(path)
	must(t, err)
	if strings.Count(string(data), "\n") != 7 || strings.Contains(string(data), "frobnicate") {
		t.Errorf("%s", data)
	}
	d.Keys("E", "ctrl+u")
	d.Type(path)
	d.Keys("enter")
	d.Has("is there already")
	d.Keys("esc")
	d.Lacks("selected")
}

// What others change is seen, and moves nothing under the user's hands.
func TestOthersChange(t *testing.T) {
	w := filled(t, theme.None)
	d := open(t, w, 120, 40)
	d.Keys("j", "j")
	d.Has("> almbz#3")
	line := lineOf(d, "> almbz#3")
	// New reports come above, others are decided, this one too.
	w.Commit(t, tuitest.Report(20, func(r *tracker.Report) { r.Updated = tuitest.Noon() }), tuitest.Report(21, func(r *tracker.Report) { r.Updated = tuitest.Noon() }))
	for _, n := range []int{3, 5} {
		_, err := w.DB.Mark(w.Ctx, store.Mark{Reports: []string{id(n)}, Verdict: reproduce.AlmaOnly, By: "other", At: tuitest.Noon()})
		must(t, err)
	}
	d.Send(screen.LookNow(w.Ctx, w.DB, 0))
	d.Has("> almbz#3", "[Undecided 8]", "alma-only")
	d.Lacks("almbz#5")
	if now := lineOf(d, "> almbz#3"); now != line+2 && now != line {
		t.Errorf("the cursor's line went from %d to %d", line, now)
	}
	d.Keys("j")
	d.Has("> almbz#4")
	d.Lacks("almbz#3 ")
}

func lineOf(d *tuitest.Driver, text string) int {
	for i, line := range strings.Split(d.Screen(), "\n") {
		if strings.Contains(line, text) {
			return i
		}
	}
	return -1
}

// Copies come from the data, and say how they went.
func TestCopyAndBrowse(t *testing.T) {
	w := filled(t, theme.None)
	d := open(t, w, 120, 40)
	d.Keys("y", "i", "y", "u", "y", "r", "y", "t", "o")
	d.Has("Opened https://bugs.example.org/view.php?id=1")
	want := []string{"almbz#1", "https://bugs.example.org/view.php?id=1", tuitest.Gizmo}
	if len(w.Copied) != 4 || w.Copied[0] != want[0] || w.Copied[1] != want[1] || w.Copied[2] != want[2] || !strings.Contains(w.Copied[3], "Expected 4, got 5.") {
		t.Errorf("%q", w.Copied)
	}
	d.Keys("y", "o")
	d.Has("the output of the last run of almbz#1 is empty")
}

// Text that attacks terminals reaches no screen, at any size.
func TestHostile(t *testing.T) {
	w := tuitest.NewWorld(t, theme.Dark)
	bad := tuitest.Hostile()
	for i := 1; i <= 40; i++ {
		w.Commit(t, tuitest.Report(i, func(r *tracker.Report) {
			r.Title, r.Body, r.Steps, r.Additional, r.Status, r.Release, r.Package, r.Reporter = bad, bad, bad+"\n"+bad, bad, bad, bad, bad, bad
			r.Labels, r.URL = []string{bad}, "javascript:"+bad
			r.References = []tracker.Reference{{Kind: tracker.RefJira, Key: bad, URL: bad}}
			r.Comments = []tracker.Comment{{ID: 1, Report: r.ID, Author: bad, Text: bad}}
		}))
	}
	w.SetRecipe(t, id(1), tuitest.Gizmo, reproduce.OriginSet)
	d := open(t, w, 120, 40) // the driver checks every frame
	for h := 10; h <= 70; h += 7 {
		for width := 40; width <= 240; width += 23 {
			d.Resize(width, h)
			d.Keys("j", "enter", "j", "esc", "tab", "j", "tab")
		}
	}
	d.Keys("/")
	d.Type("表示")
	d.Keys("enter", "o", "y", "t", "E", "esc")
	d.Send(screen.ToastMsg{Level: screen.Failed, Text: bad}, screen.ChangedMsg{Err: errors.New(bad)}, screen.SyncMsg{Results: []tracker.Result{{Tracker: bad, Err: errors.New(bad)}}})
	d.Keys("~")
}

// Pasted text is no keys.
func TestPaste(t *testing.T) {
	d := open(t, filled(t, theme.None), 100, 30)
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("dsq"), Paste: true})
	d.Has("Pasted text", "[Undec 8]")
	d.Keys("/")
	d.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("almbz#3"), Paste: true})
	d.Has("1 of 12")
}

// What a key can be stands there while its value is missing, or begun; a mistake
// before it is told all the same.
func TestCandidatesBeforeMistakes(t *testing.T) {
	d := open(t, filled(t, theme.None), 160, 40)
	d.Keys("/")
	for typed, want := range map[string]string{"is:": "is:undecided is:stale", "verdict:": "verdict:stream-reproducible", "is:st": "is:stale", "gizmo is:": "is:undecided",
		"nonsense:1 is:": "nonsense", "is:x": "is:", "package: is:": "needs a value"} {
		d.Keys("ctrl+u")
		d.Type(typed)
		d.Has(want)
	}
	d.Keys("ctrl+u")
	d.Type("is:")
	d.Lacks("needs a value")
}

// What the queue does not have, and others do, is said with the way there.
func TestElsewhereIsSaid(t *testing.T) {
	d := open(t, filled(t, theme.None), 120, 40)
	d.Keys("/")
	d.Type("case 7")
	d.Has("Nothing in Undecided matches case 7; 1 does in All (enter 8 goes there)")
	d.Keys("enter")
	d.Has("1 does in All (8 goes there)")
	d.Keys("8")
	d.Has("> almbz#7", "1 of 12")
	d.Keys("1", "/", "ctrl+u")
	d.Type("verdict:not-a-bug")
	d.Has("Nothing in Undecided matches verdict:not-a-bug; 1 does in All")
	d.Keys("ctrl+u")
	d.Type("nowhere")
	d.Has("Nothing here matches nowhere")
	d.Keys("enter", "8")
	d.Has("Nothing here matches nowhere")
}

// What is decided while a query finds it alone is in another queue then.
func TestDecidedIsElsewhere(t *testing.T) {
	d := open(t, filled(t, theme.None), 120, 40)
	d.Keys("/")
	d.Type("case 3")
	d.Keys("enter", "d", "a")
	d.Wait("Nothing in Undecided matches case 3; 1 does in All (8 goes there)")
}

// Where nothing is found the keys that are named do something: while the query
// is typed / is text.
func TestKeysOfNothing(t *testing.T) {
	d := open(t, filled(t, theme.None), 120, 40)
	d.Keys("/")
	d.Type("nowhere")
	d.Has("esc  drop it")
	d.Lacks("/  change the query")
	d.Keys("enter")
	d.Has("/  change the query, esc  drop it")
}
