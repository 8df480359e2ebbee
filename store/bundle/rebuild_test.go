package bundle_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tracker"
)

// unpacked is a bundle as a reader finds it.
type unpacked struct {
	t       *testing.T
	headers []*tar.Header
	files   map[string][]byte
	plain   []byte // the tar
}

// unpack reads a bundle; no file may be there twice.
func unpack(t *testing.T, data []byte) *unpacked {
	t.Helper()
	decoder, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1))
	check(t, err)
	defer decoder.Close()
	u := &unpacked{t: t, files: map[string][]byte{}}
	u.plain, err = io.ReadAll(decoder)
	check(t, err)
	in := tar.NewReader(bytes.NewReader(u.plain))
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return u
		}
		check(t, err)
		content, err := io.ReadAll(in)
		check(t, err)
		if _, twice := u.files[header.Name]; twice {
			t.Errorf("%q is there twice", header.Name)
		}
		u.headers = append(u.headers, header)
		u.files[header.Name] = content
	}
}

// names lists the files in their order.
func (u *unpacked) names() []string {
	var names []string
	for _, h := range u.headers {
		names = append(names, h.Name)
	}
	return names
}

// dir is the folder of a report.
func (u *unpacked) dir(id string) string {
	u.t.Helper()
	for name := range u.files {
		if dir, ok := strings.CutSuffix(name, "report.json"); ok && decode[bundle.Report](u, name).ID == id {
			return dir
		}
	}
	u.t.Fatalf("no report %s", id)
	return ""
}

// decode reads a file of JSON that holds nothing that is not known.
func decode[T any](u *unpacked, name string) T {
	u.t.Helper()
	data, found := u.files[name]
	if !found {
		u.t.Fatalf("no file %q among %q", name, u.names())
	}
	return decodeOne[T](u.t, name, data)
}

func decodeOne[T any](t *testing.T, name string, data []byte) (v T) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("%s: more than one value", name)
	}
	return v
}

func each[From, To any](list []From, convert func(From) To) (converted []To) {
	for _, one := range list {
		converted = append(converted, convert(one))
	}
	return converted
}

// report rebuilds what the tracker said.
func (u *unpacked) report(dir string) *tracker.Report {
	u.t.Helper()
	r := decode[bundle.Report](u, dir+"report.json")
	id, err := tracker.ParseID(r.ID)
	check(u.t, err)
	references := func(list []bundle.Reference) []tracker.Reference {
		return each(list, func(r bundle.Reference) tracker.Reference { return tracker.Reference(r) })
	}
	return &tracker.Report{ID: id, Tracker: r.Tracker, URL: r.URL, Title: r.Title, Body: r.Body, Steps: r.Steps, Additional: r.Additional, Status: r.Status,
		Open: r.Open, Resolution: r.Resolution, Reproducibility: r.Reproducibility, Severity: r.Severity, Project: r.Project, Version: r.Version,
		Category: r.Category, Labels: r.Labels, Reporter: r.Reporter, Created: r.Created, Updated: r.Updated, Private: r.Private,
		Release: r.Release, Package: r.Package, References: references(r.References),
		Attachments: each(r.Attachments, func(a bundle.Attachment) tracker.Attachment { return tracker.Attachment(a) }),
		Comments: each(r.Comments, func(c bundle.Comment) tracker.Comment {
			return tracker.Comment{ID: c.ID, Report: id, Author: c.Author, Text: c.Text, Created: c.Created, Updated: c.Updated, Private: c.Private, URL: c.URL,
				References: references(c.References)}
		})}
}

// recipe rebuilds the report's recipe by reading its text, as an import would.
func (u *unpacked) recipe(dir string) *reproduce.StoredRecipe {
	u.t.Helper()
	about := decode[bundle.StoredRecipe](u, dir+"recipe.json")
	recipe, err := fmf.Parse("recipe.fmf", u.files[dir+"recipe.fmf"])
	check(u.t, err)
	for _, f := range about.Files {
		data, found := u.files[dir+f.File]
		if !found {
			u.t.Errorf("%q is not there", dir+f.File)
		}
		recipe.Files = append(recipe.Files, reproduce.File{Path: f.Path, Executable: f.Executable, Data: data})
	}
	if about.Hash != recipe.Hash() {
		u.t.Errorf("%s: the recipe's hash is %s, told is %s", dir, recipe.Hash(), about.Hash)
	}
	return &reproduce.StoredRecipe{Report: about.Report, Recipe: recipe, Origin: about.Origin, Set: about.Set, Author: about.Author,
		Accepted: about.Accepted, AcceptedBy: about.AcceptedBy, AcceptedAt: about.AcceptedAt}
}

// decisions rebuilds the journal, newest first as the store gives it.
func (u *unpacked) decisions(dir string) (list []reproduce.Decision) {
	u.t.Helper()
	for _, d := range decode[[]bundle.Decision](u, dir+"decisions.json") {
		list = append([]reproduce.Decision{reproduce.Decision(d)}, list...)
	}
	return list
}

// run rebuilds a run.
func (u *unpacked) run(dir, id string) *reproduce.Run {
	u.t.Helper()
	r := decode[bundle.Run](u, dir+"runs/"+id+".json")
	run := &reproduce.Run{ID: r.ID, Report: r.Report, Author: r.Author, Recipe: recipeFrom(r.Recipe), RecipeHash: r.RecipeHash, Fixed: r.Fixed,
		Started: r.Started, Finished: r.Finished, State: r.State, Suggestion: r.Suggestion, Sides: each(r.Sides, u.side),
		Hints: reproduce.Hints{Package: r.Hints.Package, Release: r.Hints.Release, Sometimes: r.Hints.Sometimes}}
	if r.Hints.Report != "" {
		var err error
		run.Hints.Report, err = tracker.ParseID(r.Hints.Report)
		check(u.t, err)
	}
	if run.Recipe.Hash() != run.RecipeHash {
		u.t.Errorf("%s: the hash of run %s's recipe is another", dir, id)
	}
	return run
}

func recipeFrom(r bundle.Recipe) reproduce.Recipe {
	return reproduce.Recipe{Summary: r.Summary, Require: r.Require, Test: r.Test, Duration: r.DurationNS, Environment: r.Environment,
		Links:  each(r.Links, func(l bundle.Link) reproduce.Link { return reproduce.Link(l) }),
		Files:  each(r.Files, func(f bundle.RecipeFile) reproduce.File { return reproduce.File(f) }),
		Oracle: reproduce.Oracle(r.Oracle), Prepare: r.Prepare, Precheck: r.Precheck, Network: r.Network, Repeat: r.Repeat, Source: r.Source}
}

func (u *unpacked) side(s bundle.Side) reproduce.Side {
	target := reproduce.Target{Name: s.Target.Name, Image: s.Target.Image, Distribution: s.Target.Distribution, Release: s.Target.Release,
		Ended: s.Target.Ended, Setup: s.Target.Setup}
	side := reproduce.Side{Target: target, Role: s.Role, Key: s.Key, Cached: s.Cached, CachedAt: s.CachedAt, Budget: s.Budget, Stale: s.Stale,
		Err: stepError(s.Error), Attempts: each(s.Attempts, attempt),
		Image:    reproduce.Image{Target: s.Image.Target, Ref: s.Image.Ref, Digest: s.Image.Digest, Arch: s.Image.Arch, Level: s.Image.Level, Offline: s.Image.Offline},
		Prepared: reproduce.Prepared{Key: s.Prepared.Key, At: s.Prepared.At, Unavailable: s.Prepared.Unavailable, Print: u.print(s.Prepared.Fingerprint)}}
	if failed := stepError(s.Image.Error); failed != nil {
		side.Image.Err = failed
	}
	if c := s.Control; c != nil {
		side.Control = &reproduce.Control{Source: c.Source, EVR: rpm.EVR(c.EVR), Packages: c.Packages}
	}
	return side
}

func (u *unpacked) print(p bundle.Fingerprint) reproduce.Fingerprint {
	print := reproduce.Fingerprint{OSRelease: p.OSRelease, Arch: p.Arch, Level: p.Level, Required: p.Required, Changelogs: p.Changelogs,
		Repos:  each(p.Repos, func(r bundle.Repo) reproduce.Repo { return reproduce.Repo(r) }),
		Kernel: p.Kernel, Podman: p.Podman, HostLevel: p.HostLevel, Dropped: p.Dropped}
	if p.Packages == "" {
		return print
	}
	print.Packages = rpm.NewSet(each(decode[[]bundle.Package](u, "packages/"+p.Packages+".json"), func(p bundle.Package) rpm.Package {
		return rpm.Package{Name: p.Name, EVR: rpm.EVR(p.EVR), Arch: p.Arch, Source: p.Source, SourceEVR: rpm.EVR(p.SourceEVR), Vendor: p.Vendor,
			Module: p.Module, ModuleStream: p.ModuleStream, Requires: p.Requires, Provides: p.Provides, Files: p.Files}
	}))
	if print.Packages.Hash() != p.Packages {
		u.t.Errorf("the packages of %s are others", p.Packages)
	}
	return print
}

func stepError(e *bundle.StepError) *reproduce.StepError {
	if e == nil {
		return nil
	}
	return &reproduce.StepError{Target: e.Target, Step: e.Step, Message: e.Message, Advice: e.Advice, Output: e.Output, Infra: e.Infra}
}

func attempt(a bundle.Attempt) reproduce.Attempt {
	return reproduce.Attempt{ID: a.ID, Run: a.Run, Target: a.Target, Key: a.Key, Number: a.Number, Started: a.Started, Duration: a.DurationNS, Limit: a.LimitNS,
		Done: a.Done, Facts: a.Facts, Log: reproduce.Log{Bytes: a.Log.Bytes, Dropped: a.Log.Dropped, SHA256: a.Log.SHA256}}
}

// log rebuilds the lines of an attempt's output.
func (u *unpacked) log(dir, name string) (lines []reproduce.LogLine) {
	u.t.Helper()
	data, found := u.files[dir+"logs/"+name+".jsonl"]
	if !found {
		u.t.Fatalf("no output of attempt %q", name)
	}
	for line := range bytes.Lines(data) {
		l := decodeOne[bundle.LogLine](u.t, name, line)
		text := l.Text
		if l.Bytes != nil {
			text = string(l.Bytes)
		}
		lines = append(lines, reproduce.LogLine{Stream: l.Stream, At: l.AtNS, Text: text})
	}
	return lines
}
