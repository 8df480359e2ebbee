package tracker

import (
	"regexp"
	"slices"
	"strings"
)

// Derive fills Release, Package and References of a report from what its
// tracker and its texts say. What they do not say, or say in two ways, stays
// empty: a wrong release would compare the wrong images.
func Derive(r *Report) {
	text := r.Title + "\n" + r.Body + "\n" + r.Steps + "\n" + r.Additional
	r.References = FindReferences(text)
	own := r.ID.String()
	r.References = slices.DeleteFunc(r.References, func(ref Reference) bool { return strings.EqualFold(ref.Key, own) })
	r.Release = releaseOf(r, text)
	r.Package = packageOf(r, text)
}

// What names a release. In os-release a Kitten has the ID of AlmaLinux, and
// only its NAME tells.
var (
	mantisProject  = regexp.MustCompile(`(?m)^\s*ALMALINUX_MANTISBT_PROJECT="?AlmaLinux-(8|9|10)\b`)
	mantisVersion  = regexp.MustCompile(`(?m)^\s*ALMALINUX_MANTISBT_PROJECT_VERSION="?((?:8|9|10)(?:\.\d{1,2})?)\b`)
	prettyName     = regexp.MustCompile(`(?m)^\s*(?:PRETTY_NAME|NAME)="?AlmaLinux Kitten(?: (\d{1,2}))?`)
	prettyStable   = regexp.MustCompile(`(?m)^\s*PRETTY_NAME="?AlmaLinux (8|9|10)(\.\d{1,2})?\b`)
	projectRelease = regexp.MustCompile(`(?i)^AlmaLinux[- ](8|9|10)$`)
	plainVersion   = regexp.MustCompile(`^(8|9|10)(\.\d{1,2})?\b`)
	kittenWord     = regexp.MustCompile(`(?i)\bkitten(?:[- ]?(10))?\b`)
	almaWord       = regexp.MustCompile(`(?i)\balma(?:[- ]?linux)?(?:[- ](?:os|release|version|v))*[- ]?(8|9|10)(\.\d{1,2})?\b`)
	distTagWord    = regexp.MustCompile(`\.el(8|9|10)(?:_(\d{1,2}))?\b`)
	labelRelease   = regexp.MustCompile(`(?i)^(?:alma(?:linux)?[-: ]?|el|a|release[-: /]?|version[-: /]?)?(8|9|10)(\.\d{1,2})?$`)
)

func releaseOf(r *Report, text string) string {
	if m := prettyName.FindStringSubmatch(text); m != nil {
		return "kitten10"
	}
	if m := mantisVersion.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if m := prettyStable.FindStringSubmatch(text); m != nil {
		return m[1] + m[2]
	}
	if m := mantisProject.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if release := projectVersion(r); release != "" {
		return release
	}
	if release := agreed(labelled(r.Labels)); release != "" {
		return release
	}
	return worded(r.Title, text)
}

// projectVersion reads Mantis's project and version: "AlmaLinux-9", "9.6".
func projectVersion(r *Report) string {
	project := ""
	if m := projectRelease.FindStringSubmatch(r.Project); m != nil {
		project = m[1]
	}
	if kittenWord.MatchString(r.Project) || kittenWord.MatchString(r.Version) {
		return "kitten10"
	}
	version := plainVersion.FindStringSubmatch(r.Version)
	switch {
	case version == nil:
		return project
	case project == "" || project == version[1]:
		return version[1] + version[2]
	}
	return project // a version of another project: the project is what was chosen
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

// worded reads the release from plain words, the title first.
func worded(title, text string) string {
	for _, where := range []string{title, text} {
		var found []string
		if kittenWord.MatchString(where) {
			found = append(found, "kitten10")
		}
		for _, m := range almaWord.FindAllStringSubmatch(where, 50) {
			found = append(found, m[1]+m[2])
		}
		if release := agreed(found); release != "" || len(found) > 0 {
			return release
		}
	}
	var found []string
	for _, m := range distTagWord.FindAllStringSubmatch(text, 200) {
		release := m[1]
		if m[2] != "" {
			release += "." + m[2]
		}
		found = append(found, release)
	}
	return agreed(found)
}

// agreed is the one release that all name: the minor one where they only
// differ in saying it, the major one where several minor ones are named, and
// none where they contradict each other.
func agreed(found []string) string {
	majors, all := map[string]bool{}, map[string]bool{}
	for _, release := range found {
		major, _, minor := strings.Cut(release, ".")
		majors[major] = true
		if minor {
			all[release] = true
		}
	}
	if len(majors) != 1 {
		return ""
	}
	if len(all) == 1 {
		for release := range all {
			return release
		}
	}
	for major := range majors {
		return major
	}
	return ""
}

// What names a package.
var (
	abrtTitle   = regexp.MustCompile(`(?i)^\s*\[abrt\]\s*([A-Za-z0-9][A-Za-z0-9+._-]*)\s*:`)
	packageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)
	nvrText     = regexp.MustCompile(`\b([A-Za-z0-9][A-Za-z0-9+._-]*?)-(?:\d+:)?[0-9][A-Za-z0-9.~^+_]*-[0-9][A-Za-z0-9.~^+_]*\.(?:el|module_el|module\+el)\d`)
	titlePrefix = regexp.MustCompile(`^([a-z0-9][a-z0-9+._-]{1,60}):\s`)
	fieldLine   = regexp.MustCompile(`(?im)^\s*(?:package|component|source package)(?: name)?\s*[:=]\s*([A-Za-z0-9][A-Za-z0-9+._-]*)\s*$`)
)

// generic are categories that name no package.
func generic() []string {
	return []string{"general", "other", "unknown", "misc", "bug", "bugs", "all", "none", "system", "base", "website", "infrastructure", "documentation",
		"installation", "installer", "security", "packages", "package", "build", "mirrors", "cloud", "container", "containers", "images", "question",
		"feature", "uncategorized", "release", "repositories", "os", "almalinux"}
}

func packageOf(r *Report, text string) string {
	if m := abrtTitle.FindStringSubmatch(r.Title); m != nil {
		return m[1]
	}
	category := strings.TrimSpace(strings.TrimPrefix(r.Category, "-"))
	if packageName.MatchString(category) && !slices.Contains(generic(), strings.ToLower(category)) {
		return category
	}
	if m := fieldLine.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	// In the title a build is what the report is about; below it may be one
	// of a list, so that only one that stands alone counts.
	if m := nvrText.FindStringSubmatch(r.Title); m != nil {
		return m[1]
	}
	named := map[string]bool{}
	for _, m := range nvrText.FindAllStringSubmatch(text, 50) {
		named[m[1]] = true
	}
	if len(named) == 1 {
		for name := range named {
			return name
		}
	}
	if m := titlePrefix.FindStringSubmatch(r.Title); m != nil && !slices.Contains(generic(), m[1]) {
		return m[1]
	}
	return ""
}

// What says that a bug happens only now and then.
var (
	sometimesWord = regexp.MustCompile(`(?i)\b(sometimes|randomly|random(?:ly)? (?:crash|fail|hang)\w*|intermittent(?:ly)?|occasional(?:ly)?|sporadic(?:ally)?|flaky|now and then|` +
		`every (?:few|second|third|other) (?:time|run|boot)s?|(?:once|one|1) (?:in|out of|of) (?:every )?(?:\d{1,4}|two|three|four|five|ten|a few)|not always|non-?deterministic(?:ally)?|race condition)\b`)
	alwaysWord = regexp.MustCompile(`(?i)\b(not|never|isn't|is not|neither) (?:just |only )?(?:sometimes|random(?:ly)?|intermittent(?:ly)?|flaky|occasional(?:ly)?)`)
)

// Sometimes tells whether a report says that its bug shows only now and then:
// then a few attempts without it mean nothing.
func Sometimes(r Report) bool {
	switch strings.ToLower(strings.TrimSpace(r.Reproducibility)) {
	case "sometimes", "random":
		return true
	case "always":
		return false
	}
	text := r.Title + "\n" + r.Body + "\n" + r.Steps + "\n" + r.Additional
	const longest = 1 << 20
	text = text[:min(len(text), longest)]
	return sometimesWord.MatchString(alwaysWord.ReplaceAllString(text, ""))
}
