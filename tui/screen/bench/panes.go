package bench

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// leastPane is the least height of a pane, its title included, at which panes
// below each other still tell something.
const leastPane = 4

// output draws the sides' panes in so many lines.
func (s *Screen) output(h int) []string {
	n := len(s.panes)
	switch {
	case n == 0:
		return []string{s.env.Theme.Faint.Render("There is no side.")}
	case s.full || n == 1 || s.w < beside && h < n*leastPane:
		return s.drawPane(s.focus, s.w, h)
	case s.w >= beside:
		return s.sideBySide(func(i, w int) []string { return s.drawPane(i, w, h) })
	}
	var lines []string
	for i := range s.panes {
		lines = append(lines, s.drawPane(i, s.w, (h-len(lines))/(n-i))...)
	}
	return lines
}

// sideBySide draws the sides next to each other.
func (s *Screen) sideBySide(draw func(i, w int) []string) []string {
	n := len(s.panes)
	left := s.w - (n - 1)
	var lines []string
	for i := range n {
		w := left / (n - i)
		left -= w
		block := draw(i, w)
		for j := range block {
			block[j] = widget.Fit(block[j], w)
		}
		if i == 0 {
			lines = block
			continue
		}
		lines = widget.Beside(lines, block, s.env.Theme.Border.Render("│"))
	}
	return lines
}

// drawPane draws a side's output below its title: h lines.
func (s *Screen) drawPane(i, w, h int) []string {
	p := s.panes[i]
	p.SetSize(w, max(1, h-1))
	view := p.View()
	if first, end := s.live.Sides[i].Log.Range(); first == end {
		text := "Nothing was printed."
		if s.running() {
			text = "No output yet."
		}
		view[0] = widget.Fit("  "+s.env.Theme.Faint.Render(text), w)
	}
	return append([]string{s.paneTitle(i, w)}, view...)[:max(1, h)]
}

// paneTitle names a pane and says where in the output it is.
func (s *Screen) paneTitle(i, w int) string {
	t, side, p := s.env.Theme, s.live.Sides[i], s.panes[i]
	style, lead := t.Border, "── "
	if i == s.focus {
		style, lead = t.Active, "▸─ "
	}
	parts := []string{safe.Line(side.Target.Title()).String()}
	at, of := p.Position()
	switch fresh := p.New(); {
	case p.Held() && s.running():
		parts = append(parts, "paused, "+widget.Count(fresh, "new line"))
	case p.Following() && s.running():
		parts = append(parts, "following")
	case of == 0:
	case p.Following():
		parts = append(parts, widget.Count(of, "line"))
	case fresh > 0:
		parts = append(parts, fmt.Sprintf("line %s of %s, %s new", widget.Thousands(at), widget.Thousands(of), widget.Thousands(fresh)))
	default:
		parts = append(parts, fmt.Sprintf("line %s of %s", widget.Thousands(at), widget.Thousands(of)))
	}
	if m := p.Match(); m > 0 {
		parts = append(parts, "match in line "+widget.Thousands(m))
	}
	if side.Dropped > 0 {
		parts = append(parts, widget.Count(side.Dropped, "line")+" dropped")
	}
	if first, _ := side.Log.Range(); first > 0 {
		parts = append(parts, widget.Count(first, "older line")+" dropped")
	}
	text := lead + strings.Join(parts, " ─ ") + " "
	return style.Render(widget.Fit(text+strings.Repeat("─", max(0, w-ansi.StringWidth(text))), w))
}
