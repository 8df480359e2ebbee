package handoff

import (
	"net/url"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// Link is a page and what is there.
type Link struct{ Title, URL string }

// almaTracker is the tracker of the operating system (facts.md 1.1).
const almaTracker = "https://bugs.almalinux.org"

// escaped is a text for a query in an address: a plus is no blank everywhere.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// almaSearch searches AlmaLinux's tracker for a word.
func almaSearch(word string) Link {
	return Link{"Search AlmaLinux's tracker for a report that is there already", almaTracker + "/view_all_set.php?type=1&temporary=y&new=true&search=" + escaped(safe.Cell(word))}
}

// jiraSearch searches Red Hat's issues of a component for words.
func jiraSearch(component, words string) Link {
	quote := func(s string) string { return strings.NewReplacer(`\`, ` `, `"`, ` `).Replace(safe.Cell(s)) }
	jql := `project = RHEL`
	if component != "" {
		jql += ` AND component = "` + quote(component) + `"`
	}
	if words = strings.TrimSpace(quote(words)); words != "" {
		jql += ` AND text ~ "` + words + `"`
	}
	return Link{"Search Red Hat Jira for a report that is there already", "https://redhat.atlassian.net/issues/?jql=" + escaped(jql+" ORDER BY updated DESC")}
}

// places are where the sources of a report's source package are (facts.md 5).
func (c *Case) places() []Link {
	pkg := c.source()
	if !packageForm(pkg) {
		return nil
	}
	major, kitten := c.release()
	alma, name := Link{"AlmaLinux's sources", "https://git.almalinux.org/rpms/" + url.PathEscape(pkg)}, url.PathEscape(pkg)
	switch {
	case kitten:
		alma.URL += "/src/branch/a" + major + "s"
	case major != "":
		alma.URL += "/src/branch/a" + major
	}
	if major != "9" && major != "10" { // Stream 8 has ended
		return []Link{alma}
	}
	rpms := "https://gitlab.com/redhat/centos-stream/rpms/" + name
	links := []Link{{"Stream's sources", rpms + "/-/tree/c" + major + "s"}, {"Merge requests of Stream's sources", rpms + "/-/merge_requests?state=all"}}
	if pkg == "kernel" {
		links = append(links, Link{"Stream's kernel", "https://gitlab.com/redhat/centos-stream/src/kernel/centos-stream-" + major})
	}
	return append(links, alma)
}

// packageForm tells whether a text can be a source package's name.
func packageForm(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("+-._", r))
	}) && name[0] != '.' && name[0] != '-'
}

// references are those that the report and its public comments name.
func references(c *Case) []tracker.Reference {
	all := slices.Clone(c.Report.References)
	for _, comment := range c.Report.Comments {
		if !comment.Private {
			all = append(all, comment.References...)
		}
	}
	return once(all)
}

// named are those that changelog entries name.
func named(entries []rpm.Entry) []tracker.Reference {
	var all []tracker.Reference
	for _, e := range entries {
		all = append(all, tracker.FindReferences(strings.Join(e.Lines, "\n"))...)
	}
	return once(all)
}

// once has each reference once, where it came first.
func once(all []tracker.Reference) []tracker.Reference {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(r tracker.Reference) bool {
		again := seen[r.Key]
		seen[r.Key] = true
		return again
	})
}

// only are the changelog entries of the subject that one side alone has, newest
// first; none where the other's is not known.
func (c *Case) only(role reproduce.Role) []rpm.Entry {
	against := reproduce.RoleAlma
	if role == against {
		against = reproduce.RoleStream
	}
	has, lacks := c.side(role), c.side(against)
	if has == nil || lacks == nil {
		return nil
	}
	theirs, known := lacks.Prepared.Print.Changelogs[c.Run.Suggestion.Subject]
	if !known {
		return nil
	}
	return rpm.OnlyIn(rpm.ParseChangelog(has.Prepared.Print.Changelogs[c.Run.Suggestion.Subject]), rpm.ParseChangelog(theirs))
}
