package tracker

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxReferences bounds how many references a text can have.
const maxReferences = 200

// jiraURL is where Red Hat's issues are since March 2026; texts name the old
// host as well (facts.md 5).
const jiraURL = "https://redhat.atlassian.net/browse/"

// referenceForm is one way to name something.
type referenceForm struct {
	kind    RefKind
	pattern *regexp.Regexp
	make    func(groups []string) Reference
}

// referenceForms are all ways, from the most to the least specific: what one
// has taken is not looked at by the next. Go's patterns run in linear time.
func referenceForms() []referenceForm {
	form := func(kind RefKind, pattern string, make func(g []string) Reference) referenceForm {
		return referenceForm{kind, regexp.MustCompile(pattern), make}
	}
	jira := func(g []string) Reference { key := "RHEL-" + g[1]; return Reference{Key: key, URL: jiraURL + key} }
	bugzilla := func(g []string) Reference {
		return Reference{Key: "rhbz#" + g[1], URL: "https://bugzilla.redhat.com/show_bug.cgi?id=" + g[1]}
	}
	almbz := func(g []string) Reference {
		n := strings.TrimLeft(g[1], "0")
		return Reference{Key: "almbz#" + n, URL: "https://bugs.almalinux.org/view.php?id=" + n}
	}
	repository := func(g []string) Reference {
		return Reference{Key: g[1] + "#" + g[3], URL: "https://github.com/" + g[1] + "/" + g[2] + "/" + g[3]}
	}
	itself := func(g []string) Reference {
		return Reference{Key: strings.TrimRight(g[0], ".,;:"), URL: strings.TrimRight(g[0], ".,;:")}
	}
	return []referenceForm{
		form(RefJira, `https?://(?:issues\.redhat\.com|redhat\.atlassian\.net)/(?:browse|projects/RHEL/issues)/RHEL-(\d{1,7})\b`, jira),
		form(RefBugzilla, `https?://bugzilla\.redhat\.com/(?:show_bug\.cgi\?id=)?(\d{4,8})\b`, bugzilla),
		form(RefReport, `https?://bugs\.almalinux\.org/(?:view|bug_view_page|bug_view_advanced_page)\.php\?(?:bug_)?id=0*([1-9]\d{0,7})\b`, almbz),
		form(RefGitHub, `https?://github\.com/([\w.-]{1,64}/[\w.-]{1,100})/(issues|pull)/(\d{1,8})\b`, repository),
		form(RefMergeReq, `https?://gitlab\.com/(redhat/[\w./-]{1,150}?)/-/merge_requests/(\d{1,7})\b`, func(g []string) Reference {
			return Reference{Key: g[1] + "!" + g[2], URL: "https://gitlab.com/" + g[1] + "/-/merge_requests/" + g[2]}
		}),
		form(RefDistGit, `https?://git\.almalinux\.org/[\w./%+-]{1,200}`, itself),
		form(RefCentOSMantis, `https?://bugs\.centos\.org/view\.php\?id=0*([1-9]\d{0,7})\b`, func(g []string) Reference {
			return Reference{Key: "centos#" + g[1], URL: "https://bugs.centos.org/view.php?id=" + g[1]}
		}),
		form(RefAdvisory, `\b(AL[SBE]A|RH[SBE]A)-(\d{4})[:-](A?\d{3,6})\b`, advisory),
		form(RefCVE, `(?i)\bCVE-(\d{4})-(\d{4,8})\b`, func(g []string) Reference {
			key := "CVE-" + g[1] + "-" + g[2]
			return Reference{Key: key, URL: "https://access.redhat.com/security/cve/" + key}
		}),
		form(RefJira, `\bRHEL-(\d{2,7})\b`, jira),
		// "BZ #32470" alone may be another project's Bugzilla.
		form(RefBugzilla, `(?i)\b(?:rhbz|red hat bug|bugzilla)\s?#?\s?(\d{5,8})\b`, bugzilla),
		form(RefReport, `(?i)\b(?:almbz|ambz)\s?#0*([1-9]\d{0,7})\b`, almbz),
		form(RefMergeReq, `\b(redhat/centos-stream/[\w./-]{1,100})!(\d{1,7})\b`, func(g []string) Reference {
			return Reference{Key: g[1] + "!" + g[2], URL: "https://gitlab.com/" + g[1] + "/-/merge_requests/" + g[2]}
		}),
		form(RefGitHub, `(?:^|[\s(,;])([A-Za-z0-9][\w-]{0,38}/[\w.-]{1,100})(#)(\d{1,8})\b`, func(g []string) Reference {
			return Reference{Key: g[1] + "#" + g[3], URL: "https://github.com/" + g[1] + "/issues/" + g[3]}
		}),
	}
}

// advisory names an erratum. AlmaLinux's own have a serial that begins with A.
func advisory(g []string) Reference {
	key := g[1] + "-" + g[2] + ":" + g[3]
	if strings.HasPrefix(g[1], "RH") {
		return Reference{Key: key, URL: "https://access.redhat.com/errata/" + key}
	}
	// Which release an erratum is for is not in its name.
	return Reference{Key: key}
}

// FindReferences finds what a text names: Jira issues, bugs, CVEs, advisories,
// reports, commits. Each comes once, in the order of the text.
func FindReferences(text string) []Reference {
	const longest = 4 << 20
	if len(text) > longest {
		text = text[:longest]
	}
	if !strings.ContainsAny(text, "0123456789") {
		return nil
	}
	type found struct {
		at  int
		ref Reference
	}
	var all []found
	rest := []byte(text)
	for _, f := range referenceForms() {
		for _, m := range f.pattern.FindAllSubmatchIndex(rest, maxReferences) {
			groups := make([]string, len(m)/2)
			for i := range groups {
				if m[2*i] >= 0 {
					groups[i] = string(rest[m[2*i]:m[2*i+1]])
				}
			}
			ref := f.make(groups)
			ref.Kind = f.kind
			all = append(all, found{m[0], ref})
			for i := m[0]; i < m[1]; i++ {
				rest[i] = ' '
			}
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

// number reads a report's number.
func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0
}
