package podman_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// limits are small: several attempts run at once on a small machine.
var limits = reproduce.Limits{Memory: 256 << 20, CPUs: 2, Pids: 128, Disk: 512 << 20}

// engine is a real one on the fixture images; it leaves nothing behind.
func engine(t testing.TB) *podman.Engine {
	t.Helper()
	fixture.Use(t)
	return engineAsSet(t)
}

// engineAsSet is an engine under the environment as it is.
func engineAsSet(t testing.TB) *podman.Engine {
	t.Helper()
	return engineWith(t, podman.Config{Dir: t.TempDir()})
}

func engineWith(t testing.TB, cfg podman.Config) *podman.Engine {
	t.Helper()
	e, err := podman.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// side resolves a target's image.
func side(t testing.TB, e *podman.Engine, name string) (reproduce.Target, reproduce.Image) {
	t.Helper()
	target := fixture.Targets()[name]
	images, err := e.Resolve(t.Context(), []reproduce.Target{target}, reproduce.PullNever, nil)
	if err != nil {
		t.Fatal(err)
	}
	if images[0].Err != nil {
		t.Fatal(images[0].Err)
	}
	return target, images[0]
}

// attempt runs a recipe once on the bare AlmaLinux image.
func attempt(t testing.TB, e *podman.Engine, recipe reproduce.Recipe, change func(*reproduce.AttemptSpec)) reproduce.Result {
	t.Helper()
	target, image := side(t, e, "alma9")
	spec := reproduce.AttemptSpec{ID: "almatriage-" + reproduce.NewID(), Run: "test", Target: target, Image: image.ID, Recipe: &recipe,
		Number: 1, Timeout: 20 * time.Second, Limits: limits}
	if change != nil {
		change(&spec)
	}
	result, err := e.Attempt(t.Context(), spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func text(log reproduce.Log, stream reproduce.Stream) string {
	var all []string
	for _, l := range log.Lines {
		if l.Stream == stream {
			all = append(all, l.Text)
		}
	}
	return strings.Join(all, "\n")
}

func TestAttemptTellsExitStatuses(t *testing.T) {
	e := engine(t)
	// Statuses that podman uses itself, and that a test may give.
	for _, status := range []int{0, 1, 77, 124, 125, 126, 127, 137, 139, 143, 255} {
		result := attempt(t, e, reproduce.Recipe{Test: "exit " + itoa(status)}, nil)
		if result.Facts.End != reproduce.EndExited || result.Facts.Status != status || result.Facts.Step != reproduce.StepTest {
			t.Errorf("exit %d: %+v", status, result.Facts)
		}
	}
}

func itoa(n int) string {
	return strings.TrimSpace(strings.Join([]string{string(rune('0' + n/100)), string(rune('0' + n/10%10)), string(rune('0' + n%10))}, ""))
}

func TestAttemptSeparatesStreamsAndEcho(t *testing.T) {
	e := engine(t)
	result := attempt(t, e, reproduce.Recipe{Test: "set -x\nprintf 'out\\n'; printf err >&2", Precheck: "echo checking",
		Environment: map[string]string{"WORD": "it's $(id) `id` \"x\""}}, nil)
	if got := text(result.Log, reproduce.Stdout); got != "out" {
		t.Errorf("stdout %q", got)
	}
	if got := text(result.Log, reproduce.Stderr); got != "err" {
		t.Errorf("stderr %q", got)
	}
	if got := text(result.Log, reproduce.Trace); !strings.Contains(got, "printf") {
		t.Errorf("trace %q", got)
	}
}

func TestPodmanIsThere(t *testing.T) {
	fixture.Use(t)
	if out, err := exec.Command("podman", "version", "--format", "{{.Client.Version}}").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestPrepareInstallsAndPrints(t *testing.T) {
	e := engine(t)
	target, image := side(t, e, "stream9")
	spec := reproduce.PrepareSpec{Target: target, Image: image, Require: []string{"gizmo", "needscrb"}, MaxAge: time.Hour, Limits: limits}
	prepared, err := e.Prepare(t.Context(), spec, func(ev reproduce.Event) { t.Log(ev.Kind, ev.Step, ev.Text, ev.Line.Text, ev.Err) })
	if err != nil {
		t.Fatal(err)
	}
	print := prepared.Print
	t.Log(print.OSRelease["PRETTY_NAME"], print.Arch, print.Level, print.HostLevel, print.Kernel, print.Podman, print.Repos, print.Dropped, len(print.Packages.Packages()))
	t.Log(print.Required)
	if len(print.Required["gizmo"]) != 1 {
		t.Errorf("required: %v", print.Required)
	}
}

// TestPreparingIsLost: a step whose container leaves no verdict is done once more,
// and no more than that.
func TestPreparingIsLost(t *testing.T) {
	fixture.Use(t)
	const script = `#!/bin/sh
[ "$1" = run ] || exec podman "$@"
podman "$@"
status=$?
for word; do
	case $word in
	*:/almatriage/out:*) if [ "$(wc -l <%[1]s/lost)" -lt %[2]d ]; then echo >>%[1]s/lost; rm -f "${word%%%%:*}/verdict"; fi ;;
	esac
done
exit $status
`
	for most, want := range map[int]string{1: "", 2: "the container was lost"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "podman")
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "lost"), nil, 0o600), os.WriteFile(path, fmt.Appendf(nil, script, dir, most), 0o700)); err != nil {
			t.Fatal(err)
		}
		e := engineWith(t, podman.Config{Podman: path, Dir: t.TempDir()})
		target, image := side(t, e, "stream9")
		prepared, err := e.Prepare(t.Context(), reproduce.PrepareSpec{Target: target, Image: image, Require: []string{"gizmo"}, Again: true, MaxAge: time.Hour, Limits: limits}, nil)
		if want == "" && (err != nil || len(prepared.Print.Required["gizmo"]) != 1 || len(prepared.Print.Packages.Packages()) == 0) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("lost %d times: %v, %v", most, prepared.Print.Required, err)
		}
	}
}
