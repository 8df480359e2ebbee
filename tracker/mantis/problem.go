package mantis

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// problem makes an error of this tracker.
func (s *Source) problem(code tracker.Code, format string, args ...any) *tracker.Error {
	return s.server.Problem(code, format, args...)
}

// statusError is the status of an answer that is no data.
type statusError int

// Error names the status.
func (e statusError) Error() string { return fmt.Sprintf("status %d", int(e)) }

// refusal turns an answer's status into an error.
func (s *Source) refusal(a *answer, until time.Time) *tracker.Error {
	said, later := s.said(a), "later"
	if !until.IsZero() {
		later = "after " + until.Format(time.RFC3339)
	}
	switch a.status {
	case http.StatusUnauthorized:
		if !s.server.HasToken() {
			return s.problem(tracker.CodeAuth, "the server wants a token (%s); %s", said, s.tokenAdvice())
		}
		return s.problem(tracker.CodeAuth, "the server does not accept the token (%s); %s", said, s.tokenAdvice())
	case http.StatusForbidden:
		return s.problem(tracker.CodeAuth, "the server refuses access (%s); %s", said, s.tokenAdvice())
	case http.StatusNotFound:
		return s.problem(tracker.CodeNotFound, "the server does not find %s (%s); check the tracker's url and projects", a.path, said)
	case http.StatusProxyAuthRequired:
		return s.server.ProxyRefused()
	case http.StatusTooManyRequests:
		return s.problem(tracker.CodeRateLimited, "the server was asked too often (%s); try again %s", said, later)
	}
	if a.status >= 500 {
		return s.problem(tracker.CodeUnavailable, "the server does not work at the moment (%s); try again %s", said, later)
	}
	return s.problem(tracker.CodeBadAnswer, "the server answers %s with %s; check that the url is that of a MantisBT", a.path, said)
}

// tokenAdvice is the next step when it is about who we are.
func (s *Source) tokenAdvice() string {
	if s.server.HasToken() {
		return "make a new token on the tracker's page My Account, API Tokens, and save it"
	}
	return "make a token on the tracker's page My Account, API Tokens, and set " + tracker.TokenVariable(s.config.Name)
}

// said is what the server gave as its reason: in the body or, with an empty
// body, in the status line, where HTTP/2 has no place for it.
func (s *Source) said(a *answer) string {
	const most = 200 // cells
	reason := strings.TrimSpace(a.reason)
	var body struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(a.body, &body) == nil && body.Message != "" {
		reason = fmt.Sprintf("%d %s", a.status, body.Message)
	}
	if reason == "" {
		reason = fmt.Sprintf("%d %s", a.status, http.StatusText(a.status))
	}
	return s.server.Clean(reason).Truncate(most, "…").String()
}
