package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// What can happen to the file of a database, and what then holds: either all
// that was stored is there, or an error tells and the file is as it was, or the
// file is moved aside, the newest backup is in its place and a note tells. There
// is no panic, and nothing is lost without a word.

// tortureVariable has the slow forms of these tests run.
const tortureVariable = "ALMATRIAGE_TORTURE"

// content is what a reader sees of a database.
type content struct {
	frame string // what there is: a reader must never miss any of it
	text  string // what it says
}

func contentOf(ctx context.Context, db *DB) (c content, err error) {
	rows, err := db.List(ctx, query.Query{Sort: query.Sort{By: query.SortID}}, 0)
	if err != nil {
		return c, err
	}
	var frame, text strings.Builder
	for _, row := range rows {
		id, err := tracker.ParseID(row.ID)
		if err != nil {
			return c, err
		}
		r, err := db.Report(ctx, id)
		if err != nil {
			return c, err
		}
		history, err := db.History(ctx, row.ID)
		if err != nil {
			return c, err
		}
		fmt.Fprintf(&frame, "%s %d %d\n", row.ID, len(r.Comments), len(history))
		fmt.Fprintf(&text, "%+v %+v %+v\n", row, r, history)
		for _, d := range history {
			fmt.Fprintf(&frame, "%s\n", d.ID)
		}
	}
	totals, err := db.Totals(ctx)
	fmt.Fprintf(&frame, "%+v", totals)
	return content{frame.String(), text.String()}, err
}

// victim is a database that faults happen to: the file, and what is in it and
// in its backup, which is older.
type victim struct {
	path             string
	file, backup     []byte
	stored, backedUp content
}

func newVictim(t *testing.T) victim {
	t.Helper()
	v := victim{path: filepath.Join(t.TempDir(), "victim.db")}
	db, err := Open(t.Context(), v.path, Options{Now: func() time.Time { return noon }, Volatile: true})
	must(t, err)
	commitReports(t, db, whole(1), whole(2))
	fullRun(t, db)
	decide(t, db, 1, reproduce.AlmaOnly, "ann")
	lock, err := upkeepLock(t.Context(), v.path, 0)
	must(t, err)
	must(t, errors.Join(db.keepBackup(t.Context(), 0), lock.Close()))
	v.backup, err = os.ReadFile(filepath.Join(backupDir(v.path), backupNames(t, v.path)[0]))
	must(t, err)
	v.backedUp, err = contentOf(t.Context(), db)
	must(t, err)
	for n := 3; n < 8; n++ {
		commitReports(t, db, report(n))
		decide(t, db, n, reproduce.StreamOnly, "bob")
	}
	v.stored, err = contentOf(t.Context(), db)
	must(t, err)
	must(t, db.Close())
	v.file, err = os.ReadFile(v.path)
	must(t, err)
	return v
}

// hit makes a copy of the victim whose file is another one.
func (v victim) hit(t testing.TB, file []byte, withBackup bool) victim {
	t.Helper()
	v.path, v.file = filepath.Join(t.TempDir(), "victim.db"), file
	must(t, os.WriteFile(v.path, file, 0o600))
	must(t, os.Mkdir(backupDir(v.path), 0o700))
	if withBackup {
		must(t, os.WriteFile(filepath.Join(backupDir(v.path), backup{number: 1, at: noon}.name()), v.backup, 0o600))
	} else {
		v.backedUp = content{}
	}
	return v
}

// What became of a victim.
const (
	asStored  = "as stored"
	otherText = "a changed text" // which only a checksum would find, and SQLite has none
	refused   = "an error"
	restored  = "restored when opened"
	mended    = "restored by doctor"
)

// use opens the victim as the program does, has doctor look at it, and tells
// what became of it.
func (v victim) use(t testing.TB) string {
	t.Helper()
	options := Options{Now: func() time.Time { return noon }, Upkeep: true}
	db, err := Open(t.Context(), v.path, options)
	if err != nil {
		v.wantUntouched(t, err)
		if !strings.Contains(err.Error(), v.path) {
			t.Errorf("%v does not name the file", err)
		}
		return refused
	}
	if notes := db.Notes(); len(notes) > 0 {
		v.wantRestored(t, db, strings.Join(notes, "\n"))
		must(t, db.Close())
		return restored
	}
	if err := db.whole(t.Context()); err != nil {
		must(t, db.Close())
		note, err := Repair(t.Context(), v.path)
		must(t, err)
		db, err = Open(t.Context(), v.path, options)
		must(t, err)
		v.wantRestored(t, db, note)
		must(t, db.Close())
		return mended
	}
	got, err := contentOf(t.Context(), db)
	must(t, db.Close())
	switch {
	case err != nil: // a text that is no JSON any more, and the like
		v.wantUntouched(t, err)
		return refused
	case got.frame != v.stored.frame:
		t.Fatalf("something is lost without a word; there is\n%s\nand was\n%s", got.frame, v.stored.frame)
	case got.text != v.stored.text:
		return otherText
	}
	return asStored
}

func (v victim) wantUntouched(t testing.TB, err error) {
	t.Helper()
	if text := err.Error(); strings.ContainsAny(text, "\n\r") || len(text) > 500 {
		t.Errorf("not one clear sentence: %q", text)
	}
	if now, err := os.ReadFile(v.path); err != nil || !bytes.Equal(now, v.file) {
		t.Errorf("the file was changed, %v", err)
	}
	if moved := v.aside(t); len(moved) > 0 {
		t.Errorf("it was moved to %q", moved)
	}
}

func (v victim) aside(t testing.TB) []string {
	t.Helper()
	moved, err := filepath.Glob(v.path + ".damaged-*Z")
	must(t, err)
	return moved
}

func (v victim) wantRestored(t testing.TB, db *DB, note string) {
	t.Helper()
	moved := v.aside(t)
	if len(moved) != 1 {
		t.Fatalf("moved aside are %q; told %q", moved, note)
	}
	if kept, err := os.ReadFile(moved[0]); err != nil || !bytes.Equal(kept, v.file) {
		t.Errorf("what was moved aside is not what was there, %v", err)
	}
	got, err := contentOf(t.Context(), db)
	must(t, err)
	if v.backedUp == (content{}) {
		v.wantNothingInvented(t, got, note)
	} else if got != v.backedUp {
		t.Errorf("not restored is the backup, but\n%s\nof\n%s", got.frame, v.backedUp.frame)
	}
	checkWhole(t, db)
	for _, word := range []string{v.path, moved[0], "almatriage sync", "missing"} {
		if !strings.Contains(note, word) {
			t.Errorf("%q does not say %q", note, word)
		}
	}
}

// wantNothingInvented: where there was no backup there is now, at most, what was
// stored.
func (v victim) wantNothingInvented(t testing.TB, got content, note string) {
	t.Helper()
	empty := got.frame == fmt.Sprintf("%+v", Totals{})
	if want := map[bool]string{true: "an empty database is in its place", false: "what could be read was saved"}[empty]; !strings.Contains(note, want) {
		t.Errorf("there is now\n%s\nand told was %q", got.frame, note)
	}
	for line := range strings.Lines(got.frame) {
		if name, _, _ := strings.Cut(line, " "); !strings.HasPrefix(line, "{") && !strings.Contains(v.stored.frame, strings.TrimSpace(name)) {
			t.Errorf("%q was not stored", line)
		}
	}
}

// TestFlippedBytes flips one byte in each of many copies of the file.
func TestFlippedBytes(t *testing.T) {
	t.Parallel()
	flips := 50
	if os.Getenv(tortureVariable) == "1" {
		flips = 1000
	}
	v := newVictim(t)
	random := rand.New(rand.NewPCG(3, 4))
	became := map[string]int{}
	for i := range flips {
		file := bytes.Clone(v.file)
		within := len(file)
		if i%3 == 0 {
			within = 100 // the header is a small part of it
		}
		at, flip := random.IntN(within), byte(1+random.IntN(255))
		file[at] ^= flip
		fate := v.hit(t, file, true).use(t)
		if t.Failed() {
			t.Fatalf("byte %d, xor %#x: %s", at, flip, fate)
		}
		became[fate]++
	}
	t.Logf("%d flips of %d bytes: %v", flips, len(v.file), became)
	for _, fate := range []string{asStored, restored, mended} {
		if became[fate] == 0 {
			t.Errorf("%s: never", fate)
		}
	}
}

// TestTruncated cuts the file off, where there is a backup and where not.
func TestTruncated(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	size := len(v.file)
	for _, length := range []int{0, 1, 15, 16, 99, 100, 511, 512, 4095, 4096, 4097, size / 2, size - 4096, size - 1} {
		for _, withBackup := range []bool{true, false} {
			if !withBackup && length != 16 && length != size/2 {
				continue // see TestEmptyFile for the shortest
			}
			got := v.hit(t, v.file[:length], withBackup).use(t)
			if got == asStored && length == size-1 && v.file[length] == 0 {
				continue // as SQLite takes it
			}
			if got != restored {
				t.Errorf("%d bytes, with a backup %v: %s, want %s", length, withBackup, got, restored)
			}
		}
	}
}

// TestEmptyFile: nothing tells it from a new one, but a person.
func TestEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	must(t, os.WriteFile(path, []byte("x"), 0o600)) // to SQLite one byte is nothing, too
	notes := session(t, path, noon, func(*DB) {})
	if len(notes) != 1 || !strings.Contains(notes[0], path+" was an empty file") {
		t.Errorf("told %q", notes)
	}
	session(t, path, noon, func(db *DB) { commitReports(t, db, report(1)) })
	must(t, os.Remove(path))
	notes = session(t, path, noon, func(*DB) {})
	if len(notes) != 1 || !strings.Contains(notes[0], "there was no database "+path) || !strings.Contains(notes[0], backupDir(path)) {
		t.Errorf("after the file was removed: told %q", notes)
	}
}

// TestBadBackups: the newest that is whole is taken, and none is lost.
func TestBadBackups(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	v = v.hit(t, v.file[:5000], true)
	newer := bytes.Clone(v.backup)
	newer[63] = 99 // user_version
	for i, data := range [][]byte{v.backup[:4096], []byte("This is a letter to my aunt."), nil, newer} {
		must(t, os.WriteFile(filepath.Join(backupDir(v.path), backup{number: i + 2, at: noon}.name()), data, 0o600))
	}
	if got := v.use(t); got != restored {
		t.Errorf("got %s", got)
	}
	if left := backupNames(t, v.path); len(left) != 5 {
		t.Errorf("the backups are now %q", left)
	}
}

// TestNotMovedAside: what is no damage moves nothing.
func TestNotMovedAside(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	newer := bytes.Clone(v.file)
	newer[63] = 99
	letter := []byte(strings.Repeat("This is a letter to my aunt. ", 500))
	foreign := bytes.Clone(v.file)
	copy(foreign[60:64], []byte{0, 0, 0, 0})
	for _, test := range []struct {
		name       string
		file       []byte
		withBackup bool
		code       Code
	}{{"newer", newer, true, CodeNewer}, {"letter", letter, false, CodeDamaged}, {"another program's", foreign, true, CodeDamaged}} {
		hit := v.hit(t, test.file, test.withBackup)
		_, err := Open(t.Context(), hit.path, Options{Upkeep: true})
		wantCode(t, err, test.code)
		hit.wantUntouched(t, err)
	}
}

// TestMissingLog: a process was killed, and the -wal that it left was removed.
func TestMissingLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	writer, out := start(t, "commit", 1<<20, path)
	_, err := io.ReadFull(out, make([]byte, 200))
	must(t, err)
	must(t, writer.Process.Kill())
	if err := writer.Wait(); err == nil {
		t.Fatal("the writer ended by itself")
	}
	must(t, os.Remove(path+"-wal"))
	notes := session(t, path, noon, func(*DB) {})
	if text := strings.Join(notes, "\n"); !strings.Contains(text, path+"-wal is gone") && !strings.Contains(text, "was damaged; it is kept as") {
		t.Errorf("told %q", notes)
	}
	if notes := session(t, path, noon, func(*DB) {}); len(notes) > 0 {
		t.Errorf("told again: %q", notes)
	}
}

// TestHeldLock: another program holds the lock longer than one waits for it.
// Reading goes on; writing is refused, and works when the lock is free.
func TestHeldLock(t *testing.T) {
	t.Parallel()
	db := openAt(t, filepath.Join(t.TempDir(), "test.db"), nil)
	commitReports(t, db, report(1))
	held := 200 * time.Millisecond
	db.patience = held / 4
	if os.Getenv(tortureVariable) == "1" {
		held, db.patience = 30*time.Second, busyTimeout
	}
	other, err := sql.Open("sqlite", "file:"+db.path+"?_txlock=immediate")
	must(t, err)
	tx, err := other.Begin()
	must(t, err)
	started := time.Now()
	second, err := Open(t.Context(), db.path, Options{Upkeep: true})
	must(t, err)
	if got := found(t, second); got != "1" {
		t.Errorf("read are %q", got)
	}
	must(t, second.Close())
	_, err = db.Commit(t.Context(), "almbz", "x", trackerPage(2))
	wantCode(t, err, CodeBusy)
	if took := time.Since(started); took < db.patience {
		t.Errorf("gave up after %v", took)
	}
	time.Sleep(held - time.Since(started))
	must(t, errors.Join(tx.Rollback(), other.Close()))
	commitReports(t, db, report(3))
	if got := found(t, db); got != "1 3" {
		t.Errorf("stored are %q", got)
	}
}

// TestFullDisk: SQLite gives the same error where its file may not grow.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := openAt(t, path, nil)
	commitReports(t, db, report(1))
	var pages int
	must(t, db.write.QueryRow(`PRAGMA page_count`).Scan(&pages))
	_, err := db.write.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+20))
	must(t, err)
	stored := 0
	for n := 1000; err == nil; n++ {
		if _, err = db.Commit(t.Context(), "almbz", "x", tracker.Page{Reports: []tracker.Report{madeReport(n)}}); err == nil {
			stored++
		}
	}
	wantCode(t, err, CodeFull)
	totals, err := db.Totals(t.Context())
	must(t, err)
	if totals.Reports != 1+stored || stored == 0 {
		t.Errorf("%d reports are there, %d were stored", totals.Reports, 1+stored)
	}
	checkWhole(t, db)
	_, err = db.write.Exec(`PRAGMA max_page_count = 1000000`)
	must(t, err)
	commitReports(t, db, report(2))
	checkWhole(t, db)
}

// TestDecidedAfterTheClockWasSetBack: the decision is in force nevertheless.
func TestDecidedAfterTheClockWasSetBack(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	future := "f" + reproduce.NewID()[1:] // of the year 10000 or so
	decide(t, db, 1, reproduce.AlmaOnly, "ann", func(d *reproduce.Decision) { d.ID = future })
	made, err := db.Mark(t.Context(), Mark{Reports: []string{"almbz#1"}, Verdict: reproduce.StreamOnly, By: "ann", At: at(-1000)})
	must(t, err)
	if got := row(t, db, 1).Verdict; got != reproduce.StreamOnly {
		t.Errorf("in force is %q", got)
	}
	must(t, db.TakeBack(t.Context(), "ann", at(-999), made[0].ID))
	if got := row(t, db, 1).Verdict; got != reproduce.AlmaOnly {
		t.Errorf("after it was taken back %q is in force", got)
	}
}

// keepOpen is another process: it has a database open, says so, and keeps it.
func keepOpen(path string) error {
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	if _, err := db.Totals(context.Background()); err != nil {
		return err
	}
	fmt.Println("open")
	time.Sleep(time.Hour)
	return errors.New("it was never killed")
}

// TestDamagedWhileUsed: a database that another process has open is not moved
// away from under it.
func TestDamagedWhileUsed(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	v = v.hit(t, v.file, true)
	keeper, out := start(t, "keep", 0, v.path)
	_, err := io.ReadFull(out, make([]byte, len("open\n")))
	must(t, err)
	v.file = bytes.Clone(v.file)
	copy(v.file[100:], "this is no page") // the root of the schema
	must(t, os.WriteFile(v.path, v.file, 0o600))
	_, err = Open(t.Context(), v.path, Options{Upkeep: true})
	wantCode(t, err, CodeBusy)
	v.wantUntouched(t, err)
	must(t, keeper.Process.Signal(syscall.SIGKILL))
	if err := keeper.Wait(); err == nil {
		t.Error("the other process ended by itself")
	}
	if got := v.use(t); got != restored {
		t.Errorf("then %s", got)
	}
}

// openDamaged is another process: it opens a database, and prints what it is told.
func openDamaged(path string) error {
	db, err := Open(context.Background(), path, Options{Upkeep: true})
	if err != nil {
		return err
	}
	for _, note := range db.Notes() {
		fmt.Println(note)
	}
	return db.Close()
}

// TestRepairedOnce: of several processes that find the damage one repairs it.
func TestRepairedOnce(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	v = v.hit(t, v.file[:5000], true)
	var told strings.Builder
	var wait []func() error
	for range 4 {
		cmd, out := start(t, "repair", 0, v.path)
		wait = append(wait, func() error {
			_, err := io.Copy(&told, out)
			return errors.Join(err, cmd.Wait())
		})
	}
	for _, f := range wait {
		must(t, f())
	}
	if got := strings.Count(told.String(), "\n"); got != 1 {
		t.Errorf("%d were told:\n%s", got, told.String())
	}
	v.wantRestored(t, openAt(t, v.path, nil), told.String())
}
