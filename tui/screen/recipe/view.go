package recipe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/report"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/widget"
)

// From wide on the report stands beside the recipe; below low there is room
// for one of the two only.
const (
	wide = 100
	low  = 14
)

// area is where what stands on the screen.
type area struct {
	head, bottom   int // lines above and below the texts
	beside, single bool
	recipe, words  box
}

// box is the size of a text, without its rule.
type box struct{ w, h int }

// rebuild makes the rows of both texts for the size, and lays them out.
func (s *Screen) rebuild() {
	if s.w <= 0 || s.h <= 0 {
		return
	}
	s.layout()
	s.source.SetLines(s.sourceRows(s.area.recipe.w))
	s.words.SetLines(s.reportRows(s.area.words.w))
}

// layout gives the texts their places.
func (s *Screen) layout() {
	if s.w <= 0 || s.h <= 0 {
		return
	}
	a := area{head: len(s.head()), bottom: len(s.bottom()), beside: s.w >= wide}
	h := max(1, s.h-a.head-a.bottom)
	a.single = s.h < low && !a.beside
	switch {
	case a.single:
		a.recipe = box{s.w, max(1, h-1)}
		a.words = a.recipe
	case a.beside:
		left := (s.w - 1) / 2
		a.recipe = box{left, max(1, h-1)}
		a.words = box{s.w - 1 - left, max(1, h-1)}
	default:
		rows := max(2, h-2)
		part := rows * 3 / 5
		if s.editing == nil && s.focus == paneReport {
			part = rows * 2 / 5
		}
		a.recipe = box{s.w, max(1, part)}
		a.words = box{s.w, max(1, rows-part)}
	}
	s.area = a
	s.source.Resize(a.recipe.w, a.recipe.h)
	s.words.Resize(a.words.w, a.words.h)
	if s.editing != nil {
		s.editing.editor.Resize(a.recipe.w, a.recipe.h)
	}
}

// View implements screen.Screen.
func (s *Screen) View() string {
	switch {
	case s.acceptance != nil:
		return s.acceptance.view()
	case s.past != nil:
		return s.past.view()
	}
	lines := s.head()
	recipe := append([]string{s.recipeRule()}, s.recipeText()...)
	words := append([]string{s.reportRule()}, s.words.View()...)
	switch {
	case s.area.single && s.focus == paneReport:
		lines = append(lines, words...)
	case s.area.single:
		lines = append(lines, recipe...)
	case s.area.beside:
		lines = append(lines, widget.Beside(recipe, words, s.env.Theme.Border.Render("│"))...)
	default:
		lines = append(append(lines, recipe...), words...)
	}
	return widget.Frame(append(lines, s.bottom()...), s.w, s.h)
}

// recipeText is what stands in the recipe's place.
func (s *Screen) recipeText() []string {
	if s.editing != nil {
		return s.editing.editor.View()
	}
	return s.source.View()
}

// head says what the recipe is and what comes next; on a low screen the first
// only.
func (s *Screen) head() []string {
	t := s.env.Theme
	var state, next string
	switch r := s.data.recipe; {
	case s.failed != nil:
		state = t.Error.Render("✗ " + clean(s.failed.Error()))
	case s.data.report == nil:
		state = t.Faint.Render("Reading …")
	case r == nil:
		state = t.Warn.Render("○ No recipe")
		next = s.key("recipe.edit") + " begins one with an empty frame, " + s.key("recipe.external") + " in your editor."
		if s.data.noDraft == nil {
			next = s.key("recipe.draft") + " drafts one from the report's own words, " + s.key("recipe.edit") + " writes one."
		}
	case s.data.accepted:
		state = t.Good.Render("● Accepted") + " by " + name(r.AcceptedBy, s.data.person) + ", " + date(r.AcceptedAt) + "; " + origin(r, s.data.person) + ", " + date(r.Set)
		next = s.key("recipe.run") + " runs it."
	default:
		state = t.Warn.Render("○ Not accepted") + "; " + origin(r, s.data.person) + ", " + date(r.Set)
		next = fmt.Sprintf("Read it, then %s accepts what it runs; %s edits it, %s accepts and runs it.", s.key("recipe.accept"), s.key("recipe.edit"), s.key("recipe.run"))
	}
	if s.editing != nil {
		next = "Editing: " + s.key("recipe.save") + " saves, " + s.key("global.back") + " leaves."
	}
	if s.h < low {
		return []string{widget.Fit(state, s.w)}
	}
	return []string{widget.Fit(state, s.w), t.Faint.Render(widget.Fit(next, s.w))}
}

// origin says where a recipe came from.
func origin(r *reproduce.StoredRecipe, person string) string {
	by := "by " + name(r.Author, person)
	switch r.Origin {
	case reproduce.OriginDraft:
		return "drafted from the report " + by
	case reproduce.OriginSet:
		if r.Author == person {
			return "yours"
		}
		return "set " + by
	case reproduce.OriginEdited:
		return "edited " + by
	case reproduce.OriginImported:
		return "imported " + by
	}
	return clean(string(r.Origin)) + " " + by
}

// name is who did something, as the person who sits here reads it.
func name(who, person string) string {
	if who == person && who != "" {
		return "you"
	}
	return clean(who)
}

func date(at time.Time) string { return at.Local().Format("2006-01-02 15:04") }

func clean(s string) string { return safe.Line(s).String() }

// sourceRows are the rows of the recipe's text with all that is to be said of
// it, or of what there could be instead.
func (s *Screen) sourceRows(w int) []string {
	t := s.env.Theme
	d := &s.data
	switch {
	case d.report == nil:
		return nil
	case d.recipe == nil && d.noDraft != nil:
		rows := widget.Paragraph(t.Text, "", "No command was found in the report, so there is nothing to draft a recipe from.", w)
		return append(append(rows, ""), widget.Paragraph(t.Text, "", s.key("recipe.edit")+" begins with an empty frame: the summary, the package, and a test to be written.", w)...)
	case d.recipe == nil:
		rows := widget.Paragraph(t.Text, "", fmt.Sprintf("The lines of the report that are marked ▌ would become this draft; %s stores it.", s.key("recipe.draft")), w)
		text, odd := source(t, d.draft.Source, w)
		rows = append(append(rows, ""), append(warn(t, odd, w), text...)...)
		return append(rows, notes(t, "To be checked:", d.draft.Notes, w)...)
	}
	rows := recipeRows(t, &d.recipe.Recipe, w)
	if d.other {
		rows = append(warn(t, []string{"This text is not what the recipe executes: " + s.key("recipe.accept") + " shows that."}, w), rows...)
	}
	if d.isDraft() {
		rows = append(rows, notes(t, "Check before you accept it:", d.draft.Notes, w)...)
	}
	return rows
}

// reportRows are the rows of the report's text, with the lines that the draft
// took marked.
func (s *Screen) reportRows(w int) []string {
	s.mark = 0
	if s.data.report == nil {
		return nil
	}
	excerpt := report.Source(s.data.report, w, s.env.Theme, s.data.taken())
	if at := slices.DeleteFunc(excerpt.At, func(line int) bool { return line < 0 }); len(at) > 0 {
		s.mark = max(0, slices.Min(at)-1)
	}
	return excerpt.Lines
}

// recipeRule is the line above the recipe's text.
func (s *Screen) recipeRule() string {
	title, position := "Recipe", s.source.Position()
	if e := s.editing; e != nil {
		line, column := e.editor.Place()
		position = fmt.Sprintf("%d:%d", line, column)
		if e.dirty() {
			title = "Recipe, not saved"
		}
	} else if s.data.recipe == nil && s.data.noDraft == nil && s.data.report != nil {
		title = "The draft, not stored yet"
	}
	return rule(s.env.Theme, title, position, s.focus == paneRecipe, s.area.recipe.w)
}

// reportRule is the line above the report's text.
func (s *Screen) reportRule() string {
	title := "Report"
	if len(s.data.taken()) > 0 {
		title = "Report, ▌ is in the draft"
	}
	return rule(s.env.Theme, title, s.words.Position(), s.focus == paneReport, s.area.words.w)
}

// rule is a line with a title and, at its end, where one is in the text. The
// one of the pane that has the keys is thick.
func rule(t *theme.Theme, title, position string, active bool, w int) string {
	line, style := "─", t.Border
	if active {
		line, style = "━", t.Active
	}
	left := line + line + " " + title + " "
	right := ""
	if position != "" {
		right = " " + position + " " + line
	}
	fill := max(0, w-lipgloss.Width(left)-lipgloss.Width(right))
	return style.Render(widget.Fit(left+strings.Repeat(line, fill)+right, w))
}

// listedProblems is how many problems are listed at once.
const listedProblems = 4

// bottom are the lines below the texts: what is searched for, or what is to be
// known of what is edited.
func (s *Screen) bottom() []string {
	t := s.env.Theme
	if s.searching {
		at, of := s.text().Matches()
		return []string{"/ " + s.input.View() + t.Faint.Render(fmt.Sprintf("  %d of %d", at, of))}
	}
	e := s.editing
	if e == nil {
		return nil
	}
	var lines []string
	most := min(listedProblems, max(1, s.h/5))
	for i, p := range e.problems {
		if i == most-1 && len(e.problems) > most {
			lines = append(lines, t.Error.Render("✗ and "+widget.Count(len(e.problems)-i, "more problem")))
			break
		}
		lines = append(lines, t.Error.Render(ansi.Truncate("✗ "+problemText(p), s.w, "…")))
	}
	if e.asked {
		ask := fmt.Sprintf("Not saved: %s again drops what you changed, %s saves it, any other key goes on.", s.key("global.back"), s.key("recipe.save"))
		lines = append(lines, widget.Paragraph(t.Warn.Bold(true), "? ", ask, s.w)...)
	}
	return lines
}
