package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// The guided reproductions of the fixtures' bugs: each line is the answer to a
// question, and what is printed at the end.
type guided struct {
	name    string
	answers []answered
	status  int
	ends    []string // standard output has all of these
	files   []string // of the folder
}

// answered is the beginning of a question, and what is answered.
type answered struct{ question, text string }

func guidedBugs() []guided {
	// What is asked of a new bug before its commands, and after how it shows.
	new := func(title, name string, rest ...answered) []answered {
		return append([]answered{{"1/8 Which bug", "new"}, {"1/8 What is wrong", title}, {"2/8 On which AlmaLinux", "9.6"}, {"2/8 Which package", name},
			{"2/8 Which version", ""}, {"3/8 Which packages", ""}, {"3/8 Which commands set up", ""}, {"3/8 Do the commands need", ""}}, rest...)
	}
	last := func(folder string) []answered {
		return []answered{{"6/8 Is this what", "yes"}, {"8/8 Where shall", folder}}
	}
	return []guided{
		{"gizmo", append(new("gizmo adds one too many", "gizmo", answered{"4/8 Which commands show", "gizmo add 2 2\n."}, answered{"5/8 How does one see", "prints"},
			answered{"5/8 What does it print", "5"}), last("gizmo")...), 0,
			[]string{"suggested: stream-reproducible", "almatriage upstream 'local#1'"}, []string{"recipe.fmf", "evidence.tar.zst", "upstream.md"}},
		{"frobnicate", append(new("frobnicate is out of range", "frobnicate", answered{"4/8 Which commands show", "frobnicate abc def\n."}, answered{"5/8 How does one see", ""}),
			last("frobnicate")...), 0,
			[]string{"suggested: alma-only", "AlmaLinux"}, []string{"recipe.fmf", "evidence.tar.zst"}},
		{"widget", append(new("widget cannot read a list", "widget", answered{"4/8 Which commands show", "widget a,b\n."}, answered{"5/8 How does one see", "fails"}),
			last("widget")...), 0,
			[]string{"suggested: fixed-in-stream", "RHEL-12345"}, []string{"recipe.fmf", "evidence.tar.zst"}},
		{"kernel", append([]answered{{"1/8 Which bug", "almbz#5"}, {"2/8 On which AlmaLinux", ""}, {"2/8 Which package", ""}, {"2/8 Which version", ""},
			{"3/8 Which packages", ""}, {"3/8 Which commands set up", ""}, {"3/8 Do the commands need", ""}, {"4/8 Where do the commands", "type"},
			{"4/8 Which commands show", "cp --reflink=never big copy\n."}, {"5/8 How does one see", ""}}, last("kernel")...), 3,
			[]string{"suggested: needs-vm", "bcvk ephemeral run-ssh", "tmt run provision --how virtual --image almalinux-9"}, []string{"recipe.fmf"}},
	}
}

// TestGuidePlain walks through the guide by standard input.
func TestGuidePlain(t *testing.T) {
	fixture.Use(t)
	for _, g := range guidedBugs() {
		t.Run(g.name, func(t *testing.T) {
			u := newUser(t, configOf(mantisServer(t)))
			u.must("sync")
			var in strings.Builder
			for _, a := range g.answers {
				in.WriteString(a.text + "\n")
			}
			cmd := u.command("guide", "--plain")
			var out, errs bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in.String()), &out, &errs
			if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
				t.Fatal(err)
			}
			u.guided(g, cmd.ProcessState.ExitCode(), out.String(), errs.String())
		})
	}
}

// guided looks at what a guide came to.
func (u *user) guided(g guided, status int, out, errs string) {
	u.t.Helper()
	if status != g.status {
		u.t.Errorf("status %d, want %d\n%s%s", status, g.status, out, errs)
	}
	for _, want := range g.ends {
		if !strings.Contains(out, want) {
			u.t.Errorf("it does not say %q:\n%s%s", want, out, errs)
		}
	}
	for _, name := range g.files {
		if info, err := os.Stat(filepath.Join(u.home, g.name, name)); err != nil || info.Size() == 0 {
			u.t.Errorf("no file %s: %v", name, err)
		}
	}
	if left := u.must("guide", "--list"); left != "" {
		u.t.Errorf("it is still to be done: %s", left)
	}
}

// TestGuideKilledAtEveryStep kills the guide outright at every question, after
// it was put and before it is answered, and in the run; what starts next goes on
// where it was, and nothing that was answered or typed is asked again.
func TestGuideKilledAtEveryStep(t *testing.T) {
	fixture.Use(t)
	g := guidedBugs()[0]
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	args := []string{"guide", "--plain"}
	for _, a := range g.answers[:len(g.answers)-2] {
		p := u.plainGuide(args...)
		p.wait(a.question)
		for line := range strings.SplitSeq(a.text, "\n") {
			p.write(line + "\n")
		}
		p.next(a.question)
		p.kill()
		args = []string{"guide", "--plain", "--resume"}
	}
	// A part of an answer, too.
	p := u.plainGuide(args...)
	p.wait("6/8 Is this what")
	p.write("yes\n")
	p.wait("attempt 1")
	p.kill()
	killed := p.cmd.Process.Pid
	p = u.plainGuide(args...)
	p.wait("8/8 Where shall")
	p.kill()
	p = u.plainGuide(args...)
	p.wait("8/8 Where shall")
	p.write(g.answers[len(g.answers)-1].text + "\n")
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("it ends with %v: %s", err, p.seen())
	}
	g.ends = nil // what it means was said before
	u.guided(g, 0, "", p.seen())
	if out := u.must("list", "tracker:local", "--json", "id,suggested"); !strings.Contains(out, `{"id":"local#1","suggested":"stream-reproducible"}`) {
		t.Errorf("stored: %s", out)
	}
	if out := u.must("recipe", "show", "local#1"); !strings.Contains(out, "gizmo add 2 2") {
		t.Errorf("recipe: %s", out)
	}
	if left := fixture.Left(t, fmt.Sprintf(":%d:", killed)); left != "" {
		t.Errorf("left: %s", left)
	}
}

// talk is a guide that a test talks to.
type talk struct {
	u     *user
	cmd   *exec.Cmd
	in    io.Writer
	lines chan string
	text  bytes.Buffer
}

// plainGuide starts a guide whose questions are read as they come.
func (u *user) plainGuide(args ...string) *talk {
	u.t.Helper()
	p := &talk{u: u, cmd: u.command(args...), lines: make(chan string, 1000)}
	in, err := p.cmd.StdinPipe()
	if err != nil {
		u.t.Fatal(err)
	}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		u.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	p.in = in
	go func() { // ends with the process
		defer close(p.lines)
		r := bufio.NewReader(out)
		var line []byte
		for {
			b, err := r.ReadByte()
			if err != nil {
				return
			}
			line = append(line, b)
			if b == '\n' || bytes.HasSuffix(line, []byte("] ")) || bytes.HasSuffix(line, []byte("? ")) || bytes.HasSuffix(line, []byte(". ")) {
				p.lines <- string(line)
				line = nil
			}
		}
	}()
	return p
}

func (p *talk) write(text string) {
	p.u.t.Helper()
	if _, err := io.WriteString(p.in, text); err != nil {
		p.u.t.Fatalf("write %q: %v", text, err)
	}
}

// kill ends the program outright.
func (p *talk) kill() {
	p.u.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.u.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err == nil {
		p.u.t.Fatal("it ended before it was killed")
	}
}

// wait waits for a text.
func (p *talk) wait(text string) string {
	p.u.t.Helper()
	for {
		select {
		case line, ok := <-p.lines:
			p.text.WriteString(line)
			if strings.Contains(p.text.String(), text) {
				return line
			}
			if !ok {
				p.u.t.Fatalf("it ended without %q: %s", text, p.text.String())
			}
		case <-time.After(patience):
			p.u.t.Fatalf("it never says %q: %s", text, p.text.String())
		}
	}
}

// next waits for a question that is not the one that was answered.
func (p *talk) next(answered string) {
	p.u.t.Helper()
	before := strings.Count(p.text.String(), answered)
	for {
		line := p.wait("/8 ")
		if strings.Contains(line, "/8 ") && !strings.Contains(line, answered) {
			return
		}
		if strings.Count(p.text.String(), answered) > before {
			p.u.t.Fatalf("asked again: %s", p.text.String())
		}
	}
}

func (p *talk) seen() string { return p.text.String() }

// TestGuideNobodyLooks: where a person judges and none answers, the guide says so
// and can be taken up again.
func TestGuideNobodyLooks(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	cmd := u.command("guide", "new", "--plain", "--title", "gizmo looks wrong", "--release", "9.6", "--package", "gizmo", "--version", "-", "--require", "gizmo",
		"--prepare", "-", "--network", "no", "--command", "gizmo add 2 2", "--happens", "look", "--accept")
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(""), &said
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 2 || !strings.Contains(said.String(), "an answer is missing: whether you see the bug; go on with: almatriage guide --resume=1") {
		t.Errorf("%v: %s", err, said.String())
	}
	if left := u.must("guide", "--list"); !strings.Contains(left, "gizmo looks wrong\tBoth sides") {
		t.Errorf("left: %s", left)
	}
}

// TestGuideJudgedByLooking: where a person judges, each side's output is shown and
// asked about; on the way there, help, a step back, an answer that is none.
func TestGuideJudgedByLooking(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	answers := []string{":help", "new", "gizmo looks wrong", ":back", "", "7", "9.6", "gizmo", "", "", "", "", "gizmo add 2 2", ".", "look", "no", "look", "yes", "perhaps", "yes", "no", "-"}
	cmd := u.command("guide", "--plain")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(strings.Join(answers, "\n")+"\n"), &out, &errs
	if err := cmd.Run(); err == nil {
		t.Error("one attempt a side made a difference")
	}
	said := errs.String()
	for _, want := range []string{"An id is like almbz#622", "[gizmo looks wrong]", `"7" is no release that can be compared`, "5/8 How does one see that the bug is there? [look]",
		"The bug is there if you say so", "      5\n", "7/8 Do you see the bug here, on AlmaLinux 9?", "7/8 Do you see the bug here, on CentOS Stream 9?"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if n := strings.Count(said, "Do you see the bug here"); n != 3 { // one answer was none
		t.Errorf("asked %d times:\n%s", n, said)
	}
	if !strings.Contains(out.String(), "suggested: inconclusive") || !strings.Contains(out.String(), "fewer than 4 attempts a side never make a difference") {
		t.Errorf("it came to:\n%s", out.String())
	}
}
