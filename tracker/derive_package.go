package tracker

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What names a package.
var (
	abrtTitle   = regexp.MustCompile(`(?i)^\s*\[abrt\]\s*([A-Za-z0-9][A-Za-z0-9+._-]*)\s*:`)
	packageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)
	fieldLine   = regexp.MustCompile(`(?im)^[ \t]*(?:package|component|source package)(?: name)?[ \t]*[:=][ \t]*([A-Za-z0-9][A-Za-z0-9+._-]*)[ \t\r]*$`)
	buildName   = regexp.MustCompile(`^(?:\d+:)?([A-Za-z0-9][A-Za-z0-9+._-]*?)-(?:\d+:)?([0-9][A-Za-z0-9.~^+_]*-[0-9][A-Za-z0-9.~^+_]*\.(?:el|module_el|module\+el)\d[A-Za-z0-9_]*)`)
)

// generic are categories that name no package.
func generic() []string {
	return []string{"general", "other", "unknown", "misc", "bug", "bugs", "all", "none", "system", "base", "website", "infrastructure", "documentation",
		"installation", "installer", "security", "packages", "package", "build", "mirrors", "cloud", "container", "containers", "images", "question",
		"feature", "uncategorized", "release", "repositories", "os", "almalinux"}
}

func packageOf(r *Report, text string) string {
	category := strings.TrimSpace(strings.TrimPrefix(r.Category, "-"))
	if packageName.MatchString(category) && !slices.Contains(generic(), strings.ToLower(category)) {
		return category
	}
	for _, form := range []struct {
		pattern *regexp.Regexp
		text    string
	}{{abrtTitle, r.Title}, {fieldLine, text}} {
		if m := form.pattern.FindStringSubmatch(form.text); m != nil {
			return m[1]
		}
	}
	builds, surroundings := buildsIn(r.Title)
	if len(builds) == 0 {
		builds = surroundings
	}
	if name := ofOneBuild(builds); name != "" {
		return name
	}
	// Which kernel runs is said in reports of everything.
	builds, _ = buildsIn(text)
	return ofOneBuild(builds)
}

// buildsIn are the builds that a text names: version by package. The kernel and
// the release package tell mostly what a bug was seen on.
func buildsIn(text string) (builds, surroundings map[string]string) {
	builds, surroundings = map[string]string{}, map[string]string{}
	for word := range strings.FieldsFuncSeq(text, endsName) {
		if len(word) > 256 || !strings.Contains(word, "el") {
			continue // cheaper than the pattern
		}
		m := buildName.FindStringSubmatch(word)
		if m == nil {
			continue
		}
		if strings.HasPrefix(m[1], "kernel") || strings.HasPrefix(m[1], "almalinux-release") {
			surroundings[m[1]] = m[2]
		} else {
			builds[m[1]] = m[2]
		}
	}
	return builds, surroundings
}

// ofOneBuild is the package of builds that are one. A list of several says nothing.
func ofOneBuild(builds map[string]string) string {
	shortest := ""
	for name := range builds {
		if shortest == "" || len(name) < len(shortest) {
			shortest = name
		}
	}
	for name, version := range builds {
		if version != builds[shortest] || name != shortest && !strings.HasPrefix(name, shortest+"-") {
			return ""
		}
	}
	return shortest
}

// endsName tells what cannot be in the name of a build. A path is taken apart.
func endsName(r rune) bool {
	return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("+._-~^:", r)
}
