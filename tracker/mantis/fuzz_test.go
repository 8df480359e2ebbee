package mantis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
	"github.com/almatriage/almatriage/tracker/remote/remotetest"
	"github.com/almatriage/almatriage/tracker/safe"
)

// FuzzParsePlace: a cursor's Extra is a place or none, and a place is read back
// from what it is written as.
func FuzzParsePlace(f *testing.F) {
	f.Add(`{"project":3,"hidden":[4,5],"user":"jane"}`)
	f.Add(`{"project":-1,"user":"jane"}`)
	f.Add(`{"project":1,"hidden":[],"user":"\ud800"}`)
	f.Add(`null`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, extra string) {
		p := parsePlace(extra)
		if p.Project < 0 || p.Project == 0 && (p.User != "" || p.Hidden != nil) {
			t.Fatalf("%q: %+v", extra, p)
		}
		if p.Project == 0 {
			return
		}
		again := parsePlace(p.extra())
		if len(p.Hidden) == 0 {
			p.Hidden = nil // left out
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Errorf("%q: %s", extra, diff)
		}
	})
}

// FuzzRetryAfter: a server cannot make us wait for a time that is none.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "120", "-1", "99999999999999999999", "Wed, 25 Nov 2026 12:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 01 Jan 0000 00:00:00 GMT", "1e9"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		wait, until := retryAfter(value, now)
		if wait < 0 || (wait == 0) != until.IsZero() || wait > 0 && !until.After(now) {
			t.Errorf("%q: %v until %v", value, wait, until)
		}
		if wait > 0 && wait != time.Duration(1<<63-1) && !until.Equal(now.Add(wait)) {
			t.Errorf("%q: %v from now is not %v", value, wait, until)
		}
	})
}

// FuzzProjects: a list of projects, however deep, is walked to its end, and
// each project that is met has been in it.
func FuzzProjects(f *testing.F) {
	f.Add([]byte(`{"projects":[{"id":1,"name":"AlmaLinux-9","enabled":true,"subProjects":[{"id":2,"name":"x"}]}]}`))
	f.Add([]byte(`{"projects":[{"id":"1","view_state":{"name":"private"}},null]}`))
	f.Add(replay.File("projects.json"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var list struct{ Projects []project }
		if json.Unmarshal(body, &list) != nil {
			return
		}
		met, readable := 0, 0
		eachProject(list.Projects, func(p project) {
			met++
			if p.readable() {
				readable++
				if p.ID < 1 || p.Name == "" {
					t.Errorf("%q: %+v is read", body, p)
				}
			}
		})
		if met < len(list.Projects) || readable > met || met > len(body) {
			t.Errorf("%q: %d projects are met, %d read", body, met, readable)
		}
	})
}

// FuzzPost: whatever the server answers to who we are, to the report and to the
// note, the note is sent once at most, as private unless the report is said to
// be public; it is said to be there only if the server showed it with its
// marker or keeps it for approval; and what went wrong is one clean line that
// does not hold the token.
func FuzzPost(f *testing.F) {
	const secret = "s3cr3t-t0k3n"
	wanted := tracker.Note{Report: tracker.ID{Space: "almbz", Number: 12}, Text: "Seen on both sides."}
	me, marker := []byte(`{"id":7,"name":"jane"}`), wanted.Marker()
	issue := func(more string) []byte {
		return []byte(`{"issues":[{"id":12,"created_at":"2026-03-01T00:00:00Z","updated_at":"2026-03-01T00:00:00Z"` + more + `}]}`)
	}
	note := func(by, last, more string) string {
		return `{"id":47,"reporter":` + by + `,"text":"Seen.\n\n` + last + `","created_at":"2026-03-01T00:00:00Z","updated_at":"2026-03-01T00:00:00Z"` + more + `}`
	}
	const public = `,"view_state":{"id":10,"name":"public"}`
	f.Add(me, issue(public), []byte(`{"note":`+note(`{"id":7}`, marker, public)+`}`), 201, false)
	f.Add(me, issue(""), []byte(`{"note":`+note(`{"name":"jane"}`, marker, public)+`}`), 201, false)
	f.Add(me, issue(`,"notes":[`+note(`{"id":7}`, marker, "")+`]`), []byte(nil), 500, true)
	f.Add(me, issue(public+`,"notes":[`+note(`{"id":8}`, marker, "")+`,`+note(`{"id":7}`, "almatriage:0123456789abcdef", "")+`]`), []byte(`{"note":null}`), 201, true)
	f.Add(me, issue(public), []byte(`{"message":"`+secret+` \u001b[31m\u202e","code":1103}`), 403, false)
	f.Add([]byte(`{"id":7,"name":"`+secret+`\n"}`), issue(public), []byte(`[]`), 202, false)
	f.Add([]byte(`null`), []byte(`{"issues":[null]}`), []byte(``), 302, false)
	f.Add(replay.File("anonymous-on-users-me.json"), replay.File("issue-27-hostile.json"), []byte(`{"note":{"id":-1}}`), 429, false)
	f.Fuzz(func(t *testing.T, me, issue, answer []byte, status int, private bool) {
		status = 200 + int(uint(status)%400)
		var sent []byte
		writes := 0
		server := remotetest.Answering(func(r *http.Request) *http.Response {
			body, code := issue, http.StatusOK
			switch {
			case r.Method != http.MethodGet:
				writes++
				body, code = answer, status
				sent, _ = io.ReadAll(r.Body)
			case strings.HasSuffix(r.URL.Path, "/users/me"):
				body = me
			}
			return &http.Response{StatusCode: code, Request: r, Body: io.NopCloser(bytes.NewReader(body)),
				Header: http.Header{"Content-Type": {"application/json"}, "X-Mantis-Loginmethod": {"api-token"}}}
		})
		s, err := New(Config{Name: "almbz", URL: "https://bugs.example.org", HTTP: &http.Client{Transport: server},
			Token: func(context.Context) (string, error) { return secret, nil }, Sleep: func(context.Context, time.Duration) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		wanted := wanted
		wanted.Private = private
		posted, err := s.Post(t.Context(), wanted)
		if writes > 1 {
			t.Fatalf("sent %d times", writes)
		}
		if bytes.Contains(sent, []byte(`"name":"public"`)) && (private || !strings.Contains(remotetest.Texts(issue), "public") && !bytes.Contains(issue, []byte("10"))) {
			t.Fatalf("%q: sent is %s", issue, sent)
		}
		if err != nil {
			var e *tracker.Error
			if !errors.As(err, &e) || e.Message == "" || safe.Line(e.Message).String() != e.Message || strings.Contains(e.Message, secret) || posted != (tracker.Posted{}) {
				t.Fatalf("%+v, %q", posted, err)
			}
			if writes == 0 && !strings.HasPrefix(e.Message, "nothing was posted to almbz#12: ") {
				t.Fatalf("nothing was sent: %q", e.Message)
			}
			return
		}
		there := strings.Contains(remotetest.Texts(issue), marker)
		switch posted.State {
		case tracker.PostUnchanged:
			if writes != 0 || !there {
				t.Fatalf("%+v, but it is not in %q", posted, issue)
			}
		case tracker.PostAdded:
			if writes != 1 || !there && status != http.StatusAccepted && !strings.Contains(remotetest.Texts(answer), marker) {
				t.Fatalf("%+v, but it is not in %q, answered with %d %q", posted, issue, status, answer)
			}
		default:
			t.Fatalf("%+v", posted)
		}
		if posted.By == "" || !strings.HasPrefix(posted.URL, "https://bugs.example.org/view.php?id=12") || strings.Contains(posted.By, secret) {
			t.Fatalf("%+v", posted)
		}
	})
}
