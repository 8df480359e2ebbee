package reproduce

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// world is what a run found, in few words. Packages are separated by
// semicolons, each NAME EVR and, if need be, src=SOURCE sevr=EVR-OF-SOURCE
// need=NAME,NAME mod=NAME:STREAM. Counts are SEEN/VALID of AlmaLinux and of
// Stream.
type world struct {
	alma, stream string
	counts       string
	with         []func(*Run)
}

// noon is when every test run begins; all built-in Streams but 8 live.
var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func (w world) run(t testing.TB) Run {
	t.Helper()
	var seenA, validA, seenS, validS int
	if _, err := fmt.Sscanf(w.counts, "%d/%d %d/%d", &seenA, &validA, &seenS, &validS); err != nil {
		t.Fatalf("counts %q: %v", w.counts, err)
	}
	targets := BuiltinTargets()
	run := Run{ID: "r", Report: "almbz#1", Recipe: Recipe{Require: []string{"app"}, Test: "app", Oracle: Oracle{Kind: OracleExit}},
		Hints: Hints{Package: "app"}, Started: noon, State: RunDone}
	run.Sides = []Side{sideOf(t, targets["alma9"], RoleAlma, w.alma, seenA, validA), sideOf(t, targets["stream9"], RoleStream, w.stream, seenS, validS)}
	for _, change := range w.with {
		change(&run)
	}
	return run
}

func sideOf(t testing.TB, target Target, role Role, packages string, seen, valid int) Side {
	t.Helper()
	side := Side{Target: target, Role: role, Image: Image{Target: target.Name, ID: "i", Digest: "sha256:1", Arch: "amd64"}}
	side.Prepared = Prepared{Key: "k", ImageID: "p", At: noon, Print: Fingerprint{Arch: "amd64", Packages: rpm.NewSet(packagesOf(t, packages))}}
	for i := range valid {
		status := 0
		if i < seen {
			status = 1
		}
		side.Attempts = append(side.Attempts, attemptOf(exited(status)))
	}
	return side
}

func attemptOf(f Facts) Attempt {
	return Attempt{ID: "a", Done: true, Started: noon, Duration: time.Second, Limit: time.Minute, Facts: f}
}

func packagesOf(t testing.TB, text string) []rpm.Package {
	t.Helper()
	var list []rpm.Package
	for entry := range strings.SplitSeq(text, ";") {
		fields := strings.Fields(entry)
		if len(fields) == 0 {
			continue
		}
		p := rpm.Package{Name: fields[0], Arch: "x86_64", Source: fields[0], EVR: evrOf(t, fields[1])}
		p.SourceEVR = p.EVR
		p.SourceEVR.Epoch = 0 // SOURCERPM tells none
		for _, field := range fields[2:] {
			key, value, _ := strings.Cut(field, "=")
			switch key {
			case "src":
				p.Source = value
			case "sevr":
				p.SourceEVR = evrOf(t, value)
			case "need":
				p.Requires = strings.Split(value, ",")
			case "provide":
				p.Provides = strings.Split(value, ",")
			case "mod":
				p.Module, p.ModuleStream, _ = strings.Cut(value, ":")
			default:
				t.Fatalf("package %q: what is %s?", entry, key)
			}
		}
		list = append(list, p)
	}
	return list
}

func evrOf(t testing.TB, s string) rpm.EVR {
	t.Helper()
	evr, err := rpm.ParseEVR(s)
	if err != nil {
		t.Fatal(err)
	}
	return evr
}

// control adds AlmaLinux's version of a package on the Stream side: seen of
// valid attempts.
func control(t testing.TB, source, evr string, seen, valid int) func(*Run) {
	return func(run *Run) {
		side := sideOf(t, run.Sides[1].Target, RoleControl, "", seen, valid)
		side.Control = &Control{Source: source, EVR: evrOf(t, evr)}
		run.Sides = append(run.Sides, side)
	}
}

// missing adds a control whose version is not to be had.
func missing(t testing.TB, source, evr string) func(*Run) {
	return func(run *Run) {
		control(t, source, evr, 0, 0)(run)
		last := &run.Sides[len(run.Sides)-1]
		last.Prepared = Prepared{Unavailable: last.Target.Title() + " no longer offers " + source + " " + evr}
	}
}

// third adds a further opinion.
func third(t testing.TB, target string, seen, valid int) func(*Run) {
	return func(run *Run) {
		run.Sides = append(run.Sides, sideOf(t, BuiltinTargets()[target], RoleThird, "", seen, valid))
	}
}

// facts replaces the attempts of a side.
func facts(side int, list ...Facts) func(*Run) {
	return func(run *Run) {
		run.Sides[side].Attempts = nil
		for _, f := range list {
			run.Sides[side].Attempts = append(run.Sides[side].Attempts, attemptOf(f))
		}
	}
}

// targets replaces the two targets.
func targets(alma, stream string) func(*Run) {
	return func(run *Run) {
		run.Sides[0].Target, run.Sides[1].Target = BuiltinTargets()[alma], BuiltinTargets()[stream]
	}
}

func broken(step Step, message, advice string) func(*Side) {
	return func(s *Side) {
		s.Attempts = nil
		s.Err = &StepError{Target: s.Target.Name, Step: step, Message: message, Advice: advice}
	}
}

func onSide(i int, change func(*Side)) func(*Run) { return func(run *Run) { change(&run.Sides[i]) } }

func times(f Facts, n int) []Facts {
	list := make([]Facts, n)
	for i := range list {
		list[i] = f
	}
	return list
}
