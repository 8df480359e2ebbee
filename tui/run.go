package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/term"

	"github.com/almatriage/almatriage/store"
	_ "github.com/almatriage/almatriage/tui/guard" // before Bubble Tea asks the terminal
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/inbox"
	"github.com/almatriage/almatriage/tui/theme"
)

// Options are how the interface looks and is used.
type Options struct {
	Theme theme.Name
	// Keys are the user's own, by the action's id.
	Keys  map[string][]string
	Mouse bool
	// Out is the terminal.
	Out *os.File
	// State is the folder for what is copied and cannot be put on a clipboard.
	State string
	// Env looks up a variable of the environment.
	Env func(string) string
	// Guide, if set, is opened on top of the Inbox.
	Guide *screen.GuideMsg
	// Log takes what went wrong inside, with its stack.
	Log func(what string, stack []byte)
}

// closing is how long runs get to clean up after themselves at the end.
const closing = 60 * time.Second

// Run shows the interface until the user leaves or the context ends. Runs that
// go on then are cancelled and cleaned up before it returns, unless the user
// left them to go on by themselves (Outcome.Left).
func Run(ctx context.Context, services screen.Services, o Options) (Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	keys, err := Keymap(o.Keys)
	if err != nil {
		return Outcome{}, err
	}
	terminal := &terminal{File: o.Out}
	if services.Copy == nil {
		services.Copy = clipboard{out: terminal, env: o.Env, dir: o.State}.copy
	}
	env := &screen.Env{Ctx: ctx, Services: &services, Theme: theme.New(theme.Choose(o.Theme, o.Env)), Keys: keys, Now: time.Now, After: after}
	first, err := inbox.ReadFirst(ctx, services.DB)
	if err != nil {
		return Outcome{}, err
	}
	var failed error
	root := NewRoot(env, func(env *screen.Env) screen.Screen {
		s, err := inbox.New(env, first)
		failed = err
		return s
	})
	if failed != nil {
		return Outcome{}, failed
	}
	root.mouse, root.begin = o.Mouse, o.Guide
	if w, h, err := term.GetSize(int(o.Out.Fd())); err == nil {
		root.size(w, h) // the first frame has something on it
	}
	guarded := &guarded{root: root, log: o.Log}
	options := []tea.ProgramOption{tea.WithAltScreen(), tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithOutput(terminal)}
	if o.Mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	program := tea.NewProgram(guarded, options...)
	guarded.send = program.Send
	var watching sync.WaitGroup
	watching.Go(func() { watch(ctx, services.DB, first.Latest, program.Send) })
	_, err = program.Run()
	cancel()
	watching.Wait()
	if errors.Is(err, tea.ErrProgramKilled) && guarded.crash == nil {
		err = nil // the context ended, which who called knows
	}
	root.outcome.Crash = guarded.crash
	err = errors.Join(err, closeRuns(&services))
	if len(root.outcome.Left) > 0 {
		err = errors.Join(err, services.Detach(root.outcome.Left))
	}
	return root.Outcome(), err
}

// closeRuns ends what still runs, and says so where that takes a moment.
func closeRuns(services *screen.Services) error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	return services.Runs.Close(ctx)
}

// after sends a message when the time has passed.
func after(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}

// lookEvery is the time between two looks for what other processes changed. It
// costs a few microseconds and, when nothing changed, not a frame.
const lookEvery = time.Second

// watch tells what changes in the database, by whoever, until the context ends.
func watch(ctx context.Context, db *store.DB, since int64, send func(tea.Msg)) {
	fail := func(err error) {
		if ctx.Err() == nil {
			send(screen.ChangedMsg{Err: err})
		}
	}
	w, err := db.Watch(ctx)
	if err != nil {
		fail(err)
		return
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
			since, err = look(ctx, db, w, since, send)
			if err != nil {
				fail(err)
				ticker.Reset(30 * lookEvery) // not the same sentence each second
			}
		}
	}
	if err := w.Close(); err != nil {
		fail(fmt.Errorf("end looking for changes: %w", err))
	}
}

// look tells what changed since, part by part, and how far that is.
func look(ctx context.Context, db *store.DB, w *store.Watch, since int64, send func(tea.Msg)) (int64, error) {
	changed, err := w.Changed(ctx)
	if err != nil || !changed {
		return since, err
	}
	for {
		m := screen.LookNow(ctx, db, since)
		if m.Err != nil {
			return since, m.Err
		}
		since = max(since, m.Latest)
		send(m)
		if !m.More {
			return since, nil
		}
	}
}
