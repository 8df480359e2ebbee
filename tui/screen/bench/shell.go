package bench

import (
	"context"
	"fmt"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
)

// shell is a shell that is being prepared.
type shell struct {
	target reproduce.Target
	since  time.Time
	cancel context.CancelFunc
	left   bool // it was cancelled
}

// shellMsg tells that a shell is prepared, or why not.
type shellMsg struct {
	to    *Screen
	shell *shell
	spec  reproduce.AttemptSpec
	err   error
}

// shellTickMsg draws the time that preparing takes; no run may go on meanwhile.
type shellTickMsg struct {
	to    *Screen
	shell *shell
}

func (s *Screen) mayShell() (bool, string) {
	switch {
	case s.env.Shell == nil:
		return false, "a shell cannot be had here"
	case s.shell != nil:
		return false, "one is being prepared already"
	case len(s.panes) == 0:
		return false, "there is no side yet: run the recipe first"
	}
	return true, ""
}

// openShell prepares what an attempt on the focused side would run in.
func (s *Screen) openShell() tea.Cmd {
	ctx, cancel := context.WithCancel(s.env.Ctx)
	now := s.env.Now()
	s.shell = &shell{target: s.live.Sides[s.focus].Target, since: now, cancel: cancel}
	env, report, msg := s.env, s.report, shellMsg{to: s, shell: s.shell}
	return tea.Batch(s.tickShell(), func() tea.Msg {
		msg.spec, msg.err = prepare(ctx, env, report, msg.shell.target.Name, now)
		return msg
	})
}

func prepare(ctx context.Context, env *screen.Env, report, target string, now time.Time) (reproduce.AttemptSpec, error) {
	req, err := request(ctx, env, report, Options{Targets: []string{target}}, now)
	if err != nil {
		return reproduce.AttemptSpec{}, err
	}
	lab, err := env.Runs.Lab()
	if err != nil {
		return reproduce.AttemptSpec{}, err
	}
	return lab.Prepare(ctx, req, nil)
}

func (s *Screen) tickShell() tea.Cmd {
	return s.env.After(200*time.Millisecond, shellTickMsg{s, s.shell})
}

func (s *Screen) shellTick(msg shellTickMsg) tea.Cmd {
	if msg.to != s || s.shell == nil || msg.shell != s.shell {
		return nil
	}
	return s.tickShell()
}

// shellReady hands the terminal over to the shell.
func (s *Screen) shellReady(msg shellMsg) tea.Cmd {
	if msg.to != s || msg.shell != s.shell {
		return nil
	}
	s.shell = nil
	msg.shell.cancel()
	switch {
	case msg.shell.left:
		return screen.Toast(screen.Note, "No shell: it was cancelled.")
	case msg.err != nil:
		return screen.Fail(fmt.Errorf("no shell: %w", msg.err))
	}
	env, title := s.env, safe.Line(msg.shell.target.Title())
	return screen.Exec(func(in io.Reader, out, errs io.Writer) error {
		if _, err := fmt.Fprintf(errs, "A shell on %s; leave it with exit. The test is /tmp/test.sh.\r\n", title); err != nil {
			return err
		}
		return env.Shell(env.Ctx, msg.spec, reproduce.Stdio{In: in, Out: out, Err: errs, Terminal: true})
	}, func(err error) tea.Msg {
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		return nil
	})
}
