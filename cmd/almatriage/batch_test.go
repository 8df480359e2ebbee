package main

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// kinds are recipes of one package that end in six ways.
func kinds() (of []sample) {
	for _, test := range []string{`test "$(gizmo add 2 2)" = 4`, "gizmo add 1 1", "exit 77", "gizmo add 3 3 >/dev/null; exit 5", "gizmo add 1 2", "nosuchcommand"} {
		of = append(of, sample{"9.6", "gizmo", test})
	}
	return of
}

// suggested are the verdicts that are suggested for the reports, in their order.
func (u *user) suggested() []string {
	u.t.Helper()
	return strings.Fields(u.must("list", "has:recipe sort:id", "--limit", "100", "--json", "suggested", "--jq", ".[].suggested"))
}

var resumes = regexp.MustCompile(`go on with: almatriage run (--resume=\S+)`)

// TestBatchKilledAndResumed kills a batch of 30 reports outright 20 times, with
// real containers. Resumed, it does nothing twice, leaves nothing, and comes to
// what one that was left alone says of each kind of recipe.
func TestBatchKilledAndResumed(t *testing.T) {
	fixture.Use(t)
	const each, reports = 5, 30
	config := configOf("http://127.0.0.1:1") // no tracker is asked
	calm, u := newUser(t, config), newUser(t, config)
	calm.keepSamples(reports/each, kinds())
	u.keepSamples(reports, kinds())
	args := []string{"run", "--query", "has:recipe", "--repeat", "1", "--jobs", "2"}
	calm.must(args...)
	killed := u.killAgain(20, reports, 8, args...)
	_, said, status := u.run("run", "--resume", "--jobs", "2")
	if status != 0 || !strings.Contains(said, "30 reports: ") || !strings.Contains(said, " 0 failed") {
		t.Errorf("resumed: status %d: %s", status, said)
	}
	if diff := cmp.Diff(slices.Repeat(calm.suggested(), each), u.suggested()); diff != "" {
		t.Errorf("left alone -, killed +:\n%s", diff)
	}
	u.eachOnce()
	if done, _ := u.countRuns(); done != reports {
		t.Errorf("%d runs are finished", done)
	}
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
	db, err := store.Open(u.t.Context(), u.database(), store.Options{})
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

// TestBatchWithoutReader: a reader that goes away ends a batch in good order.
func TestBatchWithoutReader(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf("http://127.0.0.1:1")) // no tracker is asked
	u.keepSamples(6, kinds())
	cmd := u.command("run", "--query", "has:recipe", "--repeat", "1", "--jobs", "1")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	again := resumes.FindStringSubmatch(said.String())
	if cmd.ProcessState.ExitCode() != 1 || again == nil || !strings.Contains(said.String(), "broken pipe") {
		t.Fatalf("%v: %s", err, said.String())
	}
	if left := fixture.Left(t, fmt.Sprintf(":%d:", cmd.Process.Pid)); left != "" {
		t.Errorf("left: %s", left)
	}
	if out := u.must("run", again[1]); out == "" {
		t.Error("nothing was left to do")
	}
	u.eachOnce()
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
