package draft

import (
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

func TestBeginIsTheDraft(t *testing.T) {
	report := tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Title: "gizmo", Steps: "$ gizmo add 2 2"}
	made, err := From(report)
	if err != nil {
		t.Fatal(err)
	}
	if got := Begin(report); got != made.Source || !strings.Contains(got, "gizmo add 2 2") {
		t.Errorf("got %s\nwant %s", got, made.Source)
	}
}

func TestBeginIsAFrame(t *testing.T) {
	const end = "test: |\n  # Exit status 0 means that the bug is not there.\n  exit 1\n"
	for _, c := range []struct{ title, name, want, summary string }{
		{"It does not start", "gizmo", "summary: It does not start\nrequire: [gizmo]\n", ""},
		{"sshd: \"no\"", "", "summary: \"sshd: \\\"no\\\"\"\nrequire: []\n", `sshd: "no"`},
		{"", "389-ds-base", "summary: \"Reproduces almbz#5\"\nrequire: [\"389-ds-base\"]\n", "Reproduces almbz#5"},
		{"two\nlines\ntest: rm", "a\ntest: rm", "", "two lines test: rm"}, // hostile; what require takes is fmf's business
		{"@x", "gizmo]\n#", "", "@x"},
	} {
		got := Begin(tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Title: c.title, Package: c.name})
		if c.want != "" && got != c.want+end {
			t.Errorf("%q: %s", c.title, got)
		}
		lines := strings.SplitN(got, "\n", 3)
		if len(lines) != 3 || !strings.HasPrefix(lines[0], "summary: ") || !strings.HasPrefix(lines[1], "require: [") || lines[2] != end {
			t.Errorf("%q broke the frame: %s", c.title, got)
		}
		// Of a package that is none the file still says where it stands.
		recipe, err := fmf.Parse("frame", []byte(got))
		if err != nil && c.want != "" {
			t.Errorf("%q: %v", c.title, err)
		}
		if want := c.summary; err == nil && want != "" && recipe.Summary != want {
			t.Errorf("%q: summary %q, want %q", c.title, recipe.Summary, want)
		}
		if err == nil && (recipe.Oracle.Kind != reproduce.OracleExit || !strings.HasSuffix(recipe.Test, "exit 1\n")) {
			t.Errorf("%q: %+v", c.title, recipe)
		}
	}
}
