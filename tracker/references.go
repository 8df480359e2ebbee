package tracker

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Bounds for a text that is made to hold many references.
const (
	maxReferences = 500
	maxMatches    = 5000    // of one form, the same ones counted again
	maxText       = 1 << 20 // trackers end a text at 64 KiB
)

// jiraURL is where Red Hat's issues are since March 2026; texts name the old
// host as well (facts.md 5).
const jiraURL = "https://redhat.atlassian.net/browse/"

// referenceForm is one way to name something.
type referenceForm struct {
	kind    RefKind
	needles []string // one of them is in every match, in small letters: cheap to look for
	pattern *regexp.Regexp
	make    func(groups []string) Reference // an empty key: it is none
}

// referenceForms are all ways, from the most to the least specific: what one
// has taken is not looked at by the next. Go's patterns run in linear time.
var referenceForms = sync.OnceValue(func() []referenceForm {
	form := func(kind RefKind, needles, pattern string, make func(g []string) Reference) referenceForm {
		return referenceForm{kind, strings.Split(needles, "|"), regexp.MustCompile("(?i)" + pattern), make}
	}
	const before = `(?:[\w=&%.;-]{0,100}[&;])?` // other parameters of a URL
	return []referenceForm{
		form(RefJira, "/rhel-", `https?://(?:issues\.redhat\.com|redhat\.atlassian\.net)/(?:browse|projects/RHEL/issues)/RHEL-0*([1-9]\d{0,6})\b`, jira),
		form(RefBugzilla, "bugzilla.redhat.com/", `\bbugzilla\.redhat\.com/(?:show_bug\.cgi\?`+before+`id=)?([1-9]\d{3,7})\b`, bugzilla),
		form(RefReport, "bugs.almalinux.org/", `\bbugs\.almalinux\.org/(?:view|bug_view_page|bug_view_advanced_page)\.php\?`+before+`(?:bug_)?id=(\d{1,8})\b`, almbz),
		form(RefCentOSMantis, "bugs.centos.org/", `\bbugs\.centos\.org/view\.php\?`+before+`id=(\d{1,8})\b`, centos),
		form(RefGitHub, "github.com/", `https?://(?:www\.)?github\.com/([a-z0-9][\w-]{0,38}/[\w.-]{1,100})/(issues|pull)/([1-9]\d{0,7})\b`, repository),
		form(RefMergeReq, "/merge_requests/", `https?://gitlab\.com/(redhat/centos-stream/(?:rpms|src)/[\w./+-]{1,120}?)/(?:-/)?merge_requests/([1-9]\d{0,6})\b`, mergeRequest),
		form(RefDistGit, "git.almalinux.org/", `https?://git\.almalinux\.org/(\w[\w./%+-]{0,200})`, distGit),
		form(RefMergeReq, "redhat/centos-stream/", `\b(redhat/centos-stream/(?:rpms|src)/[\w./+-]{1,120})!([1-9]\d{0,6})\b`, mergeRequest),
		form(RefGitHub, "#", `(?:^|[\s(\[,;:])([a-z0-9][\w-]{0,38}/[\w.-]{1,100})#()([1-9]\d{0,7})\b`, repository),
		form(RefAdvisory, "alsa-|alba-|alea-|rhsa-|rhba-|rhea-", `\b(AL[SBE]A|RH[SBE]A)-(\d{4})(?::|-|%3A)(A?\d{3,6})\b`, advisory),
		form(RefCVE, "cve-", `\bCVE-(\d{4})-(\d{4,8})\b`, cve),
		// RHEL-9 and RHEL-10.1 are systems: only a longer number is an issue.
		form(RefJira, "rhel-", `\bRHEL-([1-9]\d{2,6})\b`, jira),
		form(RefBugzilla, "rhbz|red hat bug", `\b(?:rhbz|red hat bug)(?:\s?#\s?|\s)([1-9]\d{3,7})\b`, bugzilla),
		// A short number after BZ may be another project's Bugzilla.
		form(RefBugzilla, "bz|bugzilla", `\b(?:bz|bugzilla)(?:\s?#\s?|\s)([1-9]\d{5,7})\b`, bugzilla),
		form(RefReport, "mbz", `\b(?:almbz|ambz)\s?#(\d{1,8})\b`, almbz),
		form(RefCentOSMantis, "centos#", `\bcentos#(\d{1,8})\b`, centos),
		// Mantis pads numbers to seven digits, and so do dumps of bytes at the
		// beginning of a line.
		form(RefReport, "000", `(?:#|[a-z,;:][ \t]|[(\[])(000\d{4})\b`, almbz),
	}
})

func jira(g []string) Reference {
	key := "RHEL-" + g[1]
	return Reference{Key: key, URL: jiraURL + key}
}

func bugzilla(g []string) Reference {
	return Reference{Key: "rhbz#" + g[1], URL: "https://bugzilla.redhat.com/show_bug.cgi?id=" + g[1]}
}

func almbz(g []string) Reference { return mantisPage("almbz", "https://bugs.almalinux.org", g[1]) }

func centos(g []string) Reference { return mantisPage("centos", "https://bugs.centos.org", g[1]) }

func mantisPage(name, site, padded string) Reference {
	n := strings.TrimLeft(padded, "0")
	if n == "" {
		return Reference{}
	}
	return Reference{Key: name + "#" + n, URL: site + "/view.php?id=" + n}
}

// repository names an issue on GitHub, or a pull request where the text says so.
func repository(g []string) Reference {
	page := "issues"
	if strings.EqualFold(g[2], "pull") {
		page = "pull"
	}
	return Reference{Key: g[1] + "#" + g[3], URL: "https://github.com/" + g[1] + "/" + page + "/" + g[3]}
}

func mergeRequest(g []string) Reference {
	return Reference{Key: g[1] + "!" + g[2], URL: "https://gitlab.com/" + g[1] + "/-/merge_requests/" + g[2]}
}

func distGit(g []string) Reference {
	page := "https://git.almalinux.org/" + strings.TrimRight(g[1], ".") // the end of a sentence
	return Reference{Key: page, URL: page}
}

func cve(g []string) Reference {
	key := "CVE-" + g[1] + "-" + g[2]
	return Reference{Key: key, URL: "https://access.redhat.com/security/cve/" + key}
}

// advisory names an erratum. AlmaLinux's own have a serial that begins with A.
func advisory(g []string) Reference {
	key := strings.ToUpper(g[1] + "-" + g[2] + ":" + g[3])
	if strings.HasPrefix(key, "RH") {
		return Reference{Key: key, URL: "https://access.redhat.com/errata/" + key}
	}
	// Which release an erratum is for is not in its name.
	return Reference{Key: key}
}

// FindReferences finds what a text names: Jira issues, bugs, CVEs, advisories,
// reports, commits. Each comes once, in the order of the text.
func FindReferences(text string) []Reference {
	if len(text) > maxText {
		// Not in the middle of a word: half a number is another number.
		text = text[:max(strings.LastIndexAny(text[:maxText], " \t\n"), 0)]
	}
	var all []found
	rest, small := []byte(text), strings.ToLower(text)
	for _, f := range referenceForms() {
		if slices.ContainsFunc(f.needles, func(needle string) bool { return strings.Contains(small, needle) }) {
			all = append(all, f.take(rest)...)
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return a.at - b.at })
	var refs []Reference
	seen := map[string]bool{}
	for _, one := range all {
		key := strings.ToLower(one.ref.Key)
		if !seen[key] && len(refs) < maxReferences {
			seen[key] = true
			refs = append(refs, one.ref)
		}
	}
	return refs
}

// found is a reference and where it stands.
type found struct {
	at  int
	ref Reference
}

// take finds a form and blanks it out of the text.
func (f referenceForm) take(text []byte) []found {
	var all []found
	for _, m := range f.pattern.FindAllSubmatchIndex(text, maxMatches) {
		groups := make([]string, len(m)/2)
		for i := range groups {
			if m[2*i] >= 0 {
				groups[i] = string(text[m[2*i]:m[2*i+1]])
			}
		}
		ref := f.make(groups)
		if ref.Key == "" {
			continue
		}
		ref.Kind = f.kind
		all = append(all, found{m[0], ref})
		for i := m[0]; i < m[1]; i++ {
			text[i] = ' '
		}
	}
	return all
}

// ParseReference reads one reference as a person types it, in any form that
// FindReferences knows, and issues with a short number as well (RHEL-42).
func ParseReference(text string) (Reference, bool) {
	refs := FindReferences(text)
	if len(refs) == 0 {
		refs = FindReferences(jiraURL + text)
	}
	if len(refs) != 1 || strings.ContainsAny(text, " \t\r\n") {
		return Reference{}, false
	}
	return refs[0], true
}
