// Package replay is a MantisBT for tests: it answers as real servers did when
// they were recorded (testdata, whose README lists what was found), and makes
// up the rest from the same reports: lists of any page size, of one project, in
// the recorded order, with ETags. Notes that are posted are kept and shown from
// then on. Synthetic serves any number of invented
// reports in the same shapes.
//
// It is for tests only, of this package's parent and of others; it imports
// nothing of this program.
package replay

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The users that have a token. What they may see differs: a viewer sees public
// reports, the reporter his own private one (25) too, the developer all of them
// and private notes.
const (
	Viewer    = "triage-bot"
	Reporter  = "jkowalski"
	Developer = "releng"
)

// anonymous is the account that Mantis uses for those without a token.
const anonymous = "anonymous"

// Token is a user's API token.
func Token(user string) string { return "replay-token-of-" + user }

// Options choose what kind of server it is.
type Options struct {
	Version   string // 2.28.4, or 2.25.8; empty: 2.28.4
	Anonymous bool   // those without a token are let in
	// FlipTies turns reports with equal dates around with every request, as
	// the recorded server did when it liked to.
	FlipTies bool
}

// Server is an http.Handler; it is safe for several goroutines.
type Server struct {
	options  Options
	recorded []recording

	mu       sync.Mutex
	entries  []entry
	sorted   bool
	served   map[string]int // how often a repeated recording was given
	revoked  map[string]bool
	forced   string
	before   func(n int, r *http.Request)
	requests []string
	notes    []Note // that were added
	lastNote int64

	trouble    Trouble
	retryAfter string
}

// New is a server with the recorded reports.
func New(options Options) *Server {
	if options.Version == "" {
		options.Version = "2.28.4"
	}
	return &Server{
		options:  options,
		recorded: recordings(options),
		entries:  recordedEntries(),
		served:   map[string]int{},
		revoked:  map[string]bool{},
		lastNote: lastRecorded,
	}
}

// Start serves on a free port of the loopback interface and returns the
// address, http://127.0.0.1:PORT, and what ends it.
func (s *Server) Start() (address string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen on loopback: %w", err)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(listener) //nolint:errcheck // always an error: that it was closed
	}()
	return "http://" + listener.Addr().String(), func() { server.Close(); <-done }, nil
}

// Requests are the requests so far, as "GET /path?query".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// Forget empties the list of requests.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Before sets what is called before request n (from 1) is answered; it may
// change the reports, as somebody else does while one reads.
func (s *Server) Before(call func(n int, r *http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = call
}

// Force answers every request with one recording, e.g. service-offline-503,
// until it is called with an empty name.
func (s *Server) Force(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forced = name
}

// Revoke makes a user's token unknown to the server.
func (s *Server) Revoke(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[user] = true
}

// ServeHTTP answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	before, n := s.note(r)
	if before != nil {
		before(n, r)
	}
	s.mu.Lock()
	a := s.answer(r, string(body))
	s.mu.Unlock()
	a.write(w, r)
}

func (s *Server) note(r *http.Request) (func(int, *http.Request), int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
	return s.before, len(s.requests)
}

// login is who asks: a user, "none", or one of the recordings' words.
type login struct{ user, token string }

const (
	noToken     = "none"
	wrongToken  = "token not known to the server"
	bearerToken = "a valid token behind 'Bearer '"
)

func (s *Server) login(r *http.Request) login {
	token := r.Header.Get("Authorization")
	if token == "" {
		return login{anonymous, noToken}
	}
	for _, user := range []string{Viewer, Reporter, Developer} {
		switch {
		case s.revoked[user]:
		case token == Token(user):
			return login{user, user}
		case strings.HasPrefix(token, "Bearer ") && strings.HasSuffix(token, Token(user)):
			return login{anonymous, bearerToken}
		}
	}
	return login{anonymous, wrongToken}
}

// answer finds what to say: what was recorded for just this request, what the
// recorded reports give, or that there is no such thing.
func (s *Server) answer(r *http.Request, body string) *recording {
	if s.forced != "" {
		return named(s.forced)
	}
	who := s.login(r)
	if a := s.turnedAway(who); a != nil {
		return a
	}
	if a := s.exact(r, body, who); a != nil {
		if a.code == http.StatusCreated {
			s.keepRecorded(r, body, who)
		}
		return a
	}
	return s.made(r, body, who)
}

// turnedAway answers those whom the server does not let in.
func (s *Server) turnedAway(who login) *recording {
	old := s.options.Version == "2.25.8"
	switch {
	case who.user != anonymous:
		return nil
	case who.token != noToken && old:
		return named("v2258-auth-wrong-token-403")
	case s.options.Anonymous:
		return nil
	case who.token == noToken && old:
		return named("v2258-auth-none-401")
	case who.token == noToken:
		return named("auth-none-401")
	case who.token == bearerToken:
		return named("auth-bearer-prefix-401")
	}
	return named("auth-wrong-token-401")
}
