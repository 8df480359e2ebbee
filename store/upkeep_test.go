package store

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/query"
)

func TestBackup(t *testing.T) {
	db := open(t)
	commitReports(t, db, whole(1), whole(2))
	run := fullRun(t, db)
	decide(t, db, 1, reproduce.AlmaOnly, "ann", func(d *reproduce.Decision) { d.Run = run.ID })
	to := filepath.Join(t.TempDir(), "a 'quoted' name?.db")
	must(t, db.Backup(t.Context(), to, false))
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy is not its owner's alone: %v, %v", info.Mode(), err)
	}

	copied := openAt(t, to, db.now)
	checkWhole(t, copied)
	for _, read := range []func(*DB) (any, error){
		func(db *DB) (any, error) { return db.List(t.Context(), query.Query{}, 0) },
		func(db *DB) (any, error) { return db.Report(t.Context(), reportID(1)) },
		func(db *DB) (any, error) { return db.Run(t.Context(), run.ID) },
		func(db *DB) (any, error) { return db.AttemptLog(t.Context(), run.Sides[0].Attempts[0].ID) },
		func(db *DB) (any, error) { return db.History(t.Context(), "almbz#1") },
		func(db *DB) (any, error) { return db.Totals(t.Context()) },
	} {
		want, err := read(db)
		must(t, err)
		got, err := read(copied)
		must(t, err)
		if diff := cmp.Diff(want, got, sameSets); diff != "" {
			t.Errorf("(-original +copy)\n%s", diff)
		}
	}
	if got := found(t, copied, word("first note")); got != "1 2" {
		t.Errorf("search in the copy: %q", got)
	}
}

func TestBackupOverwritesNothing(t *testing.T) {
	db := open(t)
	dir := t.TempDir()
	to, link := filepath.Join(dir, "precious"), filepath.Join(dir, "link")
	must(t, os.WriteFile(to, []byte("precious"), 0o644))
	must(t, os.Symlink(filepath.Join(dir, "elsewhere"), link))
	for _, name := range []string{to, link} {
		wantCode(t, db.Backup(t.Context(), name, false), CodeConflict)
	}
	if data, err := os.ReadFile(to); err != nil || string(data) != "precious" {
		t.Errorf("the file that was there: %q, %v", data, err)
	}
	must(t, db.Backup(t.Context(), to, true))
	checkWhole(t, openAt(t, to, nil))
	if err := db.Backup(t.Context(), filepath.Join(dir, "no folder", "x"), false); err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("into a folder that is not there: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".almatriage-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestBackupOfItself: others write to the database's own files, by whatever name
// somebody calls them.
func TestBackupOfItself(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "test.db"), filepath.Join(dir, "link.db")
	must(t, os.Symlink("test.db", link))
	for _, opened := range []string{path, link} {
		db := openAt(t, opened, nil)
		commitReports(t, db, whole(1))
		hard := filepath.Join(dir, "hard")
		must(t, os.Link(path, hard))
		for _, name := range []string{path, link, hard, path + "-wal", path + "-shm", dir + "/../" + filepath.Base(dir) + "/test.db"} {
			before, err := os.Stat(name)
			must(t, err)
			err = db.Backup(t.Context(), name, true)
			wantCode(t, err, CodeConflict)
			if err == nil || !strings.Contains(err.Error(), "is the database itself") {
				t.Errorf("%s: %v", name, err)
			}
			if after, err := os.Stat(name); err != nil || !os.SameFile(before, after) {
				t.Errorf("%s is another file: %v", name, err)
			}
		}
		must(t, errors.Join(os.Remove(hard), db.Close()))
	}
}

// TestBackupKeepsWhatIsThere: its mode, links, and what is no plain file.
func TestBackupKeepsWhatIsThere(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // where a copy is made that goes through
	db := open(t)
	commitReports(t, db, whole(1))
	dir := t.TempDir()
	to, link, fifo := filepath.Join(dir, "copy.db"), filepath.Join(dir, "link"), filepath.Join(dir, "fifo")
	must(t, os.WriteFile(to, nil, 0o644))
	must(t, os.Symlink(to, link))
	must(t, db.Backup(t.Context(), link, true))
	if info, err := os.Lstat(to); err != nil || info.Mode() != 0o644 {
		t.Errorf("the copy is %v, %v", info.Mode(), err)
	}
	if _, err := os.Readlink(link); err != nil {
		t.Error(err)
	}
	checkWhole(t, openAt(t, to, nil))

	must(t, unix.Mkfifo(fifo, 0o600))
	through := make(chan error)
	piped := filepath.Join(dir, "piped.db")
	go func() {
		data, err := os.ReadFile(fifo)
		through <- errors.Join(err, os.WriteFile(piped, data, 0o600))
	}()
	must(t, db.Backup(t.Context(), fifo, true))
	must(t, <-through)
	checkWhole(t, openAt(t, piped, nil))
	if info, err := os.Lstat(fifo); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the fifo is %v, %v", info.Mode(), err)
	}
	if err := db.Backup(t.Context(), dir, true); err == nil || !strings.Contains(err.Error(), "it is a folder; name a file in it") {
		t.Errorf("to a folder: %v", err)
	}
	for _, folder := range []string{dir, os.TempDir()} {
		if left, err := filepath.Glob(filepath.Join(folder, ".almatriage-*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

// TestBackupToFullDisk names the disk that is full: it is not the database's.
func TestBackupToFullDisk(t *testing.T) {
	db := open(t)
	_, full := db.write.Exec(`PRAGMA max_page_count = 1; CREATE TABLE more (x)`) // SQLite's error is the same
	err := db.notCopied("/mnt/stick/copy.db", full)
	wantCode(t, err, CodeFull)
	if err == nil || !strings.Contains(err.Error(), "the disk of /mnt/stick/copy.db is full") || strings.Contains(err.Error(), db.path) {
		t.Errorf("a full disk: %v", err)
	}
}

// TestDamagedFile: whatever the file holds, there are words and no panic.
func TestDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "good.db")
	db, err := Open(t.Context(), path, Options{})
	must(t, err)
	commitReports(t, db, whole(1), whole(2))
	fullRun(t, db)
	decide(t, db, 1, reproduce.AlmaOnly, "ann")
	must(t, db.Close())
	good, err := os.ReadFile(path)
	must(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	told := 0
	for i := range 60 {
		bad := bytes.Clone(good)
		for range 1 << (i % 8) {
			bad[random.IntN(len(bad))] ^= byte(1 + random.IntN(255))
		}
		if i%10 == 9 {
			bad = bad[:random.IntN(len(bad))]
		}
		if useDamaged(t, bad) {
			told++
		}
	}
	if told < 20 {
		t.Errorf("only %d of 60 damaged files were told", told)
	}
}

// useDamaged reads all there is, and tells whether the damage was noticed.
func useDamaged(t *testing.T, data []byte) (noticed bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bad.db")
	must(t, os.WriteFile(path, data, 0o600))
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		return true
	}
	problems, err := db.Check(t.Context(), true)
	noticed = len(problems) > 0 || err != nil
	ctx := t.Context()
	_, err1 := db.List(ctx, query.Query{Terms: []query.Term{word("note")}}, 0)
	_, err2 := db.Report(ctx, reportID(1))
	_, err3 := db.LastRun(ctx, "almbz#1")
	_, err4 := db.Commit(ctx, "almbz", "x", trackerPage(1))
	_, err5 := db.History(ctx, "almbz#1")
	for _, err := range []error{err1, err2, err3, err4, err5, db.Close()} {
		if err != nil && strings.Contains(err.Error(), "goroutine") {
			t.Errorf("a panic in an error: %v", err)
		}
	}
	return noticed
}

func TestFilesThatAreNoDatabase(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	must(t, os.WriteFile(garbage, []byte(strings.Repeat("This is a letter to my aunt. ", 500)), 0o600))
	_, err := Open(t.Context(), garbage, Options{})
	wantCode(t, err, CodeDamaged)
	_, err = Open(t.Context(), garbage, Options{Upkeep: true})
	wantCode(t, err, CodeDamaged)
	if left, err := filepath.Glob(garbage + "?*"); err != nil || len(left) > 0 {
		t.Errorf("beside the letter lies %v, %v", left, err)
	}
	if data, err := os.ReadFile(garbage); err != nil || !strings.HasPrefix(string(data), "This is a letter") {
		t.Errorf("the letter was changed: %.30q, %v", data, err)
	}
	_, err = Open(t.Context(), dir, Options{})
	wantCode(t, err, CodeReadOnly)
	_, err = Open(t.Context(), filepath.Join(garbage, "below a file.db"), Options{})
	wantCode(t, err, CodeReadOnly)

	foreign := openAt(t, filepath.Join(dir, "foreign.db"), nil)
	_, err = foreign.write.Exec(`PRAGMA user_version = 0`)
	must(t, err)
	_, err = Open(t.Context(), foreign.Path(), Options{})
	wantCode(t, err, CodeDamaged)
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	_, err := db.write.Exec(`PRAGMA user_version = 99`)
	must(t, err)
	_, err = Open(t.Context(), db.Path(), Options{})
	wantCode(t, err, CodeNewer)
	if !strings.Contains(err.Error(), "99") {
		t.Errorf("does not name the version: %v", err)
	}
	if got := found(t, db); got != "1" {
		t.Errorf("the database was changed: %q", got)
	}
}

// TestManyOpenAtOnce: the first start of several programs at one time.
func TestManyOpenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "many.db")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			db, err := Open(t.Context(), path, Options{})
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			if _, err := db.Commit(t.Context(), "almbz", "x", trackerPage(i+1)); err != nil {
				t.Errorf("commit: %v", err)
			}
			if err := db.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	group.Wait()
	db := openAt(t, path, nil)
	if got := found(t, db); got != "1 2 3 4 5 6 7 8" {
		t.Errorf("stored are %q", got)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
}

// TestReadOnly: a file or a folder that may not be written gives a sentence, or
// is read. The reader is another user where this test may choose one (root);
// for anybody else the modes do.
func TestReadOnly(t *testing.T) {
	for _, test := range []struct {
		name         string
		folder, file os.FileMode
	}{{"file", 0o777, 0o444}, {"folder", 0o555, 0o666}, {"both", 0o555, 0o444}, {"unreadable", 0o777, 0o600}} {
		t.Run(test.name, func(t *testing.T) {
			dir, err := os.MkdirTemp(os.TempDir(), "almatriage-read-only-")
			must(t, err)
			t.Cleanup(func() {
				if err := os.Chmod(dir, 0o700); err != nil {
					t.Error(err)
				}
				if err := os.RemoveAll(dir); err != nil {
					t.Error(err)
				}
			})
			path := filepath.Join(dir, "test.db")
			db, err := Open(t.Context(), path, Options{})
			must(t, err)
			commitReports(t, db, report(1))
			must(t, db.Close())
			must(t, os.Chmod(path, test.file))
			must(t, os.Chmod(dir, test.folder))
			cmd, out := start(t, "readonly", 0, path)
			told, err := io.ReadAll(out)
			must(t, err)
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s", err, told)
			}
			if !bytes.Contains(told, []byte(CodeReadOnly+":")) {
				t.Errorf("nothing says that it may not be written:\n%s", told)
			}
			for line := range strings.Lines(string(told)) {
				if strings.Contains(line, " : ") || len(line) > 400 {
					t.Errorf("an error without a code or a sentence: %s", line)
				}
			}
			t.Logf("%s", told)
		})
	}
}

func TestTotals(t *testing.T) {
	db := library(t)
	got, err := db.Totals(t.Context())
	must(t, err)
	if want := (Totals{Reports: 5, Comments: 1, Recipes: 2, Runs: 1, Decisions: 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
