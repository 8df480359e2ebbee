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
	for words, want := range map[string]string{"is:draft": "1 recipe that nobody has accepted is left out", "is:private": "1 private report is left out; --include-private", "is:flaky": ""} {
		said.Reset()
		err := runExportTmt(t.Context(), a, []string{words}, exportOptions{output: dir + "2"})
		if exitStatus(err) != exitNotFound || !strings.Contains(said.String(), want) || want == "" && said.Len() > 0 {
			t.Errorf("%s: %v, status %d, and it said %q", words, err, exitStatus(err), said)
		}
	}
	if err := runExportTmt(t.Context(), a, []string{"almbz#4"}, exportOptions{output: dir + "2"}); exitStatus(err) != exitFailed {
		t.Errorf("of one that cannot be exported: %v, status %d", err, exitStatus(err))
	}
	if status := exitStatus(runExportTmt(t.Context(), a, nil, exportOptions{output: "-", private: false})); status != exitUsage {
		t.Errorf("to a pipe: status %d", status)
	}
	if err := runExportTmt(t.Context(), a, []string{"is:private"}, exportOptions{output: dir + "3", private: true}); err != nil {
		t.Error(err)
	}
}

// TestPrivateLeavesOnlyWhenAsked: what is made of one report tells what it says.
func TestPrivateLeavesOnlyWhenAsked(t *testing.T) {
	a, said := tmtWorld(t)
	dir := filepath.Join(t.TempDir(), "tree")
	patch := func(private bool) func() error {
		return func() error {
			return runPatch(t.Context(), a, "almbz#2", patchOptions{url: "https://example.org/fix", pkg: "gizmo", release: "7.el9", email: "jo@example.org",
				verdict: "alma-only", private: private})
		}
	}
	tree := func(private bool) func() error {
		return func() error {
			return runRecipeExport(t.Context(), a, "almbz#2", dir, []string{"alma9"}, private)
		}
	}
	for name, refused := range map[string]func() error{"patch": patch(false), "tree": tree(false)} {
		if err := refused(); exitStatus(err) != exitUsage || !strings.Contains(err.Error(), "almbz#2 is private") || !strings.Contains(err.Error(), "--include-private") {
			t.Errorf("%s: %v", name, err)
		}
	}
	db, err := a.store(t.Context())
	must(t, err)
	if list, err := db.History(t.Context(), "almbz#2"); err != nil || len(list) > 0 {
		t.Errorf("it is decided: %v, %v", list, err)
	}
	if out := a.Out.(*bytes.Buffer).String() + said.String(); out != "" {
		t.Errorf("it said %q", out)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("there is a tree: %v", err)
	}
	must(t, patch(true)())
	must(t, tree(true)())
	for _, want := range []string{"The report is private: whoever reads the configuration", "The report is private: whoever reads the tree"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
}
