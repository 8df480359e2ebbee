package github_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/github"
)

// me is whose the token of the tests is. GitHub does not tell capitals apart.
const me = "Miller-Me"

// one answers what is about one thing, and what writes.
func (f *fake) one(w http.ResponseWriter, r *http.Request, path string) {
	var number, id int64
	comments := strings.HasSuffix(path, "/comments")
	scan := func(format string, to *int64) bool {
		_, err := fmt.Sscanf(path, format, to)
		return err == nil
	}
	switch {
	case r.URL.Path == "/user":
		f.write(w, r, object{"login": me, "id": 7, "type": "User"})
	case r.Method == http.MethodPatch && scan("/issues/comments/%d", &id):
		f.save(w, r, http.StatusOK, func(c entry) bool { return c.id == id })
	case !scan("/issues/%d", &number):
		refuse(w, http.StatusNotFound, "Not Found", nil)
	case r.Method == http.MethodPost && comments:
		f.comments = append(f.comments, entry{number: number, id: int64(7000 + len(f.comments)), updated: at(500 + len(f.comments))})
		f.save(w, r, http.StatusCreated, func(c entry) bool { return c.id == int64(6999+len(f.comments)) })
	case comments:
		f.list(w, r, slices.DeleteFunc(slices.Clone(f.comments), func(c entry) bool { return c.number != number }), f.commentJSON)
	default:
		i := slices.IndexFunc(f.issues, func(e entry) bool { return e.number == number })
		if i < 0 {
			refuse(w, http.StatusNotFound, "Not Found", nil)
			return
		}
		f.write(w, r, f.issueJSON(f.issues[i]))
	}
}

// save stores what was written in a comment, and answers with it.
func (f *fake) save(w http.ResponseWriter, r *http.Request, status int, is func(entry) bool) {
	var sent struct{ Body string }
	i := slices.IndexFunc(f.comments, is)
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || i < 0 || r.Header.Get("Content-Type") != "application/json" {
		refuse(w, http.StatusUnprocessableEntity, "Validation Failed", nil)
		return
	}
	f.comments[i].more = object{"body": sent.Body, "user": object{"login": strings.ToLower(me)}}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(f.commentJSON(f.comments[i])) //nolint:errcheck // the client tells
}

// bodies are the comments on an issue.
func (f *fake) bodies(number int64) (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.comments {
		if c.number == number {
			body, _ := c.more["body"].(string)
			all = append(all, body)
		}
	}
	return all
}

// quarry is a repository with an open issue 1 that has a comment.
func quarry() *fake {
	f := mill(1)
	f.issue(2, at(2), object{"state": "closed"})
	f.issue(3, at(3), object{"locked": true, "active_lock_reason": "resolved"})
	f.pull(4, at(4))
	return f
}

// written keeps apart what reads and what writes. Those are read first: only
// then does the server see that a client has gone.
func written(f *fake, answer func(w http.ResponseWriter, r *http.Request) bool) {
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodGet {
			return false
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return true // the client has gone
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		return answer(w, r)
	}
}

// methods counts the requests that write.
func methods(f *fake) *atomic.Int32 {
	n := new(atomic.Int32)
	written(f, func(http.ResponseWriter, *http.Request) bool { n.Add(1); return false })
	return n
}

func noteOn(number int64, text string) tracker.Note {
	return tracker.Note{Report: tracker.ID{Space: feed, Number: number}, Text: text}
}

func signed(note tracker.Note) string { return note.Text + "\n\n<!-- " + note.Marker() + " -->" }

func mustPost(t *testing.T, s *github.Source, note tracker.Note) tracker.Posted {
	t.Helper()
	posted, err := s.Post(t.Context(), note)
	if err != nil {
		t.Fatal(err)
	}
	return posted
}

func TestPostOnceAndNotAgain(t *testing.T) {
	f := quarry()
	writes := methods(f)
	s := source(t, f, withToken)
	note := noteOn(1, "Seen on **both** sides.")
	// Copies of the marker in other people's comments count for nothing.
	f.comment(6000, 1, at(10), object{"body": signed(note), "user": object{"login": "miller-b"}})
	f.comment(6001, 1, at(11), object{"body": signed(note), "user": nil})
	f.forget()
	first := mustPost(t, s, note)
	if first.State != tracker.PostAdded || first.By != me || first.Replaces != "" || !strings.HasPrefix(first.URL, "https://github.example/Example/mill/issues/1#issuecomment-") {
		t.Errorf("%+v", first)
	}
	same(t, "requests", f.requests, []string{"/user", "/repos/Example/mill/issues/1", "/repos/Example/mill/issues/1/comments?per_page=100", "/repos/Example/mill/issues/1/comments"})
	for _, h := range f.headers {
		if h.Get("Authorization") != "Bearer "+secret || h.Get("Accept") != "application/vnd.github.v3+json" {
			t.Errorf("headers %v", h)
		}
	}
	f.comment(8000, 1, at(600), object{"body": "Thanks.\n" + signed(note), "user": object{"login": "miller-b"}})
	f.comment(8001, 1, at(601), object{"body": "By hand.", "user": object{"login": me}})
	again := mustPost(t, s, note)
	if again.State != tracker.PostUnchanged || again.URL != first.URL || again.By != me || writes.Load() != 1 {
		t.Errorf("%+v with %d writes", again, writes.Load())
	}
	same(t, "comments", f.bodies(1)[3:4], []string{signed(note)})
}

func TestChangedCommentIsEdited(t *testing.T) {
	f := quarry()
	writes := methods(f)
	s := source(t, f, withToken)
	first := mustPost(t, s, noteOn(1, "Both sides."))
	edited := mustPost(t, s, noteOn(1, "Only AlmaLinux."))
	if edited.State != tracker.PostEdited || edited.URL != first.URL || edited.Replaces != "" || edited.By != me {
		t.Errorf("%+v after %+v", edited, first)
	}
	if again := mustPost(t, s, noteOn(1, "Only AlmaLinux.")); again.State != tracker.PostUnchanged || writes.Load() != 2 {
		t.Errorf("%+v with %d writes", again, writes.Load())
	}
	same(t, "comments", f.bodies(1)[1:], []string{signed(noteOn(1, "Only AlmaLinux."))})
}

func TestNewestOfOurCommentsCounts(t *testing.T) {
	f := quarry()
	s := source(t, f, withToken)
	old, new := noteOn(1, "Both sides."), noteOn(1, "Only AlmaLinux.")
	f.comment(6000, 1, at(10), object{"body": signed(old), "user": object{"login": me}})
	f.comment(6001, 1, at(11), object{"body": signed(new), "user": object{"login": me}})
	if posted := mustPost(t, s, new); posted.State != tracker.PostUnchanged || !strings.HasSuffix(posted.URL, "-6001") {
		t.Errorf("%+v", posted)
	}
	if posted := mustPost(t, s, old); posted.State != tracker.PostEdited || !strings.HasSuffix(posted.URL, "-6001") {
		t.Errorf("%+v", posted)
	}
}

func TestOurCommentIsFoundOnAnyPage(t *testing.T) {
	for _, cursors := range []bool{false, true} {
		f := quarry()
		f.cursors = cursors
		note := noteOn(1, "Seen.")
		f.comment(9000, 1, at(-1), object{"body": signed(noteOn(1, "Before.")), "user": object{"login": me}})
		for i := range 10 {
			f.comment(int64(6000+i), 1, at(10+i), object{"body": "And here."})
		}
		f.comment(9001, 1, at(100), object{"body": signed(note), "user": object{"login": me}})
		s := source(t, f, func(c *github.Config) { withToken(c); c.PageSize = 3 })
		if posted := mustPost(t, s, note); posted.State != tracker.PostUnchanged || !strings.HasSuffix(posted.URL, "-9001") {
			t.Errorf("%+v, requests %q", posted, f.requests)
		}
	}
}

func TestCommentsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		note  tracker.Note
		token bool
		code  tracker.Code
		says  string
	}{
		{"closed", noteOn(2, "Seen."), true, tracker.CodeReadOnly, "nothing was posted to Example/mill#2: the issue is closed; reopen it first"},
		{"locked", noteOn(3, "Seen."), true, tracker.CodeReadOnly, "posted to Example/mill#3: the issue is locked"},
		{"a pull request", noteOn(4, "Seen."), true, tracker.CodeRefused, "posted to Example/mill#4: it is a pull request"},
		{"missing", noteOn(99, "Seen."), true, tracker.CodeNotFound, "posted to Example/mill#99: there is no such issue that Miller-Me may see"},
		{"no token", noteOn(1, "Seen."), false, tracker.CodeAuth, "posted to Example/mill#1: that needs a token; make a token on GitHub's page"},
		{"another repository", tracker.Note{Report: tracker.ID{Space: "Example/other", Number: 1}}, true, tracker.CodeRefused, "in none of the tracker's repositories"},
		{"a way out", tracker.Note{Report: tracker.ID{Space: "Example/mill/../../x", Number: 1}}, true, tracker.CodeRefused, "in none of the tracker's repositories"},
		{"no number", noteOn(0, "Seen."), true, tracker.CodeRefused, "Example/mill#0"},
		{"too long", noteOn(1, strings.Repeat("é", 65_536-38+1)), true, tracker.CodeRefused, "the comment and its marker are 65537 characters, 1 more than the 65536 that the tracker takes; shorten it"},
		{"private, and everybody would see it", tracker.Note{Report: tracker.ID{Space: feed, Number: 1}, Text: "Seen.", Private: true}, true, tracker.CodeRefused, "the repository is public"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := quarry()
			writes := methods(f)
			_, err := source(t, f, func(config *github.Config) {
				if c.token {
					withToken(config)
				}
			}).Post(t.Context(), c.note)
			wantProblem(t, err, c.code, c.says)
			if writes.Load() != 0 || !c.token && len(f.requests) > 0 {
				t.Errorf("%d writes, requests %q", writes.Load(), f.requests)
			}
		})
	}
}

func TestLongestComment(t *testing.T) {
	f := quarry()
	note := noteOn(1, strings.Repeat("é", 65_536-38))
	if posted := mustPost(t, source(t, f, withToken), note); posted.State != tracker.PostAdded {
		t.Errorf("%+v", posted)
	}
}

func TestPrivateRepositoryTakesPrivateComments(t *testing.T) {
	f := quarry()
	f.private = true
	note := noteOn(1, "Seen.")
	note.Private = true
	if posted := mustPost(t, source(t, f, withToken), note); posted.State != tracker.PostAdded {
		t.Errorf("%+v", posted)
	}
}

func TestClosedIssueThatHasTheCommentIsLeftAlone(t *testing.T) {
	f := quarry()
	note := noteOn(2, "Seen.")
	f.comment(6000, 2, at(10), object{"body": signed(note), "user": object{"login": me}})
	if posted := mustPost(t, source(t, f, withToken), note); posted.State != tracker.PostUnchanged {
		t.Errorf("%+v", posted)
	}
}

func TestRepositoryByAnotherSpelling(t *testing.T) {
	f := quarry()
	s := source(t, f, func(c *github.Config) { withToken(c); c.Repos = []string{"example/Mill"} })
	mustPost(t, s, noteOn(1, "Seen."))
}

func TestRefusalsOfAComment(t *testing.T) {
	reset := strconv.FormatInt(now.Add(40*time.Minute).Unix(), 10)
	for _, c := range []struct {
		name    string
		status  int
		message string
		header  map[string]string
		code    tracker.Code
		says    string
		until   time.Duration
	}{
		{"read-only token", 403, "Resource not accessible by personal access token", nil, tracker.CodeAuth, "the token of Miller-Me may not write there (403 Resource not accessible by personal access token); let it write issues", 0},
		{"token without the scope", 404, "Not Found", nil, tracker.CodeAuth, "may not write there (404 Not Found)", 0},
		{"revoked meanwhile", 401, "Bad credentials", nil, tracker.CodeAuth, "does not accept the token (401 Bad credentials)", 0},
		{"locked meanwhile", 403, "Unable to create comment because issue is locked.", nil, tracker.CodeReadOnly, "issue is locked", 0},
		{"archived", 403, "Repository was archived so is read-only.", nil, tracker.CodeReadOnly, "archived", 0},
		{"switched off", 410, "Issues are disabled for this repo", nil, tracker.CodeReadOnly, "takes no comments", 0},
		{"validation", 422, "Validation Failed", nil, tracker.CodeRefused, "does not take the comment (422 Validation Failed)", 0},
		{"primary limit", 403, "API rate limit exceeded", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, tracker.CodeRateLimited, "it may be posted again after 2026-11-24T08:40:00Z", 40 * time.Minute},
		{"secondary limit 403", 403, "You have exceeded a secondary rate limit.", map[string]string{"Retry-After": "90"}, tracker.CodeRateLimited, "after 2026-11-24T08:01:30Z", 90 * time.Second},
		{"secondary limit 429", 429, "You have exceeded a secondary rate limit.", map[string]string{"Retry-After": "8"}, tracker.CodeRateLimited, "after 2026-11-24T08:00:08Z", 8 * time.Second},
		{"limit without a time", 429, "", nil, tracker.CodeRateLimited, "after 2026-11-24T08:01:00Z", time.Minute},
		{"a redirect without an address", 302, "", nil, tracker.CodeBadAnswer, "is 302 Found", 0},
		{"the token said back", 403, "Bad " + secret + "\x1b[2J\n", nil, tracker.CodeAuth, "(403 Bad (token)", 0},
	} {
		for _, ours := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, ours there %v", c.name, ours), func(t *testing.T) {
				f, n, slept := quarry(), new(atomic.Int32), &waits{}
				if ours {
					f.comment(6000, 1, at(10), object{"body": signed(noteOn(1, "Before.")), "user": object{"login": me}})
				}
				written(f, func(w http.ResponseWriter, _ *http.Request) bool {
					n.Add(1)
					refuse(w, c.status, c.message, c.header)
					return true
				})
				_, err := source(t, f, func(config *github.Config) { withToken(config); config.Sleep = slept.sleep }).Post(t.Context(), noteOn(1, "Seen."))
				problem := wantProblem(t, err, c.code, c.says)
				wantProblem(t, err, c.code, "Example/mill#1")
				if c.until > 0 != !problem.Until.IsZero() || c.until > 0 && !problem.Until.Equal(now.Add(c.until)) {
					t.Errorf("until %v, want in %v", problem.Until, c.until)
				}
				if n.Load() != 1 || len(slept.slept) > 0 {
					t.Errorf("%d writes, slept %v", n.Load(), slept.slept)
				}
			})
		}
	}
}

func TestRefusalsBeforeAComment(t *testing.T) {
	for _, c := range []struct {
		path    string
		status  int
		message string
		code    tracker.Code
		says    string
	}{
		{"/user", 401, "Bad credentials", tracker.CodeAuth, "nothing was posted to Example/mill#1: the server does not accept the token (401 Bad credentials)"},
		{"/user", 403, "Resource not accessible by integration", tracker.CodeAuth, "may not read /user"},
		{"/user", 503, "", tracker.CodeUnavailable, "does not work at the moment (503 Service Unavailable); try again later"},
		{"/user", 429, "", tracker.CodeRateLimited, "try again after 2026-11-24T08:01:00Z"},
		{"/issues/1", 403, "Repository access blocked", tracker.CodeAuth, "Repository access blocked"},
		{"/issues/1", 404, "Not Found", tracker.CodeNotFound, "there is no such issue"},
		{"/issues/1", 410, "This issue was deleted", tracker.CodeNotFound, "there is no such issue"},
		{"/comments", 500, "", tracker.CodeUnavailable, "500"},
	} {
		f := quarry()
		n := new(atomic.Int32)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Method != http.MethodGet {
				n.Add(1)
			}
			return strings.HasSuffix(r.URL.Path, c.path) && refuse(w, c.status, c.message, nil)
		}
		_, err := source(t, f, withToken).Post(t.Context(), noteOn(1, "Seen."))
		problem := wantProblem(t, err, c.code, c.says)
		wantProblem(t, err, c.code, "nothing was posted to Example/mill#1: ")
		if n.Load() != 0 || (c.code == tracker.CodeRateLimited) == problem.Until.IsZero() {
			t.Errorf("%s: %d writes, until %v", c.path, n.Load(), problem.Until)
		}
	}
}

func TestLostAnswersToAComment(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { refuse(w, code, "", nil) }
	}
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		says   string
	}{
		{"connection broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "cannot reach 127.0.0.1"},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4000")
			io.WriteString(w, `{"id":1`) //nolint:errcheck // the client tells
		}, "the answer broke off"},
		{"no answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no whole answer within 100ms"},
		{"500", status(500), "500"},
		{"502", status(502), "502 Bad Gateway"},
	} {
		for _, ours := range []bool{false, true} {
			for _, kept := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, ours there %v, kept %v", c.name, ours, kept), func(t *testing.T) {
					f, want := quarry(), tracker.PostAdded
					if ours {
						f.comment(6000, 1, at(10), object{"body": signed(noteOn(1, "Before.")), "user": object{"login": me}})
						want = tracker.PostEdited
					}
					n := new(atomic.Int32)
					written(f, func(w http.ResponseWriter, r *http.Request) bool {
						n.Add(1)
						if kept {
							f.mu.Lock()
							f.one(httptest.NewRecorder(), r, strings.TrimPrefix(r.URL.Path, "/repos/"+feed))
							f.mu.Unlock()
						}
						c.answer(w, r)
						return true
					})
					posted, err := source(t, f, func(config *github.Config) { withToken(config); config.Timeout = 100 * time.Millisecond }).Post(t.Context(), noteOn(1, "Seen."))
					if n.Load() != 1 {
						t.Errorf("%d writes", n.Load())
					}
					if !kept {
						wantProblem(t, err, tracker.CodeUnavailable, c.says)
						wantProblem(t, err, tracker.CodeUnavailable, "the note did not get to Example/mill#1: ")
						wantProblem(t, err, tracker.CodeUnavailable, "and it is not there; post again")
						return
					}
					if err != nil || posted.State != want || posted.By != me || !strings.Contains(posted.URL, "#issuecomment-") {
						t.Errorf("%+v, %v, want %s", posted, err, want)
					}
				})
			}
		}
	}
}

func TestLostAnswerOfAServerThatIsGone(t *testing.T) {
	f, gone := quarry(), new(atomic.Bool)
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method != http.MethodGet {
			gone.Store(true)
		}
		return gone.Load() && refuse(w, http.StatusServiceUnavailable, "", nil)
	}
	_, err := source(t, f, withToken).Post(t.Context(), noteOn(1, "Seen."))
	wantProblem(t, err, tracker.CodeUnavailable, "it cannot be told whether the note is on Example/mill#1: the server does not work at the moment (503 Service Unavailable); look there, or post again, which does not double it")
}

func TestRedirectedCommentsAreSentNowhere(t *testing.T) {
	other := elsewhere(t).URL
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{other + "/repositories/77/issues/1/comments", "/repositories/77/issues/1/comments?access_token=" + secret} {
			for _, ours := range []bool{false, true} {
				f, n := quarry(), new(atomic.Int32)
				if ours {
					f.comment(6000, 1, at(10), object{"body": signed(noteOn(1, "Before.")), "user": object{"login": me}})
				}
				written(f, func(w http.ResponseWriter, _ *http.Request) bool {
					n.Add(1)
					return refuse(w, code, "Moved", map[string]string{"Location": to})
				})
				f.forget()
				_, err := source(t, f, withToken).Post(t.Context(), noteOn(1, "Seen."))
				wantProblem(t, err, tracker.CodeNotFound, "nothing was posted to Example/mill#1: the repository has moved to http://127.0.0.1:")
				if to[0] == '/' {
					wantProblem(t, err, tracker.CodeNotFound, "/repositories/77/issues/1/comments; nothing was sent there")
				}
				if n.Load() != 1 || len(f.requests) != 4 {
					t.Errorf("%d: %d writes, requests %q", code, n.Load(), f.requests)
				}
			}
		}
	}
}

func TestMovedIssueTakesNoComment(t *testing.T) {
	f := quarry()
	f.issue(8, at(8), nil)
	writes := methods(f)
	before := f.before
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if strings.HasSuffix(r.URL.Path, "/issues/1") {
			return refuse(w, http.StatusMovedPermanently, "Moved", map[string]string{"Location": "/repositories/77/issues/8"})
		}
		return before(w, r, n)
	}
	_, err := source(t, f, withToken).Post(t.Context(), noteOn(1, "Seen."))
	wantProblem(t, err, tracker.CodeNotFound, "the issue was moved to https://github.example/Example/mill/issues/8")
	if writes.Load() != 0 {
		t.Errorf("%d writes", writes.Load())
	}
}

func TestHostileCommentsArriveWhole(t *testing.T) {
	const text = "\u202e\x1b[31m é 日本 \U0001f600\r\n\tquoted \"\\\" <!-- almatriage:0123456789abcdef -->\r\n\u2028&amp;</script>"
	f := quarry()
	s := source(t, f, withToken)
	note := noteOn(1, text+"\r\n\n")
	mustPost(t, s, note)
	same(t, "comments", f.bodies(1)[1:], []string{text + "\n\n<!-- " + note.Marker() + " -->"})
	if again := mustPost(t, s, note); again.State != tracker.PostUnchanged {
		t.Errorf("%+v", again)
	}
}

func TestBadAnswersToAComment(t *testing.T) {
	const kind = "application/json; charset=utf-8"
	marker := "<!-- " + noteOn(1, "Seen.").Marker() + " -->"
	for _, c := range []struct {
		name   string
		status int
		kind   string
		body   string
		says   string
	}{
		{"HTML", 201, "text/html", "<html>", `the answer to the note on Example/mill#1 is no JSON but "text/html"; see what is there before you post again: https://github.example/Example/mill/issues/1`},
		{"nothing", 201, kind, "", "does not hold the comment"},
		{"null", 201, kind, "null", "does not hold the comment"},
		{"no id", 201, kind, `{"body":"x"}`, "does not hold the comment"},
		{"somebody else's", 201, kind, fmt.Sprintf(`{"id":7,"body":%q,"user":{"login":"evil\u001b[2J"}}`, marker), "was written by evil, not by Miller-Me"},
		{"nobody's", 201, kind, fmt.Sprintf(`{"id":7,"body":%q,"user":null}`, marker), "was written by ghost"},
		{"cut", 201, kind, `{"id":7,"body":"See","user":{"login":"miller-me"}}`, "without its last line"},
		{"accepted", 202, kind, `{}`, "is 202 Accepted"},
	} {
		f := quarry()
		written(f, func(w http.ResponseWriter, r *http.Request) bool {
			always(c.status, c.kind, c.body).ServeHTTP(w, r)
			return true
		})
		_, err := source(t, f, withToken).Post(t.Context(), noteOn(1, "Seen."))
		wantProblem(t, err, tracker.CodeBadAnswer, c.says)
	}
}

func TestBadAnswersBeforeAComment(t *testing.T) {
	const kind = "application/json; charset=utf-8"
	for _, c := range []struct{ path, kind, body, says string }{
		{"/user", kind, "{}", "does not say who we are"},
		{"/user", kind, "null", "it is null"},
		{"/user", "text/html", "<html>", "no JSON but"},
		{"/issues/1", kind, "[]", "the issue cannot be read"},
		{"/issues/1", kind, "", "it is empty"},
		{"/comments", kind, "null", "the list of comments cannot be read: it is null"},
		{"/comments", kind, "[{}]", "it has no id"},
	} {
		f := quarry()
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Method != http.MethodGet {
				t.Errorf("%+v: written", c)
			}
			if !strings.HasSuffix(r.URL.Path, c.path) {
				return false
			}
			always(http.StatusOK, c.kind, c.body).ServeHTTP(w, r)
			return true
		}
		_, err := source(t, f, withToken).Post(t.Context(), noteOn(1, "Seen."))
		wantProblem(t, err, tracker.CodeBadAnswer, c.says)
		wantProblem(t, err, tracker.CodeBadAnswer, "nothing was posted to Example/mill#1: ")
	}
}

func TestCommentsWithoutEnd(t *testing.T) {
	f, asked := quarry(), 0
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "/comments") {
			asked++
			w.Header().Set("Link", fmt.Sprintf(`<%s?page=%d>; rel="next"`, r.URL.Path, asked))
		}
		return false
	}
	_, err := source(t, f, withToken).Post(t.Context(), noteOn(1, "Seen."))
	wantProblem(t, err, tracker.CodeBadAnswer, "its comments have no end")
	if asked != 100 {
		t.Errorf("%d requests", asked)
	}
}

func TestCommentsOnAnotherHost(t *testing.T) {
	f, other := quarry(), elsewhere(t).URL
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "/comments") {
			w.Header().Set("Link", "<"+other+`/x>; rel="next"`)
		}
		return false
	}
	_, err := source(t, f, withToken).Post(t.Context(), noteOn(1, "Seen."))
	wantProblem(t, err, tracker.CodeBadAnswer, "a next page on another host")
}

func TestPostingIsInterrupted(t *testing.T) {
	f := quarry()
	ctx, cancel := context.WithCancel(t.Context())
	written(f, func(_ http.ResponseWriter, r *http.Request) bool {
		cancel()
		<-r.Context().Done()
		return true
	})
	s := source(t, f, withToken)
	for _, says := range []string{"it cannot be told whether the note is on Example/mill#1: it was interrupted; look there", "nothing was posted to Example/mill#1: it was interrupted"} {
		_, err := s.Post(ctx, noteOn(1, "Seen."))
		wantProblem(t, err, tracker.CodeUnavailable, says)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v is not context.Canceled", err)
		}
	}
}
