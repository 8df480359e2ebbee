package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/tracker"
)

func newSync(a *app) *cobra.Command {
	var full bool
	var f format
	cmd := &cobra.Command{
		Use: "sync [TRACKER…]", Short: "Pull reports from the trackers",
		Long: `Pulls what changed since the last sync and prints a line a tracker: new,
updated and unchanged reports, and what failed. A tracker that fails leaves the
others synced and its own stored reports as they were.`,
		Example: "  almatriage sync\n  almatriage sync almbz --full",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.whole(); err != nil {
				return err
			}
			return runSync(cmd.Context(), a, args, full, f)
		},
	}
	cmd.Flags().BoolVar(&full, "full", false, "read everything again, not only what changed")
	objectFlags(cmd, &f)
	return cmd
}

func runSync(ctx context.Context, a *app, chosen []string, full bool, f format) error {
	sources, err := a.sources(chosen)
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	progress := newProgress(a)
	results := tracker.Syncer{Sources: sources, Sink: db, Full: full, Records: db}.Run(ctx, progress.sync)
	progress.close()
	failed := 0
	for _, r := range results {
		if r.Err != nil {
			failed++
			a.log.Warn("sync", "tracker", r.Tracker, "error", r.Err.Error())
		}
		if err := a.printSync(r, f); err != nil {
			return err
		}
	}
	return syncStatus(ctx, results, failed)
}

func (a *app) printSync(r tracker.Result, f format) error {
	said := ""
	if r.Err != nil {
		said = r.Err.Error()
	}
	if f.json {
		return a.writeJSON(ordered{{"tracker", r.Tracker}, {"new", r.Counts.New}, {"updated", r.Counts.Updated}, {"unchanged", r.Counts.Unchanged},
			{"comments", r.Counts.Comments}, {"duration_ms", r.Took.Milliseconds()}, {"error", orNull(said)}}, f.jq)
	}
	_, err := fmt.Fprintf(a.Out, "%s: %d new, %d updated, %d unchanged%s\n", safeLine(r.Tracker), r.Counts.New, r.Counts.Updated, r.Counts.Unchanged,
		map[bool]string{true: ", failed", false: ""}[r.Err != nil])
	if err == nil && r.Err != nil {
		_, err = fmt.Fprintln(a.Err, "almatriage: "+safeLine(said))
	}
	return err
}

// syncStatus is the exit status of a sync: authentication if that is what all
// failed of, partly done if some went well.
func syncStatus(ctx context.Context, results []tracker.Result, failed int) error {
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case failed == 0:
		return nil
	case failed < len(results):
		return quietly(exitPartly)
	}
	for _, r := range results {
		if tracker.CodeOf(r.Err) != tracker.CodeAuth {
			return quietly(exitOf(results))
		}
	}
	return quietly(exitAuth)
}

// exitOf is the status of trackers that all failed: partly done if something
// came in nevertheless, the failures' own status if they share one.
func exitOf(results []tracker.Result) int {
	status := exitStatus(results[0].Err)
	for _, r := range results {
		switch {
		case r.Counts != (tracker.Counts{}) || r.Feeds > 0:
			return exitPartly
		case exitStatus(r.Err) != status:
			status = exitFailed
		}
	}
	return status
}

// syncAge says how old the stored reports are, on a terminal.
func (a *app) syncAge(ctx context.Context) error {
	db, err := a.store(ctx)
	if err != nil || !a.ErrTTY {
		return err
	}
	synced, err := db.Syncs(ctx)
	if err != nil {
		return err
	}
	var oldest time.Time
	for _, s := range synced {
		if oldest.IsZero() || s.Succeeded.Before(oldest) {
			oldest = s.Succeeded
		}
	}
	if oldest.IsZero() {
		fmt.Fprintln(a.Err, "Not everything was pulled yet: "+a.again("sync"))
	} else if a.now().Sub(oldest) > 24*time.Hour {
		fmt.Fprintf(a.Err, "Last synced %s ago: %s\n", tracker.Age(a.now(), oldest), a.again("sync"))
	}
	return nil
}

// runOverview is what the program does without a command and without a
// terminal: it syncs and lists.
func runOverview(ctx context.Context, a *app) error {
	failed := runSync(ctx, a, nil, false, format{})
	if errors.Is(failed, errInterrupted) || exitStatus(failed) == exitUsage {
		return failed
	}
	return errors.Join(runList(ctx, a, listOptions{limit: 50}, nil, format{}), failed)
}
