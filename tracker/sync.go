package tracker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// Syncer brings reports home: every source into one sink. A source that fails
// leaves the others synced and its own stored reports untouched.
type Syncer struct {
	Sources []Source
	Sink    Sink
	// Full reads everything again instead of what changed.
	Full bool
	// Records, if set, is told how each tracker's sync ended, also where the
	// context has ended by then.
	Records Recorder
	// Derive reads release, package and references out of a report. Nil: Derive.
	Derive func(*Report)
}

// Recorder keeps how the last sync of each tracker went. store.DB is one.
type Recorder interface {
	// SaveSync records that a tracker was tried, and what failed, "" for
	// nothing. It is called for several trackers at once.
	SaveSync(ctx context.Context, tracker string, at time.Time, failure string) error
}

// Progress is a step of a sync; it is told as it happens.
type Progress struct {
	Tracker string
	Feed    string
	Pages   int // read so far in this feed
	Counts  Counts
	Done    bool // the tracker is finished
	Err     error
}

// Result is how one tracker's sync ended.
type Result struct {
	Tracker string
	Counts  Counts
	Feeds   int // feeds that were read to their end
	Took    time.Duration
	// Err is that of the first feed that failed, nil if none did; where the
	// sync could not be recorded, that of the recorder is joined to it.
	Err error
}

// Run syncs all sources side by side and returns a result for each, in their
// order. report, which may be nil, is called from several goroutines.
func (s Syncer) Run(ctx context.Context, report func(Progress)) []Result {
	if report == nil {
		report = func(Progress) {}
	}
	results := make([]Result, len(s.Sources))
	var group errgroup.Group
	for i, source := range s.Sources {
		group.Go(func() error {
			started := time.Now()
			results[i] = s.pull(ctx, source, report)
			results[i].Took = time.Since(started)
			if err := s.record(ctx, results[i]); err != nil {
				results[i].Err = errors.Join(results[i].Err, err)
			}
			report(Progress{Tracker: source.Name(), Counts: results[i].Counts, Done: true, Err: results[i].Err})
			return nil
		})
	}
	// The goroutines return nil only: a failure belongs to its tracker.
	if err := group.Wait(); err != nil {
		panic("tracker: " + err.Error())
	}
	return results
}

// record keeps how a tracker's sync ended.
func (s Syncer) record(ctx context.Context, r Result) error {
	if s.Records == nil {
		return nil
	}
	failure := ""
	if r.Err != nil {
		failure = r.Err.Error()
	}
	return s.Records.SaveSync(context.WithoutCancel(ctx), r.Tracker, time.Now(), failure)
}

// pull reads one source feed by feed. A feed that fails does not keep the
// following ones from being read, but for what would fail for them all.
func (s Syncer) pull(ctx context.Context, source Source, report func(Progress)) Result {
	result := Result{Tracker: source.Name()}
	feeds, err := source.Feeds(ctx)
	if err != nil {
		result.Err = err
		return result
	}
	for _, feed := range feeds {
		err := s.pullFeed(ctx, source, feed, &result, report)
		if err == nil {
			result.Feeds++
			continue
		}
		if result.Err == nil {
			result.Err = err
		}
		switch CodeOf(err) {
		case CodeNotFound, CodeBadAnswer: // of this feed only
		default:
			return result
		}
		if ctx.Err() != nil {
			return result
		}
	}
	return result
}

func (s Syncer) pullFeed(ctx context.Context, source Source, feed string, result *Result, report func(Progress)) error {
	derive := s.Derive
	if derive == nil {
		derive = Derive
	}
	from, err := s.Sink.Cursor(ctx, source.Name(), feed)
	if err != nil {
		return fmt.Errorf("read how far %s is synced: %w", source.Name(), err)
	}
	pages := 0
	return source.Pull(ctx, feed, from, s.Full, func(page Page) error {
		for i := range page.Reports {
			derive(&page.Reports[i])
		}
		for i := range page.Comments {
			page.Comments[i].References = FindReferences(page.Comments[i].Text)
		}
		counts, err := s.Sink.Commit(ctx, source.Name(), feed, page)
		if err != nil {
			return fmt.Errorf("store reports of %s: %w", source.Name(), err)
		}
		pages++
		result.Counts.Add(counts)
		report(Progress{Tracker: source.Name(), Feed: feed, Pages: pages, Counts: result.Counts})
		return nil
	})
}
