package kubernetes

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
	"github.com/almatriage/almatriage/tracker"
)

// slack is how much later than asked the limit of a test strikes, for the time
// that its first mark needs to come here.
const slack = 2 * time.Second

// rereads is how often a log that was cut is read again.
const rereads = 20

// ended is how a pod came to its end.
type ended struct {
	inside.Ended
	left     leavings
	whole    bool   // all of the log is here
	words    string // of the runtime, where our script did not run
	imageID  string // the image as the node knows it
	gone     bool   // the image is not to be had
	begun    time.Time
	duration time.Duration
}

// execute runs a pod to its end, whatever happens to it, and removes its Job.
// What happened is in ended; an error means that the cluster is unusable or
// that ctx ended.
func (e *Engine) execute(ctx context.Context, spec podSpec, sink func(inside.Line)) (ended, error) {
	return e.executeWith(ctx, spec, sink, nil)
}

// executeWith does that and calls ready, if it is set, with the pod's name when
// a pod of a shell waits for one.
func (e *Engine) executeWith(ctx context.Context, spec podSpec, sink func(inside.Line), ready func(pod string)) (ended, error) {
	if err := e.slots.Acquire(ctx, 1); err != nil {
		return ended{Ended: inside.Ended{End: reproduce.EndInterrupted}}, err
	}
	defer e.slots.Release(1)
	r, err := e.start(ctx, spec, sink)
	if err != nil {
		return ended{}, err
	}
	r.ready = ready
	defer r.remove(ctx)
	defer r.stop()
	if err := r.await(ctx); err != nil {
		return ended{}, err
	}
	if r.reason == "" {
		r.guard(ctx)
	}
	return r.conclude(ctx)
}

// running is a pod that runs.
type running struct {
	engine *Engine
	spec   podSpec
	log    *podLog
	marks  chan string   // of our scripts, as they come
	done   chan struct{} // closed when the log has been read
	halt   context.CancelFunc
	failed error // of reading the log: kubectl is unusable
	ready  func(pod string)

	pod    *pod // as it was last seen
	begun  time.Time
	reason reproduce.End // why we ended it; "" if we did not
	detail string
	gone   bool
}

// start creates a Job.
func (e *Engine) start(ctx context.Context, spec podSpec, sink func(inside.Line)) (*running, error) {
	random := make([]byte, 16)
	rand.Read(random) // never fails, by its documentation
	nonce := hex.EncodeToString(random)
	manifest, err := e.manifest(spec, nonce)
	if err != nil {
		return nil, err
	}
	r := &running{engine: e, spec: spec, marks: make(chan string, 16), halt: func() {}}
	r.log = newPodLog(nonce, sink, func(name string) {
		select {
		case r.marks <- name:
		default: // more than our scripts ever set
		}
	})
	answer, err := e.call(ctx, manifest, "create", "--filename=-")
	if err == nil && answer.status != 0 {
		err = e.refused(answer, "create a Job")
	}
	if err != nil {
		r.remove(ctx) // one of the two may be there
		return nil, err
	}
	return r, nil
}

// await waits until the pod has a log. A pod that gets none has a reason then.
func (r *running) await(ctx context.Context) error {
	for deadline := time.Now().Add(r.engine.cfg.Starting); ; {
		pod, err := r.engine.podOf(ctx, r.spec.name)
		if ctx.Err() != nil {
			r.reason = reproduce.EndInterrupted
			return nil
		}
		if err != nil {
			return err
		}
		if r.pod != nil && pod == nil {
			r.reason, r.detail = reproduce.EndLost, "the cluster removed the pod"
			return nil
		}
		if r.pod = pod; pod != nil {
			if pod.started() {
				return nil
			}
			if why, gone := pod.blocked(); why != "" && pod.Status.Reason == "" {
				r.reason, r.detail, r.gone = reproduce.EndEngine, why, gone
				return nil
			}
			if pod.finished() {
				r.reason, r.detail = pod.end(false)
				return nil
			}
		}
		if time.Now().After(deadline) {
			r.reason, r.detail = reproduce.EndEngine, pod.waits()
			if pod == nil {
				r.detail = r.engine.whyNoPod(ctx, r.spec.name, r.detail)
			}
			return nil
		}
		if tracker.Sleep(ctx, r.engine.cfg.Poll) != nil {
			r.reason = reproduce.EndInterrupted
			return nil
		}
	}
}

// whyNoPod finds the cluster's own words for a Job that has no pod.
func (e *Engine) whyNoPod(ctx context.Context, job, otherwise string) string {
	var events list[struct{ Reason, Message string }]
	if err := e.get(ctx, &events, "events", "--field-selector=involvedObject.name="+job); err != nil {
		return otherwise
	}
	for _, event := range events.Items {
		if event.Reason == "FailedCreate" {
			return otherwise + ": " + oneLine(event.Message)
		}
	}
	return otherwise
}

// follow reads the log until it is over, again where it is cut, and closes done.
func (r *running) follow(ctx context.Context) {
	defer close(r.done)
	pod := r.pod
	for range rereads {
		finished := pod.finished()
		if r.failed = r.logs(ctx, !finished); r.failed != nil || ctx.Err() != nil || r.log.over() || finished {
			return
		}
		if tracker.Sleep(ctx, r.engine.cfg.Poll) != nil {
			return
		}
		var err error
		if pod, err = r.engine.podOf(ctx, r.spec.name); err != nil || pod == nil {
			r.failed = err
			return
		}
	}
}

// logs runs kubectl logs once. Its pipe is always drained.
func (r *running) logs(ctx context.Context, follow bool) error {
	e := r.engine
	args := []string{"logs", "--container=test", r.pod.Metadata.Name}
	if follow {
		args = append(args, "--follow")
	}
	cmd := exec.CommandContext(ctx, e.cfg.Kubectl, e.args(args...)...)
	cmd.Env = reproduce.Environ()
	gently(cmd)
	reader, writer, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe for the pod's log: %w", err)
	}
	defer reader.Close()
	// A process that outlives the client could hold the pipe for ever.
	defer context.AfterFunc(ctx, func() { reader.SetReadDeadline(time.Now().Add(2 * grace)) })()
	words := capped{limit: 64 << 10}
	cmd.Stdout, cmd.Stderr = writer, &words
	err = cmd.Start()
	if closed := writer.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return e.unusable(err)
	}
	r.log.read(reader)
	if cmd.Wait() != nil && words.data.Len() > 0 {
		r.log.note([]byte(complaint(words.data.String())))
	}
	return nil
}

// guard waits for the end of the log and sees to it that there is one.
func (r *running) guard(ctx context.Context) {
	reading, halt := context.WithCancel(context.WithoutCancel(ctx))
	r.halt, r.done = halt, make(chan struct{})
	go r.follow(reading)
	limit := time.After(r.engine.cfg.Starting + r.spec.preparing())
	for {
		select {
		case <-r.done:
			for len(r.marks) > 0 {
				limit = r.marked(ctx, <-r.marks, limit)
			}
			return
		case name := <-r.marks:
			limit = r.marked(ctx, name, limit)
		case <-limit:
			r.reason = reproduce.EndTimeout
			if r.begun.IsZero() {
				r.reason, r.detail = reproduce.EndEngine, "the test did not begin in time"
			}
		case <-ctx.Done():
			r.reason = reproduce.EndInterrupted
		}
		if r.reason != "" {
			r.stop()
			return
		}
	}
}

// marked does what a mark of our scripts asks for. The final script's first
// mark begins its limit.
func (r *running) marked(ctx context.Context, name string, limit <-chan time.Time) <-chan time.Time {
	if name == "network" {
		if len(r.spec.steps) > 0 && r.spec.network == reproduce.NetworkNone {
			r.seal(ctx)
		}
		return limit
	}
	if !r.begun.IsZero() || !r.isFinal(name) {
		return limit
	}
	r.begun = time.Now()
	if name == "shell" && r.ready != nil {
		r.ready(r.pod.Metadata.Name)
	}
	return time.After(r.spec.timeout + slack)
}

// isFinal tells the marks of the script that the pod is for from those of the
// steps before.
func (r *running) isFinal(name string) bool {
	switch r.spec.final.script {
	case "attempt":
		return name == string(reproduce.StepSyntax)
	case "shell":
		return name == "shell"
	case "offers":
		return name == string(reproduce.StepControl)
	}
	return name == "os-release" || name == "fingerprint"
}

// seal puts the pod under the policy that keeps it from the network.
func (r *running) seal(ctx context.Context) {
	answer, err := r.engine.call(ctx, nil, "label", "pod", r.pod.Metadata.Name, "almatriage.network=none", "--overwrite")
	if err == nil && answer.status != 0 {
		err = r.engine.refused(answer, "label a pod")
	}
	if err != nil && ctx.Err() == nil {
		r.reason, r.detail = reproduce.EndEngine, err.Error()
	}
}

// stop ends the reading of the log.
func (r *running) stop() {
	r.halt()
	if r.done != nil {
		<-r.done
	}
}

// remove removes the Job, also when the run was cancelled.
func (r *running) remove(ctx context.Context) {
	e := r.engine
	if e.delete(context.WithoutCancel(ctx), r.spec.name) == nil {
		return
	}
	// Close tries again; after that there are Sweep and the Job's own time.
	e.mu.Lock()
	defer e.mu.Unlock()
	e.left = append(e.left, r.spec.name)
}

// delete removes a Job with its pod, and its ConfigMap.
func (e *Engine) delete(ctx context.Context, names ...string) error {
	args := []string{"delete", "--ignore-not-found", "--wait=false", "--cascade=background"}
	for _, name := range names {
		args = append(args, "job/"+name, "configmap/"+name)
	}
	answer, err := e.call(ctx, nil, args...)
	if err == nil && answer.status != 0 {
		err = e.refused(answer, "remove a Job")
	}
	return err
}
