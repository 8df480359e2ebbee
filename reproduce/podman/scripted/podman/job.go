package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// job is what runs in a container: one of our scripts, known by its name.
type job struct {
	store
	image          image
	target         string
	script, nonce  string
	args           []string
	folder, out    string // on the host: what it is given, where it writes
	step           string
	installed      []string
	problem        error // the first one that writing met
	stdout, stderr strings.Builder
}

// execute does what the script does, as far as its caller can see.
func (j *job) execute() error {
	status := 0
	switch j.script {
	case "base.sh":
		j.mark("base")
		j.say("Nothing to do.", "Complete!")
	case "prepare.sh":
		status = j.prepare()
	case "print.sh":
		j.print()
	case "changelog.sh":
		j.changelog()
	case "offers.sh":
		j.mark("control")
	case "control.sh":
		j.mark("control")
		status = j.install()
	case "attempt.sh":
		status = j.attempt()
	default:
		return fmt.Errorf("this podman does not know the script %s", j.script)
	}
	return j.finish(status)
}

// mark, say and finish do what mark, echo and finish do in scripts/lib.sh.
func (j *job) mark(step string) {
	j.flush()
	j.step = step
	for _, stream := range []*os.File{os.Stdout, os.Stderr} {
		fmt.Fprintf(stream, "\x1e%s %s\n", j.nonce, step) //nolint:errcheck // whoever read it may be gone
	}
	j.problem = errors.Join(j.problem, os.WriteFile(filepath.Join(j.out, "step"), []byte(step+"\n"), 0o600))
}

func (j *job) say(lines ...string) {
	for _, line := range lines {
		j.stdout.WriteString(line + "\n")
	}
}

func (j *job) flush() {
	fmt.Fprint(os.Stdout, j.stdout.String()) //nolint:errcheck // as above
	fmt.Fprint(os.Stderr, j.stderr.String()) //nolint:errcheck // as above
	j.stdout.Reset()
	j.stderr.Reset()
}

func (j *job) finish(status int) error {
	j.flush()
	verdict := fmt.Sprintf("step %s\nstatus %d\noom_kills 0\npids_max 0\nend %s\n", j.step, status, j.nonce)
	return errors.Join(j.problem, os.WriteFile(filepath.Join(j.out, "verdict"), []byte(verdict), 0o600))
}

func (j *job) prepare() int {
	if script := j.given("recipe.sh"); script != "" {
		j.mark("prepare")
	}
	if len(j.args) == 0 {
		return 0
	}
	j.mark("require")
	return j.install()
}

// install is dnf's.
func (j *job) install() int {
	for _, name := range j.args {
		if name == "--" {
			continue
		}
		if _, ok := j.image.System.offers(name); !ok {
			j.stderr.WriteString("No match for argument: " + name + "\nError: Unable to find a match: " + name + "\n")
			return 1
		}
		j.installed = append(j.installed, name)
	}
	j.say("Complete!")
	return 0
}

func (j *job) given(name string) string {
	data, err := os.ReadFile(filepath.Join(j.folder, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		j.problem = errors.Join(j.problem, err)
	}
	return string(data)
}

// attempt ends as the test's line says.
func (j *job) attempt() int {
	j.mark("syntax")
	j.mark("test")
	text := j.given("test.sh")
	j.say("It runs.")
	kind := strings.TrimRight(j.target, "0123456789")
	for line := range strings.Lines(text) {
		_, words, ok := strings.Cut(strings.TrimSpace(line), "scripted ")
		if !ok {
			continue
		}
		if takes, err := time.ParseDuration(word(words, "takes")); err == nil {
			time.Sleep(takes)
		}
		turns := strings.Split(word(words, kind), ",")
		status, err := strconv.Atoi(turns[j.turn(text)%len(turns)])
		if err != nil {
			return 0
		}
		if status != 0 {
			j.stderr.WriteString("It fails.\n")
		}
		return status
	}
	return 0
}

// word is the value of a word like name=value, "" for none.
func word(words, name string) string {
	for _, one := range strings.Fields(words) {
		if value, ok := strings.CutPrefix(one, name+"="); ok {
			return value
		}
	}
	return ""
}

// turn counts the attempts of a test on a target, from 0.
func (j *job) turn(test string) int {
	turn := 0
	err := j.locked(func() error {
		path := j.path("turns", hashOf(j.target, test))
		if _, err := read(path, &turn); err != nil {
			return err
		}
		return write(path, turn+1)
	})
	j.problem = errors.Join(j.problem, err)
	return turn
}

// print tells of the image, as print.sh does.
func (j *job) print() {
	j.mark("os-release")
	j.say(j.image.System.release()...)
	j.mark("arch")
	j.say("x86_64")
	j.mark("repos")
	for _, repo := range []string{"appstream", "baseos", "crb"} {
		j.say("Repo-id            : "+repo, "Repo-revision      : 1700000000")
	}
	j.mark("packages")
	for _, p := range j.image.System.packages(j.image.Installed) {
		j.say(p.query()...)
	}
	j.mark("fingerprint")
}

func (j *job) changelog() {
	for _, name := range j.args {
		j.mark(name)
		j.say("* Mon Jan 05 2026 Some Body <somebody@example.org> - 1.0-1", "- Something was repaired", "  Resolves: RHEL-12345", "")
	}
	j.mark("fingerprint")
}
