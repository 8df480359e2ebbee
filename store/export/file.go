package export

import (
	"errors"
	"os"
	"path/filepath"
)

// ToFile writes records to a file, whole or not at all: what was there before
// stays until all is written. A new file is for its owner alone to read.
func ToFile(path string, format Format, records []Record) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".almatriage-*")
	if err != nil {
		return err
	}
	err = errors.Join(Write(file, format, records), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
