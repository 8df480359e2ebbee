package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/tracker/safe"
)

// Write writes records in a format. Text is cleaned: tables are of one line a
// record, hold no control characters and no formulas; JSON keeps its meaning
// and escapes them.
func Write(w io.Writer, format Format, records []Record) error {
	out := bufio.NewWriter(w)
	if err := write(out, format, records); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return nil
}

func write(w io.Writer, format Format, records []Record) error {
	switch format {
	case CSV:
		return writeCSV(w, records)
	case TSV:
		return writeTable(w, records, "", "\t", "\n", tableCell)
	case Markdown:
		return writeTable(w, records, "| ", " | ", " |\n", markdownCell)
	case JSON:
		return writeJSON(w, records)
	case JSONL:
		return writeJSONL(w, records)
	}
	return fmt.Errorf("the format is not known; use one of %v", Formats())
}

// tableCell is one line that no spreadsheet takes for a formula.
func tableCell(_, s string) string { return safe.Formula(safe.Cell(s)) }

func writeCSV(w io.Writer, records []Record) error {
	out := csv.NewWriter(w)
	if err := out.Write(Columns()); err != nil {
		return err
	}
	for i := range records {
		if err := out.Write(records[i].cells(tableCell)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeTable writes rows of cells that cannot hold what parts them.
func writeTable(w io.Writer, records []Record, open, between, end string, clean func(column, value string) string) error {
	row := func(cells []string) error {
		_, err := io.WriteString(w, open+strings.Join(cells, between)+end)
		return err
	}
	if err := row(Columns()); err != nil {
		return err
	}
	if open != "" { // Markdown's line below the heading
		if err := row(strings.Split(strings.Repeat("--- ", len(Columns())-1)+"---", " ")); err != nil {
			return err
		}
	}
	for i := range records {
		if err := row(records[i].cells(clean)); err != nil {
			return err
		}
	}
	return nil
}

// markdownCell keeps text from being markup: tables, links, images, HTML,
// mentions (these are sought in the rendered text, so that an entity would not
// do). In an address only percent signs keep it an address.
func markdownCell(column, s string) string {
	s = safe.Cell(s)
	if column == "url" || column == "patch_url" {
		return strings.NewReplacer(" ", "%20", "|", "%7C", "<", "%3C", ">", "%3E", "`", "%60", `\`, "%5C", "[", "%5B", "]", "%5D").Replace(s)
	}
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "~", `\~`,
		"@", "@<!-- -->").Replace(s)
}

func writeJSON(w io.Writer, records []Record) error {
	before := "[\n"
	for i := range records {
		object, err := records[i].object()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%s", before, object); err != nil {
			return err
		}
		before = ",\n"
	}
	end := "\n]\n"
	if len(records) == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}

func writeJSONL(w io.Writer, records []Record) error {
	for i := range records {
		object, err := records[i].object()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", object); err != nil {
			return err
		}
	}
	return nil
}

// object is a record as JSON, with the columns in their order, null where
// nothing is known yet, as in list --json, and no control characters that a
// terminal would act on.
func (r *Record) object() ([]byte, error) {
	always := []string{"id", "url", "title", "release", "package", "status", "note"}
	cells := r.cells(nil)
	out := []byte{'{'}
	for i, name := range Columns() {
		var cell any = cells[i]
		if cell == "" && !slices.Contains(always, name) {
			cell = nil
		}
		value, err := json.Marshal(cell)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, "%q:%s", name, value)
	}
	return safe.JSON(append(out, '}')), nil
}
