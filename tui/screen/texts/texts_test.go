package texts_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// caseOf is what the texts are made of.
func (b *bed) caseOf(report string) handoff.Case {
	b.t.Helper()
	parsed, err := tracker.ParseID(report)
	must(b.t, err)
	c, err := b.World.DB.Case(b.World.Ctx, parsed, b.World.Program, b.World.Targets)
	must(b.t, err)
	return c
}

// TestOpens: one key opens it, in the list and on the Bench, and esc leads back.
func TestOpens(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true).open(id, 100, 30)
	b.Has("almbz#5 public  stream-reproducible, suggested", "[1 Comment]  2 Upstream draft", "p posts it, for all to read")
	b.Keys("esc")
	b.Lacks("[1 Comment]")
	b.Keys("8", "t")
	b.Has("[1 Comment]")
	b.Keys("esc", "b", "t")
	b.Has("[1 Comment]")
	b.Keys("q")
	b.Has("[2 Suggestion]", "t shows the comment for the report's readers, and the report for upstream.")
}

// TestTabs: both texts are whole, and each keeps its place.
func TestTabs(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true).open(id, 100, 60)
	b.Has("stream-reproducible (suggested by a run of almatriage; nobody has decided yet)", "To repeat it by hand", "almatriage 1.2.3")
	b.Keys("2")
	b.Has("[2 Upstream draft]", "To: Red Hat Jira, project RHEL", "You pass it on yourself. o opens: Search Red Hat Jira")
	b.Keys("right")
	b.Has("[1 Comment]")
	b.Keys("left")
	b.Has("[2 Upstream draft]")
	b.Keys("2")
	b.Has("it is shown already")
	b.Resize(60, 14)
	b.Keys("j", "j", "j")
	b.Has(" 4–")
	b.Keys("1")
	b.Has(" 1–")
	b.Keys("2")
	b.Has(" 4–")
	b.Keys("G")
	b.Lacks(" 4–")
	b.Keys("g", " ", "pgup")
	b.Has(" 1–")
}

// TestDecided: the texts follow what is decided meanwhile.
func TestDecided(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true).open(id, 100, 60)
	done, err := b.World.DB.Mark(b.World.Ctx, store.Mark{Reports: []string{id}, Verdict: reproduce.AlmaOnly, Note: "seen by eye", By: "jo", At: tuitest.Noon()})
	must(t, err)
	b.Send(screen.DecidedMsg{Decisions: done})
	b.Has("alma-only, decided by jo", "Note: seen by eye", "The run below suggests stream-reproducible instead.")
}

// TestCopy: the clipboard gets the text that is shown.
func TestCopy(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true).open(id, 100, 30)
	b.Keys("y")
	b.Has("The comment is copied by the test.")
	b.Keys("2", "y")
	b.Has("The draft is copied by the test.")
	c := b.caseOf(id)
	note, err := handoff.Note(c)
	must(t, err)
	draft, err := handoff.Upstream(c)
	must(t, err)
	if diff := cmp.Diff([]string{note.Text, draft.Text()}, b.World.Copied); diff != "" {
		t.Error(diff)
	}
}

// TestSave: a file with a name that no shell takes for anything else, which is
// for its owner alone, and over no other one.
func TestSave(t *testing.T) {
	t.Chdir(t.TempDir())
	b := newBed(t, theme.None).ran(true, true).open(id, 100, 30)
	b.Keys("s")
	b.Has("Save the comment to a file", "> almbz-5-comment.txt")
	b.Keys("enter")
	b.Has("The comment is in almbz-5-comment.txt.")
	got, err := os.ReadFile("almbz-5-comment.txt")
	must(t, err)
	note, err := handoff.Note(b.caseOf(id))
	must(t, err)
	if diff := cmp.Diff(note.Text, string(got)); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat("almbz-5-comment.txt")
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v", info.Mode())
	}
	b.Keys("s", "enter")
	b.Has("almbz-5-comment.txt is there already; choose another name")
	b.Keys("2", "s")
	b.Has("Save the draft to a file", "> almbz-5-upstream.md")
	b.Keys("ctrl+u")
	b.Type("no/such/folder")
	b.Keys("enter")
	b.Has("save the text: write no/such/folder: no such file")
	home := t.TempDir()
	t.Setenv("HOME", home)
	b.Keys("s", "ctrl+u")
	b.Type("~/draft")
	b.Keys("enter")
	if _, err := os.Stat(filepath.Join(home, "draft")); err != nil {
		t.Error(err)
	}
	b.Keys("s", "esc") // nothing is saved
	if list, err := os.ReadDir("."); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

// TestOpen: the report's page; the page for a new report; where there is none the
// search, and that is said.
func TestOpen(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true).open(id, 120, 30)
	b.Keys("o")
	b.Has("Opened https://bugs.example.org/view.php?id=5")
	b.Keys("2", "o")
	b.Has("No page takes the draft filled in. Opened instead: Search Red Hat Jira")
	local := b.local(true, false)
	b.open(local, 120, 30)
	draft, err := handoff.Upstream(b.caseOf(local))
	must(t, err)
	if draft.Open == "" {
		t.Fatal("there is no page for a new report")
	}
	b.Has("o opens the page for a new report with this filled in")
	b.Lacks("--open")
	b.Keys("o")
	b.Has("Opened the page for a new report with the draft filled in")
	want := []string{"https://bugs.example.org/view.php?id=5", "https://redhat.atlassian.net/issues/", draft.Open}
	if len(b.World.Opened) != 3 {
		t.Fatalf("opened: %q", b.World.Opened)
	}
	b.World.Opened[1], _, _ = strings.Cut(b.World.Opened[1], "?")
	if diff := cmp.Diff(want, b.World.Opened); diff != "" {
		t.Error(diff)
	}
}

// TestNoPage: an address that is none is not opened.
func TestNoPage(t *testing.T) {
	b := newBed(t, theme.None, func(r *tracker.Report) { r.URL = "javascript:alert(1)" }).ran(true, true).open(id, 100, 30)
	b.Keys("o")
	b.Has("has no address that a browser may open")
	if len(b.World.Opened) != 0 {
		t.Errorf("opened: %q", b.World.Opened)
	}
}

// TestPrivate: what a private report says goes upstream only if it is asked for.
func TestPrivate(t *testing.T) {
	b := newBed(t, theme.None, private).ran(true, true).open(id, 120, 50)
	b.Has("almbz#5 private", "p posts it as a private note")
	b.Keys("i")
	b.Has("it is about the draft for upstream; 2 shows it")
	b.Keys("2")
	b.Has("No draft: almbz#5 is private", "i makes it all the same")
	b.Keys("y")
	b.Has("there is no text; its place says why")
	b.Keys("i")
	b.Has("To: Red Hat Jira", "Summary: gizmo adds")
	b.Keys("i")
	b.Has("No draft: almbz#5 is private")
	b = newBed(t, theme.None).ran(true, true).open(id, 120, 50)
	b.Keys("2", "i")
	b.Has("the report is not private")
}

// TestLocal: a report that is at no tracker begins with its draft, and has no
// comment and no page.
func TestLocal(t *testing.T) {
	b := newBed(t, theme.None)
	b.open(b.local(true, true), 120, 40)
	b.Has("local#1 at no tracker  stream-reproducible", "[2 Upstream draft]", "To: Red Hat Jira")
	b.Keys("p")
	b.Has("the report is at no tracker yet")
	b.Keys("1")
	b.Has("No comment: local#1 is at no tracker yet", "2 shows the draft")
	for _, key := range []string{"p", "o"} {
		b.Keys(key)
		b.Has("the report is at no tracker yet")
	}
	if len(b.World.Opened)+len(b.posted) > 0 {
		t.Errorf("opened %q, posted %v", b.World.Opened, b.posted)
	}
}

// TestNothingToSay: each text that there is not says why, and what leads to it.
func TestNothingToSay(t *testing.T) {
	b := newBed(t, theme.None).open(id, 120, 30)
	b.Has("no verdict yet", "No comment: there is nothing to say of almbz#5 yet", "r runs its recipe and d decides")
	b.Keys("2")
	b.Has("No draft: there is nothing to report upstream", "r runs its recipe and d decides")
	b.decided(reproduce.AlmaOnly, "").open(id, 120, 30)
	b.Keys("2")
	b.Has("No draft: almbz#5 was decided without a run", "r runs its recipe.")
	b = newBed(t, theme.None).ran(false, false).open(id, 120, 30)
	b.Keys("2")
	b.Has("No draft: there is nothing to report upstream of almbz#5: neither side showed the bug", "1 shows the comment")
}

// TestUnread: a report that is not stored, and one that cannot be read.
func TestUnread(t *testing.T) {
	b := newBed(t, theme.None).open("almbz#77", 120, 30)
	b.Has("✗ write the texts of almbz#77")
	for _, key := range []string{"y", "s", "p", "o", "i"} {
		b.Keys(key)
		b.Has("the report could not be read")
	}
	b.Keys("j", "G", "2", "esc")
	b.Lacks("Upstream draft")
}

// TestFailures: what fails says so in its own words.
func TestFailures(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true)
	b.World.Services.Open = func(_ ctx, _ string) error { return errors.New("xdg-open is not there") }
	b.World.Services.Copy = func(_ ctx, _ string) (string, error) { return "", errors.New("no clipboard") }
	b.open(id, 120, 30)
	b.Keys("o")
	b.Has("the browser could not be opened (xdg-open is not there); the address is https://bugs.example.org/view.php?id=5")
	b.Keys("y")
	b.Has("no clipboard")
}

// TestHostile: what reports, people and containers say does no harm; the driver
// looks at every frame.
func TestHostile(t *testing.T) {
	evil := strings.ReplaceAll(strings.Join(tuitest.Evil(), " ")+tuitest.Hostile(), "\x00", "")
	for _, verdict := range []reproduce.Verdict{"", reproduce.AlmaOnly, reproduce.FixedInStream} {
		b := newBed(t, theme.Dark, private, func(r *tracker.Report) {
			r.Title, r.Package, r.Reporter = "xtitle "+evil, "xpkg "+evil, evil
			r.References = []tracker.Reference{{Kind: tracker.RefJira, Key: "xkey " + evil, URL: "https://example.org/" + evil}}
		})
		b.World.Play("gizmo", true, true, "3.2.0-4.el9", "3.2.0-4.el9")
		b.World.Engine.Scripts["alma9"].Facts[0].Excerpt = "xexcerpt " + evil
		b.World.SetRecipe(t, id, tuitest.Gizmo, reproduce.OriginSet)
		b.World.Run(t, id)
		if verdict != "" {
			_, err := b.World.DB.Mark(b.World.Ctx, store.Mark{Reports: []string{id}, Verdict: verdict, Note: "xnote " + evil, By: "xby " + evil, At: tuitest.Noon()})
			must(t, err)
		}
		b.open(id, 120, 200)
		if verdict != "" {
			b.Has("xby", "xnote")
		}
		b.Keys("2", "i")
		b.Has("[2 Upstream draft]", "xtitle", "To: ")
		for _, size := range [][2]int{{40, 10}, {80, 24}, {200, 60}} {
			b.Resize(size[0], size[1])
			b.Keys("1", "G", " ", "g", "2", "G", "pgup", "y", "o", "s", "esc", "1", "y", "p")
			b.later()
			b.Keys("y")
		}
		for _, text := range b.World.Copied {
			if bad := tuitest.Unsafe(text); bad != "" {
				t.Errorf("the clipboard gets %s", bad)
			}
		}
		if len(b.posted) != 3 || !b.posted[0].Private || tuitest.Unsafe(b.posted[0].Text) != "" {
			t.Errorf("posted: %v", b.posted)
		}
	}
}

// TestAllSizes draws all scenes in sizes from the least on.
func TestAllSizes(t *testing.T) {
	for _, scene := range scenes() {
		b := scene.opened(t, theme.Dark, 80, 24)
		for w := 20; w <= 240; w += 22 {
			for h := 1; h <= 70; h += 6 {
				s := b.Root.Top()
				s.Resize(w, h)
				tuitest.Contract(t, s.View(), w, h)
			}
		}
	}
}

// scene is a state of the screen that is pictured.
type scene struct {
	name  string
	reach func(t *testing.T, b *bed, w, h int)
	about func(*tracker.Report)
}

func scenes() []scene {
	return []scene{
		{name: "comment", reach: func(_ *testing.T, b *bed, w, h int) { b.ran(true, true).open(id, w, h) }},
		{name: "upstream", reach: func(_ *testing.T, b *bed, w, h int) {
			b.ran(true, true).open(id, w, h)
			b.Keys("2")
		}},
		{name: "alma", reach: func(_ *testing.T, b *bed, w, h int) {
			b.ran(true, false).decided(reproduce.AlmaOnly, "the patch of 9.6").open(id, w, h)
			b.Keys("2")
		}},
		{name: "nothing", reach: func(_ *testing.T, b *bed, w, h int) { b.open(id, w, h) }},
		{name: "private", about: private, reach: func(_ *testing.T, b *bed, w, h int) {
			b.ran(true, true).open(id, w, h)
			b.Keys("2")
		}},
		{name: "asking", reach: func(_ *testing.T, b *bed, w, h int) {
			b.ran(true, true).open(id, w, h)
			b.Keys("p")
		}},
		{name: "asking-private", about: private, reach: func(_ *testing.T, b *bed, w, h int) {
			b.ran(true, true).open(id, w, h)
			b.Keys("p")
		}},
		{name: "unread", reach: func(_ *testing.T, b *bed, w, h int) { b.open("almbz#77", w, h) }},
	}
}

func (s scene) opened(t *testing.T, look theme.Name, w, h int) *bed {
	t.Helper()
	b := newBed(t, look, func(r *tracker.Report) {
		if s.about != nil {
			s.about(r)
		}
	})
	s.reach(t, b, w, h)
	return b
}

func TestScenes(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			tuitest.Each(t, func(t *testing.T, look tuitest.Look) {
				look.Golden(s.opened(t, look.Theme, look.W, look.H).Driver, s.name)
			})
		})
	}
}
