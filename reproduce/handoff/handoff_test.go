package handoff_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is the time of everything in these tests.
var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// theirs is Stream's changelog of widget, ours AlmaLinux's.
const (
	ours = "* Mon May 04 2026 Jo Doe <jo@example.org> - 3.2.0-4\n- Rebuild\n"
	news = "* Mon Jun 15 2026 Jo Doe <jo@example.org> - 3.2.0-6\n- Accept a list without an end\n- Resolves: RHEL-12345, CVE-2026-1234\n\n"
)

// world is a case that was run in a scripted lab.
type world struct {
	t       testing.TB
	engine  *labtest.Engine
	memory  *labtest.Memory
	targets []string
	with    []string
	c       handoff.Case
	recipe  reproduce.Recipe
}

func newWorld(t testing.TB, pkg string) *world {
	w := &world{t: t, memory: &labtest.Memory{}, targets: []string{"alma9", "stream9"}}
	w.engine = &labtest.Engine{Now: func() time.Time { return noon }, Scripts: map[string]*labtest.Script{}}
	for _, name := range []string{"alma9", "stream9", "ubi9", "alma8", "ubi8", "stream8", "kitten10", "stream10"} {
		w.engine.Scripts[name] = &labtest.Script{Digest: digest, Took: time.Second}
	}
	w.script("alma9", pkg+"-1.0.3-2.el9_6.x86_64")
	w.script("stream9", pkg+"-1.0.3-2.el9.x86_64")
	w.engine.Scripts["alma9"].OSRelease = map[string]string{"ALMALINUX_MANTISBT_PROJECT": "AlmaLinux-9", "ALMALINUX_MANTISBT_PROJECT_VERSION": "9.6"}
	w.recipe = reproduce.Recipe{Summary: pkg + " does not work", Require: []string{pkg}, Test: pkg + " --check\n", Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}
	w.c = handoff.Case{Program: "1.2.3", Targets: reproduce.BuiltinTargets(), Report: tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Tracker: "almbz",
		URL: "https://bugs.almalinux.org/view.php?id=5", Title: pkg + " --check fails on an empty list", Release: "9.6", Package: pkg, Version: "9.6", Status: "new", Open: true,
		References: tracker.FindReferences("see https://github.com/example/gizmo/issues/7")}}
	return w
}

func (w *world) script(target string, nevras ...string) {
	w.t.Helper()
	script := w.engine.Scripts[target]
	script.Packages = nil
	for _, name := range nevras {
		p, err := rpm.ParseNEVRA(name)
		if err != nil {
			w.t.Fatal(err)
		}
		p.Source, p.SourceEVR = p.Name, p.EVR
		script.Packages = append(script.Packages, p)
	}
}

// plays has sides show the bug, or not.
func (w *world) plays(play map[string]string) *world {
	for target, letters := range play {
		script := w.engine.Scripts[target]
		if script == nil {
			script = &labtest.Script{Took: time.Second}
			w.engine.Scripts[target] = script
		}
		script.Facts = nil
		for _, letter := range letters {
			f := reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest}
			switch letter {
			case 's':
				f.Status, f.Excerpt, f.ErrorLines = 1, "error: the list has no end\n", []string{"error: the list has no end"}
			case 'e':
				f.Status = 127
			case 'c':
				f.Status = 77
			}
			script.Facts = append(script.Facts, f)
		}
	}
	return w
}

// run runs it and gives the case.
func (w *world) run() handoff.Case {
	w.t.Helper()
	lab := &reproduce.Lab{Engine: w.engine, Cache: w.memory, Journal: w.memory, Now: func() time.Time { return noon }, Limits: reproduce.Limits{Memory: 1 << 30, CPUs: 2, Pids: 512, Disk: 4 << 30},
		Timeout: 5 * time.Minute, Budget: 15 * time.Minute, PreparedFor: 24 * time.Hour}
	parsed, err := fmf.Parse("recipe", fmf.Format(w.recipe))
	if err != nil {
		w.t.Fatal(err)
	}
	parsed.Files = w.recipe.Files
	stored := &reproduce.StoredRecipe{Report: w.c.Report.ID.String(), Recipe: parsed, Origin: reproduce.OriginSet, Accepted: parsed.Hash(), AcceptedBy: "tester"}
	req, err := reproduce.NewRequest(&w.c.Report, stored, reproduce.Sides{All: w.c.Targets, Names: w.targets, With: w.with}, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	run, err := lab.Run(w.t.Context(), req, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range run.Sides {
		side := &run.Sides[i]
		side.Prepared.Print.Podman, side.Prepared.Print.Kernel, side.Prepared.Print.Arch = "5.4.0", "6.18.3", "x86_64"
	}
	w.c.Recipe, w.c.Run = stored, &run
	return w.c
}

// cases are one of every kind.
func cases(t testing.TB) map[string]handoff.Case {
	t.Helper()
	all := map[string]handoff.Case{}
	add := func(name string, c handoff.Case) { all[name] = c }
	both := map[string]string{"alma9": "s", "stream9": "s"}
	only := map[string]string{"alma9": "s", "stream9": "n", "stream9+widget": "s"}

	add("stream-reproducible", newWorld(t, "gizmo").plays(both).run())

	w := newWorld(t, "gizmo").plays(map[string]string{"alma9": "sn", "stream9": "ns"})
	w.recipe.Repeat = 6
	add("stream-reproducible-flaky", w.run())

	w = newWorld(t, "frobnicate").plays(map[string]string{"alma9": "s", "stream9": "n"})
	w.script("alma9", "frobnicate-2.4.1-7.el9.alma.1.x86_64")
	w.script("stream9", "frobnicate-2.4.1-7.el9.x86_64")
	add("alma-only", w.run())
	w.c.Report.ID = tracker.ID{Space: "AlmaLinux/container-images", Number: 12}
	w.c.Report.URL = "https://github.com/AlmaLinux/container-images/issues/12"
	add("alma-only-github", w.run())
	w.c.Report.ID, w.c.Report.URL, w.c.Report.Tracker = tracker.ID{Space: tracker.LocalSpace, Number: 1}, "", tracker.LocalSpace
	add("alma-only-local", w.run())
	w.c.Repo = "AlmaLinux/container-images"
	add("alma-only-local-github", w.run())

	w = newWorld(t, "widget").plays(only)
	w.script("alma9", "widget-3.2.0-4.el9_6.x86_64")
	w.script("stream9", "widget-3.2.0-6.el9.x86_64")
	w.engine.Scripts["stream9+widget"].Packages = w.engine.Scripts["alma9"].Packages
	w.engine.Scripts["alma9"].Changelogs = map[string]string{"widget": ours}
	w.engine.Scripts["stream9"].Changelogs = map[string]string{"widget": news + ours}
	add("fixed-in-stream", w.run())
	w.c.Report.ID, w.c.Report.URL = tracker.ID{Space: tracker.LocalSpace, Number: 2}, ""
	add("fixed-in-stream-local", w.run())

	w = newWorld(t, "regress").plays(map[string]string{"alma9": "n", "stream9": "s"})
	w.script("stream9", "regress-5.1.0-1.el9.x86_64")
	w.engine.Scripts["alma9"].Changelogs = map[string]string{"regress": ours}
	w.engine.Scripts["stream9"].Changelogs = map[string]string{"regress": news + ours}
	w.c.Report.Body = "Since the update it fails:\n\n  regress --check\n"
	w.c.Report.References = tracker.FindReferences("RHEL-4711 may be the same")
	add("stream-only", w.run())

	w = newWorld(t, "frobnicate").plays(map[string]string{"alma9": "n", "stream9": "s"})
	w.script("alma9", "frobnicate-2.4.1-7.el9.alma.1.x86_64")
	w.script("stream9", "frobnicate-2.4.1-7.el9.x86_64")
	w.engine.Scripts["alma9"].Changelogs = map[string]string{"frobnicate": "* Mon Jul 06 2026 Al Ma <al@example.org> - 2.4.1-7.alma.1\n- Accept a list without an end (almbz#5)\n\n" + ours}
	w.engine.Scripts["stream9"].Changelogs = map[string]string{"frobnicate": ours}
	add("stream-only-fixed-by-alma", w.run())

	w = newWorld(t, "gizmo").plays(both)
	w.recipe.Prepare, w.recipe.Environment = "dnf -y install epel-release", map[string]string{"LC_ALL": "C.UTF-8", "MODE": "it's $HOME"}
	w.recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: "no (end|list)"}
	w.recipe.Files = []reproduce.File{{Path: "data/list.txt"}, {Path: "run.sh", Executable: true}}
	for _, name := range w.targets {
		w.engine.Scripts[name].Facts[0].Match = &reproduce.Match{Pattern: w.recipe.Oracle.Pattern, Count: 1, Line: "error: the list has no end"}
	}
	add("stream-reproducible-whole-recipe", w.run())

	add("not-reproducible", newWorld(t, "gizmo").plays(map[string]string{"alma9": "n", "stream9": "n"}).run())
	add("inconclusive", newWorld(t, "gizmo").plays(map[string]string{"alma9": "e", "stream9": "s"}).run())

	w = newWorld(t, "kernel")
	w.recipe.Test = "cp --reflink=never big copy\n"
	c := w.run()
	add("needs-vm", c)
	c.Run, c.Decision = nil, &reproduce.Decision{Verdict: reproduce.NeedsVM, By: "jo", At: noon}
	add("needs-vm-without-run", c)

	w = newWorld(t, "gizmo").plays(map[string]string{"alma8": "s", "ubi8": "s", "stream8": "s"})
	w.targets, w.c.Report.Release = []string{"alma8", "ubi8", "stream8"}, "8.10"
	for _, name := range w.targets {
		w.script(name, "gizmo-1.0.3-2.el8.x86_64")
	}
	add("stream-reproducible-ended", w.run())

	w = newWorld(t, "gizmo").plays(map[string]string{"kitten10": "s", "stream10": "s"})
	w.targets, w.c.Report.Release = []string{"kitten10", "stream10"}, "kitten10"
	w.script("kitten10", "gizmo-1.0.3-2.el10.x86_64")
	w.script("stream10", "gizmo-1.0.3-2.el10.x86_64")
	add("stream-reproducible-kitten", w.run())

	c = newWorld(t, "gizmo").plays(both).run()
	imported := *c.Run
	imported.Imported, imported.Author = true, "triager@example.org"
	c.Run = &imported
	add("stream-reproducible-imported", c)

	for _, v := range reproduce.Decidable() {
		c := newWorld(t, "gizmo").plays(both).run()
		c.Decision = &reproduce.Decision{Verdict: v, By: "jo", At: noon, Note: "as the reporter says"}
		add("decided-"+string(v), c)
		c.Run = nil
		add("decided-without-run-"+string(v), c)
	}
	return all
}

// TestGoldenFiles finds those that no case writes any more.
func TestGoldenFiles(t *testing.T) {
	known := map[string]bool{}
	for name := range cases(t) {
		for _, kind := range []string{"comment.md", "comment.txt", "upstream", "conclusion"} {
			known[name+"."+kind+".golden"] = true
		}
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !file.IsDir() && !known[file.Name()] {
			t.Errorf("nothing writes testdata/%s", file.Name())
		}
	}
}

// golden compares a text with the one that was looked at.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// outcome is a text, or the sentence that there is none.
func outcome(text string, err error) string {
	if err != nil {
		if reproduce.CodeOf(err) != reproduce.CodeUsage || strings.Contains(err.Error(), "\n") {
			return fmt.Sprintf("A WRONG ERROR: %v\n", err)
		}
		return "error: " + err.Error() + "\n"
	}
	return text
}

func TestTexts(t *testing.T) {
	for name, c := range cases(t) {
		t.Run(name, func(t *testing.T) {
			text, err := handoff.Comment(c, tracker.Markdown)
			golden(t, name+".comment.md", outcome(text, err))
			text, err = handoff.Comment(c, tracker.PlainText)
			golden(t, name+".comment.txt", outcome(text, err))
			draft, err := handoff.Upstream(c)
			golden(t, name+".upstream", outcome(draft.Text(), err)+"\nKind: "+string(draft.Kind)+"\nOpen: "+draft.Open+"\n")
			golden(t, name+".conclusion", conclusion(c))
		})
	}
}

func conclusion(c handoff.Case) string {
	means, next := handoff.Conclusion(c)
	text := means + "\n- " + strings.Join(next, "\n- ") + "\n"
	for _, command := range handoff.VMCommands(c) {
		text += reproduce.ShellWords(command) + "\n"
	}
	return text
}

// TestSameAgain tells that a text depends on its case alone.
func TestSameAgain(t *testing.T) {
	c := cases(t)["stream-reproducible-whole-recipe"]
	first := draftOf(t, c).Text()
	for range 20 {
		if diff := cmp.Diff(first, draftOf(t, c).Text()); diff != "" {
			t.Fatalf("the draft changes:\n%s", diff)
		}
	}
}

func TestNothingToSay(t *testing.T) {
	c := newWorld(t, "gizmo").c
	if _, err := handoff.Comment(c, tracker.Markdown); reproduce.CodeOf(err) != reproduce.CodeUsage || !strings.Contains(err.Error(), "almatriage run 'almbz#5'") {
		t.Errorf("comment: %v", err)
	}
	if _, err := handoff.Upstream(c); reproduce.CodeOf(err) != reproduce.CodeUsage {
		t.Errorf("upstream: %v", err)
	}
}

func TestPrivate(t *testing.T) {
	c := cases(t)["stream-reproducible"]
	c.Report.Private = true
	c.Report.Comments = []tracker.Comment{{Text: "secret RHEL-777", Private: true, References: tracker.FindReferences("RHEL-777")},
		{Text: "see RHEL-888", References: tracker.FindReferences("RHEL-888")}}
	if _, err := handoff.Upstream(c); reproduce.CodeOf(err) != reproduce.CodeUsage || !strings.Contains(err.Error(), "--include-private") {
		t.Errorf("upstream of a private report: %v", err)
	}
	note, err := handoff.Note(c)
	if err != nil || !note.Private {
		t.Errorf("the note on a private report: private %v, %v", note.Private, err)
	}
	c.IncludePrivate = true
	draft, err := handoff.Upstream(c)
	if err != nil {
		t.Fatal(err)
	}
	if text := draft.Text(); strings.Contains(text, "RHEL-777") || !strings.Contains(text, "RHEL-888") {
		t.Errorf("references of private comments:\n%s", text)
	}
}

// TestConclusionNamesWhatWorks: no step names a command that refuses, whatever
// was decided, and a decision comes first.
func TestConclusionNamesWhatWorks(t *testing.T) {
	for name, c := range cases(t) {
		for _, private := range []bool{false, true} {
			c.Report.Private = private
			means, next := handoff.Conclusion(c)
			steps := strings.Join(next, "\n")
			_, err := handoff.Upstream(c)
			named := strings.Contains(steps, "almatriage upstream")
			if private && strings.Contains(steps, "--include-private drafts it") {
				c.IncludePrivate = true
				_, err = handoff.Upstream(c)
				c.IncludePrivate = false
			}
			if strings.Contains(steps, "almatriage export --format bundle --include-private -o FILE '"+c.Report.ID.String()+"'") != private {
				t.Errorf("%s, private %t: of the evidence the steps say\n%s", name, private, steps)
			}
			if patch := strings.Contains(steps, "almatriage patch"); patch && strings.Contains(steps, "--include-private writes it down") != private {
				t.Errorf("%s, private %t: of the patch the steps say\n%s", name, private, steps)
			}
			if named && err != nil {
				t.Errorf("%s, private %t: upstream is named, and says %v", name, private, err)
			}
			if _, err := handoff.Note(c); strings.Contains(steps, "almatriage comment") != (err == nil) {
				t.Errorf("%s: a comment: %v, and the steps are\n%s", name, err, steps)
			}
			if d := c.Decision; d != nil && !strings.HasPrefix(means, d.By+" decided on 2026-09-01: "+string(d.Verdict)) {
				t.Errorf("%s: it begins with %q", name, means)
			}
			if !c.Report.ID.IsLocal() && strings.Contains(steps, "Report it to AlmaLinux") {
				t.Errorf("%s is reported to AlmaLinux already, and the steps are\n%s", name, steps)
			}
		}
	}
}
