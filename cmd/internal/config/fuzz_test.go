package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"github.com/almatriage/almatriage/tracker"
)

// FuzzSections: queues, keys and workers are read as they are written, all of
// them, or the configuration is refused with the line of what is wrong.
func FuzzSections(f *testing.F) {
	f.Add("bash", "package:bash is:undecided", "inbox", "run", "ctrl+r", "builder", int64(2))
	f.Add("a\"b\\", "relase:9", "", "", "", "--url", int64(0))
	f.Add("\x1b[2J", `"`, "a.b", "c d", "\u202e", "b-1_@.", int64(1024))
	f.Add("'''", "updated:>2026", "keys", "\x00", "'", "x", int64(-1<<63))
	f.Fuzz(func(t *testing.T, name, query, group, action, key, worker string, slots int64) {
		for _, s := range []*string{&name, &query, &group, &action, &key, &worker} {
			*s = strings.ToValidUTF8(*s, "")
		}
		type pair = map[string]any
		data, err := toml.Marshal(pair{
			"queue":  []pair{{"name": name, "query": query}, {"name": "second", "query": "is:open" + query}},
			"keys":   pair{group: pair{action: []string{key, "f5"}}, "quit": key},
			"engine": pair{"worker": []pair{{"name": worker, "slots": slots}, {"name": worker + "2"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse("c", data)
		if err != nil {
			var wrong *Error
			if !errors.As(err, &wrong) || len(wrong.Problems) == 0 {
				t.Fatalf("%T: %v", err, err)
			}
			for _, p := range wrong.Problems {
				if p.Line < 1 || p.Line > strings.Count(string(data), "\n")+1 || p.Column < 1 || hasControl(p.Message) || p.Message == "" {
					t.Fatalf("%q: %+v", data, p)
				}
			}
			return
		}
		got := []any{c.Queues, c.Keys, c.Engine.Workers}
		want := []any{[]Queue{{name, query}, {"second", "is:open" + query}}, map[string][]string{group + "." + action: {key, "f5"}, "quit": {key}},
			[]Worker{{worker, int(slots)}, {worker + "2", 2}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-written +read)\n%s\n%s", diff, data)
		}
	})
}

// FuzzKeys: each action has the keys that it was given; one that is named twice,
// with its group and in quotes, is refused and not given the one or the other.
func FuzzKeys(f *testing.F) {
	f.Add("inbox", "run", "r", "r")
	f.Add("a.b", "c", "", "x")
	f.Add("", "", "x", "y")
	f.Fuzz(func(t *testing.T, group, action, one, other string) {
		for _, s := range []*string{&group, &action, &one, &other} {
			*s = strings.ToValidUTF8(*s, "")
		}
		both, err := toml.Marshal(map[string]any{"keys": map[string]any{group + "." + action: one, group: map[string]any{action: other}}})
		if err != nil {
			t.Fatal(err)
		}
		if c, err := Parse("c", both); err == nil {
			t.Fatalf("%v is read from\n%s", c.Keys, both)
		}
	})
}

// FuzzToken: what is taken for a token from the first line of a file, or from
// the environment, is fit for a header and all that is there; what is not is an error
// that tells nothing of it, for it may hold one.
func FuzzToken(f *testing.F) {
	f.Add("s3cr3t-t0k3n\n")
	f.Add(" \t\n")
	f.Add("s3cr3t-t0k3n\r\nX-Header: 1")
	f.Add("s3cr3t\x00t0k3n")
	f.Add("token = s3cr3t-t0k3n")
	f.Add(strings.Repeat("a", maxToken+1))
	file := filepath.Join(f.TempDir(), "token")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		env := func(string) string { return text }
		none := func(string) string { return "" }
		for name, read := range map[string]func() (string, error){
			"file": func() (string, error) {
				return Tracker{Name: "almbz", URL: "https://b.example", TokenFile: file}.Token(t.Context(), none)
			},
			"environment": func() (string, error) {
				return Tracker{Name: "almbz", URL: "https://b.example"}.Token(t.Context(), env)
			},
		} {
			token, err := read()
			if err == nil {
				said := text
				if name == "file" {
					said, _, _ = strings.Cut(text, "\n")
				}
				if token != strings.TrimSpace(said) || len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
					t.Fatalf("%s: %q is read from %q", name, token, text)
				}
				continue
			}
			if token != "" || tracker.CodeOf(err) != tracker.CodeAuth || len(strings.TrimSpace(text)) > 20 && strings.Contains(err.Error(), strings.TrimSpace(text)) {
				t.Fatalf("%s: %q in spite of %v", name, token, err)
			}
			for word := range strings.FieldsSeq(text) {
				if len(word) > 20 && strings.Contains(err.Error(), word) && !strings.Contains(file, word) {
					t.Fatalf("%s: %q tells of %q", name, err, word)
				}
			}
		}
	})
}
