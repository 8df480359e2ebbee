package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tracker"
)

func server(t *testing.T, token string) *Server {
	t.Helper()
	base, err := url.Parse("https://bugs.example.org/mantis/")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Name: "bugs", Base: base, Ask: func(context.Context) (string, error) { return token, nil }}
	if err := s.LoadToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTokenNeverInASentence: not as it is, not cut, and not put together by
// cleaning what a server says back.
func TestTokenNeverInASentence(t *testing.T) {
	const token = "s3cr3t-t0k3n"
	s := server(t, token+"\n")
	for _, said := range []string{token, "a " + token + " b", "s3cr3t\u200b-t0k3n", "s3cr3t\x1b[0m-t0k3n", "s3cr3t-\u202et0k3n",
		strings.Repeat("x", 4090) + token} {
		if got := s.Problem(tracker.CodeBadAnswer, "the server says %s", said).Error(); strings.Contains(got, token) || strings.Contains(got, token[:8]) {
			t.Errorf("%q is said as %q", said, got)
		}
	}
}

func TestTokenThatIsNone(t *testing.T) {
	for _, token := range []string{"two words", "line\nfeed", "ümlaut", "\x00"} {
		s := &Server{Name: "bugs", Ask: func(context.Context) (string, error) { return token, nil }}
		if err := s.LoadToken(t.Context()); tracker.CodeOf(err) != tracker.CodeAuth || strings.Contains(err.Error(), token) {
			t.Errorf("%q: %v", token, err)
		}
	}
	gone := errors.New("no such file")
	s := &Server{Name: "bugs", Ask: func(context.Context) (string, error) { return "", gone }}
	if err := s.LoadToken(t.Context()); tracker.CodeOf(err) != tracker.CodeAuth || !errors.Is(err, gone) {
		t.Error(err)
	}
	if s := server(t, " "); s.HasToken() || s.Token() != "" {
		t.Error("a blank is no token")
	}
}

func TestRedirectsStayAtHome(t *testing.T) {
	s := server(t, "")
	for address, ok := range map[string]bool{
		"https://bugs.example.org/elsewhere": true, "https://BUGS.example.org/": true, "http://bugs.example.org/": false,
		"https://bugs.example.org:8443/": false, "https://user@bugs.example.org/": false, "https://evil.example/": false,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		var redirect *RedirectError
		if err := s.CheckRedirect(req, nil); (err == nil) != ok || err != nil && !errors.As(err, &redirect) {
			t.Errorf("%s: %v", address, err)
		}
		if err := s.CheckRedirect(req, make([]*http.Request, mostRedirects+1)); err == nil {
			t.Errorf("%s: sent on for ever", address)
		}
	}
}

// TestWritingIsNotSentOn: not even to another address of the same server.
func TestWritingIsNotSentOn(t *testing.T) {
	const token = "s3cr3t-t0k3n"
	s := server(t, token)
	for method, ok := range map[string]bool{http.MethodGet: true, http.MethodPost: false, http.MethodPatch: false, http.MethodDelete: false} {
		first, err := http.NewRequestWithContext(t.Context(), method, "https://bugs.example.org/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		// By now it is a GET, for that is what 301, 302 and 303 make of it.
		next, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://bugs.example.org/b/"+token+"?q="+token, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = s.CheckRedirect(next, []*http.Request{first})
		if (err == nil) != ok || err != nil && err.Error() != "redirects to https://bugs.example.org/b/(token)" {
			t.Errorf("%s: %v", method, err)
		}
	}
}
