package podman

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// maxOutFile is the largest file that is read from a container, in bytes.
const maxOutFile = 64 << 10

// workdir is a container's working directory on the host: what it is given
// (job, read-only to it) and what it leaves (out, which is hostile).
type workdir string

func (e *Engine) newWorkdir(name, script string, files []reproduce.File, texts map[string]string) (workdir, error) {
	if err := os.MkdirAll(e.cfg.Dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of working directories: %w", err)
	}
	dir := workdir(filepath.Join(e.cfg.Dir, name))
	if err := os.Mkdir(string(dir), 0o700); err != nil {
		return "", fmt.Errorf("make a working directory: %w", err)
	}
	if err := dir.fill(script, files, texts); err != nil {
		return "", errors.Join(fmt.Errorf("fill the working directory: %w", err), os.RemoveAll(string(dir)))
	}
	return dir, nil
}

func (d workdir) fill(script string, files []reproduce.File, texts map[string]string) error {
	for _, sub := range []string{"out", "job", "job/files"} {
		if err := os.Mkdir(d.path(sub), 0o700); err != nil {
			return err
		}
	}
	for _, name := range []string{script, "lib.sh"} {
		text, err := inside.Script(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(d.path("job", name), text, 0o600); err != nil {
			return err
		}
	}
	for name, text := range texts {
		if err := os.WriteFile(d.path("job", name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return nil
	}
	// The paths come from a file of somebody else: nothing leaves the folder.
	root, err := os.OpenRoot(d.path("job/files"))
	if err != nil {
		return err
	}
	defer root.Close()
	for _, file := range files {
		mode := os.FileMode(0o600)
		if file.Executable {
			mode = 0o700
		}
		if folder := filepath.Dir(file.Path); folder != "." {
			if err := root.MkdirAll(folder, 0o700); err != nil {
				return err
			}
		}
		if err := root.WriteFile(file.Path, file.Data, mode); err != nil {
			return err
		}
	}
	return nil
}

func (d workdir) path(parts ...string) string {
	return filepath.Join(append([]string{string(d)}, parts...)...)
}

// out reads a file that the container left, nil if it left none. Whatever else
// lies there under that name (a link, a device, a pipe, a folder, a huge file)
// is an error. The beginning of a file that is too long comes with the error.
func (d workdir) out(name string) ([]byte, error) {
	fd, err := unix.Open(d.path("out", name), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open out/%s: %w", name, err)
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at out/%s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("out/%s is not a regular file", name)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxOutFile))
	if err != nil {
		return nil, fmt.Errorf("read out/%s: %w", name, err)
	}
	if info.Size() > maxOutFile {
		return data, fmt.Errorf("out/%s is larger than %d bytes", name, maxOutFile)
	}
	return data, nil
}
