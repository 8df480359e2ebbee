package github

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// idleMax bounds pages in a row that bring nothing new.
const idleMax = 20

// listing reads a list of the server, oldest change first. Pages by number
// lose an entry when another one is touched meanwhile and everything moves
// up, so it reads on by time: the next request asks for what changed since the
// last entry read. Links are followed only where time does not tell.
type listing struct {
	source *Source
	path   string // below repos/owner/name/
	query  url.Values
	since  time.Time // every change before it has been read; zero: none
	// late: changes from here on may show up behind ones that are newer.
	late   time.Time
	linked bool // the server does not sort by time, so links it is
	idle   int
}

// first is the address of the list from since on.
func (l *listing) first() *url.URL {
	query := url.Values{"sort": {"updated"}, "direction": {"asc"}, "per_page": {strconv.Itoa(l.source.config.PageSize)}}
	for key, values := range l.query {
		query[key] = values
	}
	if !l.since.IsZero() {
		query.Set("since", l.since.UTC().Format(time.RFC3339))
	}
	u := l.source.base.JoinPath("repos", l.path)
	u.RawQuery = query.Encode()
	return u
}

// next is what to ask for behind an answer whose entries have these times; nil
// at the end. fresh: some of them were not read before.
func (l *listing) next(a *answer, times []time.Time, fresh bool) (*url.URL, error) {
	link, problem := l.source.nextLink(a)
	if problem != nil {
		return nil, problem
	}
	if link == nil && l.covers(a, times) {
		return nil, nil
	}
	if !ordered(l.since, times) {
		l.linked = true
	}
	if tail := newest(times).Truncate(time.Second); !l.linked && tail.After(l.since) && tail.Before(l.late) {
		l.since, l.idle = tail, 0
		return l.first(), nil
	}
	if l.idle++; fresh {
		l.idle = 0
	}
	if link != nil && l.idle > idleMax {
		return nil, l.source.problem(tracker.CodeBadAnswer, "page after page of %s brings nothing new; sync again later", a.asked.Path)
	}
	return link, nil
}

// covers tells whether an answer is the whole list from since on, and cannot
// grow without a change of its body: an ETag knows nothing of the Link header,
// so a full page looks the same when a second one has come.
func (l *listing) covers(a *answer, times []time.Time) bool {
	return a.asked.String() == l.first().String() && !l.full(times)
}

func (l *listing) full(times []time.Time) bool { return len(times) >= l.source.config.PageSize }

// ordered tells whether the server did what was asked: oldest first, from
// since on.
func ordered(since time.Time, times []time.Time) bool {
	for _, t := range times {
		if t.Before(since) {
			return false
		}
		since = t
	}
	return true
}

func newest(times []time.Time) (newest time.Time) {
	for _, t := range times {
		if t.After(newest) {
			newest = t
		}
	}
	return newest
}

// nextLink is where the server says the next page is. It may hold a number or
// a cursor; it must be on the same host, for the token goes there.
func (s *Source) nextLink(a *answer) (*url.URL, *tracker.Error) {
	target := parseLink(a.header)
	if target == "" {
		return nil, nil
	}
	next, err := a.asked.Parse(target)
	if err != nil {
		return nil, s.problem(tracker.CodeBadAnswer, "the answer to %s names a next page that is no address; try again later", a.asked.Path)
	}
	if !s.server.Ours(next) {
		return nil, s.problem(tracker.CodeBadAnswer, "the answer to %s names a next page on another host, %s; nothing was sent there; check the tracker's url", a.asked.Path, next.Host)
	}
	return next, nil
}

// parseLink finds the target of rel="next" in Link headers, "" if there is
// none. Addresses may hold commas and semicolons, so it goes by the brackets.
func parseLink(header http.Header) string {
	for _, rest := range header.Values("Link") {
		for {
			_, after, open := strings.Cut(rest, "<")
			target, params, closed := strings.Cut(after, ">")
			if !open || !closed {
				break
			}
			end := strings.IndexByte(params, '<')
			if end < 0 {
				end = len(params)
			}
			if isNext(params[:end]) {
				return target
			}
			rest = params[end:]
		}
	}
	return ""
}

func isNext(params string) bool {
	for param := range strings.SplitSeq(strings.TrimRight(params, ", \t"), ";") {
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
}
