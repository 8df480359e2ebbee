package podman

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOutReadsOnlyRegularFiles: whatever a container puts in the place of our
// file, nothing but a small regular file is read, and nothing is waited for.
func TestOutReadsOnlyRegularFiles(t *testing.T) {
	dir := workdir(t.TempDir())
	if err := os.Mkdir(dir.path("out"), 0o700); err != nil {
		t.Fatal(err)
	}
	secret := dir.path("secret")
	if err := os.WriteFile(secret, []byte("of the host"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, make := range map[string]func(path string) error{
		"link":   func(path string) error { return os.Symlink(secret, path) },
		"loop":   func(path string) error { return os.Symlink("loop", path) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"socket": func(path string) error {
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			t.Cleanup(func() {
				if err := unix.Close(fd); err != nil {
					t.Error(err)
				}
			})
			return unix.Bind(fd, &unix.SockaddrUnix{Name: path})
		},
		"device": func(path string) error {
			if os.Geteuid() != 0 {
				return unix.Mkfifo(path, 0o600) // only root makes devices
			}
			return unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))) // /dev/zero
		},
	} {
		if err := make(dir.path("out", name)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if data, err := dir.out(name); err == nil || data != nil {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if data, err := dir.out("nothing"); data != nil || err != nil {
		t.Errorf("a file that is not there: %q, %v", data, err)
	}
	huge := strings.Repeat("x", maxOutFile+1)
	if err := os.WriteFile(dir.path("out", "huge"), []byte(huge), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := dir.out("huge"); err == nil || len(data) != maxOutFile {
		t.Errorf("a huge file: %d bytes, %v", len(data), err)
	}
}

// TestLimitArgs: a limit that the host cannot apply is left out, not asked for
// in vain.
func TestLimitArgs(t *testing.T) {
	rootless := &host{}
	rootless.Host.Security.Rootless, rootless.Host.CgroupVersion, rootless.Host.CgroupControllers = true, "v2", []string{"memory", "pids"}
	if got := rootless.dropped(); len(got) != 1 || got[0] != "cpu" {
		t.Errorf("dropped %v", got)
	}
	rootless.Host.CgroupVersion = "v1"
	if got := rootless.dropped(); len(got) != 3 {
		t.Errorf("dropped on v1: %v", got)
	}
}
