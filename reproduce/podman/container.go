package podman

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// containerSpec is one container to run to its end.
type containerSpec struct {
	name    string
	image   string
	target  string
	run     string
	script  string   // of scripts/, run as PID 1
	args    []string // of the script, after the nonce
	files   []reproduce.File
	texts   map[string]string // more files of the job, by name
	network reproduce.Network
	limits  reproduce.Limits
	dropped []string
	timeout time.Duration
	sink    func(inside.Line) // gets every line after the first mark
	keep    bool              // the caller removes the container
}

// ended is how a container came to its end.
type ended struct {
	end      reproduce.End
	verdict  inside.Verdict // with EndExited
	step     reproduce.Step
	started  bool   // our script ran at all
	detail   string // one line, where there is something to explain
	podman   string // podman's own words, if the script did not run
	begun    time.Time
	duration time.Duration // of the script
	bytes    int64
	dir      workdir
}

// slack is how much later than asked podman's own timer fires, for the time
// that it takes to start; and ours after podman's.
const slack = 2 * time.Second

// execute runs a container to its end, whatever happens to it. Its facts are
// in ended; an error means that podman is unusable, that the image is gone
// (reproduce.ErrImageGone), or that ctx ended.
func (e *Engine) execute(ctx context.Context, spec containerSpec) (ended, error) {
	if err := e.slots.Acquire(ctx, 1); err != nil {
		return ended{end: reproduce.EndInterrupted}, err
	}
	defer e.slots.Release(1)
	random := make([]byte, 16)
	rand.Read(random) // never fails, by its documentation
	nonce := hex.EncodeToString(random)
	dir, err := e.newWorkdir(spec.name, spec.script, spec.files, spec.texts)
	if err != nil {
		return ended{}, err
	}
	if !spec.keep {
		defer e.remover.later(spec.name)
	}
	c := &container{engine: e, spec: spec, dir: dir, nonce: nonce, done: make(chan struct{}), begun: make(chan struct{})}
	if e.remote() {
		if refused, err := c.place(ctx); refused || err != nil {
			return ended{end: reproduce.EndEngine, detail: c.detail, dir: dir}, err
		}
	}
	if err := c.start(); err != nil {
		return ended{}, err
	}
	c.guard(ctx)
	result, err := c.conclude(ctx)
	result.dir = dir
	return result, err
}

// container is one that runs.
type container struct {
	engine *Engine
	spec   containerSpec
	dir    workdir
	nonce  string

	client *exec.Cmd
	split  *inside.Splitter
	drains sync.WaitGroup
	pipes  []*os.File
	words  []string      // what podman said before the script began
	begun  chan struct{} // closed at the first mark
	done   chan struct{} // closed when the client has ended
	status int           // of the client, after done

	reason reproduce.End // why we ended it; "" if we did not
	detail string

	uncopied string // why what it left could not be copied from a worker
}

func (c *container) start() error {
	c.split = inside.NewSplitter(c.nonce, c.sink, func() { close(c.begun) })
	c.client = exec.Command(c.engine.cfg.Podman, c.argv()...)
	c.client.Env = reproduce.Environ()
	c.client.Dir = string(c.dir)
	// The terminal's Ctrl-C is for us: the client must not be cut short.
	c.client.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var writers []*os.File
	for _, stream := range []reproduce.Stream{reproduce.Stdout, reproduce.Stderr} {
		reader, writer, err := os.Pipe()
		if err != nil {
			return errors.Join(fmt.Errorf("make a pipe for the container's output: %w", err), closeAll(append(c.pipes, writers...)))
		}
		c.pipes = append(c.pipes, reader)
		writers = append(writers, writer)
		if stream == reproduce.Stdout {
			c.client.Stdout = writer
		} else {
			c.client.Stderr = writer
		}
	}
	err := c.client.Start()
	closed := closeAll(writers)
	if err != nil {
		return errors.Join(c.engine.unusable(err), closeAll(c.pipes))
	}
	for i, stream := range []reproduce.Stream{reproduce.Stdout, reproduce.Stderr} {
		c.drains.Go(func() { c.split.Read(stream, c.pipes[i]) })
	}
	go func() {
		// The status is read below; an error here is a status as well.
		if err := c.client.Wait(); err != nil && c.client.ProcessState == nil {
			c.status = -1
		} else {
			c.status = c.client.ProcessState.ExitCode()
		}
		close(c.done)
	}()
	return closed
}

func closeAll(files []*os.File) error {
	var err error
	for _, file := range files {
		err = errors.Join(err, file.Close())
	}
	return err
}

// sink passes lines on; what podman itself says comes before the first mark.
func (c *container) sink(l inside.Line) {
	if l.Section == inside.BeforeMarks {
		if len(c.words) < 50 && l.Stream == reproduce.Stderr {
			c.words = append(c.words, string(l.Text[:min(len(l.Text), 1000)]))
		}
		return
	}
	if c.spec.sink != nil {
		c.spec.sink(l)
	}
}

// argv is the command line. All that comes from others stands behind an
// option that takes it, or behind the image.
func (c *container) argv() []string {
	if c.engine.remote() {
		return c.engine.args("start", "--attach", "--sig-proxy=false", "--", c.spec.name)
	}
	return c.engine.args(c.making("run", c.mounts()...)...)
}

// mounts are the options that show a container its working directory.
func (c *container) mounts() []string {
	relabel := ""
	if _, err := os.Stat("/sys/fs/selinux/enforce"); err == nil {
		relabel = ",Z"
	}
	return []string{"-v", c.dir.path("job") + ":/almatriage/job:ro" + relabel,
		"-v", c.dir.path("out") + ":/almatriage/out:rw,noexec,nosuid,nodev" + relabel}
}

// making is the command (run or create) that makes the container.
func (c *container) making(command string, more ...string) []string {
	e, s := c.engine, c.spec
	args := []string{command, "--name", s.name,
		"--label", "almatriage.app=1", "--label", "almatriage.run=" + s.run, "--label", "almatriage.target=" + s.target,
		"--label", "almatriage.owner=" + e.cfg.Owner, "--label", "almatriage.deadline=" + strconv.FormatInt(e.cfg.Now().Add(s.timeout).Unix(), 10),
		"--pull=never", "--log-driver=none", "--http-proxy=false", "--hostname=reproducer"}
	args = append(args, "--timeout", strconv.Itoa(int((s.timeout+slack+time.Second-1)/time.Second)))
	if s.network == reproduce.NetworkNone {
		args = append(args, "--network=none")
	}
	args = append(args, limitArgs(s.limits, s.dropped)...)
	args = append(args, "--security-opt=no-new-privileges")
	args = append(append(args, more...), e.cfg.RunArgs...)
	args = append(args, "--", s.image, "/bin/bash", "/almatriage/job/"+s.script, c.nonce)
	return append(args, s.args...)
}

// limitArgs are the limits as podman takes them, without those that cannot be
// applied here.
func limitArgs(l reproduce.Limits, dropped []string) []string {
	var args []string
	if l.Memory > 0 && !slices.Contains(dropped, "memory") {
		bytes := strconv.FormatInt(l.Memory, 10) + "b"
		args = append(args, "--memory="+bytes, "--memory-swap="+bytes)
	}
	if l.CPUs > 0 && !slices.Contains(dropped, "cpu") {
		args = append(args, "--cpus="+strconv.FormatFloat(l.CPUs, 'f', -1, 64))
	}
	if l.Pids > 0 && !slices.Contains(dropped, "pids") {
		args = append(args, "--pids-limit="+strconv.Itoa(l.Pids))
	}
	return args
}

// guard waits for the container's end and sees to it that there is one.
func (c *container) guard(ctx context.Context) {
	// From the start to the script's first line podman has its own deadline:
	// a client that hangs there would never start podman's timer.
	starting := time.NewTimer(making)
	if c.spec.timeout < making {
		starting.Reset(c.spec.timeout + 30*time.Second)
	}
	defer starting.Stop()
	disk := c.watchDisk()
	defer disk.stop()
	begun, timer := c.begun, (<-chan time.Time)(nil)
	for {
		select {
		case <-c.done:
			return
		case <-begun:
			begun = nil
			starting.Stop()
			timer = time.After(c.spec.timeout + 2*slack)
		case <-starting.C:
			c.end(reproduce.EndEngine, "podman did not start the container in time")
			return
		case <-timer:
			c.end(reproduce.EndTimeout, "")
			return
		case why := <-disk.full:
			c.end(reproduce.EndDisk, why)
			return
		case <-ctx.Done():
			c.end(reproduce.EndInterrupted, "")
			return
		}
	}
}

// end ends the container for a reason. The client ends by itself when its
// container does; only one that does not is asked to, and only one that does
// not listen is killed, with what it leaves.
func (c *container) end(reason reproduce.End, detail string) {
	c.reason, c.detail = reason, detail
	ctx, cancel := context.WithTimeout(context.Background(), 4*killing)
	defer cancel()
	for tries := 0; tries < 25; tries++ {
		// A container that is still being made cannot be killed yet.
		answer, err := c.engine.call(ctx, killing, "kill", c.spec.name)
		if err != nil {
			break
		}
		if answer.status == 0 || tries == 24 {
			break
		}
		if c.wait(200 * time.Millisecond) {
			return
		}
	}
	if c.wait(grace) {
		return
	}
	if _, err := c.engine.call(ctx, killing, "rm", "-f", "-t", "0", c.spec.name); err == nil && c.wait(grace) {
		return
	}
	if err := c.client.Process.Signal(syscall.SIGTERM); err == nil && c.wait(grace) {
		return
	}
	if err := c.client.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		c.detail = "podman's client could not be ended: " + err.Error()
	}
	if !c.engine.remote() {
		killLeftovers(map[string]bool{c.spec.name: true})
	}
	c.wait(grace)
}

// wait waits for the client's end and tells whether it came.
func (c *container) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
		return false
	}
}

// conclude reads what there is to know after the end.
func (c *container) conclude(ctx context.Context) (ended, error) {
	c.finishReading()
	began := c.split.Started()
	result := ended{started: !began.IsZero(), end: c.reason, detail: c.detail, begun: began, bytes: c.split.Total()}
	if result.started {
		result.duration = time.Since(began)
	}
	result.podman = complaint(strings.Join(c.words, "\n"))
	if err := c.fetch(ctx); err != nil {
		return result, err
	}
	said, err := c.dir.out("step")
	if err != nil {
		said = nil // a test that plays with our files; the verdict decides
	}
	result.step = inside.KnownStep(string(said), "")
	if c.reason == reproduce.EndInterrupted {
		return result, ctx.Err()
	}
	result, settled, unread := c.judge(result)
	if settled {
		return result, nil
	}
	return c.explain(ctx, result, unread)
}

// judge reads the verdict. Where there is none it is settled all the same if we
// ended the container; else podman has to be asked, and unread is what was wrong
// with the file.
func (c *container) judge(result ended) (_ ended, settled bool, unread error) {
	data, unread := c.dir.out("verdict")
	if data != nil && unread == nil {
		v, err := inside.ParseVerdict(data, c.nonce)
		if err == nil && c.engine.remote() && c.reason == "" && !c.split.Whole() {
			err = errors.New("the connection to the worker broke while the test ran")
		}
		if err == nil {
			result.end, result.verdict, result.step = reproduce.EndExited, v, inside.KnownStep(string(v.Step), result.step)
			return c.outlive(result), true, nil
		}
		unread = err
	}
	return result, c.reason != "", unread
}

// outlive corrects a verdict by what we did: a test that outlasted its limit
// and only then came to its end was ended by the limit.
func (c *container) outlive(result ended) ended {
	if c.reason == reproduce.EndTimeout || c.reason == reproduce.EndDisk {
		result.end = c.reason
	}
	return result
}

// finishReading waits for the drains. A process that outlives the client could
// hold the pipes for ever.
func (c *container) finishReading() {
	for _, pipe := range c.pipes {
		if err := pipe.SetReadDeadline(time.Now().Add(grace)); err != nil {
			break // the drains end with the pipe
		}
	}
	c.drains.Wait()
	if err := closeAll(c.pipes); err != nil && c.detail == "" {
		c.detail = err.Error()
	}
}

// explain finds out why there is no verdict. It is never "not reproduced".
func (c *container) explain(ctx context.Context, result ended, unread error) (ended, error) {
	state, known, err := c.engine.state(ctx, c.spec.name)
	if err != nil {
		return result, err
	}
	return c.classify(result, state, known, unread)
}

// classify is explain with what podman knows of the container.
func (c *container) classify(result ended, state state, known bool, unread error) (ended, error) {
	switch {
	case !result.started && goneImage(result.podman):
		return result, fmt.Errorf("image %s: %w", c.spec.image, reproduce.ErrImageGone)
	case !result.started && (!known || state.Status == "created" || state.Status == "configured" || state.Status == "initialized"):
		result.end, result.detail = reproduce.EndEngine, result.podman
	case c.sawOOM() || state.OOMKilled:
		result.end, result.detail = reproduce.EndMemory, "the container was killed at its memory limit"
	case known && state.ExitCode == -1 && result.duration >= c.spec.timeout-time.Second:
		result.end = reproduce.EndTimeout
	case inside.TooOld(result.podman):
		result.end, result.detail = reproduce.EndEngine, "this computer's processor is too old for the image (x86-64 level): "+result.podman
	case unread != nil:
		result.end, result.detail = reproduce.EndLost, unread.Error()
	default:
		result.end, result.detail = reproduce.EndLost, fmt.Sprintf("it left no verdict; podman's status is %d", c.status)
		if c.uncopied != "" {
			result.detail = "what it left cannot be copied from the worker: " + c.uncopied
		}
	}
	return result, nil
}

// sawOOM looks for the file that conmon drops, with podman before 5.0 into the
// client's working directory.
func (c *container) sawOOM() bool {
	info, err := os.Lstat(c.dir.path("oom"))
	return err == nil && info.Mode().IsRegular()
}

// goneImage recognises podman's words for an image that is not there.
func goneImage(words string) bool {
	for _, sign := range []string{"image not known", "no such image", "unable to find a name and tag match", "identifier is not an image"} {
		if strings.Contains(words, sign) {
			return true
		}
	}
	return false
}
