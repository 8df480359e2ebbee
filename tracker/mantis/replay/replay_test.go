package replay_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

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

// post sends a note as JSON.
func post(t *testing.T, address string, issue int, user, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("%s/api/rest/issues/%d/notes", address, issue), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if user != "" {
		req.Header.Set("Authorization", replay.Token(user))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(answer)
}

func TestPostedNotesAreRefusedAsRecorded(t *testing.T) {
	address := start(t, replay.New(replay.Options{Anonymous: true}))
	for _, c := range []struct {
		issue              int
		user, body, status string
		recording          string
	}{
		{16, replay.Reporter, `{"text":"x"}`, "403 Issue '16' is read-only.", "post-note-resolved-issue-403"},
		{16, replay.Reporter, `{"text":"y"}`, "403 Issue '16' is read-only.", "post-note-resolved-issue-403"},
		{23, replay.Reporter, `{"text":"y"}`, "403 Issue '23' is read-only.", ""},
		{12, replay.Viewer, `{"text":"y"}`, "403 Reporter can't add notes", "post-note-as-viewer-403"},
		{12, "", `{"text":"y"}`, "403 Reporter can't add notes", "anonymous-on-post-note-403"},
		{24, replay.Reporter, `{"text":"y"}`, "403 Reporter can't add notes", "post-note-private-issue-403"},
		{999, replay.Reporter, `{"text":"y"}`, "404 Issue #999 not found", "post-note-missing-issue-404"},
		{998, replay.Reporter, `{"text":"y"}`, "404 Issue #998 not found", ""},
		{12, replay.Reporter, `{"text":" "}`, "400 Issue note not specified.", "post-note-empty-400"},
		{12, replay.Reporter, `{"text":`, "400 Issue note not specified.", "post-note-broken-json-400"},
		{12, replay.Reporter, `{"text":"` + strings.Repeat("z", 65536) + `"}`, `400 Long text field "bugnote" must be shorter than 65535 characters.`, "post-note-65536-chars-400"},
	} {
		resp, body := post(t, address, c.issue, c.user, c.body)
		if resp.Status != c.status || c.recording != "" && body != string(replay.File(c.recording+".json")) {
			t.Errorf("%d as %q, %.20s: %s %s, want %s", c.issue, c.user, c.body, resp.Status, body, c.status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/rest/issues/12/notes", strings.NewReader(`{"text":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", replay.Token(replay.Reporter))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Status != "400 Issue note not specified." {
		t.Errorf("without a content type: %s", resp.Status)
	}
}

func TestRecordedNoteIsShownFromThenOn(t *testing.T) {
	server := replay.New(replay.Options{})
	address := start(t, server)
	const sent = `{"text": "Reproduced on a clean 9.5 machine: 3 of 3 runs.\n$ id user@child.example.org\n"}`
	_, body := post(t, address, 12, replay.Reporter, sent)
	if body != string(replay.File("post-note-201.json")) {
		t.Errorf("not as recorded: %s", body)
	}
	_, shown := ask(t, address, "/api/rest/issues/12", replay.Token(replay.Viewer))
	if !bytes.Contains(shown, []byte(`"notes":[{"id":47,"reporter":{"id":3,"name":"jkowalski"},"text":"Reproduced on a clean 9.5 machine: 3 of 3 runs.\n$ id user@child.example.org",`)) {
		t.Errorf("the note is not shown: %s", shown)
	}
}

func TestPostedNotesAreKeptAndShown(t *testing.T) {
	server := replay.New(replay.Options{})
	address := start(t, server)
	if id := server.AddNote(1, "mtanaka", "Same here."); id != 47 {
		t.Errorf("the first note is number %d", id)
	}
	resp, body := post(t, address, 1, replay.Reporter, `{"text":"a/b \u00e9 \ud83d\ude00\n","view_state":{"name":"private"}}`)
	if resp.Status != "201 Issue Note Created with id 1" || !strings.HasPrefix(body, `{"note":{"id":48,"reporter":{"id":3,"name":"jkowalski","real_name":"Jan Kowalski","email":"jkowalski@example.org"},`) {
		t.Errorf("%s %s", resp.Status, body)
	}
	for user, want := range map[string]int{replay.Viewer: 3, replay.Reporter: 4, replay.Developer: 4} {
		for _, path := range []string{"/api/rest/issues/1", "/api/rest/issues?page_size=1&page=1"} {
			_, body := ask(t, address, path, replay.Token(user))
			var list struct {
				Issues []struct {
					Updated time.Time `json:"updated_at"`
					Notes   []struct {
						ID      int64
						Text    string
						Created time.Time `json:"created_at"`
					}
				}
			}
			if err := json.Unmarshal(body, &list); err != nil {
				t.Fatalf("%s: %v in %s", path, err, body)
			}
			issue := list.Issues[0]
			if len(issue.Notes) != want || bytes.ContainsFunc(body, func(r rune) bool { return r > 0x7f }) {
				t.Fatalf("%s as %s: %d notes, want %d", path, user, len(issue.Notes), want)
			}
			last := issue.Notes[want-1]
			if want == 4 && (last.ID != 48 || last.Text != "a/b é \ufffd" || !last.Created.Equal(issue.Updated)) {
				t.Errorf("%s as %s: %+v of %v", path, user, last, issue.Updated)
			}
		}
	}
	if got := server.Numbers(replay.Viewer, 0)[0]; got != 1 {
		t.Errorf("the newest report is %d", got)
	}
}

func TestTroubleWithNotes(t *testing.T) {
	server := replay.New(replay.Options{})
	address := start(t, server)
	server.Trouble(replay.Limited, "60")
	resp, body := post(t, address, 12, replay.Reporter, `{"text":"y"}`)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "60" || !strings.Contains(body, `"code":27`) {
		t.Errorf("%s %s", resp.Status, body)
	}
	for trouble, kept := range map[replay.Trouble]int{replay.NoteLost: 0, replay.AnswerLost: 1} {
		server.Trouble(trouble, "")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/rest/issues/14/notes", strings.NewReader(`{"text":"y"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", replay.Token(replay.Reporter))
		before := len(server.Notes(14))
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s: answered with %s", trouble, resp.Status)
		}
		if got := len(server.Notes(14)) - before; got != kept {
			t.Errorf("%s: %d notes kept", trouble, got)
		}
	}
}

func TestEverybodyLearnsWhoTheyAre(t *testing.T) {
	address := start(t, replay.New(replay.Options{Anonymous: true}))
	for token, want := range map[string]string{
		replay.Token(replay.Developer): `{"id":2,"name":"releng","real_name":"Release Engineer","email":"releng@example.org",`,
		replay.Token(replay.Reporter):  string(replay.File("users-me-reporter.json")),
		"wrong":                        string(replay.File("anonymous-on-users-me.json")),
		"":                             string(replay.File("anonymous-on-users-me.json")),
	} {
		resp, body := ask(t, address, "/api/rest/users/me", token)
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(string(body), want) || !json.Valid(body) {
			t.Errorf("%q: %s %s", token, resp.Status, body)
		}
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
