package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// image is one that is in the store.
type image struct {
	ID           string `json:"Id"`
	Tag          string // of one that was made
	Digest       string
	RepoDigests  []string
	Architecture string
	Size         int64
	Labels       map[string]string
	System       system
	Installed    []string // beyond what the system has
}

func hashOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// find looks an image up by its id, by the name that it was made under, or by
// the name of a distribution's.
func (s store) find(name string) (image, error) {
	var found image
	if there, err := read(s.path("images", name), &found); there || err != nil {
		return found, err
	}
	made, err := all[image](s.path("images"))
	if err != nil {
		return found, err
	}
	for _, one := range made {
		if one.Tag == name {
			return one, nil
		}
	}
	for _, system := range systems() {
		ref := system.image()
		if name == hashOf(ref) || strings.HasSuffix(name, ref) {
			digest := "sha256:" + hashOf("digest", ref)
			repository, _, _ := strings.Cut(name, ":")
			return image{ID: hashOf(ref), Digest: digest, RepoDigests: []string{repository + "@" + digest}, Architecture: "amd64", System: system}, nil
		}
	}
	return image{}, fmt.Errorf("%s: image not known", name)
}

func (s store) inspectImages(args []string, out io.Writer) error {
	var list []image
	for _, name := range names(args, "--format") {
		found, err := s.find(name)
		if err != nil {
			return err
		}
		list = append(list, found)
	}
	return json.NewEncoder(out).Encode(list)
}

func (s store) imageExists(args []string) error {
	for _, name := range names(args) {
		if _, err := s.find(name); err != nil {
			return exitStatus(1)
		}
	}
	return nil
}

func (s store) listImages(args []string, out io.Writer) error {
	stored, err := all[image](s.path("images"))
	if err != nil {
		return err
	}
	list := []image{}
	for _, one := range stored {
		if wanted(args, one.Labels) {
			list = append(list, one)
		}
	}
	return json.NewEncoder(out).Encode(list)
}

// commit makes an image of a container.
func (s store) commit(args []string, out io.Writer) error {
	of := names(args, "--change")
	if len(of) != 2 {
		return fmt.Errorf("commit needs a container and a name")
	}
	var c container
	if there, err := read(s.path("containers", of[0]), &c); err != nil || !there {
		return fmt.Errorf("no such container %s", of[0])
	}
	made, err := s.find(c.Image)
	if err != nil {
		return err
	}
	made.ID, made.RepoDigests = hashOf("commit", of[0]), nil
	made.Digest, made.Size = "sha256:"+hashOf("digest", made.ID), 1<<20
	made.Installed = append(made.Installed, c.Installed...)
	made.Labels = map[string]string{}
	for _, change := range values(args, "--change") {
		if name, value, ok := strings.Cut(strings.TrimPrefix(change, "LABEL "), "="); ok {
			made.Labels[name] = value
		}
	}
	if earlier, gone := s.find(of[1]); gone == nil {
		earlier.Tag = ""
		if err := write(s.path("images", earlier.ID), earlier); err != nil {
			return err
		}
	}
	made.Tag = of[1]
	if err := write(s.path("images", made.ID), made); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, made.ID)
	return err
}

func (s store) removeImages(args []string) error {
	for _, name := range names(args) {
		if err := os.Remove(s.path("images", name)); err != nil {
			return fmt.Errorf("%s: image not known", name)
		}
	}
	return nil
}
