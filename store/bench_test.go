package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// words make texts that are as easy to index as people's: not all the same.
var words = strings.Fields(`package update install fails after reboot kernel dnf segmentation fault core dumped systemd service
	unit network interface error while loading shared library cannot open file permission denied selinux policy httpd bash
	gnome session login screen black driver module version release mirror repository metadata checksum expected actual result
	steps reproduce always sometimes attached log output command line option configuration default value missing wrong`)

// madeReport is a report of about 1.3 KB.
func madeReport(n int) tracker.Report {
	state := uint32(n)*2654435761 + 1
	text := func(count int) string {
		var b strings.Builder
		for range count {
			state = state*1664525 + 1013904223
			b.WriteString(words[state>>8%uint32(len(words))])
			b.WriteByte(' ')
			if state>>28 == 0 {
				fmt.Fprintf(&b, "%x ", state>>4)
			}
		}
		return b.String()
	}
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	return tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(n)}, Tracker: "almbz", URL: fmt.Sprintf("https://bugs.example.org/view.php?id=%d", n),
		Title: text(8), Body: text(100), Steps: text(40), Additional: text(30), Status: "new", Open: n%3 > 0, Severity: "minor", Project: "AlmaLinux-9",
		Version: "9.6", Category: "bash", Reporter: "someone", Created: at, Updated: at, Release: "9.6", Package: "bash",
		References: []tracker.Reference{{Kind: tracker.RefJira, Key: fmt.Sprintf("RHEL-%d", n), URL: fmt.Sprintf("https://issues.example.org/browse/RHEL-%d", n)}}}
}

const benchPage = 50

// BenchmarkCommit10000 stores 10,000 reports page by page, beside the plainest
// way of writing the same rows with the same indexes. x-raw is how many times
// as long it takes.
func BenchmarkCommit10000(b *testing.B) {
	reports := make([]tracker.Report, 10000)
	for i := range reports {
		reports[i] = madeReport(i + 1)
	}
	var ours, raw time.Duration
	for b.Loop() {
		started := time.Now()
		commitAll(b, reports)
		ours += time.Since(started)
		started = time.Now()
		insertRaw(b, reports)
		raw += time.Since(started)
	}
	b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms/commit")
	b.ReportMetric(ours.Seconds()/raw.Seconds(), "x-raw")
}

func commitAll(b *testing.B, reports []tracker.Report) {
	db := openBench(b, filepath.Join(b.TempDir(), "ours.db"))
	defer closeBench(b, db)
	for i := 0; i < len(reports); i += benchPage {
		page := tracker.Page{Reports: reports[i : i+benchPage]}
		if _, err := db.Commit(context.Background(), "almbz", "AlmaLinux-9", page); err != nil {
			b.Fatal(err)
		}
	}
}

// insertRaw writes the same rows in the same pages, and does nothing else: what
// triggers keep is written with the row.
func insertRaw(b *testing.B, reports []tracker.Report) {
	db := openBench(b, filepath.Join(b.TempDir(), "raw.db"))
	defer closeBench(b, db)
	if _, err := db.write.Exec(`DROP TRIGGER report_added; DROP TRIGGER report_changed`); err != nil {
		b.Fatal(err)
	}
	for i := 0; i < len(reports); i += benchPage {
		err := db.change(context.Background(), "insert", func(tx *sql.Tx) error { return insertRawPage(tx, reports[i:i+benchPage]) })
		if err != nil {
			b.Fatal(err)
		}
	}
}

func insertRawPage(tx *sql.Tx, reports []tracker.Report) error {
	var prepared []*sql.Stmt
	for _, text := range []string{
		`INSERT INTO reports (n, id, space, number, tracker, url, title, status, open, resolution, reproducibility, severity, project, version, category,
			labels, reporter, created, updated, private, release, package, refs, content, changed)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', '', ?10, ?11, ?12, ?13, 'null', ?14, ?15, ?16, 0, ?17, ?18, ?19, x'00112233445566778899aabbccddeeff', ?1)`,
		`INSERT INTO texts (report, body, steps, additional, attachments) VALUES (?, ?, ?, ?, 'null')`,
		`INSERT INTO search (rowid, title, body, comments) VALUES (?, ?, ?, '')`,
		`INSERT INTO named (key, report) VALUES (?, ?)`,
	} {
		statement, err := tx.Prepare(text)
		if err != nil {
			return err
		}
		prepared = append(prepared, statement)
	}
	// Table after table: FTS5 flushes its index whenever another statement
	// comes between, and the plainest way must not pay for that.
	for j, statement := range prepared {
		for i := range reports {
			if _, err := statement.Exec(rawValues(&reports[i], j)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// rawValues are a report's values in one of the raw statements.
func rawValues(r *tracker.Report, statement int) []any {
	n, ref := r.ID.Number, r.References[0]
	switch statement {
	case 0:
		return []any{n, r.ID.String(), r.ID.Space, n, r.Tracker, r.URL, r.Title, r.Status, r.Open, r.Severity, r.Project, r.Version, r.Category, r.Reporter,
			r.Created.UnixMilli(), r.Updated.UnixMilli(), r.Release, r.Package, `[{"Kind":"jira","Key":"` + ref.Key + `","URL":"` + ref.URL + `"}]`}
	case 1:
		return []any{n, r.Body, r.Steps, r.Additional}
	case 2:
		return []any{n, r.Title, r.Body + "\n" + r.Steps + "\n" + r.Additional}
	}
	return []any{ref.Key, n}
}

// BenchmarkList50Of100000 opens a large database, lists the newest 50 reports
// and closes it, as the list command does, beside the driver doing the plain
// select of the same columns. x-raw is how many times as long it takes.
func BenchmarkList50Of100000(b *testing.B) {
	path := filepath.Join(b.TempDir(), "large.db")
	fill(b, path, 100000)
	var ours, raw time.Duration
	for b.Loop() {
		started := time.Now()
		listOurs(b, path)
		ours += time.Since(started)
		started = time.Now()
		listRaw(b, path)
		raw += time.Since(started)
	}
	b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms/list")
	b.ReportMetric(ours.Seconds()/raw.Seconds(), "x-raw")
}

func fill(b *testing.B, path string, count int) { fillWith(b, path, count, madeReport) }

func fillWith(b *testing.B, path string, count int, report func(n int) tracker.Report) {
	b.Helper()
	db := openBench(b, path)
	defer closeBench(b, db)
	const page = 1000
	for first := 1; first <= count; first += page {
		reports := make([]tracker.Report, page)
		for i := range reports {
			reports[i] = report(first + i)
		}
		if _, err := db.Commit(context.Background(), "almbz", "AlmaLinux-9", tracker.Page{Reports: reports}); err != nil {
			b.Fatal(err)
		}
	}
}

func listOurs(b *testing.B, path string) {
	db := openBench(b, path)
	defer closeBench(b, db)
	rows, err := db.List(context.Background(), query.Query{}, 50)
	if err != nil || len(rows) != 50 {
		b.Fatal(len(rows), err)
	}
}

func listRaw(b *testing.B, path string) {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT id, url, tracker, title, status, release, package, reporter, created, updated, private, refs, verdict, suggested
		FROM reports ORDER BY updated DESC LIMIT 50`)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var text [12]string
		var created, updated int64
		if err := rows.Scan(&text[0], &text[1], &text[2], &text[3], &text[4], &text[5], &text[6], &text[7], &created, &updated, &text[8], &text[9],
			&text[10], &text[11]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != 50 || rows.Err() != nil {
		b.Fatal(n, rows.Err())
	}
}

func openBench(b *testing.B, path string) *DB {
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

func closeBench(b *testing.B, db *DB) {
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}
