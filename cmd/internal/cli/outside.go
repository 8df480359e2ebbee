package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/adrg/xdg"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/tui/widget"
)

// editor is the person's, as a command and its arguments, to be run without a
// shell.
func (a *app) editor() ([]string, error) {
	command := a.Env("VISUAL")
	if command == "" {
		command = a.Env("EDITOR")
	}
	if command == "" {
		command = "vi"
	}
	words, err := config.SplitCommand(command)
	if err != nil || len(words) == 0 {
		return nil, usage("$EDITOR %q cannot be read as a command", command)
	}
	return words, nil
}

// openURL shows a page in the browser: $BROWSER, or what the desktop has. The
// URL is one argument, and what the browser prints goes nowhere.
func (a *app) openURL(_ context.Context, url string) error {
	words, err := a.browser()
	if err != nil {
		return err
	}
	cmd := exec.Command(words[0], append(words[1:], url)...)
	if err := cmd.Start(); err != nil {
		return err
	}
	// Some stay for as long as the page is open: what fails, fails at once.
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(2 * time.Second):
		return nil
	}
}

func (a *app) browser() ([]string, error) {
	if command := a.Env("BROWSER"); command != "" {
		words, err := config.SplitCommand(command)
		if err != nil || len(words) == 0 {
			return nil, usage("$BROWSER %q cannot be read as a command", command)
		}
		return words, nil
	}
	name := "xdg-open"
	if runtime.GOOS == "darwin" {
		name = "open"
	}
	if _, err := exec.LookPath(name); err != nil {
		return nil, fmt.Errorf("%s is not installed, and $BROWSER is not set", name)
	}
	return []string{name}, nil
}

// detach goes on with runs in a process of its own, which the end of this one
// and of its terminal does not end. What it says goes to a file beside the log.
func (a *app) detach(reports []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("leave the runs to go on: %w", err)
	}
	dir := home("XDG_STATE_HOME", xdg.StateHome)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("leave the runs to go on: %w", err)
	}
	path := filepath.Join(dir, "background.log")
	out, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("leave the runs to go on: %w", err)
	}
	// Several are a batch; nobody is there any more to start it again.
	args := append([]string{"run", "--no-input", "--wait", "24h", "--db", a.dbPath()}, reports...)
	if a.flags.config != "" {
		args = append(args, "--config", a.flags.config)
	}
	cmd := exec.Command(self, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	if err == nil {
		err = cmd.Process.Release()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("leave the runs to go on: %w", err)
	}
	fmt.Fprintf(a.Err, "Left to go on in the background: %s; what is said is in %s\n", widget.Count(len(reports), "run"), path)
	return nil
}
