package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// Row is a report as lists show it.
type Row struct {
	ID         string
	URL        string
	Tracker    string
	Title      string
	Status     string
	Open       bool
	Release    string
	Package    string
	Reporter   string
	Created    time.Time
	Updated    time.Time
	Private    bool
	References []tracker.Reference

	Verdict   reproduce.Verdict // decided, "" if not
	Suggested reproduce.Verdict // by the newest finished run
	DecidedBy string
	DecidedAt time.Time
	Note      string
	PatchURL  string
	Stale     bool
	StaleWhy  string
	Disputed  bool // two people decided differently
	Flaky     bool
	LastRun   time.Time
	RunID     string // of the newest finished run
	Recipe    RecipeState
}

// RecipeState is whether a report has a recipe.
type RecipeState int

// The states.
const (
	NoRecipe RecipeState = iota
	RecipeDraft
	RecipeAccepted
)

const rowColumns = `r.id, r.url, r.tracker, r.title, r.status, r.open, r.release, r.package, r.reporter, r.created, r.updated, r.private, r.refs,
	r.verdict, r.suggested, r.disputed, r.flaky, r.last_run, r.last_run_at, r.recipe, r.stale_build,
	coalesce(d.by, ''), coalesce(d.at, 0), coalesce(d.note, ''), coalesce(d.patch_url, ''), coalesce(d.report_updated, 0)`

const rowsFrom = ` FROM reports r LEFT JOIN decisions d ON d.id = r.decision`

// List returns the reports that a query asks for, at most limit (0: all).
func (db *DB) List(ctx context.Context, q query.Query, limit int) ([]Row, error) {
	c := db.compile(q)
	return db.rows(ctx, c.where()+orderBy(q.Sort)+limitTo(limit), c.args...)
}

// Row returns one report as lists show it; found is false if it is not stored.
func (db *DB) Row(ctx context.Context, id tracker.ID) (row Row, found bool, err error) {
	rows, err := db.rows(ctx, " WHERE r.id = ?", id.String())
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// Rows returns reports as lists show them, in the order of their ids; those
// that are not stored are left out.
func (db *DB) Rows(ctx context.Context, ids []string) ([]Row, error) {
	condition, asked, err := inOrder(ids)
	if err != nil {
		return nil, db.explain("list reports", err)
	}
	return db.rows(ctx, condition, asked)
}

// inOrder is the condition, with its argument, that asks for reports by their
// ids, in the order of these.
func inOrder(ids []string) (condition, asked string, err error) {
	data, err := json.Marshal(ids)
	return ` JOIN json_each(?) asked ON asked.value = r.id ORDER BY asked.key`, string(data), err
}

// Choice is a query narrowed by the decision that is in force.
type Choice struct {
	Query query.Query
	Since time.Time // it was made at or since then; zero: at any time, or there is none
	By    string    // who made it, exactly as stored; "": anybody, or there is none
}

// choose is what a statement with rowsFrom ends with.
func (db *DB) choose(c Choice) (condition string, args []any) {
	q := db.compile(c.Query)
	if !c.Since.IsZero() {
		q.add(false, `(d.at >= ?)`, millis(c.Since))
	}
	if c.By != "" {
		q.add(false, `(d.by = ?)`, c.By)
	}
	return q.where() + orderBy(c.Query.Sort), q.args
}

func (db *DB) rows(ctx context.Context, condition string, args ...any) ([]Row, error) {
	const doing = "list reports"
	rows, err := db.read.QueryContext(ctx, `SELECT `+rowColumns+rowsFrom+condition, args...)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	list := []Row{}
	for rows.Next() {
		var r Row
		var created, updated, lastRun, decided, seen int64
		var refs, newer string
		if err := rows.Scan(&r.ID, &r.URL, &r.Tracker, &r.Title, &r.Status, &r.Open, &r.Release, &r.Package, &r.Reporter, &created, &updated, &r.Private,
			&refs, &r.Verdict, &r.Suggested, &r.Disputed, &r.Flaky, &r.RunID, &lastRun, &r.Recipe, &newer, &r.DecidedBy, &decided, &r.Note, &r.PatchURL, &seen); err != nil {
			return nil, db.explain(doing, err)
		}
		r.Created, r.Updated, r.LastRun, r.DecidedAt = fromMillis(created), fromMillis(updated), fromMillis(lastRun), fromMillis(decided)
		if refs != "null" && refs != "[]" {
			if err := json.Unmarshal([]byte(refs), &r.References); err != nil {
				return nil, db.explain(doing, err)
			}
		}
		r.StaleWhy = db.staleWhy(r, newer, fromMillis(seen))
		r.Stale = r.StaleWhy != ""
		list = append(list, r)
	}
	return list, db.explain(doing, rows.Err())
}

// Count counts the reports that a query asks for.
func (db *DB) Count(ctx context.Context, q query.Query) (n int, err error) {
	c := db.compile(q)
	err = db.read.QueryRowContext(ctx, `SELECT count(*) FROM reports r`+c.where(), c.args...).Scan(&n)
	return n, db.explain("count reports", err)
}

// keptFor is how long a decision stands that time alone can overtake.
const keptFor = 30 * 24 * time.Hour

// staleWhy is why a decision is stale, "" if it is not (verdict.md). staleSQL
// says the same to the database.
func (db *DB) staleWhy(r Row, newer string, seen time.Time) string {
	switch {
	case r.Verdict == "":
		return ""
	case newer != "":
		return newer
	case r.Updated.After(seen):
		return "the report changed on " + r.Updated.Format(time.DateOnly)
	case (r.Verdict == reproduce.FixedInStream || r.Verdict == reproduce.StreamOnly) && db.now().Sub(r.DecidedAt) > keptFor:
		return "decided more than 30 days ago, and updates may have come since"
	}
	return ""
}

// keptSince is the time before which such a decision was made, for staleSQL.
func (db *DB) keptSince() int64 { return millis(db.now().Add(-keptFor)) }

// staleSQL looks at decisions of reports that have one only: in most lists few do.
const staleSQL = `(CASE WHEN r.verdict = '' THEN 0 ELSE EXISTS (SELECT 1 FROM decisions d WHERE d.id = r.decision AND
	(r.stale_build <> '' OR r.updated > d.report_updated OR (r.verdict IN ('fixed-in-stream', 'stream-only') AND d.at < ?))) END)`

// compiled is a query as conditions on r (reports).
type compiled struct {
	conditions []string
	args       []any
}

func (c *compiled) where() string {
	if len(c.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.conditions, " AND ")
}

func (c *compiled) add(not bool, condition string, args ...any) {
	if not {
		condition = "NOT " + condition
	}
	c.conditions = append(c.conditions, condition)
	c.args = append(c.args, args...)
}

// compile turns a query into SQL; values are arguments, never text.
func (db *DB) compile(q query.Query) *compiled {
	c := &compiled{}
	for _, t := range q.Terms {
		switch t.Key {
		case query.KeyText:
			c.text(t)
		case query.KeyRelease:
			// What begins with the value and a dot; the slash follows the dot.
			c.add(t.Not, `(r.release = ? OR (r.release > ? AND r.release < ?))`, t.Value, t.Value+".", t.Value+"/")
		case query.KeyPackage:
			c.add(t.Not, `(r.package = ? COLLATE NOCASE)`, t.Value)
		case query.KeyReporter:
			c.add(t.Not, `(r.reporter = ? COLLATE NOCASE)`, t.Value)
		case query.KeyTracker:
			c.add(t.Not, `(r.tracker = ? COLLATE NOCASE OR r.space = ? COLLATE NOCASE)`, t.Value, t.Value)
		case query.KeyRef:
			c.add(t.Not, `(r.n IN (SELECT report FROM named WHERE key = ?))`, t.Value)
		case query.KeyVerdict:
			c.add(t.Not, `(r.verdict = ?)`, noneIsEmpty(t.Value))
		case query.KeySuggested:
			c.add(t.Not, `(r.suggested = ?)`, noneIsEmpty(t.Value))
		case query.KeyUpdated:
			c.between(t, "r.updated")
		case query.KeyCreated:
			c.between(t, "r.created")
		case query.KeyStatus:
			c.status(t)
		case query.KeyIs:
			c.is(t, db.keptSince())
		case query.KeyHas:
			c.has(t)
		default:
			c.add(false, `(0)`) // a key that is not known here matches nothing
		}
	}
	return c
}

// text also finds the report whose id a word is, as the interface does.
func (c *compiled) text(t query.Term) {
	found, args := `SELECT rowid FROM search WHERE search MATCH ?`, []any{phrase(t.Value, t.Phrase)}
	if strings.Contains(t.Value, "#") {
		found, args = found+` UNION ALL SELECT n FROM reports WHERE id = ?`, append(args, t.Value)
	}
	c.add(t.Not, `(r.n IN (`+found+`))`, args...)
}

func noneIsEmpty(s string) string {
	if s == "none" {
		return ""
	}
	return s
}

func (c *compiled) between(t query.Term, what string) {
	var conditions []string
	var args []any
	if !t.From.IsZero() {
		conditions, args = append(conditions, what+" >= ?"), append(args, millis(t.From))
	}
	if !t.To.IsZero() {
		conditions, args = append(conditions, what+" < ?"), append(args, millis(t.To))
	}
	if len(conditions) > 0 {
		c.add(t.Not, "("+strings.Join(conditions, " AND ")+")", args...)
	}
}

func (c *compiled) status(t query.Term) {
	switch t.Value {
	case "open":
		c.add(t.Not, `(r.open = 1)`)
	case "closed":
		c.add(t.Not, `(r.open = 0)`)
	default:
		c.add(t.Not, `(r.status = ? COLLATE NOCASE)`, t.Value)
	}
}

func (c *compiled) is(t query.Term, before int64) {
	switch t.Value {
	case "undecided":
		c.add(t.Not, `(r.verdict = '')`)
	case "stale":
		c.add(t.Not, staleSQL, before)
	case "flaky":
		c.add(t.Not, `(r.flaky = 1)`)
	case "private":
		c.add(t.Not, `(r.private = 1)`)
	case "disputed":
		c.add(t.Not, `(r.disputed = 1)`)
	case "draft":
		c.add(t.Not, `(r.recipe = 1)`)
	default:
		c.add(false, `(0)`)
	}
}

func (c *compiled) has(t query.Term) {
	switch t.Value {
	case "recipe":
		c.add(t.Not, `(r.recipe = 2)`)
	case "run":
		c.add(t.Not, `(r.last_run <> '')`)
	default:
		c.add(false, `(0)`)
	}
}

// orderBy is a total order, so that lists do not jump.
func orderBy(s query.Sort) string {
	down, up := "DESC", "ASC"
	if s.Reverse {
		down, up = up, down
	}
	switch s.By {
	case query.SortCreated:
		return " ORDER BY r.created " + down + ", r.n " + down
	case query.SortID:
		return " ORDER BY r.space " + up + ", r.number " + up
	case query.SortTitle:
		return " ORDER BY r.title COLLATE NOCASE " + up + ", r.n " + up
	case query.SortVerdict:
		return " ORDER BY r.verdict " + up + ", r.updated DESC, r.n DESC"
	}
	return " ORDER BY r.updated " + down + ", r.n " + down
}
