package fmf

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

const full = `summary: gizmo adds one too many
require: [gizmo, "python3.11"]
test: |                          # exit 0 = the bug is not there
  test "$(gizmo add 2 2)" = 4
  # a comment of the script
    indented
duration: 5m
environment: {LC_ALL: C.UTF-8, N: 10, F: 1.5, S: "010", Y: yes}
link: [{verifies: "https://bugs.almalinux.org/view.php?id=5", note: seen}]
description: more
contact: Me <me@example.org>
component: [gizmo]
author: [Me, You]
id: af994876-1c68-49a7-90e8-c8d2b189189d
tag: [fast, el9]
tier: 1
order: -30
enabled: true
manual: false
tty: false
framework: shell
result: respect
path: /
check: [{how: avc, result: info}, {how: dmesg, enabled: false}]
extra-nitrate: {anything: [goes]}
extra-almatriage:
  reproduced-when: {output: '^error: \d+', stream: stderr}
  prepare: dnf -y install epel-release
  precheck: command -v gizmo
  network: full
  repeat: 20
`

func TestParse(t *testing.T) {
	got, err := Parse("main.fmf", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	want := reproduce.Recipe{
		Summary:     "gizmo adds one too many",
		Require:     []string{"gizmo", "python3.11"},
		Test:        "test \"$(gizmo add 2 2)\" = 4\n# a comment of the script\n  indented\n",
		Duration:    5 * time.Minute,
		Environment: map[string]string{"LC_ALL": "C.UTF-8", "N": "10", "F": "1.5", "S": "010", "Y": "yes"},
		Links:       []reproduce.Link{{Relation: "verifies", Target: "https://bugs.almalinux.org/view.php?id=5"}},
		Oracle:      reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: `^error: \d+`, Stream: "stderr"},
		Prepare:     "dnf -y install epel-release",
		Precheck:    "command -v gizmo",
		Network:     reproduce.NetworkFull,
		Repeat:      20,
		Source:      full,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestAccepted holds files that must be read, with what is special in them.
func TestAccepted(t *testing.T) {
	test := func(s string) func(*reproduce.Recipe) { return func(r *reproduce.Recipe) { r.Test = s } }
	for _, tc := range []struct {
		name, file string
		want       func(*reproduce.Recipe)
	}{
		{"least", "test: gizmo\n", test("gizmo")},
		{"no line end", "test: gizmo", test("gizmo")},
		{"CRLF", "test: |\r\n  a\r\n  b\r\n", test("a\nb\n")},
		{"byte order mark", "\ufefftest: gizmo\n", test("gizmo")},
		{"document marks", "---\ntest: gizmo\n...\n", test("gizmo")},
		{"JSON", `{"test": "a\nb"}`, test("a\nb")},
		{"here-document", "test: |\n  cat <<EOF\n  a: b\n  \tc\n  EOF\n", test("cat <<EOF\na: b\n\tc\nEOF\n")},
		{"folded", "test: >-\n  a\n  b\n", test("a b")},
		{"alias", "summary: &s gizmo\ntest: *s\n", func(r *reproduce.Recipe) { r.Summary, r.Test = "gizmo", "gizmo" }},
		{"one package", "test: a\nrequire: gizmo\n", func(r *reproduce.Recipe) { r.Test, r.Require = "a", []string{"gizmo"} }},
		{"a file of a package", "test: a\nrequire: [/usr/bin/gizmo]\n", func(r *reproduce.Recipe) { r.Test, r.Require = "a", []string{"/usr/bin/gizmo"} }},
		{"seconds", "test: a\nduration: 90\n", func(r *reproduce.Recipe) { r.Test, r.Duration = "a", 90*time.Second }},
		{"one link", "test: a\nlink: https://example.org/1\n", func(r *reproduce.Recipe) {
			r.Test, r.Links = "a", []reproduce.Link{{Relation: "relates", Target: "https://example.org/1"}}
		}},
		{"fmf identifier", "test: a\nlink: {blocked-by: {url: https://example.org/x, name: /y}, note: z}\n", func(r *reproduce.Recipe) {
			r.Test, r.Links = "a", []reproduce.Link{{Relation: "blocked-by", Target: "https://example.org/x"}}
		}},
		{"signal", "test: a\nextra-almatriage: {reproduced-when: {signal: SIGSEGV}}\n", func(r *reproduce.Recipe) {
			r.Test, r.Oracle = "a", reproduce.Oracle{Kind: reproduce.OracleSignal, Signal: "SEGV"}
		}},
		{"timeout", "test: a\nextra-almatriage: {reproduced-when: timeout}\n", func(r *reproduce.Recipe) {
			r.Test, r.Oracle.Kind = "a", reproduce.OracleTimeout
		}},
		{"ask", "test: a\nextra-almatriage: {reproduced-when: ask}\n", func(r *reproduce.Recipe) {
			r.Test, r.Oracle.Kind = "a", reproduce.OracleAsk
		}},
		{"empty tier", "test: a\ntier:\n", test("a")},
		{"empty environment", "test: a\nenvironment: {}\n", test("a")},
		{"empty value", "test: a\nenvironment: {A: ''}\n", func(r *reproduce.Recipe) {
			r.Test, r.Environment = "a", map[string]string{"A": ""}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := reproduce.Recipe{Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}, Network: reproduce.NetworkNone, Source: tc.file}
			tc.want(&want)
			got, err := Parse("main.fmf", []byte(tc.file))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestRefused holds a rule a line: what is wrong, where it is, and words of
// the message that say what was expected.
func TestRefused(t *testing.T) {
	const ours = "test: a\nextra-almatriage:\n  "
	for _, tc := range []struct {
		name, file string
		place      string // line:column
		words      string
	}{
		{"empty file", "", "1:1", "file is empty; expected a tmt test"},
		{"comments only", "# x\n", "1:1", "file is empty"},
		{"not a mapping", "- a\n", "1:1", "a list; expected keys and values"},
		{"text", "hello\n", "1:1", "text; expected keys and values"},
		{"two documents", "test: a\n---\ntest: b\n", "3:5", "second YAML document"},
		{"syntax", "test: [a\n", "1:", "not YAML"},
		{"no test", "summary: a\n", "1:1", "no key test; expected test:"},
		{"empty test", "summary: a\ntest: ''\n", "2:7", "test has no command; expected a shell script"},
		{"blank test", "test: |\n  \n\n", "1:7", "test has no command"},
		{"test of comments", "test: |\n  # a\n", "1:7", "test has no command"},
		{"no value", "test:\n", "1:", "test is empty; expected text"},
		{"test is a truth value", "test: true\n", "1:7", "the truth value true; expected text: write it in quotes"},
		{"test is a list", "test: [a]\n", "1:7", "test is a list; expected text"},
		{"unknown key", "test: a\nrequires: b\n", "2:1", `unknown key "requires"; expected "require"?`},
		{"our key mistyped", "test: a\nextra-almatrige: {network: full}\n", "2:1", `unknown key "extra-almatrige"; expected "extra-almatriage"?`},
		{"our key merged", "test: a\nextra-almatriage+: {network: full}\n", "2:1", "merges with a parent"},
		{"unknown far key", "test: a\nfoo: b\n", "2:1", `unknown key "foo"; expected one of adjust, author`},
		{"duplicate key", "test: a\nsummary: b\ntest: c\n", "3:1", `"test" is given twice; expected it once (first in line 1)`},
		{"merge suffix", "test: a\nenvironment+: {A: b}\n", "2:1", `merges with a parent, which a recipe has not; expected "environment"`},
		{"merge key", "test: a\n<<: {}\n", "2:1", "the merge key <<"},
		{"odd key", "test: a\n1: b\n", "2:1", "not a plain word"},
		{"tests within", "/one:\n  test: a\n/two:\n  test: b\n", "1:1", "set as a recipe of its own"},
		{"tag of YAML", "test: !!str a\n", "1:7", `tag "!!str"`},
		{"unknown alias", "test: *b\n", "1:7", "has no anchor"},
		{"adjust", "test: a\nadjust: [{when: distro == rhel-9, enabled: false}]\n", "2:9", "adjust is not supported"},
		{"manual", "test: a.md\nmanual: true\n", "2:9", "manual: true is not supported"},
		{"manual yes", "test: a.md\nmanual: yes\n", "2:9", `manual is "yes"; expected true or false`},
		{"beakerlib", "test: a\nframework: beakerlib\n", "2:12", `framework: "beakerlib" is not supported`},
		{"xfail", "test: a\nresult: xfail\n", "2:9", `result: "xfail" is not supported`},
		{"restart", "test: a\nrestart-on-exit-code: 255\n", "2:23", "restart-on-exit-code is not supported"},
		{"restart count", "test: a\nrestart-max-count: 2\n", "2:20", "not supported"},
		{"restart reboot", "test: a\nrestart-with-reboot: true\n", "2:22", "not supported"},
		{"disabled", "test: a\nenabled: false\n", "2:10", "enabled: false is not supported: tmt would not run"},
		{"recommend", "test: a\nrecommend: [b]\n", "2:12", "recommend is not supported"},
		{"check", "test: a\ncheck: avc\n", "2:8", "check is not supported"},
		{"check in a list", "test: a\ncheck: [{how: avc}]\n", "2:9", "check is not supported"},
		{"tty", "test: a\ntty: true\n", "2:6", "tty: true is not supported"},
		{"path", "test: a\npath: /sub\n", "2:7", "path: \"/sub\" is not supported"},
		{"order", "test: a\norder: first\n", "2:8", `order is "first"; expected a decimal number`},
		{"octal", "test: a\norder: 010\n", "2:8", "the number 010; expected a decimal number"},
		{"tier", "test: a\ntier: -1\n", "2:7", "tier is -1"},
		{"tag", "test: a\ntag: 'b, c'\n", "2:6", "without spaces and commas"},
		{"contact", "test: a\ncontact: [{a: b}]\n", "2:", "an entry of contact is a mapping; expected text"},
		{"summary of two lines", "test: a\nsummary: |\n  b\n  c\n", "2:10", "summary has several lines"},
		{"duration", "test: a\nduration: 5 weeks\n", "2:11", `"5 weeks" is not a duration; expected a time such as`},
		{"duration nothing", "test: a\nduration: '*2'\n", "2:11", "is nothing"},
		{"duration octal", "test: a\nduration: 010\n", "2:11", "expected a decimal number"},
		{"environment list", "test: a\nenvironment: [A=b]\n", "2:14", "a list; expected names and values"},
		{"environment name", "test: a\nenvironment: {'A-B': c}\n", "2:15", `the name "A-B"`},
		{"environment name digit", "test: a\nenvironment: {'1A': c}\n", "2:15", `the name "1A"`},
		{"environment of a list", "test: a\nenvironment: {A: [b]}\n", "2:18", "environment: A is a list; expected one value"},
		{"environment of nothing", "test: a\nenvironment:\n  A:\n", "3:", "environment: A is nothing"},
		{"environment truth", "test: a\nenvironment: {A: true}\n", "2:18", `expected it in quotes: "true"`},
		{"environment octal", "test: a\nenvironment: {A: 010}\n", "2:18", `expected it in quotes: "010"`},
		{"environment version", "test: a\nenvironment: {A: 1.10}\n", "2:18", `expected it in quotes: "1.10"`},
		{"environment NUL", "test: a\nenvironment: {A: \"\\0\"}\n", "2:18", "NUL"},
		{"require option", "test: a\nrequire: ['--installroot=/x']\n", "2:11", "is an option, not a package"},
		{"require empty", "test: a\nrequire: ['']\n", "2:11", "empty entry of require"},
		{"require lines", "test: a\nrequire: [\"a\\nb\"]\n", "2:11", "white space"},
		{"require number", "test: a\nrequire: [1.0]\n", "2:11", "the number 1.0; expected text"},
		{"require library", "test: a\nrequire: library(a/b)\n", "2:10", "beakerlib library"},
		{"require mapping", "test: a\nrequire:\n  - url: https://x\n    name: /y\n", "3:5", "a mapping) is not supported"},
		{"link word", "test: a\nlink: RHEL-1\n", "2:7", "expected a URL"},
		{"link relation", "test: a\nlink: {verify: https://x}\n", "2:8", `expected "verifies"?`},
		{"link without relation", "test: a\nlink: {note: x}\n", "2:7", "a link with 0 relations"},
		{"NUL", "test: a\x00\n", "1:8", "control character U+0000"},
		{"escape", "test: |\n  a \x1b[0m\n", "2:5", "control character U+001B"},
		{"NUL escaped", "test: \"a\\0b\"\n", "1:7", "test holds a NUL"},
		{"not UTF-8", "test: \xff\n", "1:7", "not UTF-8"},
		{"tab first", "test: |\n  \ta\n    b\n", "2:3", "begins with a tab; expected spaces"},
		{"ours unknown", ours + "reproduced-if: exit\n", "3:3", `unknown key "reproduced-if"; expected`},
		{"ours a text", "test: a\nextra-almatriage: x\n", "2:19", "expected keys of network"},
		{"ours twice", ours + "repeat: 1\n  repeat: 2\n", "4:3", "given twice"},
		{"network", ours + "network: host\n", "3:12", `network is "host"; expected none or full`},
		{"repeat zero", ours + "repeat: 0\n", "3:11", "repeat is 0; expected 1 to 1000"},
		{"repeat much", ours + "repeat: 1001\n", "3:11", "expected 1 to 1000"},
		{"repeat text", ours + "repeat: '5'\n", "3:11", "expected a decimal number"},
		{"prepare empty", ours + "prepare: ''\n", "3:12", "prepare has no command"},
		{"precheck list", ours + "precheck: [a]\n", "3:13", "precheck is a list"},
		{"oracle word", ours + "reproduced-when: never\n", "3:20", `reproduced-when is "never"; expected exit, timeout`},
		{"oracle both", ours + "reproduced-when: {output: a, signal: SEGV}\n", "3:20", "neither output nor signal, or both"},
		{"oracle neither", ours + "reproduced-when: {}\n", "3:20", "neither output nor signal"},
		{"oracle key", ours + "reproduced-when: {outptu: a}\n", "3:21", `expected "output"?`},
		{"oracle stream", ours + "reproduced-when: {output: a, stream: stdin}\n", "3:40", "expected stdout or stderr"},
		{"oracle stream alone", ours + "reproduced-when: {signal: SEGV, stream: stdout}\n", "3:20", "stream without output"},
		{"regex", ours + "reproduced-when: {output: 'a(b'}\n", "3:29", "bad regular expression: missing closing ), at \"a(b\"; expected RE2"},
		{"regex lookahead", ours + "reproduced-when: {output: '(?=a)'}\n", "3:29", "bad regular expression"},
		{"regex of all", ours + "reproduced-when: {output: 'x*'}\n", "3:29", "matches every line"},
		{"regex of lines", ours + "reproduced-when:\n    output: |\n      a\n", "4:13", "matched line by line"},
		{"signal", ours + "reproduced-when: {signal: SIGFOO}\n", "3:29", "unknown signal \"SIGFOO\"; expected one of ABRT"},
		{"signal number", ours + "reproduced-when: {signal: 11}\n", "3:29", "expected text"},
		{"signal kill", ours + "reproduced-when: {signal: KILL}\n", "3:29", "cannot show a bug"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Parse("x.fmf", []byte(tc.file))
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("Parse gives %+v, %v; want an *Error", got, err)
			}
			if len(wrong.Problems) != 1 && !strings.HasPrefix(tc.name, "tests within") {
				t.Errorf("%d problems, want 1:\n%v", len(wrong.Problems), err)
			}
			first := wrong.Problems[0].String()
			if !strings.HasPrefix(first, "x.fmf:"+tc.place) || !strings.Contains(first, tc.words) {
				t.Errorf("problem is\n%s\nwant x.fmf:%s: … %s", first, tc.place, tc.words)
			}
			if reproduce.CodeOf(err) != reproduce.CodeUsage {
				t.Errorf("code is %q, want %q", reproduce.CodeOf(err), reproduce.CodeUsage)
			}
			if got.Test != "" {
				t.Error("a recipe came with the error")
			}
		})
	}
}

func TestAllProblemsTogether(t *testing.T) {
	_, err := Parse("x.fmf", []byte("tset: a\nresult: xfail\nrequire: [-y, gizmo]\nextra-almatriage:\n  network: host\n  repeat: many\n"))
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{"x.fmf:1:1: no key test", "x.fmf:1:1: unknown key", "x.fmf:2:9:", "x.fmf:3:11:", "x.fmf:5:12:", "x.fmf:6:11:"}
	if len(lines) != len(want) {
		t.Fatalf("%d problems, want %d:\n%v", len(lines), len(want), err)
	}
	seen := strings.Join(lines, "\n")
	for _, w := range want {
		if !strings.Contains(seen, w) {
			t.Errorf("no %q in\n%s", w, seen)
		}
	}
}

// TestAttacks gives the parser what would keep it busy for minutes, end the
// program, or flood the screen; each must be refused in well under a second.
func TestAttacks(t *testing.T) {
	repeat := func(s string, n int) string { return strings.Repeat(s, n) }
	var bomb strings.Builder
	bomb.WriteString("test: a\na0: &a0 [x]\n")
	for i := range 20 {
		a, b := string(rune('a'+i)), string(rune('b'+i))
		bomb.WriteString(b + "0: &" + b + "0 [" + repeat("*"+a+"0,", 9) + "*" + a + "0]\n")
	}
	for name, file := range map[string]string{
		"size":     "test: |\n" + repeat("  echo\n", 200_000),
		"brackets": "test: " + repeat("[", 100_000),
		"braces":   repeat("{a: ", 100_000),
		"dashes":   repeat("- ", 100_000),
		"marks":    repeat("? ", 100_000),
		"anchors":  "test: " + repeat("&a ", 100_000),
		"tags":     "test: " + repeat("!!str ", 100_000),
		"keys":     repeat("a: b\n", 100_000),
		"indented": func() string {
			var b strings.Builder
			for i := range 1000 {
				b.WriteString(repeat(" ", i) + "a:\n")
			}
			return b.String()
		}(),
		"bomb":   bomb.String(),
		"circle": "test: a\nrequire: &a [*a, *a]\n",
		"self":   "test: &a *a\n",
		"long":   "test: a\n" + repeat("x", 500_000) + ": b\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Parse("x.fmf", []byte(file))
			if err == nil {
				t.Error("no error")
			} else if len(err.Error()) > 20_000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"5": 5 * time.Second, "5s": 5 * time.Second, "5m": 5 * time.Minute, "5h": 5 * time.Hour, "5d": 120 * time.Hour,
		"1s 2s": 3 * time.Second, "1h 2 3m": time.Hour + 3*time.Minute + 2*time.Second, "1s2s": 3 * time.Second,
		"1 m2   m": 3 * time.Minute, "*2 1m *3 4": 384 * time.Second, "*2 *3 1m4": 384 * time.Second, "1s *3.3": 4 * time.Second,
		"5m*2": 10 * time.Minute, "1h 3h 2m 3": 4*time.Hour + 2*time.Minute + 3*time.Second, "1h30m": 90 * time.Minute, "30d": maxDuration,
		"5 *3": 15 * time.Second, "1m * 2": 2 * time.Minute,
	} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", in, got, err, want)
		}
		if again, err := ParseDuration(formatDuration(want)); err != nil || again != want {
			t.Errorf("%v is written %q and read as %v, %v", want, formatDuration(want), again, err)
		}
	}
	for _, in := range []string{
		"*10m", "**10", "10w", "1sm", "*10m 3", "3 *10m", "1 1ss 5", "bad", "", "-5m", "1.5h", "0", "0s", "*2", "31d", "9999999999999999999d",
		"0 *" + strings.Repeat("9", 400), "5m *",
	} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", in, got)
		}
	}
}
