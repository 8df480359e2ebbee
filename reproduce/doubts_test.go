package reproduce

import (
	"strings"
	"testing"
)

func TestDoubts(t *testing.T) {
	target := BuiltinTargets()["alma9"]
	for _, c := range []struct {
		name    string
		hints   Hints
		require []string
		want    string // in the reason; "": no doubt
	}{
		{"graphics", Hints{Package: "gnome-shell"}, nil, "gnome-shell: a container has no screen"},
		{"a unit", Hints{Package: "NetworkManager"}, nil, "NetworkManager: the tests run without systemd"},
		{"what is installed", Hints{}, []string{"firewalld-1.3"}, "firewalld: networks, devices and mounts"},
		{"a denial", Hints{Package: "gizmo", Text: "type=AVC msg=audit: avc:  denied  { read }"}, nil, "SELinux denials"},
		{"an oops", Hints{Text: "BUG: unable to handle page fault for address"}, nil, "the report shows a failure of the kernel"},
		{"a command", Hints{Package: "gizmo", Text: "gizmo add 2 2 prints 5"}, []string{"gizmo"}, ""},
		{"a word alone", Hints{Package: "bash", Text: "the kernel of the problem; a bug"}, nil, ""},
		{"nothing", Hints{}, nil, ""},
	} {
		doubts := Doubts(c.hints, &Recipe{Require: c.require, Test: "gizmo"}, target)
		if c.want == "" {
			if len(doubts) != 0 {
				t.Errorf("%s: %+v", c.name, doubts)
			}
			continue
		}
		if len(doubts) != 1 || !strings.HasPrefix(doubts[0].Why, c.want) || strings.Join(doubts[0].Command[:7], " ") != "tmt run provision --how virtual --image almalinux-9" {
			t.Errorf("%s: %+v", c.name, doubts)
		}
	}
}
