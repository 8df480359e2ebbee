// Package tuitest drives the terminal interface without a terminal: keys in,
// screens out, commands run to their end before the next key. Only tests import
// it.
package tuitest

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/screen"
)

// Driver is the interface in a test.
type Driver struct {
	T    testing.TB
	Root *tui.Root
	Env  *screen.Env
	W, H int
	// Quit tells that the program ended, Took that something took over the
	// terminal (an editor, a shell): how many times.
	Quit bool
	Took int
	// Seen are the messages that came, newest last.
	Seen []tea.Msg

	waiting int // commands that have not answered
	answers chan tea.Msg
}

// New starts the interface on a first screen.
func New(t testing.TB, env *screen.Env, first func(*screen.Env) screen.Screen, w, h int) *Driver {
	d := &Driver{T: t, Env: env, answers: make(chan tea.Msg, 1024)}
	d.Root = tui.NewRoot(env, first)
	d.do(d.Root.Init())
	d.settle()
	d.Resize(w, h)
	return d
}

// Resize changes the size of the terminal.
func (d *Driver) Resize(w, h int) {
	d.W, d.H = w, h
	d.Send(tea.WindowSizeMsg{Width: w, Height: h})
}

// Send hands messages to the interface and waits for what comes of them.
func (d *Driver) Send(msgs ...tea.Msg) {
	for _, msg := range msgs {
		d.handle(msg)
		d.settle()
	}
}

// Keys presses keys by their names: "j", "enter", "ctrl+d", " ".
func (d *Driver) Keys(names ...string) {
	d.T.Helper()
	for _, name := range names {
		d.Send(Key(name))
	}
}

// Type types a text, rune by rune.
func (d *Driver) Type(text string) {
	for _, r := range text {
		d.Send(Key(string(r)))
	}
}

// Key is the message of a key by its name.
func Key(name string) tea.KeyMsg {
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	for k := tea.KeyType(-128); k < 128; k++ {
		if k != tea.KeyRunes && k != tea.KeySpace && k.String() == name {
			return tea.KeyMsg{Type: k}
		}
	}
	if rest, ok := strings.CutPrefix(name, "alt+"); ok {
		key := Key(rest)
		key.Alt = true
		return key
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// handle is one turn of the loop.
func (d *Driver) handle(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
		return
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.do(cmd)
		}
		return
	case tea.QuitMsg:
		d.Quit = true
		return
	}
	// Bubble Tea's own messages that have no exported type.
	switch v := reflect.ValueOf(msg); reflect.TypeOf(msg).Name() {
	case "sequenceMsg":
		for i := range v.Len() {
			d.do(v.Index(i).Interface().(tea.Cmd))
		}
		return
	case "execMsg":
		d.Took++
		return
	}
	d.Seen = append(d.Seen, msg)
	_, cmd := d.Root.Update(msg)
	d.check()
	d.do(cmd)
}

// do runs a command beside the loop, as Bubble Tea does.
func (d *Driver) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	d.waiting++
	go func() { d.answers <- cmd() }()
}

// settle handles answers until nothing is waited for but runs that go on.
func (d *Driver) settle() {
	d.T.Helper()
	for d.waiting > len(d.Env.Runs.Running()) {
		d.next()
	}
}

func (d *Driver) next() {
	d.T.Helper()
	select {
	case msg := <-d.answers:
		d.waiting--
		d.handle(msg)
	case <-time.After(60 * time.Second):
		d.T.Fatalf("a command does not end; the screen is\n%s", d.Screen())
	}
}

// Wait handles answers until the screen shows a text.
func (d *Driver) Wait(text string) {
	d.T.Helper()
	for !strings.Contains(d.Screen(), text) {
		if d.waiting == 0 {
			d.T.Fatalf("nothing goes on, and the screen does not show %q:\n%s", text, d.Screen())
		}
		d.next()
		d.settle()
	}
}

// Has fails the test if the screen does not show a text.
func (d *Driver) Has(texts ...string) {
	d.T.Helper()
	for _, text := range texts {
		if !strings.Contains(d.Screen(), text) {
			d.T.Errorf("the screen does not show %q:\n%s", text, d.Screen())
		}
	}
}

// Lacks fails the test if the screen shows a text.
func (d *Driver) Lacks(texts ...string) {
	d.T.Helper()
	for _, text := range texts {
		if strings.Contains(d.Screen(), text) {
			d.T.Errorf("the screen shows %q:\n%s", text, d.Screen())
		}
	}
}

// Screen is what is seen, without colours.
func (d *Driver) Screen() string { return ansi.Strip(d.Root.View()) }

// check holds every screen to the contract of View: exactly h lines of at most
// w cells, and no sequence but colours.
func (d *Driver) check() {
	d.T.Helper()
	if d.W == 0 {
		return
	}
	Contract(d.T, d.Root.View(), d.W, d.H)
}

// Contract checks a frame: exactly h lines of at most w cells, and nothing that
// a terminal acts on but SGR sequences.
func Contract(t testing.TB, frame string, w, h int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Fatalf("the frame has %d lines, not %d:\n%s", len(lines), h, frame)
	}
	for i, line := range lines {
		if n := ansi.StringWidth(line); n > w {
			t.Fatalf("line %d has %d cells of %d: %q", i+1, n, w, line)
		}
	}
	if bad := Unsafe(frame); bad != "" {
		t.Fatalf("the frame holds %s:\n%q", bad, frame)
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares the frame, colours and all, with testdata/NAME.golden in the
// folder of the test; -update writes it.
func (d *Driver) Golden(name string) {
	d.T.Helper()
	Golden(d.T, name, d.Root.View())
}

// Golden compares a text with testdata/NAME.golden; ESC is written as ␛ so
// that the file can be read and shows in a diff.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	got = strings.ReplaceAll(got, "\x1b", "␛") + "\n"
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with -update and look at it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// Update tells whether golden files are to be written anew.
func Update() bool { return *update }
