package github

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	api "github.com/google/go-github/v62/github"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/remote/remotetest"
	"github.com/almatriage/almatriage/tracker/safe"
)

func TestParseLink(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		want   string
	}{
		{"none", nil, ""},
		{"numbered", []string{`<https://a/i?page=1>; rel="prev", <https://a/i?page=3>; rel="next", <https://a/i?page=5>; rel="last"`}, "https://a/i?page=3"},
		{"cursor only", []string{`<https://a/i?after=Y3Vyc29y==&per_page=100>; rel="next"`}, "https://a/i?after=Y3Vyc29y==&per_page=100"},
		{"comma and semicolon in the address", []string{`<https://a/i?after=a,b;c>; rel="next"`}, "https://a/i?after=a,b;c"},
		{"two headers", []string{`<https://a/1>; rel="first"`, `<https://a/2>; rel="next"`}, "https://a/2"},
		{"no quotes and capitals", []string{`<https://a/2>;REL=Next`}, "https://a/2"},
		{"two relations", []string{`<https://a/2>; title="x"; rel="last next"`}, "https://a/2"},
		{"the last page", []string{`<https://a/1>; rel="prev", <https://a/1>; rel="first"`}, ""},
		{"not closed", []string{`<https://a/2; rel="next"`}, ""},
		{"nothing in it", []string{"<>", ",;", "<"}, ""},
	} {
		if got := parseLink(http.Header{"Link": c.values}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	f.Add(`<https://a/i?page=1>; rel="prev", <https://a/i?after=x,y>; rel="next"`)
	f.Add(`<<>>;rel=next,<`)
	s, err := New(Config{Name: "g", Repos: []string{"a/b"}})
	if err != nil {
		f.Fatal(err)
	}
	asked := s.base.JoinPath("repos/a/b/issues")
	f.Fuzz(func(t *testing.T, value string) {
		next, problem := s.nextLink(&answer{asked: asked, header: http.Header{"Link": {value}}})
		if next != nil && (problem != nil || next.Host != "api.github.com" || next.Scheme != "https" || next.User != nil) {
			t.Errorf("%q leads to %s", value, next)
		}
	})
}

func FuzzDecodeIssues(f *testing.F) {
	f.Add([]byte(`[{"number":1,"title":"x","user":null,"labels":[null],"created_at":"2026-03-01T00:00:00Z","updated_at":1772323200}]`))
	f.Add([]byte(`[null]`))
	f.Add([]byte(`[{"number":1,"updated_at":`))
	w := &walk{Source: &Source{}, feed: "a/b", passed: map[int64]time.Time{}, pulls: map[int64]bool{}}
	f.Fuzz(func(t *testing.T, body []byte) {
		issues, err := decodeIssues(body)
		if err != nil {
			return
		}
		for _, i := range issues {
			r := w.report(i)
			if r.ID.Number < 1 || r.Reporter == "" || r.Updated.IsZero() || r.Created.IsZero() {
				t.Errorf("%q gives %+v", body, r)
			}
			if _, err := r.Updated.MarshalJSON(); err != nil {
				t.Error(err)
			}
		}
	})
}

func FuzzDecodeComments(f *testing.F) {
	f.Add([]byte(`[{"id":6,"issue_url":"https://x/repos/a/b/issues/1","html_url":"::","created_at":"2026-03-01T00:00:00Z","updated_at":"2026-03-01T00:00:00Z"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := decodeComments(body)
		if err != nil {
			return
		}
		for _, c := range list {
			if number, ok := reportOf(c); !ok || number < 1 {
				t.Errorf("%q is on %d", body, number)
			}
			onPull(c)
		}
	})
}

func FuzzParseState(f *testing.F) {
	f.Add(`{"private":true,"whole":true,"comments":"2026-03-01T00:00:00Z"}`)
	f.Add(`{"comments":"9999-12-31T23:59:59-23:59"}`)
	f.Fuzz(func(t *testing.T, text string) {
		s := parseState(text)
		extra, err := s.extra()
		if err != nil {
			t.Fatal(err)
		}
		if again := parseState(extra); !again.Comments.Equal(s.Comments) || again.Private != s.Private || again.Whole != s.Whole {
			t.Errorf("%+v became %+v", s, again)
		}
	})
}

// FuzzLimit: no answer makes us wait for longer than a limit can last, or for
// less than nothing; only one that refuses is a limit; and of each that is no
// data there is one clean line.
func FuzzLimit(f *testing.F) {
	f.Add(403, "0", "1772323200", "", []byte(`{"message":"API rate limit exceeded"}`))
	f.Add(429, "", "", "99999999999999999999", []byte(nil))
	f.Add(403, "1", "-9223372036854775808", "Fri, 31 Dec 9999 23:59:59 GMT", []byte(`{"documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`))
	f.Add(404, "0", "9223372036854775807", "-1", []byte("\x1b[2J\u202e"))
	f.Add(503, "x", "", "120", []byte(`{"message":{}}`))
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	s, err := New(Config{Name: "github", Repos: []string{"a/b"}, Now: func() time.Time { return now }})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, remaining, reset, after string, body []byte) {
		status = 200 + int(uint(status)%400)
		header := http.Header{"X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset}, "Retry-After": {after}}
		a := &answer{asked: s.base.JoinPath("repos/a/b/issues"), status: status, header: header, body: body}
		_, wait, problem := s.refused(a)
		if wait < 0 || wait > limitMax || problem.Message == "" || safe.Line(problem.Message).String() != problem.Message {
			t.Fatalf("%d, %v: wait %v, %q", status, header, wait, problem.Message)
		}
		limited := problem.Code == tracker.CodeRateLimited
		if limited && (status != http.StatusForbidden && status != http.StatusTooManyRequests || !problem.Until.Equal(now.Add(wait))) || !limited && !problem.Until.IsZero() {
			t.Fatalf("%d, %v: %+v", status, header, problem)
		}
	})
}

// FuzzDecodeOne: an answer that is one thing is that thing, which can be asked
// for all that the program wants to know of it, or an error that says why not.
func FuzzDecodeOne(f *testing.F) {
	f.Add([]byte(`{"login":"jane","number":12,"id":7,"body":"x","user":{"login":null},"pull_request":{},"html_url":"::"}`))
	f.Add([]byte(`{"number":1e400}`))
	f.Add([]byte(`{"user":[],"created_at":"yesterday"}`))
	f.Add([]byte(`null`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, body []byte) {
		user, err := decodeOne[api.User](body)
		decided(t, body, user == nil, err)
		issue, err := decodeOne[api.Issue](body)
		decided(t, body, issue == nil, err)
		comment, err := decodeOne[api.IssueComment](body)
		decided(t, body, comment == nil, err)
		if comment != nil {
			if login(comment.User) == "" {
				t.Errorf("%q is by nobody", body)
			}
			if number, on := reportOf(comment); on && number < 1 {
				t.Errorf("%q is on %d", body, number)
			}
		}
	})
}

func decided(t *testing.T, body []byte, none bool, err error) {
	t.Helper()
	if none != (err != nil) || err != nil && strings.TrimSpace(err.Error()) == "" {
		t.Errorf("%q: none is %v, error %v", body, none, err)
	}
}

// FuzzPost: whatever the server answers to who we are, to the issue, to its
// comments and to ours, that is sent once at most; it edits only what bears our
// name and a marker; a private one goes to no repository that is not said to be
// private; it is said to be there only if the server showed it with its marker;
// and what went wrong is one clean line that does not hold the token.
func FuzzPost(f *testing.F) {
	const secret = "ghp_inventedTokenOfTheTests"
	wanted := tracker.Note{Report: tracker.ID{Space: "a/b", Number: 12}, Text: "Seen on both sides."}
	me, marker := []byte(`{"login":"Jane"}`), wanted.Marker()
	comment := func(by, last string) string {
		return `{"id":47,"user":{"login":"` + by + `"},"body":"Seen.\n\n<!-- ` + last + ` -->","html_url":"https://github.com/a/b/issues/12#1","issue_url":"https://x/repos/a/b/issues/12",` +
			`"created_at":"2026-03-01T00:00:00Z","updated_at":"2026-03-01T00:00:00Z"}`
	}
	issue := []byte(`{"number":12,"state":"open","html_url":"https://github.com/a/b/issues/12"}`)
	f.Add(me, issue, []byte(`[]`), []byte(comment("jane", marker)), []byte(`{"private":true}`), 201, true)
	f.Add(me, issue, []byte(`[]`), []byte(comment("jane", marker)), []byte(`{"private":false}`), 201, true)
	f.Add(me, issue, []byte(`[`+comment("eve", marker)+`,`+comment("JANE", "almatriage:0123456789abcdef")+`]`), []byte(comment("eve", marker)), []byte(`null`), 200, false)
	f.Add(me, issue, []byte(`[`+comment("jane", marker)+`]`), []byte(nil), []byte(nil), 500, false)
	f.Add(me, issue, []byte(`[]`), []byte(`{"message":"`+secret+` rate limit \u001b[31m\u202e"}`), []byte(`[]`), 403, false)
	f.Add([]byte(`{"login":"`+secret+`\n"}`), []byte(`{"number":12,"state":"closed"}`), []byte(`[null]`), []byte(`{"id":-1}`), []byte(`{}`), 201, false)
	f.Add([]byte(`null`), []byte(`{"number":13,"html_url":"`+secret+`"}`), []byte(`{}`), []byte(``), []byte(``), 302, false)
	f.Add(me, []byte(`{"number":12,"pull_request":{}}`), []byte(`[]`), []byte(``), []byte(``), 429, false)
	f.Fuzz(func(t *testing.T, me, issue, comments, answer, repository []byte, status int, private bool) {
		status = 200 + int(uint(status)%400)
		var method string
		writes := 0
		server := remotetest.Answering(func(r *http.Request) *http.Response {
			body, code := repository, http.StatusOK
			switch {
			case r.Method != http.MethodGet:
				writes++
				method, body, code = r.Method, answer, status
			case r.URL.Path == "/user":
				body = me
			case r.URL.Path == "/repos/a/b/issues/12/comments":
				body = comments
			case r.URL.Path == "/repos/a/b/issues/12":
				body = issue
			case r.URL.Path != "/repos/a/b":
				t.Errorf("asked for %s", r.URL)
			}
			return &http.Response{StatusCode: code, Request: r, Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{"Content-Type": {"application/json"}}}
		})
		s, err := New(Config{Name: "github", Repos: []string{"a/b"}, HTTP: &http.Client{Transport: server},
			Token: func(context.Context) (string, error) { return secret, nil }, Sleep: func(context.Context, time.Duration) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		wanted := wanted
		wanted.Private = private
		posted, err := s.Post(t.Context(), wanted)
		earlier := strings.Contains(remotetest.Texts(comments), "almatriage:")
		if writes > 1 || method == http.MethodPatch && !earlier {
			t.Fatalf("%q: sent %d times, with %s", comments, writes, method)
		}
		if told, err := decodeOne[api.Repository](repository); private && writes > 0 && (err != nil || !told.GetPrivate()) {
			t.Fatalf("%q: a private comment is sent there", repository)
		}
		if err != nil {
			var e *tracker.Error
			if !errors.As(err, &e) || e.Message == "" || safe.Line(e.Message).String() != e.Message || strings.Contains(e.Message, secret) || posted != (tracker.Posted{}) {
				t.Fatalf("%+v, %q", posted, err)
			}
			if writes == 0 && !strings.HasPrefix(e.Message, "nothing was posted to a/b#12: ") {
				t.Fatalf("nothing was sent: %q", e.Message)
			}
			return
		}
		there := strings.Contains(remotetest.Texts(comments), marker)
		switch posted.State {
		case tracker.PostUnchanged:
			if writes != 0 || !there {
				t.Fatalf("%+v, but it is not in %q", posted, comments)
			}
		case tracker.PostAdded, tracker.PostEdited:
			if writes != 1 || !there && !strings.Contains(remotetest.Texts(answer), marker) || (posted.State == tracker.PostEdited) != (method == http.MethodPatch) {
				t.Fatalf("%+v, but %s is not in %q, answered with %d %q", posted, method, comments, status, answer)
			}
		default:
			t.Fatalf("%+v", posted)
		}
		if posted.By == "" || strings.Contains(posted.By+posted.URL, secret) {
			t.Fatalf("%+v", posted)
		}
	})
}
