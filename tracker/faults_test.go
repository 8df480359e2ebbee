package tracker_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/github"
	"github.com/almatriage/almatriage/tracker/mantis"
	"github.com/almatriage/almatriage/tracker/remote"
)

const (
	faultToken = "t0k3n/of+the&faults"
	faultCount = 12 // reports, which are three pages
	faultPage  = 5
	faultLimit = 3 << 20 // bytes of an answer
	faultFeed  = "Example/mill"
	oldest     = "2025-01-01T00:00:00+00:00"
)

// faultyDesk answers as Mantis and as GitHub do, with the same reports; a fault
// comes first.
type faultyDesk struct {
	mu      sync.Mutex
	updated [faultCount]time.Time // report 1 is the oldest
	fault   func(w http.ResponseWriter, r *http.Request, n int) bool
	asked   int // lists, since the fault is there
}

// change touches every report, and sets the fault.
func (d *faultyDesk) change(round int, fault func(http.ResponseWriter, *http.Request, int) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.updated {
		d.updated[i] = time.Date(2026, 1, 1, round, 0, i, 0, time.UTC)
	}
	d.fault, d.asked = fault, 0
}

// lists is how often one was asked for, since the last change.
func (d *faultyDesk) lists() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

func (d *faultyDesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Mantis-LoginMethod", "api-token")
	w.Header().Set("X-Mantis-Username", "triage-bot")
	w.Header().Set("Content-Type", "application/json")
	d.mu.Lock()
	list, fault := strings.HasSuffix(r.URL.Path, "/issues"), d.fault
	if list || r.URL.Path == "/loop" {
		d.asked++
	}
	n, updated := d.asked, d.updated
	d.mu.Unlock()
	switch {
	case (list || r.URL.Path == "/loop") && fault != nil && fault(w, r, n):
	case strings.HasSuffix(r.URL.Path, "/projects"):
		io.WriteString(w, `{"projects":[{"id":1,"name":"`+faultFeed+`","view_state":{"id":10}}]}`) //nolint:errcheck // the client tells
	case strings.HasSuffix(r.URL.Path, "/comments"):
		io.WriteString(w, "[]") //nolint:errcheck // as above
	case list:
		answerList(w, r, updated)
	default:
		io.WriteString(w, `{"id":77,"private":false}`) //nolint:errcheck // as above
	}
}

// answerList gives a page: of Mantis by number, newest first; of GitHub by
// time, oldest first.
func answerList(w http.ResponseWriter, r *http.Request, updated [faultCount]time.Time) {
	q := r.URL.Query()
	var entries []string
	if isMantis(r) {
		page, size := number(q.Get("page")), number(q.Get("page_size"))
		for i := (page - 1) * size; i < min(page*size, faultCount); i++ {
			entries = append(entries, report(faultCount-i, "it stops", updated[faultCount-1-i].Format(time.RFC3339)))
		}
	} else {
		since, err := time.Parse(time.RFC3339, q.Get("since"))
		for i, at := range updated {
			if (err != nil || !at.Before(since)) && len(entries) < number(q.Get("per_page")) {
				entries = append(entries, report(i+1, "it stops", at.Format(time.RFC3339)))
			}
		}
	}
	writeList(w, r, entries...)
}

func isMantis(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/rest") }

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func report[N int | string](id N, title, updated string) string {
	return fmt.Sprintf(`{"id":%v,"number":%v,"summary":"%s","title":"%s","view_state":{"id":10},"project":{"id":1},"state":"open","created_at":"%s","updated_at":"%s"}`,
		id, id, title, title, oldest, updated)
}

func writeList(w http.ResponseWriter, r *http.Request, entries ...string) bool {
	body := "[" + strings.Join(entries, ",") + "]"
	if isMantis(r) {
		body = `{"issues":` + body + `}`
	}
	io.WriteString(w, body) //nolint:errcheck // the client tells
	return true
}

// endless writes until nobody reads any more.
func endless(w io.Writer, pause time.Duration, block string) bool {
	for {
		if _, err := io.WriteString(w, block); err != nil {
			return true
		}
		if pause > 0 {
			w.(http.Flusher).Flush()
			time.Sleep(pause)
		}
	}
}

// raw takes the connection and writes what no HTTP server would.
func raw(w http.ResponseWriter, begin, more string, times int) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	io.WriteString(conn, begin) //nolint:errcheck // the client tells
	for range times {
		if _, err := io.WriteString(conn, more); err != nil {
			break
		}
	}
	return true
}

func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	blanks := bytes.Repeat([]byte(" "), 1<<20)
	for range 16 {
		if _, err := z.Write(blanks); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fault is what a server does, and what is said of it, "" if it does not matter.
type fault struct {
	name     string
	does     func(w http.ResponseWriter, r *http.Request, n int) bool
	says     string
	slow     bool // it takes as long as it may
	requests int  // at most, for lists; 0: two, which is what there are tries
}

func faults(t *testing.T, other string) []fault {
	packed := bomb(t)
	with := func(text string) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			io.WriteString(w, text) //nolint:errcheck // the client tells
			return true
		}
	}
	one := func(entries ...string) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, r *http.Request, _ int) bool { return writeList(w, r, entries...) }
	}
	status := func(code int, header ...string) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, r *http.Request, _ int) bool {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"message":"no: %s %s %s"}`, strings.Repeat("x", 185), r.Header.Get("Authorization"), faultToken)
			return true
		}
	}
	return []fault{
		{name: "slow", says: "no whole answer within 200ms", slow: true, does: func(_ http.ResponseWriter, r *http.Request, _ int) bool { <-r.Context().Done(); return true }},
		{name: "a byte at a time", says: "no whole answer within 200ms", slow: true, does: func(w http.ResponseWriter, _ *http.Request, _ int) bool { return endless(w, 5*time.Millisecond, " ") }},
		{name: "endless", says: "larger than 3 MiB", requests: 1, does: func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			return endless(w, 0, strings.Repeat(" ", 1<<16))
		}},
		{name: "compressed bomb", says: "larger than 3 MiB", requests: 1, does: func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(packed) //nolint:errcheck // the client tells
			return true
		}},
		{name: "many small values", says: "holds more than 500000 values", requests: 1, does: one(`{"id":1,"number":1,"notes":[` + strings.TrimSuffix(strings.Repeat("{},", 501_000), ",") + `]}`)},
		{name: "endless header", says: "the answer broke off", does: func(w http.ResponseWriter, _ *http.Request, n int) bool {
			return raw(w, "HTTP/1.1 200 OK\r\nX: ", strings.Repeat("x", 1<<16), (2-n)<<10) // net/http reads 10 MB of it, once is enough
		}},
		{name: "no HTTP", says: "check the network", does: func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			return raw(w, "SSH-2.0-"+faultToken+"\r\n", "", 0)
		}},
		{name: "connection ends", says: "check the network", requests: 4 /* net/http tries again, too */, does: func(w http.ResponseWriter, _ *http.Request, _ int) bool { return raw(w, "", "", 0) }},
		{name: "truncated", says: "broke off", does: func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			return raw(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[{", "", 0)
		}},
		{name: "JSON breaks off", says: "breaks off after", requests: 1, does: with(`{"issues":[{"id":1,`)},
		{name: "deep", says: "", does: with(`{"issues":` + strings.Repeat("[", 20_000)), requests: 1},
		{name: "wrong content type", says: "is no JSON but", requests: 1, does: func(w http.ResponseWriter, r *http.Request, n int) bool {
			w.Header().Set("Content-Type", "text/html; x="+faultToken)
			return with("<html>log in")(w, r, n)
		}},
		{name: "redirect to another host", says: "nothing was sent there", requests: 1, does: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, other+r.URL.RequestURI()+"&"+faultToken, http.StatusFound)
			return true
		}},
		{name: "redirect loop", says: "more than 5 times", requests: 6, does: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, "/loop", http.StatusFound)
			return true
		}},
		{name: "page that repeats", says: "page after page", requests: 200, does: func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=2>; rel="next"`, r.Host, r.URL.Path))
			year, same := map[bool]int{true: 2026, false: 2025}[isMantis(r)], []string{} // new to the one, old to the other
			for i := 30; i > 0 && (isMantis(r) || i > 25); i-- {
				same = append(same, report(i, "again", fmt.Sprintf("%d-06-01T00:00:%02dZ", year, i)))
			}
			return writeList(w, r, same...)
		}},
		{name: "another server from page 2 on", says: "is no JSON but", requests: 2, does: func(w http.ResponseWriter, r *http.Request, n int) bool {
			w.Header().Set("Content-Type", map[bool]string{true: "application/json", false: "text/plain"}[n == 1])
			return n > 1
		}},
		{name: "date out of range", says: "time", requests: 1, does: one(report(1, "x", "99999-01-01T00:00:00Z"))},
		{name: "date before all", says: "number 1", requests: 1, does: one(report(1, "x", "0000-01-01T00:00:00Z"))},
		{name: "id out of range", says: "holds number", requests: 1, does: one(report("99999999999999999999", "x", oldest))},
		{name: "id that is broken", says: "holds number", requests: 1, does: one(report("1.5", "x", oldest))},
		{name: "id below 1", says: "it has no number", requests: 1, does: one(report(-7, "x", oldest))},
		{name: "refused, and the token said back", says: "does not accept the token", requests: 1, does: status(http.StatusUnauthorized)},
		{name: "out of order", says: "does not work at the moment", does: status(http.StatusBadGateway)},
		{name: "limited for an hour", says: "asked too often", requests: 1, does: status(http.StatusTooManyRequests, "Retry-After", "3600")},
		{name: "proxy that wants a password", says: "HTTPS_PROXY", requests: 1, does: status(http.StatusProxyAuthRequired)},
	}
}

// nextStep is how a sentence goes on to what is to be done.
func nextStep(said string) bool {
	for _, verb := range []string{"try again", "check ", "tell the", "make a", "correct ", "sync again", "set "} {
		if strings.Contains(said, verb) {
			return true
		}
	}
	return false
}

// TestFaults: whatever a server does, the sync ends soon and in little memory
// with a sentence that says what to do, what was stored is kept, the other
// tracker is synced, and the next sync gets everything.
func TestFaults(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked for %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	for _, kind := range []string{"mantis", "github"} {
		t.Run(kind, func(t *testing.T) {
			b := newFaultBench(t, kind)
			b.desk.change(0, nil)
			b.sound(0)
			for i, f := range faults(t, other.URL) {
				b.suffer(i+1, f)
			}
		})
	}
}

// faultBench is a tracker that has faults, one that has none, and a store.
type faultBench struct {
	t     *testing.T
	desk  *faultyDesk
	db    *store.DB
	space string // of the reports' ids

	patient, hasty tracker.Source // of the desk
	fine           tracker.Source
}

func newFaultBench(t *testing.T, kind string) *faultBench {
	b := &faultBench{t: t, desk: &faultyDesk{}, space: map[string]string{"mantis": "desk", "github": faultFeed}[kind]}
	var err error
	if b.db, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), store.Options{Volatile: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.db.Close(); err != nil {
			t.Error(err)
		}
	})
	faulty, fine := httptest.NewServer(b.desk), &faultyDesk{}
	fine.change(0, nil)
	well := httptest.NewServer(fine)
	t.Cleanup(faulty.Close)
	t.Cleanup(well.Close)
	b.patient = faultySource(t, kind, "desk", faulty.URL, limits{faultLimit, 10 * time.Second})
	b.hasty = faultySource(t, kind, "desk", faulty.URL, limits{faultLimit, 200 * time.Millisecond})
	b.fine = faultySource(t, "mantis", "fine", well.URL, limits{})
	return b
}

// limits are those of a request.
type limits struct {
	body int64
	time time.Duration
}

// faultySource is a source that knows a token and does not wait between tries.
func faultySource(t *testing.T, kind, name, url string, most limits) tracker.Source {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }
	token := func(context.Context) (string, error) { return faultToken, nil }
	sleep := func(context.Context, time.Duration) error { return nil }
	var s tracker.Source
	var err error
	if kind == "mantis" {
		s, err = mantis.New(mantis.Config{Name: name, URL: url, Projects: []string{faultFeed}, Token: token, PageSize: faultPage, Timeout: most.time, BodyMax: most.body, Retries: 1, Now: now, Sleep: sleep})
	} else {
		s, err = github.New(github.Config{Name: name, URL: url, Repos: []string{faultFeed}, Token: token, PageSize: faultPage, Timeout: most.time, BodyMax: most.body, Retries: 1, Now: now, Sleep: sleep})
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *faultBench) sync(slow bool) []tracker.Result {
	source := b.patient
	if slow {
		source = b.hasty
	}
	return tracker.Syncer{Sources: []tracker.Source{source, b.fine}, Sink: b.db, Records: b.db}.Run(b.t.Context(), nil)
}

// sound syncs without a fault: all reports are there, as of the round.
func (b *faultBench) sound(round int) {
	b.t.Helper()
	for _, r := range b.sync(false) {
		if r.Err != nil {
			b.t.Fatalf("round %d, without a fault: %v", round, r.Err)
		}
	}
	for n := range faultCount {
		one, err := b.db.Report(b.t.Context(), tracker.ID{Space: b.space, Number: int64(n + 1)})
		if err != nil {
			b.t.Fatal(err)
		}
		if want := time.Date(2026, 1, 1, round, 0, n, 0, time.UTC); one == nil || !one.Updated.Equal(want) || one.Title != "it stops" {
			b.t.Fatalf("round %d, report %d is %+v, want that of %v", round, n+1, one, want)
		}
	}
}

// suffer syncs with a fault, and then without.
func (b *faultBench) suffer(round int, f fault) {
	b.t.Helper()
	b.t.Run(f.name, func(t *testing.T) {
		b.desk.change(round, f.does)
		before, err := b.db.Totals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var memory, after runtime.MemStats
		runtime.ReadMemStats(&memory)
		started := time.Now()
		results := b.sync(f.slow)
		took := time.Since(started)
		runtime.ReadMemStats(&after)
		checkFault(t, f, results)
		if took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
		if used := after.TotalAlloc - memory.TotalAlloc; used > 256<<20 {
			t.Errorf("it took %d MiB of memory", used>>20)
		}
		if n := b.desk.lists(); n > cmp.Or(f.requests, 2) {
			t.Errorf("%d requests", n)
		}
		totals, err := b.db.Totals(t.Context())
		if err != nil || totals.Reports < before.Reports {
			t.Errorf("%d reports are left of %d (%v)", totals.Reports, before.Reports, err)
		}
		b.desk.change(round, nil)
		b.sound(round)
	})
}

func checkFault(t *testing.T, f fault, results []tracker.Result) {
	t.Helper()
	var problem *tracker.Error
	if !errors.As(results[0].Err, &problem) {
		t.Fatalf("the error is %v (%T)", results[0].Err, results[0].Err)
	}
	said := results[0].Err.Error()
	if !strings.HasPrefix(said, "desk: ") || !strings.Contains(said, f.says) || !nextStep(said) || strings.ContainsAny(said, "\n\x1b") || len(said) > 600 {
		t.Errorf("it is said: %s", said)
	}
	if strings.Contains(said, faultToken) || strings.Contains(said, faultToken[:6]) {
		t.Errorf("the token is said: %s", said)
	}
	if results[1].Err != nil {
		t.Errorf("the other tracker: %v", results[1].Err)
	}
}

// pullAll reads the feed anew and returns what came.
func pullAll(t *testing.T, s tracker.Source) (reports []tracker.Report, err error) {
	t.Helper()
	err = s.Pull(t.Context(), faultFeed, tracker.Cursor{}, false, func(p tracker.Page) error {
		reports = append(reports, p.Reports...)
		return nil
	})
	return reports, err
}

// TestUnusualAnswers: what is large, or said twice, is no fault.
func TestUnusualAnswers(t *testing.T) {
	large := strings.Repeat("ten megabytes of it ", 10<<20/20)
	at := func(second int) string { return fmt.Sprintf("2026-01-01T00:00:%02dZ", second) }
	for _, kind := range []string{"mantis", "github"} {
		for name, entries := range map[string][]string{
			"10 MB":      {strings.Replace(report(1, "x", at(0)), map[string]string{"mantis": `"summary":"x"`, "github": `"title":"x"`}[kind], map[string]string{"mantis": `"summary":"`, "github": `"title":"`}[kind]+large+`"`, 1)},
			"duplicates": {report(1, "x", at(0)), report(1, "x", at(0)), report(1, "x", at(0))},
			"largest id": {report("9223372036854775807", "x", at(0))},
		} {
			desk := &faultyDesk{fault: func(w http.ResponseWriter, r *http.Request, n int) bool {
				return writeList(w, r, map[bool][]string{true: entries}[n == 1]...)
			}}
			web := httptest.NewServer(desk)
			got, err := pullAll(t, faultySource(t, kind, "desk", web.URL, limits{}))
			web.Close()
			if err != nil || len(got) != 1 || !strings.Contains(entries[0], got[0].Title) || name == "10 MB" && len(got[0].Title) != len(large) {
				t.Errorf("%s, %s: %v, %d reports", kind, name, err, len(got))
			}
		}
	}
}

// TestServersThatAreNotTrusted: nothing is sent to a server without a sound
// certificate, or without TLS, and it is not asked again.
func TestServersThatAreNotTrusted(t *testing.T) {
	count := func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked for, with %q", r.URL, r.Header.Get("Authorization"))
	}
	quiet := log.New(io.Discard, "", 0)
	unknown, plain := httptest.NewUnstartedServer(http.HandlerFunc(count)), httptest.NewUnstartedServer(http.HandlerFunc(count))
	unknown.Config.ErrorLog, plain.Config.ErrorLog = quiet, quiet
	unknown.StartTLS()
	plain.Start()
	defer unknown.Close()
	defer plain.Close()
	for _, kind := range []string{"mantis", "github"} {
		for name, url := range map[string]string{"unknown authority": unknown.URL, "no TLS": strings.Replace(plain.URL, "http:", "https:", 1)} {
			_, err := pullAll(t, faultySource(t, kind, "desk", url, limits{time: 5 * time.Second}))
			if tracker.CodeOf(err) != tracker.CodeUnavailable || !strings.Contains(err.Error(), "cannot be trusted (") || !errors.Is(err, remote.ErrLasting) {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
		}
	}
}
