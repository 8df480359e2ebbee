package guide_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	domain "github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// scene is a state of the guide that is pictured.
type scene struct {
	name   string
	from   screen.GuideMsg
	change func(*tracker.Report)
	reach  func(b *bed)
}

func grub(r *tracker.Report) { r.Package = "grub2-tools" }

func scenes() []scene {
	about := screen.GuideMsg{Report: id}
	return []scene{
		{name: "bug", reach: func(*bed) {}},
		{name: "found", reach: func(b *bed) { b.Type("gizmo"); b.Keys("enter", "down") }},
		{name: "release", from: about, reach: func(b *bed) { b.Type("11"); b.Keys("enter") }},
		{name: "vm", from: about, change: grub, reach: func(b *bed) { b.walk(domain.Version) }},
		{name: "prepare", from: about, reach: func(b *bed) { b.walk(domain.Prepare) }},
		{name: "history", from: about, reach: func(b *bed) { b.walk(domain.Source); b.Keys("2"); b.Type("2-") }},
		{name: "commands", from: about, reach: func(b *bed) { b.walk(domain.Commands); b.Type("set -x\n") }},
		{name: "happens", from: about, reach: func(b *bed) { b.walk(domain.Happens); b.Keys("j", "j") }},
		{name: "look", from: about, reach: func(b *bed) { b.walk(domain.Look) }},
		{name: "failed", from: about, reach: func(b *bed) {
			b.Env.Person = func() (string, error) { return "", fmt.Errorf("who are you? set [user] name") }
			b.walk(domain.Look)
			b.look()
		}},
		{name: "saving", from: about, reach: (*bed).ran},
		{name: "done", from: about, reach: func(b *bed) { b.ran(); b.Keys("enter"); b.quiet() }},
		{name: "left", from: about, reach: func(b *bed) {
			b.walk(domain.Source)
			b.Keys("esc", "esc", "esc", "esc", "esc", "esc", "esc", "esc", "esc", "esc")
			b.quiet()
			b.Send(screen.GuideMsg{})
		}},
	}
}

// ran has both sides run, and leaves the Bench.
func (b *bed) ran() {
	b.t.Helper()
	b.walk(domain.Look)
	b.look()
	b.Wait("Suggested")
	b.Keys("esc")
	b.at(domain.Save)
}

// quiet lets the toast pass.
func (b *bed) quiet() {
	b.World.Clock = b.World.Clock.Add(60e9)
	b.Send(struct{}{})
}

func (s scene) opened(t *testing.T, look theme.Name, width, height int) *bed {
	t.Helper()
	w := newWorld(t, look, func(r *tracker.Report) {
		if s.change != nil {
			s.change(r)
		}
	})
	b := open(t, w, s.from, width, height)
	s.reach(b)
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

// TestAllSizes draws all scenes in sizes from the least on.
func TestAllSizes(t *testing.T) {
	for _, scene := range scenes() {
		b := scene.opened(t, theme.Dark, 80, 24)
		for w := 20; w <= 240; w += 11 {
			for h := 1; h <= 70; h += 3 {
				s := b.screen()
				s.Resize(w, h)
				tuitest.Contract(t, s.View(), w, h)
			}
		}
	}
}

// TestAnswerStaysInSight: in the least terminal what is typed and chosen is seen.
func TestAnswerStaysInSight(t *testing.T) {
	for _, scene := range scenes() {
		b := scene.opened(t, theme.None, 40, 10)
		switch s := b.screen(); {
		case s.Scope() == "guide-text":
			b.Has("> ")
		case s.Scope() == "guide-edit":
			b.Has(" 1 ")
		case s.At() == domain.Happens:
			b.Has("▸ 3")
		case s.At() == domain.Look:
			b.Has("1 run it", "2 go back")
		}
	}
}

// TestHostile: what reports, hosts and people write is shown harmlessly wherever
// it comes to; the driver looks at every frame.
func TestHostile(t *testing.T) {
	evil := strings.ReplaceAll(strings.Join(tuitest.Evil(), " ")+tuitest.Hostile(), "\x00", "") // that no answer may have
	w := newWorld(t, theme.Dark, func(r *tracker.Report) {
		r.Title, r.Package, r.Reporter, r.Status = "xtitle "+evil, "xpkg "+evil, evil, "xstatus "+evil
		r.Steps = "# gizmo xsteps" + evil + "\n"
	})
	w.Services.Guide = func(ctx context.Context) (domain.Facts, error) {
		f, err := facts(w)(ctx)
		f.Host, f.History = domain.Host{Name: "xhost " + evil}, []string{"xhistory " + evil, "gizmo"}
		return f, err
	}
	w.Services.SaveGuide = func(context.Context, string, string) ([]string, error) { return []string{"xfile " + evil}, nil }
	hurt := reproduce.Recipe{Summary: "xsum " + evil, Test: "xtest\u202e\tx\n", Prepare: "xprepare \u009b\n", Require: []string{"xrequire" + "\u200b"}}
	_, err := w.DB.SetRecipe(w.Ctx, id, hurt, reproduce.OriginImported, evil, w.Clock)
	must(t, err)
	for _, size := range [][2]int{{40, 10}, {80, 24}, {200, 60}} {
		b := open(t, w, screen.GuideMsg{}, size[0], size[1])
		if b.screen().At() == "" { // what the last size left
			b.Has("go on with")
			b.Keys("down", "down", "enter")
		}
		b.Send(tuitest.Key(evil))
		b.Send(pasted(evil))
		b.later()
		b.Keys("enter", "ctrl+u")
		b.Type("xtitle")
		b.Keys("enter")
		b.Has("xtitle")
		b.Keys("down", "enter")
		b.at(domain.Release)
		b.Send(pasted(evil))
		b.Keys("enter")
		b.Has("✗")
		b.Keys("ctrl+u", "enter")
		b.at(domain.Package) // its own is no name, and not offered
		b.Send(pasted(evil))
		b.Keys("enter")
		b.Has("✗")
		b.Keys("ctrl+u")
		b.Type("gizmo")
		b.walk(domain.Prepare)
		b.Has("xprepare")
		b.Send(pasted(evil))
		b.walk(domain.Source)
		b.Keys("2")
		b.Has("xhistory")
		b.Type("1")
		b.Keys("enter")
		b.at(domain.Commands)
		b.Has(`\u001b`)
		b.walk(domain.Happens)
		b.Keys("2")
		b.Send(pasted("xpattern" + evil))
		b.later()
		b.Keys("enter")
		b.walk(domain.Look)
		b.Resize(100, 60)
		b.Has(`\u202e`, "cannot be seen")
		b.Keys("esc", "esc")
		b.Send(screen.CloseMsg{})
	}
}
