package tracker

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
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
	if inner, ok := strings.CutPrefix(text, "<"); ok {
		text = strings.TrimSuffix(inner, ">")
	}
	if strings.Contains(text, "://") {
		return l.fromURL(text)
	}
	if host, _, ok := strings.Cut(text, "/"); ok && strings.Contains(host, ".") { // owners on GitHub have no dot
		return l.fromURL("https://" + text)
	}
	id, err := ParseID(text)
	if err != nil {
		return ID{}, err
	}
	if strings.EqualFold(id.Space, LocalSpace) {
		id.Space = LocalSpace
		return id, nil
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

// TrackerOf is the configured name of the tracker that a report is at.
func (l Locator) TrackerOf(id ID) (name string, ok bool) {
	for _, place := range l.Trackers {
		_, ours := place.repo(id.Space)
		if ours || place.Kind == "mantis" && place.Name == id.Space {
			return place.Name, true
		}
	}
	return "", false
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
		return ID{}, fmt.Errorf("%.200q is not a URL of a report: the trackers are %s", text, l.known())
	}
	for _, place := range l.Trackers {
		base, err := url.Parse(place.URL)
		if err != nil {
			return ID{}, fmt.Errorf("read the address of tracker %s: %w", place.Name, err)
		}
		if place.Kind == "github" {
			base = webOf(base)
		}
		if !sameHost(base, u) {
			continue
		}
		rest, ok := strings.CutPrefix(u.Path, strings.TrimSuffix(base.Path, "/")+"/")
		switch {
		case place.Kind == "mantis":
			return place.fromMantis(u, rest, ok)
		case ok:
			if id, isReport, err := fromGitHub(rest); err != nil {
				return ID{}, err
			} else if isReport {
				return l.Locate(id.String())
			}
		}
	}
	return ID{}, fmt.Errorf("%.200q is not the page of a report on a known tracker: the trackers are %s", u.Redacted(), l.known())
}

// webOf is where people read what an API of GitHub serves.
func webOf(api *url.URL) *url.URL {
	if strings.EqualFold(api.Host, "api.github.com") {
		return &url.URL{Scheme: api.Scheme, Host: "github.com"}
	}
	return &url.URL{Scheme: api.Scheme, Host: api.Host, Path: strings.TrimSuffix(strings.TrimSuffix(api.Path, "/"), "/api/v3")}
}

// sameHost compares hosts and ports. The scheme does not matter: old texts
// have http where https is today.
func sameHost(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		if p := u.Port(); p != "80" && p != "443" {
			return p
		}
		return ""
	}
	return strings.EqualFold(a.Hostname(), strings.TrimPrefix(strings.ToLower(b.Hostname()), "www.")) && port(a) == port(b)
}

func (p Place) fromMantis(u *url.URL, page string, below bool) (ID, error) {
	if !below || !slices.Contains([]string{"view.php", "bug_view_page.php", "bug_view_advanced_page.php"}, page) {
		return ID{}, fmt.Errorf("%.200q is not the page of a report; those are %s/view.php?id=NUMBER", u.Redacted(), strings.TrimSuffix(p.URL, "/"))
	}
	query := u.Query()
	n, ok := number(cmp.Or(query.Get("id"), query.Get("bug_id")))
	if !ok {
		return ID{}, fmt.Errorf("%.200q has no number of a report; write %s/view.php?id=NUMBER", u.Redacted(), strings.TrimSuffix(p.URL, "/"))
	}
	return ID{Space: p.Name, Number: n}, nil
}

// fromGitHub reads OWNER/REPOSITORY/issues/NUMBER.
func fromGitHub(path string) (id ID, isReport bool, err error) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 4 || parts[2] != "issues" && parts[2] != "pull" {
		return ID{}, false, nil
	}
	n, ok := number(parts[3])
	if !ok {
		return ID{}, false, nil
	}
	if parts[2] == "pull" {
		return ID{}, false, fmt.Errorf("%.100s/%.100s#%d is a pull request, and only issues are reports", parts[0], parts[1], n)
	}
	return ID{Space: parts[0] + "/" + parts[1], Number: n}, true, nil
}

// number reads a report's number.
func number(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63) // takes no sign
	return int64(n), err == nil && n > 0
}
