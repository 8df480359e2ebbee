package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// keepLock is another process: it takes the lock, says so, and keeps it.
func keepLock(path string) error {
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	if _, err := db.LockBatch(context.Background(), 0); err != nil {
		return err
	}
	fmt.Println("locked")
	time.Sleep(time.Hour)
	return errors.New("it was never killed")
}

// takeTurns is another process: it takes the lock n times, and writes down
// when it has it and when no more.
func takeTurns(path string, n int) error {
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		return err
	}
	turns, err := os.OpenFile(path+".turns", os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	for range n {
		lock, err := db.LockBatch(context.Background(), time.Minute)
		if err != nil {
			return err
		}
		for _, word := range []string{"in", "out"} {
			if _, err := fmt.Fprintln(turns, word, os.Getpid()); err != nil {
				return err
			}
			time.Sleep(time.Millisecond)
		}
		if err := lock.Release(); err != nil {
			return err
		}
	}
	return errors.Join(turns.Close(), db.Close())
}

// locker starts a process that has the lock when this returns.
func locker(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd, out := start(t, "lock", 0, path)
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // it may be gone
		cmd.Wait()         //nolint:errcheck // it was killed
	})
	if lines := bufio.NewScanner(out); !lines.Scan() || lines.Text() != "locked" {
		t.Fatalf("the other process says %q", lines.Text())
	}
	return cmd
}

// busy checks that the lock is not to be had within a time, and by whose fault.
func busy(t *testing.T, db *DB, wait time.Duration, who string) {
	t.Helper()
	began := time.Now()
	lock, err := db.LockBatch(t.Context(), wait)
	if took := time.Since(began); took < wait || took > wait+5*time.Second {
		t.Errorf("told to wait %s it waits %s", wait, took)
	}
	if lock != nil || CodeOf(err) != CodeBusy || !strings.HasPrefix(err.Error(), who) {
		t.Errorf("got %v, %v, want %s of %s", lock, err, CodeBusy, who)
	}
}

// TestBatchLockOfProcesses: what one process has, another does not get, until
// the one is killed.
func TestBatchLockOfProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "locked.db")
	db := openAt(t, path, nil)
	other := locker(t, path)
	who := fmt.Sprintf("a batch of process %d (since ", other.Process.Pid)
	busy(t, db, 0, who)
	busy(t, db, 250*time.Millisecond, who)
	link := filepath.Join(t.TempDir(), "link.db")
	must(t, os.Symlink(path, link))
	busy(t, openAt(t, link, nil), 0, who)

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := db.LockBatch(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while it waits: %v", err)
	}

	time.AfterFunc(50*time.Millisecond, func() {
		if err := other.Process.Signal(syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	})
	lock, err := db.LockBatch(t.Context(), time.Minute)
	must(t, err)
	busy(t, db, 0, fmt.Sprintf("a batch of process %d ", os.Getpid()))
	must(t, lock.Release())
	locker(t, path) // to be had again
}

// TestBatchLockIsOfOneDatabase: another database has another lock, and whoever
// has it may be written over by what is no batch.
func TestBatchLockIsOfOneDatabase(t *testing.T) {
	t.Parallel()
	one, other := open(t), open(t)
	for _, db := range []*DB{one, other} {
		lock, err := db.LockBatch(t.Context(), 0)
		must(t, err)
		defer func() { must(t, lock.Release()) }()
	}
	commitReports(t, one, report(1))
}

// TestBatchLockTakesTurns: of many processes one at a time has it, and each
// gets it.
func TestBatchLockTakesTurns(t *testing.T) {
	t.Parallel()
	const processes, each = 4, 5
	path := filepath.Join(t.TempDir(), "turns.db")
	openAt(t, path, nil)
	var all []*exec.Cmd
	for range processes {
		cmd, _ := start(t, "turns", each, path)
		all = append(all, cmd)
	}
	for _, cmd := range all {
		must(t, cmd.Wait())
	}
	data, err := os.ReadFile(path + ".turns")
	must(t, err)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != 2*processes*each {
		t.Fatalf("%d lines, want %d", len(lines), 2*processes*each)
	}
	for i := 0; i < len(lines); i += 2 {
		if in, out := lines[i], lines[i+1]; strings.TrimPrefix(in, "in ") != strings.TrimPrefix(out, "out ") {
			t.Errorf("two have it: %q, then %q", in, out)
		}
	}
}

// TestBatchLockDistrustsItsFile: who has the lock is told from a file that
// anything may stand in.
func TestBatchLockDistrustsItsFile(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, test := range []struct{ text, want string }{
		{"", "another batch"},
		{"4711\n", "another batch"},
		{"-1 2026-03-01T12:00:00Z", "another batch"},
		{"\x1b[31m1 2026-03-01T12:00:00Z", "another batch"},
		{"1 2026-03-01T12:00:00Z\x1b[31m", "another batch"},
		{strings.Repeat("1", 1000), "another batch"},
		{"1 " + now.Format(time.RFC3339) + "\n", "a batch of process 1 (since " + now.Local().Format("15:04") + ")"},
		{"1 2026-03-01T12:00:00Z\n", "a batch of process 1 (since " + noon.Local().Format("2006-01-02 15:04") + ")"},
	} {
		if got := holder(strings.NewReader(test.text)); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}
