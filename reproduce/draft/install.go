package draft

import (
	"regexp"
	"slices"
	"strings"
)

// packageName is what require takes from a report: a package, perhaps with
// version and glob, a group, or the address of an RPM.
var packageName = regexp.MustCompile(`^(?:@?[A-Za-z0-9][A-Za-z0-9._+:~^*-]*|https?://[A-Za-z0-9._~/%+-]+\.rpm)$`)

// managers are the commands that install packages.
var managers = []string{"dnf", "yum", "microdnf", "dnf5"}

// quiet are options of an installation that change nothing of what is installed.
var quiet = []string{"-y", "--assumeyes", "-q", "--quiet", "-v", "--verbose", "--refresh", "-b", "--best", "--nodocs"}

// installs reads a command that does nothing but install packages.
func installs(command string) (packages []string, ok bool) {
	words := withoutAssignments(strings.Fields(joined(command)))
	if len(words) > 1 && words[0] == "sudo" {
		words = words[1:]
	}
	if len(words) < 3 || !slices.Contains(managers, words[0]) {
		return nil, false
	}
	seen := false
	for _, word := range words[1:] {
		switch {
		case slices.Contains(quiet, word):
		case !seen && (word == "install" || word == "in" || word == "localinstall"):
			seen = true
		case !seen || !packageName.MatchString(word):
			return nil, false
		default:
			packages = append(packages, word)
		}
	}
	return packages, len(packages) > 0
}

// assumeYes makes an installation ask nothing: a test has no standard input.
func assumeYes(line string) string {
	for _, word := range strings.Fields(line) {
		if word == "-y" || word == "--assumeyes" {
			return line
		}
	}
	for _, manager := range managers {
		if rest, ok := strings.CutPrefix(line, manager+" "); ok {
			return manager + " -y " + rest
		}
	}
	return line
}

// prepares tells whether a command sets up what packages come from, or
// installs in a way that require cannot say: that needs the network, and
// is part of preparing.
func prepares(command string) bool {
	words := strings.Fields(joined(command))
	if len(words) < 2 || strings.Contains(joined(command), "\n") || strings.ContainsAny(command, "<>") {
		return false
	}
	switch words[0] {
	case "yum-config-manager":
		return true
	case "crb":
		return words[1] == "enable"
	case "rpm":
		return words[1] == "--import" || strings.HasPrefix(words[1], "-") && strings.ContainsAny(words[1], "iU") &&
			!strings.HasPrefix(words[1], "-q") && !strings.HasPrefix(words[1], "--")
	}
	switch verb, next := verbOf(words); verb {
	case "install", "localinstall", "in", "groupinstall", "config-manager", "copr", "makecache", "swap", "builddep", "build-dep", "debuginfo-install":
		return true
	case "group", "module":
		return next != "list" && next != "info"
	}
	return false
}

// valued are options of a package manager whose value may be the next word.
var valued = []string{"--enablerepo", "--disablerepo", "--repo", "--repoid", "--setopt", "--exclude", "-x", "--releasever", "-c", "--config", "--installroot"}

// verbOf is what a package manager is told to do, and the word after it; both
// are empty for any other command.
func verbOf(words []string) (verb, next string) {
	if len(words) == 0 || !slices.Contains(managers, words[0]) {
		return "", ""
	}
	for i := 1; i < len(words); i++ {
		switch word := words[i]; {
		case slices.Contains(valued, word):
			i++
		case strings.HasPrefix(word, "-"):
		case i+1 < len(words):
			return word, words[i+1]
		default:
			return word, ""
		}
	}
	return "", ""
}

// brings tells whether a command installs something.
func brings(command string) bool {
	words := strings.Fields(command)
	verb, next := verbOf(words)
	switch verb {
	case "install", "localinstall", "in", "groupinstall", "swap", "builddep", "build-dep", "debuginfo-install":
		return true
	case "group", "module":
		return next == "install"
	}
	return len(words) > 0 && words[0] == "rpm"
}

// openers are packages that bring repositories: what is installed after them
// may come from there.
var openers = regexp.MustCompile(`-(?:release|repos?)(?:-[\w.-]+)?(?:\.rpm)?$|/[\w.-]*release[\w.-]*\.rpm$`)

func opensRepositories(packages []string) bool {
	return slices.ContainsFunc(packages, openers.MatchString)
}

// upgradesAll tells whether a command brings all packages up to date.
func upgradesAll(words []string) bool {
	if len(words) < 2 || !slices.Contains(managers, words[0]) {
		return false
	}
	for _, word := range words[1:] {
		if !slices.Contains(quiet, word) && !slices.Contains([]string{"update", "upgrade", "upgrade-minimal"}, word) {
			return false
		}
	}
	return true
}

// reaching are commands that reach out.
var reaching = append([]string{
	"curl", "wget", "git", "ping", "ssh", "scp", "rsync", "dig", "nslookup", "host", "pip", "pip3", "npm", "podman", "docker", "skopeo",
}, managers...)

// usesNetwork tells whether a script has a command of those that reach out.
func usesNetwork(script string) bool {
	for _, line := range strings.Split(script, "\n") {
		words := withoutAssignments(strings.Fields(line))
		if len(words) > 1 && words[0] == "sudo" {
			words = words[1:]
		}
		if len(words) > 0 && slices.Contains(reaching, words[0]) {
			return true
		}
	}
	return false
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=\S*$`)

// withoutAssignments drops what stands before a command: LC_ALL=C ls.
func withoutAssignments(words []string) []string {
	for len(words) > 1 && assignment.MatchString(words[0]) {
		words = words[1:]
	}
	return words
}
