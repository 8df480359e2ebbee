package recipe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// A text goes to the user's own editor in a file that nobody else can read, by
// argv and without a shell. What comes back is parsed; with a problem it is
// edited in place, so that nothing is lost.

// session is a text in the user's editor.
type session struct {
	report string
	argv   []string
	dir    string
	path   string // of the file in dir
	before string // the text
	// base and from are what editing in place would have begun with.
	base string
	from *reproduce.StoredRecipe
}

// openedMsg is a file, ready for the editor.
type openedMsg struct {
	session session
	err     error
}

// closedMsg tells that the editor is done, and what it left in the file.
type closedMsg struct {
	session session
	text    string
	failed  error // the editor failed
	err     error // the file could not be read
}

// external opens the text in the user's editor: the one that is edited in
// place, else the recipe.
func (s *Screen) external() tea.Cmd {
	text := s.beginning()
	n := session{report: s.report, before: text, base: text, from: s.data.recipe}
	if e := s.editing; e != nil {
		n.before, n.base, n.from, n.dir = e.editor.Text(), e.base, e.from, e.dir
		s.goOn()
	}
	env := s.env
	return func() tea.Msg {
		opened, err := n.open(env)
		return openedMsg{opened, err}
	}
}

// open writes the file, in the folder of an earlier one if there is one.
func (n session) open(env *screen.Env) (session, error) {
	var err error
	if n.argv, err = env.Editor(); err != nil {
		return n, err
	}
	if len(n.argv) == 0 {
		return n, errors.New("no editor is set: set $VISUAL or $EDITOR")
	}
	if n.dir == "" {
		// MkdirTemp makes it 0700.
		if n.dir, err = os.MkdirTemp("", "almatriage-recipe-"); err != nil {
			return n, fmt.Errorf("make a file to edit: %w", err)
		}
	}
	n.path = filepath.Join(n.dir, "main.fmf")
	if err := os.WriteFile(n.path, []byte(n.before), 0o600); err != nil {
		return n, fmt.Errorf("make a file to edit: %w", err)
	}
	return n, nil
}

// opened gives the terminal to the editor.
func (s *Screen) opened(msg openedMsg) tea.Cmd {
	if msg.session.report != s.report {
		return nil
	}
	if msg.err != nil {
		return screen.Fail(msg.err)
	}
	n, ctx := msg.session, s.env.Ctx
	return screen.Exec(
		func(in io.Reader, out, errs io.Writer) error { return n.run(ctx, in, out, errs) },
		n.closed)
}

// run runs the editor on the file.
func (n session) run(ctx context.Context, in io.Reader, out, errs io.Writer) error {
	cmd := exec.CommandContext(ctx, n.argv[0], append(n.argv[1:len(n.argv):len(n.argv)], n.path)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the editor %s failed: %w", n.argv[0], err)
	}
	return nil
}

// closed reads what the editor left; also when it failed, for something may
// have been saved.
func (n session) closed(failed error) tea.Msg {
	msg := closedMsg{session: n, failed: failed}
	msg.text, msg.err = readFile(n.path)
	return msg
}

func readFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(file, fmf.MaxSize+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	if len(data) > fmf.MaxSize {
		return "", fmt.Errorf("it has more than %d KiB", fmf.MaxSize>>10)
	}
	return string(data), nil
}

// closed takes in what came back: it is stored if nothing is wrong with it,
// else it is edited in place.
func (s *Screen) closed(msg closedMsg) tea.Cmd {
	n := msg.session
	if n.report != s.report {
		return nil
	}
	if msg.err != nil {
		return screen.Fail(errors.Join(msg.failed, fmt.Errorf("what you wrote could not be read (%w); it is in %s", msg.err, n.path)))
	}
	if s.editing == nil && msg.text == n.before {
		cmd := screen.Fail(msg.failed)
		if msg.failed == nil {
			cmd = screen.Toast(screen.Note, "Nothing was changed.")
		}
		return tea.Batch(cmd, remove(n.dir))
	}
	if err := widget.Editable(msg.text); err != nil {
		return s.storeLong(msg)
	}
	cmd := s.begin(msg.text, n.base)
	s.editing.dir, s.editing.from = n.dir, n.from
	if msg.failed != nil {
		return tea.Batch(cmd, screen.Fail(fmt.Errorf("%w; what it left is here and not saved", msg.failed)))
	}
	if can, why := s.savable(); !can {
		return tea.Batch(cmd, s.nextProblem(), screen.Toast(screen.Note, "Not saved: "+why+"."))
	}
	return tea.Batch(cmd, s.save())
}

// storeLong stores what is too long to be edited in place; if it cannot be, its
// file is kept and named.
func (s *Screen) storeLong(msg closedMsg) tea.Cmd {
	n, env, now := msg.session, s.env, s.env.Now()
	return func() tea.Msg {
		err := msg.failed
		if err == nil {
			var newer *reproduce.StoredRecipe
			if _, newer, err = set(env, n.report, msg.text, n.from, now); newer != nil {
				err = errors.New("somebody stored another recipe meanwhile")
			}
		}
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: fmt.Sprintf("Not saved: %v\nYour text is kept in %s", err, n.path)}
		}
		return storedMsg{n.report, n.dir}
	}
}

// storedMsg tells that a recipe was stored that was not edited in place; dir is
// to be removed.
type storedMsg struct{ report, dir string }

func (s *Screen) storedLong(msg storedMsg) tea.Cmd {
	if msg.report != s.report {
		return nil
	}
	return tea.Batch(s.load(), remove(msg.dir), screen.Toast(screen.Done, "Saved."))
}

// remove removes the folder of a text that is stored or dropped; "" is none.
func remove(dir string) tea.Cmd {
	if dir == "" {
		return nil
	}
	return func() tea.Msg {
		if err := os.RemoveAll(dir); err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: fmt.Sprintf("The folder %s could not be removed: %v", dir, err)}
		}
		return nil
	}
}
