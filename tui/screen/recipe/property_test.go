package recipe_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/recipe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
	"github.com/almatriage/almatriage/tui/widget"
)

// TestViewContract: whatever the texts are and whatever is pressed in whatever
// size, the screen has its size and nothing reaches the terminal that it would
// act on. The driver checks that with each message.
func TestViewContract(t *testing.T) {
	hostile := strings.Join(tuitest.Evil(), " ") + tuitest.Hostile()
	nasty := func(r *tracker.Report) {
		r.Title, r.Body, r.Reporter, r.Package = hostile, strings.Repeat(hostile+"\n", 30), hostile, hostile
		r.Steps = "```\n# dnf install gizmo\n$ gizmo " + hostile + "\n```\n" + strings.Repeat("日", 500)
		r.Release = "9\x1b[2J"
	}
	keys := []string{"a", "e", "r", "D", "h", "y", "tab", "j", "k", "G", "g", "pgdown", "/", "n", "N", "esc", "y", "enter", "x", "down", "up", "left", "end",
		"ctrl+s", "ctrl+g", "ctrl+d", "backspace", "delete", "esc", "esc", "\u202e", "日", "\t"}
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 9 {
		b := open(t, theme.Dark, 80, 24, func(w *tuitest.World) {
			if round%3 == 0 {
				return
			}
			hurt := reproduce.Recipe{Summary: hostile, Test: hostile + "\n" + strings.Repeat("x", 3000), Prepare: hostile, Require: []string{hostile},
				Environment: map[string]string{"A": hostile}, Files: []reproduce.File{{Path: hostile, Data: []byte(hostile)}, {Path: "b", Data: make([]byte, 4000)}}}
			if round%3 == 1 {
				hurt.Source = "test: |\n" + hostile + "\n" + strings.Repeat("\n", 50) + "# " + hostile + "\n" + hostile + ": x"
			}
			if _, err := w.DB.SetRecipe(w.Ctx, id, hurt, reproduce.OriginImported, hostile, w.Clock); err != nil {
				t.Fatal(err)
			}
		}, nasty)
		for range 50 {
			if random.IntN(6) == 0 {
				b.Resize(40+random.IntN(200), 10+random.IntN(60))
			}
			b.Keys(keys[random.IntN(len(keys))])
			if b.closed() {
				break
			}
		}
	}
}

// TestAllSizes draws all scenes in sizes from the least on.
func TestAllSizes(t *testing.T) {
	for _, scene := range scenes {
		b := scene.opened(t, theme.Dark, 80, 24)
		for w := 20; w <= 240; w += 11 {
			for h := 5; h <= 70; h += 5 {
				s := b.screen()
				s.Resize(w, h)
				tuitest.Contract(t, s.View(), w, h)
			}
		}
	}
}

// BenchmarkLarge draws what is large: a report of 64 KiB, and the acceptance of
// as much text as can be accepted here.
func BenchmarkLarge(b *testing.B) {
	world := tuitest.NewWorld(b, theme.Dark)
	world.Commit(b, tuitest.Report(5, func(r *tracker.Report) { r.Body = strings.Repeat("words of a report and $ gizmo add 2 2\n", 1700) }))
	world.SetRecipe(b, id, "test: |\n"+strings.Repeat("  echo \u65e5\u672c and \u202e; gizmo add 2 2 || true\n", 1990), reproduce.OriginImported)
	d := tuitest.New(b, world.Env, func(env *screen.Env) screen.Screen { return recipe.New(env, id) }, 120, 40)
	resize := func(b *testing.B) {
		w := 0
		for b.Loop() {
			w++
			d.Root.Top().Resize(110+w%10, 38)
			d.Root.Top().View()
		}
	}
	b.Run("screen, another width", resize)
	d.Keys("a")
	b.Run("acceptance, another width", resize)
	b.Run("acceptance, scroll", func(b *testing.B) {
		for b.Loop() {
			d.Keys("j")
		}
	})
}

// BenchmarkProblems checks a text as each key does.
func BenchmarkProblems(b *testing.B) {
	for _, n := range []int{20, 100, widget.EditLines - 10} {
		text := tuitest.Gizmo + strings.Repeat("  gizmo add 2 2 # and so on\n", n)
		b.Run(fmt.Sprintf("%d lines", n), func(b *testing.B) {
			for b.Loop() {
				recipe.Problems(text)
			}
		})
	}
}
