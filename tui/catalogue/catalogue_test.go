package catalogue

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/query"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func excerpt(n int, change ...func(*store.Excerpt)) store.Excerpt {
	e := store.Excerpt{N: int64(n), ID: fmt.Sprintf("almbz#%d", n), Tracker: "almbz", Title: fmt.Sprintf("Report %d of gizmo", n), Status: "new", Open: true,
		Release: "9.6", Package: "gizmo", Reporter: "jane", Created: noon.Add(time.Duration(-n) * time.Hour), Updated: noon.Add(time.Duration(-n) * time.Hour)}
	for _, f := range change {
		f(&e)
	}
	return e
}

func ids(c *Catalogue, list []Index) string {
	var out []string
	for _, at := range list {
		out = append(out, strings.TrimPrefix(c.Row(at).ID, "almbz#"))
	}
	return strings.Join(out, " ")
}

func parse(t *testing.T, text string) query.Query {
	t.Helper()
	q, err := query.Parse(text, noon)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestPutKeepsTheOrder(t *testing.T) {
	c := New()
	c.Put([]store.Excerpt{excerpt(3), excerpt(1), excerpt(5)})
	c.Put([]store.Excerpt{excerpt(2), excerpt(4)})
	if got := ids(c, c.Order()); got != "1 2 3 4 5" {
		t.Errorf("newest first: %s", got)
	}
	// A change brings a report to the top, and its new words with it.
	c.Put([]store.Excerpt{excerpt(4, func(e *store.Excerpt) { e.Updated, e.Title = noon.Add(time.Hour), "Other" })})
	if got := ids(c, c.Order()); got != "4 1 2 3 5" || c.Row(c.Order()[0]).Title != "Other" || c.Len() != 5 {
		t.Errorf("after a change: %s, %d", got, c.Len())
	}
	for by, want := range map[query.Sort]string{{By: query.SortID}: "1 2 3 4 5", {By: query.SortID, Reverse: true}: "5 4 3 2 1", {By: query.SortCreated}: "1 2 3 4 5",
		{By: query.SortTitle}: "4 1 2 3 5"} {
		c.SetOrder(c.Sorted(by)())
		if got := ids(c, c.Order()); got != want {
			t.Errorf("%s: %s, not %s", by, got, want)
		}
	}
}

// What was read before a change does not undo it.
func TestPutOld(t *testing.T) {
	c := New()
	c.Put([]store.Excerpt{excerpt(1, func(e *store.Excerpt) { e.Changed, e.Title = 7, "new" })})
	c.Put([]store.Excerpt{excerpt(1, func(e *store.Excerpt) { e.Changed, e.Title = 6, "old" })})
	if got := c.Row(c.Order()[0]).Title; got != "new" {
		t.Error(got)
	}
}

// What comes while another order is computed is in it all the same.
func TestSortedWhileItGrows(t *testing.T) {
	c := New()
	c.Put([]store.Excerpt{excerpt(1), excerpt(2)})
	compute := c.Sorted(query.Sort{By: query.SortID})
	c.Put([]store.Excerpt{excerpt(10), excerpt(3), excerpt(1, func(e *store.Excerpt) { e.ID = "almbz#99" })})
	c.SetOrder(compute())
	if got := ids(c, c.Order()); got != "2 3 10 99" {
		t.Error(got)
	}
}

func TestFilter(t *testing.T) {
	c := New()
	c.Put([]store.Excerpt{
		excerpt(1, func(e *store.Excerpt) { e.Verdict, e.Stale = reproduce.AlmaOnly, true }),
		excerpt(2, func(e *store.Excerpt) { e.Release, e.Package, e.Title = "10.0", "Bash", "Crash of ÄPFEL" }),
		excerpt(3, func(e *store.Excerpt) { e.Release, e.Suggested, e.Ran = "9", reproduce.FixedInStream, true }),
		excerpt(4, func(e *store.Excerpt) { e.Release, e.Open, e.Status = "90.1", false, "Closed" }),
		excerpt(5, func(e *store.Excerpt) {
			e.Private, e.Disputed, e.Flaky, e.Recipe = true, true, true, store.RecipeAccepted
		}),
		excerpt(6, func(e *store.Excerpt) { e.ID, e.Tracker, e.Recipe = "AlmaLinux/images#6", "github", store.RecipeDraft }),
	})
	for text, want := range map[string]string{
		"":                                 "1 2 3 4 5 AlmaLinux/images#6",
		"release:9":                        "1 3 5 AlmaLinux/images#6",
		"-release:9":                       "2 4",
		"package:bash":                     "2",
		"verdict:none release:9":           "3 5 AlmaLinux/images#6",
		"verdict:alma-only":                "1",
		"suggested:fixed-in-stream":        "3",
		"status:closed":                    "4",
		"status:new -is:private release:9": "1 3 AlmaLinux/images#6",
		"is:stale":                         "1", "is:disputed": "5", "is:flaky": "5", "is:draft": "AlmaLinux/images#6", "has:recipe": "5", "has:run": "3",
		"tracker:github":           "AlmaLinux/images#6",
		"tracker:almalinux/images": "AlmaLinux/images#6",
		"reporter:JANE is:stale":   "1",
		"crash":                    "2",
		"äpfel":                    "2",
		"-gizmo":                   "2",
		"images#6":                 "AlmaLinux/images#6",
		`"of gizmo" 3`:             "3",
		"updated:<2h":              "1 2",
	} {
		f := c.NewFilter(parse(t, text), false)
		if got := ids(c, c.NewList(f).Shown()); got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}

// Words of the texts, and what reports name, are told by the database.
func TestFound(t *testing.T) {
	c := New()
	c.Put([]store.Excerpt{excerpt(1), excerpt(2), excerpt(3, func(e *store.Excerpt) { e.Title = "segfault" })})
	q := parse(t, "segfault -reboot ref:RHEL-1")
	f := c.NewFilter(q, false)
	l := c.NewList(f)
	if l.Len() != 0 || f.Meta() || len(f.Wanted()) != 1 || len(f.Refs) != 1 {
		t.Fatalf("%d shown before anything is known", l.Len())
	}
	l.Touch(f.FoundTerm(f.Refs[0], []int64{1, 2, 3, 77}))
	if got := ids(c, l.Shown()); got != "3" {
		t.Errorf("by title: %s", got)
	}
	l.Touch(f.FoundBodies([]int64{2, 1}))
	if got := ids(c, l.Shown()); got != "1 2 3" {
		t.Errorf("by texts: %s", got)
	}
	l.Touch(f.FoundTerm(f.Text[1], []int64{2}))
	if got := ids(c, l.Shown()); got != "1 3" {
		t.Errorf("without what must not be there: %s", got)
	}
}

// A list that is kept up shows what one that is made anew does.
func TestTouchIsLikeNew(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := New()
	l := c.NewList(c.NewFilter(parse(t, "is:undecided gizmo"), false))
	for range 300 {
		var some []store.Excerpt
		for range r.IntN(6) {
			some = append(some, excerpt(1+r.IntN(60), func(e *store.Excerpt) {
				e.Updated = noon.Add(time.Duration(r.IntN(1000)) * time.Minute)
				if r.IntN(3) == 0 {
					e.Verdict = reproduce.AlmaOnly
				}
				if r.IntN(4) == 0 {
					e.Title = "something else"
				}
			}))
		}
		l.Touch(c.Put(some))
		if want := c.NewList(l.Filter).Shown(); !slices.Equal(want, l.Shown()) {
			t.Fatalf("%s, not %s", ids(c, l.Shown()), ids(c, want))
		}
	}
}

func TestPinned(t *testing.T) {
	c := New()
	c.Put([]store.Excerpt{excerpt(1), excerpt(2), excerpt(3)})
	l := c.NewList(c.NewFilter(parse(t, "is:undecided"), false))
	l.Pin(l.Shown()[1])
	decided := excerpt(2, func(e *store.Excerpt) { e.Verdict = reproduce.AlmaOnly })
	l.Touch(c.Put([]store.Excerpt{decided}))
	if got := ids(c, l.Shown()); got != "1 2 3" {
		t.Errorf("the one that the user is at went: %s", got)
	}
	l.Pin(-1)
	l.Touch(c.Put([]store.Excerpt{decided}))
	if got := ids(c, l.Shown()); got != "1 3" {
		t.Errorf("it stays for ever: %s", got)
	}
}

func TestRunning(t *testing.T) {
	c := New()
	c.Put([]store.Excerpt{excerpt(1), excerpt(2)})
	l := c.NewList(c.NewFilter(query.Query{}, true))
	l.Touch(c.SetRunning([]string{"almbz#2", "almbz#404"}))
	if got := ids(c, l.Shown()); got != "2" {
		t.Error(got)
	}
	l.Touch(c.SetRunning(nil))
	if l.Len() != 0 {
		t.Error(ids(c, l.Shown()))
	}
}
