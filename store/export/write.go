package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/almatriage/almatriage/tracker/safe"
)

// Writer writes records in a format, one after the other. Text is cleaned:
// tables are of one line a record, hold no control characters and no formulas;
// JSON keeps its meaning and escapes them.
type Writer struct {
	format  Format
	out     *bufio.Writer
	columns []column
	rows    rows
	cells   []string // of the record that is written
}

// rows writes the rows of a format; texts come raw.
type rows interface {
	begin() error
	row(cells []string) error
	end() error
}

// buffered is how much is written at once, in bytes.
const buffered = 64 << 10

// NewWriter begins an export with these columns, in their order; without any it
// is all. An unknown format or column is an error.
func NewWriter(w io.Writer, format Format, fields ...string) (*Writer, error) {
	chosen, err := choose(fields)
	if err != nil {
		return nil, err
	}
	out := &Writer{format: format, out: bufio.NewWriterSize(w, buffered), columns: chosen, cells: make([]string, len(chosen))}
	switch format {
	case CSV:
		out.rows = &csvRows{out: csv.NewWriter(out.out), names: names(chosen)}
	case TSV:
		out.rows = &tableRows{out: out.out, names: names(chosen), between: "\t", after: "\n", clean: tableCell}
	case Markdown:
		out.rows = &tableRows{out: out.out, names: names(chosen), open: "| ", between: " | ", after: " |\n", clean: markdownCell}
	case JSON:
		out.rows = &jsonRows{out: out.out, columns: chosen, array: true}
	case JSONL:
		out.rows = &jsonRows{out: out.out, columns: chosen}
	default:
		return nil, out.explain(fmt.Errorf("the format is not known; use one of %v", Formats()))
	}
	return out, out.explain(out.rows.begin())
}

// Write writes a record.
func (w *Writer) Write(r *Record) error {
	for i := range w.columns {
		w.cells[i] = w.columns[i].text(r)
	}
	return w.explain(w.rows.row(w.cells))
}

// Close ends the export; what it was written to stays open.
func (w *Writer) Close() error {
	if err := w.rows.end(); err != nil {
		return w.explain(err)
	}
	return w.explain(w.out.Flush())
}

func (w *Writer) explain(err error) error {
	if err != nil {
		return fmt.Errorf("write %s: %w", w.format, err)
	}
	return nil
}

// Write writes records in a format, with all columns.
func Write(w io.Writer, format Format, records []Record) error {
	out, err := NewWriter(w, format)
	if err != nil {
		return err
	}
	for i := range records {
		if err := out.Write(&records[i]); err != nil {
			return err
		}
	}
	return out.Close()
}

// tableCell is one line that no spreadsheet takes for a formula.
func tableCell(_, s string) string { return safe.Formula(safe.Cell(s)) }

type csvRows struct {
	out   *csv.Writer
	names []string
}

func (c *csvRows) begin() error { return c.out.Write(c.names) }

func (c *csvRows) row(cells []string) error {
	for i := range cells {
		cells[i] = tableCell("", cells[i])
	}
	return c.out.Write(cells)
}

func (c *csvRows) end() error {
	c.out.Flush()
	return c.out.Error()
}

// tableRows are rows of cells that cannot hold what parts them.
type tableRows struct {
	out                  *bufio.Writer
	names                []string
	open, between, after string
	clean                func(column, value string) string
}

func (t *tableRows) begin() error {
	if err := t.write(t.names); err != nil || t.open == "" {
		return err
	}
	below := make([]string, len(t.names)) // Markdown's line below the heading
	for i := range below {
		below[i] = "---"
	}
	return t.write(below)
}

func (t *tableRows) row(cells []string) error {
	for i := range cells {
		cells[i] = t.clean(t.names[i], cells[i])
	}
	return t.write(cells)
}

func (t *tableRows) write(cells []string) error {
	_, err := t.out.WriteString(t.open + strings.Join(cells, t.between) + t.after)
	return err
}

func (t *tableRows) end() error { return nil }

// What Markdown takes for markup, and what an address of it cannot hold.
var (
	markup = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`,
		"@", "@<!-- -->")
	address = strings.NewReplacer(" ", "%20", "|", "%7C", "<", "%3C", ">", "%3E", "`", "%60", `\`, "%5C", "[", "%5B", "]", "%5D")
)

// markdownCell keeps text from being markup: tables, links, images, HTML,
// mentions (these are sought in the rendered text, so that an entity would not
// do). In an address only percent signs keep it an address; what is none there
// is text.
func markdownCell(column, s string) string {
	s = safe.Cell(s)
	if column == "url" || column == "patch_url" {
		if link := address.Replace(s); isURL(link) {
			return link
		}
	}
	return markup.Replace(s)
}

func isURL(s string) bool {
	_, ok := safe.URL(s)
	return ok
}

// jsonRows are objects with the columns in their order, null where nothing is
// known yet, as in list --json, and no control characters that a terminal would
// act on.
type jsonRows struct {
	out     *bufio.Writer
	columns []column
	array   bool
	some    bool   // a row was written
	line    []byte // of the row that is written
}

func (j *jsonRows) begin() error { return nil }

func (j *jsonRows) row(cells []string) error {
	line := j.line[:0]
	switch {
	case j.array && j.some:
		line = append(line, ",\n"...)
	case j.array:
		line = append(line, "[\n"...)
	}
	open := byte('{')
	for i := range cells {
		line = append(append(append(line, open, '"'), j.columns[i].name...), `":`...)
		if cells[i] == "" && !j.columns[i].always {
			line = append(line, "null"...)
		} else {
			var err error
			if line, err = appendString(line, cells[i]); err != nil {
				return err
			}
		}
		open = ','
	}
	line = append(line, '}')
	if !j.array {
		line = append(line, '\n')
	}
	j.line, j.some = line, true
	_, err := j.out.Write(line)
	return err
}

func (j *jsonRows) end() (err error) {
	switch {
	case j.array && j.some:
		_, err = j.out.WriteString("\n]\n")
	case j.array:
		_, err = j.out.WriteString("[]\n")
	}
	return err
}

// appendString appends a text as JSON. Most are plain ASCII and stand as they
// are.
func appendString(line []byte, s string) ([]byte, error) {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			value, err := json.Marshal(s)
			return append(line, safe.JSON(value)...), err
		}
	}
	return append(append(append(line, '"'), s...), '"'), nil
}
