package podman

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ThisProcess identifies this process beyond its life: boot id, process id and
// time of start, joined by colons. A process id alone is given again.
func ThisProcess() string {
	pid := os.Getpid()
	return bootID() + ":" + strconv.Itoa(pid) + ":" + startOf(pid)
}

// Alive tells whether the process of a ThisProcess still runs here. What it
// cannot read is taken for dead.
func Alive(owner string) bool {
	boot, rest, ok := strings.Cut(owner, ":")
	id, start, ok2 := strings.Cut(rest, ":")
	pid, err := strconv.Atoi(id)
	if !ok || !ok2 || err != nil || pid <= 0 || boot != bootID() {
		return false
	}
	if err := syscall.Kill(pid, 0); err == syscall.ESRCH {
		return false
	}
	return startOf(pid) == start
}

// bootOf is the boot id of a ThisProcess.
func bootOf(owner string) string {
	boot, _, _ := strings.Cut(owner, ":")
	return boot
}

// bootID changes with every boot. Where the system does not tell (macOS), all
// boots look the same and the time of start decides alone.
func bootID() string {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "none"
	}
	return strings.TrimSpace(string(data))
}

// startOf is a process's time of start in clock ticks since boot, "0" where
// the system does not tell.
func startOf(pid int) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "0"
	}
	// The name, field 2, is in parentheses and may hold anything.
	_, after, ok := strings.Cut(string(data[max(0, strings.LastIndexByte(string(data), ')')):]), ") ")
	fields := strings.Fields(after)
	if !ok || len(fields) < 20 {
		return "0"
	}
	return fields[19]
}
