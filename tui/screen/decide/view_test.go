package decide_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen/decide"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// states are what the dialog can look like: the reports that it is opened for
// and what is done in it.
func states() map[string]func(*testing.T, *tuitest.World) (reports []string, keys []string) {
	return map[string]func(*testing.T, *tuitest.World) ([]string, []string){
		"suggested": func(t *testing.T, w *tuitest.World) ([]string, []string) {
			ran(t, w, 1, true, false)
			return ids(1), nil
		},
		"unsuggested": func(*testing.T, *tuitest.World) ([]string, []string) { return ids(1), nil },
		"selection": func(t *testing.T, w *tuitest.World) ([]string, []string) {
			suggested(t, w, 1, reproduce.AlmaOnly)
			suggested(t, w, 2, reproduce.StreamReproducible)
			suggested(t, w, 3, reproduce.Inconclusive)
			must(t, w.DB.Decide(w.Ctx, reproduce.Decision{ID: reproduce.NewID(), Report: id(2), Verdict: reproduce.NeedsInfo, By: "ann", At: tuitest.Noon()}))
			return ids(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99), nil
		},
		"typing": func(t *testing.T, w *tuitest.World) ([]string, []string) {
			ran(t, w, 1, true, true)
			return ids(1), append([]string{"m"}, strings.Split("our patch 1001 fixes it", "")...)
		},
		"error": func(t *testing.T, w *tuitest.World) ([]string, []string) {
			ran(t, w, 1, true, true)
			w.Person = func() (string, error) {
				return "", errors.New("who decides is not known: the system names no user; set name under [user] in the configuration")
			}
			return ids(1), append(append([]string{"m"}, strings.Split("typed before", "")...), "enter", "a")
		},
		"inforce": func(t *testing.T, w *tuitest.World) ([]string, []string) {
			suggested(t, w, 6, reproduce.StreamReproducible, "the bug is on both: AlmaLinux 9 2 of 2, CentOS Stream 9 2 of 2")
			for days, by := range map[int]string{3: "ann", 2: "bob"} {
				verdict := map[string]reproduce.Verdict{"ann": reproduce.AlmaOnly, "bob": reproduce.NotABug}[by]
				must(t, w.DB.Decide(w.Ctx, reproduce.Decision{ID: fmt.Sprint(9 - days), Report: id(6), Verdict: verdict, By: by,
					At: tuitest.Noon().AddDate(0, 0, -days), Note: "works as the manual says"}))
			}
			w.Commit(t, tuitest.Report(6, func(r *tracker.Report) { r.Private, r.Updated = true, tuitest.Noon() }))
			return ids(6), nil
		},
	}
}

func TestGolden(t *testing.T) {
	for name, state := range states() {
		t.Run(name, func(t *testing.T) {
			tuitest.Each(t, func(t *testing.T, look tuitest.Look) {
				w := tuitest.NewWorld(t, look.Theme)
				for n := 1; n <= 12; n++ {
					w.Commit(t, tuitest.Report(n, func(r *tracker.Report) { r.Private = n == 6 }))
				}
				reports, keys := state(t, w)
				d := open(t, w, look.W, look.H, reports...)
				d.Keys(keys...)
				look.Golden(d, name)
			})
		})
	}
}

// hostile are texts as reports and people may have them.
func hostile() []string {
	return []string{tuitest.Hostile(), "one\r\ntwo\x00\x08\x7f\u0085\u2028three", strings.Repeat("漢字", 400), strings.Repeat("👩‍👩‍👧‍👦e\u0301", 200),
		"\t\ttabs\tand \xff\xfe bytes", strings.Repeat("long ", 2000), strings.Repeat("x", 900), ""}
}

// Whatever the texts are and whatever the size is, a frame has exactly so many
// lines of at most so many cells and nothing that a terminal acts on.
func TestViewKeepsItsContract(t *testing.T) {
	w := tuitest.NewWorld(t, theme.Dark)
	texts := hostile()
	var all []string
	for i, text := range texts {
		n := i + 1
		w.Commit(t, tuitest.Report(n, func(r *tracker.Report) { r.Title, r.Private = text, i%2 == 0 }))
		suggested(t, w, n, append(reproduce.Decidable(), reproduce.Inconclusive)[i], text, "reason", text, text)
		must(t, w.DB.Decide(w.Ctx, reproduce.Decision{ID: reproduce.NewID(), Report: id(n), Verdict: reproduce.NotABug, By: text, Note: text, At: tuitest.Noon(),
			ReportUpdated: tuitest.Noon().AddDate(-1, 0, 0)}))
		all = append(all, id(n))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 16 {
		reports := all
		if i%2 == 0 {
			reports = all[random.IntN(len(all)):][:1]
		}
		d := decide.New(w.Env, reports)
		width, height := 40+random.IntN(201), 10+random.IntN(61)
		switch i / 2 {
		case 0:
			width, height = 40, 10
		case 1:
			width, height = 240, 70
		}
		check := func() {
			t.Helper()
			_, h := d.Want(width, height)
			if h = min(h, height); random.IntN(4) == 0 { // the root may give less
				h = 1 + random.IntN(height)
			}
			d.Resize(width, h)
			tuitest.Contract(t, d.View(), width, h)
		}
		check() // before anything is known
		d.Update(d.Init()())
		check()
		for _, a := range d.Actions() {
			switch {
			case a.ID == "decide.note" || a.ID == "decide.patch":
				a.Run()
				d.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(texts[random.IntN(len(texts))]), Paste: true})
				check()
				d.Back()
			case strings.HasPrefix(a.ID, "decide.page") || a.ID == "decide.down":
				a.Run()
			}
			check()
		}
	}
}
