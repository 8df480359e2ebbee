package tui_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// events are what can happen beside keys.
var events = map[string]func(s *session){
	"<type>":   func(s *session) { s.Type(limit(s.title, 12)) },
	"<paste>":  func(s *session) { s.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s.body), Paste: true}) },
	"<say>":    func(s *session) { s.Send(screen.ToastMsg{Level: screen.Failed, Text: s.body}) },
	"<fail>":   func(s *session) { s.Send(screen.ChangedMsg{Err: errors.New(s.title)}) },
	"<later>":  func(s *session) { s.w.Clock = s.w.Clock.Add(20 * time.Minute) },
	"<look>":   func(s *session) { s.Send(screen.LookNow(s.w.Ctx, s.w.DB, 0)) },
	"<click>":  func(s *session) { s.Send(tea.MouseMsg{X: s.W / 3, Y: s.H / 3, Button: tea.MouseButtonLeft}) },
	"<wheel>":  func(s *session) { s.Send(tea.MouseMsg{X: s.W / 3, Y: s.H / 3, Button: tea.MouseButtonWheelDown}) },
	"<narrow>": func(s *session) { s.Resize(max(20, s.W*2/3), s.H) },
	"<wide>":   func(s *session) { s.Resize(min(240, s.W*3/2), s.H) },
	"<low>":    func(s *session) { s.Resize(s.W, max(5, s.H*2/3)) },
	"<high>":   func(s *session) { s.Resize(s.W, min(70, s.H*3/2+1)) },
	"<sync>":   func(s *session) { s.Send(screen.SyncMsg{Running: true}) },
	"<synced>": func(s *session) {
		s.Send(screen.SyncMsg{Results: []tracker.Result{{Tracker: s.title, Err: errors.New(s.body)}}})
	},
	"<decided>": func(s *session) { s.decide() },
}

// session is an interface that is used at random.
type session struct {
	*tuitest.Driver
	w           *tuitest.World
	title, body string
}

func limit(text string, runes int) string {
	list := []rune(text)
	return string(list[:min(len(list), runes)])
}

func (s *session) decide() {
	_, err := s.w.DB.Mark(s.w.Ctx, store.Mark{Reports: []string{id(2)}, Verdict: reproduce.AlmaOnly, Note: s.body, By: s.title, At: s.w.Clock})
	if err != nil && store.CodeOf(err) == "" {
		s.T.Fatal(err)
	}
}

// moments are all keys of the registry and all events, in an order.
func moments() []string {
	all := map[string]bool{}
	for _, a := range tui.Actions() {
		for _, key := range a.Keys {
			all[key] = true
		}
	}
	for event := range events {
		all[event] = true
	}
	for _, key := range []string{"backspace", "delete", "left", "right", "ctrl+e", "ctrl+k", "ctrl+w", "alt+b"} { // of lines that are typed
		all[key] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// of writes moments as the fuzzer has them.
func of(names ...string) []byte {
	all := moments()
	list := make([]byte, len(names))
	for i, name := range names {
		at := slices.Index(all, name)
		if at < 0 {
			panic("there is no moment " + name)
		}
		list[i] = byte(at)
	}
	return list
}

// hostileWorld is a world in which all texts are what the fuzzer makes of them.
func hostileWorld(t *testing.T, title, body string) *tuitest.World {
	t.Helper()
	w := tuitest.NewWorld(t, theme.Dark)
	w.LogFile, w.Queries = title, []screen.SavedQuery{{Name: title, Query: "status:open"}}
	w.Person = func() (string, error) { return "x" + title, nil }
	var list []tracker.Report
	for n := 1; n <= 4; n++ {
		list = append(list, tuitest.Report(n, func(r *tracker.Report) {
			r.Title, r.Status, r.Package, r.Reporter = title, title, title, title
			if n > 1 { // the first one is run
				r.Release = title
			}
			r.Body, r.Steps, r.Additional, r.Labels = body, body, body, []string{title}
			r.References = []tracker.Reference{{Kind: tracker.RefJira, Key: title, URL: body}}
			r.Comments = []tracker.Comment{{ID: int64(n), Report: r.ID, Author: title, Text: body}}
		}))
	}
	w.Commit(t, list...)
	recipe := reproduce.Recipe{Summary: title, Test: "true\n" + body, Require: []string{"gizmo"}}
	for n, accepted := range map[int]string{1: recipe.Hash(), 3: ""} {
		must(t, w.DB.SaveRecipe(w.Ctx, reproduce.StoredRecipe{Report: id(n), Recipe: recipe, Origin: reproduce.OriginSet, Set: tuitest.Noon(), Author: title,
			Accepted: accepted, AcceptedBy: title, AcceptedAt: tuitest.Noon()}))
	}
	w.Play("gizmo", true, true, "1-1.el9", "2-1.el9")
	for _, script := range w.Engine.Scripts {
		for i := range script.Facts {
			script.Facts[i].Excerpt, script.Facts[i].ErrorLines = body, []string{title}
		}
	}
	w.Run(t, id(1))
	return w
}

// FuzzView uses the whole interface at random, on texts of anybody, at any size:
// after each message the driver holds the frame to exactly h lines of at most w
// cells, without any sequence but colours.
func FuzzView(f *testing.F) {
	type sequence []string
	for i, keys := range []sequence{
		{},
		{"j", "enter", "j", "G", "esc", "tab", "j", "n", "N"},
		{"/", "<type>", "tab", "enter", "n", "<narrow>", "esc", "esc"},
		{"b", "1", "j", "2", "3", "4", "5", "z", "/", "<type>", "enter", "n", "esc", "w", "+", "c", "y"},
		{"r", "x", "esc", "R", "<low>", "<wide>", "esc"},
		{"e", "e", "<paste>", "<type>", "ctrl+s", "down", "ctrl+g", "esc", "esc", "h", "j", "esc", "D"},
		{"j", "j", "e", "a", "G", "y", "r"},
		{"d", "m", "<paste>", "tab", "<type>", "enter", "s", "u", "U"},
		{"<decided>", "<look>", "8", "h", "j", "t", "y", "enter", "esc", "esc"},
		{"#", "7", "p", "j", "r", "<narrow>", "<low>", "esc"},
		{"?", "<type>", "backspace", "down", "enter", ":", "<paste>", "esc", "~", "j"},
		{"<say>", "~", "pgdown", "esc", "y", "t", "y", "r", "E", "ctrl+u", "<type>", "enter"},
		{"<fail>", "<sync>", "<later>", "<synced>", "ctrl+r", "ctrl+t", "<click>", "<wheel>", "ctrl+l", "ctrl+c"},
		{" ", "v", "G", "d", "<low>", "<high>", "esc", "ctrl+a", "S", "S", "ctrl+s", "]", "9", "p", "p"},
	} {
		f.Add(tuitest.Hostile(), tuitest.Hostile()+"\n# "+tuitest.Hostile()+"\n```\n"+tuitest.Hostile(), uint8(80+13*i), uint8(24+3*i), of(keys...))
		f.Add("a title", "a body\n\n- point\n\n| a | b |\n|---|---|\n| c | d |\n", uint8(20+5*i), uint8(5+i), of(keys...))
	}
	f.Add(strings.Repeat("表示", 300), strings.Repeat("👩‍👩‍👧‍👦é́", 400)+"\t"+strings.Repeat("\n", 200), uint8(0), uint8(0), of("enter", "<wide>", "<wide>", "<high>", "G"))
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		keys := make([]byte, 50)
		for i := range keys {
			keys[i] = byte(random.IntN(256))
		}
		f.Add(tuitest.Hostile(), long("line"), uint8(random.IntN(256)), uint8(random.IntN(256)), keys)
	}
	f.Fuzz(wander)
}

// wander uses an interface.
func wander(t *testing.T, title, body string, w, h uint8, keys []byte) {
	t.Chdir(t.TempDir()) // exports go there
	title, body = limit(title, 2000), limit(body, 5000)
	world := hostileWorld(t, title, body)
	s := &session{Driver: open(t, world, 20+int(w)%221, 5+int(h)%66), w: world, title: title, body: body}
	all := moments()
	for _, key := range keys[:min(len(keys), 60)] {
		if s.Quit {
			return
		}
		name := all[int(key)%len(all)]
		if event, is := events[name]; is {
			event(s)
			continue
		}
		s.Keys(name)
	}
}
