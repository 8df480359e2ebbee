package podman_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// lab is a real lab on real podman, with a journal in memory.
func lab(t testing.TB, e *podman.Engine, memory *labtest.Memory) *reproduce.Lab {
	t.Helper()
	return &reproduce.Lab{Engine: e, Cache: memory, Journal: memory, Owner: podman.ThisProcess(), Limits: limits,
		Timeout: 20 * time.Second, Budget: 5 * time.Minute, PreparedFor: 24 * time.Hour}
}

// request asks for alma9 and stream9.
func request(recipe reproduce.Recipe) reproduce.Request {
	targets := fixture.Targets()
	return reproduce.Request{Report: "almbz#1", Recipe: recipe, Hints: reproduce.Hints{Release: "9"},
		Targets: []reproduce.Target{targets["alma9"], targets["stream9"]}, Pull: reproduce.PullNever}
}

func run(t testing.TB, l *reproduce.Lab, req reproduce.Request) reproduce.Run {
	t.Helper()
	result, err := l.Run(t.Context(), req, func(ev reproduce.Event) {
		if ev.Kind != reproduce.EventLine {
			t.Log(ev.Kind, ev.Target, ev.Step, ev.Number, ev.Text, ev.Reading, ev.Err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestRowsOfTheSuggestion runs a package for every row of the table in real
// containers.
func TestRowsOfTheSuggestion(t *testing.T) {
	e := engine(t)
	memory := &labtest.Memory{}
	l := lab(t, e, memory)
	type row struct {
		test, require string
		want          reproduce.Verdict
		reasons       []string // all must be in the reasons
		with          string
		change        func(*reproduce.Recipe)
	}
	rows := map[string]row{
		"gizmo":       {`test "$(gizmo add 2 2)" = 4`, "gizmo", reproduce.StreamReproducible, nil, "", nil},
		"frobnicate":  {"frobnicate abc def", "frobnicate", reproduce.AlmaOnly, []string{"frobnicate", ".alma"}, "", nil},
		"widget":      {"widget a,b", "widget", reproduce.FixedInStream, []string{"3.2.0-4", "3.2.0-6", "RHEL-12345"}, "", nil},
		"regress":     {"regress --check", "regress", reproduce.StreamOnly, []string{"5.1.0"}, "", nil},
		"works":       {"true", "gizmo", reproduce.NotReproducible, nil, "", nil},
		"crasher":     {"crasher boom", "crasher", reproduce.StreamReproducible, []string{"SEGV"}, "", nil},
		"patchwork":   {"patchwork", "patchwork", reproduce.FixedInStream, []string{"2.0-4"}, "", nil},
		"patchbad":    {"patchbad", "patchbad", reproduce.AlmaOnly, []string{"patchbad"}, "", nil},
		"zcount":      {"zcount", "zcount", reproduce.Inconclusive, []string{"Z-stream"}, "", nil},
		"zcount+ubi":  {"zcount", "zcount", reproduce.Inconclusive, []string{"not AlmaLinux's own"}, "ubi9", nil},
		"ahead":       {"ahead", "ahead", reproduce.Inconclusive, []string{"AlmaLinux is newer and does not modify it"}, "", nil},
		"aheadmod":    {"aheadmod", "aheadmod", reproduce.AlmaOnly, []string{".alma"}, "", nil},
		"carries":     {"carries", "carries", reproduce.StreamOnly, []string{"AlmaLinux"}, "", nil},
		"depone":      {"depone", "depone", reproduce.FixedInStream, []string{"libdepone"}, "", nil},
		"depmany":     {"depmany", "depmany", reproduce.Inconclusive, []string{"libdepa", "libdepb"}, "", nil},
		"depmod":      {"depmod", "depmod", reproduce.AlmaOnly, []string{"libdepmod"}, "", nil},
		"wrongguess":  {"wrongguess", "wrongguess", reproduce.FixedInStream, []string{"libguess"}, "", nil},
		"vanished":    {"vanished", "vanished", reproduce.FixedInStream, []string{"not confirmed", "no longer offers"}, "", nil},
		"vanishmod":   {"vanishmod", "vanishmod", reproduce.Inconclusive, []string{"libdepmod"}, "", nil},
		"samebuild":   {"samebuild", "samebuild", reproduce.AlmaOnly, []string{"build"}, "", nil},
		"bothdiff":    {"bothdiff", "bothdiff", reproduce.Inconclusive, []string{"differently"}, "", nil},
		"epochal":     {"epochal", "epochal", reproduce.FixedInStream, []string{"2:0.9-1"}, "", nil},
		"tilde":       {"tilde", "tilde", reproduce.FixedInStream, []string{"1.0~rc1-1"}, "", nil},
		"caret":       {"caret", "caret", reproduce.FixedInStream, []string{"1.0^20250101git-1"}, "", nil},
		"needscrb":    {"crbtool", "needscrb", reproduce.StreamReproducible, nil, "", nil},
		"modtool":     {"modtool", "modtool", reproduce.Inconclusive, []string{"module"}, "", nil},
		"modsame":     {"modsame", "modsame", reproduce.FixedInStream, []string{"1.1-1"}, "", nil},
		"stuck":       {"stuck", "stuck", reproduce.Inconclusive, []string{"CentOS Stream 9", "step require", "nobody-provides-this"}, "", nil},
		"network":     {"curl -sS https://bugs.almalinux.org/; getent hosts bugs.almalinux.org || { echo 'curl: (6) Could not resolve host: bugs.almalinux.org' >&2; exit 6; }", "gizmo", reproduce.Inconclusive, nil, "", nil},
		"resolve":     {"echo 'curl: (6) Could not resolve host: bugs.almalinux.org' >&2; exit 6", "gizmo", reproduce.Inconclusive, []string{"network: full"}, "", nil},
		"pipeline":    {"nosuchcommand | grep -c x", "gizmo", reproduce.Inconclusive, []string{"nosuchcommand", "require"}, "", nil},
		"differently": {`if grep -q almalinux /etc/os-release; then echo "cannot open the file" >&2; exit 3; fi; echo "bad checksum in header" >&2; exit 4`, "gizmo", reproduce.Inconclusive, []string{"differently"}, "", nil},
		"absent":      {"true", "no-such-package", reproduce.Inconclusive, []string{"no-such-package", "require", "AlmaLinux 9"}, "", nil},
		"sleeper": {"sleeper", "sleeper", reproduce.StreamReproducible, nil, "", func(r *reproduce.Recipe) {
			r.Oracle.Kind, r.Duration = reproduce.OracleTimeout, 3*time.Second
		}},
		"sleeper, exit": {"sleeper", "sleeper", reproduce.Inconclusive, []string{"reproduced-when: timeout"}, "", func(r *reproduce.Recipe) { r.Duration = 3 * time.Second }},
		"flaky":         {"flaky", "flaky", reproduce.StreamReproducible, []string{"of 20"}, "", func(r *reproduce.Recipe) { r.Repeat = 20 }},
	}
	var group sync.WaitGroup
	slots := make(chan struct{}, 2)
	for name, c := range rows {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			t.Run(name, func(t *testing.T) {
				recipe := reproduce.Recipe{Summary: name, Test: c.test, Require: []string{c.require}, Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}
				if c.change != nil {
					c.change(&recipe)
				}
				req := request(recipe)
				req.Hints.Package = c.require
				if c.with != "" {
					req.With = []reproduce.Target{fixture.Targets()[c.with]}
				}
				got := run(t, l, req)
				reasons := strings.Join(got.Suggestion.Reasons, "\n")
				if got.Suggestion.Verdict != c.want {
					t.Errorf("verdict %q, want %q", got.Suggestion.Verdict, c.want)
				}
				for _, part := range c.reasons {
					if !strings.Contains(reasons, part) {
						t.Errorf("the reasons do not say %q", part)
					}
				}
				t.Logf("%s: %s subject %s\n%s", name, got.Suggestion.Verdict, got.Suggestion.Subject, reasons)
			})
		})
	}
	group.Wait()
}
