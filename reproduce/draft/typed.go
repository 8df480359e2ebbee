package draft

import (
	"regexp"
	"slices"
	"strings"
)

// shellPrompt is a prompt with a name in it, which is never anything else:
// [root@host ~]#, user@host:~$, bash-5.1$.
var shellPrompt = regexp.MustCompile(`^\s*(?:\([\w.-]+\)\s*)?(?:\[[^\[\]\s]+@[^\[\]]{1,80}\][#$%]|[\w.-]+@[\w.-]+:[^\s#$]{0,80}[#$%]|(?:ba)?sh-[\d.]+[#$%])\s*(\S.*)$`)

var (
	dollarPrompt = regexp.MustCompile(`^\s*\$\s+(\S.*)$`)
	hashPrompt   = regexp.MustCompile(`^\s*#\s+(\S.*)$`)
)

// prompted gives the command after a prompt that can be nothing else.
func prompted(line string) (string, bool) {
	for _, re := range []*regexp.Regexp{shellPrompt, dollarPrompt} {
		if m := re.FindStringSubmatch(line); m != nil {
			return m[1], true
		}
	}
	return "", false
}

// rootPrompted gives the command after "# ", which may be a heading or a
// comment as well.
func (s *scanner) rootPrompted(line string) (string, bool) {
	m := hashPrompt.FindStringSubmatch(line)
	if m == nil || !s.typed(m[1]) {
		return "", false
	}
	return m[1], true
}

// command gives the command of a line with any prompt.
func (s *scanner) prompt(line string) (string, bool) {
	if command, ok := prompted(line); ok {
		return command, true
	}
	return s.rootPrompted(line)
}

// commands are first words that a command line has and a sentence has not.
var commands = strings.Fields(`
	apachectl autoreconf awk bash blkid bootc btrfs bzip2 cargo catchsegv chattr chcon chgrp chmod chown chroot clang cmake
	cmp coredumpctl cp cpio createrepo createrepo_c crb cryptsetup curl dd df diff dig dmesg dnf dnf5 docker dracut du echo
	egrep ethtool fgrep firewall-cmd fips-mode-setup gawk gcc g++ gdb getenforce getent git gpg grep grubby gunzip gzip
	hostnamectl httpd ifconfig ip iptables java javac journalctl jq kinit ldconfig ldd ln localectl logger losetup ls lsblk
	lscpu lsmod lsof lspci ltrace lvcreate lvs md5sum microdnf mkdir mkfifo mkfs mkfs.xfs mkfs.ext4 mktemp modprobe mysql
	named nft nginx nmcli node npm nslookup objdump openssl passwd perl php pip pip3 pkill podman postconf printf psql
	pvcreate python python2 python3 qemu-img readelf readlink restorecon rm rmdir rpm rpmbuild rpmlint rsync ruby runuser
	rustc scp sed semanage setenforce setfacl setsebool sestatus sh sha256sum skopeo sqlite3 ssh ssh-keygen sshd ss stat
	strace stty su sudo sysctl systemctl tar taskset tcpdump timedatectl tmux tuned-adm udevadm umount uname unzip update-crypto-policies
	useradd usermod vgcreate vim virsh virt-install wc wget xargs xfs_repair xmllint xz yum zcat zip zstd`)

// ambiguous are commands that are English words, too: a sentence can begin
// with them, so they count only with what no sentence has.
var ambiguous = strings.Fields(`
	at cat cd chase cut date env exec exit export file find for go groups head host id if install join kill last less make
	more mount mv nice patch ping ps read reboot repeat screen seq set shutdown sleep sort source split strings tail tee
	test time timeout top touch tr trap true type uniq unset until wait watch which while who yes vi nano`)

// shellSigns are what a command line has and a sentence hardly.
var shellSigns = regexp.MustCompile(`\s-{1,2}[A-Za-z]|[|$=<>*;"\\]|(^|\s)\.{0,2}/|\.(c|h|sh|py|pl|conf|txt|rpm|log|spec|xml|json|yaml|yml|img|iso)\b`)

// plainWord is a first word that can be a command's name.
var plainWord = regexp.MustCompile(`^[a-z][a-z0-9._+-]*$`)

// typed tells whether a line reads like something that was typed in a shell.
func (s *scanner) typed(line string) bool {
	words := withoutAssignments(strings.Fields(line))
	if len(words) == 0 {
		return false
	}
	first := words[0]
	switch {
	case strings.HasSuffix(first, ":"), strings.HasSuffix(first, ","):
		return false
	case strings.HasPrefix(first, "./"), strings.HasPrefix(first, "~/"), rootPath.MatchString(first):
		return true
	case slices.Contains(ambiguous, first):
		return shellSigns.MatchString(strings.TrimSuffix(line, ".")) || len(words) == 2 && first != "if" && s.known[words[1]]
	case slices.Contains(commands, first):
		return !prose.MatchString(line)
	case s.known[first]:
		// A sentence can begin with a package's name, too.
		return shellSigns.MatchString(line) || len(words) <= 6 && !prose.MatchString(line)
	}
	return false
}

var rootPath = regexp.MustCompile(`^/(usr|bin|sbin|opt|tmp|root|home|etc)/[\w./+-]+$`)

// prose are words that follow a program's name in a sentence about it.
var prose = regexp.MustCompile(`^\S+\s+(is|was|does|did|has|had|should|would|will|cannot|can|fails|failed|crashes|crashed|hangs|hung|works|worked|and|or|in|on|with|from|but|package|command|says|reports|returns|gives|prints|shows|segfaults|exits|then|not|isn't|doesn't|dies|core|dumps)\b[^|;&$]*$`)
