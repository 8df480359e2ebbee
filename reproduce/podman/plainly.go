package podman

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// plainly is how podman's client is treated by somebody who knows no better.
type plainly struct {
	options   []string      // of podman run
	kill      bool          // while it starts the container
	killAfter time.Duration // of that moment
	deaf      bool          // its output is closed
}

// plain is how a container ended that podman ran as anybody would run it.
type plain struct {
	status int   // of podman's client, -1 of one that was killed
	state  state // of the container, when the client had ended
}

// plain runs a command in a container of ours, and removes that.
func (m *measurement) plain(ctx context.Context, name string, how plainly, command string) (ended plain, err error) {
	e := m.engine
	dir, err := e.newWorkdir(name, "attempt.sh", nil, nil)
	if err != nil {
		return ended, err
	}
	defer func() { err = errors.Join(err, m.remove(ctx, name)) }()
	args := []string{"run", "--name", name, "--label", "almatriage.app=1", "--label", "almatriage.run=doctor",
		"--label", "almatriage.owner=" + e.cfg.Owner, "--label", "almatriage.deadline=" + strconv.FormatInt(e.cfg.Now().Add(measured).Unix(), 10),
		"--pull=never", "--log-driver=none", "--http-proxy=false", "--network=none", "--security-opt=no-new-privileges"}
	args = append(append(append(args, limitArgs(stress, m.dropped)...), how.options...), e.cfg.RunArgs...)
	client := exec.Command(e.cfg.Podman, e.args(append(args, "--", m.image, "/bin/bash", "-c", command)...)...)
	client.Env = reproduce.Environ()
	client.Dir = string(dir) // where an old conmon leaves its mark
	client.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	done, err := how.start(client)
	if err != nil {
		return ended, e.unusable(err)
	}
	if ended.status, err = m.await(ctx, client, name, how, done); err != nil || how.kill {
		return ended, err
	}
	ended.state, err = m.state(ctx, name, how)
	return ended, err
}

// start starts the client; its status comes when it has ended.
func (how plainly) start(client *exec.Cmd) (<-chan int, error) {
	var output *os.File
	if how.deaf {
		reader, writer, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		client.Stdout, output = writer, writer
		if err := reader.Close(); err != nil {
			return nil, errors.Join(err, writer.Close())
		}
	}
	err := client.Start()
	if output != nil {
		err = errors.Join(err, output.Close())
	}
	if err != nil {
		return nil, err
	}
	done := make(chan int, 1)
	go func() {
		if err := client.Wait(); err != nil && client.ProcessState == nil {
			done <- -1
			return
		}
		done <- client.ProcessState.ExitCode()
	}()
	return done, nil
}

// await waits for the client's end: by itself, by the kill that is measured, or
// by us where the time is over.
func (m *measurement) await(ctx context.Context, client *exec.Cmd, name string, how plainly, done <-chan int) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kill := make(chan struct{})
	if how.kill {
		go func() {
			m.untilStarting(ctx, name, how.killAfter)
			close(kill)
		}()
	}
	for {
		select {
		case status := <-done:
			return status, nil
		case <-kill:
			if err := client.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return -1, fmt.Errorf("kill podman: %w", err)
			}
			return <-done, nil
		case <-ctx.Done():
			return -1, errors.Join(ctx.Err(), m.end(client, name, done))
		}
	}
}

// end ends a container, and its client with it.
func (m *measurement) end(client *exec.Cmd, name string, done <-chan int) error {
	err := m.remove(context.Background(), name)
	for _, signal := range []syscall.Signal{0, syscall.SIGTERM, syscall.SIGKILL} {
		if sent := client.Process.Signal(signal); sent != nil && !errors.Is(sent, os.ErrProcessDone) {
			return errors.Join(err, sent)
		}
		select {
		case <-done:
			return err
		case <-time.After(grace):
		}
	}
	killLeftovers(map[string]bool{name: true})
	return err
}

// state is what podman notes of the container. Of one whose client lost its
// output it is what it is at once: it may run on.
func (m *measurement) state(ctx context.Context, name string, how plainly) (s state, err error) {
	if !how.deaf {
		s, _, err = m.engine.state(ctx, name)
		return s, err
	}
	answer, err := m.engine.call(ctx, quick, "container", "inspect", "--format", "{{json .State}}", name)
	if err != nil || answer.status != 0 {
		return s, err
	}
	if s, err = parseState(answer.stdout); err != nil {
		return s, fmt.Errorf("read the state of container %s: %w", name, err)
	}
	return s, nil
}

// remove removes a container of ours, also where there is no time left.
func (m *measurement) remove(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killing)
	defer cancel()
	return m.engine.remove(ctx, []string{name})
}
