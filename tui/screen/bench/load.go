package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
)

// about is what the database says of the report. Texts are raw.
type about struct {
	read    bool
	title   string
	private bool
	// cannot is why it cannot run now, nil if it can: on targets, by their names.
	cannot  error
	targets []string
	decided string // the decision in force in a few words, "" for none
	// elsewhere is since when another process runs it; zero: none does.
	elsewhere time.Time
}

// loadedMsg is what was read for a screen.
type loadedMsg struct {
	to    *Screen
	seq   int
	about about
	live  *runs.Live // the stored run, nil for none
	err   error
}

// load reads the report, and the run if none of this process is shown.
func (s *Screen) load() tea.Cmd {
	s.seq++
	env, ctx, now := s.env, s.env.Ctx, s.env.Now()
	msg := loadedMsg{to: s, seq: s.seq}
	report, run, only := s.report, s.id, s.job != nil && s.id == ""
	own := env.Runs.Of(report) != nil
	return func() tea.Msg {
		msg.about, msg.err = readAbout(ctx, env, report, now)
		if msg.err == nil && !own {
			msg.about.elsewhere, msg.err = ranElsewhere(ctx, env.DB, report)
		}
		if msg.err == nil && !only {
			msg.live, msg.err = readRun(ctx, env.DB, report, run)
		}
		return msg
	}
}

// outputMsg is the run that is shown, with all that its attempts printed.
type outputMsg struct {
	to   *Screen
	live *runs.Live
	err  error
}

// loadOutput reads the run that is shown, with what its earlier attempts printed.
func (s *Screen) loadOutput() tea.Cmd {
	env, msg, report, run := s.env, outputMsg{to: s}, s.report, s.run().ID
	return func() tea.Msg {
		msg.live, msg.err = readRun(env.Ctx, env.DB, report, run)
		return msg
	}
}

// printed takes it, if the run is still the one that is shown.
func (s *Screen) printed(msg outputMsg) tea.Cmd {
	switch run := s.run(); {
	case msg.to != s:
		return nil
	case msg.err != nil:
		return screen.Fail(msg.err)
	case run == nil || run.ID != msg.live.Run.ID:
		return nil
	}
	s.show(msg.live)
	return s.compare()
}

func readAbout(ctx context.Context, env *screen.Env, report string, now time.Time) (about, error) {
	id, err := tracker.ParseID(report)
	if err != nil {
		return about{}, err
	}
	r, err := env.DB.Report(ctx, id)
	if err != nil {
		return about{}, err
	}
	a := about{read: true, title: r.Title, private: r.Private}
	req, err := request(ctx, env, report, Options{}, now)
	for _, t := range req.Targets {
		a.targets = append(a.targets, t.Name)
	}
	a.cannot = err
	row, _, err := env.DB.Row(ctx, id)
	if row.Verdict != "" {
		a.decided = fmt.Sprintf("Decided: %s by %s", row.Verdict, row.DecidedBy)
	}
	return a, err
}

// ranElsewhere is since when a report is being run, zero if it is not. It is
// asked while this process does not run it.
func ranElsewhere(ctx context.Context, db *store.DB, report string) (time.Time, error) {
	running, err := db.Running(ctx)
	return startOf(running, report), err
}

func startOf(running []store.RunState, report string) (started time.Time) {
	for _, r := range running {
		if r.Report == report {
			started = r.Started
		}
	}
	return started
}

// readRun reads a run with its output: the last finished one where no id is given.
func readRun(ctx context.Context, db *store.DB, report, id string) (*runs.Live, error) {
	var run *reproduce.Run
	var err error
	if id == "" {
		run, err = db.LastRun(ctx, report)
	} else {
		run, err = db.Run(ctx, id)
	}
	if err != nil || run == nil {
		return nil, err
	}
	return runs.Stored(run, func(attempt string) (reproduce.Log, error) { return db.AttemptLog(ctx, attempt) })
}

// loaded takes what was read, unless something newer is asked for or shown.
func (s *Screen) loaded(msg loadedMsg) tea.Cmd {
	if msg.to != s || msg.seq != s.seq {
		return nil
	}
	s.about = msg.about
	s.about.read = true
	if s.id == "" && s.env.Runs.Of(s.report) == nil {
		s.elsewhere = msg.about.elsewhere
	}
	if msg.err != nil {
		return screen.Fail(msg.err)
	}
	if msg.live == nil || s.running() || s.live != nil && s.live.Run.ID == msg.live.Run.ID {
		return nil
	}
	if s.job != nil && !msg.live.Run.Started.After(s.since) { // older than what was watched here
		return nil
	}
	first := s.live == nil
	s.job = nil
	s.show(msg.live)
	if first {
		s.tab = tabSuggestion
		s.ubi = slices.ContainsFunc(msg.live.Run.Sides, func(side reproduce.Side) bool { return isOpinion(&msg.live.Run, side) })
	}
	return s.compare()
}

// isOpinion tells a further opinion of UBI. Where there is nothing else to
// compare with, UBI was chosen as a side.
func isOpinion(run *reproduce.Run, side reproduce.Side) bool {
	compared := slices.ContainsFunc(run.Sides, func(s reproduce.Side) bool { return s.Role == reproduce.RoleStream })
	return compared && side.Role == reproduce.RoleThird && side.Target.Distribution == reproduce.UBI
}

// changed: another process may have run it, or does, or somebody decided.
func (s *Screen) changed(msg screen.ChangedMsg) tea.Cmd {
	if s.id == "" {
		s.elsewhere = time.Time{}
		if s.env.Runs.Of(s.report) == nil {
			s.elsewhere = startOf(msg.Running, s.report)
		}
	}
	if slices.ContainsFunc(msg.Excerpts, func(e store.Excerpt) bool { return e.ID == s.report }) {
		return s.reread()
	}
	return nil
}

// decided looks again what is in force: here it may have been decided on.
func (s *Screen) decided(msg screen.DecidedMsg) tea.Cmd {
	if slices.ContainsFunc(msg.Decisions, func(d reproduce.Decision) bool { return d.Report == s.report }) {
		return s.reread()
	}
	return nil
}

// reread looks whether a newer run is stored than the one that is shown.
func (s *Screen) reread() tea.Cmd {
	if s.running() { // only what is known of the report
		return s.load()
	}
	own := s.job
	s.job = nil // its end may not be the newest any more
	cmd := s.load()
	s.job = own
	return cmd
}

// digestMsg is the digest of an image that a run of this process uses.
type digestMsg struct {
	to             *Screen
	job            *runs.Job
	target, digest string
}

// askDigests looks up the images of sides that were resolved: events do not
// tell them, but a side is stored before its first attempt.
func (s *Screen) askDigests(msg runs.EventsMsg) tea.Cmd {
	var cmds []tea.Cmd
	for _, e := range msg.Events {
		if _, known := s.digests[e.Target]; known || e.Kind != reproduce.EventAttempt {
			continue
		}
		s.digests[e.Target] = "" // asked for
		target := s.env.Targets[e.Target]
		env, answer := s.env, digestMsg{to: s, job: s.job, target: e.Target}
		cmds = append(cmds, func() tea.Msg {
			// Only a detail of the head: an error is told by what matters more.
			if image, err := env.DB.LastImage(env.Ctx, target.Name, target.Image); err == nil && image != nil {
				answer.digest = image.Digest
			}
			return answer
		})
	}
	return tea.Batch(cmds...)
}

// comparedMsg is what the sides of a run differ in.
type comparedMsg struct {
	to  *Screen
	run string
	c   reproduce.Comparison
	err error
}

// compare compares the sides when one asks for it: it reads all that the
// telling attempts printed.
func (s *Screen) compare() tea.Cmd {
	run := s.run()
	if run == nil || !s.tab.compares() || s.comparing == run.ID {
		return nil
	}
	s.comparing = run.ID
	env, msg := s.env, comparedMsg{to: s, run: run.ID}
	return func() tea.Msg {
		msg.c, msg.err = reproduce.Compare(run, func(attempt string) (reproduce.Log, error) { return env.DB.AttemptLog(env.Ctx, attempt) })
		return msg
	}
}

func (s *Screen) compared(msg comparedMsg) {
	if msg.to != s || msg.run != s.comparing {
		return
	}
	if errors.Is(msg.err, reproduce.ErrOneSided) {
		msg.err = errors.New("the run has not two sides to compare")
	}
	s.setComparison(msg.c, msg.err)
}
