package store

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// What the terminal interface asks for while somebody waits, on databases of
// the size that it must be quick with.

// vocabulary is how many different words varied texts have.
const vocabulary = 50000

// wordAt is a word by how frequent it is. As people's, few words are in nearly
// every text, and most in hardly any (Zipf's law).
func wordAt(rank int) string {
	if rank < len(words) {
		return words[rank]
	}
	const syllables = "babecidofugihajekilomupanareseto"
	var b strings.Builder
	for ; rank > 0; rank /= 16 {
		b.WriteString(syllables[rank%16*2:][:2])
	}
	return b.String()
}

// variedReport is madeReport with a text of as many words as people use.
func variedReport(n int) tracker.Report {
	r := madeReport(n)
	state := uint32(n)*2654435761 + 1
	text := func(count int) string {
		var b strings.Builder
		for range count {
			state = state*1664525 + 1013904223
			b.WriteString(wordAt(int(math.Pow(vocabulary, float64(state>>8)/(1<<24))) - 1))
			b.WriteByte(' ')
		}
		return b.String()
	}
	r.Title, r.Body, r.Steps, r.Additional = text(8), text(100), text(40), text(30)
	r.Reporter, r.Package, r.Release = wordAt(n%5000), wordAt(n%300), fmt.Sprintf("9.%d", n%7)
	return r
}

func BenchmarkBodies100000(b *testing.B) { benchmarkBodies(b, 100_000) }

// BenchmarkBodies1000000 takes minutes to fill its database.
func BenchmarkBodies1000000(b *testing.B) { benchmarkBodies(b, 1_000_000) }

// benchmarkBodies looks for the first 1,000 reports with words that few, many
// and most reports have.
func benchmarkBodies(b *testing.B, count int) {
	path := filepath.Join(b.TempDir(), "large.db")
	fillWith(b, path, count, variedReport)
	db := openBench(b, path)
	defer closeBench(b, db)
	for _, text := range []string{"package", "package update", "pac", "pa", "p", "segmentation", "core dumped", wordAt(900), wordAt(40000), "nosuchword", `"package update"`, "firefox -x"} {
		q, err := query.Parse(text, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			hits := 0
			for b.Loop() {
				list, err := db.Bodies(context.Background(), q.Terms, 0, 1000)
				if err != nil {
					b.Fatal(err)
				}
				hits = len(list)
			}
			b.ReportMetric(float64(hits), "hits")
		})
	}
}

// BenchmarkCatalogue100000 loads all reports in parts, asks for one change, and
// asks whether there is any.
func BenchmarkCatalogue100000(b *testing.B) {
	const count = 100_000
	ctx := context.Background()
	path := filepath.Join(b.TempDir(), "large.db")
	fillWith(b, path, count, variedReport)
	db := openBench(b, path)
	defer closeBench(b, db)
	many := Mark{Verdict: reproduce.StreamOnly, By: "ann", At: time.Now()}
	for n := 1; n <= count; n += 20 {
		many.Reports = append(many.Reports, reportID(n).String())
	}
	if _, err := db.Mark(ctx, many); err != nil {
		b.Fatal(err)
	}
	b.Run("load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n := loadAll(b, db, 5000); n != count {
				b.Fatal(n)
			}
		}
	})
	b.Run("first50", func(b *testing.B) {
		for b.Loop() {
			if list, err := db.Excerpts(ctx, query.Query{Terms: []query.Term{{Key: query.KeyIs, Value: "undecided"}}}, 50); err != nil || len(list) != 50 {
				b.Fatal(len(list), err)
			}
		}
	})
	latest, err := db.Latest(ctx)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("change", func(b *testing.B) {
		for b.Loop() {
			if list, _, err := db.Changes(ctx, latest-1, 2000); err != nil || len(list) != 1 {
				b.Fatal(len(list), err)
			}
		}
	})
	b.Run("stats", func(b *testing.B) {
		for b.Loop() {
			if s, err := db.Stats(ctx, StatsOptions{Days: 30}); err != nil || s.Reports != count {
				b.Fatal(s, err)
			}
		}
	})
	b.Run("watch", func(b *testing.B) {
		ctx, cancel := context.WithCancel(ctx) // as the interface's is
		defer cancel()
		w, err := db.Watch(ctx)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if changed, err := w.Changed(ctx); err != nil || changed {
				b.Fatal(changed, err)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	})
}

func loadAll(b *testing.B, db *DB, part int) (n int) {
	for below := int64(0); ; {
		list, err := db.ExcerptsBelow(context.Background(), below, part)
		if err != nil {
			b.Fatal(err)
		}
		n += len(list)
		if len(list) < part {
			return n
		}
		below = list[part-1].N
	}
}

// BenchmarkMark1000 accepts what 1,000 runs suggest, each with packages of its
// own, at once.
func BenchmarkMark1000(b *testing.B) {
	db := openBench(b, filepath.Join(b.TempDir(), "marked.db"))
	defer closeBench(b, db)
	m := Mark{By: "ann", At: noon}
	for n := range 1000 {
		r := madeReport(n + 1)
		commitReports(b, db, r)
		finishedRun(b, db, n+1, reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "gizmo"},
			side(b, reproduce.RoleAlma, "alma9", fmt.Sprintf("1-%d", n), noon), side(b, reproduce.RoleStream, "stream9", fmt.Sprintf("2-%d", n), noon))
		m.Reports = append(m.Reports, r.ID.String())
	}
	for b.Loop() {
		decisions, err := db.Mark(context.Background(), m)
		if err != nil || len(decisions) != 1000 {
			b.Fatal(len(decisions), err)
		}
	}
}
