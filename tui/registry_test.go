package tui_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// TestRegistry: every action has a name of its own in its scope's words, a
// title, and keys that mean nothing else there.
func TestRegistry(t *testing.T) {
	named := regexp.MustCompile(`^[a-z]+(\.[a-z0-9-]+)+$`)
	type place struct {
		scope action.Scope
		id    string
	}
	seen, first := map[place]bool{}, map[string]action.Action{}
	meaning := map[action.Scope]map[string]string{}
	for _, a := range tui.Actions() {
		if !named.MatchString(a.ID) || strings.TrimSpace(a.Title) == "" || a.Scope == "" || a.Run == nil {
			t.Errorf("%+v is no whole action", a)
		}
		if seen[place{a.Scope, a.ID}] {
			t.Errorf("there are two actions %s in the scope %s", a.ID, a.Scope)
		}
		seen[place{a.Scope, a.ID}] = true
		// One that is had in two scopes is the same in both: it has one name in
		// the configuration.
		if other, ok := first[a.ID]; !ok {
			first[a.ID] = a
		} else if other.Title != a.Title || !slices.Equal(other.Keys, a.Keys) {
			t.Errorf("%s is %q %q in %s and %q %q in %s", a.ID, other.Title, other.Keys, other.Scope, a.Title, a.Keys, a.Scope)
		}
		if meaning[a.Scope] == nil {
			meaning[a.Scope] = map[string]string{}
		}
		for _, key := range a.Keys {
			if other := meaning[a.Scope][key]; other != "" {
				t.Errorf("%q is %s and %s in %s", key, other, a.ID, a.Scope)
			}
			meaning[a.Scope][key] = a.ID
		}
	}
	for scope, keys := range meaning {
		for key, id := range keys {
			if other := meaning[action.Global][key]; other != "" && scope != action.Global {
				t.Errorf("%q is %s in %s and %s everywhere", key, id, scope, other)
			}
		}
	}
}

// TestEveryScopeIsTried: no scope is left out below.
func TestEveryScopeIsTried(t *testing.T) {
	tried := map[action.Scope]bool{action.Global: true}
	for _, s := range spots() {
		tried[s.scope] = true
	}
	for _, a := range tui.Actions() {
		if !tried[a.Scope] {
			t.Errorf("nothing of the scope %s is tried, as %s", a.Scope, a.ID)
		}
	}
}

// spot is a state of the interface from which keys are tried.
type spot struct {
	name  string
	goTo  func(d *tuitest.Driver)
	scope action.Scope // whose actions are had there
}

// burst are keys that come as one message, as quick ones do.
func burst(keys string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(keys)} }

// on puts the cursor of the Inbox on a report.
func on(d *tuitest.Driver, n int) { d.Send(burst("8g" + strings.Repeat("j", n-1))) }

// world is the one that a spot is in.
func (s spot) world(t *testing.T) *tuitest.World {
	if s.name == "inbox, empty" {
		return tuitest.NewWorld(t, theme.None)
	}
	w := filled(t)
	if s.scope != "answer" {
		hold(w)
	}
	return w
}

func press(n int, keys ...string) func(*tuitest.Driver) {
	return func(d *tuitest.Driver) {
		on(d, n)
		d.Keys(keys...)
	}
}

// guided opens a guide of a new bug that has come as far as is said.
func guided(change func(*guide.Guide), keys ...string) func(*tuitest.Driver) {
	return func(d *tuitest.Driver) {
		g := guide.New()
		g.Answers = map[guide.Question]string{guide.Bug: screen.NewBug, guide.Title: "gizmo adds one too many, anew", guide.Release: "9.6", guide.Package: "gizmo",
			guide.Commands: strings.TrimPrefix(long("echo"), " "), guide.Happens: "fails"}
		change(g)
		must(d.T, d.Env.DB.SaveGuide(d.Env.Ctx, g))
		d.Send(screen.GuideMsg{Resume: g.ID})
		d.Keys(keys...)
	}
}

// spots are all scopes, in states in which as much as possible can be done, and
// after those others in which it cannot.
func spots() []spot {
	typed := func(n int, text string, keys ...string) func(*tuitest.Driver) {
		return func(d *tuitest.Driver) {
			press(n, keys...)(d)
			d.Type(text)
		}
	}
	then := func(first func(*tuitest.Driver), keys ...string) func(*tuitest.Driver) {
		return func(d *tuitest.Driver) {
			first(d)
			d.Keys(keys...)
		}
	}
	return []spot{
		{"inbox", then(typed(1, "gizmo", "/"), "enter", "g", "j", "j", "j", "j", "j", "j", "j", "k", "J", "J", "J", "n", "n", "n", "n", "n", "n", "n", "n"), action.Inbox},
		{"inbox, decided", press(1, "d", "s", "d", "a", "u"), action.Inbox},
		{"inbox, nothing done yet", func(*tuitest.Driver) {}, action.Inbox},
		{"inbox, nothing in it", then(typed(1, "nowhere", "/"), "enter"), action.Inbox},
		{"inbox, reading", press(10, "enter", "j", "j", "j"), action.Inbox},
		{"inbox, empty", func(*tuitest.Driver) {}, action.Inbox},
		{"inbox, small", func(d *tuitest.Driver) { d.Resize(60, 12) }, action.Inbox},
		{"inbox, one runs", press(runnable, "r", "esc"), action.Inbox},
		{"filter", typed(10, "gizmo i", "/"), action.Filter},
		{"bench", press(judged, "b", "1", "k", "k", "k"), action.Bench},
		{"bench, found", then(typed(judged, "output", "b", "1", "/"), "enter", "k", "k"), action.Bench},
		{"bench, finding", typed(judged, "output", "b", "1", "/"), action.Bench},
		{"bench, finding where nothing is", then(typed(runnable, "x", "r", "/"), "right"), action.Bench},
		{"bench, suggestion", press(judged, "b", "2", "j"), action.Bench},
		{"bench, running", press(runnable, "r"), action.Bench},
		{"bench, never run", press(bare, "b"), action.Bench},
		{"bench, asking", func(d *tuitest.Driver) { press(asking, "r")(d); d.Wait("Is the bug there") }, "answer"},
		{"recipe", press(decided, "e", "j", "j", "j"), action.Recipe},
		{"recipe, found", then(typed(decided, "echo", "e", "/"), "enter", "pgdown", "n", "j"), action.Recipe},
		{"recipe, none", press(bare, "e"), action.Recipe},
		{"recipe, draft", press(drafted, "e", "j", "j"), action.Recipe},
		{"recipe, searching", typed(decided, "echo", "e", "/"), "recipe-search"},
		{"recipe, editing", typed(decided, "# ", "e", "e", "down"), "recipe-edit"},
		{"recipe, wrong", typed(decided, "x", "e", "e", "down"), "recipe-edit"},
		{"recipe, accepting", press(drafted, "e", "a", "j", "j", "j"), "recipe-accept"},
		{"recipe, read", press(drafted, "e", "a", "G"), "recipe-accept"},
		{"recipe, history", press(drafted, "e", "h", "j", "J", "J", "J"), "recipe-history"},
		{"guide", guided(func(g *guide.Guide) { g.At = guide.Same }, "k", "k"), action.Guide},
		{"guide, looking", func(d *tuitest.Driver) {
			d.Resize(60, 12)
			guided(func(g *guide.Guide) { g.At = guide.Look }, "pgdown")(d)
		}, action.Guide},
		{"guide, looked", guided(func(g *guide.Guide) { g.At = guide.Look }, "pgdown", "j"), action.Guide},
		{"guide, typing", guided(func(g *guide.Guide) { g.At, g.Words, g.Answers = guide.Bug, "gizmo", nil }, "down", "down"), "guide-text"},
		{"guide, needs a machine", guided(func(g *guide.Guide) { g.At, g.Answers[guide.Package] = guide.Version, "kernel" }), "guide-text"},
		{"guide, editing", func(d *tuitest.Driver) {
			d.Resize(60, 12)
			guided(func(g *guide.Guide) { g.At, g.Answers[guide.Package] = guide.Commands, "kernel" }, "shift+down")(d)
		}, "guide-edit"},
		{"guide, not run", guided(func(g *guide.Guide) { g.At = guide.Run }), "guide-run"},
		{"guide, running", guided(func(g *guide.Guide) { g.At = guide.Run }, "enter", "esc"), "guide-run"},
		{"guide, done", guided(func(g *guide.Guide) { g.At, g.Report, g.Answers[guide.Bug] = guide.Done, id(decided), id(decided) }), "guide-done"},
		{"decide", func(d *tuitest.Driver) { press(judged, "d")(d); d.Resize(60, 12); d.Keys("j") }, action.Decide},
		{"decide, no suggestion", press(bare, "d"), action.Decide},
		{"decide, typing", typed(judged, "why", "d", "m"), "decide.text"},
		{"history", press(decided, "h", "j"), action.History},
		{"history, none", press(bare, "h"), action.History},
		{"history, asking", press(decided, "h", "t"), "history.confirm"},
		{"stats", func(d *tuitest.Driver) { d.Resize(60, 12); d.Keys("#", "j", "j") }, action.Stats},
		{"message", func(d *tuitest.Driver) {
			d.Send(screen.ToastMsg{Text: long("said")})
			d.Keys("~", "j", "j", "j")
		}, action.Message},
		{"quit", press(runnable, "r", "esc", "ctrl+c"), action.Quit},
		{"prompt", typed(1, "no/such/ending.x", "E", "ctrl+u"), action.Prompt},
		{"prompt, empty", press(1, "E", "ctrl+u"), action.Prompt},
		{"copy", press(decided, "y"), action.Copy},
		{"texts", press(decided, "t", "j", "j"), action.Texts},
		{"texts, upstream", press(judged, "t", "2", "j"), action.Texts},
		{"texts, private", func(d *tuitest.Driver) {
			_, err := d.Env.DB.Commit(d.Env.Ctx, "almbz", "AlmaLinux-9", tracker.Page{Reports: []tracker.Report{tuitest.Report(70, func(r *tracker.Report) { r.Private = true })}})
			must(d.T, err)
			d.Send(screen.TextsMsg{Report: id(70)})
			d.Keys("2")
		}, action.Texts},
		{"texts, asking", press(judged, "t", "p"), "texts.post"},
		{"palette", press(1, "?", "down", "down", "down"), action.Palette},
	}
}

// moves are the last words of actions that only move: where there is nothing to
// move to they may do nothing, but not in the first spot of their scope.
var moves = regexp.MustCompile(`\.[a-z]*(down|up|top|bottom|first|last|match|matchback|earlier|later|earliest|latest)$`)

// only are the spots that were made for some actions, and these.
var only = map[string][]string{
	"inbox, decided":                  {"inbox.undo", "inbox.redo"},
	"inbox, one runs":                 {"inbox.cancel", "inbox.bench", "inbox.run", "inbox.fresh", "global.quit", "global.close"},
	"inbox, empty":                    {"inbox.demo"},
	"bench, finding where nothing is": {"bench.accept", "bench.match"},
	"recipe, read":                    {"recipe.agree"},
	"recipe, wrong":                   {"recipe.problem", "recipe.save"},
	"guide, looking":                  {"guide.pagedown", "guide.pageup", "guide.take", "guide.take1"},
	"guide, looked":                   {"guide.down", "guide.up", "guide.take", "guide.take2"},
	"guide, needs a machine":          {"guide.copy"},
	"guide, running":                  {"guide.cancel", "guide.again", "guide.bench"},
	"decide, no suggestion":           {"decide.accept"},
	"texts, private":                  {"texts.private"},
}

const (
	isThere = "it is where one is already"
	noTabs  = "there is no run, and so nothing in any tab"
)

// without are keys that change nothing where they are tried, and why that is
// right.
var without = map[string]string{
	"inbox, nothing done yet: inbox.queue1": isThere,
	"inbox, small: inbox.queue1":            isThere,
	"bench: bench.output":                   isThere,
	"bench, found: bench.output":            isThere,
	"bench, suggestion: bench.suggestion":   isThere,
	"bench, never run: bench.nexttab":       noTabs,
	"bench, never run: bench.lasttab":       noTabs,
	"bench, never run: bench.output":        noTabs,
	"bench, never run: bench.suggestion":    noTabs,
	"bench, never run: bench.diff":          noTabs,
	"bench, never run: bench.packages":      noTabs,
	"bench, never run: bench.changelog":     noTabs,
}

// shifted are the spots whose screen is scrolled when the help has lain over it
// and taken its lines: what is done from there is seen from elsewhere.
var shifted = []string{"bench", "bench, found", "bench, finding", "bench, suggestion", "recipe, editing", "recipe, wrong", "guide, looking", "guide, editing"}

// trial has a fresh interface for every key, over a world that is made anew
// only when the last key changed it.
type trial struct {
	t     *testing.T
	spot  spot
	w     *tuitest.World
	watch *store.Watch
	same  bool // nothing changed the world since it was made
	again bool // another spot has tried all keys of the scope
	done  *sync.Map
}

func newTrial(t *testing.T, s spot) *trial {
	r := &trial{t: t, spot: s}
	t.Cleanup(r.end)
	return r
}

func (r *trial) end() {
	if r.watch != nil {
		must(r.t, r.watch.Close())
		r.watch = nil
	}
}

// fresh is the interface at the spot.
func (r *trial) fresh() *tuitest.Driver {
	r.t.Helper()
	if !r.same {
		r.end()
		r.w = r.spot.world(r.t)
		var err error
		r.watch, err = r.w.DB.Watch(r.w.Ctx)
		must(r.t, err)
		r.same = true
	}
	d := open(r.t, r.w, 90, 20)
	r.spot.goTo(d)
	if r.spot.scope == "answer" || r.spot.scope == "texts.post" { // a question takes no answer that was typed before it was seen
		r.w.Clock = r.w.Clock.Add(time.Second)
		d.Send(tea.FocusMsg{})
	}
	r.look(d) // of what it took to get there nothing is told
	return d
}

// sight is what can be noticed of the interface.
type sight struct {
	view           string
	top            string
	quit, changed  bool
	took, running  int
	copied, opened string
	left           string
}

// look notices, and tells whether the world is still as it was.
func (r *trial) look(d *tuitest.Driver) sight {
	r.t.Helper()
	changed, err := r.watch.Changed(r.w.Ctx)
	must(r.t, err)
	running := len(r.w.Runs.Running())
	r.same = r.same && !changed && running == 0
	s := sight{view: d.Root.View(), top: fmt.Sprintf("%T", d.Root.Top()), quit: d.Quit, changed: changed, took: d.Took, running: running,
		copied: strings.Join(r.w.Copied, "\n"), opened: strings.Join(r.w.Opened, "\n"), left: strings.Join(d.Root.Outcome().Left, " ")}
	if running > 0 { // how far it is by now is not what is compared
		s.view, s.changed = "", false
	}
	r.w.Copied, r.w.Opened = nil, nil
	return s
}

// text tells that a key is text where something is typed.
func text(key string) bool { return len([]rune(key)) == 1 }

// keysOf are the keys of an action that are no text now.
func keysOf(d *tuitest.Driver, a action.Action) []string {
	return slices.DeleteFunc(slices.Clone(d.Env.Keys.Keys(a.ID)), func(key string) bool { return d.Root.Top().Typing() && text(key) })
}

// TestEveryKeyWorks walks the registry: what the help of a state lists is what
// the registry has there, every key of it does something that can be noticed,
// picking it from the list does the same, and what cannot be done says why.
func TestEveryKeyWorks(t *testing.T) {
	var done sync.Map // by id: it could be done somewhere
	t.Run("spots", func(t *testing.T) { everyKeyWorks(t, &done) })
	for _, a := range tui.Actions() {
		if _, could := done.Load(a.ID); !could {
			t.Errorf("%s could be done nowhere", a.ID)
		}
	}
}

func everyKeyWorks(t *testing.T, done *sync.Map) {
	all := spots()
	for n, s := range all {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			r := newTrial(t, s)
			r.done = done
			r.again = slices.ContainsFunc(all[:n], func(other spot) bool { return other.scope == s.scope })
			d := r.fresh()
			if got := d.Root.Top().Scope(); got != s.scope {
				t.Fatalf("the scope is %s, not %s:\n%s", got, s.scope, d.Screen())
			}
			list := d.Root.ActionsNow()
			r.whole(list)
			r.listed(list)
			for i, a := range list {
				if r.tries(a) {
					r.try(i)
				}
			}
		})
	}
}

// whole checks that what a screen has is what the registry has of its scope and
// of all screens.
func (r *trial) whole(list []action.Action) {
	r.t.Helper()
	ids := func(list []action.Action) string {
		var out []string
		for _, a := range list {
			if a.Scope == action.Global || a.Scope == r.spot.scope {
				out = append(out, a.ID)
			}
		}
		slices.Sort(out)
		return strings.Join(out, "\n")
	}
	if diff := cmp.Diff(ids(tui.Actions()), ids(list)); diff != "" {
		r.t.Errorf("the screen has other actions than the registry (-registry +screen):\n%s", diff)
	}
}

// opens is the key that opens the list of actions, and the list's order.
func opens(d *tuitest.Driver) (string, []action.Action) {
	list := d.Root.ActionsNow()
	if !d.Root.Top().Typing() {
		return "?", list
	}
	can := slices.DeleteFunc(slices.Clone(list), func(a action.Action) bool { ok, _ := a.Can(); return !ok })
	cannot := slices.DeleteFunc(slices.Clone(list), func(a action.Action) bool { ok, _ := a.Can(); return ok })
	return "ctrl+p", append(can, cannot...)
}

// listed checks that the help has a line for every action: its keys, its title
// and why it cannot be done.
func (r *trial) listed(list []action.Action) {
	r.t.Helper()
	if r.spot.scope == action.Palette {
		return // it is the list itself
	}
	d := r.fresh()
	key, order := opens(d)
	d.Keys(key)
	r.w.Clock = r.w.Clock.Add(time.Minute) // no message lies over it
	d.Resize(240, len(list)+20)
	r.w.Clock = tuitest.Noon()
	lines := strings.Split(d.Screen(), "\n")
	from := slices.IndexFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "── Help") || strings.HasPrefix(l, "── What to do")
	})
	if from < 0 {
		r.t.Fatalf("%s opens no list:\n%s", key, d.Screen())
	}
	rows := lines[from+2 : len(lines)-2]
	if len(rows) != len(order) {
		r.t.Fatalf("the help has %d lines for %d actions:\n%s", len(rows), len(order), d.Screen())
	}
	for i, a := range order {
		want := a.Title
		if can, why := a.Can(); !can {
			want += "  (not now: " + why + ")"
		}
		var labels []string
		for _, key := range d.Env.Keys.Keys(a.ID) {
			labels = append(labels, action.Label(key))
		}
		row, named := strings.CutSuffix(rows[i][2:], "  "+a.ID)
		row = strings.TrimRight(row, " ")
		if !named || !strings.HasPrefix(row, strings.Join(labels, " ")) || !strings.HasSuffix(row, want) {
			r.t.Errorf("the help's line of %s is %q, not %q and %q", a.ID, row, labels, want)
		}
	}
}

// tries tells whether an action is tried here: the global ones are the same
// everywhere, but for those that depend on where one is.
func (r *trial) tries(a action.Action) bool {
	if some, is := only[r.spot.name]; is {
		return slices.Contains(some, a.ID)
	}
	return a.Scope != action.Global || r.spot.name == "inbox" || !r.again && slices.Contains([]string{"global.back", "global.close", "global.help", "global.palette"}, a.ID)
}

// try presses the keys of an action, and picks it from the list.
func (r *trial) try(i int) {
	r.t.Helper()
	d := r.fresh()
	a := d.Root.ActionsNow()[i]
	can, why := a.Can()
	var byKey []sight
	for n, key := range keysOf(d, a) {
		if n > 0 && r.again {
			break
		}
		if n > 0 {
			d = r.fresh()
		}
		before, seen := d.Root.View(), len(d.Seen)
		d.Keys(key)
		after := r.look(d)
		byKey = append(byKey, after)
		r.judge(d, a, fmt.Sprintf("%q", key), can, why, before, after, len(d.Seen) > seen+1)
	}
	if r.spot.scope == action.Palette || a.ID == "global.help" || a.ID == "global.palette" {
		return // the list that lists itself is another one
	}
	if r.again && len(byKey) > 0 {
		return
	}
	d = r.fresh()
	before := d.Root.View()
	r.choose(d, i)
	seen := len(d.Seen)
	d.Keys("enter")
	after := r.look(d)
	r.judge(d, a, "enter in the help", can, why, before, after, len(d.Seen) > seen+1)
	if slices.Contains(shifted, r.spot.name) {
		return
	}
	if len(byKey) > 0 && byKey[0] != after {
		r.t.Errorf("%s: %s by its key is not what it is from the help:\n%+v\n%+v", r.spot.name, a.ID, plain(byKey[0]), plain(after))
	}
}

// choose puts the cursor of the list on an action.
func (r *trial) choose(d *tuitest.Driver, i int) {
	id := d.Root.ActionsNow()[i].ID
	key, order := opens(d)
	d.Keys(key)
	for range slices.IndexFunc(order, func(a action.Action) bool { return a.ID == id }) {
		d.Keys("down")
	}
}

func plain(s sight) sight {
	s.view = "\n" + ansi.Strip(s.view)
	return s
}

// judge tells whether something came of a key.
func (r *trial) judge(d *tuitest.Driver, a action.Action, by string, can bool, why, before string, after sight, told bool) {
	r.t.Helper()
	if !can {
		want := a.Title + ": " + why
		last := slices.ContainsFunc(d.Seen[max(0, len(d.Seen)-3):], func(msg tea.Msg) bool {
			toast, ok := msg.(screen.ToastMsg)
			return ok && toast.Text == want
		})
		if !last || why == "" {
			r.t.Errorf("%s: %s of %s does not say why it cannot be done: %q\n%s", r.spot.name, by, a.ID, want, d.Screen())
		}
		return
	}
	r.done.Store(a.ID, true)
	noticed := told || after.view != before || after.quit || after.changed || after.took > 0 || after.copied+after.opened+after.left != ""
	if reason, known := without[r.spot.name+": "+a.ID]; known {
		if noticed {
			r.t.Errorf("%s: %s of %s does something now; it was said that %s", r.spot.name, by, a.ID, reason)
		}
		return
	}
	if !noticed && !(r.again && moves.MatchString(a.ID)) {
		r.t.Errorf("%s: %s of %s does nothing:\n%s", r.spot.name, by, a.ID, d.Screen())
	}
}
