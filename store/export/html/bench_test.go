package html

import (
	"io"
	"runtime"
	"testing"

	"github.com/almatriage/almatriage/tracker"
)

// BenchmarkWrite1000 writes the page of 1,000 reports that were run and decided,
// on images of as many packages as the real ones have. It may take 2 s.
func BenchmarkWrite1000(b *testing.B) {
	db := open(b)
	ids := make([]tracker.ID, 1000)
	for i := range ids {
		ids[i] = put(b, db, int64(i+1), false, plain)
	}
	for b.Loop() {
		if _, err := Write(b.Context(), io.Discard, db, ids, Options{Now: noon, Hide: hide}); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/1e6, "MB-sys")
}
