package github

import (
	"context"
	"net/url"
	"time"

	api "github.com/google/go-github/v62/github"

	"github.com/almatriage/almatriage/tracker"
)

// entriesMax bounds what a server can make up.
const entriesMax = 1_000_000

// Pull reads what changed in a repository: its issues, oldest change first,
// and then its comments. If no issue changed, that is one request. See
// tracker.Source.
func (s *Source) Pull(ctx context.Context, feed string, from tracker.Cursor, full bool, yield func(tracker.Page) error) error {
	late := s.config.Now().UTC().Add(-s.config.Overlap)
	w := &walk{
		Source: s, feed: feed, from: from, yield: yield, state: parseState(from.Extra),
		issues:   listing{source: s, path: feed + "/issues", query: url.Values{"state": {"all"}}, late: late},
		comments: listing{source: s, path: feed + "/issues/comments", late: late},
		passed:   map[int64]time.Time{}, pulls: map[int64]bool{}, said: map[int64]time.Time{},
	}
	w.begin(full)
	return w.run(ctx)
}

// walk is one reading of a repository.
type walk struct {
	*Source
	feed  string
	from  tracker.Cursor
	yield func(tracker.Page) error
	state state

	issues, comments listing
	etag             string              // for the first request; then of the last one
	passed           map[int64]time.Time // issues and pull requests read, and their update
	pulls            map[int64]bool      // those that are pull requests
	said             map[int64]time.Time // comments read, and their update
	newest           time.Time           // of the issues
}

func (w *walk) run(ctx context.Context) error {
	a, err := w.get(ctx, w.issues.first(), w.etag)
	if err != nil {
		return err
	}
	if a.notModified() {
		return w.yield(tracker.Page{Cursor: w.from, NotModified: true})
	}
	again, err := w.look(ctx)
	if err != nil {
		return err
	}
	if again {
		if a, err = w.get(ctx, w.issues.first(), ""); err != nil {
			return err
		}
	}
	if err := w.readIssues(ctx, a); err != nil {
		return err
	}
	return w.readComments(ctx)
}

// look finds out whether the repository is private; lists do not tell. Without
// a token only public ones are seen. If that has changed, what is stored is
// marked wrongly, and everything is read again.
func (w *walk) look(ctx context.Context) (again bool, err error) {
	private := false
	if w.server.HasToken() {
		repo, err := w.repository(ctx, w.feed)
		if err != nil {
			return false, err
		}
		// Nothing is public, unless the server says so.
		private = repo.Private == nil || *repo.Private || repo.Visibility != nil && *repo.Visibility != "public"
	}
	if private == w.state.Private {
		return false, nil
	}
	w.state.Private = private
	if w.issues.since.IsZero() && w.comments.since.IsZero() {
		return false, nil
	}
	w.whole()
	return true, nil
}

// repository is what the server says of one.
func (s *Source) repository(ctx context.Context, name string) (*api.Repository, error) {
	a, err := s.get(ctx, s.base.JoinPath("repos", name), "")
	if err != nil {
		return nil, err
	}
	repo, err := decodeOne[api.Repository](a.body)
	if err != nil {
		return nil, s.unreadable("the description of "+name, err)
	}
	return repo, nil
}

func (s *Source) unreadable(what string, err error) error {
	return s.problem(tracker.CodeBadAnswer, "%s cannot be read: %v; try again later, and check the tracker's url if this stays", what, err)
}

func (w *walk) readIssues(ctx context.Context, a *answer) error {
	for {
		issues, err := decodeIssues(a.body)
		if err != nil {
			return w.unreadable("the list of issues of "+w.feed, err)
		}
		times := make([]time.Time, len(issues))
		for i := range issues {
			times[i] = issues[i].GetUpdatedAt().UTC()
		}
		reports, fresh := w.accept(issues)
		next, err := w.issues.next(a, times, fresh)
		if err != nil {
			return err
		}
		if err := w.handOn(tracker.Page{Reports: reports}); err != nil {
			return err
		}
		if next == nil {
			w.etag = ""
			if w.issues.covers(a, times) {
				w.etag = a.header.Get("ETag")
			}
			return nil
		}
		if len(w.passed) > entriesMax {
			return w.problem(tracker.CodeBadAnswer, "%s has more than %d issues, which cannot be; check the tracker's url", w.feed, entriesMax)
		}
		if a, err = w.get(ctx, next, ""); err != nil {
			return err
		}
	}
}

// handOn yields a page of a walk that goes on.
func (w *walk) handOn(page tracker.Page) (err error) {
	if page.Cursor, err = w.underWay(); err != nil {
		return err
	}
	return w.yield(page)
}

// accept takes the issues that are new to this walk. fresh: there was
// something new, if only pull requests.
func (w *walk) accept(issues []*api.Issue) (reports []tracker.Report, fresh bool) {
	for _, i := range issues {
		number, updated := int64(i.GetNumber()), i.GetUpdatedAt().UTC()
		if known, ok := w.passed[number]; ok && known.Equal(updated) {
			continue
		}
		fresh = true
		w.passed[number] = updated
		if updated.After(w.newest) {
			w.newest = updated
		}
		if i.IsPullRequest() {
			w.pulls[number] = true
			continue
		}
		reports = append(reports, w.report(i))
	}
	return reports, fresh
}

// horizon is the time up to which this walk knows the issues. It is not set
// into the future: one issue with a wrong date would hide all others.
func (w *walk) horizon() time.Time {
	if now := w.config.Now().UTC(); w.newest.After(now) {
		return now
	}
	return w.newest
}

func (w *walk) readComments(ctx context.Context) error {
	target := w.comments.first()
	for {
		a, err := w.get(ctx, target, "")
		if err != nil {
			return err
		}
		list, err := decodeComments(a.body)
		if err != nil {
			return w.unreadable("the list of comments of "+w.feed, err)
		}
		times := make([]time.Time, len(list))
		for i := range list {
			times[i] = list[i].GetUpdatedAt().UTC()
		}
		comments, fresh := w.listen(list)
		if target, err = w.comments.next(a, times, fresh); err != nil {
			return err
		}
		if len(w.said) > entriesMax {
			return w.problem(tracker.CodeBadAnswer, "%s has more than %d comments, which cannot be; check the tracker's url", w.feed, entriesMax)
		}
		if target == nil {
			cursor, err := w.reached()
			if err != nil {
				return err
			}
			return w.yield(tracker.Page{Comments: comments, Cursor: cursor})
		}
		w.state.Comments = w.comments.since
		if err := w.handOn(tracker.Page{Comments: comments}); err != nil {
			return err
		}
	}
}

// listen takes the comments on issues that are new to this walk. A comment
// that is newer than all issues may be on one that was made after they were
// read; it comes with the next walk, when its issue is there.
func (w *walk) listen(list []*api.IssueComment) (comments []tracker.Comment, fresh bool) {
	for _, c := range list {
		updated := c.GetUpdatedAt().UTC()
		if known, ok := w.said[c.GetID()]; ok && known.Equal(updated) {
			continue
		}
		fresh = true
		w.said[c.GetID()] = updated
		number, _ := reportOf(c) // decodeComments has seen to it
		_, read := w.passed[number]
		early := !read && c.GetCreatedAt().After(w.horizon())
		if !early && !w.pulls[number] && !onPull(c) {
			comments = append(comments, w.comment(c, number))
		}
	}
	return comments, fresh
}
