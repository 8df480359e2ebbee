package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// SaveGuide keeps a guide as it is now. A new one gets its ID.
func (db *DB) SaveGuide(ctx context.Context, g *guide.Guide) error {
	data, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("store the guide: %w", err)
	}
	state, done := string(data), g.At == guide.Done
	return db.change(ctx, "store the guide", func(tx *sql.Tx) error {
		if g.ID != 0 {
			_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO guides (id, state, done, started, updated) VALUES (?, ?, ?, ?, ?)`,
				g.ID, state, done, millis(g.Started), millis(g.Updated))
			return err
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO guides (state, done, started, updated) VALUES (?, ?, ?, ?)`, state, done, millis(g.Started), millis(g.Updated))
		if err != nil {
			return err
		}
		g.ID, err = result.LastInsertId()
		return err
	})
}

// Guides lists the guides that were not finished, those that were worked on
// last first.
func (db *DB) Guides(ctx context.Context) ([]guide.Guide, error) {
	return db.guides(ctx, `WHERE done = 0 ORDER BY updated DESC, id DESC`)
}

// Guide returns a guide by its ID.
func (db *DB) Guide(ctx context.Context, id int64) (*guide.Guide, error) {
	list, err := db.guides(ctx, `WHERE id = ?`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("there is no guide %d; see almatriage guide --list", id)
	}
	return &list[0], nil
}

func (db *DB) guides(ctx context.Context, condition string, args ...any) (list []guide.Guide, err error) {
	const doing = "read the guides"
	rows, err := db.read.QueryContext(ctx, `SELECT id, state, started, updated FROM guides `+condition, args...)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		g := guide.New()
		var state string
		var started, updated int64
		if err := rows.Scan(&g.ID, &state, &started, &updated); err != nil {
			return nil, db.explain(doing, err)
		}
		if err := json.Unmarshal([]byte(state), g); err != nil {
			return nil, db.explain(doing, err)
		}
		if g.Answers == nil { // null, and further ones go in
			g.Answers = guide.New().Answers
		}
		g.Started, g.Updated = fromMillis(started), fromMillis(updated)
		list = append(list, *g)
	}
	return list, db.explain(doing, rows.Err())
}

// DropGuide forgets a guide. What came of it stays.
func (db *DB) DropGuide(ctx context.Context, id int64) error {
	return db.change(ctx, "forget a guide", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM guides WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return notFound("there is no guide %d; see almatriage guide --list", id)
	})
}

// SaveLocal keeps a report of the local tracker. One without a number gets the
// next that is free.
func (db *DB) SaveLocal(ctx context.Context, r tracker.Report) (tracker.ID, error) {
	r.ID.Space, r.Tracker = tracker.LocalSpace, tracker.LocalSpace
	err := db.change(ctx, "store the new report", func(tx *sql.Tx) error {
		if r.ID.Number == 0 {
			err := tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) + 1 FROM reports WHERE space = ?`, tracker.LocalSpace).Scan(&r.ID.Number)
			if err != nil {
				return err
			}
		}
		w := &writer{ctx: ctx, tx: tx, prepared: map[string]*sql.Stmt{}, touched: map[int64]bool{}}
		return w.page(tracker.Page{Reports: []tracker.Report{r}})
	})
	return r.ID, err
}

// StoredRecipe returns a report's recipe, nil if it has none.
func (db *DB) StoredRecipe(ctx context.Context, report string) (*reproduce.StoredRecipe, error) {
	s, err := db.Recipe(ctx, report)
	var e *Error
	if errors.As(err, &e) && e.Code == CodeNotFound {
		return nil, nil
	}
	return s, err
}

// Find returns reports whose title or texts have all of the words, newest first,
// at most limit: as far as lists show them.
func (db *DB) Find(ctx context.Context, words string, limit int) ([]tracker.Report, error) {
	var q query.Query
	for _, word := range wordsOf(words) {
		q.Terms = append(q.Terms, query.Term{Key: query.KeyText, Value: word})
	}
	if len(q.Terms) == 0 {
		return nil, nil
	}
	rows, err := db.List(ctx, q, limit)
	if err != nil {
		return nil, err
	}
	return reportsOf(rows)
}

// Bounds of a search for similar reports.
const (
	similarWords = 12
	similarEach  = 200 // reports looked at for a word
	similarLeast = 2   // words that titles must share
)

// Similar returns reports whose titles share words with a text, those that share
// most first, at most limit. Words that every report has do not count.
func (db *DB) Similar(ctx context.Context, text string, limit int) ([]tracker.Report, error) {
	shared, rows := map[string]int{}, map[string]Row{}
	words := wordsOf(text)
	for _, word := range words[:min(len(words), similarWords)] {
		if len(word) < 4 || slices.Contains(commonWords(), word) {
			continue
		}
		found, err := db.List(ctx, query.Query{Terms: []query.Term{{Key: query.KeyText, Value: word}}}, similarEach)
		if err != nil {
			return nil, err
		}
		for _, row := range found {
			if slices.Contains(wordsOf(row.Title), word) {
				shared[row.ID]++
				rows[row.ID] = row
			}
		}
	}
	var near []Row
	for id, n := range shared {
		if n >= similarLeast {
			near = append(near, rows[id])
		}
	}
	slices.SortFunc(near, func(a, b Row) int {
		if n := shared[b.ID] - shared[a.ID]; n != 0 {
			return n
		}
		if c := b.Updated.Compare(a.Updated); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return reportsOf(near[:min(len(near), limit)])
}

// commonWords are in the titles of many reports.
func commonWords() []string {
	return []string{"about", "after", "almalinux", "always", "before", "broken", "cannot", "crash", "crashes", "does", "doesn", "error", "every", "fail", "failed",
		"fails", "from", "have", "into", "missing", "more", "only", "over", "package", "returns", "some", "than", "that", "then", "there", "this", "update", "when",
		"with", "without", "work", "works", "wrong"}
}

// wordsOf are the words of a text, each once.
func wordsOf(text string) []string {
	var words []string
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// reportsOf are reports as far as rows tell of them.
func reportsOf(rows []Row) ([]tracker.Report, error) {
	list := make([]tracker.Report, 0, len(rows))
	for _, row := range rows {
		id, err := tracker.ParseID(row.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, tracker.Report{ID: id, Title: row.Title, Status: row.Status, Open: row.Open, Updated: row.Updated, URL: row.URL})
	}
	return list, nil
}
