package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tui/catalogue"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// pause is how long nothing must be typed before texts are searched: titles
// and ids answer at once.
const pause = 120 * time.Millisecond

// The first answer of a search is small, so that it comes soon; those that
// follow are larger.
const (
	firstFound = 1000
	moreFound  = 20000
)

// search is what is asked of the database for the filter in force.
type search struct {
	seq    int // of the filter; answers to an earlier one are dropped
	open   int // questions without an answer
	cancel context.CancelFunc
	ctx    context.Context
}

// quietMsg comes when nothing was typed for a while.
type quietMsg struct{ seq int }

// searchMsg is an answer of the database: rows that have a term, or all wanted
// words when term is nil.
type searchMsg struct {
	seq   int
	term  *query.Term
	rows  []int64
	below int64 // where the next answer begins; 0: this was the last
	err   error
}

// filter is the active queue's query and what is typed together.
func (s *Screen) filter() *catalogue.Filter {
	q := &s.queues[s.active]
	return s.cat.NewFilter(query.Query{Terms: append(slices.Clone(q.query.Terms), s.parsed.Terms...)}, q.running)
}

// setFilter puts the filter in force; narrower: it asks for no less than the
// one before. The cursor goes to the top unless its report stays.
func (s *Screen) setFilter(narrower bool) tea.Cmd {
	at := s.at()
	if narrower {
		s.list = s.list.Narrow(s.filter())
	} else {
		s.list = s.cat.NewList(s.filter())
	}
	s.cursor, s.top = max(0, s.list.Position(at)), 0
	if named := s.namedRow(); named >= 0 {
		s.cursor = named
	}
	s.clearMarks()
	s.move(0)
	if s.search.cancel != nil {
		s.search.cancel()
	}
	s.search, s.elsewhere = search{seq: s.search.seq + 1}, 0
	if s.applied == "" && s.list.Filter.Meta() {
		return s.preview.want(s)
	}
	return tea.Batch(s.env.After(pause, quietMsg{s.search.seq}), s.preview.want(s))
}

// namedRow is the row of the report whose id is typed in full, -1 for none:
// almbz#3 is also in almbz#31, but the one that is meant is clear.
func (s *Screen) namedRow() int {
	for _, t := range s.parsed.Terms {
		if t.Key != query.KeyText || t.Not || !strings.Contains(t.Value, "#") {
			continue
		}
		for i, at := range s.list.Shown() {
			if strings.EqualFold(s.cat.Row(at).ID, t.Value) {
				return i
			}
		}
	}
	return -1
}

// quiet asks the database for what the catalogue does not know.
func (s *Screen) quiet(msg quietMsg) tea.Cmd {
	if msg.seq != s.search.seq || s.search.ctx != nil {
		return nil
	}
	s.search.ctx, s.search.cancel = context.WithCancel(s.env.Ctx)
	f := s.list.Filter
	if f.Meta() { // all is known
		s.lookElsewhere()
		return nil
	}
	var cmds []tea.Cmd
	if wanted := f.Wanted(); len(wanted) > 0 {
		cmds = append(cmds, s.bodies(wanted, nil, 0, firstFound))
	}
	for _, t := range f.Text {
		if t.Not {
			cmds = append(cmds, s.bodies([]query.Term{{Key: query.KeyText, Value: t.Value, Phrase: t.Phrase}}, &t, 0, firstFound))
		}
	}
	for _, t := range f.Refs {
		cmds = append(cmds, s.named(t))
	}
	s.search.open = len(cmds)
	return tea.Batch(cmds...)
}

// bodies searches texts for all terms; the rows are told as having one term
// (of), or all of them (nil).
func (s *Screen) bodies(terms []query.Term, of *query.Term, below int64, most int) tea.Cmd {
	ctx, seq, db := s.search.ctx, s.search.seq, s.env.DB
	return func() tea.Msg {
		rows, err := db.Bodies(ctx, terms, below, most)
		msg := searchMsg{seq: seq, term: of, rows: rows, err: err}
		if len(rows) == most {
			msg.below = rows[len(rows)-1]
		}
		return msg
	}
}

// named finds the reports that name something.
func (s *Screen) named(t query.Term) tea.Cmd {
	ctx, seq, db := s.search.ctx, s.search.seq, s.env.DB
	return func() tea.Msg {
		rows, err := db.Named(ctx, t.Value)
		return searchMsg{seq: seq, term: &t, rows: rows, err: err}
	}
}

// found takes an answer in, and asks for the next part.
func (s *Screen) found(msg searchMsg) tea.Cmd {
	if msg.seq != s.search.seq {
		return nil
	}
	s.search.open--
	if msg.err != nil {
		if errors.Is(msg.err, context.Canceled) {
			return nil
		}
		return screen.Fail(fmt.Errorf("search: %w", msg.err))
	}
	f := s.list.Filter
	s.keep(func() {
		if msg.term == nil {
			s.list.Touch(f.FoundBodies(msg.rows))
		} else {
			s.list.Touch(f.FoundTerm(*msg.term, msg.rows))
		}
	})
	if msg.below == 0 {
		s.lookElsewhere()
		return s.preview.want(s)
	}
	s.search.open++
	terms := f.Wanted()
	if msg.term != nil {
		terms = []query.Term{{Key: query.KeyText, Value: msg.term.Value, Phrase: msg.term.Phrase}}
	}
	return tea.Batch(s.bodies(terms, msg.term, msg.below, moreFound), s.preview.want(s))
}

// typed is a key of the query line.
func (s *Screen) typed(msg tea.KeyMsg) tea.Cmd {
	before := s.input.Value()
	cmd := widget.Type(&s.input, msg)
	if s.input.Value() == before {
		return cmd
	}
	return tea.Batch(cmd, s.apply(s.input.Value()))
}

// apply puts what is typed in force as far as it can be read.
func (s *Screen) apply(text string) tea.Cmd {
	q, err := query.Parse(text, s.env.Now())
	s.wrong, s.unfinished = err, false
	if err != nil {
		_, err := query.Parse(text[:strings.LastIndexByte(text, ' ')+1], s.env.Now())
		s.unfinished = err == nil
		return nil
	}
	narrower := grown(s.parsed, q)
	s.applied, s.parsed = text, q
	cmd := s.setFilter(narrower)
	if q.Sort != (query.Sort{}) && q.Sort != s.cat.Sort() {
		cmd = tea.Batch(cmd, s.sortBy(q.Sort))
	}
	return cmd
}

// grown tells that a query asks for no less than another: the same terms, and
// words that went on.
func grown(from, to query.Query) bool {
	if len(to.Terms) < len(from.Terms) || len(from.Terms) == 0 {
		return len(from.Terms) == 0
	}
	for i, t := range from.Terms {
		n := to.Terms[i]
		same := t == n
		longer := t.Key == query.KeyText && n.Key == query.KeyText && !t.Not && !n.Not && t.Phrase == n.Phrase && strings.HasPrefix(n.Value, t.Value)
		if !same && !longer {
			return false
		}
	}
	return true
}

// startTyping opens the query line.
func (s *Screen) startTyping() tea.Cmd {
	s.toList()
	s.typing = true
	s.input.SetValue(s.applied)
	s.input.CursorEnd()
	return s.preview.want(s)
}

// stopTyping closes the query line and leaves the query in force.
func (s *Screen) stopTyping() tea.Cmd {
	if s.wrong != nil {
		return screen.Toast(screen.Note, s.wrong.Error())
	}
	s.typing = false
	return s.quiet(quietMsg{s.search.seq})
}

// dropQuery takes the query away.
func (s *Screen) dropQuery() tea.Cmd {
	s.typing = false
	s.input.SetValue("")
	return s.apply("")
}

// complete completes the word that is typed.
func (s *Screen) complete() tea.Cmd {
	value := s.input.Value()
	candidates := completions(value)
	if len(candidates) == 0 {
		return nil
	}
	word := lastWord(value)
	longer := common(candidates)
	if len(candidates) == 1 && !strings.HasSuffix(longer, ":") {
		longer += " "
	}
	if len(longer) <= len(word) {
		return nil
	}
	s.input.SetValue(value[:len(value)-len(word)] + longer)
	s.input.CursorEnd()
	return s.apply(s.input.Value())
}

// lastWord is what is being typed, a minus before it left out.
func lastWord(text string) string {
	return strings.TrimPrefix(text[strings.LastIndexByte(text, ' ')+1:], "-")
}

// completions are what the last word can become: keys, or a key's values.
func completions(text string) []string {
	word := lastWord(text)
	name, value, keyed := strings.Cut(word, ":")
	var list []string
	for _, key := range query.Keys() {
		switch {
		case !keyed && strings.HasPrefix(key.Name, strings.ToLower(name)):
			list = append(list, key.Name+":")
		case keyed && strings.EqualFold(key.Name, name):
			for _, v := range key.Values {
				if strings.HasPrefix(v, strings.ToLower(value)) {
					list = append(list, name+":"+v)
				}
			}
			if len(key.Values) == 0 && value == "" {
				list = append(list, name+":"+key.Sample)
			}
		}
	}
	return list
}

// common is what all candidates begin with.
func common(candidates []string) string {
	prefix := candidates[0]
	for _, c := range candidates[1:] {
		for !strings.HasPrefix(c, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}
