package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
)

// FuzzReadBack: whatever a record says, who reads the tables finds its clean
// texts in their cells, none of them a formula, and who reads the JSON finds an
// object of the schema with the texts as they are.
func FuzzReadBack(f *testing.F) {
	for _, record := range sample() {
		f.Add(record.Title, record.DecidedBy, record.Note, int64(0))
	}
	f.Add("\"", "a\"\"b", "\"\n\"", int64(-62135596800))
	f.Add(`\`, "null", `\.`, int64(253402300799))
	f.Add("\u200b=1", "\ufeff\"", "a,b", int64(1))
	schema := compile(f, nil)
	f.Fuzz(func(t *testing.T, title, by, note string, decided int64) {
		at := time.Unix(min(max(decided, -62135596800), 253402300799), 0)
		r := Record{ID: "almbz#1", URL: "https://bugs.example.org/1", Title: title, Release: note, Package: by, Status: title, Verdict: reproduce.AlmaOnly, DecidedBy: by, DecidedAt: at,
			Note: note, PatchURL: title, Evidence: store.Evidence{AlmaResult: "1/2", AlmaEVR: by, StreamEVR: note}}
		raw := make([]string, len(columns()))
		for i, c := range columns() {
			raw[i] = c.text(&r)
		}
		for _, format := range []Format{CSV, TSV} {
			var out bytes.Buffer
			check(t, Write(&out, format, []Record{r}))
			var row []string
			if format == TSV {
				row = strings.Split(strings.Split(out.String(), "\n")[1], "\t")
			} else if rows, err := csv.NewReader(&out).ReadAll(); err != nil || len(rows) != 2 {
				t.Fatalf("%+v: %d rows, %v", r, len(rows), err)
			} else {
				row = rows[1]
			}
			if len(row) != len(raw) {
				t.Fatalf("%s of %+v: %d cells, want %d: %q", format, r, len(row), len(raw), row)
			}
			for i, cell := range row {
				if clean := safe.Formula(safe.Cell(raw[i])); cell != clean || cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%s: %q stands there as %q, want %q", format, raw[i], cell, clean)
				}
			}
		}
		for _, object := range objects(t, []Record{r}) {
			if err := schema.Validate(object); err != nil {
				t.Errorf("%+v: %v", r, err)
			}
			for i, c := range columns() {
				var want string
				text, err := json.Marshal(raw[i]) // what is no text becomes some
				check(t, err)
				check(t, json.Unmarshal(text, &want))
				if got := object.(map[string]any)[c.name]; got != want && (got != nil || want != "" || c.always) {
					t.Errorf("%s: %q is read as %v", c.name, want, got)
				}
			}
		}
	})
}

// FuzzMarkdown: to a reader of Markdown an export is one table with a row a
// record, whatever the texts are: nothing in a cell is markup but the empty
// comment that keeps an @ from calling somebody. Addresses stand as they are,
// where stars and lines may be seen as emphasis.
func FuzzMarkdown(f *testing.F) {
	for _, record := range sample() {
		f.Add(record.Title, record.Note, record.URL)
	}
	f.Add("a`b``", "**b** __c__ ~~d~~ ![i](x) <b>", "javascript:alert(1)")
	f.Add("https://example.org/*a*|b", "\\|", "<https://example.org>|a")
	f.Add("[x]: y", "[^1] - [ ] # a", "a@b.example")
	for _, address := range []string{"http://-/*a*~~b~~", "http://*a*", "https://[::1]/@everyone", "https://_a_/!x&lt;"} {
		f.Add("a", "b", address)
	}
	f.Fuzz(func(t *testing.T, title, note, address string) {
		r := Record{ID: title, URL: address, Title: title, Release: note, Package: title, Status: note, Note: note, PatchURL: address}
		var out bytes.Buffer
		check(t, Write(&out, Markdown, []Record{r, r}))
		lower := strings.ToLower(safe.Cell(address)) // as it is written
		isAddress := strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
		if !isAddress && strings.Count(out.String(), "@") != strings.Count(out.String(), "@<!-- -->") {
			t.Errorf("%+v: somebody is called in\n%s", r, out.String())
		}
		document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(out.Bytes()))
		tables, rows, cells := 0, 0, 0
		check(t, ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering {
				return ast.WalkContinue, nil
			}
			switch n.Kind() {
			case ast.KindDocument, ast.KindText, ast.KindString, ast.KindAutoLink, east.KindTableHeader:
			case east.KindTable:
				tables++
			case east.KindTableRow:
				rows++
			case east.KindTableCell:
				cells++
			case ast.KindRawHTML:
				if html := string(n.(*ast.RawHTML).Segments.Value(out.Bytes())); html != "<!-- -->" {
					t.Errorf("%q: %q is in\n%s", r.Title, html, out.String())
				}
			case ast.KindEmphasis, east.KindStrikethrough:
				if !isAddress {
					t.Errorf("%+v: a %s in\n%s", r, n.Kind(), out.String())
				}
			default:
				t.Errorf("%+v: a %s in\n%s", r, n.Kind(), out.String())
			}
			return ast.WalkContinue, nil
		}))
		if tables != 1 || rows != 2 || cells != 3*len(Columns()) {
			t.Errorf("%+v: %d tables, %d rows, %d cells in\n%s", r, tables, rows, cells, out.String())
		}
	})
}
