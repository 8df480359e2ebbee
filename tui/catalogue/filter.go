package catalogue

import (
	"strings"

	"github.com/almatriage/almatriage/tracker/query"
)

// Filter is a query over the catalogue. What only the database knows (texts,
// and what reports name) is asked of it by who owns the filter, and told by
// Found.
type Filter struct {
	c    *Catalogue
	meta []func(*item) bool
	// Text are the words that a report must have or (Not) must not have, Refs
	// what it must name.
	Text []query.Term
	Refs []query.Term
	// lower are the words in lower case.
	lower []string
	// What the database found is kept by the terms' texts: made once, not for
	// each report.
	textSets, refSets []string
	sets              map[string]*bitset
}

// NewFilter compiles a query. running: only reports with a run in progress.
func (c *Catalogue) NewFilter(q query.Query, running bool) *Filter {
	f := &Filter{c: c, sets: map[string]*bitset{}}
	for _, t := range q.Terms {
		switch t.Key {
		case query.KeyText:
			f.Text = append(f.Text, t)
			f.lower = append(f.lower, strings.ToLower(t.Value))
			f.textSets = append(f.textSets, t.String())
		case query.KeyRef:
			f.Refs = append(f.Refs, t)
			f.refSets = append(f.refSets, t.String())
		default:
			test := c.test(t)
			if t.Not {
				is := test
				test = func(it *item) bool { return !is(it) }
			}
			f.meta = append(f.meta, test)
		}
	}
	if running {
		f.meta = append(f.meta, func(it *item) bool { return it.flags&isRunning != 0 })
	}
	return f
}

// Over is another query over what the database told this filter, which asks for
// the same words and more: what it finds is known without asking again.
func (f *Filter) Over(q query.Query) *Filter {
	other := f.c.NewFilter(q, false)
	other.sets = f.sets
	return other
}

// Meta tells whether the filter asks only for what the catalogue knows.
func (f *Filter) Meta() bool { return len(f.Text)+len(f.Refs) == 0 }

// Wanted are the words that must all be in a report: what is asked of the
// database as one.
func (f *Filter) Wanted() []query.Term {
	var terms []query.Term
	for _, t := range f.Text {
		if !t.Not {
			terms = append(terms, t)
		}
	}
	return terms
}

// The names of the sets that the database tells.
const bodies = "\x00bodies"

// FoundBodies tells that these rows have all the wanted words somewhere.
func (f *Filter) FoundBodies(rows []int64) []Index { return f.found(bodies, rows) }

// FoundTerm tells that these rows have a word that must not be there, or name
// what is asked for.
func (f *Filter) FoundTerm(t query.Term, rows []int64) []Index { return f.found(t.String(), rows) }

// found puts rows into a set, and returns those that are in the catalogue.
func (f *Filter) found(set string, rows []int64) []Index {
	s := f.sets[set]
	if s == nil {
		s = &bitset{}
		f.sets[set] = s
	}
	list := make([]Index, 0, len(rows))
	for _, n := range rows {
		s.add(n)
		if at := f.c.ByRow(n); at >= 0 {
			list = append(list, at)
		}
	}
	return list
}

// Match tells whether a report is asked for, as far as is known by now.
func (f *Filter) Match(at Index) bool {
	it := &f.c.items[at]
	for _, test := range f.meta {
		if !test(it) {
			return false
		}
	}
	for i, t := range f.Refs {
		if f.sets[f.refSets[i]].has(it.n) == t.Not {
			return false
		}
	}
	return len(f.Text) == 0 || f.text(it)
}

// text tells whether a report has the words, in its title or id or as the
// database found.
func (f *Filter) text(it *item) bool {
	where := f.c.texts.search(it.text)
	for i, t := range f.Text {
		in := strings.Contains(where, f.lower[i])
		switch {
		case t.Not && (in || f.sets[f.textSets[i]].has(it.n)):
			return false
		case !t.Not && !in && !f.sets[bodies].has(it.n):
			return false
		}
	}
	return true
}

// All are the reports that are asked for, in order.
func (f *Filter) All() []Index { return f.among(f.c.order) }

// among filters a list.
func (f *Filter) among(list []Index) []Index {
	found := make([]Index, 0, min(len(list), 1024))
	for _, at := range list {
		if f.Match(at) {
			found = append(found, at)
		}
	}
	return found
}

// test is a condition on what the catalogue knows.
func (c *Catalogue) test(t query.Term) func(*item) bool {
	word := func(of func(*item) uint32) func(*item) bool {
		return func(it *item) bool { return strings.EqualFold(c.words.text(of(it)), t.Value) }
	}
	has := func(f flags) func(*item) bool { return func(it *item) bool { return it.flags&f != 0 } }
	switch t.Key {
	case query.KeyRelease:
		return func(it *item) bool {
			release := c.words.text(it.release)
			return release == t.Value || strings.HasPrefix(release, t.Value+".")
		}
	case query.KeyPackage:
		return word(func(it *item) uint32 { return it.pkg })
	case query.KeyReporter:
		return word(func(it *item) uint32 { return it.reporter })
	case query.KeyTracker:
		byName, bySpace := word(func(it *item) uint32 { return it.tracker }), word(func(it *item) uint32 { return it.space })
		return func(it *item) bool { return byName(it) || bySpace(it) }
	case query.KeyVerdict, query.KeySuggested:
		value := t.Value
		if value == "none" {
			value = ""
		}
		if t.Key == query.KeyVerdict {
			return func(it *item) bool { return c.words.text(uint32(it.verdict)) == value }
		}
		return func(it *item) bool { return c.words.text(uint32(it.suggested)) == value }
	case query.KeyStatus:
		switch t.Value {
		case "open":
			return has(isOpen)
		case "closed":
			return func(it *item) bool { return it.flags&isOpen == 0 }
		}
		return word(func(it *item) uint32 { return it.status })
	case query.KeyUpdated:
		return between(t, func(it *item) int64 { return it.updated })
	case query.KeyCreated:
		return between(t, func(it *item) int64 { return it.created })
	case query.KeyIs, query.KeyHas:
		return c.state(t.Value)
	}
	return func(*item) bool { return false } // a key that is not known here matches nothing
}

// state is a condition of is: and has:.
func (c *Catalogue) state(word string) func(*item) bool {
	if word == "undecided" {
		return func(it *item) bool { return it.verdict == 0 }
	}
	flag := map[string]flags{"stale": isStale, "flaky": isFlaky, "private": isPrivate, "disputed": isDisputed, "draft": recipeDraft,
		"recipe": recipeAccepted, "run": hasRun}[word]
	return func(it *item) bool { return it.flags&flag != 0 }
}

func between(t query.Term, of func(*item) int64) func(*item) bool {
	return func(it *item) bool {
		at := of(it)
		return (t.From.IsZero() || at >= t.From.UnixMilli()) && (t.To.IsZero() || at < t.To.UnixMilli())
	}
}

// bitset is a set of row numbers. A nil one is empty.
type bitset struct{ bits []uint64 }

func (b *bitset) add(n int64) {
	if n < 0 {
		return
	}
	for int64(len(b.bits)) <= n/64 {
		b.bits = append(b.bits, make([]uint64, max(16, len(b.bits)))...)
	}
	b.bits[n/64] |= 1 << (n % 64)
}

func (b *bitset) has(n int64) bool {
	return b != nil && n >= 0 && n/64 < int64(len(b.bits)) && b.bits[n/64]&(1<<(n%64)) != 0
}
