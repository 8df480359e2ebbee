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
	// Verdicts are the decisions in force: those verdicts that occur, in the
	// order of reproduce.Decidable.
	Verdicts []VerdictCount
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
	all      share
	releases map[string]share
	packages map[string]share
	people   map[string]int
}

// share is how many reports have which verdict; "" is for the undecided.
type share map[reproduce.Verdict]int

// verdicts has all that a person can decide for, in their order.
func (s share) verdicts() []VerdictCount {
	list := []VerdictCount{}
	for _, v := range reproduce.Decidable() {
		list = append(list, VerdictCount{v, s[v]})
	}
	return list
}

func (s share) decided() (sum int) {
	for verdict, n := range s {
		if verdict != "" {
			sum += n
		}
	}
	return sum
}

// tally counts the reports in one pass over all, so that the numbers fit each
// other whatever is decided meanwhile.
func (db *DB) tally(ctx context.Context, private bool) (*tally, error) {
	t := &tally{all: share{}, releases: map[string]share{}, packages: map[string]share{}, people: map[string]int{}}
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
	t.all[verdict]++
	count(t.releases, release, verdict)
	count(t.packages, pkg, verdict)
	if verdict != "" {
		t.people[by]++
	}
}

func count(shares map[string]share, name string, verdict reproduce.Verdict) {
	of := shares[name]
	if of == nil {
		of = share{}
		shares[name] = of
	}
	of[verdict]++
}

// stats puts what was counted in order; equals are in the order of their names.
func (t *tally) stats() Stats {
	s := t.sums
	s.Decided, s.Undecided = t.all.decided(), t.all[""]
	s.Verdicts = t.all.verdicts()
	s.Releases = progress(t.releases, len(t.releases), func(a, b Progress) int {
		return cmp.Or(b.Decided+b.Undecided-a.Decided-a.Undecided, cmp.Compare(a.Name, b.Name))
	})
	delete(t.packages, "")
	s.Packages = progress(t.packages, mostPackages, func(a, b Progress) int {
		return cmp.Or(b.Undecided-a.Undecided, b.Decided-a.Decided, cmp.Compare(a.Name, b.Name))
	})
	s.People = []PersonCount{}
	for _, by := range slices.Sorted(maps.Keys(t.people)) {
		s.People = append(s.People, PersonCount{by, t.people[by]})
	}
	slices.SortStableFunc(s.People, func(a, b PersonCount) int { return b.Decisions - a.Decisions })
	return s
}

// progress lists the first most in an order.
func progress(shares map[string]share, most int, order func(a, b Progress) int) []Progress {
	list := make([]Progress, 0, len(shares))
	for name, of := range shares {
		list = append(list, Progress{Name: name, Decided: of.decided(), Undecided: of[""]})
	}
	slices.SortFunc(list, order)
	list = list[:min(len(list), most)]
	for i := range list {
		p := &list[i]
		p.Verdicts = slices.DeleteFunc(shares[p.Name].verdicts(), func(c VerdictCount) bool { return c.Reports == 0 })
	}
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
