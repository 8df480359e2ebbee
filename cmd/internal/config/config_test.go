package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

func TestExampleIsTheDefaults(t *testing.T) {
	text := Config{}.Example()
	for name, data := range map[string]string{
		"as written":  text,
		"uncommented": regexp.MustCompile(`(?m)^#([^ ]|  ")`).ReplaceAllString(text, "$1"),
	} {
		got, err := Parse("example", []byte(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		// The order of the repositories is a reader's, not the program's.
		opts := cmp.Transformer("lists", func(s []string) map[string]bool {
			set := map[string]bool{}
			for _, item := range s {
				set[item] = true
			}
			return set
		})
		if diff := cmp.Diff(Default(), got, opts); diff != "" {
			t.Errorf("%s: differs from the defaults (-want +got):\n%s", name, diff)
		}
	}
	// Every key that is known is in the example.
	_, err := Parse("x", []byte("[engine]\nzzzzzzzzzzz = 1\n[[tracker]]\nzzzzzzzzzzz = 1\n[target.alma9]\nzzzzzzzzzzz = 1\n[ui]\nzzzzzzzzzzz=1"))
	known := regexp.MustCompile(`unknown key .*expected one of (.*)`).FindAllStringSubmatch(err.Error(), -1)
	if len(known) != 4 {
		t.Fatalf("the known keys of %d tables, expected 4: %v", len(known), err)
	}
	for _, list := range known {
		for _, key := range strings.Split(list[1], ", ") {
			if !strings.Contains(text, key+" = ") && !strings.Contains(text, "[engine."+key+"]") {
				t.Errorf("the example does not show %s", key)
			}
		}
	}
}

func TestParse(t *testing.T) {
	const text = `
tracker = [{name = "x", kind = "mantis", url = "https://x.example/bugs/", projects = ["A"]}]
engine.jobs = 3
[engine]
`
	if _, err := Parse("c", []byte(text)); err == nil {
		t.Error("a table opened twice was taken")
	}
	got, err := Parse("c", []byte(`
tracker = [{name = "x", kind = "mantis", url = "https://x.example/bugs/", projects = ["A"]}]
engine.jobs = 3
engine.cpus = 1
engine.memory = "512MiB"
engine.timeout = "1h 30m"
engine.run_args = ["--privileged"]
sync.every = "5m"
user.name = "Jo"
ui = {theme = "none", mouse = true}
[target.stream9]
image = "localhost/stream:9"
[target.mine]
image = "localhost/mine@sha256:00"
distribution = "ubi"
release = "9"
ended = "2030-01-02"
setup = """
dnf -y update
"""
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Trackers = []Tracker{{Name: "x", Kind: Mantis, URL: "https://x.example/bugs", Projects: []string{"A"}}}
	want.Engine.Jobs, want.Engine.Limits.CPUs, want.Engine.Limits.Memory = 3, 1, 512<<20
	want.Engine.Timeout, want.Engine.RunArgs = 90*time.Minute, []string{"--privileged"}
	want.Sync.Every, want.User.Name, want.UI = 5*time.Minute, "Jo", UI{Theme: ThemeNone, Mouse: true}
	stream := want.Targets["stream9"]
	stream.Image = "localhost/stream:9"
	want.Targets["stream9"] = stream
	want.Targets["mine"] = reproduce.Target{
		Name: "mine", Image: "localhost/mine@sha256:00", Distribution: reproduce.UBI, Release: "9",
		Ended: time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC), Setup: "dnf -y update\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What is shown says the same.
	shown, err := got.Show()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("shown", []byte(shown))
	if err != nil {
		t.Fatalf("%v\n%s", err, shown)
	}
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("shown says something else (-want +got):\n%s", diff)
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string // each "line:column: " and a part of the message
	}{
		{"not TOML", "[engine]\njobs = \n", []string{"2:", "not TOML"}},
		{"unknown section", "[enigne]\njobs = 1\n", []string{`c:1:2: unknown key "enigne"; expected "engine"?`}},
		{"unknown key", "[engine]\n\n  timout = \"5m\"\n", []string{`c:3:3: unknown key "timout" in [engine]; expected "timeout"?`}},
		{"far key", "[ui]\ncolour = 1", []string{`c:2:1: unknown key "colour" in [ui]; expected one of mouse, theme`}},
		{"all at once", "[engine]\ncpus = \"two\"\njobs = 1.5\ntimeout = 5\nmemory = \"4\"\npull = \"nevr\"\n[ui]\nmouse = \"no\"\ntheme = \"pink\"\n", []string{
			"c:2:1: engine.cpus is a text; expected a number", "c:3:1: engine.jobs is a number; expected a whole number",
			`c:4:1: engine.timeout is a number; expected a time such as "5m"`, `c:5:1: engine.memory is "4"; expected a size`,
			`c:6:1: engine.pull is "nevr"; expected "never"? (one of missing, newer, always, never)`,
			"c:8:1: ui.mouse is a text; expected true or false", `c:9:1: ui.theme is "pink"; expected one of auto`,
		}},
		{"a time", "[engine]\nbudget = \"soon\"\n[sync]\nevery = \"1s\"", []string{`c:2:1: engine.budget is wrong: "soon" is not a duration`, `c:4:1: sync.every is "1s"; expected at least 1m0s`}},
		{"sizes", "[engine]\ndisk = \"1m\"\nmemory = \"999999999999t\"", []string{`c:2:1: engine.disk is "1m"; expected at least 16m`, `c:3:1: engine.memory is "999999999999t", more than`}},
		{"no number", "[engine]\ncpus = nan\n", []string{"c:2:1: engine.cpus is NaN"}},
		{"zero cpus", "[engine]\ncpus = 0\npids=1", []string{"c:2:1: engine.cpus is 0", "c:3:1: engine.pids is 1; expected a whole number from 16"}},
		{"list of texts", "[engine]\nrun_args = [\"a\", 1]\nglobal_args = \"-v\"", []string{"c:2:1: engine.run_args has a number as entry 2", "c:3:1: engine.global_args is a text; expected a list"}},
		{"new target", "[target.mine]\nimage = \"x\"\n", []string{"c:1:9: the new target mine has no distribution and no release"}},
		{"distribution", "[target.alma9]\ndistribution = \"alma\"\n", []string{`c:2:1: target.alma9.distribution is "alma"; expected one of almalinux`}},
		{"image option", "[target.alma9]\nimage = \"--privileged\"\nrelease = \"9.6\"\nended = 1", []string{`c:2:1: target.alma9.image is "--privileged"`, `c:3:1: target.alma9.release is "9.6"`, "c:4:1: target.alma9.ended is a number"}},
		{"target name", "[target.\"A b\"]\nimage = \"x\"\n", []string{`c:1:9: the target name "A b"`}},
		{"one bracket", "[tracker]\nname = \"x\"", []string{"c:1:2: tracker is a table; expected [[tracker]]"}},
		{"tracker kind", "[[tracker]]\nname = \"x\"\nkind = \"mantiss\"\nurl = \"https://x.example\"", []string{`c:3:1: tracker.kind is "mantiss"; expected "mantis"?`}},
		{"bare tracker", "[[tracker]]\n", []string{"c:1:3: a tracker has no name", "a tracker has no kind"}},
		{"schemes", "[[tracker]]\nname = \"x\"\nkind = \"mantis\"\nurl = \"bugs.example.org\"\n[[tracker]]\nname = \"y\"\nkind = \"mantis\"\nurl = \"file:///etc\"", []string{`c:4:1: tracker.url is "bugs.example.org"; expected an address with its scheme`, `c:8:1: tracker.url has the scheme "file"; expected https or http`}},
		{"names twice", "[[tracker]]\nname = \"a.b\"\nkind = \"mantis\"\nurl = \"https://x.example\"\n[[tracker]]\nname = \"a.b\"\nkind = \"mantis\"\nurl = \"https://y.example\"\n[[tracker]]\nname = \"a-b\"\nkind = \"mantis\"\nurl = \"https://z.example\"", []string{
			`c:6:1: tracker.name is "a.b", as that of a tracker before`, `c:10:1: tracker.name is "a-b", which reads its token from $ALMATRIAGE_A_B_TOKEN`,
		}},
		{"two token sources", "[[tracker]]\nname = \"x\"\nkind = \"mantis\"\nurl = \"https://x.example\"\ntoken_command = \"a\"\ntoken_file = \"/a\"", []string{"c:6:1: tracker.token_file stands beside token_command"}},
		{"token source", "[[tracker]]\nname = \"x\"\nkind = \"mantis\"\nurl = \"https://x.example\"\ntoken_command = \"a 'b\"\n[[tracker]]\nname = \"y\"\nkind = \"mantis\"\nurl = \"https://x.example\"\ntoken_file = \"a\"", []string{"c:5:1: tracker.token_command cannot be split into words: the quote ' is not closed", `c:10:1: tracker.token_file is "a": expected a path that begins with / or ~/`}},
		{"repositories", "[[tracker]]\nname = \"x\"\nkind = \"github\"\nprojects = [\"p\"]\n[[tracker]]\nname = \"y\"\nkind = \"github\"\nrepos = [\"a/b\", \"A/B\", \"c\"]", []string{"c:1:3: a tracker of kind github has no repos", "c:4:1: tracker.projects is for mantis", `c:8:1: tracker.repos has "c"; expected OWNER/NAME`, `tracker.repos has "A/B", which tracker "y" has already`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("c", []byte(test.text))
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, expected an *Error", err)
			}
			if reproduce.CodeOf(err) != reproduce.CodeUsage {
				t.Errorf("the code is %q", reproduce.CodeOf(err))
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in:\n%v", want, err)
				}
			}
			if test.name != "not TOML" && len(wrong.Problems) != len(test.want) {
				t.Errorf("%d problems, expected %d:\n%v", len(wrong.Problems), len(test.want), err)
			}
		})
	}
}

func TestPasswordInURLIsNotShown(t *testing.T) {
	for _, url := range []string{"https://jo:hunter2@x.example", "jo:hunter2@x.example", "://jo:hunter2@x", "https://jo:hunter2@x.example/%zz"} {
		_, err := Parse("c", []byte("[[tracker]]\nname = \"x\"\nkind = \"mantis\"\nurl = \""+url+"\""))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestShowHoldsNoSecret(t *testing.T) {
	c := Default()
	c.Trackers[0].TokenCommand = "echo hunter2"
	shown, err := c.Show()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(shown, "hunter2") || !strings.Contains(shown, "token_command is set") {
		t.Errorf("shown:\n%s", shown)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "none.toml")
	got, err := Load(missing, false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Errorf("a missing default file is not the defaults:\n%s", diff)
	}
	if _, err := Load(missing, true); err == nil || !strings.Contains(err.Error(), "config init") {
		t.Errorf("a missing file that was asked for: %v", err)
	}
	if _, err := Load(dir, true); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("[engine]\njobs = 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err = Load(path, true); err != nil || got.Engine.Jobs != 7 {
		t.Errorf("jobs %d, %v", got.Engine.Jobs, err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("#", maxSize+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, true); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a huge file: %v", err)
	}
}

func TestDefaultPathFollowsTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if got, want := DefaultPath(), filepath.Join(dir, "almatriage", "config.toml"); got != want {
		t.Errorf("%s, expected %s", got, want)
	}
	t.Setenv("XDG_CONFIG_HOME", "relative")
	if got := DefaultPath(); !filepath.IsAbs(got) {
		t.Errorf("%s, expected an absolute path", got)
	}
}

func TestInterval(t *testing.T) {
	for _, test := range []struct {
		sync  Sync
		token bool
		want  time.Duration
	}{{Sync{}, false, time.Hour}, {Sync{}, true, 10 * time.Minute}, {Sync{Every: time.Minute}, false, time.Minute}} {
		if got := test.sync.Interval(test.token); got != test.want {
			t.Errorf("%v, %v: %v, expected %v", test.sync, test.token, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("tracker = [{name='x'}, 1]\ntarget.a.b.c = 1\n[[tracker]]\n[tracker.x]"))
	f.Add([]byte("[engine]\ncpus = inf\ntimeout = \"9h *9\"\n[target.\"a\\u0000b\"]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("c", data)
		if err != nil {
			var wrong *Error
			if !errors.As(err, &wrong) || len(wrong.Problems) == 0 {
				t.Fatalf("%T: %v", err, err)
			}
			for _, p := range wrong.Problems {
				if hasControl(p.Message) {
					t.Fatalf("the message %q holds control characters", p.Message)
				}
			}
			return
		}
		shown, err := c.Show()
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Trackers {
			c.Trackers[i].TokenCommand = ""
		}
		again, err := Parse("shown", []byte(shown))
		if err != nil {
			t.Fatalf("%v\n%s", err, shown)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("%s\n%s", diff, shown)
		}
	})
}

func TestQueuesAndKeys(t *testing.T) {
	c, err := Parse("config.toml", []byte("[[queue]]\nname = \"bash\"\nquery = \"package:bash is:undecided\"\n[keys]\ninbox.run = [\"r\", \"f5\"]\n\"inbox.copy\" = \"c\"\nquit.leave = []\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Queue{{"bash", "package:bash is:undecided"}}, c.Queues); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string][]string{"inbox.run": {"r", "f5"}, "inbox.copy": {"c"}, "quit.leave": {}}, c.Keys); diff != "" {
		t.Error(diff)
	}
	text, err := c.Show()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("shown", []byte(text))
	if err != nil {
		t.Fatalf("what is shown cannot be read: %v\n%s", err, text)
	}
	if diff := cmp.Diff(c.Queues, again.Queues) + cmp.Diff(c.Keys, again.Keys); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"[[queue]]\nname = \"x\"\n":                             "queue 1 has no query",
		"[[queue]]\nname = \"x\"\nquery = \"relase:9\"\n":       "config.toml:3:1",
		"[keys]\ninbox.run = 5\n":                               "keys.inbox.run",
		"[[queue]]\nname=\"x\"\nquery=\"bash\"\ncolour=\"red\"": "colour",
	} {
		if _, err := Parse("config.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v does not say %q", text, err, want)
		}
	}
}
