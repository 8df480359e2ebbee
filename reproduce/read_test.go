package reproduce

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func exited(status int) Facts { return Facts{End: EndExited, Step: StepTest, Status: status} }

// Each row of verdict.md, What an attempt says.
func TestRead(t *testing.T) {
	exit := Oracle{Kind: OracleExit}
	output := Oracle{Kind: OracleOutput, Pattern: "boom"}
	segv := Oracle{Kind: OracleSignal, Signal: "SEGV"}
	hang := Oracle{Kind: OracleTimeout}
	ask := Oracle{Kind: OracleAsk}
	with := func(f Facts, change func(*Facts)) Facts { change(&f); return f }
	match := func(status, count int) Facts {
		return with(exited(status), func(f *Facts) { f.Match = &Match{Pattern: "boom", Count: count, Line: "boom!"} })
	}
	answer := func(a *Answer) Facts { return with(exited(1), func(f *Facts) { f.Answer = a }) }
	for _, c := range []struct {
		name   string
		oracle Oracle
		facts  Facts
		want   ReadingKind
		why    string // part of it
	}{
		{"exit 0", exit, exited(0), NotSeen, ""},
		{"exit 1", exit, exited(1), Seen, ""},
		{"exit 76", exit, exited(76), Seen, ""},
		{"exit 124", exit, exited(124), Seen, ""},
		{"exit 77", exit, exited(77), CannotTell, "says that it cannot tell"},
		{"exit 125", exit, exited(125), CannotTell, ""},
		{"exit 126", exit, exited(126), Failed, "executed"},
		{"exit 127", exit, exited(127), Failed, "require"},
		{"exit 128", exit, exited(128), CannotTell, "output"},
		{"exit 255", exit, exited(255), CannotTell, ""},
		{"killed", exit, exited(137), CannotTell, "KILL"},
		{"terminated", exit, exited(143), CannotTell, "TERM"},
		{"broken pipe", exit, exited(141), CannotTell, "PIPE"},
		{"file too large", exit, exited(153), CannotTell, "XFSZ"},
		{"command not found on the way", exit, with(exited(1), func(f *Facts) { f.Missing = []string{"jq"} }), Failed, "jq"},
		{"command not found, yet exit 0", exit, with(exited(0), func(f *Facts) { f.Missing = []string{"jq"} }), Failed, "jq"},
		{"syntax", exit, Facts{End: EndExited, Step: StepSyntax, Status: 2, Detail: "line 3"}, Failed, "line 3"},
		{"precheck", exit, Facts{End: EndExited, Step: StepPrecheck, Status: 1}, Failed, "precheck"},
		{"timeout", exit, Facts{End: EndTimeout, Step: StepTest}, CannotTell, "reproduced-when: timeout"},
		{"timeout in the precheck", hang, Facts{End: EndTimeout, Step: StepPrecheck}, Failed, "precheck"},
		{"memory", exit, Facts{End: EndMemory, Step: StepTest}, Failed, "[engine] memory"},
		{"memory of a child", exit, with(exited(1), func(f *Facts) { f.OOMKills = 1 }), Failed, "out of memory"},
		{"memory of a child, yet exit 0", exit, with(exited(0), func(f *Facts) { f.OOMKills = 2 }), Failed, "out of memory"},
		{"pids", exit, Facts{End: EndPids, Step: StepTest}, Failed, "[engine] pids"},
		{"disk", exit, Facts{End: EndDisk, Step: StepTest}, Failed, "[engine] disk"},
		{"lost", exit, Facts{End: EndLost, Step: StepTest}, Failed, "lost"},
		{"podman", exit, Facts{End: EndEngine, Step: StepTest, Detail: "no space"}, Failed, "no space"},
		{"interrupted", exit, Facts{End: EndInterrupted, Step: StepTest}, Broken, ""},
		{"nothing known", exit, Facts{}, Failed, ""},
		{"unknown oracle", Oracle{Kind: "moon"}, exited(1), CannotTell, "moon"},

		{"network", exit, with(exited(6), func(f *Facts) { f.Surroundings = []string{"name-resolution"} }), CannotTell, "network: full"},
		{"risen pids.events", exit, with(exited(1), func(f *Facts) { f.Surroundings = []string{"pids"} }), CannotTell, "pids"},
		{"risen pids.events, yet exit 0", exit, with(exited(0), func(f *Facts) { f.PidsMax = 1 }), Failed, "[engine] pids"},
		{"risen pids.events, no output", output, with(match(0, 0), func(f *Facts) { f.PidsMax = 1 }), Failed, "[engine] pids"},
		{"risen pids.events, output", output, with(match(0, 1), func(f *Facts) { f.PidsMax = 1 }), Failed, "[engine] pids"},
		{"risen pids.events, signal", segv, with(exited(139), func(f *Facts) { f.PidsMax = 1 }), Failed, "[engine] pids"},
		{"risen pids.events, not named", exit, with(exited(1), func(f *Facts) { f.PidsMax = 1 }), CannotTell, "[engine] pids"},
		{"surroundings, but it passed", exit, with(exited(0), func(f *Facts) { f.Surroundings = []string{"network"} }), NotSeen, ""},

		{"output", output, match(0, 2), Seen, "boom!"},
		{"output, whatever the exit", output, match(3, 1), Seen, ""},
		{"no output", output, match(0, 0), NotSeen, ""},
		{"no output, other failure", output, match(1, 0), NotSeen, ""},
		{"no output for want of network", output, with(match(1, 0), func(f *Facts) { f.Surroundings = []string{"network"} }), CannotTell, "network"},
		{"output, though operation not permitted", output, with(match(1, 1), func(f *Facts) { f.Surroundings = []string{"permission"} }), Seen, ""},
		{"no output, killed", output, match(137, 0), CannotTell, "KILL"},
		{"no output, skipped", output, match(77, 0), CannotTell, ""},
		{"output, skipped", output, match(77, 1), CannotTell, "says that it cannot tell"},
		{"output, then the limit", output, Facts{End: EndTimeout, Step: StepTest, Match: &Match{Pattern: "boom", Count: 1}}, Seen, ""},
		{"output, then out of memory", output, Facts{End: EndMemory, Step: StepTest, Match: &Match{Pattern: "boom", Count: 1}}, Failed, ""},
		{"another pattern", output, with(exited(0), func(f *Facts) { f.Match = &Match{Pattern: "bang", Count: 1} }), CannotTell, "--fresh"},
		{"not searched", output, exited(0), CannotTell, "--fresh"},
		{"searched on a truncated log", output, with(match(0, 0), func(f *Facts) { f.Match.Truncated = true }), CannotTell, "not whole"},

		{"signal", segv, exited(139), Seen, "SEGV"},
		{"other crash", segv, exited(134), CannotTell, "ABRT"},
		{"no signal", segv, exited(0), NotSeen, ""},
		{"no signal, failure", segv, exited(1), NotSeen, ""},
		{"killed instead", segv, exited(137), CannotTell, "KILL"},
		{"declared KILL", Oracle{Kind: OracleSignal, Signal: "KILL"}, exited(137), Seen, "KILL"},

		{"ended in time", hang, exited(0), NotSeen, ""},
		{"ended in time, failing", hang, exited(1), NotSeen, ""},

		{"asked nobody", ask, exited(0), CannotTell, "nobody"},
		{"asked, unsure", ask, answer(&Answer{Unsure: true, By: "kim"}), CannotTell, "kim"},
		{"asked, seen", ask, answer(&Answer{Seen: true, By: "kim"}), Seen, "kim"},
		{"asked, not seen", ask, answer(&Answer{By: "kim"}), NotSeen, "kim"},
	} {
		got := Read(c.oracle, Attempt{Facts: c.facts, Limit: time.Minute})
		if got.Kind != c.want || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %s %q, want %s with %q", c.name, got.Kind, got.Why, c.want, c.why)
		}
	}
	for _, signal := range []string{"ILL", "TRAP", "ABRT", "BUS", "FPE", "SEGV", "SYS"} {
		got := Read(exit, Attempt{Facts: exited(128 + SignalNumber(signal))})
		if got.Kind != Seen || !strings.Contains(got.Why, signal) {
			t.Errorf("%s: %v", signal, got)
		}
	}
}

func TestReadHang(t *testing.T) {
	hang := Oracle{Kind: OracleTimeout}
	hung := Attempt{Facts: Facts{End: EndTimeout, Step: StepTest}, Limit: time.Minute}
	passed := func(d time.Duration) Attempt { return Attempt{Facts: exited(0), Duration: d, Limit: time.Minute} }
	for _, c := range []struct {
		name   string
		others []Attempt
		want   ReadingKind
	}{
		{"hangs too", []Attempt{hung}, Seen},
		{"passed in a tenth", []Attempt{passed(6 * time.Second)}, Seen},
		{"failed in a tenth", []Attempt{{Facts: exited(1), Duration: time.Second, Limit: time.Minute}}, CannotTell},
		{"passed more slowly", []Attempt{passed(7 * time.Second)}, CannotTell},
		{"one of two slow", []Attempt{passed(time.Second), passed(30 * time.Second)}, CannotTell},
		{"nothing to compare", nil, CannotTell},
		{"the other is broken", []Attempt{{Facts: Facts{End: EndLost}}}, CannotTell},
		{"the other hung in preparing", []Attempt{{Facts: Facts{End: EndTimeout, Step: StepPrecheck}}}, CannotTell},
	} {
		if got := ReadSide(hang, []Attempt{hung}, c.others)[0]; got.Kind != c.want {
			t.Errorf("%s: %s %q, want %s", c.name, got.Kind, got.Why, c.want)
		}
	}
}

// FuzzRead: whatever the facts there is one reading, and without the wrapper's
// verdict it is never that the bug is not there.
func FuzzRead(f *testing.F) {
	f.Add("exit", "exited", "test", 1, int64(0), int64(0), 0, "", false)
	f.Add("output", "timeout", "test", 0, int64(0), int64(1), 3, "network", true)
	f.Add("ask", "lost", "syntax", -1, int64(5), int64(0), 0, "pids", false)
	f.Fuzz(func(t *testing.T, oracle, end, step string, status int, oom, pids int64, matches int, sign string, missing bool) {
		facts := Facts{End: End(end), Step: Step(step), Status: status, OOMKills: oom, PidsMax: pids}
		if matches != 0 {
			facts.Match = &Match{Pattern: "x", Count: matches}
		}
		if sign != "" {
			facts.Surroundings = []string{sign}
		}
		if missing {
			facts.Missing = []string{"cmd"}
		}
		got := ReadSide(Oracle{Kind: OracleKind(oracle), Pattern: "x", Signal: "SEGV"}, []Attempt{{Facts: facts}}, nil)[0]
		switch got.Kind {
		case Seen, NotSeen, CannotTell, Failed, Broken:
		default:
			t.Fatalf("no reading: %+v", got)
		}
		if got.Why == "" {
			t.Fatal("a reading without a reason")
		}
		if got.Kind == NotSeen && (facts.End != EndExited || facts.Step != StepTest || oom > 0 || missing) {
			t.Fatalf("not seen, from %+v", facts)
		}
	})
}

func TestSignatures(t *testing.T) {
	for text, want := range map[string]string{
		"curl: (6) Could not resolve host: example.org":                  "name-resolution",
		"ping: example.org: Temporary failure in name resolution":        "name-resolution",
		"connect: Network is unreachable":                                "network",
		"System has not been booted with systemd as init system (PID 1)": "systemd",
		"Failed to connect to bus: No such file or directory":            "bus",
		"mount: /mnt: Operation not permitted":                           "permission",
		"touch: cannot touch 'x': Read-only file system":                 "read-only",
		"cp: error writing 'x': No space left on device":                 "space",
		"bash: fork: Cannot allocate memory":                             "memory",
		"bash: fork: retry: Resource temporarily unavailable":            "resource",
		"Fatal glibc error: CPU does not support x86-64-v3":              "cpu-level",
		"widget: parse error: unexpected end of list":                    "",
		"ld: failed to resolve symbol x":                                 "",
		"wget: unable to resolve host address 'example.org'":             "name-resolution",
		"Failed to connect to system scope bus via local transport":      "bus",
		"test.sh: line 1: 12 File size limit exceeded":                   "space",
		"MemoryError": "memory",
		"test.sh: line 1: /dev/tty: No such device or address":                      "terminal",
		"Error opening terminal: unknown.":                                          "terminal",
		"       dmesg(1) may have more information after failed mount system call.": "permission",
		"mount: /mnt: permission denied.":                                           "permission",
		"bash: ./x: Permission denied":                                              "",
		"iptables v1.8.10 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)": "permission",
		"Error: Can't open display: ":                                                                    "display",
		"(gedit:12): Gtk-WARNING **: 10:00:00.000: cannot open display: ":                                "display",
		"modprobe: FATAL: Module dummy not found in directory /lib/modules/6.1.0":                        "device",
		"setenforce: SELinux is disabled":                                                                "device",
		"No journal files were found.":                                                                   "systemd",
		"Error: NetworkManager is not running.":                                                          "systemd",
		"dial tcp: lookup example.org on [::1]:53: read udp [::1]:4->[::1]:53: read: connection refused": "name-resolution",
		"Error: getaddrinfo ENOTFOUND example.org":                                                       "name-resolution",
		"curl: (7) Failed to connect to example.org port 443 after 3 ms: Could not connect to server":    "network",
	} {
		got := strings.Join(Signatures([]LogLine{{Text: text}}, 0), " ")
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if want != "" && adviceOn(want) == want {
			t.Errorf("%s has no advice", want)
		}
	}
	if got := Signatures([]LogLine{{Stream: Trace, Text: "+ grep 'Operation not permitted'"}}, 0); got != nil {
		t.Errorf("in bash's echo: %s", got)
	}
	if got := fmt.Sprint(Signatures(nil, 3)); got != "[pids]" {
		t.Errorf("risen counter: %s", got)
	}
}

func TestErrorLines(t *testing.T) {
	lines := func(stream Stream, texts ...string) (list []LogLine) {
		for _, text := range texts {
			list = append(list, LogLine{Stream: stream, Text: text})
		}
		return list
	}
	same := [][2]string{
		{"app[123]: error at 0x7ffe12", "app[9]: error at 0x55aa"},
		{"2026-01-02 03:04:05 failed to open /tmp/tmp.aB3/x", "2026-11-23 20:00:00 failed to open /tmp/tmp.zz9/x"},
		{"test.sh: line 2:    33 Segmentation fault      gizmo x", "test.sh: line 2:   118 Segmentation fault      gizmo x"},
		{"\x1b[31merror:\x1b[0m   bad thing", "error: bad thing"},
		{"==123== Invalid read of size 4", "==45== Invalid read of size 4"},
		{"Dec  1 05:33:36 host app: failed", "Nov 23 11:00:00 host app: failed"},
		{"failed on Tue Dec  1 05:33:36 UTC 2026", "failed on Mon Nov 23 11:00:00 UTC 2026"},
		{"error in widget-3.2.0-4.el9_6.noarch", "error in widget-3.2.0-6.el9.noarch"},
	}
	for _, pair := range same {
		if a, b := NormaliseLine(pair[0]), NormaliseLine(pair[1]); a != b {
			t.Errorf("%q and %q differ", a, b)
		}
	}
	if a, b := NormaliseLine("item 2 is out of range (limit 1)"), NormaliseLine("item 3 is out of range (limit 2)"); a == b {
		t.Errorf("numbers that mean something are lost: %q", a)
	}
	got := ErrorLines(append(lines(Stdout, "hello"), lines(Stderr, "warning: old option", "loading", "error: no such item", "giving up")...))
	if fmt.Sprintf("%q", got) != `["error: no such item"]` {
		t.Errorf("%q", got)
	}
	if got := ErrorLines(append(lines(Stderr, "loading", "done"), lines(Stdout, "5", "expected 4")...)); fmt.Sprint(got) != "[expected 4]" {
		t.Errorf("without errors stdout counts: %q", got)
	}
	if got := ErrorLines(lines(Stderr, "Loading plugin", "done", "test.sh: line 2: warning: setlocale: LC_ALL: cannot change locale", "summary: 0 errors, no failures", "0 failed")); got != nil {
		t.Errorf("no failure: %q", got)
	}
	if got := ErrorLines(lines(Stderr, "Traceback (most recent call last):", "Error:", "AssertionError", "  *** FAIL ***", "Error: the test failed!",
		"FAILED (failures=1)", "1 test failed", "2 of 7 tests failed", "tests failed: 1", "Result: FAIL", "E   AssertionError", "make: *** [Makefile:3: check] Error 1",
		"gmake[2]: *** [all] Error 2", "error: exit status 1", "Error: Process completed with exit code 1.", "An error occurred, see the log")); got != nil {
		t.Errorf("these do not say what failed: %q", got)
	}
	if got := ErrorLines(lines(Stderr, "ValueError: bad date", "Segmentation fault", "FAIL: test_add", "error: no such item", "AssertionError: 5 != 4", "Error: 5",
		"gizmo: error: exit of loop 3 is wrong")); len(got) != 7 {
		t.Errorf("these say what failed: %q", got)
	}
	if got := ErrorLines(lines(Trace, "+ error: x")); got != nil {
		t.Errorf("bash's echo: %q", got)
	}
	if got := ErrorLines(lines(Stderr, "error: warning: x is deprecated", "0 errors, 3 failures in test_add")); len(got) != 2 {
		t.Errorf("failures: %q", got)
	}
	for _, pair := range [][2]string{{"curl: (12) no", "curl: (13) no"}, {"item[1] is wrong", "item[2] is wrong"}} {
		if NormaliseLine(pair[0]) == NormaliseLine(pair[1]) {
			t.Errorf("numbers that mean something are lost: %q", pair)
		}
	}
}
