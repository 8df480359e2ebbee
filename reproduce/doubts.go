package reproduce

import "strings"

// Doubt is why a container may not show a bug, and the command that can.
type Doubt struct {
	Why     string // one sentence without its full stop
	Command []string
}

// doubtRule is a sign that a container may not be enough (engine.md 3). Unlike
// the rules of VMOnly it makes no verdict: what is tried may show the bug all
// the same.
type doubtRule struct {
	why      string
	patterns []string // of package names
	signs    []string // in the text, in small letters
}

func doubtRules() []doubtRule {
	return []doubtRule{
		{"a container has no screen: what is drawn cannot be judged", []string{"gnome*", "mutter*", "gdm", "sddm", "lightdm", "xorg-x11-server*", "xorg-x11-drv*",
			"mesa*", "wayland*", "kwin*", "plasma*", "kde*", "gtk?", "firefox*", "thunderbird*", "libreoffice*", "cheese", "cups*"}, nil},
		{"the tests run without systemd: units, buses and logins are not there", []string{"systemd*", "dbus*", "NetworkManager*", "cronie*", "chrony*", "openssh-server",
			"tuned*", "rsyslog*", "polkit*", "cockpit*", "abrt*"}, nil},
		{"networks, devices and mounts cannot be changed in a container", []string{"firewalld*", "nftables*", "iptables*", "iproute*", "lvm2*", "mdadm*", "cryptsetup*", "podman*",
			"buildah*", "runc", "crun", "libvirt*", "qemu-*", "device-mapper*", "xfsprogs", "e2fsprogs", "btrfs-progs", "multipath*", "iscsi*", "nfs-utils", "autofs"}, nil},
		{"SELinux denials come from the host's policy", nil, []string{"avc: denied", "avc:  denied"}},
		{"the report shows a failure of the kernel, which is the host's in a container", nil, []string{"kernel panic", "kernel: bug:", "oops: 0", "general protection fault, ",
			"bug: unable to handle", "soft lockup", "call trace:\n"}},
	}
}

// Doubts are the signs that a container may not show a bug, in its packages and
// in the report's words. Where VMOnly is sure there is no doubt.
func Doubts(hints Hints, recipe *Recipe, target Target) []Doubt {
	names := []string{packageName(hints.Package)}
	if recipe != nil {
		for _, entry := range recipe.Require {
			names = append(names, packageName(entry))
		}
	}
	text := strings.ToLower(hints.Text)
	var doubts []Doubt
	for _, rule := range doubtRules() {
		found := ""
		for _, name := range names {
			if found == "" && matchesAny(name, rule.patterns) {
				found = name + ": "
			}
		}
		said := false
		for _, sign := range rule.signs {
			said = said || strings.Contains(text, sign)
		}
		if found != "" || said {
			doubts = append(doubts, Doubt{found + rule.why, vmCommand(target, recipe, false)})
		}
	}
	return doubts
}
