package recipe_test

import (
	"os"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/recipe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // dates in the golden files
	os.Exit(m.Run())
}

// id is the report that the tests are about.
const id = "almbz#5"

// wordless shows no command.
func wordless(r *tracker.Report) {
	r.Steps, r.Body = "", "It does not work since the last update.\n\nPlease help."
}

// bench is a world with one report, and the screen of its recipe over an empty
// first screen, so that esc can leave it.
type bench struct {
	*tuitest.Driver
	World *tuitest.World
}

// below is the screen that the recipe is opened over.
type below struct{ *recipe.Screen }

func (below) Init() tea.Cmd                 { return nil }
func (below) Update(tea.Msg) tea.Cmd        { return nil }
func (b below) Back() (cmd tea.Cmd, w bool) { return nil, false }

func open(t *testing.T, name theme.Name, w, h int, setUp func(*tuitest.World), change ...func(*tracker.Report)) bench {
	t.Helper()
	world := tuitest.NewWorld(t, name)
	world.Commit(t, tuitest.Report(5, change...))
	if setUp != nil {
		setUp(world)
	}
	d := tuitest.New(t, world.Env, func(env *screen.Env) screen.Screen { return below{recipe.New(env, id)} }, w, h)
	b := bench{d, world}
	d.Send(screen.OpenMsg{Screen: recipe.New(env(d), id)})
	return b
}

func env(d *tuitest.Driver) *screen.Env { return d.Env }

func (b bench) screen() *recipe.Screen {
	b.T.Helper()
	s, ok := b.Root.Top().(*recipe.Screen)
	if !ok {
		b.T.Fatalf("the screen is %T:\n%s", b.Root.Top(), b.Screen())
	}
	return s
}

// closed tells that the recipe's screen is left.
func (b bench) closed() bool {
	_, is := b.Root.Top().(below)
	return is
}

func with(t *testing.T, text string, origin reproduce.Origin) func(*tuitest.World) {
	return func(w *tuitest.World) { w.SetRecipe(t, id, text, origin) }
}

// stored is the report's recipe, nil for none.
func (b bench) stored() *reproduce.StoredRecipe {
	b.T.Helper()
	r, err := b.World.DB.Recipe(b.World.Ctx, id)
	if store.CodeOf(err) == store.CodeNotFound {
		return nil
	}
	if err != nil {
		b.T.Fatal(err)
	}
	return r
}

// runs are the runs that were asked for.
func (b bench) runs() int {
	n := 0
	for _, msg := range b.Seen {
		if m, ok := msg.(screen.RunMsg); ok && len(m.Reports) == 1 && m.Reports[0] == id && m.Watch {
			n++
		}
	}
	return n
}

// history are all recipes that the report had.
func (b bench) history() []reproduce.StoredRecipe {
	b.T.Helper()
	list, err := b.World.DB.RecipeHistory(b.World.Ctx, id)
	if err != nil {
		b.T.Fatal(err)
	}
	return list
}

// changed is what the root tells when somebody changed a report.
func changed(report string) screen.ChangedMsg {
	return screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: report}}}
}

// command does an action without what comes of it: that is for the test to
// send.
func (b bench) command(id string) tea.Cmd {
	b.T.Helper()
	for _, a := range b.screen().Actions() {
		if can, why := a.Can(); a.ID == id && can {
			return a.Run()
		} else if a.ID == id {
			b.T.Fatal(why)
		}
	}
	b.T.Fatalf("there is no %s", id)
	return nil
}
