package reproduce

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// vmRule is what a container cannot show because it runs on the host's kernel
// (engine.md 3).
type vmRule struct {
	why      string
	patterns []string // of package names, as path.Match takes them
	// ephemeral: a VM booted straight from an image is enough; else a whole
	// disk with boot loader and SELinux is needed.
	ephemeral bool
}

func vmRules() []vmRule {
	return []vmRule{
		{"the kernel inside a container is the host's", []string{"kernel", "kernel-core", "kernel-modules*", "kernel-rt*", "kernel-64k*", "kernel-debug*",
			"kernel-zfcpdump*", "kernel-uki*", "kmod-*", "kpatch*", "kvdo", "kmod-kvdo"}, true},
		{"nothing boots in a container", []string{"grub2*", "grubby*", "syslinux*", "shim*", "dracut*", "kexec-tools", "kdump-utils", "efibootmgr", "fwupd*", "systemd-boot*", "plymouth*",
			"anaconda*", "lorax*", "mokutil"}, false},
		{"firmware and hardware are the host's", []string{"linux-firmware*", "microcode_ctl", "*-firmware", "bolt", "bluez*", "nvme-cli", "smartmontools",
			"fprintd*", "edk2-*", "seabios*"}, false},
		{"the SELinux policy in force is the host's", []string{"selinux-policy*", "container-selinux"}, false},
	}
}

// userland names packages that look like the kernel's but are ordinary files.
func userland() []string {
	return []string{"kernel-headers", "kernel*-devel*", "kernel-tools*", "kernel-doc", "kernel-srpm-macros", "kernel-rpm-macros", "kernel-abi-*", "kmod-libs", "kmod-devel", "bluez-libs*"}
}

// VMOnly tells whether a bug is of a kind that a container cannot show,
// before anything runs: why, and the command that can (bcvk, or tmt with a
// virtual machine). It goes by packages only; words in a text are too weak a
// sign for a verdict.
func VMOnly(hints Hints, recipe *Recipe, target Target) (why string, command []string, needed bool) {
	names := []string{hints.Package}
	if recipe != nil {
		names = append(names, recipe.Require...)
	}
	for _, entry := range names {
		name := strings.ToLower(packageName(entry)) // a tracker's category may have a capital
		for _, rule := range vmRules() {
			if matchesAny(name, rule.patterns) && !matchesAny(name, userland()) {
				return name + ": " + rule.why, vmCommand(target, recipe, rule.ephemeral), true
			}
		}
	}
	return "", nil, false
}

// nameEnd begins the version, architecture or condition in an entry of require.
var nameEnd = regexp.MustCompile(`-[0-9]+(?:[.:~^_-]|$)|[.\s<>=]`)

// packageName is the package that an entry of require names. No package of the
// rules has a dot in its name, nor a number between dashes (64k is none).
func packageName(entry string) string {
	entry = strings.TrimSpace(entry)
	if end := nameEnd.FindStringIndex(entry); end != nil {
		return entry[:end[0]]
	}
	return entry
}

func matchesAny(name string, patterns []string) bool {
	for _, pattern := range patterns {
		if ok, err := path.Match(pattern, name); err == nil && ok && name != "" {
			return true
		}
	}
	return false
}

// vmCommand is the command that tries the test in a virtual machine of the
// target's distribution, with all that the recipe asks for.
func vmCommand(target Target, recipe *Recipe, ephemeral bool) []string {
	test, setup := "bash", ""
	if recipe != nil && recipe.Test != "" {
		test = Exports(recipe.Environment) + strings.TrimSpace(recipe.Test)
	}
	if recipe != nil {
		setup = vmSetup(recipe)
	}
	// An ephemeral machine runs an image as it is: nothing can be installed.
	if image := bootcImage(target); ephemeral && image != "" && setup == "" {
		return []string{"bcvk", "ephemeral", "run-ssh", image, test}
	}
	image := "centos-stream-" + target.Release
	if target.Distribution.IsAlma() {
		image = "almalinux-" + target.Release
	}
	command := []string{"tmt", "run", "provision", "--how", "virtual", "--image", image}
	if setup != "" {
		command = append(command, "prepare", "--how", "shell", "--script", setup)
	}
	return append(command, "execute", "--how", "tmt", "--script", test, "report", "finish")
}

// vmSetup is what has to be done in a machine before the test, "" for nothing.
// What every machine boots with has not to be installed.
func vmSetup(recipe *Recipe) string {
	var setup strings.Builder
	if recipe.Prepare != "" {
		fmt.Fprintf(&setup, "set -eo pipefail\n(\n%s%s\n)\n", Exports(recipe.Environment), strings.TrimSpace(recipe.Prepare))
	}
	var packages []string
	for _, entry := range recipe.Require {
		if entry != "kernel" && entry != "systemd" {
			packages = append(packages, Quote(entry))
		}
	}
	if len(packages) > 0 {
		setup.WriteString("dnf -y install -- " + strings.Join(packages, " "))
	}
	return strings.TrimSpace(setup.String())
}

// bootcImage is the bootable image of a target's distribution, "" if none is
// known (engine.md 3).
func bootcImage(target Target) string {
	switch {
	case target.Distribution == CentOSStream && (target.Release == "9" || target.Release == "10"):
		return "quay.io/centos-bootc/centos-bootc:stream" + target.Release
	case target.Distribution == AlmaLinux && target.Release == "10":
		return "quay.io/almalinuxorg/almalinux-bootc:10"
	}
	return ""
}
