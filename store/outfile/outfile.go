// Package outfile writes files whose names people give. What is there is
// replaced whole or not at all, and only what is a plain file: a device or a
// pipe is written to, and a link is followed. It imports nothing of this module.
package outfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Target is what a name leads to.
type Target struct {
	name    string // as it was given
	path    string // where its links lead
	info    fs.FileInfo
	through bool
}

// maxLinks is how many links the kernel follows, too.
const maxLinks = 40

// Find looks where a name leads. A folder is an error.
func Find(name string) (Target, error) {
	t := Target{name: name}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist): // it may be a link to what is not there yet
		t.path, err = follow(name)
		return t, err
	case err != nil:
		return t, explain(name, err)
	case info.IsDir():
		return t, &fs.PathError{Op: "write", Path: name, Err: errors.New("it is a folder; name a file in it")}
	}
	t.info = info
	if t.through = !info.Mode().IsRegular(); t.through {
		return t, nil
	}
	if t.path, err = follow(name); err != nil {
		return t, err
	}
	// A name below /proc leads to a file that may have no name any more.
	there, err := os.Stat(t.path)
	t.through = err != nil || !os.SameFile(info, there)
	return t, nil
}

// follow follows links to their end. The parts of a name are not cleaned: .. is
// another folder where what stands before it is a link.
func follow(name string) (string, error) {
	path := name
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // it is no link
		}
		if !filepath.IsAbs(to) {
			folder, _ := filepath.Split(path)
			to = folder + to
		}
		path = to
	}
	return "", &fs.PathError{Op: "write", Path: name, Err: syscall.ELOOP}
}

// Folder is where what takes the target's place must be made, "" if nothing can:
// it is Through.
func (t Target) Folder() string {
	if t.through {
		return ""
	}
	folder, _ := filepath.Split(t.path)
	if folder == "" {
		return "."
	}
	return folder
}

// Through tells that the target is no plain file: it is not replaced, what is
// written goes through it.
func (t Target) Through() bool { return t.through }

// Is tells whether the target is a file, by whatever name.
func (t Target) Is(info fs.FileInfo) bool { return t.info != nil && os.SameFile(t.info, info) }

// Replace puts a finished file, which was made in the Folder, in the target's
// place. It gets the mode of what was there, and its owner where that is allowed.
func (t Target) Replace(made string) error {
	if t.info != nil {
		if owner, ok := t.info.Sys().(*syscall.Stat_t); ok {
			_ = os.Chown(made, int(owner.Uid), int(owner.Gid)) // others than root can give little away
		}
		if err := os.Chmod(made, t.info.Mode().Perm()); err != nil {
			return explain(t.name, err)
		}
	}
	if err := os.Rename(made, t.path); err != nil {
		return explain(t.name, err)
	}
	return nil
}

// isDatabase tells whether SQLite made the file that is there.
func (t Target) isDatabase() bool {
	const magic = "SQLite format 3\x00"
	file, err := os.Open(t.path)
	if err != nil {
		return false // nothing is there, or replacing it fails, too
	}
	defer file.Close()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(file, head)
	return err == nil && string(head[:n]) == magic
}

// Write writes to a name. A plain file is whole or not written at all: what was
// there before stays until all is written. It keeps its mode; a new one is for
// its owner alone to read. A database is not replaced: it may be the one in use.
func Write(name string, write func(io.Writer) error) error {
	t, err := Find(name)
	if err != nil {
		return err
	}
	if t.through {
		return t.WriteThrough(write)
	}
	if t.isDatabase() {
		return &fs.PathError{Op: "write", Path: name, Err: errors.New("it is a database; name another file")}
	}
	file, err := os.CreateTemp(t.Folder(), ".almatriage-*")
	if err != nil {
		return explain(name, err)
	}
	err = errors.Join(write(file), file.Sync(), file.Close())
	if err == nil {
		err = t.Replace(file.Name())
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// WriteThrough writes to what is no plain file.
func (t Target) WriteThrough(write func(io.Writer) error) error {
	file, err := os.OpenFile(t.name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return explain(t.name, err)
	}
	return errors.Join(write(file), file.Close())
}

// explain says why a file cannot be written, by the name that was asked for, not
// that of the one that would have become it.
func explain(name string, err error) error {
	var onPath *fs.PathError
	var onLink *os.LinkError
	switch {
	case errors.As(err, &onPath):
		err = onPath.Err
	case errors.As(err, &onLink):
		err = onLink.Err
	}
	err = &fs.PathError{Op: "write", Path: name, Err: err}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; make the folder %s first", err, filepath.Dir(name))
	}
	return err
}
