package github

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	api "github.com/google/go-github/v62/github"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/remote"
)

const (
	// commentMax is the longest comment that the server takes, in characters.
	commentMax = 65_536
	// commentPages bounds how many pages of comments an issue can have: GitHub
	// takes 2,500 comments on one.
	commentPages = 100
)

var _ tracker.Poster = (*Source)(nil)

// Post adds a comment with a marker that is not shown, or edits our earlier
// one.
func (s *Source) Post(ctx context.Context, note tracker.Note) (tracker.Posted, error) {
	ours := slices.ContainsFunc(s.config.Repos, func(repo string) bool { return strings.EqualFold(repo, note.Report.Space) })
	if !ours || note.Report.Number < 1 {
		return tracker.Posted{}, s.server.Unposted(note, tracker.CodeRefused, "it is in none of the tracker's repositories; add the repository to its repos first")
	}
	return s.server.Post(ctx, note, &posting{Source: s, note: note})
}

// posting is a remote.Writer.
type posting struct {
	*Source
	note  tracker.Note
	me    string     // known after Login
	issue *api.Issue // known after Look
}

// Login asks who we are: only our own comments count.
func (p *posting) Login(ctx context.Context) (string, error) {
	if err := p.server.LoadToken(ctx); err != nil {
		return "", err
	}
	if !p.server.HasToken() {
		return "", p.problem(tracker.CodeAuth, "that needs a token; %s", p.tokenAdvice())
	}
	a, err := p.get(ctx, p.base.JoinPath("user"), "")
	if err != nil {
		return "", err
	}
	user, err := decodeOne[api.User](a.body)
	if err != nil {
		return "", p.unreadable("the answer to "+a.asked.Path, err)
	}
	if p.me = user.GetLogin(); p.me == "" {
		return "", p.problem(tracker.CodeBadAnswer, "the answer to %s does not say who we are; check that the url is that of GitHub's REST interface", a.asked.Path)
	}
	return p.me, nil
}

// Look reads the issue and its comments afresh: some may have come since the
// last sync.
func (p *posting) Look(ctx context.Context) (remote.Mark, error) {
	a, err := p.get(ctx, p.address("issues", strconv.FormatInt(p.note.Report.Number, 10)), "")
	switch {
	case tracker.CodeOf(err) == tracker.CodeNotFound:
		return remote.Mark{}, remote.Because(p.problem(tracker.CodeNotFound, "there is no such issue that %s may see; check its number, and the token if the repository is private", p.me), err)
	case err != nil:
		return remote.Mark{}, err
	}
	p.issue, err = decodeOne[api.Issue](a.body)
	switch {
	case err != nil:
		return remote.Mark{}, p.unreadable("the issue", err)
	case int64(p.issue.GetNumber()) != p.note.Report.Number:
		return remote.Mark{}, p.problem(tracker.CodeNotFound, "the issue was moved to %s; post there", p.issue.GetHTMLURL())
	case p.issue.IsPullRequest():
		return remote.Mark{}, p.problem(tracker.CodeRefused, "it is a pull request, not a report; check its number")
	}
	return p.newest(ctx)
}

// newest is the mark of our newest comment that has one.
func (p *posting) newest(ctx context.Context) (found remote.Mark, err error) {
	next := p.address("issues", strconv.FormatInt(p.note.Report.Number, 10), "comments")
	next.RawQuery = url.Values{"per_page": {strconv.Itoa(p.config.PageSize)}}.Encode()
	for page := 0; next != nil; page++ {
		if page == commentPages {
			return remote.Mark{}, p.problem(tracker.CodeBadAnswer, "its comments have no end; try again later")
		}
		a, err := p.get(ctx, next, "")
		if err != nil {
			return remote.Mark{}, err
		}
		list, err := decodeComments(a.body)
		if err != nil {
			return remote.Mark{}, p.unreadable("the list of comments", err)
		}
		for _, c := range list {
			if m, ok := p.mark(c); ok && m.ID > found.ID {
				found = m
			}
		}
		var problem *tracker.Error
		if next, problem = p.nextLink(a); problem != nil {
			return remote.Mark{}, problem
		}
	}
	return found, nil
}

// mark is what a comment has if it is ours: anybody can copy a marker.
func (p *posting) mark(c *api.IssueComment) (remote.Mark, bool) {
	hash, marked := tracker.MarkedHash(c.GetBody())
	return remote.Mark{ID: c.GetID(), URL: c.GetHTMLURL(), Hash: hash}, marked && strings.EqualFold(c.User.GetLogin(), p.me)
}

// Write adds the comment, or edits the earlier one.
func (p *posting) Write(ctx context.Context, earlier remote.Mark) (remote.Mark, error) {
	text := strings.TrimRight(p.note.Text, "\r\n") + "\n\n<!-- " + p.note.Marker() + " -->"
	if problem := p.allowed(ctx, text); problem != nil {
		return remote.Mark{}, problem
	}
	method, target := http.MethodPost, p.address("issues", strconv.FormatInt(p.note.Report.Number, 10), "comments")
	if earlier.ID > 0 {
		method, target = http.MethodPatch, p.address("issues", "comments", strconv.FormatInt(earlier.ID, 10))
	}
	a, problem := p.send(ctx, method, target, api.IssueComment{Body: &text})
	switch {
	case problem != nil && (problem.Code == tracker.CodeNotFound || problem.Code == tracker.CodeRefused): // a redirect, or no request
		return remote.Mark{}, p.unposted(problem.Code, "%s", problem.Message)
	case problem != nil:
		return remote.Mark{}, &remote.LostError{Why: problem}
	case a.status >= 500:
		_, _, why := p.refused(a)
		return remote.Mark{}, &remote.LostError{Why: why}
	case a.status != http.StatusCreated && a.status != http.StatusOK:
		return remote.Mark{}, p.rejected(a)
	}
	return p.written(a)
}

// allowed refuses what the server would take from some, or for everybody to
// see.
func (p *posting) allowed(ctx context.Context, text string) error {
	over := utf8.RuneCountInString(text) - commentMax
	switch {
	case p.issue.GetState() == "closed":
		return p.unposted(tracker.CodeReadOnly, "the issue is closed; reopen it first, and post again")
	case p.issue.GetLocked():
		return p.unposted(tracker.CodeReadOnly, "the issue is locked and takes no comments; have it unlocked first, and post again")
	case over > 0:
		return p.unposted(tracker.CodeRefused, "the comment and its marker are %d characters, %d more than the %d that the tracker takes; shorten it", over+commentMax, over, commentMax)
	case !p.note.Private:
		return nil
	}
	repo, err := p.repository(ctx, p.note.Report.Space)
	switch {
	case err != nil:
		return p.server.NotYet(ctx, p.note, err)
	case repo.Private == nil:
		return p.unposted(tracker.CodeRefused, "the comment is private, and the server does not say whether the repository is; check the tracker's url")
	case !*repo.Private:
		return p.unposted(tracker.CodeRefused, "the comment is private and the repository is public, where everybody would see it; sync again if the repository was private")
	}
	return nil
}

// written checks that the comment is there as it should be.
func (p *posting) written(a *answer) (remote.Mark, error) {
	if !a.isJSON() {
		return remote.Mark{}, p.doubt("is no JSON but %q", a.header.Get("Content-Type"))
	}
	c, err := decodeOne[api.IssueComment](a.body)
	if err != nil || c.GetID() < 1 {
		return remote.Mark{}, p.doubt("does not hold the comment")
	}
	m, ours := p.mark(c)
	switch {
	case !ours && m.Hash != "":
		return remote.Mark{}, p.doubt("says that it was written by %s, not by %s", login(c.User), p.me)
	case m.Hash != p.note.Hash():
		return remote.Mark{}, p.doubt("shows it without its last line, so that it would not be known again")
	}
	return m, nil
}

// rejected is what the server does not let us do.
func (p *posting) rejected(a *answer) *tracker.Error {
	said := p.said(a)
	if wait, ok := p.limit(a, said); ok {
		until := p.config.Now().Add(wait).UTC()
		e := p.unposted(tracker.CodeRateLimited, "%s has written too much in a short time (%s); it may be posted again after %s", p.me, said, until.Format(time.RFC3339))
		e.Until = until
		return e
	}
	shut := strings.Contains(said, "locked") || strings.Contains(said, "archived")
	switch a.status {
	case http.StatusUnauthorized:
		return p.unposted(tracker.CodeAuth, "the server does not accept the token (%s); %s", said, p.tokenAdvice())
	case http.StatusGone:
		return p.unposted(tracker.CodeReadOnly, "the repository takes no comments (%s)", said)
	case http.StatusForbidden, http.StatusNotFound: // 404: what a token may not do is not there for it
		if shut {
			return p.unposted(tracker.CodeReadOnly, "it takes no comments (%s)", said)
		}
		return p.unposted(tracker.CodeAuth, "the token of %s may not write there (%s); let it write issues, or %s", p.me, said, p.tokenAdvice())
	}
	if a.status >= 400 {
		return p.unposted(tracker.CodeRefused, "the tracker does not take the comment (%s); change it, or post it by hand", said)
	}
	return p.doubt("is %s", said)
}

// Posted: our earlier comment is the one that was edited.
func (p *posting) Posted(earlier, now remote.Mark) tracker.Posted {
	state := tracker.PostAdded
	if earlier.ID > 0 {
		state = tracker.PostEdited
	}
	return tracker.Posted{State: state, URL: now.URL}
}

// address is one of the repository's.
func (p *posting) address(parts ...string) *url.URL {
	return p.base.JoinPath(append([]string{"repos", p.note.Report.Space}, parts...)...)
}

func (p *posting) unposted(code tracker.Code, format string, args ...any) *tracker.Error {
	return p.server.Unposted(p.note, code, format, args...)
}

func (p *posting) doubt(format string, args ...any) *tracker.Error {
	return p.server.Doubt(p.note, p.issue.GetHTMLURL(), format, args...)
}
