package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// onPty is the program on a terminal that answers nothing.
type onPty struct {
	tb   testing.TB
	cmd  *exec.Cmd
	file *os.File

	mu    sync.Mutex
	said  []byte
	ended chan struct{}
}

// pty starts the program on a terminal.
func (u *user) pty(w, h int, args ...string) *onPty {
	u.t.Helper()
	p := &onPty{tb: u.t, cmd: u.command(args...), ended: make(chan struct{})}
	p.cmd.Env = append(p.cmd.Env, "TERM=xterm-256color")
	file, err := pty.StartWithSize(p.cmd, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)})
	if err != nil {
		u.t.Fatal(err)
	}
	p.file = file
	go func() {
		defer close(p.ended)
		buffer := make([]byte, 1<<16)
		for {
			n, err := file.Read(buffer)
			p.mu.Lock()
			p.said = append(p.said, buffer[:n]...)
			p.mu.Unlock()
			if err != nil { // the program's end closes the terminal
				return
			}
		}
	}()
	return p
}

func (p *onPty) length() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.said)
}

// wait waits until a text was written after the first n bytes.
func (p *onPty) wait(n int, text string) {
	p.tb.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Microsecond) {
		p.mu.Lock()
		found := len(p.said) > n && bytes.Contains(p.said[n:], []byte(text))
		p.mu.Unlock()
		if found {
			return
		}
	}
	p.tb.Fatalf("%q was never written: %q", text, p.said[max(0, len(p.said)-2000):])
}

// settle waits until nothing was written for a while.
func (p *onPty) settle(quiet time.Duration) {
	p.tb.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		before := p.length()
		time.Sleep(quiet)
		if p.length() == before {
			return
		}
	}
	p.tb.Fatal("it never stops writing")
}

func (p *onPty) press(keys string) {
	p.tb.Helper()
	if _, err := io.WriteString(p.file, keys); err != nil {
		p.tb.Fatal(err)
	}
}

// quit ends the program and returns all that it wrote.
func (p *onPty) quit() string {
	p.tb.Helper()
	p.press("q")
	if err := p.end(); err != nil {
		p.tb.Errorf("it ended with %v", err)
	}
	return p.text()
}

// end waits for the program's end, takes what it wrote last, and closes the
// terminal. That the last program has left it is not always told: under load
// the kernel was seen to lose the hangup, and a reader to wait for ever.
func (p *onPty) end() error {
	p.tb.Helper()
	err := p.cmd.Wait()
	select {
	case <-p.ended:
	case <-time.After(time.Second):
	}
	if err := p.file.Close(); err != nil {
		p.tb.Error(err)
	}
	return err
}

// text is all that was written.
func (p *onPty) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.said)
}

// offline is a configuration with which nothing is asked of anybody.
const offline = "tracker = []\n[engine]\npodman = \"no-such-podman\"\n"

// withReports is a user with so many stored reports.
func withReports(tb testing.TB, n int) *user {
	tb.Helper()
	u := newUser(tb, offline)
	u.write(".local/state/almatriage/root-warned", "") // its message would be drawn, and taken away again
	fill(tb, filepath.Join(u.home, ".local/share/almatriage/almatriage.db"), n)
	return u
}

// cpu is the processor time that a process has used.
func cpu(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		tb.Fatal(err)
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	ticks := 0
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			tb.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// resident is the memory of a process in MB.
func resident(tb testing.TB, pid int) float64 {
	tb.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				tb.Fatal(err)
			}
			return float64(kb) / 1024
		}
	}
	tb.Fatal("no VmRSS")
	return 0
}

// TestIdle: with 20,000 reports (100,000 in make torture: to fill a database
// under the race detector takes a minute) and nothing to do the program takes at
// most 1 % of a core and 80 MB, draws nothing, and ends at once. On a terminal
// that never answers it writes no question.
func TestIdle(t *testing.T) {
	t.Parallel()
	reports := torture(20_000, 100_000)
	u := withReports(t, reports)
	p := u.pty(120, 40)
	p.wait(0, fmt.Sprintf("%[1]d of %[1]d", reports))
	p.settle(16 * time.Second) // that podman is missing is said, and goes
	if mb := resident(t, p.cmd.Process.Pid); mb > 80 {
		t.Errorf("it holds %.0f MB", mb)
	}
	const idle = 10 * time.Second
	before, wrote := cpu(t, p.cmd.Process.Pid), p.length()
	time.Sleep(idle)
	// Bubble Tea looks sixty times a second whether there is something to draw:
	// that alone is 0.7 to 1.3 percent, from one computer to another.
	if used := cpu(t, p.cmd.Process.Pid) - before; used > idle/50 {
		t.Errorf("it used %s in %s", used, idle)
	}
	if more := p.length() - wrote; more > 0 {
		t.Errorf("it wrote %d bytes: %q", more, p.text()[wrote:])
	}
	began := time.Now()
	said := p.quit()
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s to end", took)
	}
	for _, question := range []string{"\x1b]10;?", "\x1b]11;?", "\x1b[6n", "\x1b[c"} {
		if strings.Contains(said, question) {
			t.Errorf("it asked the terminal: %q", question)
		}
	}
}

// TestTerminated: a signal ends it in good order, and the terminal is whole.
func TestTerminated(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		u := withReports(t, 10)
		p := u.pty(100, 30)
		p.wait(0, "almbz#10")
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := p.end(); p.cmd.ProcessState.ExitCode() != 130 {
			t.Errorf("%s: it ended with %v", signal, err)
		}
		if said := p.text(); !strings.Contains(said, "\x1b[?1049l") || !strings.Contains(said, "\x1b[?25h") {
			t.Errorf("%s: the terminal is left as it was: %q", signal, said[max(0, len(said)-500):])
		}
	}
}

// BenchmarkFirstFrame is a whole process from its start to the first frame with
// reports on it, against the sqlite3 shell that reads the same rows.
func BenchmarkFirstFrame(b *testing.B) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			u := withReports(b, n)
			path := filepath.Join(u.home, ".local/share/almatriage/almatriage.db")
			rows := "SELECT id, release, package, status, verdict, updated, title FROM reports WHERE verdict = '' ORDER BY updated DESC, n DESC LIMIT 200"
			compare(b, rounds, func() {
				p := u.pty(120, 40)
				p.wait(0, fmt.Sprintf("almbz#%d", n))
				b.StopTimer()
				defer b.StartTimer()
				go p.quit() // not of the first frame
			}, func() { quiet(b, exec.Command(shell, "-readonly", path, rows)) })
		})
	}
}

// BenchmarkKeyOnPty is the time from a key to what it writes on a terminal,
// with 100,000 reports.
func BenchmarkKeyOnPty(b *testing.B) {
	u := withReports(b, 100_000)
	p := u.pty(120, 40)
	p.wait(0, "100000 of 100000")
	time.Sleep(time.Second)
	var took []time.Duration
	for b.Loop() {
		time.Sleep(time.Millisecond) // the keys are measured one by one
	}
	for range 300 {
		before, began := p.length(), time.Now()
		p.press("j")
		for p.length() == before && time.Since(began) < time.Second {
			time.Sleep(50 * time.Microsecond)
		}
		took = append(took, time.Since(began))
		time.Sleep(60 * time.Millisecond) // the report beside it is read, too
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(resident(b, p.cmd.Process.Pid), "MB")
	b.ReportMetric(0, "ns/op")
	p.quit()
}
