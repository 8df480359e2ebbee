package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman/scripted"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// batchWorld is a program on a database with so many reports, whose recipes run
// in a scripted podman.
type batchWorld struct {
	*testing.T
	db, dir string
	podman  scripted.Podman
}

func newBatchWorld(t *testing.T, reports int) *batchWorld {
	t.Helper()
	w := &batchWorld{T: t, dir: t.TempDir(), podman: scripted.New(t)}
	w.db = filepath.Join(w.dir, "test.db")
	for _, name := range []string{"XDG_CACHE_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, w.dir)
	}
	at := time.Now().UTC().Add(-time.Hour)
	w.with(func(db *store.DB) error {
		var page tracker.Page
		for n := range reports {
			page.Reports = append(page.Reports, tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(n + 1)}, Tracker: "almbz", Title: "gizmo", Status: "new",
				Open: true, Release: "9.6", Created: at, Updated: at})
		}
		_, err := db.Commit(t.Context(), "almbz", "AlmaLinux-9", page)
		return err
	})
	return w
}

// with works on the database between two calls of the program.
func (w *batchWorld) with(work func(*store.DB) error) {
	w.Helper()
	db, err := store.Open(w.Context(), w.db, store.Options{})
	must(w, err)
	must(w, work(db))
	must(w, db.Close())
}

// recipe makes a test an accepted recipe.
func (w *batchWorld) recipe(report, test string) {
	w.Helper()
	w.with(func(db *store.DB) error {
		_, err := db.SetRecipe(w.Context(), report, reproduce.Recipe{Summary: "gizmo", Test: test, Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}},
			reproduce.OriginSet, "tester", time.Now())
		return err
	})
}

// run runs the program; with images that are there, or not.
func (w *batchWorld) run(images bool, args ...string) (status int, out, said string) {
	w.Helper()
	config := fmt.Sprintf("[engine]\npodman = %q\npull = \"never\"\nmemory = \"512m\"\n[user]\nname = \"tester\"\n", w.podman.Path)
	if !images {
		config += "[target.alma9]\nimage = \"localhost/no/such:9\"\n[target.stream9]\nimage = \"localhost/no/such:9\"\n"
	}
	file := filepath.Join(w.dir, "config.toml")
	must(w, os.WriteFile(file, []byte(config), 0o600))
	var stdout, stderr bytes.Buffer
	status = Main(w.Context(), append(args, "--config", file, "--db", w.db),
		Stdio{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Env: func(string) string { return "" }})
	return status, stdout.String(), stderr.String()
}

// TestOnlyStale: a round takes what may say something new, and nothing else.
func TestOnlyStale(t *testing.T) {
	w := newBatchWorld(t, 3)
	for _, report := range []string{"almbz#1", "almbz#2"} {
		w.recipe(report, "scripted alma=1 stream=0 # "+report)
	}
	round := []string{"run", "--query", "sort:id", "--only-stale"}
	ran := func(status int, out string, reports ...string) {
		t.Helper()
		var got []string
		for line := range strings.Lines(out) {
			report, _, _ := strings.Cut(line, "\t")
			got = append(got, report)
		}
		if status != exitDone || strings.Join(got, " ") != strings.Join(reports, " ") {
			t.Errorf("status %d, %v; want %v", status, got, reports)
		}
	}

	// The registry is away: both fail, are told, and are tried again.
	status, _, said := w.run(false, round...)
	for _, want := range []string{"almatriage: almbz#1: AlmaLinux 9: step resolve failed: ", "almatriage: almbz#2: AlmaLinux 9: step resolve failed: ",
		"\n2 reports: none has a result; 0 cached, 2 failed, 1 skipped"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	if status != exitPartly {
		t.Errorf("status %d", status)
	}
	status, out, _ := w.run(true, append(round, "--jobs", "1")...)
	ran(status, out, "almbz#1", "almbz#2")

	status, out, said = w.run(true, round...)
	ran(status, out)
	if want := "Nothing to run: 2 reports with an accepted recipe, and none is due; 1 skipped without one.\n"; said != want {
		t.Errorf("got %q, want %q", said, want)
	}
	if status, _, said = w.run(true, "run", "--query", "release:7"); status != exitDone || !strings.Contains(said, "no report with an accepted recipe matches") {
		t.Errorf("status %d: %s", status, said)
	}

	// Another recipe, and a run that was interrupted.
	w.recipe("almbz#2", "scripted alma=1 stream=1")
	status, out, _ = w.run(true, round...)
	ran(status, out, "almbz#2")
	w.with(func(db *store.DB) error {
		return db.BeginRun(t.Context(), reproduce.Run{ID: reproduce.NewID(), Report: "almbz#1", Started: time.Now(), State: reproduce.RunInterrupted})
	})
	status, out, _ = w.run(true, round...)
	ran(status, out, "almbz#1")

	// What a container cannot show is not tried again and again.
	w.with(func(db *store.DB) error {
		_, err := db.SetRecipe(t.Context(), "almbz#3", reproduce.Recipe{Summary: "kernel", Require: []string{"kernel"}, Test: "dmesg",
			Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}, reproduce.OriginSet, "tester", time.Now())
		return err
	})
	status, out, _ = w.run(true, round...)
	ran(status, out, "almbz#3")
	if want := "almbz#3\tneeds-vm\talma9 not run\tstream9 not run\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	status, out, _ = w.run(true, round...)
	ran(status, out)
	if _, out, _ = w.run(true, "run", "almbz#3"); !strings.Contains(out, "\n  AlmaLinux 9          not run\n  CentOS Stream 9      not run\n") {
		t.Errorf("alone:\n%s", out)
	}
}

// TestFailedReportStaysFailed: a batch that goes on counts what failed before it
// as it was counted then.
func TestFailedReportStaysFailed(t *testing.T) {
	w := newBatchWorld(t, 2)
	for _, report := range []string{"almbz#1", "almbz#2"} {
		w.recipe(report, "scripted alma=1 stream=0 # "+report)
	}
	w.with(func(db *store.DB) error {
		return db.BeginBatch(t.Context(), "batch", time.Now(), struct{}{}, []string{"almbz#1", "almbz#2"})
	})
	if status, _, said := w.run(false, "run", "--resume", "--stop-after", "1ns"); status != exitDone || !strings.Contains(said, "2 are left after --stop-after") {
		t.Fatalf("status %d: %s", status, said)
	}
	status, _, said := w.run(false, "run", "--resume")
	if want := "2 reports: none has a result; 0 cached, 2 failed,"; status != exitPartly || !strings.Contains(said, want) {
		t.Errorf("status %d, no %q in:\n%s", status, want, said)
	}
	status, _, said = w.run(true, "run", "--resume=batch")
	if want := "2 reports: none has a result; 0 cached, 2 failed,"; status != exitPartly || !strings.Contains(said, want) {
		t.Errorf("again: status %d, no %q in:\n%s", status, want, said)
	}
	// Nothing is known then, neither of the output nor of packages.
	_, out, _ := w.run(true, "compare", "almbz#1")
	for _, want := range []string{"Output:\n  not known: AlmaLinux 9 and CentOS Stream 9 were not run\n", "  not known: AlmaLinux 9 and CentOS Stream 9 were not prepared\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("compared, no %q in:\n%s", want, out)
		}
	}
}

// TestReportThatCannotBeRun has a line or an object as any other has.
func TestReportThatCannotBeRun(t *testing.T) {
	w := newBatchWorld(t, 2)
	w.recipe("almbz#2", "scripted alma=1 stream=0")
	args := []string{"run", "almbz#1", "almbz#2", "--jobs", "1"}
	status, out, said := w.run(true, args...)
	if status != exitPartly || !strings.HasPrefix(out, "almbz#1\tfailed\nalmbz#2\t") || !strings.Contains(said, "almatriage: almbz#1: ") {
		t.Errorf("status %d, %q, %s", status, out, said)
	}
	status, out, _ = w.run(true, append(args, "--json")...)
	first, second, _ := strings.Cut(out, "\n")
	var failed map[string]any
	must(t, json.Unmarshal([]byte(first), &failed))
	if status != exitPartly || failed["report"] != "almbz#1" || failed["suggestion"] != nil || !strings.Contains(failed["error"].(string), "recipe") || len(failed["targets"].([]any)) != 0 {
		t.Errorf("status %d, %s", status, first)
	}
	if !strings.HasPrefix(second, `{"report":"almbz#2",`) || strings.Contains(second, `"suggestion":null`) {
		t.Errorf("then %s", second)
	}
}

// TestInterruptedWhileItWaits: a question and a file from standard input end with
// the first Ctrl-C.
func TestInterruptedWhileItWaits(t *testing.T) {
	never, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(errInterrupted) })
	a := &app{Stdio: Stdio{In: never, Err: io.Discard}}
	if _, err := a.confirm(ctx, "Accept it?"); exitStatus(err) != exitInterrupted {
		t.Errorf("a question: %v", err)
	}
	if _, err := a.readRecipe(ctx, "-"); exitStatus(err) != exitInterrupted {
		t.Errorf("a recipe: %v", err)
	}
	if _, _, err := a.tmtResults(ctx, "-"); exitStatus(err) != exitInterrupted {
		t.Errorf("results: %v", err)
	}
}
