package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// BeginRun implements reproduce.Journal.
func (db *DB) BeginRun(ctx context.Context, run reproduce.Run) error {
	const doing = "record a run"
	recipe, err := db.zip.pack(run.Recipe)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	hints, err := json.Marshal(run.Hints)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return db.change(ctx, doing, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO runs (id, report, recipe, recipe_hash, hints, fixed, started, finished, state, batch, owner, author, imported, suggestion)
			VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, '')`, run.ID, run.Report, recipe, run.RecipeHash, string(hints), run.Fixed, millis(run.Started),
			string(run.State), run.Batch, run.Owner, run.Author, run.Imported); err != nil {
			return err
		}
		for _, side := range run.Sides {
			if err := db.saveSide(ctx, tx, run.ID, side); err != nil {
				return err
			}
		}
		return nil
	})
}

// SaveSide implements reproduce.Journal.
func (db *DB) SaveSide(ctx context.Context, run string, s reproduce.Side) error {
	return db.change(ctx, "record side "+s.Target.Name, func(tx *sql.Tx) error { return db.keepSide(ctx, tx, run, s) })
}

// keepSide stores a side and what it tells of its target.
func (db *DB) keepSide(ctx context.Context, tx *sql.Tx, run string, s reproduce.Side) error {
	if err := db.saveSide(ctx, tx, run, s); err != nil {
		return err
	}
	if err := saveImage(ctx, tx, s.Image); err != nil {
		return err
	}
	return keepBuilds(ctx, tx, s)
}

func (db *DB) saveSide(ctx context.Context, tx *sql.Tx, run string, s reproduce.Side) error {
	data, err := json.Marshal(recordSide(s))
	if err != nil {
		return err
	}
	print, packages, err := db.print(ctx, tx, s.Prepared.Print)
	if err != nil {
		return err
	}
	ids := make([]string, len(s.Attempts))
	for i, a := range s.Attempts {
		ids[i] = a.ID
	}
	attempts, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	var n int
	err = tx.QueryRowContext(ctx, `SELECT n FROM sides WHERE run = ? AND name = ?`, run, nameOf(s)).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM sides WHERE run = ?`, run).Scan(&n)
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO sides (run, n, name, side, print, packages, attempts) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		run, n, nameOf(s), string(data), print, packages, string(attempts))
	return err
}

// BeginAttempt implements reproduce.Journal.
func (db *DB) BeginAttempt(ctx context.Context, a reproduce.Attempt) error {
	return db.change(ctx, "record an attempt", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO attempts (id, run, target, key, number, started, duration, timeout, done, facts, log_bytes, log_dropped, log_sha256)
			VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, '{}', 0, 0, '')`, a.ID, a.Run, a.Target, a.Key, a.Number, millis(a.Started), int64(a.Limit))
		return err
	})
}

// FinishAttempt implements reproduce.Journal.
func (db *DB) FinishAttempt(ctx context.Context, a reproduce.Attempt) error {
	const doing = "record the end of an attempt"
	facts, err := json.Marshal(a.Facts)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var lines []byte
	if len(a.Log.Lines) > 0 {
		if lines, err = db.zip.pack(packLines(a.Log.Lines)); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	return db.change(ctx, doing, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE attempts SET key = ?, started = ?, duration = ?, done = ?, facts = ?, log_bytes = ?, log_dropped = ?, log_sha256 = ?
			WHERE id = ?`, a.Key, millis(a.Started), int64(a.Duration), a.Done, string(facts), a.Log.Bytes, a.Log.Dropped, a.Log.SHA256, a.ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, notFound("attempt %s was never begun", a.ID))
		}
		if lines == nil {
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO logs (attempt, lines) VALUES (?, ?)`, a.ID, lines)
		return err
	})
}

// lineRecord is a line of a log; its bytes need not be valid text.
type lineRecord struct {
	S reproduce.Stream `json:"s"`
	T time.Duration    `json:"t"`
	X []byte           `json:"x"`
}

func packLines(lines []reproduce.LogLine) []lineRecord {
	records := make([]lineRecord, len(lines))
	for i, l := range lines {
		records[i] = lineRecord{l.Stream, l.At, []byte(l.Text)}
	}
	return records
}

// AttemptLog returns what is kept of an attempt's output.
func (db *DB) AttemptLog(ctx context.Context, id string) (reproduce.Log, error) {
	const doing = "read the output of an attempt"
	var log reproduce.Log
	var packed []byte
	err := db.read.QueryRowContext(ctx, `SELECT a.log_bytes, a.log_dropped, a.log_sha256, l.lines FROM attempts a LEFT JOIN logs l ON l.attempt = a.id WHERE a.id = ?`, id).
		Scan(&log.Bytes, &log.Dropped, &log.SHA256, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return log, notFound("there is no attempt %s", id)
	}
	if err != nil || packed == nil {
		return log, db.explain(doing, err)
	}
	var records []lineRecord
	if err := db.zip.unpack(packed, &records); err != nil {
		return log, db.explain(doing, err)
	}
	for _, r := range records {
		log.Lines = append(log.Lines, reproduce.LogLine{Stream: r.S, At: r.T, Text: string(r.X)})
	}
	return log, nil
}

// FinishRun implements reproduce.Journal. A run that was interrupted has no
// suggestion. Of runs beside each other the one that was begun last counts, as
// for LastRun.
func (db *DB) FinishRun(ctx context.Context, run reproduce.Run) error {
	suggestion, err := json.Marshal(run.Suggestion)
	if err != nil {
		return fmt.Errorf("record the end of a run: %w", err)
	}
	builds, err := packBuilds(decidedBuilds(&run))
	if err != nil {
		return fmt.Errorf("record the end of a run: %w", err)
	}
	e := evidenceOf(&run)
	return db.change(ctx, "record the end of a run", func(tx *sql.Tx) error {
		for _, side := range run.Sides {
			if err := db.keepSide(ctx, tx, run.ID, side); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE runs SET finished = ?, state = ?, suggestion = ?, alma_result = ?, stream_result = ?, alma_evr = ?, stream_evr = ?,
			builds = ? WHERE id = ?`, millis(run.Finished), string(run.State), string(suggestion), e.AlmaResult, e.StreamResult, e.AlmaEVR, e.StreamEVR, builds,
			run.ID); err != nil || run.State != reproduce.RunDone {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE reports SET suggested = ?, flaky = ?, last_run = ?3, last_run_at = ? WHERE id = ? AND last_run < ?3`,
			string(run.Suggestion.Verdict), run.Suggestion.Flaky, run.ID, millis(run.Finished), run.Report)
		return err
	})
}

// Run returns a run with its sides, fingerprints and attempts; the lines of
// their logs are had by AttemptLog.
func (db *DB) Run(ctx context.Context, id string) (*reproduce.Run, error) {
	doing := "read run " + id
	run := &reproduce.Run{ID: id}
	var packed []byte
	var hints, suggestion string
	var started, finished int64
	err := db.read.QueryRowContext(ctx, `SELECT report, recipe, recipe_hash, hints, fixed, started, finished, state, batch, owner, author, imported, suggestion FROM runs WHERE id = ?`, id).
		Scan(&run.Report, &packed, &run.RecipeHash, &hints, &run.Fixed, &started, &finished, &run.State, &run.Batch, &run.Owner, &run.Author, &run.Imported, &suggestion)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noRun(id)
	}
	if err != nil {
		return nil, db.explain(doing, err)
	}
	run.Started, run.Finished = fromMillis(started), fromMillis(finished)
	if err := db.zip.unpack(packed, &run.Recipe); err != nil {
		return nil, db.explain(doing, err)
	}
	if err := json.Unmarshal([]byte(hints), &run.Hints); err != nil {
		return nil, db.explain(doing, err)
	}
	if suggestion != "" {
		if err := json.Unmarshal([]byte(suggestion), &run.Suggestion); err != nil {
			return nil, db.explain(doing, err)
		}
	}
	run.Sides, err = db.sides(ctx, id)
	return run, db.explain(doing, err)
}

func (db *DB) sides(ctx context.Context, run string) ([]reproduce.Side, error) {
	type row struct{ side, print, packages, attempts string }
	var found []row
	rows, err := db.read.QueryContext(ctx, `SELECT side, print, packages, attempts FROM sides WHERE run = ? ORDER BY n`, run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.side, &r.print, &r.packages, &r.attempts); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	sides := make([]reproduce.Side, 0, len(found))
	for _, r := range found {
		var record sideRecord
		var ids []string
		if err := errors.Join(json.Unmarshal([]byte(r.side), &record), json.Unmarshal([]byte(r.attempts), &ids)); err != nil {
			return nil, err
		}
		side := record.side()
		if side.Prepared.Print, err = db.readPrint(ctx, r.print, r.packages); err != nil {
			return nil, err
		}
		if side.Attempts, err = db.attemptsByID(ctx, ids); err != nil {
			return nil, err
		}
		sides = append(sides, side)
	}
	return sides, nil
}

// attemptsByID reads attempts in the order of their ids.
func (db *DB) attemptsByID(ctx context.Context, ids []string) ([]reproduce.Attempt, error) {
	data, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	list, err := db.attempts(ctx, `a.id IN (SELECT value FROM json_each(?))`, string(data))
	slices.SortFunc(list, func(a, b reproduce.Attempt) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return list, err
}

// LastRun returns a report's newest run that was finished, nil if there is none.
func (db *DB) LastRun(ctx context.Context, report string) (*reproduce.Run, error) {
	var id string
	err := db.read.QueryRowContext(ctx, `SELECT id FROM runs WHERE report = ? AND state = 'done' ORDER BY id DESC LIMIT 1`, report).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, db.explain("look up the last run of "+report, err)
	}
	return db.Run(ctx, id)
}

// RunState is a run as lists show it.
type RunState struct {
	ID       string
	Report   string
	Started  time.Time
	Finished time.Time
	State    reproduce.RunState
	Verdict  reproduce.Verdict // suggested
}

// Runs lists a report's runs, newest first; all reports' with "".
func (db *DB) Runs(ctx context.Context, report string) ([]RunState, error) {
	return db.runs(ctx, `report = ?1 OR ?1 = ''`, report)
}

// Running lists the runs that go on in whatever process, newest first.
func (db *DB) Running(ctx context.Context) ([]RunState, error) { return db.runs(ctx, running) }

// running is written as the index of these runs has it.
const running = `state = 'running'`

func (db *DB) runs(ctx context.Context, condition string, args ...any) (list []RunState, err error) {
	const doing = "list runs"
	rows, err := db.read.QueryContext(ctx, `SELECT id, report, started, finished, state, coalesce(json_extract(nullif(suggestion, ''), '$.verdict'), '') FROM runs
		WHERE `+condition+` ORDER BY id DESC`, args...)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		var r RunState
		var started, finished int64
		if err := rows.Scan(&r.ID, &r.Report, &started, &finished, &r.State, &r.Verdict); err != nil {
			return nil, db.explain(doing, err)
		}
		r.Started, r.Finished = fromMillis(started), fromMillis(finished)
		list = append(list, r)
	}
	return list, db.explain(doing, rows.Err())
}

// InterruptRuns marks the runs whose owner is gone as interrupted, with the
// attempts that they never finished, and returns how many there were.
func (db *DB) InterruptRuns(ctx context.Context, alive func(owner string) bool) (n int, err error) {
	owners := map[string]string{}
	rows, err := db.read.QueryContext(ctx, `SELECT id, owner FROM runs WHERE `+running)
	if err != nil {
		return 0, db.explain("look for interrupted runs", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, owner string
		if err := rows.Scan(&id, &owner); err != nil {
			return 0, db.explain("look for interrupted runs", err)
		}
		owners[id] = owner
	}
	if err := rows.Err(); err != nil {
		return 0, db.explain("look for interrupted runs", err)
	}
	facts, err := json.Marshal(reproduce.Facts{End: reproduce.EndInterrupted, Step: reproduce.StepTest})
	if err != nil {
		return 0, err
	}
	for id, owner := range owners {
		if alive(owner) {
			continue
		}
		err := db.change(ctx, "mark an interrupted run", func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `UPDATE attempts SET facts = ? WHERE run = ? AND done = 0`, string(facts), id); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `UPDATE runs SET state = 'interrupted', finished = ? WHERE id = ? AND state = 'running'`, millis(db.now()), id)
			return err
		})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
