package inbox

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/catalogue"
	"github.com/almatriage/almatriage/tui/widget"
)

// head is the number of lines above the rows: queues, query, column titles.
const head = 3

// From these sizes on the preview has its place, beside or below.
const (
	wideEnough = 110
	highEnough = 17
)

// area is where things are, for the size that there is.
type area struct {
	head         int
	list         bool
	listW, listH int // rows of reports
	prevW, prevH int
	right        bool // the preview is beside the list
}

// layout divides the screen.
func (s *Screen) layout() {
	a := area{head: head, list: true, listW: s.w, listH: max(0, s.h-head)}
	switch {
	case s.preview.reading:
		a = area{prevW: s.w, prevH: max(1, s.h-1)}
	case s.preview.hidden:
	case s.w >= wideEnough:
		a.right = true
		a.listW = max(60, s.w*54/100)
		a.prevW, a.prevH = s.w-a.listW-3, s.h-2
	case s.h >= highEnough:
		a.listH = max(5, (s.h-head-1)*2/5)
		a.prevW, a.prevH = s.w, s.h-head-1-a.listH
	}
	s.area = a
	s.preview.resize(a.prevW, a.prevH)
}

// rows is the number of reports that are seen at once.
func (s *Screen) rows() int { return s.area.listH }

// View implements screen.Screen.
func (s *Screen) View() string {
	if s.preview.reading {
		return widget.Frame(append([]string{s.readingHead()}, s.preview.pager.View()...), s.w, s.h)
	}
	lines := []string{s.tabs(), s.summary()}
	if s.list.Len() == 0 { // nothing to look at beside it
		return widget.Frame(append(append(lines, ""), s.empty()...), s.w, s.h)
	}
	table := s.table()
	switch {
	case s.area.right:
		lines = append(lines, widget.Beside(table, s.preview.lines(), s.env.Theme.Border.Render(" │ "))...)
	case s.area.prevH > 0:
		lines = append(lines, table...)
		lines = append(lines, s.previewRule())
		lines = append(lines, s.preview.lines()...)
	default:
		lines = append(lines, table...)
	}
	return widget.Frame(lines, s.w, s.h)
}

// summary is the line below the queues: the query, and what it finds.
func (s *Screen) summary() string {
	t := s.env.Theme
	count := fmt.Sprintf("%d of %d", s.list.Len(), s.cat.Len())
	if s.search.open > 0 {
		count += ", searching texts …"
	}
	if s.loading {
		count += ", loading …"
	}
	if n := len(s.marked); n > 0 {
		count += fmt.Sprintf(", %d selected", n)
	}
	if s.typing {
		return s.typingLine(count)
	}
	left := "sorted by " + strings.TrimPrefix(s.cat.Sort().String(), "sort:")
	if s.applied != "" {
		left = "/ " + safe.Line(s.applied).String()
	}
	return widget.Fit(t.Faint.Render(widget.Fit(left, max(0, s.w-ansi.StringWidth(count)-2)))+"  "+count, s.w)
}

// typingLine is the query as it is typed, with what is wrong with it or what
// it may become.
func (s *Screen) typingLine(count string) string {
	t := s.env.Theme
	hint := count
	value := s.input.Value()
	candidates := completions(value)
	if len(candidates) > 0 && (value == "" || lastWord(value) != "") {
		hint = strings.Join(candidates, " ")
	}
	style := t.Faint
	if s.wrong != nil && !(s.unfinished && len(candidates) > 0) {
		hint, style = safe.Line(s.wrong.Error()).String(), t.Error
	}
	typed := "/ " + s.input.View()
	if value == "" {
		typed = "/ " + t.Cursor.Render(" ")
	}
	typed = strings.TrimRight(typed, " ")
	room := s.w - ansi.StringWidth(typed) - 3
	if room < 12 {
		return widget.Fit(typed, s.w)
	}
	return typed + "   " + style.Render(ansi.Truncate(hint, room, "…"))
}

// table is the column titles and the rows.
func (s *Screen) table() []string {
	columns := s.columns()
	lines := make([]string, 0, s.area.listH+1)
	lines = append(lines, s.env.Theme.Faint.Render(s.line(columns, "  ", func(c column) string { return c.title })))
	shown := s.list.Shown()
	for i := s.top; i < len(shown) && i < s.top+s.area.listH; i++ {
		lines = append(lines, s.tableRow(columns, i, shown[i]))
	}
	return widget.Lines(widget.Frame(lines, s.area.listW, s.area.listH+1))
}

// tableRow is one report. Where the cursor is and what is selected is told by
// signs; colours only repeat it.
func (s *Screen) tableRow(columns []column, i int, at catalogue.Index) string {
	t := s.env.Theme
	row := s.cat.Row(at)
	sign := []byte("  ")
	if i == s.cursor {
		sign[0] = '>'
	}
	if s.marked[at] {
		sign[1] = '*'
	}
	line := s.line(columns, string(sign), func(c column) string { return c.text(row) })
	switch {
	case i == s.cursor && !s.preview.focus:
		return t.Cursor.Render(line)
	case s.marked[at]:
		return t.Marked.Render(line)
	}
	return line
}

// column is a column of the table.
type column struct {
	title string
	width int
	text  func(catalogue.Row) string
}

// line is a row of cells, as wide as the list.
func (s *Screen) line(columns []column, sign string, text func(column) string) string {
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range columns {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(widget.Fit(text(c), c.width))
	}
	return widget.Fit(b.String(), s.area.listW)
}

// columns are those that there is room for; the title takes what is left.
func (s *Screen) columns() []column {
	clean := func(of func(catalogue.Row) string) func(catalogue.Row) string {
		return func(r catalogue.Row) string { return safe.Line(of(r)).String() }
	}
	now, w := s.env.Now(), s.area.listW
	idWidth := 6
	for i := s.top; i < s.list.Len() && i < s.top+s.area.listH; i++ {
		idWidth = max(idWidth, len(s.cat.Row(s.list.Shown()[i]).ID))
	}
	verdictWidth, verdict := 11, shortVerdict
	if w >= 120 {
		verdictWidth, verdict = 20, longVerdict
	}
	all := []struct {
		column
		from int // the width of the list from which there is room for it
	}{
		{column{"ID", min(idWidth, max(10, w/5)), clean(func(r catalogue.Row) string { return shortID(r.ID, max(10, w/5)) })}, 0},
		{column{"REL", 5, clean(func(r catalogue.Row) string { return strings.Replace(r.Release, "kitten", "k", 1) })}, 56},
		{column{"PACKAGE", min(20, w/7), clean(func(r catalogue.Row) string { return r.Package })}, 66},
		{column{"STATUS", 9, clean(func(r catalogue.Row) string { return r.Status })}, 96},
		{column{"VERDICT", verdictWidth, clean(verdict)}, 40},
		{column{"AGE", 5, func(r catalogue.Row) string { return tracker.Age(now, r.Updated) }}, 48},
	}
	var columns []column
	left := w - 2
	for _, c := range all {
		if w >= c.from {
			columns = append(columns, c.column)
			left -= c.width + 1
		}
	}
	title := column{"TITLE", max(4, left), clean(func(r catalogue.Row) string { return private(r) + r.Title })}
	return append(columns, title)
}

func private(r catalogue.Row) string {
	if r.Private {
		return "[private] "
	}
	return ""
}

// shortID is an id in few cells: of a repository the name, without its owner.
func shortID(id string, most int) string {
	if len(id) > most {
		if slash := strings.IndexByte(id, '/'); slash >= 0 {
			return id[slash+1:]
		}
	}
	return id
}

// longVerdict is what was decided, else what is suggested with a question
// mark, with what must be known of it.
func longVerdict(r catalogue.Row) string {
	return verdictText(r, string(r.Verdict), string(r.Suggested), disputed+": "+widget.ShortVerdict(r.Verdict))
}

// shortVerdict is longVerdict in few cells.
func shortVerdict(r catalogue.Row) string {
	return verdictText(r, widget.ShortVerdict(r.Verdict), widget.ShortVerdict(r.Suggested), disputed)
}

// disputed is said in place of a verdict on which people do not agree. A sign
// behind the verdict would be cut off where that is long.
const disputed = "disputed"

func verdictText(r catalogue.Row, decided, suggested, disputed string) string {
	switch {
	case r.Running:
		return "running …"
	case r.Verdict != "" && r.Disputed:
		return disputed
	case r.Verdict != "" && r.Stale:
		return decided + "~" // stale; with a space the longest would be cut
	case r.Verdict != "":
		return decided
	case r.Suggested != "":
		return suggested + "?"
	case r.Recipe == store.RecipeDraft:
		return "· draft"
	case r.Recipe == store.RecipeAccepted:
		return "· recipe"
	}
	return ""
}

// sorts are the orders that S goes through.
func sorts() []query.SortBy {
	return []query.SortBy{query.SortUpdated, query.SortCreated, query.SortID, query.SortTitle, query.SortVerdict}
}
