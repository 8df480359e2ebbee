package github

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/almatriage/almatriage/tracker"
)

// tokenAdvice is the next step when it is about who we are.
func (s *Source) tokenAdvice() string {
	return "make a token on GitHub's page Settings, Developer settings, and set " + s.tokenVariable()
}

// tokenVariable is where a token is looked for: a server of one's own is not
// sent what is meant for GitHub.
func (s *Source) tokenVariable() string {
	if s.base.String() == DefaultURL || s.base.String() == DefaultURL+"/" {
		return "GH_TOKEN"
	}
	return tracker.TokenVariable(s.config.Name)
}

// moreWithToken is said to those whom the low limit has stopped.
func (s *Source) moreWithToken() string {
	if s.server.HasToken() {
		return ""
	}
	return ", or set " + s.tokenVariable() + ": with a token one may ask far more often"
}

// problem makes an error of this tracker.
func (s *Source) problem(code tracker.Code, format string, args ...any) *tracker.Error {
	return s.server.Problem(code, format, args...)
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
	return s.server.Clean(fmt.Sprintf("%d %s", a.status, reason)).Truncate(most, "…").String()
}
