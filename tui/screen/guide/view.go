package guide

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

// Where there is so much room more is told of a question without being asked.
const (
	roomyWidth  = 80
	roomyHeight = 18
)

// manyChoices is how many are in sight on every terminal.
const manyChoices = 5

// area is where what stands: lines of what must be known before, of the
// question, of where it is answered, and of what is said of the answer.
type area struct {
	top, question, answer, tail int
	foot                        []string
}

// layout gives all its place. What is typed or chosen stays in sight; what must
// be known before is scrolled.
func (s *Screen) layout() {
	if s.w <= 0 || s.h <= 0 {
		return
	}
	rows := s.above(s.w)
	s.rows = len(rows)
	foot := s.foot(s.w)
	a := area{question: min(len(s.question(s.w)), max(1, s.h/4)), foot: foot}
	left := max(1, s.h-1) // without the head
	wants, least := s.answerRows()
	a.tail = min(len(foot), max(0, left-a.question-least))
	left -= a.question + a.tail
	a.answer = max(min(least, left), min(wants, left-min(len(rows), left/2)), 0)
	a.top = max(0, min(left-a.answer, len(rows)))
	if s.Typing() && s.ask.Kind == guide.Lines { // the text gets what is left
		a.answer = max(0, left-a.top)
	}
	s.area = a
	s.pager.Resize(s.w, a.top)
	s.pager.SetLines(rows)
	widget.Widen(&s.typing.input, s.w-3)
	if s.typing.editor != nil {
		s.typing.editor.Resize(s.w, max(1, a.answer))
	}
	s.see()
}

// answerRows is how many lines the place for the answer would like, and needs.
func (s *Screen) answerRows() (wants, least int) {
	n := len(s.ask.Choices)
	switch {
	case s.Scope() == scopeRun || s.Scope() == scopeDone:
		return 0, 0
	case s.Typing() && s.ask.Kind == guide.Lines:
		return s.h, 3
	case s.Typing():
		return 1 + n, 1 + min(n, 2)
	}
	return n, min(n, 2)
}

// View implements screen.Screen.
func (s *Screen) View() string {
	a := s.area
	lines := append([]string{s.head()}, s.pager.View()...)
	question := s.question(s.w)
	lines = append(lines, question[:min(a.question, len(question))]...)
	lines = append(lines, s.answerView(a.answer)...)
	return widget.Frame(append(lines, a.foot[:min(a.tail, len(a.foot))]...), s.w, s.h)
}

// head says how far one is: all steps if there is room, else their numbers, else
// only the one at hand.
func (s *Screen) head() string {
	t := s.env.Theme
	right := ""
	if s.Busy() {
		right = "…"
	} else if s.rows > s.area.top && s.area.top > 0 {
		right = s.pager.Position()
	}
	room := s.w - ansi.StringWidth(right) - 1
	line := ""
	for _, form := range []func(i, at int) string{s.named, s.numbered, s.alone} {
		var parts []string
		for i := range guide.Steps() {
			if part := form(i, s.at().Step()); part != "" {
				parts = append(parts, part)
			}
		}
		if line = strings.Join(parts, "  "); ansi.StringWidth(line) <= room {
			break
		}
	}
	return widget.Fit(line, max(0, room)) + " " + t.Faint.Render(right)
}

// named is a step by its name. The one at hand has a sign and its number of all.
func (s *Screen) named(i, at int) string {
	switch name := guide.Steps()[i]; {
	case !s.began:
		return s.alone(i, at)
	case i < at:
		return s.env.Theme.Faint.Render("✓ " + name)
	case i > at:
		return s.env.Theme.Faint.Render(fmt.Sprintf("%d %s", i+1, name))
	}
	return s.alone(i, at)
}

func (s *Screen) numbered(i, at int) string {
	switch {
	case !s.began:
		return s.alone(i, at)
	case i < at:
		return s.env.Theme.Faint.Render("✓")
	case i > at:
		return s.env.Theme.Faint.Render(fmt.Sprint(i + 1))
	}
	return s.alone(i, at)
}

func (s *Screen) alone(i, at int) string {
	switch {
	case !s.began && i == 0:
		return s.env.Theme.Accent.Render("The guide")
	case !s.began || i != at:
		return ""
	}
	return s.env.Theme.Accent.Render(fmt.Sprintf("▸ %d/%d %s", i+1, len(guide.Steps()), guide.Steps()[i]))
}

// question is the question in rows.
func (s *Screen) question(w int) []string {
	if text := safe.Line(s.ask.Text).String(); text != "" && s.Scope() != scopeRun && s.Scope() != scopeDone {
		return widget.Paragraph(s.env.Theme.Title, "", text, w)
	}
	return nil
}

// answerView draws the place for the answer in h lines.
func (s *Screen) answerView(h int) []string {
	var lines []string
	switch {
	case h <= 0 || s.Scope() == scopeRun || s.Scope() == scopeDone:
		return nil
	case s.Typing() && s.ask.Kind == guide.Lines:
		lines = s.typing.editor.View()
	case s.Typing():
		lines = append(s.choices(h-1), s.env.Theme.Key.Render(">")+" "+s.typing.input.View())
	default:
		lines = s.choices(h)
	}
	for len(lines) < h {
		lines = append(lines, "")
	}
	return lines[:h]
}

// choices draws h of the choices, the chosen one among them.
func (s *Screen) choices(h int) []string {
	n := len(s.ask.Choices)
	first := max(0, min(s.chosen-h/2, n-h))
	keys := 0
	for _, o := range s.ask.Choices {
		keys = max(keys, min(safe.Line(o.Key).Width(), 20))
	}
	var lines []string
	for i := first; i < min(n, first+h); i++ {
		o := s.ask.Choices[i]
		number := "  "
		if i < 9 {
			number = fmt.Sprintf("%d ", i+1)
		}
		key := ""
		if keys > 0 && (s.w >= 60 || strings.Contains(o.Key, "#")) {
			key = widget.Fit(safe.Line(o.Key).String(), keys) + "  "
		}
		text := number + key + safe.Line(o.Title).String()
		if i == s.chosen {
			lines = append(lines, s.env.Theme.Cursor.Render(widget.Fit("▸ "+text, s.w)))
		} else {
			lines = append(lines, widget.Fit("  "+text, s.w))
		}
	}
	return lines
}

// foot says what would be taken, and why the last answer was not.
func (s *Screen) foot(w int) []string {
	t := s.env.Theme
	var rows []string
	add := func(style lipgloss.Style, first, text string) {
		if text != "" {
			rows = append(rows, widget.Paragraph(style, first, text, w)...)
		}
	}
	if s.wrong != "" {
		add(t.Error, "✗ ", safe.Line(s.wrong).String())
	}
	switch s.Scope() {
	case scopeRun:
		return rows
	case scopeDone:
		return append(rows, widget.Flow(s.leads(), "   ", "", w)...)
	}
	add(t.Faint, "", s.takes())
	return rows
}

// takes says what the key takes that gives the answer.
func (s *Screen) takes() string {
	a := s.ask
	switch {
	case !s.began && s.left == nil:
		return ""
	case s.Scope() == scopeEdit:
		return s.editTakes()
	case s.Scope() == scopeText && strings.TrimSpace(s.typing.input.Value()) != "":
		return s.key("guide.take") + " takes what is typed"
	case s.chosen >= 0 && s.chosen < len(a.Choices):
		o := a.Choices[s.chosen]
		text := s.key("guide.take") + " takes: " + safe.Line(words(orTitle(o.Key, o.Title))).String()
		if o.Key == a.Default && a.Why != "" {
			text += " (" + safe.Line(a.Why).String() + ")"
		}
		if n := len(a.Choices); n > manyChoices { // they may not all be in sight
			text += fmt.Sprintf("; %d of %d", s.chosen+1, n)
		}
		return text
	case s.Scope() == scopeText && a.Default != "":
		text := s.key("guide.take") + " takes: " + safe.Reveal(words(a.Default)).Truncate(200, "…").String()
		if a.Why != "" {
			text += " (" + safe.Line(a.Why).String() + ")"
		}
		if a.Optional && a.Default != none {
			text += "; - means none"
		}
		return text
	case s.Scope() == scopeText && a.Optional:
		return s.key("guide.take") + " leaves it open"
	}
	return ""
}

func (s *Screen) editTakes() string {
	text := s.key("guide.answer") + " takes the text"
	switch {
	case s.typing.whole && s.typing.text() == "":
		text = s.key("guide.answer") + " takes the one that is offered, which is too long to be changed here"
	case s.typing.begin != "" && s.ask.Why != "":
		text += ", which is " + safe.Line(s.ask.Why).String()
	}
	if s.ask.Optional {
		text += "; an empty one means none"
	}
	return text
}

func orTitle(key, title string) string {
	if key == "" {
		return title
	}
	return key
}

// leads are the keys that lead on from the end.
func (s *Screen) leads() []string {
	t := s.env.Theme
	var list []string
	for _, one := range [][2]string{{"guide.texts", "the texts to send"}, {"guide.decide", "decide on it"}, {"guide.bench", "both sides"}, {"global.back", "leave"}} {
		list = append(list, t.Key.Render(s.key(one[0]))+" "+one[1])
	}
	return list
}
