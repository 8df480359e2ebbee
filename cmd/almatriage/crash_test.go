package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// user is a person with a home of their own and the built program.
type user struct {
	t       testing.TB
	program string
	home    string
	env     []string
}

// newUser has the program in their home, and a configuration.
func newUser(t testing.TB, config string) *user {
	t.Helper()
	u := &user{t: t, home: t.TempDir()}
	u.program = filepath.Join(u.home, "almatriage")
	built := os.Getenv(programVariable)
	err := os.Link(built, u.program)
	if errors.Is(err, syscall.EXDEV) { // a home in memory
		var data []byte
		if data, err = os.ReadFile(built); err == nil {
			err = os.WriteFile(u.program, data, 0o700)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	u.env = append(os.Environ(), "HOME="+u.home, "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "XDG_CACHE_HOME=", "XDG_STATE_HOME=")
	u.write(".config/almatriage/config.toml", config)
	return u
}

func (u *user) write(name, text string) string {
	u.t.Helper()
	path := filepath.Join(u.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		u.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		u.t.Fatal(err)
	}
	return path
}

func (u *user) command(args ...string) *exec.Cmd {
	cmd := exec.Command(u.program, args...)
	cmd.Env, cmd.Dir = u.env, u.home
	return cmd
}

// run runs a command to its end and returns what it printed and its status.
func (u *user) run(args ...string) (stdout, stderr string, status int) {
	u.t.Helper()
	cmd := u.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		u.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// must is run for what has to go well.
func (u *user) must(args ...string) string {
	u.t.Helper()
	stdout, stderr, status := u.run(args...)
	if status != 0 {
		u.t.Fatalf("%s: status %d\n%s%s", strings.Join(args, " "), status, stdout, stderr)
	}
	return stdout
}

// mantisServer answers as a recorded Mantis.
func mantisServer(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(replay.New(replay.Options{Anonymous: true}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestKilledInTheMiddleOfARun kills the program outright while containers run.
// What starts next leaves nothing of it behind and says what happened.
func TestKilledInTheMiddleOfARun(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("r.fmf", "summary: takes its time\nrequire: [gizmo]\ntest: sleep 30\n"))
	u.must("recipe", "set", "almbz#4", u.write("quick.fmf", "summary: is quick\nrequire: [gizmo]\ntest: exit 1\n"))
	u.must("run", "almbz#4")
	var killed []int
	for _, after := range []time.Duration{300 * time.Millisecond, 4 * time.Second} {
		cmd := u.command("run", "almbz#3")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		killed = append(killed, cmd.Process.Pid)
		if err := cmd.Wait(); err == nil {
			t.Fatal("it ended before it was killed")
		}
	}
	// What starts next needs no container itself, and cleans up all the same.
	if out := u.must("run", "almbz#4"); strings.Count(out, "(cached, ") != 2 {
		t.Errorf("it ran again:\n%s", out)
	}
	for _, pid := range killed {
		if left := fixture.Left(t, fmt.Sprintf(":%d:", pid)); left != "" {
			t.Errorf("left:\n%s", left)
		}
	}
	if out := u.must("show", "almbz#3"); !strings.Contains(out, ": interrupted") {
		t.Errorf("the run does not show as interrupted:\n%s", out)
	}
	if out := u.must("doctor", "--full"); !strings.Contains(out, "ok     database") {
		t.Errorf("the database is not whole:\n%s", out)
	}
}

// TestInterruptEndsInGoodOrder sends what Ctrl-C sends.
func TestInterruptEndsInGoodOrder(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("r.fmf", "summary: takes its time\ntest: sleep 30\n"))
	cmd := u.command("run", "almbz#3")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second)
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("it ended with %v, not 130", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to end", took)
	}
	if !strings.Contains(said.String(), "go on with: almatriage run 'almbz#3'") {
		t.Errorf("it does not say how to go on:\n%s", said.String())
	}
	if left := fixture.Left(t, fmt.Sprintf(":%d:", cmd.Process.Pid)); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

// TestPodmanThatDoesNotWork: one clear sentence, status 5, in time, and what is
// stored stays.
func TestPodmanThatDoesNotWork(t *testing.T) {
	t.Parallel()
	server := mantisServer(t)
	for name, c := range map[string]struct{ script, want string }{
		"missing": {"", "is not installed"},
		"hangs":   {"#!/bin/sh\nexec sleep 600\n", "podman hangs"},
		"garbage": {"#!/bin/sh\necho '<html>'\n", "not podman's"},
		"broken":  {"#!/bin/sh\necho 'Error: cannot connect to the store' >&2\nexit 125\n", "podman is not usable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, "")
			podman := filepath.Join(u.home, "podman")
			if c.script != "" {
				u.write("podman", c.script)
			}
			u.write(".config/almatriage/config.toml", strings.Replace(configOf(server), "[engine]\n", fmt.Sprintf("[engine]\npodman = %q\n", podman), 1))
			u.must("sync")
			u.must("recipe", "set", "almbz#3", u.write("r.fmf", "summary: any\ntest: exit 1\n"))
			for _, args := range [][]string{{"run", "almbz#3"}, {"doctor"}} {
				began := time.Now()
				stdout, stderr, status := u.run(args...)
				if status != 5 || !strings.Contains(stdout+stderr, c.want) {
					t.Errorf("%v: status %d\n%s%s", args, status, stdout, stderr)
				}
				if took := time.Since(began); took > 40*time.Second {
					t.Errorf("%v: it took %s", args, took)
				}
			}
			if out := u.must("list", "has:recipe"); !strings.HasPrefix(out, "almbz#3") {
				t.Errorf("list: %s", out)
			}
		})
	}
}

// TestImageThatCannotBePulled: the side that failed is named, the other's
// result is kept.
func TestImageThatCannotBePulled(t *testing.T) {
	fixture.Use(t)
	config := strings.Replace(configOf(mantisServer(t)), fixture.Stream, "localhost/no/such:image", 1)
	u := newUser(t, strings.Replace(config, `pull = "never"`, `pull = "missing"`, 1))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("r.fmf", "summary: any\ntest: exit 1\n"))
	stdout, stderr, status := u.run("run", "almbz#3")
	if status != 3 || !strings.Contains(stdout, "CentOS Stream 9: step resolve failed: the image localhost/no/such:image cannot be pulled") ||
		!strings.Contains(stdout, "AlmaLinux 9 shows the bug in 2 of 2") {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
}

// TestTrackerThatDoesNotAnswer: one clear sentence, the right status, nothing lost.
func TestTrackerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	good := mantisServer(t)
	answers := map[string]struct {
		answer func(w http.ResponseWriter)
		status int
		want   string
	}{
		"401":  {func(w http.ResponseWriter) { w.WriteHeader(401) }, 4, "token"},
		"403":  {func(w http.ResponseWriter) { w.WriteHeader(403) }, 4, ""},
		"404":  {func(w http.ResponseWriter) { w.WriteHeader(404) }, 7, ""},
		"429":  {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "3600"); w.WriteHeader(429) }, 1, "almbz"},
		"500":  {func(w http.ResponseWriter) { w.WriteHeader(500) }, 1, "almbz"},
		"HTML": {func(w http.ResponseWriter) { fmt.Fprint(w, "<!DOCTYPE html><p>Welcome</p>") }, 1, ""},
		"none": {nil, 1, "almbz"},
	}
	for name, c := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, configOf(good))
			u.must("sync")
			u.write(".config/almatriage/config.toml", configOf(badServer(t, c.answer)))
			began := time.Now()
			stdout, stderr, status := u.run("sync")
			if status != c.status || !strings.Contains(stderr, c.want) || !strings.Contains(stdout, "failed") {
				t.Errorf("status %d, not %d\n%s%s", status, c.status, stdout, stderr)
			}
			if lines := strings.Count(strings.TrimSpace(stderr), "almatriage: "); lines != 1 {
				t.Errorf("%d sentences:\n%s", lines, stderr)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %s", took)
			}
			if out := u.must("list", "--limit", "0"); strings.Count(out, "\n") != 29 {
				t.Errorf("reports were lost:\n%s", out)
			}
		})
	}
}

// badServer answers everything in one way; without a way it is not there.
func badServer(t *testing.T, answer func(http.ResponseWriter)) string {
	t.Helper()
	if answer == nil {
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return "http://" + address
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
	t.Cleanup(server.Close)
	return server.URL
}
