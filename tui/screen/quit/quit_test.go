package quit_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/screen/quit"
	"github.com/almatriage/almatriage/tui/screen/stats"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// open opens the dialog while the runs of some reports go on.
func open(t *testing.T, unsaved bool, reports ...string) *tuitest.Driver {
	t.Helper()
	w := tuitest.NewWorld(t, theme.None)
	w.Engine.Hold = func(ctx context.Context, _ reproduce.AttemptSpec) { <-ctx.Done() }
	d := tuitest.New(t, w.Env, func(env *screen.Env) screen.Screen { return stats.New(env) }, 100, 24)
	all := reproduce.BuiltinTargets()
	for _, report := range reports {
		d.Send(bench.ReadyMsg{Report: report, Request: reproduce.Request{Report: report, Recipe: reproduce.Recipe{Test: "true"},
			Targets: []reproduce.Target{all["alma9"], all["stream9"]}}})
	}
	d.Send(screen.OpenMsg{Screen: quit.New(w.Env, unsaved)})
	return d
}

// It names what goes on and what would be lost, and says what each answer does.
func TestWhatIsAsked(t *testing.T) {
	for _, c := range []struct {
		unsaved    bool
		reports    []string
		has, lacks []string
	}{
		{false, []string{"almbz#1"}, []string{"Quit while something runs?", "1 run goes on: almbz#1", "c  cancel", "l  quit, and let it go on in the background; its result is", "esc  stay"}, []string{"not stored"}},
		{false, []string{"almbz#1", "x/y#2"}, []string{"2 runs go on: almbz#1, x/y#2", "l  quit, and let them go on in the background; their results are"}, nil},
		{true, []string{"almbz#1"}, []string{"1 run goes on", "what is typed is not stored yet"}, nil},
		{true, nil, []string{"Quit, and lose what is typed?", "quit all the same", "esc  stay"}, []string{"l  quit", "run goes on"}},
		{false, []string{tuitest.Hostile()}, []string{"1 run goes on"}, nil}, // the driver checks the frame
		{false, []string{strings.Repeat("long/name", 40) + "#1"}, []string{"1 run goes on"}, nil},
	} {
		d := open(t, c.unsaved, c.reports...)
		d.Has(c.has...)
		d.Lacks(c.lacks...)
		d.Resize(40, 10)
	}
}

// Each answer is the one that its key stands for; what cannot be done says why.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		reports []string
		key     string
		quits   bool
		left    int
		says    string
	}{
		{[]string{"almbz#1"}, "c", true, 0, ""},
		{[]string{"almbz#1"}, "y", true, 0, ""},
		{[]string{"almbz#1", "almbz#2"}, "l", true, 2, ""},
		{[]string{"almbz#1"}, "esc", false, 0, ""},
		{[]string{"almbz#1"}, "n", false, 0, ""},
		{[]string{"almbz#1"}, "enter", false, 0, ""}, // too near to what was pressed before
		{nil, "l", false, 0, "nothing runs"},
		{nil, "c", true, 0, ""},
	} {
		d := open(t, len(c.reports) == 0, c.reports...)
		d.Keys(c.key)
		if left := d.Root.Outcome().Left; d.Quit != c.quits || len(left) != c.left {
			t.Errorf("%s with %q: quits %t, leaves %q", c.key, c.reports, d.Quit, left)
		}
		told := slices.ContainsFunc(d.Seen, func(msg tea.Msg) bool {
			toast, ok := msg.(screen.ToastMsg)
			return ok && strings.Contains(toast.Text, c.says)
		})
		if c.says != "" && !told {
			t.Errorf("%s with %q does not say %q:\n%s", c.key, c.reports, c.says, d.Screen())
		}
	}
}
