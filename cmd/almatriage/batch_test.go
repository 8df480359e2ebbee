package main

import (
	"bufio"
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/store"
)

// withRecipes gives reports recipes of four kinds, all of one package, so that
// what is prepared is shared.
func (u *user) withRecipes() {
	u.t.Helper()
	u.must("sync")
	tests := []string{`test "$(gizmo add 2 2)" = 4`, "gizmo add 1 1", "exit 77", "nosuchcommand"}
	for i, id := range strings.Fields(u.must("list", "release:9", "--limit", "100", "--json", "id", "--jq", ".[].id")) {
		text := fmt.Sprintf("summary: number %d\nrequire: [gizmo]\ntest: |\n  : %d\n  %s\n", i, i, tests[i%len(tests)])
		u.must("recipe", "set", id, u.write(fmt.Sprintf("%d.fmf", i), text))
	}
}

// verdicts are the reports that have a recipe, and what is suggested for them.
func (u *user) verdicts() string {
	u.t.Helper()
	return u.must("list", "has:recipe sort:id", "--limit", "100", "--json", "id,suggested")
}

var resumes = regexp.MustCompile(`go on with: almatriage run (--resume=\S+)`)

// TestBatchKilledAndResumed kills a batch outright again and again. Resumed, it
// does nothing twice, and ends as one that was left alone.
func TestBatchKilledAndResumed(t *testing.T) {
	fixture.Use(t)
	calm := newUser(t, configOf(mantisServer(t)))
	calm.withRecipes()
	out, stderr, status := calm.run("run", "--query", "has:recipe", "--jobs", "2")
	if lines := strings.Count(out, "\n"); status != 0 || lines == 0 || !strings.Contains(stderr, fmt.Sprintf("%d reports: ", lines)) {
		t.Fatalf("status %d\n%s%s", status, out, stderr)
	}
	u := newUser(t, configOf(mantisServer(t)))
	u.withRecipes()
	args := []string{"run", "--query", "has:recipe", "--jobs", "2"}
	var killed []int
	for i := 0; ; i++ {
		cmd := u.command(args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Each round gets a little longer, so that a slow machine comes to the end, too.
		life := time.Duration((700+400*(i%4))*(10+i)/10) * time.Millisecond
		kill := time.AfterFunc(life, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
		err := cmd.Wait()
		kill.Stop()
		args = []string{"run", "--resume"}
		if err == nil {
			break
		}
		killed = append(killed, cmd.Process.Pid)
		if i == 60 {
			t.Fatal("it never comes to its end")
		}
	}
	if len(killed) < 3 {
		t.Fatalf("it was killed %d times only", len(killed))
	}
	if a, b := calm.verdicts(), u.verdicts(); a != b {
		t.Errorf("left alone:\n%s\nkilled %d times:\n%s", a, len(killed), b)
	}
	u.eachOnce()
	for _, pid := range killed {
		if left := fixture.Left(t, fmt.Sprintf(":%d:", pid)); left != "" {
			t.Errorf("left: %s", left)
		}
	}
	if _, stderr, status := u.run("run", "--resume"); status != 7 || !strings.Contains(stderr, "no batch to go on with") {
		t.Errorf("resumed once more: status %d: %s", status, stderr)
	}
}

// eachOnce looks whether every report of the batches has one finished run.
func (u *user) eachOnce() {
	u.t.Helper()
	db, err := store.Open(u.t.Context(), filepath.Join(u.home, ".local/share/almatriage/almatriage.db"), store.Options{})
	if err != nil {
		u.t.Fatal(err)
	}
	defer db.Close()
	runs, err := db.Runs(u.t.Context(), "")
	if err != nil {
		u.t.Fatal(err)
	}
	done := map[string]int{}
	for _, r := range runs {
		if r.State == "done" {
			done[r.Report]++
		} else if r.State != "interrupted" {
			u.t.Errorf("a run of %s is %s", r.Report, r.State)
		}
	}
	for report, n := range done {
		if n != 1 {
			u.t.Errorf("%s has %d finished runs", report, n)
		}
	}
}

// TestBatchIsInterrupted by one ctrl-c ends in good order and says how to go on.
func TestBatchIsInterrupted(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.withRecipes()
	cmd := u.command("run", "--query", "has:recipe", "--jobs", "2")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(first, "almbz#") {
		t.Fatalf("the first report: %q, %v", first, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("it ends with %v, not 130", err)
	}
	m := resumes.FindStringSubmatch(said.String())
	if m == nil {
		t.Fatalf("no word of how to go on:\n%s", said.String())
	}
	stdout, stderr, status := u.run("run", strings.TrimSpace(m[1]), "--json")
	if status != 0 || !strings.Contains(stderr, " reports: ") || strings.Count(stdout, `{"report":`) == 0 {
		t.Errorf("resumed: status %d\n%s%s", status, stdout, stderr)
	}
	u.eachOnce()
}
