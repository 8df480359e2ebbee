package bundle

import (
	"regexp"
	"strings"
)

// What tells of the computer a program ran on. A name ends in no punctuation:
// that belongs to the sentence around it, and what a sentence quotes must be
// hidden as it is by itself.
var (
	homeFolder  = regexp.MustCompile(`/home/[\pL\pN_@-]+(?:[.+][\pL\pN_@-]+)*`)
	macFolder   = regexp.MustCompile(`/Users/[\pL\pN_@-]+(?:[.+][\pL\pN_@-]+)*`)
	runtimeDir  = regexp.MustCompile(`/run/user/\d+`)
	socketURL   = regexp.MustCompile(`\b(?:ssh|tcp|unix)://[^\s"',;()]*podman\.sock`)
	credentials = regexp.MustCompile(`://(?:[^\s/?#"'@]*@)+`)
	proxyDialed = regexp.MustCompile(`proxyconnect \w+: dial \w+:? (?:lookup )?(?:\[[^\]\s]*\]|[^\s:;]+)(?::\d+)?(?: on [^\s;]+:\d+)?`)
	noRangesFor = regexp.MustCompile(`(UID/GID|ranges found) for user (\\*"|)[\pL\pN_@-]+(?:[.+][\pL\pN_@-]+)*`)
	proxySought = regexp.MustCompile(`resolve proxy: [^\s\];,"']+`)
)

// hide takes out of what a program printed what it tells of the computer and
// its user: whose home folder and runtime folder it is, the addresses of podman
// and of proxies, who logs in where. Containers see some of it, too: mount shows
// where podman keeps its images. It does not change what it has hidden.
func hide(s string) string {
	s = homeFolder.ReplaceAllLiteralString(s, "/home/user")
	s = macFolder.ReplaceAllLiteralString(s, "/Users/user")
	s = runtimeDir.ReplaceAllLiteralString(s, "/run/user/0")
	if strings.Contains(s, "podman.sock") { // costly to look for
		s = socketURL.ReplaceAllLiteralString(s, "podman.sock")
	}
	s = credentials.ReplaceAllLiteralString(s, "://")
	if strings.Contains(s, " for user ") {
		s = noRangesFor.ReplaceAllString(s, "${1} for user ${2}user")
	}
	s = proxyDialed.ReplaceAllLiteralString(s, "proxyconnect: dial proxy")
	return proxySought.ReplaceAllLiteralString(s, "resolve proxy: proxy")
}

// Hide takes out of a text what it tells of the computer and its user, as bundles do.
func Hide(s string) string { return hide(s) }

// hideAll hides in each, and keeps nil nil.
func hideAll(list []string) []string {
	if list == nil {
		return nil
	}
	return each(list, hide)
}
