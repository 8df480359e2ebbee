// Package catalogue holds all reports in memory, as small as a list of them
// needs: so that filtering a hundred thousand titles takes no longer than a
// key. It is filled from store.Excerpt and kept up with store.Changes; it does
// no IO and imports no screen. One goroutine uses it.
package catalogue

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/query"
)

// Index is a report's place in the catalogue. It never changes.
type Index int32

// Catalogue is all reports, in an order.
type Catalogue struct {
	items []item
	texts arena
	words words
	rows  []Index // by row number; -1 for none
	order []Index // all, sorted
	by    query.Sort

	scratch []bool // by index; all false between calls
}

// item is a report in few bytes; its texts are in the arena, what repeats is a
// number in words.
type item struct {
	n                int64
	changed          int64 // number of the change that it is known by
	created, updated int64 // milliseconds since 1970
	number           int64
	text             span
	space            uint32
	release          uint32
	pkg              uint32
	status           uint32
	tracker          uint32
	reporter         uint32
	verdict          uint16
	suggested        uint16
	flags            flags
}

type flags uint16

const (
	isOpen flags = 1 << iota
	isPrivate
	isDisputed
	isFlaky
	isStale
	hasRun
	isRunning
	recipeDraft
	recipeAccepted
)

// New makes an empty catalogue, sorted by change, newest first.
func New() *Catalogue { return &Catalogue{words: newWords(), by: query.Sort{By: query.SortUpdated}} }

// Len is the number of reports.
func (c *Catalogue) Len() int { return len(c.items) }

// Put adds reports, or brings those that are there up to date, and returns
// where they are, in the catalogue's order.
func (c *Catalogue) Put(excerpts []store.Excerpt) []Index {
	touched := make([]Index, 0, len(excerpts))
	var known []Index
	for i := range excerpts {
		at, old := c.put(&excerpts[i])
		touched = append(touched, at)
		if old {
			known = append(known, at)
		}
	}
	slices.SortFunc(touched, c.compare)
	touched = slices.Compact(touched)
	c.order = c.merge(c.without(c.order, known), touched)
	return touched
}

// put writes one report and tells whether it was there.
func (c *Catalogue) put(e *store.Excerpt) (Index, bool) {
	for int64(len(c.rows)) <= e.N {
		c.rows = append(c.rows, -1)
	}
	at, known := c.rows[e.N], c.rows[e.N] >= 0
	if !known {
		at = Index(len(c.items))
		c.items = append(c.items, item{n: e.N})
		c.rows[e.N] = at
	}
	it := &c.items[at]
	if known && e.Changed < it.changed {
		return at, true // a part of all reports that was read before a change
	}
	it.changed = e.Changed
	if !known || c.texts.id(it.text) != e.ID || c.texts.title(it.text) != e.Title {
		it.text = c.texts.add(e.ID, e.Title)
		space, number := splitID(e.ID)
		it.space, it.number = c.words.number(space), number
	}
	it.created, it.updated = e.Created.UnixMilli(), e.Updated.UnixMilli()
	it.release, it.pkg, it.status = c.words.number(e.Release), c.words.number(e.Package), c.words.number(e.Status)
	it.tracker, it.reporter = c.words.number(e.Tracker), c.words.number(e.Reporter)
	it.verdict, it.suggested = uint16(c.words.number(string(e.Verdict))), uint16(c.words.number(string(e.Suggested)))
	it.flags = it.flags&isRunning | flagsOf(e)
	return at, known
}

func flagsOf(e *store.Excerpt) (f flags) {
	for _, one := range []struct {
		is   bool
		flag flags
	}{{e.Open, isOpen}, {e.Private, isPrivate}, {e.Disputed, isDisputed}, {e.Flaky, isFlaky}, {e.Stale, isStale}, {e.Ran, hasRun},
		{e.Recipe == store.RecipeDraft, recipeDraft}, {e.Recipe == store.RecipeAccepted, recipeAccepted}} {
		if one.is {
			f |= one.flag
		}
	}
	return f
}

// splitID takes Space#Number apart; a text that is no id has the number 0.
func splitID(id string) (string, int64) {
	space, digits, _ := strings.Cut(id, "#")
	n := int64(0)
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' || n > 1<<52 {
			return space, 0
		}
		n = n*10 + int64(d-'0')
	}
	return space, n
}

// SetRunning marks the reports that have a run in progress, and returns those
// for which that changed.
func (c *Catalogue) SetRunning(ids []string) []Index {
	running := map[Index]bool{}
	for _, at := range c.Find(ids...) {
		running[at] = true
	}
	var touched []Index
	for _, at := range c.order {
		if it := &c.items[at]; (it.flags&isRunning != 0) != running[at] {
			it.flags ^= isRunning
			touched = append(touched, at)
		}
	}
	return touched
}

// SetVerdict puts a decision in force before the database tells of it.
func (c *Catalogue) SetVerdict(at Index, v reproduce.Verdict) {
	c.items[at].verdict = uint16(c.words.number(string(v)))
	c.items[at].flags &^= isStale
}

// Find gives the places of reports by their ids, in the catalogue's order.
// Those that are not there are left out.
func (c *Catalogue) Find(ids ...string) []Index {
	if len(ids) == 0 {
		return nil
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	var found []Index
	for _, at := range c.order {
		if wanted[c.texts.id(c.items[at].text)] { // allocates nothing
			found = append(found, at)
		}
	}
	return found
}

// ByRow is the place of a row number, -1 for none.
func (c *Catalogue) ByRow(n int64) Index {
	if n < 0 || n >= int64(len(c.rows)) {
		return -1
	}
	return c.rows[n]
}

// Order is all reports in order. It must not be changed.
func (c *Catalogue) Order() []Index { return c.order }

// compare is the order of two reports; it is total.
func (c *Catalogue) compare(a, b Index) int {
	return compareItems(c.items, &c.texts, &c.words, c.by, a, b)
}

func compareItems(items []item, texts *arena, words *words, by query.Sort, a, b Index) int {
	x, y := &items[a], &items[b]
	result := 0
	switch by.By {
	case query.SortCreated:
		result = cmp.Compare(y.created, x.created)
	case query.SortID:
		if result = cmp.Compare(words.text(x.space), words.text(y.space)); result == 0 {
			result = cmp.Compare(x.number, y.number)
		}
	case query.SortTitle:
		result = cmp.Compare(texts.lower(x.text), texts.lower(y.text))
	case query.SortVerdict:
		if result = cmp.Compare(words.text(uint32(x.verdict)), words.text(uint32(y.verdict))); result == 0 {
			return cmp.Or(cmp.Compare(y.updated, x.updated), cmp.Compare(y.n, x.n))
		}
	default:
		result = cmp.Compare(y.updated, x.updated)
	}
	if result == 0 {
		result = cmp.Compare(y.n, x.n)
	}
	if by.Reverse {
		return -result
	}
	return result
}

// without drops some from a list.
func (c *Catalogue) without(list, drop []Index) []Index {
	if len(drop) == 0 {
		return list
	}
	for len(c.scratch) < len(c.items) {
		c.scratch = append(c.scratch, make([]bool, len(c.items)-len(c.scratch))...)
	}
	for _, at := range drop {
		c.scratch[at] = true
	}
	list = slices.DeleteFunc(list, func(at Index) bool { return c.scratch[at] })
	for _, at := range drop {
		c.scratch[at] = false
	}
	return list
}

// merge puts sorted ones into a sorted list: from the end, each to its place,
// what lies behind that moved up as a block.
func (c *Catalogue) merge(list, more []Index) []Index {
	end := len(list)
	list = append(list, more...) // room
	for j := len(more) - 1; j >= 0; j-- {
		if end > 0 && c.compare(list[end-1], more[j]) > 0 {
			at := sort.Search(end, func(i int) bool { return c.compare(list[i], more[j]) > 0 })
			copy(list[at+j+1:], list[at:end])
			end = at
		}
		list[end+j] = more[j]
	}
	return list
}

// Sort is the order that the catalogue is in.
func (c *Catalogue) Sort() query.Sort { return c.by }

// Sorted computes another order. It works on a copy and may be called in a
// goroutine of its own: call it, and hand what it returns to SetOrder.
func (c *Catalogue) Sorted(by query.Sort) func() Ordering {
	items, order, texts, words := slices.Clone(c.items), slices.Clone(c.order), c.texts.frozen(), c.words.frozen()
	return func() Ordering {
		slices.SortFunc(order, func(a, b Index) int { return compareItems(items, texts, words, by, a, b) })
		return Ordering{by: by, order: order}
	}
}

// Ordering is a computed order.
type Ordering struct {
	by    query.Sort
	order []Index
}

// SetOrder takes an order over. What came while it was computed is put in.
func (c *Catalogue) SetOrder(o Ordering) {
	c.by = o.by
	// Reports may have changed meanwhile: an order that is nearly right is
	// quickly made right.
	if len(o.order) < len(c.items) {
		there := make([]bool, len(c.items))
		for _, at := range o.order {
			there[at] = true
		}
		for at := range c.items {
			if !there[at] {
				o.order = append(o.order, Index(at))
			}
		}
	}
	if !slices.IsSortedFunc(o.order, c.compare) {
		slices.SortFunc(o.order, c.compare)
	}
	c.order = o.order
}
