package podman_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// TestSweepRemovesWhatNobodyOwns: containers of a process that is gone go,
// running or not; those of a living one and of others stay.
func TestSweepRemovesWhatNobodyOwns(t *testing.T) {
	e := engine(t)
	start := func(owner string, args ...string) string {
		t.Helper()
		name := "almatriage-" + reproduce.NewID()
		all := append([]string{"run", "--detach", "--network=none", "--name", name}, args...)
		if owner != "" {
			all = append(all, "--label", "almatriage.app=1", "--label", "almatriage.owner="+owner)
		}
		if out, err := exec.Command("podman", append(all, fixture.Alma, "sleep", "60")...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		t.Cleanup(func() {
			// podman 4 fails now and then on one that ends at this moment.
			for exec.Command("podman", "container", "exists", name).Run() == nil {
				if out, err := exec.Command("podman", "rm", "-f", "-i", "-t", "0", name).CombinedOutput(); err != nil {
					t.Logf("%v: %s", err, out)
				}
			}
		})
		return name
	}
	dead := []string{start("other-boot:1:1"), start("nonsense"), start(strings.Replace(podman.ThisProcess(), ":", ":9", 1))}
	ended := start("other-boot:2:2")
	if out, err := exec.Command("podman", "kill", ended).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	living, foreign := start(podman.ThisProcess()), start("")
	// How many is no question here: another program of this podman may have
	// swept some of them first. TestSweepCounts asks it.
	if _, err := e.Sweep(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(dead, ended) {
		if exec.Command("podman", "container", "exists", name).Run() == nil {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range []string{living, foreign} {
		out, err := exec.Command("podman", "container", "inspect", "--format", "{{.State.Status}}", name).Output()
		if err != nil || strings.TrimSpace(string(out)) != "running" {
			t.Errorf("%s, which is none of ours to end: %s %v", name, out, err)
		}
	}
}

// TestSweepCounts what it removes, and asks podman to remove nothing else.
func TestSweepCounts(t *testing.T) {
	engine(t)
	removed := filepath.Join(t.TempDir(), "removed")
	list := fmt.Sprintf(`[{"Names":["almatriage-a"],"Labels":{"almatriage.owner":"other-boot:1:1"}},
{"Names":["almatriage-b"],"Labels":{"almatriage.owner":%q}},
{"Names":["almatriage-c"],"Labels":{"almatriage.owner":"nonsense"}}]`, podman.ThisProcess())
	e := between(t, fmt.Sprintf(`case $1 in
ps) printf '%%s' '%s'; exit 0;;
rm) printf '%%s ' "$@" >>%s; exit 0;;
esac`, list, removed))
	swept, err := e.Sweep(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(removed)
	if want := "rm -f -v -i -t 0 -- almatriage-a almatriage-c "; swept.Containers != 2 || err != nil || string(got) != want {
		t.Errorf("%+v were swept, by %q %v", swept, got, err)
	}
}

func TestOwnerIsAliveOnlyAsItself(t *testing.T) {
	me := podman.ThisProcess()
	if !podman.Alive(me) {
		t.Errorf("%s is this process", me)
	}
	for _, owner := range []string{"", "x", me + "1", "other" + me, strings.Replace(me, ":", ":-", 1), "a:b:c"} {
		if podman.Alive(owner) {
			t.Errorf("%q is nobody", owner)
		}
	}
}
