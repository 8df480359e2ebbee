package replay

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Note is a note that was added to the recorded ones.
type Note struct {
	ID      int64
	Issue   int64
	User    string
	Text    string // as the server keeps it
	Private bool
	Created time.Time
}

// Trouble is what happens to notes that are posted.
type Trouble string

// The troubles.
const (
	NoTrouble  Trouble = ""
	AnswerLost Trouble = "answer lost" // the note is kept, and the connection ends
	NoteLost   Trouble = "note lost"   // nothing is kept, and the connection ends
	Limited    Trouble = "limited"     // 429, as the limit against spam gives it
)

// Trouble sets what happens to notes from now on. retryAfter is the header of
// that name of Limited; Mantis sends none.
func (s *Server) Trouble(trouble Trouble, retryAfter string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble, s.retryAfter = trouble, retryAfter
}

// AddNote adds a public note, as somebody does while one works, and returns
// its number.
func (s *Server) AddNote(issue int64, user, text string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keep(Note{Issue: issue, User: user, Text: text}).ID
}

// Notes are the notes that were added to a report, oldest first.
func (s *Server) Notes(issue int64) []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Note
	for _, n := range s.notes {
		if n.Issue == issue {
			found = append(found, n)
		}
	}
	return found
}

// lastRecorded is the highest number of a note in a recorded list.
const lastRecorded = 46

// keep stores a note and makes its report the newest.
func (s *Server) keep(n Note) Note {
	s.lastNote++
	n.ID = s.lastNote
	n.Text = kept(n.Text)
	for _, e := range s.entries {
		if at := e.updated.Add(time.Second); at.After(n.Created) {
			n.Created = at
		}
	}
	s.notes = append(s.notes, n)
	s.touch(n.Issue, n.Created)
	return n
}

// kept is what MariaDB keeps of a text: nothing past U+FFFF, and no line end
// at its end.
func kept(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xffff {
			return '\ufffd'
		}
		return r
	}, strings.TrimRight(text, "\r\n"))
}

// noted tells whether a recorded answer to a reading request is out of date,
// for a note was added since.
func (s *Server) noted(r *recording) bool {
	path, _, _ := strings.Cut(r.path, "?")
	number, one := strings.CutPrefix(path, "/api/rest/issues/")
	return r.method == http.MethodGet && slices.ContainsFunc(s.notes, func(n Note) bool {
		return path == "/api/rest/issues" || one && number == strconv.FormatInt(n.Issue, 10)
	})
}

// sentNote reads what was posted; one without a text is none.
func sentNote(body string, issue int64, user string) (n Note, ok bool) {
	var sent struct {
		Text      string
		ViewState struct{ Name string } `json:"view_state"`
	}
	err := json.Unmarshal([]byte(body), &sent)
	return Note{Issue: issue, User: user, Text: sent.Text, Private: sent.ViewState.Name == "private"}, err == nil && strings.TrimSpace(sent.Text) != ""
}

// noteTo is the number of the report that a request adds a note to.
func noteTo(r *http.Request) (number string, ok bool) {
	path, notes := strings.CutSuffix(r.URL.Path, "/notes")
	number, ok = strings.CutPrefix(path, "/api/rest/issues/")
	return number, ok && notes && r.Method == http.MethodPost
}

// keepRecorded keeps the note of a recorded answer that took one.
func (s *Server) keepRecorded(r *http.Request, body string, who login) {
	number, ok := noteTo(r)
	_, found := s.find(number, who.user)
	if !ok || found == nil {
		return
	}
	if n, ok := sentNote(body, found.id, who.user); ok {
		s.keep(n)
	}
}

// post answers a note for a report.
func (s *Server) post(number string, r *http.Request, body string, who login) *recording {
	hidden, found := s.find(number, who.user)
	n, ok := sentNote(body, 0, who.user)
	switch {
	case !isJSON(r) || !ok:
		return named("post-note-without-content-type-400")
	case found == nil && !hidden:
		return named("post-note-missing-issue-404").about("999", number)
	case found == nil || who.user == anonymous || who.user == Viewer:
		return named("post-note-as-viewer-403")
	case found.readOnly():
		return named("post-note-resolved-issue-403").about("16", number)
	case utf8.RuneCountInString(n.Text) > 65535:
		return named("post-note-65536-chars-400")
	case s.trouble == Limited:
		return tooMany(s.retryAfter)
	case s.trouble == NoteLost:
		return &recording{broken: true}
	}
	n.Issue = found.id
	n = s.keep(n)
	if s.trouble == AnswerLost {
		return &recording{broken: true}
	}
	a := named("post-note-201").about("id 12", "id "+number)
	a.header.Set("X-Mantis-Username", who.user)
	_, found = s.find(number, who.user)
	a.body = fmt.Appendf(nil, `{"note":%s,"issue":%s}`, n.json(who.user), s.show(found, who.user))
	return a
}

// readOnly: resolved reports and closed ones take no notes.
func (e *entry) readOnly() bool {
	var issue struct{ Status struct{ ID int } }
	if err := json.Unmarshal([]byte(e.raw), &issue); err != nil {
		panic("replay: " + err.Error())
	}
	return issue.Status.ID >= 80
}

// about is the same answer about another report.
func (r *recording) about(recorded, number string) *recording {
	r.status = strings.ReplaceAll(r.status, recorded, number)
	r.body = []byte(strings.ReplaceAll(string(r.body), recorded, number))
	return r
}

// tooMany was not recorded: it is made of Mantis' source, in the shape of the
// recorded refusals.
func tooMany(retryAfter string) *recording {
	a := named("post-note-resolved-issue-403")
	a.code, a.status = http.StatusTooManyRequests, "429 Hit rate limit threshold"
	a.body = []byte(`{"message":"Hit rate limit threshold","code":27,"localized":"You have reached the allowed activity limit of 10 events within the last 3600 seconds; your action has been blocked to avoid spam, please try again later."}`)
	if retryAfter != "" {
		a.header.Set("Retry-After", retryAfter)
	}
	return a
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// show is a report as a user sees it, with the notes that were added.
func (s *Server) show(e *entry, user string) string {
	var added []string
	for _, n := range s.notes {
		if n.Issue == e.id && (!n.Private || user == n.User || user == Developer) {
			added = append(added, n.json(user))
		}
	}
	if len(added) == 0 {
		return e.raw
	}
	list := strings.Join(added, ",")
	if start := strings.Index(e.raw, `"notes":[`); start >= 0 {
		start += len(`"notes":`)
		var recorded json.RawMessage
		if err := json.NewDecoder(strings.NewReader(e.raw[start:])).Decode(&recorded); err != nil {
			panic("replay: " + err.Error())
		}
		end := start + len(recorded) - 1
		return e.raw[:end] + "," + list + e.raw[end:]
	}
	_, end := e.updatedAt()
	return e.raw[:end+1] + `,"notes":[` + list + "]" + e.raw[end+1:]
}

// json is a note as a user sees it.
func (n Note) json(user string) string {
	view := `{"id":10,"name":"public","label":"public"}`
	if n.Private {
		view = `{"id":50,"name":"private","label":"private"}`
	}
	at := n.Created.Format(layout)
	return fmt.Sprintf(`{"id":%d,"reporter":%s,"text":%s,"view_state":%s,"attachments":[],"type":"note","created_at":"%s","updated_at":"%s"}`,
		n.ID, person(n.User, user), ascii(n.Text), view, at, at)
}

// ascii is JSON as PHP writes it.
func ascii(text string) string {
	b, err := json.Marshal(text)
	if err != nil { // a string
		panic("replay: " + err.Error())
	}
	var out strings.Builder
	for _, r := range strings.ReplaceAll(string(b), "/", `\/`) {
		if r < 0x80 {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}
