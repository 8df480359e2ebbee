package store

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// later are the steps of a program that knows one more.
func later(t *testing.T, step string) []string {
	t.Helper()
	all, err := steps()
	must(t, err)
	return append(all, step)
}

func version(t *testing.T, db *DB) (n int) {
	t.Helper()
	must(t, db.read.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&n))
	return n
}

func TestMigrationKeepsACopy(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	before := version(t, db)
	must(t, db.migrate(t.Context(), later(t, `CREATE TABLE extra (x); INSERT INTO extra VALUES (7)`)))
	var x int
	must(t, db.read.QueryRowContext(t.Context(), `SELECT x FROM extra`).Scan(&x))
	if got := version(t, db); got != before+1 || x != 7 {
		t.Errorf("version %d, x %d", got, x)
	}
	if got := found(t, db); got != "1" {
		t.Errorf("reports %q", got)
	}
	made := backupNames(t, db.path)
	if want := []string{fmt.Sprintf("0001-20260301T120000Z-before-%d.db", before+1)}; !slices.Equal(made, want) {
		t.Fatalf("backups %q, want %q", made, want)
	}
	old := openAt(t, filepath.Join(backupDir(db.path), made[0]), func() time.Time { return noon })
	if got := found(t, old); got != "1" || version(t, old) != before {
		t.Errorf("the copy holds %q at version %d", got, version(t, old))
	}
	checkWhole(t, db)
}

// TestOldReportsAreCounted: those from before changes were counted have numbers,
// and what is done to them later has larger ones.
func TestOldReportsAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	db := &DB{path: path, now: time.Now, zip: &codec{}, patience: busyTimeout}
	must(t, private(path))
	var err error
	db.write, err = db.connect(1, false)
	must(t, err)
	db.read, err = db.connect(1, true)
	must(t, err)
	all, err := steps()
	must(t, err)
	must(t, db.migrate(t.Context(), all[:1]))
	for n := 1; n <= 3; n++ {
		values, err := valuesOf(&tracker.Report{ID: reportID(n)})
		must(t, err)
		_, err = db.write.Exec(strings.NewReplacer(", changed)", ")", ", (SELECT coalesce(max(changed), 0) + 1 FROM reports))", ")").Replace(insertReport), append(values.row, []byte{})...)
		must(t, err)
	}
	must(t, db.Close())
	db = openAt(t, path, nil)
	var since int64
	if got := changed(t, db, &since); got != "1 2 3" {
		t.Errorf("after the step %q changed", got)
	}
	commitReports(t, db, report(2), report(4))
	decide(t, db, 1, reproduce.AlmaOnly, "ann")
	if got := changed(t, db, &since); got != "2 4 1" {
		t.Errorf("then %q changed", got)
	}
	checkWhole(t, db)
}

// TestMigrationThatFails leaves the database as it was, and can be tried again.
func TestMigrationThatFails(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	before := version(t, db)
	if err := db.migrate(t.Context(), later(t, `CREATE TABLE extra (x); INSERT INTO nowhere VALUES (7)`)); err == nil {
		t.Fatal("a broken step was taken")
	}
	var count int
	must(t, db.read.QueryRowContext(t.Context(), `SELECT count(*) FROM sqlite_master WHERE name = 'extra'`).Scan(&count))
	if count != 0 || version(t, db) != before || found(t, db) != "1" {
		t.Errorf("half a step stayed: extra %d, version %d", count, version(t, db))
	}
	must(t, db.migrate(t.Context(), later(t, `CREATE TABLE extra (x)`)))
	if got := version(t, db); got != before+1 {
		t.Errorf("version %d after the second try", got)
	}
	if made := backupNames(t, db.path); len(made) != 1 {
		t.Errorf("two tries left the backups %q, want the last", made)
	}
}

// TestAnotherProgramsDatabase is not taken for an empty one.
func TestAnotherProgramsDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cookies.db")
	foreign, err := sql.Open("sqlite", path)
	must(t, err)
	_, err = foreign.Exec(`CREATE TABLE cookies (name)`)
	must(t, err)
	must(t, foreign.Close())
	before, err := os.ReadFile(path)
	must(t, err)
	_, err = Open(t.Context(), path, Options{})
	wantCode(t, err, CodeDamaged)
	if !strings.Contains(err.Error(), "cookies") {
		t.Errorf("%v does not say what it holds", err)
	}
	after, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("it was changed")
	}
}
