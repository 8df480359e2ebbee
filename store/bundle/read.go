package bundle

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// Refused is why a bundle is not taken in. Nothing of it was.
type Refused struct {
	File   string // in the bundle, "" if it is about the whole
	Why    string
	Advice string // the next step
	Err    error
}

// Error is one sentence: where, what, and the next step. What others wrote is
// quoted in it.
func (e *Refused) Error() string {
	where := ""
	if e.File != "" {
		where = fmt.Sprintf("%+q: ", e.File)
	}
	return "the bundle is refused, nothing of it was imported: " + where + e.Why + "; " + e.Advice
}

// Unwrap is the cause.
func (e *Refused) Unwrap() error { return e.Err }

// What to do about a refused bundle.
const (
	adviseAnew  = "get the file once more, or ask who made it to export it again"
	adviseNewer = "use the newer program, or ask who made it for one of this version"
)

// refuse refuses for a file; of a sentence that is made already only what it
// says counts.
func refuse(file string, err error) error {
	var refused *Refused
	if errors.As(err, &refused) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Refused{File: file, Why: err.Error(), Advice: adviseAnew, Err: err}
}

func refusef(file, format string, args ...any) error {
	return refuse(file, fmt.Errorf(format, args...))
}

// contents is a bundle that was unpacked: its files one behind the other in a
// temporary file that has no name any more.
type contents struct {
	ctx   context.Context
	file  *os.File
	list  []File // all but the manifest, in their order
	index map[string]entry
	total int64
	now   time.Time

	manifest Manifest
	used     map[string]bool
	sets     map[string]*rpm.Set // a few
	attempts map[string][32]byte // checksums of what was told of them, by id
}

// entry is where a file is.
type entry struct{ at, size int64 }

// unpack reads a bundle to its end and checks all that can be told without
// knowing what its files mean. It keeps names in memory, the rest in a temporary
// file in dir. What must not be later than now is checked when it is read.
func unpack(ctx context.Context, in io.Reader, dir string, now time.Time) (*contents, error) {
	file, err := os.CreateTemp(dir, ".almatriage-import-*")
	if err != nil {
		return nil, fmt.Errorf("unpack the bundle: %w", err)
	}
	c := &contents{ctx: ctx, file: file, index: map[string]entry{}, now: now, used: map[string]bool{}, sets: map[string]*rpm.Set{},
		attempts: map[string][32]byte{}}
	err = os.Remove(file.Name()) // it is there until it is closed
	if err == nil {
		err = c.unpack(in)
	}
	if err == nil {
		err = c.readManifest()
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return c, nil
}

func (c *contents) close() error { return c.file.Close() }

func (c *contents) unpack(in io.Reader) error {
	zip, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return fmt.Errorf("unpack the bundle: %w", err)
	}
	defer zip.Close()
	archive := tar.NewReader(zip)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c.broken(err)
		}
		if err := c.add(header, archive); err != nil {
			return err
		}
	}
	if len(c.list) == 0 {
		return c.broken(errors.New("there is no file in it"))
	}
	if n, err := io.CopyN(io.Discard, zip, 1); n > 0 || !errors.Is(err, io.EOF) {
		return refusef("", "there is more behind its end")
	}
	return nil
}

// broken says what it means that the archive cannot be read.
func (c *contents) broken(err error) error {
	last := ""
	if len(c.list) > 0 {
		last = c.list[len(c.list)-1].Path
	}
	switch {
	case last == "":
		return &Refused{Why: "it is none, or is damaged: " + err.Error(), Advice: "see that it is a file that almatriage export --format bundle wrote", Err: err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Refused{File: last, Why: "it is cut off behind this file", Advice: adviseAnew, Err: err}
	}
	return &Refused{File: last, Why: "it is damaged behind this file: " + err.Error(), Advice: adviseAnew, Err: err}
}

// add takes a file out of the archive.
func (c *contents) add(header *tar.Header, content io.Reader) error {
	name := header.Name
	if err := checkEntry(header); err != nil {
		return refuse(name, err)
	}
	_, twice := c.index[name]
	switch {
	case twice:
		return refusef(name, "it is there twice")
	case c.index[ManifestName].size > 0:
		return refusef(name, "it is behind the manifest, which must be last")
	case len(c.list) == 0 && name != HeaderName:
		return refusef(name, "the first file must be %s", HeaderName)
	case len(c.list) == maxFiles:
		return refusef(name, "there are more than %d files", maxFiles)
	case header.Size > maxFile || c.total+header.Size > maxTotal:
		return refusef(name, "it would grow to more than a bundle holds (%d bytes in a file, %d in all)", int64(maxFile), int64(maxTotal))
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(c.file, sum), content)
	if stopped := c.ctx.Err(); stopped != nil {
		return stopped
	}
	if err != nil {
		return c.spoiled(name, err)
	}
	c.index[name] = entry{c.total, n}
	c.total += n
	if name != ManifestName {
		c.list = append(c.list, File{Path: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))})
	}
	if name == HeaderName {
		return c.checkHeader()
	}
	return nil
}

// spoiled tells a bundle that is broken from a disk that is full.
func (c *contents) spoiled(name string, err error) error {
	var disk *os.PathError
	if errors.As(err, &disk) {
		return fmt.Errorf("unpack the bundle: %w", err)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &Refused{File: name, Why: "it is cut off in this file", Advice: adviseAnew, Err: err}
	}
	return &Refused{File: name, Why: "it is damaged in this file: " + err.Error(), Advice: adviseAnew, Err: err}
}

// readManifest compares what is there with what should be.
func (c *contents) readManifest() error {
	if _, found := c.index[ManifestName]; !found {
		return &Refused{Why: "it has no " + ManifestName + ", so it was cut off", Advice: adviseAnew}
	}
	if err := c.json(ManifestName, &c.manifest); err != nil {
		return err
	}
	for i, file := range c.list {
		if i >= len(c.manifest.Files) || c.manifest.Files[i].Path != file.Path {
			return refusef(file.Path, "the manifest does not have it at this place")
		}
		if c.manifest.Files[i].Size != file.Size || c.manifest.Files[i].SHA256 != file.SHA256 {
			return refusef(file.Path, "it is not what the manifest says: its checksum is %s", file.SHA256)
		}
	}
	if n := len(c.list); n < len(c.manifest.Files) {
		return refusef(c.manifest.Files[n].Path, "the manifest has it, and it is not there")
	}
	return nil
}

// has tells whether there is a file.
func (c *contents) has(name string) bool {
	_, found := c.index[name]
	return found
}

// read returns a file's content.
func (c *contents) read(name string) ([]byte, error) {
	at, found := c.index[name]
	if !found {
		return nil, refusef(name, "it is not there")
	}
	c.used[name] = true
	data := make([]byte, at.size)
	if _, err := c.file.ReadAt(data, at.at); err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	return data, c.ctx.Err()
}

// json reads a file of one JSON value.
func (c *contents) json(name string, to any) error {
	data, err := c.read(name)
	if err != nil {
		return err
	}
	if err := decode(data, to); err != nil {
		return refuse(name, err)
	}
	if err := checkTimes(to, c.now); err != nil {
		return refuse(name, err)
	}
	return nil
}

// mostSets is how many package sets are kept in memory: runs that follow each
// other have the same.
const mostSets = 8

// set returns a package set.
func (c *contents) set(name string) (*rpm.Set, error) {
	if set := c.sets[name]; set != nil {
		return set, nil
	}
	path := setPath(name)
	data, err := c.read(path)
	if err != nil {
		return nil, err
	}
	if sum := sha256Of(string(data)); sum != name {
		return nil, refusef(path, "its name is not its checksum, %s", sum)
	}
	set, err := setFrom(data)
	if err != nil {
		return nil, refuse(path, err)
	}
	if len(c.sets) == mostSets {
		clear(c.sets)
	}
	c.sets[name] = set
	return set, nil
}

// unused is a file that nothing asked for, "" if there is none.
func (c *contents) unused() string {
	i := slices.IndexFunc(c.list, func(f File) bool { return !c.used[f.Path] })
	if i < 0 {
		return ""
	}
	return c.list[i].Path
}
