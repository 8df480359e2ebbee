package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

// copyRows makes a new database of the rows of a damaged one; nil if it is not
// of this program's version.
func copyRows(ctx context.Context, damaged, to string) (s *saved, err error) {
	all, err := steps()
	if err != nil {
		return nil, err
	}
	from, err := damagedPool(damaged)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	var version int
	if err := from.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil || version != len(all) {
		return nil, ctx.Err()
	}
	db, err := openFile(ctx, to, Options{Volatile: true}) // it is synced when it is moved
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var bare, named int
	if err := db.change(ctx, "copy rows", func(tx *sql.Tx) error {
		for _, table := range salvaged() {
			r := &rescue{ctx: ctx, from: from, tx: tx, zip: db.zip, table: table}
			if err := r.copy(); err != nil {
				return fmt.Errorf("table %s: %w", table, err)
			}
		}
		var err error
		bare, named, err = derive(ctx, tx)
		return err
	}); err != nil {
		return nil, err
	}
	totals, err := db.Totals(ctx)
	totals.Reports -= named
	return &saved{Totals: totals, bare: bare}, err
}

// rescue copies a table.
type rescue struct {
	ctx     context.Context
	from    *sql.DB // the damaged one
	tx      *sql.Tx // of the new one
	zip     *codec
	table   string
	columns []string
	types   []string
	keys    []string // the columns by which rows are ordered
	insert  *sql.Stmt
}

// copy reads from the first row on until nothing more can be read, then from
// the last one backwards.
func (r *rescue) copy() error {
	if err := r.look(); err != nil {
		return err
	}
	var err error
	if r.insert, err = r.tx.PrepareContext(r.ctx, fmt.Sprintf(`INSERT OR IGNORE INTO %s (%s) VALUES (%s)`, r.table, strings.Join(r.columns, ", "),
		marks(len(r.columns)))); err != nil {
		return err
	}
	left := &span{}
	whole, err := r.read(left)
	if err == nil && !whole {
		left.backwards = true
		_, err = r.read(left)
	}
	return errors.Join(err, r.insert.Close())
}

// marks are the places of n values in a statement.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// look learns the table's columns from the new database.
func (r *rescue) look() error {
	rows, err := r.tx.QueryContext(r.ctx, `SELECT name, type, pk FROM pragma_table_info(?) ORDER BY pk = 0, pk, cid`, r.table)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, kind string
		var pk int
		if err := rows.Scan(&name, &kind, &pk); err != nil {
			return err
		}
		if r.table == "reports" && slices.Contains(projections(), name) {
			continue
		}
		if pk > 0 {
			r.keys = append(r.keys, name)
		}
		r.columns, r.types = append(r.columns, name), append(r.types, kind)
	}
	return rows.Err()
}

// span is what is still to be read of a table: the rows between two keys; nil
// is no bound.
type span struct {
	above, below []any
	backwards    bool
}

// pass takes a row out of the span, with those before it; false if its key is
// none of the span's.
func (s *span) pass(key []any) bool {
	if !isKey(key) || s.above != nil && compareKeys(key, s.above) != 1 || s.below != nil && compareKeys(key, s.below) != -1 {
		return false
	}
	if s.backwards {
		s.below = key
	} else {
		s.above = key
	}
	return true
}

func isKey(key []any) bool { return key[0] != nil && key[0] != int64(noRow) }

// compareKeys orders keys as SQLite does; those of other types than a table's
// have no order (2).
func compareKeys(a, b []any) int {
	for i := range a {
		order := 2
		switch x := a[i].(type) {
		case int64:
			if y, ok := b[i].(int64); ok {
				order = cmp.Compare(x, y)
			}
		case string:
			if y, ok := b[i].(string); ok {
				order = cmp.Compare(x, y)
			}
		}
		if order != 0 {
			return order
		}
	}
	return 0
}

// read copies the rows of a span and passes over those that cannot be read. It
// tells whether it came to the end.
func (r *rescue) read(left *span) (whole bool, err error) {
	for {
		if whole, err = r.walk(left, r.columns, "", r.take); err != nil || whole {
			return whole, err
		}
		// Where a row goes on in a bad page its key can still be read.
		passed := false
		if _, err = r.walk(left, r.keys, " LIMIT 1", func([]any) error { passed = true; return nil }); err != nil || !passed {
			return false, err
		}
	}
}

// walk reads rows, the key's columns first, until one cannot be read.
func (r *rescue) walk(left *span, columns []string, limit string, take func([]any) error) (whole bool, err error) {
	key, direction := strings.Join(r.keys, ", "), ""
	if left.backwards {
		direction = " DESC"
	}
	text := fmt.Sprintf(`SELECT %s FROM %s WHERE true`, strings.Join(columns, ", "), r.table)
	var args []any
	for _, bound := range []struct {
		operator string
		key      []any
	}{{">", left.above}, {"<", left.below}} {
		if bound.key != nil {
			text += fmt.Sprintf(` AND (%s) %s (%s)`, key, bound.operator, marks(len(r.keys)))
			args = append(args, bound.key...)
		}
	}
	rows, err := r.from.QueryContext(r.ctx, text+` ORDER BY `+strings.Join(r.keys, direction+", ")+direction+limit, args...)
	if err != nil {
		return false, r.ctx.Err()
	}
	defer rows.Close()
	values, to := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		to[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return false, r.ctx.Err()
		}
		if !left.pass(slices.Clone(values[:len(r.keys)])) {
			continue
		}
		if err := take(values); err != nil {
			return false, err
		}
	}
	return rows.Err() == nil, r.ctx.Err()
}

// take adds a row to the new database, unless it is no row of ours, or what it
// belongs to is not there.
func (r *rescue) take(values []any) error {
	for i, value := range values {
		if !r.sound(r.columns[i], r.types[i], value) {
			return nil
		}
		if r.table == "reports" && r.columns[i] == "content" {
			values[i] = []byte{} // the tracker's next word is taken for news, and what is lost comes with it
		}
	}
	_, err := r.insert.ExecContext(r.ctx, values...)
	var failed *sqlite.Error
	if errors.As(err, &failed) && failed.Code()&0xff == sqlite3.SQLITE_CONSTRAINT {
		return nil
	}
	return err
}

// sound tells that the program can read a value: a page that holds a part of it
// may hold anything now.
func (r *rescue) sound(column, kind string, value any) bool {
	into := holds(r.table + "." + column)
	switch v := value.(type) {
	case int64:
		return kind == "INTEGER"
	case []byte:
		return kind == "BLOB" && (into == nil || r.zip.unpack(v, into) == nil)
	case string:
		if kind != "TEXT" || !utf8.ValidString(v) || strings.Contains(v, "\x00") {
			return false
		}
		if column == "evr" {
			_, err := rpm.ParseEVR(v)
			return err == nil
		}
		return into == nil || v == "" || json.Unmarshal([]byte(v), into) == nil
	}
	return false
}

// holds is what a column has JSON of, nil if it has none.
func holds(column string) any {
	switch column {
	case "recipes.recipe", "runs.recipe":
		return new(reproduce.Recipe)
	case "reports.labels", "sides.attempts":
		return new([]string)
	case "reports.refs", "comments.refs":
		return new([]tracker.Reference)
	case "texts.attachments":
		return new([]tracker.Attachment)
	case "runs.hints":
		return new(reproduce.Hints)
	case "runs.suggestion":
		return new(reproduce.Suggestion)
	case "sides.side":
		return new(sideRecord)
	case "sides.print", "prepared.print":
		return new(reproduce.Fingerprint)
	case "attempts.facts":
		return new(reproduce.Facts)
	case "logs.lines":
		return new([]lineRecord)
	case "package_sets.packages":
		return new([]rpm.Package)
	case "images.image":
		return new(reproduce.Image)
	case "guides.state":
		return new(guide.Guide)
	case "runs.builds", "batches.options":
		return new(any)
	}
	return nil
}
