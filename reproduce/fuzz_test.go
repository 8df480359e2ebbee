package reproduce

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// dice turns bytes into choices; when they are used up, all are the first.
type dice struct{ data []byte }

func (d *dice) roll(sides int) int {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b) % sides
}

func pickOf[T any](d *dice, list ...T) T { return list[d.roll(len(list))] }

func (d *dice) number() int {
	if d.roll(4) > 0 {
		return d.roll(256)
	}
	if len(d.data) < 8 {
		return -1
	}
	n := int(int64(binary.LittleEndian.Uint64(d.data)))
	d.data = d.data[8:]
	return n
}

func (d *dice) text() string {
	return pickOf(d, "", "app", "lib", "error: x", "\xff\x00", "kernel", "1.0", strings.Repeat("x", 300), "almalinux-release", "(a if b)")
}

func (d *dice) evr() rpm.EVR {
	return rpm.EVR{Epoch: pickOf(d, 0, 0, 1, -1), Version: pickOf(d, "1.0", "1.1", "", "1~rc", "1^git", "é"),
		Release: pickOf(d, "1.el9", "2.el9", "1.el9_6.1", "1.el9.alma.1", "1.module_el9+1", "", "-")}
}

func (d *dice) set() *rpm.Set {
	switch d.roll(6) {
	case 0:
		return nil
	case 1:
		return &rpm.Set{}
	}
	var list []rpm.Package
	for range d.roll(6) {
		p := rpm.Package{Name: d.text(), EVR: d.evr(), Arch: pickOf(d, "x86_64", ""), Source: d.text(), SourceEVR: d.evr(),
			Module: d.text(), Requires: []string{d.text(), d.text()}, Provides: []string{d.text()}}
		if d.roll(2) == 0 {
			p.SourceEVR, p.Module = p.EVR, ""
		}
		list = append(list, p)
	}
	return rpm.NewSet(list)
}

func (d *dice) facts() Facts {
	f := Facts{End: pickOf(d, EndExited, EndExited, EndTimeout, EndMemory, EndPids, EndDisk, EndLost, EndEngine, EndInterrupted, End(""), End("?")),
		Step: pickOf(d, StepTest, StepTest, StepSyntax, StepPrecheck, StepBase, Step("")), Status: pickOf(d, 0, 1, 1, 0, 139, 127, 77, d.number()),
		Detail: d.text(), Excerpt: d.text()}
	switch d.roll(8) {
	case 0:
		f.Missing = []string{d.text()}
	case 1:
		f.Match = &Match{Pattern: d.text(), Count: d.number(), Truncated: d.roll(2) == 1}
	case 2:
		f.Surroundings = []string{d.text()}
	case 3:
		f.ErrorLines = []string{d.text()}
	case 4:
		f.Answer = &Answer{Seen: d.roll(2) == 1, Unsure: d.roll(3) == 1}
	case 5:
		f.OOMKills, f.PidsMax = int64(d.roll(2)), int64(d.roll(2))
	}
	return f
}

func (d *dice) side() Side {
	s := Side{Role: pickOf(d, RoleAlma, RoleStream, RoleThird, RoleControl, Role("?"))}
	s.Target = Target{Name: d.text(), Distribution: pickOf(d, AlmaLinux, CentOSStream, UBI, Kitten, Distribution("")), Release: pickOf(d, "9", "9", "8", "")}
	if d.roll(6) == 0 {
		s.Target.Ended = noon
	}
	s.Image.Arch = pickOf(d, "", "", "amd64", "arm64")
	s.Prepared.Print.Packages = d.set()
	s.Prepared.Print.Required = map[string][]string{d.text(): {d.text()}}
	s.Prepared.Print.Changelogs = map[string]string{d.text(): d.text()}
	s.Prepared.Unavailable = pickOf(d, "", "", "", "gone")
	s.Cached, s.Stale, s.Budget = d.roll(5) == 1, d.roll(5) == 1, d.roll(5) == 1
	if d.roll(2) == 0 {
		s.Control = &Control{Source: d.text(), EVR: d.evr()}
	}
	if d.roll(6) == 1 {
		s.Err = &StepError{Step: StepBase, Message: d.text(), Advice: d.text()}
	}
	f := d.facts()
	for range d.roll(25) {
		if d.roll(5) == 0 {
			f = d.facts()
		}
		s.Attempts = append(s.Attempts, Attempt{Facts: f, Done: true, Limit: time.Minute, Duration: time.Duration(d.number())})
	}
	return s
}

func (d *dice) run() Run {
	run := Run{Started: noon, Fixed: d.roll(2) == 1, Hints: Hints{Package: pickOf(d, "app", "app", "app", d.text())}}
	run.Recipe.Oracle = Oracle{Kind: pickOf(d, OracleExit, OracleExit, OracleExit, OracleTimeout, OracleAsk, OracleOutput, OracleSignal, OracleKind("?")), Pattern: d.text(), Signal: "SEGV"}
	if d.roll(2) == 0 {
		run.Recipe.Require = []string{d.text()}
	}
	for i := range pickOf(d, 2, 3, 4, 5, d.roll(7)) {
		side := d.side()
		if d.roll(8) > 0 {
			d.tame(&side, i)
		}
		run.Sides = append(run.Sides, side)
	}
	return run
}

// tame makes a side mostly what the lab leaves, so that the rules are reached:
// AlmaLinux, Stream, then controls.
func (d *dice) tame(s *Side, i int) {
	name := []string{"alma9", "stream9", "stream9"}[min(i, 2)]
	s.Role, s.Target = []Role{RoleAlma, RoleStream, RoleControl}[min(i, 2)], BuiltinTargets()[name]
	s.Image.Arch, s.Err = "amd64", nil
	evr := func() rpm.EVR {
		return rpm.EVR{Version: "1", Release: pickOf(d, "1.el9", "2.el9", "1.el9.alma.1", "1.el9_6.1", "2.el9.alma.1")}
	}
	if s.Role == RoleControl {
		s.Control = &Control{Source: pickOf(d, "app", "lib"), EVR: evr()}
	} else {
		app, lib := rpm.Package{Name: "app", EVR: evr(), Source: "app", Requires: []string{"lib"}}, rpm.Package{Name: "lib", EVR: evr(), Source: "lib"}
		app.SourceEVR, lib.SourceEVR = app.EVR, lib.EVR
		s.Prepared.Print.Packages = rpm.NewSet([]rpm.Package{app, lib})
	}
	if d.roll(8) > 0 {
		s.Attempts = nil
		for range pickOf(d, 5, 5, 5, 2, 4, 10, 0) {
			s.Attempts = append(s.Attempts, attemptOf(exited(0)))
		}
		for k := range pickOf(d, 0, len(s.Attempts), len(s.Attempts), d.roll(len(s.Attempts)+1)) {
			s.Attempts[k].Facts.Status = 1
		}
	}
}

// FuzzSuggest: whatever a run holds there is one verdict with reasons, or none
// with a reason; the same again when asked again; and nothing is claimed of a
// side that has no valid attempt.
func FuzzSuggest(f *testing.F) {
	for seed := range uint64(200) {
		rnd, data := rand.New(rand.NewPCG(seed, 6)), make([]byte, 600)
		for i := range data {
			data[i] = byte(rnd.Uint32())
		}
		f.Add(data)
	}
	known := []Verdict{StreamReproducible, AlmaOnly, FixedInStream, StreamOnly, NotReproducible, NeedsVM, Inconclusive, ""}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return
		}
		run := (&dice{data}).run()
		got, want := Judge(run)
		if !slices.Contains(known, got.Verdict) || len(got.Reasons) == 0 || slices.Contains(got.Reasons, "") {
			t.Fatalf("verdict %q with reasons %q", got.Verdict, got.Reasons)
		}
		if again, _ := Judge(run); fmt.Sprint(again.Verdict, again.Subject, again.Reasons) != fmt.Sprint(got.Verdict, got.Subject, got.Reasons) {
			t.Fatalf("not the same twice:\n%+v\n%+v", got, again)
		}
		// What UBI decides a control may still take back.
		byUBI := got.Verdict == FixedInStream && slices.ContainsFunc(got.Reasons, func(s string) bool { return strings.HasPrefix(s, "UBI shows it too") })
		if want != nil && got.Verdict != Inconclusive && !byUBI {
			t.Fatalf("a control of %s is wanted, though the verdict is %s", want.Source, got.Verdict)
		}
		checkClaim(t, &run, got)
	})
}

// checkClaim holds a verdict against the attempts of the two sides.
func checkClaim(t *testing.T, run *Run, got Suggestion) {
	t.Helper()
	var alma, stream SideResult
	for _, result := range run.Results() {
		switch result.Side.Role {
		case RoleAlma:
			alma = result
		case RoleStream:
			stream = result
		}
	}
	has := func(a, s bool) bool { return alma.Has() == a && stream.Has() == s }
	ok := map[Verdict]func() bool{
		StreamReproducible: func() bool { return has(true, true) },
		AlmaOnly:           func() bool { return has(true, false) && stream.Lacks() },
		FixedInStream:      func() bool { return has(true, false) && stream.Lacks() },
		StreamOnly:         func() bool { return has(false, true) && alma.Lacks() },
		NotReproducible:    func() bool { return has(false, false) && alma.Lacks() && stream.Lacks() },
	}[got.Verdict]
	if ok != nil && (alma.Side == nil || stream.Side == nil || !ok()) {
		t.Fatalf("%s from %+v and %+v", got.Verdict, alma.Tally, stream.Tally)
	}
	if differs(got.Verdict) && (got.PValue == nil || min(alma.Tally.Valid, stream.Tally.Valid) < 4) {
		t.Fatalf("%s, p %v, from %+v and %+v", got.Verdict, got.PValue, alma.Tally, stream.Tally)
	}
}

// FuzzNormaliseLine: whatever the line, valid UTF-8 of bounded length comes out.
func FuzzNormaliseLine(f *testing.F) {
	for _, s := range []string{"", "error: 0x7ffe [12] (345) /tmp/x.y", "\xff\xfe\x1b[31", "\x1b\x1b[31m[1m", "2026-01-02T03:04:05Z 12:13:14.5 fail",
		"widget-3.2.0-4.el9_6.noarch", strings.Repeat("é", 600), "pid 1 thread=22 \u2028", "0123456789abcdef"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := NormaliseLine(line)
		if !utf8.ValidString(got) || got != strings.TrimSpace(got) || len(got) > 8000 {
			t.Fatalf("%q from %q", got, line)
		}
		lines := ErrorLines([]LogLine{{Stream: Stderr, Text: line}, {Stream: Stdout, Text: "error " + line}, {Stream: Trace, Text: line}})
		if len(lines) > errorLineLimit || slices.Contains(lines, "") {
			t.Fatalf("%q", lines)
		}
		for _, l := range lines {
			if !utf8.ValidString(l) {
				t.Fatalf("%q", l)
			}
		}
	})
}
