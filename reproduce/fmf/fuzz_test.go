package fmf

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// FuzzParseDuration: what is read is a limit that can be kept, of whole seconds,
// and is read again from how it is written.
func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"10", "5m", "1h 30m", "*2 5m", "5m*2", "1m4", "1d *0.5", "30d", "31d", "0", "1sm", "5m *0", "*9", strings.Repeat("9", 400) + "d", "1 h", "*1.1 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			if d != 0 {
				t.Fatalf("%q: %v in spite of %v", s, d, err)
			}
			return
		}
		if d < time.Second || d > maxDuration || d%time.Second != 0 {
			t.Fatalf("%q: %v", s, d)
		}
		if again, err := ParseDuration(formatDuration(d)); err != nil || again != d {
			t.Fatalf("%q: %v, written as %q: %v, %v", s, d, formatDuration(d), again, err)
		}
	})
}

// FuzzReadDir: a recipe's files are those that lie in its directory, byte for
// byte, with names that are clean paths below it, each once and in their order,
// and not more than a recipe may hold; a directory with anything else in it, a
// link above all, is refused whole.
func FuzzReadDir(f *testing.F) {
	f.Add("run.sh", []byte("#!/bin/sh\n"), uint8(0), uint32(1), "test: ./run.sh\n")
	f.Add("a/../../b", []byte("x"), uint8(0), uint32(1), "test: a\n")
	f.Add("/etc/passwd", []byte("x"), uint8(1), uint32(1), "test: a\n")
	f.Add("a/b", []byte("../../secret"), uint8(1), uint32(1), "test: a\n")
	f.Add("main.fmf/x", []byte("."), uint8(1), uint32(1), "test: a\n")
	f.Add("b.fmf", []byte("test: b\n"), uint8(2), uint32(1), "test: a\n")
	f.Add("big", []byte("x"), uint8(0), uint32(MaxSize), "test: a\n")
	f.Add("a\u202eb\x1b", []byte(""), uint8(0), uint32(1), "test: a\n")
	f.Add(`a\b`, []byte(""), uint8(3), uint32(1), "test: a\n")
	f.Add(".fmf/version", []byte("1\n"), uint8(0), uint32(1), "tset: a\n")
	const secret = "what lies beside the directory"
	f.Fuzz(func(t *testing.T, name string, data []byte, kind uint8, times uint32, recipe string) {
		outside := t.TempDir()
		dir := filepath.Join(outside, "recipe")
		write := func(name string, data []byte) error { return os.WriteFile(filepath.Join(outside, name), data, 0o600) }
		if err := errors.Join(write("secret", []byte(secret)), os.Mkdir(dir, 0o700), write("recipe/main.fmf", []byte(recipe))); err != nil {
			t.Fatal(err)
		}
		link := placed(t, dir, name, data, kind, times)
		got, err := ReadDir(dir)
		var wrong *Error
		switch {
		case err != nil && (!errors.As(err, &wrong) || len(wrong.Problems) == 0 || strings.ContainsAny(err.Error(), "\x1b\r\x00")):
			t.Fatalf("%q: %T %q", name, err, err)
		case err != nil && (got.Test != "" || got.Files != nil):
			t.Fatalf("%q: %+v in spite of %v", name, got, err)
		case err != nil:
			return
		case link:
			t.Fatalf("%q is a link, and read is %+v", name, got)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if here, err := os.ReadFile(filepath.Join(dir, e.Name())); !e.IsDir() && strings.HasSuffix(e.Name(), suffix) && (err != nil || string(here) != got.Source) {
				t.Fatalf("%q has %q, the recipe is %q, %v", e.Name(), here, got.Source, err)
			}
		}
		size := len(got.Source)
		for _, file := range got.Files {
			here, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file.Path)))
			if err != nil || !bytes.Equal(here, file.Data) || bytes.Contains(file.Data, []byte(secret)) {
				t.Fatalf("%q has %.80q, the file %.80q, %v", file.Path, file.Data, here, err)
			}
			if !fs.ValidPath(file.Path) || !filepath.IsLocal(file.Path) || strings.ContainsFunc(file.Path, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x202e }) {
				t.Fatalf("the name %q", file.Path)
			}
			size += len(file.Data)
		}
		if !slices.IsSortedFunc(got.Files, func(a, b reproduce.File) int { return strings.Compare(a.Path, b.Path) }) || size > MaxSize || len(got.Files) > maxFiles {
			t.Fatalf("%d bytes in %d files of %+v", size, len(got.Files), got)
		}
	})
}

// placed makes a file, a link with data as its end, a file in main.fmf's place,
// or many files, as far as there can be one of that name in a directory, and
// tells whether a link was made.
func placed(t *testing.T, dir, name string, data []byte, kind uint8, times uint32) (link bool) {
	t.Helper()
	root, err := os.OpenRoot(dir) // the name is not ours
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	root.MkdirAll(filepath.Dir(name), 0o700) //nolint:errcheck // then there is no such file
	switch kind % 4 {
	case 1:
		return root.Symlink(string(data), name) == nil
	case 2:
		root.Rename("main.fmf", name) //nolint:errcheck // or it stays
	case 3:
		for i := range min(times, maxFiles+1) {
			root.WriteFile(name+strings.Repeat("x", int(i%100))+string(rune('a'+i/100)), nil, 0o600) //nolint:errcheck // fewer, then
		}
	default:
		root.WriteFile(name, bytes.Repeat(data, int(min(times, 2*MaxSize/uint32(max(1, min(len(data), MaxSize)))))), 0o600) //nolint:errcheck // as above
	}
	return false
}
