package mantis_test

import (
	"bytes"
	"context"
	"encoding/json"
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

// as makes a source that of another user.
func as(user string) func(*mantis.Config) {
	return func(c *mantis.Config) { c.Token = token(replay.Token(user)) }
}

// noteOn is a note of the tests.
func noteOn(number int64, text string) tracker.Note {
	return tracker.Note{Report: tracker.ID{Space: "almbz", Number: number}, Text: text}
}

// mustPost posts and fails the test on an error.
func mustPost(t *testing.T, s *mantis.Source, note tracker.Note) tracker.Posted {
	t.Helper()
	posted, err := s.Post(t.Context(), note)
	if err != nil {
		t.Fatal(err)
	}
	return posted
}

// writes counts the requests that were no reading.
func writes(server *replay.Server) (n int) {
	for _, r := range server.Requests() {
		if !strings.HasPrefix(r, "GET ") {
			n++
		}
	}
	return n
}

// hooked gives the notes that are posted to another handler. They are read
// first: only then does the server see that a client has gone.
func hooked(server http.Handler, notes http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			server.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		notes(w, r)
	})
}

func TestPostOnce(t *testing.T) {
	for _, version := range []string{"2.25.8", "2.28.4"} {
		server := replay.New(replay.Options{Version: version})
		note := noteOn(12, "Seen on both sides.\n")
		posted := mustPost(t, source(t, server, as(replay.Reporter)), note)
		if posted.State != tracker.PostAdded || posted.By != replay.Reporter || posted.Replaces != "" || !strings.HasSuffix(posted.URL, "/view.php?id=12#c47") {
			t.Errorf("%s: %+v", version, posted)
		}
		got := server.Notes(12)
		if want := "Seen on both sides.\n\nalmatriage:" + note.Hash(); len(got) != 1 || got[0].Text != want || got[0].User != replay.Reporter || got[0].Private {
			t.Errorf("%s: notes %+v, want %q", version, got, want)
		}
		same(t, version, server.Requests(), []string{"GET /api/rest/users/me", "GET /api/rest/issues/12", "POST /api/rest/issues/12/notes"})
	}
}

func TestPostIsNotDoubled(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, as(replay.Reporter))
	note := noteOn(12, "Seen on both sides.")
	// A copy of the marker in somebody else's note counts for nothing.
	server.AddNote(12, "mtanaka", "I said it first.\nalmatriage:"+note.Hash())
	first := mustPost(t, s, note)
	server.AddNote(12, "mtanaka", "Thank you!\n> almatriage:"+note.Hash()+"\nalmatriage:0123456789abcdef")
	server.AddNote(12, replay.Reporter, "I wrote this one by hand.")
	again := mustPost(t, s, note)
	if first.State != tracker.PostAdded || again.State != tracker.PostUnchanged || again.URL != first.URL || again.By != replay.Reporter {
		t.Errorf("first %+v, then %+v", first, again)
	}
	// Another program of the same user knows as much.
	if other := mustPost(t, source(t, server, as(replay.Reporter)), note); other.State != tracker.PostUnchanged {
		t.Errorf("another time %+v", other)
	}
	if writes(server) != 1 {
		t.Errorf("requests %q", server.Requests())
	}
	// Somebody else says it too, for it was not them.
	if posted := mustPost(t, source(t, server, as(replay.Developer)), note); posted.State != tracker.PostAdded || posted.Replaces != "" || posted.By != replay.Developer {
		t.Errorf("somebody else %+v", posted)
	}
}

func TestChangedNoteNamesTheEarlierOne(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, as(replay.Reporter))
	first := mustPost(t, s, noteOn(12, "Both sides."))
	second := mustPost(t, s, noteOn(12, "Only AlmaLinux."))
	if second.State != tracker.PostAdded || second.Replaces != first.URL || second.URL == first.URL {
		t.Errorf("%+v after %+v", second, first)
	}
	text := server.Notes(12)[1].Text
	if want := "Only AlmaLinux.\n\nThis note replaces ~0000047.\n\n" + noteOn(12, "Only AlmaLinux.").Marker(); text != want {
		t.Errorf("%q, want %q", text, want)
	}
	if same := mustPost(t, s, noteOn(12, "Only AlmaLinux.")); same.State != tracker.PostUnchanged || same.URL != second.URL {
		t.Errorf("%+v", same)
	}
	// The newest one counts: what was said before it is said again.
	back := mustPost(t, s, noteOn(12, "Both sides."))
	if back.State != tracker.PostAdded || back.Replaces != second.URL || len(server.Notes(12)) != 3 {
		t.Errorf("%+v", back)
	}
}

func TestNotesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		options replay.Options
		token   string
		number  int64
		code    tracker.Code
		says    string
		writes  int
	}{
		{"resolved", replay.Options{}, replay.Token(replay.Reporter), 16, tracker.CodeReadOnly, "nothing was posted to almbz#16: the report is resolved or closed and takes no notes; reopen it", 1},
		{"closed", replay.Options{}, replay.Token(replay.Developer), 23, tracker.CodeReadOnly, "posted to almbz#23: the report is resolved or closed", 1},
		{"missing", replay.Options{}, replay.Token(replay.Reporter), 999, tracker.CodeNotFound, "posted to almbz#999: the tracker has no such report", 0},
		{"private", replay.Options{}, replay.Token(replay.Reporter), 24, tracker.CodeAuth, "the report is private and jkowalski may not see it; save the token of an account that may see it and is reporter", 0},
		{"a viewer", replay.Options{}, replay.Token(replay.Viewer), 12, tracker.CodeAuth, "triage-bot may not add notes to it (403 Reporter can't add notes); save the token of an account that may see it and is reporter", 1},
		{"no token", replay.Options{}, "", 12, tracker.CodeAuth, "posted to almbz#12: that needs a token; make a token on the tracker's page My Account, API Tokens, and set ALMATRIAGE_ALMBZ_TOKEN", 0},
		{"no token where anonymous may read", replay.Options{Anonymous: true}, "", 12, tracker.CodeAuth, "that needs a token", 0},
		{"a wrong token", replay.Options{}, "replay-token-gone", 12, tracker.CodeAuth, "does not accept the token (401 Valid API token required)", 0},
		{"a wrong token taken for anonymous", replay.Options{Anonymous: true}, "replay-token-gone", 12, tracker.CodeAuth, "took no notice of the token", 0},
		{"a wrong token, 2.25.8", replay.Options{Version: "2.25.8", Anonymous: true}, "replay-token-gone", 12, tracker.CodeAuth, "403 API token not found", 0},
		{"a token that is none", replay.Options{}, "replay-token\nX: y", 12, tracker.CodeAuth, "the token has blanks", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := replay.New(c.options)
			s := source(t, server, func(config *mantis.Config) { config.Token = token(c.token) })
			_, err := s.Post(t.Context(), noteOn(c.number, "Seen."))
			wantProblem(t, err, c.code, c.says)
			if writes(server) != c.writes || len(server.Notes(c.number)) != 0 {
				t.Errorf("requests %q, notes %+v", server.Requests(), server.Notes(c.number))
			}
			if c.token == "" && len(server.Requests()) != 0 {
				t.Errorf("asked without a token: %q", server.Requests())
			}
		})
	}
}

func TestNoteOnAReportOfAnotherTracker(t *testing.T) {
	server := replay.New(replay.Options{})
	for _, id := range []tracker.ID{{Space: "other", Number: 12}, {Space: "almbz"}, {Space: "AlmaLinux/almbz", Number: 12}} {
		_, err := source(t, server, as(replay.Reporter)).Post(t.Context(), tracker.Note{Report: id, Text: "Seen."})
		wantProblem(t, err, tracker.CodeRefused, "no report of this tracker")
	}
	if len(server.Requests()) != 0 {
		t.Errorf("requests %q", server.Requests())
	}
}

func TestRefusedTokenIsAskedForAgainBeforeTheNextNote(t *testing.T) {
	tokens := []string{replay.Token(replay.Viewer), replay.Token(replay.Reporter)}
	s := source(t, replay.New(replay.Options{}), func(c *mantis.Config) {
		c.Token = func(context.Context) (string, error) {
			one := tokens[0]
			tokens = tokens[1:]
			return one, nil
		}
	})
	_, err := s.Post(t.Context(), noteOn(12, "Seen."))
	wantProblem(t, err, tracker.CodeAuth, "triage-bot")
	if posted := mustPost(t, s, noteOn(12, "Seen.")); posted.By != replay.Reporter {
		t.Errorf("%+v", posted)
	}
}

func TestLimitOfNotes(t *testing.T) {
	for _, c := range []struct {
		after, says string
		until       time.Time
	}{
		{"", "may be posted again within the hour", time.Time{}},
		{"soon", "within the hour", time.Time{}},
		{"90", "may be posted again after 2026-11-24T08:01:30Z", now.Add(90 * time.Second)},
	} {
		server := replay.New(replay.Options{})
		server.Trouble(replay.Limited, c.after)
		var slept waits
		s := source(t, server, func(config *mantis.Config) { as(replay.Reporter)(config); config.Sleep = slept.sleep })
		_, err := s.Post(t.Context(), noteOn(12, "Seen."))
		wantProblem(t, err, tracker.CodeRateLimited, c.says)
		wantProblem(t, err, tracker.CodeRateLimited, "jkowalski has written too much in a short time (429 Hit rate limit threshold)")
		var problem *tracker.Error
		if errors.As(err, &problem); !problem.Until.Equal(c.until) {
			t.Errorf("until %v, want %v", problem.Until, c.until)
		}
		if writes(server) != 1 || len(slept.slept) != 0 {
			t.Errorf("posted %d times, slept %v", writes(server), slept.slept)
		}
	}
}

func TestLengthOfNotes(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, as(replay.Reporter))
	const rest = len("\n\nalmatriage:0123456789abcdef")
	longest := strings.Repeat("é", (65535-rest)/2) // two bytes each
	longest += strings.Repeat("x", 65535-rest-len(longest))
	_, err := s.Post(t.Context(), noteOn(12, longest+"x"))
	wantProblem(t, err, tracker.CodeRefused, "nothing was posted to almbz#12: the note and its marker are 65536 bytes, 1 more than the 65535 that the tracker takes; shorten it")
	if writes(server) != 0 {
		t.Errorf("requests %q", server.Requests())
	}
	mustPost(t, s, noteOn(12, longest))
	if got := server.Notes(12); len(got) != 1 || len(got[0].Text) != 65535 {
		t.Errorf("%d notes", len(got))
	}
	// The line that names the earlier note counts too.
	_, err = s.Post(t.Context(), noteOn(12, longest[:len(longest)-1]+"y"))
	wantProblem(t, err, tracker.CodeRefused, "30 more than the 65535")
}

func TestLostAnswers(t *testing.T) {
	// Whether the note was kept, only the server knows.
	gone := func(server *replay.Server, kept bool, answer func(http.ResponseWriter, *http.Request)) http.Handler {
		return hooked(server, func(w http.ResponseWriter, r *http.Request) {
			if kept {
				server.ServeHTTP(httptest.NewRecorder(), r)
			}
			answer(w, r)
		})
	}
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		says   string
	}{
		{"connection broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "cannot reach 127.0.0.1"},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4000")
			w.WriteHeader(http.StatusCreated)
			io.WriteString(w, `{"note":{`) //nolint:errcheck // the client tells
		}, "the answer broke off"},
		{"no answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no whole answer within 100ms"},
		{"500", status(http.StatusInternalServerError), "500 Internal Server Error"},
		{"502", status(http.StatusBadGateway), "502 Bad Gateway"},
		{"504", status(http.StatusGatewayTimeout), "504 Gateway Timeout"},
	} {
		for _, kept := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, kept %v", c.name, kept), func(t *testing.T) {
				server := replay.New(replay.Options{})
				server.AddNote(12, replay.Reporter, "Both sides.\n\n"+noteOn(12, "Both sides.").Marker())
				s := source(t, gone(server, kept, c.answer), func(config *mantis.Config) {
					as(replay.Reporter)(config)
					config.Timeout = 100 * time.Millisecond
				})
				posted, err := s.Post(t.Context(), noteOn(12, "Only AlmaLinux."))
				if !kept {
					wantProblem(t, err, tracker.CodeUnavailable, "the note did not get to almbz#12: ")
					wantProblem(t, err, tracker.CodeUnavailable, c.says)
					wantProblem(t, err, tracker.CodeUnavailable, ", and it is not there; post again")
					return
				}
				if err != nil || posted.State != tracker.PostAdded || !strings.HasSuffix(posted.URL, "#c48") || !strings.HasSuffix(posted.Replaces, "#c47") || posted.By != replay.Reporter {
					t.Errorf("%+v, %v", posted, err)
				}
				if len(server.Notes(12)) != 2 {
					t.Errorf("notes %+v", server.Notes(12))
				}
			})
		}
	}
}

func TestLostAnswerIsPostedAgainByThePersonOnly(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, as(replay.Reporter))
	server.Trouble(replay.NoteLost, "")
	_, err := s.Post(t.Context(), noteOn(12, "Seen."))
	wantProblem(t, err, tracker.CodeUnavailable, "it is not there; post again")
	if writes(server) != 1 {
		t.Errorf("requests %q", server.Requests())
	}
	server.Trouble(replay.AnswerLost, "")
	mustPost(t, s, noteOn(12, "Seen."))
	server.Trouble(replay.NoTrouble, "")
	if posted := mustPost(t, s, noteOn(12, "Seen.")); posted.State != tracker.PostUnchanged || len(server.Notes(12)) != 1 {
		t.Errorf("%+v, notes %+v", posted, server.Notes(12))
	}
}

func TestLostAnswerOfAServerThatIsGone(t *testing.T) {
	server := replay.New(replay.Options{})
	handler := hooked(server, func(w http.ResponseWriter, r *http.Request) {
		server.ServeHTTP(httptest.NewRecorder(), r)
		server.Force("service-offline-503")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	s := source(t, handler, as(replay.Reporter))
	_, err := s.Post(t.Context(), noteOn(12, "Seen."))
	wantProblem(t, err, tracker.CodeUnavailable, "it cannot be told whether the note is on almbz#12: the server does not work at the moment (503 Service Unavailable); look there, or post again, which does not double it")
	server.Force("")
	if posted := mustPost(t, s, noteOn(12, "Seen.")); posted.State != tracker.PostUnchanged {
		t.Errorf("%+v", posted)
	}
}

func TestRedirectedNotesAreSentNowhere(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked for %s %s", r.Method, r.URL)
	}))
	defer other.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{other.URL + "/notes", "/api/rest/index.php/issues/12/notes", "/login?token=" + replay.Token(replay.Reporter)} {
			server := replay.New(replay.Options{})
			handler := hooked(server, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/rest/issues/12/notes" {
					t.Errorf("%d was followed to %s", code, r.URL)
				}
				http.Redirect(w, r, to, code)
			})
			_, err := source(t, handler, as(replay.Reporter)).Post(t.Context(), noteOn(12, "Seen."))
			wantProblem(t, err, tracker.CodeUnavailable, "nothing was posted to almbz#12: the server redirects to http://127.0.0.1:")
			if path, _, _ := strings.Cut(to, "?"); to[0] == '/' {
				wantProblem(t, err, tracker.CodeUnavailable, path+"; nothing was sent there")
			}
			same(t, "requests", server.Requests(), []string{"GET /api/rest/users/me", "GET /api/rest/issues/12"})
		}
	}
}

func TestNotesOnPrivateReportsArePrivate(t *testing.T) {
	for _, c := range []struct {
		number  int64
		private bool
		want    bool
	}{{25, false, true}, {25, true, true}, {12, true, true}, {12, false, false}} {
		server := replay.New(replay.Options{})
		s := source(t, server, as(replay.Reporter))
		note := noteOn(c.number, "Seen.")
		note.Private = c.private
		mustPost(t, s, note)
		if got := server.Notes(c.number); len(got) != 1 || got[0].Private != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
		if again := mustPost(t, s, note); again.State != tracker.PostUnchanged {
			t.Errorf("our own private note is not seen: %+v", again)
		}
	}
}

func TestHostileNotesArriveWhole(t *testing.T) {
	const text = "\u202e\x1b[31m é 日本 \U0001f600\r\n\tquoted \"\\\" <!-- almatriage:0123456789abcdef -->\r\n\u2028&amp;</script>"
	server := replay.New(replay.Options{})
	var sent struct{ Text string }
	handler := hooked(server, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &sent) != nil {
			t.Errorf("%v: %q", err, body)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		server.ServeHTTP(w, r)
	})
	note := noteOn(12, text+"\r\n\n")
	s := source(t, handler, as(replay.Reporter))
	mustPost(t, s, note)
	if want := text + "\n\n" + note.Marker(); sent.Text != want {
		t.Errorf("%q, want %q", sent.Text, want)
	}
	// The server has lost the emoji, and knows the note again.
	if again := mustPost(t, s, note); again.State != tracker.PostUnchanged || !strings.Contains(server.Notes(12)[0].Text, "\ufffd") {
		t.Errorf("%+v", again)
	}
}

func TestPostingIsInterrupted(t *testing.T) {
	server := replay.New(replay.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	s := source(t, hooked(server, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}), as(replay.Reporter))
	_, err := s.Post(ctx, noteOn(12, "Seen."))
	wantProblem(t, err, tracker.CodeUnavailable, "it cannot be told whether the note is on almbz#12: it was interrupted; look there")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	_, err = s.Post(ctx, noteOn(12, "Seen."))
	wantProblem(t, err, tracker.CodeUnavailable, "nothing was posted to almbz#12: it was interrupted")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
}

func TestBadAnswersToANote(t *testing.T) {
	const kind = "application/json"
	marker := noteOn(25, "Seen.").Marker()
	answer := func(reporter int, text, view string) string {
		return fmt.Sprintf(`{"note":{"id":90,"reporter":{"id":%d,"name":"evil\u001b[2J"},"text":%q,"view_state":{"id":0,"name":%q}}}`, reporter, text, view)
	}
	for _, c := range []struct {
		name   string
		status int
		kind   string
		body   string
		code   tracker.Code
		says   string
	}{
		{"HTML", 201, "text/html", "<html>", tracker.CodeBadAnswer, `is no JSON but "text/html"; see what is there`},
		{"nothing", 201, kind, "", tracker.CodeBadAnswer, "the answer to the note on almbz#25 does not hold the note"},
		{"no note", 201, kind, `{"issue":{}}`, tracker.CodeBadAnswer, "does not hold the note"},
		{"an array", 201, kind, `[]`, tracker.CodeBadAnswer, "does not hold the note"},
		{"added as somebody else", 201, kind, answer(8, marker, "private"), tracker.CodeBadAnswer, "says that it was added by evil, not by jkowalski"},
		{"cut", 201, kind, answer(3, "See", "private"), tracker.CodeBadAnswer, "without its last line"},
		{"another marker", 201, kind, answer(3, "almatriage:0123456789abcdef", "private"), tracker.CodeBadAnswer, "without its last line"},
		{"public", 201, kind, answer(3, marker, "public"), tracker.CodeBadAnswer, "shows it as public, though it was sent as private"},
		{"200", 200, "text/html", "<html>", tracker.CodeBadAnswer, "is 200 OK"},
		{"a redirect without an address", 302, "", "", tracker.CodeBadAnswer, "is 302 Found"},
		{"too long after all", 400, kind, `{"message":"Long text field","code":28}`, tracker.CodeRefused, "the tracker does not take the note (400 Long text field)"},
		{"too large", 413, "", "", tracker.CodeRefused, "413 Request Entity Too Large"},
		{"gone meanwhile", 404, kind, `{"message":"Issue #25 not found","code":1100}`, tracker.CodeNotFound, "no longer has the report"},
		{"token revoked meanwhile", 401, "", "", tracker.CodeAuth, "does not accept the token (401 Unauthorized)"},
		{"spam by its code", 403, kind, `{"message":"slow down","code":27}`, tracker.CodeRateLimited, "within the hour"},
		{"the token said back", 403, kind, `{"message":"` + replay.Token(replay.Reporter) + `\u001b[2J may not","code":13}`, tracker.CodeAuth, "(403 (token) may not)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := replay.New(replay.Options{})
			handler := hooked(server, always(c.status, c.kind, c.body).ServeHTTP)
			_, err := source(t, handler, as(replay.Reporter)).Post(t.Context(), noteOn(25, "Seen."))
			wantProblem(t, err, c.code, c.says)
			wantProblem(t, err, c.code, "almbz#25")
		})
	}
}

func TestNoteThatWaitsForAModerator(t *testing.T) {
	server := replay.New(replay.Options{})
	handler := hooked(server, always(http.StatusAccepted, "", "").ServeHTTP)
	posted := mustPost(t, source(t, handler, as(replay.Reporter)), noteOn(12, "Seen."))
	if posted.State != tracker.PostAdded || !strings.HasSuffix(posted.URL, "/view.php?id=12") {
		t.Errorf("%+v", posted)
	}
}

func TestBadAnswersBeforeANote(t *testing.T) {
	const kind = "application/json"
	for _, c := range []struct{ path, kind, body, says string }{
		{"users/me", kind, `{}`, "does not say who we are"},
		{"users/me", kind, `null`, "does not say who we are"},
		{"users/me", kind, `[`, "does not say who we are"},
		{"users/me", "text/html", `<html>`, "no JSON but"},
		{"issues/12", kind, `{"issues":[]}`, "it is about another report"},
		{"issues/12", kind, `{"issues":[` + invented(13, "2026-01-01T00:00:00Z") + `]}`, "it is about another report"},
		{"issues/12", kind, `{"issues":`, "it breaks off"},
	} {
		server := replay.New(replay.Options{})
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, c.path) {
				server.ServeHTTP(w, r)
				return
			}
			w.Header().Set("X-Mantis-LoginMethod", "api-token")
			always(http.StatusOK, c.kind, c.body).ServeHTTP(w, r)
		})
		_, err := source(t, handler, as(replay.Reporter)).Post(t.Context(), noteOn(12, "Seen."))
		wantProblem(t, err, tracker.CodeBadAnswer, c.says)
		wantProblem(t, err, tracker.CodeBadAnswer, "nothing was posted to almbz#12: ")
		if writes(server) != 0 {
			t.Errorf("requests %q", server.Requests())
		}
	}
}
