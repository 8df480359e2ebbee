package tui

import (
	"fmt"
	"runtime/debug"

	tea "github.com/charmbracelet/bubbletea"
)

// guarded keeps a mistake of ours from leaving the terminal in pieces: it is
// logged with its stack, the program ends in good order, and who started it
// tells where the log is.
type guarded struct {
	root *Root
	log  func(what string, stack []byte)
	// send reaches the program from where no command can be given.
	send  func(tea.Msg)
	crash error
}

// crashMsg is a panic of a command.
type crashMsg struct {
	what  any
	stack []byte
}

// Init implements tea.Model.
func (g *guarded) Init() tea.Cmd { return g.wrap(g.root.Init()) }

// Update implements tea.Model.
func (g *guarded) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	model = g
	defer func() {
		if p := recover(); p != nil {
			cmd = g.crashed(p, debug.Stack())
		}
	}()
	if crash, ok := msg.(crashMsg); ok {
		return g, g.crashed(crash.what, crash.stack)
	}
	_, next := g.root.Update(msg)
	return g, g.wrap(next)
}

// View implements tea.Model.
func (g *guarded) View() (view string) {
	if g.crash != nil {
		return ""
	}
	defer func() {
		if p := recover(); p != nil {
			end := g.crashed(p, debug.Stack())
			go g.send(end()) // the loop takes it when this call is over
			view = ""
		}
	}()
	return g.root.View()
}

// crashed logs and ends the program.
func (g *guarded) crashed(what any, stack []byte) tea.Cmd {
	if g.crash == nil {
		g.crash = fmt.Errorf("almatriage broke down: %v", what)
		if g.log != nil {
			g.log(g.crash.Error(), stack)
		}
	}
	return tea.Quit
}

// wrap catches what goes wrong in a command, and in those that it gives.
func (g *guarded) wrap(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if p := recover(); p != nil {
				msg = crashMsg{p, debug.Stack()}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i := range batch {
				batch[i] = g.wrap(batch[i])
			}
		}
		return msg
	}
}
