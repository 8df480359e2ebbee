package tmt_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/tmt"
	"github.com/almatriage/almatriage/tracker"
)

var update = flag.Bool("update", false, "write the golden files anew")

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func parse(t testing.TB, source string, files ...reproduce.File) reproduce.Recipe {
	t.Helper()
	recipe, err := fmf.Parse("main.fmf", []byte(source))
	check(t, err)
	recipe.Files = files
	return recipe
}

// digest is one that a registry could give.
func digest(of string) string { return "sha256:" + strings.Repeat(of, 64) }

func sides(names ...string) (list []tmt.Side) {
	for i, name := range names {
		list = append(list, tmt.Side{Target: reproduce.BuiltinTargets()[name], Digest: digest(fmt.Sprint(i))})
	}
	return list
}

// hostile is what a report and a recipe may try.
const hostile = "$(touch /tmp/almatriage-tmt-owned)\n`id`\"'; rm -rf /\n- name: x\n\x1b[31m ${HOME} \u202e !!python/object"

// items are four recipes: plain, of a declared output, of a folder with a hang,
// and one that means harm.
func items(t testing.TB) []tmt.Item {
	plain := parse(t, "summary: gizmo adds one too many\nrequire: [gizmo]\ntest: |\n  test \"$(gizmo add 2 2)\" = 4\nduration: 90s\nenvironment: {LC_ALL: C.UTF-8}\nlink: [{verifies: \"https://bugs.almalinux.org/view.php?id=5\"}]\n")
	output := parse(t, "summary: prints nonsense\ntest: frobnicate\nextra-almatriage:\n  reproduced-when: {output: '\\bdouble free\\b|(?i)corrupt\\w+', stream: stderr}\n  precheck: command -v frobnicate\n  network: full\n")
	folder := parse(t, "summary: hangs\ntest: ./run.sh\nextra-almatriage:\n  reproduced-when: timeout\n  prepare: dnf -y install epel-release\n",
		reproduce.File{Path: "data/more.fmf", Data: []byte("test: rm -rf /\n")}, reproduce.File{Path: "run.sh", Executable: true, Data: []byte("#!/bin/sh\nsleep 1\n")})
	evil := parse(t, "test: exit 1\n")
	evil.Summary, evil.Test, evil.Precheck = strings.ReplaceAll(hostile, "\n", " "), "true # "+strings.ReplaceAll(hostile, "\n", " "), "true"
	evil.Prepare, evil.Source = "echo $HOME '"+hostile, "summary: "+hostile
	evil.Environment = map[string]string{"recipe": hostile, "work": "/etc", "PATH": "/usr/bin:/bin"}
	evil.Links = []reproduce.Link{{Relation: "verifies", Target: hostile}, {Relation: "nonsense", Target: "https://x.example/"}}
	unrecorded := sides("alma9", "stream9")
	unrecorded[1].Digest = "sha256:$(id)"
	return []tmt.Item{
		{Report: tracker.ID{Space: "almbz", Number: 5}, Title: "gizmo adds", URL: "https://bugs.almalinux.org/view.php?id=5", Recipe: plain, Sides: sides("alma9", "stream9")},
		{Report: tracker.ID{Space: "AlmaLinux/container-images", Number: 12}, Title: "nonsense", URL: "https://github.com/AlmaLinux/container-images/issues/12", Recipe: output, Sides: sides("kitten10", "stream10")},
		{Report: tracker.ID{Space: "almbz", Number: 50}, Title: "it hangs", Recipe: folder, Sides: sides("alma8", "ubi8", "stream8")},
		{Report: tracker.ID{Space: "almbz", Number: 666}, Title: hostile, URL: "javascript:" + hostile, Recipe: evil, Sides: unrecorded},
	}
}

// written is a tree as one text.
func written(files []reproduce.File) string {
	var b strings.Builder
	for _, file := range files {
		mode := ""
		if file.Executable {
			mode = " (executable)"
		}
		switch filepath.Base(file.Path) {
		case "wrap.sh", "read.sh", "signs": // the same everywhere
			fmt.Fprintf(&b, "=== %s%s\n", file.Path, mode)
		default:
			fmt.Fprintf(&b, "=== %s%s\n%s\n", file.Path, mode, file.Data)
		}
	}
	return b.String()
}

func TestTree(t *testing.T) {
	files, err := tmt.Tree(items(t), "almatriage 1.0")
	check(t, err)
	got, golden := written(files), filepath.Join("testdata", "tree.golden")
	if *update {
		check(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	check(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the tree (-want +got):\n%s", diff)
	}
	for _, file := range files {
		if strings.HasSuffix(file.Path, ".fmf") && !strings.Contains(file.Path, "/recipe/") && strings.ContainsAny(string(file.Data), "\x1b\u202e") {
			t.Errorf("%s has characters that cannot be seen", file.Path)
		}
	}
}

// TestLint asks tmt itself, where it is installed.
func TestLint(t *testing.T) {
	files, err := tmt.Tree(items(t), "almatriage 1.0")
	check(t, err)
	dir := filepath.Join(t.TempDir(), "tree")
	check(t, tmt.Write(dir, files))
	program, err := exec.LookPath("tmt")
	if err != nil {
		t.Log("tmt is not in PATH: its own lint was not asked; Check was")
		return
	}
	if out, err := exec.CommandContext(t.Context(), program, "--root", dir, "lint").CombinedOutput(); err != nil {
		t.Errorf("tmt lint: %v\n%s", err, out)
	}
}

// TestRefused has what tmt cannot be told of.
func TestRefused(t *testing.T) {
	for name, change := range map[string]func(*tmt.Item){
		"no target":          func(i *tmt.Item) { i.Sides = nil },
		"library":            func(i *tmt.Item) { i.Recipe.Require = []string{"library(x/y)"} },
		"variable":           func(i *tmt.Item) { i.Recipe.Require = []string{"gizmo-$HOME"} },
		"target of a path":   func(i *tmt.Item) { i.Sides[0].Target.Name = "../../etc/cron" },
		"target main":        func(i *tmt.Item) { i.Sides[0].Target.Name = "main" },
		"image":              func(i *tmt.Item) { i.Sides[0].Image = "quay.io/$HOME:1" },
		"hidden report":      func(i *tmt.Item) { i.Report.Space = ".fmf" },
		"report of a path":   func(i *tmt.Item) { i.Report.Space = "../x" },
		"file of a path":     func(i *tmt.Item) { i.Recipe.Files = []reproduce.File{{Path: "../../main.fmf"}} },
		"file of a drive":    func(i *tmt.Item) { i.Recipe.Files = []reproduce.File{{Path: `C:\x`}} },
		"file twice":         func(i *tmt.Item) { i.Recipe.Files = []reproduce.File{{Path: "a"}, {Path: "a"}} },
		"the target twice":   func(i *tmt.Item) { i.Sides = append(i.Sides, i.Sides[0]) },
		"pattern of nothing": func(i *tmt.Item) { i.Recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: "("} },
	} {
		t.Run(name, func(t *testing.T) {
			item := items(t)[0]
			change(&item)
			if files, err := tmt.Tree([]tmt.Item{item}, "almatriage"); err == nil {
				t.Errorf("written:\n%s", written(files))
			} else {
				t.Log(err)
			}
		})
	}
}

// TestRoundTrip sets the recipe of a tree again: it is the same.
func TestRoundTrip(t *testing.T) {
	all := items(t)
	files, err := tmt.Tree(all[:3], "almatriage")
	check(t, err)
	dir := filepath.Join(t.TempDir(), "new", "tree")
	check(t, tmt.Write(dir, files))
	for _, item := range all[:3] {
		name, err := tmt.TestName(item.Report)
		check(t, err)
		got, err := fmf.ReadDir(filepath.Join(dir, name, "recipe", "files"))
		check(t, err)
		if got.Hash() != item.Recipe.Hash() || got.Oracle != item.Recipe.Oracle {
			t.Errorf("%s: %+v", item.Report, got)
		}
	}
}

// TestWriteKeeps overwrites nothing.
func TestWriteKeeps(t *testing.T) {
	dir := t.TempDir()
	files := []reproduce.File{{Path: "a/b", Data: []byte("x")}}
	check(t, tmt.Write(dir, files)) // empty
	if err := tmt.Write(dir, files); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if err := tmt.Write(broken, []reproduce.File{{Path: "a"}, {Path: "a/b"}}); err == nil {
		t.Error("a file is a folder")
	}
	entries, err := os.ReadDir(filepath.Dir(broken))
	check(t, err)
	if len(entries) > 0 {
		t.Errorf("left: %v", entries)
	}
}
