package markdown

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
)

// grid is a table that is drawn.
type grid struct {
	r          *renderer
	alignments []east.Alignment
	rows       [][]*flow.Text // the first is the header
	widths     []int          // of the columns
	wrapped    bool           // some cell has several lines
}

const (
	between = 3  // cells between two columns
	narrow  = 10 // cells that a column needs where it cannot have what it wants
)

// table draws a table in columns, or as a list where the columns would be too
// narrow to be read.
func (r *renderer) table(n *east.Table) {
	g := &grid{r: r, alignments: n.Alignments, widths: make([]int, len(n.Alignments))}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []*flow.Text
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, g.cell(cell, row == n.FirstChild()))
		}
		g.rows = append(g.rows, cells)
	}
	for _, row := range g.rows {
		for i, cell := range row {
			g.widths[i] = max(g.widths[i], cell.Width(), 1)
		}
	}
	if !g.fit(r.room() - between*(len(g.widths)-1)) {
		g.list()
		return
	}
	g.draw()
}

func (g *grid) cell(n ast.Node, header bool) *flow.Text {
	c := g.r.inline()
	c.cell = true
	if header {
		c.look |= strong
	}
	c.children(n)
	return c.text(g.r.inks)
}

// fit shares the room among the columns: those that want less than their share
// leave the rest to the others. It fails if a share is too narrow.
func (g *grid) fit(room int) bool {
	order := make([]int, len(g.widths))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return g.widths[a] - g.widths[b] })
	for k, i := range order {
		share := room / (len(order) - k)
		if g.widths[i] > share {
			if share < narrow {
				return false
			}
			g.widths[i], g.wrapped = share, true
		}
		room -= g.widths[i]
	}
	return true
}

func (g *grid) draw() {
	for i, row := range g.rows {
		if i == 1 || i > 1 && g.wrapped {
			g.rule()
		}
		g.row(row)
	}
	if len(g.rows) == 1 {
		g.rule()
	}
}

// row draws a row, of as many lines as its highest cell has.
func (g *grid) row(row []*flow.Text) {
	columns := make([][]string, len(row))
	height := 0
	for i, cell := range row {
		columns[i] = cell.Lines(nil, flow.Margin{}, g.widths[i], flow.Words)
		height = max(height, len(columns[i]))
	}
	bar := g.r.inks.of(faint).Paint(safe.Line("│"))
	for n := range height {
		var line strings.Builder
		for i, column := range columns {
			if i > 0 {
				line.WriteString(" " + bar + " ")
			}
			text := ""
			if n < len(column) {
				text = column[n]
			}
			line.WriteString(align(text, g.widths[i], g.alignments[i]))
		}
		g.r.putLine(line.String())
	}
}

func (g *grid) rule() {
	var parts []string
	for _, width := range g.widths {
		parts = append(parts, strings.Repeat("─", width))
	}
	g.r.putLine(g.r.inks.of(faint).Paint(safe.Block(strings.Join(parts, "─┼─"))))
}

func align(s string, width int, how east.Alignment) string {
	left, right := 0, max(0, width-ansi.StringWidth(s))
	switch how {
	case east.AlignRight:
		left, right = right, 0
	case east.AlignCenter:
		left = right / 2
		right -= left
	}
	return strings.Repeat(" ", left) + s + strings.Repeat(" ", right)
}

// list draws every row as lines of a column's title and the cell.
func (g *grid) list() {
	for i, row := range g.rows {
		if i == 0 && len(g.rows) > 1 {
			continue
		}
		if i > 1 {
			g.r.gap = true
		}
		for j, cell := range row {
			line := &flow.Text{}
			if len(g.rows) > 1 {
				line.Join(g.rows[0][j])
				line.Add(g.r.inks.of(strong|g.r.look), safe.Line(": "))
			}
			line.Join(cell)
			g.r.put(line, flow.Margin{Rest: "  "}, flow.Words)
		}
	}
}
