package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// backupNames are the backups of the database at path, newest first.
func backupNames(t testing.TB, path string) (names []string) {
	t.Helper()
	list, err := backups(path)
	must(t, err)
	for _, b := range list {
		names = append(names, filepath.Base(b.path))
	}
	return names
}

// session opens a database as the program does, at a time, works and closes it.
// It returns what the user is told.
func session(t testing.TB, path string, now time.Time, work func(*DB)) []string {
	t.Helper()
	db, err := Open(t.Context(), path, Options{Now: func() time.Time { return now }, Upkeep: true})
	must(t, err)
	work(db)
	must(t, db.Close())
	return db.Notes()
}

func TestBackupNames(t *testing.T) {
	for _, b := range []backup{{number: 1, at: noon}, {number: 12345, at: at(7), before: 5}, {number: 7, at: noon, before: 12}} {
		got, ok := backupNamed(b.name())
		if !ok || got != b {
			t.Errorf("%s is read as %+v, %v", b.name(), got, ok)
		}
	}
	for _, name := range []string{"", "lock", ".almatriage-backup-1", "0001-20260301T120000Z.db-wal", "0001-20260301T120000Z.db.db", "1-20260301T120000Z.db",
		"0001-20260301T120000Z-before-x.db", "0001-20260301T120000Z-before-5.db~", "0001-99990301.db", "my copy of 0001-20260301T120000Z.db"} {
		if b, ok := backupNamed(name); ok {
			t.Errorf("%q is taken for the backup %+v", name, b)
		}
	}
}

// TestDailyBackup: one a day on which the database is written to, seven kept.
func TestDailyBackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	write := func(db *DB) { decide(t, db, 1, reproduce.AlmaOnly, "ann") }
	for i, step := range []struct {
		hours int
		work  func(*DB)
		want  int
	}{
		{0, func(*DB) {}, 0},
		{1, func(db *DB) { commitReports(t, db, report(1)) }, 1}, // the first that there is to copy
		{2, write, 1}, {24, write, 1}, {25, write, 2}, {26, write, 2},
		{60, func(db *DB) { found(t, db) }, 2}, // only read
		{61, write, 3}, {100, write, 4}, {200, write, 5}, {300, write, 6}, {400, write, 7}, {500, write, 7}, {600, write, 7},
	} {
		if notes := session(t, path, at(step.hours), step.work); len(notes) > 0 {
			t.Errorf("step %d: told %q", i, notes)
		}
		if made := backupNames(t, path); len(made) != step.want {
			t.Fatalf("step %d, after %d h: backups %q, want %d", i, step.hours, made, step.want)
		}
	}
	made := backupNames(t, path)
	if first, last := made[0], made[6]; !strings.HasPrefix(first, "0009-") || !strings.HasPrefix(last, "0003-") {
		t.Errorf("kept are %q, not the newest", made)
	}
	for _, name := range []string{backupDir(path), filepath.Join(backupDir(path), made[0])} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is not its owner's alone: %v, %v", name, info.Mode(), err)
		}
	}
	copied := openAt(t, filepath.Join(backupDir(path), made[0]), nil)
	checkWhole(t, copied)
	if got := found(t, copied); got != "1" {
		t.Errorf("the backup holds %q", got)
	}
}

// TestBackupsWhenTheClockIsSetBack: the day's backup is made, it is not the one
// that goes, and it is the newest.
func TestBackupsWhenTheClockIsSetBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	session(t, path, at(0), func(db *DB) { commitReports(t, db, report(1)) })
	for day := range 8 {
		session(t, path, at(24*(3650+day)), func(db *DB) { decide(t, db, 1, reproduce.AlmaOnly, "ann") })
	}
	for day := 1; day <= 2; day++ {
		session(t, path, at(24*day), func(db *DB) { decide(t, db, 1, reproduce.AlmaOnly, "ann") })
		made := backupNames(t, path)
		if want := at(24 * day).Format(backupTime); len(made) != backupsKept || !strings.Contains(made[0], want) {
			t.Errorf("day %d: backups %q, want %d with that of %s first", day, made, backupsKept, want)
		}
	}
}

// TestBackupThatCannotBeMade is told, and keeps nobody from working.
func TestBackupThatCannotBeMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	session(t, path, at(0), func(db *DB) { commitReports(t, db, report(1)) })
	must(t, os.RemoveAll(backupDir(path)))
	must(t, os.WriteFile(backupDir(path), nil, 0o600)) // a file where the folder should be
	notes := session(t, path, at(1), func(db *DB) { decide(t, db, 1, reproduce.AlmaOnly, "ann") })
	if len(notes) != 1 || !strings.Contains(notes[0], "no backup of the database was made: look for backups: ") {
		t.Errorf("told %q", notes)
	}
	db := openAt(t, path, nil)
	if got := row(t, db, 1).Verdict; got != reproduce.AlmaOnly {
		t.Errorf("the verdict is %q", got)
	}
}

// TestBackupIsNotDoneTwice: processes that are due at one time make one.
func TestBackupIsNotDoneTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	session(t, path, at(0), func(db *DB) { commitReports(t, db, report(1)) })
	must(t, os.Mkdir(filepath.Join(backupDir(path), unfinished+"killed"), 0o700))
	var all []*DB
	for range 4 {
		db, err := Open(t.Context(), path, Options{Now: func() time.Time { return at(48) }, Upkeep: true})
		must(t, err)
		all = append(all, db)
	}
	for _, db := range all {
		decide(t, db, 1, reproduce.AlmaOnly, "ann")
	}
	var err error
	for _, db := range all {
		err = errors.Join(err, db.Close())
	}
	must(t, err)
	entries, err := os.ReadDir(backupDir(path))
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"0001-" + at(0).Format(backupTime) + ".db", "0002-" + at(48).Format(backupTime) + ".db", "lock"}
	if !slices.Equal(names, want) {
		t.Errorf("the folder holds %q, want %q", fmt.Sprint(names), want)
	}
}
