package podman

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// shellFor is how long a shell may stay open before a sweep takes it for lost.
const shellFor = 24 * time.Hour

// Shell gives a person a shell in a prepared image. See reproduce.Engine.
func (e *Engine) Shell(ctx context.Context, spec reproduce.AttemptSpec, stdio reproduce.Stdio) (err error) {
	if e.remote() {
		return &reproduce.Error{Code: reproduce.CodeUsage, Message: "a shell is only to be had on this computer, not on worker " + e.cfg.Connection}
	}
	box := e.attemptContainer(spec)
	box.script, box.timeout = "shell.sh", shellFor
	dir, err := e.newWorkdir(box.name, box.script, box.files, box.texts)
	if err != nil {
		return err
	}
	defer func() {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), quick)
		defer cancel()
		err = errors.Join(err, e.remove(after, []string{box.name}))
	}()
	c := &container{engine: e, spec: box, dir: dir, nonce: "shell"}
	options := append(c.mounts(), "--interactive", "--detach-keys=")
	if stdio.Terminal {
		options = append(options, "--tty")
	}
	argv := e.args(c.making("run", options...)...)
	// In the terminal's own process group: this is the person's program now.
	client := exec.Command(e.cfg.Podman, argv...)
	client.Env = reproduce.Environ()
	client.Dir = string(dir)
	client.Stdin, client.Stdout, client.Stderr = stdio.In, stdio.Out, stdio.Err
	if err := client.Start(); err != nil {
		return e.unusable(err)
	}
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.Background(), killing)
		defer cancel()
		if _, err := e.call(end, killing, "kill", box.name); err != nil {
			return // the deferred removal ends it
		}
	})
	defer stop()
	err = client.Wait()
	var exited *exec.ExitError
	if !errors.As(err, &exited) {
		return err
	}
	if data, unread := dir.out("step"); unread == nil && data != nil {
		return nil // the shell ran; its status is the person's business
	}
	if state, known, failed := e.state(ctx, box.name); failed == nil && known && state.Status != "created" {
		return nil
	}
	return fmt.Errorf("the shell on %s could not be started (podman's status is %d)", spec.Target.Name, exited.ExitCode())
}
