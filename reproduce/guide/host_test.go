package guide

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadHost(t *testing.T) {
	const alma = "NAME=\"AlmaLinux\"\nID=\"almalinux\"\nVERSION_ID=\"9.6\"\nPRETTY_NAME=\"AlmaLinux 9.6 (Sage Margay)\"\n"
	const kitten = "NAME=\"AlmaLinux Kitten\"\nID=\"almalinux\"\nVERSION_ID=\"10\"\nPRETTY_NAME=\"AlmaLinux Kitten 10 (Lion Cub)\"\n"
	for _, c := range []struct {
		text, release, name string
		asked               bool
	}{
		{alma, "9.6", "AlmaLinux 9.6 (Sage Margay)", true},
		{kitten, "kitten10", "AlmaLinux Kitten 10 (Lion Cub)", true},
		{"NAME=\"Fedora Linux\"\nPRETTY_NAME=\"Fedora Linux 44\"\n", "", "Fedora Linux 44", false},
		{"", "", "", false},
		{strings.Repeat("x", 1<<20) + "\n" + alma, "9.6", "AlmaLinux 9.6 (Sage Margay)", true},
	} {
		h, err := ReadHost(write(t, c.text, 0o600))
		if err != nil || h.Release != c.release || h.Name != c.name || (len(h.RPM) > 0) != c.asked {
			t.Errorf("%.40q: %+v, %v", c.text, h, err)
		}
	}
	if h, err := ReadHost(filepath.Join(t.TempDir(), "none")); err != nil || h.Release != "" {
		t.Errorf("no os-release: %+v, %v", h, err)
	}
	if _, err := ReadHost(t.TempDir()); err == nil {
		t.Error("a folder was read as os-release")
	}
}

func TestInstalled(t *testing.T) {
	said := filepath.Join(t.TempDir(), "said")
	rpm := write(t, "#!/bin/sh\nprintf '%s\\n' \"$@\" > "+said+"\ncase \"$6\" in gizmo) echo gizmo-1.0.3-2.el9.x86_64; echo gizmo-1.0.3-2.el9.i686;; "+
		"odd) printf 'a b\\033[2J\\n';; *) echo package is not installed; exit 1;; esac\n", 0o700)
	h := Host{RPM: []string{rpm, "--dbpath=/x"}}
	for name, want := range map[string]string{"gizmo": "gizmo-1.0.3-2.el9.x86_64", "widget": "", "odd": "", "-e": "", "a b": "", "$(reboot)": ""} {
		if got := h.Installed(t.Context(), name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := h.Installed(t.Context(), "gizmo"); got == "" {
		t.Error("not asked")
	}
	args, err := os.ReadFile(said)
	if err != nil || string(args) != "--dbpath=/x\n-q\n--queryformat\n%{NAME}-%{EVR}.%{ARCH}\n\n--\ngizmo\n" {
		t.Errorf("asked with %q, %v", args, err)
	}
	if got := (Host{RPM: []string{"/nonexistent/rpm"}}).Installed(t.Context(), "gizmo"); got != "" {
		t.Errorf("without rpm: %q", got)
	}
	if got := (Host{}).Installed(t.Context(), "gizmo"); got != "" {
		t.Errorf("on another system: %q", got)
	}
}

func TestReadHistory(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"bash":          {"ls\ngizmo add 2 2\n", []string{"ls", "gizmo add 2 2"}},
		"with times":    {"#1700000000\nls\n#1700000001\ngizmo add 2 2\n", []string{"ls", "gizmo add 2 2"}},
		"zsh":           {": 1700000000:0;ls\n: 1700000001:12;gizmo add 2 2\n", []string{"ls", "gizmo add 2 2"}},
		"twice":         {"ls\nls\nls -l\n", []string{"ls", "ls -l"}},
		"ours":          {"ls\nalmatriage guide\n/usr/bin/almatriage guide\n", []string{"ls"}},
		"nothing":       {"", nil},
		"blanks":        {"\n  \n\t\nls\n", []string{"ls"}},
		"no line feed":  {"ls\npwd", []string{"ls", "pwd"}},
		"a comment too": {"# what I tried\n", []string{"# what I tried"}},
	} {
		got, err := ReadHistory(write(t, c.text, 0o600))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	long, err := ReadHistory(write(t, strings.Repeat("first\nsecond\n", 100_000), 0o600))
	if err != nil || len(long) != historyLines || long[historyLines-1] != "second" {
		t.Errorf("long: %d lines, %v", len(long), err)
	}
	if got, err := ReadHistory("/dev/null"); err != nil || got != nil {
		t.Errorf("switched off: %q, %v", got, err)
	}
	if got, err := ReadHistory(""); err != nil || got != nil {
		t.Errorf("no file: %q, %v", got, err)
	}
	if got, err := ReadHistory(filepath.Join(t.TempDir(), "none")); err != nil || got != nil {
		t.Errorf("absent: %q, %v", got, err)
	}
}

func TestPicked(t *testing.T) {
	f := &Facts{History: []string{"a", "b", "c", "d"}}
	for text, want := range map[string]string{"1": "a\n", "2-3": "b\nc\n", "4,1": "d\na\n", "1 3-4": "a\nc\nd\n", "": "", "0": "", "5": "", "3-2": "", "x": "", "1-": "", "-1": "", "1-9": ""} {
		if got := f.picked(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOption(t *testing.T) {
	choices := []Option{{"fails", ""}, {"prints", ""}, {"crashes", ""}, {"path", ""}}
	for text, want := range map[string]string{"fails": "fails", "2": "prints", "C": "crashes", "pr": "prints", "p": "", "": "", "9": "", "0": "", "x": "", " 1 ": "fails"} {
		if got, ok := option(choices, text); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got, ok, want)
		}
	}
}
