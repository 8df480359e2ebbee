package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Deadlines of kubectl's calls.
const (
	quick    = 30 * time.Second // calls that look something up or change it
	making   = 30 * time.Minute // the steps that prepare
	grace    = 5 * time.Second  // between asking a client to end and the next step
	maxReply = 16 << 20         // bytes of an answer
)

// reply is what a kubectl command answered.
type reply struct {
	stdout []byte
	stderr string
	status int
}

// args is kubectl's command line; the namespace and context are always said.
func (e *Engine) args(args ...string) []string {
	all := make([]string, 0, len(args)+2)
	if e.cfg.Context != "" {
		all = append(all, "--context="+e.cfg.Context)
	}
	all = append(all, "--namespace="+e.cfg.Namespace)
	return append(all, args...)
}

// call runs a kubectl command to its end. A command that exits with a status is
// a reply; an error (*reproduce.Error of CodeEngine, or the context's) means
// that kubectl could not be used.
func (e *Engine) call(ctx context.Context, input []byte, args ...string) (reply, error) {
	bounded, cancel := context.WithTimeout(ctx, e.cfg.Quick)
	defer cancel()
	cmd := exec.CommandContext(bounded, e.cfg.Kubectl, e.args(append([]string{"--request-timeout=20s"}, args...)...)...)
	cmd.Env = reproduce.Environ()
	gently(cmd)
	if input != nil {
		cmd.Stdin = bytes.NewReader(input)
	}
	stdout, stderr := capped{limit: maxReply}, capped{limit: 1 << 20}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	answer := reply{stdout: stdout.data.Bytes(), stderr: stderr.data.String(), status: cmd.ProcessState.ExitCode()}
	var exited *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return answer, ctx.Err()
	case bounded.Err() != nil:
		return answer, &reproduce.Error{Code: reproduce.CodeEngine, Message: fmt.Sprintf(
			"kubectl hangs: \"kubectl %s\" did not answer in %s; see whether \"kubectl get pods\" answers", args[0], e.cfg.Quick)}
	case err == nil || errors.As(err, &exited) && exited.Exited():
		return answer, nil
	}
	return answer, e.unusable(err)
}

// gently has a client asked to end before it is killed, and keeps the
// terminal's Ctrl-C from it: that is for us.
func gently(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// unusable is an error of a kubectl that could not be started or was killed.
func (e *Engine) unusable(err error) error {
	message := fmt.Sprintf("%s cannot be run: %v", e.cfg.Kubectl, err)
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, syscall.ENOENT) {
		message = e.cfg.Kubectl + " is not installed; install kubectl, or set [engine.kubernetes] kubectl"
	}
	return &reproduce.Error{Code: reproduce.CodeEngine, Message: message, Err: err}
}

// refused makes one clear sentence with the next step of a reply with a status.
func (e *Engine) refused(r reply, what string) error {
	words := complaint(r.stderr)
	low := strings.ToLower(r.stderr)
	next := "see what kubectl says"
	for _, one := range []struct {
		sign, next string
	}{
		{"context was not found", "set [engine.kubernetes] context to one of \"kubectl config get-contexts\""},
		{"no configuration has been provided", "give kubectl a configuration (KUBECONFIG)"},
		{"forbidden: violates podsecurity", "the namespace must admit the level \"baseline\" (docs/kubernetes.md)"},
		{"exceeded quota", "raise the namespace's quota, or lower [engine] memory, cpus or disk"},
		{"forbidden", "have the role of docs/kubernetes.md granted in the namespace " + e.cfg.Namespace},
		{"unauthorized", "log in to the cluster"},
		{"must be logged in", "log in to the cluster"},
		{"username: ", "log in to the cluster"},
		{"namespaces \"" + e.cfg.Namespace + "\" not found", "create the namespace " + e.cfg.Namespace},
		{"unable to connect", unreachable},
		{"the connection to the server", unreachable},
		{"connection refused", unreachable},
		{"no such host", unreachable},
		{"timeout", unreachable},
		{"timed out", unreachable},
		{"deadline exceeded", unreachable},
		{"unable to handle the request", unreachable},
	} {
		if strings.Contains(low, one.sign) {
			next = one.next
			break
		}
	}
	if next == unreachable {
		// kubectl adds advice of its own about what it could not ask.
		words, _, _ = strings.Cut(words, "; ")
		return &reproduce.Error{Code: reproduce.CodeEngine, Message: fmt.Sprintf("the cluster cannot be reached to %s: %s; %s", what, words, next)}
	}
	return &reproduce.Error{Code: reproduce.CodeEngine, Message: fmt.Sprintf("the cluster does not let us %s: %s; %s", what, words, next)}
}

const unreachable = "check the network and whether \"kubectl cluster-info\" answers"

// complaint is the sentence in what kubectl wrote to stderr: its last line that
// says something, without what begins it. kubectl's own log lines are none.
func complaint(stderr string) string {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		text := strings.TrimSpace(lines[i])
		if text == "" || logLine(text) || strings.HasPrefix(text, "Please enter ") {
			continue
		}
		for _, head := range []string{"error: ", "Error from server ", "Error in configuration: ", "error when creating \"STDIN\": "} {
			text = strings.TrimPrefix(text, head)
		}
		return oneLine(text)
	}
	return "it gave no reason"
}

// logLine tells klog's lines: a letter, month and day.
func logLine(text string) bool {
	return len(text) > 5 && strings.ContainsRune("EWIF", rune(text[0])) && strings.Trim(text[1:5], "0123456789") == ""
}

// get asks for objects as JSON. Whatever keeps it from an answer may pass, so
// it asks three times.
func (e *Engine) get(ctx context.Context, into any, args ...string) error {
	var err error
	for tries := range 3 {
		if tries > 0 {
			if gone := tracker.Sleep(ctx, time.Duration(tries)*e.cfg.Poll); gone != nil {
				return gone
			}
		}
		var answer reply
		if answer, err = e.call(ctx, nil, append([]string{"get", "--output=json"}, args...)...); err != nil {
			return err
		}
		if answer.status != 0 {
			err = e.refused(answer, "look at "+args[0])
			continue
		}
		if json.Unmarshal(answer.stdout, into) == nil {
			return nil
		}
		err = &reproduce.Error{Code: reproduce.CodeEngine,
			Message: "kubectl get answers something that is not kubectl's; see whether [engine.kubernetes] kubectl names kubectl"}
	}
	return err
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
