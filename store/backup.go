package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/almatriage/almatriage/tracker"
)

// Backups that are made by themselves lie in a folder beside the database.
const (
	backupsKept = 7
	backupEvery = 24 * time.Hour

	// smallFile is copied in well under a second, whatever the command does. A
	// larger one is left to commands that take longer than longCommand.
	smallFile   = 64 << 20
	longCommand = 2 * time.Second

	// lookEvery is how often a process looks whether one is due.
	lookEvery = time.Hour

	// backupGrace is how long Close waits for a backup that has begun.
	backupGrace = 10 * time.Second
)

// backup is one that was made by itself. Their numbers give their order: the
// clock may have been set back between two.
type backup struct {
	path   string
	number int
	at     time.Time
	before int // version of the database that it was made before; 0: it is a day's
}

// backupTime is how names of files tell the time, in UTC.
const backupTime = "20060102T150405Z"

// name is the file's: 0012-20260301T120000Z.db, or 0012-20260301T120000Z-before-5.db.
func (b backup) name() string {
	name := fmt.Sprintf("%04d-%s", b.number, b.at.UTC().Format(backupTime))
	if b.before > 0 {
		name += fmt.Sprintf("-before-%d", b.before)
	}
	return name + ".db"
}

// backupNamed reads a name; any other file in the folder is not ours.
func backupNamed(name string) (b backup, ok bool) {
	var at string
	if _, err := fmt.Sscanf(name, "%d-%16s", &b.number, &at); err != nil {
		return b, false
	}
	var err error
	if b.at, err = time.Parse(backupTime, at); err != nil {
		return b, false
	}
	prefix := fmt.Sprintf("%04d-%s-before-", b.number, at)
	if len(name) > len(prefix) && name[:len(prefix)] == prefix {
		if _, err := fmt.Sscanf(name[len(prefix):], "%d.db", &b.before); err != nil {
			return b, false
		}
	}
	return b, b.number >= 0 && b.name() == name
}

// realPath is the database itself, also where path is a link to it: what
// belongs to it lies beside it.
func realPath(path string) (string, error) {
	found, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		return path, nil
	}
	return found, err
}

// backupDir is the folder of the backups of the database at a real path.
func backupDir(path string) string { return path + ".backups" }

// backups lists those of the database at a real path, newest first.
func backups(path string) (list []backup, err error) {
	entries, err := os.ReadDir(backupDir(path))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for backups: %w", err)
	}
	for _, entry := range entries {
		if b, ok := backupNamed(entry.Name()); ok && entry.Type().IsRegular() {
			b.path = filepath.Join(backupDir(path), entry.Name())
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b backup) int { return b.number - a.number })
	return list, nil
}

// upkeepLock is the right to make backups of a database, to bring it up to date
// and to replace it. The kernel releases that of a process that dies.
func upkeepLock(ctx context.Context, path string, wait time.Duration) (*os.File, error) {
	if err := os.MkdirAll(backupDir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the backups: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(backupDir(path), "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the backups: %w", err)
	}
	for end := time.Now().Add(wait); ; {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return file, nil
		case errors.Is(err, unix.EINTR):
			continue
		case !errors.Is(err, unix.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("lock the backups: %w", err), file.Close())
		case time.Now().After(end):
			return nil, errors.Join(&Error{Code: CodeBusy, Message: "another process backs up or repairs " + path + "; try again when it is done"}, file.Close())
		}
		if err := tracker.Sleep(ctx, 10*time.Millisecond); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
}

// keepBackup makes one and removes the oldest. Who calls it has the lock.
func (db *DB) keepBackup(ctx context.Context, before int) error {
	path, err := realPath(db.path)
	if err != nil {
		return err
	}
	old, err := backups(path)
	if err != nil {
		return err
	}
	made := backup{number: 1, at: db.now(), before: before}
	if len(old) > 0 {
		made.number = old[0].number + 1
	}
	if err := clearUnfinished(backupDir(path)); err != nil {
		return err
	}
	if err := db.Backup(ctx, filepath.Join(backupDir(path), made.name()), false); err != nil {
		return err
	}
	kept := 1
	for _, b := range old {
		// A step that fails at every start must not drive out all others.
		again := before > 0 && b.before == before
		if !again && kept < backupsKept {
			kept++
		} else if err := os.Remove(b.path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return nil
}

// clearUnfinished removes what backups left that were killed.
func clearUnfinished(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, unfinished+"*"))
	if err != nil {
		return err
	}
	for _, name := range left {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

// due tells whether the newest backup is older than a day. One from the future
// tells nothing: the clock was set back.
func (db *DB) due() (bool, error) {
	path, err := realPath(db.path)
	if err != nil {
		return false, err
	}
	list, err := backups(path)
	if err != nil || len(list) == 0 {
		return err == nil, err
	}
	age := db.now().Sub(list[0].at)
	return age < 0 || age >= backupEvery, nil
}

// daily is what makes a backup in the background.
type daily struct {
	on     bool // from beginUpkeep on
	opened time.Time
	looked time.Time // whether one is due
	fresh  bool      // there was nothing to copy: the first is made when the database is closed
	late   bool      // and it was written to
	stop   context.CancelFunc
	done   chan struct{} // nil: none was begun
}

// running tells whether one is being made.
func (d *daily) running() bool {
	if d.done == nil {
		return false
	}
	select {
	case <-d.done:
		return false
	default:
		return true
	}
}

// beginUpkeep has the day's backup made once the database is written to.
func (db *DB) beginUpkeep(ctx context.Context) error {
	var filled bool
	if err := db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM reports)`).Scan(&filled); err != nil {
		return db.explain("open the database", err)
	}
	db.upkeep.Lock()
	defer db.upkeep.Unlock()
	db.daily.on, db.daily.opened, db.daily.fresh = true, time.Now(), !filled
	return nil
}

// backUp begins the day's backup, if one is due, now that the database is
// written to. It does not wait for it.
func (db *DB) backUp() {
	db.upkeep.Lock()
	defer db.upkeep.Unlock()
	d := &db.daily
	if !d.on || time.Since(d.looked) < lookEvery || d.running() {
		return
	}
	d.late = d.fresh && time.Since(d.opened) < lookEvery
	tooEarly := sizeOf(db.path) > smallFile && time.Since(d.opened) < longCommand
	if d.late || tooEarly {
		return
	}
	d.looked = time.Now()
	due, err := db.due()
	if !due {
		db.noteNoBackup(err)
		return
	}
	db.beginBackup()
}

// beginBackup makes a backup in the background; the caller has the mutex.
func (db *DB) beginBackup() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	db.daily.stop, db.daily.done = stop, done
	go func() {
		defer close(done)
		err := db.makeDaily(ctx)
		db.upkeep.Lock()
		defer db.upkeep.Unlock()
		if ctx.Err() == nil { // else the next command makes it
			db.noteNoBackup(err)
		}
	}()
}

// makeDaily makes the day's backup unless another process does.
func (db *DB) makeDaily(ctx context.Context) error {
	path, err := realPath(db.path)
	if err != nil {
		return err
	}
	lock, err := upkeepLock(ctx, path, 0)
	if CodeOf(err) == CodeBusy {
		return nil
	}
	if err != nil {
		return err
	}
	due, err := db.due()
	if due {
		err = db.keepBackup(ctx, 0)
	}
	return errors.Join(err, lock.Close())
}

// noteNoBackup has a failure said; the caller has the mutex.
func (db *DB) noteNoBackup(err error) {
	if err != nil {
		db.notes = append(db.notes, fmt.Sprintf("no backup of the database was made: %v", err))
	}
}

// endBackup waits a moment for a backup that has begun, then gives it up.
func (db *DB) endBackup() {
	db.upkeep.Lock()
	d := &db.daily
	if d.on && d.late && sizeOf(db.path) <= smallFile {
		db.beginBackup()
	}
	d.on = false
	stop, done := d.stop, d.done
	db.upkeep.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-time.After(backupGrace):
	}
	stop()
	<-done
}
