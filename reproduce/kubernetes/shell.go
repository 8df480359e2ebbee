package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// shellFor is how long a shell may stay open.
const shellFor = 24 * time.Hour

// Shell gives a person a shell in a pod as attempts see it. See reproduce.Engine.
func (e *Engine) Shell(ctx context.Context, spec reproduce.AttemptSpec, stdio reproduce.Stdio) error {
	box, err := attemptPod(spec)
	if err != nil {
		return err
	}
	if box.network == reproduce.NetworkNone {
		if err := e.applyPolicy(ctx); err != nil {
			return err
		}
	}
	box.final, box.timeout = step{script: "shell"}, shellFor
	within, done := context.WithCancel(ctx)
	defer done()
	var shell error
	opened := false
	result, err := e.executeWith(within, box, func(inside.Line) {}, func(pod string) {
		opened = true
		shell = e.open(ctx, pod, stdio)
		done()
	})
	switch {
	case opened:
		return shell
	case err != nil:
		return err
	case result.gone:
		return fmt.Errorf("image %s: %s: %w", box.place.image, result.Detail, reproduce.ErrImageGone)
	}
	return fmt.Errorf("the shell on %s could not be started: %s", spec.Target.Name, result.Detail)
}

// open runs a shell in a pod that waits for it, in the terminal's own process
// group: this is the person's program now.
func (e *Engine) open(ctx context.Context, pod string, stdio reproduce.Stdio) error {
	args := []string{"exec", "--stdin", "--container=test", pod}
	if stdio.Terminal {
		args = append(args, "--tty")
	}
	cmd := exec.CommandContext(ctx, e.cfg.Kubectl, e.args(append(args, "--", "/bin/bash", "/almatriage/job/shell.sh")...)...)
	cmd.Env = reproduce.Environ()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdio.In, stdio.Out, stdio.Err
	err := cmd.Run()
	var exited *exec.ExitError
	if errors.As(err, &exited) && exited.Exited() || err == nil {
		return nil // the shell's status is the person's business
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return e.unusable(err)
}
