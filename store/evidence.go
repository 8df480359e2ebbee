package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// Evidence is a finished run in short, as exports show it. It is written when
// the run ends, so that thousands of runs are read without their package sets.
type Evidence struct {
	AlmaResult, StreamResult string // "k/n" of the valid attempts, "" without such a side
	AlmaEVR, StreamEVR       string // of the subject, else of the first required package
}

// Evidence returns what the finished runs say, by the id of the run.
func (db *DB) Evidence(ctx context.Context) (map[string]Evidence, error) {
	const doing = "read what runs say"
	rows, err := db.read.QueryContext(ctx, `SELECT id, alma_result, stream_result, alma_evr, stream_evr FROM runs WHERE state = 'done'`)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	all := map[string]Evidence{}
	for rows.Next() {
		var id string
		var e Evidence
		if err := rows.Scan(&id, &e.AlmaResult, &e.StreamResult, &e.AlmaEVR, &e.StreamEVR); err != nil {
			return nil, db.explain(doing, err)
		}
		all[id] = e
	}
	return all, db.explain(doing, rows.Err())
}

func evidenceOf(run *reproduce.Run) (e Evidence) {
	for _, s := range run.Results() {
		counts := fmt.Sprintf("%d/%d", s.Tally.Seen, s.Tally.Valid)
		switch s.Side.Role {
		case reproduce.RoleAlma:
			e.AlmaResult, e.AlmaEVR = counts, subjectEVR(run, s.Side)
		case reproduce.RoleStream:
			e.StreamResult, e.StreamEVR = counts, subjectEVR(run, s.Side)
		}
	}
	return e
}

// subjectEVR is the source version of what a run is about, as a side has it,
// with the epoch of the binary package: SOURCERPM holds none.
func subjectEVR(run *reproduce.Run, side *reproduce.Side) string {
	set := side.Prepared.Print.Packages
	if set == nil {
		return ""
	}
	var found []rpm.Package
	if source := run.Suggestion.Subject; source != "" {
		found = set.BySource(source)
	} else if len(run.Recipe.Require) > 0 {
		found = set.WhatProvides(run.Recipe.Require[0])
	}
	if len(found) == 0 {
		return ""
	}
	p := slices.MaxFunc(found, func(a, b rpm.Package) int {
		// Binary packages of one source may have versions and epochs of their own.
		return cmp.Or(namedAsSource(a)-namedAsSource(b), rpm.Compare(a.EVR, b.EVR))
	})
	evr := sourceEVR(p)
	evr.Epoch = p.EVR.Epoch
	return evr.String()
}

func namedAsSource(p rpm.Package) int {
	if p.Name == p.Source {
		return 1
	}
	return 0
}
