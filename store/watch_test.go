package store

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

func openWatch(t *testing.T, db *DB) *Watch {
	t.Helper()
	w, err := db.Watch(t.Context())
	must(t, err)
	t.Cleanup(func() { must(t, w.Close()) })
	return w
}

func wantChanged(t *testing.T, w *Watch, when string, want bool) {
	t.Helper()
	if got, err := w.Changed(t.Context()); err != nil || got != want {
		t.Errorf("%s: changed %v, %v; want %v", when, got, err, want)
	}
}

func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, other := openAt(t, path, nil), openAt(t, path, nil)
	commitReports(t, db, report(1))
	w, second := openWatch(t, db), openWatch(t, db)
	wantChanged(t, w, "at the beginning", false)
	commitReports(t, db, report(2))
	wantChanged(t, w, "after a commit of its own handle", true)
	wantChanged(t, w, "told already", false)
	decide(t, other, 1, reproduce.AlmaOnly, "ann")
	decide(t, other, 2, reproduce.AlmaOnly, "ann")
	wantChanged(t, w, "after two commits of another handle", true)
	wantChanged(t, w, "told already", false)
	wantChanged(t, second, "the second hears of all that too", true)
	tx, err := other.write.Begin()
	must(t, err)
	_, err = tx.Exec(`UPDATE reports SET title = 'x'`)
	must(t, err)
	wantChanged(t, w, "while another writes", false)
	must(t, tx.Rollback())
	wantChanged(t, w, "after that was rolled back", false)
	must(t, other.SaveSync(t.Context(), "almbz", noon, ""))
	wantChanged(t, w, "of whatever table", true)
}

// TestWatchOfAnotherProcess: while another process writes, who watches hears
// of it and finds each report, once.
func TestWatchOfAnotherProcess(t *testing.T) {
	const count = 100
	path := filepath.Join(t.TempDir(), "shared.db")
	db := openAt(t, path, nil)
	w := openWatch(t, db)
	batch, out := start(t, "commit", count, path)
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, out)
		done <- err
	}()
	var since int64
	met, looks := map[string]bool{}, 0
	look := func() {
		changed, err := w.Changed(t.Context())
		must(t, err)
		if !changed {
			return
		}
		looks++
		list, latest, err := db.Changes(t.Context(), since, 0)
		must(t, err)
		since = latest
		for _, e := range list {
			if met[e.ID] {
				t.Errorf("%s is told twice", e.ID)
			}
			met[e.ID] = true
		}
	}
	for running := true; running; {
		select {
		case err := <-done:
			must(t, err)
			running = false
		case <-time.After(time.Millisecond):
		}
		look()
	}
	must(t, batch.Wait())
	look()
	if len(met) != count || looks < 2 {
		t.Errorf("%d of %d reports were told, in %d looks", len(met), count, looks)
	}
}
