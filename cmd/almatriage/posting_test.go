package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// poster is a user whose reports have something to be said of.
func poster(t *testing.T, config string, reports ...string) *user {
	t.Helper()
	u := newUser(t, config)
	u.must("sync")
	for _, id := range reports {
		u.must("mark", id, "needs-info", "-m", "which version was it?")
	}
	return u
}

// as has the user's commands run with a token.
func (u *user) as(variable, token string) { u.env = append(u.env, variable+"="+token) }

// said posts a comment and looks at its end: the status, one sentence, no token.
func (u *user) said(report string, status int, words ...string) {
	u.t.Helper()
	stdout, stderr, got := u.run("comment", report, "--post")
	all := stdout + stderr
	if got != status {
		u.t.Errorf("%s: status %d, not %d\n%s", report, got, status, all)
	}
	for _, want := range words {
		if !strings.Contains(all, want) {
			u.t.Errorf("%s: it does not say %q:\n%s", report, want, all)
		}
	}
	if n := strings.Count(strings.TrimSpace(stderr), "\n"); n > 0 {
		u.t.Errorf("%s: more than a sentence:\n%s", report, stderr)
	}
	if strings.Contains(all, "replay-token") || strings.Contains(all, "ghp_") {
		u.t.Errorf("%s: the token is said:\n%s", report, all)
	}
}

func TestPostToMantis(t *testing.T) {
	server := replay.New(replay.Options{Anonymous: true})
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	u := poster(t, configOf(web.URL), "almbz#3", "almbz#16", "almbz#4")
	before := len(server.Notes(3))
	notes := func(want int) {
		t.Helper()
		if got := len(server.Notes(3)) - before; got != want {
			t.Errorf("%d notes were posted, not %d", got, want)
		}
	}
	if out := u.must("comment", "almbz#3"); !strings.Contains(out, "needs-info (decided by tester on ") || !strings.Contains(out, "Note: which version was it?") {
		t.Errorf("the comment: %s", out)
	}
	u.said("almbz#3", 4, "token") // nobody
	anonymous := u.env
	u.as("ALMATRIAGE_ALMBZ_TOKEN", replay.Token(replay.Viewer))
	u.said("almbz#3", 4, "almbz#3")
	u.env = anonymous
	u.as("ALMATRIAGE_ALMBZ_TOKEN", "replay-token-of-nobody")
	u.said("almbz#3", 4, "token")
	notes(0)
	u.env = anonymous
	u.as("ALMATRIAGE_ALMBZ_TOKEN", replay.Token(replay.Reporter))
	u.said("almbz#3", 0, "Posted to almbz#3 by "+replay.Reporter, "view.php?id=3#c")
	notes(1)
	u.said("almbz#3", 0, "already")
	notes(1)
	server.AddNote(3, replay.Developer, "It was 9.9p1.\n\nalmatriage:0123456789abcdef")
	u.said("almbz#3", 0, "already")
	notes(2)
	u.must("mark", "almbz#3", "not-a-bug", "-m", "it says so in the manual")
	u.said("almbz#3", 0, "replaces")
	notes(3)
	u.said("almbz#16", 1, "almbz#16", "nothing was posted")
	u.said("almbz#999", 7)
	server.Trouble(replay.Limited, "")
	u.said("almbz#4", 1, "almbz#4")
	notes(3)
}

// hub answers as GitHub does, as far as a report and its comments go.
type hub struct {
	mu       sync.Mutex
	comments []map[string]any
	closed   bool
	readOnly bool
	limited  bool
}

const hubRepo = "/repos/Example/mill"

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	base := "http://" + r.Host
	me := map[string]any{"login": "me", "id": 7}
	state := map[bool]string{true: "closed", false: "open"}[h.closed]
	issue := map[string]any{"id": 9007, "number": 7, "state": state, "title": "the mill stands still", "body": "always", "user": map[string]any{"login": "jo"}, "locked": false,
		"html_url": base + "/Example/mill/issues/7", "created_at": "2026-03-01T00:00:00Z", "updated_at": "2026-03-02T00:00:00Z", "labels": []any{},
		"repository_url": base + hubRepo, "url": base + hubRepo + "/issues/7"}
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(v); err != nil {
			panic(err)
		}
	}
	writes := r.Method != http.MethodGet
	switch {
	case r.Header.Get("Authorization") == "" && (writes || r.URL.Path == "/user"):
		answer(401, map[string]any{"message": "Requires authentication"})
	case writes && h.readOnly:
		answer(403, map[string]any{"message": "Resource not accessible by personal access token"})
	case writes && h.limited:
		w.Header().Set("Retry-After", "60")
		answer(429, map[string]any{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."})
	case r.URL.Path == "/user":
		answer(200, me)
	case r.URL.Path == hubRepo:
		answer(200, map[string]any{"id": 77, "full_name": "Example/mill", "private": false})
	case r.URL.Path == hubRepo+"/issues":
		answer(200, []any{issue})
	case r.URL.Path == hubRepo+"/issues/7":
		answer(200, issue)
	case !writes && (r.URL.Path == hubRepo+"/issues/comments" || r.URL.Path == hubRepo+"/issues/7/comments"):
		answer(200, h.comments)
	case writes:
		var body struct{ Body string }
		if data, err := io.ReadAll(r.Body); err != nil || json.Unmarshal(data, &body) != nil {
			answer(400, map[string]any{"message": "Problems parsing JSON"})
			return
		}
		if r.Method == http.MethodPost && r.URL.Path == hubRepo+"/issues/7/comments" {
			answer(201, h.add("me", body.Body, base))
			return
		}
		for _, c := range h.comments {
			if r.Method == http.MethodPatch && r.URL.Path == fmt.Sprintf("%s/issues/comments/%v", hubRepo, c["id"]) {
				c["body"], c["updated_at"] = body.Body, "2026-03-03T00:00:00Z"
				answer(200, c)
				return
			}
		}
		answer(404, map[string]any{"message": "Not Found"})
	default:
		answer(404, map[string]any{"message": "Not Found"})
	}
}

func (h *hub) add(login, body, base string) map[string]any {
	id := 500 + len(h.comments)
	c := map[string]any{"id": id, "body": body, "user": map[string]any{"login": login}, "created_at": "2026-03-02T00:00:00Z", "updated_at": "2026-03-02T00:00:00Z",
		"issue_url": base + hubRepo + "/issues/7", "html_url": fmt.Sprintf("%s/Example/mill/issues/7#issuecomment-%d", base, id)}
	h.comments = append(h.comments, c)
	return c
}

// bodies are what was said so far.
func (h *hub) bodies() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, c := range h.comments {
		all = append(all, c["body"].(string))
	}
	return all
}

func (h *hub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func TestPostToGitHub(t *testing.T) {
	h := &hub{comments: []map[string]any{}}
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	const id = "Example/mill#7"
	u := poster(t, fmt.Sprintf("[[tracker]]\nname = \"github\"\nkind = \"github\"\nurl = %q\nrepos = [\"Example/mill\"]\n\n[user]\nname = \"tester\"\n", web.URL), id)
	u.said(id, 4, "token")
	u.as("ALMATRIAGE_GITHUB_TOKEN", "ghp_invented")
	h.set(func() { h.readOnly = true })
	u.said(id, 4, id)
	h.set(func() { h.readOnly, h.closed = false, true })
	u.said(id, 1, id, "closed")
	h.set(func() { h.closed, h.limited = false, true })
	u.said(id, 1, time.Now().UTC().Format("2006-01-02"))
	if n := len(h.bodies()); n != 0 {
		t.Fatalf("%d comments were posted", n)
	}
	h.set(func() { h.limited = false })
	u.said(id, 0, "Posted to "+id+" by me", "#issuecomment-500")
	u.said(id, 0, "already")
	first := h.bodies()
	if len(first) != 1 || !strings.Contains(first[0], "**needs-info**") {
		t.Fatalf("posted: %q", first)
	}
	h.set(func() { h.add("somebody", "I copy: "+first[0], web.URL) })
	u.must("mark", id, "not-a-bug", "-m", "it says so in the manual")
	u.said(id, 0, "edited")
	u.said(id, 0, "already")
	after := h.bodies()
	if len(after) != 2 || !strings.Contains(after[0], "**not-a-bug**") || after[1] != "I copy: "+first[0] {
		t.Errorf("after the edit: %q", after)
	}
}
