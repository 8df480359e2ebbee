// Package scripted gives tests a podman that only pretends, for batches of
// hundreds of reports: it starts no container, answers in milliseconds, and
// keeps what it was told to keep, as podman does, beyond the life of whoever
// called it. What containers really do is for the tests with real podman (see
// package fixture). Only tests import it.
//
// It has the images of the built-in targets, with some hundred packages each;
// AlmaLinux and CentOS Stream differ in a few of them. There are three packages
// to install: gizmo is the same on both sides, widget is newer on CentOS
// Stream, and frobnicate has a patch of AlmaLinux's. It knows our own scripts
// by their names, and of a test one line, which says how it ends on each kind
// of target (alma, stream, ubi, kitten):
//
//	scripted alma=1 stream=0
//	scripted alma=1,0 stream=0,1 takes=20ms
//
// Several statuses take turns, one each attempt. A target that is not named, or
// a test without that line, ends with 0.
package scripted

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program is the package that Podman is built of.
const program = "github.com/almatriage/almatriage/reproduce/podman/scripted/podman"

// Podman is one with a store of its own.
type Podman struct {
	// Path is the command, for [engine] podman. What it keeps lies beside it.
	Path string
}

// New builds a podman with nothing in its store but the distributions' images.
func New(tb testing.TB) Podman {
	tb.Helper()
	p := Podman{Path: filepath.Join(tb.TempDir(), "podman")}
	if out, err := exec.Command("go", "build", "-o", p.Path, program).CombinedOutput(); err != nil {
		tb.Fatalf("build the scripted podman: %v: %s", err, out)
	}
	return p
}

// Container is one that is in the store, whatever its state.
type Container struct {
	Names  []string
	State  string // running or exited
	Labels map[string]string
}

// Containers lists what is in the store, as any caller of podman ps sees it.
func (p Podman) Containers(tb testing.TB) []Container {
	tb.Helper()
	out, err := exec.Command(p.Path, "ps", "-a", "--format", "json").Output()
	if err != nil {
		tb.Fatal(err)
	}
	var list []Container
	if err := json.Unmarshal(out, &list); err != nil {
		tb.Fatal(err)
	}
	return list
}

// Calls counts the calls so far by command ("run", "image inspect").
func (p Podman) Calls(tb testing.TB) map[string]int {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(filepath.Dir(p.Path), "store", "calls"))
	if err != nil {
		tb.Fatal(err)
	}
	calls := map[string]int{}
	for line := range strings.Lines(string(data)) {
		calls[strings.TrimSpace(line)]++
	}
	return calls
}
