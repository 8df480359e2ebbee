package recipe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// numbered draws lines of a text with their numbers, folded to a width.
type numbered struct {
	*widget.Revealer
	w      int // of a row
	digits int // of the largest number
	rows   []string
}

func newNumbered(v *widget.Revealer, w, lines int) *numbered {
	return &numbered{Revealer: v, w: w, digits: max(2, len(fmt.Sprint(lines)))}
}

// put adds a line in rows: its number stands before the first.
func (n *numbered) put(number int, pieces []widget.Piece) {
	room := max(1, n.w-n.digits-2)
	for i, row := range widget.Wrap(widget.Render(pieces), room) {
		head := fmt.Sprintf("%*d  ", n.digits, number)
		if i > 0 {
			head = fmt.Sprintf("%*s  ", n.digits, "↳")
		}
		n.rows = append(n.rows, n.Faint.Paint(safe.Line(head))+row)
	}
}

// source draws a recipe's file: keys and comments stand out, every line has its
// number, and what cannot be seen is shown.
func source(t *theme.Theme, text string, w int) (rows, warnings []string) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	all := len(lines)
	for i, bytes := 0, 0; i < len(lines); i++ {
		if bytes += len(lines[i]); bytes > readBytes || i == readLines {
			lines = lines[:i]
		}
	}
	n := newNumbered(widget.NewRevealer(widget.InksOf(t)), w, len(lines))
	block := -1 // indentation of the key whose block the lines are in
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r") // fmf takes both line ends
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if block >= 0 && strings.TrimSpace(line) != "" && indent <= block {
			block = -1
		}
		n.put(i+1, n.styled(line, block >= 0))
		if block < 0 && opensBlock.MatchString(line) {
			block = indent
		}
	}
	if more := all - len(lines); more > 0 {
		n.rows = append(n.rows, "", t.Warn.Render(fmt.Sprintf("… and %s, too much to be shown", widget.Count(more, "more line"))))
	}
	return n.rows, n.Warnings()
}

var (
	// opensBlock is a line after which the lines further in are a text.
	opensBlock = regexp.MustCompile(`^ *(?:- )?[\w-]+: *[|>][-+0-9]* *(?:#.*)?$`)
	// keyed is a line that begins with a key.
	keyed = regexp.MustCompile(`^ *(?:- )*[\w-]+:(?: |$)`)
)

// styled is a line with its key or its comment in their styles; in a block
// there are comments only.
func (n *numbered) styled(line string, block bool) []widget.Piece {
	if strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
		return n.Line(line, n.Faint, 0)
	}
	key := keyed.FindString(line)
	if block || key == "" {
		return n.Line(line, n.Text, 0)
	}
	return append(n.Line(key, n.Key, 0), n.Line(line[len(key):], n.Text, len(key))...)
}

// notes are what a person must check, below a title.
func notes(t *theme.Theme, title string, list []string, w int) []string {
	if len(list) == 0 {
		return nil
	}
	rows := []string{"", t.Title.Render(title)}
	for _, note := range list {
		rows = append(rows, widget.Paragraph(t.Text, "• ", safe.Line(note).String(), w)...)
	}
	return rows
}

// recipeRows is all that is to be said of a recipe: its file, what is odd in
// it, and the files beside it.
func recipeRows(t *theme.Theme, r *reproduce.Recipe, w int) []string {
	rows, odd := source(t, fmf.Source(*r), w)
	return append(append(warn(t, odd, w), rows...), files(t, r.Files, w)...)
}

// files names what lies beside the recipe; acceptance shows all of it.
func files(t *theme.Theme, list []reproduce.File, w int) []string {
	var names []string
	for _, f := range list {
		names = append(names, f.Path+", "+widget.Count(len(f.Data), "byte"))
	}
	return notes(t, "Files beside it:", names, w)
}

// warn draws warnings above what they are about.
func warn(t *theme.Theme, warnings []string, w int) []string {
	var rows []string
	for _, text := range warnings {
		rows = append(rows, widget.Paragraph(t.Warn.Bold(true), "! ", text, w)...)
	}
	if len(rows) > 0 {
		rows = append(rows, "")
	}
	return rows
}
