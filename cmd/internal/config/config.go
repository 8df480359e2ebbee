// Package config reads config.toml: strictly, with every problem of a file
// reported together, each with its line and column. Every key is optional; the
// defaults are the program's.
//
// It turns text into the typed values of tracker-side and reproduce-side
// settings and finds tokens, and does nothing with them: it imports reproduce
// and its leaves, and nothing of store, tui or a tracker's adapter.
package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"

	"github.com/almatriage/almatriage/reproduce"
)

// Config is all that can be configured, with the defaults filled in.
type Config struct {
	Trackers []Tracker
	Targets  reproduce.Targets
	Engine   Engine
	Sync     Sync
	User     User
	UI       UI
	// Queues are the user's own, Keys those of actions by their name.
	Queues []Queue
	Keys   map[string][]string
}

// Sync is how reports are pulled in the background.
type Sync struct {
	Every time.Duration // 0: see Interval
}

// The times between two background syncs where none is configured: without a
// token GitHub answers 60 questions an hour.
const (
	everyAnonymous = 60 * time.Minute
	everyToken     = 10 * time.Minute
)

// Interval is the time between two background syncs of a tracker.
func (s Sync) Interval(withToken bool) time.Duration {
	switch {
	case s.Every > 0:
		return s.Every
	case withToken:
		return everyToken
	}
	return everyAnonymous
}

// User is who decides.
type User struct {
	Name  string // signs decisions; "": the login name
	Email string // stands in changelog entries of patches; may be empty
}

// Theme is how the screen is coloured.
type Theme string

// The themes.
const (
	ThemeAuto  Theme = "auto"
	ThemeLight Theme = "light"
	ThemeDark  Theme = "dark"
	ThemeNone  Theme = "none"
)

// UI is how the terminal program looks and is used.
type UI struct {
	Theme Theme
	Mouse bool
}

// Default is the configuration without a file.
func Default() Config {
	return Config{
		Trackers: builtinTrackers(),
		Targets:  reproduce.BuiltinTargets(),
		Engine: Engine{
			Kind:        Podman,
			Podman:      "podman",
			Pull:        reproduce.PullMissing,
			Timeout:     5 * time.Minute,
			Budget:      15 * time.Minute,
			Limits:      reproduce.Limits{Memory: 2 << 30, CPUs: 2, Pids: 512, Disk: 4 << 30},
			PreparedFor: 24 * time.Hour,
			Local:       true,
			Cluster:     Cluster{Kubectl: "kubectl"},
		},
		UI:   UI{Theme: ThemeAuto},
		Keys: map[string][]string{},
	}
}

// DefaultPath is where the file is looked for unless another is named:
// almatriage/config.toml in $XDG_CONFIG_HOME. The variable is read at each
// call, for package xdg keeps what it was when the program began.
func DefaultPath() string {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		dir = xdg.ConfigHome
	}
	return filepath.Join(dir, "almatriage", "config.toml")
}

// maxSize bounds a configuration file, in bytes.
const maxSize = 1 << 20

// Load reads the file at path. If there is none, that is an error where the
// file was asked for (explicit); otherwise the defaults are the answer. What
// is wrong in the file is an *Error.
func Load(path string, explicit bool) (Config, error) {
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !explicit:
		return Default(), nil
	case errors.Is(err, fs.ErrNotExist):
		return Config{}, failure(path, "there is no such file; make one with `almatriage config init`, or leave out --config")
	case err != nil:
		return Config{}, failure(path, "the configuration cannot be read: %v", err)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return Config{}, failure(path, "the configuration cannot be read: %v", err)
	}
	return Parse(path, data)
}

// Parse reads the text of a configuration. The name stands before the line and
// column of each problem.
func Parse(name string, data []byte) (Config, error) {
	if len(data) > maxSize {
		return Config{}, failure(name, "the file is larger than %d bytes; expected a configuration", maxSize)
	}
	r := &reader{name: name}
	root, ok := r.document(data)
	if !ok {
		return Config{}, r.err()
	}
	c := r.config(root)
	if err := r.err(); err != nil {
		return Config{}, err
	}
	return c, nil
}
