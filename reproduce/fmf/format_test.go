package fmf

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

func TestFormat(t *testing.T) {
	recipe := reproduce.Recipe{
		Summary:     "gizmo: adds",
		Require:     []string{"gizmo", "@core", "*-devel"},
		Test:        "set +e\n\n\tgizmo\n",
		Duration:    90 * time.Minute,
		Environment: map[string]string{"B": "yes", "A": "C.UTF-8"},
		Links:       []reproduce.Link{{Relation: "verifies", Target: "https://bugs.almalinux.org/view.php?id=5"}},
		Oracle:      reproduce.Oracle{Kind: reproduce.OracleSignal, Signal: "SEGV"},
		Prepare:     "dnf -y install epel-release",
		Precheck:    "a\nb",
		Network:     reproduce.NetworkFull,
		Repeat:      3,
	}
	want := `summary: "gizmo: adds"
require:
  - gizmo
  - "@core"
  - "*-devel"
test: |
  set +e

  	gizmo
duration: 1h 30m
environment:
  A: C.UTF-8
  B: "yes"
link:
  - verifies: "https://bugs.almalinux.org/view.php?id=5"
extra-almatriage:
  reproduced-when:
    signal: SEGV
  prepare: dnf -y install epel-release
  precheck: |-
    a
    b
  network: full
  repeat: 3
`
	if d := cmp.Diff(want, string(Format(recipe))); d != "" {
		t.Error(d)
	}
	if got := string(Format(reproduce.Recipe{Test: "a", Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}, Network: reproduce.NetworkNone})); got != "test: a\n" {
		t.Errorf("the least recipe is written %q", got)
	}
}

func TestFormatShowsWhatIsHidden(t *testing.T) {
	script := "echo a\necho \u202eb\u200b\x1b[2K\n"
	got := string(Format(reproduce.Recipe{Test: script}))
	if want := `test: "echo a\necho \u202eb\u200b\u001b[2K\n"` + "\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	roundTrip(t, reproduce.Recipe{Test: script})
}

// roundTrip fails if what Format writes is not read as the same recipe.
func roundTrip(t *testing.T, recipe reproduce.Recipe) {
	t.Helper()
	if recipe.Oracle.Kind == "" {
		recipe.Oracle.Kind = reproduce.OracleExit
	}
	if recipe.Network == "" {
		recipe.Network = reproduce.NetworkNone
	}
	file := Format(recipe)
	got, err := Parse("x.fmf", file)
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	got.Source, recipe.Source, recipe.Files = "", "", nil
	if d := cmp.Diff(recipe, got); d != "" {
		t.Fatalf("read back otherwise (-written +read):\n%s\n%s", d, file)
	}
	if recipe.Hash() != got.Hash() {
		t.Error("the hash is another")
	}
}

func TestRoundTrip(t *testing.T) {
	for _, s := range []string{
		"a", " a", "a ", "a\n", "a\n\n", "\na", "\n a\n", "\ta\nb\n", "a\n\tb\n", "a\n  b  \n   \nc\n", "a\n   \n", "a: b", "a #b", "# a\nb", "- a\n- b\n",
		"---\na\n", "a\n---\nb\n", "a\n...\nb", "'", "\"", "\\", "%a", "@a", "`a`", "*a", "&a", "!a", "|", ">", "{a", "[a", "null", "~", "True", "0x1f",
		"1e3", "é ü 日本", "\U0001f600", "a\u0085b", "a\u2028b", "a\r\nb\r\n", "cat <<'EOF'\n\tx\nEOF\n", "$a \\\n  b\n", "=", "<<", "?", ":", "a:", "-", "...",
	} {
		recipe := reproduce.Recipe{Test: s, Environment: map[string]string{"A": s}, Prepare: s, Summary: strings.TrimSpace(strings.Map(oneLine, s))}
		if strings.HasPrefix(strings.TrimSpace(s), "#") && !strings.Contains(s, "\n") {
			continue // no command
		}
		roundTrip(t, recipe)
	}
}

func oneLine(c rune) rune {
	if c == '\n' || c == '\r' {
		return -1
	}
	return c
}

// FuzzParse: whatever the file, Parse ends, and what it reads survives being
// written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("test: |2-\n   a\n\n  b\nx: &a {b: *a}\n"))
	f.Add([]byte("{\"test\": \"\\u00e9\\\n  b\", ? a : b}"))
	f.Add([]byte("test: >+\n  a\n\n   b\n\n# c\nduration: \"*2 5m\"\nlink: {relates: /x}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		recipe, err := Parse("x.fmf", data)
		if err != nil {
			return
		}
		if !utf8.ValidString(recipe.Test) || strings.ContainsRune(recipe.Test, 0) {
			t.Fatalf("the test is %q", recipe.Test)
		}
		roundTrip(t, recipe)
	})
}

// FuzzFormat: any script survives being written and read.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"a", "a\n\n b\n", "\t\n x", "a\r\nb", "\ufeff", "a # b\n  \n"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, script, value string) {
		if !utf8.ValidString(script) || !utf8.ValidString(value) || strings.ContainsRune(script+value, 0) || len(script)+len(value) > 10_000 {
			return
		}
		roundTrip(t, reproduce.Recipe{Test: "true\n" + script, Precheck: "a" + script, Environment: map[string]string{"A": value}})
	})
}

func TestSource(t *testing.T) {
	recipe := reproduce.Recipe{Summary: "gizmo", Test: "gizmo"}
	for want, source := range map[string]string{
		"summary: gizmo\ntest: gizmo\n":              "", // never in a file
		"test: gizmo # as set\n\n":                   "test: gizmo # as set\n\n",
		"test: gizmo # without an end of its line\n": "test: gizmo # without an end of its line",
	} {
		recipe.Source = source
		if got := Source(recipe); got != want {
			t.Errorf("set as %q: %q, want %q", source, got, want)
		}
	}
}
