package demo

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNothingOfThisMachine: what is published tells nothing of where it was
// recorded.
func TestNothingOfThisMachine(t *testing.T) {
	written := bundleText(t)
	record, err := readRecording()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	recorded := string(plain)
	for _, pattern := range []string{`/tmp/`, `/home/`, `/root\b`, `/work\b`, `/run/user`, `/srv/`, `\.cache`, `localhost`, `fixture`,
		`almatriage-(?:fx|[0-9a-f]{8})`, `libpod`, `containers/storage`} {
		if at := regexp.MustCompile(pattern).FindStringIndex(recorded); at != nil {
			t.Errorf("the recording names %s: %q", pattern, recorded[max(0, at[0]-60):min(len(recorded), at[1]+60)])
		}
	}
	for _, name := range machine(t) {
		// A name that the invented texts use as well tells nothing.
		if hasWord(recorded, name) && !hasWord(written, name) {
			t.Errorf("the recording names %q, which is of this machine", name)
		}
	}
	for _, one := range record.Runs {
		run := one.Run
		if run.ID != "" || run.Owner != "" || run.Hints.Text != "" || !run.Started.Equal(epoch()) {
			t.Errorf("%s: id %q, owner %q, begun %s", run.Report, run.ID, run.Owner, run.Started)
		}
		for _, side := range run.Sides {
			print := side.Prepared.Print
			if side.Image.ID != "" || side.Prepared.ImageID != "" || print.Kernel != "" || print.HostLevel != "" || len(print.Dropped) > 0 {
				t.Errorf("%s, %s: %+v", run.Report, side.Target.Name, side.Image)
			}
			for _, a := range side.Attempts {
				if a.ID != "" || a.Run != "" {
					t.Errorf("%s, %s: attempt %s", run.Report, side.Target.Name, a.ID)
				}
			}
		}
	}
}

// hasWord tells whether a name stands in a text, and not within another one.
func hasWord(text, name string) bool {
	return regexp.MustCompile(`(?:^|[^\w-])` + regexp.QuoteMeta(name) + `(?:$|[^\w-])`).MatchString(text)
}

// bundleText is all that was written by hand.
func bundleText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	names, err := fs.Glob(bundle, "bundle/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name == recordingName {
			continue
		}
		data, err := bundle.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

// machine lists what this machine is called and where things lie on it.
func machine(t *testing.T) []string {
	t.Helper()
	var names []string
	add := func(name string, err error) {
		if name = strings.TrimSpace(name); err == nil && len(name) > 1 {
			names = append(names, name)
		}
	}
	add(os.Hostname())
	add(os.UserHomeDir())
	add(os.UserCacheDir())
	add(os.Getwd())
	add(os.TempDir()+"/almatriage", nil)
	add(filepath.Dir(t.TempDir()), nil)
	for _, file := range []string{"/proc/sys/kernel/osrelease", "/proc/sys/kernel/random/boot_id", "/etc/machine-id"} {
		data, err := os.ReadFile(file)
		add(string(data), err)
	}
	return names
}
