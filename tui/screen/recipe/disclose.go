package recipe

import (
	"fmt"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// The bounds of what a person is asked to read and accept here. Nobody reads
// more; the command line accepts it.
const (
	readLines = 2000
	readBytes = 128 << 10
)

// surroundings are where a recipe runs and what bounds it.
type surroundings struct {
	targets []reproduce.Target
	// noTargets tells why they are not known, noLimits why the limits are not.
	noTargets, noLimits error
	limits              reproduce.Limits
	timeout, budget     time.Duration
}

// surroundingsOf finds out where a recipe would run. It may ask podman.
func surroundingsOf(env *screen.Env, release string, now time.Time) (s surroundings) {
	s.targets, s.noTargets = env.Targets.ForRelease(release, now)
	lab, err := env.Runs.Lab()
	if err != nil {
		s.noLimits = err
		return s
	}
	s.limits, s.timeout, s.budget = lab.Limits, lab.Timeout, lab.Budget
	return s
}

// disclosure is all that a person accepts, in rows.
type disclosure struct {
	rows []string
	// odd is how many characters were not what they seem.
	odd int
	// tooLong tells why it cannot be read here, nil if it can.
	tooLong error
}

// disclose draws what a recipe executes, where, and what it may reach. at is
// nil while that is being found out.
func disclose(t *theme.Theme, recipe *reproduce.Recipe, at *surroundings, w int) disclosure {
	parts := recipe.Discloses()
	lines, bytes := 0, 0
	for _, part := range parts {
		lines, bytes = lines+strings.Count(part.Text, "\n")+1, bytes+len(part.Text)
	}
	if lines > readLines || bytes > readBytes {
		return disclosure{tooLong: fmt.Errorf("it has %d lines and %d KiB, which is too much to be read here", lines, bytes>>10)}
	}
	all := widget.NewRevealer(widget.InksOf(t)) // one count for all parts
	var rows []string
	for _, part := range parts {
		rows = append(rows, disclosePart(t, all, part, w)...)
	}
	rows = append(rows, where(t, at, w)...)
	rows = append(rows, limits(t, recipe, at, w)...)
	head := warn(t, all.Warnings(), w)
	return disclosure{rows: append(head, rows...), odd: all.Odd()}
}

// disclosePart draws a part: its title, and its text with the numbers of the
// lines, so that none can hide behind empty ones.
func disclosePart(t *theme.Theme, all *widget.Revealer, part reproduce.Part, w int) []string {
	rows := widget.Wrap(widget.Render(all.Line(part.Title, all.Title, 0)), w)
	if widget.Plain(part.Title) == len(part.Title) {
		rows = widget.Paragraph(t.Title, "", clean(part.Title), w)
	}
	if part.Text == "" {
		return append(rows, "")
	}
	lines := strings.Split(strings.TrimSuffix(part.Text, "\n"), "\n")
	n := newNumbered(all, w, len(lines))
	for i, line := range lines {
		n.put(i+1, all.Line(line, all.Text, 0))
	}
	return append(append(rows, n.rows...), "")
}

// where draws the targets and their images.
func where(t *theme.Theme, at *surroundings, w int) []string {
	rows := []string{t.Title.Render("Where:")}
	switch {
	case at == nil:
		return append(rows, "  …", "")
	case at.noTargets != nil:
		return append(append(rows, widget.Paragraph(t.Warn, "  ", safe.Line(at.noTargets.Error()).String(), w)...), "")
	}
	for _, target := range at.targets {
		line := fmt.Sprintf("%-18s %s", safe.Line(target.Title()), safe.Line(target.Image))
		rows = append(rows, widget.Wrap("  "+line, w)...)
	}
	return append(rows, "")
}

// limits draws what bounds an attempt and a run.
func limits(t *theme.Theme, recipe *reproduce.Recipe, at *surroundings, w int) []string {
	rows := []string{t.Title.Render("At most:")}
	switch {
	case at == nil:
		return append(rows, "  …")
	case at.noLimits != nil:
		return append(rows, widget.Paragraph(t.Warn, "  ", "not known: "+safe.Line(at.noLimits.Error()).String(), w)...)
	}
	timeout := at.timeout
	if recipe.Duration > 0 {
		timeout = recipe.Duration
	}
	var list []string
	add := func(format string, value any, zero bool) {
		if !zero {
			list = append(list, fmt.Sprintf(format, value))
		}
	}
	add("%s an attempt", widget.Took(timeout), timeout == 0)
	add("%s a run", widget.Took(at.budget), at.budget == 0)
	add("%s a side", widget.Count(recipe.Repeat, "attempt"), recipe.Repeat == 0)
	add("%s of memory", size(at.limits.Memory), at.limits.Memory == 0)
	if at.limits.CPUs == 1 {
		list = append(list, "1 core")
	} else {
		add("%g cores", at.limits.CPUs, at.limits.CPUs == 0)
	}
	add("%s", widget.Count(at.limits.Pids, "process"), at.limits.Pids == 0)
	add("%s written", size(at.limits.Disk), at.limits.Disk == 0)
	return append(rows, widget.Paragraph(t.Text, "  ", strings.Join(list, ", "), w)...)
}

// size is a number of bytes for people.
func size(n int64) string {
	const mib, gib = 1 << 20, 1 << 30
	if n >= gib {
		return fmt.Sprintf("%.4g GiB", float64(n)/gib)
	}
	return fmt.Sprintf("%.4g MiB", float64(n)/mib)
}
