// Package bench is the screen of a reproduction: the sides of a run beside each
// other, as they are prepared and attempted and when it is over, with what
// they printed, what is suggested and why, and what they differ in. It shows
// the run of this process that goes on (runs.Job), else one of the database.
package bench

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Screen is the Bench of a report.
type Screen struct {
	env    *screen.Env
	report string
	id     string // of the run that was asked for, "" for the newest
	guided bool   // a guide lies below and goes on when this is left
	w, h   int

	seq       int        // of the last load
	about     about      // what the database says of the report
	job       *runs.Job  // of this process, nil for a stored run
	live      *runs.Live // what is shown, nil for nothing
	elsewhere time.Time  // since when another process runs it; zero: none does
	since     time.Time  // when that was first seen here
	leaving   bool       // it was cancelled and has not ended yet
	digests   map[string]string
	ubi       bool // the next run asks UBI, too

	results map[string]*result // by target, when the run is over

	tab       tab
	full      bool // the side that has the keys alone
	apart     bool // it scrolls alone, too
	focus     int
	panes     []*widget.LogPane // of the sides
	texts     map[tab]*widget.LogPane
	comparing string // the run whose sides are compared, or were

	typing bool
	input  textinput.Model
	asked  asked
	shell  *shell
}

// New makes the Bench of a report. run is the id of one of its runs, "" for the
// one that goes on, or else the last one.
func New(env *screen.Env, report, run string) *Screen {
	return &Screen{env: env, report: report, id: run, digests: map[string]string{}, input: widget.Input(env.Theme, "text to find in the output")}
}

// NewGuided makes the Bench for the run of a guide, and says that the guide goes
// on when it is left.
func NewGuided(env *screen.Env, report string) *Screen {
	s := New(env, report, "")
	s.guided = true
	return s
}

// Init implements screen.Screen.
func (s *Screen) Init() tea.Cmd { return s.Reload() }

// Reload shows the run that goes on by now, or else what is stored.
func (s *Screen) Reload() tea.Cmd {
	if job := s.env.Runs.Of(s.report); job != nil && s.id == "" {
		s.adopt(job)
	}
	return s.load()
}

// adopt shows a run of this process.
func (s *Screen) adopt(job *runs.Job) {
	if s.job != nil && s.job.ID == job.ID {
		return
	}
	s.job, s.since, s.leaving, s.elsewhere = job, s.env.Now(), false, time.Time{}
	s.ubi = s.ubi || slices.ContainsFunc(job.Request.With, func(t reproduce.Target) bool { return t.Distribution == reproduce.UBI })
	clear(s.digests)
	s.show(job.Live)
	s.tab = tabOutput
	s.listen() // it may have asked already
}

// show begins to show a run.
func (s *Screen) show(live *runs.Live) {
	s.live, s.panes, s.texts, s.results, s.comparing = live, nil, map[tab]*widget.LogPane{}, nil, ""
	s.addPanes()
	s.focus = min(s.focus, max(0, len(s.panes)-1))
	if live.Ended {
		s.setTexts()
	}
}

// addPanes makes the panes of sides that have none.
func (s *Screen) addPanes() {
	for i := len(s.panes); i < len(s.live.Sides); i++ {
		s.panes = append(s.panes, widget.NewLogPane(s.env.Theme, &sideLog{theme: s.env.Theme, log: &s.live.Sides[i].Log}))
	}
}

// running tells that the run that is shown goes on in this process.
func (s *Screen) running() bool { return s.live != nil && !s.live.Ended }

// run is the finished run that is shown, nil if it is not finished.
func (s *Screen) run() *reproduce.Run {
	if s.live == nil || !s.live.Ended || s.live.Err != nil {
		return nil
	}
	return &s.live.Run
}

// Watches tells that the newest run of a report is seen here, so that nobody
// has to be told of its end.
func (s *Screen) Watches(report string) bool { return s.report == report && s.id == "" }

// Update implements screen.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case runs.EventsMsg:
		return s.happened(msg)
	case loadedMsg:
		return s.loaded(msg)
	case outputMsg:
		return s.printed(msg)
	case comparedMsg:
		s.compared(msg)
	case digestMsg:
		if msg.to == s && s.job == msg.job {
			s.digests[msg.target] = msg.digest
		}
	case answeredMsg:
		return s.answered(msg)
	case shellMsg:
		return s.shellReady(msg)
	case shellTickMsg:
		return s.shellTick(msg)
	case screen.ChangedMsg:
		return s.changed(msg)
	case screen.DecidedMsg:
		return s.decided(msg)
	case tea.KeyMsg:
		return s.typed(msg)
	case tea.MouseMsg:
		s.wheel(msg)
	}
	return nil
}

// happened follows a run of this process.
func (s *Screen) happened(msg runs.EventsMsg) tea.Cmd {
	if msg.Report != s.report || s.id != "" {
		return nil
	}
	if s.job == nil || s.job.ID != msg.Job {
		job := s.env.Runs.Of(s.report)
		if job == nil { // begun and ended at once
			return s.load()
		}
		s.adopt(job)
	}
	s.addPanes()
	s.listen()
	if !msg.Ended {
		return s.askDigests(msg)
	}
	s.leaving = false
	s.setTexts()
	run := s.run()
	if run != nil && !attempted(run) || s.silent() { // there is nothing else to see
		s.tab = tabSuggestion
	}
	if run != nil && s.anyCached() {
		return tea.Batch(s.compare(), s.loadOutput())
	}
	return s.compare()
}

// silent tells that a run failed before anything was printed.
func (s *Screen) silent() bool {
	return s.live.Err != nil && !slices.ContainsFunc(s.live.Sides, func(side *runs.Side) bool {
		_, end := side.Log.Range()
		return end > 0
	})
}

// anyCached tells that attempts of earlier runs were taken: what they printed
// did not come by events.
func (s *Screen) anyCached() bool {
	return slices.ContainsFunc(s.live.Sides, func(side *runs.Side) bool { return side.Cached })
}

// attempted tells whether anything was run at all.
func attempted(run *reproduce.Run) bool {
	for _, side := range run.Sides {
		if len(side.Attempts) > 0 || side.Err != nil {
			return true
		}
	}
	return false
}

// Resize implements screen.Screen.
func (s *Screen) Resize(w, h int) { s.w, s.h = w, h }

// Scope implements screen.Screen.
func (s *Screen) Scope() action.Scope {
	if s.asked.question != nil && !s.typing {
		return Answer
	}
	return action.Bench
}

// Title implements screen.Screen.
func (s *Screen) Title() string { return "bench " + s.report }

// Typing implements screen.Screen.
func (s *Screen) Typing() bool { return s.typing }

// Back implements screen.Backer: esc leaves one thing at a time.
func (s *Screen) Back() (tea.Cmd, bool) {
	switch {
	case s.typing:
		s.stopSearch()
	case s.pane() != nil && s.pane().Searching():
		s.search("")
	case s.full:
		s.full = false
	default:
		return nil, false
	}
	return nil, true
}

// wheel scrolls by the mouse, where it is switched on.
func (s *Screen) wheel(msg tea.MouseMsg) {
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		s.scroll(-3)
	case tea.MouseButtonWheelDown:
		s.scroll(3)
	}
}
