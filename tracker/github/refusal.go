package github

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	api "github.com/google/go-github/v62/github"

	"github.com/almatriage/almatriage/tracker"
)

// limitMax is how far ahead the end of a limit can be: the main one is by the
// hour. What is farther (a clock that is wrong, milliseconds) is not believed.
const limitMax = 24 * time.Hour

// refused turns an answer that is no data into an error; wait is how long the
// server wants to be left alone.
func (s *Source) refused(a *answer) (*answer, time.Duration, *tracker.Error) {
	said := s.said(a)
	if wait, ok := s.limit(a, said); ok {
		until := s.config.Now().Add(wait).UTC()
		e := s.problem(tracker.CodeRateLimited, "the server was asked too often (%s); try again after %s%s", said, until.Format(time.RFC3339), s.moreWithToken())
		e.Until = until
		return nil, wait, e
	}
	what := a.asked.Path
	switch a.status {
	case http.StatusUnauthorized:
		if !s.server.HasToken() {
			return nil, 0, s.problem(tracker.CodeAuth, "the server wants a token (%s); %s", said, s.tokenAdvice())
		}
		return nil, 0, s.problem(tracker.CodeAuth, "the server does not accept the token (%s); it is wrong, has run out or was revoked; %s", said, s.tokenAdvice())
	case http.StatusForbidden:
		if s.server.HasToken() {
			return nil, 0, s.problem(tracker.CodeAuth, "the token may not read %s (%s); allow it to, or %s", what, said, s.tokenAdvice())
		}
		return nil, 0, s.problem(tracker.CodeAuth, "the server refuses access to %s (%s); %s", what, said, s.tokenAdvice())
	case http.StatusProxyAuthRequired:
		return nil, 0, s.server.ProxyRefused()
	case http.StatusNotFound, http.StatusUnavailableForLegalReasons:
		return nil, 0, s.problem(tracker.CodeNotFound, "the server has no %s that we may see (%s); check the tracker's repos, and the token if the repository is private", what, said)
	case http.StatusGone:
		return nil, 0, s.problem(tracker.CodeNotFound, "%s is gone or its issues are switched off (%s); remove the repository from the tracker's repos", what, said)
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return nil, 0, s.problem(tracker.CodeNotFound, "%s has moved and the server does not say where (%s); correct the tracker's repos", what, said)
	}
	if a.status >= 500 {
		wait, _ := s.retryAfter(a)
		return nil, wait, s.problem(tracker.CodeUnavailable, "the server does not work at the moment (%s); try again later", said)
	}
	return nil, 0, s.problem(tracker.CodeBadAnswer, "the server answers %s with %s; check that the url is that of GitHub's REST interface", what, said)
}

// limit tells a limit, which passes, from a ban, which stays: both can be 403.
func (s *Source) limit(a *answer, said string) (time.Duration, bool) {
	if a.status != http.StatusForbidden && a.status != http.StatusTooManyRequests {
		return 0, false
	}
	main := a.header.Get("X-RateLimit-Remaining") == "0"
	wait, told := s.retryAfter(a)
	switch {
	case told:
		return wait, true
	case main:
		return s.reset(a), true
	case a.status == http.StatusTooManyRequests, a.abuse(), strings.Contains(strings.ToLower(said), "rate limit"):
		return time.Minute, true // what GitHub asks for where it names no time
	}
	return 0, false
}

// abuse asks go-github, which knows the addresses that name a secondary limit.
func (a *answer) abuse() bool {
	err := api.CheckResponse(&http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body))})
	var limit *api.AbuseRateLimitError
	return errors.As(err, &limit)
}

// retryAfter reads seconds or a date.
func (s *Source) retryAfter(a *answer) (time.Duration, bool) {
	value := a.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return min(time.Duration(min(seconds, 1<<30))*time.Second, limitMax), true
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(s.config.Now()), 0), limitMax), true
	}
	return 0, false
}

// reset is how long the main limit lasts. Without a time, or with one that
// cannot be, it is taken for the hour that it lasts at most.
func (s *Source) reset(a *answer) time.Duration {
	seconds, err := strconv.ParseInt(a.header.Get("X-RateLimit-Reset"), 10, 64)
	if wait := time.Unix(seconds, 0).Sub(s.config.Now()); err == nil && wait <= limitMax {
		return max(wait, 0)
	}
	return time.Hour
}
