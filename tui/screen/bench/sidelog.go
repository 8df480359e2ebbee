package bench

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// sideLog is a side's log as it is shown.
type sideLog struct {
	theme *theme.Theme
	log   *runs.Ring
}

// Range implements widget.LogSource.
func (s *sideLog) Range() (first, end int) { return s.log.Range() }

// Line implements widget.LogSource.
func (s *sideLog) Line(n int) widget.Entry {
	l, t := s.log.At(n), s.theme
	if l.Kind == runs.LineOutput {
		e := widget.Entry{Text: safe.Log(clip(l.Text)), Style: t.Text}
		switch l.Stream {
		case reproduce.Stderr:
			e.Sign = "!"
		case reproduce.Trace:
			e.Style = t.Faint
		}
		return e
	}
	e := widget.Entry{Text: safe.Line(heading(l)), Style: t.Title, Prose: true}
	switch l.Kind {
	case runs.LineReading:
		e.Style = styleOf(t, l.Said)
	case runs.LineFailed:
		e.Style = t.Error
	case runs.LineLost:
		e.Style = t.Warn
	}
	return e
}

// Plain implements widget.LogSource.
func (s *sideLog) Plain(n int) string {
	if l := s.log.At(n); l.Kind == runs.LineOutput {
		return plain(l.Text)
	}
	return s.Line(n).Text.String()
}

// shownMost is how many bytes of a line are shown: to clean and measure a
// screen full of lines of 16 KiB takes longer than a frame may. All that is
// kept of a line can be copied.
const shownMost = 4 << 10

// clip shortens a line to what is shown of it.
func clip(raw string) string {
	if len(raw) <= shownMost {
		return raw
	}
	end := shownMost
	for end > shownMost-utf8.UTFMax && !utf8.RuneStart(raw[end]) {
		end--
	}
	return raw[:end] + "…"
}

// plain is a line of output as it is shown, without its colours. What most
// lines are, ASCII and well-formed colours, is read in one go: a search goes
// through ten thousand.
func plain(raw string) string {
	raw = clip(raw)
	var b []byte
	from := 0 // what is not in b yet
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c >= ' ' && c <= '~':
		case c == '\x1b' && i+1 < len(raw) && raw[i+1] == '[':
			end := i + 2
			for end < len(raw) && (raw[end] >= '0' && raw[end] <= '9' || raw[end] == ';') {
				end++
			}
			if end == len(raw) || raw[end] != 'm' {
				return ansi.Strip(safe.Log(raw).String())
			}
			b = append(b, raw[from:i]...)
			from, i = end+1, end
		default:
			return ansi.Strip(safe.Log(raw).String())
		}
	}
	if from == 0 {
		return raw
	}
	return string(append(b, raw[from:]...))
}

// heading is what the run says of itself between the lines of output.
func heading(l runs.Line) string {
	what := ""
	if l.Control {
		what = "control: "
	}
	switch l.Kind {
	case runs.LineStep:
		return "── " + what + strings.TrimSpace(stepWords(l.Step)+" "+extra(l.Text))
	case runs.LineAttempt:
		text := fmt.Sprintf("── %sattempt %d", what, l.Number)
		if l.Of >= l.Number {
			text += fmt.Sprintf(" of %d", l.Of)
		}
		if l.Text != "" {
			text += " (" + l.Text + ")"
		}
		return text
	case runs.LineReading:
		text := signOf(l.Said) + " " + what + wordOf(l.Said)
		if l.Text != "" && l.Text != wordOf(l.Said) {
			text += ": " + l.Text
		}
		return text
	case runs.LineCached:
		return fmt.Sprintf("── %s%s of earlier runs, the first %s", what, widget.Count(l.Number, "attempt"), l.Text)
	case runs.LineLost:
		if l.Text != "" {
			return "… " + l.Text
		}
		return fmt.Sprintf("… %s dropped: they came faster than a screen can show them", widget.Count(l.Number, "line"))
	case runs.LineFailed:
		return "✕ " + what + stepWords(l.Step) + ": " + l.Text
	}
	return l.Text
}

// plainLine is a line of a log for the clipboard: what is not output stands
// behind a # as comments do.
func plainLine(l runs.Line) string {
	if l.Kind == runs.LineOutput {
		return strings.ReplaceAll(safe.Block(l.Text).String(), "\n", " ")
	}
	return "# " + strings.TrimPrefix(safe.Line(heading(l)).String(), "── ")
}

// extra is what a step says besides its name.
func extra(text string) string { return strings.TrimPrefix(text, "pulling ") }

// stepWords says what a step does.
func stepWords(step reproduce.Step) string {
	if words, ok := map[reproduce.Step]string{reproduce.StepResolve: "pulling", reproduce.StepBase: "upgrading the base", reproduce.StepPrepare: "the recipe's script",
		reproduce.StepRequire: "installing packages", reproduce.StepPrint: "taking the fingerprint", reproduce.StepControl: "installing the other side's version",
		reproduce.StepSyntax: "checking the syntax", reproduce.StepPrecheck: "the check before the test", reproduce.StepTest: "the test"}[step]; ok {
		return words
	}
	return string(step)
}

// wordOf is what an attempt says, in words.
func wordOf(kind reproduce.ReadingKind) string {
	switch kind {
	case reproduce.NotSeen:
		return "not seen"
	case reproduce.CannotTell:
		return "cannot tell"
	}
	return string(kind)
}

// signOf is what an attempt says, in a cell.
func signOf(kind reproduce.ReadingKind) string {
	switch kind {
	case reproduce.Seen:
		return "●"
	case reproduce.NotSeen:
		return "○"
	case reproduce.CannotTell:
		return "?"
	case reproduce.Failed:
		return "✕"
	}
	return "–"
}

func styleOf(t *theme.Theme, kind reproduce.ReadingKind) lipgloss.Style {
	switch kind {
	case reproduce.Seen:
		return t.Seen
	case reproduce.NotSeen:
		return t.NotSeen
	case reproduce.Failed:
		return t.Error
	}
	return t.Warn
}

// strip draws the last attempts of a side, a sign each.
func strip(t *theme.Theme, readings []reproduce.Reading, most int) string {
	var b strings.Builder
	if more := len(readings) - max(1, most); more > 0 {
		b.WriteString("…")
		readings = readings[more+1:]
	}
	for _, r := range readings {
		b.WriteString(styleOf(t, r.Kind).Render(signOf(r.Kind)))
	}
	return b.String()
}

// tally says the same in words: "seen 2 of 5, 1 error".
func tally(readings []reproduce.Reading) string {
	t := reproduce.Count(readings)
	var parts []string
	if t.Valid > 0 {
		parts = append(parts, fmt.Sprintf("seen %d of %d", t.Seen, t.Valid))
	}
	if t.CannotTell > 0 {
		parts = append(parts, fmt.Sprintf("%d cannot tell", t.CannotTell))
	}
	if t.Errors > 0 {
		parts = append(parts, widget.Count(t.Errors, "error"))
	}
	if n := len(readings) - t.Valid - t.CannotTell - t.Errors; n > 0 {
		parts = append(parts, fmt.Sprintf("%d interrupted", n))
	}
	return strings.Join(parts, ", ")
}
