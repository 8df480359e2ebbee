package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/podman/scripted"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// sample is a report of a batch: the release that it names, and its recipe
// without a summary.
type sample struct{ release, require, test string }

// samples are reports of all ends, by turns.
func samples() []sample {
	return []sample{
		{"9.6", "gizmo", "scripted alma=1 stream=1"},
		{"9.6", "gizmo", "scripted alma=0 stream=0"},
		{"10.1", "", "scripted alma=2 stream=2"},
		{"9.6", "frobnicate", "scripted alma=1 stream=0"},
		{"9.6", "gizmo", "scripted alma=1,0 stream=0,1"}, // now and then, on both sides
		{"9.6", "widget", "scripted alma=1 stream=0"},
		{"8.10", "gizmo", "scripted alma=1 ubi=1 stream=1"}, // that Stream has ended: three sides
		{"10.1", "gizmo", "scripted alma=0 stream=1"},
		{"9.6", "nosuchpackage", "scripted alma=1 stream=1"},
		{"9.6", "gizmo", "scripted alma=77 stream=0"},
		{"kitten10", "", "scripted kitten=1 stream=1"},
		{"", "gizmo", "scripted alma=1 stream=1"}, // cannot be run: which release is it?
	}
}

// inMemory keeps the test's folders in memory, where there is room: what a batch
// waits for shall not be somebody else's work on the disk. What a process has
// written outlives its being killed there, too.
func inMemory(t testing.TB) {
	t.Helper()
	const folder, room = "/dev/shm", 1 << 30
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err == nil && int64(s.Bavail)*int64(s.Bsize) > room && s.Flags&unix.ST_NOEXEC == 0 {
		t.Setenv("TMPDIR", folder)
	}
}

// scriptedConfig is a configuration with that podman and nothing else.
func scriptedConfig(p scripted.Podman) string {
	return fmt.Sprintf("[engine]\npodman = %q\npull = \"never\"\nmemory = \"512m\"\njobs = 4\n[user]\nname = \"tester\"\n", p.Path)
}

// keepSamples stores n reports with accepted recipes, each of its own.
func (u *user) keepSamples(n int, of []sample) {
	u.t.Helper()
	ctx, at := u.t.Context(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	db, err := store.Open(ctx, u.database(), store.Options{Volatile: true})
	if err != nil {
		u.t.Fatal(err)
	}
	var page tracker.Page
	for i := 1; i <= n; i++ {
		page.Reports = append(page.Reports, tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(i)}, Tracker: "almbz", Title: fmt.Sprint("report number ", i),
			Status: "new", Open: true, Release: of[i%len(of)].release, Package: "gizmo", Reporter: "someone", Created: at, Updated: at.Add(time.Duration(i) * time.Minute)})
	}
	if _, err := db.Commit(ctx, "almbz", "AlmaLinux-9", page); err != nil {
		u.t.Fatal(err)
	}
	for i, report := range page.Reports {
		s := of[(i+1)%len(of)]
		recipe, err := fmf.Parse("main.fmf", fmt.Appendf(nil, "summary: number %d\nrequire: [%s]\ntest: |\n  : %d\n  %s\n", i, s.require, i, s.test))
		if err != nil {
			u.t.Fatal(err)
		}
		if _, err := db.SetRecipe(ctx, report.ID.String(), recipe, reproduce.OriginSet, "tester", at); err != nil {
			u.t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		u.t.Fatal(err)
	}
}

// TestBatchOfHundredsKilledAndResumed kills a batch of 500 reports outright 20
// times, at random moments in the middle of it. Resumed, it comes to the same
// as one that was left alone, does nothing twice, and leaves nothing.
func TestBatchOfHundredsKilledAndResumed(t *testing.T) {
	const reports, kills = 500, 20
	inMemory(t)
	calm, podman := newUser(t, scriptedConfig(scripted.New(t))), scripted.New(t)
	u := newUser(t, scriptedConfig(podman))
	calm.keepSamples(reports, samples())
	u.keepSamples(reports, samples())

	args := []string{"run", "--query", "has:recipe", "--jobs", "4"}
	_, want, status := calm.run(args...)
	if status != 6 { // some reports cannot be run
		t.Fatalf("status %d: %s", status, want)
	}
	u.killAgain(kills, reports, 0, args...)
	_, got, status := u.run("run", "--resume", "--jobs", "4")
	if status != 6 {
		t.Fatalf("resumed: status %d: %s", status, got)
	}
	if diff := cmp.Diff(totals(t, want), totals(t, got)); diff != "" {
		t.Errorf("left alone -, killed +:\n%s", diff)
	}
	u.sameAs(calm)
	if left := podman.Containers(t); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
	u.eachOnce()
	done, interrupted := u.countRuns()
	if failed := reports / len(samples()); done != reports-failed || interrupted < kills/2 {
		t.Errorf("%d runs are finished and %d interrupted, with %d reports that cannot be run", done, interrupted, failed)
	}
	if _, stderr, status := u.run("run", "--resume"); status != 7 {
		t.Errorf("resumed once more: status %d: %s", status, stderr)
	}
}

// killAgain begins a batch of so many reports and kills it again and again, at
// random, but always before its end: early ones soon after the start, while
// images are prepared, the others after some more reports. However slow the
// machine is, each of the later ones gets further. It returns the processes.
func (u *user) killAgain(kills, reports, early int, args ...string) (processes []int) {
	u.t.Helper()
	seed := uint64(time.Now().UnixNano())
	u.t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	left := reports
	for n := range kills {
		lines, later := 0, time.Duration(random.IntN(500))*time.Millisecond
		switch {
		case left < reports/10:
			later /= 10 // it must not come to its end
		case n >= early:
			lines, later = 1+random.IntN(max(1, left/(2*(kills-n)))), later/5
		}
		process, told := u.killInTheMiddle(args, lines, later)
		processes, left = append(processes, process), left-told
		if u.batchIsKept() {
			args = []string{"run", "--resume", "--jobs", args[len(args)-1]}
		}
	}
	return processes
}

// batchIsKept tells that there is a batch to go on with: one that was killed
// before it was stored, as on a slow machine, has to be begun again.
func (u *user) batchIsKept() bool {
	u.t.Helper()
	db, err := store.Open(u.t.Context(), u.database(), store.Options{})
	if err != nil {
		u.t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Batch(u.t.Context(), "")
	if err != nil && store.CodeOf(err) != store.CodeNotFound {
		u.t.Fatal(err)
	}
	return err == nil
}

// killInTheMiddle starts a batch, waits until it has told of so many reports
// and a little longer, and kills it. It returns its process, and of how many
// reports it told in all.
func (u *user) killInTheMiddle(args []string, lines int, later time.Duration) (process, told int) {
	u.t.Helper()
	cmd := u.command(args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		u.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	output := bufio.NewReader(out)
	for ; told < lines; told++ {
		if _, err := output.ReadString('\n'); err != nil {
			u.t.Fatalf("it ends: %v, %v\n%s", err, cmd.Wait(), said.String())
		}
	}
	time.Sleep(later)
	if err := cmd.Process.Kill(); err != nil {
		u.t.Fatal(err)
	}
	rest, err := io.ReadAll(output)
	if err != nil {
		u.t.Fatal(err)
	}
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		u.t.Fatalf("it ended before it was killed: %v\n%s", err, said.String())
	}
	return cmd.Process.Pid, told + bytes.Count(rest, []byte("\n"))
}

var summary = regexp.MustCompile(`(?m)^(\d+ reports: .*); \d+ cached, (\d+ failed), `)

// totals are the numbers of a batch's last line, but for how much of it was
// done before.
func totals(t *testing.T, stderr string) []string {
	t.Helper()
	found := summary.FindStringSubmatch(stderr)
	if found == nil {
		t.Fatalf("no totals:\n%s", stderr)
	}
	return found[1:]
}

// sameAs compares what is told of all reports with another's. Of a bug that
// shows now and then, the numbers of a side depend on which attempts were lost.
func (u *user) sameAs(other *user) {
	u.t.Helper()
	for _, args := range [][]string{
		{"list", "sort:id", "--limit", "0", "--json", "id,suggested,verdict,stale"}, {"stats", "--json"}, {"list", "is:flaky sort:id", "--limit", "0"},
		{"export", "has:recipe -is:flaky sort:id", "--format", "jsonl", "-o", "-"},
	} {
		var told []string
		for _, one := range []*user{other, u} {
			told = append(told, lastRun.ReplaceAllString(one.must(args...), ""))
		}
		if diff := cmp.Diff(strings.Split(told[0], "\n"), strings.Split(told[1], "\n")); diff != "" {
			u.t.Errorf("%v: left alone -, killed +:\n%s", args, diff)
		}
	}
}

// lastRun is when a report was run.
var lastRun = regexp.MustCompile(`"last_run":"[^"]*"`)

// countRuns counts the runs in the database by their states, and looks whether
// an attempt that counts was made twice: its number tells which it is of those
// under a key. Those of inconclusive runs do not count, and are made again.
func (u *user) countRuns() (done, interrupted int) {
	u.t.Helper()
	db, err := sql.Open("sqlite", "file:"+u.database()+"?mode=ro")
	if err != nil {
		u.t.Fatal(err)
	}
	defer db.Close()
	var twice, open int
	err = errors.Join(
		db.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM attempts a JOIN runs r ON r.id = a.run JOIN reports p ON p.id = r.report
			WHERE a.done = 1 AND p.suggested <> 'inconclusive' GROUP BY a.key, a.number HAVING count(*) > 1)`).Scan(&twice),
		db.QueryRow(`SELECT count(*) FROM attempts a JOIN runs r ON r.id = a.run WHERE a.done = 0 AND r.state = 'done'`).Scan(&open),
		db.QueryRow(`SELECT sum(state = 'done'), sum(state = 'interrupted') FROM runs`).Scan(&done, &interrupted))
	if err != nil {
		u.t.Fatal(err)
	}
	if twice > 0 || open > 0 {
		u.t.Errorf("%d attempts were made twice, %d of finished runs have no end", twice, open)
	}
	return done, interrupted
}
