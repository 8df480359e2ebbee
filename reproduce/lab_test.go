package reproduce_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// bench is a lab with all that it uses, and a request for alma9 and stream9.
type bench struct {
	lab    *reproduce.Lab
	engine *labtest.Engine
	memory *labtest.Memory
	req    reproduce.Request
	mu     sync.Mutex
	clock  time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{memory: &labtest.Memory{}, clock: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)}
	b.engine = &labtest.Engine{Now: b.now, Scripts: map[string]*labtest.Script{}}
	for _, name := range []string{"alma9", "stream9", "ubi9"} {
		b.engine.Scripts[name] = &labtest.Script{Packages: packages(t, "app-1.0-1.el9.x86_64"), Took: time.Second}
	}
	b.lab = &reproduce.Lab{Engine: b.engine, Cache: b.memory, Journal: b.memory, Now: b.now, Owner: "me", Limits: reproduce.Limits{Memory: 1 << 30, CPUs: 2, Pids: 512, Disk: 4 << 30},
		Timeout: 5 * time.Minute, Budget: 15 * time.Minute, PreparedFor: 24 * time.Hour}
	b.req = reproduce.Request{Report: "almbz#1", Hints: reproduce.Hints{Package: "app", Release: "9"}, Targets: targets("alma9", "stream9"),
		Recipe: reproduce.Recipe{Summary: "app", Test: "app", Require: []string{"app"}, Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}}
	return b
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *bench) later(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

func (b *bench) run(t *testing.T) reproduce.Run {
	t.Helper()
	run, err := b.lab.Run(t.Context(), b.req, nil)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// script has a side play: s seen, n not, e error, c cannot tell; the last goes on.
func (b *bench) script(name, play string) {
	statuses := map[rune]int{'s': 1, 'n': 0, 'e': 127, 'c': 77}
	script := b.engine.Scripts[name]
	if script == nil {
		script = &labtest.Script{Took: time.Second}
		b.engine.Scripts[name] = script
	}
	script.Facts = nil
	for _, letter := range play {
		script.Facts = append(script.Facts, exited(statuses[letter]))
	}
}

func exited(status int) reproduce.Facts {
	return reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest, Status: status}
}

func targets(names ...string) []reproduce.Target {
	var list []reproduce.Target
	for _, name := range names {
		list = append(list, reproduce.BuiltinTargets()[name])
	}
	return list
}

func packages(t *testing.T, nevras ...string) []rpm.Package {
	t.Helper()
	var list []rpm.Package
	for _, nevra := range nevras {
		p, err := rpm.ParseNEVRA(nevra)
		if err != nil {
			t.Fatal(err)
		}
		p.Source, p.SourceEVR = p.Name, p.EVR
		list = append(list, p)
	}
	return list
}

func side(t *testing.T, run reproduce.Run, name string) *reproduce.Side {
	t.Helper()
	i := slices.IndexFunc(run.Sides, func(s reproduce.Side) bool { return s.Target.Name == name })
	if i < 0 {
		t.Fatalf("no side %s", name)
	}
	return &run.Sides[i]
}

func wantVerdict(t *testing.T, run reproduce.Run, want reproduce.Verdict, says ...string) {
	t.Helper()
	text := strings.Join(run.Suggestion.Reasons, "\n")
	if run.Suggestion.Verdict != want {
		t.Errorf("verdict %q, want %q:\n%s", run.Suggestion.Verdict, want, text)
	}
	for _, part := range says {
		if !strings.Contains(text, part) {
			t.Errorf("the reasons do not say %q:\n%s", part, text)
		}
	}
}

func (b *bench) wantAttempts(t *testing.T, want map[string]int) {
	t.Helper()
	for name, n := range want {
		if got := b.engine.Count("attempt " + name); got != n {
			t.Errorf("%d attempts on %s, want %d", got, name, n)
		}
	}
}

func TestLabPlan(t *testing.T) {
	for _, c := range []struct {
		name, alma, stream string
		change             func(*bench)
		wantA, wantS       int
		want               reproduce.Verdict
	}{
		{"both", "s", "s", nil, 2, 2, reproduce.StreamReproducible},
		{"neither", "n", "n", nil, 2, 2, reproduce.NotReproducible},
		{"neither, sometimes", "n", "n", func(b *bench) { b.req.Hints.Sometimes = true }, 10, 10, reproduce.NotReproducible},
		{"alma only", "s", "n", nil, 5, 5, reproduce.AlmaOnly},
		{"stream only", "n", "s", nil, 5, 5, reproduce.StreamOnly},
		{"not clear at 5", "snsns", "n", nil, 10, 10, reproduce.AlmaOnly},
		{"rare", "sn", "n", nil, 20, 20, reproduce.Inconclusive},
		{"flaky on both", "s", "nnns", nil, 4, 4, reproduce.StreamReproducible},
		{"one error is tried again", "es", "s", nil, 3, 2, reproduce.StreamReproducible},
		{"a second ends the side", "e", "s", nil, 2, 2, reproduce.Inconclusive},
		{"cannot tell likewise", "cn", "n", nil, 3, 2, reproduce.NotReproducible},
		{"two cannot tells end the side", "c", "n", nil, 2, 2, reproduce.Inconclusive},
		{"an error and a cannot tell", "s", "ec", nil, 2, 2, reproduce.Inconclusive},
		{"errors late", "s", "nnnee", nil, 5, 5, reproduce.Inconclusive},
		{"repeat", "s", "n", func(b *bench) { b.req.Repeat = 3 }, 3, 3, reproduce.Inconclusive},
		{"the recipe's repeat", "s", "n", func(b *bench) { b.req.Recipe.Repeat = 4 }, 4, 4, reproduce.AlmaOnly},
		{"the request's repeat before the recipe's", "s", "s", func(b *bench) { b.req.Recipe.Repeat, b.req.Repeat = 9, 1 }, 1, 1, reproduce.StreamReproducible},
		{"repeat counts valid attempts", "es", "s", func(b *bench) { b.req.Repeat = 3 }, 4, 3, reproduce.StreamReproducible},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.script("alma9", c.alma)
			b.script("stream9", c.stream)
			if c.change != nil {
				c.change(b)
			}
			run := b.run(t)
			wantVerdict(t, run, c.want)
			b.wantAttempts(t, map[string]int{"alma9": c.wantA, "stream9": c.wantS})
			if run.State != reproduce.RunDone || len(b.memory.Runs) != 1 || b.memory.Begun != c.wantA+c.wantS {
				t.Errorf("journal: state %s, %d runs, %d attempts begun", run.State, len(b.memory.Runs), b.memory.Begun)
			}
		})
	}
}

// The sides take turns: neither is more than one attempt ahead, and they run
// beside each other.
func TestLabInterleaves(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	meet := make(chan struct{})
	b.engine.Hold = func(ctx context.Context, spec reproduce.AttemptSpec) {
		if spec.Number > 1 {
			return
		}
		select { // each waits for the other: only together can they go on
		case meet <- struct{}{}:
		case <-meet:
		case <-time.After(10 * time.Second):
		}
	}
	b.run(t)
	if got := b.engine.MostAtOnce(); got != 2 {
		t.Errorf("%d attempts at once, want 2", got)
	}
	ahead := 0
	for _, call := range b.engine.Calls() {
		switch call {
		case "attempt alma9":
			ahead++
		case "attempt stream9":
			ahead--
		}
		if ahead > 1 || ahead < -1 {
			t.Fatalf("not interleaved: %v", b.engine.Calls())
		}
	}
}

func TestLabBudget(t *testing.T) {
	for _, c := range []struct {
		attempts int
		want     reproduce.Verdict
	}{{1, reproduce.Inconclusive}, {3, reproduce.Inconclusive}, {4, reproduce.AlmaOnly}} {
		b := newBench(t)
		b.script("alma9", "s")
		b.req.Budget = time.Hour
		b.engine.Scripts["alma9"].During = func(number int) {
			if number == c.attempts {
				b.later(2 * time.Hour)
			}
		}
		run := b.run(t)
		wantVerdict(t, run, c.want)
		b.wantAttempts(t, map[string]int{"alma9": c.attempts, "stream9": c.attempts})
		if !side(t, run, "alma9").Budget || !side(t, run, "stream9").Budget {
			t.Error("the sides do not say that the budget ended")
		}
	}
}

// A budget that is over before the first attempt leaves a run that says so.
func TestLabBudgetBeforeAnything(t *testing.T) {
	b := newBench(t)
	b.req.Budget = time.Nanosecond
	b.lab.Now = func() time.Time { b.later(time.Second); return b.now() }
	wantVerdict(t, b.run(t), reproduce.Inconclusive, "--budget")
	b.wantAttempts(t, map[string]int{"alma9": 0, "stream9": 0})
}

func TestLabCache(t *testing.T) {
	t.Run("taken, with its age", func(t *testing.T) {
		b := newBench(t)
		b.script("alma9", "s")
		b.script("stream9", "s")
		first := b.run(t)
		b.engine.Forget()
		b.later(2 * time.Hour)
		var cached []reproduce.Event
		again, err := b.lab.Run(t.Context(), b.req, func(e reproduce.Event) {
			if e.Kind == reproduce.EventCached {
				cached = append(cached, e)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		wantVerdict(t, again, reproduce.StreamReproducible)
		if got := b.engine.Calls(); fmt.Sprint(got) != "[resolve]" {
			t.Errorf("calls %v", got)
		}
		s := side(t, again, "alma9")
		if !s.Cached || !s.CachedAt.Equal(side(t, first, "alma9").Attempts[0].Started) || len(s.Attempts) != 2 {
			t.Errorf("cached %v at %v, %d attempts", s.Cached, s.CachedAt, len(s.Attempts))
		}
		if len(cached) != 2 || cached[0].Age != 2*time.Hour || cached[0].Number != 2 {
			t.Errorf("events %+v", cached)
		}
	})
	t.Run("topped up", func(t *testing.T) {
		b := newBench(t)
		b.req.Repeat = 2
		b.script("alma9", "s")
		b.run(t)
		b.engine.Forget()
		b.req.Repeat = 0
		run := b.run(t)
		wantVerdict(t, run, reproduce.AlmaOnly, "5 of 5", "0 of 5")
		b.wantAttempts(t, map[string]int{"alma9": 3, "stream9": 3})
		if side(t, run, "alma9").Cached {
			t.Error("a side with new attempts is not cached")
		}
		if numbers := b.engine.Attempts()[0].Number; numbers != 3 {
			t.Errorf("the first new attempt has number %d", numbers)
		}
	})
	t.Run("errors are never served", func(t *testing.T) {
		b := newBench(t)
		b.script("alma9", "e")
		b.script("stream9", "s")
		wantVerdict(t, b.run(t), reproduce.Inconclusive)
		b.engine.Forget()
		b.script("alma9", "s")
		wantVerdict(t, b.run(t), reproduce.StreamReproducible)
		b.wantAttempts(t, map[string]int{"alma9": 2, "stream9": 0})
	})
	t.Run("max-age", func(t *testing.T) {
		b := newBench(t)
		b.run(t)
		b.engine.Forget()
		b.later(time.Hour)
		b.req.MaxAge = 30 * time.Minute
		b.run(t)
		b.wantAttempts(t, map[string]int{"alma9": 2, "stream9": 2})
	})
	t.Run("fresh", func(t *testing.T) {
		b := newBench(t)
		b.run(t)
		b.engine.Forget()
		b.req.Fresh = true
		b.run(t)
		b.wantAttempts(t, map[string]int{"alma9": 2, "stream9": 2})
		if n := b.engine.Count("prepare alma9"); n != 0 {
			t.Errorf("--fresh prepared %d times", n)
		}
	})
	t.Run("reprepare", func(t *testing.T) {
		b := newBench(t)
		b.run(t)
		b.engine.Forget()
		b.req.Reprepare = true
		b.run(t)
		if !b.engine.Prepares()[0].Again || b.engine.Count("prepare alma9") != 1 {
			t.Error("not prepared anew")
		}
		b.wantAttempts(t, map[string]int{"alma9": 0}) // the same packages came out
	})
	t.Run("an old image is made anew", func(t *testing.T) {
		b := newBench(t)
		b.run(t)
		b.engine.Forget()
		b.later(25 * time.Hour)
		b.run(t)
		if b.engine.Count("prepare alma9") != 1 || b.engine.Prepares()[0].Known != nil {
			t.Error("not prepared anew after a day")
		}
	})
}

// Whatever makes a difference to what an attempt shows makes another key.
func TestLabKey(t *testing.T) {
	changes := map[string]func(*bench){
		"test":        func(b *bench) { b.req.Recipe.Test = "app --other" },
		"precheck":    func(b *bench) { b.req.Recipe.Precheck = "true" },
		"prepare":     func(b *bench) { b.req.Recipe.Prepare = "true" },
		"require":     func(b *bench) { b.req.Recipe.Require = []string{"app", "lib"} },
		"environment": func(b *bench) { b.req.Recipe.Environment = map[string]string{"A": "1"} },
		"network":     func(b *bench) { b.req.Recipe.Network = reproduce.NetworkFull },
		"files":       func(b *bench) { b.req.Recipe.Files = []reproduce.File{{Path: "x", Data: []byte("1")}} },
		"oracle":      func(b *bench) { b.req.Recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleSignal, Signal: "SEGV"} },
		"limits":      func(b *bench) { b.lab.Limits.Memory *= 2 },
		"timeout":     func(b *bench) { b.req.Timeout = time.Minute },
		"duration":    func(b *bench) { b.req.Recipe.Duration = time.Minute },
		"digest": func(b *bench) {
			b.engine.Scripts["alma9"].Digest, b.engine.Scripts["stream9"].Digest = "sha256:new", "sha256:new"
		},
		"packages": func(b *bench) {
			b.later(25 * time.Hour)
			for _, script := range b.engine.Scripts {
				script.Packages = append(script.Packages, rpm.Package{Name: "lib", EVR: rpm.EVR{Version: "1", Release: "1"}, Source: "lib"})
			}
		},
	}
	for name, change := range changes {
		b := newBench(t)
		first := b.run(t)
		b.engine.Forget()
		change(b)
		second := b.run(t)
		if first.Sides[0].Key == second.Sides[0].Key {
			t.Errorf("%s: the same key", name)
		}
		if b.engine.Count("attempt alma9") != 2 || b.engine.Count("attempt stream9") != 2 {
			t.Errorf("%s: the earlier attempts were taken: %v", name, b.engine.Calls())
		}
	}
	for name, change := range map[string]func(*bench){
		"summary": func(b *bench) { b.req.Recipe.Summary = "another" },
		"links":   func(b *bench) { b.req.Recipe.Links = []reproduce.Link{{Relation: "verifies", Target: "x"}} },
		"report":  func(b *bench) { b.req.Report = "almbz#2" },
		"budget":  func(b *bench) { b.req.Budget = time.Hour },
		"owner":   func(b *bench) { b.lab.Owner = "you" },
	} {
		b := newBench(t)
		b.run(t)
		b.engine.Forget()
		change(b)
		if b.run(t); len(b.engine.Attempts()) != 0 {
			t.Errorf("%s: the earlier attempts were not taken", name)
		}
	}
}

func TestLabImageGone(t *testing.T) {
	b := newBench(t)
	b.engine.Scripts["alma9"].Gone = 1
	wantVerdict(t, b.run(t), reproduce.NotReproducible)
	if n := b.engine.Count("prepare alma9"); n != 2 {
		t.Errorf("prepared %d times, want 2", n)
	}
	b.wantAttempts(t, map[string]int{"alma9": 2, "stream9": 2})
}

// An image that comes back with other packages makes the earlier attempts of
// the side those of another side.
func TestLabImageGoneWithOtherPackages(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	b.script("stream9", "s")
	first := b.run(t)
	b.req.Repeat = 4
	b.engine.Scripts["alma9"].Gone = 1
	b.engine.Scripts["alma9"].Packages = packages(t, "app-2.0-1.el9.x86_64")
	b.engine.Forget()
	second := b.run(t)
	b.wantAttempts(t, map[string]int{"alma9": 4, "stream9": 2})
	s := side(t, second, "alma9")
	if s.Key == first.Sides[0].Key || len(s.Attempts) != 4 || s.Cached {
		t.Errorf("key unchanged or %d attempts of both builds together", len(s.Attempts))
	}
	for _, a := range s.Attempts {
		if a.Key != s.Key {
			t.Errorf("attempt %d is kept under the key of the other packages", a.Number)
		}
	}
	wantVerdict(t, second, reproduce.StreamReproducible, "app: 2.0-1.el9 on AlmaLinux 9")
}

func registryDown(target string) error {
	return &reproduce.StepError{Target: target, Step: reproduce.StepResolve, Message: "the registry does not answer", Infra: true}
}

func TestLabOffline(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	b.script("stream9", "s")
	b.run(t)
	b.engine.Forget()
	b.later(3*24*time.Hour + time.Hour)
	down := b.engine.Scripts["stream9"]
	down.ResolveErr, down.PrepareErr = registryDown("stream9"), registryDown("stream9")
	run := b.run(t)
	wantVerdict(t, run, reproduce.StreamReproducible, "CentOS Stream 9: cached, prepared 3 days ago")
	if s := side(t, run, "stream9"); !s.Stale || !s.Cached || !s.Image.Offline {
		t.Errorf("stale %v, cached %v, offline %v", s.Stale, s.Cached, s.Image.Offline)
	}
	// Without the network for installing alone.
	down.ResolveErr = nil
	run = b.run(t)
	wantVerdict(t, run, reproduce.StreamReproducible, "CentOS Stream 9: cached, prepared 3 days ago")
}

func TestLabOfflineWithNothingStored(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	b.engine.Scripts["stream9"].ResolveErr = registryDown("stream9")
	run := b.run(t)
	wantVerdict(t, run, reproduce.Inconclusive, "CentOS Stream 9: step resolve failed: the registry does not answer", "AlmaLinux 9 shows the bug in 2 of 2")
}

// A wrong name of an image is not answered with an old one.
func TestLabUnknownImageIsNoOutage(t *testing.T) {
	b := newBench(t)
	b.run(t)
	b.engine.Scripts["stream9"].ResolveErr = &reproduce.StepError{Target: "stream9", Step: reproduce.StepResolve, Message: "no such image"}
	wantVerdict(t, b.run(t), reproduce.Inconclusive, "no such image")
}

// A package that is not offered any more is no outage either.
func TestLabOldImageIsNoAnswerToAFailedInstallation(t *testing.T) {
	b := newBench(t)
	b.run(t)
	b.later(25 * time.Hour)
	b.engine.Scripts["stream9"].PrepareErr = &reproduce.StepError{Target: "stream9", Step: reproduce.StepRequire, Message: "no package app"}
	run := b.run(t)
	wantVerdict(t, run, reproduce.Inconclusive, "step require failed: no package app")
	if side(t, run, "stream9").Stale {
		t.Error("the image of yesterday stands in")
	}
}

func TestLabPrepareFails(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	b.engine.Scripts["stream9"].PrepareErr = &reproduce.StepError{Target: "stream9", Step: reproduce.StepRequire, Message: "no package app", Advice: "correct require"}
	run := b.run(t)
	wantVerdict(t, run, reproduce.Inconclusive, "step require failed: no package app; correct require", "AlmaLinux 9 shows the bug in 2 of 2")
	b.wantAttempts(t, map[string]int{"alma9": 2, "stream9": 0})
	if results := run.Results(); results[0].Outcome != reproduce.OutcomeReproduced || results[1].Outcome != reproduce.OutcomeError {
		t.Errorf("outcomes %s and %s", results[0].Outcome, results[1].Outcome)
	}
}

// An engine that cannot be used at all ends the run; one attempt that fails
// does not.
func TestLabEngineFails(t *testing.T) {
	b := newBench(t)
	b.engine.Scripts["stream9"].AttemptErr = &reproduce.Error{Code: reproduce.CodeEngine, Message: "podman hangs"}
	run, err := b.lab.Run(t.Context(), b.req, nil)
	if reproduce.CodeOf(err) != reproduce.CodeEngine || run.Suggestion.Verdict != "" {
		t.Errorf("error %v, verdict %q", err, run.Suggestion.Verdict)
	}
	if len(b.memory.Runs) != 1 || b.memory.Runs[0].State != reproduce.RunInterrupted {
		t.Errorf("journal: %+v", b.memory.Runs)
	}
	b = newBench(t)
	b.engine.Scripts["stream9"].AttemptErr = errors.New("no such container")
	wantVerdict(t, b.run(t), reproduce.Inconclusive, "podman failed: no such container")
}

func TestLabThirds(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*labtest.Script)
		says   string
	}{
		{"cannot be prepared", func(s *labtest.Script) {
			s.PrepareErr = &reproduce.StepError{Target: "ubi9", Step: reproduce.StepRequire, Message: "no package app"}
		}, "no further opinion: UBI 9"},
		{"cannot be resolved", func(s *labtest.Script) { s.ResolveErr = registryDown("ubi9") }, "no further opinion: UBI 9"},
		{"errors", func(s *labtest.Script) { s.Facts = []reproduce.Facts{exited(127)} }, "no further opinion: UBI 9"},
		{"shows it", func(s *labtest.Script) { s.Facts = []reproduce.Facts{exited(1)} }, "UBI 9 shows it as well: 5 of 5"},
		{"lacks it", func(*labtest.Script) {}, "UBI 9 does not show it: 0 of 5"},
	} {
		b := newBench(t)
		b.engine.Scripts["alma9"].Packages = packages(t, "app-1.0-1.el9.alma.1.x86_64")
		b.script("alma9", "s")
		b.req.With = targets("ubi9")
		c.change(b.engine.Scripts["ubi9"])
		run := b.run(t)
		wantVerdict(t, run, reproduce.AlmaOnly, c.says)
		if n := b.engine.Count("attempt ubi9"); n > 5 {
			t.Errorf("%s: %d attempts on a further opinion", c.name, n)
		}
	}
}

func needing(p rpm.Package, names ...string) rpm.Package {
	p.Requires = names
	return p
}

// Controls are asked one after the other, each as often as needed.
func TestLabControls(t *testing.T) {
	world := func(t *testing.T) *bench {
		b := newBench(t)
		alma, stream := packages(t, "app-1.0-1.el9.x86_64", "liba-1-1.el9.x86_64", "libb-1-1.el9.x86_64"), packages(t, "app-1.0-2.el9.x86_64", "liba-1-2.el9.x86_64", "libb-1-2.el9.x86_64")
		alma[0], stream[0] = needing(alma[0], "liba", "libb"), needing(stream[0], "liba", "libb")
		b.engine.Scripts["alma9"].Packages, b.engine.Scripts["stream9"].Packages = alma, stream
		b.script("alma9", "s")
		return b
	}
	for _, c := range []struct {
		name, app, liba, libb string
		want                  reproduce.Verdict
		subject, calls        string
	}{
		{"the subject", "s", "n", "n", reproduce.FixedInStream, "app", "app 1"},
		{"shown late", "nns", "n", "n", reproduce.FixedInStream, "app", "app 3"},
		{"the second library", "n", "n", "s", reproduce.FixedInStream, "libb", "app 5, liba 5, libb 1"},
		{"none", "n", "n", "n", reproduce.Inconclusive, "app", "app 5, liba 5, libb 5"},
		{"the subject cannot be tried", "e", "s", "s", reproduce.Inconclusive, "app", "app 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := world(t)
			b.script("stream9+app", c.app)
			b.script("stream9+liba", c.liba)
			b.script("stream9+libb", c.libb)
			run := b.run(t)
			wantVerdict(t, run, c.want)
			var calls []string
			for _, name := range []string{"app", "liba", "libb"} {
				if n := b.engine.Count("attempt stream9+" + name); n > 0 {
					calls = append(calls, fmt.Sprintf("%s %d", name, n))
				}
			}
			if got := strings.Join(calls, ", "); got != c.calls || run.Suggestion.Subject != c.subject {
				t.Errorf("controls %q, subject %q; want %q, %q", got, run.Suggestion.Subject, c.calls, c.subject)
			}
			if order := b.engine.Calls(); c.name == "none" && slices.Index(order, "prepare stream9+liba") < lastIndex(order, "attempt stream9+app") {
				t.Errorf("a control was begun before the other had ended: %v", order)
			}
			// A second run has it all from the cache.
			b.engine.Forget()
			if again := b.run(t); c.name != "the subject cannot be tried" && (len(b.engine.Attempts()) > 0 || again.Suggestion.Verdict != c.want) {
				t.Errorf("again: %s by %v", again.Suggestion.Verdict, b.engine.Calls())
			}
		})
	}
	t.Run("not to be had", func(t *testing.T) {
		b := world(t)
		b.engine.Scripts["stream9+app"] = &labtest.Script{Unavailable: "CentOS Stream 9 no longer offers app 1.0-1.el9"}
		b.engine.Scripts["stream9"].Changelogs = map[string]string{"app": "* Mon May 19 2025 A <a@example.org> - 1.0-2\n- repaired (RHEL-12345)\n"}
		run := b.run(t)
		wantVerdict(t, run, reproduce.FixedInStream, "not confirmed: CentOS Stream 9 no longer offers app 1.0-1.el9", "RHEL-12345")
	})
	t.Run("the budget ends before it", func(t *testing.T) {
		b := world(t)
		b.engine.Scripts["alma9"].During = func(n int) {
			if n == 5 {
				b.later(time.Hour)
			}
		}
		wantVerdict(t, b.run(t), reproduce.Inconclusive, "was not tried")
		if n := b.engine.Count("prepare stream9+app"); n != 0 {
			t.Error("a control was prepared after the budget")
		}
	})
	t.Run("the changelogs cannot be read", func(t *testing.T) {
		b := world(t)
		b.script("stream9+app", "s")
		b.engine.Scripts["stream9"].Changelogs = map[string]string{"app": "* Mon May 19 2025 A <a@example.org> - 1.0-2\n- repaired (RHEL-12345)\n"}
		b.engine.Scripts["stream9"].ChangelogErr = &reproduce.StepError{Target: "stream9", Step: reproduce.StepPrint, Message: "the disk is full", Infra: true}
		run := b.run(t)
		wantVerdict(t, run, reproduce.FixedInStream) // it stands without the quotation
		if said := strings.Join(run.Suggestion.Reasons, "\n"); strings.Contains(said, "RHEL-12345") {
			t.Errorf("a changelog was quoted that could not be read:\n%s", said)
		}
	})
}

func lastIndex(list []string, s string) int {
	last := -1
	for i, v := range list {
		if v == s {
			last = i
		}
	}
	return last
}

func TestLabCancelled(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.engine.Scripts["alma9"].During = func(n int) {
		if n == 2 {
			cancel()
		}
	}
	run, err := b.lab.Run(ctx, b.req, nil)
	if reproduce.CodeOf(err) != reproduce.CodeInterrupted || !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if run.State != reproduce.RunInterrupted || run.Suggestion.Verdict != "" || len(b.memory.Runs) != 1 {
		t.Errorf("state %s, verdict %q, %d runs kept", run.State, run.Suggestion.Verdict, len(b.memory.Runs))
	}
	// What was done is kept and served; what was interrupted is not.
	b.engine.Scripts["alma9"].During = nil
	b.engine.Forget()
	b.run(t)
	if a, s := b.engine.Count("attempt alma9"), b.engine.Count("attempt stream9"); a != 4 || s < 3 || s > 4 {
		t.Errorf("%d and %d attempts after the interruption", a, s)
	}
}

func TestLabCancelledBefore(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.lab.Run(ctx, b.req, nil); err == nil || len(b.engine.Attempts()) != 0 {
		t.Errorf("error %v, attempts %d", err, len(b.engine.Attempts()))
	}
}

func TestLabNeedsVM(t *testing.T) {
	b := newBench(t)
	b.req.Hints.Package = "kernel"
	run := b.run(t)
	wantVerdict(t, run, reproduce.NeedsVM, "kernel")
	if len(run.Suggestion.Command) == 0 || len(b.engine.Calls()) != 0 || b.engine.Sweeps() != 0 || len(b.memory.Runs) != 1 {
		t.Errorf("command %q, calls %v, %d sweeps, %d runs kept", run.Suggestion.Command, b.engine.Calls(), b.engine.Sweeps(), len(b.memory.Runs))
	}
}

func TestLabAsk(t *testing.T) {
	b := newBench(t)
	b.req.Recipe.Oracle.Kind = reproduce.OracleAsk
	asked, now := map[string]int{}, 0
	b.req.Ask = func(_ context.Context, target reproduce.Target, _ reproduce.Attempt) (reproduce.Answer, error) {
		now++
		defer func() { now-- }()
		time.Sleep(20 * time.Millisecond) // the other side's question would come now
		if now > 1 {
			t.Error("two questions at once")
		}
		asked[target.Name]++
		return reproduce.Answer{Seen: true, By: "kim"}, nil
	}
	run := b.run(t)
	wantVerdict(t, run, reproduce.StreamReproducible, "person")
	if asked["alma9"] != 1 || asked["stream9"] != 1 {
		t.Errorf("asked %v", asked)
	}
	if answer := run.Sides[0].Attempts[0].Facts.Answer; answer == nil || answer.By != "kim" || !answer.At.Equal(b.now()) {
		t.Errorf("answer %+v", answer)
	}
	b = newBench(t)
	b.req.Recipe.Oracle.Kind = reproduce.OracleAsk
	wantVerdict(t, b.run(t), reproduce.Inconclusive, "nobody")
	b = newBench(t)
	b.req.Recipe.Oracle.Kind = reproduce.OracleAsk
	b.req.Ask = func(context.Context, reproduce.Target, reproduce.Attempt) (reproduce.Answer, error) {
		return reproduce.Answer{}, errors.New("the terminal is gone")
	}
	if _, err := b.lab.Run(t.Context(), b.req, nil); err == nil || !strings.Contains(err.Error(), "the terminal is gone") {
		t.Errorf("error %v", err)
	}
}

func TestLabTimeoutOracle(t *testing.T) {
	hang := reproduce.Facts{End: reproduce.EndTimeout, Step: reproduce.StepTest}
	for _, c := range []struct {
		name string
		took time.Duration
		want reproduce.Verdict
	}{
		{"the other side is quick", time.Second, reproduce.AlmaOnly},
		{"the other side is slow", 100 * time.Second, reproduce.Inconclusive},
	} {
		b := newBench(t)
		b.req.Recipe.Oracle.Kind = reproduce.OracleTimeout
		b.engine.Scripts["alma9"].Facts = []reproduce.Facts{hang}
		b.engine.Scripts["stream9"].Took = c.took
		wantVerdict(t, b.run(t), c.want)
		b.engine.Forget()
		if c.want == reproduce.AlmaOnly {
			if b.run(t); len(b.engine.Attempts()) != 0 {
				t.Errorf("%s: hangs are not served from the cache", c.name)
			}
		}
	}
}

func TestLabEndedStream(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"alma8", "ubi8", "stream8"} {
		b.engine.Scripts[name] = &labtest.Script{Packages: packages(t, "app-1.0-1.el8.x86_64"), Took: time.Second}
	}
	b.engine.Scripts["alma8"].Packages = packages(t, "app-1.0-1.el8.alma.1.x86_64")
	b.script("alma8", "s")
	b.script("stream8", "s")
	sides, err := reproduce.BuiltinTargets().ForRelease("8", b.now())
	if err != nil {
		t.Fatal(err)
	}
	b.req.Targets = sides
	run := b.run(t)
	wantVerdict(t, run, reproduce.AlmaOnly, "UBI 8 0 of 5", "CentOS Stream 8 shows it as well", "names RHEL")
	for name, role := range map[string]reproduce.Role{"alma8": reproduce.RoleAlma, "ubi8": reproduce.RoleStream, "stream8": reproduce.RoleThird} {
		if got := side(t, run, name).Role; got != role {
			t.Errorf("%s is %s, want %s", name, got, role)
		}
	}
	if !strings.Contains(b.engine.Prepares()[0].Target.Setup+b.engine.Prepares()[1].Target.Setup+b.engine.Prepares()[2].Target.Setup, "vault") {
		t.Error("the vault was not set up")
	}
}

// Targets that do not make a comparison still have outcomes.
func TestLabWithoutComparison(t *testing.T) {
	for _, names := range [][]string{{"alma9"}, {"stream9"}, {"alma9", "ubi9"}} {
		b := newBench(t)
		b.req.Targets = targets(names...)
		run := b.run(t)
		wantVerdict(t, run, "", "needs an AlmaLinux and a CentOS Stream target")
		for _, name := range names {
			b.wantAttempts(t, map[string]int{name: 2})
		}
	}
	b := newBench(t)
	b.req.Targets = nil
	if _, err := b.lab.Run(t.Context(), b.req, nil); reproduce.CodeOf(err) != reproduce.CodeUsage {
		t.Errorf("no target: %v", err)
	}
}

// An image that is not what the target says is no side of a comparison.
func TestLabWrongImage(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	b.engine.Scripts["stream9"].OSRelease = map[string]string{"ID": "almalinux", "PRETTY_NAME": "AlmaLinux 9.6"}
	wantVerdict(t, b.run(t), reproduce.Inconclusive, "AlmaLinux 9.6", "[target.stream9]")
}

// One lab serves several runs at once; it sweeps once.
func TestLabManyRuns(t *testing.T) {
	b := newBench(t)
	b.script("alma9", "s")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			req := b.req
			req.Report = fmt.Sprintf("almbz#%d", i)
			req.Recipe.Test = fmt.Sprintf("app %d", i)
			events := 0
			run, err := b.lab.Run(t.Context(), req, func(reproduce.Event) { events++ })
			if err != nil || run.Suggestion.Verdict != reproduce.AlmaOnly || events == 0 {
				t.Errorf("run %d: %v, %s, %d events", i, err, run.Suggestion.Verdict, events)
			}
		})
	}
	group.Wait()
	if n := b.engine.Sweeps(); n != 1 {
		t.Errorf("%d sweeps, want 1", n)
	}
	ids := map[string]bool{}
	for _, spec := range b.engine.Attempts() {
		if ids[spec.ID] {
			t.Errorf("container name %s twice", spec.ID)
		}
		ids[spec.ID] = true
	}
}

func TestLabPrepareForShell(t *testing.T) {
	b := newBench(t)
	spec, err := b.lab.Prepare(t.Context(), b.req, nil)
	if err != nil || spec.Image == "" || spec.Target.Name != "alma9" || spec.Timeout != 5*time.Minute {
		t.Errorf("%+v, %v", spec, err)
	}
	if len(b.memory.Runs) != 0 || b.memory.Begun != 0 || b.engine.Count("resolve") != 1 || b.engine.Count("prepare stream9") != 0 {
		t.Errorf("more than an image came of it: %v", b.engine.Calls())
	}
	b.engine.Scripts["alma9"].PrepareErr = &reproduce.StepError{Target: "alma9", Step: reproduce.StepRequire, Message: "no package app"}
	b.req.Reprepare = true
	if _, err := b.lab.Prepare(t.Context(), b.req, nil); err == nil || !strings.Contains(err.Error(), "no package app") {
		t.Errorf("error %v", err)
	}
}
