package texts_test

import (
	"context"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/inbox"
	"github.com/almatriage/almatriage/tui/screen/texts"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

const id = "almbz#5"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bed is a world with a report, the interface over it, and what was posted.
type bed struct {
	*tuitest.Driver
	t      testing.TB
	World  *tuitest.World
	posted []tracker.Note
}

// newBed is a world with the report, where what is posted is taken.
func newBed(t testing.TB, look theme.Name, change ...func(*tracker.Report)) *bed {
	t.Helper()
	b := &bed{t: t, World: tuitest.NewWorld(t, look)}
	b.World.Program = "1.2.3"
	b.World.Services.Post = func(_ context.Context, note tracker.Note) (tracker.Posted, error) {
		b.posted = append(b.posted, note)
		return tracker.Posted{State: tracker.PostAdded, URL: "https://bugs.example.org/view.php?id=5#c7", By: "triager"}, nil
	}
	b.World.Commit(t, tuitest.Report(5, change...))
	return b
}

// ran has the report's recipe run, which says what the two sides show.
func (b *bed) ran(alma, stream bool) *bed {
	b.t.Helper()
	b.World.Play("gizmo", alma, stream, "3.2.0-4.el9", "3.2.0-4.el9")
	b.World.SetRecipe(b.t, id, tuitest.Gizmo, reproduce.OriginSet)
	b.World.Run(b.t, id)
	return b
}

// local is a report that is at no tracker, whose recipe was run.
func (b *bed) local(alma, stream bool) string {
	b.t.Helper()
	r := tuitest.Report(5)
	r.ID, r.URL = tracker.ID{}, ""
	local, err := b.World.DB.SaveLocal(b.World.Ctx, r)
	must(b.t, err)
	b.World.Play("gizmo", alma, stream, "3.2.0-4.el9", "3.2.0-4.el9")
	b.World.SetRecipe(b.t, local.String(), tuitest.Gizmo, reproduce.OriginSet)
	b.World.Run(b.t, local.String())
	return local.String()
}

// decided has a person decide.
func (b *bed) decided(v reproduce.Verdict, note string) *bed {
	b.t.Helper()
	_, err := b.World.DB.Mark(b.World.Ctx, store.Mark{Reports: []string{id}, Verdict: v, Note: note, By: "jo", At: tuitest.Noon()})
	must(b.t, err)
	return b
}

// open shows the list, and over it the texts of a report.
func (b *bed) open(report string, width, height int) *bed {
	b.t.Helper()
	first, err := inbox.ReadFirst(b.World.Ctx, b.World.DB)
	must(b.t, err)
	env := *b.World.Env
	b.Driver = tuitest.New(b.t, &env, func(env *screen.Env) screen.Screen {
		s, err := inbox.New(env, first)
		must(b.t, err)
		return s
	}, width, height)
	b.Send(screen.TextsMsg{Report: report})
	return b
}

// later lets so much time pass that keys are not typed ahead any more.
func (b *bed) later() {
	b.World.Clock = b.World.Clock.Add(time.Second)
	b.Send(struct{}{})
}

// asks tells whether it is asked whether to post.
func (b *bed) asks() bool {
	_, is := b.Root.Top().(*texts.Dialog)
	return is
}

func private(r *tracker.Report) { r.Private = true }

// press presses keys one after the other before anything is answered: what would
// be answered is what it gives.
func (b *bed) press(keys ...string) (cmds []tea.Cmd) {
	for _, key := range keys {
		if _, cmd := b.Root.Update(tuitest.Key(key)); cmd != nil {
			cmds = append(cmds, cmd)
		}
	}
	return cmds
}
