package store

import (
	"encoding/json"
	"fmt"

	"github.com/almatriage/almatriage/reproduce"
)

// Decisions merges a report's journal, which may be empty, when its runs are
// merged: decisions that are not here are added, and the newest of all that
// stand is in force.
func (m *Merger) Decisions(report string, list []reproduce.Decision) error {
	added := 0
	for _, d := range list {
		known, err := m.decision(d)
		if err != nil {
			return err
		}
		if known {
			m.merged.Decisions.Unchanged++
			continue
		}
		if err := addDecision(m.ctx, m.tx, d); err != nil {
			return err
		}
		added++
	}
	m.merged.Decisions.New += added
	based, err := m.base(report)
	if err != nil {
		return err
	}
	if added > 0 || based {
		if err := project(m.ctx, m.tx, report); err != nil {
			return err
		}
	}
	return m.dispute(report)
}

// decision tells whether a decision is here. Its id is unique for ever: another
// one of that id is none that almatriage made.
func (m *Merger) decision(d reproduce.Decision) (bool, error) {
	here := reproduce.Decision{ID: d.ID}
	var at, updated int64
	found, err := m.find([]any{&here.Report, &here.Verdict, &here.Note, &here.PatchURL, &here.By, &at, &here.Run, &here.Suggested, &here.Undoes, &updated},
		`SELECT report, verdict, note, patch_url, by, at, run, suggested, undoes, report_updated FROM decisions WHERE id = ?`, d.ID)
	if err != nil || !found {
		return false, err
	}
	same, err := sameAsTold(here, d)
	if err == nil && (!same || at != millis(d.At) || updated != millis(d.ReportUpdated)) {
		err = &Error{Code: CodeConflict, Message: fmt.Sprintf("decision %s on %.200s is another one here", d.ID, d.Report)}
	}
	return true, err
}

// sameAsTold compares a decision that is here with one that came: of what is not
// UTF-8 here the other tells only that it was there.
func sameAsTold(here, told reproduce.Decision) (bool, error) {
	data, err := json.Marshal(here)
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(data, &here); err != nil {
		return false, err
	}
	here.At, here.ReportUpdated = told.At, told.ReportUpdated
	return here == told, nil
}

// base records the builds that decisions rest on, where their runs are known
// only now, and tells whether there were any.
func (m *Merger) base(report string) (bool, error) {
	result, err := m.tx.ExecContext(m.ctx, `INSERT OR IGNORE INTO decided_builds (decision, target, source, evr, seen)
		SELECT d.id, `+buildColumns+` FROM decisions d JOIN runs r ON r.id = d.run, json_each(nullif(r.builds, '')) WHERE d.report = ?`, report)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// dispute lists a report on which people do not agree.
func (m *Merger) dispute(report string) error {
	list, err := decisions(m.ctx, m.tx, report)
	positions := Positions(list)
	if err != nil || !Disputed(positions) {
		return err
	}
	m.merged.Disputes = append(m.merged.Disputes, Dispute{Report: report, Decisions: positions})
	return nil
}
