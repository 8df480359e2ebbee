package bundle

import (
	"bytes"
	"fmt"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

// The reverse of what is in convert.go.

func reportFrom(r *Report) (tracker.Report, error) {
	id, err := tracker.ParseID(r.ID)
	return tracker.Report{ID: id, Tracker: r.Tracker, URL: r.URL, Title: r.Title, Body: r.Body, Steps: r.Steps, Additional: r.Additional, Status: r.Status,
		Open: r.Open, Resolution: r.Resolution, Reproducibility: r.Reproducibility, Severity: r.Severity, Project: r.Project, Version: r.Version,
		Category: r.Category, Labels: noneIsNil(r.Labels), Reporter: r.Reporter, Created: r.Created, Updated: r.Updated, Private: r.Private,
		Release: r.Release, Package: r.Package, References: referencesFrom(r.References),
		Attachments: noneIsNil(each(r.Attachments, func(a Attachment) tracker.Attachment { return tracker.Attachment(a) })),
		Comments: each(r.Comments, func(c Comment) tracker.Comment {
			return tracker.Comment{ID: c.ID, Report: id, Author: c.Author, Text: c.Text, Created: c.Created, Updated: c.Updated, Private: c.Private, URL: c.URL,
				References: referencesFrom(c.References)}
		})}, err
}

func referencesFrom(list []Reference) []tracker.Reference {
	return noneIsNil(each(list, func(r Reference) tracker.Reference { return tracker.Reference(r) }))
}

// noneIsNil gives an empty list the form that trackers give it: the same report
// is to be stored as the same.
func noneIsNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// storedRecipeFrom reads a recipe's text. Nobody has accepted it here.
func storedRecipeFrom(about *StoredRecipe, source []byte, files []reproduce.File) (reproduce.StoredRecipe, error) {
	recipe, err := fmf.Parse("recipe.fmf", source)
	if err != nil {
		return reproduce.StoredRecipe{}, err
	}
	recipe.Files = files
	if hash := recipe.Hash(); hash != about.Hash {
		return reproduce.StoredRecipe{}, fmt.Errorf("the hash of what the recipe executes is %s, not %.100q", hash, about.Hash)
	}
	return reproduce.StoredRecipe{Report: about.Report, Recipe: recipe, Origin: reproduce.OriginImported, Set: about.Set, Author: about.Author}, nil
}

func decisionFrom(d Decision) reproduce.Decision { return reproduce.Decision(d) }

// runFrom rebuilds a run with its suggestion as it is told; set gives the
// package sets by their names.
func runFrom(r *Run, set func(name string) (*rpm.Set, error)) (reproduce.Run, error) {
	run := reproduce.Run{ID: r.ID, Report: r.Report, Author: r.Author, Recipe: recipeFrom(r.Recipe), RecipeHash: r.RecipeHash, Fixed: r.Fixed,
		Started: r.Started, Finished: r.Finished, State: r.State, Suggestion: r.Suggestion, Imported: true,
		Hints: reproduce.Hints{Package: r.Hints.Package, Release: r.Hints.Release, Sometimes: r.Hints.Sometimes}}
	if r.Hints.Report != "" {
		var err error
		if run.Hints.Report, err = tracker.ParseID(r.Hints.Report); err != nil {
			return run, err
		}
	}
	for i := range r.Sides {
		side := sideFrom(&r.Sides[i])
		if name := r.Sides[i].Prepared.Fingerprint.Packages; name != "" {
			packages, err := set(name)
			if err != nil {
				return run, err
			}
			side.Prepared.Print.Packages = packages
		}
		run.Sides = append(run.Sides, side)
	}
	return run, nil
}

func recipeFrom(r Recipe) reproduce.Recipe {
	return reproduce.Recipe{Summary: r.Summary, Require: r.Require, Test: r.Test, Duration: r.DurationNS, Environment: r.Environment,
		Links:  some(r.Links, func(l Link) reproduce.Link { return reproduce.Link(l) }),
		Files:  some(r.Files, func(f RecipeFile) reproduce.File { return reproduce.File(f) }),
		Oracle: reproduce.Oracle(r.Oracle), Prepare: r.Prepare, Precheck: r.Precheck, Network: r.Network, Repeat: r.Repeat, Source: r.Source}
}

// sideFrom rebuilds a side without its packages.
func sideFrom(s *Side) reproduce.Side {
	side := reproduce.Side{Target: targetFrom(s.Target), Role: s.Role, Key: s.Key, Cached: s.Cached, CachedAt: s.CachedAt, Budget: s.Budget, Stale: s.Stale,
		Err: stepErrorFrom(s.Error), Attempts: each(s.Attempts, attemptFrom),
		Image:    reproduce.Image{Target: s.Image.Target, Ref: s.Image.Ref, Digest: s.Image.Digest, Arch: s.Image.Arch, Level: s.Image.Level, Offline: s.Image.Offline},
		Prepared: reproduce.Prepared{Key: s.Prepared.Key, At: s.Prepared.At, Unavailable: s.Prepared.Unavailable, Print: fingerprintFrom(s.Prepared.Fingerprint)}}
	if failed := stepErrorFrom(s.Image.Error); failed != nil {
		side.Image.Err = failed
	}
	if c := s.Control; c != nil {
		side.Control = &reproduce.Control{Source: c.Source, EVR: rpm.EVR(c.EVR), Packages: c.Packages}
	}
	return side
}

func targetFrom(t Target) reproduce.Target {
	target := reproduce.Target{Name: t.Name, Image: t.Image, Distribution: t.Distribution, Release: t.Release, Ended: t.Ended, Setup: t.Setup}
	switch {
	case t.SetupSHA256 != "":
		target.Setup = untoldSetup + t.SetupSHA256
	case t.Setup != reproduce.BuiltinTargets()[t.Name].Setup:
		target.Setup = untoldSetup + sha256Of(t.Setup)
	}
	return target
}

func fingerprintFrom(p Fingerprint) reproduce.Fingerprint {
	return reproduce.Fingerprint{OSRelease: p.OSRelease, Arch: p.Arch, Level: p.Level, Required: p.Required, Changelogs: p.Changelogs,
		Repos:  each(p.Repos, func(r Repo) reproduce.Repo { return reproduce.Repo(r) }),
		Kernel: p.Kernel, Podman: p.Podman, HostLevel: p.HostLevel, Dropped: p.Dropped}
}

func stepErrorFrom(e *StepError) *reproduce.StepError {
	if e == nil {
		return nil
	}
	return &reproduce.StepError{Target: e.Target, Step: e.Step, Message: e.Message, Advice: e.Advice, Output: e.Output, Infra: e.Infra}
}

func attemptFrom(a Attempt) reproduce.Attempt {
	return reproduce.Attempt{ID: a.ID, Run: a.Run, Target: a.Target, Key: a.Key, Number: a.Number, Started: a.Started, Duration: a.DurationNS, Limit: a.LimitNS,
		Done: a.Done, Facts: a.Facts, Log: reproduce.Log{Bytes: a.Log.Bytes, Dropped: a.Log.Dropped, SHA256: a.Log.SHA256}}
}

func logLineFrom(l LogLine) reproduce.LogLine {
	line := reproduce.LogLine{Stream: l.Stream, At: l.AtNS, Text: l.Text}
	if l.Bytes != nil {
		line.Text = string(l.Bytes)
	}
	return line
}

// linesFrom rebuilds the lines of an attempt's output.
func linesFrom(data []byte) (lines []reproduce.LogLine, err error) {
	for line := range bytes.Lines(data) {
		var l LogLine
		if err := decode(line, &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(lines)+1, err)
		}
		if l.AtNS < 0 || l.Stream != reproduce.Stdout && l.Stream != reproduce.Stderr && l.Stream != reproduce.Trace {
			return nil, fmt.Errorf("line %d: there is no stream %.100q, or its time is below 0", len(lines)+1, l.Stream)
		}
		lines = append(lines, logLineFrom(l))
	}
	return lines, nil
}

// setFrom rebuilds a package set.
func setFrom(data []byte) (*rpm.Set, error) {
	var list []Package
	if err := decode(data, &list); err != nil {
		return nil, err
	}
	return rpm.NewSet(each(list, func(p Package) rpm.Package {
		return rpm.Package{Name: p.Name, EVR: rpm.EVR(p.EVR), Arch: p.Arch, Source: p.Source, SourceEVR: rpm.EVR(p.SourceEVR), Vendor: p.Vendor,
			Module: p.Module, ModuleStream: p.ModuleStream, Requires: p.Requires, Provides: p.Provides, Files: p.Files}
	})), nil
}
