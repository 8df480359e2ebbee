package tui_test

import (
	"context"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tui"
)

// copying is a terminal, an environment and a folder to copy to.
type copying struct {
	t    *testing.T
	env  map[string]string
	dir  string // of the file
	bin  string // the only folder of programs
	said string // to the terminal
}

func newCopying(t *testing.T, env map[string]string) *copying {
	c := &copying{t: t, env: env, dir: filepath.Join(t.TempDir(), "state", "almatriage"), bin: t.TempDir()}
	t.Setenv("PATH", c.bin)
	return c
}

// copy copies, and keeps what came to the terminal.
func (c *copying) copy(ctx context.Context, text string) (string, error) {
	c.t.Helper()
	from, to, err := os.Pipe()
	must(c.t, err)
	read := make(chan string)
	go func() {
		data, err := io.ReadAll(from)
		if err != nil {
			c.t.Error(err)
		}
		read <- string(data)
	}()
	how, err := tui.NewClipboard(to, func(name string) string { return c.env[name] }, c.dir)(ctx, text)
	must(c.t, to.Close())
	c.said = <-read
	must(c.t, from.Close())
	return how, err
}

// program puts a program in the path.
func (c *copying) program(name, script string) {
	c.t.Helper()
	must(c.t, os.WriteFile(filepath.Join(c.bin, name), []byte("#!/bin/sh\n"+script), 0o755))
}

func (c *copying) file() string { return filepath.Join(c.dir, "copied.txt") }

// osc is the sequence that puts a text on a terminal's clipboard.
func osc(text string) string {
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\x07"
}

// What the terminal can is asked of it, byte for byte; where it can nothing the
// text is in a file that nobody else reads.
func TestClipboard(t *testing.T) {
	const most = 74_994 / 4 * 3
	for name, c := range map[string]struct {
		term, text string
		osc        bool
	}{
		"xterm":                   {"xterm-256color", "almbz#622", true},
		"kitty":                   {"xterm-kitty", "line\nline\n\ttab", true},
		"hostile":                 {"xterm", "\x1b]0;title\x07\x00\xff表", true},
		"as much as they take":    {"xterm", strings.Repeat("x", most), true},
		"more than they take":     {"xterm", strings.Repeat("x", most+1), false},
		"screen":                  {"screen-256color", "text", true},
		"the console":             {"linux", "text", false},
		"one that can do nothing": {"dumb", "text", false},
		"no terminal at all":      {"", "text", false},
	} {
		t.Run(name, func(t *testing.T) {
			copying := newCopying(t, map[string]string{"TERM": c.term})
			how, err := copying.copy(t.Context(), c.text)
			must(t, err)
			if c.osc {
				if how != "by the terminal (OSC 52)" || copying.said != osc(c.text) {
					t.Errorf("it is copied %s; the terminal got %.200q", how, copying.said)
				}
				if _, err := os.Stat(copying.file()); err == nil {
					t.Error("there is a file, too")
				}
				return
			}
			if how != "to the file "+copying.file() || copying.said != "" {
				t.Errorf("it is copied %s; the terminal got %.200q", how, copying.said)
			}
			copying.holds(c.text)
		})
	}
}

// holds checks the file.
func (c *copying) holds(text string) {
	c.t.Helper()
	data, err := os.ReadFile(c.file())
	must(c.t, err)
	info, err := os.Stat(c.file())
	must(c.t, err)
	folder, err := os.Stat(c.dir)
	must(c.t, err)
	if string(data) != text || info.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
		c.t.Errorf("the file holds %.200q, with %s in %s", data, info.Mode(), folder.Mode())
	}
}

// A shorter text leaves nothing of a longer one before it.
func TestClipboardFileIsWrittenAnew(t *testing.T) {
	c := newCopying(t, map[string]string{"TERM": "linux"})
	for _, text := range []string{"a long text", "short"} {
		_, err := c.copy(t.Context(), text)
		must(t, err)
		c.holds(text)
	}
}

// Inside tmux its buffer takes the text, from its input and not as an argument,
// and nothing is written past it to the terminal.
func TestClipboardTmux(t *testing.T) {
	c := newCopying(t, map[string]string{"TERM": "tmux-256color", "TMUX": "/tmp/tmux-1/default,1,0"})
	args, got := filepath.Join(t.TempDir(), "args"), filepath.Join(t.TempDir(), "got")
	c.program("tmux", `echo "$@" > `+args+`; while IFS= read -r line; do printf '%s\n' "$line"; done > `+got+`; echo noise; echo noise >&2`)
	how, err := c.copy(t.Context(), "first\nsecond\n")
	must(t, err)
	if how != "to tmux's buffer" || c.said != "" {
		t.Errorf("it is copied %s; the terminal got %q", how, c.said)
	}
	for path, want := range map[string]string{args: "load-buffer -w -\n", got: "first\nsecond\n"} {
		data, err := os.ReadFile(path)
		must(t, err)
		if string(data) != want {
			t.Errorf("tmux got %q, not %q", data, want)
		}
	}
}

// Where tmux fails, is not there or does not answer, the file has the text.
func TestClipboardWithoutTmux(t *testing.T) {
	for name, script := range map[string]string{"fails": "exit 1", "missing": "", "hangs": "exec /bin/sleep 60"} {
		t.Run(name, func(t *testing.T) {
			c := newCopying(t, map[string]string{"TERM": "tmux", "TMUX": "x"})
			ctx := t.Context()
			if script != "" {
				c.program("tmux", script)
			}
			if name == "hangs" { // its own patience is longer than a test's
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
			}
			how, err := c.copy(ctx, "text")
			must(t, err)
			if how != "to the file "+c.file() || c.said != "" {
				t.Errorf("it is copied %s; the terminal got %q", how, c.said)
			}
			c.holds("text")
		})
	}
}

// Where nothing takes it that is an error which names what was tried.
func TestClipboardFails(t *testing.T) {
	c := newCopying(t, map[string]string{"TERM": "tmux", "TMUX": "x"})
	must(t, os.MkdirAll(filepath.Dir(c.dir), 0o700))
	must(t, os.WriteFile(c.dir, nil, 0o600)) // no folder
	how, err := c.copy(t.Context(), "secret text")
	if err == nil || how != "" || !strings.Contains(err.Error(), "tmux") || !strings.Contains(err.Error(), "copied.txt") || strings.Contains(err.Error(), "secret") {
		t.Errorf("%q, %v", how, err)
	}
}

// TestCopyWithoutTerminal: a file that errors go to gets no escape sequence.
func TestCopyWithoutTerminal(t *testing.T) {
	dir := t.TempDir()
	out, err := os.Create(filepath.Join(dir, "errors"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	env := func(name string) string { return map[string]string{"TERM": "xterm-256color"}[name] }
	how, err := tui.Copy(t.Context(), out, env, dir, "gizmo")
	if err != nil || !strings.HasPrefix(how, "to the file ") {
		t.Errorf("%q, %v", how, err)
	}
	if data, err := os.ReadFile(out.Name()); err != nil || len(data) > 0 {
		t.Errorf("%q, %v", data, err)
	}
}
