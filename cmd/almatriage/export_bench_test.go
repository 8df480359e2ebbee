package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker"
)

// What an export of 100,000 decided reports may take at most.
const (
	exported    = 100_000
	exportRatio = 3.0 // times the sqlite3 shell that writes the same rows
	exportPeak  = 60  // MB of memory
)

// exportRows is what the shell is asked for: the columns of an export, in its
// order.
const exportRows = `FROM reports r LEFT JOIN decisions d ON d.id = r.decision LEFT JOIN runs e ON e.id = r.last_run ORDER BY r.updated DESC, r.n DESC`

// exportValues are the columns, by name.
func exportValues() map[string]string {
	values := map[string]string{"decided_by": "d.by", "note": "coalesce(d.note, '')", "patch_url": "nullif(d.patch_url, '')",
		"decided_at": "strftime('%Y-%m-%dT%H:%M:%SZ', d.at / 1000, 'unixepoch')", "last_run": "strftime('%Y-%m-%dT%H:%M:%SZ', r.last_run_at / 1000, 'unixepoch')"}
	for _, name := range export.Columns() {
		_, found := values[name]
		switch {
		case found:
		case strings.HasPrefix(name, "alma_"), strings.HasPrefix(name, "stream_"):
			values[name] = "e." + name
		default:
			values[name] = "r." + name
		}
	}
	return values
}

// peer is the shell writing the rows in a format.
func peer(b *testing.B, path string, format export.Format) *exec.Cmd {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		b.Fatal(err)
	}
	var columns []string
	for _, name := range export.Columns() {
		value := exportValues()[name]
		if format == export.JSONL {
			columns = append(columns, "'"+name+"'")
		} else {
			value += " AS " + name
		}
		columns = append(columns, value)
	}
	list := strings.Join(columns, ", ")
	if format == export.JSONL {
		return exec.Command(shell, "-readonly", "-batch", path, "SELECT json_object("+list+") "+exportRows)
	}
	return exec.Command(shell, "-readonly", "-batch", "-csv", "-header", path, "SELECT "+list+" "+exportRows)
}

// BenchmarkExport is an export of 100,000 decided reports by a whole process,
// against the sqlite3 shell that writes the same rows from the same database.
func BenchmarkExport(b *testing.B) {
	u := newUser(b, "")
	path := filepath.Join(u.home, ".local/share/almatriage/almatriage.db")
	fillDecided(b, path, exported)
	for _, format := range []export.Format{export.CSV, export.JSONL} {
		b.Run(string(format), func(b *testing.B) {
			ours := func() *exec.Cmd { return u.command("export", "--format", string(format)) }
			theirs := func() *exec.Cmd { return peer(b, path, format) }
			sameRows(b, format, output(b, ours()), output(b, theirs()))
			out := filepath.Join(b.TempDir(), "out")
			a, p := compare(b, rounds, func() { intoFile(b, ours(), out) }, func() { intoFile(b, theirs(), out) })
			if ratio := float64(a) / float64(p); ratio > exportRatio {
				b.Errorf("it takes %.2f times as long as the shell, more than %.1f", ratio, exportRatio)
			}
			peak := peakOf(b, ours())
			b.ReportMetric(peak, "peak-MB")
			if peak > exportPeak {
				b.Errorf("it takes %.1f MB of memory, more than %d", peak, exportPeak)
			}
		})
	}
}

// fillDecided stores n reports that were run and decided. The runs are one that
// was really stored, copied under other ids.
func fillDecided(b *testing.B, path string, n int) {
	b.Helper()
	fill(b, path, n)
	ctx := b.Context()
	db, err := store.Open(ctx, path, store.Options{Volatile: true})
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	run := reproduce.Run{ID: reproduce.NewID(), Report: "almbz#1", Started: at, State: reproduce.RunRunning,
		Recipe: reproduce.Recipe{Summary: "it fails", Require: []string{"bash"}, Test: strings.Repeat("bash -c false\n", 10), Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}}
	if err := db.BeginRun(ctx, run); err != nil {
		b.Fatal(err)
	}
	run.State, run.Finished, run.Suggestion = reproduce.RunDone, at, reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Subject: "bash",
		Reasons: []string{"alma9 showed the bug in 5 of 5 attempts, stream9 in none of 5", "the package is the same on both sides"}}
	if err := db.FinishRun(ctx, run); err != nil {
		b.Fatal(err)
	}
	var decisions []reproduce.Decision
	for i := range n {
		decisions = append(decisions, reproduce.Decision{ID: reproduce.NewID(), Report: tracker.ID{Space: "almbz", Number: int64(i + 1)}.String(),
			Verdict: reproduce.AlmaOnly, By: "ann", At: at.Add(time.Duration(i) * time.Second), Suggested: reproduce.AlmaOnly,
			Note: fmt.Sprintf("seen on %d machines, \"every\" time", i), PatchURL: fmt.Sprintf("https://example.org/patch/%d", i)})
	}
	if err := db.Decide(ctx, decisions...); err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	copyRun(b, path, run.ID)
}

// copyRun gives every report a copy of a run.
func copyRun(b *testing.B, path, id string) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(OFF)")
	if err != nil {
		b.Fatal(err)
	}
	for _, text := range []string{
		`INSERT INTO runs SELECT substr(c.id, 1, 24) || printf('%012x', r.n), r.id, c.recipe, recipe_hash, hints, fixed, started, finished + r.n * 1000, state, owner, author,
			imported, suggestion, '5/5', '0/5', printf('5.1.%d-9.el9', r.n), printf('5.1.%d-10.el9', r.n), builds, batch FROM reports r, runs c WHERE c.id = ?1`,
		`UPDATE reports SET suggested = 'alma-only', url = 'https://bugs.example.org/view.php?id=' || n, last_run = substr(?1, 1, 24) || printf('%012x', n),
			last_run_at = (SELECT finished FROM runs WHERE id = ?1) + n * 1000`,
		`PRAGMA wal_checkpoint(TRUNCATE)`,
	} {
		var args []any
		if strings.Contains(text, "?1") {
			args = append(args, id)
		}
		if _, err := db.Exec(text, args...); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// sameRows checks that two outputs say the same.
func sameRows(b *testing.B, format export.Format, ours, theirs []byte) {
	b.Helper()
	rows := func(data []byte) (all []any) {
		if format == export.CSV {
			records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range records {
				all = append(all, r)
			}
			return all
		}
		for line := range bytes.Lines(data) {
			var object map[string]any
			if err := json.Unmarshal(line, &object); err != nil {
				b.Fatal(err)
			}
			all = append(all, object)
		}
		return all
	}
	a, p := rows(ours), rows(theirs)
	if len(a) != len(p) || len(a) < exported {
		b.Fatalf("%d rows, the shell has %d", len(a), len(p))
	}
	for i := range a {
		if diff := cmp.Diff(p[i], a[i]); diff != "" {
			b.Fatalf("row %d differs from the shell's (-shell +ours)\n%s", i, diff)
		}
	}
}

func output(b *testing.B, cmd *exec.Cmd) []byte {
	b.Helper()
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v", strings.Join(cmd.Args, " "), err)
	}
	return out
}

// intoFile runs a command with its output in a file.
func intoFile(b *testing.B, cmd *exec.Cmd, name string) {
	b.Helper()
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stdout = file
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v", strings.Join(cmd.Args, " "), err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
}

// peakOf is the most memory that a command took, in MB, as it was after the
// last part of what it wrote. What the system tells of a child that has ended
// counts this process, too, which it was a copy of.
func peakOf(b *testing.B, cmd *exec.Cmd) (peak float64) {
	b.Helper()
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	part := make([]byte, 1<<16)
	for err == nil {
		peak = max(peak, highWater(b, cmd.Process.Pid))
		_, err = io.ReadFull(pipe, part)
	}
	if err := cmd.Wait(); err != nil || peak == 0 {
		b.Fatalf("%s: %v, %v MB", strings.Join(cmd.Args, " "), err, peak)
	}
	return peak
}

// highWater is the most memory that a process has had, in MB; 0 if it is gone.
func highWater(b *testing.B, pid int) float64 {
	b.Helper()
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	return 0
}
