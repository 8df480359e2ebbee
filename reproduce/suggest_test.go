package reproduce

import (
	"errors"
	"strings"
	"testing"
)

// expected is a world with what must be made of it.
type expected struct {
	name    string
	world   world
	want    Verdict
	subject string
	says    []string // parts of the reasons
	asks    string   // source package that a control is wanted for
}

func check(t *testing.T, rows []expected) {
	t.Helper()
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			got, want := Judge(c.world.run(t))
			reasons := strings.Join(got.Reasons, "\n")
			if got.Verdict != c.want || got.Subject != c.subject {
				t.Errorf("%q of %q, want %q of %q:\n%s", got.Verdict, got.Subject, c.want, c.subject, reasons)
			}
			for _, part := range c.says {
				if !strings.Contains(reasons, part) {
					t.Errorf("the reasons do not say %q:\n%s", part, reasons)
				}
			}
			asks := ""
			if want != nil {
				asks = want.Source
			}
			if asks != c.asks {
				t.Errorf("a control of %q is wanted, not of %q", asks, c.asks)
			}
		})
	}
}

func with(changes ...func(*Run)) []func(*Run) { return changes }

const (
	onlyAlma   = "5/5 0/5"
	onlyStream = "0/5 5/5"
)

// The rows where both sides say the same, or one says nothing.
func TestSuggestAlike(t *testing.T) {
	same, pkg := "app 1.0-1.el9", "app 1.0-1.el9"
	failing := func(status int, lines ...string) Facts {
		f := exited(status)
		f.ErrorLines, f.Excerpt = lines, strings.Join(lines, "\n")
		return f
	}
	oracle := func(o Oracle) func(*Run) { return func(r *Run) { r.Recipe.Oracle = o } }
	matched := exited(0)
	matched.Match = &Match{Pattern: "boom", Count: 1, Line: "boom"}
	hang := Facts{End: EndTimeout, Step: StepTest}
	yes := exited(0)
	yes.Answer = &Answer{Seen: true, By: "kim"}
	check(t, []expected{
		{"same exit status", world{same, pkg, "2/2 2/2", nil}, StreamReproducible, "app", []string{"2 of 2", "exit status 1", "1.0-1.el9"}, ""},
		{"one attempt each is enough", world{same, pkg, "1/1 1/1", nil}, StreamReproducible, "app", nil, ""},
		{"same signal", world{same, pkg, "2/2 2/2", with(facts(0, exited(139)), facts(1, exited(139)))}, StreamReproducible, "app", []string{"SEGV"}, ""},
		{"different signals", world{same, pkg, "2/2 2/2", with(facts(0, exited(139)), facts(1, exited(134)))}, Inconclusive, "", []string{"differently"}, ""},
		{"a crash and a failure", world{same, pkg, "2/2 2/2", with(facts(0, exited(139)), facts(1, exited(1)))}, Inconclusive, "", []string{"differently"}, ""},
		{"common error line", world{same, pkg, "2/2 2/2", with(facts(0, failing(3, "error: no such item", "x")), facts(1, failing(4, "y", "error: no such item")))},
			StreamReproducible, "app", []string{"no such item"}, ""},
		{"differently, with both excerpts", world{same, pkg, "2/2 2/2", with(facts(0, failing(3, "cannot open")), facts(1, failing(4, "bad checksum")))},
			Inconclusive, "", []string{"differently", "cannot open", "bad checksum", "a person"}, ""},
		{"nothing printed is no common line", world{same, pkg, "2/2 2/2", with(facts(0, failing(3, "")), facts(1, failing(4, "")))}, Inconclusive, "", []string{"differently"}, ""},
		{"the second attempts are the same", world{same, pkg, "2/2 2/2", with(facts(0, failing(3), failing(5)), facts(1, failing(4), failing(5)))}, StreamReproducible, "app", nil, ""},
		{"declared output", world{same, pkg, "2/2 2/2", with(oracle(Oracle{Kind: OracleOutput, Pattern: "boom"}), facts(0, matched), facts(1, matched))}, StreamReproducible, "app", []string{"declared"}, ""},
		{"declared signal", world{same, pkg, "2/2 2/2", with(oracle(Oracle{Kind: OracleSignal, Signal: "KILL"}), facts(0, exited(137)), facts(1, exited(137)))}, StreamReproducible, "app", []string{"KILL"}, ""},
		{"both hang", world{same, pkg, "2/2 2/2", with(oracle(Oracle{Kind: OracleTimeout}), facts(0, hang), facts(1, hang))}, StreamReproducible, "app", []string{"limit"}, ""},
		{"a person saw both", world{same, pkg, "2/2 2/2", with(oracle(Oracle{Kind: OracleAsk}), facts(0, yes), facts(1, yes))}, StreamReproducible, "app", []string{"person"}, ""},
		{"a person was nowhere", world{same, pkg, "1/1 1/1", with(oracle(Oracle{Kind: OracleAsk}))}, Inconclusive, "", []string{"nobody"}, ""},
		{"flaky on both", world{same, pkg, "1/3 1/20", nil}, StreamReproducible, "app", []string{"flaky", "1 of 3", "1 of 20"}, ""},
		{"two errors do not take back what was seen", world{same, pkg, "0/0 2/2", with(facts(0, exited(1), exited(127), exited(127)))}, StreamReproducible, "app", nil, ""},

		{"neither", world{same, pkg, "0/2 0/2", nil}, NotReproducible, "", []string{"neither", "0 of 2", "once in 2 runs is missed by 2 attempts with probability 25 %", "once in 10"}, ""},
		{"neither, in 10", world{same, pkg, "0/10 0/10", nil}, NotReproducible, "", []string{"0 of 10", "35 %"}, ""},
		{"neither, the smaller number says what was missed", world{same, pkg, "0/2 0/10", nil}, NotReproducible, "", []string{"missed by 2"}, ""},
		{"neither, one error was tried again", world{same, pkg, "0/0 0/2", with(facts(0, exited(127), exited(0), exited(0)))}, NotReproducible, "", nil, ""},

		{"prepare failed", world{same, pkg, onlyAlma, with(onSide(1, broken(StepRequire, "no package app", "correct require")))}, Inconclusive, "",
			[]string{"CentOS Stream 9: step require failed: no package app; correct require", "AlmaLinux 9 shows the bug in 5 of 5"}, ""},
		{"prepare failed on AlmaLinux", world{same, pkg, onlyStream, with(onSide(0, broken(StepBase, "no mirror", "")))}, Inconclusive, "", []string{"AlmaLinux 9: step base", "CentOS Stream 9 shows the bug in 5 of 5"}, ""},
		{"both broken", world{same, pkg, "0/0 0/0", with(onSide(0, broken(StepBase, "no mirror", "")), onSide(1, broken(StepBase, "no disk", "")))}, Inconclusive, "", []string{"no mirror", "no disk"}, ""},
		{"two errors", world{same, pkg, onlyAlma, with(facts(1, exited(127), exited(127)))}, Inconclusive, "", []string{"127", "require"}, ""},
		{"two cannot tells", world{same, pkg, onlyAlma, with(facts(1, exited(77), exited(125)))}, Inconclusive, "", []string{"cannot tell"}, ""},
		{"five not seen, then two errors", world{same, pkg, onlyAlma, with(facts(1, append(times(exited(0), 5), exited(127), exited(127))...))}, Inconclusive, "", []string{"127"}, ""},
		{"one error only, nothing else", world{same, pkg, onlyAlma, with(facts(1, exited(127)))}, Inconclusive, "", []string{"127"}, ""},
		{"one side hangs, the other was never tried", world{same, pkg, onlyAlma, with(oracle(Oracle{Kind: OracleTimeout}), facts(0, hang), facts(1))}, Inconclusive, "", []string{"limit"}, ""},
		{"interrupted", world{same, pkg, onlyAlma, with(facts(1, Facts{End: EndInterrupted}))}, Inconclusive, "", []string{"CentOS Stream 9: interrupted"}, ""},
		{"the budget ended before anything", world{same, pkg, "2/2 0/0", with(onSide(1, func(s *Side) { s.Budget = true }))}, Inconclusive, "", []string{"--budget"}, ""},

		{"no Stream", world{same, pkg, onlyAlma, with(func(r *Run) { r.Sides = r.Sides[:1] })}, "", "", []string{"needs an AlmaLinux and a CentOS Stream target"}, ""},
		{"no AlmaLinux", world{same, pkg, onlyAlma, with(func(r *Run) { r.Sides = r.Sides[1:] })}, "", "", []string{"needs an AlmaLinux"}, ""},
		{"two releases", world{same, pkg, onlyAlma, with(targets("alma9", "stream10"))}, "", "", []string{"not the same release"}, ""},
		{"two architectures", world{same, pkg, onlyAlma, with(onSide(1, func(s *Side) { s.Image.Arch = "arm64" }))}, Inconclusive, "", []string{"arm64"}, ""},
		{"kernel", world{same, pkg, onlyAlma, with(func(r *Run) { r.Hints.Package = "kernel" })}, NeedsVM, "", []string{"virtual machine"}, ""},
		{"policy in require", world{same, pkg, onlyAlma, with(func(r *Run) { r.Recipe.Require = []string{"app", "selinux-policy-targeted"} })}, NeedsVM, "", []string{"SELinux"}, ""},
		{"headers are no kernel", world{same, pkg, "0/2 0/2", with(func(r *Run) { r.Recipe.Require = []string{"app", "kernel-headers"} })}, NotReproducible, "", nil, ""},
		{"what is built against a kernel is files", world{same, pkg, "0/2 0/2", with(func(r *Run) { r.Recipe.Require = []string{"app", "kernel-64k-devel"} })}, NotReproducible, "", nil, ""},
		{"a library beside kernel modules", world{same, pkg, "0/2 0/2", with(func(r *Run) { r.Recipe.Require = []string{"app", "kmod-libs"} })}, NotReproducible, "", nil, ""},
		{"a category with a capital", world{same, pkg, onlyAlma, with(func(r *Run) { r.Hints.Package = "Kernel" })}, NeedsVM, "", nil, ""},
		{"the boot loader's entries", world{same, pkg, onlyAlma, with(func(r *Run) { r.Hints.Package = "grubby" })}, NeedsVM, "", []string{"boots"}, ""},
		{"kernel with its version", world{same, pkg, onlyAlma, with(func(r *Run) { r.Recipe.Require = []string{"kernel-core-5.14.0-570.el9.x86_64"} })}, NeedsVM, "", nil, ""},
		{"kernel with its architecture", world{same, pkg, onlyAlma, with(func(r *Run) { r.Recipe.Require = []string{"kernel.x86_64"} })}, NeedsVM, "", nil, ""},
		{"kernel with a condition", world{same, pkg, onlyAlma, with(func(r *Run) { r.Recipe.Require = []string{"kernel >= 5.14"} })}, NeedsVM, "", nil, ""},
	})
}

// How many attempts make a difference.
func TestSuggestCounts(t *testing.T) {
	fixed := func(r *Run) { r.Fixed = true }
	older, newer := "app 1.0-1.el9", "app 1.0-2.el9"
	yes := func(name, counts string, changes ...func(*Run)) expected {
		return expected{name, world{newer, older, counts, changes}, StreamOnly, "app", []string{"p = "}, ""}
	}
	no := func(name, counts, says string, changes ...func(*Run)) expected {
		return expected{name, world{newer, older, counts, changes}, Inconclusive, "", []string{says}, ""}
	}
	check(t, []expected{
		no("1 against 0", "0/1 1/1", "fewer than 4"),
		no("3 of 3", "0/3 3/3", "fewer than 4"),
		no("3 of 3, though the other has 20", "0/20 3/3", "fewer than 4"),
		no("3 of 3, fixed", "0/3 3/3", "--repeat", fixed),
		yes("4 of 4, where the budget ended", "0/4 4/4"),
		no("4 of 5 at the first look", "0/5 4/5", "too few"),
		yes("4 of 5, fixed", "0/5 4/5", fixed),
		yes("5 of 5", "0/5 5/5"),
		no("5 of 10 at the second look", "0/10 5/10", "too few"),
		yes("6 of 10", "0/10 6/10"),
		no("4 of 20", "0/20 4/20", "too few"),
		yes("6 of 20", "0/20 6/20"),
		yes("uneven", "0/20 5/5"),
		yes("one error among them", "0/5 0/0", facts(1, append(times(exited(1), 5), exited(127))...)),
	})
	for counts, want := range map[string]bool{"0/5 5/5": true, "0/3 3/3": false, "2/2 2/2": false, "0/2 0/2": false} {
		if got := Suggest(world{newer, older, counts, nil}.run(t)); (got.PValue != nil) != want {
			t.Errorf("%s: p_value %v", counts, got.PValue)
		}
	}
}

// AlmaLinux has it, Stream lacks it.
func TestSuggestOnAlma(t *testing.T) {
	library := func(a, b string) (string, string) {
		return "app 1.0-1.el9 need=lib; lib " + a + "; filler 1-1.el9", "app 1.0-1.el9 need=lib; lib " + b + "; filler 2-1.el9"
	}
	of := func(a, b string, changes ...func(*Run)) world {
		return world{"app " + a, "app " + b, onlyAlma, changes}
	}
	lib := func(a, b string, changes ...func(*Run)) world {
		left, right := library(a, b)
		return world{left, right, onlyAlma, changes}
	}
	two := func(a, b string, changes ...func(*Run)) world {
		return world{"app " + a + " need=lib; lib 1-1.el9", "app " + b + " need=lib; lib 1-2.el9", onlyAlma, changes}
	}
	patched := func(b string, changes ...func(*Run)) world {
		return world{"app 1.0-1.el9 need=lib; lib 1-1.el9.alma.1", "app 1.0-2.el9 need=lib; lib " + b, onlyAlma, changes}
	}
	ctl := func(seen, valid int) func(*Run) { return control(t, "app", "1.0-1.el9", seen, valid) }
	check(t, []expected{
		// Newer on Stream, not modified.
		{"newer on Stream, no control yet", of("1.0-1.el9", "1.0-2.el9"), Inconclusive, "app", []string{"was not tried", "need not be the cause"}, "app"},
		{"newer on Stream, control shows", of("1.0-1.el9", "1.0-2.el9", ctl(1, 1)), FixedInStream, "app", []string{"control", "1.0-1.el9", "1.0-2.el9"}, ""},
		{"newer on Stream, not to be had", of("1.0-1.el9", "1.0-2.el9", missing(t, "app", "1.0-1.el9")), FixedInStream, "app", []string{"not confirmed", "no longer offers app 1.0-1"}, ""},
		{"control that changed nothing", of("1.0-1.el9", "1.0-2.el9", ctl(1, 1), func(r *Run) { r.Sides[2].Prepared.Print.Packages = r.Sides[1].Prepared.Print.Packages }), Inconclusive, "app", []string{"not put in place"}, ""},
		{"control of another version does not count", of("1.0-1.el9", "1.0-2.el9", control(t, "app", "0.9-1.el9", 5, 5)), Inconclusive, "app", nil, "app"},
		{"control fails differently", of("1.0-1.el9", "1.0-2.el9", ctl(1, 1), facts(2, exited(9))), Inconclusive, "app", []string{"differently"}, ""},
		{"control has errors", of("1.0-1.el9", "1.0-2.el9", ctl(0, 0), facts(2, exited(127), exited(127))), Inconclusive, "app", []string{"control: CentOS Stream 9"}, ""},
		{"control could not be prepared", of("1.0-1.el9", "1.0-2.el9", ctl(0, 0), onSide2(broken(StepControl, "conflict", ""))), Inconclusive, "app", []string{"conflict"}, ""},
		{"control too short", of("1.0-1.el9", "1.0-2.el9", ctl(0, 3)), Inconclusive, "app", []string{"too few to be sure"}, ""},
		{"rare bug: five of a control are too few", world{"app 1.0-1.el9", "app 1.0-2.el9", "6/20 0/20", with(ctl(0, 5))}, Inconclusive, "app", []string{"too few to be sure"}, ""},
		{"control lacks it, nothing else differs", of("1.0-1.el9", "1.0-2.el9", ctl(0, 5)), Inconclusive, "app", []string{"not the version of app", "1.0-2.el9"}, ""},
		{"epoch", of("1:0.9-1.el9", "2:0.8-1.el9", control(t, "app", "1:0.9-1.el9", 1, 1)), FixedInStream, "app", []string{"2:0.8-1"}, ""},
		{"tilde", of("1.0~rc1-1.el9", "1.0-1.el9", control(t, "app", "1.0~rc1-1.el9", 1, 1)), FixedInStream, "app", nil, ""},
		{"caret", of("1.0-1.el9", "1.0^git1-1.el9", ctl(1, 1)), FixedInStream, "app", nil, ""},
		{"ten is more than nine", of("1.9-1.el9", "1.10-1.el9", control(t, "app", "1.9-1.el9", 1, 1)), FixedInStream, "app", nil, ""},

		// Wrong guesses: the closure.
		{"control lacks it: the library is next", two("1.0-1.el9", "1.0-2.el9", ctl(0, 5)), Inconclusive, "app", []string{"does not show it"}, "lib"},
		{"and is the cause", two("1.0-1.el9", "1.0-2.el9", ctl(0, 5), control(t, "lib", "1-1.el9", 1, 1)), FixedInStream, "lib", []string{"lib is the cause"}, ""},
		{"or is not", two("1.0-1.el9", "1.0-2.el9", ctl(0, 5), control(t, "lib", "1-1.el9", 0, 5)), Inconclusive, "app", []string{"app", "lib"}, ""},
		{"or is not to be had", two("1.0-1.el9", "1.0-2.el9", ctl(0, 5), missing(t, "lib", "1-1.el9")), FixedInStream, "lib", []string{"not confirmed"}, ""},
		{"or cannot be told", two("1.0-1.el9", "1.0-2.el9", ctl(0, 5), control(t, "lib", "1-1.el9", 0, 1)), Inconclusive, "app", []string{"lib: 1-1.el9"}, ""},
		{"or is not to be had, and AlmaLinux patches another", world{"app 1.0-1.el9 need=lib,z; lib 1-1.el9; z 1-1.el9.alma.1", "app 1.0-2.el9 need=lib,z; lib 1-2.el9; z 1-1.el9", onlyAlma,
			with(ctl(0, 5), missing(t, "lib", "1-1.el9"))}, Inconclusive, "app", []string{"lib: 1-1.el9", "z: 1-1.el9.alma.1"}, ""},
		{"or is not to be had, and another is on one side only", world{"app 1.0-1.el9 need=lib,z; lib 1-1.el9; z 1-1.el9", "app 1.0-2.el9 need=lib,z; lib 1-2.el9", onlyAlma,
			with(ctl(0, 5), missing(t, "lib", "1-1.el9"))}, Inconclusive, "app", []string{"z: only on AlmaLinux 9"}, ""},
		{"or is not to be had, and is ahead", world{"app 1.0-1.el9 need=lib; lib 1-3.el9", "app 1.0-2.el9 need=lib; lib 1-2.el9", onlyAlma,
			with(ctl(0, 5), missing(t, "lib", "1-3.el9"))}, Inconclusive, "app", nil, ""},
		{"what remains is AlmaLinux's patch", patched("1-1.el9", ctl(0, 5)), AlmaOnly, "lib", []string{"AlmaLinux's own", "lib"}, ""},
		{"what remains is AlmaLinux's patch, but UBI shows it", patched("1-1.el9", ctl(0, 5), third(t, "ubi9", 5, 5)), Inconclusive, "app", []string{"UBI shows it too"}, ""},
		{"a patched library with another counter is tried", world{"app 1.0-1.el9 need=lib; lib 1-1.el9_6.2.alma.1", "app 1.0-2.el9 need=lib; lib 1-1.el9", onlyAlma, with(ctl(0, 5))}, Inconclusive, "app", nil, "lib"},
		{"and is AlmaLinux's patch", world{"app 1.0-1.el9 need=lib; lib 1-1.el9_6.2.alma.1", "app 1.0-2.el9 need=lib; lib 1-1.el9", onlyAlma, with(ctl(0, 5), control(t, "lib", "1-1.el9_6.2.alma.1", 0, 5))}, AlmaOnly, "lib", nil, ""},
		{"not to be had, and a patched one on AlmaLinux only", world{"app 1.0-1.el9 need=z; z 1-1.el9.alma.1", "app 1.0-2.el9", onlyAlma, with(missing(t, "app", "1.0-1.el9"))}, Inconclusive, "app", []string{"z: only on AlmaLinux 9"}, ""},
		{"not to be had, and a patch in the closure", patched("1-1.el9", missing(t, "app", "1.0-1.el9")), Inconclusive, "app", []string{"lib", "may be the cause as well"}, ""},
		{"not to be had, and a newer patched one in the closure", patched("1-2.el9", missing(t, "app", "1.0-1.el9")), Inconclusive, "app", []string{"lib"}, ""},
		{"modified ones first", world{"app 1.0-1.el9 need=a,z; a 1-1.el9; z 1-1.el9.alma.1", "app 1.0-2.el9 need=a,z; a 1-2.el9; z 1-2.el9", onlyAlma, with(ctl(0, 5))}, Inconclusive, "app", nil, "z"},
		{"the nearest first", world{"app 1.0-1.el9 need=z; z 1-1.el9 need=a; a 1-1.el9", "app 1.0-2.el9 need=z; z 1-2.el9 need=a; a 1-2.el9", onlyAlma, with(ctl(0, 5))}, Inconclusive, "app", nil, "z"},
		{"five controls are enough", world{"app 1.0-1.el9 need=a,b,c,d,e,f; a 1-1; b 1-1; c 1-1; d 1-1; e 1-1; f 1-1", "app 1.0-2.el9 need=a,b,c,d,e,f; a 1-2; b 1-2; c 1-2; d 1-2; e 1-2; f 1-2", onlyAlma,
			with(ctl(0, 5), control(t, "a", "1-1", 0, 5), control(t, "b", "1-1", 0, 5), control(t, "c", "1-1", 0, 5), control(t, "d", "1-1", 0, 5))}, Inconclusive, "app", []string{"5 controls", "e: 1-1", "f: 1-1"}, ""},

		// Equal.
		{"equal, modified", of("1.0-1.el9.alma.1", "1.0-1.el9"), AlmaOnly, "app", []string{".alma.1"}, ""},
		{"equal, old form of the suffix", of("1.0-1.el9.alma", "1.0-1.el9"), AlmaOnly, "app", nil, ""},
		{"equal, other minor release, modified", of("1.0-1.el9_6.alma.2", "1.0-1.el9"), AlmaOnly, "app", nil, ""},
		{"equal, nothing differs", of("1.0-1.el9_6", "1.0-1.el9"), AlmaOnly, "app", []string{"build or configuration"}, ""},
		{"equal, what differs is only required", world{"app 1-1; tool 1-1", "app 1-1; tool 1-2", onlyAlma, with(func(r *Run) { r.Recipe.Require = []string{"app", "tool"} })}, Inconclusive, "app", []string{"the recipe also requires what differs, which may be the cause: tool: 1-1"}, ""},
		{"equal, what else is required is on the list only", world{"app 1-1; gcc 1-1", "app 1-1; gcc 1-1", onlyAlma, with(func(r *Run) { r.Recipe.Require = []string{"app", "gcc"} })}, AlmaOnly, "app", nil, ""},
		{"equal, what differs is not needed", lib("1-1.el9", "1-1.el9"), AlmaOnly, "app", []string{"build"}, ""},
		{"equal, one differs, no control yet", lib("1-1.el9", "1-2.el9"), Inconclusive, "lib", []string{"only lib differs"}, "lib"},
		{"equal, one differs, control shows", lib("1-1.el9", "1-2.el9", control(t, "lib", "1-1.el9", 1, 1)), FixedInStream, "lib", []string{"only lib differs"}, ""},
		{"equal, one differs, control lacks", lib("1-1.el9", "1-2.el9", control(t, "lib", "1-1.el9", 0, 5)), Inconclusive, "lib", nil, ""},
		{"equal, one differs, not to be had", lib("1-1.el9", "1-2.el9", missing(t, "lib", "1-1.el9")), FixedInStream, "lib", []string{"not confirmed"}, ""},
		{"equal, one is modified", lib("1-1.el9.alma.1", "1-1.el9"), AlmaOnly, "lib", []string{".alma.1"}, ""},
		{"equal, one is ahead and modified", lib("1-2.el9.alma.1", "1-1.el9"), AlmaOnly, "lib", nil, ""},
		{"equal, one is ahead, not modified", lib("1-2.el9", "1-1.el9"), Inconclusive, "lib", []string{"AlmaLinux is newer"}, "lib"},
		{"equal, several differ", world{"app 1-1 need=a; a 1-1 need=b; b 1-1", "app 1-1 need=a; a 1-2 need=b; b 1-2", onlyAlma, nil}, Inconclusive, "app", []string{"a: 1-1 on AlmaLinux 9, 1-2 on CentOS Stream 9; b:"}, ""},
		{"equal, one on AlmaLinux only", world{"app 1-1 need=a; a 1-1", "app 1-1", onlyAlma, nil}, Inconclusive, "a", []string{"one side only"}, ""},
		{"equal, one on Stream only", world{"app 1-1", "app 1-1 need=a; a 1-1", onlyAlma, nil}, Inconclusive, "a", []string{"one side only"}, ""},
		{"equal, who says which system this is does not differ", world{"app 1-1 need=system-release; almalinux-release 9.6-1 provide=system-release", "app 1-1 need=system-release; centos-stream-release 9.0-1 provide=system-release", onlyAlma, nil}, AlmaOnly, "app", nil, ""},
		{"equal, a circle of needs", world{"app 1-1 need=a; a 1-1 need=app", "app 1-1 need=a; a 1-1 need=app", onlyAlma, nil}, AlmaOnly, "app", nil, ""},
		{"equal, on the list of modified ones", world{"dnf 4-1.el9", "dnf 4-1.el9", onlyAlma, with(func(r *Run) { r.Hints.Package = "dnf" })}, AlmaOnly, "dnf", []string{"list of modified"}, ""},

		// Newer on AlmaLinux.
		{"ahead, modified", of("1.0-2.el9.alma.1", "1.0-1.el9"), AlmaOnly, "app", []string{".alma.1", "newer"}, ""},
		{"ahead, not modified", of("1.0-2.el9", "1.0-1.el9"), Inconclusive, "app", []string{"AlmaLinux is newer and does not modify it"}, "app"},
		{"ahead, not modified, not to be had", of("1.0-2.el9", "1.0-1.el9", missing(t, "app", "1.0-2.el9")), Inconclusive, "app", []string{"AlmaLinux is newer"}, ""},
		{"ahead, UBI shows it too", of("1.0-2.el9", "1.0-1.el9", missing(t, "app", "1.0-2.el9"), third(t, "ubi9", 5, 5)), Inconclusive, "app", []string{"not AlmaLinux's own"}, ""},

		// Newer on Stream and modified; Z-stream counters.
		{"behind and modified", of("1.0-1.el9.alma.1", "1.0-2.el9"), Inconclusive, "app", []string{"either may be the cause"}, "app"},
		{"behind and modified, not to be had", of("1.0-1.el9.alma.1", "1.0-2.el9", missing(t, "app", "1.0-1.el9.alma.1")), Inconclusive, "app", nil, ""},
		{"behind and modified, control shows", of("1.0-1.el9.alma.1", "1.0-2.el9", control(t, "app", "1.0-1.el9.alma.1", 1, 1)), FixedInStream, "app", nil, ""},
		{"behind and modified, a library behind, controls lack", two("1.0-1.el9.alma.1", "1.0-2.el9", control(t, "app", "1.0-1.el9.alma.1", 0, 5), control(t, "lib", "1-1.el9", 0, 5)), Inconclusive, "app", []string{"could not be excluded: app", "lib"}, ""},
		{"behind and modified, control lacks", of("1.0-1.el9.alma.1", "1.0-2.el9", control(t, "app", "1.0-1.el9.alma.1", 0, 5)), AlmaOnly, "app", []string{"AlmaLinux's own"}, ""},
		{"behind and modified, UBI shows it", of("1.0-1.el9.alma.1", "1.0-2.el9", third(t, "ubi9", 5, 5)), FixedInStream, "app", []string{"UBI shows it too", "was not tried"}, "app"},
		{"behind and modified, UBI shows it, not to be had", of("1.0-1.el9.alma.1", "1.0-2.el9", missing(t, "app", "1.0-1.el9.alma.1"), third(t, "ubi9", 5, 5)), FixedInStream, "app", []string{"UBI shows it too", "no longer offers"}, ""},
		{"behind and modified, UBI shows it, control lacks", of("1.0-1.el9.alma.1", "1.0-2.el9", control(t, "app", "1.0-1.el9.alma.1", 0, 5), third(t, "ubi9", 5, 5)), Inconclusive, "app", []string{"cannot be the cause"}, ""},
		{"behind and modified, UBI shows another", of("1.0-1.el9.alma.1", "1.0-2.el9", third(t, "ubi9", 5, 5), facts(2, exited(9))), Inconclusive, "app", nil, "app"},
		{"behind and modified, UBI of another release", of("1.0-1.el9.alma.1", "1.0-2.el9", third(t, "ubi8", 5, 5)), Inconclusive, "app", nil, "app"},
		{"behind and modified, UBI lacks it", of("1.0-1.el9.alma.1", "1.0-2.el9", third(t, "ubi9", 0, 5)), Inconclusive, "app", []string{"UBI 9 does not show it"}, "app"},
		{"counter on AlmaLinux", of("1.0-1.el9_6.2", "1.0-1.el9"), Inconclusive, "app", []string{"Z-stream counter"}, "app"},
		{"counter on AlmaLinux, control shows", of("1.0-1.el9_6.2", "1.0-1.el9", control(t, "app", "1.0-1.el9_6.2", 1, 1)), Inconclusive, "app", []string{"app is the cause"}, ""},
		{"counter on Stream, control shows", of("1.0-1.el9", "1.0-1.el9.2", ctl(1, 1)), FixedInStream, "app", []string{"app is the cause"}, ""},
		{"counter, UBI", of("1.0-1.el9_6.2", "1.0-1.el9", missing(t, "app", "1.0-1.el9_6.2"), third(t, "ubi9", 5, 5)), Inconclusive, "app", []string{"not AlmaLinux's own"}, ""},

		// The subject.
		{"not the report's package, but the first of require", world{"app 1-1.el9.alma.1; tool 1-1", "app 1-1.el9; tool 1-1", onlyAlma, with(func(r *Run) { r.Hints.Package = "absent" })}, AlmaOnly, "app", nil, ""},
		{"the report's package, not what is required first", world{"app 1-1.el9.alma.1; tool 1-1", "app 1-1.el9; tool 1-1", onlyAlma, with(func(r *Run) { r.Recipe.Require = []string{"tool"} })}, AlmaOnly, "app", nil, ""},
		{"the source package of a binary one", world{"app-cli 1-1.el9.alma.1 src=app; lib 1-1", "app-cli 1-1.el9 src=app; lib 1-2", onlyAlma, with(func(r *Run) { r.Hints.Package = "app-cli" })}, AlmaOnly, "app", nil, ""},
		{"no subject at all", world{"tool 1-1", "tool 1-1", onlyAlma, nil}, Inconclusive, "", []string{"app", "source package"}, ""},
		{"nothing required", world{"tool 1-1", "tool 1-1", onlyAlma, with(func(r *Run) { r.Recipe.Require, r.Hints.Package = nil, "" })}, Inconclusive, "", []string{"require"}, ""},
		{"two sources of one name", world{"app 1-1 src=old", "app 2-1 src=new", onlyAlma, nil}, Inconclusive, "", []string{"not the same source package"}, ""},
		{"the source's version counts, not the binary's", world{"app 9-1 src=big sevr=1-1.el9", "app 9-1 src=big sevr=1-2.el9", onlyAlma, with(control(t, "big", "1-1.el9", 1, 1))}, FixedInStream, "big", nil, ""},
		{"parts with epochs of their own say nothing", world{"app-a 4:1-1 src=app sevr=1-1", "app-b 1-2 src=app sevr=1-2", onlyAlma, nil}, Inconclusive, "app", []string{"epoch"}, ""},

		{"what dnf found for the entry", world{"app 1-1.el9.alma.1; tool 1-1", "app 1-1.el9; tool 1-1", onlyAlma, with(func(r *Run) {
			r.Hints.Package, r.Recipe.Require = "", []string{"pkgconfig(app)"}
			r.Sides[0].Prepared.Print.Required = map[string][]string{"pkgconfig(app)": {"app-1-1.el9.alma.1.x86_64"}}
			r.Sides[1].Prepared.Print.Required = map[string][]string{"pkgconfig(app)": {"app-1-1.el9.x86_64"}}
		})}, AlmaOnly, "app", nil, ""},
		{"a part was held back", world{"app 1-2.el9; app-libs 1-1.el9 src=app", "app 1-2.el9; app-libs 1-2.el9 src=app", onlyAlma, nil}, Inconclusive, "app", []string{"not of one version", "app-libs"}, ""},
		{"a part of a library was held back", world{"app 1-2.el9 need=lib; lib 1-2; lib-data 1-1 src=lib", "app 1-2.el9 need=lib; lib 1-2; lib-data 1-2 src=lib", onlyAlma, nil}, Inconclusive, "lib", []string{"not of one version"}, ""},
		{"no packages known", world{"", "", onlyAlma, with(onSide(0, func(s *Side) { s.Prepared.Print.Packages = nil }))}, Inconclusive, "", nil, ""},

		// Modules.
		{"same module", world{"app 1.0-1.module_el9+1 mod=app:1", "app 1.0-2.module_el9+2 mod=app:1", onlyAlma, with(control(t, "app", "1.0-1.module_el9+1", 1, 1))}, FixedInStream, "app", nil, ""},
		{"other stream of the module", world{"app 1.0-1.module_el9+1 mod=app:1", "app 2.0-1.module_el9+2 mod=app:2", onlyAlma, nil}, Inconclusive, "app", []string{"module app:1", "module app:2"}, ""},
		{"a module and none", world{"app 1.0-1.module_el9+1 mod=app:1", "app 1.0-2.el9", onlyAlma, nil}, Inconclusive, "app", []string{"no module"}, ""},
		{"modules without a label", world{"app 1.0-1.module_el9+1", "app 1.0-2.module_el9+2", onlyAlma, nil}, Inconclusive, "app", []string{"without a label"}, ""},

		// Deliberate differences.
		{"branding", world{"gnome-shell 40-1.el10.alma.1", "gnome-shell 40-1.el10", onlyAlma, with(targets("alma10", "stream10"), func(r *Run) { r.Hints.Package = "gnome-shell" })}, AlmaOnly, "gnome-shell", []string{"deliberate", "branding"}, ""},
		{"Kitten's list", world{"openssl 3-1.el10.alma.1", "openssl 3-1.el10", onlyAlma, with(targets("kitten10", "stream10"), func(r *Run) { r.Hints.Package = "openssl" })}, AlmaOnly, "openssl", nil, ""},
	})
}

func onSide2(change func(*Side)) func(*Run) { return onSide(2, change) }

// The changelog is quoted: only what Stream alone has.
func TestSuggestQuotesChangelog(t *testing.T) {
	old := "* Mon May 12 2025 A <a@example.org> - 1.0-1\n- first (RHEL-1)\n"
	logs := func(r *Run) {
		r.Sides[0].Prepared.Print.Changelogs = map[string]string{"app": old}
		r.Sides[1].Prepared.Print.Changelogs = map[string]string{"app": "* Mon May 19 2025 A <a@example.org> - 1.0-2\n- repaired (RHEL-12345)\n\n" + old}
	}
	for name, w := range map[string]world{
		"fixed":      {"app 1.0-1.el9", "app 1.0-2.el9", onlyAlma, with(control(t, "app", "1.0-1.el9", 1, 1), logs)},
		"regression": {"app 1.0-1.el9", "app 1.0-2.el9", onlyStream, with(logs)},
	} {
		reasons := strings.Join(Suggest(w.run(t)).Reasons, "\n")
		if !strings.Contains(reasons, "1.0-2: repaired (RHEL-12345)") || strings.Contains(reasons, "RHEL-1)") {
			t.Errorf("%s: %s", name, reasons)
		}
	}
}

// Where AlmaLinux's changelog could not be read, nothing is said to be only in
// Stream's.
func TestSuggestNeedsBothChangelogs(t *testing.T) {
	logs := func(r *Run) {
		r.Sides[1].Prepared.Print.Changelogs = map[string]string{"app": "* Mon May 12 2025 A <a@example.org> - 1.0-1\n- first (RHEL-1)\n"}
	}
	w := world{"app 1.0-1.el9", "app 1.0-2.el9", onlyAlma, with(control(t, "app", "1.0-1.el9", 1, 1), logs)}
	if got := Suggest(w.run(t)); got.Verdict != FixedInStream || strings.Contains(strings.Join(got.Reasons, "\n"), "RHEL-1") {
		t.Errorf("%s: %q", got.Verdict, got.Reasons)
	}
}

// AlmaLinux lacks it, Stream has it.
func TestSuggestOnStream(t *testing.T) {
	of := func(a, b string, changes ...func(*Run)) world {
		return world{"app " + a, "app " + b, onlyStream, changes}
	}
	check(t, []expected{
		{"newer on Stream", of("1-1.el9", "1-2.el9"), StreamOnly, "app", []string{"regression on its way", "1-2.el9"}, ""},
		{"newer on Stream and modified", of("1-1.el9.alma.1", "1-2.el9"), StreamOnly, "app", []string{"regression"}, ""},
		{"modified", of("1-1.el9.alma.1", "1-1.el9"), StreamOnly, "app", []string{"carries a fix", "upstream"}, ""},
		{"newer on AlmaLinux", of("1-2.el9", "1-1.el9"), StreamOnly, "app", []string{"carries a fix"}, ""},
		{"equal, the library differs", world{"app 1-1 need=lib; lib 1-1", "app 1-1 need=lib; lib 1-2", onlyStream, nil}, StreamOnly, "app", []string{"lib: 1-1 on AlmaLinux 9"}, ""},
		{"equal, nothing differs", of("1-1", "1-1"), StreamOnly, "app", []string{"build"}, ""},
		{"counter", of("1-1.el9_6.1", "1-1.el9"), StreamOnly, "app", nil, ""},
		{"no subject", world{"", "", onlyStream, nil}, StreamOnly, "", nil, ""},
		{"modules", world{"app 1-1.module_el9+1 mod=app:1", "app 2-1.module_el9+1 mod=app:2", onlyStream, nil}, StreamOnly, "app", []string{"cannot be compared"}, ""},
	})
}

// Stream 8 has ended: UBI stands for it.
func TestSuggestEnded(t *testing.T) {
	eight := func(stream string) func(*Run) { return targets("alma8", stream) }
	check(t, []expected{
		{"UBI lacks it, equal and modified", world{"app 1-1.el8.alma.1", "app 1-1.el8", onlyAlma, with(eight("ubi8"))}, AlmaOnly, "app", []string{"UBI 8", "RHEL"}, ""},
		{"UBI is newer: never fixed in Stream, and no control", world{"app 1-1.el8", "app 1-2.el8", onlyAlma, with(eight("ubi8"))}, Inconclusive, "app", nil, ""},
		{"not to be had is no way to it either", world{"app 1-1.el8", "app 1-2.el8", onlyAlma, with(eight("ubi8"), missing(t, "app", "1-1.el8"))}, Inconclusive, "app", []string{"cannot be called fixed in Stream"}, ""},
		{"both: RHEL is named", world{"app 1-1.el8", "app 1-1.el8", "2/2 2/2", with(eight("ubi8"))}, StreamReproducible, "app", []string{"names RHEL"}, ""},
		{"the vault's Stream is an opinion", world{"app 1-1.el8.alma.1", "app 1-1.el8", onlyAlma, with(eight("ubi8"), third(t, "stream8", 5, 5))}, AlmaOnly, "app", []string{"CentOS Stream 8 shows it as well"}, ""},
		{"the vault's Stream alone: UBI must be asked", world{"app 1-1.el8.alma.1", "app 1-1.el8", onlyAlma, with(eight("stream8"))}, Inconclusive, "app", []string{"--with ubi", "2024-05-31"}, ""},
		{"and lacks it", world{"app 1-1.el8.alma.1", "app 1-1.el8", onlyAlma, with(eight("stream8"), third(t, "ubi8", 0, 5))}, AlmaOnly, "app", []string{"UBI 8 does not show it"}, ""},
		{"and shows it", world{"app 1-1.el8.alma.1", "app 1-1.el8", onlyAlma, with(eight("stream8"), third(t, "ubi8", 5, 5))}, Inconclusive, "app", []string{"not AlmaLinux's own"}, ""},
		{"and was asked too seldom", world{"app 1-1.el8.alma.1", "app 1-1.el8", onlyAlma, with(eight("stream8"), third(t, "ubi8", 0, 2))}, Inconclusive, "app", []string{"UBI must be asked"}, ""},
		{"and failed", world{"app 1-1.el8.alma.1", "app 1-1.el8", onlyAlma, with(eight("stream8"), third(t, "ubi8", 0, 5), onSide2(broken(StepBase, "no mirror", "")))}, Inconclusive, "app", []string{"no mirror"}, ""},
		{"the vault's Stream is newer", world{"app 1-1.el8", "app 1-2.el8", onlyAlma, with(eight("stream8"), control(t, "app", "1-1.el8", 1, 1))}, Inconclusive, "app", []string{"no more updates"}, ""},
		{"UBI shows it, Stream's last version not", world{"app 1-1.el8.alma.1", "app 1-2.el8", onlyAlma, with(eight("stream8"), third(t, "ubi8", 5, 5))}, Inconclusive, "app", nil, ""},
		{"Stream 9, the day after its end", world{"app 1-1.el9", "app 1-2.el9", onlyAlma, with(control(t, "app", "1-1.el9", 1, 1), func(r *Run) { r.Started = BuiltinTargets()["stream9"].Ended.AddDate(0, 0, 1) })}, Inconclusive, "app", []string{"no more updates"}, ""},
	})
}

// A side that could not be prepared anew says so, whatever the verdict.
func TestSuggestStale(t *testing.T) {
	stale := onSide(1, func(s *Side) { s.Stale, s.Prepared.At = true, noon.AddDate(0, 0, -3) })
	for _, counts := range []string{"2/2 2/2", "0/2 0/2", onlyAlma, onlyStream, "1/1 0/1"} {
		got := strings.Join(Suggest(world{"app 1-1.el9", "app 1-1.el9", counts, with(stale)}.run(t)).Reasons, "\n")
		if !strings.Contains(got, "CentOS Stream 9: cached, prepared 3 days ago") || strings.Contains(got, "AlmaLinux 9: cached") {
			t.Errorf("%s: %s", counts, got)
		}
	}
}

// The budget of a run that found nothing is told.
func TestSuggestBudget(t *testing.T) {
	w := world{"app 1-1", "app 1-1", "0/1 0/1", with(onSide(0, func(s *Side) { s.Budget = true }))}
	got := Suggest(w.run(t))
	if text := strings.Join(got.Reasons, "\n"); got.Verdict != NotReproducible || !strings.Contains(text, "budget") || !strings.Contains(text, "50 %") {
		t.Errorf("%s: %s", got.Verdict, text)
	}
}

// The errors of further opinions are told and change nothing.
func TestSuggestThirds(t *testing.T) {
	failed := func(r *Run) {
		third(t, "ubi9", 0, 0)(r)
		r.Sides[2].Err = &StepError{Target: "ubi9", Step: StepRequire, Message: "no package app", Err: errors.New("exit status 1")}
	}
	for _, counts := range []string{"2/2 2/2", "0/2 0/2", onlyAlma, onlyStream} {
		w := world{"app 1-1.el9.alma.1", "app 1-1.el9", counts, nil}
		before := Suggest(w.run(t))
		w.with = with(failed)
		after := Suggest(w.run(t))
		if before.Verdict != after.Verdict || before.Subject != after.Subject {
			t.Errorf("%s: %s became %s", counts, before.Verdict, after.Verdict)
		}
		if !strings.Contains(strings.Join(after.Reasons, "\n"), "no further opinion: UBI 9: step require failed: no package app") {
			t.Errorf("%s: %q", counts, after.Reasons)
		}
	}
}
