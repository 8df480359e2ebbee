package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

func note(n int, id int64, text string, refs ...string) tracker.Comment {
	c := tracker.Comment{ID: id, Report: reportID(n), Author: "bob", Text: text, Created: at(int(id)), Updated: at(int(id)), URL: "https://bugs.example.org/note"}
	for _, key := range refs {
		c.References = append(c.References, tracker.Reference{Kind: tracker.RefJira, Key: key})
	}
	return c
}

func whole(n int) tracker.Report {
	return report(n, func(r *tracker.Report) {
		r.Body, r.Steps, r.Additional = "body \x00 of \xff it\r\n", "first, then second", "more"
		r.Resolution, r.Reproducibility, r.Severity, r.Project, r.Version, r.Category = "open", "always", "crash", "AlmaLinux-9", "9.6", "bash"
		r.Labels, r.Release, r.Package = []string{"bug", "el9"}, "9.6", "bash"
		r.References = []tracker.Reference{{Kind: tracker.RefJira, Key: "RHEL-1", URL: "https://issues.example.org/RHEL-1"}}
		r.Attachments = []tracker.Attachment{{ID: 7, Name: "../../etc/passwd", Size: 1 << 40, ContentType: "text/plain"}}
		r.Comments = []tracker.Comment{note(n, 1, "first note", "RHEL-2"), note(n, 2, "second note")}
	})
}

func TestReportComesBackAsItWas(t *testing.T) {
	db := open(t)
	want := whole(1)
	commitReports(t, db, want)
	got, err := db.Report(t.Context(), want.ID)
	must(t, err)
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	_, err = db.Report(t.Context(), reportID(404))
	wantCode(t, err, CodeNotFound)
	_, err = db.Seen(t.Context(), reportID(404))
	wantCode(t, err, CodeNotFound)
	if seen, err := db.Seen(t.Context(), want.ID); err != nil || !seen.Equal(want.Updated) {
		t.Errorf("seen %v, %v", seen, err)
	}
}

func TestCommitCounts(t *testing.T) {
	db := open(t)
	changed := func(change func(*tracker.Report)) tracker.Report { r := whole(1); change(&r); return r }
	steps := []struct {
		name string
		page tracker.Page
		want tracker.Counts
	}{
		{"new", tracker.Page{Reports: []tracker.Report{whole(1), whole(2)}}, tracker.Counts{New: 2, Comments: 4}},
		{"unchanged", tracker.Page{Reports: []tracker.Report{whole(1), whole(2)}}, tracker.Counts{Unchanged: 2}},
		{"updated", tracker.Page{Reports: []tracker.Report{changed(func(r *tracker.Report) { r.Status = "closed" }), whole(3)}}, tracker.Counts{New: 1, Updated: 1, Comments: 4}},
		{"twice in a page", tracker.Page{Reports: []tracker.Report{whole(4), whole(4)}}, tracker.Counts{New: 1, Unchanged: 1, Comments: 2}},
		{"not modified", tracker.Page{NotModified: true}, tracker.Counts{}},
		{"private now", tracker.Page{Reports: []tracker.Report{changed(func(r *tracker.Report) { r.Private = true })}}, tracker.Counts{Updated: 1, Comments: 2}},
		{"a field moved into its neighbour", tracker.Page{Reports: []tracker.Report{changed(func(r *tracker.Report) { r.Private, r.Resolution, r.Reproducibility = true, "", "openalways" })}},
			tracker.Counts{Updated: 1, Comments: 2}},
	}
	for _, s := range steps {
		if got := commit(t, db, s.page); got != s.want {
			t.Errorf("%s: got %+v, want %+v", s.name, got, s.want)
		}
	}
}

// TestEveryFieldCounts: whatever a tracker changes is taken in.
func TestEveryFieldCounts(t *testing.T) {
	for name, change := range map[string]func(*tracker.Report){
		"tracker": func(r *tracker.Report) { r.Tracker = "x" }, "url": func(r *tracker.Report) { r.URL = "x" }, "title": func(r *tracker.Report) { r.Title = "x" },
		"body": func(r *tracker.Report) { r.Body = "x" }, "steps": func(r *tracker.Report) { r.Steps = "x" }, "additional": func(r *tracker.Report) { r.Additional = "x" },
		"status": func(r *tracker.Report) { r.Status = "x" }, "open": func(r *tracker.Report) { r.Open = false }, "resolution": func(r *tracker.Report) { r.Resolution = "x" },
		"reproducibility": func(r *tracker.Report) { r.Reproducibility = "x" }, "severity": func(r *tracker.Report) { r.Severity = "x" },
		"project": func(r *tracker.Report) { r.Project = "x" }, "version": func(r *tracker.Report) { r.Version = "x" }, "category": func(r *tracker.Report) { r.Category = "x" },
		"labels": func(r *tracker.Report) { r.Labels = []string{"bugel9"} }, "reporter": func(r *tracker.Report) { r.Reporter = "x" },
		"created": func(r *tracker.Report) { r.Created = at(5) }, "updated": func(r *tracker.Report) { r.Updated = at(5) }, "private": func(r *tracker.Report) { r.Private = true },
		"release": func(r *tracker.Report) { r.Release = "x" }, "package": func(r *tracker.Report) { r.Package = "x" }, "references": func(r *tracker.Report) { r.References = nil },
		"attachment": func(r *tracker.Report) { r.Attachments[0].Size = 1 }, "comment text": func(r *tracker.Report) { r.Comments[0].Text = "x" },
		"comment author": func(r *tracker.Report) { r.Comments[0].Author = "x" }, "comment private": func(r *tracker.Report) { r.Comments[0].Private = true },
		"comment gone": func(r *tracker.Report) { r.Comments = r.Comments[:1] }, "comment time": func(r *tracker.Report) { r.Comments[1].Updated = at(9) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			commitReports(t, db, whole(1))
			want := whole(1)
			change(&want)
			if got := commitReports(t, db, want); got.Updated != 1 {
				t.Errorf("got %+v, want it to be updated", got)
			}
			got, err := db.Report(t.Context(), want.ID)
			must(t, err)
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNotesThatAreGoneAtTheTrackerGo(t *testing.T) {
	db := open(t)
	commitReports(t, db, whole(1))
	if got := found(t, db, word("second note")); got != "1" {
		t.Fatalf("before: found %q", got)
	}
	without := whole(1)
	without.Comments = []tracker.Comment{note(1, 2, "the other is edited")}
	commitReports(t, db, without)
	got, err := db.Report(t.Context(), reportID(1))
	must(t, err)
	if diff := cmp.Diff(without.Comments, got.Comments); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for value, want := range map[string]string{"first note": "", "second note": "", "edited": "1", "then second": "1"} {
		if got := found(t, db, word(value)); got != want {
			t.Errorf("search for %q: got %q, want %q", value, got, want)
		}
	}
	if got := found(t, db, query.Term{Key: query.KeyRef, Value: "RHEL-2"}); got != "" {
		t.Errorf("what only the note named that is gone is still found: %q", got)
	}
	if got := found(t, db, query.Term{Key: query.KeyRef, Value: "RHEL-1"}); got != "1" {
		t.Errorf("what the report itself names: %q", got)
	}
	checkWhole(t, db)
}

// TestCommentsThatComeApart: as GitHub delivers them, in pages of their own.
func TestCommentsThatComeApart(t *testing.T) {
	db := open(t)
	bare := report(1)
	commitReports(t, db, bare, report(2))
	apart := []tracker.Comment{note(1, 10, "seen on zebra too", "RHEL-77"), note(404, 11, "of a pull request")}
	if got, want := commit(t, db, tracker.Page{Comments: apart}), (tracker.Counts{Comments: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := commit(t, db, tracker.Page{Comments: apart}); got != (tracker.Counts{}) {
		t.Errorf("the same again: got %+v", got)
	}
	stays := func(when, text string) {
		t.Helper()
		got, err := db.Report(t.Context(), reportID(1))
		must(t, err)
		if len(got.Comments) != 1 || got.Comments[0].Text != text {
			t.Errorf("%s: comments %+v", when, got.Comments)
		}
		if got := found(t, db, query.Term{Key: query.KeyRef, Value: "rhel-77"}); got != "1" {
			t.Errorf("%s: by what it names: %q", when, got)
		}
	}
	stays("first", "seen on zebra too")
	bare.Title = "changed"
	commitReports(t, db, bare) // GitHub's issues come without comments
	stays("after the report changed", "seen on zebra too")
	if got := found(t, db, word("zebra"), word("changed")); got != "1" {
		t.Errorf("search after the report changed: %q", got)
	}
	apart[0].Text = "seen on yak too"
	if got := commit(t, db, tracker.Page{Comments: apart[:1]}); got.Comments != 1 {
		t.Errorf("an edit: got %+v", got)
	}
	stays("after an edit", "seen on yak too")
	if got := found(t, db, word("zebra")) + "/" + found(t, db, word("yak")); got != "/1" {
		t.Errorf("search after an edit: %q", got)
	}
	with := tracker.Page{Reports: []tracker.Report{report(3)}, Comments: []tracker.Comment{note(3, 12, "in the page of its report", "RHEL-78")}}
	if got, want := commit(t, db, with), (tracker.Counts{New: 1, Comments: 1}); got != want {
		t.Errorf("with its report: got %+v, want %+v", got, want)
	}
	if got := found(t, db, query.Term{Key: query.KeyRef, Value: "RHEL-78"}); got != "3" {
		t.Errorf("with its report: %q", got)
	}
	checkWhole(t, db)
}

func TestCursor(t *testing.T) {
	db := open(t)
	zero, err := db.Cursor(t.Context(), "almbz", "AlmaLinux-9")
	if err != nil || zero != (tracker.Cursor{}) {
		t.Fatalf("never read: %+v, %v", zero, err)
	}
	want := tracker.Cursor{Mark: at(1), Pending: at(2), ETag: `W/"a\b"`, URL: "https://x.example/?a=1&b=2", Extra: "3"}
	commit(t, db, tracker.Page{Reports: []tracker.Report{report(1)}, Cursor: want})
	got, err := db.Cursor(t.Context(), "almbz", "AlmaLinux-9")
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	other, err := db.Cursor(t.Context(), "almbz", "AlmaLinux-10")
	if err != nil || other != (tracker.Cursor{}) {
		t.Errorf("another feed: %+v, %v", other, err)
	}
}

// TestPageAndCursorAreOne: of a page that fails nothing stays, its cursor
// neither.
func TestPageAndCursorAreOne(t *testing.T) {
	db := open(t)
	before := tracker.Cursor{Mark: at(1)}
	commit(t, db, tracker.Page{Reports: []tracker.Report{report(1)}, Cursor: before})
	// The database refuses one report in the middle, as a full disk would.
	_, err := db.write.Exec(`CREATE TRIGGER refuse BEFORE INSERT ON texts WHEN new.body = 'refuse' BEGIN SELECT raise(ABORT, 'refused'); END`)
	must(t, err)
	bad := tracker.Page{Reports: []tracker.Report{report(2), report(3, func(r *tracker.Report) { r.Body = "refuse" }), report(4)}, Cursor: tracker.Cursor{Mark: at(9)}}
	if _, err := db.Commit(t.Context(), "almbz", "AlmaLinux-9", bad); err == nil {
		t.Fatal("a page that cannot be stored was stored")
	}
	after, err := db.Cursor(t.Context(), "almbz", "AlmaLinux-9")
	if err != nil || after != before {
		t.Errorf("cursor %+v, %v; want %+v", after, err, before)
	}
	if got := found(t, db); got != "1" {
		t.Errorf("reports %q stayed", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Commit(ended, "almbz", "AlmaLinux-9", tracker.Page{Reports: []tracker.Report{report(5)}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if got := found(t, db); got != "1" {
		t.Errorf("reports %q stayed", got)
	}
	checkWhole(t, db)
}

func TestSyncs(t *testing.T) {
	db := open(t)
	must(t, db.SaveSync(t.Context(), "almbz", at(1), ""))
	must(t, db.SaveSync(t.Context(), "almbz", at(2), "the tracker is not reached"))
	must(t, db.SaveSync(t.Context(), "github", at(3), "no token"))
	got, err := db.Syncs(t.Context())
	must(t, err)
	want := []Synced{{"almbz", at(2), at(1), "the tracker is not reached"}, {"github", at(3), time.Time{}, "no token"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	must(t, db.SaveSync(t.Context(), "almbz", at(4), ""))
	got, err = db.Syncs(t.Context())
	if err != nil || got[0] != (Synced{"almbz", at(4), at(4), ""}) {
		t.Errorf("after a success: %+v, %v", got[0], err)
	}
}

// TestLastNoteGoes: Mantis delivers a report without notes as one that has
// none, so the last one goes too.
func TestLastNoteGoes(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1, func(r *tracker.Report) { r.Comments = []tracker.Comment{note(1, 1, "only note", "RHEL-9")} }))
	commitReports(t, db, report(1))
	got, err := db.Report(t.Context(), reportID(1))
	must(t, err)
	if len(got.Comments) != 0 || found(t, db, word("only note")) != "" {
		t.Errorf("left: %+v", got.Comments)
	}
}

// TestTwoStatesInOnePage: of a report that a page holds twice, the later counts.
func TestTwoStatesInOnePage(t *testing.T) {
	db := open(t)
	second := report(1, func(r *tracker.Report) { r.Title, r.Body = "another heading", "another text" })
	if got, want := commitReports(t, db, report(1), second), (tracker.Counts{New: 1, Updated: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := found(t, db, word("heading"), word("another text")) + "/" + found(t, db, word("title")); got != "1/" {
		t.Errorf("search: %q", got)
	}
}
