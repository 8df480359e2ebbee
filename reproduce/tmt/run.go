package tmt

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Author is who made a run that was read from tmt's results.
const Author = "tmt"

// skew is how far clocks may differ.
const skew = time.Hour

// firstYear is that of tmt: an id holds no time before 1970.
const firstYear = 2019

// Known is what is known here of a report that results are about.
type Known struct {
	Report  *tracker.Report
	Recipe  reproduce.Recipe
	Targets reproduce.Targets
	Now     time.Time
}

// Run makes a run of the results of a report, each on a target of its own. It
// is marked as imported, by nobody but tmt and by whom, and its ids follow from
// what the results say, so that the same results are the same run. No package
// is known of it and no more than one attempt a side is taken, so that it can
// never tell a difference. A result that does not fit is returned with its Why.
func (k Known) Run(results []Result, by string) (*reproduce.Run, []Result) {
	run := &reproduce.Run{Report: k.Report.ID.String(), Recipe: k.Recipe, RecipeHash: k.Recipe.Hash(), Hints: reproduce.HintsOf(k.Report),
		Fixed: true, State: reproduce.RunDone, Author: Author, Imported: true}
	if by != "" {
		run.Author += ", imported by " + by
	}
	var bad []Result
	taken := map[string]bool{}
	for _, res := range results {
		why := k.doubt(res)
		if why == "" && taken[res.Note.Target] {
			why = "there is another result on " + res.Note.Target + "; import one at a time"
		}
		if why != "" {
			res.Why, res.Note = why, nil
			bad = append(bad, res)
			continue
		}
		taken[res.Note.Target] = true
		run.Sides = append(run.Sides, k.side(res))
	}
	if len(run.Sides) == 0 {
		return nil, bad
	}
	name(run)
	k.roles(run)
	return run, bad
}

// name gives a run its times and its id, which follow from its attempts.
func name(run *reproduce.Run) {
	slices.SortFunc(run.Sides, func(a, b reproduce.Side) int { return strings.Compare(a.Target.Name, b.Target.Name) })
	of := []string{"run", run.Report}
	for i := range run.Sides {
		a := &run.Sides[i].Attempts[0]
		of = append(of, a.ID)
		if run.Started.IsZero() || a.Started.Before(run.Started) {
			run.Started = a.Started
		}
		if end := a.Started.Add(a.Duration); end.After(run.Finished) {
			run.Finished = end
		}
	}
	run.ID = idOf(run.Started, of)
	for i := range run.Sides {
		run.Sides[i].Attempts[0].Run = run.ID
	}
}

// doubt is why a result cannot be taken, "" if it can.
func (k Known) doubt(res Result) string {
	if res.Note == nil {
		return res.Why
	}
	_, known := k.Targets[res.Note.Target]
	reading := reproduce.Read(k.Recipe.Oracle, reproduce.Attempt{Facts: res.Note.Facts(k.Recipe.Oracle), Limit: res.Note.Limit})
	switch {
	case res.Note.Target == "":
		return "its target is not told: it did not run by a plan of almatriage"
	case !known:
		return fmt.Sprintf("there is no target %q here", res.Note.Target)
	case res.Note.Recipe != k.Recipe.Hash():
		return "another recipe ran than the report has now; export it again"
	case res.Note.Oracle != OracleHash(k.Recipe.Oracle):
		return "the recipe says otherwise now when the bug is reproduced; export it again"
	case res.Started.Year() < firstYear:
		return "its time is from before there was tmt"
	case res.Started.After(k.Now.Add(skew)) || res.Ended.After(k.Now.Add(skew)):
		return "it is from the future: see that the clocks are right"
	case !res.Ended.IsZero() && res.Ended.Before(res.Started):
		return "it ended before it began"
	case !res.Note.Agrees(reading.Kind):
		return fmt.Sprintf("the wrapper says %s, and what it saw means %s", res.Note.Reading, reading.Kind)
	}
	return ""
}

// side is a target with its one attempt.
func (k Known) side(res Result) reproduce.Side {
	target := k.Targets[res.Note.Target]
	side := reproduce.Side{Target: target, Role: reproduce.RoleThird, Image: reproduce.Image{Target: target.Name, Ref: res.Note.Image}}
	if _, digest, ok := strings.Cut(res.Note.Image, "@"); ok {
		side.Image.Digest = digest
	}
	a := reproduce.Attempt{Target: target.Name, Number: 1, Started: res.Started, Limit: res.Note.Limit, Done: true, Facts: res.Note.Facts(k.Recipe.Oracle)}
	if !res.Ended.IsZero() {
		a.Duration = res.Ended.Sub(res.Started)
	}
	a.ID = idOf(res.Started, []string{"attempt", k.Report.ID.String(), target.Name, fmt.Sprint(*res.Note), res.Started.String(), res.Ended.String()})
	side.Attempts = []reproduce.Attempt{a}
	return side
}

// roles gives each side its role, as a run on the targets of the report's
// release has it; a target that is none of these is a further opinion.
func (k Known) roles(run *reproduce.Run) {
	usual := map[string]bool{}
	if sides, err := k.Targets.ForRelease(k.Report.Release, run.Started); err == nil {
		for _, t := range sides[:2] {
			usual[t.Name] = true
		}
	} else { // no release is known: what there is decides
		for _, s := range run.Sides {
			usual[s.Target.Name] = true
		}
	}
	alma, stream := false, false
	for i := range run.Sides {
		side := &run.Sides[i]
		switch d := side.Target.Distribution; {
		case !usual[side.Target.Name]:
		case d.IsAlma() && !alma:
			side.Role, alma = reproduce.RoleAlma, true
		case !d.IsAlma() && !stream:
			side.Role, stream = reproduce.RoleStream, true
		}
	}
}

// idOf is an id as reproduce.NewID gives them, sortable by time, that follows
// from what it names.
func idOf(at time.Time, of []string) string {
	data, err := json.Marshal(of)
	if err != nil {
		panic(fmt.Sprintf("tmt: id of texts: %v", err)) // texts only
	}
	sum := sha256.Sum256(data)
	var id uuid.UUID
	copy(id[6:], sum[:10])
	for i, ms := 5, at.UnixMilli(); i >= 0; i, ms = i-1, ms>>8 {
		id[i] = byte(ms)
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
