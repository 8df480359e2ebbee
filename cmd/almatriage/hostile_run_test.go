package main

import (
	"context"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// hostileRun is a finished run whose every text is hostile: what podman, the
// images, the packages and the test said.
func hostileRun(report string) reproduce.Run {
	run := reproduce.Run{ID: reproduce.NewID(), Report: report, Recipe: hostileRecipe(), RecipeHash: hostile("xhash"), Started: day(4), Finished: day(5),
		State: reproduce.RunDone, Owner: hostile("xowner"), Hints: reproduce.Hints{Package: hostile("xpkg"), Release: hostile("xrel"), Text: hostile("xtext")}}
	run.Recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleExit}
	subject, p := strings.ToValidUTF8(hostile("xsource"), ""), 0.01 // a key of JSON, too
	run.Suggestion = reproduce.Suggestion{Verdict: reproduce.AlmaOnly, PValue: &p, Reasons: []string{hostile("xreason"), hostile("xreason2")}, Subject: subject,
		Command: []string{"virt-install", hostile("xcommand")}}
	for i, role := range []reproduce.Role{reproduce.RoleAlma, reproduce.RoleStream, reproduce.RoleThird, reproduce.RoleControl} {
		run.Sides = append(run.Sides, hostileSide(&run, role, subject, i))
	}
	return run
}

func hostileSide(run *reproduce.Run, role reproduce.Role, subject string, i int) reproduce.Side {
	side := reproduce.Side{Role: role, Key: "key", Target: reproduce.Target{Name: string(role) + hostile("xtarget"), Image: hostile("ximage"),
		Distribution: reproduce.Distribution(hostile("xdist")), Release: hostile("xmajor"), Setup: hostile("xsetup")},
		Image: reproduce.Image{Target: string(role), Ref: hostile("ximage"), ID: hostile("xid"), Digest: hostile("xdigest"), Arch: hostile("xarch"), Level: hostile("xlevel")}}
	version := rpm.EVR{Epoch: 1, Version: hostile("xver"), Release: string(rune('1'+i)) + hostile("xbuild")}
	side.Prepared = reproduce.Prepared{Key: "key", ImageID: hostile("xid"), At: day(4), Print: reproduce.Fingerprint{
		OSRelease: map[string]string{"PRETTY_NAME": hostile("xos"), hostile("xoskey"): "1"}, Arch: hostile("xarch"), Level: hostile("xlevel"),
		Packages: rpm.NewSet([]rpm.Package{{Name: "gizmo", EVR: version, Arch: hostile("xarch"), Source: subject, SourceEVR: version, Vendor: hostile("xvendor")},
			{Name: hostile("xname"), EVR: version, Source: hostile("xother"), SourceEVR: version}}),
		Required: map[string][]string{"gizmo": {hostile("xnevra")}}, Repos: []reproduce.Repo{{ID: hostile("xrepo"), Revision: hostile("xrevision")}},
		Changelogs: map[string]string{subject: "* Mon May 11 2026 " + hostile("xauthor") + " - 1.0-" + string(rune('1'+i)) + "\n- " + hostile("xentry") + "\n"},
		Kernel:     hostile("xkernel"), Podman: hostile("xpodman"), HostLevel: hostile("xlevel"), Dropped: []string{hostile("xdropped")}}}
	if role == reproduce.RoleControl {
		side.Control = &reproduce.Control{Source: subject, EVR: version, Packages: []string{hostile("xname")}}
	}
	for n := range 2 {
		side.Attempts = append(side.Attempts, hostileAttempt(run.ID, &side, n+1))
	}
	return side
}

// hostileAttempt shows the bug on AlmaLinux's side only.
func hostileAttempt(run string, side *reproduce.Side, number int) reproduce.Attempt {
	a := reproduce.Attempt{ID: reproduce.NewID(), Run: run, Target: side.Target.Name, Key: side.Key, Number: number, Started: day(4), Duration: time.Second, Limit: time.Minute,
		Done: true, Facts: reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest, ErrorLines: []string{hostile("xerror")},
			Excerpt: hostile("xexcerpt"), Detail: hostile("xdetail"),
			Match:  &reproduce.Match{Pattern: hostile("xpat"), Line: hostile("xmatch"), Count: 1},
			Answer: &reproduce.Answer{Seen: true, By: hostile("xasked")}}}
	if side.Role == reproduce.RoleAlma {
		a.Facts.Status = 1
	}
	for i, stream := range []reproduce.Stream{reproduce.Stdout, reproduce.Stderr, reproduce.Trace, reproduce.Stdout} {
		// Colours are kept of a log: what looks like one, and hides, is not.
		text := hostile("xline") + "\x1b[31mred\x1b[8mhidden\x1b[5mblinking\x1b[0m" + string(side.Role) + strings.Repeat(tuitest.Hostile(), i)
		a.Log.Lines = append(a.Log.Lines, reproduce.LogLine{Stream: stream, At: time.Duration(i), Text: text})
	}
	return a
}

// halfRun has a side that could not be prepared, and attempts that say nothing.
func halfRun() reproduce.Run {
	run := hostileRun(failed)
	run.Sides[0].Err = &reproduce.StepError{Target: hostile("xtarget"), Step: reproduce.StepRequire, Message: hostile("xfailed"), Advice: hostile("xadvice"), Output: hostile("xoutput")}
	run.Sides[0].Attempts = nil
	for i := range run.Sides[1].Attempts {
		run.Sides[1].Attempts[i].Facts.Missing, run.Sides[1].Attempts[i].Facts.Surroundings = []string{hostile("xmissing")}, []string{hostile("xsign")}
		run.Sides[2].Attempts[i].Facts = reproduce.Facts{End: reproduce.EndEngine, Step: reproduce.StepTest, Detail: hostile("xdetail")}
	}
	run.Suggestion = reproduce.Suggestion{Reasons: []string{hostile("xreason")}}
	return run
}

// importedRun is as somebody could have written it who shares their results:
// also the words that this program writes itself are hostile.
func importedRun() reproduce.Run {
	run := hostileRun(imported)
	run.Imported, run.Author = true, hostile("xtriager")
	run.Suggestion.Verdict = reproduce.Verdict(hostile("xverdict"))
	for i := range run.Sides {
		side := &run.Sides[i]
		side.Cached, side.CachedAt = true, day(3)
		for n := range side.Attempts {
			f := &side.Attempts[n].Facts
			f.End, f.Step = reproduce.End(hostile("xend")), reproduce.Step(hostile("xstep"))
		}
	}
	run.Sides[2].Role = reproduce.Role(hostile("xrole"))
	return run
}

// putHostileRun stores a run as the lab does.
func putHostileRun(ctx context.Context, db *store.DB, run reproduce.Run) error {
	begun := run
	begun.State, begun.Finished, begun.Sides, begun.Suggestion = reproduce.RunRunning, time.Time{}, nil, reproduce.Suggestion{}
	if err := db.BeginRun(ctx, begun); err != nil {
		return err
	}
	for _, side := range run.Sides {
		for _, a := range side.Attempts {
			if err := db.BeginAttempt(ctx, a); err != nil {
				return err
			}
			if err := db.FinishAttempt(ctx, a); err != nil {
				return err
			}
		}
	}
	return db.FinishRun(ctx, run)
}

// decideHostile stores decisions of two people, one of which was taken back.
func decideHostile(ctx context.Context, db *store.DB) error {
	for _, report := range []string{ran, failed, imported} {
		for i, verdict := range []reproduce.Verdict{reproduce.AlmaOnly, reproduce.NotABug, reproduce.Duplicate} {
			d := reproduce.Decision{ID: reproduce.NewID(), Report: report, Verdict: verdict, Note: hostile("xnote"), PatchURL: "https://xpatch.example/" + tuitest.Hostile(),
				By: hostile("xby"), At: day(6 + int64(i)), Suggested: reproduce.AlmaOnly, ReportUpdated: day(1)}
			if report == imported {
				d.Verdict, d.Suggested = reproduce.Verdict(hostile("xverdict")), reproduce.Verdict(hostile("xverdict"))
			}
			if err := db.Decide(ctx, d); err != nil {
				return err
			}
		}
		if _, err := db.Undo(ctx, report, hostile("xundoer"), day(9)); err != nil {
			return err
		}
	}
	return nil
}
