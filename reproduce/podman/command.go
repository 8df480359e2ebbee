package podman

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// Deadlines of podman's calls.
const (
	quick    = 20 * time.Second // calls that only look something up: 30 ms as a rule
	listing  = 5 * time.Minute  // of all images
	pulling  = 20 * time.Minute
	making   = 30 * time.Minute // one step of preparing
	grace    = 5 * time.Second  // between asking a client to end and the next step
	killing  = 10 * time.Second
	maxReply = 64 << 20 // bytes of an answer
)

// reply is what a podman command answered.
type reply struct {
	stdout []byte
	stderr string
	status int
}

// call runs a podman command that starts no container. A command that exits
// with a status is a reply; an error (*reproduce.Error of CodeEngine, or the
// context's) means that podman could not be used.
func (e *Engine) call(ctx context.Context, deadline time.Duration, args ...string) (reply, error) {
	stdout := capped{limit: maxReply}
	answer, err := e.exchange(ctx, deadline, nil, &stdout, args...)
	answer.stdout = stdout.data.Bytes()
	if err == nil && e.remote() && answer.status == statusPodman {
		err = e.lost(ctx)
	}
	return answer, err
}

// exchange is call for those who give podman an input or take its output as it comes.
func (e *Engine) exchange(ctx context.Context, deadline time.Duration, in io.Reader, out io.Writer, args ...string) (reply, error) {
	bounded, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	cmd := exec.CommandContext(bounded, e.cfg.Podman, e.args(args...)...)
	cmd.Env = reproduce.Environ()
	// A client that is killed outright may leave processes behind.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stderr := capped{limit: 1 << 20}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &stderr
	err := cmd.Run()
	answer := reply{stderr: stderr.data.String(), status: cmd.ProcessState.ExitCode()}
	var exited *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return answer, ctx.Err()
	case bounded.Err() != nil:
		return answer, hung(args, deadline)
	case err == nil || errors.As(err, &exited) && exited.Exited():
		return answer, nil
	}
	return answer, e.unusable(err)
}

func (e *Engine) args(args ...string) []string {
	var all []string
	if e.remote() {
		all = append(all, "--connection", e.cfg.Connection)
	}
	return append(append(all, e.cfg.GlobalArgs...), args...)
}

func hung(args []string, deadline time.Duration) error {
	return &reproduce.Error{Code: reproduce.CodeEngine, Message: fmt.Sprintf(
		"podman hangs: \"podman %s\" did not answer in %s; see whether \"podman ps\" answers, and end the podman process that hangs", args[0], deadline)}
}

// unusable is an error of a podman that could not be started or was killed.
func (e *Engine) unusable(err error) error {
	message := fmt.Sprintf("%s cannot be run: %v", e.cfg.Podman, err)
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, syscall.ENOENT) {
		message = e.cfg.Podman + " is not installed; install it (apt install podman, dnf install podman), or set [engine] podman"
	}
	return &reproduce.Error{Code: reproduce.CodeEngine, Message: message, Err: err}
}

// failed makes an error of a reply with a status.
func (r reply) failed(what string) error {
	return fmt.Errorf("podman: %s: %s", what, complaint(r.stderr))
}

// unusable is the error of a podman that refuses what it never may.
func unusable(stderr string) error {
	return &reproduce.Error{Code: reproduce.CodeEngine, Message: "podman is not usable: " + complaint(stderr) + "; see whether podman ps works"}
}

// foreign is the error of a podman whose command answers what podman does not.
func foreign(command string, err error) error {
	return &reproduce.Error{Code: reproduce.CodeEngine, Err: err,
		Message: "podman " + command + " answers something that is not podman's; see whether [engine] podman names podman"}
}

// complaint is the sentence in what podman wrote to stderr: its last line that
// says "Error:", without that word.
func complaint(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if text, ok := strings.CutPrefix(strings.TrimSpace(lines[i]), "Error: "); ok {
			return strings.ToValidUTF8(text, "\uFFFD")
		}
	}
	last := strings.ToValidUTF8(strings.TrimSpace(lines[len(lines)-1]), "\uFFFD")
	if last == "" {
		return "it gave no reason"
	}
	return last
}

// capped keeps the beginning of what is written, and takes all of it.
type capped struct {
	data  bytes.Buffer
	limit int
}

func (c *capped) Write(p []byte) (int, error) {
	if room := c.limit - c.data.Len(); room > 0 {
		c.data.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
