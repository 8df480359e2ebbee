package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// version is that of the podman whose answers these are like.
const version = "4.9.4"

// store is a folder: a file for each container and each image, which are
// changed under one lock. Whoever holds it may be killed at any time.
type store string

func openStore() (store, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	s := store(filepath.Join(filepath.Dir(program), "store"))
	for _, folder := range []string{"containers", "images", "turns"} {
		if err := os.MkdirAll(s.path(folder), 0o700); err != nil {
			return "", err
		}
	}
	return s, nil
}

func (s store) path(parts ...string) string {
	return filepath.Join(append([]string{string(s)}, parts...)...)
}

// info is podman's of that name, as far as anybody reads it.
func (s store) info() any {
	type object map[string]any
	return object{"version": object{"Version": version}, "store": object{"graphRoot": string(s), "graphDriverName": "scripted"},
		"host": object{"arch": "amd64", "kernel": "6.1.0", "cgroupVersion": "v2", "cgroupControllers": []string{"cpu", "memory", "pids"},
			"security": object{"rootless": false}}}
}

// note writes a call down.
func (s store) note(command string) error {
	file, err := os.OpenFile(s.path("calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, command)
	return errors.Join(err, file.Close())
}

// locked does work while nobody else does any.
func (s store) locked(work func() error) error {
	file, err := os.OpenFile(s.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(work(), file.Close())
}

// write puts a whole file in place, or none.
func write(path string, content any) error {
	data, err := json.Marshal(content)
	if err != nil {
		return err
	}
	draft := fmt.Sprintf("%s.%d~", path, os.Getpid())
	if err := os.WriteFile(draft, data, 0o600); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// read reads a file that may be missing.
func read(path string, into any) (there bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(data, into)
}

// all reads the files of a folder, but for drafts.
func all[T any](folder string) ([]T, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*[^~]"))
	if err != nil {
		return nil, err
	}
	list := make([]T, 0, len(paths))
	for _, path := range paths {
		var one T
		there, err := read(path, &one)
		if err != nil {
			return nil, err
		}
		if there {
			list = append(list, one)
		}
	}
	return list, nil
}
