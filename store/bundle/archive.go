package bundle

import (
	"archive/tar"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/tracker/safe"
)

// archive is a compressed tar that is being written, with the list of what is
// in it.
type archive struct {
	tar   *tar.Writer
	zip   *zstd.Encoder
	files []File
	total int64 // bytes of the files
}

// newArchive begins one. One thread compresses: where several cut the stream
// is theirs to choose.
func newArchive(w io.Writer) (*archive, error) {
	zip, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return &archive{tar: tar.NewWriter(zip), zip: zip}, nil
}

// add writes a file, unless no reader would take it.
func (a *archive) add(path string, data []byte) error {
	a.total += int64(len(data))
	if len(data) > maxFile || a.total > maxTotal || len(a.files) == maxFiles-1 && path != ManifestName {
		return fmt.Errorf("%s: that is more than a bundle holds; export fewer reports at once", path)
	}
	header := tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Size: int64(len(data)), ModTime: time.Unix(0, 0)}
	if err := a.tar.WriteHeader(&header); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, err := a.tar.Write(data); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(data)
	a.files = append(a.files, File{Path: path, Size: header.Size, SHA256: hex.EncodeToString(sum[:])})
	return nil
}

// addJSON writes a file of one JSON value.
func (a *archive) addJSON(path string, v any) error {
	data, err := encode(v)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return a.add(path, data)
}

// close ends the archive; of several errors the first is the cause.
func (a *archive) close() error { return cmp.Or(a.tar.Close(), a.zip.Close()) }

// entryName is a name as part of a path in an archive: as it is if that is
// safe, slashes included, else its SHA-256.
func entryName(name string) string {
	for part := range strings.SplitSeq(name, "/") {
		if safe.FileName(part) != part {
			return sha256Of(name)
		}
	}
	return name
}

// sha256Of is the SHA-256 of a text in hexadecimal.
func sha256Of(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
