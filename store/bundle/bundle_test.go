package bundle_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tracker"
)

// sameSets compares package sets by what they hold.
var sameSets = cmp.Comparer(func(a, b *rpm.Set) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Hash() == b.Hash() && cmp.Equal(a.Packages(), b.Packages(), cmpopts.EquateEmpty())
})

func hashed(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// layout is the files of a bundle with sets and logs named by their order.
func layout(u *unpacked, w *world) []string {
	known := map[string]string{w.first: "FIRST", w.cited: "CITED", w.broken: "BROKEN", w.told: "TOLD", w.again: "AGAIN"}
	var names []string
	for _, name := range u.names() {
		for id, word := range known {
			name = strings.ReplaceAll(name, id, word)
		}
		if kind, _, ok := strings.Cut(name, "logs/"); ok && len(name) == len(kind)+len("logs/")+36+len(".jsonl") {
			name = kind + "logs/"
		}
		if strings.HasPrefix(name, "packages/") {
			name = "packages/"
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names
}

func TestLayout(t *testing.T) {
	w := newWorld(t)
	evil := "reports/0001-_.._evil#7/"
	evils := []string{evil + "report.json", evil + "recipe.json", evil + "recipe.fmf", evil + "files/" + hashed("../../.bashrc"), evil + "files/" + hashed("/etc/passwd"),
		evil + "files/" + hashed("a\x00\n"), evil + "runs/" + hashed("../../run") + ".json", evil + "logs/" + hashed("../../attempt") + ".jsonl"}
	head := func(dir string) []string {
		return []string{dir + "report.json", dir + "recipe.json", dir + "recipe.fmf", dir + "files/data/in", dir + "files/empty", dir + "files/run.sh"}
	}
	a, b := "reports/0003-almbz#622/", "reports/0004-almbz#622/"
	for _, c := range []struct {
		name    string
		options bundle.Options
		want    [][]string
		summary bundle.Summary
	}{
		{"plain", plain, [][]string{{bundle.HeaderName}, evils, {"reports/0002-AlmaLinux_container-images#12/report.json"}, head(a),
			{"packages/", a + "runs/CITED.json", a + "logs/", "packages/", a + "runs/AGAIN.json", a + "logs/", a + "decisions.json", bundle.ManifestName}},
			bundle.Summary{Reports: 3, Runs: 3, PrivateReports: 1, PrivateComments: 1}},
		{"all", bundle.Options{Private: true, AllRuns: true}, [][]string{{bundle.HeaderName}, evils, {"reports/0002-AlmaLinux_container-images#12/report.json"},
			{"reports/0003-almbz#3/report.json", "reports/0003-almbz#3/recipe.json", "reports/0003-almbz#3/recipe.fmf", "reports/0003-almbz#3/decisions.json"}, head(b),
			{"packages/", b + "runs/FIRST.json", b + "logs/", b + "runs/CITED.json", b + "logs/", "packages/", b + "runs/TOLD.json", b + "logs/", b + "runs/AGAIN.json",
				b + "decisions.json", bundle.ManifestName}},
			bundle.Summary{Reports: 4, Runs: 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, summary := write(t, w.db, all(), c.options)
			u := unpack(t, data)
			if diff := cmp.Diff(slices.Concat(c.want...), layout(u, w)); diff != "" {
				t.Errorf("files (-want +got)\n%s", diff)
			}
			if summary != c.summary {
				t.Errorf("summary %+v, want %+v", summary, c.summary)
			}
			harmless(t, u)
			manifested(t, u, c.options)
		})
	}
}

// harmless checks that unpacking writes nothing outside, and tells of nobody.
func harmless(t *testing.T, u *unpacked) {
	for _, h := range u.headers {
		if !filepath.IsLocal(h.Name) || strings.ContainsFunc(h.Name, func(r rune) bool { return r < ' ' || r == '\\' }) {
			t.Errorf("the path %q", h.Name)
		}
		if h.Typeflag != tar.TypeReg || h.Mode != 0o644 || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || !h.ModTime.Equal(time.Unix(0, 0)) {
			t.Errorf("%s: %+v", h.Name, h)
		}
		if filepath.Ext(h.Name) == ".json" || filepath.Ext(h.Name) == ".jsonl" {
			content := string(u.files[h.Name])
			if i := strings.IndexFunc(content, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\u202e' }); i >= 0 {
				t.Errorf("%s: a control character at %d", h.Name, i)
			}
			if strings.Contains(content, "null") && !strings.HasPrefix(filepath.Base(filepath.Dir(h.Name)), "runs") {
				t.Errorf("%s: null: %s", h.Name, content)
			}
		}
	}
}

// manifested checks the first and the last file.
func manifested(t *testing.T, u *unpacked, o bundle.Options) {
	header := decode[bundle.Header](u, bundle.HeaderName)
	if want := (bundle.Header{Format: "almatriage-bundle", Version: 1, Program: o.Program}); header != want {
		t.Errorf("header %+v, want %+v", header, want)
	}
	got := decode[bundle.Manifest](u, bundle.ManifestName)
	want := bundle.Manifest{MadeOf: []string{hostile.String(), image.String(), gizmo.String()}}
	if o.Private {
		want = bundle.Manifest{MadeOf: []string{hostile.String(), image.String(), closed.String(), gizmo.String()}}
	}
	for _, name := range u.names()[:len(u.headers)-1] {
		want.Files = append(want.Files, bundle.File{Path: name, Size: int64(len(u.files[name])), SHA256: hashed(string(u.files[name]))})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("manifest (-want +got)\n%s", diff)
	}
}

func TestRebuilt(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	data, _ := write(t, w.db, all(), bundle.Options{Author: "ann", Private: true, AllRuns: true})
	u := unpack(t, data)
	for _, id := range all() {
		stored, err := w.db.Report(ctx, id)
		check(t, err)
		if diff := cmp.Diff(stored, u.report(u.dir(id.String())), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-stored +rebuilt)\n%s", id, diff)
		}
	}
	for _, id := range []tracker.ID{gizmo, closed} {
		history, err := w.db.History(ctx, id.String())
		check(t, err)
		if diff := cmp.Diff(history, u.decisions(u.dir(id.String()))); diff != "" {
			t.Errorf("%s: decisions (-stored +rebuilt)\n%s", id, diff)
		}
	}
	for _, id := range []tracker.ID{gizmo, closed, hostile} {
		recipe, err := w.db.Recipe(ctx, id.String())
		check(t, err)
		got := u.recipe(u.dir(id.String()))
		if recipe.Recipe.Source == "" { // then it is written anew
			recipe.Recipe.Source = got.Recipe.Source
		}
		want := &reproduce.StoredRecipe{Report: id.String(), Recipe: recipe.Recipe, Origin: reproduce.OriginImported, Set: recipe.Set, Author: recipe.Author}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: recipe (-stored +rebuilt)\n%s", id, diff)
		}
	}
}

func TestRunsRebuilt(t *testing.T) {
	w := newWorld(t)
	data, _ := write(t, w.db, all(), bundle.Options{Author: "ann", AllRuns: true})
	u := unpack(t, data)
	for _, c := range []struct {
		id      string
		verdict reproduce.Verdict
		sides   int
		quotes  string // from a text that is hidden
	}{
		{w.first, reproduce.NotReproducible, 3, "cannot write /home/user/.local"},
		{w.cited, reproduce.Inconclusive, 3, "upperdir=/home/user/.local"},
		{w.told, reproduce.FixedInStream, 4, "builds in /home/user (RHEL-1234)"},
		{w.again, reproduce.FixedInStream, 4, "builds in /home/user (RHEL-1234)"},
	} {
		stored, err := w.db.Run(t.Context(), c.id)
		check(t, err)
		got := u.run(u.dir(gizmo.String()), c.id)
		if got.Suggestion.Verdict != c.verdict || len(got.Sides) != c.sides || !strings.Contains(strings.Join(got.Suggestion.Reasons, "\n"), c.quotes) {
			t.Errorf("run of %d sides: %+v", len(got.Sides), got.Suggestion)
		}
		if diff := cmp.Diff(got.Suggestion, reproduce.Suggest(*got), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("judged again (-told +now)\n%s", diff)
		}
		if diff := cmp.Diff(texts(t, stored, w.log), texts(t, got, u.logOf)); diff != "" {
			t.Errorf("texts (-stored +rebuilt)\n%s", diff)
		}
		if diff := cmp.Diff(public(stored), got, cmpopts.EquateEmpty(), sameSets); diff != "" {
			t.Errorf("run (-stored +rebuilt)\n%s", diff)
		}
	}
}

// log is an attempt's output as it is stored.
func (w *world) log(id string) (reproduce.Log, error) { return w.db.AttemptLog(w.t.Context(), id) }

// logOf is an attempt's output as the bundle has it.
func (u *unpacked) logOf(id string) (reproduce.Log, error) {
	return reproduce.Log{Lines: u.log(u.dir(gizmo.String()), id)}, nil
}

// public is a stored run without what a bundle leaves out.
func public(run *reproduce.Run) *reproduce.Run {
	run.Owner, run.Author, run.Imported, run.Hints.Text = "", "ann", true, ""
	for i := range run.Sides {
		side := &run.Sides[i]
		side.Image.ID, side.Prepared.ImageID = "", ""
		if side.Err != nil {
			side.Err.Message, side.Err.Output = anonymous(side.Err.Message), anonymous(side.Err.Output)
		}
		for source, text := range side.Prepared.Print.Changelogs {
			side.Prepared.Print.Changelogs[source] = anonymous(text)
		}
		for k := range side.Attempts {
			facts := &side.Attempts[k].Facts
			facts.Excerpt, facts.ErrorLines = anonymous(facts.Excerpt), each(facts.ErrorLines, anonymous)
		}
	}
	run.Suggestion.Reasons = each(run.Suggestion.Reasons, anonymous)
	return run
}

// anonymous says what becomes of the texts of these tests.
func anonymous(s string) string {
	return strings.NewReplacer("/home/jane", "/home/user", "/home/mockbuild", "/home/user",
		"proxyconnect tcp: dial tcp: lookup proxy.corp.example on 10.0.0.53:53", "proxyconnect: dial proxy").Replace(s)
}

// texts is what people read of a run, anonymous.
func texts(t *testing.T, run *reproduce.Run, log func(string) (reproduce.Log, error)) []string {
	var list []string
	for _, result := range run.Results() {
		list = append(list, string(result.Outcome), result.Counts(), result.Trouble(), run.SourceNote(result.Side, noon))
		for _, reading := range result.Readings {
			list = append(list, reading.Why)
		}
		for _, p := range run.PackagesOf(result.Side) {
			list = append(list, p.NEVRA())
		}
		for _, a := range result.Side.Attempts {
			printed, err := log(a.ID)
			check(t, err)
			for _, line := range printed.Lines {
				list = append(list, string(line.Stream)+line.At.String()+line.Text)
			}
		}
	}
	c, err := reproduce.Compare(run, log)
	check(t, err)
	for _, change := range c.Packages {
		list = append(list, change.Source+" "+reproduce.RelationOf(change))
	}
	return each(append(list, c.Output), anonymous)
}

func TestImportedRunKeepsItsAuthor(t *testing.T) {
	w := newWorld(t)
	data, _ := write(t, w.db, []tracker.ID{hostile}, plain)
	u := unpack(t, data)
	run := u.run(u.dir(hostile.String()), hashed("../../run"))
	if run.Author != "mallory" || run.ID != "../../run" {
		t.Errorf("run %q of %q", run.ID, run.Author)
	}
	if diff := cmp.Diff(run.Suggestion, reproduce.Suggest(*run)); diff != "" {
		t.Errorf("judged again (-told +now)\n%s", diff)
	}
	side := run.Sides[0]
	want := &reproduce.StepError{Step: reproduce.StepResolve, Message: "/home/user/a", Advice: "see /home/user/b", Output: "\x1b/home/user/c"}
	if diff := cmp.Diff([]error{want, want}, []error{side.Image.Err, side.Err}); diff != "" {
		t.Errorf("errors (-want +got)\n%s", diff)
	}
	sum := hashed("echo proxy=http://proxy.corp.example >>/etc/dnf/dnf.conf")
	if side.Image.Digest != "" || side.Target.Setup != "# SHA-256 "+sum {
		t.Errorf("digest %q, setup %q", side.Image.Digest, side.Target.Setup)
	}
	told := decode[bundle.Run](u, u.dir(hostile.String())+"runs/"+hashed("../../run")+".json").Sides[0].Target
	if told.SetupSHA256 != sum || told.Setup != "" {
		t.Errorf("setup %q, %q, want %q", told.Setup, told.SetupSHA256, sum)
	}
}

func TestBuiltInSetupIsTold(t *testing.T) {
	w := newWorld(t)
	stream8 := reproduce.BuiltinTargets()["stream8"]
	run := reproduce.Run{ID: "run", Report: image.String(), RecipeHash: (&reproduce.Recipe{}).Hash(), Started: noon, State: reproduce.RunRunning, Sides: []reproduce.Side{{Role: reproduce.RoleThird, Target: stream8}}}
	check(t, w.db.BeginRun(t.Context(), run))
	run.State, run.Finished = reproduce.RunDone, noon
	check(t, w.db.FinishRun(t.Context(), run))
	data, _ := write(t, w.db, []tracker.ID{image}, plain)
	u := unpack(t, data)
	if diff := cmp.Diff(stream8, u.run(u.dir(image.String()), "run").Sides[0].Target); diff != "" || stream8.Setup == "" {
		t.Errorf("target (-built-in +rebuilt)\n%s", diff)
	}
}

func TestPrivate(t *testing.T) {
	w := newWorld(t)
	data, _ := write(t, w.db, all(), plain)
	u := unpack(t, data)
	for _, secret := range []string{"SECRET", "CVE-2026-9999", closed.String() + `"`} {
		if bytes.Contains(u.plain, []byte(secret)) {
			t.Errorf("%s is told", secret)
		}
	}
	if r := decode[bundle.Report](u, u.dir(gizmo.String())+"report.json"); len(r.Comments) != 1 {
		t.Errorf("%d comments", len(r.Comments))
	}
	data, _ = write(t, w.db, all(), bundle.Options{Private: true})
	u = unpack(t, data)
	for _, said := range []string{"SECRET title", "SECRET body", "SECRET comment", "SECRET note", "SECRET recipe", "SECRET reason"} {
		if !bytes.Contains(u.plain, []byte(said)) {
			t.Errorf("%s is not told though it was asked for", said)
		}
	}
}

func TestNothingOfTheComputer(t *testing.T) {
	w := newWorld(t)
	data, _ := write(t, w.db, all(), bundle.Options{Private: true, AllRuns: true})
	u := unpack(t, data)
	run, err := w.db.Run(t.Context(), w.told)
	check(t, err)
	secrets := []string{"+02:00", "jane/", "mockbuild", "boot 77", "471108154799", "proxy.corp", "10.0.0.53", "0ddba11", "id-alma9", run.Sides[0].Prepared.ImageID + `"`}
	for _, secret := range secrets {
		if bytes.Contains(u.plain, []byte(secret)) {
			t.Errorf("%q is told", secret)
		}
	}
}

func TestSameContentSameBytes(t *testing.T) {
	w := newWorld(t)
	o := bundle.Options{Program: "almatriage 1.0", Author: "ann", Private: true, AllRuns: true}
	first, _ := write(t, w.db, all(), o)
	ids := append(all(), all()...)
	slices.Reverse(ids)
	second, _ := write(t, w.db, ids, o)
	if !bytes.Equal(first, second) {
		t.Error("the order of the ids makes a difference")
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	check(t, w.db.Backup(t.Context(), copied, false))
	third, _ := write(t, openAt(t, copied), all(), o)
	if !bytes.Equal(first, third) {
		t.Error("a copy of the database makes a difference")
	}
	o.Program = "almatriage 1.1"
	if other, _ := write(t, w.db, all(), o); bytes.Equal(first, other) {
		t.Error("another content makes no difference")
	}
}

func TestNothingToTell(t *testing.T) {
	w := newWorld(t)
	for _, ids := range [][]tracker.ID{nil, {closed}} {
		data, summary := write(t, w.db, ids, plain)
		u := unpack(t, data)
		if diff := cmp.Diff([]string{bundle.HeaderName, bundle.ManifestName}, u.names()); diff != "" || summary.Reports != 0 || summary.PrivateReports != len(ids) {
			t.Errorf("%v: %+v, files\n%s", ids, summary, diff)
		}
		if text := string(u.files[bundle.ManifestName]); !strings.Contains(text, `"made_of":[]`) {
			t.Errorf("manifest %s", text)
		}
	}
}

func TestWriteFile(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "out.tar.zst")
	check(t, os.WriteFile(path, []byte("before"), 0o600))
	if _, err := bundle.WriteFile(t.Context(), path, w.db, []tracker.ID{gizmo, {Space: "almbz", Number: 999}}, plain); store.CodeOf(err) != store.CodeNotFound {
		t.Errorf("of a report that is not stored: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "before" {
		t.Errorf("it holds %q, %v", data, err)
	}
	summary, err := bundle.WriteFile(t.Context(), path, w.db, all(), plain)
	check(t, err)
	want, told := write(t, w.db, all(), plain)
	data, err := os.ReadFile(path)
	check(t, err)
	if !bytes.Equal(data, want) || summary != told {
		t.Errorf("%d bytes, want %d; %+v, want %+v", len(data), len(want), summary, told)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("beside it lies %v, %v", entries, err)
	}
}

// full is a disk with room for so many bytes.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestErrors(t *testing.T) {
	w := newWorld(t)
	data, _ := write(t, w.db, all(), plain)
	for _, room := range []int{0, len(data) - 1} {
		summary, err := bundle.Write(t.Context(), &full{room}, w.db, all(), plain)
		if err == nil || !strings.HasSuffix(err.Error(), "no space left") || strings.Contains(err.Error(), "\n") || summary != (bundle.Summary{}) {
			t.Errorf("room for %d bytes: %+v, %v", room, summary, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := bundle.Write(ended, &full{1 << 30}, w.db, all(), plain); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
