package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/almatriage/almatriage/tracker"
)

// Kind is the kind of a tracker.
type Kind string

// The kinds of trackers.
const (
	Mantis Kind = "mantis"
	GitHub Kind = "github"
)

// Tracker is a place that reports come from.
type Tracker struct {
	// Name is the part of a report's id before the # (Mantis), and what the
	// tracker is called in messages.
	Name string
	Kind Kind
	URL  string // https://… or http://…, without a slash at the end
	// Projects are Mantis's; none: all that can be seen.
	Projects []string
	Repos    []string // GitHub's, as owner/name

	// TokenCommand is split by SplitCommand; TokenFile is an absolute path. At
	// most one is set.
	TokenCommand string
	TokenFile    string
}

// githubAPI is where GitHub itself answers; other addresses are GitHub
// Enterprise servers.
const githubAPI = "https://api.github.com"

// builtinTrackers are AlmaLinux's own: the operating system's tracker, and the
// repositories that take reports on tools and images (facts.md 1.3).
func builtinTrackers() []Tracker {
	var repos []string
	for _, name := range []string{
		"container-images", "cloud-images", "bootc-images", "wsl-images", "raspberry-pi", "sig-livemedia",
		"almalinux-deploy", "leapp-repository", "leapp-data", "atomic-desktop", "atomic-workstation", "atomic-ci",
		"build-system", "errata_index", "wiki", "almalinux.org",
	} {
		repos = append(repos, "AlmaLinux/"+name)
	}
	return []Tracker{
		{Name: "almbz", Kind: Mantis, URL: "https://bugs.almalinux.org"},
		{Name: "github", Kind: GitHub, URL: githubAPI, Repos: repos},
	}
}

var (
	trackerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	repoName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$`)
)

// trackers reads [[tracker]] tables; any of them replaces the built-in list.
func (r *reader) trackers(root *table, c *Config) {
	const want = "[[tracker]], with two brackets, and keys below it"
	list, ok := take[[]any](root, "tracker", want)
	if !ok {
		return
	}
	c.Trackers = nil
	unique := once{names: map[string]string{}, repos: map[string]string{}}
	for i, item := range list {
		path := []string{"tracker", strconv.Itoa(i)}
		values, ok := item.(map[string]any)
		if !ok {
			r.problem(path, "tracker has %s as entry %d; expected %s", kindOf(item), i+1, want)
			continue
		}
		t := &table{r: r, path: path, label: "tracker", values: values}
		tracker := t.tracker()
		unique.check(t, tracker)
		c.Trackers = append(c.Trackers, tracker)
	}
}

// once sees that no two trackers give the same name or the same report.
type once struct {
	names map[string]string // by the variable of the token, which tells less than the name
	repos map[string]string // tracker by repository, in small letters
}

func (o once) check(t *table, one Tracker) {
	if name := one.Name; name != "" {
		variable := tracker.TokenVariable(name)
		switch first, taken := o.names[variable]; {
		case taken && first == name:
			t.problem("name", "is %q, as that of a tracker before it; expected a name of its own", name)
		case taken:
			t.problem("name", "is %q, which reads its token from $%s just as %q does; expected another name", name, variable, first)
		}
		o.names[variable] = name
	}
	for _, repo := range one.Repos {
		key := strings.ToLower(repo)
		if first, taken := o.repos[key]; taken {
			t.problem("repos", "has %q, which tracker %q has already; expected each repository once", repo, first)
		}
		o.repos[key] = one.Name
	}
}

// tracker reads one tracker.
func (t *table) tracker() Tracker {
	var tr Tracker
	t.text("name", &tr.Name, "almbz")
	if tr.Name != "" && !trackerName.MatchString(tr.Name) {
		t.problem("name", "is %.60q; expected letters, digits, dots and dashes, such as almbz", tr.Name)
		tr.Name = ""
	}
	if strings.EqualFold(tr.Name, tracker.LocalSpace) {
		t.problem("name", "is %q, which is that of reports that are at no tracker yet; expected another name", tr.Name)
		tr.Name = ""
	}
	word(t, "kind", &tr.Kind, Mantis, GitHub)
	t.url("url", &tr.URL)
	if tr.Kind == GitHub && !t.has("url") {
		tr.URL = githubAPI
	}
	t.texts("projects", &tr.Projects, "AlmaLinux-9")
	t.texts("repos", &tr.Repos, "AlmaLinux/container-images")
	for _, repo := range tr.Repos {
		if !repoName.MatchString(repo) {
			t.problem("repos", "has %.60q; expected OWNER/NAME, such as AlmaLinux/container-images", repo)
		}
	}
	t.tokenSource(&tr)
	t.wholeTracker(tr)
	t.end()
	return tr
}

// wholeTracker reports what a tracker of its kind lacks, or cannot have.
func (t *table) wholeTracker(tr Tracker) {
	for _, key := range []string{"name", "kind"} {
		if !t.has(key) {
			t.r.problem(t.path, "a tracker has no %s; expected name, kind and url", key)
		}
	}
	repos, isList := t.values["repos"].([]any)
	switch {
	case tr.Kind == Mantis && !t.has("url"):
		t.r.problem(t.path, "a tracker has no url; expected one such as https://bugs.almalinux.org")
	case tr.Kind == GitHub && (!t.has("repos") || isList && len(repos) == 0):
		t.r.problem(t.path, "a tracker of kind github has no repos; expected a list such as [\"AlmaLinux/container-images\"]")
	}
	if tr.Kind == Mantis && t.has("repos") {
		t.problem("repos", "is for github; expected projects, for kind is mantis")
	}
	if tr.Kind == GitHub && t.has("projects") {
		t.problem("projects", "is for mantis; expected repos, for kind is github")
	}
}

// url reads the address of a tracker.
func (t *table) url(key string, into *string) {
	const example = "https://bugs.almalinux.org"
	var s string
	if t.text(key, &s, example); s == "" {
		return
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "" && u.Opaque != "":
		t.problem(key, "is %s; expected an address with its scheme, such as %s", shortURL(s), example)
	case u.Scheme != "https" && u.Scheme != "http":
		t.problem(key, "has the scheme %.20q; expected https or http", u.Scheme)
	case u.Hostname() == "":
		t.problem(key, "is %s and names no host; expected an address such as %s", shortURL(s), example)
	case u.User != nil:
		t.problem(key, "holds a user name or password, which would be shown; expected it without, and the token in token_command or token_file")
	case u.RawQuery != "" || u.Fragment != "":
		t.problem(key, "has a ? or # part; expected the address of the tracker alone, such as %s", example)
	default:
		*into = strings.TrimRight(s, "/")
	}
}

// shortURL quotes an address without what stands before an @: it may be a
// password.
func shortURL(s string) string {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = "…" + s[i:]
	}
	return fmt.Sprintf("%.60q", s)
}

// tokenSource reads where a tracker's token comes from.
func (t *table) tokenSource(tr *Tracker) {
	t.text("token_command", &tr.TokenCommand, "secret-tool lookup service almatriage")
	if tr.TokenCommand != "" {
		if _, err := SplitCommand(tr.TokenCommand); err != nil {
			t.problem("token_command", "cannot be split into words: %v", err)
		}
	}
	t.text("token_file", &tr.TokenFile, "~/.config/almatriage/token")
	if tr.TokenFile != "" {
		path, err := absolute(tr.TokenFile)
		if err != nil {
			t.problem("token_file", "is %.60q: %v", tr.TokenFile, err)
		}
		tr.TokenFile = path
	}
	if t.has("token_command") && t.has("token_file") {
		t.problem("token_file", "stands beside token_command; expected only one of them")
	}
}

// absolute replaces ~/ by the home directory. A relative path would depend on
// where the program was started.
func absolute(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find the home directory: %w", err)
		}
		return filepath.Join(home, rest), nil
	}
	if !filepath.IsAbs(path) {
		return "", fmt.Errorf("expected a path that begins with / or ~/")
	}
	return filepath.Clean(path), nil
}
