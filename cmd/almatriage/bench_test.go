package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// Each benchmark measures itself and a peer by turns in one run and reports
// the ratio of the medians: figures of one machine mean little on another.

// rounds is how many times each is measured.
const rounds = 11

// compare measures two things by turns and returns the medians.
func compare(b *testing.B, n int, ours, peer func()) (a, p time.Duration) {
	b.Helper()
	var mine, theirs []time.Duration
	for range n {
		for _, one := range []struct {
			work func()
			into *[]time.Duration
		}{{ours, &mine}, {peer, &theirs}} {
			began := time.Now()
			one.work()
			*one.into = append(*one.into, time.Since(began))
		}
	}
	slices.Sort(mine)
	slices.Sort(theirs)
	a, p = mine[n/2], theirs[n/2]
	b.ReportMetric(float64(a)/float64(p), "x-peer")
	b.ReportMetric(float64(a.Microseconds())/1000, "ours-ms")
	b.ReportMetric(float64(p.Microseconds())/1000, "peer-ms")
	b.ReportMetric(0, "ns/op")
	return a, p
}

// quiet runs a command to its end.
func quiet(b *testing.B, cmd *exec.Cmd) {
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if out, err := cmd.Output(); err != nil {
		b.Fatalf("%s: %v: %s%s", strings.Join(cmd.Args, " "), err, out, errs.String())
	}
}

// BenchmarkRunPrepared is a whole run of a one-line test on prepared images,
// against the same number of plain podman calls in the same parallel shape.
func BenchmarkRunPrepared(b *testing.B) {
	fixture.Use(b)
	u := newUser(b, configOf(mantisServer(b)))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("r.fmf", "summary: one line\nrequire: [gizmo]\ntest: exit 1\n"))
	u.must("run", "almbz#3")
	const each = 2 // attempts a side: both have the bug
	a, p := compare(b, rounds, func() { quiet(b, u.command("run", "almbz#3", "--fresh")) }, func() {
		for range each {
			var group sync.WaitGroup
			for _, image := range []string{fixture.Alma, fixture.Stream} {
				group.Go(func() {
					cmd := exec.Command("podman", "run", "--rm", "--network=none", "--log-driver=none", image, "/bin/bash", "-c", "exit 0")
					quiet(b, cmd)
				})
			}
			group.Wait()
		}
	})
	b.ReportMetric(float64((a-p).Microseconds())/1000/each, "overhead-ms/attempt")
}

// BenchmarkRunCached is a whole process that answers from what is stored,
// against one podman image inspect of both images.
func BenchmarkRunCached(b *testing.B) {
	fixture.Use(b)
	u := newUser(b, configOf(mantisServer(b)))
	u.must("sync")
	u.must("recipe", "set", "almbz#3", u.write("r.fmf", "summary: one line\nrequire: [gizmo]\ntest: exit 1\n"))
	u.must("run", "almbz#3")
	compare(b, 3*rounds, func() { quiet(b, u.command("run", "almbz#3")) },
		func() { quiet(b, exec.Command("podman", "image", "inspect", fixture.Alma, fixture.Stream)) })
}

// BenchmarkStart is version and a list of 50 of 100,000 reports, against the
// sqlite3 shell that reads the same rows.
func BenchmarkStart(b *testing.B) {
	u := newUser(b, "")
	path := filepath.Join(u.home, ".local/share/almatriage/almatriage.db")
	fill(b, path, 100_000)
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		b.Fatal(err)
	}
	rows := "SELECT id, release, package, status, verdict, updated, title FROM reports ORDER BY updated DESC, n DESC LIMIT 50"
	for name, args := range map[string][]string{"version": {"version"}, "list": {"list", "--limit", "50"}} {
		b.Run(name, func(b *testing.B) {
			a, p := compare(b, 3*rounds, func() { quiet(b, u.command(args...)) }, func() { quiet(b, exec.Command(shell, "-readonly", path, rows)) })
			b.ReportMetric(float64((a-p).Microseconds())/1000, "more-ms")
		})
	}
}

// fill stores n reports.
func fill(b testing.TB, path string, n int) {
	b.Helper()
	ctx := b.Context()
	db, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for first := 1; first <= n; first += 5000 {
		var page tracker.Page
		for i := first; i < first+5000 && i <= n; i++ {
			page.Reports = append(page.Reports, tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(i)}, Tracker: "almbz",
				Title: fmt.Sprintf("report number %d of a package that fails", i), Body: "It fails. " + strings.Repeat("word ", 40), Status: "new", Open: true,
				Release: "9.6", Package: "bash", Reporter: "someone", Created: at, Updated: at.Add(time.Duration(i) * time.Minute)})
		}
		if _, err := db.Commit(ctx, "almbz", "AlmaLinux-9", page); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSync is a sync of 10,000 reports from a local server, against the
// sum of its parts: fetching the pages, decoding them, and a bulk insert of the
// same rows with the index for searches.
func BenchmarkSync(b *testing.B) {
	const reports = 10_000
	server := httptest.NewServer(replay.Synthetic(reports))
	defer server.Close()
	dir := b.TempDir()
	n := 0
	a, _ := compare(b, 3, func() {
		n++
		syncOnce(b, server.URL, filepath.Join(dir, fmt.Sprint("ours", n)))
	}, func() {
		insert(b, filepath.Join(dir, fmt.Sprint("peer", n)), decode(b, fetch(b, server.URL)))
	})
	b.ReportMetric(float64(reports)/a.Seconds(), "reports/s")
}

func syncOnce(b *testing.B, url, path string) {
	ctx := context.Background()
	db, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	source, err := mantis.New(mantis.Config{Name: "almbz", URL: url})
	if err != nil {
		b.Fatal(err)
	}
	results := tracker.Syncer{Sources: []tracker.Source{source}, Sink: db}.Run(ctx, nil)
	if results[0].Err != nil || results[0].Counts.New == 0 {
		b.Fatalf("%+v", results[0])
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// fetch gets the pages of all reports.
func fetch(b *testing.B, url string) [][]byte {
	var pages [][]byte
	for page := 1; ; page++ {
		answer, err := http.Get(fmt.Sprintf("%s/api/rest/issues?page_size=50&page=%d", url, page))
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			b.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			b.Fatal(err)
		}
		if len(body) < 100 {
			return pages
		}
		pages = append(pages, body)
	}
}

// issue is what the peer keeps of a report.
type issue struct {
	ID                   int64
	Summary, Description string
	Steps                string `json:"steps_to_reproduce"`
	Additional           string `json:"additional_information"`
	Status, Category     struct{ Name string }
	Created              time.Time `json:"created_at"`
	Updated              time.Time `json:"updated_at"`
	Notes                []struct {
		ID       int64
		Text     string
		Reporter struct{ Name string }
	}
}

func decode(b *testing.B, pages [][]byte) []issue {
	var all []issue
	for _, page := range pages {
		var answer struct{ Issues []issue }
		if err := json.Unmarshal(page, &answer); err != nil {
			b.Fatal(err)
		}
		all = append(all, answer.Issues...)
	}
	return all
}

func insert(b *testing.B, path string, issues []issue) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{
		`CREATE TABLE r (n INTEGER PRIMARY KEY, id INTEGER UNIQUE, title TEXT, status TEXT, category TEXT, created INTEGER, updated INTEGER)`,
		`CREATE TABLE t (n INTEGER PRIMARY KEY, body TEXT, steps TEXT, additional TEXT)`,
		`CREATE TABLE c (r INTEGER, id INTEGER, author TEXT, text TEXT, PRIMARY KEY (r, id)) WITHOUT ROWID`,
		`CREATE INDEX ru ON r(updated)`,
		`CREATE VIRTUAL TABLE s USING fts5(title, body, comments, content='', contentless_delete=1)`,
	} {
		if _, err := db.Exec(text); err != nil {
			b.Fatal(err)
		}
	}
	for page := range slices.Chunk(issues, 50) {
		insertPage(b, db, page)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

func insertPage(b *testing.B, db *sql.DB, page []issue) {
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	do := func(text string, args ...any) {
		if _, err := tx.Exec(text, args...); err != nil {
			b.Fatal(err)
		}
	}
	for _, i := range page {
		said := ""
		for _, note := range i.Notes {
			do(`INSERT OR REPLACE INTO c VALUES (?, ?, ?, ?)`, i.ID, note.ID, note.Reporter.Name, note.Text)
			said += note.Text + "\n"
		}
		do(`INSERT OR REPLACE INTO r VALUES (?, ?, ?, ?, ?, ?, ?)`, i.ID, i.ID, i.Summary, i.Status.Name, i.Category.Name, i.Created.UnixMilli(), i.Updated.UnixMilli())
		do(`INSERT OR REPLACE INTO t VALUES (?, ?, ?, ?)`, i.ID, i.Description, i.Steps, i.Additional)
		do(`INSERT INTO s (rowid, title, body, comments) VALUES (?, ?, ?, ?)`, i.ID, i.Summary, i.Description+i.Steps+i.Additional, said)
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}
