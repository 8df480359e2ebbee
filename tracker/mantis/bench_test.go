package mantis

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

const many = 10_000

// all is a source that reads the three projects of a synthetic server.
func all(tb testing.TB, n int) (*Source, *replay.Server) {
	tb.Helper()
	server := replay.Synthetic(n)
	web := httptest.NewServer(server)
	tb.Cleanup(web.Close)
	s, err := New(Config{Name: "almbz", URL: web.URL})
	if err != nil {
		tb.Fatal(err)
	}
	return s, server
}

func syncAll(tb testing.TB, s *Source, each func(tracker.Page)) int {
	tb.Helper()
	feeds, err := s.Feeds(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	for _, feed := range feeds {
		if err := s.Pull(tb.Context(), feed, tracker.Cursor{}, true, func(p tracker.Page) error {
			n += len(p.Reports)
			each(p)
			return nil
		}); err != nil {
			tb.Fatal(err)
		}
	}
	return n
}

// fetchAll makes the same requests plainly and decodes the same structs.
func fetchAll(tb testing.TB, base string, requests []string) int {
	tb.Helper()
	n := 0
	for _, path := range requests {
		resp, err := http.Get(base + path[len("GET /"):])
		if err != nil {
			tb.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			tb.Fatal(err)
		}
		var list struct {
			Issues []issue `json:"issues"`
		}
		if err := json.Unmarshal(body, &list); err != nil {
			tb.Fatal(err)
		}
		n += len(list.Issues)
	}
	return n
}

// BenchmarkSync10000 reports how much longer a sync takes than the same
// requests with encoding/json alone (x-plain).
func BenchmarkSync10000(b *testing.B) {
	s, server := all(b, many)
	syncAll(b, s, func(tracker.Page) {})
	requests := server.Requests()
	var plain, walked []time.Duration
	for b.Loop() {
		started := time.Now()
		fetchAll(b, s.base.String(), requests)
		plain = append(plain, time.Since(started))
		started = time.Now()
		if got := syncAll(b, s, func(tracker.Page) {}); got != many {
			b.Fatalf("%d reports", got)
		}
		walked = append(walked, time.Since(started))
	}
	b.ReportMetric(float64(median(walked))/float64(median(plain)), "x-plain")
	b.ReportMetric(median(walked).Seconds(), "s/sync")
	b.ReportMetric(float64(len(requests)), "requests")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// TestSyncOf10000ReportsInLittleMemory measures the whole process, with the
// server and its 30 MB of reports in it.
func TestSyncOf10000ReportsInLittleMemory(t *testing.T) {
	s, server := all(t, many)
	var most uint64
	n := syncAll(t, s, func(tracker.Page) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
	})
	if n != many {
		t.Errorf("%d reports came, want %d", n, many)
	}
	if got := len(server.Requests()); got > many/40 {
		t.Errorf("%d requests", got)
	}
	if most > 100<<20 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
	t.Logf("%d requests, heap at most %d MB", len(server.Requests()), most>>20)
}
