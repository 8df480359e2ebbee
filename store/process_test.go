package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// taskVariable tells a copy of the test binary what to do: a word, a path and
// a number.
const taskVariable = "ALMATRIAGE_STORE_TEST_TASK"

// nobody is a user that owns nothing.
const nobody = 65534

// perform is the body of a copy of the test binary.
func perform(task string) int {
	fields := strings.SplitN(task, " ", 3)
	n, err := strconv.Atoi(fields[1])
	if err == nil {
		switch fields[0] {
		case "commit":
			err = commitMany(fields[2], n)
		case "decide":
			err = decideMany(fields[2], n)
		case "readonly":
			err = useReadOnly(fields[2])
		case "lock":
			err = keepLock(fields[2])
		case "keep":
			err = keepOpen(fields[2])
		case "repair":
			err = openDamaged(fields[2])
		case "turns":
			err = takeTurns(fields[2], n)
		default:
			err = fmt.Errorf("unknown task %q", fields[0])
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// commitMany stores n reports, a page each, and prints each once it is stored.
func commitMany(path string, n int) error {
	ctx := context.Background()
	db, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	for i := 1; i <= n; i++ {
		page := tracker.Page{Reports: []tracker.Report{madeReport(1000 + i)}, Cursor: tracker.Cursor{Extra: strconv.Itoa(i)}}
		if _, err := db.Commit(ctx, "almbz", "batch", page); err != nil {
			return err
		}
		fmt.Println(i)
	}
	return db.Close()
}

// decideMany makes n decisions on report 1.
func decideMany(path string, n int) error {
	ctx := context.Background()
	db, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	for i := range n {
		d := reproduce.Decision{ID: reproduce.NewID(), Report: "almbz#1", Verdict: reproduce.AlmaOnly, By: "ann", At: time.Now(), Note: strconv.Itoa(i)}
		if err := db.Decide(ctx, d); err != nil {
			return err
		}
	}
	return db.Close()
}

// start runs a copy of the test binary.
func start(t *testing.T, task string, n int, path string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %s", taskVariable, task, n, path))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, out
}

// TestTwoProcesses: a batch stores reports while a person decides; both are
// other processes, neither loses anything.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	const each = 1000
	path := filepath.Join(t.TempDir(), "shared.db")
	db := openAt(t, path, nil)
	commitReports(t, db, report(1))
	batch, out := start(t, "commit", each, path)
	person, none := start(t, "decide", each, path)
	for _, r := range []io.Reader{out, none} {
		_, err := io.Copy(io.Discard, r)
		must(t, err)
	}
	for _, cmd := range []*exec.Cmd{batch, person} {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v: %v", cmd.Env[len(cmd.Env)-1], err)
		}
	}
	totals, err := db.Totals(t.Context())
	must(t, err)
	if totals.Reports != each+1 || totals.Decisions != each {
		t.Errorf("got %+v, want %d reports and %d decisions", totals, each+1, each)
	}
	if got := row(t, db, 1).Note; got != strconv.Itoa(each-1) {
		t.Errorf("the decision in force is number %s, want the last", got)
	}
	checkWhole(t, db)
}

// TestKilled: a process that is killed while it writes leaves a whole database
// with all that it had been told was stored.
func TestKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "killed.db")
	for i := range 10 {
		writer, out := start(t, "commit", 1<<20, path)
		lines := bufio.NewScanner(out)
		for count := 0; count < 20*(i+1) && lines.Scan(); count++ { // killed elsewhere each time
		}
		last := lines.Text()
		must(t, writer.Process.Signal(syscall.SIGKILL))
		for lines.Scan() {
			last = lines.Text()
		}
		if err := writer.Wait(); err == nil {
			t.Fatal("the writer ended by itself")
		}
		stored, err := strconv.Atoi(last)
		must(t, err)
		db, err := Open(t.Context(), path, Options{})
		must(t, err)
		checkWhole(t, db)
		cursor, err := db.Cursor(t.Context(), "almbz", "batch")
		must(t, err)
		if reached, err := strconv.Atoi(cursor.Extra); err != nil || reached < stored {
			t.Errorf("the cursor is at %q (%v), %d were stored", cursor.Extra, err, stored)
		}
		if _, err := db.Report(t.Context(), reportID(1000+stored)); err != nil {
			t.Errorf("the last report that was stored: %v", err)
		}
		must(t, db.Close())
	}
}

// useReadOnly opens a database as a user who may not write it, and says what
// happens: all that may happen is a sentence.
func useReadOnly(path string) error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(nobody); err != nil {
			return err
		}
	}
	ctx := context.Background()
	db, err := Open(ctx, path, Options{Upkeep: true})
	if err != nil {
		fmt.Printf("open %s: %v\n", CodeOf(err), err)
		return nil
	}
	if rows, err := db.Count(ctx, query.Query{}); err != nil {
		fmt.Printf("read %s: %v\n", CodeOf(err), err)
	} else {
		fmt.Printf("read %d\n", rows)
	}
	err = db.Decide(ctx, reproduce.Decision{ID: reproduce.NewID(), Report: "almbz#1", Verdict: reproduce.AlmaOnly, At: time.Now()})
	fmt.Printf("write %s: %v\n", CodeOf(err), err)
	return db.Close()
}
