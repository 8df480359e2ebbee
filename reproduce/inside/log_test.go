package inside

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// TestEchoIsNotOutput: what bash echoes of the test and its files is neither
// searched for the pattern nor for signs of the surroundings; all else is.
func TestEchoIsNotOutput(t *testing.T) {
	const sign = "boom: Operation not permitted"
	script := []reproduce.File{{Path: "r.sh", Data: []byte("#!/bin/bash\necho '" + sign + "' | cat\n")}}
	traced := []reproduce.File{{Path: "r.sh", Data: []byte("set -x\ntrue\n")}}
	for name, c := range map[string]struct {
		test  string
		files []reproduce.File
		line  string
		echo  bool
	}{
		"bash -x":                  {"bash -x r.sh", script, "+ echo '" + sign + "'", true},
		"bash -ex":                 {"bash -ex r.sh", script, "++ echo '" + sign + "'", true},
		"sh -e -x":                 {"sh -e -x r.sh", script, "+ grep '" + sign + "'", true},
		"a file that asks":         {"bash r.sh", traced, "+ " + sign, true},
		"SHELLOPTS":                {"export SHELLOPTS; set -o errexit; bash -c true", nil, "+ " + sign, true},
		"bash -v of a file":        {"bash -v ./r.sh", script, "echo '" + sign + "' | cat", true},
		"set -e -v":                {"set -e -v\ntrue '" + sign + "'", nil, "true '" + sign + "'", true},
		"a program's plus":         {"diff a b >&2", nil, "+ " + sign, false},
		"bash -x, no echo":         {"bash -x r.sh", script, sign, false},
		"bash -x, a longer plus":   {"bash -x r.sh", script, "+" + sign, false},
		"verbose program":          {"gizmo --verbose x\n" + sign, nil, sign, false},
		"tar -xvf":                 {"tar -xvf x\n" + sign, nil, sign, false},
		"bash -v, line of nothing": {"bash -v r.sh", script, sign, false},
	} {
		l := NewTestLog(reproduce.AttemptSpec{Recipe: &reproduce.Recipe{Test: c.test, Files: c.files}, Pattern: regexp.MustCompile("boom")}, time.Now)
		kept, _ := l.Take(Line{Section: Section(reproduce.StepTest), Stream: reproduce.Stderr, Text: []byte(c.line)})
		l.Take(Line{Section: Section(reproduce.StepTest), Stream: reproduce.Stdout, Text: []byte("fine")})
		facts, log := l.Facts(Ended{End: reproduce.EndExited, Verdict: Verdict{Step: reproduce.StepTest, Status: 1}}, Leavings{})
		if (facts.Match.Count == 0) != c.echo || (len(facts.Surroundings) == 0) != c.echo || (kept.Stream == reproduce.Trace) != c.echo || log.Bytes != int64(len(c.line)+6) {
			t.Errorf("%s: %+v, kept as %q, %d bytes", name, facts, kept.Stream, log.Bytes)
		}
	}
}

// TestBrokenTests: a syntax error of the test's own scripts, and a command that
// is not there, are told by bash's words where nothing else tells them; those of
// other scripts may be the bug.
func TestBrokenTests(t *testing.T) {
	files := []reproduce.File{{Path: "r.sh"}, {Path: "sub/s.sh"}}
	for line, want := range map[string]string{
		"/almatriage/job/test.sh: eval: line 3: syntax error: unexpected end of file": "syntax",
		"./r.sh: line 2: syntax error near unexpected token `fi'":                     "syntax",
		"r.sh: line 2: unexpected EOF while looking for matching `\"'":                "syntax",
		"/almatriage/job/files/sub/s.sh: line 9: syntax error near unexpected token":  "syntax",
		"/usr/bin/widget: line 2: syntax error near unexpected token `fi'":            "",
		"widget: line 2: syntax error near unexpected token `fi'":                     "",
		"bash: -c: line 1: syntax error: unexpected end of file":                      "",
		"/almatriage/job/test.sh: line 1: 1 + : syntax error: operand expected":       "",
		"/almatriage/job/test.sh: line 1: exec: nosuch: not found":                    "nosuch",
		"env: ‘nosuch’: No such file or directory":                                    "nosuch",
		"bash: line 1: nosuch: command not found":                                     "nosuch",
		"/usr/bin/widget: line 7: nosuch: command not found":                          "",
		"./r.sh: line 7: nosuch: command not found":                                   "nosuch",
		"/almatriage/job/test.sh: line 7: nosuch: command not found":                  "nosuch",
		"timeout: failed to run command ‘./nosuch’: No such file or directory":        "./nosuch",
		"nohup: failed to run command 'nosuch': No such file or directory":            "nosuch",
		"nice: ‘nosuch’: No such file or directory":                                   "nosuch",
		"setsid: failed to execute nosuch: No such file or directory":                 "nosuch",
		"xargs: nosuch: No such file or directory":                                    "nosuch",
		"sudo: nosuch: command not found":                                             "nosuch",
		"find: ‘nosuch’: No such file or directory":                                   "",
		"timeout: failed to run command ‘nosuch’: Permission denied":                  "",
		"cat: nosuch: No such file or directory":                                      "",
		"widget: package not found":                                                   "",
	} {
		l := NewTestLog(reproduce.AttemptSpec{Recipe: &reproduce.Recipe{Test: "true", Files: files}}, time.Now)
		for range 30 {
			l.Take(Line{Section: Section(reproduce.StepTest), Stream: reproduce.Stderr, Text: []byte(line)})
		}
		facts, _ := l.Facts(Ended{End: reproduce.EndExited, Verdict: Verdict{Step: reproduce.StepTest, Status: 1}}, Leavings{Missing: []byte("a")})
		got := strings.TrimSpace(strings.TrimPrefix(strings.Join(facts.Missing, " "), "a"))
		if facts.Step == reproduce.StepSyntax {
			got = "syntax"
		}
		if got != want {
			t.Errorf("%s: %q, want %q (%+v)", line, got, want, facts)
		}
	}
}

// TestMissingPaths: bash says the same of a program that is not there and of a
// file that a redirection wants; only the first is a broken test.
func TestMissingPaths(t *testing.T) {
	const told = "/opt/gizmo: No such file or directory"
	for line, want := range map[string]bool{
		"/opt/gizmo add 2 2 | grep -q 4":               true,
		`test "$(/opt/gizmo add 2 2 2>/dev/null)" = 4`: true,
		`"/opt/gizmo" -v | cat`:                        true,
		"if ! /opt/gizmo; then exit 1; fi":             true,
		"LC_ALL=C /opt/gizmo | grep x":                 true,
		`"$gizmo" --version 2>&1 | grep -q 4`:          true,
		"cat </opt/gizmo":                              false,
		"cat < '/opt/gizmo' | grep -q x":               false,
		"echo x >/opt/gizmo":                           false,
		`grep -q x < "$gizmo"`:                         false,
		`. "$gizmo"`:                                   false,
		"source /opt/gizmo":                            false,
		"echo /opt/gizmo":                              false,
		"done":                                         false,
	} {
		recipe := &reproduce.Recipe{Test: "true\n" + line + "\n"}
		for said, counts := range map[string]bool{"/almatriage/job/test.sh: line 2: " + told: true, "/usr/bin/other: line 2: " + told: false,
			"/almatriage/job/test.sh: line 9: " + told: false} {
			l := NewTestLog(reproduce.AttemptSpec{Recipe: recipe}, time.Now)
			l.Take(Line{Section: Section(reproduce.StepTest), Stream: reproduce.Stderr, Text: []byte(said)})
			facts, _ := l.Facts(Ended{End: reproduce.EndExited, Verdict: Verdict{Step: reproduce.StepTest, Status: 1}}, Leavings{})
			if got := len(facts.Missing) > 0; got != (want && counts) {
				t.Errorf("%s: %s: missing %q", line, said, facts.Missing)
			}
		}
	}
}
