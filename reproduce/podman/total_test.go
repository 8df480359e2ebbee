package podman

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// verdictFile is what a container can leave where its verdict belongs.
type verdictFile struct {
	text  string // "" is no file
	whole bool
	inside.Verdict
}

// verdictFiles are all kinds: none, those that are none, and whole ones.
func verdictFiles() []verdictFile {
	write := func(v inside.Verdict, nonce string) string {
		return fmt.Sprintf("step %s\nstatus %d\noom_kills %d\npids_max %d\nend %s\n", v.Step, v.Status, v.OOMKills, v.PidsMax, nonce)
	}
	zero := inside.Verdict{Step: reproduce.StepTest}
	files := []verdictFile{{}, {text: " "}, {text: "\n\n\n\n\n"}, {text: "<html>"}, {text: write(zero, "another")}, {text: strings.TrimSuffix(write(zero, "n"), " n\n")},
		{text: strings.Repeat("x", 2*maxOutFile)}}
	for _, status := range []int{0, 1, 77, 124, 125, 126, 127, 134, 137, 139, 143, 255} {
		for _, step := range []reproduce.Step{reproduce.StepSyntax, reproduce.StepPrecheck, reproduce.StepTest} {
			for n := range int64(4) {
				v := inside.Verdict{Step: step, Status: status, OOMKills: n & 1, PidsMax: n >> 1}
				files = append(files, verdictFile{write(v, "n"), true, v})
			}
		}
	}
	return files
}

// situation is all else that is known at the end.
type situation struct {
	reason  reproduce.End // why we ended it: our timers
	started bool
	known   bool // to podman
	oomFile bool // of conmon
	long    bool // it took as long as podman's timer
	words   string
	state   state
}

// situations are all combinations.
func situations() (all []situation) {
	for _, reason := range []reproduce.End{"", reproduce.EndTimeout, reproduce.EndDisk, reproduce.EndEngine} {
		for _, status := range []string{"", "created", "running", "exited", "dead"} {
			for _, code := range []int{-1, 0, 1, 125, 137, 255} {
				for _, words := range []string{"", "Error: no such image"} {
					for bits := range 32 {
						is := func(bit int) bool { return bits>>bit&1 == 1 }
						all = append(all, situation{reason, is(0), is(1), is(2), is(3), words, state{status, code, is(4)}})
					}
				}
			}
		}
	}
	return all
}

// TestClassIsTotal: whatever the exit status, podman's state, the verdict file,
// the timers and the memory, an attempt has exactly one class; and only a whole
// verdict of the test's says whether the bug is there.
func TestClassIsTotal(t *testing.T) {
	const limit = time.Minute
	dir := workdir(t.TempDir())
	if err := os.Mkdir(dir.path("out"), 0o700); err != nil {
		t.Fatal(err)
	}
	all, n := situations(), 0
	for _, file := range verdictFiles() {
		if err := os.RemoveAll(dir.path("out/verdict")); err != nil {
			t.Fatal(err)
		}
		if file.text != "" {
			if err := os.WriteFile(dir.path("out/verdict"), []byte(file.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, oom := range []bool{false, true} {
			if err := os.RemoveAll(dir.path("oom")); err != nil {
				t.Fatal(err)
			}
			if oom {
				if err := os.WriteFile(dir.path("oom"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			// What podman knows is asked only where nothing is settled.
			asked := map[reproduce.End]bool{}
			for _, s := range all {
				if s.oomFile != oom || file.whole && asked[s.reason] {
					continue
				}
				asked[s.reason] = true
				n++
				c := &container{engine: &Engine{}, dir: dir, nonce: "n", reason: s.reason, spec: containerSpec{image: "ab", timeout: limit}}
				got := ended{started: s.started, end: s.reason, podman: s.words}
				if s.long {
					got.duration = limit
				}
				got, settled, unread := c.judge(got)
				var err error
				if !settled {
					got, err = c.classify(got, s.state, s.known, unread)
				}
				if errors.Is(err, reproduce.ErrImageGone) && !s.started && s.words != "" && s.reason == "" && !file.whole {
					continue // a class of its own: it is prepared again
				}
				if err != nil {
					t.Fatalf("%q, %+v: %v", file.text, s, err)
				}
				oneClass(t, file, s, got, limit)
			}
		}
	}
	if n < 5000 {
		t.Errorf("%d combinations", n)
	}
	t.Logf("TRIED %s %d", t.Name(), n)
}

// oneClass looks at the class of an end, and at what each oracle makes of it.
func oneClass(t *testing.T, file verdictFile, s situation, got ended, limit time.Duration) {
	t.Helper()
	ends := []reproduce.End{reproduce.EndExited, reproduce.EndTimeout, reproduce.EndMemory, reproduce.EndDisk, reproduce.EndLost, reproduce.EndEngine}
	wants := file.whole && s.reason != reproduce.EndTimeout && s.reason != reproduce.EndDisk
	if !slices.Contains(ends, got.end) || (got.end == reproduce.EndExited) != wants {
		t.Fatalf("%q, %+v: %+v", file.text, s, got)
	}
	log := inside.NewTestLog(reproduce.AttemptSpec{Recipe: &reproduce.Recipe{}}, time.Now)
	facts, _ := log.Facts(inside.Ended{End: got.end, Step: got.step, Verdict: got.verdict, Detail: got.detail}, inside.Leavings{})
	for _, oracle := range []reproduce.Oracle{{Kind: reproduce.OracleExit}, {Kind: reproduce.OracleOutput, Pattern: "x"}, {Kind: reproduce.OracleSignal, Signal: "SEGV"},
		{Kind: reproduce.OracleTimeout}, {Kind: reproduce.OracleAsk}} {
		a := reproduce.Attempt{Facts: facts, Limit: limit, Done: true}
		reading := reproduce.Read(oracle, a)
		switch reading.Kind {
		case reproduce.Seen, reproduce.NotSeen, reproduce.CannotTell, reproduce.Failed, reproduce.Broken:
		default:
			t.Fatalf("%q, %+v, %s: no reading %+v", file.text, s, oracle.Kind, reading)
		}
		if reading.Why == "" {
			t.Fatalf("%q, %+v, %s: %s without a reason", file.text, s, oracle.Kind, reading.Kind)
		}
		hung := oracle.Kind == reproduce.OracleTimeout && got.end == reproduce.EndTimeout
		tests := got.end == reproduce.EndExited && file.Step == reproduce.StepTest && file.OOMKills == 0
		if reading.Kind == reproduce.NotSeen && !tests || reading.Kind == reproduce.Seen && !tests && !hung {
			t.Fatalf("%q, %+v, %s: %s: %s", file.text, s, oracle.Kind, reading.Kind, reading.Why)
		}
	}
}
