package bundle

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

// each converts a list; none is nil afterwards.
func each[From, To any](list []From, convert func(From) To) []To {
	converted := make([]To, len(list))
	for i, one := range list {
		converted[i] = convert(one)
	}
	return converted
}

// some is each for a list whose absence means something.
func some[From, To any](list []From, convert func(From) To) []To {
	if list == nil {
		return nil
	}
	return each(list, convert)
}

// keyed is a map whose keys are UTF-8: in JSON they stand in their order, which
// must not change when they are read.
func keyed[V any](m map[string]V) map[string]V {
	told := make(map[string]V, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		told[strings.ToValidUTF8(key, "\ufffd")] = m[key]
	}
	return told
}

// filled is a list that is not nil.
func filled[T any](list []T) []T { return append(make([]T, 0, len(list)), list...) }

// reportOf is a report with its comments, the private ones only if asked for.
func reportOf(r *tracker.Report, private bool) Report {
	comments := slices.DeleteFunc(slices.Clone(r.Comments), func(c tracker.Comment) bool { return c.Private && !private })
	return Report{ID: r.ID.String(), Tracker: r.Tracker, URL: r.URL, Title: r.Title, Body: r.Body, Steps: r.Steps, Additional: r.Additional,
		Status: r.Status, Open: r.Open, Resolution: r.Resolution, Reproducibility: r.Reproducibility, Severity: r.Severity,
		Project: r.Project, Version: r.Version, Category: r.Category, Labels: filled(r.Labels), Reporter: r.Reporter,
		Created: r.Created, Updated: r.Updated, Private: r.Private, Release: r.Release, Package: r.Package, References: references(r.References),
		Attachments: each(r.Attachments, func(a tracker.Attachment) Attachment { return Attachment(a) }),
		Comments:    each(comments, commentOf)}
}

func commentOf(c tracker.Comment) Comment {
	return Comment{ID: c.ID, Author: c.Author, Text: c.Text, Created: c.Created, Updated: c.Updated, Private: c.Private, URL: c.URL,
		References: references(c.References)}
}

func references(list []tracker.Reference) []Reference {
	return each(list, func(r tracker.Reference) Reference { return Reference(r) })
}

func storedRecipeOf(s *reproduce.StoredRecipe) StoredRecipe {
	return StoredRecipe{Report: s.Report, Hash: s.Recipe.Hash(), Set: s.Set, Author: s.Author,
		Files: each(s.Recipe.Files, func(f reproduce.File) StoredFile {
			return StoredFile{Path: f.Path, File: "files/" + entryName(f.Path), Executable: f.Executable}
		})}
}

func decisionOf(d reproduce.Decision) Decision {
	return Decision{ID: d.ID, Report: d.Report, Verdict: d.Verdict, Note: d.Note, PatchURL: d.PatchURL, By: d.By, At: d.At, Run: d.Run,
		Suggested: d.Suggested, Undoes: d.Undoes, ReportUpdated: d.ReportUpdated}
}

// runOf is a run as others may see it, without its suggestion and the names of
// its package sets. Author is who ran it, unless somebody else did and it was
// imported.
func runOf(run *reproduce.Run, author string) Run {
	if run.Imported {
		author = run.Author
	}
	hints := Hints{Package: run.Hints.Package, Release: run.Hints.Release, Sometimes: run.Hints.Sometimes}
	if !run.Hints.Report.IsZero() {
		hints.Report = run.Hints.Report.String()
	}
	return Run{ID: run.ID, Report: run.Report, Author: author, Recipe: recipeOf(&run.Recipe), RecipeHash: run.RecipeHash, Hints: hints, Fixed: run.Fixed,
		Started: run.Started, Finished: run.Finished, State: run.State, Sides: each(run.Sides, sideOf)}
}

func recipeOf(r *reproduce.Recipe) Recipe {
	return Recipe{Summary: r.Summary, Require: r.Require, Test: r.Test, DurationNS: r.Duration, Environment: r.Environment,
		Links:  some(r.Links, func(l reproduce.Link) Link { return Link(l) }),
		Files:  some(r.Files, func(f reproduce.File) RecipeFile { return RecipeFile(f) }),
		Oracle: Oracle(r.Oracle), Prepare: r.Prepare, Precheck: r.Precheck, Network: r.Network, Repeat: r.Repeat, Source: r.Source}
}

func sideOf(s reproduce.Side) Side {
	side := Side{Target: targetOf(s.Target), Role: s.Role, Image: imageOf(s.Image), Key: s.Key, Attempts: each(s.Attempts, attemptOf),
		Cached: s.Cached, CachedAt: s.CachedAt.UTC(), Error: stepErrorOf(s.Err), Budget: s.Budget, Stale: s.Stale,
		Prepared: Prepared{Key: s.Prepared.Key, At: s.Prepared.At.UTC(), Unavailable: hide(s.Prepared.Unavailable), Fingerprint: fingerprintOf(s.Prepared.Print)}}
	if c := s.Control; c != nil {
		side.Control = &Control{Source: c.Source, EVR: EVR(c.EVR), Packages: filled(c.Packages)}
	}
	return side
}

func targetOf(t reproduce.Target) Target {
	target := Target{Name: t.Name, Image: hide(t.Image), Distribution: t.Distribution, Release: t.Release, Ended: t.Ended.UTC()}
	switch t.Setup {
	case "":
	case reproduce.BuiltinTargets()[t.Name].Setup:
		target.Setup = t.Setup
	default:
		var imported bool
		if target.SetupSHA256, imported = strings.CutPrefix(t.Setup, untoldSetup); !imported {
			target.SetupSHA256 = sha256Of(t.Setup)
		}
	}
	return target
}

// untoldSetup stands, with the SHA-256 behind it, for the setup of a target of
// an imported run that was not told: a comment, as it is a script.
const untoldSetup = "# SHA-256 "

func imageOf(i reproduce.Image) Image {
	image := Image{Target: i.Target, Ref: hide(i.Ref), Digest: i.Digest, Arch: i.Arch, Level: i.Level, Offline: i.Offline}
	if i.Digest == "sha256:"+i.ID { // stands in for one that was never in a registry
		image.Digest = ""
	}
	var failed *reproduce.StepError
	if errors.As(i.Err, &failed) { // the store keeps no other
		image.Error = stepErrorOf(failed)
	}
	return image
}

func stepErrorOf(e *reproduce.StepError) *StepError {
	if e == nil {
		return nil
	}
	return &StepError{Target: e.Target, Step: e.Step, Message: hide(e.Message), Advice: hide(e.Advice), Output: hide(e.Output), Infra: e.Infra}
}

func fingerprintOf(p reproduce.Fingerprint) Fingerprint {
	told := Fingerprint{OSRelease: keyed(p.OSRelease), Arch: p.Arch, Level: p.Level, Required: keyed(p.Required),
		Repos:  each(p.Repos, func(r reproduce.Repo) Repo { return Repo(r) }),
		Kernel: p.Kernel, Podman: p.Podman, HostLevel: p.HostLevel, Dropped: filled(p.Dropped)}
	if len(p.Changelogs) > 0 {
		told.Changelogs = keyed(p.Changelogs)
		for source, text := range told.Changelogs { // reasons quote them
			told.Changelogs[source] = hide(text)
		}
	}
	return told
}

func attemptOf(a reproduce.Attempt) Attempt {
	return Attempt{ID: a.ID, Run: a.Run, Target: a.Target, Key: a.Key, Number: a.Number, Started: a.Started, DurationNS: a.Duration, LimitNS: a.Limit,
		Done: a.Done, Facts: factsOf(a.Facts), Log: Log{Bytes: a.Log.Bytes, Dropped: a.Log.Dropped, SHA256: a.Log.SHA256}}
}

// factsOf hides in what was printed; the rest was counted.
func factsOf(f reproduce.Facts) reproduce.Facts {
	f.Missing, f.ErrorLines = hideAll(f.Missing), hideAll(f.ErrorLines)
	f.Excerpt, f.Detail = hide(f.Excerpt), hide(f.Detail)
	if f.Match != nil {
		match := *f.Match
		match.Line = hide(match.Line)
		f.Match = &match
	}
	if f.Answer != nil {
		answer := *f.Answer
		answer.At = answer.At.UTC()
		f.Answer = &answer
	}
	return f
}

func logLineOf(l reproduce.LogLine) LogLine {
	line := LogLine{Stream: l.Stream, AtNS: l.At}
	text := hide(l.Text)
	if utf8.ValidString(text) {
		line.Text = text
	} else {
		line.Bytes = []byte(text)
	}
	return line
}

func packageOf(p rpm.Package) Package {
	return Package{Name: p.Name, EVR: EVR(p.EVR), Arch: p.Arch, Source: p.Source, SourceEVR: EVR(p.SourceEVR), Vendor: p.Vendor,
		Module: p.Module, ModuleStream: p.ModuleStream, Requires: filled(p.Requires), Provides: filled(p.Provides), Files: filled(p.Files)}
}
