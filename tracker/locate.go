package tracker

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Place is where a tracker's reports are: what ids and URLs are checked against.
type Place struct {
	Name  string
	Kind  string // mantis or github
	URL   string // of the tracker (mantis), of the API (github)
	Repos []string
}

// Locator finds the report that a person means by an id or a URL.
type Locator struct{ Trackers []Place }

// Locate reads TRACKER#NUMBER, OWNER/REPOSITORY#NUMBER, or the URL of a
// report's page. Names are found without regard to case.
func (l Locator) Locate(text string) (ID, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
		return l.fromURL(text)
	}
	id, err := ParseID(text)
	if err != nil {
		return id, err
	}
	for _, place := range l.Trackers {
		if place.Kind == "mantis" && strings.EqualFold(place.Name, id.Space) {
			id.Space = place.Name
			return id, nil
		}
		if repo, ok := place.repo(id.Space); ok {
			id.Space = repo
			return id, nil
		}
	}
	if strings.Contains(id.Space, "/") {
		return id, nil // a repository that was configured once: its reports may be stored
	}
	return ID{}, fmt.Errorf("%q names no tracker: the trackers are %s", id.Space, l.known())
}

func (p Place) repo(name string) (string, bool) {
	i := slices.IndexFunc(p.Repos, func(r string) bool { return strings.EqualFold(r, name) })
	if i < 0 || p.Kind != "github" {
		return "", false
	}
	return p.Repos[i], true
}

func (l Locator) known() string {
	var names []string
	for _, place := range l.Trackers {
		if place.Kind == "mantis" {
			names = append(names, place.Name+"#NUMBER ("+place.URL+")")
		} else {
			names = append(names, "OWNER/REPOSITORY#NUMBER ("+place.Name+")")
		}
	}
	return strings.Join(names, ", ")
}

// fromURL reads the URLs of Mantis (view.php?id=N) and GitHub (…/issues/N).
func (l Locator) fromURL(text string) (ID, error) {
	u, err := url.Parse(text)
	if err != nil {
		return ID{}, fmt.Errorf("%q is not a URL: %w", text, err)
	}
	for _, place := range l.Trackers {
		base, err := url.Parse(place.URL)
		if err != nil || place.Kind != "mantis" || !strings.EqualFold(base.Host, u.Host) {
			continue
		}
		page, ok := strings.CutPrefix(u.Path, strings.TrimSuffix(base.Path, "/")+"/")
		if !ok || !slices.Contains([]string{"view.php", "bug_view_page.php", "bug_view_advanced_page.php"}, page) {
			return ID{}, fmt.Errorf("%q is not the page of a report; those are %s/view.php?id=NUMBER", text, strings.TrimSuffix(place.URL, "/"))
		}
		query := u.Query()
		n, ok := number(strings.TrimLeft(query.Get("id")+query.Get("bug_id"), "0"))
		if !ok {
			return ID{}, fmt.Errorf("%q has no number of a report", text)
		}
		return ID{Space: place.Name, Number: n}, nil
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if strings.EqualFold(u.Host, "github.com") && len(parts) >= 4 && (parts[2] == "issues" || parts[2] == "pull") {
		if n, ok := number(parts[3]); ok {
			return l.Locate(ID{Space: parts[0] + "/" + parts[1], Number: n}.String())
		}
	}
	return ID{}, fmt.Errorf("%q is not the page of a report on a known tracker: the trackers are %s", text, l.known())
}
