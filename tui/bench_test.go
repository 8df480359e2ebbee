package tui_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/list"
	"github.com/charmbracelet/bubbles/table"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tui/screen/inbox"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// prose writes texts whose words are as often as people's are: few all the
// time, most of them hardly ever.
type prose struct {
	*rand.Rand
	zipf  *rand.Zipf
	words []string
}

const common = `the to and it is of not after update install package error fails version kernel system file with when dnf boot service
	missing crash network driver systemd library segfault permission denied selinux policy repository mirror checksum firmware journal container`

func newProse() *prose {
	p := &prose{Rand: rand.New(rand.NewPCG(6, 22)), words: strings.Fields(common)}
	for len(p.words) < 30_000 {
		var b strings.Builder
		for range 2 + p.IntN(3) {
			b.WriteString([]string{"ka", "lo", "mi", "ren", "tos", "ux", "ver", "pan", "dis", "gro", "el", "qui", "sta", "net", "or"}[p.IntN(15)])
		}
		p.words = append(p.words, b.String())
	}
	p.zipf = rand.NewZipf(p.Rand, 1.1, 8, uint64(len(p.words)-1))
	return p
}

func (p *prose) text(words int) string {
	var b strings.Builder
	for range words {
		b.WriteString(p.words[p.zipf.Uint64()])
		b.WriteByte(' ')
	}
	return b.String()
}

// report is one of about 800 bytes.
func (p *prose) report(n int) tracker.Report {
	at := tuitest.Noon().Add(-time.Duration(n) * time.Minute)
	return tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(n)}, Tracker: "almbz", URL: fmt.Sprintf("https://bugs.example.org/view.php?id=%d", n),
		Title: p.text(4 + p.IntN(7)), Body: p.text(20 + p.IntN(120)), Steps: p.text(p.IntN(40)), Status: []string{"new", "assigned", "resolved"}[n%3], Open: n%3 < 2,
		Release: []string{"9.6", "10.1", "8.10"}[n%3], Package: p.words[100+n%400], Reporter: p.words[500+n%900], Project: "AlmaLinux-9", Created: at, Updated: at}
}

// stored is a database with so many reports.
func stored(b *testing.B, n int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), fmt.Sprint(n, ".db"))
	db, err := store.Open(b.Context(), path, store.Options{})
	must(b, err)
	p := newProse()
	for from := 1; from <= n; from += 5000 {
		var page tracker.Page
		for i := from; i < from+5000 && i <= n; i++ {
			page.Reports = append(page.Reports, p.report(i))
		}
		_, err := db.Commit(b.Context(), "almbz", "AlmaLinux-9", page)
		must(b, err)
	}
	must(b, db.Close())
	return path
}

// large is the interface on a database, with all reports in the Inbox.
type large struct {
	*tuitest.Driver
	b *testing.B
	// longest is what a message took at most that came beside the keys: a key
	// that comes meanwhile waits for it.
	longest time.Duration
}

func openLarge(b *testing.B, path string, n int) *large {
	b.Helper()
	w := tuitest.NewWorld(b, theme.Dark)
	db, err := store.Open(w.Ctx, path, store.Options{})
	must(b, err)
	b.Cleanup(func() { must(b, db.Close()) })
	w.DB = db
	l := &large{Driver: open(b, w, 120, 40), b: b}
	l.Keys("8")
	l.Has(fmt.Sprintf("%d of %d", n, n))
	return l
}

// press is a key and the frame that it brings; what it asks for is done after
// that, as it is beside the keys.
func (l *large) press(key tea.KeyMsg) time.Duration {
	l.b.Helper()
	began := time.Now()
	_, cmd := l.Root.Update(key)
	view := l.Root.View()
	took := time.Since(began)
	if strings.Count(view, "\n") != 39 {
		l.b.Fatalf("no frame: %q", view)
	}
	l.settle(cmd)
	return took
}

// settle does what commands ask for, until nothing more comes.
func (l *large) settle(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			l.settle(c)
		}
	default:
		began := time.Now()
		_, next := l.Root.Update(msg)
		l.longest = max(l.longest, time.Since(began))
		l.settle(next)
	}
}

// sample are the times of one thing.
type sample []time.Duration

// p is a percentile, in milliseconds.
func (s sample) p(percent int) float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Seconds() * 1000
}

// rounds are samples of the same thing, one after the other.
type rounds []sample

func (r rounds) all() sample { return slices.Concat(r...) }

// quiet is the 99th percentile of the round in which the machine did least
// beside: what else runs on it can only make a round slower.
func (r rounds) quiet() float64 {
	var list []float64
	for _, s := range r {
		list = append(list, s.p(99))
	}
	return slices.Min(list)
}

// held reports times, and fails a benchmark that is over its budget in every
// round, as p99 in milliseconds; 0: there is none.
func (r rounds) held(b *testing.B, budget float64) {
	b.Helper()
	b.ReportMetric(r.all().p(50), "p50-ms")
	b.ReportMetric(r.all().p(99), "p99-ms")
	b.ReportMetric(r.quiet(), "p99-quiet-ms")
	b.ReportMetric(0, "ns/op")
	if got := r.quiet(); budget > 0 && got > budget {
		b.Errorf("the 99th of 100 takes %.1f ms, more than %.0f", got, budget)
	}
}

// entry is a report as bubbles/list has it.
type entry struct{ id, title string }

func (e entry) Title() string       { return e.title }
func (e entry) Description() string { return e.id }
func (e entry) FilterValue() string { return e.title }

// rows are the reports of a database for the peers.
func peerRows(b *testing.B, path string) []store.Excerpt {
	b.Helper()
	db, err := store.Open(b.Context(), path, store.Options{})
	must(b, err)
	defer func() { must(b, db.Close()) }()
	all, err := db.Excerpts(b.Context(), query.Query{}, 0)
	must(b, err)
	return all
}

func peerList(rows []store.Excerpt) list.Model {
	items := make([]list.Item, len(rows))
	for i, r := range rows {
		items[i] = entry{r.ID, r.Title}
	}
	m := list.New(items, list.NewDefaultDelegate(), 120, 40)
	m.SetShowStatusBar(true)
	return m
}

func peerTable(rows []store.Excerpt) table.Model {
	lines := make([]table.Row, len(rows))
	for i, r := range rows {
		lines[i] = table.Row{r.ID, r.Release, r.Package, r.Status, r.Title}
	}
	return table.New(table.WithColumns([]table.Column{{Title: "ID", Width: 12}, {Title: "REL", Width: 5}, {Title: "PACKAGE", Width: 16}, {Title: "STATUS", Width: 9}, {Title: "TITLE", Width: 60}}),
		table.WithRows(lines), table.WithHeight(38), table.WithFocused(true))
}

// timed is how long something takes, so many times.
func timed(n int, do func()) (s sample) {
	for range n {
		began := time.Now()
		do()
		s = append(s, time.Since(began))
	}
	return s
}

// BenchmarkInbox is what a user waits for, on 100,000 and 1,000,000 reports in a
// real database, at 120×40. The x figures are our part of the peer's time, by
// the medians of both in the same run.
func BenchmarkInbox(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := stored(b, n)
			b.Run("first", func(b *testing.B) { benchFirst(b, path, n) })
			b.Run("key", func(b *testing.B) { benchKey(b, path, n) })
			b.Run("filter", func(b *testing.B) { benchFilter(b, path, n) })
			b.Run("search", func(b *testing.B) { benchSearch(b, path, n) })
		})
	}
}

// benchFirst is what the first frame takes before the interface starts, beside
// the plain query of the rows that are on it.
func benchFirst(b *testing.B, path string, n int) {
	w := tuitest.NewWorld(b, theme.Dark)
	db, err := store.Open(w.Ctx, path, store.Options{})
	must(b, err)
	defer func() { must(b, db.Close()) }()
	w.DB = db
	var ours rounds
	var peer sample
	for b.Loop() {
		ours = append(ours, timed(50, func() {
			first, err := inbox.ReadFirst(w.Ctx, db)
			must(b, err)
			env := *w.Env
			s, err := inbox.New(&env, first)
			must(b, err)
			s.Resize(120, 38)
			if !strings.Contains(s.View(), "almbz#1 ") {
				b.Fatalf("no reports are seen:\n%s", s.View())
			}
		}))
		peer = append(peer, timed(50, func() {
			rawRows(b, path, `SELECT id, release, package, status, verdict, updated, title FROM reports WHERE verdict = '' ORDER BY updated DESC LIMIT 200`, 7)
		})...)
	}
	b.ReportMetric(ours.all().p(50)/peer.p(50), "x-sql")
	ours.held(b, 60)
}

// rawRows reads rows by the driver alone.
func rawRows(b *testing.B, path, text string, columns int, args ...any) int {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	must(b, err)
	defer func() { must(b, db.Close()) }()
	rows, err := db.QueryContext(b.Context(), text, args...)
	must(b, err)
	defer rows.Close()
	values := make([]any, columns)
	for i := range values {
		values[i] = new(any)
	}
	n := 0
	for rows.Next() {
		must(b, rows.Scan(values...))
		n++
	}
	must(b, rows.Err())
	return n
}

// benchKey is from j to the frame, at the top and at the bottom of the list,
// beside bubbles/list, with its dots and without, and bubbles/table.
func benchKey(b *testing.B, path string, n int) {
	l := openLarge(b, path, n)
	rows := peerRows(b, path)
	var ours rounds
	var dots, plain, tables sample
	for b.Loop() {
		var round sample
		for _, keys := range [][2]string{{"g", "j"}, {"G", "k"}} {
			l.press(tuitest.Key(keys[0]))
			for range 500 {
				round = append(round, l.press(tuitest.Key(keys[1])))
			}
		}
		ours = append(ours, round)
		b.StopTimer()
		m := peerList(rows)
		key := func() { m, _ = m.Update(tuitest.Key("j")); m.View() }
		dots = append(dots, timed(max(1, 2_000_000/n), key)...) // seconds each with a million
		m.SetShowPagination(false)
		plain = append(plain, timed(200, key)...)
		t := peerTable(rows)
		tables = append(tables, timed(200, func() { t, _ = t.Update(tuitest.Key("j")); t.View() })...)
		b.StartTimer()
	}
	b.ReportMetric(ours.all().p(50)/dots.p(50), "x-list")
	b.ReportMetric(ours.all().p(50)/plain.p(50), "x-list-nopages")
	b.ReportMetric(ours.all().p(50)/tables.p(50), "x-table")
	b.ReportMetric(dots.p(99), "list-p99-ms")
	b.ReportMetric(tables.p(99), "table-p99-ms")
	ours.held(b, 8)
}

// typed are queries as people type them.
func typed() []string {
	return []string{"kernel crash", "selinux denied", "kalo", "dnf update fails", "segfault release:9", "almbz#4711", "nothing-like-this", "-kernel boot"}
}

// benchFilter is a key of a query as it is typed, with its frame, beside the
// filter of bubbles/list.
func benchFilter(b *testing.B, path string, n int) {
	l := openLarge(b, path, n)
	m := peerList(peerRows(b, path))
	m.SetShowPagination(false)
	var ours rounds
	var peer sample
	for b.Loop() {
		var round sample
		for _, text := range typed() {
			l.press(tuitest.Key("/"))
			for _, r := range text {
				round = append(round, l.press(tuitest.Key(string(r))))
			}
			for range 4 {
				round = append(round, l.press(tuitest.Key("backspace")))
			}
			l.press(tuitest.Key("esc"))
		}
		ours = append(ours, round)
		b.StopTimer()
		for _, text := range typed()[:2] {
			m, _ = m.Update(tuitest.Key("/"))
			for _, r := range text {
				peer = append(peer, timed(1, func() {
					var cmd tea.Cmd
					m, cmd = m.Update(tuitest.Key(string(r)))
					m = filtered(m, cmd)
					m.View()
				})...)
			}
			m.ResetFilter()
		}
		b.StartTimer()
	}
	b.ReportMetric(ours.all().p(50)/peer.p(50), "x-list")
	b.ReportMetric(peer.p(99), "list-p99-ms")
	ours.held(b, map[bool]float64{true: 10}[n <= 100_000])
}

// filtered hands the peer the answer of its own filter.
func filtered(m list.Model, cmd tea.Cmd) list.Model {
	if cmd == nil {
		return m
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			m = filtered(m, c)
		}
	case list.FilterMatchesMsg:
		m, _ = m.Update(msg)
	}
	return m
}

// benchSearch is from the moment that nothing more is typed to the frame with
// the first reports whose texts have the words, beside the plain query of as
// many. The first of each is with a cold cache of this process.
func benchSearch(b *testing.B, path string, n int) {
	l := openLarge(b, path, n)
	var ours rounds
	var peer sample
	for b.Loop() {
		var round sample
		for range 10 {
			for _, text := range []string{"kernel", "kernel crash", "permission denied selinux", "kalo", "firmware journal container mirror", "quiver", "zzzz", `"not after"`} {
				round = append(round, l.search(text))
				terms, err := query.Parse(text, tuitest.Noon())
				must(b, err)
				var words []string
				for _, t := range terms.Terms {
					words = append(words, `"`+t.Value+`"`)
				}
				peer = append(peer, timed(1, func() {
					rawRows(b, path, `SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT 60`, 1, strings.Join(words, " AND "))
				})...)
			}
		}
		ours = append(ours, round)
	}
	b.ReportMetric(ours.all().p(50)/peer.p(50), "x-sql")
	b.ReportMetric(ours.all().p(100), "worst-ms")
	b.ReportMetric(l.longest.Seconds()*1000, "longest-step-ms")
	ours.held(b, map[bool]float64{true: 50, false: 150}[n <= 100_000])
}

// search types a query at once and times what comes after the pause.
func (l *large) search(text string) time.Duration {
	l.b.Helper()
	l.settle(func() tea.Msg { return tuitest.Key("/") })
	_, cmd := l.Root.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	quiet := l.find(cmd, "inbox.quietMsg")
	began := time.Now()
	_, cmd = l.Root.Update(quiet)
	answer := l.find(cmd, "inbox.searchMsg")
	_, cmd = l.Root.Update(answer)
	l.Root.View()
	took := time.Since(began)
	l.settle(cmd)
	l.settle(func() tea.Msg { return tuitest.Key("esc") })
	return took
}

// find does commands until a message of a type comes; what else comes is
// handed on.
func (l *large) find(cmd tea.Cmd, kind string) tea.Msg {
	l.b.Helper()
	for waiting := []tea.Cmd{cmd}; len(waiting) > 0; waiting = waiting[1:] {
		if waiting[0] == nil {
			continue
		}
		switch msg := waiting[0]().(type) {
		case tea.BatchMsg:
			waiting = append(waiting, msg...)
		default:
			if name(msg) == kind {
				return msg
			}
			l.settle(func() tea.Msg { return msg })
		}
	}
	l.b.Fatalf("no %s comes", kind)
	return nil
}
