package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// StatsOptions are what statistics are about.
type StatsOptions struct {
	Private bool // private reports count, too
	Days    int  // how many days Stats.Days has, today included; 0: none
}

// Stats is how far the triage is. Its lists are never nil.
type Stats struct {
	Reports, Open      int
	Decided, Undecided int
	Stale              int // of those decided
	LeftOut            int // private reports: nothing else here counts them

	// Verdicts are the decisions in force: all verdicts that a person can
	// decide for, in their order.
	Verdicts []VerdictCount
	// Releases has those with most reports first; "" is for reports that name
	// none.
	Releases []Progress
	// Packages has the 20 with most undecided reports, those first. Reports
	// that name none are left out.
	Packages []Progress
	// People has who made most of the decisions in force first.
	People []PersonCount
	// Days has the oldest first.
	Days []Day
}

// VerdictCount is how many reports have a verdict.
type VerdictCount struct {
	Verdict reproduce.Verdict
	Reports int
}

// Progress is how far the reports of a release or a package are.
type Progress struct {
	Name               string // raw
	Decided, Undecided int
}

// PersonCount is how many decisions in force are a person's.
type PersonCount struct {
	By        string // raw
	Decisions int
}

// Day is what was done on a day.
type Day struct {
	Date      time.Time // its beginning, UTC
	Runs      int       // begun on it, whatever came of them
	Decisions int       // made on it and not taken back, in force or not
}

// mostPackages is how many packages statistics name.
const mostPackages = 20

// Stats counts what there is and what was done.
func (db *DB) Stats(ctx context.Context, o StatsOptions) (Stats, error) {
	const doing = "count reports"
	t, err := db.tally(ctx, o.Private)
	if err != nil {
		return Stats{}, db.explain(doing, err)
	}
	s := t.stats()
	s.Days, err = db.days(ctx, o)
	return s, db.explain(doing, err)
}

// tally is what statistics are made of.
type tally struct {
	sums     Stats
	verdicts map[reproduce.Verdict]int
	releases map[string]Progress
	packages map[string]Progress
	people   map[string]int
}

// tally counts the reports in one pass over all.
func (db *DB) tally(ctx context.Context, private bool) (*tally, error) {
	t := &tally{verdicts: map[reproduce.Verdict]int{}, releases: map[string]Progress{}, packages: map[string]Progress{}, people: map[string]int{}}
	rows, err := db.read.QueryContext(ctx, `SELECT r.private, r.open, r.release, r.package, r.verdict, `+staleSQL+`,
		CASE WHEN r.verdict = '' THEN '' ELSE (SELECT by FROM decisions WHERE id = r.decision) END FROM reports r`, db.keptSince())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var hidden, open, stale bool
		var release, pkg, verdict, by string
		if err := rows.Scan(&hidden, &open, &release, &pkg, &verdict, &stale, &by); err != nil {
			return nil, err
		}
		if hidden && !private {
			t.sums.LeftOut++
			continue
		}
		t.add(open, stale, release, pkg, reproduce.Verdict(verdict), by)
	}
	return t, rows.Err()
}

func (t *tally) add(open, stale bool, release, pkg string, verdict reproduce.Verdict, by string) {
	t.sums.Reports++
	if open {
		t.sums.Open++
	}
	if stale {
		t.sums.Stale++
	}
	inRelease, inPackage := t.releases[release], t.packages[pkg]
	if verdict == "" {
		t.sums.Undecided++
		inRelease.Undecided++
		inPackage.Undecided++
	} else {
		t.sums.Decided++
		inRelease.Decided++
		inPackage.Decided++
		t.verdicts[verdict]++
		t.people[by]++
	}
	t.releases[release], t.packages[pkg] = inRelease, inPackage
}

// stats puts what was counted in order; equals are in the order of their names.
func (t *tally) stats() Stats {
	s := t.sums
	s.Verdicts = []VerdictCount{}
	for _, v := range reproduce.Decidable() {
		s.Verdicts = append(s.Verdicts, VerdictCount{v, t.verdicts[v]})
	}
	s.Releases = progress(t.releases, func(a, b Progress) int {
		return cmp.Or(b.Decided+b.Undecided-a.Decided-a.Undecided, cmp.Compare(a.Name, b.Name))
	})
	delete(t.packages, "")
	s.Packages = progress(t.packages, func(a, b Progress) int {
		return cmp.Or(b.Undecided-a.Undecided, b.Decided-a.Decided, cmp.Compare(a.Name, b.Name))
	})
	s.Packages = s.Packages[:min(len(s.Packages), mostPackages)]
	s.People = []PersonCount{}
	for _, by := range slices.Sorted(maps.Keys(t.people)) {
		s.People = append(s.People, PersonCount{by, t.people[by]})
	}
	slices.SortStableFunc(s.People, func(a, b PersonCount) int { return b.Decisions - a.Decisions })
	return s
}

func progress(byName map[string]Progress, order func(a, b Progress) int) []Progress {
	list := []Progress{}
	for name, p := range byName {
		p.Name = name
		list = append(list, p)
	}
	slices.SortFunc(list, order)
	return list
}

// days counts what was done on the last days.
func (db *DB) days(ctx context.Context, o StatsOptions) ([]Day, error) {
	const length = 24 * time.Hour
	today := db.now().UTC().Truncate(length)
	days := make([]Day, max(o.Days, 0))
	for i := range days {
		days[i].Date = today.AddDate(0, 0, i+1-len(days))
	}
	if len(days) == 0 {
		return days, nil
	}
	rows, err := db.read.QueryContext(ctx, `SELECT day, sum(runs), sum(decisions) FROM (
		SELECT (x.started - ?1) / ?3 AS day, 1 AS runs, 0 AS decisions FROM runs x JOIN reports r ON r.id = x.report
		WHERE x.started >= ?1 AND x.started < ?2 AND r.private <= ?4
		UNION ALL SELECT (x.at - ?1) / ?3, 0, 1 FROM decisions x JOIN reports r ON r.id = x.report
		WHERE x.at >= ?1 AND x.at < ?2 AND r.private <= ?4 AND x.undoes = ''
		AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.report = x.report AND u.undoes = x.id)) GROUP BY day`,
		millis(days[0].Date), millis(today.Add(length)), length.Milliseconds(), o.Private)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var day, runs, decisions int
		if err := rows.Scan(&day, &runs, &decisions); err != nil {
			return nil, err
		}
		days[day].Runs, days[day].Decisions = runs, decisions
	}
	return days, rows.Err()
}
