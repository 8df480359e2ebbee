package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// guideReports are reports that people want to be guided on.
func guideReports(t testing.TB, db *DB) {
	t.Helper()
	commitReports(t, db,
		report(1, func(r *tracker.Report) {
			r.Title, r.Release, r.Package = "gizmo adds one too many", "9.6", "gizmo"
			r.Steps = "Install and add:\n\n$ sudo dnf install gizmo\n$ gizmo add 2 2\n5\n"
		}),
		report(2, func(r *tracker.Report) { r.Title, r.Release, r.Package = "kernel oops on boot", "9.6", "kernel" }),
		report(3, func(r *tracker.Report) { r.Title = "the gizmo window is green"; r.Body = "I click and it is green." }),
		report(4, func(r *tracker.Report) { r.Title, r.Release, r.Package = "gnome-shell flickers", "10.1", "gnome-shell" }),
	)
}

func guideFacts() guide.Facts {
	return guide.Facts{Targets: reproduce.BuiltinTargets(), Now: noon, History: []string{"ls", "gizmo add 2 2", "echo done"},
		Locator: tracker.Locator{Trackers: []tracker.Place{{Name: "almbz", Kind: "mantis", URL: "https://bugs.example.org"}}}}
}

func beginGuide(t testing.TB, db *DB, g *guide.Guide) guide.Session {
	t.Helper()
	s, err := guide.Begin(t.Context(), g, guideFacts(), db)
	must(t, err)
	return s
}

// step gives an answer that must be taken.
func step(t testing.TB, s guide.Session, question guide.Question, text string) guide.Session {
	t.Helper()
	if at := s.Guide().At; at != question {
		t.Fatalf("asked %s (%s), not %s", at, s.Ask().Text, question)
	}
	next, err := s.Answer(t.Context(), text, noon)
	if err != nil {
		t.Fatalf("%s %q: %v", question, text, err)
	}
	return next
}

// walkGuide gives answers in turn, "question=text", killing the guide before
// each: what is stored must be asked the same.
func walkGuide(t testing.TB, db *DB, s guide.Session, answers ...string) guide.Session {
	t.Helper()
	for _, answer := range answers {
		question, text, _ := strings.Cut(answer, "=")
		g := s.Guide()
		stored, err := db.Guide(t.Context(), g.ID)
		must(t, err)
		again := beginGuide(t, db, stored)
		if diff := cmp.Diff(s.Ask(), again.Ask()); diff != "" {
			t.Fatalf("taken up again, %s is asked otherwise:\n%s", question, diff)
		}
		s = step(t, again, guide.Question(question), text)
	}
	return s
}

func TestGuideOnAReport(t *testing.T) {
	db := open(t)
	guideReports(t, db)
	s := walkGuide(t, db, beginGuide(t, db, guide.New()), "bug=almbz#1", "release=", "package=", "version=gizmo-1.0.3-2.el9_6.x86_64", "require=", "prepare=",
		"network=", "source=", "commands=", "happens=prints", "pattern=5")
	a := s.Ask()
	if a.Question != guide.Look || a.Default != "" {
		t.Fatalf("asked %+v", a)
	}
	for _, want := range []string{"    gizmo", "    gizmo add 2 2", "The test reaches no network.", "The bug is there if a line has 5."} {
		if !slices.Contains(a.Notes, want) {
			t.Errorf("the look does not tell %q: %q", want, a.Notes)
		}
	}
	s = step(t, s, guide.Look, "yes")
	s, req, err := s.Accept(t.Context(), db, "tester", noon)
	must(t, err)
	stored, err := db.Recipe(t.Context(), "almbz#1")
	must(t, err)
	if !stored.IsAccepted() || stored.Recipe.Hash() != req.Recipe.Hash() || req.Report != "almbz#1" || req.Hints.Package != "gizmo" {
		t.Errorf("request %+v of recipe %+v", req, stored)
	}
	if got := req.Recipe; got.Test != "gizmo add 2 2\n" || !slices.Equal(got.Require, []string{"gizmo"}) || got.Oracle != (reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: "5"}) {
		t.Errorf("recipe %+v", got)
	}
	var names []string
	for _, target := range req.Targets {
		names = append(names, target.Name)
	}
	if !slices.Equal(names, []string{"alma9", "stream9"}) {
		t.Errorf("targets %v", names)
	}
	s, err = s.Ran(t.Context(), "run-1", noon)
	must(t, err)
	s = walkGuide(t, db, s, "save=-")
	if g := s.Guide(); g.At != guide.Done || g.Run != "run-1" {
		t.Errorf("ended as %+v", g)
	}
	left, err := db.Guides(t.Context())
	must(t, err)
	if len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func TestGuideOnANewBug(t *testing.T) {
	db := open(t)
	guideReports(t, db)
	s := beginGuide(t, db, guide.New())
	s = step(t, s, guide.Bug, "gizmo window")
	if a := s.Ask(); a.Question != guide.Bug || len(a.Choices) != 1 || a.Choices[0].Key != "almbz#3" {
		t.Fatalf("words found %+v", a)
	}
	s = walkGuide(t, db, s, "bug=new", "title=gizmo adds one too much", "same=no", "release=9", "package=gizmo", "version=", "require=", "prepare=dnf -y install epel-release",
		"network=yes", "source=history", "history=2", "commands=", "happens=fails", "look=yes")
	s, req, err := s.Accept(t.Context(), db, "tester", noon)
	must(t, err)
	if req.Report != "local#1" || s.Guide().Report != "local#1" || req.Recipe.Summary != "gizmo adds one too much" || req.Recipe.Network != reproduce.NetworkFull ||
		req.Recipe.Test != "gizmo add 2 2\n" || req.Recipe.Prepare != "dnf -y install epel-release\n" {
		t.Errorf("request %+v", req)
	}
	r, err := db.Report(t.Context(), tracker.ID{Space: tracker.LocalSpace, Number: 1})
	must(t, err)
	if r.Title != "gizmo adds one too much" || r.Release != "9" || r.Package != "gizmo" || r.Steps != "gizmo add 2 2\n" || !r.Open {
		t.Errorf("report %+v", r)
	}
	// Gone back to and changed, it stays the same report.
	for s.Guide().At != guide.Title {
		s, err = s.Back(t.Context(), noon)
		must(t, err)
	}
	s = walkGuide(t, db, s, "title=gizmo sums are wrong", "release=", "package=", "version=", "require=", "prepare=", "network=", "source=", "history=", "commands=", "happens=", "look=yes")
	_, req, err = s.Accept(t.Context(), db, "tester", noon)
	must(t, err)
	if req.Report != "local#1" || req.Recipe.Summary != "gizmo sums are wrong" {
		t.Errorf("changed: %+v", req)
	}
	if n, err := db.List(t.Context(), query.Query{Terms: []query.Term{{Key: query.KeyTracker, Value: "local"}}}, 0); err != nil || len(n) != 1 {
		t.Errorf("%d local reports, %v", len(n), err)
	}
}

func TestGuideFindsTheSameBug(t *testing.T) {
	db := open(t)
	guideReports(t, db)
	s := walkGuide(t, db, beginGuide(t, db, guide.New()), "bug=new", "title=Gizmo adds one too much!", "same=1")
	if g := s.Guide(); g.Report != "almbz#1" || g.At != guide.Release || g.Answers[guide.Title] != "" {
		t.Errorf("went on with %+v", g)
	}
}

func TestGuideSaysWhatAContainerCannotShow(t *testing.T) {
	db := open(t)
	guideReports(t, db)
	s := walkGuide(t, db, beginGuide(t, db, guide.New()), "bug=almbz#2", "release=", "package=")
	warned := strings.Join(s.Warnings(), "\n")
	for _, want := range []string{"kernel: the kernel inside a container is the host's", "nothing will be run here", "bcvk ephemeral run-ssh quay.io/centos-bootc/centos-bootc:stream9",
		"tmt run provision --how virtual --image almalinux-9"} {
		if !strings.Contains(warned, want) {
			t.Errorf("no %q in:\n%s", want, warned)
		}
	}
	if _, needed := s.VM(); !needed {
		t.Error("no virtual machine is needed")
	}
	s = walkGuide(t, db, beginGuide(t, db, guide.New()), "bug=almbz#4", "release=", "package=")
	warned = strings.Join(s.Warnings(), "\n")
	if _, needed := s.VM(); needed || !strings.Contains(warned, "a container has no screen") || !strings.Contains(warned, "--image almalinux-10") {
		t.Errorf("of graphics: needed %v, %s", needed, warned)
	}
}

func TestGuideRefusesWhatIsNoAnswer(t *testing.T) {
	db := open(t)
	guideReports(t, db)
	at := map[guide.Question][]string{guide.Bug: {"", "nosuch#5", "https://example.com/5"}, guide.Release: {"7", "fedora"}, guide.Package: {"two words", "-x", "$(reboot)"},
		guide.Require: {"-y"}, guide.Network: {"perhaps"}, guide.Source: {"else"}, guide.Commands: {}, guide.Happens: {"", "c"}, guide.Pattern: {"/(/", ""}}
	s := beginGuide(t, db, guide.New())
	for _, answer := range []string{"bug=almbz#1", "release=", "package=", "version=", "require=", "prepare=", "network=", "source=", "commands=", "happens=prints", "pattern=5"} {
		question, good, _ := strings.Cut(answer, "=")
		for _, bad := range at[guide.Question(question)] {
			if question == "happens" && bad == "" {
				continue // means the default
			}
			next, err := s.Answer(t.Context(), bad, noon)
			if reproduce.CodeOf(err) != reproduce.CodeUsage && !(question == "happens" && err == nil) {
				t.Errorf("%s %q: %v", question, bad, err)
			}
			if err != nil && next.Guide().At != s.Guide().At {
				t.Errorf("%s %q went on to %s", question, bad, next.Guide().At)
			}
		}
		s = step(t, s, guide.Question(question), good)
	}
}

func TestGuideKeepsWhatIsTyped(t *testing.T) {
	db := open(t)
	guideReports(t, db)
	s := walkGuide(t, db, beginGuide(t, db, guide.New()), "bug=almbz#3", "release=9", "package=gizmo", "version=", "require=", "prepare=", "network=", "source=type")
	s, err := s.Type(t.Context(), "gizmo add 2 2\ngizmo ad", noon)
	must(t, err)
	g, err := db.Guide(t.Context(), s.Guide().ID)
	must(t, err)
	if g.Typed != "gizmo add 2 2\ngizmo ad" || g.At != guide.Commands {
		t.Errorf("kept %+v", g)
	}
	if a := beginGuide(t, db, g).Ask(); !slices.Contains(a.Notes, "The report's own text shows no commands.") {
		t.Errorf("it does not say that it found none: %+v", a)
	}
}

func TestGuidesAreListed(t *testing.T) {
	db := open(t)
	guideReports(t, db)
	var want []string
	for i := range 3 {
		s := beginGuide(t, db, guide.New())
		s, err := s.Answer(context.Background(), fmt.Sprintf("almbz#%d", i+1), noon.Add(time.Duration(i)*time.Minute))
		must(t, err)
		want = append([]string{fmt.Sprintf("%d almbz#%d %s", s.Guide().ID, i+1, guide.Release)}, want...)
	}
	list, err := db.Guides(t.Context())
	must(t, err)
	var got []string
	for _, g := range list {
		got = append(got, fmt.Sprintf("%d %s %s", g.ID, g.Name(), g.At))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	must(t, db.DropGuide(t.Context(), list[0].ID))
	wantCode(t, db.DropGuide(t.Context(), list[0].ID), CodeNotFound)
	_, err = db.Guide(t.Context(), list[0].ID)
	wantCode(t, err, CodeNotFound)
}
