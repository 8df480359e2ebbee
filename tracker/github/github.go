// Package github reads the issues of repositories on GitHub, or on a server
// with the same interface, as tracker.Source, and posts comments to them, as
// tracker.Poster. A repository is a feed.
//
// It imports go-github for the shapes of requests, answers and refusals, and
// tracker and tracker/safe; no other adapter, nothing of reproduce, store, tui
// or cmd. It asks and decodes by itself: go-github takes an empty answer for
// an empty list, reads no more of a Link header than a page number, and keeps
// limits by a clock that cannot be set.
package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	api "github.com/google/go-github/v62/github"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/remote"
)

// DefaultURL is where GitHub itself answers.
const DefaultURL = "https://api.github.com"

// pageMax is the most that GitHub gives in one answer, whatever is asked for.
const pageMax = 100

// Config is what a Source needs to know. Name and Repos must be set.
type Config struct {
	Name  string   // the tracker's configured name
	URL   string   // where the interface is; empty: DefaultURL
	Repos []string // the repositories to read, as owner/name
	// Token brings the token when one is first needed; nil or an empty token:
	// anonymous. What it returns as an error must not hold the token.
	Token func(context.Context) (string, error)
	// HTTP is used with its transport and no more: cookies, redirects and
	// deadlines are this package's. Nil: http.DefaultTransport.
	HTTP *http.Client

	PageSize int           // entries a request; 0 or more than 100: 100
	Overlap  time.Duration // how late a change may show up in a list; 0: 5 min
	Timeout  time.Duration // of one request with its answer; 0: 1 min
	BodyMax  int64         // bytes of one answer, unpacked; 0: remote.BodyMax
	Retries  int           // after a request that failed for now; 0: 3, negative: none
	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error // between retries
}

// Source is some repositories of one server. It is safe for one goroutine at
// a time.
type Source struct {
	config Config
	base   *url.URL
	api    *api.Client // makes requests, does not send them
	client *http.Client
	server remote.Server
}

var _ tracker.Source = (*Source)(nil)

// New checks the configuration; it does no IO.
func New(config Config) (*Source, error) {
	if config.Name == "" {
		return nil, fmt.Errorf("a github tracker needs a name")
	}
	config.defaults()
	base, err := url.Parse(config.URL)
	switch {
	case err != nil, base.Scheme != "http" && base.Scheme != "https", base.Hostname() == "":
		return nil, fmt.Errorf("tracker %s: the url must be like %s", config.Name, DefaultURL)
	case base.User != nil:
		return nil, fmt.Errorf("tracker %s: the url holds a user name or password; remove it and set a token instead", config.Name)
	case base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("tracker %s: the url must end with the path, without ? and #", config.Name)
	}
	if err := checkRepos(config.Repos); err != nil {
		return nil, fmt.Errorf("tracker %s: %w", config.Name, err)
	}
	base.Path = strings.TrimRight(base.Path, "/") + "/"
	s := &Source{config: config, base: base, server: remote.Server{Name: config.Name, Base: base, Ask: config.Token}, client: &http.Client{}, api: api.NewClient(nil)}
	s.api.BaseURL, s.api.UserAgent = base, "almatriage"
	if config.HTTP != nil {
		s.client.Transport = config.HTTP.Transport
	}
	s.client.CheckRedirect = s.server.CheckRedirect
	return s, nil
}

var repoForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+$`)

// IsRepo tells whether a text can be a repository's name, as OWNER/NAME.
func IsRepo(repo string) bool {
	_, name, _ := strings.Cut(repo, "/")
	return repoForm.MatchString(repo) && name != "." && name != ".."
}

// checkRepos wants owner/name, each once; GitHub does not tell capitals apart.
func checkRepos(repos []string) error {
	if len(repos) == 0 {
		return fmt.Errorf("there are no repos; name one like AlmaLinux/container-images")
	}
	seen := map[string]bool{}
	for _, repo := range repos {
		if !IsRepo(repo) {
			return fmt.Errorf("%q is no repository; write OWNER/NAME, as in AlmaLinux/container-images", repo)
		}
		if key := strings.ToLower(repo); seen[key] {
			return fmt.Errorf("the repository %s is named twice; remove one", repo)
		} else {
			seen[key] = true
		}
	}
	return nil
}

func (c *Config) defaults() {
	if c.URL == "" {
		c.URL = DefaultURL
	}
	if c.PageSize <= 0 || c.PageSize > pageMax {
		c.PageSize = pageMax
	}
	if c.Overlap <= 0 {
		c.Overlap = 5 * time.Minute
	}
	if c.Timeout <= 0 {
		c.Timeout = time.Minute
	}
	if c.BodyMax <= 0 {
		c.BodyMax = remote.BodyMax
	}
	if c.Retries == 0 {
		c.Retries = 3
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = tracker.Sleep
	}
}

// Name is the tracker's configured name.
func (s *Source) Name() string { return s.config.Name }

// Feeds are the configured repositories; it does no IO.
func (s *Source) Feeds(context.Context) ([]string, error) {
	return slices.Clone(s.config.Repos), nil
}
