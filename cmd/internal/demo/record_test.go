package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
)

// record is a flag of go test: see the bundle's README.
var record = flag.Bool("record", false, "run the bundle's recipes on the fixture images and write "+recordingName)

// TestRecord is the tool that makes the recording: real runs by the real Lab,
// engine and store.
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("records anew with -record")
	}
	fixture.Use(t)
	cases, err := readBundle(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r := newRecorder(t)
	for i := range cases {
		if cases[i].ran != nil {
			r.record(&cases[i])
		}
	}
	r.write(recordingName)
}

// recorder makes runs and gathers them.
type recorder struct {
	t         *testing.T
	db        *store.DB
	lab       *reproduce.Lab
	recording recording
	index     map[string]int // of recording.Packages, by what they are
}

func newRecorder(t *testing.T) *recorder {
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "record.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := podman.New(podman.Config{Dir: filepath.Join(dir, "run")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for _, err := range []error{engine.Close(ctx), db.Close()} {
			if err != nil {
				t.Errorf("close: %v", err)
			}
		}
	})
	c := config.Default().Engine
	return &recorder{t: t, db: db, index: map[string]int{}, lab: &reproduce.Lab{Engine: engine, Cache: db, Journal: db, Owner: podman.ThisProcess(),
		Limits: c.Limits, Timeout: c.Timeout, Budget: c.Budget, PreparedFor: c.PreparedFor}}
}

// record runs a case as the command run would, and keeps the run.
func (r *recorder) record(c *demoCase) {
	t := r.t
	req, err := reproduce.NewRequest(&c.report, c.recipe, reproduce.Sides{All: fixture.Targets(), With: c.ran.with}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	req.Fresh = true
	var run reproduce.Run
	const tries = 5 // what comes and goes may stay away
	for range tries {
		if run, err = r.lab.Run(t.Context(), req, nil); err != nil {
			t.Fatalf("%s: %v", c.report.ID, err)
		}
		if run.Suggestion.Flaky == req.Hints.Sometimes {
			break
		}
	}
	t.Logf("%s: %s, flaky %v", c.report.ID, run.Suggestion.Verdict, run.Suggestion.Flaky)
	stored, err := r.db.Run(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range stored.Sides {
		for k := range stored.Sides[i].Attempts {
			a := &stored.Sides[i].Attempts[k]
			if a.Log, err = r.db.AttemptLog(t.Context(), a.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.recording.Runs = append(r.recording.Runs, r.scrub(*stored))
}

// scrub takes out what belongs to this machine or follows from elsewhere, and
// gives images and packages the names that users know. What the run means is
// concluded again from what is left.
func (r *recorder) scrub(run reproduce.Run) recordedRun {
	for i := range run.Sides {
		run.Sides[i].Prepared.Print.Packages = named(run.Sides[i].Prepared.Print.Packages)
	}
	verdict := run.Suggestion.Verdict
	run.Suggestion = reproduce.Suggest(run)
	if run.Suggestion.Verdict != verdict {
		r.t.Fatalf("%s: %s became %s", run.Report, verdict, run.Suggestion.Verdict)
	}
	recorded := recordedRun{Run: run}
	to := &recorded.Run
	earlier := epoch().Sub(run.Started)
	move(earlier, &to.Started, &to.Finished)
	to.ID, to.Owner, to.Hints = "", "", reproduce.Hints{}
	for i := range to.Sides {
		side := &to.Sides[i]
		recorded.Sets = append(recorded.Sets, r.indexes(side.Prepared.Print.Packages))
		scrubSide(side)
		move(earlier, &side.Prepared.At, &side.CachedAt)
		for k := range side.Attempts {
			move(earlier, &side.Attempts[k].Started)
		}
	}
	return recorded
}

func scrubSide(side *reproduce.Side) {
	side.Target = reproduce.BuiltinTargets()[side.Target.Name]
	if side.Image.Ref != "" {
		side.Image.Ref = side.Target.Image
	}
	side.Image.ID, side.Prepared.ImageID = "", ""
	print := &side.Prepared.Print
	print.Packages, print.Kernel, print.HostLevel, print.Dropped = nil, "", "", nil
	if side.Err != nil {
		// dnf tells the time of day.
		side.Err.Output = regexp.MustCompile(`(?m)^Last metadata expiration check: .*\n`).ReplaceAllString(side.Err.Output, "")
	}
	for k := range side.Attempts {
		a := &side.Attempts[k]
		a.ID, a.Run, a.Target, a.Key = "", "", "", ""
	}
}

// named gives the packages of the fixtures' base, which are all built from one
// source there, each a source of its own name, as they have it on real images.
func named(set *rpm.Set) *rpm.Set {
	if set == nil {
		return nil
	}
	packages := slices.Clone(set.Packages())
	for i := range packages {
		if p := &packages[i]; p.Source == "fixture-base" {
			p.Source, p.SourceEVR = p.Name, p.EVR
		}
	}
	return rpm.NewSet(packages)
}

// indexes keeps a set's packages, each once.
func (r *recorder) indexes(set *rpm.Set) []int {
	if set == nil {
		return nil
	}
	indexes := []int{}
	for _, p := range set.Packages() {
		data, err := json.Marshal(p)
		if err != nil {
			r.t.Fatal(err)
		}
		n, known := r.index[string(data)]
		if !known {
			n = len(r.recording.Packages)
			r.index[string(data)] = n
			r.recording.Packages = append(r.recording.Packages, p)
		}
		indexes = append(indexes, n)
	}
	return indexes
}

// trim drops what packages provide and nobody asks for, most of what there is:
// only who needs whom can matter to a verdict.
func (r *recorder) trim() {
	asked := map[string]bool{"system-release": true} // how a release package is told
	for _, p := range r.recording.Packages {
		for _, name := range p.Requires {
			asked[name] = true
		}
	}
	unasked := func(name string) bool { return !asked[name] && !asked["/usr"+name] }
	for i := range r.recording.Packages {
		p := &r.recording.Packages[i]
		p.Provides = slices.DeleteFunc(slices.Clone(p.Provides), unasked)
		p.Files = slices.DeleteFunc(slices.Clone(p.Files), unasked)
	}
}

func (r *recorder) write(path string) {
	r.trim()
	slices.SortFunc(r.recording.Runs, func(a, b recordedRun) int { return cmp.Compare(a.Run.Report, b.Run.Report) })
	plain, err := json.Marshal(r.recording)
	if err != nil {
		r.t.Fatal(err)
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		r.t.Fatal(err)
	}
	data := encoder.EncodeAll(plain, nil)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.t.Logf("%s: %d runs, %d bytes of %d", path, len(r.recording.Runs), len(data), len(plain))
}
