package podman

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// Measured is one thing that podman was seen to do here under stress, and what
// the engine makes of it. The texts are sentences for people.
type Measured struct {
	Name  string // in one or two words
	Found string // what podman did when it was called plainly
	// OK tells that the engine got it right here, whatever podman did.
	OK   bool
	Does string // what the engine does about it
	// Err is why it could not be measured: *reproduce.Error, or of the context.
	Err error
}

// Deadlines of the measurements, which take some 20 s together. What is not
// over then is ended within another half a minute.
const (
	measuring = 75 * time.Second // all of them
	measured  = 40 * time.Second // one
)

// kills is how often a client is killed while it starts a container.
const kills = 4

// stress are the limits of what is measured.
var stress = reproduce.Limits{Memory: 64 << 20, CPUs: 2, Pids: 64, Disk: 64 << 20}

// Measure repeats on this computer the measurements that the engine's rules
// come from: each is made by podman's plain command, and by the engine. It
// needs an image with bash and coreutils that is here, pulls none, and removes
// its containers. A podman on another computer is not measured: nil.
func (e *Engine) Measure(ctx context.Context, image string) []Measured {
	if e.remote() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, measuring)
	defer cancel()
	about, err := e.about(ctx)
	if err != nil {
		return []Measured{{Name: "podman", Err: err}}
	}
	m := &measurement{engine: e, image: image, dropped: about.dropped()}
	var all []Measured
	for _, one := range []struct {
		name, does string
		measure    func(context.Context) (found string, ok bool, err error)
	}{
		{"killed start", "the program never kills podman while it starts a container: it ends the container, and waits", m.killedStart},
		{"exit status", "the program takes a test's status from a file that its own script writes, not from podman", m.exitStatus},
		{"process 1", "the program runs a test below a shell of its own, never as process 1", m.processOne},
		{"pipes", "the program reads all that a test prints, and throws away what is too much", m.pipes},
		{"time limit", "the program has a timer of its own beside podman's, and asks podman how a container ended", m.timeLimit},
		{"memory limit", "the program reads the kernel's counter inside the container, and conmon's mark", m.memoryLimit},
	} {
		result := Measured{Name: one.name, Does: one.does, Err: ctx.Err()}
		if result.Err == nil {
			within, cancel := context.WithTimeout(ctx, measured)
			result.Found, result.OK, result.Err = one.measure(within)
			cancel()
		}
		if errors.Is(result.Err, context.DeadlineExceeded) {
			result.Err = &reproduce.Error{Code: reproduce.CodeEngine, Message: "there was no time for it: podman is slow here, or hangs", Err: result.Err}
		}
		all = append(all, result)
	}
	return all
}

// measurement makes measurements on an image.
type measurement struct {
	engine  *Engine
	image   string
	dropped []string
}

// killedStart kills podman's client early in the start of a container, and has
// the engine cancel one at the same time: what stays behind?
func (m *measurement) killedStart(ctx context.Context) (string, bool, error) {
	leaked, left := 0, 0
	for i := range kills {
		after := time.Duration(i) * 15 * time.Millisecond
		name := m.name()
		if _, err := m.plain(ctx, name, plainly{kill: true, killAfter: after}, "sleep 60"); err != nil {
			return "", false, err
		}
		leaked += m.leftovers(name)

		spec := m.spec("sleep 60")
		short, cancel := context.WithCancel(ctx)
		go func() {
			m.untilStarting(short, spec.ID, after)
			cancel()
		}()
		_, err := m.engine.Attempt(short, spec, nil)
		cancel()
		if ctx.Err() != nil {
			return "", false, ctx.Err()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			return "", false, err
		}
		if err := m.remove(ctx, spec.ID); err != nil {
			return "", false, err
		}
		left += m.leftovers(spec.ID)
	}
	return fmt.Sprintf("of %d clients that were killed while they started a container, %d left a process that outlives podman rm; of %d that the program stopped, %d",
		kills, leaked, kills, left), left == 0, nil
}

// untilStarting waits until a container is being started (conmon is there, the
// test is not yet), and some time more.
func (m *measurement) untilStarting(ctx context.Context, name string, more time.Duration) {
	for len(conmons()[name]) == 0 && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(more)
}

// leftovers tells whether a container that is removed has a monitor still, as
// 1 or 0, and ends it. One that is about to end gets the time for it.
func (m *measurement) leftovers(name string) int {
	for range 10 {
		if len(conmons()[name]) == 0 {
			return 0
		}
		time.Sleep(100 * time.Millisecond)
	}
	killLeftovers(map[string]bool{name: true})
	return 1
}

// exitStatus gives a test a status that podman uses itself.
func (m *measurement) exitStatus(ctx context.Context) (string, bool, error) {
	ended, err := m.plain(ctx, m.name(), plainly{}, "exit 125")
	if err != nil {
		return "", false, err
	}
	refused, err := m.plain(ctx, m.name(), plainly{options: []string{"--no-such-option"}}, "exit 0")
	if err != nil {
		return "", false, err
	}
	result, err := m.attempt(ctx, "exit 125", nil)
	if err != nil {
		return "", false, err
	}
	spec := m.spec("exit 125")
	spec.Image = gone
	_, err = m.engine.Attempt(ctx, spec, nil)
	if err != nil && !errors.Is(err, reproduce.ErrImageGone) {
		return "", false, err
	}
	found := fmt.Sprintf("podman ends with %d after a test that ends with 125, and with %d where it starts none", ended.status, refused.status)
	return found, exited(result, 125) && errors.Is(err, reproduce.ErrImageGone), nil
}

// gone is the id of an image that nobody has.
const gone = "00000000000000000000000000000000000000000000000000000000000000ff"

// processOne has a test crash.
func (m *measurement) processOne(ctx context.Context) (string, bool, error) {
	const crash = "kill -SEGV $$; exit 0"
	ended, err := m.plain(ctx, m.name(), plainly{}, crash)
	if err != nil {
		return "", false, err
	}
	result, err := m.attempt(ctx, crash, nil)
	if err != nil {
		return "", false, err
	}
	return fmt.Sprintf("a test that crashes as process 1 ends with %d, below a shell with %d", ended.status, result.Facts.Status),
		exited(result, 128+int(syscall.SIGSEGV)), nil
}

// pipes has a test print, and nobody read it.
func (m *measurement) pipes(ctx context.Context) (string, bool, error) {
	const flood = 4 << 20
	print := "head -c " + strconv.Itoa(flood) + " /dev/zero | tr '\\0' x"
	ended, err := m.plain(ctx, m.name(), plainly{deaf: true}, print+"; sleep 60")
	if err != nil {
		return "", false, err
	}
	result, err := m.attempt(ctx, print, nil)
	if err != nil {
		return "", false, err
	}
	fate := "its container had ended"
	if ended.state.Status == "running" {
		fate = "its container went on"
	}
	found := fmt.Sprintf("where its output was closed podman ended %s, and %s; of %d MiB the program read %d", statusWords(ended.status), fate, flood>>20, result.Log.Bytes>>20)
	return found, exited(result, 0) && result.Log.Bytes >= flood, nil
}

// timeLimit has a test that outlasts its limit.
func (m *measurement) timeLimit(ctx context.Context) (string, bool, error) {
	ended, err := m.plain(ctx, m.name(), plainly{options: []string{"--timeout=1"}}, "sleep 60")
	if err != nil {
		return "", false, err
	}
	result, err := m.attempt(ctx, "sleep 60", func(s *reproduce.AttemptSpec) { s.Timeout = time.Second })
	if err != nil {
		return "", false, err
	}
	return fmt.Sprintf("at its time limit podman ends with %d and notes %d; the program notes: %s", ended.status, ended.state.ExitCode, result.Facts.End),
		result.Facts.End == reproduce.EndTimeout, nil
}

// memoryLimit has a test's child take more memory than there is, where that
// can be limited.
func (m *measurement) memoryLimit(ctx context.Context) (string, bool, error) {
	if slices.Contains(m.dropped, "memory") {
		return "memory cannot be limited here, so that a test can use all of the computer's; that is told with each result", true, nil
	}
	const eat = "x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo ${#x}"
	ended, err := m.plain(ctx, m.name(), plainly{}, "bash -c \""+`x=\$(head -c 200000000 /dev/zero | tr '\0' x); echo \${#x}`+"\"; exit 0")
	if err != nil {
		return "", false, err
	}
	result, err := m.attempt(ctx, "("+eat+") || true", nil)
	if err != nil {
		return "", false, err
	}
	said := "none of it"
	if ended.state.OOMKilled {
		said = "that memory ran out"
	}
	return fmt.Sprintf("when a child of a test runs out of memory podman ends with %d and notes %s; the program counts %d kills", ended.status, said, result.Facts.OOMKills),
		result.Facts.End == reproduce.EndMemory || result.Facts.OOMKills > 0, nil
}

// statusWords is a client's status in words.
func statusWords(status int) string {
	if status < 0 {
		return "by a signal"
	}
	return fmt.Sprintf("with %d", status)
}

func exited(r reproduce.Result, status int) bool {
	return r.Facts.End == reproduce.EndExited && r.Facts.Status == status
}

// name is one for a container of ours.
func (m *measurement) name() string { return prefix + "doctor-" + reproduce.NewID() }

func (m *measurement) spec(test string) reproduce.AttemptSpec {
	return reproduce.AttemptSpec{ID: m.name(), Run: "doctor", Target: reproduce.Target{Name: "doctor"}, Image: m.image,
		Recipe: &reproduce.Recipe{Test: test}, Number: 1, Timeout: measured, Limits: stress, Dropped: m.dropped}
}

// attempt runs a test as the engine runs every one.
func (m *measurement) attempt(ctx context.Context, test string, change func(*reproduce.AttemptSpec)) (reproduce.Result, error) {
	spec := m.spec(test)
	if change != nil {
		change(&spec)
	}
	return m.engine.Attempt(ctx, spec, nil)
}
