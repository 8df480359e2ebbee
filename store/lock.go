package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/almatriage/almatriage/tracker"
)

// BatchLock is the right to be the one batch that is at work on a database. It
// is advisory: whoever does not ask for it is not kept from anything.
type BatchLock struct{ file *os.File }

// lockLook is how long a batch that waits sleeps between two looks: flock(2)
// itself waits without an end, and no context could end it.
const lockLook = 100 * time.Millisecond

// LockBatch takes the lock. While another process has it, LockBatch waits for
// at most so long, not at all with 0; then the error is CodeBusy and names that
// process. The kernel releases the lock of a process that dies.
func (db *DB) LockBatch(ctx context.Context, wait time.Duration) (*BatchLock, error) {
	file, err := db.lockFile()
	if err != nil {
		return nil, fmt.Errorf("lock the database for a batch: %w", err)
	}
	for end := time.Now().Add(wait); ; {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch left := time.Until(end); {
		case err == nil:
			l := &BatchLock{file}
			if err := l.sign(time.Now()); err != nil {
				return nil, errors.Join(fmt.Errorf("lock the database for a batch: %w", err), l.Release())
			}
			return l, nil
		case errors.Is(err, unix.EINTR):
		case !errors.Is(err, unix.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("lock the database for a batch: %s: %w", file.Name(), err), file.Close())
		case left <= 0:
			return nil, errors.Join(&Error{Code: CodeBusy, Message: holder(file) + " is at work on this database"}, file.Close())
		default:
			if err := tracker.Sleep(ctx, min(left, lockLook)); err != nil {
				return nil, errors.Join(err, file.Close())
			}
		}
	}
}

// lockFile opens the file that is locked. It lies beside the database itself,
// also where that is reached by a link, and is never removed: two processes
// could then hold the lock of two files of that name.
func (db *DB) lockFile() (*os.File, error) {
	path, err := filepath.EvalSymlinks(db.path)
	if err != nil {
		return nil, err
	}
	return os.OpenFile(path+".batch.lock", os.O_RDWR|os.O_CREATE, 0o600)
}

// sign tells those who look who has the lock, and since when.
func (l *BatchLock) sign(now time.Time) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt(fmt.Appendf(nil, "%d %s\n", os.Getpid(), now.UTC().Format(time.RFC3339)), 0)
	return err
}

// Release gives the lock back.
func (l *BatchLock) Release() error {
	err := errors.Join(l.file.Truncate(0), l.file.Close())
	if err != nil {
		return fmt.Errorf("release the lock of the batch: %w", err)
	}
	return nil
}

// holder names who has the lock, as far as that can be read: it is a word for
// people, and nothing follows from it.
func holder(file io.ReaderAt) string {
	text := make([]byte, 64)
	n, err := file.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "another batch"
	}
	process, at, _ := bytes.Cut(bytes.TrimSpace(text[:n]), []byte(" "))
	pid, badProcess := strconv.ParseUint(string(process), 10, 32)
	since, badTime := time.Parse(time.RFC3339, string(at))
	if badProcess != nil || badTime != nil {
		return "another batch" // one that has only just begun, or a file that somebody wrote
	}
	layout := "15:04"
	if time.Since(since) > 12*time.Hour {
		layout = "2006-01-02 15:04"
	}
	return fmt.Sprintf("a batch of process %d (since %s)", pid, since.Local().Format(layout))
}
