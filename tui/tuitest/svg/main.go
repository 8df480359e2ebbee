// Command svg draws a terminal's screen, as tmux capture-pane -e gives it, as
// an SVG picture: for the README. It is no part of the program.
//
// usage: svg COLUMNS <screen >picture.svg
package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The size of a cell and the colours of a dark terminal.
const (
	cellW, cellH = 8.4, 18
	pad          = 12
	background   = "#16181d"
	foreground   = "#d7dae0"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "svg: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: svg COLUMNS <screen >picture.svg")
	}
	columns, err := strconv.Atoi(args[0])
	if err != nil || columns < 1 {
		return fmt.Errorf("%q is no number of columns", args[0])
	}
	data, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read the screen: %w", err)
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	w := bufio.NewWriter(out)
	width, height := float64(columns)*cellW+2*pad, float64(len(lines))*cellH+2*pad
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="14">`+"\n",
		width, height, width, height)
	fmt.Fprintf(w, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", background)
	var s style
	for i, line := range lines {
		s = drawLine(w, line, pad+float64(i)*cellH, s)
	}
	fmt.Fprintln(w, "</svg>")
	return w.Flush()
}

// style is what SGR sequences have set.
type style struct {
	fg, bg                           string
	bold, faint, underline, inverted bool
}

// drawLine draws runs of one style, each stretched to its cells so that columns
// stay straight in any font.
func drawLine(w io.Writer, line string, y float64, s style) style {
	x := 0
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			n := ansi.StringWidth(text.String())
			drawRun(w, text.String(), x, n, y, s)
			x += n
			text.Reset()
		}
	}
	for len(line) > 0 {
		if rest, ok := strings.CutPrefix(line, "\x1b["); ok {
			if end := strings.IndexByte(rest, 'm'); end >= 0 {
				flush()
				s = s.after(rest[:end])
				line = rest[end+1:]
				continue
			}
		}
		cluster, _ := ansi.FirstGraphemeCluster(line, ansi.GraphemeWidth)
		text.WriteString(cluster)
		line = line[len(cluster):]
	}
	flush()
	return s
}

func drawRun(w io.Writer, text string, x, n int, y float64, s style) {
	fg, bg := s.fg, s.bg
	if fg == "" {
		fg = foreground
	}
	if s.inverted {
		if bg == "" {
			bg = background
		}
		fg, bg = bg, fg
	}
	left, width := pad+float64(x)*cellW, float64(n)*cellW
	if bg != "" {
		fmt.Fprintf(w, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s"/>`+"\n", left, y, width, cellH, bg)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	more := ""
	if s.bold {
		more += ` font-weight="bold"`
	}
	if s.faint {
		more += ` opacity="0.6"`
	}
	if s.underline {
		more += ` text-decoration="underline"`
	}
	fmt.Fprintf(w, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s" xml:space="preserve"%s>%s</text>`+"\n",
		left, y+cellH-5, width, fg, more, html.EscapeString(text))
}

// after is the style after an SGR sequence's numbers.
func (s style) after(numbers string) style {
	palette := []string{"#3b4048", "#e06c75", "#98c379", "#d19a66", "#61afef", "#c678dd", "#56b6c2", "#abb2bf",
		"#5c6370", "#ff7b86", "#b5e890", "#f0c674", "#82c7ff", "#df9bf5", "#7fdbe6", "#ffffff"}
	for _, number := range strings.Split(numbers, ";") {
		n, err := strconv.Atoi(number)
		switch {
		case err != nil || n == 0:
			s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.faint = true
		case n == 4:
			s.underline = true
		case n == 7:
			s.inverted = true
		case n == 22:
			s.bold, s.faint = false, false
		case n == 24:
			s.underline = false
		case n == 27:
			s.inverted = false
		case n >= 30 && n <= 37:
			s.fg = palette[n-30]
		case n == 39:
			s.fg = ""
		case n >= 40 && n <= 47:
			s.bg = palette[n-40]
		case n == 49:
			s.bg = ""
		case n >= 90 && n <= 97:
			s.fg = palette[n-82]
		}
	}
	return s
}
