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
	return Link{"Search Red Hat Jira for a report that is there already", "https://redhat.atlassian.net/issues/?jql=" + url.QueryEscape(jql+" ORDER BY updated DESC")}
}

// distGit are the places of a source package's sources (facts.md 5).
func distGit(pkg, major string) []Link {
	if !packageForm(pkg) {
		return nil
	}
	name := url.PathEscape(pkg)
	links := []Link{}
	if major == "9" || major == "10" {
		links = append(links, Link{"Stream's sources", "https://gitlab.com/redhat/centos-stream/rpms/" + name + "/-/tree/c" + major + "s"},
			Link{"Merge requests of Stream's sources", "https://gitlab.com/redhat/centos-stream/rpms/" + name + "/-/merge_requests?state=all"})
	}
	return append(links, Link{"AlmaLinux's sources", "https://git.almalinux.org/rpms/" + name + "/src/branch/a" + major})
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

// onlyInStream are the changelog entries of the subject that only the Stream
// side has, newest first.
func onlyInStream(run *reproduce.Run) []rpm.Entry {
	subject := run.Suggestion.Subject
	var ours, theirs string
	for i := range run.Sides {
		text := run.Sides[i].Prepared.Print.Changelogs[subject]
		switch run.Sides[i].Role {
		case reproduce.RoleAlma:
			ours = text
		case reproduce.RoleStream:
			theirs = text
		}
	}
	if theirs == "" {
		return nil
	}
	return rpm.OnlyIn(rpm.ParseChangelog(theirs), rpm.ParseChangelog(ours))
}
