package tui

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	native "github.com/atotto/clipboard"
	"github.com/aymanbagabas/go-osc52/v2"
	"golang.org/x/term"
)

// terminal is where the screen is written; what is written at once stays
// together.
type terminal struct {
	*os.File
	mu sync.Mutex
}

// Write implements io.Writer.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.File.Write(p)
}

// Copy puts a text on the clipboard, by way of the terminal out if there is one,
// and says how. dir takes a file where nothing else takes a copy.
func Copy(ctx context.Context, out *os.File, env func(string) string, dir, text string) (string, error) {
	return clipboard{out: &terminal{File: out}, deaf: !term.IsTerminal(int(out.Fd())), env: env, dir: dir}.copy(ctx, text)
}

// clipboard copies: by the terminal, by what the desktop has, else to a file.
type clipboard struct {
	out  *terminal
	deaf bool // out is a file or a pipe, which takes no copy
	env  func(string) string
	dir  string // of the file
}

// mostOSC is how much terminals take, in the form in which it is sent.
const mostOSC = 74_994

// copy copies a text and says how. That a terminal did what it was asked for
// cannot be seen, so what the desktop offers is used beside it.
func (c clipboard) copy(ctx context.Context, text string) (string, error) {
	var ways []string
	var failures []error
	try := func(way string, err error) {
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", way, err))
			return
		}
		ways = append(ways, way)
	}
	switch name := c.env("TERM"); {
	case c.env("TMUX") != "":
		try("to tmux's buffer", c.tmux(ctx, text))
	case c.deaf || name == "dumb" || name == "linux" || name == "" || base64.StdEncoding.EncodedLen(len(text)) > mostOSC:
	default:
		_, err := osc52.New(text).WriteTo(c.out)
		try("by the terminal (OSC 52)", err)
	}
	if !native.Unsupported && (c.env("DISPLAY") != "" || c.env("WAYLAND_DISPLAY") != "" || desktop) {
		try("to the desktop's clipboard", native.WriteAll(text))
	}
	if len(ways) == 0 {
		path := filepath.Join(c.dir, "copied.txt")
		try("to the file "+path, errors.Join(os.MkdirAll(c.dir, 0o700), os.WriteFile(path, []byte(text), 0o600)))
	}
	if len(ways) == 0 {
		return "", fmt.Errorf("nothing takes a copy: %w", errors.Join(failures...))
	}
	return strings.Join(ways, " and "), nil
}

// tmux puts a text into tmux's buffer, which passes it on to the terminal as
// it is set up to: from a program inside it, it takes no OSC 52 by default.
func (c clipboard) tmux(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tmux", "load-buffer", "-w", "-")
	cmd.Stdin = strings.NewReader(text)
	return cmd.Run()
}
