package github_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/github"
)

// mill is a repository with so many issues, an hour apart, and a comment on
// each.
func mill(n int64) *fake {
	f := &fake{}
	for i := int64(1); i <= n; i++ {
		f.issue(i, at(int(i)), nil)
		f.comment(5000+i, i, at(int(i)), nil)
	}
	return f
}

func TestOneRequestWhenNothingIsNew(t *testing.T) {
	for _, size := range []int{3, 4, 7, 10, 100} {
		f, k := mill(10), &sink{}
		s := source(t, f, pages(size))
		k.sync(t, s)
		same(t, "reports", numbers(k.reports), upTo(10))
		if len(k.comments) != 10 {
			t.Errorf("%d comments, want 10", len(k.comments))
		}
		before := k.cursor
		if !before.Mark.Equal(at(10)) || !before.Pending.IsZero() {
			t.Errorf("cursor %+v, want the mark at %v and nothing pending", before, at(10))
		}
		f.forget()
		k.sync(t, s)
		if len(f.requests) != 1 || len(k.pages) != 1 || !k.pages[0].NotModified {
			t.Errorf("pages of %d: requests %q, pages %+v", size, f.requests, k.pages)
		}
		if k.cursor != before {
			t.Errorf("the cursor moved from %+v to %+v", before, k.cursor)
		}
	}
}

func TestChangeBringsThatReportAndItsComments(t *testing.T) {
	f, k := mill(10), &sink{}
	s := source(t, f, pages(4))
	k.sync(t, s)
	f.issue(2, at(30), object{"state": "closed", "state_reason": "not_planned"})
	f.comment(6000, 2, at(30), nil)
	f.issue(11, at(31), nil)
	f.forget()
	k.sync(t, s)
	if r := k.reports[2]; r.Open || r.Status != "closed" || r.Resolution != "not_planned" {
		t.Errorf("report 2: %+v", r)
	}
	if _, ok := k.comments[6000]; !ok || len(k.reports) != 11 {
		t.Errorf("reports %v, comments %v", numbers(k.reports), numbers(k.comments))
	}
	if len(f.requests) > 4 {
		t.Errorf("requests %q", f.requests)
	}
	if !k.cursor.Mark.Equal(at(31)) {
		t.Errorf("mark %v", k.cursor.Mark)
	}
}

func TestCommentAloneComesWithItsTouchedIssue(t *testing.T) {
	f, k := mill(3), &sink{}
	s := source(t, f, nil)
	k.sync(t, s)
	f.comment(6000, 1, at(30), nil)
	f.issue(1, at(30).Add(-time.Second), nil) // the issue's clock was read first
	k.sync(t, s)
	if _, ok := k.comments[6000]; !ok {
		t.Errorf("comments %v", numbers(k.comments))
	}
}

// TestKilledAnywhereNothingIsLost ends a sync before each of its pages in
// turn, changes something, and goes on.
func TestKilledAnywhereNothingIsLost(t *testing.T) {
	for stop := 1; ; stop++ {
		f, k := mill(12), &sink{stop: stop}
		s := source(t, f, pages(3))
		err := k.pull(t, s, false)
		if err == nil {
			if stop < 8 {
				t.Fatalf("only %d pages", stop-1)
			}
			return
		}
		if !errors.Is(err, context.Canceled) || !k.cursor.Mark.IsZero() {
			t.Fatalf("killed at page %d: %v, cursor %+v", stop, err, k.cursor)
		}
		read := len(k.reports)
		f.issue(1, at(40), object{"title": "touched"})
		f.comment(5002, 2, at(40), object{"body": "edited"})
		f.issue(13, at(41), nil)
		f.comment(6000, 13, at(41), nil)
		k.stop = 0
		f.forget()
		k.sync(t, s)
		same(t, "reports", numbers(k.reports), upTo(13))
		if len(k.comments) != 13 || k.reports[1].Title != "touched" || k.comments[5002].Text != "edited" {
			t.Errorf("killed at page %d: %d comments, title %q, text %q", stop, len(k.comments), k.reports[1].Title, k.comments[5002].Text)
		}
		if read == 12 && strings.Count(strings.Join(f.requests, "\n"), "/issues?") > 2 {
			t.Errorf("killed at page %d: issues were read again: %q", stop, f.requests)
		}
	}
}

func TestKilledFullReadingGoesOnWhereItWas(t *testing.T) {
	for n := range 16 {
		f, k, stop := mill(12), &sink{}, n/2+1
		f.unsorted = n%2 == 1 // then there is no time to go on from
		s := source(t, f, pages(3))
		k.sync(t, s)
		mark := k.cursor.Mark
		// What no list tells has changed: nothing was updated.
		for i := int64(1); i <= 12; i++ {
			f.issue(i, at(int(i)), object{"title": "renamed"})
			f.comment(5000+i, i, at(int(i)), object{"body": "renamed"})
		}
		k.stop = stop
		if err := k.pull(t, s, true); err == nil {
			t.Fatalf("page %d was not reached", stop)
		}
		if !k.cursor.Mark.Equal(mark) {
			t.Errorf("the mark moved to %v", k.cursor.Mark)
		}
		if k.stop = 0; stop == 1 {
			if err := k.pull(t, s, true); err != nil { // nothing was stored of it
				t.Fatal(err)
			}
		} else {
			k.sync(t, s)
		}
		for i := int64(1); i <= 12; i++ {
			if k.reports[i].Title != "renamed" || k.comments[5000+i].Text != "renamed" {
				t.Errorf("killed at page %d: report %d is still %q, %q", stop, i, k.reports[i].Title, k.comments[5000+i].Text)
			}
		}
	}
}

func TestIssueTouchedWhileReadingPushesNoneOut(t *testing.T) {
	f, k := mill(12), &sink{}
	touched := int64(0)
	f.before = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "/issues") && touched < 6 {
			touched++ // what was read moves to the end, and all others up
			f.issue(touched, at(50+int(touched)), object{"title": "touched"})
		}
		return false
	}
	k.sync(t, source(t, f, pages(3)))
	same(t, "reports", numbers(k.reports), upTo(12))
	for i := int64(1); i <= touched; i++ {
		if k.reports[i].Title != "touched" {
			t.Errorf("report %d is old", i)
		}
	}
}

func TestManyIssuesOfOneSecondByPageNumberAndByCursor(t *testing.T) {
	for _, cursors := range []bool{false, true} {
		f, k := &fake{cursors: cursors}, &sink{}
		for i := int64(1); i <= 20; i++ {
			f.issue(i, at(min(int(i), 5)), nil) // an import: 16 in one second
			f.comment(5000+i, i, at(5), nil)
		}
		f.issue(21, at(9), nil)
		s := source(t, f, pages(3))
		k.sync(t, s)
		same(t, "reports", numbers(k.reports), upTo(21))
		if len(k.comments) != 20 {
			t.Errorf("cursors %v: %d comments", cursors, len(k.comments))
		}
		f.forget()
		k.sync(t, s)
		if len(f.requests) != 1 {
			t.Errorf("cursors %v: requests %q", cursors, f.requests)
		}
	}
}

func TestServerWithoutSinceIsReadByLinks(t *testing.T) {
	f, k := mill(20), &sink{}
	f.deaf = true
	s := source(t, f, pages(3))
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(20))
	if got := len(f.requests); got > 18 {
		t.Errorf("%d requests", got)
	}
}

func TestFullLastPageIsNotTakenForTheWhole(t *testing.T) {
	// The ETag of a full page stays the same when a second page has come.
	f, k := &fake{}, &sink{}
	for i := int64(1); i <= 3; i++ {
		f.issue(i, at(5), nil)
	}
	s := source(t, f, pages(3))
	k.sync(t, s)
	f.issue(4, at(6), nil)
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(4))
}

func TestLateChangeBehindTheNewestIsSeen(t *testing.T) {
	f, k := mill(6), &sink{}
	for i := int64(7); i <= 12; i++ {
		f.issue(i, now.Add(time.Duration(i-13)*time.Second), nil)
	}
	s := source(t, f, pages(3))
	k.sync(t, s)
	// A copy of the server's database lagged: this was older all the time.
	f.issue(13, now.Add(-30*time.Second), nil)
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(13))
}

func TestIssueFromTheFutureHidesNoOthers(t *testing.T) {
	f, k := mill(6), &sink{}
	f.issue(7, now.AddDate(50, 0, 0), nil)
	s := source(t, f, pages(3))
	k.sync(t, s)
	if k.cursor.Mark.After(now) {
		t.Errorf("the mark is %v", k.cursor.Mark)
	}
	f.issue(8, now.Add(-time.Minute), nil)
	f.comment(6000, 8, now.Add(-time.Minute), nil)
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(8))
	if _, ok := k.comments[6000]; !ok {
		t.Error("the comment of report 8 is missing")
	}
}

func TestPullRequestsAndTheirCommentsAreSkipped(t *testing.T) {
	f, k := mill(2), &sink{}
	f.pull(3, at(3))
	f.comment(6003, 3, at(3), nil)
	f.pull(4, at(4))
	// Known as a pull request by the list alone.
	f.comment(6004, 4, at(4), object{"html_url": "https://github.example/" + feed + "/issues/4#issuecomment-6004"})
	// The list shows pull requests touched since, the address shows all.
	f.comment(6005, 99, at(4), object{"html_url": "https://github.example/" + feed + "/pull/99#issuecomment-6005"})
	k.sync(t, source(t, f, pages(2)))
	same(t, "reports", numbers(k.reports), upTo(2))
	same(t, "comments", numbers(k.comments), []int64{5001, 5002})
	if !k.cursor.Mark.Equal(at(4)) {
		t.Errorf("the mark %v takes no notice of pull requests", k.cursor.Mark)
	}
}

func TestCommentOnAnIssueMadeMeanwhileWaitsForIt(t *testing.T) {
	f, k := mill(3), &sink{}
	made := false
	f.before = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "/comments") && !made {
			made = true
			f.issue(4, at(20), nil)
			f.comment(6000, 4, at(20), nil)
			f.comment(6001, 4, at(21), nil)
		}
		return false
	}
	s := source(t, f, nil)
	k.sync(t, s)
	k.sync(t, s)
	if len(k.reports) != 4 || len(k.comments) != 5 {
		t.Errorf("reports %v, comments %v", numbers(k.reports), numbers(k.comments))
	}
}

func TestTransferredAndDeletedIssuesAreNotInferred(t *testing.T) {
	f, k := mill(3), &sink{}
	s := source(t, f, nil)
	k.sync(t, s)
	f.issues, f.comments = f.issues[:2], f.comments[:2] // the third lives elsewhere now
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(3))
	for _, p := range k.pages {
		for _, r := range p.Reports {
			if r.ID.Number == 3 {
				t.Errorf("report 3 was made up: %+v", r)
			}
		}
	}
}

func TestEmptyRepository(t *testing.T) {
	f, k := &fake{}, &sink{}
	s := source(t, f, nil)
	k.sync(t, s)
	if k.cursor.Mark.IsZero() {
		t.Error("the mark says that it was never read")
	}
	f.forget()
	k.sync(t, s)
	if len(f.requests) != 1 {
		t.Errorf("requests %q", f.requests)
	}
	f.issue(1, at(1), nil) // moved here with its old date
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(1))
}

func TestForeignCursorIsNotTrusted(t *testing.T) {
	for _, url := range []string{"https://elsewhere.example/repos/" + feed + "/issues", "::", "/issues?since=2030-01-01T00:00:00Z"} {
		f, k := mill(3), &sink{cursor: tracker.Cursor{Mark: at(2), URL: url, ETag: `"x"`, Extra: "{"}}
		k.sync(t, source(t, f, nil))
		if got := f.headers[0].Get("If-None-Match"); got != "" {
			t.Errorf("%s: the ETag %q of another list was sent", url, got)
		}
		same(t, "reports", numbers(k.reports), []int64{2, 3})
	}
}

func TestWeakETagGoesBackByteForByte(t *testing.T) {
	f, k := mill(3), &sink{}
	s := source(t, f, nil)
	k.sync(t, s)
	if !strings.HasPrefix(k.cursor.ETag, `W/"`) {
		t.Fatalf("etag %q", k.cursor.ETag)
	}
	f.forget()
	k.sync(t, s)
	if got := f.headers[0].Get("If-None-Match"); got != k.cursor.ETag || !k.pages[0].NotModified {
		t.Errorf("sent %q, kept %q", got, k.cursor.ETag)
	}
}

func TestPrivateRepositoryIsMarked(t *testing.T) {
	f, k := mill(6), &sink{}
	f.private = true
	s := source(t, f, func(c *github.Config) { withToken(c); c.PageSize = 2 })
	k.sync(t, s)
	marked := func() (n int) {
		for _, r := range k.reports {
			if r.Private {
				n++
			}
		}
		for _, c := range k.comments {
			if c.Private {
				n++
			}
		}
		return n
	}
	if got := marked(); got != 12 {
		t.Errorf("%d are marked, want 12", got)
	}
	f.forget()
	k.sync(t, s)
	if len(f.requests) != 1 {
		t.Errorf("requests %q", f.requests)
	}
	f.private = false
	f.issue(7, at(9), nil) // it became public, and something changed
	k.stop = 3             // killed on the way: the rest is to be marked anew, too
	if err := k.pull(t, s, false); err == nil {
		t.Fatal("it was not killed")
	}
	k.stop = 0
	k.sync(t, s)
	if got := marked(); got != 0 {
		t.Errorf("%d are still marked", got)
	}
	f.private = true
	f.issue(7, at(10), nil)
	k.sync(t, s)
	if got := marked(); got != 13 {
		t.Errorf("%d are marked, want 13", got)
	}
}

func TestSilenceAboutPrivacyIsPrivate(t *testing.T) {
	for body, want := range map[string]bool{
		`{"private":false}`:                         false,
		`{"private":false,"visibility":"public"}`:   false,
		`{"private":false,"visibility":"internal"}`: true,
		`{"private":null}`:                          true,
		`{}`:                                        true,
	} {
		f, k := mill(1), &sink{}
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path != "/repos/"+feed {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			_, err := w.Write([]byte(body))
			return err == nil
		}
		k.sync(t, source(t, f, withToken))
		if k.reports[1].Private != want || k.comments[5001].Private != want {
			t.Errorf("%s: private %v", body, k.reports[1].Private)
		}
	}
}

func TestReportHasAllThatGitHubTells(t *testing.T) {
	f, k := &fake{}, &sink{}
	f.issue(12, at(5), object{
		"title": "Image 9.6 \u202e\x1b[2J", "labels": []object{{"name": "9"}, {"name": "bug"}, {"name": nil}},
		"locked": true, "active_lock_reason": "resolved", "author_association": "NONE", "type": nil, "sub_issues_summary": object{"total": 0},
	})
	f.comment(6000, 12, at(6), nil)
	k.sync(t, source(t, f, nil))
	want := tracker.Report{
		ID: tracker.ID{Space: feed, Number: 12}, Tracker: "github", URL: "https://github.example/" + feed + "/issues/12",
		Title: "Image 9.6 \u202e\x1b[2J", Body: "It grinds and then it does not.", Status: "open", Open: true,
		Project: feed, Labels: []string{"9", "bug"}, Reporter: "miller-a", Created: at(-1), Updated: at(5),
	}
	if diff := cmp.Diff(want, k.reports[12]); diff != "" {
		t.Error(diff)
	}
	wantNote := tracker.Comment{
		ID: 6000, Report: want.ID, Author: "miller-b", Text: "Seen here as well, note 6000.", Created: at(6), Updated: at(6),
		URL: "https://github.example/" + feed + "/issues/12#issuecomment-6000",
	}
	if diff := cmp.Diff(wantNote, k.comments[6000]); diff != "" {
		t.Error(diff)
	}
}

func TestDeletedUserAndNullBody(t *testing.T) {
	f, k := &fake{}, &sink{}
	f.issue(1, at(1), object{"user": nil, "body": nil, "labels": nil, "reactions": nil, "pull_request": nil})
	f.comment(6000, 1, at(1), object{"user": nil, "body": nil})
	k.sync(t, source(t, f, nil))
	if r := k.reports[1]; r.Reporter != "ghost" || r.Body != "" {
		t.Errorf("report %+v", r)
	}
	if c := k.comments[6000]; c.Author != "ghost" || c.Text != "" {
		t.Errorf("comment %+v", c)
	}
}

func TestRepositoryNamedPull(t *testing.T) {
	f, k := mill(1), &sink{}
	f.comment(5001, 1, at(1), object{"html_url": "https://github.example/Example/pull/issues/1#issuecomment-5001"})
	k.sync(t, source(t, f, nil))
	same(t, "comments", numbers(k.comments), []int64{5001})
}

func TestRenamedRepositoryKeepsItsID(t *testing.T) {
	f, k := mill(5), &sink{}
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if !strings.HasPrefix(r.URL.Path, "/repos/") {
			return false
		}
		to := *r.URL
		to.Path = strings.Replace(to.Path, "/repos/"+feed, "/repositories/77", 1)
		return refuse(w, http.StatusMovedPermanently, "Moved Permanently", map[string]string{"Location": f.url + to.RequestURI()})
	}
	s := source(t, f, func(c *github.Config) { withToken(c); c.PageSize = 2 })
	k.sync(t, s)
	same(t, "reports", numbers(k.reports), upTo(5))
	if k.reports[1].ID.Space != feed {
		t.Errorf("id %v", k.reports[1].ID)
	}
	for i, h := range f.headers {
		if h.Get("Authorization") != "Bearer "+secret {
			t.Errorf("request %s went without the token", f.requests[i])
		}
	}
	f.forget()
	k.sync(t, s)
	if !k.pages[0].NotModified {
		t.Errorf("requests %q", f.requests)
	}
}

func TestAtMostAHundredAPage(t *testing.T) {
	f := mill(1)
	new(sink).sync(t, source(t, f, pages(1000)))
	if f.perPage != 100 {
		t.Errorf("asked for %d a page", f.perPage)
	}
}

func TestYieldErrorEndsTheWalk(t *testing.T) {
	f, k := mill(9), &sink{stop: 1}
	if err := k.pull(t, source(t, f, pages(3)), false); !errors.Is(err, context.Canceled) || len(f.requests) != 1 {
		t.Errorf("error %v after requests %q", err, f.requests)
	}
}

// memory is a tracker.Sink.
type memory map[string]tracker.Cursor

func (m memory) Cursor(_ context.Context, name, feed string) (tracker.Cursor, error) {
	return m[name+"/"+feed], nil
}

func (m memory) Commit(_ context.Context, name, feed string, page tracker.Page) (tracker.Counts, error) {
	m[name+"/"+feed] = page.Cursor
	return tracker.Counts{New: len(page.Reports), Comments: len(page.Comments)}, nil
}

func TestSyncerReadsOtherRepositoriesWhenOneIsMissing(t *testing.T) {
	f := mill(5)
	s := source(t, f, func(c *github.Config) { c.Repos = []string{"Example/gone", feed} })
	syncer := tracker.Syncer{Sources: []tracker.Source{s}, Sink: memory{}}
	result := syncer.Run(t.Context(), nil)[0]
	wantProblem(t, result.Err, tracker.CodeNotFound, "Example/gone")
	if result.Feeds != 1 || result.Counts.New != 5 || result.Counts.Comments != 5 {
		t.Errorf("%+v", result)
	}
}
