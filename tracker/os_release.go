package tracker

import (
	"regexp"
	"strings"
)

// What os-release says, also in a quotation. A Kitten has the ID of AlmaLinux,
// and only its name tells.
var (
	osKitten  = regexp.MustCompile(`(?m)^[>|\s]*(?:PRETTY_NAME|NAME)=["']?AlmaLinux Kitten`)
	osName    = regexp.MustCompile(`(?m)^[>|\s]*PRETTY_NAME=["']?AlmaLinux (8|9|10)(\.\d{1,2})?\b`)
	osProject = regexp.MustCompile(`(?m)^[>|\s]*ALMALINUX_MANTISBT_PROJECT=["']?AlmaLinux-(8|9|10)\b`)
	osVersion = regexp.MustCompile(`(?m)^[>|\s]*ALMALINUX_MANTISBT_PROJECT_VERSION=["']?(8|9|10)(\.\d{1,2})?\b`)
)

// osReleases reads the releases of all os-release files in a text. Those of
// other distributions, which people compare with, say nothing.
func osReleases(text string) []string {
	if !strings.Contains(text, "NAME=") && !strings.Contains(text, "ALMALINUX_MANTISBT_PROJECT") {
		return nil // nearly always, and cheaper than the patterns
	}
	var found []string
	kitten := osKitten.MatchString(text)
	for _, form := range []*regexp.Regexp{osName, osProject, osVersion} {
		for _, m := range form.FindAllStringSubmatch(text, -1) {
			release := m[1]
			if form != osProject {
				release += m[2]
			}
			if !kitten || release != "10" { // the plain 10 is Kitten's own
				found = append(found, release)
			}
		}
	}
	if kitten {
		found = append(found, "kitten10")
	}
	return found
}

// OSRelease is the release of AlmaLinux that an os-release file tells: "9.6",
// "kitten10"; "" for any other system.
func OSRelease(text string) string {
	for _, release := range osReleases(text) {
		if strings.Contains(release, ".") || strings.HasPrefix(release, "kitten") {
			return release
		}
	}
	if found := osReleases(text); len(found) > 0 {
		return found[0]
	}
	return ""
}
