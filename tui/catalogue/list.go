package catalogue

import (
	"slices"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
)

// List is what a filter shows, in the catalogue's order, kept up with changes.
type List struct {
	c      *Catalogue
	Filter *Filter
	shown  []Index
	in     []bool // by index: it is shown
	// pinned stays in the list although it is not asked for any more: the one
	// that the user is at.
	pinned Index
}

// NewList filters the whole catalogue.
func (c *Catalogue) NewList(f *Filter) *List { return c.newList(f, f.All()) }

func (c *Catalogue) newList(f *Filter, shown []Index) *List {
	l := &List{c: c, Filter: f, shown: shown, in: make([]bool, len(c.items)), pinned: -1}
	for _, at := range shown {
		l.in[at] = true
	}
	return l
}

// Narrow filters what another list shows by a filter that asks for no less
// than that one's does.
func (l *List) Narrow(f *Filter) *List { return l.c.newList(f, f.among(l.shown)) }

// Shown are the reports of the list, in order. It must not be changed.
func (l *List) Shown() []Index { return l.shown }

// Len is their number.
func (l *List) Len() int { return len(l.shown) }

// Pin keeps a report in the list as it changes; -1 keeps none.
func (l *List) Pin(at Index) { l.pinned = at }

// Touch takes in that these reports changed, came, or were found. They are in
// any order.
func (l *List) Touch(touched []Index) {
	if len(touched) == 0 {
		return
	}
	touched = slices.Clone(touched)
	slices.SortFunc(touched, l.c.compare)
	touched = slices.Compact(touched)
	if grown := len(l.c.items) - len(l.in); grown > 0 {
		l.in = append(l.in, make([]bool, grown)...)
	}
	var wanted, known []Index
	for _, at := range touched {
		if l.in[at] {
			known = append(known, at)
		}
		if l.in[at] = at == l.pinned || l.Filter.Match(at); l.in[at] {
			wanted = append(wanted, at)
		}
	}
	l.shown = l.c.merge(l.c.without(l.shown, known), wanted)
}

// Resort takes over a new order of the catalogue.
func (l *List) Resort() { *l = *l.c.NewList(l.Filter) }

// Position is where a report stands in the list, -1 if it does not.
func (l *List) Position(at Index) int { return slices.Index(l.shown, at) }

// Row is a report as a line shows it. Texts are raw.
type Row struct {
	N                           int64
	ID, Title, Release, Package string
	Status                      string
	Verdict, Suggested          reproduce.Verdict
	Created, Updated            time.Time
	Open, Private, Disputed     bool
	Flaky, Stale, Ran, Running  bool
	Recipe                      store.RecipeState
}

// Row gives a report.
func (c *Catalogue) Row(at Index) Row {
	it := &c.items[at]
	r := Row{N: it.n, ID: c.texts.id(it.text), Title: c.texts.title(it.text), Release: c.words.text(it.release), Package: c.words.text(it.pkg),
		Status: c.words.text(it.status), Verdict: reproduce.Verdict(c.words.text(uint32(it.verdict))), Suggested: reproduce.Verdict(c.words.text(uint32(it.suggested))),
		Created: time.UnixMilli(it.created), Updated: time.UnixMilli(it.updated)}
	for _, one := range []struct {
		into *bool
		flag flags
	}{{&r.Open, isOpen}, {&r.Private, isPrivate}, {&r.Disputed, isDisputed}, {&r.Flaky, isFlaky}, {&r.Stale, isStale}, {&r.Ran, hasRun}, {&r.Running, isRunning}} {
		*one.into = it.flags&one.flag != 0
	}
	switch {
	case it.flags&recipeAccepted != 0:
		r.Recipe = store.RecipeAccepted
	case it.flags&recipeDraft != 0:
		r.Recipe = store.RecipeDraft
	}
	return r
}
