package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/almatriage/almatriage/cmd/internal/cli"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

func TestMain(m *testing.M) {
	testscript.Main(built{m}, map[string]func(){
		"almatriage": func() { os.Exit(cli.Main(context.Background(), os.Args[1:], cli.System())) },
	})
}

// built runs the tests with the program, as users have it, where a variable says.
type built struct{ tests testscript.TestingM }

const programVariable = "ALMATRIAGE_TESTED"

// Run implements testscript.TestingM.
func (b built) Run() int {
	dir, err := os.MkdirTemp("", "almatriage-built-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) // what stays is in the folder for temporary files
	program := filepath.Join(dir, "almatriage")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v: %s", err, out)
		return 1
	}
	if err := os.Setenv(programVariable, program); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return b.tests.Run()
}

// TestScript drives the program as its users do: against a Mantis that answers
// as a real one was recorded.
func TestScript(t *testing.T) { scripts(t, "testdata/script", map[string]string{}) }

// TestContainers does the same with real podman and the fixture images.
func TestContainers(t *testing.T) { scripts(t, "testdata/podman", maps.Clone(fixture.Env(t))) }

// scripts drives the program as users have it: the race detector, which makes
// each of hundreds of commands ten times slower, has the packages' own tests, and
// all scripts under make torture (ALMATRIAGE_RACE=1).
func scripts(t *testing.T, dir string, env map[string]string) {
	if os.Getenv("ALMATRIAGE_RACE") != "1" {
		env["PATH"] = filepath.Dir(os.Getenv(programVariable)) + ":" + os.Getenv("PATH")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") == "1",
		Setup:               func(e *testscript.Env) error { return setUp(e, env) },
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"redact": redact, "status": status,
		},
	})
}

// setUp gives a script a home of its own, a Mantis, and the images as targets.
func setUp(e *testscript.Env, env map[string]string) error {
	server := httptest.NewServer(replay.New(replay.Options{Anonymous: true}))
	e.Defer(server.Close)
	for name, value := range env {
		e.Setenv(name, value)
	}
	home := filepath.Join(e.WorkDir, "home")
	for name, value := range map[string]string{"HOME": home, "MANTIS": server.URL, "USER": "tester", "TMPDIR": e.WorkDir,
		"XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", "XDG_CACHE_HOME": "", "XDG_STATE_HOME": ""} {
		e.Setenv(name, value)
	}
	folder := filepath.Join(home, ".config", "almatriage")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	// podman.toml is the same with a podman that a script puts in between.
	between := strings.Replace(configOf(server.URL), "[engine]\n", fmt.Sprintf("[engine]\npodman = %q\n", filepath.Join(e.WorkDir, "podman.sh")), 1)
	return errors.Join(os.WriteFile(filepath.Join(folder, "config.toml"), []byte(configOf(server.URL)), 0o600),
		os.WriteFile(filepath.Join(e.WorkDir, "podman.toml"), []byte(between), 0o600))
}

func configOf(mantis string) string {
	return fmt.Sprintf(`[[tracker]]
name = "almbz"
kind = "mantis"
url = %q

[target.alma9]
image = %q
[target.stream9]
image = %q
[target.ubi9]
image = %q

[engine]
memory = "512m"
pull = "never"

[user]
name = "tester"
`, mantis, fixture.Alma, fixture.Stream, fixture.UBI)
}

// What differs from one run of a script to the next.
var (
	times   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	ids     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	hashes  = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	servers = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	spent   = regexp.MustCompile(`"duration_ms":\d+`)
	ages    = regexp.MustCompile(`\b(now|\d+(min|s|h|ms)) old`)
)

// redact FILE… replaces that.
func redact(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: redact FILE…")
	}
	for _, name := range args {
		path := ts.MkAbs(name)
		data, err := os.ReadFile(path)
		ts.Check(err)
		text := times.ReplaceAllString(string(data), "TIME")
		text = ids.ReplaceAllString(text, "ID")
		text = hashes.ReplaceAllString(text, "HASH")
		text = servers.ReplaceAllString(text, "MANTIS")
		text = spent.ReplaceAllString(text, `"duration_ms":0`)
		text = ages.ReplaceAllString(text, "AGE old")
		ts.Check(os.WriteFile(path, []byte(text), 0o600))
	}
}

// status N COMMAND… runs a command that must exit with N. Its output is to be
// had as after exec.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s ended with %s, not %s", strings.Join(args[1:], " "), got, args[0])
	}
}
