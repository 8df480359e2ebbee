package mantis_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// wantProblem checks code and words, and that it is one clean line without the
// token.
func wantProblem(t *testing.T, err error, code tracker.Code, says string) {
	t.Helper()
	var problem *tracker.Error
	if !errors.As(err, &problem) {
		t.Fatalf("error %v (%T), want one with code %s", err, err, code)
	}
	text := err.Error()
	if problem.Code != code || problem.Tracker != "almbz" || !strings.Contains(text, says) {
		t.Errorf("error %s: %q, want %s: …%s…", problem.Code, text, code, says)
	}
	if strings.Contains(text, "replay-token") || strings.ContainsAny(text, "\x1b\n\r\t") {
		t.Errorf("error %q holds the token or controls", text)
	}
}

func TestRecordedRefusals(t *testing.T) {
	for _, c := range []struct {
		recording string
		code      tracker.Code
		says      string
		requests  int
	}{
		{"auth-wrong-token-401", tracker.CodeAuth, "401 Valid API token required", 1},
		{"auth-bearer-prefix-401", tracker.CodeAuth, "make a new token", 1},
		{"v2258-auth-wrong-token-403", tracker.CodeAuth, "403 API token not found", 1},
		{"issue-24-private-as-viewer-403", tracker.CodeAuth, "Access denied", 1},
		{"anonymous-on-wrong-token-200", tracker.CodeAuth, "took no notice of the token", 1},
		{"issues-project-private-404", tracker.CodeNotFound, "404 Project '4' doesn't exist", 1},
		{"issues-pagesize-not-a-number", tracker.CodeUnavailable, "Slim Application Error", 4},
		{"service-offline-503", tracker.CodeUnavailable, "503 Mantis Offline", 4},
		{"service-rest-disabled-503", tracker.CodeUnavailable, "503 API disabled", 4},
		{"service-database-down-500", tracker.CodeUnavailable, "500 Internal Server Error", 4},
		{"v2258-project-private-200-html", tracker.CodeBadAnswer, "no JSON but \"text/html", 1},
		{"issues-filter-name-unknown", tracker.CodeBadAnswer, "Unknown filter 'nonsense'", 1},
		{"issues-select-nonsense", tracker.CodeBadAnswer, "holds array", 1},
		{"issue-1-put-405", tracker.CodeBadAnswer, "405", 1},
	} {
		t.Run(c.recording, func(t *testing.T) {
			server := replay.New(replay.Options{})
			k := &sink{}
			s := source(t, server, nil)
			k.sync(t, s, "AlmaLinux-8") // so that the project is known
			before := k.cursor
			server.Force(c.recording)
			server.Forget()
			err := k.pull(t, s, "AlmaLinux-8", false)
			if c.code != tracker.CodeNotFound { // then the projects are asked for, and refused too
				if got := len(server.Requests()); got != c.requests {
					t.Errorf("%d requests, want %d", got, c.requests)
				}
			}
			wantProblem(t, err, c.code, c.says)
			if k.cursor != before || len(k.pages) != 0 {
				t.Errorf("something moved: %+v", k.cursor)
			}
		})
	}
}

// always gives one answer.
func always(status int, kind, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		io.WriteString(w, body) //nolint:errcheck // the client tells
	})
}

// listing gives the projects, and then what it is told.
func listing(kind, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "projects") {
			kind, body := "application/json", projectList
			always(http.StatusOK, kind, body).ServeHTTP(w, r)
			return
		}
		always(http.StatusOK, kind, body).ServeHTTP(w, r)
	})
}

func without(c *mantis.Config) { c.Token = nil }

func TestBadAnswersToAList(t *testing.T) {
	const json = "application/json"
	for _, c := range []struct{ name, kind, body, says string }{
		{"HTML", "text/html; charset=UTF-8", "<html>", "no JSON but"},
		{"no content type", "", "{}", "no JSON but"},
		{"HTML said to be JSON", json, "<html>", "no JSON at byte 1"},
		{"nothing", json, "", "it is empty"},
		{"null", json, "null", "the list is missing"},
		{"another object", json, `{"message":"x"}`, "the list is missing"},
		{"null list", json, `{"issues":null}`, "the list is missing"},
		{"truncated", json, `{"issues":[{"id":1,"summ`, "breaks off after 24 bytes"},
		{"fault as an object", json, `{"issues":{"status_code":404,"fault_string":"Unknown \u001b[2Jfilter"}}`, "Unknown filter"},
		{"issues as arrays", json, `{"issues":[[],[]]}`, "holds array"},
		{"number as text", json, `{"issues":[{"id":"one"}]}`, `"issues.id" holds string`},
		{"no number", json, `{"issues":[{}]}`, "report 1 of 1: it has no number"},
		{"negative number", json, `{"issues":[{"id":-1}]}`, "it has no number"},
		{"no dates", json, `{"issues":[{"id":7}]}`, "number 7: updated_at is missing"},
		{"broken date", json, `{"issues":[` + invented(7, `yesterday\u001b[2J`) + `]}`, `number 7: updated_at is "yesterday", no time like`},
		{"year without end", json, `{"issues":[` + invented(7, "9999-12-31T23:59:59-23:59") + `]}`, "no time like"},
		{"two documents", json, `{"issues":[]}{"issues":[]}`, "no JSON at byte"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &sink{}
			err := k.pull(t, source(t, listing(c.kind, c.body), without), "AlmaLinux-9", false)
			wantProblem(t, err, tracker.CodeBadAnswer, c.says)
			if len(k.pages) != 0 {
				t.Errorf("pages came: %+v", k.pages)
			}
		})
	}
}

func TestNotModifiedWithoutBeingAsked(t *testing.T) {
	k := &sink{}
	err := k.pull(t, source(t, always(http.StatusNotModified, "", ""), without), "AlmaLinux-9", false)
	wantProblem(t, err, tracker.CodeBadAnswer, "which was not asked")
}

func TestBadListOfProjects(t *testing.T) {
	for _, body := range []string{"", "[]", "{}", `{"projects":7}`} {
		_, err := source(t, always(http.StatusOK, "application/json", body), func(c *mantis.Config) { c.Projects = nil }).Feeds(t.Context())
		var problem *tracker.Error
		if !errors.As(err, &problem) {
			t.Errorf("projects %q: %v", body, err)
		}
	}
	_, err := source(t, always(http.StatusOK, "application/json", `{"projects":[]}`), func(c *mantis.Config) { c.Projects, c.Token = nil, nil }).Feeds(t.Context())
	wantProblem(t, err, tracker.CodeNotFound, "no project can be seen; make a token")
}

func TestUnknownProjectNamesThoseThereAre(t *testing.T) {
	k := &sink{}
	err := k.pull(t, source(t, replay.New(replay.Options{}), nil), "AlmaLinux-7", false)
	wantProblem(t, err, tracker.CodeNotFound, `no project "AlmaLinux-7" that can be seen; there are ["AlmaLinux-10" "AlmaLinux-8" "AlmaLinux-9"]`)
}

func TestProjectWithAnotherNumberIsFoundAgain(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, nil)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	k.cursor.Extra = strings.Replace(k.cursor.Extra, `"project":2`, `"project":99`, 1)
	k.cursor.URL = strings.Replace(k.cursor.URL, "project_id=2", "project_id=99", 1)
	k.reports = nil
	k.sync(t, s, "AlmaLinux-9")
	same(t, "reports", k.numbers(), sorted(server.Numbers(replay.Viewer, 2)))
}

func TestUnreadableCursorIsReadAnew(t *testing.T) {
	server := replay.New(replay.Options{})
	for _, extra := range []string{"{", "[]", `{"project":-1}`, `{"project":"x"}`} {
		k := &sink{cursor: tracker.Cursor{Mark: now, Extra: extra}}
		k.sync(t, source(t, server, nil), "AlmaLinux-9")
		same(t, "reports", k.numbers(), sorted(server.Numbers(replay.Viewer, 2)))
	}
}

func TestRevokedTokenAnsweredAsAnonymousMovesNothing(t *testing.T) {
	for _, version := range []string{"2.25.8", "2.28.4"} {
		t.Run(version, func(t *testing.T) {
			server := replay.New(replay.Options{Version: version, Anonymous: true})
			s := source(t, server, nil)
			k := &sink{}
			k.sync(t, s, "AlmaLinux-9")
			before := k.cursor
			server.Revoke(replay.Viewer)
			for _, full := range []bool{false, true} {
				err := k.pull(t, s, "AlmaLinux-9", full)
				wantProblem(t, err, tracker.CodeAuth, "make a new token")
				if k.cursor != before || len(k.pages) != 0 {
					t.Errorf("something moved: %+v", k.cursor)
				}
			}
		})
	}
}

func TestNotModifiedAsAnonymousIsNoProof(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == "" {
			server.ServeHTTP(w, r)
			return
		}
		w.Header().Set("X-Mantis-LoginMethod", "cookie")
		w.WriteHeader(http.StatusNotModified)
	}), nil)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	wantProblem(t, k.pull(t, s, "AlmaLinux-9", false), tracker.CodeAuth, `login method "cookie"`)
}

func TestNotFoundProjectOfARevokedTokenIsAnAuthProblem(t *testing.T) {
	// The 404 itself does not say as whom it was given.
	server := replay.New(replay.Options{Anonymous: true})
	s := source(t, server, nil)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	k.cursor.Extra = strings.Replace(k.cursor.Extra, `"project":2`, `"project":4`, 1)
	server.Revoke(replay.Viewer)
	wantProblem(t, k.pull(t, s, "AlmaLinux-9", false), tracker.CodeAuth, "took no notice of the token")
}

func TestNoTokenWhereOneIsNeeded(t *testing.T) {
	for _, version := range []string{"2.25.8", "2.28.4"} {
		k := &sink{}
		err := k.pull(t, source(t, replay.New(replay.Options{Version: version}), without), "AlmaLinux-9", false)
		wantProblem(t, err, tracker.CodeAuth, "set ALMATRIAGE_ALMBZ_TOKEN")
	}
}

func TestTokens(t *testing.T) {
	server := replay.New(replay.Options{})
	for _, c := range []struct {
		name, token string
		fails       error
		says        string
	}{
		{"blanks around", " " + replay.Token(replay.Viewer) + "\n", nil, ""},
		{"line break inside", "replay-token\r\nX-Evil: 1", nil, "the token has blanks"},
		{"not ASCII", "replay-tokén", nil, "the token has blanks"},
		{"cannot be got", "", errors.New("exit status 1"), "cannot get the token: exit status 1"},
	} {
		k := &sink{}
		s := source(t, server, func(cfg *mantis.Config) {
			cfg.Token = func(context.Context) (string, error) { return c.token, c.fails }
		})
		err := k.pull(t, s, "AlmaLinux-9", false)
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		wantProblem(t, err, tracker.CodeAuth, c.says)
	}
}

func TestTokenIsAskedForOnceAndAgainAfterARefusal(t *testing.T) {
	server := replay.New(replay.Options{})
	asked := 0
	s := source(t, server, func(c *mantis.Config) {
		c.Token = func(context.Context) (string, error) {
			if asked++; asked == 1 {
				return "old", nil
			}
			return replay.Token(replay.Viewer), nil
		}
	})
	k := &sink{}
	wantProblem(t, k.pull(t, s, "AlmaLinux-9", false), tracker.CodeAuth, "does not accept")
	k.sync(t, s, "AlmaLinux-9")
	if asked != 2 {
		t.Errorf("the token was asked for %d times", asked)
	}
}

func TestServerThatEchoesTheToken(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"message":"token %s\u001b[2J is wrong"}`, r.Header.Get("Authorization"))
	})
	k := &sink{}
	wantProblem(t, k.pull(t, source(t, handler, nil), "AlmaLinux-9", false), tracker.CodeAuth, "token (token) is wrong")
}

func TestRateLimits(t *testing.T) {
	for _, c := range []struct {
		name, after string
		requests    int
		slept       time.Duration
		until       time.Time
	}{
		{"seconds", "5", 4, 5 * time.Second, now.Add(5 * time.Second)},
		{"a date", now.Add(7 * time.Second).Format(http.TimeFormat), 4, 7 * time.Second, now.Add(7 * time.Second)},
		{"an hour is not waited for", "3600", 1, 0, now.Add(time.Hour)},
		{"not said", "", 4, time.Second, time.Time{}},
		{"nonsense", "soon", 4, time.Second, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			requests := 0
			handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests++
				if c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(http.StatusTooManyRequests)
			})
			var slept waits
			k := &sink{}
			err := k.pull(t, source(t, handler, func(cfg *mantis.Config) { cfg.Sleep = slept.sleep }), "AlmaLinux-9", false)
			wantProblem(t, err, tracker.CodeRateLimited, "asked too often")
			var problem *tracker.Error
			if errors.As(err, &problem); !problem.Until.Equal(c.until) {
				t.Errorf("until %v, want %v", problem.Until, c.until)
			}
			if requests != c.requests || c.slept > 0 && slept.slept[0] != c.slept {
				t.Errorf("%d requests, slept %v", requests, slept.slept)
			}
		})
	}
}

func TestTemporaryFailureIsTriedAgain(t *testing.T) {
	server := replay.New(replay.Options{})
	server.Force("service-database-down-500")
	server.Before(func(n int, _ *http.Request) {
		if n == 3 {
			server.Force("")
		}
	})
	var slept waits
	k := &sink{}
	k.sync(t, source(t, server, func(c *mantis.Config) { c.Sleep = slept.sleep }), "AlmaLinux-9")
	same(t, "waits", slept.slept, []time.Duration{time.Second, 2 * time.Second})
}

func TestAnswerThatBreaksOff(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, `{"projects":[`) //nolint:errcheck // the client tells
	})
	k := &sink{}
	wantProblem(t, k.pull(t, source(t, handler, without), "AlmaLinux-9", false), tracker.CodeUnavailable, "broke off")
}

func TestAnswerWithoutEnd(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		block := []byte(strings.Repeat(" ", 1<<20))
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	k := &sink{}
	wantProblem(t, k.pull(t, source(t, handler, without), "AlmaLinux-9", false), tracker.CodeBadAnswer, "larger than 64 MiB")
}

func TestDeadlineOfARequest(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{")                //nolint:errcheck // the client tells
		http.NewResponseController(w).Flush() //nolint:errcheck // as above
		<-r.Context().Done()
	})
	k := &sink{}
	s := source(t, handler, func(c *mantis.Config) { c.Timeout = 50 * time.Millisecond; c.Retries = -1 })
	wantProblem(t, k.pull(t, s, "AlmaLinux-9", false), tracker.CodeUnavailable, "no whole answer within 50ms")
}

func TestInterrupted(t *testing.T) {
	server := httptest.NewServer(replay.New(replay.Options{}))
	defer server.Close()
	s, err := mantis.New(mantis.Config{Name: "almbz", URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = s.Pull(ctx, "AlmaLinux-9", tracker.Cursor{}, false, func(tracker.Page) error { return nil })
	wantProblem(t, err, tracker.CodeUnavailable, "interrupted")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
}

func TestInterruptedWhileWaiting(t *testing.T) {
	server := replay.New(replay.Options{})
	server.Force("service-offline-503")
	k := &sink{}
	s := source(t, server, func(c *mantis.Config) {
		c.Sleep = func(context.Context, time.Duration) error { return context.Canceled }
	})
	err := k.pull(t, s, "AlmaLinux-9", false)
	if wantProblem(t, err, tracker.CodeUnavailable, "interrupted"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	server.Close()
	k := &sink{}
	s := source(t, http.NotFoundHandler(), func(c *mantis.Config) { c.URL = address })
	wantProblem(t, k.pull(t, s, "AlmaLinux-9", false), tracker.CodeUnavailable, "cannot reach 127.0.0.1:")
}

func TestRedirectToAnotherHostNeverGetsTheToken(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	requests := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, other.URL+"/x", http.StatusMovedPermanently)
	})
	k := &sink{}
	err := k.pull(t, source(t, handler, nil), "AlmaLinux-9", false)
	wantProblem(t, err, tracker.CodeUnavailable, "redirects to "+other.URL)
	if reached || requests != 1 {
		t.Errorf("the other host was asked: %v; %d requests", reached, requests)
	}
}

func TestRedirectsOnTheSameHost(t *testing.T) {
	server := replay.New(replay.Options{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if where, ok := strings.CutPrefix(r.URL.Path, "/api/"); ok && !strings.HasPrefix(r.URL.Path, "/api/rest/index.php") {
			http.Redirect(w, r, "/api/rest/index.php/"+strings.TrimPrefix(where, "rest/")+"?"+r.URL.RawQuery, http.StatusFound)
			return
		}
		server.ServeHTTP(w, r)
	})
	k := &sink{}
	k.sync(t, source(t, handler, nil), "AlmaLinux-9")
	same(t, "reports", k.numbers(), sorted(server.Numbers(replay.Viewer, 2)))

	circle := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) })
	wantProblem(t, k.pull(t, source(t, circle, nil), "AlmaLinux-8", true), tracker.CodeUnavailable, "redirects to one address after another")
}

func TestCookiesAreNotKept(t *testing.T) {
	server := replay.New(replay.Options{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 {
			t.Errorf("a cookie came back: %v", r.Cookies())
		}
		server.ServeHTTP(w, r)
	})
	k := &sink{}
	k.sync(t, source(t, handler, small), "AlmaLinux-9")
}

func TestTokenIsSentBare(t *testing.T) {
	server := replay.New(replay.Options{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != replay.Token(replay.Viewer) {
			t.Errorf("Authorization is %q", got)
		}
		server.ServeHTTP(w, r)
	})
	k := &sink{}
	k.sync(t, source(t, handler, nil), "AlmaLinux-9")
}

func TestReportsOfAPrivateProjectArePrivate(t *testing.T) {
	for _, c := range []struct {
		name, projects string
		private        bool
	}{
		{"public", projectList, false},
		{"private", strings.Replace(projectList, `{"id":10,"name":"public"}`, `{"id":50,"name":"private"}`, 1), true},
		{"not said", strings.Replace(projectList, `,"view_state":{"id":10,"name":"public"}`, "", 1), true},
	} {
		list := listOf(func() []string { return []string{invented(7, "2026-01-01T00:00:00Z")} })
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "projects") {
				always(http.StatusOK, "application/json", c.projects).ServeHTTP(w, r)
				return
			}
			list.ServeHTTP(w, r)
		})
		s := source(t, handler, without)
		for range 2 { // the second time from the cursor
			k := &sink{}
			k.sync(t, s, "AlmaLinux-9")
			if k.reports[7].Private != c.private {
				t.Errorf("%s: private is %v", c.name, k.reports[7].Private)
			}
		}
	}
}

func TestSubprojectByItsName(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "projects") {
			nested := `{"projects":[{"id":1,"name":"All","enabled":true,"view_state":{"id":10,"name":"public"},"subProjects":[{"id":2,"name":"AlmaLinux-9"}]}]}`
			always(http.StatusOK, "application/json", nested).ServeHTTP(w, r)
			return
		}
		if got := r.URL.Query().Get("project_id"); got != "2" {
			t.Errorf("project_id is %q", got)
		}
		always(http.StatusOK, "application/json", `{"issues":[]}`).ServeHTTP(w, r)
	})
	k := &sink{}
	k.sync(t, source(t, handler, without), "AlmaLinux-9")
}
