// Package report makes a document of all that is known of a report, for the
// Inbox's preview and for reading it on the whole screen, and sets a report's
// raw texts beside the draft that was made of them.
//
// The order is that of reading aloud: what it is, what was decided and why,
// then the texts. Nothing is said by colour alone. Only the program's own words
// begin in the first column: a text cannot pass for a verdict. Everything that
// others wrote goes through tracker/safe.
//
// It is pure: it does no IO and reads no clock. It imports tracker, reproduce,
// store and the parts of tui that draw, and no screen.
package report

import (
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// Input is what is known of a report.
type Input struct {
	Row     store.Row
	Report  *tracker.Report         // with its comments; nil: only the row is known
	Run     *reproduce.Run          // the newest finished one, nil if there is none
	Recipe  *reproduce.StoredRecipe // nil if there is none
	History []reproduce.Decision    // newest first
	Now     time.Time               // ages are told by it, dates in its time zone
}

// Document is a report, laid out for a width.
type Document struct {
	Lines []string // styled, each closes its styles
	// Links are what can be opened, in the order of the document, each once.
	// Those that are not of a known kind have their URL as Key.
	Links    []tracker.Reference
	Headings []Heading
}

// Heading is where a section begins.
type Heading struct {
	Title string // clean
	Line  int    // in Lines, from 0
}

// Build lays a report out in lines of at most width cells. For 10 kB of text it
// takes a few milliseconds, and for what nobody writes up to a second.
func Build(in Input, width int, t *theme.Theme) Document {
	w, r := newWriter(in, width, t), in.report()
	w.title(r)
	w.facts(r)
	w.verdict()
	w.evidence()
	w.recipe()
	w.references(r)
	if in.Report != nil {
		w.texts(r)
		w.comments(r)
	}
	w.history()
	return w.doc
}

// writer writes a document.
type writer struct {
	in    Input
	width int
	theme *theme.Theme
	doc   Document
	seen  map[string]bool // links

	plain, bold, faint, head, link, warn flow.Ink
}

func newWriter(in Input, width int, t *theme.Theme) *writer {
	return &writer{in: in, width: width, theme: t, seen: map[string]bool{}, plain: flow.Of(t.Text), bold: flow.Of(t.Bold), faint: flow.Of(t.Faint),
		head: flow.Of(t.Title), link: flow.Of(t.Link), warn: flow.Of(t.Warn)}
}

// indent is how far in stands what others wrote.
const indent = "  "

// put draws a text.
func (w *writer) put(text *flow.Text, m flow.Margin) {
	w.doc.Lines = text.Lines(w.doc.Lines, m, w.width, flow.Words)
}

// blank draws an empty line.
func (w *writer) blank() { w.put(&flow.Text{}, flow.Margin{}) }

// section begins a part of the document.
func (w *writer) section(title string) {
	w.heading(safe.Line(title), safe.Line(strings.ToUpper(title)))
}

// heading begins a part. The title is for jumping there.
func (w *writer) heading(title, shown safe.Text) {
	if len(w.doc.Lines) > 0 {
		w.blank()
	}
	w.doc.Headings = append(w.doc.Headings, Heading{title.String(), len(w.doc.Lines)})
	var text flow.Text
	text.Add(w.head, shown)
	w.put(&text, flow.Margin{Rest: indent})
}

// field draws something by its name. Where there is room, values stand below
// each other.
func (w *writer) field(name string, value *flow.Text) {
	const column, roomy = 12, 40
	if value.Empty() {
		return
	}
	name += ": "
	if w.width >= roomy {
		name += strings.Repeat(" ", max(0, column-len(name)))
		w.put(value, flow.Margin{First: w.faint.Paint(safe.Line(name)), Rest: strings.Repeat(" ", column)})
		return
	}
	var text flow.Text
	text.Add(w.faint, safe.Line(name))
	text.Join(value)
	w.put(&text, flow.Margin{Rest: indent})
}

// say is field for one line of raw text.
func (w *writer) say(name, value string) { w.field(name, w.styled(w.plain, value)) }

func (w *writer) styled(ink flow.Ink, raw string) *flow.Text {
	var text flow.Text
	text.Add(ink, safe.Line(strings.TrimSpace(raw)))
	return &text
}

// when is how long ago something was, and on which day.
func (w *writer) when(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return widget.Ago(w.in.Now, at) + " (" + at.In(w.in.Now.Location()).Format(time.DateOnly) + ")"
}

// links notes something that can be opened, and gives how it looks.
func (w *writer) links(ref tracker.Reference) flow.Ink {
	url, ok := safe.URL(ref.URL)
	if !ok {
		return w.plain
	}
	if !w.seen[url] {
		w.seen[url] = true
		ref.URL = url
		w.doc.Links = append(w.doc.Links, ref)
	}
	return w.link
}

// url is a web address as text, noted as a link.
func (w *writer) url(raw string) *flow.Text {
	return w.styled(w.links(tracker.Reference{Key: raw, URL: raw}), raw)
}
