package tui_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/inbox"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// counting counts what Bubble Tea asks of a model.
type counting struct {
	tea.Model
	mu    sync.Mutex
	msgs  []tea.Msg
	views int
	last  time.Time
}

func (c *counting) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	c.mu.Lock()
	c.msgs = append(c.msgs, msg)
	c.last = time.Now()
	c.mu.Unlock()
	_, cmd := c.Model.Update(msg)
	return c, cmd
}

func (c *counting) View() string {
	c.mu.Lock()
	c.views++
	c.mu.Unlock()
	return c.Model.View()
}

func (c *counting) counts() (updates, views int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.msgs), c.views
}

// since are the messages that came after the first n.
func (c *counting) since(n int) []tea.Msg {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]tea.Msg(nil), c.msgs[n:]...)
}

// still waits until nothing came for a while.
func (c *counting) still(t *testing.T, quiet time.Duration) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		c.mu.Lock()
		is := len(c.msgs) > 0 && time.Since(c.last) > quiet
		c.mu.Unlock()
		if is {
			return
		}
	}
	t.Fatalf("it never comes to rest; the last messages: %+v", c.since(max(0, len(c.msgs)-5)))
}

// show runs the interface of a world on a terminal of its own, with the parts
// and the options of Run.
func show(t *testing.T, w *tuitest.World) *counting {
	t.Helper()
	terminal, tty, err := pty.Open()
	must(t, err)
	must(t, pty.Setsize(terminal, &pty.Winsize{Rows: 40, Cols: 120}))
	go func() { // ends with the process
		buffer := make([]byte, 1<<16)
		for {
			if _, err := terminal.Read(buffer); err != nil {
				return
			}
		}
	}()
	ctx, cancel := context.WithCancel(w.Ctx)
	env := *w.Env
	env.Ctx, env.Now, env.After = ctx, time.Now, tui.After
	first, err := inbox.ReadFirst(ctx, w.DB)
	must(t, err)
	root := tui.NewRoot(&env, func(env *screen.Env) screen.Screen {
		s, err := inbox.New(env, first)
		must(t, err)
		return s
	})
	guarded := tui.NewGuarded(root, nil, nil)
	c := &counting{Model: guarded}
	program := tea.NewProgram(c, tea.WithAltScreen(), tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithInput(tty), tea.WithOutput(tty))
	var watching, running sync.WaitGroup
	watching.Go(func() { tui.Watch(ctx, w.DB, first.Latest, program.Send) })
	running.Go(func() {
		if _, err := program.Run(); err != nil && !errors.Is(err, tea.ErrProgramKilled) {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		// By its own end, not the context's: then Bubble Tea does not wait for what
		// it reads with before it closes that.
		program.Quit()
		running.Wait()
		cancel()
		watching.Wait()
		// Bubble Tea may still ask the terminal for its size when its program has
		// ended: the terminal goes with the process.
		if err := guarded.Crash(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestIdle: where nothing happens nothing is done: no message, no frame. What
// somebody else writes is seen within two seconds, once.
func TestIdle(t *testing.T) {
	w := filled(t)
	w.Sync = nil
	c := show(t, w)
	c.still(t, 1500*time.Millisecond)
	updates, views := c.counts()
	time.Sleep(3 * time.Second)
	if nowUpdates, nowViews := c.counts(); nowUpdates != updates || nowViews != views {
		t.Fatalf("%d messages and %d frames in 3 s of nothing: %+v", nowUpdates-updates, nowViews-views, c.since(updates))
	}

	other, err := store.Open(w.Ctx, w.DB.Path(), store.Options{})
	must(t, err)
	defer func() { must(t, other.Close()) }()
	_, err = other.Mark(w.Ctx, store.Mark{Reports: []string{id(bare)}, Verdict: reproduce.AlmaOnly, By: "other", At: time.Now()})
	must(t, err)
	time.Sleep(2 * time.Second)
	seen := func() (changes []screen.ChangedMsg) {
		for _, msg := range c.since(updates) {
			if m, ok := msg.(screen.ChangedMsg); ok {
				changes = append(changes, m)
			}
		}
		return changes
	}
	changes := seen()
	if len(changes) != 1 || len(changes[0].Excerpts) != 1 || changes[0].Excerpts[0].Verdict != reproduce.AlmaOnly {
		t.Fatalf("after 2 s these changes are told: %+v", changes)
	}
	time.Sleep(1500 * time.Millisecond)
	if n := len(seen()); n != 1 {
		t.Errorf("one change is told %d times", n)
	}
}

// child is the variable that makes of this test the program that a test runs.
const child = "ALMATRIAGE_TEST_CHILD"

// TestChild is Run, on the terminal that it is started on.
func TestChild(t *testing.T) {
	what := os.Getenv(child)
	if what == "" {
		t.Skip("it is the child of other tests")
	}
	w := filled(t)
	if what == "crash" {
		w.Sync = func(context.Context, ...string) ([]tracker.Result, error) {
			time.Sleep(300 * time.Millisecond) // the screen is there
			panic("the trackers are on fire")
		}
	}
	var logged []string
	o, err := tui.Run(context.Background(), *w.Services, tui.Options{Theme: theme.Dark, Out: os.Stdout, Env: os.Getenv, State: t.TempDir(),
		Log: func(what string, stack []byte) { logged = append(logged, what+string(stack)) }})
	fmt.Printf("\nENDED crash=%v err=%v left=%v logged=%d stack=%t\n", o.Crash, err, o.Left, len(logged), strings.Contains(strings.Join(logged, ""), "tui_test.TestChild"))
}

// started is a child on a terminal of its own.
type started struct {
	t        *testing.T
	cmd      *exec.Cmd
	terminal *os.File
	tty      *os.File
	before   *term.State

	mu   sync.Mutex
	said []byte
	over chan struct{}
}

// start starts the child; the terminal stays open when it ends.
func start(t *testing.T, what string) *started {
	t.Helper()
	terminal, tty, err := pty.Open()
	must(t, err)
	must(t, pty.Setsize(terminal, &pty.Winsize{Rows: 30, Cols: 100}))
	before, err := term.GetState(int(tty.Fd()))
	must(t, err)
	s := &started{t: t, terminal: terminal, tty: tty, before: before, over: make(chan struct{}), cmd: exec.Command(os.Args[0], "-test.run", "^TestChild$", "-test.v=false")}
	s.cmd.Env = append(os.Environ(), child+"="+what, "TERM=xterm-256color")
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = tty, tty, tty
	must(t, s.cmd.Start())
	go func() {
		defer close(s.over)
		buffer := make([]byte, 1<<16)
		for {
			n, err := terminal.Read(buffer)
			s.mu.Lock()
			s.said = append(s.said, buffer[:n]...)
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *started) wait(text string) {
	s.t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		found := bytes.Contains(s.said, []byte(text))
		s.mu.Unlock()
		if found {
			return
		}
	}
	s.t.Fatalf("%q never comes: %q", text, s.said)
}

// end waits for the child, and returns what it wrote. The terminal must be as
// it was.
func (s *started) end() string {
	s.t.Helper()
	s.wait("ENDED ")
	if err := s.cmd.Wait(); err != nil {
		s.t.Error(err)
	}
	after, err := term.GetState(int(s.tty.Fd()))
	must(s.t, err)
	if fmt.Sprint(*after) != fmt.Sprint(*s.before) {
		s.t.Errorf("the terminal is left in another state: %+v, not %+v", after, s.before)
	}
	must(s.t, s.tty.Close())
	<-s.over
	must(s.t, s.terminal.Close())
	said := string(s.said)
	screen, rest, _ := strings.Cut(said, "ENDED ")
	for _, restored := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l"} {
		if !strings.Contains(screen, restored) {
			s.t.Errorf("%q is not written at the end: %q", restored, screen[max(0, len(screen)-300):])
		}
	}
	if strings.Contains(screen, "goroutine ") {
		s.t.Errorf("a stack is written to the terminal: %q", screen)
	}
	return rest
}

// TestCrashOnATerminal is a breakdown in the real program on a real terminal.
func TestCrashOnATerminal(t *testing.T) {
	got := start(t, "crash").end()
	for _, want := range []string{"crash=almatriage broke down: the trackers are on fire", "err=<nil>", "logged=1", "stack=true"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

// TestRunOnATerminal: the real program shows its reports and ends by a key.
func TestRunOnATerminal(t *testing.T) {
	s := start(t, "run")
	s.wait("> almbz#2")
	if _, err := s.terminal.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if got := s.end(); !strings.Contains(got, "crash=<nil> err=<nil> left=[] logged=0") {
		t.Error(got)
	}
}
