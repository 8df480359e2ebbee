package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// opinion is the further opinion that can be asked for here.
const opinion = "ubi"

// attemptsMost is the most attempts a side that a run can be asked for, as on
// the command line.
const attemptsMost = 1000

// mayFresh tells whether a run can be begun; mayRun whether one is meant, while
// another process makes one.
func (s *Screen) mayFresh() (bool, string) { return !s.running(), "it goes on already" }

func (s *Screen) mayRun() (bool, string) {
	if !s.running() && !s.elsewhere.IsZero() {
		return false, "it runs in another process; " + s.key("fresh") + " starts one here, too"
	}
	return s.mayFresh()
}

// again asks for a run as the one that is shown was.
func (s *Screen) again(o Options) tea.Cmd {
	o.Watch, o.Targets = true, s.targets()
	if s.ubi {
		o.With = []string{opinion}
	}
	return Request(s.env, s.report, o)
}

// targets are the names of what the run that is shown was made on, without the
// further opinion; none where there is none of our own.
func (s *Screen) targets() []string {
	var names []string
	switch {
	case s.job != nil:
		for _, t := range s.job.Request.Targets {
			names = append(names, t.Name)
		}
	case s.live != nil && !s.live.Run.Imported:
		for _, side := range s.live.Run.Sides {
			if side.Role != reproduce.RoleControl && !isOpinion(&s.live.Run, side) {
				names = append(names, side.Target.Name)
			}
		}
	}
	return names
}

// more is the next number of attempts a side, 0 for none.
func (s *Screen) more() int {
	made := 0
	if run := s.run(); run != nil {
		for _, r := range run.Results() {
			if r.Side.Role == reproduce.RoleAlma || r.Side.Role == reproduce.RoleStream {
				made = max(made, r.Tally.Valid)
			}
		}
	}
	next := 5
	for next <= made {
		next *= 2
	}
	if next = min(next, attemptsMost); next <= made {
		return 0
	}
	return next
}

func (s *Screen) mayMore() (bool, string) {
	if can, why := s.mayRun(); !can {
		return can, why
	}
	return s.more() > 0, fmt.Sprintf("%d attempts a side are the most", attemptsMost)
}

// mayUBI: of what is a side already no further opinion can be had.
func (s *Screen) mayUBI() (bool, string) {
	names := s.targets()
	if s.live == nil {
		names = s.about.targets
	}
	for _, name := range names {
		if t := s.env.Targets[name]; t.Distribution == reproduce.UBI {
			return false, "UBI is one of the sides already"
		}
	}
	if s.live == nil || len(s.live.Sides) == 0 {
		return true, ""
	}
	_, err := s.env.Targets.Companion(opinion, s.live.Sides[0].Target)
	if err != nil {
		return false, err.Error()
	}
	return true, ""
}

func (s *Screen) switchUBI() tea.Cmd {
	s.ubi = !s.ubi
	if s.ubi {
		return screen.Toast(screen.Note, "The next run asks UBI, too.")
	}
	return screen.Toast(screen.Note, "The next run does not ask UBI.")
}

func (s *Screen) mayCancel() (bool, string) {
	switch {
	case s.shell != nil && !s.shell.left, s.shell == nil && s.running() && !s.leaving:
		return true, ""
	case s.shell != nil, s.leaving:
		return false, "it is being cancelled"
	case !s.elsewhere.IsZero():
		return false, "it runs in another process"
	}
	return false, "nothing goes on"
}

// mayAccept tells whether enter means something: what is typed, or the way back
// to the guide.
func (s *Screen) mayAccept() (bool, string) {
	switch {
	case s.typing:
		return true, ""
	case s.guided && s.running():
		return false, "the run is not over"
	case s.guided && s.live != nil:
		return true, ""
	}
	return false, "nothing is typed"
}

func (s *Screen) accept() tea.Cmd {
	if s.typing {
		return s.goSearch()
	}
	return s.env.Ask(screen.CloseMsg{})
}

// cancel ends what goes on: a shell first, it was asked for last.
func (s *Screen) cancel() tea.Cmd {
	if s.shell != nil {
		s.shell.cancel()
		s.shell.left = true
		return nil
	}
	s.leaving = true
	s.job.Cancel()
	return nil
}

// scrolled are the panes that the keys move.
func (s *Screen) scrolled() []*widget.LogPane {
	p := s.pane()
	switch {
	case p == nil:
		return nil
	case s.tab != tabOutput, s.apart, s.full:
		return []*widget.LogPane{p}
	}
	return s.panes
}

func (s *Screen) scroll(rows int) {
	for _, p := range s.scrolled() {
		p.ScrollBy(rows)
	}
}

func (s *Screen) toTop() tea.Cmd {
	for _, p := range s.scrolled() {
		p.ToTop()
	}
	return nil
}

func (s *Screen) toEnd() tea.Cmd {
	for _, p := range s.scrolled() {
		p.Follow()
	}
	return nil
}

func (s *Screen) mayPause() (bool, string) {
	switch {
	case s.tab != tabOutput:
		return false, "output is on the tab " + tabOutput.title()
	case !s.running():
		return false, "nothing comes any more"
	}
	return s.hasPane()
}

// pause holds the output still, or follows it again; lines are kept meanwhile.
func (s *Screen) pause() tea.Cmd {
	following := s.pane().Following()
	for _, p := range s.scrolled() {
		if following {
			p.Hold()
		} else {
			p.Follow()
		}
	}
	return nil
}

func (s *Screen) mayFocus() (bool, string) { return len(s.panes) > 0, "there is no side yet" }

func (s *Screen) turn(step int) tea.Cmd {
	s.focus = (s.focus + step + len(s.panes)) % len(s.panes)
	return s.open(tabOutput)
}

func (s *Screen) zoom() tea.Cmd {
	s.full = !s.full
	return s.open(tabOutput)
}

func (s *Screen) scrollTogether() tea.Cmd {
	s.apart = !s.apart
	if s.apart {
		return screen.Toast(screen.Note, "The sides scroll apart.")
	}
	return screen.Toast(screen.Note, "The sides scroll together.")
}

// open shows a tab.
func (s *Screen) open(t tab) tea.Cmd {
	s.tab = (t + tabs) % tabs
	if s.tab != tabOutput {
		s.full = false
	}
	return s.compare()
}

// copy puts the focused side's output, or the text of the tab, on the
// clipboard: read from the data, in whole lines, without colours.
func (s *Screen) copy() tea.Cmd {
	if s.tab != tabOutput {
		text := s.texts[s.tab].Text()
		return s.toClipboard("The tab "+s.tab.title(), func() string { return text })
	}
	side := s.live.Sides[s.focus]
	first, end := side.Log.Range()
	lines := make([]runs.Line, 0, end-first)
	for ; first < end; first++ {
		lines = append(lines, side.Log.At(first))
	}
	return s.toClipboard("The output of "+side.Target.Title(), func() string {
		var b strings.Builder
		for _, l := range lines {
			b.WriteString(plainLine(l) + "\n")
		}
		return b.String()
	})
}

func (s *Screen) toClipboard(what string, text func() string) tea.Cmd {
	env := s.env
	return func() tea.Msg {
		how, err := env.Copy(env.Ctx, text())
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		return screen.ToastMsg{Level: screen.Done, Text: what + " is copied " + how + "."}
	}
}

// copyCommand copies what does the same on the command line.
func (s *Screen) copyCommand() tea.Cmd {
	words := []string{"almatriage", "run", s.report}
	if targets := s.targets(); len(targets) > 0 && !slices.Equal(targets, s.about.targets) {
		words = append(words, "--target", strings.Join(targets, ","))
	}
	if s.ubi {
		words = append(words, "--with", opinion)
	}
	if s.job != nil {
		if n := s.job.Request.Repeat; n > 0 {
			words = append(words, "--repeat", fmt.Sprint(n))
		}
		if s.job.Request.Fresh {
			words = append(words, "--fresh")
		}
	}
	command := safe.Line(reproduce.ShellWords(words)).String()
	return s.toClipboard(command, func() string { return command })
}

// key is an action's key as people read it.
func (s *Screen) key(id string) string {
	return cmp.Or(s.env.Keys.Label("bench."+id), s.env.Keys.Label("global.palette"))
}
