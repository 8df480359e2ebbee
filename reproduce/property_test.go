package reproduce

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// randomWorld is a run of any shape that the lab could leave: subject and
// libraries in every relation, any counts, with or without controls.
func randomWorld(t testing.TB, rnd *rand.Rand) Run {
	versions := []string{"1-1.el9", "1-2.el9", "1-1.el9_6.2", "1-1.el9.alma.1", "1-2.el9.alma.1", "1:1-1.el9", "1~rc1-1.el9", "1^git-1.el9"}
	pick := func(list []string) string { return list[rnd.IntN(len(list))] }
	set := func() string {
		text := "app " + pick(versions) + " need=liba,libb"
		for _, lib := range []string{"liba", "libb"} {
			if rnd.IntN(8) > 0 {
				text += "; " + lib + " " + pick(append(versions[:2:2], versions[3], "1-1.el9", "1-1.el9"))
			}
		}
		return text + "; bystander " + pick(versions)
	}
	counts := pick([]string{"5/5 0/5", "5/5 0/5", "0/5 5/5", "2/2 2/2", "0/2 0/2", "6/10 0/10", "1/20 0/20", "4/4 0/4", "3/3 0/3", "5/5 0/0", "1/3 1/3"})
	run := world{alma: set(), stream: set(), counts: counts}.run(t)
	for _, source := range []string{"app", "liba", "libb"} {
		packages := run.Sides[0].Prepared.Print.Packages.Find(source)
		if len(packages) == 0 {
			continue
		}
		evr := packages[0].EVR.String()
		switch rnd.IntN(5) {
		case 0:
			control(t, source, evr, 5, 5)(&run)
		case 1:
			control(t, source, evr, 0, 5)(&run)
		case 2:
			missing(t, source, evr)(&run)
		}
	}
	if rnd.IntN(3) == 0 {
		third(t, "ubi9", []int{0, 5}[rnd.IntN(2)], 5)(&run)
	}
	if rnd.IntN(4) == 0 {
		i := rnd.IntN(2)
		run.Sides[i].Attempts = append(run.Sides[i].Attempts, attemptOf(exited([]int{127, 77, 137}[rnd.IntN(3)])))
	}
	return run
}

// conclusion is what must not change.
func conclusion(run Run) string {
	s, want := Judge(run)
	p, asks := "null", ""
	if s.PValue != nil {
		p = fmt.Sprint(*s.PValue)
	}
	if want != nil {
		asks = want.Source
	}
	return fmt.Sprintf("%s of %q, p %s, asks %q", s.Verdict, s.Subject, p, asks)
}

// repack gives a side another package set.
func repack(side *Side, change func([]rpm.Package) []rpm.Package) {
	if side.Prepared.Print.Packages != nil {
		side.Prepared.Print.Packages = rpm.NewSet(change(slices.Clone(side.Prepared.Print.Packages.Packages())))
	}
}

// irrelevant lists changes that concern neither the attempts nor the subject.
func irrelevant(t testing.TB) map[string]func(*rand.Rand, *Run) {
	add := func(name, evr string) func([]rpm.Package) []rpm.Package {
		return func(list []rpm.Package) []rpm.Package {
			return append(list, packagesOf(t, name+" "+evr)...)
		}
	}
	return map[string]func(*rand.Rand, *Run){
		"an unrelated package is newer on one side": func(rnd *rand.Rand, r *Run) {
			repack(&r.Sides[rnd.IntN(2)], add("unrelated", "9-9.el9.alma.1"))
		},
		"a package that needs the subject": func(rnd *rand.Rand, r *Run) { repack(&r.Sides[rnd.IntN(2)], add("user", "1-1 need=app,liba")) },
		"identity": func(_ *rand.Rand, r *Run) {
			for i, name := range []string{"almalinux-release", "centos-stream-release"} {
				repack(&r.Sides[i], func(list []rpm.Package) []rpm.Package {
					for k := range list {
						if list[k].Name == "app" {
							list[k].Requires = append(slices.Clone(list[k].Requires), "system-release", name)
						}
					}
					return append(list, packagesOf(t, name+" 9-1 provide=system-release")...)
				})
			}
		},
		"the order of packages": func(rnd *rand.Rand, r *Run) {
			for i := range r.Sides {
				repack(&r.Sides[i], func(list []rpm.Package) []rpm.Package {
					rnd.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
					return list
				})
			}
		},
		"where it ran": func(_ *rand.Rand, r *Run) {
			for i := range r.Sides {
				print := &r.Sides[i].Prepared.Print
				print.Kernel, print.Podman, print.HostLevel, print.Dropped = "6.9", "9.9", "x86-64-v4", []string{"pids"}
				print.Repos = []Repo{{ID: fmt.Sprint("repo", i), Revision: "1"}}
				r.Sides[i].Image.Digest, r.Sides[i].Image.ID, r.Sides[i].Image.Offline = fmt.Sprint("sha256:", i), fmt.Sprint(i), true
			}
		},
		"durations and ids": func(rnd *rand.Rand, r *Run) {
			r.ID, r.Owner, r.Author, r.Report = "x", "y", "z", "almbz#99"
			r.Finished = noon.Add(time.Hour)
			for i := range r.Sides {
				for k := range r.Sides[i].Attempts {
					a := &r.Sides[i].Attempts[k]
					a.ID, a.Run, a.Key, a.Duration, a.Number = fmt.Sprint(rnd.Int()), "q", "w", time.Duration(rnd.Int64N(1e11)), k*7
				}
			}
		},
		"cached or not": func(_ *rand.Rand, r *Run) {
			for i := range r.Sides {
				r.Sides[i].Cached, r.Sides[i].CachedAt = !r.Sides[i].Cached, noon.Add(-time.Hour)
			}
		},
		"stale": func(_ *rand.Rand, r *Run) { r.Sides[0].Stale = true },
		"a further opinion that fails": func(_ *rand.Rand, r *Run) {
			failed := sideOf(t, BuiltinTargets()["kitten10"], RoleThird, "app 9-9", 0, 0)
			broken(StepBase, "no mirror", "")(&failed)
			r.Sides = append(r.Sides, failed)
		},
		"a further opinion that cannot tell": func(_ *rand.Rand, r *Run) {
			third(t, "stream10", 0, 0)(r)
			facts(len(r.Sides)-1, exited(77), exited(77))(r)
		},
		"an interrupted attempt": func(rnd *rand.Rand, r *Run) {
			side := &r.Sides[rnd.IntN(2)]
			side.Attempts = append(side.Attempts, attemptOf(Facts{End: EndInterrupted}))
		},
		"the order of attempts": func(rnd *rand.Rand, r *Run) {
			for i := range r.Sides {
				list := r.Sides[i].Attempts
				rnd.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
			}
		},
		"the order of sides": func(rnd *rand.Rand, r *Run) {
			rnd.Shuffle(len(r.Sides), func(a, b int) { r.Sides[a], r.Sides[b] = r.Sides[b], r.Sides[a] })
		},
		"another architecture of the same build": func(_ *rand.Rand, r *Run) {
			for i := range r.Sides {
				repack(&r.Sides[i], func(list []rpm.Package) []rpm.Package {
					for _, p := range slices.Clone(list) {
						p.Arch = "i686"
						list = append(list, p)
					}
					return list
				})
			}
		},
	}
}

// rounds is how many random runs each property is tried on.
const rounds = 200

func TestIrrelevantFactsChangeNothing(t *testing.T) {
	changes := irrelevant(t)
	names := make([]string, 0, len(changes))
	for name := range changes {
		names = append(names, name)
	}
	slices.Sort(names)
	met := map[Verdict]int{}
	for seed := range uint64(rounds) {
		before := randomWorld(t, rand.New(rand.NewPCG(seed, 1)))
		met[Suggest(before).Verdict]++
		for _, name := range names {
			rnd := rand.New(rand.NewPCG(seed, 1))
			after := randomWorld(t, rnd)
			changes[name](rnd, &after)
			if a, b := conclusion(before), conclusion(after); a != b {
				t.Errorf("seed %d: %s: %s became %s\n%q", seed, name, a, b, Suggest(after).Reasons)
			}
		}
	}
	for _, verdict := range []Verdict{StreamReproducible, AlmaOnly, FixedInStream, StreamOnly, NotReproducible, Inconclusive} {
		if met[verdict] < rounds/50 {
			t.Errorf("the random runs hardly meet %s: %v", verdict, met)
		}
	}
}

// differs tells whether a verdict claims that the sides differ.
func differs(v Verdict) bool { return v == AlmaOnly || v == FixedInStream || v == StreamOnly }

// What does not count never makes a side lack the bug, nor turns one claim
// into another.
func TestErrorsNeverClaim(t *testing.T) {
	for seed := range uint64(rounds) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		before := randomWorld(t, rnd)
		after := before
		after.Sides = slices.Clone(before.Sides)
		i := rnd.IntN(2)
		after.Sides[i].Attempts = slices.Clone(before.Sides[i].Attempts)
		for range 1 + rnd.IntN(3) {
			after.Sides[i].Attempts = append(after.Sides[i].Attempts, attemptOf(exited([]int{127, 126, 77, 137}[rnd.IntN(4)])))
		}
		a, b := before.Results()[i], after.Results()[i]
		if a.Has() != b.Has() || (!a.Lacks() && b.Lacks()) {
			t.Errorf("seed %d: errors changed what a side says", seed)
		}
		if x, y := Suggest(before).Verdict, Suggest(after).Verdict; x != y && y != Inconclusive {
			t.Errorf("seed %d: %s became %s by errors alone", seed, x, y)
		}
	}
}

// A side that says nothing never makes a claim about both.
func TestNothingSaidNothingClaimed(t *testing.T) {
	silent := map[string]func(*Side){
		"never tried": func(s *Side) { s.Attempts = nil },
		"broken":      broken(StepRequire, "no package", ""),
		"errors":      func(s *Side) { s.Attempts = []Attempt{attemptOf(exited(127)), attemptOf(exited(127))} },
		"cannot tell": func(s *Side) { s.Attempts = []Attempt{attemptOf(exited(77))} },
		"interrupted": func(s *Side) { s.Attempts = []Attempt{attemptOf(Facts{End: EndInterrupted})} },
		"no verdict":  func(s *Side) { s.Attempts = []Attempt{attemptOf(Facts{})} },
		"another end": func(s *Side) { s.Attempts = []Attempt{attemptOf(Facts{End: EndLost}), attemptOf(Facts{End: EndPids})} },
	}
	for name, change := range silent {
		for seed := range uint64(rounds) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			run := randomWorld(t, rnd)
			change(&run.Sides[rnd.IntN(2)])
			got := Suggest(run)
			if got.Verdict != Inconclusive || got.PValue != nil || len(got.Reasons) == 0 {
				t.Errorf("seed %d, %s: %s, p %v, %q", seed, name, got.Verdict, got.PValue, got.Reasons)
			}
		}
	}
}

// The number of attempts can only make a claim surer: with more of the same
// on both sides a difference stays a difference.
func TestMoreOfTheSame(t *testing.T) {
	for seed := range uint64(rounds) {
		run := randomWorld(t, rand.New(rand.NewPCG(seed, 4)))
		before := Suggest(run)
		if !differs(before.Verdict) {
			continue
		}
		for i := range run.Sides {
			run.Sides[i].Attempts = append(slices.Clone(run.Sides[i].Attempts), run.Sides[i].Attempts...)
		}
		if slices.ContainsFunc(run.Results(), func(r SideResult) bool { return r.Tally.Over() }) {
			continue // doubled errors end a side
		}
		if after := Suggest(run); after.Verdict != before.Verdict || *after.PValue > *before.PValue {
			t.Errorf("seed %d: %s became %s (p %v)", seed, before.Verdict, after.Verdict, after.PValue)
		}
	}
}

// A claim has what it rests on: every verdict its counts, every difference its
// p-value, fixed-in-stream a subject that really is newer on Stream.
func TestClaimsHaveReasons(t *testing.T) {
	for seed := range uint64(4 * rounds) {
		run := randomWorld(t, rand.New(rand.NewPCG(seed, 5)))
		got := Suggest(run)
		if differs(got.Verdict) && (got.PValue == nil || *got.PValue > .05) {
			t.Errorf("seed %d: %s with p %v", seed, got.Verdict, got.PValue)
		}
		if !differs(got.Verdict) && got.Verdict != Inconclusive && got.PValue != nil {
			t.Errorf("seed %d: %s with p %v", seed, got.Verdict, *got.PValue)
		}
		switch got.Verdict {
		case FixedInStream:
			alma, stream := find(&run.Sides[0], got.Subject), find(&run.Sides[1], got.Subject)
			relation := rpm.CompareSource(sourceEVR(alma), sourceEVR(stream))
			// 1-1.el9_6.2 is the only version with a counter here.
			counted := relation == rpm.EqualButCounter && stream.EVR.Split().Counter == "2"
			if relation != rpm.RightNewer && !counted {
				t.Errorf("seed %d: fixed-in-stream, but %s is %s and %s", seed, got.Subject, alma.EVR, stream.EVR)
			}
		case AlmaOnly:
			alma := find(&run.Sides[0], got.Subject)
			stream := find(&run.Sides[1], got.Subject)
			relation := rpm.CompareSource(sourceEVR(alma), sourceEVR(stream))
			if !alma.Modified() && relation != rpm.Equal {
				t.Errorf("seed %d: alma-only, but %s is %s and %s", seed, got.Subject, alma.EVR, stream.EVR)
			}
		}
	}
}

func find(side *Side, name string) rpm.Package {
	found := side.Prepared.Print.Packages.Find(name)
	if len(found) == 0 {
		return rpm.Package{}
	}
	return slices.MaxFunc(found, func(a, b rpm.Package) int { return cmp.Compare(a.EVR.Epoch, b.EVR.Epoch) })
}
