package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/almatriage/almatriage/tracker"
)

// What SQLite does not report by an error.
var (
	errNotWhole = errors.New("it is not whole")
	errEmptied  = errors.New("it was emptied")
	errReplaced = errors.New("it was replaced")
)

// isDamage tells that the file itself is bad. Nothing else may get a database
// moved aside: no lock, permission, full disk or newer program.
func isDamage(err error) bool {
	var failed *sqlite.Error
	if errors.As(err, &failed) {
		code := failed.Code() & 0xff
		return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
	}
	return errors.Is(err, errNotWhole) || errors.Is(err, errEmptied)
}

// lookFirst looks at the files before SQLite does. To it an empty file is a new
// database, and a log (-wal) that is not there was never needed.
func (db *DB) lookFirst() error {
	path, err := realPath(db.path)
	if err != nil {
		return nil // private says what is wrong with the path
	}
	log, shared := sizeOf(path+"-wal"), sizeOf(path+"-shm")
	size := sizeOf(path) // after the log's: a database that is just made is never empty while it has one
	if size == 1 {
		size = 0 // SQLite takes it so
	}
	if size > 0 {
		db.suspect = size%512 != 0 // no page is smaller
		if log < 0 && shared >= 0 && sizeOf(path+"-wal") < 0 && sizeOf(path+"-shm") >= 0 {
			db.suspect = true
			db.note("%s-wal is gone, which the last program that used the database left for the next one: what it stored last may be missing; older states are in %s",
				path, backupDir(path))
		}
		return nil
	}
	old, err := backups(path)
	switch {
	case err != nil:
		return err
	case log > 0, size == 0 && len(old) > 0:
		return &Error{Code: CodeDamaged, Message: db.path + " is empty, and was a database; almatriage doctor restores the newest backup", Err: errEmptied}
	case len(old) > 0:
		db.note("there was no database %s any more, so a new one is made; backups of the earlier one are in %s", db.path, backupDir(path))
	case size == 0:
		db.note("%s was an empty file; a new database is made in it", db.path)
	}
	return nil
}

// sizeOf is -1 for a file that is not there.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	return info.Size()
}

// note has something said to the user.
func (db *DB) note(format string, args ...any) {
	db.upkeep.Lock()
	defer db.upkeep.Unlock()
	db.notes = append(db.notes, fmt.Sprintf(format, args...))
}

// Notes are sentences that the user has to read: what was repaired, and what
// may be missing. Each is given once; some come when the database is closed.
func (db *DB) Notes() []string {
	db.upkeep.Lock()
	defer db.upkeep.Unlock()
	notes := db.notes
	db.notes = nil
	return notes
}

// Repair puts the newest whole backup in the place of a database that is not
// whole, if there is none a new one with what can be read of it, which may be
// nothing, and keeps the damaged file beside it.
// It returns a sentence about what it did, "" if the database is whole. While
// another process uses the database it is CodeBusy. No DB of this process may
// have the path open.
func Repair(ctx context.Context, path string) (string, error) {
	at, err := realPath(path)
	if err != nil {
		return "", err
	}
	if isLetter(at) { // it gets no folder of backups beside it
		return "", notOurs(at, nil)
	}
	lock, err := upkeepLock(ctx, at, busyTimeout)
	if err != nil {
		return "", err
	}
	note, err := repair(ctx, at)
	return note, errors.Join(err, lock.Close())
}

// repair is Repair under the lock: another process may have done it meanwhile.
func repair(ctx context.Context, path string) (note string, err error) {
	why := examine(ctx, path)
	if !isDamage(why) {
		return "", why
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", unrepaired(path, err)
	}
	defer file.Close() // nothing is written, and the lock goes
	if err := alone(ctx, file); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(backupDir(path), unfinished)
	if err != nil {
		return "", unrepaired(path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	copied := filepath.Join(dir, "copy.db")
	from, err := wholeBackup(ctx, path, copied)
	if err != nil {
		return "", unrepaired(path, err)
	}
	if from == nil && !wasOurs(file) {
		return "", notOurs(path, why)
	}
	var read *saved
	if from == nil {
		if read, copied, err = salvage(ctx, file, dir); err != nil {
			return "", unrepaired(path, err)
		}
	}
	now := time.Now()
	aside, err := asideOf(path, now)
	if err == nil {
		err = exchange(path, aside, copied, from != nil || read != nil)
	}
	if err != nil {
		return "", unrepaired(path, err)
	}
	return repaired(path, aside, from, read, now), nil
}

// isLetter tells a file that never was a database, as far as one can see without
// touching anything: it does not look like one, and nothing was backed up of it.
func isLetter(path string) bool {
	if _, err := os.Stat(backupDir(path)); !errors.Is(err, os.ErrNotExist) {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close() // nothing is written
	return !wasOurs(file)
}

func notOurs(path string, why error) error {
	return &Error{Code: CodeDamaged, Message: path + " is not a database, and there is no backup of one; use another file with --db, or move it away", Err: why}
}

func unrepaired(path string, err error) error {
	return &Error{Code: CodeDamaged, Message: fmt.Sprintf("%s is damaged and cannot be repaired: %v", path, err), Err: err}
}

// repaired says what was done, and what it means.
func repaired(path, aside string, from *backup, read *saved, now time.Time) string {
	text := fmt.Sprintf("the database %s was damaged; it is kept as %s. ", path, aside)
	if read != nil {
		return text + fmt.Sprintf("There is no whole backup of it; what could be read was saved: %s. What is missing is in the damaged file; reports and their texts come again with almatriage sync, recipes, runs and decisions do not", read)
	}
	if from == nil {
		return text + "There is no whole backup of it, so an empty database is in its place: reports come again with almatriage sync; recipes, runs and decisions are missing"
	}
	age := ""
	if now.Sub(from.at) >= time.Minute {
		age = ", " + tracker.Age(now, from.at) + " old,"
	}
	return text + fmt.Sprintf("The backup of %s%s is in its place (%s): what was stored later is missing; reports come again with almatriage sync --full, recipes, runs and decisions do not",
		from.at.Format("2006-01-02 15:04 UTC"), age, from.path)
}

// examine tells what is wrong with a database: all that SQLite can find.
func examine(ctx context.Context, path string) (err error) {
	db := &DB{path: path, now: time.Now, zip: &codec{}}
	if err := db.lookFirst(); err != nil || sizeOf(path) < 0 {
		return err
	}
	if db.read, err = db.connect(1, true); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, _, err := db.version(ctx); err != nil {
		return err
	}
	return db.whole(ctx)
}

// whole is an error unless a full check finds nothing.
func (db *DB) whole(ctx context.Context) error {
	problems, err := db.Check(ctx, true)
	if err == nil && len(problems) > 0 {
		err = &Error{Code: CodeDamaged, Message: fmt.Sprintf("%s is not a whole database (%s); run almatriage doctor, which repairs it", db.path, problems[0]), Err: errNotWhole}
	}
	return err
}

// SQLite locks these bytes of the file: a connection of another process that
// has ever read holds some of them until it is closed (in WAL mode).
const (
	lockedFrom = 0x40000000
	lockedSize = 512
)

// alone sees to it that no other process has the database open, and none opens
// it until the file is closed: what it writes would go to the moved file.
// Another one that found the damage closes it soon.
func alone(ctx context.Context, file *os.File) error {
	for end := time.Now().Add(2 * time.Second); ; {
		err := unix.FcntlFlock(file.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: lockedFrom, Len: lockedSize})
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.EINTR):
			return fmt.Errorf("lock %s: %w", file.Name(), err)
		case time.Now().After(end):
			return &Error{Code: CodeBusy, Message: file.Name() + " is damaged, and another process still uses it; end that one, then run almatriage doctor"}
		}
		if err := tracker.Sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// wasOurs tells a damaged database from somebody's letter whose name was given
// by mistake. Nothing is lost with an empty file.
func wasOurs(file *os.File) bool {
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	n, err := file.ReadAt(head, 0)
	return err == nil && string(head) == magic || errors.Is(err, io.EOF) && strings.HasPrefix(magic, string(head[:n]))
}

// wholeBackup copies the newest backup that is whole and that this program can
// use; nil if there is none.
func wholeBackup(ctx context.Context, path, to string) (*backup, error) {
	list, err := backups(path)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		if err := copyFile(b.path, to); err != nil {
			return nil, err
		}
		err := usable(ctx, to)
		if err == nil {
			return &b, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, nil
}

// usable is an error unless a copy is whole and of a version that this program
// knows.
func usable(ctx context.Context, path string) (err error) {
	all, err := steps()
	if err != nil {
		return err
	}
	db := &DB{path: path, now: time.Now, zip: &codec{}}
	// A writer makes it one with a log: see alone.
	if db.read, err = db.connect(1, false); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	version, _, err := db.version(ctx)
	if err != nil {
		return err
	}
	if version == 0 || version > len(all) {
		return db.newer(version, len(all))
	}
	return db.whole(ctx)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // only read
	return writeCopy(in, to)
}

func writeCopy(in io.Reader, to string) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// asideOf is a name that is free for a damaged database.
func asideOf(path string, now time.Time) (string, error) {
	first := path + ".damaged-" + now.UTC().Format(backupTime)
	for n, name := 2, first; ; n++ {
		_, err := os.Lstat(name)
		if errors.Is(err, os.ErrNotExist) {
			return name, nil
		}
		if err != nil {
			return "", err
		}
		name = fmt.Sprintf("%s-%d", first, n)
	}
}

// exchange moves a database aside with what belongs to it, and a copy in its
// place. The log goes first: SQLite must never take it for the copy's. At no
// time is there no database: what is killed here is repaired at the next start.
func exchange(path, aside, copied string, restore bool) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if !restore {
		return os.Rename(path, aside)
	}
	if err := os.Link(path, aside); err != nil { // no file system has to know links
		if err := os.Rename(path, aside); err != nil {
			return err
		}
	}
	return settle(copied, path)
}
