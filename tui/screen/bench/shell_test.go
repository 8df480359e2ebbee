package bench_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

func TestShell(t *testing.T) {
	b := newBed(t, theme.None)
	b.play(true, true, "3.2.0-4.el9", "3.2.0-4.el9")
	b.Shell = func(context.Context, reproduce.AttemptSpec, reproduce.Stdio) error { return nil }
	d := tuitest.New(t, b.Env, func(env *screen.Env) screen.Screen { return bench.New(env, id, "") }, 120, 40)
	d.Keys("!")
	d.Has("there is no side yet")
	d.Keys("r")
	d.Wait("Suggested")
	d.Keys("tab", "!")
	if d.Took != 1 {
		t.Fatalf("a shell took the terminal %d times", d.Took)
	}
	if p := b.Engine.Prepares(); p[len(p)-1].Target.Name != "stream9" {
		t.Errorf("prepared is %s", p[len(p)-1].Target.Name)
	}
	b.Engine.Scripts["stream9"].ResolveErr = &reproduce.StepError{Target: "stream9", Step: reproduce.StepResolve, Message: "no such image"}
	d.Keys("!")
	if d.Has("no shell: "); d.Took != 1 {
		t.Error("a shell without an image")
	}
	b.Shell = nil
	d.Keys("!")
	d.Has("a shell cannot be had here")
}

// loop is a Bench in a program of its own, which ends with the shell.
type loop struct{ s *bench.Screen }

// Init implements tea.Model.
func (l loop) Init() tea.Cmd {
	for _, a := range l.s.Actions() {
		if a.ID == "bench.shell" {
			return a.Run()
		}
	}
	return nil
}

// Update implements tea.Model.
func (l loop) Update(msg tea.Msg) (tea.Model, tea.Cmd) { return l, l.s.Update(msg) }

// View implements tea.Model.
func (l loop) View() string { return "" }

// TestShellHasTheTerminal runs the shell in a program, as it is in life.
func TestShellHasTheTerminal(t *testing.T) {
	b := running(t)
	var got reproduce.AttemptSpec
	var printed bytes.Buffer
	program := tea.NewProgram(loop{b.s}, tea.WithInput(strings.NewReader("")), tea.WithOutput(&printed), tea.WithoutSignals())
	b.Shell = func(_ context.Context, spec reproduce.AttemptSpec, stdio reproduce.Stdio) error {
		go program.Quit() // the loop waits for the shell
		got = spec
		if stdio.In == nil || stdio.Out == nil || stdio.Err == nil || !stdio.Terminal {
			t.Errorf("%+v", stdio)
		}
		return nil
	}
	if _, err := program.Run(); err != nil {
		t.Fatal(err)
	}
	if got.Target.Name != "alma9" || got.Image == "" || got.Recipe.Test == "" {
		t.Errorf("a shell in %+v", got)
	}
}

// TestShellIsPrepared holds the preparing.
func TestShellIsPrepared(t *testing.T) {
	b := running(t)
	b.Shell = func(context.Context, reproduce.AttemptSpec, reproduce.Stdio) error { return nil }
	held := make(chan struct{})
	b.Runs = runs.NewManager(b.Ctx, func() (*reproduce.Lab, error) { <-held; return nil, errors.New("never") })
	var done = make(chan struct{})
	for _, a := range b.s.Actions() {
		if a.ID == "bench.shell" {
			cmd := a.Run()
			go func() { defer close(done); b.do(cmd) }()
		}
	}
	b.Clock = b.Clock.Add(4 * time.Second)
	b.has("preparing a shell on AlmaLinux 9, 4.0s", "x cancels")
	b.press("!")
	if b.said() != "one is being prepared already" {
		t.Errorf("said %q", b.said())
	}
	b.press("x")
	b.has("cancelling the shell")
	close(held)
	<-done
	if b.lacks("shell on"); b.said() != "No shell: it was cancelled." {
		t.Errorf("said %q", b.said())
	}
}
