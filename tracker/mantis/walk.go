package mantis

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

const (
	// rewindsMax bounds how often a walk goes back over what moved.
	rewindsMax = 12
	// requestsMin and requestsPage bound a walk by what it has brought: so many
	// requests, and so many more for each page's worth of different reports.
	requestsMin, requestsPage = 50, 20
	// reportsMax bounds what a server can make up.
	reportsMax = 1_000_000
	// joint is how many reports newer than the last ones read are asked for
	// again, so that one of them being touched breaks nothing.
	joint = 2
)

// Pull reads a project newest first until it reaches what was there the last
// time. See tracker.Source.
func (s *Source) Pull(ctx context.Context, feed string, from tracker.Cursor, full bool, yield func(tracker.Page) error) error {
	known := parsePlace(from.Extra)
	at, cached := known, !full && known.Project > 0
	if !cached {
		var err error
		if at, err = s.locate(ctx, feed, full); err != nil {
			return err
		}
	}
	err := s.newWalk(feed, from, at, full, yield).run(ctx)
	if !cached || tracker.CodeOf(err) != tracker.CodeNotFound {
		return err
	}
	// The project has gone, or we are not who we were: its list tells.
	if at, err = s.locate(ctx, feed, true); err != nil {
		return err
	}
	return s.newWalk(feed, from, at, full, yield).run(ctx)
}

// walk is one reading of a project's list.
type walk struct {
	*Source
	feed  string
	from  tracker.Cursor
	at    place
	full  bool
	yield func(tracker.Page) error

	passed map[int64]time.Time // reports read, and their update
	newest time.Time           // of the first page
	etag   string              // of the first page
	end    int                 // how far the list was read without a gap
	ties   int                 // where the last reports with equal dates begin
	tail   age                 // of the last report read
	// older: read on to here. Zero: to the end of the list.
	older             time.Time
	rewinds, requests int
}

// age orders a list: by update, then by creation. With both equal the order
// changes from one request to the next.
type age struct{ updated, created time.Time }

func (i *issue) age() age { return age{i.Updated.Time, i.Created.Time} }

func (a age) newer(b age) bool {
	return a.updated.After(b.updated) || a.updated.Equal(b.updated) && a.created.After(b.created)
}

func (s *Source) newWalk(feed string, from tracker.Cursor, at place, full bool, yield func(tracker.Page) error) *walk {
	w := &walk{Source: s, feed: feed, from: from, at: at, full: full, yield: yield, passed: map[int64]time.Time{}}
	if !full && !from.Mark.IsZero() {
		w.older = from.Mark.Add(-s.config.Overlap)
	}
	return w
}

func (w *walk) run(ctx context.Context) error {
	next := span{size: w.config.PageSize}
	for {
		a, err := w.ask(ctx, next)
		if err != nil {
			return err
		}
		if a.notModified() {
			return w.yield(tracker.Page{Cursor: w.from, NotModified: true})
		}
		issues, err := decodeIssues(a.body)
		if err != nil {
			return w.problem(tracker.CodeBadAnswer, "page %d of project %s cannot be read: %v; if this stays, tell the tracker's administrators", next.page(), w.feed, err)
		}
		if w.newest.IsZero() {
			w.begin(a, issues)
		}
		if w.past(next, issues) {
			return w.yield(tracker.Page{Cursor: w.reached()})
		}
		if !w.joins(next, issues) {
			if next, err = w.rewind(next); err != nil {
				return err
			}
			continue
		}
		reports := w.accept(next, issues)
		if w.finished(issues) {
			return w.yield(tracker.Page{Reports: reports, Cursor: w.reached()})
		}
		if err := w.onTheWay(reports); err != nil {
			return err
		}
		next = w.next(next, len(issues))
	}
}

// ask requests a part of the list; the first with the last walk's ETag. Walks
// that did not reach their end left none.
func (w *walk) ask(ctx context.Context, part span) (*answer, error) {
	etag := ""
	if w.newest.IsZero() && !w.full && w.from.URL == w.first() {
		etag = w.from.ETag
	}
	return w.get(ctx, "issues", w.query(part), etag)
}

func (w *walk) query(part span) url.Values {
	return url.Values{
		"project_id": {strconv.FormatInt(w.at.Project, 10)},
		"page":       {strconv.Itoa(part.page())},
		"page_size":  {strconv.Itoa(part.size)},
	}
}

// first is the address of the first page, to tell whether an ETag is its own.
func (w *walk) first() string {
	u := w.base.JoinPath("api/rest/issues")
	u.RawQuery = w.query(span{size: w.config.PageSize}).Encode()
	return u.String()
}

// begin notes what the first page tells of the whole walk.
func (w *walk) begin(a *answer, issues []issue) {
	w.etag = a.header.Get("ETag")
	w.at.User = a.header.Get("X-Mantis-Username")
	for i := range issues {
		if t := issues[i].Updated.Time; t.After(w.newest) {
			w.newest = t
		}
	}
	known := parsePlace(w.from.Extra)
	if known.User != w.at.User || known.Project != w.at.Project {
		w.older = time.Time{}
	}
}

// past tells whether the list has ended: it is empty, or a request behind a
// short page brought nothing. Nothing else says so.
func (w *walk) past(part span, issues []issue) bool {
	return len(issues) == 0 && (part.start == 0 || part.start >= w.end)
}

// joins tells whether a part goes on where the last one ended. A report that
// was read before, has not been touched, and is newer than the last ones
// proves it: whatever was not read stands behind it. If none does, reports
// went from the list in between and others moved up unseen.
func (w *walk) joins(part span, issues []issue) bool {
	if part.start == 0 {
		return true
	}
	for i := range issues {
		updated, ok := w.passed[issues[i].ID]
		if ok && updated.Equal(issues[i].Updated.Time) && issues[i].age().newer(w.tail) {
			return true
		}
	}
	return false
}

// rewind goes back, farther each time. Reports behind a short page are no
// gap: there are rows that are counted but not shown, and the overlap must
// reach over them.
func (w *walk) rewind(part span) (span, error) {
	if part.start >= w.end {
		w.end = part.start
		return following(max(0, w.ties-joint), w.end, w.config.PageSize), nil
	}
	if w.rewinds++; w.rewinds > rewindsMax {
		return span{}, w.problem(tracker.CodeUnavailable, "the list of project %s changes too much while it is read; sync again later", w.feed)
	}
	w.end = max(0, part.start-w.config.PageSize<<(w.rewinds-1))
	return following(max(0, w.end-joint), w.end, w.config.PageSize), nil
}

// accept takes what is new of a part that joins.
func (w *walk) accept(part span, issues []issue) []tracker.Report {
	var reports []tracker.Report
	for i := range issues {
		one := &issues[i]
		if updated, ok := w.passed[one.ID]; ok && updated.Equal(one.Updated.Time) {
			continue
		}
		w.passed[one.ID] = one.Updated.Time
		reports = append(reports, w.report(one, w.feed, w.at))
	}
	w.end = part.start + len(issues)
	w.tail = issues[len(issues)-1].age()
	w.ties = w.end
	for i := len(issues) - 1; i >= 0 && issues[i].age() == w.tail; i-- {
		w.ties = part.start + i
	}
	return reports
}

// finished tells whether the walk has reached what it knows. That a page is
// short or brings nothing is not the end: see past.
func (w *walk) finished(issues []issue) bool {
	return !w.older.IsZero() && w.tail.updated.Before(w.older) && ordered(issues)
}

// ordered: a page that is not newest first, because a report was touched while
// the server wrote it, does not tell what follows.
func ordered(issues []issue) bool {
	for i := 1; i < len(issues); i++ {
		if issues[i].age().newer(issues[i-1].age()) {
			return false
		}
	}
	return true
}

// onTheWay hands on a page that is not the last. What a server can make up has
// its bounds: pages without end of the same reports, or of ever new ones.
func (w *walk) onTheWay(reports []tracker.Report) error {
	w.requests++
	switch {
	case w.requests > requestsMin+requestsPage*(len(w.passed)/w.config.PageSize):
		return w.problem(tracker.CodeBadAnswer, "page after page of project %s brings the same reports; tell the tracker's administrators", w.feed)
	case len(w.passed) > reportsMax:
		return w.problem(tracker.CodeBadAnswer, "project %s has more than %d reports, which cannot be", w.feed, reportsMax)
	case len(reports) == 0:
		return nil
	}
	return w.yield(tracker.Page{Reports: reports, Cursor: tracker.Cursor{Mark: w.from.Mark, Pending: w.newest, Extra: w.from.Extra}})
}

// next is the part behind the one read. A short page is likely the last: the
// one behind it is asked for, which costs nothing if it is empty.
func (w *walk) next(part span, got int) span {
	if got < part.size {
		return span{start: part.end(), size: part.size}
	}
	return following(max(0, w.ties-joint), w.end, w.config.PageSize)
}

// reached is the cursor of a walk that got to its end. The mark is not set
// into the future: a report with a wrong date would hide all others.
func (w *walk) reached() tracker.Cursor {
	mark := w.newest
	if now := w.config.Now().UTC(); mark.After(now) {
		mark = now
	}
	if mark.Before(w.from.Mark) {
		mark = w.from.Mark
	}
	return tracker.Cursor{Mark: mark, ETag: w.etag, URL: w.first(), Extra: w.at.extra()}
}
