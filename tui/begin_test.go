package tui_test

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/guide"
	"github.com/almatriage/almatriage/tui/screen/inbox"
)

// TestGuideAtTheStart: the guide is on top of the Inbox from the first frame on,
// and leaving it leads there.
func TestGuideAtTheStart(t *testing.T) {
	w := filled(t)
	first, err := inbox.ReadFirst(w.Ctx, w.DB)
	must(t, err)
	env := *w.Env
	root := tui.NewRoot(&env, func(env *screen.Env) screen.Screen {
		s, err := inbox.New(env, first)
		must(t, err)
		return s
	})
	root.Begin(screen.GuideMsg{Report: id(bare)})
	root.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	root.Init()
	if _, is := root.Top().(*guide.Screen); !is || !strings.Contains(root.View(), "Reading") {
		t.Fatalf("on top is %T:\n%s", root.Top(), root.View())
	}
	root.Update(screen.CloseMsg{})
	if _, is := root.Top().(*inbox.Screen); !is {
		t.Errorf("below it is %T", root.Top())
	}
}
