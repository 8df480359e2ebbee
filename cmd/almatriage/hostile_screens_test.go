package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// drawn is how long nothing is written when a screen is drawn. What a key means
// does not hang on it: it is only that every frame is seen.
const drawn = 30 * time.Millisecond

// resize gives the terminal other sizes, one after the other. The last is the
// one that all began with.
func (p *onPty) resize(sizes ...pty.Winsize) {
	p.tb.Helper()
	for _, size := range append(sizes, pty.Winsize{Cols: 120, Rows: 40}) {
		if err := pty.Setsize(p.file, &size); err != nil {
			p.tb.Fatal(err)
		}
		p.settle(drawn)
	}
}

// pasted is a text as a terminal pastes it.
func pasted(text string) string { return "\x1b[200~" + text + "\x1b[201~" }

// visit is a screen that is opened over the list of all reports.
type visit struct {
	report string // that the cursor is on
	open   string
	shows  string   // words: the first when it is opened, all before it is left
	keys   []string // pressed one after the other
	leave  []string // pressed when all is shown
}

const (
	esc  = "\x1b"
	down = "\x04" // ctrl+d
	page = "\x06" // ctrl+f
)

// visits are all screens, each with what can be typed there.
func visits() []visit {
	paste := pasted(tuitest.Hostile())
	return []visit{
		{report: ran, open: "", shows: "xtitle xrel xpkg", keys: []string{"J", "J", "p", "p", "S", "S", "S", "S", "S", " ", "v", "k", "v", esc, "\x12", "o", "x"}},
		{report: ran, open: "\r", shows: "xstate xbody xhead xitem xquote xcell xcode xspan xsteps xmore xauthor xsaid xlabel xfile",
			keys: append(strings.Split(strings.Repeat(page, 16), ""), "G", "g", "n")},
		{report: failed, open: "/", shows: "complete", keys: []string{"xtitle", "\t", paste, "\r", "n", "/", " updated:" + paste, "\r"}},
		{report: ran, open: "9", shows: "xqueue", keys: []string{"8"}},
		{report: ran, open: "b", shows: "xreason xline xtarget xsource xentry", keys: []string{"2", down, "3", down, "4", down, "5", down, "1", "z", "z", "s", "\t", "/", paste, "\r", "n", "w", "+", "r"}},
		{report: failed, open: "b", shows: "xreason xline", keys: []string{"2", "3", "4", "5", "1", "!", "R"}},
		{report: failed, open: "R", shows: "xpodman", keys: []string{"2", "3", "4", "5", "1", "!"}},
		{report: imported, open: "b", shows: "xreason xline", keys: []string{"2", "3", "4", "5", "1"}},
		{report: ran, open: "e", shows: "xsum xset xagree", keys: []string{down, "G", "\t", down, "/", paste, "\r", "n", "h", "j", "k", esc, "E"}},
		{report: failed, open: "e", shows: "xremark", keys: []string{"e", paste, "\r", "\x13", "\x07", esc, esc}},
		{report: drafted, open: "e", shows: "xtest", keys: []string{"a", down, down, "G", esc}},
		{report: undraft, open: "e", shows: "xtitle", keys: []string{"D", "E"}},
		{report: imported, open: "h", shows: "xverdict xby xnote xpatch", keys: []string{"j", "j", "k", "t", "n", "t", "y"}},
		{report: ran, open: "h", shows: "xby xnote xpatch xundoer", keys: []string{"G", "\r", esc}},
		{report: ran, open: "d", shows: "xnote", keys: []string{down, "m", paste, "\t", paste, "\r", "\r", "p", "\x15", "\r", "\r", "u"}},
		{report: imported, open: "d", shows: "reported xverdict", keys: []string{"\r", "j"}},
		{report: undraft, open: "#", shows: "xpkg", keys: []string{"j", down, "\t", down}},
		{report: ran, open: "?", shows: "Read the report", keys: []string{down, "copy", paste}},
		{report: ran, open: ":", shows: "Read the report", keys: []string{paste}},
		{report: ran, open: "E", shows: "Export", keys: []string{"\x15", paste, "\r"}},
		{report: ran, open: "t", shows: "xby xnote xreason xtest", keys: slices.Concat([]string{page, "G", "2", page, "G", "i", "o", "s", "\x15", paste, "\r", "1", "p"}, answer)},
		{report: drafted, open: "t", shows: "private", keys: []string{"2", "i", "j", "1"}},
		{report: imported, open: "t", shows: "xverdict xby", keys: []string{page, "2", page}},
		{report: ran, open: "~", shows: "Messages xserver", keys: strings.Split(strings.Repeat(down, 12), "")},
		{report: drafted, open: "w", shows: "AlmaLinux xprep xtest xpat", keys: guideToTheEnd(paste)},
		{report: failed, open: "w", shows: "AlmaLinux xtest xpodman", keys: []string{"\r", "gizmo\r", "\r", "\r", "\x13", "1", "1", "\x13", "\r", readOn, "1"},
			leave: strings.Split(strings.Repeat(esc, 13), "")},
		{report: failed, open: "w", shows: "almbz#4", keys: []string{"\x1bOP", "j", "1", paste, "\r"}},
	}
}

// answer is an answer to a question that takes none at once, after keys that mean
// nothing there.
var answer = append(slices.Repeat([]string{"j"}, 30), "\r")

// readOn is a long way down in a text (PgDn): as much as is read from the terminal
// at once, for a key that comes in two parts is another one.
var readOn = strings.Repeat("\x1b[6~", 40)

// guideToTheEnd answers all questions on the report that ran, as of a bug that a
// container cannot show: so it comes to an end whatever podman does.
func guideToTheEnd(paste string) []string {
	const clear, take = "\x15", "\x13"
	return []string{paste, "\r", clear, "9.6\r", paste, "\r", clear, "kernel\r", paste, clear, "\r", paste, clear, "\r", take, "1", "1", take, "\r", "\r", readOn, "1", "-\r", "t", "j"}
}

// TestHostileScreens walks through all screens of the interface on a database,
// a tracker and a podman that are hostile: of all that is written, every escape
// sequence is one that the screen is drawn with.
func TestHostileScreens(t *testing.T) {
	u := newHostileUser(t)
	p := u.pty(120, 40)
	p.wait(0, "xtitle")
	p.wait(0, "xserver") // what the sync said
	p.press("8")
	p.wait(0, "[All")
	for _, v := range visits() {
		p.visit(v)
	}
	before := p.length()
	copies := p.copies()
	p.leaveRunning(u)
	said, status := p.rest()
	if status != 0 {
		t.Errorf("it ended with %d", status)
	}
	for _, part := range [][]string{screens.wrong(said[:before]), copying.wrong(said[before:])} {
		for _, one := range part[:min(5, len(part))] {
			t.Error(one)
		}
	}
	checkCopies(t, said[before:], copies)
	checkScopes(t, said)
}

// checkScopes: every screen was there, as are its hints below it: those that no
// other screen has, if it has such.
func checkScopes(t *testing.T, said string) {
	t.Helper()
	hints, known := map[action.Scope][]string{}, map[string]int{}
	for _, a := range tui.Actions() {
		if a.Hint != "" && len(a.Keys) > 0 {
			hint := action.Label(a.Keys[0]) + "\x1b[0m " + a.Hint
			hints[a.Scope] = append(hints[a.Scope], hint)
			known[hint]++
		}
	}
	// It is seen only where no run can be begun, and this podman lets them begin:
	// the guide's own tests come by it.
	delete(hints, "guide-run")
	for scope, list := range hints {
		own := slices.DeleteFunc(slices.Clone(list), func(hint string) bool { return known[hint] > 1 })
		if len(own) > 0 {
			list = own
		}
		if !slices.ContainsFunc(list, func(hint string) bool { return strings.Contains(said, hint) }) {
			t.Errorf("the walk does not come by %s, whose keys are %q", scope, list)
		}
	}
	t.Logf("%d scopes of keys, %d bytes", len(hints), len(said))
}

// visit goes to a screen and back.
func (p *onPty) visit(v visit) {
	p.tb.Helper()
	p.press("g" + strings.Repeat("j", 5-int(v.report[len(v.report)-1]-'0')))
	p.settle(drawn)
	n := p.length()
	if v.open == "" {
		n = 0
	}
	p.press(v.open)
	first, rest, _ := strings.Cut(v.shows, " ")
	p.wait(n, first)
	p.resize(pty.Winsize{Cols: 80, Rows: 24}, pty.Winsize{Cols: 44, Rows: 12})
	for _, key := range v.keys {
		p.press(key)
		p.settle(drawn)
	}
	for _, word := range strings.Fields(rest) {
		p.wait(n, word)
	}
	for _, key := range v.leave {
		p.press(key)
		p.settle(drawn)
	}
	n = p.length()
	p.resize(pty.Winsize{Cols: 200, Rows: 60}, pty.Winsize{Cols: 30, Rows: 8}) // all is drawn anew
	for range 30 {                                                             // a search, a zoom, a dialog, the screen; on a busy computer keys are late
		if p.wrote(n, list) {
			return
		}
		p.press(esc)
		p.settle(drawn)
	}
	p.wait(n, list)
}

// list is the first hint of the list: it is there when what was over it is gone.
const list = "enter\x1b[0m read "

// wrote tells whether a text was written after the first n bytes.
func (p *onPty) wrote(n int, text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(p.said[n:], []byte(text))
}

// copies copies all that can be copied and tells how many times that was.
func (p *onPty) copies() int {
	p.tb.Helper()
	n := 0
	for _, from := range []struct {
		open, shows string
		copying     []string // keys
		leave       string
	}{
		{"", "", []string{"yi", "yu", "yr", "yo", "yt"}, ""},
		{"b", "xreason", []string{"y", "1y", "3y", "4y", "5y", "c"}, esc},
		{"e", "xtest", []string{"y"}, esc},
		{"h", "xnote", []string{"y", "jy", "Gy"}, esc},
		{"t", "xnote", []string{"y"}, esc},
	} {
		at := p.length()
		p.press("gjjjj" + from.open)
		p.wait(at, from.shows)
		for _, keys := range from.copying {
			p.settle(drawn)
			at = p.length()
			for _, key := range keys {
				p.press(string(key))
				p.settle(drawn)
			}
			p.wait(at, "\x1b]52;")
			n++
		}
		p.press(from.leave)
		p.settle(drawn)
	}
	return n
}

// leaveRunning quits while a run goes on.
func (p *onPty) leaveRunning(u *user) {
	p.tb.Helper()
	u.write("hang", "")
	n := p.length()
	p.press("gjR")
	p.wait(n, "running")
	n = p.length()
	p.press("\x03")
	p.wait(n, "Quit while something runs?")
	p.resize(pty.Winsize{Cols: 44, Rows: 12})
	if err := os.Remove(filepath.Join(u.home, "hang")); err != nil {
		p.tb.Fatal(err)
	}
	p.press("c")
}

// copied is what the terminal is asked to put on the clipboard.
var copied = regexp.MustCompile(`\x1b\]52;c;([^\x07]*)\x07`)

// checkCopies: the clipboard gets what was asked for and nothing else, and that
// can be pasted into a terminal.
func checkCopies(t *testing.T, said string, want int) {
	t.Helper()
	all := copied.FindAllStringSubmatch(said, -1)
	if len(all) != want {
		t.Errorf("%d copies for %d keys", len(all), want)
	}
	for _, one := range all {
		text, err := base64.StdEncoding.DecodeString(one[1])
		if err != nil {
			t.Error(err)
		}
		if wrong := table.wrong(string(text)); len(wrong) > 0 {
			t.Errorf("the clipboard gets %s", wrong[0])
		}
	}
}
