package autopatch

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/problem"
)

var update = flag.Bool("update", false, "write the golden files")

// whole has every parameter of every action.
const whole = `# what AlmaLinux changes
parameters:
  insert_almalinux_line: true
  custom_target_branch: "a9-stream-nodejs-18"
  pre_clean: false
  ignore_version_macros: false
  ignore_release_macros: false
  tag_prefix: "x-"
  el_version: "9"
actions:
  - replace:
      - target: "spec"
        find: |
              %global vendor Gizmo
                %global more
        replace: "AlmaLinux"
        count: 2
      - target: "kernel*.config"
        rfind: "a.*b"
        replace: "c"
        count: -1
  - delete_line:
    - target: spec
      lines:
        - "Requires: gizmo"
        - |
          two
            lines
  - delete_files:
    - file_name: "old.cer"
  - run_script:
    - script: "links.sh"
      cwd: "autopatch"
  - add_files:
    - type: "patch"
      name: "1000-first.patch"
      number: 1000
      modify_spec: true
      insert_almalinux_line: false
      no_backup: true
    - {type: source, name: a.pem, number: Latest}
    - type: "patch"
      name: "third.patch"
      number: 0003
  - add_line:
    - target: "spec"
      section: "global"
      location: "bottom"
      content: |
              Requires: a
      subpackage: "%{name}-libs"
  - modify_release:
    - suffix: ".alma.2"
      enabled: true
      auto_increment: true
  - changelog_entry:
    - name: "Ann Example"
      email: "ann@example.org"
      line:
        - "Fix it: yes"
`

func TestParse(t *testing.T) {
	got, err := Parse("config.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Parameters: []Param{
			{"insert_almalinux_line", true}, {"custom_target_branch", "a9-stream-nodejs-18"}, {"pre_clean", false},
			{"ignore_version_macros", false}, {"ignore_release_macros", false}, {"tag_prefix", "x-"}, {"el_version", "9"},
		},
		Actions: []Action{
			{"replace", []Entry{
				{{"target", "spec"}, {"find", "%global vendor Gizmo\n  %global more\n"}, {"replace", "AlmaLinux"}, {"count", 2}},
				{{"target", "kernel*.config"}, {"rfind", "a.*b"}, {"replace", "c"}, {"count", -1}},
			}},
			{"delete_line", []Entry{{{"target", "spec"}, {"lines", []string{"Requires: gizmo", "two\n  lines\n"}}}}},
			{"delete_files", []Entry{{{"file_name", "old.cer"}}}},
			{"run_script", []Entry{{{"script", "links.sh"}, {"cwd", "autopatch"}}}},
			{"add_files", []Entry{
				{{"type", "patch"}, {"name", "1000-first.patch"}, {"number", 1000}, {"modify_spec", true}, {"insert_almalinux_line", false}, {"no_backup", true}},
				{{"type", "source"}, {"name", "a.pem"}, {"number", "Latest"}},
				{{"type", "patch"}, {"name", "third.patch"}, {"number", 3}},
			}},
			{"add_line", []Entry{{{"target", "spec"}, {"section", "global"}, {"location", "bottom"}, {"content", "Requires: a\n"}, {"subpackage", "%{name}-libs"}}}},
			{"modify_release", []Entry{{{"suffix", ".alma.2"}, {"enabled", true}, {"auto_increment", true}}}},
			{"changelog_entry", []Entry{{{"name", "Ann Example"}, {"email", "ann@example.org"}, {"line", []string{"Fix it: yes"}}}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if advice := got.Advice(); advice != nil {
		t.Errorf("advice on what is in order: %q", advice)
	}
	roundTrip(t, got)
}

// roundTrip checks that a config survives being written and read.
func roundTrip(t *testing.T, c Config) {
	t.Helper()
	written := c.Format()
	again, err := Parse("again", written)
	if err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if diff := cmp.Diff(c, again); diff != "" {
		t.Fatalf("-want +got:\n%s\n%s", diff, written)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "f:1:1: the file is empty"},
		{"- a", "f:1:1: the config is a list"},
		{"actions: []", "f:1:10: actions is an empty list"},
		{"actions:", "actions is nothing; expected a list"},
		{"parameters: {}", "f:1:1: no key actions"},
		{"action:\n- replace: []", `f:1:1: unknown key "action"; expected "actions"?`},
		{"actions:\n- replacee:\n  - {}", `f:2:3: unknown action "replacee"; expected "replace"?`},
		{"actions:\n- zzz:\n  - {}", `f:2:3: unknown action "zzz"; expected one of replace, delete_line, `},
		{"actions:\n- replace: []", "f:2:12: replace is an empty list"},
		{"actions:\n- replace: {target: spec}", "replace is a mapping; expected a list"},
		{"actions:\n- {}", "an entry of actions without an action"},
		{"actions:\n- text", `an action is "text"; expected keys and values`},
		{"actions:\n- delete_files:\n  - file_name: a\n  run_script:\n  - script: a", `f:4:3: a second action, "run_script"`},
		{"actions:\n- delete_files:\n  - file_name: a\n    file_name: b", `f:4:5: the key "file_name" is given twice; expected it once (first in line 3)`},
		{"actions: [{delete_files: [{file_name: a}]}]\nactions: 1", `f:2:1: the key "actions" is given twice`},
		{"actions: [{delete_files: [{file_name: a}]}]\n---\nactions: 1", "f:3:1: a second YAML document"},
		{"actions: [{delete_files: [{file_name: &a a}]}]", "is an anchor or alias"},
		{"x: &a [1]\nactions: *a", "actions is an anchor or alias"},
		{"actions: [{delete_files: [{file_name: !!str a}]}]", "is a tag; expected text"},
		{"actions: [{delete_files: [{<<: {file_name: a}}]}]", "that is not a word"},
		{"actions: [{delete_files: [{file_name: a/b}]}]", `delete_files: file_name is "a/b"; expected the name of a file, without a path`},
		{"actions: [{delete_files: [{file_name: ..}]}]", "without a path"},
		{"actions: [{delete_files: [{file_name: 5}]}]", `delete_files: file_name is the number "5"; expected text: write it in quotes`},
		{"actions: [{delete_files: [{file_name: yes}]}]", "no text to the tool; expected it in quotes"},
		{"actions: [{delete_files: [{file_name: 2026-01-02}]}]", "no text to the tool"},
		{"actions: [{delete_files: [{file_name: \"a\\0\"}]}]", "NUL"},
		{"actions: [{delete_files: [{}]}]", "f:1:27: delete_files without file_name"},
		{"actions: [{delete_files: [a]}]", `delete_files is "a"; expected keys and values`},
		{"actions: [{run_script: [{script: ../a.sh}]}]", "without a path"},
		{"actions: [{run_script: [{script: a.sh, cwd: /}]}]", `cwd is "/"; expected rpms or autopatch`},
		{"actions: [{replace: [{target: spec, replace: b}]}]", "f:1:22: replace with both find and rfind, or none"},
		{"actions: [{replace: [{target: spec, find: a, rfind: a, replace: b}]}]", "replace with both find and rfind"},
		{"actions: [{replace: [{target: spec, find: '', replace: b}]}]", "find is empty"},
		{"actions: [{replace: [{target: spec, find: a, replace: ''}]}]", "replace: replace is empty, which the tool refuses"},
		{"actions: [{replace: [{target: spec, find: a, replace: b, count: 0}]}]", "expected how many times, or -1 for all"},
		{"actions: [{replace: [{target: spec, find: a, replace: b, count: \"1\"}]}]", `count is "1"; expected a decimal number`},
		{"actions: [{replace: [{target: spec, find: a, replace: b, count: 1.5}]}]", "expected a decimal number"},
		{"actions: [{replace: [{target: /etc/passwd, find: a, replace: b}]}]", "a file of the package"},
		{"actions: [{replace: [{target: a/../b, find: a, replace: b}]}]", "a file of the package"},
		{"actions: [{replace: [{targt: spec, find: a, replace: b}]}]", `unknown parameter of replace "targt"; expected "target"?`},
		{"actions: [{delete_line: [{target: \"*.conf\", lines: [a]}]}]", "one file of the package (no patterns)"},
		{"actions: [{delete_line: [{target: spec, lines: []}]}]", "delete_line: lines is an empty list"},
		{"actions: [{delete_line: [{target: spec, lines: a}]}]", `lines is "a"; expected a list of text`},
		{"actions: [{delete_line: [{target: spec, lines: [1]}]}]", "an entry of delete_line: lines is the number"},
		{"actions: [{add_files: [{type: tarball, name: a}]}]", `type is "tarball"; expected patch or source`},
		{"actions: [{add_files: [{type: patch, name: a, number: 0}]}]", "expected a number from 1 on"},
		{"actions: [{add_files: [{type: patch, name: a, number: 0010}]}]", "expected a decimal number or text"},
		{"actions: [{add_files: [{type: patch, name: a, number: latest}]}]", `number is "latest"; expected a number from 1 on (AlmaLinux's patches: from 1000 on), or "Latest"`},
		{"actions: [{add_files: [{type: patch, name: a, modify_spec: yes}]}]", `modify_spec is "yes"; expected true or false`},
		{"actions: [{add_files: [{type: patch, name: a, number: 1000}, {type: patch, name: b, number: 1000}]}]", "add_files has the number of a patch 1000 twice"},
		{"actions: [{add_files: [{type: patch, name: a}, {type: source, name: a}]}]", "add_files has name a twice"},
		{"actions: [{add_line: [{target: a.conf, section: global, location: top, content: a}]}]", `target is "a.conf"; expected spec`},
		{"actions: [{add_line: [{target: spec, section: preamble, location: top, content: a}]}]", "section is \"preamble\"; expected global or package"},
		{"actions: [{add_line: [{target: spec, section: global, location: middle, content: a}]}]", "expected top or bottom"},
		{"actions: [{add_line: [{target: spec, section: global, location: top}]}]", "add_line without content"},
		{"actions: [{add_line: [{target: spec, section: global, location: top, content: ' '}, 1]}]", "add_line is the number"},
		{"actions:\n- add_line:\n  - target: spec\n    section: global\n    location: top\n    content: |\n      \tx\n", "f:7:7: the first line of add_line: content begins with a tab"},
		{"actions: [{modify_release: [{suffix: alma.1}]}]", `the suffix is "alma.1"; expected .alma.N`},
		{"actions: [{modify_release: [{suffix: .alma}]}]", "expected .alma.N"},
		{"actions: [{modify_release: [{suffix: .cloud, auto_increment: true}]}]", "expected one that ends in a number"},
		{"actions: [{changelog_entry: [{name: \"a\\nb\", email: a@b.c, line: [x]}]}]", "a name in one line"},
		{"actions: [{changelog_entry: [{name: a, email: a, line: [x]}]}]", "an address such as"},
		{"actions: [{changelog_entry: [{name: a, email: a@b.c, line: [\" \"]}]}]", "an entry of changelog_entry: line is blank"},
		{"parameters: {el_version: 9}\nactions: [{delete_files: [{file_name: a}]}]", `el_version is the number "9"; expected text: write it in quotes`},
		{"parameters: {custom_target_branch: c9}\nactions: [{delete_files: [{file_name: a}]}]", "expected a branch of AlmaLinux"},
		{"parameters: {rhel_version: \"9\"}\nactions: [{delete_files: [{file_name: a}]}]", `expected "el_version"?`},
		{"actions: {a: [}", "not YAML"},
		{"actions: \xff", "f:1:10: the byte 0xff is not UTF-8"},
		{"actions: \x1b[2J", "f:1:10: the control character U+001B"},
		{strings.Repeat("[", 100), "nested more than 32 deep"},
		{strings.Repeat("- a\n", 6000), "more than 5000 keys"},
	} {
		_, err := Parse("f", []byte(c.in))
		var all *problem.Error
		if !errors.As(err, &all) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.200q:\n got %v\nwant %s", c.in, err, c.want)
			continue
		}
		if reproduce.CodeOf(err) != reproduce.CodeUsage {
			t.Errorf("%.200q: code %v", c.in, reproduce.CodeOf(err))
		}
	}
	if err := Check("f", make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("too large: %v", err)
	}
}

func TestParseTellsAll(t *testing.T) {
	_, err := Parse("f", []byte("x: 1\nactions:\n- delete_files:\n  - y: 1\n- z: 1\n"))
	for _, want := range []string{`f:1:1: unknown key "x"`, `f:4:5: unknown parameter of delete_files "y"`, "f:4:5: delete_files without file_name", `f:5:3: unknown action "z"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in:\n%v", want, err)
		}
	}
}

// Specs are full of tabs, and the YAML parser loses count after one in quotes.
func TestTabs(t *testing.T) {
	got, err := Parse("f", []byte("actions:\n- replace:\n  - target: spec\n    find: \"a:\tb\\\\\" # c\n    replace: |\n        x: \"\ty\"\n      \n    count: 1\n- delete_line:\n  - target: spec\n    lines:\n    - |\n      - \"\ta\"\n    - \"\tb\"\n    - c\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Action{
		{"replace", []Entry{{{"target", "spec"}, {"find", "a:\tb\\"}, {"replace", "x: \"\ty\"\n"}, {"count", 1}}}},
		{"delete_line", []Entry{{{"target", "spec"}, {"lines", []string{"- \"\ta\"\n", "\tb", "c"}}}}},
	}
	if diff := cmp.Diff(want, got.Actions); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAdvice(t *testing.T) {
	names := func(names ...string) (c Config) {
		for _, name := range names {
			c.Actions = append(c.Actions, Action{Name: name})
		}
		return c
	}
	for _, c := range []struct {
		config Config
		want   []string // how each begins
	}{
		{names("delete_line", "replace", "run_script", "add_line", "add_files", "delete_files", "changelog_entry", "modify_release"), nil},
		{names("modify_release", "changelog_entry", "add_files"), []string{"Action 3, add_files, comes after changelog_entry"}},
		{names("modify_release", "add_line", "replace", "changelog_entry"), []string{"Action 2, add_line, comes after modify_release", "Action 3, replace, comes after modify_release"}},
		{names("run_script"), []string{"There is no modify_release", "There is no changelog_entry"}},
	} {
		got := c.config.Advice()
		if len(got) != len(c.want) {
			t.Errorf("%v: %q", c.config, got)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], c.want[i]) {
				t.Errorf("got %q, want %q", got[i], c.want[i])
			}
		}
	}
}

func TestNew(t *testing.T) {
	base := Patch{
		Package: "gizmo", Release: "7.el9_6", URL: "https://example.org/gizmo/commit/1234", File: "1000-gizmo-add.patch",
		Reports: []string{"almbz#5"}, Summary: "gizmo: add the numbers that are given", Name: "Ann Example", Email: "ann@example.org",
	}
	for name, change := range map[string]func(*Patch){
		"patch":    func(*Patch) {},
		"no-patch": func(p *Patch) { p.File, p.Reports, p.Summary, p.Release = "", nil, "", "" },
		"alma":     func(p *Patch) { p.Release, p.Number = "7.el9.alma.3", 1003 },
		"old-alma": func(p *Patch) {
			p.Release, p.Reports = "6.el8.alma", []string{"almbz#5", "https://bugs.almalinux.org/view.php?id=6"}
		},
		"hostile": func(p *Patch) {
			p.Summary = "- %(touch /tmp/x) \"a\": b\n%changelog\n* Mon\x1b[2J \u202e{x}"
			p.Reports = []string{"#1\n%post\nrm -rf /", "\x00 "}
			p.URL = "https://example.org/a%20b?q=%(id)"
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := base
			change(&p)
			c, err := New(p)
			if err != nil {
				t.Fatal(err)
			}
			if advice := c.Advice(); advice != nil {
				t.Errorf("advice %q", advice)
			}
			roundTrip(t, c)
			golden(t, filepath.Join("testdata", name+".yaml"), c.Format())
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	base := Patch{URL: "https://example.org/1", Name: "Ann", Email: "ann@example.org"}
	if _, err := New(base); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Patch){
		"the address of the patch":              func(p *Patch) { p.URL = "javascript:alert(1)" },
		"begins with https://":                  func(p *Patch) { p.URL = "" },
		"the name that signs the changelog":     func(p *Patch) { p.Name = "" },
		"the name that signs the changelog is":  func(p *Patch) { p.Name = "Ann\n%post" },
		"the address that signs":                func(p *Patch) { p.Email = "ann" },
		"the address that signs the changelog":  func(p *Patch) { p.Email = "a@b\nc" },
		"without a path":                        func(p *Patch) { p.File = "../a.patch" },
		"the file of the patch":                 func(p *Patch) { p.File = "a\u202eb.patch" },
		"the number of the patch is -1":         func(p *Patch) { p.Number = -1 },
		"expected a smaller number after .alma": func(p *Patch) { p.Release = "1.el9.alma.99999999999999999999" },
		"expected .alma.N at its end":           func(p *Patch) { p.Release = "1.el9.alma.1.2" },
		`the release is "x y"; expected one`:    func(p *Patch) { p.Release = "x y" },
		`the release is "1.2-7.el9"`:            func(p *Patch) { p.Release = "1.2-7.el9" },
		`the package is "fire wall"; expected`:  func(p *Patch) { p.Package = "fire wall" },
		`the package is "-x"`:                   func(p *Patch) { p.Package = "-x" },
		"the package is \"a %{b}\"":             func(p *Patch) { p.Package = "a\n%{b}" },
	} {
		p := base
		change(&p)
		if _, err := New(p); reproduce.CodeOf(err) != reproduce.CodeUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", p, err, want)
		}
	}
}

func TestNextSuffix(t *testing.T) {
	for release, want := range map[string]string{
		"": ".alma.1", "7.el9": ".alma.1", "4.el9_6.2": ".alma.1", "6.el8.alma": ".alma.2", "7.el9.alma.1": ".alma.2",
		"7.el10_1.alma.12": ".alma.13", "1.module_el8.10.0+4210+b037b1ec.alma.1": ".alma.2", "5.almanac": ".alma.1",
	} {
		if got, err := nextSuffix(release); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", release, got, err, want)
		}
	}
}

// FuzzParse: no file makes it panic, and what it takes it can write.
func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("actions: [{? replace : [{\"target\": \"\\u00e9\\\n  b\"}]}]"))
	f.Add([]byte("actions:\n- add_line:\n  - content: |2-\n       a\n\n      b\n    target: &a spec\n    section: *a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f", data)
		if err == nil {
			c.Advice()
			roundTrip(t, c)
		}
	})
}

// FuzzFormat: any text survives being written and read.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"a", "a\n\n b\n", "\t\n x\n", "a\r\nb", "\ufeff", "a # b\n  \n", "yes", "- {a: b}\n", "---\n", "\u2028\n\u0085"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) || strings.ContainsRune(a+b, 0) || len(a)+len(b) > 10_000 || a == "" || strings.TrimSpace(b) == "" {
			return
		}
		roundTrip(t, Config{
			Parameters: []Param{{"pre_clean", true}},
			Actions: []Action{
				{"replace", []Entry{{{"target", "spec"}, {"find", a}, {"replace", b}, {"count", 1}}}},
				{"delete_line", []Entry{{{"target", "spec"}, {"lines", []string{b, "x", b}}}}},
				{"add_line", []Entry{{{"target", "spec"}, {"section", "global"}, {"location", "top"}, {"content", a}}}},
			},
		})
	})
}

// FuzzNew: whatever the texts, the config is one, and rpm expands nothing in it.
func FuzzNew(f *testing.F) {
	f.Add("7.el9.alma.1", "https://x.example/%(id)", "a.patch", "almbz#5", "%{x} summary", "Ann", "a@b.c")
	f.Fuzz(func(t *testing.T, release, url, file, report, summary, name, email string) {
		c, err := New(Patch{Release: release, URL: url, File: file, Reports: []string{report}, Summary: summary, Name: name, Email: email})
		if err != nil {
			return
		}
		roundTrip(t, c)
		if written := strings.ReplaceAll(string(c.Format()), "%%", ""); strings.Contains(written, "%") {
			t.Fatalf("a macro in\n%s", written)
		}
	})
}
