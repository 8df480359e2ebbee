package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// A decision is stale when a later fingerprint of one of its sides holds a
// newer build of the subject (verdict.md). To tell without running anything,
// the builds that a target last had are kept beside those that were decided on.

// build is a source package as a side had it.
type build struct {
	Target string
	Source string
	EVR    rpm.EVR
	Seen   int64 // when the side was prepared, in milliseconds
}

// buildsOf lists the source packages of a side. The newest counts where
// several are installed beside each other, as kernels are.
func buildsOf(s reproduce.Side) []build {
	set := s.Prepared.Print.Packages
	if set == nil || s.Role == reproduce.RoleControl {
		return nil // a control goes back on purpose
	}
	var builds []build
	index := map[string]int{}
	for _, p := range set.Packages() {
		b := build{Target: s.Target.Name, Source: streamOf(p), EVR: sourceEVR(p), Seen: millis(s.Prepared.At)}
		if _, err := rpm.ParseEVR(b.EVR.String()); err != nil || p.Source == "" {
			continue // no version of rpm's: it says nothing
		}
		i, met := index[b.Source]
		switch {
		case !met:
			index[b.Source] = len(builds)
			builds = append(builds, b)
		case rpm.Compare(b.EVR, builds[i].EVR) > 0:
			builds[i] = b
		}
	}
	return builds
}

// streamOf is the source package, with its module stream: another stream is
// another thing, not a newer build.
func streamOf(p rpm.Package) string {
	if p.Module == "" {
		return p.Source
	}
	return p.Source + " (" + p.Module + ":" + p.ModuleStream + ")"
}

// sourceEVR is the version of a package's source, without an epoch: SOURCERPM
// holds none, and the binary packages of one source may have different ones.
func sourceEVR(p rpm.Package) rpm.EVR {
	if p.SourceEVR.Version == "" {
		return p.EVR
	}
	return rpm.EVR{Version: p.SourceEVR.Version, Release: p.SourceEVR.Release}
}

// decidedBuilds are the builds of its subject that a run's sides had.
func decidedBuilds(run *reproduce.Run) []build {
	source := run.Suggestion.Subject
	if source == "" {
		source = run.Hints.Package
	}
	var builds []build
	for _, side := range run.Sides {
		if side.Prepared.Print.Packages == nil {
			continue
		}
		streams := map[string]bool{}
		for _, p := range side.Prepared.Print.Packages.BySource(source) {
			streams[streamOf(p)] = true
		}
		for _, b := range buildsOf(side) {
			if streams[b.Source] {
				builds = append(builds, b)
			}
		}
	}
	return builds
}

// keepBuilds takes in what a side was made of, and marks the decisions in
// force that rest on older builds.
func keepBuilds(ctx context.Context, tx *sql.Tx, s reproduce.Side) error {
	builds := buildsOf(s)
	if len(builds) == 0 {
		return nil
	}
	packed, err := packBuilds(builds)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO builds (target, source, evr, seen) SELECT `+buildColumns+` FROM json_each(?) WHERE true
		ON CONFLICT (target, source) DO UPDATE SET evr = excluded.evr, seen = excluded.seen WHERE excluded.seen >= builds.seen`, packed); err != nil {
		return err
	}
	why, err := overtaken(ctx, tx, `b.target = ?`, s.Target.Name)
	if err != nil {
		return err
	}
	for decision, text := range why {
		// By the report's id, and only where it is news: a list would take
		// every such report for changed, each time that a side is kept.
		if _, err := tx.ExecContext(ctx, `UPDATE reports SET stale_build = ?1 WHERE id = (SELECT report FROM decisions WHERE id = ?2) AND decision = ?2 AND stale_build <> ?1`,
			text, decision); err != nil {
			return err
		}
	}
	return nil
}

// packBuilds is how builds are handed to SQLite: JSON, whose columns are
// buildColumns of json_each.
func packBuilds(builds []build) (string, error) {
	type record struct {
		Target, Source, EVR string
		Seen                int64
	}
	records := make([]record, len(builds))
	for i, b := range builds {
		records[i] = record{b.Target, b.Source, b.EVR.String(), b.Seen}
	}
	data, err := json.Marshal(records)
	return string(data), err
}

const buildColumns = `value->>'Target', value->>'Source', value->>'EVR', value->>'Seen'`

// buildsOfRuns are the packed builds that decisions on these runs rest on, by
// the run.
func (db *DB) buildsOfRuns(ctx context.Context, ids []string) (map[string]string, error) {
	const doing = "look up the builds of runs"
	data, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	rows, err := db.read.QueryContext(ctx, `SELECT id, builds FROM runs WHERE id IN (SELECT value FROM json_each(?))`, string(data))
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var id, builds string
		if err := rows.Scan(&id, &builds); err != nil {
			return nil, db.explain(doing, err)
		}
		all[id] = builds
	}
	if err := rows.Err(); err != nil {
		return nil, db.explain(doing, err)
	}
	for _, id := range ids {
		builds, found := all[id]
		if !found {
			return nil, noRun(id)
		}
		if builds != "" {
			continue
		}
		// It is not finished, or an older program finished it.
		run, err := db.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		if all[id], err = packBuilds(decidedBuilds(run)); err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
	}
	return all, nil
}

// overtaken finds, among decisions in force or to be, those that a later
// fingerprint overtook, and says by what.
func overtaken(ctx context.Context, tx *sql.Tx, condition string, arg any) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT d.decision, d.target, d.source, d.evr, b.evr FROM builds b
		JOIN decided_builds d ON d.target = b.target AND d.source = b.source WHERE b.seen > d.seen AND b.evr <> d.evr AND `+condition+` ORDER BY d.target DESC`, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	why := map[string]string{}
	for rows.Next() {
		var decision, target, source, had, has string
		if err := rows.Scan(&decision, &target, &source, &had, &has); err != nil {
			return nil, err
		}
		newer, err := isNewer(has, had)
		if err != nil {
			return nil, fmt.Errorf("build of %s on %s: %w", source, target, err)
		}
		if newer {
			why[decision] = fmt.Sprintf("%s has %s %s now, decided with %s", target, source, has, had)
		}
	}
	return why, rows.Err()
}

func isNewer(a, b string) (bool, error) {
	left, err := rpm.ParseEVR(a)
	if err != nil {
		return false, err
	}
	right, err := rpm.ParseEVR(b)
	return rpm.Compare(left, right) > 0, err
}
