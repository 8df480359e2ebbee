package podman

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// On another computer nothing of ours can be mounted: a container is created,
// gets its files by podman cp, is started, and what it left is copied back.

// statusPodman is podman's status for an error of its own.
const statusPodman = 125

// maxLeft is how much of what a container left is looked at, in bytes.
const maxLeft = 256 << 20

// lost tells whether the worker itself cannot be reached, in an error of
// CodeEngine, nil if it can. Podman has one status for that and for a container
// that is not there.
func (e *Engine) lost(ctx context.Context) error {
	answer, err := e.exchange(ctx, quick, nil, io.Discard, "version", "--format", "{{.Server.Version}}")
	if err != nil || answer.status == 0 {
		return err
	}
	return &reproduce.Error{Code: reproduce.CodeEngine, Message: fmt.Sprintf(
		"worker %s cannot be reached: %s; see podman --connection %[1]s info", e.cfg.Connection, complaint(answer.stderr))}
}

// place makes the container on the worker and gives it its files. It tells
// whether podman refused, with its reason in c.detail.
func (c *container) place(ctx context.Context) (refused bool, err error) {
	// Not cut short: a container that is half made could not be removed.
	whole := context.WithoutCancel(ctx)
	answer, err := c.engine.call(whole, 3*quick, c.making("create")...)
	if err != nil {
		return false, err
	}
	if answer.status != 0 {
		if c.detail = complaint(answer.stderr); goneImage(c.detail) {
			return false, fmt.Errorf("image %s: %w", c.spec.image, reproduce.ErrImageGone)
		}
		return true, nil
	}
	var files bytes.Buffer
	if err := c.dir.pack(&files); err != nil {
		return false, fmt.Errorf("pack the files for the worker: %w", err)
	}
	for range copies {
		answer, err = c.engine.exchange(whole, 3*quick, bytes.NewReader(files.Bytes()), io.Discard, "cp", "-", c.spec.name+":/")
		if err != nil || !unfound(answer) {
			break
		}
		time.Sleep(unfoundFor)
	}
	if err == nil && answer.status != 0 {
		c.detail, err = complaint(answer.stderr), c.engine.lost(ctx)
		refused = err == nil
	}
	return refused, err
}

// pack writes the folders of the working directory as a tar archive, as they
// are to lie in the container.
func (d workdir) pack(to io.Writer) error {
	archive := tar.NewWriter(to)
	err := filepath.WalkDir(string(d), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(string(d), path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		header := &tar.Header{Typeflag: tar.TypeDir, Name: "almatriage/" + filepath.ToSlash(name), Mode: int64(info.Mode().Perm()), ModTime: info.ModTime()}
		if entry.IsDir() {
			return archive.WriteHeader(header)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		header.Typeflag, header.Size = tar.TypeReg, int64(len(data))
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err = archive.Write(data)
		return err
	})
	return errors.Join(err, archive.Close())
}

// fetch copies what a container on a worker left into the working directory.
// What it left is hostile; only a worker that cannot be reached is an error.
func (c *container) fetch(ctx context.Context) error {
	if !c.engine.remote() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 4*quick)
	defer cancel()
	var answer reply
	var err error
	for range copies {
		if answer, err = c.copyOut(ctx); err != nil || !unfound(answer) {
			break
		}
		time.Sleep(unfoundFor)
	}
	if answer.status != 0 {
		c.uncopied = complaint(answer.stderr)
	}
	if err != nil || answer.status == statusPodman {
		return c.engine.lost(ctx)
	}
	return nil
}

// A service of podman's 4 was seen not to find the folders of a container, also
// its /, for a moment: a copy is tried so often, so long after another. A test
// that removes its own folder takes that time as well.
const (
	copies     = 7
	unfoundFor = 300 * time.Millisecond
)

// unfound tells that podman finds no such folder in a container.
func unfound(answer reply) bool {
	return answer.status != 0 && strings.Contains(answer.stderr, "could not be found on container")
}

// copyOut copies and unpacks once.
func (c *container) copyOut(ctx context.Context) (reply, error) {
	reader, writer := io.Pipe()
	unpacked := make(chan struct{})
	go func() {
		defer close(unpacked)
		c.dir.unpack(reader)
		reader.Close() //nolint:errcheck // never fails, by its documentation
	}()
	answer, err := c.engine.exchange(ctx, 3*quick, nil, &short{to: writer, left: maxLeft}, "cp", c.spec.name+":/almatriage/out", "-")
	writer.Close() //nolint:errcheck // never fails, by its documentation
	<-unpacked
	return answer, err
}

// leavable are the files that a script leaves, by their paths in the archive.
var leavable = map[string]bool{"out/verdict": true, "out/step": true, "out/trace": true, "out/missing": true}

// unpack keeps the beginnings of the files that are asked for, and nothing
// else. An archive that is broken leaves what came before.
func (d workdir) unpack(from io.Reader) {
	archive := tar.NewReader(from)
	for {
		header, err := archive.Next()
		if err != nil {
			return
		}
		if header.Typeflag != tar.TypeReg || !leavable[header.Name] {
			continue
		}
		file, err := os.OpenFile(d.path(header.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return
		}
		// One byte more than is read later tells that there was more.
		_, err = io.Copy(file, io.LimitReader(archive, maxOutFile+1))
		if errors.Join(err, file.Close()) != nil {
			return
		}
	}
}

// short passes on a number of bytes and ends whoever writes more.
type short struct {
	to   io.Writer
	left int
}

func (s *short) Write(p []byte) (int, error) {
	if s.left -= len(p); s.left < 0 {
		return 0, errors.New("it left too much")
	}
	return s.to.Write(p)
}

// lookAtRemoteDisk is lookAtDisk for a worker, whose files are not ours to
// look at: podman measures what the container wrote.
func (c *container) lookAtRemoteDisk(ctx context.Context) string {
	tick := time.NewTicker(remoteLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ""
		case <-c.done:
			return ""
		case <-tick.C:
		}
		if why := c.overDisk(ctx, -1); why != "" {
			return why
		}
	}
}

// remoteLook is how often a worker is asked what a container wrote.
const remoteLook = 3 * time.Second
