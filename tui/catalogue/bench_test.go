package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/list"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/query"
)

// entry is a report for the peer.
type entry string

// FilterValue implements list.Item.
func (e entry) FilterValue() string { return string(e) }

// many makes excerpts with titles that differ.
func many(n int) []store.Excerpt {
	words := strings.Fields("kernel dnf bash httpd crash update missing wrong slow install boot network driver library segfault")
	list := make([]store.Excerpt, n)
	for i := range list {
		w := func(k int) string { return words[(i*k+i/7)%len(words)] }
		list[i] = excerpt(i+1, func(e *store.Excerpt) { e.Title = fmt.Sprintf("%s %s after %s of %s %d", w(1), w(3), w(5), w(7), i) })
	}
	return list
}

// BenchmarkFilterKey is one key of a filter over 100,000 titles, each on a list
// of its own, beside the filter of bubbles/list on the same titles. x-peer is
// our part of its time; ms/key is what a key takes.
func BenchmarkFilterKey(b *testing.B) {
	c := New()
	excerpts := many(100_000)
	for chunk := range slices.Chunk(excerpts, 5000) {
		c.Put(chunk)
	}
	texts := make([]string, len(excerpts))
	for i, e := range excerpts {
		texts[i] = entry(e.ID + " " + e.Title).FilterValue()
	}
	keys := []string{"c", "cr", "cra", "crash u", "crash up", "zzz"}
	var ours, peer time.Duration
	n := 0
	for b.Loop() {
		for _, key := range keys {
			q, err := query.Parse(key, noon)
			if err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			c.NewList(c.NewFilter(q, false))
			ours += time.Since(began)
			began = time.Now()
			list.DefaultFilter(key, texts)
			peer += time.Since(began)
			n++
		}
	}
	b.ReportMetric(ours.Seconds()*1000/float64(n), "ms/key")
	b.ReportMetric(ours.Seconds()/peer.Seconds(), "x-peer")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPut is loading all reports chunk by chunk, as the Inbox does.
func BenchmarkPut(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		excerpts := many(n)
		slices.Reverse(excerpts)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				c := New()
				l := c.NewList(c.NewFilter(query.Query{}, false))
				for chunk := range slices.Chunk(excerpts, 5000) {
					l.Touch(c.Put(chunk))
				}
			}
		})
	}
}
