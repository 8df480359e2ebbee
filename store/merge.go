package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/almatriage/almatriage/reproduce"
)

// What others found out is merged with what is here by rules that do not depend
// on the order in which it comes: the journals of decisions are united, and their
// ids, which sort by time, say which is in force; of a report that two know the
// one that changed last counts. Nothing is overwritten: what is here already
// stays as it is.

// Merged is what a merge brought.
type Merged struct {
	Reports   Brought // updated also by comments alone
	Recipes   Brought // new ones must be accepted before they run
	Runs      Brought
	Decisions Brought
	// Renamed are reports of the local tracker whose number was another's here.
	Renamed []Renamed
	// Disputes are those of the merged reports on which people do not agree.
	Disputes []Dispute
}

// Brought counts.
type Brought struct{ New, Updated, Unchanged int }

// Renamed is a report that has another id here.
type Renamed struct{ From, To string }

// Dispute is a report on which people decided differently.
type Dispute struct {
	Report    string
	Decisions []reproduce.Decision // the newest of each person that stands, newest first
}

// Merger merges, report by report: the report first, its recipe and its runs,
// and its decisions last.
type Merger struct {
	ctx      context.Context
	db       *DB
	tx       *sql.Tx
	prepared map[string]*sql.Stmt // closed by the transaction's end
	merged   Merged
}

// Merge merges all that work gives to the merger in one transaction: all of it,
// or nothing if there is an error. What contradicts what is here is CodeConflict.
func (db *DB) Merge(ctx context.Context, work func(*Merger) error) (Merged, error) {
	m := &Merger{ctx: ctx, db: db, prepared: map[string]*sql.Stmt{}}
	err := db.change(ctx, "merge what others found out", func(tx *sql.Tx) error {
		m.tx = tx
		return work(m)
	})
	if err != nil {
		return Merged{}, err
	}
	return m.merged, nil
}

// find reads a row, if there is one.
func (m *Merger) find(to []any, query string, args ...any) (bool, error) {
	err := m.tx.QueryRowContext(m.ctx, query, args...).Scan(to...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
