package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// literals are texts that become something else wherever a shell, a format or
// an option parser gets hold of them.
func literals() []string {
	return []string{"../../../etc/passwd", "$(touch owned)", "`touch owned`", "; touch owned #", "%s%n%1000000d", `it's "quoted" \ twice`, "a  b", "*", "~", "$HOME",
		"&& touch owned", "> owned", "x\x1b]52;c;eA==\x07\x1b[2J", "é 日本 \u202e", "--privileged", "-v=/:/host", "two\nlines\n", ""}
}

// TestFieldsStayWords: whatever a recipe's fields hold, podman is called with
// the same words as for a harmless one, but for the packages, each of which is
// one literal word behind the image; and the test is given each literal.
func TestFieldsStayWords(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, "")
	calls := filepath.Join(u.home, "calls")
	if err := os.Mkdir(calls, 0o700); err != nil {
		t.Fatal(err)
	}
	recorder := u.write("podman", fmt.Sprintf("#!/bin/sh\nprintf '%%s\\0' \"$@\" >\"$(mktemp %s/XXXXXXXX)\"\nexec podman \"$@\"\n", calls))
	u.write(".config/almatriage/config.toml", strings.Replace(configOf(mantisServer(t)), "[engine]\n", fmt.Sprintf("[engine]\npodman = %q\n", recorder), 1))
	u.must("sync")

	// made is what podman was asked to run since the last time, sorted.
	made := func(recipe string, status int) [][]string {
		u.must("recipe", "set", "almbz#3", recipe)
		forget(t, calls)
		if out, errs, got := u.run("run", "almbz#3", "--fresh", "--reprepare", "--repeat", "1"); got != status {
			t.Errorf("%s: status %d: %s%s", recipe, got, out, errs)
		}
		return runsIn(t, calls)
	}
	plain, hostile := u.write("plain.fmf", "summary: plain\nrequire: [gizmo]\ntest: exit 3\n"), u.hostileRecipe()
	want, got := made(plain, 0), made(hostile, 0)
	if len(got) != len(want) || len(want) < 6 { // base, prepare, print and attempt of two sides
		t.Fatalf("%d containers, and %d of a plain recipe", len(got), len(want))
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("%q\nis not %q", got[i], want[i])
		}
	}
	// Packages are words of their own; those that could be none are refused.
	packages := slices.DeleteFunc(literals(), func(s string) bool { return strings.TrimSpace(s) != s || s == "" || s[0] == '-' })
	u.must("recipe", "set", "almbz#3", u.write("packages.fmf", "summary: none of them is there\nrequire:\n"+yamlList(packages)+"test: exit 3\n"))
	forget(t, calls)
	u.run("run", "almbz#3", "--fresh", "--repeat", "1")
	asked := false
	for _, words := range runsIn(t, calls) {
		at := slices.Index(words, "--")
		asked = asked || slices.Equal(words[at+5:], packages)
		if slices.ContainsFunc(words[:at], func(word string) bool { return slices.Contains(packages, word) }) {
			t.Errorf("a package among the options: %q", words)
		}
	}
	if !asked {
		t.Errorf("no container was given %q", packages)
	}
	for _, option := range []string{"--privileged", "-v=/:/host"} {
		if _, errs, status := u.run("recipe", "set", "almbz#3", u.write("option.fmf", "summary: x\nrequire: ["+yamltext.Quoted(option)+"]\ntest: exit 3\n")); status != 2 || !strings.Contains(errs, "is an option") {
			t.Errorf("%s: status %d: %s", option, status, errs)
		}
	}
	owned, err := filepath.Glob(u.home + "/*owned*")
	if err != nil || len(owned) > 0 {
		t.Errorf("a field became a command: %q %v", owned, err)
	}
}

// hostileRecipe is one whose every text is a literal; its test compares what it
// is given with files of the same texts, and ends with 3 if all is as written.
func (u *user) hostileRecipe() string {
	u.t.Helper()
	var recipe, test strings.Builder
	all := literals()
	fmt.Fprintf(&recipe, "summary: %s\nrequire: [gizmo]\nenvironment:\n", yamltext.Quoted("x "+all[1]))
	for i, text := range all {
		u.write(fmt.Sprintf("hostile/word%d", i), text+".")
		fmt.Fprintf(&recipe, "  WORD%d: %s\n", i, yamltext.Quoted(text))
		fmt.Fprintf(&test, "  [ \"$(cat word%d)\" = \"$WORD%d.\" ] || exit 0\n", i, i)
	}
	names := []string{"$(touch owned)", "a b", "%s", "-rf", "it's", "é", "`id`"}
	for _, name := range names {
		u.write("hostile/"+name, name)
		fmt.Fprintf(&test, "  [ -f %s ] || exit 0\n", "'"+strings.ReplaceAll("./"+name, "'", `'\''`)+"'")
	}
	fmt.Fprintf(&recipe, "test: |\n%s  exit 3\nextra-almatriage:\n  prepare: ': %%s $(true)'\n  precheck: ': `true`'\n", &test)
	u.write("hostile/main.fmf", recipe.String())
	return filepath.Join(u.home, "hostile")
}

func yamlList(words []string) string {
	var list strings.Builder
	for _, word := range words {
		fmt.Fprintf(&list, "  - %s\n", yamltext.Quoted(word))
	}
	return list.String()
}

// forget removes the calls that were noted.
func forget(t *testing.T, calls string) {
	t.Helper()
	names, err := filepath.Glob(calls + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// runsIn are the noted calls that run containers, without what differs from one
// to the next: names, times, images and folders.
func runsIn(t *testing.T, calls string) [][]string {
	t.Helper()
	names, err := filepath.Glob(calls + "/*")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
		if words[0] != "run" {
			continue
		}
		at := slices.Index(words, "--")
		if at < 0 || len(words) < at+5 {
			t.Fatalf("no image behind the options: %q", words)
		}
		for i, word := range words {
			switch {
			case i == at+1, i == at+4: // image, nonce
				words[i] = "X"
			case strings.HasPrefix(word, "almatriage.deadline="), strings.HasPrefix(word, "almatriage.owner="):
				words[i], _, _ = strings.Cut(word, "=")
			default:
				words[i] = ids.ReplaceAllString(word, "ID")
			}
		}
		found[strings.Join(words, "\x00")+"\x00"+name] = words
	}
	var sorted [][]string
	for _, key := range slices.Sorted(maps.Keys(found)) {
		sorted = append(sorted, found[key])
	}
	return sorted
}
