package prompt_test

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/prompt"
	"github.com/almatriage/almatriage/tui/screen/stats"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// asked is an open question, and what was answered.
type asked struct {
	*tuitest.Driver
	got []string
}

func ask(t *testing.T, title, value string) *asked {
	t.Helper()
	w := tuitest.NewWorld(t, theme.None)
	d := tuitest.New(t, w.Env, func(env *screen.Env) screen.Screen { return stats.New(env) }, 80, 24)
	a := &asked{Driver: d}
	d.Send(screen.OpenMsg{Screen: prompt.New(w.Env, title, value, func(text string) tea.Cmd {
		a.got = append(a.got, text)
		return screen.Toast(screen.Done, "took "+text)
	})})
	return a
}

func (a *asked) isOpen() bool {
	_, is := a.Root.Top().(*prompt.Dialog)
	return is
}

// What is typed is given once, without the blanks around it, and the dialog is
// closed before.
func TestAnswer(t *testing.T) {
	a := ask(t, "A file?", "triage.csv")
	a.Has("A file?", "> triage.csv")
	a.Keys("backspace", "backspace", "backspace")
	a.Type("tsv ")
	a.Keys("enter")
	a.Has("took triage.tsv")
	if a.isOpen() || len(a.got) != 1 || a.got[0] != "triage.tsv" {
		t.Errorf("open %t, %q", a.isOpen(), a.got)
	}
	a = ask(t, "A file?", "x")
	a.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("yz")}) // typed quickly
	a.Keys("enter", "enter", "enter")
	if len(a.got) != 1 || a.got[0] != "xyz" {
		t.Errorf("%q", a.got)
	}
}

// Nothing is no answer, and esc gives none.
func TestNoAnswer(t *testing.T) {
	a := ask(t, "A file?", "")
	a.Keys("enter")
	a.Has("nothing is typed")
	a.Type("  ")
	a.Keys("enter")
	if !a.isOpen() || len(a.got) != 0 {
		t.Errorf("open %t, %q", a.isOpen(), a.got)
	}
	a.Type("q?:~#j")
	a.Has("q?:~#j") // all letters are text
	a.Keys("esc")
	if a.isOpen() || len(a.got) != 0 || a.Quit {
		t.Errorf("open %t, %q", a.isOpen(), a.got)
	}
}

// A long line scrolls with its cursor, and what is pasted may be anything.
func TestLongAndHostile(t *testing.T) {
	a := ask(t, tuitest.Hostile(), strings.Repeat("long/", 100)+"end")
	a.Has("end")
	a.Keys("home")
	a.Lacks("end")
	a.Send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(tuitest.Hostile()), Paste: true})
	for _, size := range [][2]int{{40, 10}, {41, 11}, {240, 70}} {
		a.Resize(size[0], size[1]) // the driver checks the frame
		a.Keys("left", "right", "end", "home")
	}
}
