package podman_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// conmonAsIs takes the fixtures' wrapper of conmon away, so that Debian's own
// is used as a user would have it.
func conmonAsIs(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(os.Getenv("CONTAINERS_CONF"))
	if err != nil {
		t.Fatal(err)
	}
	plain := regexp.MustCompile(`(?m)^conmon_path.*$`).ReplaceAllString(string(data), "")
	if plain == string(data) {
		t.Fatal("the fixtures' containers.conf names no conmon to take away")
	}
	path := filepath.Join(t.TempDir(), "containers.conf")
	if err := os.WriteFile(path, []byte(plain), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONTAINERS_CONF", path)
}

// eat fills memory in bash itself.
const eat = `x=$(head -c 600000000 /dev/zero | tr '\0' x); echo ${#x}`

func TestMemoryLimitIsTold(t *testing.T) {
	fixture.Use(t)
	for _, wrapped := range []bool{true, false} {
		t.Run(fmt.Sprintf("conmon wrapped %v", wrapped), func(t *testing.T) {
			if !wrapped {
				conmonAsIs(t)
			}
			e := engineAsSet(t)
			small := func(s *reproduce.AttemptSpec) { s.Limits.Memory = 64 << 20 }
			oracle := reproduce.Oracle{Kind: reproduce.OracleExit}
			for name, c := range map[string]struct {
				test string
				want string
				kind reproduce.ReadingKind
			}{
				"in the test":         {eat, "memory", reproduce.Failed},
				"in a child":          {"bash -c \"$EAT\" || true", "memory", reproduce.Failed},
				"a kill is none":      {`kill -KILL $$`, "KILL", reproduce.CannotTell},
				"a crash is none":     {`kill -SEGV $$`, "SEGV", reproduce.Seen},
				"exit 137 is no kill": {`exit 137`, "KILL", reproduce.CannotTell},
			} {
				result := attempt(t, e, reproduce.Recipe{Test: c.test, Environment: map[string]string{"EAT": eat}}, small)
				reading := reproduce.Read(oracle, reproduce.Attempt{Facts: result.Facts, Done: true})
				if reading.Kind != c.kind || !strings.Contains(reading.Why, c.want) {
					t.Errorf("%s: %s %q; facts %+v", name, reading.Kind, reading.Why, result.Facts)
				}
			}
		})
	}
}

func TestMemoryOfTheWrapperItself(t *testing.T) {
	fixture.Use(t)
	conmonAsIs(t)
	e := engineAsSet(t)
	// A test that makes PID 1 the first to be killed.
	result := attempt(t, e, reproduce.Recipe{Test: "echo 1000 >/proc/1/oom_score_adj 2>/dev/null || true\n" + eat}, func(s *reproduce.AttemptSpec) {
		s.Limits.Memory = 64 << 20
	})
	reading := reproduce.Read(reproduce.Oracle{Kind: reproduce.OracleExit}, reproduce.Attempt{Facts: result.Facts, Done: true})
	if reading.Kind != reproduce.Failed || !strings.Contains(reading.Why, "memory") {
		t.Errorf("%s %q; facts %+v", reading.Kind, reading.Why, result.Facts)
	}
}

func TestForkBombIsHeld(t *testing.T) {
	e := engine(t)
	result := attempt(t, e, reproduce.Recipe{Test: `bomb() { bomb | bomb & }; bomb; sleep 2; exit 1`}, func(s *reproduce.AttemptSpec) {
		s.Limits.Pids = 50
	})
	reading := reproduce.Read(reproduce.Oracle{Kind: reproduce.OracleExit}, reproduce.Attempt{Facts: result.Facts, Done: true})
	if reading.Kind == reproduce.Seen || reading.Kind == reproduce.NotSeen {
		t.Errorf("%s %q; facts %+v", reading.Kind, reading.Why, result.Facts)
	}
}

func TestDiskLimitEndsAnAttempt(t *testing.T) {
	e := engine(t)
	for name, test := range map[string]string{
		"one file":   `head -c 300000000 /dev/zero >/var/tmp/big; sleep 20`,
		"many files": `for i in 1 2 3 4 5 6 7 8 9; do head -c 30000000 /dev/zero >/var/tmp/big.$i; done; sleep 20`,
		"in the out": `for i in 1 2 3 4 5 6 7 8 9; do head -c 30000000 /dev/zero >/almatriage/out/big.$i; done; sleep 20`,
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			result := attempt(t, e, reproduce.Recipe{Test: test}, func(s *reproduce.AttemptSpec) { s.Limits.Disk = 200 << 20 })
			if result.Facts.End != reproduce.EndDisk || result.Facts.Step != reproduce.StepTest {
				t.Errorf("facts %+v", result.Facts)
			}
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestHangsEndInTime(t *testing.T) {
	e := engine(t)
	for name, test := range map[string]string{
		"sleeps":          "sleep 100",
		"ignores TERM":    "trap '' TERM INT HUP; while :; do sleep 1; done",
		"stops itself":    "kill -STOP $$; sleep 100",
		"stops PID 1":     "kill -STOP 1; sleep 100",
		"a daemon":        "setsid sleep 100 & wait",
		"floods for ever": "while :; do echo flood flood flood flood flood flood flood; done",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			result := attempt(t, e, reproduce.Recipe{Test: test}, func(s *reproduce.AttemptSpec) { s.Timeout = 2 * time.Second })
			if result.Facts.End != reproduce.EndTimeout || result.Facts.Step != reproduce.StepTest {
				t.Errorf("facts %+v", result.Facts)
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestLeftoversEndWithTheTest(t *testing.T) {
	e := engine(t)
	result := attempt(t, e, reproduce.Recipe{Test: "setsid sleep 100 & sleep 100 & exit 1"}, nil)
	if result.Facts.End != reproduce.EndExited || result.Facts.Status != 1 {
		t.Errorf("facts %+v", result.Facts)
	}
}

func TestHostileOutDirectory(t *testing.T) {
	e := engine(t)
	for name, test := range map[string]string{
		"a link for a verdict":   `ln -sf /etc/passwd /almatriage/out/verdict`,
		"a folder for a verdict": `mkdir /almatriage/out/verdict`,
		"a pipe for a verdict":   `rm -f /almatriage/out/verdict; mkfifo /almatriage/out/verdict; (cat /almatriage/out/verdict >/dev/null &)`,
		"a huge step":            `head -c 1000000 /dev/zero >/almatriage/out/step; ln -sf /dev/zero /almatriage/out/missing; mkfifo /almatriage/out/pipe; cp /bin/bash /almatriage/out/sh; chmod 4755 /almatriage/out/sh; head -c 1000000 /dev/zero >&9`,
	} {
		t.Run(name, func(t *testing.T) {
			result := attempt(t, e, reproduce.Recipe{Test: test}, func(s *reproduce.AttemptSpec) { s.Timeout = 5 * time.Second })
			reading := reproduce.Read(reproduce.Oracle{Kind: reproduce.OracleExit}, reproduce.Attempt{Facts: result.Facts, Done: true})
			if name == "a huge step" {
				if result.Facts.End != reproduce.EndExited || result.Facts.Status != 0 {
					t.Errorf("facts %+v", result.Facts)
				}
				return
			}
			if reading.Kind != reproduce.Failed {
				t.Errorf("%s %q; facts %+v", reading.Kind, reading.Why, result.Facts)
			}
		})
	}
}

func TestOutCannotExecute(t *testing.T) {
	e := engine(t)
	result := attempt(t, e, reproduce.Recipe{Test: `cp /bin/true /almatriage/out/x && chmod +x /almatriage/out/x && /almatriage/out/x && exit 3; exit 0`}, nil)
	if result.Facts.End != reproduce.EndExited || result.Facts.Status == 3 {
		t.Errorf("a program in the out directory ran: %+v", result.Facts)
	}
}

func TestTestIsNotPIDOneAndStartsClean(t *testing.T) {
	e := engine(t)
	t.Setenv("http_proxy", "http://proxy.invalid:1")
	t.Setenv("SECRET_OF_THE_HOST", "1")
	result := attempt(t, e, reproduce.Recipe{Test: `
test $$ != 1
test "$(hostname 2>/dev/null || cat /etc/hostname)" = reproducer
test "$LC_ALL $TZ" = "C.UTF-8 UTC"
test -z "${http_proxy:-}${SECRET_OF_THE_HOST:-}"
! read -t 1 line
test "$(ulimit -c)" = 0
grep -q '^NoNewPrivs:.1' /proc/self/status
! touch ./here 2>/dev/null
test "$WORD" = "it's \$(id) \"x\"
two lines"
`, Environment: map[string]string{"WORD": "it's $(id) \"x\"\ntwo lines"}}, nil)
	if result.Facts.Status != 0 {
		t.Errorf("status %d, %s\n%s", result.Facts.Status, text(result.Log, reproduce.Stderr), text(result.Log, reproduce.Trace))
	}
}

func TestSyntaxPrecheckAndMissingCommands(t *testing.T) {
	e := engine(t)
	for name, c := range map[string]struct {
		recipe reproduce.Recipe
		want   string
	}{
		"syntax":            {reproduce.Recipe{Test: "if true; then"}, "syntax"},
		"precheck":          {reproduce.Recipe{Test: "exit 1", Precheck: "echo no such thing >&2; false"}, "precheck"},
		"precheck's syntax": {reproduce.Recipe{Test: "exit 1", Precheck: "fi"}, "syntax"},
		"a command":         {reproduce.Recipe{Test: "nosuch1 || exit 1"}, "nosuch1"},
		"in a pipe":         {reproduce.Recipe{Test: "nosuch2 2>/dev/null | wc -l; exit 1"}, "nosuch2"},
		"in a child":        {reproduce.Recipe{Test: "bash -c 'nosuch3 --x; exit 4'"}, "nosuch3"},
	} {
		result := attempt(t, e, c.recipe, nil)
		reading := reproduce.Read(reproduce.Oracle{Kind: reproduce.OracleExit}, reproduce.Attempt{Facts: result.Facts, Done: true})
		if reading.Kind != reproduce.Failed || !strings.Contains(reading.Why, c.want) {
			t.Errorf("%s: %s %q", name, reading.Kind, reading.Why)
		}
	}
}

func TestPatternSeesTheTestOnly(t *testing.T) {
	e := engine(t)
	for name, c := range map[string]struct {
		recipe reproduce.Recipe
		stream reproduce.Stream
		count  int
	}{
		"printed":             {reproduce.Recipe{Test: "echo boom; echo boom >&2"}, "", 2},
		"one stream":          {reproduce.Recipe{Test: "echo boom; echo boom >&2; echo boom >&2"}, reproduce.Stdout, 1},
		"by the precheck":     {reproduce.Recipe{Test: "true", Precheck: "echo boom; printf boom"}, "", 0},
		"by bash, traced":     {reproduce.Recipe{Test: "set -x\ntrue boom 'boom\nboom'"}, "", 0},
		"by bash, verbose":    {reproduce.Recipe{Test: "set -v\ntrue boom"}, "", 0},
		"without a line feed": {reproduce.Recipe{Test: "printf boom"}, "", 1},
		"a long line":         {reproduce.Recipe{Test: "head -c 200000 /dev/zero | tr '\\0' x; echo boom"}, "", 1},
	} {
		result := attempt(t, e, c.recipe, func(s *reproduce.AttemptSpec) {
			s.Pattern, s.Stream = regexp.MustCompile("boom"), c.stream
		})
		if m := result.Facts.Match; m == nil || m.Count != c.count {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func TestFloodIsBoundedAndCounted(t *testing.T) {
	e := engine(t)
	result := attempt(t, e, reproduce.Recipe{Test: `echo first; for i in {1..200}; do head -c 1000000 /dev/zero | tr '\0' 'x'; echo; done; echo last >&2`}, func(s *reproduce.AttemptSpec) {
		s.Timeout = time.Minute
	})
	log := result.Log
	kept := 0
	for _, l := range log.Lines {
		kept += len(l.Text)
	}
	if log.Bytes < 200_000_000 || log.Dropped < log.Bytes-2<<20 || kept > 2<<20 {
		t.Errorf("%d bytes, %d dropped, %d kept", log.Bytes, log.Dropped, kept)
	}
	if log.Lines[0].Text != "first" || text(log, reproduce.Stderr) != "last" || result.Facts.Status != 0 {
		t.Errorf("first %q, stderr %q, %+v", log.Lines[0].Text, text(log, reproduce.Stderr), result.Facts.End)
	}
}

func TestCancelLeavesNothing(t *testing.T) {
	e := engine(t)
	target, image := side(t, e, "alma9")
	for _, after := range []time.Duration{0, 30 * time.Millisecond, 70 * time.Millisecond, 140 * time.Millisecond, 400 * time.Millisecond, 2 * time.Second} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		began := time.Now()
		_, err := e.Attempt(ctx, reproduce.AttemptSpec{ID: "almatriage-" + reproduce.NewID(), Target: target, Image: image.ID,
			Recipe: &reproduce.Recipe{Test: "trap '' TERM; sleep 100"}, Timeout: time.Minute, Limits: limits}, nil)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %s: %v", after, err)
		}
		if took := time.Since(began); took > after+15*time.Second {
			t.Errorf("after %s: it took %s", after, took)
		}
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t)
}

// nothingLeft fails if a container or a monitor of ours is still there.
func nothingLeft(t *testing.T) {
	t.Helper()
	if left := fixture.Left(t, podman.ThisProcess()); left != "" {
		t.Errorf("left:\n%s", left)
	}
}

func TestMissingImageIsTold(t *testing.T) {
	e := engine(t)
	target := fixture.Targets()["alma9"]
	_, err := e.Attempt(t.Context(), reproduce.AttemptSpec{ID: "almatriage-" + reproduce.NewID(), Target: target,
		Image: strings.Repeat("ab", 32), Recipe: &reproduce.Recipe{Test: "true"}, Timeout: time.Minute, Limits: limits}, nil)
	if !errors.Is(err, reproduce.ErrImageGone) {
		t.Errorf("%v", err)
	}
}
