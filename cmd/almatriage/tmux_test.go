package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// screenOf is a terminal of tmux's with the program in it.
type screenOf struct {
	u      *user
	socket string
}

// inTmux starts a command line of the user's in a terminal of its own.
func (u *user) inTmux(w, h int, line string) *screenOf {
	u.t.Helper()
	s := &screenOf{u: u, socket: filepath.Join(u.home, "tmux.sock")}
	s.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(w), "-y", fmt.Sprint(h), "cd "+u.home+"; HISTFILE= PS1='shell> ' exec bash --norc")
	u.t.Cleanup(func() {
		if out, err := s.command("kill-server").CombinedOutput(); err != nil {
			u.t.Errorf("end tmux: %v: %s", err, out)
		}
		for end := time.Now().Add(patience); u.running() && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond) // it cleans up after itself
		}
	})
	s.wait("shell>")
	s.keys(line, "Enter")
	return s
}

// running tells whether a process of the user's program is there.
func (u *user) running() bool {
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		u.t.Fatal(err)
	}
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && strings.HasPrefix(exe, u.program) {
			return true
		}
	}
	return false
}

func (s *screenOf) command(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-S", s.socket}, args...)...)
	for _, v := range s.u.env {
		if !strings.HasPrefix(v, "TMUX") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C.UTF-8")
	return cmd
}

func (s *screenOf) tmux(args ...string) string {
	s.u.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.u.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

// keys presses keys by tmux's names; what is no name is typed.
func (s *screenOf) keys(names ...string) {
	s.u.t.Helper()
	s.tmux(append([]string{"send-keys"}, names...)...)
}

func (s *screenOf) screen() string { return s.tmux("capture-pane", "-p") }

// patience is how long a screen may take that waits for containers.
const patience = 60 * time.Second

// wait waits until the screen shows all texts.
func (s *screenOf) wait(texts ...string) string {
	s.u.t.Helper()
	var seen string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		seen = s.screen()
		all := true
		for _, text := range texts {
			all = all && strings.Contains(seen, text)
		}
		if all {
			return seen
		}
	}
	s.u.t.Fatalf("the screen never shows all of %q:\n%s", texts, seen)
	return ""
}

// gone waits until the screen does not show a text any more.
func (s *screenOf) gone(text string) {
	s.u.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if !strings.Contains(s.screen(), text) {
			return
		}
	}
	s.u.t.Fatalf("the screen goes on to show %q:\n%s", text, s.screen())
}

// quit leaves the program and waits until it has ended.
func (s *screenOf) quit() {
	s.u.t.Helper()
	s.keys("q")
	s.ended()
}

// ended waits until the program has ended, and the shell has the terminal.
func (s *screenOf) ended() {
	s.u.t.Helper()
	for end := time.Now().Add(patience); s.u.running(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.u.t.Fatalf("it does not end:\n%s", s.screen())
		}
	}
	s.wait("shell>")
}

const gizmoRecipe = "summary: gizmo adds one too many\nrequire: [gizmo]\ntest: |\n  echo adding\n  test \"$(gizmo add 2 2)\" = 4\n"

// TestATriagersWay is the whole way in a real terminal with real containers:
// filter, open, run both sides, decide as suggested, undo, redo, export, quit.
func TestATriagersWay(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("gizmo.fmf", gizmoRecipe))
	s := u.inTmux(120, 40, "./almatriage")
	s.wait("[Undecided", "almbz#3", "synced")

	s.keys("/")
	s.keys("almbz#3")
	s.wait("/ almbz#3", "> almbz#3 ")
	s.keys("Enter")
	s.wait("> almbz#3 ", "recipe")
	s.keys("Enter") // read it on the whole screen
	s.gone("[Undecided")
	s.keys("Escape")
	s.wait("[Undecided")

	s.keys("r")
	s.wait("AlmaLinux 9", "CentOS Stream 9", "adding") // live output
	s.wait("stream-reproducible")
	s.keys("d")
	s.wait("Decide on almbz#3", "enter accepts stream-reproducible")
	s.keys("Enter")
	s.wait("takes it back")
	s.keys("Escape")
	s.wait("[Undecided 28]")
	if got := u.must("list", "verdict:stream-reproducible", "--json", "id", "--jq", ".[].id"); got != "almbz#3\n" {
		t.Errorf("decided: %q", got)
	}

	s.keys("u")
	s.wait("taken back", "[Undecided 29]", "> almbz#3 ")
	s.keys("U")
	s.wait("[Undecided 28]")
	s.keys("8") // All
	s.wait("[All", "> almbz#3 ", "stream")
	s.keys("Space", "E")
	s.wait("Export 1 report to")
	s.keys("C-u")
	s.keys("out.csv", "Enter")
	s.wait("1 report is in out.csv")
	exported, err := os.ReadFile(filepath.Join(u.home, "out.csv"))
	if err != nil || !strings.Contains(string(exported), "almbz#3") || !strings.Contains(string(exported), "stream-reproducible,stream-reproducible") {
		t.Errorf("exported: %v\n%s", err, exported)
	}
	s.quit()
	if left := fixture.Left(t, u.home); left != "" {
		t.Errorf("it left %s", left)
	}
}

// TestResizeAndSuspend: every screen survives any size, and the terminal is
// the shell's again while the program is suspended.
func TestResizeAndSuspend(t *testing.T) {
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("gizmo.fmf", gizmoRecipe))
	s := u.inTmux(120, 40, "./almatriage")
	s.wait("[Undecided", "synced")
	resize := func(text string) {
		t.Helper()
		for _, size := range [][2]string{{"80", "24"}, {"41", "11"}, {"30", "8"}, {"200", "60"}, {"120", "40"}} {
			s.tmux("resize-window", "-x", size[0], "-y", size[1])
			if size[0] == "30" {
				s.wait("too small")
			} else {
				s.gone("too small")
			}
		}
		s.wait(text)
	}
	resize("[Undecided")
	for _, one := range []struct{ key, shows string }{{"b", "never run"}, {"e", "ecipe"}, {"h", "istory"}, {"d", "Decide"}, {"?", "Help"}, {"#", "undecided"}} {
		s.keys(one.key)
		s.wait(one.shows)
		resize(one.shows)
		s.keys("Escape")
		s.wait("[Undecided")
	}
	s.keys("C-z")
	s.wait("Stopped", "shell>")
	s.keys("fg", "Enter")
	s.wait("[Undecided")
	s.keys("C-l")
	s.wait("[Undecided")
	s.quit()
}

// TestFirstStart: nothing is there: no database, no network, no podman, no
// configuration. Each is said, with what to do, and the demonstration is one
// key away.
func TestFirstStart(t *testing.T) {
	u := newUser(t, "[[tracker]]\nname = \"almbz\"\nkind = \"mantis\"\nurl = \"http://127.0.0.1:1\"\n\n[engine]\npodman = \"no-such-podman\"\n")
	temporary := filepath.Dir(u.write("tmp/here", ""))
	u.env = append(u.env, "TMPDIR="+temporary)
	s := u.inTmux(100, 30, "./almatriage")
	s.wait("No tracker could be reached", "try again", "demonstration")
	s.keys("~")
	s.wait("no-such-podman")
	s.keys("Escape")
	s.gone("The log is")
	s.keys("D")
	s.wait("DEMO", "[Undec")
	s.quit()
	if entries, err := filepath.Glob(filepath.Join(temporary, "almatriage-demo-*")); err != nil || len(entries) > 0 {
		t.Errorf("the demonstration left %v, %v", entries, err)
	}
}

// TestQuitWhileItRuns: leaving asks what becomes of the runs; cancelled ones
// leave nothing behind, those that are left go on without the terminal.
func TestQuitWhileItRuns(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("slow.fmf", "summary: takes its time\nrequire: [gizmo]\ntest: echo begun; sleep 3; exit 1\n"))
	s := u.inTmux(120, 40, "./almatriage")
	s.wait("[Undecided")
	s.keys("/")
	s.keys("almbz#3", "Enter")
	s.keys("r")
	s.wait("begun")
	s.keys("C-c")
	s.wait("Quit while something runs?", "1 run")
	s.keys("c")
	s.ended()
	if runs := u.must("history", "almbz#3"); runs != "" {
		t.Errorf("decisions came from nowhere: %s", runs)
	}
	s.keys("clear; ./almatriage", "Enter")
	s.wait("[Undecided")
	s.keys("/")
	s.keys("almbz#3", "Enter")
	s.keys("r")
	s.wait("begun")
	s.keys("C-c")
	s.wait("Quit while something runs?")
	s.keys("l")
	s.wait("go on in the background")
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		if u.must("show", "almbz#3", "--json", "--jq", ".suggested") == "stream-reproducible\n" {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the run that was left did not go on")
		}
	}
}

// TestTwoSee: two instances on one database see each other's decisions within
// two seconds, and the one that somebody is at does not move.
func TestTwoSee(t *testing.T) {
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	s := u.inTmux(120, 40, "./almatriage")
	s.wait("[Undecided", "synced")
	s.keys("8")
	s.wait("[All", "> almbz#")
	u.must("mark", "almbz#3", "alma-only")
	began := time.Now()
	s.wait("Alma-only 1")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s to be seen", took)
	}
	s.quit()
}
