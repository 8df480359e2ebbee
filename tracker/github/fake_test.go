package github_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/github"
)

const (
	feed   = "Example/mill"
	secret = "ghp_inventedTokenOfTheTests"
)

// now is when all tests take place.
var now = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// at is a time of the invented repository, in hours from its start.
func at(hours int) time.Time {
	return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour)
}

// object is a JSON object.
type object = map[string]any

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// entry is an issue, a pull request or a comment of the fake.
type entry struct {
	number  int64 // of the issue; of a comment: what it is on
	id      int64
	updated time.Time
	pull    bool
	more    object
}

// fake answers like GitHub: same shapes, same headers, invented texts.
type fake struct {
	mu       sync.Mutex
	url      string
	issues   []entry
	comments []entry
	private  bool
	cursors  bool // Link headers hold a cursor and no page number
	deaf     bool // takes no notice of since
	unsorted bool // newest first, whatever is asked for
	perPage  int  // asked for last
	requests []string
	headers  []http.Header
	// before is asked first; true: it has answered.
	before func(w http.ResponseWriter, r *http.Request, n int) bool
}

func (f *fake) issue(number int64, updated time.Time, more object) {
	f.put(&f.issues, entry{number: number, id: 900_000 + number, updated: updated, more: more})
}

func (f *fake) pull(number int64, updated time.Time) {
	f.put(&f.issues, entry{number: number, id: 900_000 + number, updated: updated, pull: true})
}

func (f *fake) comment(id, number int64, updated time.Time, more object) {
	f.put(&f.comments, entry{number: number, id: id, updated: updated, more: more})
}

// put adds an entry or replaces the one with its id.
func (f *fake) put(to *[]entry, e entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*to = append(slices.DeleteFunc(*to, func(o entry) bool { return o.id == e.id }), e)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests = append(f.requests, r.URL.RequestURI())
	f.headers = append(f.headers, r.Header.Clone())
	n, before := len(f.requests), f.before
	f.mu.Unlock()
	if before != nil && before(w, r, n) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/repositories/77"), "/repos/"+feed)
	switch path {
	case "":
		f.write(w, r, object{"id": 77, "full_name": feed, "private": f.private})
	case "/issues":
		f.list(w, r, f.issues, f.issueJSON)
	case "/issues/comments":
		f.list(w, r, f.comments, f.commentJSON)
	default:
		f.one(w, r, path)
	}
}

// list answers one page, with since, order, Link and ETag.
func (f *fake) list(w http.ResponseWriter, r *http.Request, all []entry, show func(entry) object) {
	q := r.URL.Query()
	since, err := time.Parse(time.RFC3339, cmp.Or(q.Get("since"), "0001-01-01T00:00:00Z"))
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "Validation Failed", nil)
		return
	}
	var found []entry
	for _, e := range all {
		if f.deaf || !e.updated.Before(since) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int { return a.updated.Compare(b.updated) })
	if f.unsorted {
		slices.Reverse(found)
	}
	f.perPage, _ = strconv.Atoi(q.Get("per_page"))
	page, _ := strconv.Atoi(cmp.Or(strings.TrimPrefix(q.Get("after"), "Y3Vyc29yOnYy,"), q.Get("page"), "1"))
	start, end := min((page-1)*f.perPage, len(found)), min(page*f.perPage, len(found))
	if end < len(found) {
		w.Header().Set("Link", f.link(r.URL, page+1))
	}
	body := make([]object, 0, f.perPage)
	for _, e := range found[start:end] {
		body = append(body, show(e))
	}
	f.write(w, r, body)
}

func (f *fake) link(u *url.URL, page int) string {
	q := u.Query()
	if f.cursors {
		q.Set("after", "Y3Vyc29yOnYy,"+strconv.Itoa(page)) // a comma, as base64 pages have "=="
	} else {
		q.Set("page", strconv.Itoa(page))
	}
	// GitHub names the repository by its number here.
	to := f.url + strings.Replace(u.Path, "/repos/"+feed, "/repositories/77", 1)
	return fmt.Sprintf(`<%s?x=1>; rel="prev", <%s?%s>; rel="next"`, to, to, strings.ReplaceAll(q.Encode(), "%2C", ","))
}

// write sends JSON, or 304. The ETag is that of the body alone; it is sent
// weak and comes back strong with a 304, as was seen.
func (f *fake) write(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256(body))
	w.Header().Set("X-RateLimit-Remaining", "59")
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(now.Add(time.Hour).Unix(), 10))
	if strings.TrimPrefix(r.Header.Get("If-None-Match"), "W/") == etag {
		w.Header().Set("ETag", etag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("ETag", "W/"+etag)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body) //nolint:errcheck // the client tells
}

func (f *fake) issueJSON(e entry) object {
	kind := "issues"
	if e.pull {
		kind = "pull"
	}
	o := object{
		"id": e.id, "number": e.number, "title": fmt.Sprintf("The mill stops, case %d", e.number),
		"url":      fmt.Sprintf("%s/repos/%s/issues/%d", f.url, feed, e.number),
		"html_url": fmt.Sprintf("https://github.example/%s/%s/%d", feed, kind, e.number),
		"user":     object{"login": "miller-a", "id": 5, "type": "User"},
		"labels":   []object{}, "state": "open", "locked": false, "assignee": nil, "milestone": nil, "comments": 0,
		"created_at": stamp(at(-1)), "updated_at": stamp(e.updated), "closed_at": nil, "state_reason": nil,
		"body": "It grinds and then it does not.", "reactions": object{"total_count": 3, "+1": 2, "rocket": 1},
	}
	if e.pull {
		o["pull_request"] = object{"url": f.url + "/pulls/1", "merged_at": nil}
		o["draft"] = false
	}
	return with(o, e.more)
}

func (f *fake) commentJSON(e entry) object {
	kind := "issues"
	if slices.ContainsFunc(f.issues, func(i entry) bool { return i.number == e.number && i.pull }) {
		kind = "pull"
	}
	return with(object{
		"id": e.id, "body": fmt.Sprintf("Seen here as well, note %d.", e.id), "user": object{"login": "miller-b"},
		"html_url":   fmt.Sprintf("https://github.example/%s/%s/%d#issuecomment-%d", feed, kind, e.number, e.id),
		"issue_url":  fmt.Sprintf("%s/repos/%s/issues/%d", f.url, feed, e.number),
		"created_at": stamp(e.updated), "updated_at": stamp(e.updated),
	}, e.more)
}

func with(o, more object) object {
	for k, v := range more {
		o[k] = v
	}
	return o
}

// refuse answers like GitHub does when it has no data.
func refuse(w http.ResponseWriter, status int, message string, header map[string]string) bool {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	for k, v := range header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(status)
	err := json.NewEncoder(w).Encode(object{"message": message, "documentation_url": header["documentation"]})
	return err == nil || status == http.StatusNoContent
}

func (f *fake) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests, f.headers = nil, nil
}

// waits notes what a source would have slept.
type waits struct{ slept []time.Duration }

func (w *waits) sleep(_ context.Context, d time.Duration) error {
	w.slept = append(w.slept, d)
	return nil
}

// source is an anonymous source of a handler, unless changed.
func source(t testing.TB, handler http.Handler, change func(*github.Config)) *github.Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	if f, ok := handler.(*fake); ok {
		f.url = server.URL
	}
	config := github.Config{
		Name: "github", URL: server.URL, Repos: []string{feed},
		Now: func() time.Time { return now }, Sleep: new(waits).sleep,
	}
	if change != nil {
		change(&config)
	}
	s, err := github.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func withToken(c *github.Config) {
	c.Token = func(context.Context) (string, error) { return secret, nil }
}

func pages(size int) func(*github.Config) {
	return func(c *github.Config) { c.PageSize = size }
}

// sink keeps what a source brings, as a store does.
type sink struct {
	cursor   tracker.Cursor
	reports  map[int64]tracker.Report
	comments map[int64]tracker.Comment
	lost     []int64 // comments that came when their report was not there
	pages    []tracker.Page
	stop     int // page at which the sync is killed, 0: never
}

func (k *sink) pull(t testing.TB, s *github.Source, full bool) error {
	t.Helper()
	if k.reports == nil {
		k.reports, k.comments = map[int64]tracker.Report{}, map[int64]tracker.Comment{}
	}
	k.pages = nil
	return s.Pull(t.Context(), feed, k.cursor, full, func(p tracker.Page) error {
		if k.stop > 0 && len(k.pages)+1 == k.stop {
			return context.Canceled // before it was stored
		}
		k.pages = append(k.pages, p)
		for _, r := range p.Reports {
			k.reports[r.ID.Number] = r
		}
		for _, c := range p.Comments {
			if _, ok := k.reports[c.Report.Number]; !ok {
				k.lost = append(k.lost, c.ID)
				continue
			}
			k.comments[c.ID] = c
		}
		k.cursor = p.Cursor
		return nil
	})
}

// sync pulls and fails the test on an error.
func (k *sink) sync(t testing.TB, s *github.Source) {
	t.Helper()
	if err := k.pull(t, s, false); err != nil {
		t.Fatal(err)
	}
	if len(k.lost) > 0 {
		t.Errorf("comments %v came without their report", k.lost)
	}
}

func numbers[T any](m map[int64]T) []int64 {
	list := []int64{}
	for n := range m {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

func upTo(n int64) []int64 {
	list := []int64{}
	for i := int64(1); i <= n; i++ {
		list = append(list, i)
	}
	return list
}

func same[T comparable](t testing.TB, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
