package podman

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// leastFree is the space in the image store that attempts leave alone, in bytes.
const leastFree = 2 << 30

// measureAfter is how much less free space makes it worth to measure what a
// container wrote.
const measureAfter = 64 << 20

// diskWatch looks at what a container writes.
type diskWatch struct {
	full chan string // why the container must end; gets one at most
	stop context.CancelFunc
}

// watchDisk watches until stop is called or the container's client has ended.
func (c *container) watchDisk() diskWatch {
	ctx, cancel := context.WithCancel(context.Background())
	watch := diskWatch{full: make(chan string, 1), stop: cancel}
	go func() {
		if why := c.lookAtDisk(ctx); why != "" {
			watch.full <- why
		}
	}()
	return watch
}

// lookAtDisk returns why the container must end, "" when there is no need to
// look any more. Short attempts are over before it begins, and cost nothing.
func (c *container) lookAtDisk(ctx context.Context) string {
	if c.engine.remote() {
		return c.lookAtRemoteDisk(ctx)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	folder, lowest := "", int64(0)
	for {
		select {
		case <-ctx.Done():
			return ""
		case <-c.done:
			return ""
		case <-tick.C:
		}
		if limit := c.spec.limits.Disk; limit > 0 {
			if wrote := sizeOf(c.dir.path("out")); wrote > limit {
				return overLimit(wrote, limit)
			}
		}
		if folder == "" {
			if folder, lowest = c.engine.layerOf(ctx, c.spec.name); folder == "" {
				continue
			}
			if why := c.overDisk(ctx, freeBytes(folder)); why != "" {
				return why
			}
			lowest = freeBytes(folder)
		}
		free := freeBytes(folder)
		if free < 0 || free > lowest-measureAfter && free > leastFree {
			continue
		}
		lowest = free
		if why := c.overDisk(ctx, free); why != "" {
			return why
		}
	}
}

// overDisk measures what the container wrote.
func (c *container) overDisk(ctx context.Context, free int64) string {
	wrote, ok := c.engine.wroteBy(ctx, c.spec.name)
	if !ok {
		return ""
	}
	if limit := c.spec.limits.Disk; limit > 0 && wrote > limit {
		return overLimit(wrote, limit)
	}
	if free >= 0 && free < leastFree && wrote > measureAfter {
		return fmt.Sprintf("it wrote %d MiB and left %d MiB free where images are stored", wrote>>20, free>>20)
	}
	return ""
}

func overLimit(wrote, limit int64) string {
	return fmt.Sprintf("it wrote %d MiB and may write %d", wrote>>20, limit>>20)
}

// sizeOf adds up the files of a folder that a container writes to, without
// following links; of a folder with very many, the first ones.
func sizeOf(folder string) int64 {
	const most = 20000
	var size int64
	files := 0
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if files++; files > most {
			return fs.SkipAll
		}
		if err != nil {
			return nil // it went away
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	if err != nil {
		return 0 // the folder itself went away: the container is over
	}
	return size
}

// layerOf is the folder on this computer that a container writes to, and its
// free space; "" while podman does not tell.
func (e *Engine) layerOf(ctx context.Context, name string) (string, int64) {
	answer, err := e.call(ctx, quick, "container", "inspect", "--format", "{{json .GraphDriver.Data}}", name)
	if err != nil || answer.status != 0 {
		return "", 0
	}
	var data map[string]string
	if json.Unmarshal(answer.stdout, &data) != nil {
		return "", 0
	}
	for _, key := range []string{"UpperDir", "Dir", "MergedDir"} {
		if folder := data[key]; folder != "" {
			return folder, freeBytes(folder)
		}
	}
	return "", 0
}

// wroteBy asks podman how many bytes a container's own layer holds.
func (e *Engine) wroteBy(ctx context.Context, name string) (int64, bool) {
	answer, err := e.call(ctx, quick, "container", "inspect", "--size", "--format", "{{.SizeRw}}", name)
	if err != nil || answer.status != 0 {
		return 0, false
	}
	var size int64
	// podman 4 prints the number, or a pointer's value; both are digits.
	if _, err := fmt.Sscan(strings.TrimSpace(string(answer.stdout)), &size); err != nil {
		return 0, false
	}
	return size, true
}

// freeBytes is the free space where a folder is, -1 if it cannot be told.
func freeBytes(folder string) int64 {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
