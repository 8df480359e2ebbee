package reproduce

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiscloses(t *testing.T) {
	plain := Recipe{Summary: "s", Test: "true\n", Prepare: "\n"}
	if diff := cmp.Diff([]Part{{"Test, as root in a new container each time:", "true\n"}, {Title: "The test reaches no network."}}, plain.Discloses()); diff != "" {
		t.Errorf("a plain one (-want +got)\n%s", diff)
	}
	full := Recipe{Test: "t", Prepare: "p", Precheck: "c", Require: []string{"b", "a"}, Network: NetworkFull, Environment: map[string]string{"B": "2\n3", "A": "", "C": "\x1b[2J"},
		Files: []File{{Path: "z/\x1b", Data: []byte("zz\n")}, {Path: "a", Data: []byte{0}}}}
	want := []Part{
		{"Packages that are installed:", "b a"},
		{"Script that prepares, as root in a container, with network:", "p"},
		{"Check before the test:", "c"},
		{"Test, as root in a new container each time:", "t"},
		{"File z/\x1b (3 bytes):", "zz\n"}, {"File a (1 bytes):", "\x00"},
		{"Variable:", "A="}, {"Variable:", "B=2\n3"}, {"Variable:", "C=\x1b[2J"},
		{Title: "The test reaches the whole network."},
	}
	for range 20 { // the order of a map changes
		if diff := cmp.Diff(want, full.Discloses()); diff != "" {
			t.Fatalf("a full one (-want +got)\n%s", diff)
		}
	}
}

// TestDisclosesWhatExecutes: what a person accepts cannot change without a
// change of what they are shown.
func TestDisclosesWhatExecutes(t *testing.T) {
	for name, change := range map[string]func(*Recipe){
		"test":        func(r *Recipe) { r.Test += "rm -rf /" },
		"prepare":     func(r *Recipe) { r.Prepare = "curl | bash" },
		"precheck":    func(r *Recipe) { r.Precheck = "true" },
		"require":     func(r *Recipe) { r.Require = append(r.Require, "evil") },
		"environment": func(r *Recipe) { r.Environment = map[string]string{"LD_PRELOAD": "/x"} },
		"network":     func(r *Recipe) { r.Network = NetworkFull },
		"file":        func(r *Recipe) { r.Files = []File{{Path: "x", Data: []byte("x")}} },
	} {
		before := Recipe{Test: "true", Require: []string{"gizmo"}}
		after := before
		change(&after)
		if before.Hash() == after.Hash() {
			t.Errorf("%s: does not execute", name)
		}
		if cmp.Equal(before.Discloses(), after.Discloses()) {
			t.Errorf("%s: is not shown", name)
		}
	}
}
