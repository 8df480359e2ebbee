package podman_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
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

// victim is an attempt whose processes carry a mark in their environment.
type victim struct {
	t      *testing.T
	engine *podman.Engine
	id     string
}

func newVictim(t *testing.T, e *podman.Engine) victim {
	return victim{t: t, engine: e, id: "almatriage-" + reproduce.NewID()}
}

// run runs a test and reads it under the oracle exit: there is exactly one class.
func (v victim) run(test string, timeout time.Duration, change func(*reproduce.AttemptSpec)) (reproduce.Result, reproduce.Reading) {
	v.t.Helper()
	result, err := v.attempt(test, timeout, change)
	if err != nil {
		v.t.Fatalf("%s: %v", v.id, err)
	}
	reading := reproduce.Read(reproduce.Oracle{Kind: reproduce.OracleExit}, reproduce.Attempt{Facts: result.Facts, Limit: timeout, Done: true})
	v.t.Logf("%s: %s %d: %s: %s", result.Facts.Step, result.Facts.End, result.Facts.Status, reading.Kind, reading.Why)
	return result, reading
}

func (v victim) attempt(test string, timeout time.Duration, change func(*reproduce.AttemptSpec)) (reproduce.Result, error) {
	v.t.Helper()
	target, image := side(v.t, v.engine, "alma9")
	recipe := &reproduce.Recipe{Test: test, Environment: map[string]string{"VICTIM": v.id}}
	spec := reproduce.AttemptSpec{ID: v.id, Run: "torture", Target: target, Image: image.ID, Recipe: recipe, Number: 1, Timeout: timeout, Limits: limits}
	if change != nil {
		change(&spec)
	}
	return v.engine.Attempt(v.t.Context(), spec, nil)
}

// over looks whether nothing of it is left: no process in its container, and
// none of podman's.
func (v victim) over() {
	v.t.Helper()
	var left []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if left = v.processes(); len(left) == 0 {
			return
		}
	}
	v.t.Errorf("left of %s: %q", v.id, left)
}

// processes are those that carry its mark, or name its container.
func (v victim) processes() (found []string) {
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		v.t.Fatal(err)
	}
	for _, folder := range folders {
		environ, err := os.ReadFile(folder + "/environ")
		words, gone := os.ReadFile(folder + "/cmdline")
		if err != nil || gone != nil {
			continue // it ended
		}
		if bytes.Contains(environ, []byte("VICTIM="+v.id)) || bytes.Contains(words, []byte(v.id)) {
			found = append(found, filepath.Base(folder)+" "+string(bytes.ReplaceAll(words, []byte{0}, []byte{' '})))
		}
	}
	return found
}

// health is what an attempt must not change of the computer.
type health struct {
	memory, disk int64 // free bytes
	processes    int
}

// healthOf looks at the computer, whose other users come and go, too.
func healthOf(t *testing.T) (h health) {
	t.Helper()
	var s unix.Statfs_t
	var info unix.Sysinfo_t
	if err := errors.Join(unix.Statfs(os.TempDir(), &s), unix.Sysinfo(&info)); err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	return health{memory: int64(info.Freeram+info.Bufferram) * int64(info.Unit), disk: int64(s.Bavail) * int64(s.Bsize), processes: len(folders)}
}

// stillHealthy: the computer is as it was, nothing is left, the next run works.
func (v victim) stillHealthy(before health) {
	v.t.Helper()
	v.over()
	if now := healthOf(v.t); now.processes > before.processes+300 || now.disk < before.disk-4<<30 || now.memory < 64<<20 {
		v.t.Errorf("the computer was %+v, and is %+v", before, now)
	}
	if _, reading := newVictim(v.t, v.engine).run("exit 3", 20*time.Second, nil); reading.Kind != reproduce.Seen {
		v.t.Errorf("the next run: %s %s", reading.Kind, reading.Why)
	}
}

// between is a podman that a shell script stands in front of. The script has
// the command in $1, and "$real" is podman.
func between(t *testing.T, script string) *podman.Engine {
	t.Helper()
	behind, err := exec.LookPath("podman")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "podman")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nreal="+behind+"\n"+script+"\nexec $real \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return engineWith(t, podman.Config{Podman: path, Dir: t.TempDir(), Jobs: 8})
}

// statuses are those that podman uses itself, and that a test may give.
func statuses() []int { return []int{0, 1, 77, 124, 125, 126, 127, 137, 139, 143, 255} }

// TestStatusesOfPodmanAreNotTheTests: podman's own exit status, whatever it is,
// says nothing about the test, whether its container was there or not.
func TestStatusesOfPodmanAreNotTheTests(t *testing.T) {
	e := engine(t)
	before := healthOf(t)
	for _, status := range statuses() {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			v := newVictim(t, between(t, fmt.Sprintf("if [ \"$1\" = run ]; then echo 'Error: its own' >&2; exit %d; fi", status)))
			if result, reading := v.run("exit 1", 20*time.Second, nil); result.Facts.End != reproduce.EndEngine || reading.Kind != reproduce.Failed {
				t.Errorf("podman's own: %+v", result.Facts)
			}
			v = newVictim(t, between(t, fmt.Sprintf("if [ \"$1\" = run ]; then $real \"$@\"; exit %d; fi", status)))
			if result, _ := v.run("exit 3", 20*time.Second, nil); result.Facts.End != reproduce.EndExited || result.Facts.Status != 3 {
				t.Errorf("the test's: %+v", result.Facts)
			}
			v.over()
		})
	}
	newVictim(t, e).stillHealthy(before)
	tried(t, 2*len(statuses()))
}

// crash is a program that ends by a signal of its own.
const crash = `#include <signal.h>
#include <stdlib.h>
#include <string.h>
int main(int n, char **words) {
	if (n < 2) return 64;
	if (strcmp(words[1], "abort") == 0) abort();
	if (strcmp(words[1], "segv") == 0) { volatile int *nowhere = 0; *nowhere = 1; }
	signal(atoi(words[1]), SIG_DFL);
	raise(atoi(words[1]));
	return 65;
}
`

// crasher compiles it.
func crasher(t *testing.T) reproduce.File {
	t.Helper()
	dir := t.TempDir()
	source, program := filepath.Join(dir, "crash.c"), filepath.Join(dir, "crash")
	if err := os.WriteFile(source, []byte(crash), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", "-static", "-s", "-O0", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	return reproduce.File{Path: "crash", Executable: true, Data: data}
}

// TestSignalsAreRecognised: a program that ends by a signal is told by it, as
// the test's child, below a shell, and as a grandchild.
func TestSignalsAreRecognised(t *testing.T) {
	e := engine(t)
	before := healthOf(t)
	file := crasher(t)
	ends := map[string]syscall.Signal{"abort": syscall.SIGABRT, "segv": syscall.SIGSEGV, "15": syscall.SIGTERM}
	for _, signal := range []syscall.Signal{1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 24, 31}[:torture(0, 14)] {
		ends[strconv.Itoa(int(signal))] = signal
	}
	ways := []string{"./crash %s", "sh -c './crash %s; exit $?'", `bash -c 'bash -c "./crash %s; exit \$?"; exit $?'`, "sh -c './crash %s'"}[:torture(3, 4)]
	for how, signal := range ends {
		for _, way := range ways {
			v := newVictim(t, e)
			result, reading := v.run(fmt.Sprintf(way, how), 20*time.Second, func(s *reproduce.AttemptSpec) { s.Recipe.Files = []reproduce.File{file} })
			if result.Facts.End != reproduce.EndExited || result.Facts.Status != 128+int(signal) {
				t.Errorf("%s: %s: %+v", way, how, result.Facts)
			}
			core := []syscall.Signal{4, 5, 6, 7, 8, 11, 31}
			if want := slices.Contains(core, signal); reading.Valid() != want {
				t.Errorf("%s: %s: %s %s", way, how, reading.Kind, reading.Why)
			}
			declared := reproduce.Oracle{Kind: reproduce.OracleSignal, Signal: reproduce.SignalName(int(signal))}
			if seen := reproduce.Read(declared, reproduce.Attempt{Facts: result.Facts, Done: true}); seen.Kind != reproduce.Seen {
				t.Errorf("%s: %s, declared: %s %s", way, how, seen.Kind, seen.Why)
			}
		}
	}
	newVictim(t, e).stillHealthy(before)
	tried(t, len(ends)*len(ways))
}

// find waits for a process of podman's at work on a container: its client, or
// its conmon.
func (v victim) find(conmon bool) (int, bool) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for _, one := range v.processes() {
			pid, line, _ := strings.Cut(one, " ")
			name := filepath.Base(strings.Fields(line + " -")[0])
			if number, err := strconv.Atoi(pid); err == nil && (conmon && name == "conmon" || !conmon && name == "podman" && strings.Contains(line, " run ")) {
				return number, true
			}
		}
	}
	return 0, false
}

// TestPodmanKilledAndStopped: whatever becomes of podman's client and of conmon,
// an attempt ends by our own deadline, says nothing about the bug, and leaves
// nothing.
func TestPodmanKilledAndStopped(t *testing.T) {
	engine(t)
	e := engineWith(t, podman.Config{Dir: t.TempDir(), Jobs: 8})
	before, rounds := healthOf(t), torture(1, 8)
	cases := []struct {
		name   string
		conmon bool
		signal syscall.Signal
	}{
		{"the client killed", false, syscall.SIGKILL}, {"the client asked to end", false, syscall.SIGTERM},
		{"conmon killed", true, syscall.SIGKILL}, {"conmon asked to end", true, syscall.SIGTERM},
		{"the client stopped", false, syscall.SIGSTOP}, {"conmon stopped", true, syscall.SIGSTOP}, // a minute each
	}[:torture(4, 6)]
	t.Run("all", func(t *testing.T) {
		for _, c := range cases {
			for round := range rounds {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					v := newVictim(t, e)
					later := time.Duration(round) * time.Duration(rand.IntN(150)) * time.Millisecond
					if c.signal == syscall.SIGSTOP {
						later += 1500 * time.Millisecond // one that is stopped while it holds podman's lock stops all others
					}
					v.strike(c.conmon, c.signal, later)
				})
			}
		}
	})
	newVictim(t, e).stillHealthy(before)
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	nothingLeft(t)
	tried(t, len(cases)*rounds)
}

// strike sends a signal to a process of podman's some time after it is there.
func (v victim) strike(conmon bool, signal syscall.Signal, later time.Duration) {
	v.t.Helper()
	struck := make(chan error, 1)
	go func() {
		for {
			pid, ok := v.find(conmon)
			if !ok {
				struck <- errors.New("the process never came")
				return
			}
			time.Sleep(later)
			// The first conmon only starts the second, and ends.
			if err := syscall.Kill(pid, signal); !errors.Is(err, syscall.ESRCH) {
				struck <- err
				return
			}
		}
	}()
	began := time.Now()
	_, reading := v.run("sleep 60", 4*time.Second, nil)
	if err := <-struck; err != nil {
		v.t.Fatal(err)
	}
	if reading.Valid() {
		v.t.Errorf("%s %s", reading.Kind, reading.Why)
	}
	if took := time.Since(began); took > 75*time.Second {
		v.t.Errorf("it took %s", took)
	}
	v.over()
}

// TestPodmanAnswersNonsense: whichever of its commands does, it is said in a
// sentence, and nothing is concluded.
func TestPodmanAnswersNonsense(t *testing.T) {
	engine(t)
	answers := []string{"<html>", "{}", "[]", "null", `[{"Id":"--all"}]`, "", "\xff\x00"}[:torture(5, 7)]
	n := 0
	for _, command := range []string{"image", "images", "ps", "info", "container"} {
		for _, answer := range answers {
			n++
			e := between(t, fmt.Sprintf("if [ \"$1\" = %s ]; then printf '%%s' '%s'; exit 0; fi", command, answer))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			err := nonsense(ctx, t, e, command)
			cancel()
			// An empty list, and an object without anything in it, are answers.
			empty := (answer == "[]" || answer == "null" || answer == "" || answer == `[{"Id":"--all"}]`) && (command == "images" || command == "ps") ||
				command == "container" && (answer == "{}" || answer == "null")
			if _, shown := errors.AsType[*reproduce.Error](err); !shown && !empty {
				t.Errorf("%s answers %q: %v", command, answer, err)
			}
		}
	}
	tried(t, n)
}

// nonsense makes the engine use a command.
func nonsense(ctx context.Context, t *testing.T, e *podman.Engine, command string) error {
	t.Helper()
	switch command {
	case "image":
		_, err := e.Resolve(ctx, []reproduce.Target{{Name: "alma9", Image: "localhost/almalinux:9"}}, reproduce.PullNever, nil)
		return err
	case "images":
		_, err := e.Images(ctx)
		return err
	case "ps":
		_, err := e.Sweep(ctx, 0)
		return err
	case "info":
		_, err := e.Info(ctx)
		return err
	}
	// Its state is asked for where there is no verdict: the container never was.
	_, err := e.Attempt(ctx, reproduce.AttemptSpec{ID: "almatriage-" + reproduce.NewID(), Target: reproduce.Target{Name: "alma9"}, Image: "0",
		Recipe: &reproduce.Recipe{Test: "true"}, Timeout: 20 * time.Second, Limits: limits}, nil)
	if errors.Is(err, reproduce.ErrImageGone) {
		return nil
	}
	return err
}

// TestPodmanTooOld is told with both versions.
func TestPodmanTooOld(t *testing.T) {
	engine(t)
	for version, want := range map[string]string{"3.4.4": "too old", "2.0": "too old", "4.0.0-rc1": "", "4.3.1": "", "5.8.0": "", "": "not podman's", "x": "too old"} {
		_, err := between(t, fmt.Sprintf(`if [ "$1" = info ]; then echo '{"version":{"Version":"%s"}}'; exit 0; fi`, version)).Info(t.Context())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || reproduce.CodeOf(err) != reproduce.CodeEngine) {
			t.Errorf("%q: %v", version, err)
		}
	}
	tried(t, 7)
}

// TestPodmanHangs: each of podman's commands may hang: whoever calls it gets an
// answer by a deadline.
func TestPodmanHangs(t *testing.T) {
	e := engine(t)
	before := healthOf(t)
	commands := []string{"ps", "image", "run", "images", "info", "kill", "rm"}[:torture(1, 7)] // 20 s and more each
	t.Run("all", func(t *testing.T) {
		for _, command := range commands {
			t.Run(command, func(t *testing.T) {
				t.Parallel()
				e := between(t, fmt.Sprintf("if [ \"$1\" = %s ]; then exec sleep 300; fi", command))
				began := time.Now()
				err := hang(t, e, command)
				if took := time.Since(began); took > 90*time.Second {
					t.Errorf("it took %s", took)
				}
				if err != nil && reproduce.CodeOf(err) != reproduce.CodeEngine {
					t.Error(err)
				}
				// What could not be removed is told at the end.
				if err := e.Close(t.Context()); (err != nil) != (command == "rm") || err != nil && reproduce.CodeOf(err) != reproduce.CodeEngine {
					t.Errorf("closed: %v", err)
				}
			})
		}
	})
	newVictim(t, e).stillHealthy(before)
	tried(t, len(commands))
}

// hang makes the engine use a command that hangs.
func hang(t *testing.T, e *podman.Engine, command string) error {
	t.Helper()
	switch command {
	case "run", "kill", "rm":
		v := newVictim(t, e)
		t.Cleanup(func() {
			if out, err := exec.Command("podman", "rm", "-f", "-i", "-t", "0", v.id).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
		result, err := v.attempt("sleep 100", 2*time.Second, nil)
		if err == nil && (result.Facts.End == reproduce.EndExited || result.Facts.End == "") {
			t.Errorf("%+v", result.Facts)
		}
		return err
	}
	err := nonsense(t.Context(), t, e, command)
	if err == nil {
		t.Errorf("%s hangs, and nobody minds", command)
	}
	return err
}

// TestBombs: what takes all that there is of something is held by the limits;
// the computer stays healthy, and the next run works.
func TestBombs(t *testing.T) {
	e := engine(t)
	memory := func(s *reproduce.AttemptSpec) { s.Limits.Memory = 64 << 20 }
	bombs := map[string]struct {
		test   string
		change func(*reproduce.AttemptSpec)
	}{
		"files that are open":   {"i=10; while [ $i -lt 100000 ]; do eval \"exec $i</dev/null\" || exit 9; i=$((i+1)); done", nil},
		"memory":                {eat, memory},
		"memory of a child":     {"bash -c \"$EAT\"; exit 4", func(s *reproduce.AttemptSpec) { memory(s); s.Recipe.Environment["EAT"] = eat }},
		"processes":             {"bomb() { bomb | bomb & }; bomb; sleep 1; exit 1", func(s *reproduce.AttemptSpec) { s.Limits.Pids = 50 }},
		"processes that detach": {"for i in {1..30}; do setsid sleep 100 & done; exit 7", func(s *reproduce.AttemptSpec) { s.Limits.Pids = 50 }},
		"the disk":              {"while :; do cat /dev/zero >>/var/tmp/a; cat /dev/zero >>/var/tmp/b; done", func(s *reproduce.AttemptSpec) { s.Limits.Disk = 100 << 20 }},
		"shared memory":         {"cat /dev/zero >/dev/shm/x", memory},
		"small files":           {"mkdir /var/tmp/m && cd /var/tmp/m && for i in {1..20000}; do : >f$i; done; exit 6", nil},
	}
	rounds := torture(1, 5)
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			for range rounds {
				before, v := healthOf(t), newVictim(t, e)
				if _, reading := v.run(bomb.test, 20*time.Second, bomb.change); reading.Kind == reproduce.NotSeen {
					t.Errorf("%s %s", reading.Kind, reading.Why)
				}
				v.stillHealthy(before)
			}
		})
	}
	tried(t, rounds*len(bombs))
}

// everything is output of every kind: each byte, controls and escape sequences
// of a terminal, what is not UTF-8, and a line of 10 MB.
func everything() []byte {
	var out bytes.Buffer
	for b := range 256 {
		out.Write([]byte{'x', byte(b), 'y'})
	}
	for b := 0x20; b < 0x80; b++ {
		fmt.Fprintf(&out, "\x1b%c\x1b[%c\x1b[?1;31%c\x1b]%c;text\a\x1bP%c\x1b\\\u009b%c", b, b, b, b, b, b)
	}
	out.WriteString("\n\x1b]52;c;cm0gLXJmIH4K\a\x1b[2J\x1bc\x1b]0;title\x1b\\\n\xff\xfe\xc0\xaf\xed\xa0\x80\n\x00\x00\n")
	out.Write(bytes.Repeat([]byte("0123456789"), 1_000_000))
	out.WriteString("\nlast\n")
	return out.Bytes()
}

// TestOutputOfEveryKind: what is printed is counted to the byte, its hash is
// that of all of it, and of long lines and floods the ends are kept.
func TestOutputOfEveryKind(t *testing.T) {
	e := engine(t)
	data := everything()
	flood, healthy := int64(torture(16, 1024))<<20, healthOf(t)
	sum := sha256.Sum256(data)
	var before, after runtime.MemStats
	for name, c := range map[string]struct {
		test  string
		bytes int64
		hash  string
		first string
	}{
		"of every kind":       {"cat data; exit 1", int64(len(data)), hex.EncodeToString(sum[:]), "x\x00y"},
		"without a line feed": {fmt.Sprintf("head -c %d /dev/zero; echo; exit 1", flood), flood + 1, "", "\x00"},
		"lines":               {fmt.Sprintf("{ yes 0123456789abcde || :; } | head -c %d; exit 1", flood), flood, "", "0123456789abcde"},
	} {
		runtime.GC()
		runtime.ReadMemStats(&before)
		result, reading := newVictim(t, e).run(c.test, 5*time.Minute, func(s *reproduce.AttemptSpec) { s.Recipe.Files = []reproduce.File{{Path: "data", Data: data}} })
		runtime.GC()
		runtime.ReadMemStats(&after)
		log, kept := result.Log, 0
		for _, l := range log.Lines {
			kept += len(l.Text)
		}
		if reading.Kind != reproduce.Seen || log.Bytes != c.bytes || c.hash != "" && log.SHA256 != c.hash {
			t.Errorf("%s: %s, %d bytes, not %d, hash %s", name, reading.Kind, log.Bytes, c.bytes, log.SHA256)
		}
		if kept > 1<<20 || int64(kept)+log.Dropped < log.Bytes-int64(len(log.Lines)) || !strings.HasPrefix(log.Lines[0].Text, c.first) {
			t.Errorf("%s: %d kept, %d dropped, first %.20q", name, kept, log.Dropped, log.Lines[0].Text)
		}
		if more := int64(after.HeapAlloc) - int64(before.HeapAlloc); more > 16<<20 {
			t.Errorf("%s: %d bytes stay in memory", name, more)
		}
		tried(t, 1)
	}
	newVictim(t, e).stillHealthy(healthy)
}

// TestManyAtOnce: of very many attempts at once no more run than there are
// slots, each under a name of its own, and each has its own result.
func TestManyAtOnce(t *testing.T) {
	fixture.Use(t)
	const slots = 3
	n, notes := torture(8, 32), filepath.Join(t.TempDir(), "notes")
	path := filepath.Join(t.TempDir(), "podman")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = run ] || exec podman \"$@\"\necho \"+ $3\" >>%[1]s\npodman \"$@\"\ns=$?\necho \"- $3\" >>%[1]s\nexit $s\n", notes)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	e := engineWith(t, podman.Config{Podman: path, Dir: t.TempDir(), Jobs: slots})
	before := healthOf(t)
	t.Run("all", func(t *testing.T) {
		for i := range n {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				v := newVictim(t, e)
				if result, _ := v.run(fmt.Sprintf("exit %d", 1+i), time.Minute, nil); result.Facts.End != reproduce.EndExited || result.Facts.Status != 1+i {
					t.Errorf("%+v", result.Facts)
				}
				v.over()
			})
		}
	})
	data, err := os.ReadFile(notes)
	if err != nil {
		t.Fatal(err)
	}
	now, most, names := 0, 0, map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if name, begins := strings.CutPrefix(line, "+ "); begins {
			now++
			names[name] = true
		} else {
			now--
		}
		most = max(most, now)
	}
	if most > slots || most < 2 || len(names) != n || now != 0 {
		t.Errorf("at most %d of %d slots were used, by %d of %d containers; %d go on", most, slots, len(names), n, now)
	}
	newVictim(t, e).stillHealthy(before)
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	nothingLeft(t)
	tried(t, n)
}

// smallStore is a store of podman's of so many MB, in memory, that takes the
// images from the fixtures' store.
func smallStore(t *testing.T, size int) (folder string) {
	t.Helper()
	folder = smallDisk(t, size)
	fixtures, err := os.ReadFile(os.Getenv("CONTAINERS_STORAGE_CONF"))
	if err != nil {
		t.Fatal(err)
	}
	graph := ""
	for line := range strings.Lines(string(fixtures)) {
		if _, value, ok := strings.Cut(line, "graphroot = "); ok {
			graph = strings.TrimSpace(value)
		}
	}
	run, err := os.MkdirTemp("", "r") // podman takes 50 characters at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(run); err != nil {
			t.Error(err)
		}
	})
	settings := fmt.Sprintf("[storage]\ndriver = \"overlay\"\ngraphroot = %q\nrunroot = %q\n[storage.options]\nadditionalimagestores = [%s]\n", folder+"/graph", run, graph)
	path := filepath.Join(t.TempDir(), "storage.conf")
	if err := os.WriteFile(path, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONTAINERS_STORAGE_CONF", path)
	return folder
}

// smallDisk is a disk of so many MB, in memory.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "d")
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%dm", size)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(unix.Unmount(folder, unix.MNT_DETACH), os.Remove(folder)); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// TestImageStoreIsFull: an attempt that fills podman's disk is told as that. Each
// has a store of its own: of a container that filled its disk podman 4.3.1 leaves
// the files now and then, and none of its commands knows of them.
func TestImageStoreIsFull(t *testing.T) {
	engine(t)
	for round := range torture(1, 10) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			smallStore(t, 24+round)
			e := engineAsSet(t)
			result, reading := newVictim(t, e).run("cat /dev/zero >/var/tmp/x", 20*time.Second, nil)
			if reading.Valid() || result.Facts.End != reproduce.EndDisk && !strings.Contains(reading.Why, "disk") {
				t.Errorf("%+v: %s", result.Facts, reading.Why)
			}
			if err := e.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	tried(t, torture(1, 10))
}

// TestImageStoreWasFull: a preparation and an attempt that find podman's disk
// full are told as that; once there is room all works.
func TestImageStoreWasFull(t *testing.T) {
	engine(t)
	for round := range torture(1, 10) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			filler := filepath.Join(smallStore(t, 24+round), "filler")
			e := engineAsSet(t)
			newVictim(t, e).run("exit 1", 20*time.Second, nil) // podman makes its database
			if err := e.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := fillDisk(filler); err != nil {
				t.Fatal(err)
			}
			e = engineAsSet(t)
			target, image := side(t, e, "alma9")
			_, err := e.Prepare(t.Context(), reproduce.PrepareSpec{Target: target, Image: image, Require: []string{"gizmo"}, Again: true, MaxAge: time.Hour, Limits: limits}, nil)
			t.Logf("prepared on a full disk: %v", err)
			if err == nil || !strings.Contains(err.Error(), "space") && !strings.Contains(err.Error(), "disk") {
				t.Errorf("prepared on a full disk: %v", err)
			}
			if _, err := newVictim(t, e).attempt("exit 1", 20*time.Second, nil); err != nil && reproduce.CodeOf(err) != reproduce.CodeEngine {
				t.Errorf("an attempt on a full disk: %v", err)
			}
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			newVictim(t, e).stillHealthy(healthOf(t))
		})
	}
	tried(t, 2*torture(1, 10))
}

// fillDisk writes a file until there is no room.
func fillDisk(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	zeros := make([]byte, 4096)
	for err == nil {
		_, err = file.Write(zeros)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return file.Close()
}

// TestEverlasting: tests that do not want to end do so at their limit, with all
// that they have begun.
func TestEverlasting(t *testing.T) {
	engine(t)
	e := engineWith(t, podman.Config{Dir: t.TempDir(), Jobs: 8})
	tests := map[string]string{
		"sleeps":               "sleep 1000",
		"ignores what it can":  "trap '' TERM INT HUP QUIT USR1; while :; do sleep 1000; done",
		"stops itself":         "kill -STOP $$; sleep 1000",
		"stops its group":      "kill -STOP 0; sleep 1000",
		"a daemon of a daemon": "setsid bash -c 'setsid sleep 1000 & sleep 1000' & sleep 1000",
		"holds its output":     "sleep 1000 >&2 & setsid sleep 1000 & wait",
	}
	before, rounds := healthOf(t), torture(1, 5)
	t.Run("all", func(t *testing.T) {
		for name, test := range tests {
			for range rounds {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					v := newVictim(t, e)
					began := time.Now()
					if result, reading := v.run(test, 2*time.Second, nil); result.Facts.End != reproduce.EndTimeout || reading.Valid() {
						t.Errorf("%+v", result.Facts)
					}
					if took := time.Since(began); took > 60*time.Second {
						t.Errorf("it took %s", took)
					}
					v.over()
				})
			}
		}
	})
	newVictim(t, e).stillHealthy(before)
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	nothingLeft(t)
	tried(t, rounds*len(tests))
}
