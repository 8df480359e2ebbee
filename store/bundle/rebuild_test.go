package bundle_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tracker"
)

// unpacked is a bundle as a reader finds it.
type unpacked struct {
	t       testing.TB
	headers []*tar.Header
	files   map[string][]byte
	plain   []byte // the tar
}

// unpack reads a bundle; no file may be there twice.
func unpack(t testing.TB, data []byte) *unpacked {
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
	var v T
	if err := bundle.Decode(data, &v); err != nil {
		u.t.Fatalf("%s: %v", name, err)
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
	told := decode[bundle.Report](u, dir+"report.json")
	r, err := bundle.ReportFrom(&told)
	check(u.t, err)
	return &r
}

// recipe rebuilds the report's recipe by reading its text.
func (u *unpacked) recipe(dir string) *reproduce.StoredRecipe {
	u.t.Helper()
	about := decode[bundle.StoredRecipe](u, dir+"recipe.json")
	var files []reproduce.File
	for _, f := range about.Files {
		data, found := u.files[dir+f.File]
		if !found {
			u.t.Errorf("%q is not there", dir+f.File)
		}
		files = append(files, reproduce.File{Path: f.Path, Executable: f.Executable, Data: data})
	}
	s, err := bundle.StoredRecipeFrom(&about, u.files[dir+"recipe.fmf"], files)
	check(u.t, err)
	return &s
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
	told := decode[bundle.Run](u, dir+"runs/"+id+".json")
	run, err := bundle.RunFrom(&told, func(name string) (*rpm.Set, error) {
		data := u.files[bundle.SetPath(name)]
		if hashed(string(data)) != name {
			u.t.Errorf("the packages of %s are others", name)
		}
		return bundle.SetFrom(data)
	})
	check(u.t, err)
	if run.Recipe.Hash() != run.RecipeHash {
		u.t.Errorf("%s: the hash of run %s's recipe is another", dir, id)
	}
	return &run
}

// log rebuilds the lines of an attempt's output.
func (u *unpacked) log(dir, name string) []reproduce.LogLine {
	u.t.Helper()
	data, found := u.files[dir+"logs/"+name+".jsonl"]
	if !found {
		u.t.Fatalf("no output of attempt %q", name)
	}
	lines, err := bundle.LinesFrom(data)
	check(u.t, err)
	return lines
}
