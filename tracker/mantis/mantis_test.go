package mantis_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// now is after the recordings were made.
var now = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// waits notes what a source would have slept.
type waits struct{ slept []time.Duration }

func (w *waits) sleep(_ context.Context, d time.Duration) error {
	w.slept = append(w.slept, d)
	return nil
}

func token(value string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return value, nil }
}

// source is a source for a handler, as the viewer unless changed.
func source(t *testing.T, handler http.Handler, change func(*mantis.Config)) *mantis.Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	config := mantis.Config{
		Name: "almbz", URL: server.URL, Projects: []string{"AlmaLinux-9"},
		Token: token(replay.Token(replay.Viewer)),
		Now:   func() time.Time { return now }, Sleep: new(waits).sleep,
	}
	if change != nil {
		change(&config)
	}
	s, err := mantis.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sink keeps what a source brings, as a store does.
type sink struct {
	cursor  tracker.Cursor
	reports map[int64]tracker.Report
	pages   []tracker.Page
	stop    int // page at which the sync is killed, 0: never
}

func (k *sink) pull(t *testing.T, s *mantis.Source, feed string, full bool) error {
	t.Helper()
	if k.reports == nil {
		k.reports = map[int64]tracker.Report{}
	}
	k.pages = nil
	return s.Pull(t.Context(), feed, k.cursor, full, func(p tracker.Page) error {
		k.pages = append(k.pages, p)
		for _, r := range p.Reports {
			k.reports[r.ID.Number] = r
		}
		k.cursor = p.Cursor
		if k.stop > 0 && len(k.pages) == k.stop {
			return context.Canceled
		}
		return nil
	})
}

// sync pulls and fails the test on an error.
func (k *sink) sync(t *testing.T, s *mantis.Source, feed string) {
	t.Helper()
	if err := k.pull(t, s, feed, false); err != nil {
		t.Fatal(err)
	}
}

func (k *sink) numbers() []int64 {
	var ids []int64
	for id := range k.reports {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// brought counts the reports of the last pull.
func (k *sink) brought() int {
	n := 0
	for _, p := range k.pages {
		n += len(p.Reports)
	}
	return n
}

func sorted(ids []int64) []int64 {
	slices.Sort(ids)
	return ids
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestNewRefusesBadConfiguration(t *testing.T) {
	for _, c := range []struct{ name, url, says string }{
		{"", "https://bugs.example.org", "needs a name"},
		{"almbz", "", "url must be like"},
		{"almbz", "bugs.example.org", "url must be like"},
		{"almbz", "ftp://bugs.example.org", "url must be like"},
		{"almbz", "https://", "url must be like"},
		{"almbz", "https://user:secret@bugs.example.org", "user name or password"},
		{"almbz", "https://bugs.example.org/?x=1", "without ?"},
		{"almbz", "https://bugs.example.org/\x1b", "url must be like"},
	} {
		_, err := mantis.New(mantis.Config{Name: c.name, URL: c.url})
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("New(%q, %q): %v, want %q", c.name, c.url, err, c.says)
		}
	}
}

func TestFeedsOfTheConfigurationNeedNoRequest(t *testing.T) {
	server := replay.New(replay.Options{})
	feeds, err := source(t, server, nil).Feeds(t.Context())
	same(t, "feeds", feeds, []string{"AlmaLinux-9"})
	if err != nil || len(server.Requests()) != 0 {
		t.Errorf("err %v, requests %q", err, server.Requests())
	}
}

func TestFeedsAreAllProjectsThatCanBeSeen(t *testing.T) {
	for _, version := range []string{"2.25.8", "2.28.4"} {
		server := replay.New(replay.Options{Version: version})
		s := source(t, server, func(c *mantis.Config) { c.Projects = nil })
		feeds, err := s.Feeds(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "feeds", feeds, []string{"AlmaLinux-10", "AlmaLinux-8", "AlmaLinux-9"})
		var all []int64
		for _, feed := range feeds {
			k := &sink{}
			k.sync(t, s, feed)
			all = append(all, k.numbers()...)
		}
		same(t, version+": reports of all feeds", sorted(all), sorted(server.Numbers(replay.Viewer, 0)))
		if got := strings.Count(strings.Join(server.Requests(), "\n"), "/projects"); got != 1 {
			t.Errorf("%s: the projects were asked for %d times", version, got)
		}
	}
}

func TestWholeSyncOfBothVersions(t *testing.T) {
	for _, version := range []string{"2.25.8", "2.28.4"} {
		t.Run(version, func(t *testing.T) {
			server := replay.New(replay.Options{Version: version})
			k := &sink{}
			k.sync(t, source(t, server, nil), "AlmaLinux-9")
			same(t, "reports", k.numbers(), sorted(server.Numbers(replay.Viewer, 2)))
			if want := time.Date(2026, 11, 17, 12, 10, 38, 0, time.UTC); !k.cursor.Mark.Equal(want) || !k.cursor.Pending.IsZero() {
				t.Errorf("cursor %+v, want the mark %v", k.cursor, want)
			}
			for _, r := range server.Requests() {
				if strings.Contains(r, "/issues/") {
					t.Errorf("a single report was asked for: %s", r)
				}
			}
		})
	}
}

func TestAnonymousSync(t *testing.T) {
	server := replay.New(replay.Options{Anonymous: true})
	k := &sink{}
	k.sync(t, source(t, server, func(c *mantis.Config) { c.Token = nil }), "AlmaLinux-10")
	same(t, "reports", k.numbers(), sorted(server.Numbers("anonymous", 3)))
}

func TestMappingOfARecordedReport(t *testing.T) {
	k := &sink{}
	server := replay.New(replay.Options{})
	k.sync(t, source(t, server, func(c *mantis.Config) { c.URL += "/" }), "AlmaLinux-9")
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	id := tracker.ID{Space: "almbz", Number: 1}
	got := k.reports[1]
	page := got.URL
	if !strings.HasPrefix(page, "http://127.0.0.1:") || !strings.HasSuffix(page, "/view.php?id=1") || strings.Count(page, "//") != 1 {
		t.Errorf("URL is %q", page)
	}
	same(t, "report 1", got, tracker.Report{
		ID: id, Tracker: "almbz", URL: page,
		Title:      "tar --sparse drops the last block of a file that ends in a hole",
		Body:       "Packing a file whose last 64 KiB are a hole with --sparse and unpacking it again yields a file that is shorter than the original. Without --sparse the size is kept.",
		Steps:      "1. truncate -s 1M /tmp/h; printf abc | dd of=/tmp/h conv=notrunc\n2. tar --sparse -cf /tmp/h.tar -C /tmp h\n3. mkdir /tmp/o && tar -xf /tmp/h.tar -C /tmp/o\n4. stat -c %s /tmp/h /tmp/o/h\n\nExpected: both 1048576. Seen: the second is 3.",
		Additional: "tar-1.34-7.el9.x86_64",
		Status:     "new", Open: true, Resolution: "open", Reproducibility: "always", Severity: "minor",
		Project: "AlmaLinux-9", Version: "9.5", Category: "tar",
		Labels: []string{"reproducible", "upstream"}, Reporter: "jkowalski",
		Created: at("2026-03-12T12:10:36Z"), Updated: at("2026-11-17T12:10:38Z"),
		Comments: []tracker.Comment{
			{ID: 1, Report: id, Author: "releng", Text: "Can you attach the archive?", Created: at("2026-03-12T12:10:37Z"), Updated: at("2026-03-12T12:10:37Z"), URL: page + "#c1"},
			{ID: 2, Report: id, Author: "jkowalski", Text: "Attached.", Created: at("2026-03-12T12:10:37Z"), Updated: at("2026-03-12T12:10:37Z"), URL: page + "#c2"},
		},
		Attachments: []tracker.Attachment{{ID: 9, Name: "h.tar", Size: 10240, ContentType: "application/octet-stream; charset=binary"}},
	})
}

func TestOpenAndClosedReportsAreInTheList(t *testing.T) {
	k := &sink{}
	s := source(t, replay.New(replay.Options{}), nil)
	k.sync(t, s, "AlmaLinux-9")
	k.cursor = tracker.Cursor{}
	k.sync(t, s, "AlmaLinux-8")
	for _, c := range []struct {
		id         int64
		status     string
		open       bool
		resolution string
	}{
		{1, "new", true, "open"},
		{8, "acknowledged", true, "open"},
		{16, "resolved", false, "fixed"},
		{23, "closed", false, "duplicate"},
	} {
		if r := k.reports[c.id]; r.Status != c.status || r.Open != c.open || r.Resolution != c.resolution {
			t.Errorf("report %d: %q, open %v, %q", c.id, r.Status, r.Open, r.Resolution)
		}
	}
}

func TestAbsentFieldsAreEmpty(t *testing.T) {
	k := &sink{}
	s := source(t, replay.New(replay.Options{}), nil)
	k.sync(t, s, "AlmaLinux-8")
	for _, id := range []int64{29, 30} {
		if r, ok := k.reports[id]; !ok || r.Steps != "" || r.Comments != nil || r.Attachments != nil {
			t.Errorf("report %d: %+v", id, r)
		}
	}
}

func TestAttachmentsAreRecordsOnly(t *testing.T) {
	k := &sink{}
	k.sync(t, source(t, replay.New(replay.Options{}), nil), "AlmaLinux-9")
	same(t, "attachments", k.reports[21].Attachments, []tracker.Attachment{
		{ID: 2, Name: "nmcli.log", Size: 5890, ContentType: "text/plain; charset=us-ascii"},
		{ID: 3, Name: "screenshot.png", Size: 75, ContentType: "image/png; charset=binary"},
		{ID: 4, Name: "sosreport.tar.gz", Size: 50, ContentType: "application/gzip; charset=binary"},
	})
}

func TestFortyNotes(t *testing.T) {
	k := &sink{}
	k.sync(t, source(t, replay.New(replay.Options{}), nil), "AlmaLinux-10")
	if got := len(k.reports[32].Comments); got != 40 {
		t.Errorf("report 32 has %d notes, want 40", got)
	}
}

func TestPrivateReportsAndNotesAreMarked(t *testing.T) {
	for _, c := range []struct {
		user   string
		hidden []int64 // private reports seen
		notes  int     // private notes on report 5
	}{
		{replay.Viewer, nil, 0},
		{replay.Reporter, []int64{25}, 0},
		{replay.Developer, []int64{24, 25}, 1},
	} {
		k := &sink{}
		s := source(t, replay.New(replay.Options{}), func(c2 *mantis.Config) { c2.Token = token(replay.Token(c.user)) })
		k.sync(t, s, "AlmaLinux-9")
		var hidden []int64
		for _, id := range k.numbers() {
			if k.reports[id].Private {
				hidden = append(hidden, id)
			}
		}
		same(t, c.user+": private reports", hidden, c.hidden)
		notes := 0
		for _, n := range k.reports[5].Comments {
			if n.Private {
				notes++
			}
		}
		if notes != c.notes {
			t.Errorf("%s sees %d private notes, want %d", c.user, notes, c.notes)
		}
	}
}

func TestHostileTextIsKeptRaw(t *testing.T) {
	k := &sink{}
	k.sync(t, source(t, replay.New(replay.Options{}), nil), "AlmaLinux-9")
	r := k.reports[27]
	for _, want := range []string{"\x1b[2J", "\x1b]0;pwned\a", "\u202e", "\r\nInjected: header"} {
		if !strings.Contains(r.Title, want) {
			t.Errorf("the title has lost %q: %q", want, r.Title)
		}
	}
	for _, want := range []string{"\u009b31m", "\x7f", "\u2028", "\u2066", "<script>", "\b\b\b"} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the body has lost %q", want)
		}
	}
	if len(r.Additional) < 60_000 {
		t.Errorf("the long line was cut: %d bytes", len(r.Additional))
	}
	if nul := k.reports[28]; !strings.Contains(nul.Body+nul.Steps+nul.Title, "\x00") {
		t.Error("the NUL bytes of report 28 are lost")
	}
}
