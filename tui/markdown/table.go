package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// maxCells bounds a table: short rows are filled up, so that a small text could
// make a very large one. What is larger is shown as it was written.
const maxCells = 5000

// tables makes tables of paragraphs that have a delimiter row.
type tables struct{}

func (tables) Transform(node *ast.Paragraph, reader text.Reader, _ parser.Context) {
	lines, source := node.Lines(), reader.Source()
	for i := 1; i < lines.Len(); i++ {
		alignments := alignmentsOf(row(source, lines.At(i)), source)
		if alignments == nil {
			continue
		}
		header := row(source, lines.At(i-1))
		if len(header) != len(alignments) || len(alignments)*(lines.Len()-i) > maxCells {
			return
		}
		table := east.NewTable()
		table.Alignments = alignments
		for j := i - 1; j < lines.Len(); j++ {
			if j != i {
				table.AppendChild(table, newRow(row(source, lines.At(j)), alignments))
			}
		}
		replace(node, table, i-1)
		return
	}
}

// replace puts a table in the place of the lines of a paragraph from the n-th.
func replace(node *ast.Paragraph, table ast.Node, n int) {
	parent := node.Parent()
	if n == 0 {
		parent.ReplaceChild(parent, node, table)
		return
	}
	parent.InsertAfter(parent, node, table)
	node.Lines().SetSliced(0, n)
	last := node.Lines().At(n - 1)
	last.Stop-- // the line break
	node.Lines().Set(n-1, last)
}

// row is the cells of a line.
func row(source []byte, line text.Segment) []text.Segment {
	line = trimmed(line, source)
	value := source[line.Start:line.Stop]
	if bytes.IndexByte(value, '|') < 0 {
		return []text.Segment{line}
	}
	end := len(value)
	if value[end-1] == '|' && !escaped(value, end-1) {
		end--
	}
	var cells []text.Segment
	start := 0
	if value[0] == '|' {
		start = 1
	}
	for i := start; i <= end; i++ {
		if i == end || value[i] == '|' && !escaped(value, i) {
			cells = append(cells, trimmed(text.NewSegment(line.Start+start, line.Start+i), source))
			start = i + 1
		}
	}
	return cells
}

func trimmed(s text.Segment, source []byte) text.Segment {
	s = s.TrimLeftSpace(source)
	return s.TrimRightSpace(source)
}

// escaped tells whether the character at i follows a backslash.
func escaped(b []byte, i int) bool { return i > 0 && b[i-1] == '\\' }

// alignmentsOf reads a delimiter row, nil if it is none. One column needs a
// pipe or a colon: three hyphens are a heading or a rule.
func alignmentsOf(cells []text.Segment, source []byte) []east.Alignment {
	var list []east.Alignment
	for _, cell := range cells {
		value := source[cell.Start:cell.Stop]
		inner := bytes.TrimSuffix(bytes.TrimPrefix(value, []byte(":")), []byte(":"))
		if len(inner) == 0 || len(bytes.Trim(inner, "-")) > 0 {
			return nil
		}
		left, right := value[0] == ':', value[len(value)-1] == ':'
		switch {
		case left && right:
			list = append(list, east.AlignCenter)
		case left:
			list = append(list, east.AlignLeft)
		case right:
			list = append(list, east.AlignRight)
		default:
			list = append(list, east.AlignNone)
		}
	}
	return list
}

// newRow makes a row of as many cells as there are columns.
func newRow(cells []text.Segment, alignments []east.Alignment) ast.Node {
	r := east.NewTableRow(alignments)
	for i, alignment := range alignments {
		cell := east.NewTableCell()
		cell.Alignment = alignment
		if i < len(cells) && cells[i].Len() > 0 {
			cell.Lines().Append(cells[i])
		}
		r.AppendChild(r, cell)
	}
	return r
}
