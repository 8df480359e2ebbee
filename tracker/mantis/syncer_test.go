package mantis_test

import (
	"context"
	"testing"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// memory is a tracker.Sink.
type memory map[string]tracker.Cursor

func (m memory) Cursor(_ context.Context, name, feed string) (tracker.Cursor, error) {
	return m[name+"/"+feed], nil
}

func (m memory) Commit(_ context.Context, name, feed string, page tracker.Page) (tracker.Counts, error) {
	m[name+"/"+feed] = page.Cursor
	return tracker.Counts{New: len(page.Reports)}, nil
}

func TestSyncerReadsEveryProjectAndThenFindsNothing(t *testing.T) {
	server := replay.New(replay.Options{})
	s := source(t, server, func(c *mantis.Config) {
		c.Projects = []string{"AlmaLinux-8", "AlmaLinux-7", "AlmaLinux-9", "AlmaLinux-10"}
	})
	stored := memory{}
	syncer := tracker.Syncer{Sources: []tracker.Source{s}, Sink: stored}

	first := syncer.Run(t.Context(), nil)[0]
	if first.Tracker != "almbz" || first.Feeds != 3 || first.Counts.New != 29 {
		t.Errorf("first sync: %+v", first)
	}
	wantProblem(t, first.Err, tracker.CodeNotFound, "AlmaLinux-7")
	server.Forget()
	if second := syncer.Run(t.Context(), nil)[0]; second.Counts.New != 0 || second.Feeds != 3 {
		t.Errorf("second sync: %+v", second)
	}
	if got := server.Requests(); len(got) != 3 {
		t.Errorf("requests %q", got)
	}
}
