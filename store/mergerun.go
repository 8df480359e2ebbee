package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// What an imported run says of targets, images and packages is somebody's word,
// and stays with that run: no image, build or package set of a run made here is
// taken from it, and none of its attempts is served as cached (DB.Attempts).

// Run merges a run, unless it is here, and judges it by the rules of this
// program. log gives the output of an attempt; it is asked for those that are new.
func (m *Merger) Run(run reproduce.Run, log func(attempt string) ([]reproduce.LogLine, error)) error {
	known, err := m.hasRun(&run)
	if err != nil {
		return err
	}
	if known {
		m.merged.Runs.Unchanged++
		return nil
	}
	m.merged.Runs.New++
	fresh, err := m.takeAttempts(&run)
	if err != nil {
		return err
	}
	run.Suggestion = reproduce.Suggestion{}
	if run.State == reproduce.RunDone {
		run.Suggestion = reproduce.Suggest(run)
	}
	if err := m.addRun(&run); err != nil {
		return err
	}
	for _, a := range fresh {
		if err := m.addAttempt(a, log); err != nil {
			return err
		}
	}
	for i := range run.Sides {
		if err := m.addSide(run.ID, i+1, &run.Sides[i]); err != nil {
			return err
		}
	}
	return m.suggest(&run)
}

// hasRun tells whether a run is here. One of which only the name is known has no
// report.
func (m *Merger) hasRun(run *reproduce.Run) (bool, error) {
	var report string
	found, err := m.find([]any{&report}, `SELECT report FROM runs WHERE id = ?`, run.ID)
	if err != nil || !found || report == "" {
		return false, err
	}
	if report != run.Report {
		return true, &Error{Code: CodeConflict, Message: fmt.Sprintf("run %s is of %.200s here, and said to be of %.200s", run.ID, report, run.Report)}
	}
	return true, nil
}

// takeAttempts returns those of a run's attempts that are not here, each once.
// For the others what is here counts.
func (m *Merger) takeAttempts(run *reproduce.Run) (fresh []reproduce.Attempt, err error) {
	met := map[string]bool{}
	for i := range run.Sides {
		for k := range run.Sides[i].Attempts {
			a := &run.Sides[i].Attempts[k]
			var facts string
			var duration, limit int64
			known, err := m.find([]any{&a.Done, &duration, &limit, &facts}, `SELECT done, duration, timeout, facts FROM attempts WHERE id = ?`, a.ID)
			if err != nil {
				return nil, err
			}
			if known {
				a.Duration, a.Limit, a.Facts = time.Duration(duration), time.Duration(limit), reproduce.Facts{}
				if err := json.Unmarshal([]byte(facts), &a.Facts); err != nil {
					return nil, err
				}
			} else if !met[a.ID] {
				met[a.ID] = true
				fresh = append(fresh, *a)
			}
		}
	}
	return fresh, nil
}

// addRun adds a run, in place of its name if that is all that was known.
func (m *Merger) addRun(run *reproduce.Run) error {
	recipe, err := m.db.zip.pack(run.Recipe)
	if err != nil {
		return err
	}
	hints, err := json.Marshal(run.Hints)
	if err != nil {
		return err
	}
	suggestion, err := json.Marshal(run.Suggestion)
	if err != nil {
		return err
	}
	builds, err := packBuilds(decidedBuilds(run))
	if err != nil {
		return err
	}
	e := evidenceOf(run)
	_, err = m.tx.ExecContext(m.ctx, `INSERT OR REPLACE INTO runs (id, report, recipe, recipe_hash, hints, fixed, started, finished, state, owner, author, imported,
		suggestion, alma_result, stream_result, alma_evr, stream_evr, builds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 1, ?, ?, ?, ?, ?, ?)`,
		run.ID, run.Report, recipe, run.RecipeHash, string(hints), run.Fixed, millis(run.Started), millis(run.Finished), string(run.State), run.Author,
		string(suggestion), e.AlmaResult, e.StreamResult, e.AlmaEVR, e.StreamEVR, builds)
	return err
}

// addAttempt adds an attempt. The run that made it may be another one than the
// one that it came with, and unknown: then its name is recorded. It must not be
// one that was made here, as the attempt would be served as cached.
func (m *Merger) addAttempt(a reproduce.Attempt, log func(string) ([]reproduce.LogLine, error)) error {
	var imported bool
	found, err := m.find([]any{&imported}, `SELECT imported FROM runs WHERE id = ?`, a.Run)
	if err != nil {
		return err
	}
	if found && !imported {
		return &Error{Code: CodeConflict, Message: fmt.Sprintf("attempt %s is said to be of run %s, which was made here without it", a.ID, a.Run)}
	}
	if !found {
		if err := m.nameRun(a.Run); err != nil {
			return err
		}
	}
	facts, err := json.Marshal(a.Facts)
	if err != nil {
		return err
	}
	if _, err := m.tx.ExecContext(m.ctx, `INSERT INTO attempts (id, run, target, key, number, started, duration, timeout, done, facts, log_bytes, log_dropped, log_sha256)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, a.ID, a.Run, a.Target, a.Key, a.Number, millis(a.Started), int64(a.Duration), int64(a.Limit), a.Done,
		string(facts), a.Log.Bytes, a.Log.Dropped, a.Log.SHA256); err != nil {
		return err
	}
	lines, err := log(a.ID)
	if err != nil || len(lines) == 0 {
		return err
	}
	packed, err := m.db.zip.pack(packLines(lines))
	if err != nil {
		return err
	}
	_, err = m.tx.ExecContext(m.ctx, `INSERT INTO logs (attempt, lines) VALUES (?, ?)`, a.ID, packed)
	return err
}

// nameRun records a run of which only the name is known: it is of no report.
func (m *Merger) nameRun(id string) error {
	recipe, err := m.db.zip.pack(reproduce.Recipe{})
	if err != nil {
		return err
	}
	_, err = m.tx.ExecContext(m.ctx, `INSERT INTO runs (id, report, recipe, recipe_hash, hints, fixed, started, finished, state, owner, author, imported, suggestion)
		VALUES (?, '', ?, '', '{}', 0, 0, 0, ?, '', '', 1, '')`, id, recipe, string(reproduce.RunInterrupted))
	return err
}

// addSide adds a side.
func (m *Merger) addSide(run string, n int, s *reproduce.Side) error {
	data, err := json.Marshal(recordSide(*s))
	if err != nil {
		return err
	}
	print := s.Prepared.Print
	packages, err := m.packages(print.Packages)
	if err != nil {
		return err
	}
	print.Packages = nil
	printed, err := json.Marshal(print)
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
	_, err = m.tx.ExecContext(m.ctx, `INSERT INTO sides (run, n, name, side, print, packages, attempts) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		run, n, nameOf(*s), string(data), string(printed), packages, string(attempts))
	return err
}

// packages stores a set under a name of its own, by all that is in it: the hash
// of a set covers less, and one that lies must not stand in for that of a run
// that is made here.
func (m *Merger) packages(set *rpm.Set) (string, error) {
	if set == nil {
		return "", nil
	}
	data, err := json.Marshal(set)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	name := "imported " + hex.EncodeToString(sum[:])
	return name, m.db.savePackages(m.ctx, m.tx, name, set)
}

// suggest puts what a run suggests into its report's row, if it is the newest.
func (m *Merger) suggest(run *reproduce.Run) error {
	if run.State != reproduce.RunDone {
		return nil
	}
	_, err := m.tx.ExecContext(m.ctx, `UPDATE reports SET suggested = ?, flaky = ?, last_run = ?3, last_run_at = ? WHERE id = ? AND last_run < ?3`,
		string(run.Suggestion.Verdict), run.Suggestion.Flaky, run.ID, millis(run.Finished), run.Report)
	return err
}
