package guide_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce/fmf"
	domain "github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/guide"
	"github.com/almatriage/almatriage/tui/screen/inbox"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

const id = "almbz#5"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bed is a world with a report, and the interface over it.
type bed struct {
	*tuitest.Driver
	t     *testing.T
	World *tuitest.World
	// put off are the messages that come later, when the test lets them.
	putOff []tea.Msg
}

// facts are what the guide is told of a host that is no AlmaLinux, whose shell
// has a history.
func facts(w *tuitest.World) func(context.Context) (domain.Facts, error) {
	return func(context.Context) (domain.Facts, error) {
		return domain.Facts{Locator: w.Locator, Targets: w.Targets, Host: domain.Host{Name: "Fedora Linux 43"},
			History: []string{"cd /tmp", "gizmo add 2 2", "gizmo add 1 1 | grep 2"}}, nil
	}
}

// newWorld is a world with a report, where both sides have its bug.
func newWorld(t *testing.T, look theme.Name, change ...func(*tracker.Report)) *tuitest.World {
	t.Helper()
	w := tuitest.NewWorld(t, look)
	w.Services.Guide = facts(w)
	savesIn(w, t.TempDir())
	w.Commit(t, tuitest.Report(5, change...))
	w.Play("gizmo", true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	return w
}

// savesIn has the files of a guide saved in a folder.
func savesIn(w *tuitest.World, base string) {
	w.SaveGuide = func(ctx context.Context, report, dir string) ([]string, error) {
		return saveRecipe(ctx, w, report, base, dir)
	}
}

// saveRecipe writes a report's recipe to a folder, which lies in another one if
// its name does not say where.
func saveRecipe(ctx context.Context, w *tuitest.World, report, base, dir string) ([]string, error) {
	recipe, err := w.DB.Recipe(ctx, report)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(base, dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return []string{"main.fmf"}, os.WriteFile(filepath.Join(dir, "main.fmf"), []byte(fmf.Source(recipe.Recipe)), 0o644)
}

// start shows the Inbox of a world. What comes later comes when the test says so.
func start(t *testing.T, w *tuitest.World, width, height int) *bed {
	t.Helper()
	first, err := inbox.ReadFirst(w.Ctx, w.DB)
	must(t, err)
	env, b := *w.Env, &bed{t: t, World: w}
	after := env.After
	env.After = func(d time.Duration, msg tea.Msg) tea.Cmd {
		if d == guide.Pause {
			b.putOff = append(b.putOff, msg)
			return nil
		}
		return after(d, msg)
	}
	b.Driver = tuitest.New(t, &env, func(env *screen.Env) screen.Screen {
		s, err := inbox.New(env, first)
		must(t, err)
		return s
	}, width, height)
	return b
}

// open opens the guide.
func open(t *testing.T, w *tuitest.World, from screen.GuideMsg, width, height int) *bed {
	t.Helper()
	b := start(t, w, width, height)
	b.Send(from)
	return b
}

// later lets come what comes when nothing is typed for a while.
func (b *bed) later() {
	b.t.Helper()
	msgs := b.putOff
	b.putOff = nil
	b.Send(msgs...)
}

// screen is the guide on top.
func (b *bed) screen() *guide.Screen {
	b.t.Helper()
	s, ok := b.Root.Top().(*guide.Screen)
	if !ok {
		b.t.Fatalf("on top is %T:\n%s", b.Root.Top(), b.Screen())
	}
	return s
}

// at fails the test if another question is asked.
func (b *bed) at(q domain.Question) {
	b.t.Helper()
	if got := b.screen().At(); got != q {
		b.t.Fatalf("it asks %s, not %s:\n%s", got, q, b.Screen())
	}
}

// stored is the guide that was worked on last.
func (b *bed) stored() domain.Guide {
	b.t.Helper()
	list, err := b.World.DB.Guides(b.World.Ctx)
	must(b.t, err)
	if len(list) == 0 {
		b.t.Fatal("there is no guide")
	}
	return list[0]
}

// pasted is a text as a terminal pastes it.
func pasted(text string) tea.KeyMsg {
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}
}
