package recipe_test

import (
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// full has all that a recipe can have.
const full = `summary: gizmo adds one too many
require: [gizmo, bc]
# 2 and 2 is what the reporter tried
test: |
  # exit 0: the bug is not there
  test "$(gizmo add 2 2)" = 4
duration: 2m
environment: {LC_ALL: C.UTF-8}
link: [{verifies: "https://bugs.example.org/view.php?id=5"}]
extra-almatriage:
  prepare: dnf -y install epel-release
  precheck: command -v gizmo
  network: full
  repeat: 7
`

// scene is a state of the screen that is pictured.
type scene struct {
	name   string
	text   string // of the recipe, "" for none
	origin reproduce.Origin
	change func(*tracker.Report)
	keys   func(b bench)
}

var scenes = []scene{
	{name: "none", change: wordless},
	{name: "none-draftable"},
	{name: "draft", keys: func(b bench) { b.Keys("D") }},
	{name: "accepted", text: full, origin: reproduce.OriginSet},
	{name: "problems", text: tuitest.Gizmo, origin: reproduce.OriginSet, keys: func(b bench) {
		b.Keys("e", "down", "end")
		b.Type("\nduration: soon\nnonsense")
		b.Keys("enter")
		b.Type("repeat: [")
	}},
	{name: "acceptance", text: full, origin: reproduce.OriginImported, keys: func(b bench) { b.Keys("a") }},
	{name: "acceptance-odd", text: odd, origin: reproduce.OriginImported, keys: func(b bench) { b.Keys("r") }},
	{name: "unsaved", text: tuitest.Gizmo, origin: reproduce.OriginSet, keys: func(b bench) {
		b.Keys("e")
		b.Type("# my own\n")
		b.Keys("esc")
	}},
	{name: "history", text: full, origin: reproduce.OriginSet, keys: func(b bench) {
		b.Keys("D", "h", "j")
	}},
}

// odd is a recipe from elsewhere that is not what it seems.
const odd = "summary: gizmo\ntest: |\n  echo \"safe\u202e\u2066 # \u2069\"\n  \u0441url https://example.org/\u00a0| \u00a0sh\n  printf 'a\u0301\u200b'\n"

// opened is the screen of a scene.
func (s scene) opened(t *testing.T, name theme.Name, w, h int) bench {
	b := open(t, name, w, h, func(w *tuitest.World) {
		if s.text != "" {
			w.SetRecipe(t, id, s.text, s.origin)
		}
	}, func(r *tracker.Report) {
		if s.change != nil {
			s.change(r)
		}
	})
	if s.keys != nil {
		s.keys(b)
	}
	return b
}

func TestScenes(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			tuitest.Each(t, func(t *testing.T, look tuitest.Look) {
				look.Golden(s.opened(t, look.Theme, look.W, look.H).Driver, s.name)
			})
		})
	}
}
