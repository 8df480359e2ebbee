package github_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/github"
)

// wantProblem checks code and words, and that it is one clean line without the
// token.
func wantProblem(t *testing.T, err error, code tracker.Code, says string) *tracker.Error {
	t.Helper()
	var problem *tracker.Error
	if !errors.As(err, &problem) {
		t.Fatalf("error %v (%T), want one with code %s", err, err, code)
	}
	text := err.Error()
	if problem.Code != code || problem.Tracker != "github" || !strings.Contains(text, says) {
		t.Errorf("error %s: %q, want %s: …%s…", problem.Code, text, code, says)
	}
	if strings.Contains(text, secret[:8]) || strings.ContainsAny(text, "\x1b\n\r\t") {
		t.Errorf("error %q holds the token or controls", text)
	}
	for cause := error(problem); cause != nil; cause = errors.Unwrap(cause) {
		if strings.Contains(cause.Error(), secret) {
			t.Errorf("the cause %q holds the token", cause)
		}
	}
	return problem
}

// always gives one answer.
func always(status int, kind, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, body) //nolint:errcheck // the client tells
	})
}

// refusing counts requests and refuses them all.
type refusing struct {
	status  int
	message string
	header  map[string]string
	asked   int
}

func (r *refusing) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.asked++
	refuse(w, r.status, r.message, r.header)
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name     string
		status   int
		message  string
		token    bool
		code     tracker.Code
		says     string
		requests int
	}{
		{"bad credentials 401", 401, "Bad credentials", true, tracker.CodeAuth, "does not accept the token (401 Bad credentials)", 1},
		{"no credentials 401", 401, "Requires authentication", false, tracker.CodeAuth, "set ALMATRIAGE_GITHUB_TOKEN", 1},
		{"a server that says the token back", 401, "Bad token " + secret + "\x1b[2J\n", true, tracker.CodeAuth, "Bad token (token)", 1},
		{"a server that puts the token where it is cut", 401, strings.Repeat("x", 185) + secret, true, tracker.CodeAuth, "x(token)", 1},
		{"a server that hides the token in controls", 401, "ghp_\x00invented\u200bTokenOfTheTests", true, tracker.CodeAuth, "401 (token)", 1},
		{"forbidden to the token 403", 403, "Resource not accessible by personal access token", true, tracker.CodeAuth, "may not read /repos/Example/mill/issues", 1},
		{"forbidden 403", 403, "Repository access blocked", false, tracker.CodeAuth, "Repository access blocked", 1},
		{"unknown repository 404", 404, "Not Found", false, tracker.CodeNotFound, "has no /repos/Example/mill/issues that we may see", 1},
		{"issues disabled 410", 410, "Issues are disabled for this repo", false, tracker.CodeNotFound, "issues are switched off", 1},
		{"taken down 451", 451, "Repository access blocked", false, tracker.CodeNotFound, "Repository access blocked", 1},
		{"moved without an address 301", 301, "Moved Permanently", false, tracker.CodeNotFound, "does not say where", 1},
		{"validation 422", 422, "Validation Failed", false, tracker.CodeBadAnswer, "422 Validation Failed", 1},
		{"accepted 202", 202, "", false, tracker.CodeBadAnswer, "202 Accepted", 1},
		{"no content 204", 204, "", false, tracker.CodeBadAnswer, "204", 1},
		{"server error 500", 500, "Server Error", false, tracker.CodeUnavailable, "500 Server Error", 4},
		{"bad gateway 502", 502, "", false, tracker.CodeUnavailable, "502 Bad Gateway", 4},
		{"unavailable 503", 503, "No server is currently available", false, tracker.CodeUnavailable, "try again later", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := &refusing{status: c.status, message: c.message}
			before := tracker.Cursor{Mark: at(3), ETag: `"x"`, Extra: ""}
			k := &sink{cursor: before}
			err := k.pull(t, source(t, server, func(config *github.Config) {
				if c.token {
					withToken(config)
				}
			}), false)
			wantProblem(t, err, c.code, c.says)
			if server.asked != c.requests || k.cursor != before || len(k.pages) != 0 {
				t.Errorf("%d requests, want %d; cursor %+v", server.asked, c.requests, k.cursor)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	reset := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	millis := strconv.FormatInt(now.Add(5*time.Minute).UnixMilli(), 10)
	const said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
	for _, c := range []struct {
		name    string
		status  int
		message string
		header  map[string]string
		slept   []time.Duration
		until   time.Duration
	}{
		{"primary 403 with a far reset", 403, "API rate limit exceeded for 192.0.2.1.",
			map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset(40 * time.Minute)}, nil, 40 * time.Minute},
		{"primary 429 with a far reset", 429, "API rate limit exceeded",
			map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset(40 * time.Minute)}, nil, 40 * time.Minute},
		{"primary 403 with a near reset", 403, "API rate limit exceeded",
			map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset(20 * time.Second)}, []time.Duration{20 * time.Second, 40 * time.Second}, 20 * time.Second},
		{"primary 403 without a reset", 403, "API Rate Limit Exceeded for 192.0.2.1",
			map[string]string{"X-RateLimit-Remaining": "0"}, nil, time.Hour},
		{"primary 403 with milliseconds", 403, "API rate limit exceeded",
			map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": millis}, nil, time.Hour},
		{"primary 403 with a reset that has passed", 403, "API rate limit exceeded",
			map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset(-time.Hour)}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, 0},
		{"secondary 403 with Retry-After 60", 403, "You have triggered an abuse detection mechanism.",
			map[string]string{"Retry-After": "60", "X-RateLimit-Remaining": "17"}, []time.Duration{time.Minute}, time.Minute},
		{"secondary 403 by its message alone", 403, said,
			map[string]string{"X-RateLimit-Remaining": "21"}, []time.Duration{time.Minute}, time.Minute},
		{"secondary 403 by its documentation alone", 403, "Please wait.",
			map[string]string{"documentation": "https://docs.example/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}, []time.Duration{time.Minute}, time.Minute},
		{"secondary 403 of old", 403, "Please wait.",
			map[string]string{"documentation": "https://docs.example/v3/#abuse-rate-limits"}, []time.Duration{time.Minute}, time.Minute},
		{"secondary 429 with Retry-After 8", 429, said,
			map[string]string{"Retry-After": "8"}, []time.Duration{8 * time.Second, 16 * time.Second, 32 * time.Second}, 8 * time.Second},
		{"secondary 429 with a date", 429, said,
			map[string]string{"Retry-After": now.Add(2 * time.Minute).Format(http.TimeFormat)}, nil, 2 * time.Minute},
		{"429 and no more", 429, "", nil, []time.Duration{time.Minute}, time.Minute},
		{"Retry-After without end", 429, "", map[string]string{"Retry-After": "99999999999"}, nil, 24 * time.Hour},
		{"Retry-After of a year", 429, "", map[string]string{"Retry-After": "31536000"}, nil, 24 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			slept := &waits{}
			k := &sink{}
			err := k.pull(t, source(t, &refusing{status: c.status, message: c.message, header: c.header}, func(config *github.Config) {
				config.Sleep = slept.sleep
			}), false)
			problem := wantProblem(t, err, tracker.CodeRateLimited, "set ALMATRIAGE_GITHUB_TOKEN: with a token one may ask far more often")
			if !problem.Until.Equal(now.Add(c.until)) {
				t.Errorf("until %v, want %v", problem.Until, now.Add(c.until))
			}
			same(t, "waits", slept.slept, c.slept)
		})
	}
}

func TestShortLimitIsSatOut(t *testing.T) {
	f, k, slept := mill(3), &sink{}, &waits{}
	f.before = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		return n == 2 && refuse(w, http.StatusForbidden, "secondary rate limit", map[string]string{"Retry-After": "30"})
	}
	k.sync(t, source(t, f, func(c *github.Config) { c.Sleep = slept.sleep }))
	same(t, "waits", slept.slept, []time.Duration{30 * time.Second})
	if len(k.comments) != 3 {
		t.Errorf("%d comments", len(k.comments))
	}
}

func TestLastRequestOfTheQuotaIsNoRefusal(t *testing.T) {
	// go-github would refuse the next one by itself, by its own clock.
	f, k := mill(3), &sink{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.ServeHTTP(exhausted{w}, r)
	})
	s := source(t, handler, nil)
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(3))
}

// exhausted says with each answer that it was the last one.
type exhausted struct{ http.ResponseWriter }

func (e exhausted) Write(b []byte) (int, error) {
	e.Header().Set("X-RateLimit-Remaining", "0")
	e.Header().Set("X-RateLimit-Reset", "4102444800")
	return e.ResponseWriter.Write(b)
}

func TestLimitInTheMiddleKeepsWhatWasRead(t *testing.T) {
	f, k := mill(12), &sink{}
	f.before = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		return n == 4 && refuse(w, http.StatusForbidden, "API rate limit exceeded",
			map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": strconv.FormatInt(now.Add(time.Hour).Unix(), 10)})
	}
	s := source(t, f, pages(3))
	wantProblem(t, k.pull(t, s, false), tracker.CodeRateLimited, "2026-11-24T09:00:00Z")
	if len(k.reports) == 0 || !k.cursor.Mark.IsZero() || k.cursor.Pending.IsZero() {
		t.Errorf("%d reports, cursor %+v", len(k.reports), k.cursor)
	}
	f.before = nil
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(12))
}

func TestServerErrorPasses(t *testing.T) {
	f, k, slept := mill(3), &sink{}, &waits{}
	f.before = func(w http.ResponseWriter, _ *http.Request, n int) bool {
		return n < 3 && refuse(w, http.StatusBadGateway, "", nil)
	}
	k.sync(t, source(t, f, func(c *github.Config) { c.Sleep = slept.sleep }))
	same(t, "waits", slept.slept, []time.Duration{time.Second, 2 * time.Second})
}

func TestBadAnswers(t *testing.T) {
	const kind = "application/json; charset=utf-8"
	for _, c := range []struct{ name, kind, body, says string }{
		{"HTML", "text/html; charset=UTF-8", "<html>", "no JSON but"},
		{"no content type", "", "[]", "no JSON but"},
		{"HTML said to be JSON", kind, "<html>", "no JSON at byte 1"},
		{"empty", kind, "", "it is empty"},
		{"null", kind, "null", "it is null"},
		{"an object", kind, `{"message":"x"}`, "holds object where it should not"},
		{"truncated", kind, `[{"number":1,"titl`, "breaks off after 18 bytes"},
		{"two documents", kind, `[][]`, "no JSON at byte"},
		{"null entry", kind, `[null]`, "entry 1 of 1: it has no number"},
		{"number as text", kind, `[{"number":"one"}]`, `"number" holds string`},
		{"negative number", kind, `[{"number":-1}]`, "it has no number"},
		{"no times", kind, `[{"number":7}]`, "number 7: updated_at is missing"},
		{"null time", kind, `[{"number":7,"updated_at":null,"created_at":"2026-03-01T00:00:00Z"}]`, "number 7: updated_at is missing"},
		{"no creation", kind, `[{"number":7,"updated_at":"2026-03-01T00:00:00Z"}]`, "created_at is missing"},
		{"broken time", kind, `[{"number":7,"updated_at":"yesterday"}]`, "is no time like"},
		{"year without end", kind, `[{"number":7,"updated_at":"9999-12-31T23:59:59-23:59"}]`, "in the year 10000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &sink{}
			err := k.pull(t, source(t, always(http.StatusOK, c.kind, c.body), nil), false)
			wantProblem(t, err, tracker.CodeBadAnswer, c.says)
			if len(k.pages) != 0 {
				t.Errorf("pages came: %+v", k.pages)
			}
		})
	}
}

func TestBadComments(t *testing.T) {
	good := stamp(at(1))
	for _, c := range []struct{ body, says string }{
		{"", "it is empty"},
		{`[{}]`, "it has no id"},
		{`[{"id":6}]`, "id 6: updated_at is missing"},
		{fmt.Sprintf(`[{"id":6,"created_at":%q,"updated_at":%q}]`, good, good), "does not say which issue"},
		{fmt.Sprintf(`[{"id":6,"created_at":%q,"updated_at":%q,"issue_url":"https://x/repos/a/b/issues/99999999999999999999"}]`, good, good), "does not say which issue"},
		{fmt.Sprintf(`[{"id":6,"created_at":%q,"updated_at":%q,"issue_url":"%%zz"}]`, good, good), "does not say which issue"},
	} {
		f, k := mill(2), &sink{}
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if !strings.HasSuffix(r.URL.Path, "/comments") {
				return false
			}
			always(http.StatusOK, "application/json", c.body).ServeHTTP(w, r)
			return true
		}
		wantProblem(t, k.pull(t, source(t, f, nil), false), tracker.CodeBadAnswer, c.says)
		if !k.cursor.Mark.IsZero() || len(k.reports) != 2 {
			t.Errorf("cursor %+v with %d reports", k.cursor, len(k.reports))
		}
	}
}

func TestBadDescriptionOfTheRepository(t *testing.T) {
	for body, says := range map[string]string{"": "it is empty", "null": "it is null", "[]": "holds array", `{"private":"no"}`: `"private" holds string`} {
		f, k := mill(2), &sink{}
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path != "/repos/"+feed {
				return false
			}
			always(http.StatusOK, "application/json", body).ServeHTTP(w, r)
			return true
		}
		wantProblem(t, k.pull(t, source(t, f, withToken), false), tracker.CodeBadAnswer, says)
		if len(k.pages) != 0 {
			t.Errorf("%q: reports came unmarked", body)
		}
	}
}

func TestNotModifiedWithoutBeingAsked(t *testing.T) {
	err := new(sink).pull(t, source(t, always(http.StatusNotModified, "", ""), nil), false)
	wantProblem(t, err, tracker.CodeBadAnswer, "which was not asked")
}

func TestAnswerThatBreaksOff(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "4000")
		io.WriteString(w, `[{"number":1`) //nolint:errcheck // the client tells
	})
	wantProblem(t, new(sink).pull(t, source(t, handler, nil), false), tracker.CodeUnavailable, "broke off")
}

func TestAnswerWithoutEnd(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		blanks := []byte(strings.Repeat(" ", 1<<20))
		for r.Context().Err() == nil {
			if _, err := w.Write(blanks); err != nil {
				return
			}
		}
	})
	wantProblem(t, new(sink).pull(t, source(t, handler, nil), false), tracker.CodeBadAnswer, "larger than 64 MiB")
}

func TestPagesWithoutEnd(t *testing.T) {
	for _, body := range []string{"[]", ""} {
		asked := 0
		f := mill(1)
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			w.Header().Set("Link", fmt.Sprintf(`</repos/%s/issues?page=%d>; rel="next"`, feed, asked))
			if body == "" {
				f.ServeHTTP(w, r)
				return
			}
			always(http.StatusOK, "application/json", body).ServeHTTP(w, r)
		})
		wantProblem(t, new(sink).pull(t, source(t, handler, nil), false), tracker.CodeBadAnswer, "brings nothing new")
		if asked > 30 {
			t.Errorf("%d requests", asked)
		}
	}
}

// elsewhere fails the test if anything comes.
func elsewhere(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked for %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestTokenGoesToNoOtherHost(t *testing.T) {
	other := elsewhere(t).URL
	for name, header := range map[string]map[string]string{
		"redirect": {"Location": other + "/repositories/77/issues"},
		"link":     {"Link": "<" + other + `/repositories/77/issues?page=2>; rel="next"`},
	} {
		t.Run(name, func(t *testing.T) {
			f := mill(3)
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if name == "redirect" {
					return refuse(w, http.StatusTemporaryRedirect, "Moved", header)
				}
				w.Header().Set("Link", header["Link"])
				return false
			}
			k := &sink{}
			err := k.pull(t, source(t, f, withToken), false)
			code, says := tracker.CodeNotFound, "has moved to http://127.0.0.1"
			if name == "link" {
				code, says = tracker.CodeBadAnswer, "a next page on another host"
			}
			wantProblem(t, err, code, says)
			if !strings.Contains(err.Error(), "nothing was sent there") || len(k.pages) != 0 {
				t.Errorf("%v, pages %+v", err, k.pages)
			}
		})
	}
}

func TestRedirectsWithoutEnd(t *testing.T) {
	asked := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, fmt.Sprintf("/repositories/%d/issues", asked), http.StatusMovedPermanently)
	})
	wantProblem(t, new(sink).pull(t, source(t, handler, nil), false), tracker.CodeNotFound, "more than 5 times")
	if asked > 7 {
		t.Errorf("%d requests", asked)
	}
}

func TestAnonymousSendsNoToken(t *testing.T) {
	f := mill(1)
	new(sink).sync(t, source(t, f, func(c *github.Config) {
		c.Token = func(context.Context) (string, error) { return " \n", nil }
	}))
	for _, h := range f.headers {
		if h.Get("Authorization") != "" || h.Get("Accept") != "application/vnd.github.v3+json" || h.Get("User-Agent") != "almatriage" || h.Get("X-GitHub-Api-Version") == "" {
			t.Errorf("headers %v", h)
		}
	}
	for _, path := range f.requests {
		if path == "/repos/"+feed {
			t.Error("an anonymous reader sees public repositories only and need not ask")
		}
	}
}

func TestTokenThatCannotBeHad(t *testing.T) {
	f := mill(1)
	err := new(sink).pull(t, source(t, f, func(c *github.Config) {
		c.Token = func(context.Context) (string, error) { return "", errors.New("the file is readable by others") }
	}), false)
	wantProblem(t, err, tracker.CodeAuth, "readable by others")
	err = new(sink).pull(t, source(t, f, func(c *github.Config) {
		c.Token = func(context.Context) (string, error) { return secret + "\r\nX: y", nil }
	}), false)
	wantProblem(t, err, tracker.CodeAuth, "blanks")
	if len(f.requests) > 0 {
		t.Errorf("requests %q", f.requests)
	}
}

func TestRefusedTokenIsAskedForAgain(t *testing.T) {
	f, k := mill(1), &sink{}
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		return r.Header.Get("Authorization") != "Bearer second" && refuse(w, http.StatusUnauthorized, "Bad credentials", nil)
	}
	tokens := []string{"first", "second"}
	s := source(t, f, func(c *github.Config) {
		c.Token = func(context.Context) (string, error) {
			token := tokens[0]
			tokens = tokens[1:]
			return token, nil
		}
	})
	wantProblem(t, k.pull(t, s, false), tracker.CodeAuth, "Bad credentials")
	k.sync(t, s)
}

func TestUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	err := new(sink).pull(t, source(t, http.NotFoundHandler(), func(c *github.Config) { c.URL = server.URL }), false)
	wantProblem(t, err, tracker.CodeUnavailable, "check the network")
}

func TestServerThatHangs(t *testing.T) {
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	err := new(sink).pull(t, source(t, handler, func(c *github.Config) { c.Timeout, c.Retries = 20*time.Millisecond, -1 }), false)
	wantProblem(t, err, tracker.CodeUnavailable, "no whole answer within 20ms")
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	s := source(t, handler, nil)
	err := s.Pull(ctx, feed, tracker.Cursor{}, false, func(tracker.Page) error { return nil })
	wantProblem(t, err, tracker.CodeUnavailable, "interrupted")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not tell that it was cancelled", err)
	}
	s = source(t, &refusing{status: 502}, func(c *github.Config) {
		c.Sleep = func(context.Context, time.Duration) error { return context.Canceled }
	})
	wantProblem(t, new(sink).pull(t, s, false), tracker.CodeUnavailable, "interrupted")
}

func TestBadConfigurations(t *testing.T) {
	repos := []string{feed}
	for _, c := range []struct {
		config github.Config
		says   string
	}{
		{github.Config{Repos: repos}, "needs a name"},
		{github.Config{Name: "g"}, "there are no repos"},
		{github.Config{Name: "g", Repos: []string{"mill"}}, "is no repository"},
		{github.Config{Name: "g", Repos: []string{"a/b/c"}}, "is no repository"},
		{github.Config{Name: "g", Repos: []string{"a/.."}}, "is no repository"},
		{github.Config{Name: "g", Repos: []string{"a/b?x"}}, "is no repository"},
		{github.Config{Name: "g", Repos: []string{"a/b", "A/B"}}, "named twice"},
		{github.Config{Name: "g", Repos: repos, URL: "api.github.com"}, "must be like https://api.github.com"},
		{github.Config{Name: "g", Repos: repos, URL: "https://u:p@api.github.com"}, "user name or password"},
		{github.Config{Name: "g", Repos: repos, URL: "https://api.github.com?x"}, "without ? and #"},
	} {
		if _, err := github.New(c.config); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%+v: %v, want %q", c.config, err, c.says)
		}
	}
	s, err := github.New(github.Config{Name: "g", Repos: []string{"a/b", "a/c.d"}})
	if err != nil || s.Name() != "g" {
		t.Fatal(err)
	}
	feeds, err := s.Feeds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "feeds", feeds, []string{"a/b", "a/c.d"})
}

// TestTokenAdvice: a server of one's own reads a variable of its own.
func TestTokenAdvice(t *testing.T) {
	for url, want := range map[string]string{"": "GH_TOKEN", github.DefaultURL + "/": "GH_TOKEN", "https://ghe.example/api/v3": "ALMATRIAGE_OURS_TOKEN"} {
		source, err := github.New(github.Config{Name: "ours", URL: url, Repos: []string{"a/b"}, HTTP: &http.Client{Transport: knowsNobody{}}})
		if err != nil {
			t.Fatal(err)
		}
		err = source.Pull(t.Context(), "a/b", tracker.Cursor{}, false, func(tracker.Page) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "set "+want) {
			t.Errorf("%q: %v, want %s", url, err, want)
		}
	}
}

// knowsNobody is a server that knows nobody.
type knowsNobody struct{}

func (knowsNobody) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"message":"Requires authentication"}`)), Request: r}, nil
}
