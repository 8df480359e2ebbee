package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// merge merges what is told, report by report.
func merge(t *testing.T, db *DB, reports ...tracker.Report) Merged {
	t.Helper()
	merged, err := db.Merge(t.Context(), func(m *Merger) error {
		for _, r := range reports {
			id, err := m.Report(r)
			if err != nil {
				return err
			}
			if err := m.Decisions(id.String(), nil); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, err)
	return merged
}

func remark(id int64, text string, hours int, private bool) tracker.Comment {
	return tracker.Comment{ID: id, Report: reportID(1), Author: "ann", Text: text, Created: at(hours), Updated: at(hours), Private: private}
}

// told is report 1 as somebody has it.
func told(title string, hours int, private bool, comments ...tracker.Comment) tracker.Report {
	return report(1, func(r *tracker.Report) {
		r.Title, r.Updated, r.Private, r.Comments = title, at(hours), private, comments
	})
}

// saidOf is the title of report 1, whether it is private, and its comments.
func saidOf(t *testing.T, db *DB) []string {
	t.Helper()
	r, err := db.Report(t.Context(), reportID(1))
	must(t, err)
	list := []string{r.Title, map[bool]string{true: "private", false: "public"}[r.Private]}
	for _, c := range r.Comments {
		list = append(list, c.Text+map[bool]string{true: " (private)", false: ""}[c.Private])
	}
	return list
}

func TestMergeReports(t *testing.T) {
	older, newer := told("older", 1, false, remark(1, "one", 0, false), remark(2, "two", 1, false)), told("newer", 3, false, remark(2, "two, edited", 2, false), remark(3, "three", 3, false))
	secret := told("secret", 2, true, remark(4, "four", 4, true))
	for name, c := range map[string]struct {
		order []tracker.Report
		want  []string
	}{
		"older, newer":       {[]tracker.Report{older, newer}, []string{"newer", "public", "one", "two, edited", "three"}},
		"newer, older":       {[]tracker.Report{newer, older}, []string{"newer", "public", "one", "two, edited", "three"}},
		"the same":           {[]tracker.Report{newer, newer}, []string{"newer", "public", "two, edited", "three"}},
		"private, newer":     {[]tracker.Report{secret, newer}, []string{"newer", "private", "two, edited", "three", "four (private)"}},
		"newer, private":     {[]tracker.Report{newer, secret}, []string{"newer", "private", "two, edited", "three", "four (private)"}},
		"a note made public": {[]tracker.Report{secret, told("x", 1, false, remark(4, "4", 5, false))}, []string{"secret", "private", "4 (private)"}},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			for _, r := range c.order {
				merge(t, db, r)
			}
			if diff := cmp.Diff(c.want, saidOf(t, db)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			checkWhole(t, db)
			if got := merge(t, db, c.order...).Reports; got != (Brought{Unchanged: len(c.order)}) {
				t.Errorf("merged again: %+v", got)
			}
		})
	}
}

// TestMergeBesideTheTracker: what the tracker said is not lost by a merge, and
// what the tracker says next counts.
func TestMergeBesideTheTracker(t *testing.T) {
	db := open(t)
	tracked := told("tracked", 1, false, remark(1, "one", 0, false), remark(2, "hush", 1, true))
	commitReports(t, db, tracked)
	if got := merge(t, db, told("merged", 2, false, remark(3, "three", 2, false))).Reports; got != (Brought{Updated: 1}) {
		t.Errorf("merged %+v", got)
	}
	if diff := cmp.Diff([]string{"merged", "public", "one", "hush (private)", "three"}, saidOf(t, db)); diff != "" {
		t.Errorf("merged (-want +got)\n%s", diff)
	}
	if got := found(t, db, text("three")); got != "1" {
		t.Errorf("by its comment one finds %q", got)
	}
	if counts := commitReports(t, db, tracked); counts.Updated != 1 {
		t.Errorf("counts %+v", counts)
	}
	if diff := cmp.Diff([]string{"tracked", "public", "one", "hush (private)", "three"}, saidOf(t, db)); diff != "" {
		t.Errorf("synced (-want +got)\n%s", diff)
	}
	// GitHub gives comments apart: the report that was merged is the report that comes.
	other := open(t)
	bare := told("tracked", 1, false)
	merge(t, other, told("tracked", 1, false, remark(1, "one", 0, false)))
	if counts := commitReports(t, other, bare); counts.Unchanged != 1 {
		t.Errorf("counts %+v", counts)
	}
	// What is marked private is so until the tracker says something.
	merge(t, other, told("tracked", 1, true))
	if counts := commitReports(t, other, bare); counts.Updated != 1 || saidOf(t, other)[1] != "public" {
		t.Errorf("counts %+v, %q", counts, saidOf(t, other))
	}
}

func text(word string) query.Term { return query.Term{Key: query.KeyText, Value: word} }

// TestMergeIsWhole: an error undoes all of it.
func TestMergeIsWhole(t *testing.T) {
	db := open(t)
	stop := errors.New("stop")
	merged, err := db.Merge(t.Context(), func(m *Merger) error {
		_, err := m.Report(report(1))
		return errors.Join(err, stop)
	})
	if !errors.Is(err, stop) || merged.Reports.New != 0 {
		t.Errorf("%+v, %v", merged, err)
	}
	if got := found(t, db); got != "" {
		t.Errorf("there is %q", got)
	}
}

func TestMergeLocalReports(t *testing.T) {
	begun := func(number int64, by, title string, hours int) tracker.Report {
		return tracker.Report{ID: tracker.ID{Space: tracker.LocalSpace, Number: number}, Tracker: tracker.LocalSpace, Title: title, Reporter: by, Created: at(hours), Updated: at(hours)}
	}
	db := open(t)
	mine, err := db.SaveLocal(t.Context(), begun(0, "me", "mine", 0))
	must(t, err)
	first := merge(t, db, begun(1, "ann", "ann's first", 1), begun(2, "ann", "ann's second", 2), begun(7, "ann", "ann's seventh", 3))
	want := Merged{Reports: Brought{New: 3}, Renamed: []Renamed{{"local#1", "local#2"}, {"local#2", "local#3"}}}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// Edited there, and under another number in the bundle of a third.
	edited := begun(5, "ann", "ann's first, edited", 1)
	edited.Updated = at(9)
	again := merge(t, db, edited, begun(1, "me", "mine", 0))
	want = Merged{Reports: Brought{Updated: 1, Unchanged: 1}, Renamed: []Renamed{{"local#5", "local#2"}}}
	if diff := cmp.Diff(want, again); diff != "" || mine.Number != 1 {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var titles []string
	rows, err := db.List(t.Context(), query.Query{Sort: query.Sort{By: query.SortID}}, 0)
	must(t, err)
	for _, row := range rows {
		titles = append(titles, row.ID+" "+row.Title)
	}
	if diff := cmp.Diff([]string{"local#1 mine", "local#2 ann's first, edited", "local#3 ann's second", "local#7 ann's seventh"}, titles); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMergeRecipes(t *testing.T) {
	stored := func(test string, origin reproduce.Origin, hours int, accepted bool) reproduce.StoredRecipe {
		s := reproduce.StoredRecipe{Report: reportID(1).String(), Recipe: reproduce.Recipe{Test: test}, Origin: origin, Set: at(hours), Author: "ann"}
		if accepted {
			s.Accepted, s.AcceptedBy, s.AcceptedAt = s.Recipe.Hash(), "ann", at(hours)
		}
		return s
	}
	early, late := stored("early", reproduce.OriginSet, 1, true), stored("late", reproduce.OriginSet, 2, true)
	for name, c := range map[string]struct {
		here   *reproduce.StoredRecipe
		order  []reproduce.StoredRecipe
		want   string // tests, the one in force first
		accept bool
		state  RecipeState
	}{
		"into nothing":       {nil, []reproduce.StoredRecipe{early}, "early", false, RecipeDraft},
		"early, late":        {nil, []reproduce.StoredRecipe{early, late}, "late early", false, RecipeDraft},
		"late, early":        {nil, []reproduce.StoredRecipe{late, early}, "late early", false, RecipeDraft},
		"twice":              {nil, []reproduce.StoredRecipe{late, late}, "late", false, RecipeDraft},
		"beside mine":        {new(stored("mine", reproduce.OriginSet, 0, true)), []reproduce.StoredRecipe{late, early}, "mine early late", false, RecipeAccepted},
		"beside a draft":     {new(stored("draft", reproduce.OriginDraft, 0, false)), []reproduce.StoredRecipe{late}, "draft late", false, RecipeDraft},
		"mine again":         {new(late), []reproduce.StoredRecipe{late}, "late", false, RecipeAccepted},
		"after one accepted": {nil, []reproduce.StoredRecipe{early, late}, "early late", true, RecipeAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			commitReports(t, db, report(1))
			if c.here != nil {
				must(t, db.SaveRecipe(t.Context(), *c.here))
			}
			for _, s := range c.order {
				_, err := db.Merge(t.Context(), func(m *Merger) error { return m.Recipe(s) })
				must(t, err)
				if c.accept {
					current, err := db.Recipe(t.Context(), s.Report)
					must(t, err)
					must(t, db.AcceptRecipe(t.Context(), s.Report, current.Recipe.Hash(), "me", noon))
				}
			}
			history, err := db.RecipeHistory(t.Context(), reportID(1).String())
			must(t, err)
			var tests []string
			for _, s := range history {
				tests = append(tests, s.Recipe.Test)
				if s.Origin == reproduce.OriginImported && s.AcceptedBy == "ann" {
					t.Errorf("%s is accepted", s.Recipe.Test)
				}
			}
			if got := strings.Join(tests, " "); got != c.want || row(t, db, 1).Recipe != c.state {
				t.Errorf("recipes %q, state %d; want %q, %d", got, row(t, db, 1).Recipe, c.want, c.state)
			}
		})
	}
}

// TestMergedBuilds: a decision rests on the builds of its run, whichever comes
// first, and what a run of others saw makes none of ours stale.
func TestMergedBuilds(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2))
	mine := finishedRun(t, db, 2, reproduce.Suggestion{Subject: "gizmo"}, side(t, reproduce.RoleAlma, "alma9", "3.2.0-4.el9", at(0)))
	decide(t, db, 2, reproduce.AlmaOnly, "me", func(d *reproduce.Decision) { d.Run = mine.ID })

	run := newRun(1, reproduce.NewID())
	run.State, run.Finished, run.Author = reproduce.RunDone, at(1), "ann"
	run.Sides = []reproduce.Side{side(t, reproduce.RoleAlma, "alma9", "3.2.0-9.el9", at(5)), side(t, reproduce.RoleStream, "stream9", "3.2.0-9.el9", at(5))}
	d := reproduce.Decision{ID: reproduce.NewID(), Report: reportID(1).String(), Verdict: reproduce.AlmaOnly, By: "ann", At: noon, Run: run.ID, ReportUpdated: noon}
	_, err := db.Merge(t.Context(), func(m *Merger) error { return m.Decisions(d.Report, []reproduce.Decision{d}) })
	must(t, err)
	merged, err := db.Merge(t.Context(), func(m *Merger) error {
		return errors.Join(m.Run(run, func(string) ([]reproduce.LogLine, error) { return nil, nil }), m.Decisions(d.Report, nil))
	})
	must(t, err)
	if merged.Runs.New != 1 || row(t, db, 1).Stale || row(t, db, 2).Stale {
		t.Errorf("%+v, stale %q, %q", merged, row(t, db, 1).StaleWhy, row(t, db, 2).StaleWhy)
	}
	finishedRun(t, db, 2, reproduce.Suggestion{}, side(t, reproduce.RoleThird, "alma9", "3.2.0-10.el9", at(6)))
	if why := row(t, db, 1).StaleWhy; !strings.Contains(why, "alma9 has gizmo 3.2.0-10.el9 now, decided with 3.2.0-9.el9") {
		t.Errorf("stale: %q", why)
	}
}

// TestMergedDisputes: the newest decision of each person that stands.
func TestMergedDisputes(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1))
	decide(t, db, 1, reproduce.AlmaOnly, "ann")
	id := reportID(1).String()
	one := func(v reproduce.Verdict, by string) reproduce.Decision {
		time.Sleep(time.Millisecond) // ids sort by time
		return reproduce.Decision{ID: reproduce.NewID(), Report: id, Verdict: v, By: by, At: noon, ReportUpdated: noon}
	}
	first, second := one(reproduce.AlmaOnly, "bob"), one(reproduce.NotABug, "bob")
	back := reproduce.Decision{ID: reproduce.NewID(), Report: id, By: "bob", At: noon, Undoes: second.ID}
	for _, c := range []struct {
		d    reproduce.Decision
		want []string
	}{{first, nil}, {second, []string{"bob not-a-bug", "ann alma-only"}}, {back, nil}} {
		merged, err := db.Merge(t.Context(), func(m *Merger) error { return m.Decisions(id, []reproduce.Decision{c.d}) })
		must(t, err)
		var got []string
		for _, dispute := range merged.Disputes {
			for _, d := range dispute.Decisions {
				got = append(got, d.By+" "+string(d.Verdict))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" || row(t, db, 1).Disputed != (c.want != nil) {
			t.Errorf("disputed %v (-want +got)\n%s", row(t, db, 1).Disputed, diff)
		}
	}
}

// TestMergedDecision: the same is known, another of its id is refused.
func TestMergedDecision(t *testing.T) {
	db := open(t)
	commitReports(t, db, report(1), report(2))
	here := decide(t, db, 1, reproduce.AlmaOnly, "ann", func(d *reproduce.Decision) { d.Note, d.ReportUpdated = "not \xff\xfe UTF-8", at(0) })
	for name, c := range map[string]struct {
		change func(*reproduce.Decision)
		same   bool
	}{
		"the same":           {func(*reproduce.Decision) {}, true},
		"another time":       {func(d *reproduce.Decision) { d.At = at(1) }, false},
		"another verdict":    {func(d *reproduce.Decision) { d.Verdict = reproduce.NotABug }, false},
		"of another report":  {func(d *reproduce.Decision) { d.Report = reportID(2).String() }, false},
		"taken back":         {func(d *reproduce.Decision) { d.Undoes = d.ID }, false},
		"seen at other time": {func(d *reproduce.Decision) { d.ReportUpdated = time.Time{} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := here
			d.Note = "not \ufffd\ufffd UTF-8"
			c.change(&d)
			merged, err := db.Merge(t.Context(), func(m *Merger) error { return m.Decisions(d.Report, []reproduce.Decision{d}) })
			if c.same && (err != nil || merged.Decisions != (Brought{Unchanged: 1})) {
				t.Errorf("%+v, %v", merged, err)
			}
			if !c.same {
				wantCode(t, err, CodeConflict)
			}
		})
	}
}
