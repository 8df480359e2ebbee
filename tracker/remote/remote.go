// Package remote is what the adapters have in common: a server that is asked
// with a token, which goes to that server alone and into no sentence. It
// imports tracker and tracker/safe, and no adapter.
package remote

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// mostRedirects is how often a request may be sent on.
const mostRedirects = 5

// Server is a tracker's server. It is safe for one goroutine at a time.
type Server struct {
	Name string // the tracker's configured name
	Base *url.URL
	// Ask brings the token; nil: anonymous.
	Ask func(context.Context) (string, error)

	token *string  // nil: not asked for yet
	forms []string // of the token, see there
}

// HasToken tells whether there is a token, once LoadToken was called.
func (s *Server) HasToken() bool { return s.token != nil && *s.token != "" }

// Token is the token, "" if there is none.
func (s *Server) Token() string {
	if s.token == nil {
		return ""
	}
	return *s.token
}

// ForgetToken has the token asked for again: another one may have been saved.
// What it was is still kept out of all sentences.
func (s *Server) ForgetToken() { s.token = nil }

// LoadToken asks for the token once. It is sent in a header, so it must be fit
// for one.
func (s *Server) LoadToken(ctx context.Context) error {
	if s.token != nil {
		return nil
	}
	var token string
	if s.Ask != nil {
		got, err := s.Ask(ctx)
		if err != nil {
			return Because(s.Problem(tracker.CodeAuth, "cannot get the token: %v", err), err)
		}
		token = strings.TrimSpace(got)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return s.Problem(tracker.CodeAuth, "the token has blanks or other characters that no token has; save it again")
	}
	s.token, s.forms = &token, nil
	if token != "" {
		s.forms = forms(token)
	}
	return nil
}

// Clean makes one clean line of a text without the token, even if a server
// says it back. It is taken out before the text is cut, which would leave a
// part of it, and after it was cleaned, which may put it together.
func (s *Server) Clean(text string) safe.Text {
	return safe.Line(s.masked(safe.Line(s.masked(text)).String()))
}

// Problem makes an error of this tracker.
func (s *Server) Problem(code tracker.Code, format string, args ...any) *tracker.Error {
	return &tracker.Error{Code: code, Tracker: s.Name, Message: s.Clean(fmt.Sprintf(format, args...)).String()}
}

// Interrupted is the error of a sync that was cancelled.
func (s *Server) Interrupted(err error) *tracker.Error {
	return Because(s.Problem(tracker.CodeUnavailable, "the sync was interrupted; what was read is stored"), err)
}

// Because adds a cause, for errors.Is; it is not part of the sentence.
func Because(e *tracker.Error, cause error) *tracker.Error {
	e.Err = cause
	return e
}

// RedirectError names where a server wanted to send us; it is not followed.
type RedirectError struct{ To string }

// Error says where to.
func (e *RedirectError) Error() string { return "redirects to " + e.To }

// Ours tells whether an address is one of the server.
func (s *Server) Ours(u *url.URL) bool {
	return u.Scheme == s.Base.Scheme && strings.EqualFold(u.Host, s.Base.Host) && u.User == nil
}

// CheckRedirect is for http.Client: redirects are followed on the same host
// only, for the token is not for another one, nor for the same one without
// encryption. What writes is sent nowhere else at all: most redirects would
// make a GET of it, which looks as if it had been written.
func (s *Server) CheckRedirect(req *http.Request, via []*http.Request) error {
	if !s.Ours(req.URL) {
		return &RedirectError{To: req.URL.Scheme + "://" + req.URL.Host}
	}
	if len(via) > mostRedirects {
		return &RedirectError{To: fmt.Sprintf("one address after another, more than %d times", mostRedirects)}
	}
	if len(via) > 0 && via[0].Method != http.MethodGet {
		return &RedirectError{To: s.Clean(req.URL.Scheme + "://" + req.URL.Host + req.URL.EscapedPath()).String()}
	}
	return nil
}
