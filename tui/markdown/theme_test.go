package markdown_test

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/almatriage/almatriage/tui/theme"
)

// coloured is the dark theme on a renderer that is told to colour, whatever it
// writes to.
func coloured() *theme.Theme {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	t := theme.New(theme.Dark)
	for _, s := range []*lipgloss.Style{&t.Text, &t.Bold, &t.Faint, &t.Title, &t.Accent, &t.Link, &t.Code, &t.Quote, &t.Match, &t.Marked} {
		*s = s.Renderer(r)
	}
	return t
}
