package export

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestToFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	check(t, os.WriteFile(path, []byte("before"), 0o600))

	if err := ToFile(path, "yaml", sample()); err == nil {
		t.Error("an unknown format is no error")
	}
	holds(t, dir, path, "before")
	check(t, ToFile(path, CSV, sample()))
	var want bytes.Buffer
	check(t, Write(&want, CSV, sample()))
	holds(t, dir, path, want.String())

	folder := filepath.Join(dir, "folder")
	check(t, os.Mkdir(folder, 0o700))
	if err := ToFile(folder, CSV, sample()); err == nil {
		t.Error("a folder was written over")
	}
	check(t, os.Remove(folder))
	holds(t, dir, path, want.String())
	if err := ToFile(filepath.Join(dir, "nowhere", "out.csv"), CSV, nil); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

// holds checks a file's content, and that nothing lies beside it.
func holds(t *testing.T, dir, path, want string) {
	t.Helper()
	data, err := os.ReadFile(path)
	check(t, err)
	if string(data) != want {
		t.Errorf("it holds %q, want %q", data, want)
	}
	entries, err := os.ReadDir(dir)
	check(t, err)
	if len(entries) != 1 {
		t.Errorf("beside it lies %v", entries)
	}
}
