package recipe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
	"github.com/almatriage/almatriage/tui/widget"
)

func TestEditValidatesAndSaves(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.Has("Accepted", "yours")
	b.Keys("e", "down", "end", "enter")
	b.Type("duration: soon")
	b.Has("✗", "3:11", "Recipe, not saved")
	b.Keys("ctrl+s")
	b.Has("it has a problem")
	if r := b.stored(); r.Recipe.Source != tuitest.Gizmo {
		t.Fatalf("stored %q", r.Recipe.Source)
	}
	b.Keys("backspace", "backspace", "backspace", "backspace")
	b.Type("7m")
	b.Lacks("✗")
	b.Keys("ctrl+s")
	r := b.stored()
	if r.Origin != reproduce.OriginEdited || r.Recipe.Duration != 7*time.Minute || len(b.history()) != 2 {
		t.Fatalf("stored %+v", r)
	}
	// A limit is not what executes.
	if !r.IsAccepted() {
		t.Error("the same executes, so it stays accepted")
	}
	b.Has("stays accepted", "edited by you")
	if _, editing := b.screen().Text(); editing {
		t.Error("still editing")
	}
}

func TestSavingOverSomebodyElsesAsks(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginDraft))
	b.Keys("e", "down", "end", "enter")
	b.Type("duration: 7m")
	theirs := strings.Replace(tuitest.Gizmo, "2 2", "3 3", 1)
	b.World.SetRecipe(t, id, theirs, reproduce.OriginImported)
	b.Keys("ctrl+s")
	b.Has("stored another recipe meanwhile")
	if r := b.stored(); r.Recipe.Source != theirs {
		t.Fatalf("stored %q", r.Recipe.Source)
	}
	if _, editing := b.screen().Text(); !editing {
		t.Fatal("what was typed is gone")
	}
	b.Keys("ctrl+s")
	if r := b.stored(); r.Recipe.Duration != 7*time.Minute || len(b.history()) != 3 {
		t.Errorf("stored %+v", r)
	}
}

func TestUnsavedIsNotDroppedWithoutAWord(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.Keys("e", "esc")
	if _, editing := b.screen().Text(); editing {
		t.Fatal("nothing was changed, so nothing is asked")
	}
	b.Keys("e")
	b.Type("# x\n")
	if !b.screen().Unsaved() {
		t.Error("it is unsaved")
	}
	b.Keys("esc")
	b.Has("Not saved: esc again drops")
	b.Type("q") // goes on
	b.Lacks("Not saved: esc again")
	if text, _ := b.screen().Text(); !strings.HasPrefix(text, "# x\nqsummary") {
		t.Fatalf("text %q", text)
	}
	b.Keys("backspace", "esc", "ctrl+s")
	if r := b.stored(); !strings.HasPrefix(r.Recipe.Source, "# x\n") {
		t.Fatalf("stored %q", r.Recipe.Source)
	}
	b.Keys("e")
	b.Type("# y\n")
	b.Keys("esc", "esc")
	if _, editing := b.screen().Text(); editing || strings.Contains(b.stored().Recipe.Source, "# y") {
		t.Error("it is not dropped")
	}
	b.Has("dropped")
	if b.closed() {
		t.Fatal("the screen is left")
	}
	b.Keys("esc")
	if !b.closed() {
		t.Error("the screen is not left")
	}
}

func TestTooLongToBeEditedHere(t *testing.T) {
	long := tuitest.Gizmo + strings.Repeat("# more\n", widget.EditLines)
	b := open(t, theme.None, 100, 40, with(t, long, reproduce.OriginSet))
	b.Keys("e")
	b.Has("cannot be edited here", "E opens it")
	b.scripted("echo 'duration: 3m' >>\"$file\"\n")
	b.Keys("E")
	gone(t, b.brought())
	if b.stored().Recipe.Duration != 3*time.Minute {
		t.Error("not stored")
	}
	b.scripted("echo 'duration: 4m' >>\"$file\"\n")
	b.Keys("E")
	dir := b.brought()
	b.Has("Not saved", "Your text is kept in "+dir[:20])
	if _, err := os.Stat(filepath.Join(dir, "main.fmf")); err != nil {
		t.Error(err)
	}
	os.RemoveAll(dir)
}

func TestFilesStayWhenTheRecipeIsEdited(t *testing.T) {
	b := open(t, theme.None, 100, 40, func(w *tuitest.World) {
		r, err := fmf.Parse("x", []byte(tuitest.Gizmo))
		if err != nil {
			t.Fatal(err)
		}
		r.Files = []reproduce.File{{Path: "a\u202eb.sh", Data: []byte("echo \x00\xff\n")}}
		if _, err := w.DB.SetRecipe(w.Ctx, id, r, reproduce.OriginDraft, "ann", w.Clock); err != nil {
			t.Fatal(err)
		}
	})
	b.Has("Files beside it")
	b.Keys("e")
	b.Type("# x\n")
	b.Keys("ctrl+s")
	if r := b.stored(); len(r.Recipe.Files) != 1 {
		t.Fatalf("stored %+v", r)
	}
	b.Keys("a")
	b.Has(`File a\u202eb.sh`, `echo \u0000\xff`)
}

func TestNameIsNeededToStore(t *testing.T) {
	b := open(t, theme.None, 100, 40, nil)
	b.Env.Person = func() (string, error) { return "", os.ErrInvalid }
	b.Keys("D")
	b.Has("not stored")
	b.Keys("e")
	b.Type("# x\n")
	b.Keys("ctrl+s")
	b.Has("not saved")
	if _, editing := b.screen().Text(); !editing || b.stored() != nil {
		t.Error("what was typed is gone, or stored by nobody")
	}
}

func TestTextTypedWhileItIsSaved(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.Keys("e")
	b.Type("# x\n")
	saving := b.command("recipe.save")
	b.Type("# y\n")
	b.Send(saving())
	if text, editing := b.screen().Text(); !editing || !strings.HasPrefix(text, "# x\n# y\n") {
		t.Fatalf("editing %v: %q", editing, text)
	}
	if !strings.HasPrefix(b.stored().Recipe.Source, "# x\nsummary") || !b.screen().Unsaved() {
		t.Errorf("stored %q", b.stored().Recipe.Source)
	}
}

func TestLongTextIsCheckedWhenNothingIsTyped(t *testing.T) {
	var asked []tea.Msg
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo+strings.Repeat("# "+strings.Repeat("x", 90)+"\n", 100), reproduce.OriginSet))
	b.Env.After = func(_ time.Duration, msg tea.Msg) tea.Cmd { asked = append(asked, msg); return nil }
	b.Keys("e")
	b.Type("[")
	b.Type("]:")
	b.Lacks("✗")
	if len(asked) != 3 {
		t.Fatalf("%d checks were asked for", len(asked))
	}
	b.Send(asked[0], asked[1]) // late ones
	b.Lacks("✗")
	b.Send(asked[2])
	b.Has("✗ 1:")
	// Saving does not trust a check that is due.
	b.Keys("home", "delete", "delete", "delete")
	b.Send(asked[len(asked)-1])
	b.Lacks("✗")
	b.Type("[")
	b.Keys("ctrl+s")
	b.Has("not saved")
	if len(b.history()) != 1 {
		t.Error("it was stored")
	}
}

func TestLeavingWhileItIsSaved(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.Keys("e")
	b.Type("# x\n")
	saving := b.command("recipe.save")
	b.Keys("esc", "esc")
	b.Send(saving())
	b.Has("Saved", "1  # x")
	if _, editing := b.screen().Text(); editing {
		t.Error("it is edited again")
	}
}
