package tmt_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/tmt"
	"github.com/almatriage/almatriage/tracker"
)

// oracles has one of each kind.
func oracles() []reproduce.Oracle {
	return []reproduce.Oracle{{Kind: reproduce.OracleExit}, {Kind: reproduce.OracleTimeout}, {Kind: reproduce.OracleAsk},
		{Kind: reproduce.OracleOutput, Pattern: "boom"}, {Kind: reproduce.OracleSignal, Signal: "SEGV"}, {Kind: reproduce.OracleSignal, Signal: "TERM"}}
}

// TestEveryStatus asks the wrapper's rules, in bash, for what each exit status
// means under each oracle in each circumstance, and package reproduce for the
// same: they agree.
func TestEveryStatus(t *testing.T) {
	script := `. ./script/read.sh; limit=300; while read -r oracle signal end step status matched missing surroundings; do
		[ "$missing" = - ] && missing=; [ "$surroundings" = - ] && surroundings=
		read_attempt; printf '%s %s\n' "$reading" "$outcome"; done`
	var in strings.Builder
	var want []string
	for _, o := range oracles() {
		for _, end := range []reproduce.End{reproduce.EndExited, reproduce.EndTimeout} {
			for _, step := range []reproduce.Step{reproduce.StepSyntax, reproduce.StepPrecheck, reproduce.StepTest} {
				for variant := range 8 {
					for status := range 256 {
						if end == reproduce.EndTimeout && status > 0 || step != reproduce.StepTest && status == 0 && end == reproduce.EndExited {
							continue
						}
						facts := reproduce.Facts{End: end, Step: step, Status: status}
						matched, missing, surroundings := 0, "-", "-"
						if variant&1 > 0 {
							matched = 2
						}
						if variant&2 > 0 {
							missing, facts.Missing = "frob", []string{"frob"}
						}
						if variant&4 > 0 {
							surroundings, facts.Surroundings = "network", []string{"network"}
						}
						if o.Kind == reproduce.OracleOutput {
							facts.Match = &reproduce.Match{Pattern: o.Pattern, Count: matched}
						}
						fmt.Fprintln(&in, o.Kind, reproduce.SignalNumber(o.Signal), end, step, status, matched, missing, surroundings)
						want = append(want, meaning(o, reproduce.Attempt{Facts: facts, Limit: 5 * time.Minute}))
					}
				}
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	check(t, err)
	got, asked := strings.Split(strings.TrimSpace(string(out)), "\n"), strings.Split(in.String(), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d answers to %d questions", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: bash says %q; reproduce.Read %q", asked[i], got[i], want[i])
		}
	}
	t.Logf("%d circumstances", len(want))
}

// meaning is what the wrapper has to say of an attempt, by reproduce.Read.
func meaning(o reproduce.Oracle, a reproduce.Attempt) string {
	kind := reproduce.Read(o, a).Kind
	broken := kind == reproduce.Failed
	switch f := a.Facts; {
	case o.Kind == reproduce.OracleTimeout && f.End == reproduce.EndTimeout && f.Step == reproduce.StepTest:
		return "hang warn"
	case o.Kind == reproduce.OracleAsk && f.End == reproduce.EndExited && !broken:
		return "ask info"
	}
	return string(kind) + " " + map[reproduce.ReadingKind]string{reproduce.Seen: "fail", reproduce.NotSeen: "pass", reproduce.CannotTell: "skip", reproduce.Failed: "error"}[kind]
}

// ran runs a recipe's test by the wrapper, as tmt does, and gives the result.
func ran(t *testing.T, recipe reproduce.Recipe, output string) tmt.Result {
	t.Helper()
	item := tmt.Item{Report: tracker.ID{Space: "almbz", Number: 5}, Recipe: recipe, Sides: sides("alma9")}
	files, err := tmt.Tree([]tmt.Item{item}, "almatriage")
	check(t, err)
	dir := filepath.Join(t.TempDir(), "tree")
	check(t, tmt.Write(dir, files))
	data := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", "set -eo pipefail; bash ./wrap.sh")
	cmd.Dir = filepath.Join(dir, "tests", "almbz", "5")
	cmd.Env = append(os.Environ(), "TMPDIR="+data, "TMT_TEST_DATA="+data, "ALMATRIAGE_TARGET=alma9", "ALMATRIAGE_IMAGE=quay.io/x@"+digest("0"), "HOME="+data)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, printed.String())
	}
	if !strings.Contains(printed.String(), output) {
		t.Errorf("printed:\n%s", printed.String())
	}
	left, err := filepath.Glob(filepath.Join(data, "*"))
	check(t, err)
	if len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	custom, err := os.ReadFile(filepath.Join(data, "results.yaml"))
	check(t, err)
	results, err := tmt.ParseResults("results.yaml", imported(custom))
	check(t, err)
	if len(results) != 1 || results[0].Note == nil {
		t.Fatalf("%+v\n%s", results, custom)
	}
	return results[0]
}

// imported is a custom result as tmt's execute step takes it over.
func imported(custom []byte) []byte {
	text := strings.Replace(string(custom), "- name: /\n", "- name: /tests/almbz/5\n", 1)
	return []byte(text + "  start-time: '2026-08-21T10:00:00.000000+00:00'\n  end-time: '2026-08-21T10:00:09.000000+00:00'\n  duration: 00:00:09\n  serial-number: 1\n  guest:\n    name: default-0\n")
}

// TestWrapper runs tests of all kinds to their end.
func TestWrapper(t *testing.T) {
	output := func(pattern, stream string) reproduce.Oracle {
		return reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: pattern, Stream: stream}
	}
	signal := reproduce.Oracle{Kind: reproduce.OracleSignal, Signal: "ABRT"}
	rows := map[string]struct {
		test    string
		oracle  reproduce.Oracle
		change  func(*reproduce.Recipe)
		reading string
		outcome string
		output  string
	}{
		"passes":           {test: "true", reading: "not-seen", outcome: "pass"},
		"fails":            {test: "echo it broke >&2; exit 3", reading: "seen", outcome: "fail", output: "it broke"},
		"fails within":     {test: "false\ntrue", reading: "seen", outcome: "fail"},
		"fails in a pipe":  {test: "false | cat", reading: "seen", outcome: "fail"},
		"skips":            {test: "exit 77", reading: "cannot-tell", outcome: "skip"},
		"skips as bisect":  {test: "exit 125", reading: "cannot-tell", outcome: "skip"},
		"not executable":   {test: "/etc", reading: "error", outcome: "error"},
		"not found":        {test: "frobnicate-nowhere | grep x", reading: "error", outcome: "error", output: "command not found"},
		"hostile name":     {test: "'x\": [' || true", reading: "error", outcome: "error"},
		"no bash":          {test: "if true; then", reading: "error", outcome: "error"},
		"crashes":          {test: "kill -SEGV $BASHPID", reading: "seen", outcome: "fail"},
		"is ended":         {test: "kill -TERM $BASHPID", reading: "cannot-tell", outcome: "skip"},
		"network":          {test: "echo curl: Could not resolve host: x.example; exit 6", reading: "cannot-tell", outcome: "skip"},
		"trace is no word": {test: "set -x; : boom; exit 0", oracle: output("boom", ""), reading: "not-seen", outcome: "pass"},
		"output":           {test: "printf 'xx boom'", oracle: output("bo+m$", ""), reading: "seen", outcome: "fail"},
		"output elsewhere": {test: "echo boom; echo bad >&2", oracle: output("boom", "stderr"), reading: "not-seen", outcome: "pass"},
		"output of both":   {test: "printf bo; printf om >&2", oracle: output("boom", ""), reading: "not-seen", outcome: "pass"},
		"output then hang": {test: "echo boom; sleep 30", oracle: output("^boom$", "stdout"), change: short, reading: "seen", outcome: "fail"},
		"output, bytes":    {test: `printf '\xff\xfe b\xc3\xb6om\n'`, oracle: output(`(?i)\bB.OM\b`, ""), reading: "seen", outcome: "fail"},
		"signal":           {test: "kill -ABRT $BASHPID", oracle: signal, reading: "seen", outcome: "fail"},
		"other signal":     {test: "kill -SEGV $BASHPID", oracle: signal, reading: "cannot-tell", outcome: "skip"},
		"no signal":        {test: "exit 6", oracle: signal, reading: "not-seen", outcome: "pass"},
		"too long":         {test: "sleep 30", change: short, reading: "cannot-tell", outcome: "skip"},
		"hangs":            {test: "trap '' TERM; while :; do sleep 1; done", oracle: reproduce.Oracle{Kind: reproduce.OracleTimeout}, change: short, reading: "hang", outcome: "warn"},
		"does not hang":    {test: "exit 1", oracle: reproduce.Oracle{Kind: reproduce.OracleTimeout}, reading: "not-seen", outcome: "pass"},
		"leaves a child":   {test: "sleep 60 & exit 0", reading: "not-seen", outcome: "pass"},
		"is asked":         {test: "echo look", oracle: reproduce.Oracle{Kind: reproduce.OracleAsk}, reading: "ask", outcome: "info", output: "look"},
		"exit 124":         {test: "exit 124", reading: "seen", outcome: "fail"},
		"no precheck":      {test: "exit 1", change: func(r *reproduce.Recipe) { r.Precheck = "false" }, reading: "error", outcome: "error"},
		"a precheck":       {test: "exit 1", change: func(r *reproduce.Recipe) { r.Precheck = "true" }, reading: "seen", outcome: "fail"},
		"environment": {test: `test "$recipe" = '$(id)' && test "$status" = 9 && test "$LC_ALL" = C && exit 4`, reading: "seen", outcome: "fail",
			change: func(r *reproduce.Recipe) {
				r.Environment = map[string]string{"recipe": "$(id)", "status": "9", "LC_ALL": "C", "work": "/etc", "limit": "0"}
			}},
		"files": {test: "./run.sh", reading: "seen", outcome: "fail", change: func(r *reproduce.Recipe) {
			r.Files = []reproduce.File{{Path: "run.sh", Executable: true, Data: []byte("#!/bin/sh\ntest -f data/more.fmf && exit 5\n")}, {Path: "data/more.fmf"}}
		}},
		"started by env":     {test: "env frobnicate-nowhere | grep x", reading: "error", outcome: "error"},
		"started by timeout": {test: "timeout 5 frobnicate-nowhere 2>&1 >&2 | cat >&2; exit 1", reading: "error", outcome: "error"},
		"started by nohup":   {test: "nohup frobnicate-nowhere | grep x", reading: "error", outcome: "error"},
		"started by xargs":   {test: "echo a | xargs frobnicate-nowhere || exit 1", reading: "error", outcome: "error"},
		"started by setsid":  {test: "setsid frobnicate-nowhere | grep x", reading: "error", outcome: "error"},
		"started by bash":    {test: "env -i bash -c 'frobnicate-nowhere; exit 3'", reading: "error", outcome: "error"},
		"a file for env":     {test: "echo \"myprog: 'x': No such file or directory\" >&2; exit 1", reading: "seen", outcome: "fail"},
		"no input":           {test: "cat; exit 1", reading: "seen", outcome: "fail"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recipe := reproduce.Recipe{Test: row.test, Oracle: row.oracle, Duration: 25 * time.Second}
			if row.change != nil {
				row.change(&recipe)
			}
			began := time.Now()
			got := ran(t, recipe, row.output)
			if got.Note.Reading != row.reading || got.Outcome != row.outcome {
				t.Errorf("%s, %s; want %s, %s", got.Note.Reading, got.Outcome, row.reading, row.outcome)
			}
			read := reproduce.Read(recipe.Oracle, reproduce.Attempt{Facts: got.Note.Facts(recipe.Oracle), Limit: got.Note.Limit})
			if !got.Note.Agrees(read.Kind) {
				t.Errorf("the note means %s (%s)", read.Kind, read.Why)
			}
			if spent := time.Since(began); spent > 20*time.Second {
				t.Errorf("it took %s", spent)
			}
		})
	}
}

// short gives a test little time.
func short(r *reproduce.Recipe) { r.Duration = 2 * time.Second }

// TestHostileTree runs the hostile recipe: nothing of its texts becomes a command.
func TestHostileTree(t *testing.T) {
	owned := "/tmp/almatriage-tmt-owned" // what the texts would make
	check(t, os.RemoveAll(owned))
	evil := items(t)[3].Recipe
	if got := ran(t, evil, ""); got.Note.Reading != "not-seen" {
		t.Errorf("%+v", got.Note)
	}
	if _, err := os.Lstat(owned); err == nil {
		t.Error("a text was run")
	}
}

// TestSigns compares the wrapper's signs with those of package reproduce, which
// keeps them to itself.
func TestSigns(t *testing.T) {
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "signatures.go"), nil, 0)
	check(t, err)
	var want strings.Builder
	ast.Inspect(parsed, func(n ast.Node) bool {
		fn, ok := n.(*ast.FuncDecl)
		if ok {
			return fn.Name.Name == "signatures"
		}
		one, ok := n.(*ast.CompositeLit)
		if !ok || len(one.Elts) != 3 {
			return true
		}
		list, ok := one.Elts[1].(*ast.CompositeLit)
		if !ok {
			return true
		}
		for _, sign := range list.Elts {
			fmt.Fprintf(&want, "%s\t%s\n", unquoted(t, one.Elts[0]), unquoted(t, sign))
		}
		return false
	})
	files, err := tmt.Tree(items(t)[:1], "almatriage")
	check(t, err)
	for _, file := range files {
		if strings.HasSuffix(file.Path, "/signs") {
			if diff := cmp.Diff(want.String(), string(file.Data)); diff != "" || want.Len() < 1000 {
				t.Errorf("signs (-reproduce +tmt):\n%s", diff)
			}
		}
	}
}

func unquoted(t *testing.T, e ast.Expr) string {
	t.Helper()
	literal, ok := e.(*ast.BasicLit)
	if !ok {
		t.Fatalf("%T", e)
	}
	s, err := strconv.Unquote(literal.Value)
	check(t, err)
	return s
}
