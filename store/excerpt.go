package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/query"
)

// Excerpt is a report as small as lists of a hundred thousand need it: what Row
// has beyond it is read for the few that are looked at. Texts are raw.
type Excerpt struct {
	N       int64 // row number: given once, larger for what was stored later
	Changed int64 // number of the last change: of two states of a report the larger is the newer

	ID       string
	Tracker  string
	Title    string
	Status   string
	Release  string
	Package  string
	Reporter string
	Open     bool
	Private  bool
	Created  time.Time
	Updated  time.Time

	Verdict   reproduce.Verdict // decided, "" if not
	Suggested reproduce.Verdict // by the newest finished run
	Stale     bool              // as of the moment of reading: see Changes
	Disputed  bool
	Flaky     bool
	Ran       bool // there is a finished run
	Recipe    RecipeState
}

const excerptColumns = `r.n, r.changed, r.id, r.tracker, r.title, r.status, r.release, r.package, r.reporter, r.open, r.private, r.created, r.updated,
	r.verdict, r.suggested, ` + staleSQL + `, r.disputed, r.flaky, r.last_run <> '', r.recipe`

// Excerpts returns the reports that a query asks for, in its order, at most
// limit (0: all).
func (db *DB) Excerpts(ctx context.Context, q query.Query, limit int) ([]Excerpt, error) {
	c := db.compile(q)
	return db.excerpts(ctx, limit, c.where()+orderBy(q.Sort), c.args...)
}

// ExcerptsBelow returns the reports with row numbers below that one (0: from
// the top), largest first, at most limit (0: all). It is how all are loaded:
// in parts, each beginning below the last row of the one before.
func (db *DB) ExcerptsBelow(ctx context.Context, below int64, limit int) ([]Excerpt, error) {
	return db.excerpts(ctx, limit, " WHERE r.n < ? ORDER BY r.n DESC", topIfZero(below))
}

// topIfZero is a bound for row numbers: 0 is none.
func topIfZero(below int64) int64 {
	if below == 0 {
		return math.MaxInt64
	}
	return below
}

// Changes returns the reports that were added or changed after the change with
// that number, by whatever process, in the order of their last changes, at most
// limit (0: all). latest is the number to ask with next: that of the last one
// returned, or since if there is none. Who loads all reports and keeps them up
// to date takes Latest first, then all, then the changes since. A decision that
// grows stale by time alone is no change.
func (db *DB) Changes(ctx context.Context, since int64, limit int) (excerpts []Excerpt, latest int64, err error) {
	excerpts, err = db.excerpts(ctx, limit, " WHERE r.changed > ? ORDER BY r.changed", since)
	if n := len(excerpts); n > 0 {
		since = excerpts[n-1].Changed
	}
	return excerpts, since, err
}

// Latest returns the number of the last change of any report, 0 if there are no
// reports.
func (db *DB) Latest(ctx context.Context) (n int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(max(changed), 0) FROM reports`).Scan(&n)
	return n, db.explain("read the number of the last change", err)
}

func (db *DB) excerpts(ctx context.Context, limit int, condition string, args ...any) ([]Excerpt, error) {
	const doing = "read reports"
	rows, err := db.read.QueryContext(ctx, `SELECT `+excerptColumns+` FROM reports r`+condition+limitTo(limit), append([]any{db.keptSince()}, args...)...)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	list := []Excerpt{}
	// One row is read again and again: what is allocated is what differs.
	var e Excerpt
	var verdict, suggested string
	var created, updated, recipe int64
	columns := []any{&e.N, &e.Changed, &e.ID, &e.Tracker, &e.Title, &e.Status, &e.Release, &e.Package, &e.Reporter, &e.Open, &e.Private, &created, &updated,
		&verdict, &suggested, &e.Stale, &e.Disputed, &e.Flaky, &e.Ran, &recipe}
	repeated := []*string{&e.Tracker, &e.Status, &e.Release, &e.Package, &e.Reporter, &verdict, &suggested}
	met := map[string]string{}
	for rows.Next() {
		if err := rows.Scan(columns...); err != nil {
			return nil, db.explain(doing, err)
		}
		for _, s := range repeated {
			first, ok := met[*s]
			if !ok {
				first, met[*s] = *s, *s
			}
			*s = first
		}
		e.Verdict, e.Suggested, e.Recipe = reproduce.Verdict(verdict), reproduce.Verdict(suggested), RecipeState(recipe)
		e.Created, e.Updated = fromMillis(created), fromMillis(updated)
		list = append(list, e)
	}
	return list, db.explain(doing, rows.Err())
}

// limitTo ends a statement that returns at most so many rows (0: all).
func limitTo(limit int) string {
	if limit <= 0 {
		return ""
	}
	return fmt.Sprintf(" LIMIT %d", limit)
}
