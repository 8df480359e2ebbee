package outfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// holds checks what a file holds, its mode, and that it is a plain one.
func holds(t *testing.T, path, want string, mode os.FileMode) {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	if string(data) != want {
		t.Errorf("%s holds %q, want %q", path, data, want)
	}
	info, err := os.Lstat(path)
	must(t, err)
	if info.Mode() != mode {
		t.Errorf("%s is %v, want %v", path, info.Mode(), mode)
	}
}

func alone(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != len(names) {
		t.Errorf("%s holds %v, want %v", dir, entries, names)
	}
}

func TestMode(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	must(t, Write(path, text("new")))
	holds(t, path, "new", 0o600)
	for _, mode := range []os.FileMode{0o644, 0o640, 0o664} {
		must(t, os.Chmod(path, mode))
		must(t, Write(path, text("again")))
		holds(t, path, "again", mode)
	}
	failed := errors.New("no more")
	if err := Write(path, func(io.Writer) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("what failed is %v", err)
	}
	holds(t, path, "again", 0o664)
	alone(t, dir, "page.html")
}

// TestOwner: what root writes for a server is the server's to read after it, too.
// TestDatabase: a slip of the keyboard does not cost a database.
func TestDatabase(t *testing.T) {
	dir := t.TempDir()
	path, data := filepath.Join(dir, "almatriage.db"), "SQLite format 3\x00 and pages"
	must(t, os.WriteFile(path, []byte(data), 0o600))
	must(t, os.Symlink(path, filepath.Join(dir, "link")))
	for _, name := range []string{path, filepath.Join(dir, "link")} {
		if err := Write(name, text("csv")); err == nil {
			t.Errorf("%s was replaced", name)
		}
		holds(t, path, data, 0o600)
	}
	must(t, os.WriteFile(path, []byte("SQLite"), 0o600))
	must(t, Write(path, text("csv")))
	holds(t, path, "csv", 0o600)
}

func TestOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path := filepath.Join(t.TempDir(), "page.html")
	must(t, os.WriteFile(path, nil, 0o640))
	must(t, os.Chown(path, 65534, 65533))
	must(t, Write(path, text("new")))
	info, err := os.Stat(path)
	must(t, err)
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 65534 || owner.Gid != 65533 {
		t.Errorf("it is of %d:%d now", owner.Uid, owner.Gid)
	}
}

func TestLinks(t *testing.T) {
	dir := t.TempDir()
	real, deep := filepath.Join(dir, "real"), filepath.Join(dir, "real", "deep")
	must(t, os.MkdirAll(deep, 0o700))
	must(t, os.Symlink(deep, filepath.Join(dir, "way")))                          // .. of it is real
	must(t, os.Symlink("../out", filepath.Join(deep, "up")))                      // real/out
	must(t, os.Symlink(filepath.Join("way", "up"), filepath.Join(dir, "two")))    // by two links
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))                       // to itself
	must(t, os.Symlink(filepath.Join(dir, "no", "x"), filepath.Join(dir, "off"))) // to no folder
	target := filepath.Join(real, "out")
	for i, name := range []string{filepath.Join(dir, "way", "up"), filepath.Join(dir, "two"), dir + "/way/../out"} {
		for _, what := range []string{"first", "second"} { // what is not there yet, and what is
			must(t, Write(name, text(what)))
			holds(t, target, what, 0o600)
		}
		must(t, os.Remove(target))
		if i == 0 {
			if info, err := os.Lstat(filepath.Join(deep, "up")); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("the link is %v, %v", info.Mode(), err)
			}
		}
	}
	alone(t, real, "deep")
	if err := Write(filepath.Join(dir, "loop"), text("x")); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("a link to itself: %v", err)
	}
	if err := Write(filepath.Join(dir, "off"), text("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a link to no folder: %v", err)
	}
}

// TestThrough: what is no plain file is written to, and stays what it is.
func TestThrough(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	must(t, syscall.Mkfifo(fifo, 0o600))
	// No device of the computer is tried: where this fails, root would replace it.
	link := filepath.Join(dir, "link")
	must(t, os.Symlink("fifo", link))
	for _, name := range []string{fifo, link} {
		got := make(chan string)
		go func() {
			data, err := os.ReadFile(fifo)
			got <- fmt.Sprintf("%s, %v", data, err)
		}()
		must(t, Write(name, text("through")))
		if said := <-got; said != "through, <nil>" {
			t.Errorf("the fifo gave %s", said)
		}
		if info, err := os.Lstat(fifo); err != nil || info.Mode().Type() != os.ModeNamedPipe {
			t.Errorf("the fifo is %v, %v", info.Mode(), err)
		}
		if _, err := os.Readlink(link); err != nil {
			t.Error(err)
		}
	}
	alone(t, dir, "fifo", "link")
}

// TestNameless: a file that has no name any more is written to where it is open.
func TestNameless(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	must(t, err)
	defer file.Close() // nothing is written by it
	must(t, os.Remove(file.Name()))
	name := fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	if _, err := os.Stat(name); err != nil {
		t.Skip("no /proc here")
	}
	must(t, Write(name, text("still there")))
	data := make([]byte, 100)
	n, err := file.ReadAt(data, 0)
	if string(data[:n]) != "still there" {
		t.Errorf("it holds %q, %v", data[:n], err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		dir:                              "it is a folder; name a file in it",
		filepath.Join(dir, "no", "file"): "no such file or directory; make the folder " + filepath.Join(dir, "no") + " first",
	} {
		err := Write(name, text("x"))
		if err == nil || err.Error() != "write "+name+": "+want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	alone(t, dir)
}
