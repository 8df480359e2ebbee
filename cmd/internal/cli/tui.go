package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/adrg/xdg"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/cmd/internal/demo"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/spf13/cobra"
)

func newDemo(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "demo", Short: "Try it on invented reports, without network or podman", Args: cobra.NoArgs,
		Long: "Opens the interface on 14 invented reports with recipes and recorded runs, in a\ndatabase of its own that is gone when you leave. Where podman and the images can be\nhad, the recipes really run.",
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), a) },
	}
}

// onTerminal tells whether there is a terminal to show the interface on.
func (a *app) onTerminal() bool { return a.InTTY && a.OutTTY && a.Env("TERM") != "dumb" }

// runTUI is the program without a command: the interface; without a terminal
// a sync and a list.
func runTUI(ctx context.Context, a *app) error {
	if !a.onTerminal() {
		return runOverview(ctx, a)
	}
	outcome, err := a.interact(ctx, false, nil)
	if err != nil || !outcome.Demo {
		return err
	}
	if err := a.close(); err != nil { // the demonstration has its own
		return err
	}
	a.db, a.engines, a.logFile = nil, engines{}, nil
	return runDemo(ctx, a)
}

// runDemo fills a database of its own and shows it.
func runDemo(ctx context.Context, a *app) (err error) {
	dir, err := os.MkdirTemp("", "almatriage-demo-")
	if err != nil {
		return fmt.Errorf("make a place for the demonstration: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a.flags.db, a.volatile = filepath.Join(dir, "demo.db"), true
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	if err := demo.Fill(ctx, db, a.now()); err != nil {
		return err
	}
	if !a.onTerminal() {
		return runList(ctx, a, listOptions{}, nil, format{})
	}
	_, err = a.interact(ctx, true, nil)
	// The database goes: it must be closed before.
	a.db = nil
	return errors.Join(err, db.Close())
}

// interact shows the interface until the user leaves it, with a guide on top if
// there is one to begin.
func (a *app) interact(ctx context.Context, recorded bool, begin *screen.GuideMsg) (tui.Outcome, error) {
	if err := a.logAlways(); err != nil {
		return tui.Outcome{}, err
	}
	c, err := a.config()
	if err != nil {
		return tui.Outcome{}, err
	}
	db, err := a.store(ctx)
	if err != nil {
		return tui.Outcome{}, err
	}
	services := a.services(ctx, c, db)
	services.Notices = append(a.told, a.rootWarning(c))
	services.Recorded = recorded
	if recorded {
		services.Sync, services.Detach, services.Post = nil, nil, nil
	}
	outcome, err := tui.Run(ctx, services, tui.Options{Theme: a.theme(c), Keys: c.Keys, Mouse: c.UI.Mouse, Out: os.Stdout, Env: a.Env, Guide: begin,
		State: home("XDG_STATE_HOME", xdg.StateHome), Log: func(what string, stack []byte) { a.log.Error(what, "stack", string(stack)) }})
	if outcome.Guide != 0 && !recorded {
		a.sayKept(outcome.Guide)
	}
	switch {
	case outcome.Crash != nil:
		return outcome, fmt.Errorf("%w; what is stored is safe. The log, for a report of this: %s", outcome.Crash, a.logPath())
	case err != nil && strings.Contains(err.Error(), "the key "), err != nil && strings.HasPrefix(err.Error(), "there is no action"):
		return outcome, usage("%s: [keys]: %w", a.configPath(), err)
	case err == nil && ctx.Err() != nil:
		return outcome, errInterrupted
	}
	return outcome, err
}

// theme is the flag's, else the configured one.
func (a *app) theme(c *config.Config) theme.Name {
	if a.flags.theme != "" {
		return theme.Name(a.flags.theme)
	}
	return theme.Name(c.UI.Theme)
}

// services are the use cases for the interface: those of the commands.
func (a *app) services(ctx context.Context, c *config.Config, db *store.DB) screen.Services {
	lab := sync.OnceValues(func() (*reproduce.Lab, error) { return a.lab(ctx) })
	manager := runs.NewManager(ctx, lab)
	services := screen.Services{DB: db, Runs: manager, Targets: c.Targets, Locator: a.locator(c), Pull: c.Engine.Pull,
		Person: a.person, Editor: a.editor, Open: a.openURL, Detach: a.detach, LogFile: a.logPath(), SyncEvery: a.syncEvery(c),
		Recover: func(ctx context.Context) error { return recoverRuns(ctx, db, lab) },
		Shell: func(ctx context.Context, spec reproduce.AttemptSpec, stdio reproduce.Stdio) error {
			l, err := lab()
			if err != nil {
				return err
			}
			return l.Shell(ctx, spec, stdio)
		},
		Sync: func(ctx context.Context, trackers ...string) ([]tracker.Result, error) {
			return a.pull(ctx, db, trackers)
		},
		Program:   Version(),
		Guide:     func(context.Context) (guide.Facts, error) { return a.guideFacts(c) },
		SaveGuide: a.saveGuide,
		Post: func(ctx context.Context, note tracker.Note) (tracker.Posted, error) {
			poster, err := a.poster(note.Report)
			if err != nil {
				return tracker.Posted{}, err
			}
			return poster.Post(ctx, note)
		}}
	for _, q := range c.Queues {
		services.Queries = append(services.Queries, screen.SavedQuery(q))
	}
	return services
}

// pull syncs in the background; what fails is logged, too.
func (a *app) pull(ctx context.Context, db *store.DB, trackers []string) ([]tracker.Result, error) {
	sources, err := a.sources(trackers)
	if err != nil {
		return nil, err
	}
	results := tracker.Syncer{Sources: sources, Sink: db, Records: db}.Run(ctx, nil)
	for _, r := range results {
		if r.Err != nil {
			a.log.Warn("sync", "tracker", r.Tracker, "error", r.Err.Error())
		}
	}
	return results, nil
}

// syncEvery is the time between two syncs: the shorter one only where every
// tracker has a token. The tokens themselves are read when they are used.
func (a *app) syncEvery(c *config.Config) time.Duration {
	with := true
	for _, t := range c.Trackers {
		with = with && t.HasToken(a.Env)
	}
	return c.Sync.Interval(with && len(c.Trackers) > 0)
}

// recoverRuns marks the runs of processes that are gone, and removes what they
// left. Its error tells why podman cannot be used.
func recoverRuns(ctx context.Context, db *store.DB, lab func() (*reproduce.Lab, error)) error {
	if _, err := db.InterruptRuns(ctx, podman.Alive); err != nil {
		return err
	}
	l, err := lab()
	if err != nil {
		return err
	}
	return l.Sweep(ctx)
}

// logPath is where the log is.
func (a *app) logPath() string {
	return filepath.Join(home("XDG_STATE_HOME", xdg.StateHome), "almatriage.log")
}

// logAlways opens the log also where no level was asked for: nothing else can
// be said while the interface has the terminal.
func (a *app) logAlways() error {
	if a.logFile != nil {
		return nil
	}
	return a.openLog(slog.LevelWarn)
}
