package tmt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/almatriage/almatriage/reproduce"
)

// Write makes a folder of a tree, whole or not at all. What is there already
// stays: a folder that is not empty is fs.ErrExist.
func Write(dir string, files []reproduce.File) (err error) {
	dir = filepath.Clean(dir)
	switch entries, err := os.ReadDir(dir); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("write the tree: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("write the tree: %s is not empty: %w", dir, fs.ErrExist)
	default: // nothing can be renamed to a folder that is there
		if err := os.Remove(dir); err != nil {
			return fmt.Errorf("write the tree: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("write the tree: %w", err)
	}
	made, err := os.MkdirTemp(filepath.Dir(dir), ".tmt-")
	if err != nil {
		return fmt.Errorf("write the tree: %w", err)
	}
	if err := errors.Join(fill(made, files), os.Chmod(made, 0o755)); err != nil {
		return errors.Join(fmt.Errorf("write the tree: %w", err), os.RemoveAll(made))
	}
	if err := os.Rename(made, dir); err != nil {
		return errors.Join(fmt.Errorf("write the tree: %w", err), os.RemoveAll(made))
	}
	return nil
}

// fill writes the files. Their paths come from somebody else: nothing leaves the
// folder.
func fill(dir string, files []reproduce.File) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, file := range files {
		if folder := path.Dir(file.Path); folder != "." {
			if err := root.MkdirAll(folder, 0o755); err != nil {
				return err
			}
		}
		mode := fs.FileMode(0o644)
		if file.Executable {
			mode = 0o755
		}
		if err := root.WriteFile(file.Path, file.Data, mode); err != nil {
			return err
		}
	}
	return nil
}
