package kubernetes_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/kubernetes"
)

const digest = "sha256:ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12"

// cluster is a scripted one in a folder.
type cluster struct {
	t   testing.TB
	dir string
}

// newCluster makes a cluster that plays a scene; this binary is its kubectl.
func newCluster(t testing.TB, s scene) *cluster {
	t.Helper()
	c := &cluster{t: t, dir: t.TempDir()}
	for _, name := range []string{"objects", "bin", "cgroup"} {
		if err := os.Mkdir(filepath.Join(c.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(c.dir, "shapes"), os.DirFS("testdata/shapes")); err != nil {
		t.Fatal(err)
	}
	// What the scripts ask for and this computer may not have. dnf does nothing
	// but say what it was asked for.
	c.file("bin/dnf", 0o700, "#!/bin/bash\necho \"dnf $*\" >>"+filepath.Join(c.dir, "dnf")+"\n[ -z \"$DNF_FAILS\" ] || { echo \"$DNF_FAILS\" >&2; exit 1; }\n"+
		"case $* in *repoquery*) printf 'lib\\t0\\t1.0\\t1.el9\\tx86_64\\tlib-1.0-1.el9.src.rpm\\n' ;; esac\n")
	c.file("bin/rpm", 0o700, "#!/bin/bash\ncase \"$*\" in *--changelog*) echo '- Fix it' ;; *NEVRA*) echo \"gizmo-1.0-1.el9.x86_64${RPM_EXTRA}\" ;; *FILENAMES*) ;; *) cat "+
		filepath.Join(c.dir, "packages")+" ;; esac\n")
	c.file("packages", 0o600, "P\tgizmo\t(none)\t1.0\t1.el9\tx86_64\tgizmo-1.0-1.el9.src.rpm\tVendor\t(none)\n")
	c.play(s)
	return c
}

func (c *cluster) file(name string, mode os.FileMode, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), mode); err != nil {
		c.t.Fatal(err)
	}
}

// play begins another scene.
func (c *cluster) play(s scene) {
	c.t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		c.t.Fatal(err)
	}
	c.file("scene.json", 0o600, string(data))
	if err := os.RemoveAll(filepath.Join(c.dir, "state")); err != nil {
		c.t.Fatal(err)
	}
}

// engine is one that takes this binary for kubectl.
func (c *cluster) engine(change func(*kubernetes.Config)) *kubernetes.Engine {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	kubectl := filepath.Join(c.dir, "bin/kubectl")
	if err := os.Symlink(self, kubectl); err != nil && !errors.Is(err, os.ErrExist) {
		c.t.Fatal(err)
	}
	cfg := kubernetes.Config{Kubectl: kubectl, Context: "lab", Namespace: "triage", Starting: time.Minute,
		Poll: 20 * time.Millisecond, Owner: "boot:1:2", Alive: func(string) bool { return false }}
	if change != nil {
		change(&cfg)
	}
	e, err := kubernetes.New(cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			c.t.Errorf("close: %v", err)
		}
	})
	return e
}

// call is one command line that kubectl got.
type call struct {
	Args  []string
	Input string
}

func (c *cluster) calls() []call {
	c.t.Helper()
	file, err := os.Open(filepath.Join(c.dir, "calls"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer file.Close()
	var calls []call
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return calls
		}
		var one call
		if err := json.Unmarshal(line, &one); err != nil {
			c.t.Fatal(err)
		}
		calls = append(calls, one)
	}
}

// argv are the command lines, one each, without the names that differ.
func (c *cluster) argv() []string {
	id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}`)
	var lines []string
	for _, one := range c.calls() {
		line := id.ReplaceAllString(strings.Join(one.Args, " "), "ID")
		if len(lines) == 0 || lines[len(lines)-1] != line { // polls
			lines = append(lines, line)
		}
	}
	return lines
}

// clean checks that nothing is left in the cluster, and that each command line
// names context and namespace.
func (c *cluster) clean() {
	c.t.Helper()
	left, err := os.ReadDir(filepath.Join(c.dir, "objects"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, entry := range left {
		c.t.Errorf("left behind: %s", entry.Name())
	}
	for _, one := range c.calls() {
		if !slices.Contains(one.Args, "--context=lab") || !slices.Contains(one.Args, "--namespace=triage") {
			c.t.Errorf("%q", one.Args)
		}
	}
}

// spec is an attempt on an image of a registry.
func spec(recipe reproduce.Recipe) reproduce.AttemptSpec {
	return reproduce.AttemptSpec{ID: "almatriage-" + reproduce.NewID(), Run: "run", Target: reproduce.Target{Name: "alma9", Setup: "echo the setup"},
		Image: "registry.example.org/alma/triage/alma9@" + digest + "?arch=amd64&packages=", Recipe: &recipe, Number: 1, Timeout: 20 * time.Second,
		Limits: reproduce.Limits{Memory: 1 << 30, CPUs: 1.5, Pids: 100, Disk: 1 << 30}}
}
