package draft

import (
	"regexp"
	"slices"
	"strings"
)

// doubt is what a person must look at in commands that were taken.
type doubt struct {
	of   *regexp.Regexp
	note string
}

// doubts are those that a text alone shows; the expressions see the script
// without what is quoted.
var doubts = []doubt{
	{regexp.MustCompile(`\b(?:curl|wget)\b[^|\n]*\|\s*(?:ba|z)?sh\b|\b(?:ba|z)?sh\s+<\(\s*curl`), "A command runs what it downloads, which may differ from one time to the next: put that script into the recipe."},
	{regexp.MustCompile(`\btail\s+(?:\S+\s+)*(?:-\w*[fF]\b|--follow)|\bjournalctl\s+(?:\S+\s+)*-\w*f\b|\bdmesg\s+-\w*[wW]\b`), "A command waits for ever for what comes: the test would only end when its time is up."},
	{regexp.MustCompile(`(?m)^\s*(?:docker|podman|buildah)\s`), "A command starts a container within the test's container, where that mostly fails: if the bug is not of containers, write what runs inside as the test."},
	{regexp.MustCompile(`(?m)(?:^|[|;&(]\s*)\s*(?:systemctl|service|journalctl|hostnamectl|timedatectl|localectl|loginctl|nmcli|firewall-cmd|udevadm|coredumpctl|machinectl)\s`), "A command needs systemd, which a test's container has not: start the program itself."},
	{regexp.MustCompile(`(?m)(?:^|[|;&(]\s*)\s*(?:ssh|scp|sftp|rsync|ssh-copy-id)\s[^\n]*(?:\w@|\w:)`), "A command reaches another machine, which a test has not: run both ends in the one container, over localhost."},
}

var (
	// curly are signs that a text processor puts for those that were typed.
	curly = regexp.MustCompile(`[“”„‘’‚‛«»–—―…−‐‑]`)
	// placeholder is what a reader has to fill in.
	placeholder = regexp.MustCompile(`<[A-Za-z][\w-]*(?:[ ./-][\w-]+)*>|\byour[-_]\w+|\bmy[-_](?:server|host|user|ip|domain|package|file|password)\b|\bYOUR\w*|\b[xX]{1,3}(?:\.[xX]{1,3}){2,3}\b|/path/to/|/dev/[sv]dX\b|\[(?:package|name|file|host|user|version|device)\]|\bCHANGE_?ME\b|\.\.\.|{{\s*\w+\s*}}`)
	variable    = regexp.MustCompile(`\$\{?([A-Z][A-Z0-9_]+)\b`)
	given       = regexp.MustCompile(`\b([A-Z][A-Z0-9_]+)\+?=|\b(?:read|for|export|declare)\s+(?:-\w+\s+)*([A-Z][A-Z0-9_]+)`)
	asksBack    = regexp.MustCompile(`(?m)(?:^|[|;&]\s*)(?:dnf|yum|dnf5|microdnf)\s+[^\n|;&]*`)
	telling     = regexp.MustCompile(`^(?:rpm\s+-q\S*|(?:dnf|yum)\s+(?:info|list|repolist|provides|search)|uname|hostnamectl|lscpu|free|df|lsb_release|cat\s+/etc/\S*(?:release|version)|cat\s+/proc/(?:version|cpuinfo|meminfo)|\S+\s+(?:--version|-V|-version|version))(?:\s|$)`)
)

// knownVariables are those that every shell has; the name of the machine is another
// in each container.
var knownVariables = strings.Fields(`HOME PATH PWD OLDPWD USER UID EUID SHELL RANDOM SECONDS LINENO PIPESTATUS IFS LANG LC_ALL TERM TMPDIR BASH_VERSION BASHPID PPID FUNCNAME BASH_SOURCE OSTYPE EPOCHSECONDS`)

// check notes what in the commands that were taken a person must look at.
func (b *builder) check() {
	whole := strings.Join(append(slices.Clone(b.prepare), b.script...), "\n")
	plain := bare(whole)
	for _, d := range doubts {
		if d.of.MatchString(plain) {
			b.note("%s", d.note)
		}
	}
	if found := placeholder.FindString(withoutIncludes(plain)); found != "" {
		b.note("The commands have the placeholder %q: write what it stands for.", found)
	}
	if found := curly.FindString(whole); found != "" {
		b.note("The commands have %q, which a text processor puts for another sign: write the one that was typed.", found)
	}
	if names := unset(whole); len(names) > 0 {
		b.note("No command sets %s, which others use: write what it stands for.", clip(strings.Join(names, ", ")))
	}
	if slices.ContainsFunc(asksBack.FindAllString(plain, -1), asksNobody) {
		b.note("A package manager asks before it goes on, and nobody answers: write dnf -y.")
	}
	if len(b.hosts) > 1 {
		b.note("The commands were typed on several machines (%s), and a test runs in one container: write those of one, or both ends over localhost.", clip(strings.Join(b.hosts, ", ")))
	}
	if !slices.ContainsFunc(b.script, func(s string) bool { return !telling.MatchString(s) }) {
		b.note("The commands only tell of the system; none of them shows the bug.")
	}
	if b.recipe.Network == "" && slices.ContainsFunc(b.script, usesNetwork) {
		b.note("A command seems to use the network, which a test has not: if the bug needs it, write network: full.")
	}
}

// withoutIncludes drops the names of C's headers.
func withoutIncludes(script string) string {
	return strings.ReplaceAll(includes.ReplaceAllString(script, ""), "<(", "")
}

var includes = regexp.MustCompile(`<[\w/]+\.h(?:pp)?>`)

// unset are the variables that a script uses and does not set.
func unset(script string) []string {
	var set, names []string
	for _, m := range given.FindAllStringSubmatch(script, -1) {
		set = append(set, m[1]+m[2])
	}
	for _, m := range variable.FindAllStringSubmatch(script, -1) {
		if name := "$" + m[1]; !slices.Contains(set, m[1]) && !slices.Contains(knownVariables, m[1]) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// asksNobody tells whether a package manager's command wants an answer.
func asksNobody(command string) bool {
	words := strings.Fields(strings.TrimLeft(command, "|;& \t"))
	asking := []string{
		"install", "remove", "erase", "autoremove", "reinstall", "downgrade", "upgrade", "update", "swap", "distro-sync", "module",
		"groupinstall", "group", "copr", "localinstall", "builddep",
	}
	for _, word := range words {
		if word == "-y" || word == "--assumeyes" || word == "--assumeno" || word == "-C" || strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.Contains(word, "y") {
			return false
		}
	}
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(asking, w) }) && !slices.Contains(words, "list") && !slices.Contains(words, "info")
}
