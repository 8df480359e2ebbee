package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/almatriage/almatriage/store"
)

// TestBatchIsAlone: while a batch is at work another one fails, waits in vain,
// is interrupted while it waits, or has its turn; one report by its name is no
// batch.
func TestBatchIsAlone(t *testing.T) {
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	db, err := store.Open(t.Context(), filepath.Join(u.home, ".local/share/almatriage/almatriage.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := db.LockBatch(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	held := fmt.Sprintf("a batch of process %d (since ", os.Getpid())
	batch := []string{"run", "--query", "has:recipe"}
	for _, test := range []struct {
		args   []string
		status int
		says   []string
	}{
		{batch, 1, []string{"almatriage: " + held, ") is at work on this database; --wait 10m waits for it\n"}},
		{[]string{"run", "almbz#1", "almbz#2"}, 1, []string{held}},
		{[]string{"run", "--resume"}, 1, []string{held}},
		{append(batch, "--wait", "300ms"), 1, []string{"Waiting: " + held, "almatriage: waited for 300ms: " + held}},
		{append(batch, "--wait", "-1s"), 2, []string{"it is no time; write 90s, 10m"}},
		{[]string{"run", "almbz#99999"}, 7, []string{"no report almbz#99999"}},
	} {
		_, stderr, status := u.run(test.args...)
		for _, words := range test.says {
			if status != test.status || !strings.Contains(stderr, words) {
				t.Errorf("%q: status %d, want %d and %q:\n%s", test.args, status, test.status, words, stderr)
			}
		}
	}
	waiting := u.command(append(batch, "--wait", "1h")...)
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(500*time.Millisecond, func() { waiting.Process.Signal(syscall.SIGTERM) }) //nolint:errcheck // its end is looked at
	if err := waiting.Wait(); waiting.ProcessState.ExitCode() != 130 {
		t.Errorf("interrupted while it waits it ends with %v", err)
	}
	time.AfterFunc(300*time.Millisecond, func() {
		if err := lock.Release(); err != nil {
			t.Error(err)
		}
	})
	if _, stderr, status := u.run(append(batch, "--wait", "1m")...); status != 0 || !strings.Contains(stderr, "Nothing to run") {
		t.Errorf("when it has its turn: status %d: %s", status, stderr)
	}
}
