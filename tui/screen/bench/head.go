package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/widget"
)

// sideHeads draws the heads of the sides: as many lines of each as there is
// room for, and something to say.
func (s *Screen) sideHeads() []string {
	n := len(s.panes)
	if n == 0 {
		return nil
	}
	detail := s.h / 5
	if s.w < beside {
		detail = s.h / 3 / n
	}
	detail = max(1, min(detail, 4))
	if detail > 1 {
		needed := 3 // a run that goes on: the screen must not jump with each step
		if s.live.Ended {
			needed = 2
		}
		for i := range n {
			needed = max(needed, len(s.facts(i, s.w)))
		}
		detail = min(detail, needed)
	}
	if s.w >= beside {
		return s.sideBySide(func(i, w int) []string { return s.sideHead(i, w, detail) })
	}
	var lines []string
	for i := range n {
		lines = append(lines, s.sideHead(i, s.w, detail)...)
	}
	return lines
}

// sideHead draws what a side is and what it is at, in so many lines.
func (s *Screen) sideHead(i, w, detail int) []string {
	var lines []string
	if detail == 1 {
		title := s.sideTitle(i, w < 60)
		lines = []string{title + "  " + s.doing(i, w-ansi.StringWidth(title)-2)}
	} else {
		lines = s.facts(i, w)
		if len(lines) > detail && s.resultOf(s.live.Sides[i]) != nil {
			// What was installed matters more by now than how long it took.
			lines = append(lines[:detail-1], lines[len(lines)-1])
		}
	}
	for len(lines) < detail {
		lines = append(lines, "")
	}
	lines = lines[:detail]
	for j := range lines {
		lines[j] = widget.Fit(lines[j], w)
	}
	return lines
}

func (s *Screen) sideTitle(i int, short bool) string {
	mark, target := "  ", s.live.Sides[i].Target
	if i == s.focus {
		mark = "▸ "
	}
	name := target.Title()
	if short {
		name = target.Name
	}
	return mark + s.env.Theme.Title.Render(safe.Line(name).String())
}

// facts are the lines of a side's head: what it is, what it is at, the steps
// that were done, what is installed.
func (s *Screen) facts(i, w int) []string {
	t, side := s.env.Theme, s.live.Sides[i]
	image := safe.Line(side.Target.Image).String()
	if d := s.digest(i); d != "" {
		image += " @" + d
	}
	lines := []string{s.sideTitle(i, false) + "  " + t.Faint.Render(image), "  " + s.doing(i, w-2)}
	if steps := s.steps(side); steps != "" {
		lines = append(lines, "  "+t.Faint.Render(steps))
	}
	if r := s.resultOf(side); r != nil && r.made != "" {
		lines = append(lines, "  "+t.Faint.Render(safe.Line(r.made).String()))
	}
	return lines
}

// digest is the beginning of the digest of a side's image, "" while it is not known.
func (s *Screen) digest(i int) string {
	d := s.digests[s.live.Sides[i].Target.Name]
	if r := s.resultOf(s.live.Sides[i]); r != nil {
		d = r.Side.Image.Digest
	}
	return safe.Line(strings.TrimPrefix(d, "sha256:")).Truncate(12, "").String()
}

// result is what a side came to.
type result struct {
	reproduce.SideResult
	made string // the packages that matter; raw
}

// setResults reads the results once; a frame must not read a thousand attempts.
func (s *Screen) setResults() {
	s.results = map[string]*result{}
	run := s.run()
	if run == nil {
		return
	}
	for _, r := range run.Results() {
		if name := r.Side.Target.Name; r.Side.Role != reproduce.RoleControl && s.results[name] == nil {
			s.results[name] = &result{r, nevras(run, r.Side)}
		}
	}
}

// resultOf is a side's, nil while the run is not over.
func (s *Screen) resultOf(side *runs.Side) *result { return s.results[side.Target.Name] }

// doing says what a side is at, or what it came to: all of it, or where that
// has no room in short, the counts first.
func (s *Screen) doing(i, room int) string {
	text := s.doingIn(i, room/4, false)
	if ansi.StringWidth(text) > room {
		return s.doingIn(i, max(1, room/8), true)
	}
	return text
}

func (s *Screen) doingIn(i, signs int, short bool) string {
	t, side := s.env.Theme, s.live.Sides[i]
	if r := s.resultOf(side); r != nil {
		return s.cameTo(r, signs, short)
	}
	readings, what := side.Readings, ""
	if side.Control {
		readings, what = side.ControlReadings, "control: "
	}
	now, at, counts := "", s.env.Now(), ""
	switch q := s.asked.question; {
	case q != nil && q.Target.Name == side.Target.Name:
		now = t.Warn.Render("? waits for an answer")
	case side.Step == reproduce.StepTest:
		now = t.Accent.Render(widget.Spinner(at) + " " + what + s.attempt(side, short))
	case side.Step != "":
		now = t.Accent.Render(widget.Spinner(at) + " " + what + stepWords(side.Step) + " " + widget.Took(at.Sub(side.Since)))
	case side.Err != nil:
		now = t.Error.Render(safe.Line("✕ error: " + side.Err.Error()).String())
	case len(readings) == 0 && !side.Cached && s.running():
		now = t.Faint.Render("waiting")
	}
	if len(readings) > 0 {
		counts = strip(t, readings, signs) + " " + what + tally(readings)
	}
	if side.Cached {
		counts = joined(counts, fmt.Sprintf("%d cached, %s old", side.CachedCount, widget.Took(side.CachedAge)))
	}
	if short {
		return joined(counts, now)
	}
	return joined(now, counts)
}

// joined are parts of a line, two cells apart; empty ones are left out.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "  ")
}

// attempt is "attempt 2 of 5, 4.0s of 5m00s".
func (s *Screen) attempt(side *runs.Side, short bool) string {
	text := fmt.Sprintf("attempt %d", side.Attempt)
	if short {
		text = fmt.Sprint(side.Attempt)
	}
	if side.Of >= side.Attempt {
		text += fmt.Sprintf(" of %d", side.Of)
	}
	text += ", " + widget.Took(s.env.Now().Sub(side.Since))
	if s.job != nil && s.job.Request.Timeout > 0 {
		text += " of " + widget.Took(s.job.Request.Timeout)
	}
	return text
}

// cameTo is a side's result in a line: the outcome, a sign an attempt, the counts.
func (s *Screen) cameTo(r *result, signs int, short bool) string {
	t, run := s.env.Theme, s.run()
	if !attempted(run) {
		return t.Faint.Render("not run")
	}
	style := t.Warn
	switch r.Outcome {
	case reproduce.OutcomeReproduced:
		style = t.Seen
	case reproduce.OutcomeNotReproduced:
		style = t.NotSeen
	case reproduce.OutcomeError:
		style = t.Error
	}
	outcome, counts, why, note := style.Render(string(r.Outcome)), "", "", ""
	if len(r.Readings) > 0 {
		counts = strip(t, r.Readings, signs) + " " + tally(r.Readings)
	}
	if r.Side.Err != nil {
		why = safe.Line("✕ " + stepWords(r.Side.Err.Step) + ": " + r.Side.Err.Message).String()
	}
	if text := run.SourceNote(r.Side, s.env.Now()); text != "" {
		note = t.Faint.Render(safe.Line(text).String())
	}
	if short {
		return joined(counts, outcome, why, note)
	}
	return joined(outcome, counts, note, why)
}

// steps are the steps of a side that are over, with their times.
func (s *Screen) steps(side *runs.Side) string {
	var parts []string
	for _, one := range side.Steps {
		if one.Ended.IsZero() {
			continue // it is what the side is at
		}
		sign := "✓"
		if one.Err != nil {
			sign = "✕"
		}
		parts = append(parts, fmt.Sprintf("%s %s %s", sign, stepWords(one.Step), widget.Took(one.Ended.Sub(one.Began))))
	}
	return safe.Line(strings.Join(parts, " · ")).String()
}
