package mantis_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// small makes pages of ten.
func small(c *mantis.Config) { c.PageSize = 10 }

func TestOneRequestWhenNothingIsNew(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, small)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	before := k.cursor
	server.Forget()
	k.sync(t, s, "AlmaLinux-9")
	if got := server.Requests(); len(got) != 1 {
		t.Errorf("requests: %q", got)
	}
	if len(k.pages) != 1 || !k.pages[0].NotModified || len(k.pages[0].Reports) != 0 || k.cursor != before {
		t.Errorf("pages %+v", k.pages)
	}
}

func TestETagIsSentBareAndByteForByte(t *testing.T) {
	server := replay.New(replay.Options{})
	var tags []string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tags = append(tags, r.Header.Get("If-None-Match"))
		server.ServeHTTP(w, r)
	})
	s := source(t, handler, nil)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	if strings.Join(tags, "") != "" {
		t.Errorf("the first sync asked conditionally: %q", tags)
	}
	if len(k.cursor.ETag) != 64 || strings.ContainsAny(k.cursor.ETag, `"W/`) {
		t.Errorf("ETag is %q", k.cursor.ETag)
	}
	tags = nil
	k.sync(t, s, "AlmaLinux-9")
	same(t, "If-None-Match", tags, []string{k.cursor.ETag})
	tags = nil
	if err := k.pull(t, s, "AlmaLinux-9", true); err != nil || strings.Join(tags, "") != "" {
		t.Errorf("a full sync asked conditionally: %q, %v", tags, err)
	}
}

func TestOnlyThePageThatHoldsWhatIsNew(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, small)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	server.Touch(3, now.Add(-time.Hour))
	server.Forget()
	k.sync(t, s, "AlmaLinux-9")
	if got := server.Requests(); len(got) != 1 || k.brought() != 10 {
		t.Errorf("requests %q, %d reports", got, k.brought())
	}
	if !k.cursor.Mark.Equal(now.Add(-time.Hour)) || !k.reports[3].Updated.Equal(now.Add(-time.Hour)) {
		t.Errorf("mark %v", k.cursor.Mark)
	}
}

func TestOverlapBehindTheMarkIsReadAgain(t *testing.T) {
	server := replay.New(replay.Options{})
	// Report 5 is three days older than 1, and would be left out by less.
	s := source(t, server, func(c *mantis.Config) { c.PageSize = 2; c.Overlap = 4 * 24 * time.Hour })
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	server.Touch(1, time.Date(2026, 11, 17, 12, 10, 39, 0, time.UTC))
	k.reports = nil
	k.sync(t, s, "AlmaLinux-9")
	if _, ok := k.reports[5]; !ok || k.reports[27].ID.Number == 0 {
		t.Errorf("read again: %v", k.numbers())
	}
}

func TestFullReadsEverything(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, small)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	k.reports = nil
	if err := k.pull(t, s, "AlmaLinux-9", true); err != nil {
		t.Fatal(err)
	}
	same(t, "reports", k.numbers(), sorted(server.Numbers(replay.Viewer, 2)))
}

func TestEveryReportComesOnce(t *testing.T) {
	for _, size := range []int{1, 2, 3, 5, 10, 29, 50} {
		server := replay.New(replay.Options{})
		k := &sink{}
		k.sync(t, source(t, server, func(c *mantis.Config) { c.PageSize = size }), "AlmaLinux-9")
		same(t, fmt.Sprintf("pages of %d", size), k.numbers(), sorted(server.Numbers(replay.Viewer, 2)))
		if k.brought() != len(k.reports) {
			t.Errorf("pages of %d: %d reports came, %d are different", size, k.brought(), len(k.reports))
		}
	}
}

func TestMarkMovesOnlyAtTheEndOfTheWalk(t *testing.T) {
	server := replay.Synthetic(300)
	s := source(t, server, func(c *mantis.Config) { c.PageSize = 20; c.Token = nil })
	k := &sink{stop: 2}
	if err := k.pull(t, s, "AlmaLinux-9", false); !errors.Is(err, context.Canceled) {
		t.Fatalf("the error of yield came back as %v", err)
	}
	newest := k.pages[0].Reports[0].Updated
	if !k.cursor.Mark.IsZero() || !k.cursor.Pending.Equal(newest) || k.cursor.ETag != "" {
		t.Errorf("cursor of a killed walk: %+v, want pending %v", k.cursor, newest)
	}

	k.stop = 0
	server.Forget()
	k.sync(t, s, "AlmaLinux-9")
	first := ""
	for _, r := range server.Requests() {
		if first == "" && strings.Contains(r, "/issues") {
			first = r
		}
	}
	if !strings.Contains(first, "page=1&") {
		t.Errorf("the resumed walk began with %q", first)
	}
	same(t, "reports", k.numbers(), sorted(server.Numbers("anonymous", 2)))
	if !k.cursor.Mark.Equal(newest) || !k.cursor.Pending.IsZero() || k.cursor.ETag == "" {
		t.Errorf("cursor at the end: %+v", k.cursor)
	}
}

func TestKilledSecondSyncLeavesTheMark(t *testing.T) {
	server := replay.Synthetic(300)
	s := source(t, server, func(c *mantis.Config) { c.PageSize = 20; c.Token = nil })
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	mark := k.cursor.Mark
	ids := server.Numbers("anonymous", 2)
	for i, id := range ids[40:80] {
		server.Touch(id, now.Add(-time.Duration(i)*time.Minute))
	}
	k.stop = 1
	if err := k.pull(t, s, "AlmaLinux-9", false); err == nil {
		t.Fatal("the sync was not killed")
	}
	if !k.cursor.Mark.Equal(mark) || !k.cursor.Pending.Equal(now) {
		t.Fatalf("cursor %+v, want mark %v", k.cursor, mark)
	}
	k.stop = 0
	k.sync(t, s, "AlmaLinux-9")
	for _, id := range ids[40:80] {
		if k.reports[id].Updated.Before(now.Add(-time.Hour)) {
			t.Errorf("the change of report %d was missed", id)
		}
	}
	if !k.cursor.Mark.Equal(now) {
		t.Errorf("mark %v", k.cursor.Mark)
	}
}

func TestTiesChangePlacesBetweenRequests(t *testing.T) {
	server := replay.New(replay.Options{FlipTies: true})
	same1 := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for _, id := range server.Numbers(replay.Viewer, 2) {
		server.Touch(id, same1) // created differs, so only some are ties
	}
	for size := 1; size <= 12; size++ {
		k := &sink{}
		k.sync(t, source(t, server, func(c *mantis.Config) { c.PageSize = size }), "AlmaLinux-8")
		same(t, fmt.Sprintf("pages of %d", size), k.numbers(), sorted(server.Numbers(replay.Viewer, 1)))
	}
}

func TestManyReportsWithEqualDates(t *testing.T) {
	// A bulk import: nothing but ties, more than a page holds.
	const n = 40
	flip := 0
	handler := listOf(func() []string {
		flip++
		var all []string
		for i := 1; i <= n; i++ {
			id := i
			if flip%2 == 0 {
				id = n + 1 - i
			}
			all = append(all, invented(id, "2026-01-01T00:00:00+00:00"))
		}
		return all
	})
	k := &sink{}
	k.sync(t, source(t, handler, func(c *mantis.Config) { c.PageSize = 7; c.Token = nil }), "AlmaLinux-9")
	if len(k.reports) != n {
		t.Errorf("%d of %d reports came", len(k.reports), n)
	}
}

func TestTiesProveNothingWhenReportsWereRemoved(t *testing.T) {
	// 9 to 12 have equal dates and change places, while 1 to 3 are removed
	// between the pages: the second begins with ties that were read, behind
	// one that was not. In the second case one of them is touched just when
	// the page is written, so that it stands too low for its date.
	for _, touched := range []int{0, 10} {
		requests := 0
		handler := listOf(func() []string {
			order := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
			requests++
			if requests > 1 {
				order = []int{4, 5, 6, 7, 8, 12, 11, 10, 9}
			}
			for id := 13; id <= 30; id++ {
				order = append(order, id)
			}
			var list []string
			for _, id := range order {
				minute := 59 - id
				switch {
				case id == touched && requests > 1:
					minute = 59
				case id >= 9 && id <= 12:
					minute = 50
				}
				list = append(list, invented(id, time.Date(2026, 5, 1, 0, minute, 0, 0, time.UTC).Format(time.RFC3339)))
			}
			return list
		})
		k := &sink{}
		k.sync(t, source(t, handler, func(c *mantis.Config) { c.PageSize = 10; c.Token = nil }), "AlmaLinux-9")
		if len(k.reports) != 30 {
			t.Errorf("touched %d: reports %v", touched, k.numbers())
		}
	}
}

func TestShortPageIsNotTakenForTheEnd(t *testing.T) {
	// Some rows are counted in the paging but not shown.
	full := listOf(func() []string {
		var list []string
		for id := 60; id > 0; id-- {
			one := invented(id, time.Date(2026, 5, 1, 0, id-1, 0, 0, time.UTC).Format(time.RFC3339))
			if id%7 == 0 {
				one = "hidden"
			}
			list = append(list, one)
		}
		return list
	})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		full.ServeHTTP(recorder, r)
		body := strings.NewReplacer("hidden,", "", ",hidden", "", "hidden", "").Replace(recorder.Body.String())
		always(http.StatusOK, "application/json", body).ServeHTTP(w, r)
	})
	for _, size := range []int{3, 10, 25} {
		k := &sink{}
		k.sync(t, source(t, handler, func(c *mantis.Config) { c.PageSize = size; c.Token = nil }), "AlmaLinux-9")
		if len(k.reports) != 60-60/7 {
			t.Errorf("pages of %d: reports %v", size, k.numbers())
		}
	}
}

func TestDriftTouchedReportRepeatsAndIsFoundNextTime(t *testing.T) {
	server := replay.Synthetic(150)
	s := source(t, server, func(c *mantis.Config) { c.PageSize = 10; c.Token = nil })
	ids := server.Numbers("anonymous", 2)
	touched := ids[45]
	server.Before(func(n int, _ *http.Request) {
		if n == 3 { // after the projects and page 1
			server.Touch(touched, now)
		}
	})
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	if k.brought() != len(ids)-1 {
		t.Errorf("%d reports came, want %d: all but the one that went by", k.brought(), len(ids)-1)
	}
	k.sync(t, s, "AlmaLinux-9")
	same(t, "reports", k.numbers(), sorted(ids))
}

func TestDriftManyTouchedWhileReading(t *testing.T) {
	server := replay.Synthetic(300)
	s := source(t, server, func(c *mantis.Config) { c.PageSize = 10; c.Token = nil })
	ids := server.Numbers("anonymous", 2)
	server.Before(func(n int, _ *http.Request) {
		if n == 4 { // a bulk change pushes whole pages down
			for i, id := range ids[60:95] {
				server.Touch(id, now.Add(time.Duration(i)*time.Second))
			}
		}
	})
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	k.sync(t, s, "AlmaLinux-9")
	same(t, "reports", k.numbers(), sorted(ids))
}

func TestDriftRemovedReportsHideNoOther(t *testing.T) {
	// Reports that go from the list move the others up: the next page begins
	// behind some that were never read, and that no later sync would find.
	for gone := 1; gone <= 30; gone += 7 {
		server := replay.Synthetic(300)
		s := source(t, server, func(c *mantis.Config) { c.PageSize = 10; c.Token = nil })
		ids := server.Numbers("anonymous", 2)
		server.Before(func(n int, _ *http.Request) {
			if n == 6 {
				for _, id := range ids[:gone] {
					server.Remove(id)
				}
			}
		})
		k := &sink{}
		k.sync(t, s, "AlmaLinux-9")
		for _, id := range ids[gone:] {
			if _, ok := k.reports[id]; !ok {
				t.Errorf("with %d removed, report %d was missed", gone, id)
			}
		}
		if k.cursor.Mark.IsZero() {
			t.Errorf("with %d removed, the walk did not end", gone)
		}
	}
}

func TestListThatNeverHoldsStill(t *testing.T) {
	server := replay.Synthetic(3000)
	s := source(t, server, func(c *mantis.Config) { c.PageSize = 10; c.Token = nil })
	server.Before(func(n int, _ *http.Request) {
		if n > 2 {
			for _, id := range server.Numbers("anonymous", 2)[:20] {
				server.Remove(id)
			}
		}
	})
	k := &sink{}
	err := k.pull(t, s, "AlmaLinux-9", false)
	wantProblem(t, err, tracker.CodeUnavailable, "changes too much")
	if !k.cursor.Mark.IsZero() {
		t.Errorf("the mark moved: %+v", k.cursor)
	}
}

func TestServerThatIgnoresThePageIsNotReadForEver(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "projects") {
			fmt.Fprint(w, projectList)
			return
		}
		var size int
		if _, err := fmt.Sscan(r.URL.Query().Get("page_size"), &size); err != nil {
			t.Error(err)
		}
		var all []string
		for i := range size {
			all = append(all, invented(1000-i, time.Date(2026, 1, 1, 0, 0, 1000-i, 0, time.UTC).Format(time.RFC3339)))
		}
		fmt.Fprintf(w, `{"issues":[%s]}`, strings.Join(all, ","))
	})
	k := &sink{}
	err := k.pull(t, source(t, handler, func(c *mantis.Config) { c.PageSize = 10; c.Token = nil }), "AlmaLinux-9", false)
	wantProblem(t, err, tracker.CodeBadAnswer, "same reports")
	if !k.cursor.Mark.IsZero() {
		t.Errorf("the mark moved: %+v", k.cursor)
	}
}

func TestPageOutOfOrderIsNotTrustedAsTheEnd(t *testing.T) {
	at := func(minute int) string {
		return time.Date(2026, 5, 1, 0, minute, 0, 0, time.UTC).Format(time.RFC3339)
	}
	var list []string
	for i := 50; i > 0; i-- {
		list = append(list, invented(i, at(i)))
	}
	handler := listOf(func() []string { return list })
	s := source(t, handler, func(c *mantis.Config) { c.PageSize = 5; c.Token = nil; c.Overlap = time.Minute })
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	// 10 and 9 are new, but the page before them is jumbled and ends in an old one.
	list = append([]string{invented(51, at(200)), invented(54, at(10)), invented(53, at(198)), invented(55, at(197)), invented(56, at(9)),
		invented(10, at(189)), invented(9, at(188))}, list[:40]...)
	k.sync(t, s, "AlmaLinux-9")
	for _, id := range []int64{10, 9} {
		if k.reports[id].Updated.Minute() < 8 || k.reports[id].Updated.Hour() < 3 {
			t.Errorf("report %d was missed: %v", id, k.reports[id].Updated)
		}
	}
}

func TestDateInTheFutureDoesNotMoveTheMarkThere(t *testing.T) {
	server := replay.New(replay.Options{})
	server.Touch(2, time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
	s := source(t, server, nil)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	if !k.cursor.Mark.Equal(now) {
		t.Errorf("mark %v, want %v", k.cursor.Mark, now)
	}
}

func TestAnotherUserSeesOlderReports(t *testing.T) {
	server := replay.New(replay.Options{})
	k := &sink{}
	k.sync(t, source(t, server, nil), "AlmaLinux-9")
	if _, ok := k.reports[24]; ok {
		t.Fatal("a viewer sees 24")
	}
	// Reports 24 and 25 are far behind the mark.
	web := httptest.NewServer(server)
	defer web.Close()
	developer, err := mantis.New(mantis.Config{Name: "almbz", URL: web.URL, PageSize: 3, Token: token(replay.Token(replay.Developer)), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	k.sync(t, developer, "AlmaLinux-9")
	if !k.reports[24].Private || !k.reports[25].Private {
		t.Error("the developer's reports 24 and 25 were not read")
	}
}

func TestEmptyProject(t *testing.T) {
	handler := listOf(func() []string { return nil })
	k := &sink{}
	k.sync(t, source(t, handler, func(c *mantis.Config) { c.Token = nil }), "AlmaLinux-9")
	if len(k.pages) != 1 || k.brought() != 0 || !k.cursor.Mark.IsZero() {
		t.Errorf("pages %+v", k.pages)
	}
}

func TestReportsGoneFromTheListAreNotTakenForClosed(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, nil)
	k := &sink{}
	k.sync(t, s, "AlmaLinux-9")
	server.Remove(1)
	k.sync(t, s, "AlmaLinux-9")
	if r, ok := k.reports[1]; !ok || !r.Open {
		t.Error("report 1 was changed by being absent")
	}
	for _, p := range k.pages {
		for _, r := range p.Reports {
			if r.ID.Number == 1 {
				t.Error("a report that is gone was brought")
			}
		}
	}
}

const projectList = `{"projects":[{"id":2,"name":"AlmaLinux-9","enabled":true,"view_state":{"id":10,"name":"public"}}]}`

func invented(id int, updated string) string {
	return fmt.Sprintf(`{"id":%d,"summary":"s","status":{"id":10,"name":"new"},"view_state":{"id":10,"name":"public"},"project":{"id":2,"name":"AlmaLinux-9"},"created_at":"2025-01-01T00:00:00+00:00","updated_at":"%s"}`, id, updated)
}

// listOf serves one project with the reports that list gives.
func listOf(list func() []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "projects") {
			fmt.Fprint(w, projectList)
			return
		}
		var page, size int
		if _, err := fmt.Sscan(r.URL.Query().Get("page")+" "+r.URL.Query().Get("page_size"), &page, &size); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		all := list()
		first := min((page-1)*size, len(all))
		fmt.Fprintf(w, `{"issues":[%s]}`, strings.Join(all[first:min(first+size, len(all))], ","))
	})
}
