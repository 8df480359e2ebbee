package mantis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/remote"
)

// noteMax is the longest note that the server takes, in bytes.
const noteMax = 65_535

// Mantis' own codes of what it refuses.
const (
	codeSpam     = 27   // too many notes an hour
	codeReadOnly = 1103 // the report is resolved or closed
)

// tokenWanted is the next step of those who may not write.
const tokenWanted = "save the token of an account that may see it and is reporter or more in its project"

var _ tracker.Poster = (*Source)(nil)

// Post adds a note with a visible marker in its last line. Notes cannot be
// edited here: one that says something else names our earlier one.
func (s *Source) Post(ctx context.Context, note tracker.Note) (tracker.Posted, error) {
	if note.Report.Space != s.config.Name || note.Report.Number < 1 {
		return tracker.Posted{}, s.server.Unposted(note, tracker.CodeRefused, "it is no report of this tracker, whose reports are named like %s#1", s.config.Name)
	}
	return s.server.Post(ctx, note, &posting{Source: s, note: note, page: s.page(note.Report.Number)})
}

// posting is a remote.Writer.
type posting struct {
	*Source
	note    tracker.Note
	page    string // of the report
	me      enum   // known after Login
	private bool   // known after Look
}

// Login asks who we are. Refusals do not tell as whom they were given, so this
// comes first: a wrong token is taken for anonymous.
func (p *posting) Login(ctx context.Context) (string, error) {
	if err := p.server.LoadToken(ctx); err != nil {
		return "", err
	}
	if !p.server.HasToken() {
		return "", p.problem(tracker.CodeAuth, "that needs a token; %s", p.tokenAdvice())
	}
	a, err := p.get(ctx, "users/me", nil, "")
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(a.body, &p.me); err != nil || p.me.ID < 1 || p.me.Name == "" {
		return "", p.problem(tracker.CodeBadAnswer, "the answer to %s does not say who we are; check that the url is that of a MantisBT", a.path)
	}
	return p.me.Name, nil
}

// Look reads the report afresh: notes may have come since the last sync.
func (p *posting) Look(ctx context.Context) (remote.Mark, error) {
	number := p.note.Report.Number
	a, err := p.get(ctx, "issues/"+strconv.FormatInt(number, 10), nil, "")
	var status statusError
	switch {
	case errors.As(err, &status) && status == http.StatusNotFound:
		return remote.Mark{}, p.problem(tracker.CodeNotFound, "the tracker has no such report; check its number")
	case errors.As(err, &status) && status == http.StatusForbidden:
		return remote.Mark{}, p.problem(tracker.CodeAuth, "the report is private and %s may not see it; %s", p.me.Name, tokenWanted)
	case err != nil:
		return remote.Mark{}, err
	}
	list, err := decodeIssues(a.body)
	if err == nil && (len(list) != 1 || list[0].ID != number) {
		err = errors.New("it is about another report")
	}
	if err != nil {
		return remote.Mark{}, p.problem(tracker.CodeBadAnswer, "the answer to %s cannot be read: %v; try again later", a.path, err)
	}
	p.private = p.note.Private || !list[0].ViewState.public()
	return p.newest(list[0].Notes), nil
}

// newest is the mark of our newest note that has one.
func (p *posting) newest(notes []note) (found remote.Mark) {
	for _, n := range notes {
		if m, ok := p.mark(n); ok && m.ID > found.ID {
			found = m
		}
	}
	return found
}

// mark is what a note has if it is ours: anybody can copy a marker.
func (p *posting) mark(n note) (remote.Mark, bool) {
	hash, marked := tracker.MarkedHash(n.Text)
	ours := n.Reporter.ID == p.me.ID || n.Reporter.ID == 0 && n.Reporter.Name == p.me.Name
	return remote.Mark{ID: n.ID, URL: notePage(p.page, n.ID), Hash: hash}, marked && ours
}

// Write adds the note.
func (p *posting) Write(ctx context.Context, earlier remote.Mark) (remote.Mark, error) {
	text := p.text(earlier)
	if over := len(text) - noteMax; over > 0 {
		return remote.Mark{}, p.unposted(tracker.CodeRefused, "the note and its marker are %d bytes, %d more than the %d that the tracker takes; shorten it", len(text), over, noteMax)
	}
	view := "public"
	if p.private {
		view = "private"
	}
	a, problem := p.send(ctx, fmt.Sprintf("issues/%d/notes", p.note.Report.Number), map[string]any{"text": text, "view_state": map[string]string{"name": view}})
	switch {
	case problem != nil:
		return remote.Mark{}, p.unanswered(problem)
	case a.status >= 500:
		_, until := retryAfter(a.header.Get("Retry-After"), p.config.Now())
		return remote.Mark{}, &remote.LostError{Why: p.refusal(a, until)}
	case a.status == http.StatusAccepted: // somebody looks at it before it is shown
		return remote.Mark{URL: p.page}, nil
	case a.status != http.StatusCreated:
		return remote.Mark{}, p.refused(a)
	}
	return p.added(a)
}

// unanswered tells a note that may be there from one that was sent nowhere.
func (p *posting) unanswered(problem *tracker.Error) error {
	var redirect *remote.RedirectError
	if problem.Code == tracker.CodeRefused || errors.As(problem, &redirect) {
		return remote.Because(p.unposted(problem.Code, "%s", problem.Message), problem.Err)
	}
	return &remote.LostError{Why: problem}
}

// text is the note as it is sent. "~" and seven digits make a link.
func (p *posting) text(earlier remote.Mark) string {
	text := strings.TrimRight(p.note.Text, "\r\n")
	if earlier.ID > 0 {
		text += fmt.Sprintf("\n\nThis note replaces ~%07d.", earlier.ID)
	}
	return text + "\n\n" + p.note.Marker()
}

// added checks that the note is there as it should be.
func (p *posting) added(a *answer) (remote.Mark, error) {
	var body struct {
		Note note `json:"note"`
	}
	if !a.isJSON() {
		return remote.Mark{}, p.doubt("is no JSON but %q", a.header.Get("Content-Type"))
	}
	if err := json.Unmarshal(a.body, &body); err != nil || body.Note.ID < 1 {
		return remote.Mark{}, p.doubt("does not hold the note")
	}
	m, ours := p.mark(body.Note)
	switch {
	case !ours && m.Hash != "":
		return remote.Mark{}, p.doubt("says that it was added by %s, not by %s", body.Note.Reporter.Name, p.me.Name)
	case m.Hash != p.note.Hash():
		return remote.Mark{}, p.doubt("shows it without its last line, so that it would not be known again")
	case p.private && body.Note.ViewState.public():
		return remote.Mark{}, p.doubt("shows it as public, though it was sent as private: delete it")
	}
	return m, nil
}

// refused is what the server does not let us do.
func (p *posting) refused(a *answer) *tracker.Error {
	var body struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(a.body, &body) != nil {
		body.Code = 0 // no JSON, then the status says it all
	}
	said := p.said(a)
	switch {
	case a.status == http.StatusTooManyRequests, body.Code == codeSpam:
		return p.limited(a)
	case body.Code == codeReadOnly:
		return p.unposted(tracker.CodeReadOnly, "the report is resolved or closed and takes no notes; reopen it at the tracker first, and post again")
	case a.status == http.StatusUnauthorized:
		return p.unposted(tracker.CodeAuth, "the server does not accept the token (%s); %s", said, p.tokenAdvice())
	case a.status == http.StatusForbidden:
		return p.unposted(tracker.CodeAuth, "%s may not add notes to it (%s); %s", p.me.Name, said, tokenWanted)
	case a.status == http.StatusNotFound:
		return p.unposted(tracker.CodeNotFound, "the tracker no longer has the report (%s)", said)
	case a.status >= 400:
		return p.unposted(tracker.CodeRefused, "the tracker does not take the note (%s); change it, or post it by hand", said)
	}
	return p.doubt("is %s", said)
}

// limited tells when one may write again. Mantis itself does not say: it
// counts what new accounts have written in the last hour.
func (p *posting) limited(a *answer) *tracker.Error {
	_, until := retryAfter(a.header.Get("Retry-After"), p.config.Now())
	when := "within the hour"
	if !until.IsZero() {
		when = "after " + until.Format(time.RFC3339)
	}
	e := p.unposted(tracker.CodeRateLimited, "%s has written too much in a short time (%s); it may be posted again %s", p.me.Name, p.said(a), when)
	e.Until = until
	return e
}

// Posted names both notes: the earlier one stays.
func (p *posting) Posted(earlier, now remote.Mark) tracker.Posted {
	return tracker.Posted{State: tracker.PostAdded, URL: now.URL, Replaces: earlier.URL}
}

func (p *posting) unposted(code tracker.Code, format string, args ...any) *tracker.Error {
	return p.server.Unposted(p.note, code, format, args...)
}

func (p *posting) doubt(format string, args ...any) *tracker.Error {
	return p.server.Doubt(p.note, p.page, format, args...)
}
