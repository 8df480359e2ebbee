package bundle_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tracker"
)

// noon is when everything begins.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// The reports.
var (
	gizmo   = tracker.ID{Space: "almbz", Number: 622}
	closed  = tracker.ID{Space: "almbz", Number: 3} // private
	image   = tracker.ID{Space: "AlmaLinux/container-images", Number: 12}
	hostile = tracker.ID{Space: "../..\x1b[31m/evil\x00", Number: 7}
)

func all() []tracker.ID { return []tracker.ID{gizmo, closed, image, hostile} }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// engine plays scripts and prints what tests print.
type engine struct{ *labtest.Engine }

// Attempt implements reproduce.Engine.
func (e engine) Attempt(ctx context.Context, spec reproduce.AttemptSpec, watch func(reproduce.Event)) (reproduce.Result, error) {
	result, err := e.Engine.Attempt(ctx, spec, watch)
	result.Log = printed()
	return result, err
}

// mounted is what mount says in a container without root.
const mounted = "overlay on / type overlay (rw,upperdir=/home/jane/.local/share/containers/storage/overlay/ab/diff)"

func printed() reproduce.Log {
	return reproduce.Log{Bytes: 1 << 33, Dropped: 7, SHA256: "5ca1ab1e", Lines: []reproduce.LogLine{
		{Stream: reproduce.Trace, At: 1, Text: "+ mount"}, {Stream: reproduce.Stdout, At: 2 * time.Millisecond, Text: mounted},
		{Stream: reproduce.Stderr, At: time.Second, Text: "\xff\x00\x1b[1m </script> \u202e"}, {Stream: reproduce.Stdout, At: time.Second + 1}}}
}

// world is a database in which something happened.
type world struct {
	t     testing.TB
	db    *store.DB
	lab   *reproduce.Lab
	sides map[string]*labtest.Script
	mu    sync.Mutex
	clock time.Time
	// runs of gizmo: the first shows nothing, cited shows it differently on both
	// sides and was decided on, broken was interrupted, told found it fixed in
	// Stream, and again took what told had found.
	first, cited, broken, told, again string
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(time.Second)
	return w.clock
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, clock: noon.In(time.FixedZone("", 2*60*60)), sides: map[string]*labtest.Script{}}
	w.db = openAt(t, filepath.Join(t.TempDir(), "test.db"))
	w.lab = &reproduce.Lab{Engine: engine{&labtest.Engine{Scripts: w.sides, Now: w.now}}, Cache: w.db, Journal: w.db, Now: w.now, Owner: "boot 77 process 471108154799",
		Timeout: 5 * time.Minute, Budget: time.Hour, PreparedFor: 24 * time.Hour}
	w.reports()
	w.gizmo()
	w.closed()
	w.hostile()
	return w
}

func openAt(t testing.TB, path string) *store.DB {
	db, err := store.Open(t.Context(), path, store.Options{Volatile: true})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	return db
}

func (w *world) reports() {
	report := func(id tracker.ID, change func(*tracker.Report)) tracker.Report {
		r := tracker.Report{ID: id, Tracker: id.Space, URL: "https://bugs.example.org/622", Title: "gizmo adds one too many", Status: "new", Open: true, Reporter: "Jane",
			Created: noon.Add(-48 * time.Hour), Updated: noon.Add(-24 * time.Hour)}
		change(&r)
		tracker.Derive(&r)
		return r
	}
	note := func(id int64, text string, private bool) tracker.Comment {
		return tracker.Comment{ID: id, Report: gizmo, Author: "ann", Text: text, Created: noon, Updated: noon, Private: private, URL: "https://bugs.example.org/622#c"}
	}
	page := tracker.Page{Reports: []tracker.Report{
		report(gizmo, func(r *tracker.Report) {
			r.Body, r.Steps, r.Additional = "gizmo add 2 2 says 5, as in RHEL-1234\r\n", "run it", "more"
			r.Project, r.Version, r.Category, r.Labels = "AlmaLinux-9", "9.6", "gizmo", []string{"bug"}
			r.Resolution, r.Reproducibility, r.Severity = "open", "always", "major"
			r.Attachments = []tracker.Attachment{{ID: 5, Name: "../../etc/passwd\x1b", Size: 12, ContentType: "text/plain"}}
			r.Comments = []tracker.Comment{note(1, "see CVE-2026-1234", false), note(2, "SECRET note of CVE-2026-9999", true)}
		}),
		report(closed, func(r *tracker.Report) {
			r.Title, r.Body, r.Private = "SECRET title", "SECRET body", true
			r.Comments = []tracker.Comment{{ID: 9, Text: "SECRET comment", Private: true}}
		}),
		report(image, func(*tracker.Report) {}),
		report(hostile, func(r *tracker.Report) {
			r.Title, r.Body, r.Reporter = "\x1b]0;pwned\a\u009b31m\u202e", "NUL \x00 and </script>", "../\x00"
			r.URL = "javascript:alert(1)"
		})},
		Comments: []tracker.Comment{{ID: 4, Report: image, Author: "bob", Text: "apart", Created: noon, Updated: noon}}}
	_, err := w.db.Commit(w.t.Context(), "almbz", "x", page)
	check(w.t, err)
}

const recipeText = `summary: gizmo adds one too many
require: [gizmo]
test: |
  test "$(gizmo add 2 2)" = 4
environment: {LC_ALL: C.UTF-8}
extra-almatriage:
  precheck: command -v gizmo` // without a line end

func recipe(t testing.TB) reproduce.Recipe {
	r, err := fmf.Parse("main.fmf", []byte(recipeText))
	check(t, err)
	r.Files = []reproduce.File{{Path: "data/in", Data: []byte("\x00\xff")}, {Path: "empty", Data: []byte{}}, {Path: "run.sh", Executable: true, Data: []byte("#!/bin/sh\n")}}
	return r
}

func packages(t testing.TB, version string) []rpm.Package {
	evr, err := rpm.ParseEVR(version)
	check(t, err)
	same := rpm.EVR{Version: "5.1.8", Release: "9.el9"}
	return []rpm.Package{
		{Name: "gizmo", EVR: evr, Arch: "x86_64", Source: "gizmo", SourceEVR: evr, Vendor: "V", Requires: []string{"bash"}, Files: []string{"/usr/bin/gizmo"}},
		{Name: "bash", EVR: same, Arch: "x86_64", Source: "bash", SourceEVR: same, Provides: []string{"/bin/sh"}},
		{Name: "perl", EVR: rpm.EVR{Epoch: 4, Version: "5", Release: "1"}, Source: "perl", Module: "perl", ModuleStream: "5.32"}}
}

func exited(status int) []reproduce.Facts {
	return []reproduce.Facts{{End: reproduce.EndExited, Step: reproduce.StepTest, Status: status, Excerpt: mounted + "\n",
		ErrorLines: []string{fmt.Sprintf("%d is wrong: see %s", status, mounted)}}}
}

// play sets what the two sides show.
func (w *world) play(alma, stream int) {
	w.sides["alma9"].Facts, w.sides["stream9"].Facts = exited(alma), exited(stream)
}

// gizmo is a report with all that there can be.
func (w *world) gizmo() {
	for name, version := range map[string]string{"alma9": "3.2.0-4.el9", "stream9": "3.2.0-6.el9", "stream9+gizmo": "3.2.0-4.el9_5"} {
		w.sides[name] = &labtest.Script{Packages: packages(w.t, version), Took: time.Second, OSRelease: map[string]string{"VERSION_ID": "9"}, Facts: exited(1)}
	}
	w.sides["stream9"].Changelogs = map[string]string{"gizmo": "* Mon Jan 05 2026 Jane <jane@example.org> - 3.2.0-6\n- builds in /home/mockbuild (RHEL-1234)\n"}
	w.sides["ubi9"] = &labtest.Script{PrepareErr: &reproduce.StepError{Target: "ubi9", Step: reproduce.StepBase, Infra: true, Advice: "see almatriage doctor",
		Message: "podman: cannot write /home/jane/.local/share/containers/storage", Output: "proxyconnect tcp: dial tcp: lookup proxy.corp.example on 10.0.0.53:53: no such host"}}
	ctx := w.t.Context()
	s, err := w.db.SetRecipe(ctx, gizmo.String(), recipe(w.t), reproduce.OriginSet, "ann", w.now())
	check(w.t, err)

	w.play(0, 0)
	w.first = w.run(ctx, s, 0).ID
	w.play(1, 2)
	w.cited = w.run(ctx, s, 0).ID
	check(w.t, w.db.Decide(ctx, reproduce.Decision{ID: reproduce.NewID(), Report: gizmo.String(), Verdict: reproduce.StreamReproducible, Note: "one bug \u202e", By: "ann",
		At: w.now(), Run: w.cited, Suggested: reproduce.Inconclusive}))
	_, err = w.db.Undo(ctx, gizmo.String(), "bob", w.now())
	check(w.t, err)

	ended, cancel := context.WithCancel(ctx)
	w.sides["alma9"].During = func(int) { cancel() }
	w.broken = w.run(ended, s, 0).ID
	w.sides["alma9"].During = nil
	w.play(1, 0)
	before := w.now()
	w.told = w.run(ctx, s, 0).ID
	w.again = w.run(ctx, s, w.now().Sub(before)).ID
	check(w.t, w.db.Decide(ctx, reproduce.Decision{ID: reproduce.NewID(), Report: gizmo.String(), Verdict: reproduce.FixedInStream, Note: "backport it", By: "bob",
		At: w.now(), Run: w.again, Suggested: reproduce.FixedInStream, PatchURL: "https://git.example.org/p/1"}))
}

// run runs the recipe; attempts that are not older than maxAge are taken again.
func (w *world) run(ctx context.Context, s *reproduce.StoredRecipe, maxAge time.Duration) reproduce.Run {
	r, err := w.db.Report(w.t.Context(), gizmo)
	check(w.t, err)
	request, err := reproduce.NewRequest(r, s, reproduce.Sides{All: reproduce.BuiltinTargets(), With: []string{"ubi"}}, noon)
	check(w.t, err)
	request.Fresh, request.MaxAge = maxAge == 0, maxAge
	run, err := w.lab.Run(ctx, request, nil)
	if ctx.Err() == nil {
		check(w.t, err)
	}
	return run
}

// closed is a private report with a decision and a recipe.
func (w *world) closed() {
	secret := reproduce.Recipe{Summary: "SECRET recipe", Test: "SECRET", Network: reproduce.NetworkNone, Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}
	_, err := w.db.SetRecipe(w.t.Context(), closed.String(), secret, reproduce.OriginSet, "ann", w.now())
	check(w.t, err)
	check(w.t, w.db.Decide(w.t.Context(), reproduce.Decision{ID: reproduce.NewID(), Report: closed.String(), Verdict: reproduce.NotABug, Note: "SECRET reason", By: "ann", At: w.now()}))
}

// hostile is a report whose recipe and run, an imported one, have names that
// want out of the bundle.
func (w *world) hostile() {
	ctx := w.t.Context()
	bad := recipe(w.t)
	bad.Files = []reproduce.File{{Path: "../../.bashrc", Data: []byte("a")}, {Path: "/etc/passwd", Data: []byte("b")}, {Path: "a\x00\n", Data: []byte("c")}}
	check(w.t, w.db.SaveRecipe(ctx, reproduce.StoredRecipe{Report: hostile.String(), Recipe: bad, Origin: reproduce.OriginImported, Author: "\x1b[2J", Set: w.now()}))
	run := reproduce.Run{ID: "../../run", Report: hostile.String(), Recipe: bad, RecipeHash: bad.Hash(), Started: w.now(), State: reproduce.RunRunning,
		Author: "mallory", Imported: true}
	check(w.t, w.db.BeginRun(ctx, run))
	side := reproduce.Side{Role: reproduce.RoleAlma, Target: reproduce.Target{Name: "../alma9", Image: "dir:/home/jane/images/alma9", Setup: "echo proxy=http://proxy.corp.example >>/etc/dnf/dnf.conf"},
		Image: reproduce.Image{Ref: "dir:/home/jane/images/alma9", ID: "0ddba11", Digest: "sha256:0ddba11"}}
	a := reproduce.Attempt{ID: "../../attempt", Run: run.ID, Started: w.now()}
	check(w.t, w.db.BeginAttempt(ctx, a))
	a.Done, a.Log = true, printed()
	a.Facts = reproduce.Facts{End: reproduce.EndEngine, Step: reproduce.StepTest, Detail: "/home/jane/bin/podman cannot be run", Missing: []string{"/home/jane/x"},
		Match: &reproduce.Match{Pattern: "a", Count: 1, Line: mounted}, Answer: &reproduce.Answer{Seen: true, By: "mallory", At: w.now()}}
	check(w.t, w.db.FinishAttempt(ctx, a))
	failed := &reproduce.StepError{Step: reproduce.StepResolve, Message: "/home/jane/a", Advice: "see /home/jane/b", Output: "\x1b/home/jane/c"}
	side.Image.Err, side.Err, side.Prepared.Unavailable = failed, failed, "cannot be installed: /home/jane/d"
	side.Attempts = []reproduce.Attempt{a}
	run.Sides, run.State, run.Finished = []reproduce.Side{side}, reproduce.RunDone, w.now()
	run.Suggestion = reproduce.Suggest(run)
	check(w.t, w.db.FinishRun(ctx, run))
}

var plain = bundle.Options{Program: "almatriage 1.0", Author: "ann"}

// write makes a bundle.
func write(t testing.TB, db *store.DB, ids []tracker.ID, o bundle.Options) ([]byte, bundle.Summary) {
	t.Helper()
	var out bytes.Buffer
	summary, err := bundle.Write(t.Context(), &out, db, ids, o)
	check(t, err)
	return out.Bytes(), summary
}
