package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"
	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/tracker/safe"
)

// safeLine cleans a message, line by line: errors quote what others wrote.
func safeLine(s string) string { return safe.Block(s).String() }

// field is a column of a list: its name in JSON and its value.
type field[T any] struct {
	name  string
	value func(T) any
}

// format is how a command gives out data.
type format struct {
	json   bool
	fields []string // of a list
	jq     string
}

// listFlags adds --json FIELDS and --jq to a command that lists. Bare --json
// names the fields, as gh does.
func listFlags[T any](cmd *cobra.Command, f *format, all []field[T]) {
	cmd.Flags().StringSliceVar(&f.fields, "json", nil, "JSON with these `FIELDS`, joined by commas; without any: names them")
	cmd.Flags().StringVar(&f.jq, "jq", "", "filter the JSON by a jq `EXPRESSION`")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if strings.Contains(err.Error(), "needs an argument: --json") {
			return usage("--json needs fields, joined by commas: %s", strings.Join(names(all), ","))
		}
		return flagError(cmd, err)
	})
}

func names[T any](all []field[T]) []string {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.name
	}
	return names
}

// objectFlags adds --json and --jq to a command about one thing.
func objectFlags(cmd *cobra.Command, f *format) {
	cmd.Flags().BoolVar(&f.json, "json", false, "JSON, one object a line")
	cmd.Flags().StringVar(&f.jq, "jq", "", "filter the JSON by a jq `EXPRESSION`")
}

// whole refuses a filter without JSON.
func (f *format) whole() error {
	if f.jq != "" && !f.json {
		return usage("--jq needs --json")
	}
	return nil
}

// check refuses fields that do not exist and a filter without JSON.
func check[T any](cmd *cobra.Command, f *format, all []field[T]) error {
	f.json = cmd.Flags().Changed("json")
	if err := f.whole(); err != nil {
		return err
	}
	for _, name := range f.fields {
		if !slices.Contains(names(all), name) {
			return usage("unknown field %q: the fields are %s", name, strings.Join(names(all), ", "))
		}
	}
	return nil
}

// project makes the objects of a list, with the chosen fields in their order.
func project[T any](items []T, all []field[T], names []string) []json.Marshaler {
	objects := make([]json.Marshaler, 0, len(items))
	for _, item := range items {
		var o ordered
		for _, name := range names {
			i := slices.IndexFunc(all, func(f field[T]) bool { return f.name == name })
			o = append(o, member{name, all[i].value(item)})
		}
		objects = append(objects, o)
	}
	return objects
}

// ordered is a JSON object that keeps the order of its members.
type ordered []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := plainJSON(m.value)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", m.name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON is v without the escapes that are for web pages only.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// writeJSON writes one value a line, filtered if asked to. Nothing in it can act
// on a terminal, also on one that is at the end of a pipe.
func (a *app) writeJSON(value any, filter string) error {
	data, err := plainJSON(value)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if filter == "" {
		return a.writeLine(data)
	}
	return a.filterJSON(data, filter)
}

func (a *app) writeLine(data []byte) error {
	_, err := a.Out.Write(append(safe.JSON(data), '\n'))
	return err
}

// filterJSON runs a jq expression as gh does: strings are printed bare.
func (a *app) filterJSON(data []byte, filter string) error {
	parsed, err := gojq.Parse(filter)
	if err != nil {
		return usage("--jq: %w", err)
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("filter JSON: %w", err)
	}
	results := parsed.Run(numbers(value))
	for {
		result, more := results.Next()
		if !more {
			return nil
		}
		if err, failed := result.(error); failed {
			return usage("--jq: %w", err)
		}
		if text, ok := result.(string); ok {
			if a.OutTTY {
				text = safe.Block(text).String()
			}
			if _, err := fmt.Fprintln(a.Out, text); err != nil {
				return err
			}
			continue
		}
		line, err := gojq.Marshal(result)
		if err != nil {
			return fmt.Errorf("--jq: %w", err)
		}
		if err := a.writeLine(line); err != nil {
			return err
		}
	}
}

// numbers turns json.Number into what gojq computes with.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
		}
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = numbers(v[key])
		}
	}
	return v
}

// column is a column of a table.
type column[T any] struct {
	title string
	text  func(T) string
	// flexible columns give way when the terminal is narrow.
	flexible bool
}

// table writes a table on a terminal, and TSV without titles when piped.
func table[T any](a *app, items []T, columns []column[T]) error {
	var b strings.Builder
	if !a.OutTTY {
		for _, item := range items {
			for i, c := range columns {
				if i > 0 {
					b.WriteByte('\t')
				}
				b.WriteString(safe.Cell(c.text(item)))
			}
			b.WriteByte('\n')
		}
		_, err := fmt.Fprint(a.Out, b.String())
		return err
	}
	cells := make([][]safe.Text, 0, len(items)+1)
	titles := make([]safe.Text, len(columns))
	for i, c := range columns {
		titles[i] = safe.Line(c.title)
	}
	cells = append(cells, titles)
	for _, item := range items {
		row := make([]safe.Text, len(columns))
		for i, c := range columns {
			row[i] = safe.Line(c.text(item))
		}
		cells = append(cells, row)
	}
	widths := columnWidths(cells, columns, a.width())
	for _, row := range cells {
		line := ""
		for i, cell := range row {
			cell = cell.Truncate(widths[i], "…")
			line += cell.String()
			if i < len(row)-1 {
				line += strings.Repeat(" ", widths[i]-cell.Width()+2)
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := fmt.Fprint(a.Out, b.String())
	return err
}

// columnWidths gives every column what its cells need, and takes from the
// flexible ones what the terminal does not have.
func columnWidths[T any](cells [][]safe.Text, columns []column[T], width int) []int {
	widths := make([]int, len(columns))
	total := 2 * (len(columns) - 1)
	for i := range columns {
		for _, row := range cells {
			widths[i] = max(widths[i], row[i].Width())
		}
		total += widths[i]
	}
	if width <= 0 {
		return widths
	}
	const least = 8
	for total > width {
		widest := -1
		for i, c := range columns {
			if c.flexible && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return widths
		}
		widths[widest]--
		total--
	}
	return widths
}

func (a *app) width() int {
	if a.Width == nil {
		return 0
	}
	return a.Width()
}

// utc is how times are written: RFC 3339 in UTC, "" for none.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
