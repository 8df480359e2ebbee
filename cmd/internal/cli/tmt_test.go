package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// tmtWorld is a program on a database with a report of each kind: 1 has run, 2
// is private, 3 has a draft, 4 tells no release, 5 has no recipe.
func tmtWorld(t *testing.T) (*app, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	said := &bytes.Buffer{}
	env := func(name string) string { return map[string]string{"USER": "tester"}[name] }
	a := &app{Stdio: Stdio{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: said, Env: env}}
	a.flags.db, a.flags.config = filepath.Join(dir, "test.db"), filepath.Join(dir, "config.toml")
	must(t, os.WriteFile(a.flags.config, nil, 0o600))
	must(t, a.setUp())
	t.Cleanup(func() { must(t, a.close()) })
	db, err := a.store(t.Context())
	must(t, err)
	now := time.Now().UTC().Add(-time.Hour)
	_, err = db.Merge(t.Context(), func(m *store.Merger) error {
		for n := range 5 {
			r := tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(n + 1)}, URL: "https://bugs.example.org/1", Title: "gizmo", Release: "9", Created: now, Updated: now}
			if r.Private = n == 1; n == 3 {
				r.Release = ""
			}
			if _, err := m.Report(r); err != nil {
				return err
			}
		}
		image := reproduce.Image{Target: "alma9", Ref: "quay.io/almalinuxorg/almalinux:9", Digest: "sha256:" + strings.Repeat("a", 64)}
		run := reproduce.Run{ID: reproduce.NewID(), Report: "almbz#1", Started: now, Finished: now, State: reproduce.RunDone, Imported: true,
			Sides: []reproduce.Side{{Target: reproduce.BuiltinTargets()["alma9"], Role: reproduce.RoleAlma, Image: image}}}
		return m.Run(run, func(string) ([]reproduce.LogLine, error) { return nil, nil })
	})
	must(t, err)
	for report, origin := range map[string]reproduce.Origin{"almbz#1": reproduce.OriginSet, "almbz#2": reproduce.OriginSet, "almbz#3": reproduce.OriginDraft, "almbz#4": reproduce.OriginSet} {
		_, err := db.SetRecipe(t.Context(), report, reproduce.Recipe{Summary: "gizmo", Test: "exit 3"}, origin, "ann", now)
		must(t, err)
	}
	return a, said
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestExportTmt: one tree of all that can be in it, and why others are not.
func TestExportTmt(t *testing.T) {
	a, said := tmtWorld(t)
	dir := filepath.Join(t.TempDir(), "tree")
	if status := exitStatus(runExportTmt(t.Context(), a, nil, exportOptions{output: dir, private: false})); status != exitPartly {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{"1 test and 2 plans", "1 private report is left out", "1 recipe that nobody has accepted is left out", "almbz#4 is left out: the report does not say which release",
		"No run has recorded an image of almbz#1 on stream9:"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	for plan, want := range map[string]string{"alma9": "quay.io/almalinuxorg/almalinux@sha256:aaaa", "stream9": "quay.io/centos/centos:stream9"} {
		data, err := os.ReadFile(filepath.Join(dir, "plans", "almbz", "1", plan+".fmf"))
		must(t, err)
		if !strings.Contains(string(data), "image: \""+want) {
			t.Errorf("%s:\n%s", plan, data)
		}
	}
	if status := exitStatus(runExportTmt(t.Context(), a, []string{"-is:private"}, exportOptions{output: dir, private: false})); status != exitUsage {
		t.Errorf("over another tree: status %d", status)
	}
	if status := exitStatus(runExportTmt(t.Context(), a, []string{"is:draft"}, exportOptions{output: dir + "2", private: false})); status != exitFailed {
		t.Errorf("of nothing: status %d", status)
	}
	if status := exitStatus(runExportTmt(t.Context(), a, nil, exportOptions{output: "-", private: false})); status != exitUsage {
		t.Errorf("to a pipe: status %d", status)
	}
	if err := runExportTmt(t.Context(), a, []string{"is:private"}, exportOptions{output: dir + "3", private: true}); err != nil {
		t.Error(err)
	}
}
