package podman

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// host is what podman tells of itself and of the machine.
type host struct {
	Version struct{ Version string }
	Host    struct {
		Arch              string
		Kernel            string
		CgroupVersion     string
		CgroupControllers []string
		Security          struct{ Rootless bool }
	}
	Store struct {
		GraphRoot       string
		GraphDriverName string
	}
}

// Info is podman on this machine, for people.
type Info struct {
	Version    string   // of podman
	Arch       string   // amd64, arm64, …
	Kernel     string   // release
	Cgroups    string   // v1 or v2
	Rootless   bool     //
	GraphRoot  string   // where images are stored
	Driver     string   // storage driver
	Dropped    []string // limits that cannot be applied
	Jobs       int      // containers at once
	HostLevel  string   // x86-64-v3, …; "" on other architectures
	FreeBytes  int64    // free space where images are stored; -1 if unknown
	Containers int      // of ours, in any state
}

// oldest is the oldest podman that the engine works with.
var oldest = [2]int{4, 0}

// Info asks podman what it is.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	h, err := e.about(ctx)
	if err != nil {
		return Info{}, err
	}
	ours, err := e.containers(ctx)
	if err != nil {
		return Info{}, err
	}
	info := Info{Version: h.Version.Version, Arch: h.Host.Arch, Kernel: h.Host.Kernel, Cgroups: h.Host.CgroupVersion,
		Rootless: h.Host.Security.Rootless, GraphRoot: h.Store.GraphRoot, Driver: h.Store.GraphDriverName, Dropped: h.dropped(),
		Jobs: e.cfg.Jobs, HostLevel: e.hostLevel(), FreeBytes: -1, Containers: len(ours)}
	if !e.remote() {
		info.FreeBytes = freeBytes(h.Store.GraphRoot)
	}
	return info, nil
}

// about asks podman once. The call takes a third of a second, so that it is
// kept off the way of attempts.
func (e *Engine) about(ctx context.Context) (*host, error) {
	e.mu.Lock()
	known := e.host
	e.mu.Unlock()
	if known != nil {
		return known, nil
	}
	answer, err := e.call(ctx, quick, "info", "--format", "json")
	if err != nil {
		return nil, err
	}
	if answer.status != 0 {
		return nil, unusable(answer.stderr)
	}
	h, err := parseHost(answer.stdout)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.host = h
	e.mu.Unlock()
	return h, nil
}

// parseHost reads podman info in JSON, of a podman that is new enough.
func parseHost(data []byte) (*host, error) {
	var h host
	if err := json.Unmarshal(data, &h); err != nil || h.Version.Version == "" {
		return nil, foreign("info", err)
	}
	if !newEnough(h.Version.Version) {
		return nil, &reproduce.Error{Code: reproduce.CodeEngine, Message: fmt.Sprintf(
			"podman %s is too old: %d.%d or newer is needed", h.Version.Version, oldest[0], oldest[1])}
	}
	return &h, nil
}

func newEnough(version string) bool {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err := strconv.Atoi(first)
	if err != nil {
		return false
	}
	minor, err := strconv.Atoi(second)
	if err != nil {
		minor = 0
	}
	return major > oldest[0] || major == oldest[0] && minor >= oldest[1]
}

// dropped are the limits that podman cannot apply here: without root they need
// cgroups v2 with the controllers delegated to the user.
func (h *host) dropped() []string {
	if !h.Host.Security.Rootless {
		return nil
	}
	var dropped []string
	for _, controller := range []string{"cpu", "memory", "pids"} {
		if h.Host.CgroupVersion != "v2" || !slices.Contains(h.Host.CgroupControllers, controller) {
			dropped = append(dropped, controller)
		}
	}
	return dropped
}

// hostLevel is the x86-64 level of the processor, "" on other architectures
// and on a worker, whose processor podman does not tell.
func (e *Engine) hostLevel() string {
	if e.remote() {
		return ""
	}
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if name, flags, ok := strings.Cut(scanner.Text(), ":"); ok && strings.TrimSpace(name) == "flags" {
			return levelOf(strings.Fields(flags))
		}
	}
	return ""
}

// levelOf names the level that a processor's flags make (x86-64 psABI).
func levelOf(flags []string) string {
	level := "x86-64-v1"
	for _, next := range []struct {
		name  string
		needs []string
	}{
		{"x86-64-v2", []string{"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}},
		{"x86-64-v3", []string{"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"}},
		{"x86-64-v4", []string{"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}},
	} {
		for _, need := range next.needs {
			if !slices.Contains(flags, need) {
				return level
			}
		}
		level = next.name
	}
	return level
}

// totalMemory is this computer's memory in bytes, 0 where it does not tell.
func totalMemory() int64 {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "MemTotal:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return 0
			}
			return kib << 10
		}
	}
	return 0
}
