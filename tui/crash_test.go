package tui_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
)

// bomb is a screen that breaks down where it is told to.
type bomb struct {
	*quitless
	where string
}

// explode is the name that a stack must show.
func explode() { panic("the bomb went off") }

func (s *bomb) at(where string) {
	if s.where == where {
		explode()
	}
}

// fuse asks for what is to break down.
type fuse struct{}

func (s *bomb) Init() tea.Cmd { s.at("init"); return nil }
func (s *bomb) Update(msg tea.Msg) tea.Cmd {
	if _, lit := msg.(fuse); !lit {
		return nil
	}
	s.at("update")
	boom := func() tea.Msg { explode(); return nil }
	quiet := func() tea.Msg { return nil }
	switch s.where {
	case "command":
		return boom
	case "batch":
		return tea.Batch(quiet, boom)
	case "batch in a batch":
		return tea.Batch(quiet, func() tea.Msg { return tea.BatchMsg{quiet, func() tea.Msg { return tea.BatchMsg{boom, quiet} }} })
	case "message of a command":
		s.where = "update"
		return func() tea.Msg { return fuse{} }
	}
	return nil
}
func (s *bomb) View() string             { s.at("view"); return s.quitless.View() }
func (s *bomb) Resize(w, h int)          { s.at("resize"); s.quitless.Resize(w, h) }
func (s *bomb) Actions() []action.Action { s.at("actions"); return nil }
func (s *bomb) Title() string            { s.at("title"); return "a bomb" }

// guarded is the model as Run shows it, with the loop that drives it: as Bubble
// Tea's, commands run beside it.
type guarded struct {
	t     *testing.T
	model *tui.Guarded
	root  *tui.Root
	msgs  chan tea.Msg
	quit  bool

	mu     sync.Mutex
	logged []string
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	d := open(t, filled(t), 100, 30)
	g := &guarded{t: t, root: d.Root, msgs: make(chan tea.Msg, 100)}
	g.model = tui.NewGuarded(d.Root, func(what string, stack []byte) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.logged = append(g.logged, what+"\n"+string(stack))
	}, func(msg tea.Msg) { g.msgs <- msg })
	return g
}

// run is the loop, until it ends or nothing comes any more.
func (g *guarded) run(msg tea.Msg) {
	g.msgs <- msg
	for !g.quit {
		select {
		case msg := <-g.msgs:
			g.handle(msg)
		case <-time.After(2 * time.Second):
			return
		}
	}
}

func (g *guarded) handle(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
		return
	case tea.QuitMsg:
		g.quit = true
		return
	case tea.BatchMsg:
		for _, cmd := range msg {
			g.do(cmd)
		}
		return
	}
	_, cmd := g.model.Update(msg)
	g.do(cmd)
	g.model.View()
}

func (g *guarded) do(cmd tea.Cmd) {
	if cmd != nil {
		go func() { g.msgs <- cmd() }()
	}
}

// What breaks down inside ends the program in good order, and is logged once
// with where it was.
func TestCrash(t *testing.T) {
	for _, where := range []string{"init", "update", "view", "resize", "actions", "title", "command", "batch", "batch in a batch", "message of a command"} {
		t.Run(where, func(t *testing.T) {
			g := newGuarded(t)
			s := &bomb{quitless: &quitless{}, where: where}
			g.handle(screen.OpenMsg{Screen: s})
			g.run(fuse{})
			if !g.quit {
				t.Fatal("it goes on")
			}
			if err := g.model.Crash(); err == nil || !strings.Contains(err.Error(), "the bomb went off") {
				t.Errorf("the crash is %v", err)
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			if len(g.logged) != 1 || !strings.Contains(g.logged[0], "the bomb went off") || !strings.Contains(g.logged[0], "tui_test.explode") {
				t.Errorf("%d are logged: %.2000s", len(g.logged), g.logged)
			}
			if view := g.model.View(); view != "" {
				t.Errorf("half a screen stays: %q", view)
			}
		})
	}
}

// What does not break down goes through as it is.
func TestNoCrash(t *testing.T) {
	g := newGuarded(t)
	s := &bomb{quitless: &quitless{}}
	g.handle(screen.OpenMsg{Screen: s})
	g.handle(fuse{})
	if g.model.Crash() != nil || g.model.View() != g.root.View() || !strings.Contains(g.model.View(), "a bomb") {
		t.Errorf("%v\n%s", g.model.Crash(), g.model.View())
	}
	g.run(tea.KeyMsg{Type: tea.KeyCtrlC})
	if !g.quit || g.model.Crash() != nil {
		t.Error("it does not end by its key")
	}
}
