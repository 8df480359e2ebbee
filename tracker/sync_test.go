package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// source is a tracker of one feed, which fails with err.
type source struct {
	name string
	err  error
}

func (s source) Name() string                            { return s.name }
func (s source) Feeds(context.Context) ([]string, error) { return []string{"feed"}, nil }
func (s source) Pull(_ context.Context, _ string, _ Cursor, _ bool, yield func(Page) error) error {
	return errors.Join(yield(Page{Reports: []Report{{Title: "a report"}}}), s.err)
}

// journal is a sink that keeps nothing and a recorder that keeps all.
type journal struct {
	mu      sync.Mutex
	entries []string
	err     error
}

func (*journal) Cursor(context.Context, string, string) (Cursor, error) { return Cursor{}, nil }
func (*journal) Commit(context.Context, string, string, Page) (Counts, error) {
	return Counts{New: 1}, nil
}

func (j *journal) SaveSync(ctx context.Context, name string, at time.Time, failure string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, fmt.Sprintf("%s %t %q", name, time.Since(at) < time.Minute, failure))
	return j.err
}

func TestSyncerRecords(t *testing.T) {
	j := &journal{}
	sources := []Source{source{"a", nil}, source{"b", &Error{Code: CodeAuth, Message: "who are you?"}}, source{"c", nil}}
	ended, cancel := context.WithCancel(t.Context())
	cancel() // the end is recorded nevertheless
	results := Syncer{Sources: sources, Sink: j, Records: j}.Run(ended, nil)
	slices.Sort(j.entries)
	if want := []string{`a true ""`, `b true "who are you?"`, `c true ""`}; !slices.Equal(j.entries, want) {
		t.Errorf("recorded %q, want %q", j.entries, want)
	}
	if results[0].Err != nil || CodeOf(results[1].Err) != CodeAuth || results[2].Err != nil {
		t.Errorf("got %+v", results)
	}
}

// TestSyncerTellsThatItCouldNotRecord: neither failure hides the other.
func TestSyncerTellsThatItCouldNotRecord(t *testing.T) {
	full := errors.New("the disk is full")
	j := &journal{err: full}
	var mu sync.Mutex
	told := map[string]error{}
	results := Syncer{Sources: []Source{source{"a", nil}, source{"b", &Error{Code: CodeAuth, Message: "who are you?"}}}, Sink: j, Records: j}.Run(t.Context(), func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		if p.Done {
			told[p.Tracker] = p.Err
		}
	})
	for _, r := range results {
		if !errors.Is(r.Err, full) || !errors.Is(told[r.Tracker], full) || r.Counts.New != 1 {
			t.Errorf("%+v, and told %v", r, told[r.Tracker])
		}
	}
	if CodeOf(results[1].Err) != CodeAuth || !strings.Contains(results[1].Err.Error(), "who are you?") {
		t.Errorf("got %v", results[1].Err)
	}
}
