package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/yamltext"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// hostile is the fixture with a short word before it: that the word is shown
// proves that the text came to where it could do harm.
func hostile(word string) string { return word + " " + tuitest.Hostile() }

// The reports of the hostile database. Every text of each is hostile.
const (
	ran      = "almbz#1" // accepted recipe, finished run, decisions
	undraft  = "almbz#2" // no recipe, and commands to draft one of
	drafted  = "almbz#3" // private; a draft that nobody accepted
	failed   = "almbz#4" // a run of which one side failed
	imported = "almbz#5" // all words that the program itself writes are hostile, too
)

// newHostileUser is a person whose database, tracker and podman are hostile.
func newHostileUser(t *testing.T) *user {
	t.Helper()
	u := newUser(t, "")
	server := hostileTracker(t)
	u.write(".config/almatriage/config.toml", hostileConfig(server, u.hostilePodman()))
	u.write(".local/state/almatriage/root-warned", "") // its message would lie over what is looked at
	u.write("missing.toml", hostileConfig(server, "no-such-podman"))
	u.write("broken.toml", "[[tracker]]\nname = "+quoted(hostile("xname"))+"\n[engine]\npull = "+quoted(hostile("xpull"))+"\n")
	u.write("raw.fmf", rawRecipe("xraw"))
	calm, _, _ := strings.Cut(rawRecipe("xcalm"), "test: |")
	u.write("calm.fmf", calm+"test: \"true\"\n") // bash accepts it
	u.write("tmt.yaml", "- name: "+yamltext.Quoted("/tests/"+hostile("xname"))+"\n  result: pass\n")
	u.write("bad.fmf", "summary: "+hostile("xbad")+"\n")
	u.write("wrong.fmf", "test: a\n"+quoted(hostile("xkey"))+": 1\nextra-almatriage:\n  network: "+quoted("xnet"+acceptable())+"\n")
	u.env = append(u.env, alone(u)...)
	fillHostile(t, u.database())
	u.hostileBundles(t)
	return u
}

// alone is an environment in which nothing is reached that is not the test's own.
func alone(u *user) []string {
	return []string{"EDITOR=true", "VISUAL=", "BROWSER=true", "TMUX=", "DISPLAY=", "WAYLAND_DISPLAY=", "NO_COLOR=", "TMPDIR=" + u.home}
}

func (u *user) database() string {
	return filepath.Join(u.home, ".local/share/almatriage/almatriage.db")
}

// quoted is a text as TOML, YAML and JSON write it. What it holds must be
// UTF-8 there.
func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can be written
	}
	return string(safe.JSON(data)) // TOML and YAML know these escapes, too
}

func hostileConfig(server, podman string) string {
	return fmt.Sprintf("[[tracker]]\nname = \"almbz\"\nkind = \"mantis\"\nurl = %q\n[engine]\npodman = %q\n[user]\nname = %s\n[[queue]]\nname = %s\nquery = \"xtitle\"\n",
		server, podman, quoted("xme "+acceptable()), quoted("xqueue "+acceptable()))
}

// hostileTracker answers everything with an error in hostile words.
func hostileTracker(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"message": %s, "code": 11, "localized": %s}`, quoted(hostile("xserver")), quoted(hostile("xlocal")))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// hostilePodman is a podman that says of itself and its images what it wants,
// and fails at all else in hostile words.
func (u *user) hostilePodman() string {
	u.write("said", hostile("xpodman"))
	u.write("info.json", fmt.Sprintf(`{"version": {"Version": %s}, "host": {"arch": "amd64", "cgroupVersion": %s, "security": {"rootless": true}}, "store": {"graphRoot": %s}}`,
		quoted("5.0."+hostile("xversion")), quoted(hostile("xcgroup")), quoted(hostile("xroot"))))
	u.write("images.json", fmt.Sprintf(`[{"Id": %s, "Size": 1, "Labels": {"almatriage.at": "2026-01-01T00:00:00Z", "almatriage.target": %s, "almatriage.kind": %s}}]`,
		quoted(strings.Repeat("0123456789abcdef", 4)), quoted(hostile("xtarget")), quoted(hostile("xkind"))))
	return u.write("podman", fmt.Sprintf(`#!/bin/sh
cd %s
if [ -e hang ]; then exec sleep 60; fi
case " $* " in
*" info "*) exec cat info.json ;;
*" images --filter "*) exec cat images.json ;;
*" ps "*) echo '[]' ;;
*" image inspect "*) echo "Error: image not known" >&2; exit 125 ;;
*) cat said; cat said >&2; exit 125 ;;
esac
`, u.home))
}

// fillHostile makes the database, as syncs, runs and people would.
func fillHostile(t *testing.T, path string) {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, path, store.Options{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	var page tracker.Page
	for n := int64(1); n <= 5; n++ {
		page.Reports = append(page.Reports, hostileReport(n))
	}
	_, err = db.Commit(ctx, "almbz", "AlmaLinux-9", page)
	must(err)
	must(db.SaveSync(ctx, hostile("xtrack"), day(5), hostile("xsync")))
	must(saveHostileRecipes(ctx, db))
	must(putHostileRun(ctx, db, hostileRun(ran)))
	must(putHostileRun(ctx, db, halfRun()))
	must(putHostileRun(ctx, db, importedRun()))
	must(decideHostile(ctx, db))
	must(db.Close())
}

func day(n int64) time.Time { return time.Date(2026, 1, int(n), 12, 0, 0, 0, time.UTC) }

func hostileReport(n int64) tracker.Report {
	h := tuitest.Hostile()
	r := tracker.Report{ID: tracker.ID{Space: "almbz", Number: n}, Tracker: "almbz", URL: "https://xurl.example/" + h, Title: hostile("xtitle"),
		Body: strings.ReplaceAll("xbody H\n\n# xhead H\n\n- xitem H\n\n> xquote H\n\n| xcell H | H |\n|---|---|\n| H | H |\n\n```H\nxcode H\n```\n\n"+
			"[xlink H](https://e.example/H) ![H](H) <https://e.example/H> `xspan H` <b>H</b> &#27;]0;x&#7; &#x9b;31m\n", "H", h),
		Steps: "dnf install gizmo\n\n# gizmo add " + hostile("xsteps") + "\n\n    # gizmo sub " + h + "\n", Additional: hostile("xmore"), Status: hostile("xstate"), Open: true,
		Resolution: hostile("xsolved"), Reproducibility: hostile("xoften"), Severity: hostile("xgrave"), Project: hostile("xproj"), Version: hostile("xvers"),
		Category: hostile("xcat"), Labels: []string{hostile("xlabel"), h}, Reporter: hostile("xwho"), Created: day(n), Updated: day(n + 1), Private: n == 3,
		Release: hostile("xrel"), Package: hostile("xpkg"), References: []tracker.Reference{{Kind: tracker.RefKind(h), Key: hostile("xref"), URL: "https://xref.example/" + h}},
		Attachments: []tracker.Attachment{{ID: 1, Name: "../" + hostile("xfile"), Size: 1, ContentType: hostile("xtype")}}}
	if r.ID.String() == failed { // there are targets for it, so that it can be run
		r.Release = "9"
	}
	for id := range int64(2) {
		r.Comments = append(r.Comments, tracker.Comment{ID: id + 1, Report: r.ID, Author: hostile("xauthor"), Text: r.Body + hostile("xsaid"), Created: day(n), Updated: day(n),
			Private: id == 1, URL: h, References: r.References})
	}
	return r
}

// acceptable is as much of the fixture as files may hold that people write: no
// control characters.
func acceptable() string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return -1
		}
		return r
	}, tuitest.Hostile())
}

// hostileRecipe is a recipe whose every text is hostile, written by fmf: what
// cannot be seen is an escape in the file, and raw in what runs.
func hostileRecipe() reproduce.Recipe {
	h := strings.ReplaceAll(strings.ToValidUTF8(tuitest.Hostile(), ""), "\x00", "")
	return reproduce.Recipe{Summary: "xsum " + acceptable(), Require: []string{"gizmo"}, Test: "echo xtest " + h + "\nexit 1\n",
		Environment: map[string]string{"XENV": "xenv " + h}, Links: []reproduce.Link{{Relation: "verifies", Target: "https://xsee.example/" + h}},
		Prepare: "echo xprep " + h + "\n", Precheck: "echo xcheck " + h + "\n", Oracle: reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: "xpat " + regexp.QuoteMeta(h)},
		Files: []reproduce.File{{Path: "xpath", Data: []byte(h)}}}
}

// rawRecipe is a recipe's file that holds as much of the fixture as it may, as
// it is.
func rawRecipe(summary string) string {
	return "# xremark \u0085" + acceptable() + "\nsummary: " + summary + "\nenvironment:\n  XENV: " + quoted("xenv"+acceptable()) + "\ntest: |\n  echo xtest \u0085" + acceptable() + "\n"
}

// saveHostileRecipes: one as fmf writes it, one with as much as a file may hold
// unwritten, and a draft.
func saveHostileRecipes(ctx context.Context, db *store.DB) error {
	for _, report := range []string{ran, failed, drafted, ran} {
		text := string(fmf.Format(hostileRecipe()))
		if report == failed {
			text = rawRecipe("xsum")
		}
		recipe, err := fmf.Parse("recipe", []byte(text))
		if err != nil {
			return fmt.Errorf("%s: %w", report, err)
		}
		recipe.Files = hostileRecipe().Files
		s := reproduce.StoredRecipe{Report: report, Recipe: recipe, Origin: reproduce.OriginSet, Set: day(2), Author: hostile("xset")}
		if report == drafted {
			s.Origin = reproduce.OriginDraft
		} else {
			s.Accepted, s.AcceptedBy, s.AcceptedAt = recipe.Hash(), hostile("xagree"), day(3)
		}
		if err := db.SaveRecipe(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
