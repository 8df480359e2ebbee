package recipe_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/recipe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestDraftIsStoredAndSaysWhatComesNext(t *testing.T) {
	b := open(t, theme.None, 100, 40, nil)
	b.Has("No recipe", "D drafts one", "gizmo add 2 2", "The draft, not stored yet", "To be checked:")
	if b.stored() != nil {
		t.Fatal("looking stores nothing")
	}
	b.Keys("D")
	r := b.stored()
	if r == nil || r.Origin != reproduce.OriginDraft || r.IsAccepted() || r.Author != "tester" {
		t.Fatalf("stored %+v", r)
	}
	b.Has("Not accepted", "drafted from the report by you", "a accept", "e edit", "r run", "Check before you accept it:")
	b.Keys("D") // it is there already
	if history := b.history(); len(history) != 1 {
		t.Errorf("%d recipes", len(history))
	}
}

func TestNoCommandIsSaidPlainly(t *testing.T) {
	b := open(t, theme.None, 100, 40, nil, wordless)
	b.Has("No recipe", "No command was found in the report", "e begins with an empty frame")
	b.Keys("D")
	b.Has("no command was found in the report")
	if b.stored() != nil {
		t.Fatal("something was stored")
	}
	b.Keys("e")
	if text, editing := b.screen().Text(); !editing || !strings.Contains(text, "exit 1") {
		t.Errorf("editing %v: %q", editing, text)
	}
}

func TestHistoryIsTakenUpAgain(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.Keys("D", "h")
	b.Has("the one in force", "was accepted by you")
	b.Keys("enter")
	b.Has("it is the report's recipe now")
	b.Keys("j")
	b.Has(`test "$(gizmo add 2 2)" = 4`)
	b.Keys("enter")
	r := b.stored()
	if r.Recipe.Source != tuitest.Gizmo || r.IsAccepted() || r.Origin != reproduce.OriginEdited || len(b.history()) != 3 {
		t.Fatalf("stored %+v", r)
	}
	b.Has("Taken up again", "Not accepted")
}

func TestCopy(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.Keys("y")
	if len(b.World.Copied) != 1 || b.World.Copied[0] != tuitest.Gizmo {
		t.Errorf("copied %q", b.World.Copied)
	}
	b.Has("is copied by the test")
}

func TestChangesOfOthersAreShown(t *testing.T) {
	b := open(t, theme.None, 100, 40, nil)
	b.World.SetRecipe(t, id, tuitest.Gizmo, reproduce.OriginImported)
	b.Send(changed(id))
	b.Has("imported", "Not accepted")
	b.Keys("a")
	b.World.SetRecipe(t, id, strings.Replace(tuitest.Gizmo, "= 4", "= 5", 1), reproduce.OriginImported)
	b.Send(changed(id))
	b.Has("changed meanwhile", "= 5", "Not accepted")
}

func TestReportThatIsNotThere(t *testing.T) {
	world := tuitest.NewWorld(t, theme.None)
	d := tuitest.New(t, world.Env, func(env *screen.Env) screen.Screen { return recipe.New(env, "almbz#77") }, 80, 24)
	d.Has("almbz#77", "✗")
	d.Keys("a", "D", "e", "r", "E", "h", "y", "tab", "/", "x", "enter", "n", "N", "j", "G")
	d.Has("✗")
}

// TestActionsAreOnesOfTheRecipe: their ids begin alike, and none is there twice.
func TestActionsAreOnesOfTheRecipe(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range new(recipe.Screen).Actions() {
		if !strings.HasPrefix(a.ID, "recipe.") || seen[a.ID] || a.Title == "" {
			t.Errorf("action %+v", a)
		}
		seen[a.ID] = true
	}
}

func TestSearchAndPanes(t *testing.T) {
	b := open(t, theme.None, 100, 20, with(t, tuitest.Gizmo+strings.Repeat("# filler\n", 40)+"# needle one\n# needle two\n", reproduce.OriginSet))
	b.Lacks("needle")
	b.Keys("/")
	b.Type("needle\u202e") // what cannot be seen is not searched for
	b.Has("needle two", "1 of 2")
	b.Keys("enter", "n", "N", "g")
	b.Lacks("needle")
	b.Keys("n")
	b.Has("needle two")
	b.Keys("/")
	b.Type("nothing like it")
	b.Keys("esc", "n")
	b.Has("Nothing is found")
	if b.closed() {
		t.Fatal("esc left the screen and not the search")
	}
	b.World.Clock = b.World.Clock.Add(time.Minute) // the toast goes
	b.Keys("g", "tab", "/")
	b.Type("Expected 4")
	b.Has("1 of 1")
	b.Keys("enter", "tab", "G")
	b.Has("needle two")
}

func TestMouseScrollsWhatItIsOver(t *testing.T) {
	wheel := func(x, y int) tea.MouseMsg {
		return tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress}
	}
	long := tuitest.Gizmo + strings.Repeat("# filler\n", 40)
	body := func(r *tracker.Report) { r.Body = strings.Repeat("words\n", 50) }
	for _, c := range []struct{ w, h, x, y, recipe, report int }{
		{100, 20, 10, 10, 4, 1}, {100, 20, 70, 10, 1, 4}, {80, 24, 10, 5, 4, 1}, {80, 24, 10, 20, 1, 4}, {40, 10, 10, 9, 4, 0},
	} {
		b := open(t, theme.None, c.w, c.h, with(t, long, reproduce.OriginSet), body)
		b.Send(wheel(c.x, c.y))
		for _, top := range []int{c.recipe, c.report} {
			if top > 0 {
				b.Has(fmt.Sprintf(" %d–", top))
			}
		}
	}
}
