package export

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ToFile writes records to a file, as WriteFile does.
func ToFile(path string, format Format, records []Record) error {
	return WriteFile(path, func(w io.Writer) error { return Write(w, format, records) })
}

// WriteFile writes a file whole or not at all: what was there before stays
// until all is written. A new file is for its owner alone to read.
func WriteFile(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".almatriage-*")
	if err != nil {
		return explain(path, err)
	}
	err = errors.Join(write(file), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// explain says why a file cannot be begun, by the name that was asked for, not
// that of the one that would have become it.
func explain(path string, err error) error {
	var begun *fs.PathError
	if errors.As(err, &begun) {
		err = begun.Err
	}
	err = &fs.PathError{Op: "write", Path: path, Err: err}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; make the folder %s first", err, filepath.Dir(path))
	}
	return err
}
