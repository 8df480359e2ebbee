package guide

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// Host is what the computer tells that the guide runs on.
type Host struct {
	// Release is that of an AlmaLinux host ("9.6", "kitten10"), "" elsewhere.
	Release string
	Name    string // as people call the system: "AlmaLinux 9.6 (Sage Margay)"
	// RPM is the command that lists packages, as argv; empty: none is asked.
	RPM []string
}

const (
	osReleaseMax = 64 << 10
	rpmTime      = 10 * time.Second
	historyMax   = 1 << 20
	// historyLines is how many of the last lines a person chooses from.
	historyLines = 40
)

// ReadHost reads os-release. A host that has none is no AlmaLinux, which is no
// error.
func ReadHost(path string) (Host, error) {
	text, err := readEnd(path, osReleaseMax)
	if errors.Is(err, fs.ErrNotExist) {
		return Host{}, nil
	}
	if err != nil {
		return Host{}, fmt.Errorf("read what this host is: %w", err)
	}
	h := Host{Release: tracker.OSRelease(text)}
	if m := prettyName.FindStringSubmatch(text); m != nil {
		h.Name = m[1]
	}
	if h.Release != "" {
		h.RPM = []string{"rpm"}
	}
	return h, nil
}

var (
	prettyName = regexp.MustCompile(`(?m)^PRETTY_NAME="?([^"\n]{1,100})`)
	nameOnly   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)
	nevra      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._:~^-]{1,200}$`)
)

// Installed is a package's name, version, release and architecture on an
// AlmaLinux host, "" where it is not installed or cannot be asked: then the
// person is.
func (h Host) Installed(ctx context.Context, name string) string {
	if len(h.RPM) == 0 || !nameOnly.MatchString(name) {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, rpmTime)
	defer cancel()
	args := append(h.RPM[1:len(h.RPM):len(h.RPM)], "-q", "--queryformat", "%{NAME}-%{EVR}.%{ARCH}\n", "--", name)
	out, err := exec.CommandContext(ctx, h.RPM[0], args...).Output()
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(out), "\n")
	if !nevra.MatchString(first) {
		return ""
	}
	return first
}

// ReadHistory reads the last commands of a shell's history: of bash, or of zsh
// with its times. A file that is not there, that is none (/dev/null, by which
// people switch it off) or may not be read is an empty history.
func ReadHistory(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	text, err := readEnd(path, historyMax)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errNoFile) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the shell's history: %w", err)
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := zshTime.FindString(line); m != "" {
			line = line[len(m):]
		}
		if line == "" || bashTime.MatchString(line) || strings.HasPrefix(filepath.Base(strings.Fields(line)[0]), "almatriage") {
			continue
		}
		if n := len(lines); n > 0 && lines[n-1] == line {
			continue
		}
		lines = append(lines, line)
	}
	return lines[max(len(lines)-historyLines, 0):], nil
}

var (
	bashTime = regexp.MustCompile(`^#\d{9,}$`)
	zshTime  = regexp.MustCompile(`^: \d+:\d+;`)
)

var errNoFile = errors.New("not a regular file")

// readEnd reads the last bytes of a file, from the beginning of a line.
func readEnd(path string, most int64) (text string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s: %w", path, errNoFile)
	}
	from := max(info.Size()-most, 0)
	data, err := io.ReadAll(io.NewSectionReader(file, from, most))
	if err != nil {
		return "", err
	}
	text = string(data)
	if from > 0 {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text, nil
}
