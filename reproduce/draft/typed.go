package draft

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// commands are first words that a command line has and a sentence has not.
var commands = strings.Fields(`
	apachectl autoreconf awk bash blkid bootc btrfs bzip2 cargo catchsegv chattr chcon chgrp chmod chown chroot clang cmake
	cmp coredumpctl cp cpio createrepo createrepo_c crb cryptsetup curl dd df diff dig dmesg dnf dnf5 docker dracut du echo
	egrep ethtool fallocate fgrep firewall-cmd fips-mode-setup gawk gcc g++ gdb getenforce getent git gpg grep grubby gunzip gzip
	hostnamectl httpd ifconfig ip iptables java javac journalctl jq kinit ldconfig ldd ln localectl logger losetup ls lsblk
	lscpu lsmod lsof lspci ltrace lvcreate lvs md5sum microdnf mkdir mkfifo mkfs mkfs.xfs mkfs.ext4 mktemp modprobe mysql
	named nft nginx nmcli node npm nslookup objdump openssl passwd perl php pip pip3 pkill podman postconf printf psql
	pvcreate python python2 python3 qemu-img readelf readlink restorecon rm rmdir rpm rpmbuild rpmlint rsync ruby runuser
	rustc scp sed semanage setenforce setfacl setsebool sestatus sh sha256sum skopeo sqlite3 ssh ssh-keygen sshd ss stat
	strace stty su sudo sysctl systemctl tar taskset tcpdump timedatectl tmux tuned-adm udevadm umount uname unzip update-crypto-policies
	cd env exec id mv nano ps pwd printenv seq tee tr ulimit umask uniq unset vi timeout
	useradd usermod vgcreate vim virsh virt-install wc wget xargs xfs_repair xmllint xz yum zcat zip zstd
	apt apt-get aptitude zypper pacman apk brew buildah dpkg emacs unshare systemd-run systemd-nspawn systemd-analyze truncate
	valgrind gfortran cc c++ hexdump xxd od nc ncat socat nohup stdbuf yum-config-manager userdel groupadd chage crontab exportfs
	alternatives update-ca-trust authselect createdb initdb pg_ctl mysqladmin mariadb findmnt lslocks chrt numactl perf bpftool
	bpftrace tracepath traceroute arping hping3 ipcalc keytool msgfmt iconv locale localedef nsenter setpriv capsh getcap setcap`)

// alone are those of them that are often run without an argument.
var alone = strings.Fields(`
	df dmesg env getenforce hostnamectl id ifconfig ps pwd localectl locale ls lsblk lscpu lsmod lspci lvs sestatus timedatectl uname findmnt ss`)

// ambiguous are commands that are English words, too: a sentence can begin
// with them, so they count only with what no sentence has.
var ambiguous = strings.Fields(`
	at cat chase cut date exit export file find for go groups head host if install join kill last less make
	more mount nice patch ping read reboot repeat screen set shutdown sleep sort source split strings tail
	test time top touch trap true type until wait watch which while who yes alias bind case do
	eval function history let local login logout man open return service shift stop start unalias users write`)

// shellSigns are what a command line has and a sentence hardly.
var shellSigns = regexp.MustCompile(`\s-{1,2}[A-Za-z]|[|$=<>*;"\\]|(^|\s)\.{0,2}/|\.(c|h|sh|py|pl|conf|txt|rpm|log|spec|xml|json|yaml|yml|img|iso)\b`)

// plainWord is a first word that can be a command's name.
var plainWord = regexp.MustCompile(`^[a-z][a-z0-9._+-]*$`)

// subcommands are what follows those commands of which sentences are written
// most.
var subcommands = map[string]*regexp.Regexp{
	"dnf":       managed,
	"yum":       managed,
	"dnf5":      managed,
	"microdnf":  managed,
	"rpm":       regexp.MustCompile(`^-`),
	"systemctl": regexp.MustCompile(`^(?:-.*|[a-z]+(?:-[a-z]+)*)$`),
	"git":       regexp.MustCompile(`^(?:-.*|[a-z]+(?:-[a-z]+)*)$`),
	"sudo":      regexp.MustCompile(`^\S+$`),
}

var managed = regexp.MustCompile(`^(?:-.*|install|in|localinstall|reinstall|remove|erase|autoremove|update|upgrade|upgrade-minimal|downgrade|distro-sync|swap|group(?:install|list|info|remove|update)?|module|repolist|repoinfo|repoquery|search|info|list|provides|whatprovides|history|clean|makecache|check|check-update|config-manager|copr|builddep|build-dep|download|debuginfo-install|mark|needs-restarting|versionlock|updateinfo|advisory|system-upgrade|offline-upgrade|environment|deplist|verify|changelog|shell|repository-packages)$`)

// typed tells whether a line reads like something that was typed in a shell.
func (s *scanner) typed(line string) bool {
	words := withoutAssignments(strings.Fields(line))
	if len(words) == 0 || isProse(line) {
		return false
	}
	first := words[0]
	switch {
	case service.MatchString(line):
		return true
	case strings.HasSuffix(first, ":"), strings.HasSuffix(first, ","):
		return false
	case strings.HasPrefix(first, "./"), strings.HasPrefix(first, "~/"), isProgram(first):
		return true
	case slices.Contains(ambiguous, first):
		return shellSigns.MatchString(strings.TrimSuffix(line, ".")) || len(words) == 2 && names[first] && s.known[words[1]]
	case slices.Contains(commands, first):
		if len(words) == 1 {
			return slices.Contains(alone, first) || s.known[first]
		}
		follows := subcommands[first]
		return follows == nil || follows.MatchString(words[1])
	case s.known[first]:
		// A sentence can begin with a package's name, too.
		return shellSigns.MatchString(line) || len(words) <= 6 && (len(words) == 1 || !version.MatchString(words[1]))
	}
	if len(words) == 1 || !plainWord.MatchString(first) {
		return false
	}
	return optionWord.MatchString(words[1]) || program.MatchString(first) && pathOrPipe.MatchString(line) && words[1] != "=" && !hyphened.MatchString(first)
}

// names are the ambiguous commands that a program's name makes clear.
var names = map[string]bool{"which": true, "type": true, "time": true}

var (
	service = regexp.MustCompile(`^(?:sudo )?service \S+ (?:start|stop|restart|reload|status)$`)
	version = regexp.MustCompile(`^v?\d+\.\d`)
	// program is a name that no English word is, but for those with a hyphen.
	program    = regexp.MustCompile(`[-_0-9]`)
	hyphened   = regexp.MustCompile(`^(?:re|pre|un|non|co|double|right|left|mid|auto|self|log|sign|pop|set|boot|power|e)-`)
	pathOrPipe = regexp.MustCompile(`\s\.{0,2}/\w|[|;<>]`)
	optionWord = regexp.MustCompile(`^--?[A-Za-z][\w-]*(?:=\S*)?$`)
)

var (
	rootPath = regexp.MustCompile(`^/(?:usr|bin|sbin|opt|tmp|root|home|var/tmp|srv|mnt)/[\w./+-]+$|^/etc/(?:rc\.d/)?(?:init\.d|cron\.\w+)/[\w.-]+$`)
	fileName = regexp.MustCompile(`\.(?:conf|cfg|ini|log|txt|repo|service|socket|timer|xml|json|ya?ml|md|so(?:\.\d+)*|rpm|gz|xz|bz2|zip|iso|img|qcow2|c|h|html?|png|jpe?g|pem|crt|key|db|sock|pid|d|rules)$|/$`)
	binPath  = regexp.MustCompile(`/(?:s?bin|libexec)/`)
)

// isProgram tells whether a path is one that is run.
func isProgram(path string) bool {
	if !rootPath.MatchString(path) || fileName.MatchString(path) {
		return false
	}
	return !strings.HasPrefix(path, "/usr/") || binPath.MatchString(path)
}

// verbs are words that follow a program's name in a sentence about it.
var verbs = regexp.MustCompile(`^\S+\s+(?:is|was|does|did|has|had|should|would|will|cannot|can|fails|failed|crash(?:es|ed)|hangs|hung|works|worked|and|or|in|on|with|from|but|package|packages|command|says|reports|returns|gives|prints|shows|segfaults|exits|then|not|isn't|doesn't|dies|core|dumps|version|service|daemon|installed|installation|updated|running|runs|no|keeps|stays|really|always|never|just|now|only|still|also|stops|stopped|gets|goes|seems|needs|takes|refuses|ignores|loses|complains|displays|throws|produces|uses|won't|didn't|missing|broken|slow|process|server|client|output|error|errors|bug|issue|problem|wird|ist|kann|hat|funktioniert|stürzt|hängt|schlägt)\b`)

// sentence are words that a command line has not but in quotes.
var sentence = regexp.MustCompile(`(?i)(?:^|[\s(])(?:and|then|or|but|which|that|should|the|is|are|was|were|it|its|because|after|before|when|while|this|these|again|fails|failed|crash|crashes|crashed|works|stays|shows|prints|returns|reports|always|never|still|instead|correctly|properly|does|doesn't|not|will|would|cannot|can't|has|have|until|without|see|und|oder|nicht|der|die|das|dann|wird|ist|nach|wenn|kann|mit|auf|für|beim|den|dem|eine|einen|installieren|starten|eingeben|ausgeben|anzeigen|eintippen|prüfen|ausführen|aufrufen|öffnen|installer|instalar|est|sont|avec|puis|après|les|une|luego|después|pero|cuando)(?:[\s,.;:!?)]|$)`)

// free are commands whose arguments are any words.
var free = regexp.MustCompile(`^(?:sudo )?(?:echo|printf|logger|say|write|wall)\b`)

// isProse tells whether a line without a prompt is rather a sentence about a
// command: by its words outside of quotes, or by letters that commands have
// not.
func isProse(line string) bool {
	rest := clear(line)
	if strings.ContainsFunc(rest, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) }) {
		return true
	}
	if free.MatchString(line) {
		return false
	}
	if verbs.MatchString(rest) && !strings.ContainsAny(rest, "|;&$") {
		return true
	}
	// A loop and a condition are written with such words.
	if shaped := strings.Fields(rest); len(shaped) > 0 && compoundWord[shaped[0]] && strings.ContainsAny(rest, ";") {
		return false
	}
	_, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
	rest, _, _ = strings.Cut(rest, ";")
	return sentence.MatchString(rest)
}

var compoundWord = map[string]bool{"for": true, "while": true, "until": true, "if": true, "case": true, "function": true, "select": true}

// clear is a line without what stands in quotes, and without its comment.
func clear(line string) string {
	line = said.ReplaceAllString(line, `x`)
	if i := strings.Index(line, " #"); i >= 0 {
		line = line[:i]
	}
	return line
}
