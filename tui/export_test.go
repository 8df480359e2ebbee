package tui

import (
	"context"
	"os"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
)

// What the tests of this package see of its inside.

// Watch is watch.
var Watch = watch

// Guarded is guarded.
type Guarded = guarded

// NewGuarded is the model that Run shows.
func NewGuarded(root *Root, log func(string, []byte), send func(tea.Msg)) *Guarded {
	return &guarded{root: root, log: log, send: send}
}

// Crash is what went wrong inside.
func (g *guarded) Crash() error { return g.crash }

// ActionsNow are the actions that keys have now.
func (m *Root) ActionsNow() []action.Action { return m.actions() }

// NewClipboard is a function that copies to what there is.
func NewClipboard(out *os.File, env func(string) string, dir string) func(context.Context, string) (string, error) {
	return clipboard{out: &terminal{File: out}, env: env, dir: dir}.copy
}

// After is after.
var After = after

// Begin sets what is opened on top at the start.
func (m *Root) Begin(msg screen.GuideMsg) { m.begin = &msg }
