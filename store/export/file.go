package export

import (
	"io"

	"github.com/almatriage/almatriage/store/outfile"
)

// ToFile writes records to a file, as WriteFile does.
func ToFile(path string, format Format, records []Record) error {
	return WriteFile(path, func(w io.Writer) error { return Write(w, format, records) })
}

// WriteFile writes a file whole or not at all: what was there before stays until
// all is written, and its mode. A new file is for its owner alone to read. A link
// is followed, and what is no plain file is written to: see package outfile.
func WriteFile(path string, write func(io.Writer) error) error { return outfile.Write(path, write) }
