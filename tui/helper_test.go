package tui_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/inbox"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // times of day on the screens
	os.Exit(m.Run())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func id(n int) string { return fmt.Sprintf("almbz#%d", n) }

// open shows the Inbox of a world. Each driver has an environment of its own:
// the root changes it.
func open(t testing.TB, w *tuitest.World, width, height int) *tuitest.Driver {
	t.Helper()
	first, err := inbox.ReadFirst(w.Ctx, w.DB)
	must(t, err)
	env := *w.Env
	return tuitest.New(t, &env, func(env *screen.Env) screen.Screen {
		s, err := inbox.New(env, first)
		must(t, err)
		return s
	}, width, height)
}

// The reports of a filled world that are more than a text.
const (
	decided  = 1 // has a recipe, a finished run with a suggestion and a decision
	drafted  = 2 // has a recipe that nobody accepted
	runnable = 3 // has an accepted recipe and no run
	asking   = 4 // has a recipe whose result a person tells
	judged   = 5 // has a recipe, a finished run and no decision
	bare     = 6 // has nothing
)

// askRecipe asks a person whether the bug is there.
const askRecipe = "summary: look at it\nrequire: [gizmo]\ntest: |\n  gizmo show\nextra-almatriage: {reproduced-when: ask}\n"

// long is a text that no screen shows whole.
func long(what string) string {
	var b strings.Builder
	for i := range 90 {
		fmt.Fprintf(&b, "%s %d of gizmo\n", what, i)
	}
	return b.String()
}

// longRecipe is one that no screen shows whole.
func longRecipe(what string) string {
	return "summary: gizmo adds one too many\nrequire: [gizmo]\ntest: |\n  " + strings.ReplaceAll(strings.TrimSpace(long("echo "+what)), "\n", "\n  ") + "\n  test \"$(gizmo add 2 2)\" = 4\n"
}

// filled is a world in which every screen has something to show.
func filled(t testing.TB) *tuitest.World {
	t.Helper()
	w := tuitest.NewWorld(t, theme.None)
	w.Queries = []screen.SavedQuery{{Name: "Mine", Query: "package:gizmo"}}
	w.Sync = func(context.Context, ...string) ([]tracker.Result, error) { return nil, nil }
	w.Post = func(_ context.Context, note tracker.Note) (tracker.Posted, error) {
		return tracker.Posted{By: "tester"}, nil
	}
	w.Shell = func(context.Context, reproduce.AttemptSpec, reproduce.Stdio) error { return nil }
	var list []tracker.Report
	for i := 1; i <= 60; i++ {
		list = append(list, tuitest.Report(i, func(r *tracker.Report) { r.Body = long("line") }))
	}
	w.Commit(t, list...)
	for n, text := range map[int]string{decided: longRecipe("line"), judged: longRecipe("line"), runnable: longRecipe("row")} {
		w.SetRecipe(t, id(n), text, reproduce.OriginSet)
	}
	for _, what := range []string{"word", "words", "line"} {
		w.SetRecipe(t, id(drafted), longRecipe(what), reproduce.OriginDraft)
	}
	w.SetRecipe(t, id(asking), askRecipe, reproduce.OriginSet)
	w.Play("gizmo", true, true, "1.0.3-2.el9", "1.0.3-2.el9")
	for _, script := range w.Engine.Scripts {
		for i := range script.Facts {
			script.Facts[i].Excerpt = long("output")
		}
	}
	w.Run(t, id(decided))
	w.Run(t, id(judged))
	for i, v := range []reproduce.Verdict{reproduce.NotABug, reproduce.AlmaOnly} {
		_, err := w.DB.Mark(w.Ctx, store.Mark{Reports: []string{id(decided)}, Verdict: v, Note: "seen", By: "jo", At: tuitest.Noon().Add(time.Duration(i-3) * time.Hour)})
		must(t, err)
	}
	return w
}

// hold has attempts wait until the run is cancelled.
func hold(w *tuitest.World) {
	w.Engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { <-ctx.Done() }
}

// keys is the keymap with keys of the user's own.
func keys(t testing.TB, own map[string][]string) *action.Keymap {
	t.Helper()
	m, err := tui.Keymap(own)
	must(t, err)
	return m
}
