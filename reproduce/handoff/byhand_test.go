package handoff_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/tracker/safe"
)

// stub puts a program into a folder that writes down its arguments.
func stub(t testing.TB, dir, name string) (argv func() []string) {
	t.Helper()
	script := "#!/bin/bash\nprintf '%s\\0' \"$@\" >>'" + filepath.Join(dir, name+".argv") + "'\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() []string {
		data, err := os.ReadFile(filepath.Join(dir, name+".argv"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
	}
}

// typed is what podman is given when a person types a line into bash.
func typed(t testing.TB, line string) []string {
	t.Helper()
	dir := t.TempDir()
	argv := stub(t, dir, "podman")
	cmd := exec.Command("bash", "-c", line)
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%q: %v: %s", line, err, out)
	}
	return argv()
}

// side is a run of a recipe with one side.
func side(r reproduce.Recipe, target string) (*reproduce.Run, *reproduce.Side) {
	run := &reproduce.Run{Recipe: r, Sides: []reproduce.Side{{Target: reproduce.BuiltinTargets()[target], Role: reproduce.RoleAlma}}}
	one := &run.Sides[0]
	one.Image = reproduce.Image{Ref: one.Target.Image, ID: strings.Repeat("e", 64), Digest: digest}
	return run, one
}

func TestByHand(t *testing.T) {
	const image = "quay.io/almalinuxorg/almalinux@" + digest
	head := "set -eo pipefail\nexport LC_ALL=C.UTF-8 TZ=UTC\n"
	for name, test := range map[string]struct {
		recipe reproduce.Recipe
		target string
		want   []string
	}{
		"plain": {reproduce.Recipe{Require: []string{"gizmo", "a'b; reboot", "$(reboot)"}, Test: "gizmo --check\ngizmo -x 'it'\n"}, "alma9",
			[]string{"run", "--rm", image, "bash", "-c", head + "dnf -qy --enablerepo=crb upgrade\n" +
				"dnf -qy --enablerepo=crb --setopt=install_weak_deps=False --setopt=tsflags=nodocs install -- gizmo 'a'\\''b; reboot' '$(reboot)'\n(\ngizmo --check\ngizmo -x 'it'\n)"}},
		"powertools, variables, prepare": {reproduce.Recipe{Environment: map[string]string{"B": "it's\n\u202e", "A": "x"}, Prepare: "true", Test: "echo $A!"}, "alma8",
			[]string{"run", "--rm", image, "bash", "-c", head + "dnf -qy --enablerepo=powertools upgrade\n" +
				"(\nexport A=x\nexport B=$'it\\'s\\n\\342\\200\\256'\ntrue\n)\n(\nexport A=x\nexport B=$'it\\'s\\n\\342\\200\\256'\necho $A!\n)"}},
		"the vault": {reproduce.Recipe{Test: "true"}, "stream8", []string{"run", "--rm", "quay.io/centos/centos@" + digest, "bash", "-c",
			head + "(\n" + reproduce.BuiltinTargets()["stream8"].Setup + "\n)\ndnf -qy --enablerepo=powertools upgrade\n(\ntrue\n)"}},
		"UBI": {reproduce.Recipe{Test: "true"}, "ubi9", []string{"run", "--rm", "registry.access.redhat.com/ubi9/ubi@" + digest, "bash", "-c",
			head + "dnf -qy upgrade\n(\ntrue\n)"}},
		"files": {reproduce.Recipe{Test: "./run.sh", Files: []reproduce.File{{Path: "run.sh"}}}, "alma10",
			[]string{"run", "--rm", "--security-opt", "label=disable", "--volume", ".:/recipe:ro", "--workdir", "/recipe", image, "bash", "-c",
				head + "dnf -qy --enablerepo=crb upgrade\n(\n./run.sh\n)"}},
	} {
		line := handoff.ByHand(side(test.recipe, test.target))
		if safe.Cell(line) != line {
			t.Errorf("%s: not one clean line: %q", name, line)
		}
		argv := typed(t, line)
		if diff := cmp.Diff(test.want, argv); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
			continue
		}
		if out, err := exec.Command("bash", "-n", "-c", argv[len(argv)-1]).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: bash does not read it: %v: %s", name, err, out)
		}
	}
}

func TestByHandImage(t *testing.T) {
	id := strings.Repeat("e", 64)
	for _, test := range []struct{ ref, id, digest, want string }{
		{"quay.io/centos/centos:stream9", id, digest, "quay.io/centos/centos@" + digest},
		{"registry.example:5000/a/b", id, digest, "registry.example:5000/a/b@" + digest},
		{"registry.example:5000/a/b:9", id, digest, "registry.example:5000/a/b@" + digest},
		{"quay.io/a/b@sha256:" + id, id, digest, "quay.io/a/b@" + digest},
		{"", id, digest, "quay.io/almalinuxorg/almalinux@" + digest}, // the target's
		{"quay.io/a/b:9", id, "sha256:" + id, "quay.io/a/b:9"},       // never in a registry
		{"localhost/a/b:9", id, digest, "localhost/a/b:9"},
		{"quay.io/a/b:9", id, "", "quay.io/a/b:9"},
		{"quay.io/a/b:9", id, "sha256:x; reboot", "quay.io/a/b:9"},
		{"--privileged", id, "", "--privileged"}, // behind a --, as no option
		{"a b|`reboot`:9", id, "", "a b|`reboot`:9"},
	} {
		run, one := side(reproduce.Recipe{Test: "true"}, "alma9")
		one.Image = reproduce.Image{Ref: test.ref, ID: test.id, Digest: test.digest}
		argv := typed(t, handoff.ByHand(run, one))
		want := []string{"run", "--rm", test.want, "bash", "-c"}
		if strings.HasPrefix(test.want, "-") {
			want = []string{"run", "--rm", "--", test.want, "bash", "-c"}
		}
		if diff := cmp.Diff(want, argv[:len(argv)-1]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.ref, diff)
		}
	}
}

// TestByHandRuns runs the script that the container would, with a dnf that only
// writes down what it is asked.
func TestByHandRuns(t *testing.T) {
	hostile := "it's \"$(reboot)\" `reboot`\n\\ \u202e\x1b!*"
	for name, test := range map[string]struct {
		recipe reproduce.Recipe
		out    string
		status int
	}{
		"the value of a variable":          {reproduce.Recipe{Environment: map[string]string{"A": hostile}, Test: `printf %s "$A"`}, hostile, 0},
		"the bytes of the test":            {reproduce.Recipe{Test: "cat <<'EOF'\n" + hostile + "\nEOF\n"}, hostile + "\n", 0},
		"a pipe":                           {reproduce.Recipe{Test: "false | true\necho no"}, "", 1},
		"a status":                         {reproduce.Recipe{Test: "exit 3"}, "", 3},
		"a failure in the middle":          {reproduce.Recipe{Test: "echo a\nfalse\necho no"}, "a\n", 1},
		"prepare is a shell of its own":    {reproduce.Recipe{Prepare: "cd /; X=1; set +e", Test: "test -z \"$X\"; test \"$PWD\" != /; false; echo no"}, "", 1},
		"prepare without a line break":     {reproduce.Recipe{Prepare: "echo prepared", Test: "echo tested"}, "prepared\ntested\n", 0},
		"prepare that ends":                {reproduce.Recipe{Prepare: "exit 0", Test: "echo tested"}, "tested\n", 0},
		"a comment at the end of the test": {reproduce.Recipe{Test: "echo a # b"}, "a\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			argv := typed(t, handoff.ByHand(side(test.recipe, "alma9")))
			dir := t.TempDir()
			asked := stub(t, dir, "dnf")
			cmd := exec.Command("bash", "-c", argv[len(argv)-1])
			cmd.Dir, cmd.Env = dir, []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
			out, err := cmd.Output()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%d %s", cmd.ProcessState.ExitCode(), out)
			if diff := cmp.Diff(fmt.Sprintf("%d %s", test.status, test.out), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"-qy", "--enablerepo=crb", "upgrade"}, asked()); diff != "" {
				t.Errorf("dnf (-want +got):\n%s", diff)
			}
		})
	}
}
