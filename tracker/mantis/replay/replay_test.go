package replay_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// ask makes one request; headers are pairs.
func ask(t *testing.T, address, path, token string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func start(t *testing.T, s *replay.Server) string {
	t.Helper()
	address, stop, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return address
}

func TestAnswersAreThoseRecorded(t *testing.T) {
	viewer, reporter := replay.Token(replay.Viewer), replay.Token(replay.Reporter)
	for _, c := range []struct {
		options             replay.Options
		path, token, status string
		body                string // recording
	}{
		{replay.Options{}, "/api/rest/issues?page_size=10&page=2", viewer, "200 OK", "issues-page2.json"},
		{replay.Options{}, "/api/rest/issues?page=4&page_size=10", viewer, "200 OK", "issues-page4-past-end.json"},
		{replay.Options{}, "/api/rest/issues?page_size=abc", viewer, "500 Internal Server Error", "issues-pagesize-not-a-number.json"},
		{replay.Options{}, "/api/rest/issues/27", viewer, "200 OK", "issue-27-hostile.json"},
		{replay.Options{}, "/api/rest/issues/24", viewer, "403 Access denied for user triage-bot.", "issue-24-private-as-viewer-403.json"},
		{replay.Options{}, "/api/rest/issues/25", reporter, "200 OK", "issue-25-private-as-own-reporter.json"},
		{replay.Options{}, "/api/rest/issues?project_id=4", viewer, "404 Project '4' doesn't exist", ""},
		{replay.Options{}, "/api/rest/issues?page_size=2", "", "401 Valid API token required", ""},
		{replay.Options{}, "/api/rest/issues?page_size=2", "wrong", "401 Valid API token required", ""},
		{replay.Options{}, "/api/rest/issues?page_size=2", "Bearer " + viewer, "401 Valid API token required", ""},
		{replay.Options{}, "/api/rest/users/me", viewer, "200 OK", "users-me-viewer.json"},
		{replay.Options{}, "/api/rest/nothing", viewer, "404 Not Found", "route-unknown-404.json"},
		{replay.Options{Anonymous: true}, "/api/rest/issues?page_size=2&select=id,updated_at", "wrong", "200 OK", "anonymous-on-wrong-token-200.json"},
		{replay.Options{Anonymous: true}, "/api/rest/issues/999", "", "404 Issue #999 not found", "anonymous-on-missing-404.json"},
		{replay.Options{Version: "2.25.8"}, "/api/rest/issues?project_id=4", viewer, "200 OK", "v2258-project-private-200-html.html"},
		{replay.Options{Version: "2.25.8"}, "/api/rest/issues", "wrong", "403 API token not found", ""},
	} {
		resp, body := ask(t, start(t, replay.New(c.options)), c.path, c.token)
		var want []byte
		if c.body != "" {
			want = replay.File(c.body)
		}
		if resp.Status != c.status || !bytes.Equal(body, want) {
			t.Errorf("%+v %s: %s and %d bytes, want %s and %d", c.options, c.path, resp.Status, len(body), c.status, len(want))
		}
	}
}

func TestMadeListIsLikeTheRecordedOne(t *testing.T) {
	// This size was not recorded for this user, but the reports were.
	address := start(t, replay.New(replay.Options{Anonymous: true}))
	resp, body := ask(t, address, "/api/rest/issues?page_size=10&page=1", "")
	if !bytes.Equal(body, replay.File("issues-page1.json")) {
		t.Error("page 1 as anonymous is not that of the viewer")
	}
	if got := resp.Header.Get("X-Mantis-LoginMethod"); got != "cookie" {
		t.Errorf("login method %q", got)
	}
}

func TestRepeatedRecordingsComeInTurn(t *testing.T) {
	address := start(t, replay.New(replay.Options{}))
	for _, name := range []string{"issues-tie-order-1.json", "issues-tie-order-2.json", "issues-tie-order-3.json", "issues-tie-order-3.json"} {
		_, body := ask(t, address, "/api/rest/issues?page_size=10&select=id,created_at,updated_at", replay.Token(replay.Viewer))
		if !bytes.Equal(body, replay.File(name)) {
			t.Errorf("not %s", name)
		}
	}
}

func TestETagIsBareAndCompared(t *testing.T) {
	address := start(t, replay.New(replay.Options{}))
	for _, path := range []string{"/api/rest/issues/1", "/api/rest/issues?project_id=2&page=1&page_size=50"} {
		viewer := replay.Token(replay.Viewer)
		resp, _ := ask(t, address, path, viewer)
		tag := resp.Header.Get("ETag")
		for _, c := range []struct {
			token, sent string
			code        int
		}{
			{viewer, tag, 304},
			{viewer, `"` + tag + `"`, 200},
			{replay.Token(replay.Reporter), tag, 200},
		} {
			if resp, _ := ask(t, address, path, c.token, "If-None-Match", c.sent); resp.StatusCode != c.code {
				t.Errorf("%s as %s with %s: %s, want %d", path, c.token, c.sent, resp.Status, c.code)
			}
		}
	}
}

func TestPostedNotes(t *testing.T) {
	address := start(t, replay.New(replay.Options{}))
	post := func(body string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/rest/issues/16/notes", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", replay.Token(replay.Reporter))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	if got := post(`{"text":"x"}`).Status; got != "403 Issue '16' is read-only." {
		t.Errorf("a note on a resolved report: %s", got)
	}
	if got := post(`{"text":"y"}`).StatusCode; got != 404 {
		t.Errorf("a note that was not recorded: %d", got)
	}
}

func TestSyntheticHasTheShapes(t *testing.T) {
	server := replay.Synthetic(7)
	_, body := ask(t, start(t, server), "/api/rest/issues?page_size=50", "")
	if bytes.Count(body, []byte(`"summary"`)) != 7 || len(server.Numbers("anonymous", 0)) != 7 {
		t.Errorf("list: %.200s", body)
	}
	for _, field := range []string{"steps_to_reproduce", "notes", "history", "view_state", "custom_fields"} {
		if !bytes.Contains(body, []byte(`"`+field+`":`)) {
			t.Errorf("no %s", field)
		}
	}
}
