package github

import (
	"net/url"
	"regexp"
	"strconv"

	api "github.com/google/go-github/v62/github"

	"github.com/almatriage/almatriage/tracker"
)

// ghost is whom GitHub shows in the place of a deleted user.
const ghost = "ghost"

// report turns an issue into what the program works with. Its id keeps the
// configured name, whatever the repository is called today.
func (w *walk) report(i *api.Issue) tracker.Report {
	r := tracker.Report{
		ID:         tracker.ID{Space: w.feed, Number: int64(i.GetNumber())},
		Tracker:    w.config.Name,
		URL:        i.GetHTMLURL(),
		Title:      i.GetTitle(),
		Body:       i.GetBody(),
		Status:     i.GetState(),
		Open:       i.GetState() != "closed",
		Resolution: i.GetStateReason(),
		Project:    w.feed,
		Reporter:   login(i.User),
		Created:    i.GetCreatedAt().UTC(),
		Updated:    i.GetUpdatedAt().UTC(),
		Private:    w.state.Private,
	}
	for _, label := range i.Labels {
		if name := label.GetName(); name != "" {
			r.Labels = append(r.Labels, name)
		}
	}
	return r
}

func (w *walk) comment(c *api.IssueComment, number int64) tracker.Comment {
	return tracker.Comment{
		ID:      c.GetID(),
		Report:  tracker.ID{Space: w.feed, Number: number},
		Author:  login(c.User),
		Text:    c.GetBody(),
		Created: c.GetCreatedAt().UTC(),
		Updated: c.GetUpdatedAt().UTC(),
		Private: w.state.Private,
		URL:     c.GetHTMLURL(),
	}
}

func login(u *api.User) string {
	if name := u.GetLogin(); name != "" {
		return name
	}
	return ghost
}

// last takes the last two parts of an address's path: issues/12, pull/12.
var last = regexp.MustCompile(`/(issues|pull)/([0-9]+)$`)

// reportOf is the number of the issue or pull request that a comment is on.
func reportOf(c *api.IssueComment) (int64, bool) {
	kind, number := parts(c.GetIssueURL())
	return number, kind == "issues" && number > 0
}

// onPull tells by the page for people: the interface calls them all issues.
func onPull(c *api.IssueComment) bool {
	kind, _ := parts(c.GetHTMLURL())
	return kind == "pull"
}

func parts(address string) (kind string, number int64) {
	u, err := url.Parse(address)
	if err != nil {
		return "", 0
	}
	found := last.FindStringSubmatch(u.Path)
	if found == nil {
		return "", 0
	}
	if number, err = strconv.ParseInt(found[2], 10, 64); err != nil {
		return "", 0
	}
	return found[1], number
}
