package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/store"
)

// torture is the long variant of a count under make torture, else the short one.
func torture(short, long int) int {
	if os.Getenv("ALMATRIAGE_TORTURE") == "1" {
		return long
	}
	return short
}

// tried counts a test's rounds, for the table of make torture.
func tried(t *testing.T, n int) { t.Logf("TRIED %s %d", t.Name(), n) }

// tortured is a user with a report that is quick (almbz#4) and has been run,
// and one that takes a while (almbz#3).
func tortured(t *testing.T) *user {
	t.Helper()
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("r.fmf", "summary: takes its time\nrequire: [gizmo]\ntest: sleep 1; exit 1\n"))
	u.must("recipe", "set", "almbz#4", u.write("quick.fmf", "summary: is quick\nrequire: [gizmo]\ntest: exit 1\n"))
	u.must("run", "almbz#4", "--repeat", "1")
	return u
}

// TestTorture does to the program what can happen to it while containers run.
func TestTorture(t *testing.T) {
	u := tortured(t)
	for _, one := range []struct {
		name string
		test func(*testing.T, *user)
	}{
		{"killed at random points", killedAtRandomPoints}, {"ended while it runs", endedWhileItRuns}, {"terminal is closed", terminalIsClosed},
		{"stopped and continued", stoppedAndContinued}, {"many at once", manyAtOnce},
		{"memory", memoryOfEveryKind}, {"the evidence's disk is full", evidenceDiskIsFull}, {"the database's disk is full", databaseDiskIsFull},
	} {
		t.Run(one.name, func(t *testing.T) { one.test(t, u.of(t)) })
	}
}

// started waits until a container of a process is there.
func started(t testing.TB, process int) {
	t.Helper()
	for end := time.Now().Add(patience); fixture.Left(t, fmt.Sprintf(":%d:", process)) == ""; {
		if time.Now().After(end) {
			t.Fatal("no container comes")
		}
	}
}

// nothingOf looks whether a process of the program has left anything: a
// container, or a process that has the user's home.
func (u *user) nothingOf(process int) {
	u.t.Helper()
	if left := fixture.Left(u.t, fmt.Sprintf(":%d:", process)); left != "" {
		u.t.Errorf("left: %s", left)
	}
	var left []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if left = u.processes(); len(left) == 0 {
			return
		}
	}
	u.t.Errorf("left: %q", left)
}

// processes are all that have the user's home in their environment.
func (u *user) processes() (found []string) {
	u.t.Helper()
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		u.t.Fatal(err)
	}
	for _, folder := range folders {
		environ, err := os.ReadFile(folder + "/environ")
		if err != nil || !bytes.Contains(environ, []byte("HOME="+u.home+"\x00")) {
			continue // it ended, or is somebody else's
		}
		words, err := os.ReadFile(folder + "/cmdline")
		if err == nil {
			found = append(found, string(bytes.ReplaceAll(words, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// soundAfter looks at what is stored: no run is half done, the database is
// whole, and the next run works.
func (u *user) soundAfter() {
	u.t.Helper()
	u.noHalfRun()
	if out := u.must("doctor", "--full"); !strings.Contains(out, "ok     database") {
		u.t.Errorf("the database is not whole:\n%s", out)
	}
	u.must("run", "almbz#3", "--fresh", "--repeat", "1")
	if got := u.must("show", "almbz#3", "--json", "--jq", ".suggested"); got != "stream-reproducible\n" {
		u.t.Errorf("the next run suggests %q", got)
	}
}

// noHalfRun looks whether every run is done or interrupted, and only those that
// are done suggest anything.
func (u *user) noHalfRun() {
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
	for _, r := range runs {
		if r.State != "done" && r.State != "interrupted" {
			u.t.Errorf("a run of %s is %s", r.Report, r.State)
		}
	}
	if got := u.must("show", "almbz#3", "--json", "--jq", ".suggested"); got != "stream-reproducible\n" && got != "inconclusive\n" && got != "null\n" {
		u.t.Errorf("half a run suggests %q", got)
	}
}

// killedAtRandomPoints kills the program outright, wherever it is. What
// starts next cleans up after it.
func killedAtRandomPoints(t *testing.T, u *user) {
	rounds, cut := torture(5, 200), 0
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range rounds {
		cmd := u.command("run", "almbz#3", "--fresh", "--repeat", "1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			cut++
		}
		if out := u.must("run", "almbz#4", "--repeat", "1"); !strings.Contains(out, "(cached, ") {
			t.Errorf("it ran again:\n%s", out)
		}
		u.nothingOf(cmd.Process.Pid)
	}
	if cut == 0 {
		t.Error("it always came to its end")
	}
	u.soundAfter()
	tried(t, rounds)
}

// endedWhileItRuns: signals end it in good order and leave nothing; a second
// one ends it at once, and then what starts next cleans up.
func endedWhileItRuns(t *testing.T, u *user) {
	rounds := torture(1, 10)
	cases := map[string][]syscall.Signal{"TERM": {syscall.SIGTERM}, "HUP": {syscall.SIGHUP}, "INT": {syscall.SIGINT}, "INT twice": {syscall.SIGINT, syscall.SIGINT}}
	for name, signals := range cases {
		for range rounds {
			t.Run(name, func(t *testing.T) { u.of(t).endBy(signals) })
		}
	}
	u.soundAfter()
	tried(t, rounds*len(cases))
}

// of is the user for a test within the test.
func (u *user) of(t testing.TB) *user {
	other := *u
	other.t = t
	return &other
}

func (u *user) endBy(signals []syscall.Signal) {
	u.t.Helper()
	cmd := u.command("run", "almbz#3", "--fresh", "--repeat", "10")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	started(u.t, cmd.Process.Pid)
	began := time.Now()
	for _, signal := range signals {
		if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			u.t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		u.t.Errorf("it ends with %v: %s", err, said.String())
	}
	if took := time.Since(began); took > 15*time.Second || len(signals) > 1 && took > 2*time.Second {
		u.t.Errorf("it took %s", took)
	}
	if len(signals) == 1 && !strings.Contains(said.String(), "go on with: almatriage run") {
		u.t.Errorf("it does not say how to go on: %s", said.String())
	}
	if len(signals) > 1 {
		u.must("run", "almbz#4", "--repeat", "1")
	}
	u.nothingOf(cmd.Process.Pid)
}

// terminalIsClosed while it runs, on the interface and without: it ends and
// leaves nothing.
func terminalIsClosed(t *testing.T, u *user) {
	rounds := torture(1, 10)
	for range rounds {
		for _, args := range [][]string{{"run", "almbz#3", "--fresh", "--repeat", "10"}, nil} {
			p := u.pty(120, 40, args...)
			if args == nil {
				p.wait(0, "almbz#3")
				p.press("/almbz#3\rR")
			}
			started(t, p.cmd.Process.Pid)
			began := time.Now()
			if err := p.file.Close(); err != nil {
				t.Fatal(err)
			}
			gone := make(chan error, 1)
			go func() { gone <- p.cmd.Wait() }()
			select {
			case <-gone:
			case <-time.After(30 * time.Second):
				t.Errorf("%q does not end", args)
				p.cmd.Process.Kill() //nolint:errcheck // its end is looked at
				<-gone
			}
			t.Logf("%q: %s after %s", args, p.cmd.ProcessState, time.Since(began))
			u.nothingOf(p.cmd.Process.Pid)
		}
	}
	u.soundAfter()
	tried(t, 2*rounds)
}

// stoppedAndContinued: a computer that sleeps in the middle of a run changes
// nothing about its result.
func stoppedAndContinued(t *testing.T, u *user) {
	rounds := torture(1, 10)
	for range rounds {
		cmd := u.command("run", "almbz#3", "--fresh", "--repeat", "3", "--timeout", "3s")
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started(t, cmd.Process.Pid)
		stopped := cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(8 * time.Second) // longer than any timer of the attempt
		if err := errors.Join(stopped, cmd.Process.Signal(syscall.SIGCONT), cmd.Wait()); err != nil || !strings.Contains(said.String(), "stream-reproducible") {
			t.Errorf("%v: %s", err, said.String())
		}
		u.nothingOf(cmd.Process.Pid)
	}
	u.soundAfter()
	tried(t, rounds)
}

// manyAtOnce: many processes run the same report on one database, and each
// stores a run of its own.
func manyAtOnce(t *testing.T, u *user) {
	n, before := torture(3, 32), u.runsOf("almbz#3")
	processes := make([]*exec.Cmd, n)
	said := make([]bytes.Buffer, n)
	for i := range processes {
		cmd := u.command("run", "almbz#3", "--fresh", "--repeat", "1", "--timeout", "5m")
		cmd.Stdout, cmd.Stderr = &said[i], &said[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		processes[i] = cmd
	}
	for i, cmd := range processes {
		if err := cmd.Wait(); err != nil || !strings.Contains(said[i].String(), "stream-reproducible") {
			t.Errorf("%v: %s", err, said[i].String())
		}
	}
	for _, cmd := range processes {
		u.nothingOf(cmd.Process.Pid)
	}
	if got := u.runsOf("almbz#3") - before; got != n {
		t.Errorf("%d runs are stored, of %d", got, n)
	}
	u.soundAfter()
	tried(t, n)
}

// runsOf counts a report's runs.
func (u *user) runsOf(report string) int {
	u.t.Helper()
	db, err := store.Open(u.t.Context(), u.database(), store.Options{})
	if err != nil {
		u.t.Fatal(err)
	}
	defer db.Close()
	runs, err := db.Runs(u.t.Context(), report)
	if err != nil {
		u.t.Fatal(err)
	}
	return len(runs)
}

// peak runs a command to its end and tells the most memory that it had, in MB.
func (u *user) peak(args ...string) (peak float64) {
	u.t.Helper()
	cmd := u.command(args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &said
	if err := cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			// 3 is a run that cannot tell.
			if status := cmd.ProcessState.ExitCode(); status != 0 && status != 3 || peak == 0 {
				u.t.Errorf("%q: %v, %.0f MB: %s", args, err, peak, said.String())
			}
			return peak
		case <-time.After(10 * time.Millisecond):
			peak = max(peak, mostMemory(cmd.Process.Pid))
		}
	}
}

// mostMemory is the most memory that a process has had, in MB; 0 if it is gone.
func mostMemory(process int) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		return 0
	}
	return kb / 1024
}

// memoryOfEveryKind: whatever a test prints and does, the program takes less than
// 64 MB more than for one that does nothing.
func memoryOfEveryKind(t *testing.T, u *user) {
	run := func(test string) float64 {
		u.must("recipe", "set", "almbz#3", u.write("f.fmf", "summary: prints and does\nduration: 10m\ntest: |\n  "+test+"\n"))
		limit := "3s"
		if strings.Contains(test, "head -c") {
			limit = "10m"
		}
		return u.peak("run", "almbz#3", "--fresh", "--repeat", "1", "--timeout", limit)
	}
	idle := run("exit 1")
	size := torture(64, 1024)
	tests := []string{
		fmt.Sprintf("head -c %dM /dev/zero; exit 1", size),
		fmt.Sprintf("{ yes 0123456789abcdef || :; } | head -c %dM; exit 1", size),
		fmt.Sprintf("head -c %dM /dev/zero | tr '\\0' '\\n'; exit 1", size/64), // as many lines as bytes
		"head -c 10M /dev/zero | tr '\\0' a >&2; exit 1",
		"head -c 10M /dev/urandom; exit 1",
		"a=x; while :; do a=$a$a; done",
		"bash -c 'a=x; while :; do a=$a$a; done'; exit 1",
		"f() { f | f & }; f; sleep 60",
		"while exec {n}</dev/null; do :; done; exit 1",
		"sleep 600", "trap '' TERM INT HUP; while :; do sleep 1; done", "kill -STOP $$",
		"setsid sleep 600 & exit 1", "kill -SEGV $$", "kill -ABRT 0", "rm -rf /almatriage; exit 1",
	}
	tests = tests[:torture(4, len(tests))]
	for _, test := range tests {
		got := run(test)
		t.Logf("%s: %.0f MB, and %.0f MB without", test, got, idle)
		if got > idle+64 {
			t.Errorf("%s: %.0f MB, and %.0f MB without", test, got, idle)
		}
	}
	run("exit 1") // which soundAfter knows
	u.soundAfter()
	tried(t, len(tests))
}

// smallDisk puts a disk of so many KB in the place of a folder, and what the
// folder holds on it.
func (u *user) smallDisk(folder string, size int) {
	u.t.Helper()
	aside := folder + ".aside"
	if err := errors.Join(os.Rename(folder, aside), os.Mkdir(folder, 0o700)); err != nil {
		u.t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dk", size)); err != nil {
		u.t.Fatal(err)
	}
	u.t.Cleanup(func() {
		if err := errors.Join(unix.Unmount(folder, unix.MNT_DETACH), os.Remove(folder), os.Rename(aside, folder)); err != nil {
			u.t.Error(err)
		}
	})
	if out, err := exec.Command("cp", "-a", aside+"/.", folder).CombinedOutput(); err != nil {
		u.t.Fatalf("%v: %s", err, out)
	}
}

// fillUp leaves no room on a disk but so many bytes, and returns the way back.
func (u *user) fillUp(folder string, but int) (free func()) {
	u.t.Helper()
	name := filepath.Join(folder, "filler")
	file, err := os.Create(name)
	if err != nil {
		u.t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = file.Write(block)
	}
	info, unknown := file.Stat()
	if !errors.Is(err, syscall.ENOSPC) || unknown != nil {
		u.t.Fatal(err, unknown)
	}
	if err := errors.Join(file.Truncate(max(0, info.Size()-int64(but))), file.Close()); err != nil {
		u.t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			u.t.Error(err)
		}
	}
}

// databaseDiskIsFull: whatever is to be stored, a full disk is told in a
// sentence, nothing is lost, and once there is room all works.
func databaseDiskIsFull(t *testing.T, u *user) {
	data := filepath.Dir(u.database())
	size, err := exec.Command("du", "-sk", data).Output()
	if err != nil {
		t.Fatal(err)
	}
	var kb int
	if _, err := fmt.Sscan(string(size), &kb); err != nil {
		t.Fatal(err)
	}
	u.smallDisk(data, 2*kb+4096)
	before, n := u.must("list", "--limit", "0"), 0
	for _, room := range []int{0, 4 << 10, 16 << 10, 64 << 10, 200 << 10}[:torture(2, 5)] {
		free := u.fillUp(data, room)
		for _, args := range [][]string{{"mark", "almbz#3", "alma-only"}, {"run", "almbz#3", "--fresh", "--repeat", "1"}, {"recipe", "set", "almbz#5", u.write("n.fmf", "summary: "+strings.Repeat("new ", 50_000)+"\ntest: exit 1\n")}} {
			n++
			_, stderr, status := u.run(args...)
			if status != 0 && !strings.Contains(stderr, "full") {
				t.Errorf("%d bytes free: %q: status %d: %s", room, args, status, stderr)
			}
			if status == 0 && room == 0 {
				t.Logf("%q had room in the database itself", args)
			}
		}
		free()
		u.run("mark", "almbz#3", "--undo") // where there was room
		if out := u.must("doctor", "--full"); !strings.Contains(out, "ok     database") {
			t.Errorf("%d bytes free: the database is not whole:\n%s", room, out)
		}
	}
	if after := u.must("list", "--limit", "0"); strings.Count(after, "\n") != strings.Count(before, "\n") {
		t.Errorf("reports were lost:\n%s", after)
	}
	u.soundAfter()
	tried(t, n)
}

// evidenceDiskIsFull: what is written for others is whole or not there; a
// test whose evidence cannot be kept says nothing about the bug.
func evidenceDiskIsFull(t *testing.T, u *user) {
	out := filepath.Dir(u.write("out/x", ""))
	u.smallDisk(out, 64)
	n := 0
	for _, format := range []string{"bundle", "html", "csv", "jsonl", "markdown", "tmt"} {
		for _, room := range []int{0, 8 << 10}[:torture(1, 2)] {
			n++
			free := u.fillUp(out, room)
			name := filepath.Join(out, "all."+format)
			_, stderr, status := u.run("export", "--format", format, "-o", name)
			if status != 0 && !strings.Contains(stderr, "no space left on device") {
				t.Errorf("%s, %d bytes free: status %d: %s", format, room, status, stderr)
			}
			left, err := filepath.Glob(out + "/*")
			if err != nil || status != 0 && len(left) != 2 { // x and the filler
				t.Errorf("%s, %d bytes free: %v, %q", format, room, err, left)
			}
			free()
			if status == 0 {
				if err := os.RemoveAll(name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	cache := filepath.Dir(u.write(".cache/almatriage/run/x", ""))
	u.smallDisk(cache, 4096)
	free := u.fillUp(cache, 0)
	stdout, stderr, status := u.run("run", "almbz#3", "--fresh", "--repeat", "1")
	if status == 0 || !strings.Contains(stdout+stderr, "space") && !strings.Contains(stdout+stderr, "disk") {
		t.Errorf("the working directories' disk is full: status %d: %s%s", status, stdout, stderr)
	}
	free()
	u.soundAfter()
	tried(t, n+1)
}
