package export

import (
	"errors"
	"io"
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
		return err
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
