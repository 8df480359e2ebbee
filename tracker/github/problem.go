package github

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// tokenAdvice is the next step when it is about who we are.
const tokenAdvice = "make a token on GitHub's page Settings, Developer settings, and set GH_TOKEN"

// moreWithToken is said to those whom the low limit has stopped.
func (s *Source) moreWithToken() string {
	if s.hasToken() {
		return ""
	}
	return ", or set GH_TOKEN: with a token one may ask far more often"
}

// problem makes the error of this tracker. The token never gets into it, even
// if the server says it back.
func (s *Source) problem(code tracker.Code, format string, args ...any) *tracker.Error {
	message := safe.Line(s.masked(fmt.Sprintf(format, args...))).String()
	return &tracker.Error{Code: code, Tracker: s.config.Name, Message: s.masked(message)}
}

// masked takes the token out. It is done before a text is cut, which would
// leave a part of it, and after it was cleaned, which may put it together.
func (s *Source) masked(text string) string {
	if !s.hasToken() {
		return text
	}
	return strings.ReplaceAll(text, *s.token, "(token)")
}

// because adds a cause, for errors.Is; it is not part of the sentence.
func because(e *tracker.Error, cause error) *tracker.Error {
	e.Err = cause
	return e
}

// said is what the server gave as its reason.
func (s *Source) said(a *answer) string {
	const most = 200 // cells
	reason := http.StatusText(a.status)
	var body struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(a.body, &body) == nil && body.Message != "" {
		reason = body.Message
	}
	clean := safe.Line(s.masked(fmt.Sprintf("%d %s", a.status, reason)))
	return safe.Line(s.masked(clean.String())).Truncate(most, "…").String()
}
