package reproduce

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestVMCommand: a machine gets what the recipe asks for before its test, and
// no text of it is more than a word.
func TestVMCommand(t *testing.T) {
	stream, alma := Target{Distribution: CentOSStream, Release: "9"}, Target{Distribution: AlmaLinux, Release: "9"}
	plain := &Recipe{Require: []string{"kernel"}, Test: "uname -r\n"}
	full := &Recipe{Require: []string{"kernel", "xfsprogs", "a'b; reboot"}, Prepare: "echo prepared $A\n", Test: "mkfs.xfs -V\necho $A\n",
		Environment: map[string]string{"A": "it's; b"}}
	machine := []string{"tmt", "run", "provision", "--how", "virtual", "--image"}
	for name, c := range map[string]struct {
		target Target
		recipe *Recipe
		want   []string
	}{
		"an image": {stream, plain, []string{"bcvk", "ephemeral", "run-ssh", "quay.io/centos-bootc/centos-bootc:stream9", "uname -r"}},
		"no image": {alma, plain, append(slices.Clone(machine), "almalinux-9", "execute", "--how", "tmt", "--script", "uname -r", "report", "finish")},
		"packages": {stream, &Recipe{Require: []string{"kernel", "xfsprogs"}, Test: "mkfs.xfs -V"},
			append(slices.Clone(machine), "centos-stream-9", "prepare", "--how", "shell", "--script", "dnf -y install -- 'xfsprogs'", "execute", "--how", "tmt", "--script", "mkfs.xfs -V", "report", "finish")},
		"all": {alma, full, append(slices.Clone(machine), "almalinux-9", "prepare", "--how", "shell", "--script",
			"set -eo pipefail\n(\nexport A='it'\\''s; b'\necho prepared $A\n)\ndnf -y install -- 'xfsprogs' 'a'\\''b; reboot'",
			"execute", "--how", "tmt", "--script", "export A='it'\\''s; b'\nmkfs.xfs -V\necho $A", "report", "finish")},
	} {
		_, got, needed := VMOnly(Hints{}, c.recipe, c.target)
		if !needed || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, word := range got {
			if out, err := exec.Command("bash", "-nc", word).CombinedOutput(); err != nil && strings.Contains(word, "\n") {
				t.Errorf("%s: %q: %v: %s", name, word, err, out)
			}
		}
	}
}
