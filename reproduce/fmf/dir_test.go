package fmf

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

// tree makes a directory with files; a name that ends in ! is executable.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		mode := os.FileMode(0o644)
		if bare, ok := strings.CutSuffix(name, "!"); ok {
			name, mode = bare, 0o755
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadDir(t *testing.T) {
	dir := tree(t, map[string]string{
		"main.fmf": "test: ./run.sh\n", "run.sh!": "#!/bin/sh\n", "data/a b.txt": "x", "data.txt": "\x00\xff", "data/nested.fmf": "y", ".fmf/version": "1\n",
	})
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []reproduce.File{
		{Path: ".fmf/version", Data: []byte("1\n")},
		{Path: "data.txt", Data: []byte("\x00\xff")},
		{Path: "data/a b.txt", Data: []byte("x")},
		{Path: "data/nested.fmf", Data: []byte("y")},
		{Path: "run.sh", Executable: true, Data: []byte("#!/bin/sh\n")},
	}
	if d := cmp.Diff(want, got.Files); d != "" {
		t.Error(d)
	}
	if got.Test != "./run.sh" || got.Source != "test: ./run.sh\n" {
		t.Errorf("the recipe is %+v", got)
	}
}

func TestReadDirTakesTheOnlyFMF(t *testing.T) {
	got, err := ReadDir(tree(t, map[string]string{"gizmo.fmf": "test: gizmo\n"}))
	if err != nil || got.Test != "gizmo" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadDirRefuses(t *testing.T) {
	const recipe = "test: a\n"
	for _, tc := range []struct {
		name  string
		files map[string]string
		make  func(dir string) error
		words string
	}{
		{name: "no recipe", files: map[string]string{"a.sh": "x"}, words: "expected a file main.fmf"},
		{name: "two recipes", files: map[string]string{"main.fmf": recipe, "b.fmf": recipe}, words: "2 recipes in this directory (b.fmf, main.fmf)"},
		{name: "too large", files: map[string]string{"main.fmf": recipe, "a": strings.Repeat("x", MaxSize)}, words: "more than 1048576 bytes"},
		{name: "a bad recipe", files: map[string]string{"main.fmf": "tset: a\ntest: b\n"}, words: "main.fmf:1:1: unknown key"},
		{name: "link to a file", files: map[string]string{"main.fmf": recipe}, words: "a: a symbolic link",
			make: func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "a")) }},
		{name: "link to a directory", files: map[string]string{"main.fmf": recipe}, words: "a: a symbolic link",
			make: func(dir string) error { return os.Symlink("/etc", filepath.Join(dir, "a")) }},
		{name: "linked recipe", files: map[string]string{"x": recipe}, words: "main.fmf: a symbolic link",
			make: func(dir string) error { return os.Symlink("x", filepath.Join(dir, "main.fmf")) }},
		{name: "pipe", files: map[string]string{"main.fmf": recipe}, words: "a: neither a file nor a directory",
			make: func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "a"), 0o644) }},
		{name: "socket", files: map[string]string{"main.fmf": recipe}, words: "neither a file nor a directory",
			make: func(dir string) error {
				l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "a"), Net: "unix"})
				if err != nil {
					return err
				}
				l.SetUnlinkOnClose(false)
				return l.Close()
			}},
		{name: "odd name", files: map[string]string{"main.fmf": recipe, "a\x1b[2J": "x"}, words: `"a\x1b[2J": a file name with unusual`},
		{name: "bidi name", files: map[string]string{"main.fmf": recipe, "a\u202eb": "x"}, words: "a file name with unusual"},
		{name: "too many", files: many(maxFiles), words: "more than 500 files"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := tree(t, tc.files)
			if tc.make != nil {
				if err := tc.make(dir); err != nil {
					t.Fatal(err)
				}
			}
			_, err := ReadDir(dir)
			var wrong *Error
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("error is %v, want one that holds %q", err, tc.words)
			}
		})
	}
}

func many(n int) map[string]string {
	files := map[string]string{"main.fmf": "test: a\n"}
	for i := range n {
		files["f"+strings.Repeat("x", i%100)+string(rune('a'+i/100))] = ""
	}
	return files
}

func TestReadFile(t *testing.T) {
	dir := tree(t, map[string]string{"main.fmf": "test: a\n", "b": "x", "big": strings.Repeat("#", MaxSize+1)})
	got, err := Read(filepath.Join(dir, "main.fmf"))
	if err != nil || got.Test != "a" || len(got.Files) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := Read(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Read(filepath.Join(dir, "big")); err == nil || !strings.Contains(err.Error(), "expected at most") {
		t.Errorf("a large file: %v", err)
	}
	if _, err := Read("/dev/zero"); err == nil || !strings.Contains(err.Error(), "expected at most") {
		t.Errorf("an endless file: %v", err)
	}
}
