package podman

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// prefix begins the names of all our containers.
const prefix = "almatriage-"

// ours is a container with our label.
type ours struct {
	Names  []string
	Labels map[string]string
}

// containers lists our containers in every state.
func (e *Engine) containers(ctx context.Context) ([]ours, error) {
	answer, err := e.call(ctx, quick, "ps", "-a", "--filter", "label=almatriage.app=1", "--format", "json")
	if err != nil {
		return nil, err
	}
	if answer.status != 0 {
		return nil, unusable(answer.stderr)
	}
	return parseContainers(answer.stdout)
}

// parseContainers reads podman ps in JSON. Without a container podman may
// answer nothing at all.
func parseContainers(data []byte) (list []ours, err error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, foreign("ps", err)
	}
	return list, nil
}

// Sweep removes what earlier processes left. See reproduce.Engine.
func (e *Engine) Sweep(ctx context.Context, old time.Duration) (reproduce.Swept, error) {
	var swept reproduce.Swept
	// Processes first: one that is found before its container is listed and
	// has none then is left over for certain. Those of a worker are not seen here.
	monitors := map[string][]monitor{}
	if !e.remote() {
		monitors = conmons()
	}
	list, err := e.allContainers(ctx)
	if err != nil {
		return swept, err
	}
	var dead []string
	for _, c := range list {
		for _, name := range c.Names {
			if e.abandoned(c) {
				dead = append(dead, name)
			}
			delete(monitors, name)
		}
	}
	if len(dead) > 0 {
		if err := e.remove(ctx, dead); err != nil {
			return swept, err
		}
		swept.Containers = len(dead)
	}
	leaked, err := e.leaked(ctx, monitors)
	if err != nil {
		return swept, err
	}
	swept.Processes = killLeftovers(leaked)
	err = e.sweepDirs(ctx)
	if old > 0 {
		err = errors.Join(err, e.sweepImages(ctx, old, &swept))
	}
	return swept, err
}

// allContainers lists our containers, those that are still being made, too: a
// program that was killed leaves podman's client at work, and what that makes
// after the sweep would stay until the next one.
func (e *Engine) allContainers(ctx context.Context) ([]ours, error) {
	for end := time.Now().Add(grace); ; {
		var unmade []string
		if !e.remote() {
			unmade = orphans()
		}
		list, err := e.containers(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			unmade = slices.DeleteFunc(unmade, func(name string) bool { return slices.Contains(c.Names, name) })
		}
		if len(unmade) == 0 || time.Now().After(end) {
			return list, nil
		}
		if err := tracker.Sleep(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// orphans names the containers of podman's clients whose owner is gone.
func orphans() (names []string) {
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	for _, folder := range folders {
		data, err := os.ReadFile(folder + "/cmdline")
		if err != nil {
			continue // it ended, or is not ours to read
		}
		args := strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
		name := following(args, "--name")
		orphaned := slices.ContainsFunc(args, func(arg string) bool {
			owner, ok := strings.CutPrefix(arg, "almatriage.owner=")
			return ok && !Alive(owner)
		})
		if orphaned && strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names
}

// leaked are the monitors of this podman's store whose container it does not
// know. A monitor of another store (another user's, another configuration's)
// is none of ours.
func (e *Engine) leaked(ctx context.Context, monitors map[string][]monitor) (map[string]bool, error) {
	if len(monitors) == 0 {
		return nil, nil
	}
	about, err := e.about(ctx)
	if err != nil {
		return nil, err
	}
	leaked := map[string]bool{}
	for name, list := range monitors {
		leaked[name] = !slices.ContainsFunc(list, func(m monitor) bool { return m.store != about.Store.GraphRoot })
	}
	return leaked, nil
}

// abandoned tells whether nobody waits for a container any more: its owner is
// gone, or it should have ended an hour ago.
func (e *Engine) abandoned(c ours) bool {
	// On a worker others may be at work, from computers that we cannot ask.
	owner := c.Labels["almatriage.owner"]
	if !Alive(owner) && (!e.remote() || bootOf(owner) == bootOf(e.cfg.Owner)) {
		return true
	}
	deadline, err := strconv.ParseInt(c.Labels["almatriage.deadline"], 10, 64)
	return err == nil && deadline > 0 && e.cfg.Now().After(time.Unix(deadline, 0).Add(time.Hour))
}

// monitor is a process of conmon that watches a container of ours.
type monitor struct {
	pid   int
	store string // graph root of the podman that it belongs to
}

// conmons finds the processes that watch our containers, by container name.
func conmons() map[string][]monitor {
	found := map[string][]monitor{}
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return found
	}
	for _, folder := range folders {
		data, err := os.ReadFile(folder + "/cmdline")
		pid, notPid := strconv.Atoi(filepath.Base(folder))
		if err != nil || notPid != nil {
			continue // it ended, or is not ours to read
		}
		args := strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
		name := following(args, "-n")
		if !strings.HasSuffix(args[0], "conmon") || !strings.HasPrefix(name, prefix) {
			continue
		}
		// What conmon runs at the end is podman with its own store, each word
		// behind an option of its own.
		words := slices.DeleteFunc(args, func(arg string) bool { return arg == "--exit-command-arg" })
		found[name] = append(found[name], monitor{pid: pid, store: following(words, "--root")})
	}
	return found
}

// following is the word behind an option, "" if there is none.
func following(args []string, option string) string {
	if i := slices.Index(args, option); i >= 0 && i+1 < len(args) {
		return args[i+1]
	}
	return ""
}

// killLeftovers ends the conmon of containers that podman does not know, and
// the runtime's half-made child below it. It returns how many it ended.
func killLeftovers(names map[string]bool) int {
	if len(names) == 0 {
		return 0
	}
	ended := 0
	for name, list := range conmons() {
		if !names[name] {
			continue
		}
		for _, m := range list {
			for _, child := range children(m.pid) {
				if syscall.Kill(child, syscall.SIGKILL) == nil {
					ended++
				}
			}
			if syscall.Kill(m.pid, syscall.SIGKILL) == nil {
				ended++
			}
		}
	}
	return ended
}

func children(pid int) []int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var list []int
	for _, field := range strings.Fields(string(data)) {
		if child, err := strconv.Atoi(field); err == nil {
			list = append(list, child)
		}
	}
	return list
}

// sweepDirs removes working directories whose container is gone and that are
// a day old: a younger one may be of a container that is being made.
func (e *Engine) sweepDirs(ctx context.Context) error {
	entries, err := os.ReadDir(e.cfg.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for working directories: %w", err)
	}
	for _, entry := range entries {
		info, gone := entry.Info()
		if gone != nil || !strings.HasPrefix(entry.Name(), prefix) || time.Since(info.ModTime()) < 24*time.Hour {
			continue
		}
		err = errors.Join(err, e.removeDir(ctx, filepath.Join(e.cfg.Dir, entry.Name())))
	}
	return err
}

// madeImage is an image that we made.
type madeImage struct {
	ID     string `json:"Id"`
	Size   int64
	Labels map[string]string
}

// Made is an image that preparing made, for people.
type Made struct {
	ID     string
	Target string
	Kind   string // base or prepared
	Key    string
	At     time.Time // of its base layer
	Bytes  int64     // its own and those it shares
	Worker string    // whose it is, "" of this computer
}

// Images lists what preparing made.
func (e *Engine) Images(ctx context.Context) ([]Made, error) {
	for try := 0; ; try++ {
		// podman looks at every layer of every image: hundreds take it seconds.
		answer, err := e.call(ctx, listing, "images", "--filter", "label=almatriage.app=1", "--format", "json")
		switch {
		case err != nil:
			return nil, err
		case answer.status == 0:
			return parseMade(answer.stdout, e.cfg.Connection)
		case try == 5 || !goneImage(complaint(answer.stderr)):
			return nil, answer.failed("list images")
		}
		// It gives up on all where one is removed meanwhile.
		if err := tracker.Sleep(ctx, 300*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// parseMade reads podman images in JSON, of a worker or of this computer.
func parseMade(data []byte, worker string) ([]Made, error) {
	var list []madeImage
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, foreign("images", err)
	}
	made := make([]Made, 0, len(list))
	seen := map[string]bool{}
	for _, image := range list {
		one, ours := madeOf(image.ID, image.Labels)
		if !ours || seen[image.ID] {
			continue // an image with our label that is not ours; or one of its names
		}
		seen[image.ID] = true
		one.Bytes, one.Worker = image.Size, worker
		made = append(made, one)
	}
	return made, nil
}

// madeOf reads an image's labels; it is ours if they say when it was made.
func madeOf(id string, labels map[string]string) (Made, bool) {
	at, err := time.Parse(time.RFC3339, labels["almatriage.at"])
	return Made{ID: id, Target: labels["almatriage.target"], Kind: labels["almatriage.kind"], Key: labels["almatriage.key"], At: at},
		err == nil && isID(id)
}

// sweepImages removes prepared images that are older, prepared ones before the
// base layers below them. One in use stays.
func (e *Engine) sweepImages(ctx context.Context, old time.Duration, swept *reproduce.Swept) error {
	made, err := e.Images(ctx)
	if err != nil {
		return err
	}
	for _, kind := range []string{"prepared", "base"} {
		for _, image := range made {
			if image.Kind != kind || e.cfg.Now().Sub(image.At) < old {
				continue
			}
			answer, err := e.call(ctx, quick, "rmi", "--", image.ID)
			if err != nil {
				return err
			}
			if answer.status == 0 {
				swept.Images++
				swept.Bytes += image.Bytes
				continue
			}
			if err := e.untag(ctx, image, swept); err != nil {
				return err
			}
		}
	}
	return nil
}

// untag removes an image with several names; one that others build on or that
// a container uses stays.
func (e *Engine) untag(ctx context.Context, image Made, swept *reproduce.Swept) error {
	answer, err := e.call(ctx, quick, "untag", image.ID)
	if err != nil || answer.status != 0 {
		return err
	}
	if answer, err = e.call(ctx, quick, "rmi", "--", image.ID); err == nil && answer.status == 0 {
		swept.Images++
		swept.Bytes += image.Bytes
	}
	return err
}

// Monitors names the containers of ours that a process of conmon watches on
// this computer, of the podman with this store (its graph root).
func Monitors(store string) []string {
	var names []string
	for name, list := range conmons() {
		if slices.ContainsFunc(list, func(m monitor) bool { return m.store == store }) {
			names = append(names, name)
		}
	}
	return names
}
