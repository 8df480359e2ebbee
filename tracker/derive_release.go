package tracker

import (
	"regexp"
	"slices"
	"strings"
)

// What names a release: 8, 9 and 10 are those that AlmaLinux has.
var (
	projectRelease = regexp.MustCompile(`(?i)^AlmaLinux[- ](8|9|10)$`)
	plainVersion   = regexp.MustCompile(`^(8|9|10)(\.\d{1,2})?\b`)
	kittenWord     = regexp.MustCompile(`(?i)\bkitten(?:[- ]?10)?\b`)
	kittenTag      = regexp.MustCompile(`(?i)\b10[-_ ]kitten\b`)
	almaWord       = regexp.MustCompile(`^alma(?:[- ]?linux)?(?:[- ](?:os|release|version|v))*[-: /]?(8|9|10)(\.\d{1,2})?\b(?:\s?(?:/|&|and|or)\s?(8|9|10)(\.\d{1,2})?\b)?`)
	distTagWord    = regexp.MustCompile(`\.el(8|9|10)(?:_(\d{1,2}))?\b|\.module_el(8|9|10)\.(\d{1,2})\.`)
	labelRelease   = regexp.MustCompile(`(?i)^(?:alma(?:linux)?[-: ]?|el|a|release[-: /]?|version[-: /]?)?(8|9|10)(\.\d{1,2})?$`)
)

// releaseOf asks what may be trusted most first. What is trusted less fills
// in what is still open (the minor release), and never overrules.
func releaseOf(r *Report, text string) string {
	found := narrow(osReleases(text), projectVersion(r))
	for _, less := range [][]string{labelled(r.Labels), worded(r.Title), worded(text), distTags(text)} {
		if len(found) > 1 {
			return "" // what contradicts itself is not settled by what is trusted less
		}
		found = narrow(found, less)
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// projectVersion reads Mantis's project and version: "AlmaLinux-9", "9.6".
func projectVersion(r *Report) []string {
	if kittenWord.MatchString(r.Project) || kittenWord.MatchString(r.Version) {
		return []string{"kitten10"}
	}
	project := projectRelease.FindStringSubmatch(r.Project)
	version := plainVersion.FindStringSubmatch(r.Version)
	switch {
	case project == nil && version == nil:
		return nil
	case project == nil || version != nil && project[1] == version[1]:
		return []string{version[1] + version[2]}
	}
	return []string{project[1]} // a version of another project: the project is what was chosen
}

func labelled(labels []string) []string {
	var found []string
	for _, label := range labels {
		if kittenWord.MatchString(label) {
			found = append(found, "kitten10")
		} else if m := labelRelease.FindStringSubmatch(strings.TrimSpace(label)); m != nil {
			found = append(found, m[1]+m[2])
		}
	}
	return found
}

// worded reads releases from plain words: AlmaLinux 9.6, Kitten 10.
func worded(text string) []string {
	small := strings.ToLower(text)
	var found []string
	if strings.Contains(small, "kitten") {
		small = kittenTag.ReplaceAllString(small, "kitten")
		if kittenWord.MatchString(small) {
			found = append(found, "kitten10")
		}
	}
	// A pattern that begins anywhere is slow on a long text: the word is
	// looked for first, and the pattern begins there.
	for from := 0; ; {
		i := strings.Index(small[from:], "alma")
		if i < 0 {
			return found
		}
		at := from + i
		from = at + len("alma")
		if at > 0 && isWord(small[at-1]) {
			continue
		}
		const longest = 80
		m := almaWord.FindStringSubmatch(small[at:min(len(small), at+longest)])
		if m == nil {
			continue
		}
		found = append(found, m[1]+m[2])
		if m[3] != "" { // AlmaLinux 8 and 9
			found = append(found, m[3]+m[4])
		}
	}
}

func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// distTags reads releases from the names of builds.
func distTags(text string) []string {
	if !strings.Contains(text, "el8") && !strings.Contains(text, "el9") && !strings.Contains(text, "el10") {
		return nil
	}
	var found []string
	for _, m := range distTagWord.FindAllStringSubmatch(text, -1) {
		release := m[1] + m[3]
		if minor := m[2] + m[4]; minor != "" {
			release += "." + minor
		}
		found = append(found, release)
	}
	return found
}

// narrow keeps of what is trusted what the less trusted names too, in the more
// exact form. Where they have nothing in common, the trusted stays.
func narrow(trusted, less []string) []string {
	trusted, less = merged(trusted), merged(less)
	if len(trusted) == 0 {
		return less
	}
	// Kitten has no project of its own: 10 alone may be meant for it.
	if len(trusted) == 1 && len(less) == 1 && less[0] == "kitten"+trusted[0] {
		return less
	}
	var kept []string
	for _, release := range trusted {
		i := slices.IndexFunc(less, func(other string) bool { return major(other) == major(release) })
		switch {
		case i < 0:
		case release == major(release):
			kept = append(kept, less[i])
		default:
			kept = append(kept, release)
		}
	}
	if len(kept) == 0 {
		return trusted
	}
	return kept
}

// merged has each major release once: with its minor one if all that name one
// name the same.
func merged(found []string) []string {
	minors := map[string]string{}
	for _, release := range found {
		m := major(release)
		have, seen := minors[m]
		switch {
		case !seen || have == m:
			minors[m] = release
		case release != m && release != have:
			minors[m] = "" // two minor releases
		}
	}
	var all []string
	for m, release := range minors {
		if release == "" {
			release = m
		}
		all = append(all, release)
	}
	slices.Sort(all)
	return all
}

func major(release string) string {
	m, _, _ := strings.Cut(release, ".")
	return m
}
