package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// Batch is a batch of runs as it is kept.
type Batch struct {
	ID      string
	Started time.Time
	Ended   time.Time // zero while there is something left to do
	// Options are those that it was begun with, as JSON.
	Options string
	Reports []BatchReport // in their order
}

// BatchReport is how far a report of a batch has got.
type BatchReport struct {
	Report string
	// Run is the finished run that the batch made of it, "" for none.
	Run     string
	Verdict reproduce.Verdict // suggested by it
	// Error is why there is no run, "" if there is one or it was not tried yet.
	Error string
}

// Done tells that the report is not to be tried again.
func (r BatchReport) Done() bool { return r.Run != "" || r.Error != "" }

// BeginBatch keeps a new batch: its reports in their order, and the options
// that it was begun with, which are encoded as JSON.
func (db *DB) BeginBatch(ctx context.Context, id string, started time.Time, options any, reports []string) error {
	const doing = "record the batch"
	encoded, err := json.Marshal(options)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	list, err := json.Marshal(reports)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return db.change(ctx, doing, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO batches (id, started, options) VALUES (?, ?, ?)`, id, millis(started), string(encoded)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO batch_reports (batch, n, report) SELECT ?, key, value FROM json_each(?)`, id, string(list))
		return err
	})
}

// FailInBatch keeps why a report of a batch could not be run.
func (db *DB) FailInBatch(ctx context.Context, batch, report, why string) error {
	return db.change(ctx, "record a failure of the batch", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batch_reports SET error = ? WHERE batch = ? AND report = ?`, why, batch, report)
		return err
	})
}

// EndBatch marks a batch as done.
func (db *DB) EndBatch(ctx context.Context, id string, at time.Time) error {
	return db.change(ctx, "record the end of the batch", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batches SET ended = ? WHERE id = ?`, millis(at), id)
		return err
	})
}

// Batch returns a batch by its ID or the beginning of it; with "" the newest
// one that has something left to do. None, or several, is CodeNotFound.
func (db *DB) Batch(ctx context.Context, id string) (*Batch, error) {
	const doing = "read the batch"
	condition := `substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 2`
	if id == "" {
		condition = `ended = 0 AND ?1 = '' ORDER BY id DESC LIMIT 1`
	}
	rows, err := db.read.QueryContext(ctx, `SELECT id, started, ended, options FROM batches WHERE `+condition, id)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	var found []Batch
	for rows.Next() {
		var b Batch
		var started, ended int64
		if err := rows.Scan(&b.ID, &started, &ended, &b.Options); err != nil {
			return nil, db.explain(doing, err)
		}
		b.Started, b.Ended = fromMillis(started), fromMillis(ended)
		found = append(found, b)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, db.explain(doing, err)
	}
	switch {
	case len(found) == 0 && id == "":
		return nil, notFound("there is no batch to go on with")
	case len(found) == 0:
		return nil, notFound("there is no batch %s", id)
	case len(found) > 1:
		return nil, notFound("%s is the beginning of several batches; give more of it", id)
	}
	found[0].Reports, err = db.batchReports(ctx, found[0].ID)
	return &found[0], db.explain(doing, err)
}

// batchReports tells how far each report of a batch has got, by its newest run
// in it.
func (db *DB) batchReports(ctx context.Context, id string) (list []BatchReport, err error) {
	rows, err := db.read.QueryContext(ctx, `SELECT b.report, b.error, coalesce(max(r.id), ''), coalesce(json_extract(nullif(r.suggestion, ''), '$.verdict'), '')
		FROM batch_reports b LEFT JOIN runs r ON r.batch = b.batch AND r.report = b.report AND r.state = 'done'
		WHERE b.batch = ? GROUP BY b.n ORDER BY b.n`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r BatchReport
		if err := rows.Scan(&r.Report, &r.Error, &r.Run, &r.Verdict); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
