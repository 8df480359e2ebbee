// Package mantis reads the reports of a MantisBT server over its REST
// interface, as tracker.Source, and posts notes to them, as tracker.Poster. It
// was made for 2.25.8 to 2.28.4; what those
// servers really answer is recorded in replay/testdata, with a README that
// lists the traps.
//
// It imports tracker and tracker/safe, and no other adapter, nothing of
// reproduce, store, tui or cmd.
package mantis

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/remote"
)

// Config is what a Source needs to know. Name and URL must be set.
type Config struct {
	Name string // the tracker's configured name
	URL  string // where the tracker's pages are, e.g. https://bugs.almalinux.org
	// Projects are the names of the projects to read; none: all that can be seen.
	Projects []string
	// Token brings the API token when one is first needed; nil or an empty
	// token: anonymous. What it returns as an error must not hold the token.
	Token func(context.Context) (string, error)
	// HTTP is used with its transport and no more: cookies, redirects and
	// deadlines are this package's. Nil: http.DefaultTransport.
	HTTP *http.Client

	PageSize int           // reports a request, about; 0: 50
	Overlap  time.Duration // how far behind the mark a walk still reads; 0: 10 min
	Timeout  time.Duration // of one request with its answer; 0: 1 min
	BodyMax  int64         // bytes of one answer, unpacked; 0: remote.BodyMax
	Retries  int           // after a request that failed for now; 0: 3, negative: none
	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error // between retries
}

// Source is one Mantis server. It is safe for one goroutine at a time.
type Source struct {
	config   Config
	base     *url.URL
	client   *http.Client
	server   remote.Server
	projects []project // as last seen; nil: not asked for yet
	buf      bytes.Buffer
}

var _ tracker.Source = (*Source)(nil)

// New checks the configuration; it does no IO.
func New(config Config) (*Source, error) {
	base, err := url.Parse(config.URL)
	switch {
	case config.Name == "":
		return nil, fmt.Errorf("a mantis tracker needs a name")
	case err != nil, base.Scheme != "http" && base.Scheme != "https", base.Hostname() == "":
		return nil, fmt.Errorf("tracker %s: the url must be like https://bugs.almalinux.org", config.Name)
	case base.User != nil:
		return nil, fmt.Errorf("tracker %s: the url holds a user name or password; remove it and set a token instead", config.Name)
	case base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("tracker %s: the url must end with the path, without ? and #", config.Name)
	}
	config.defaults()
	base.Path = strings.TrimRight(base.Path, "/") + "/"
	s := &Source{config: config, base: base, server: remote.Server{Name: config.Name, Base: base, Ask: config.Token}, client: &http.Client{}}
	if config.HTTP != nil {
		s.client.Transport = config.HTTP.Transport
	}
	s.client.CheckRedirect = s.server.CheckRedirect
	return s, nil
}

func (c *Config) defaults() {
	if c.PageSize <= 0 {
		c.PageSize = 50
	}
	if c.Overlap <= 0 {
		c.Overlap = 10 * time.Minute
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

// Feeds are the configured projects, by name; if there are none, those that
// the server shows.
func (s *Source) Feeds(ctx context.Context) ([]string, error) {
	if len(s.config.Projects) > 0 {
		return slices.Clone(s.config.Projects), nil
	}
	if err := s.loadProjects(ctx); err != nil {
		return nil, err
	}
	var feeds []string
	for _, p := range s.projects {
		if p.readable() {
			feeds = append(feeds, p.Name)
		}
	}
	if len(feeds) == 0 {
		return nil, s.problem(tracker.CodeNotFound, "no project can be seen; %s", s.tokenAdvice())
	}
	return feeds, nil
}
