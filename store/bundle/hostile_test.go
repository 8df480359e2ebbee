package bundle_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tracker"
)

// forgery is a bundle that somebody changes by hand.
type forgery struct {
	t     testing.TB
	items []item
	// careless: the manifest is left as it is.
	careless bool
}

// item is a file of it.
type item struct {
	tar.Header
	data []byte
}

// forge changes a bundle.
func forge(t testing.TB, data []byte, change func(*forgery)) []byte {
	t.Helper()
	f := &forgery{t: t}
	u := unpack(t, data)
	for _, h := range u.headers {
		f.items = append(f.items, item{tar.Header{Typeflag: tar.TypeReg, Name: h.Name, Mode: 0o644}, u.files[h.Name]})
	}
	change(f)
	if !f.careless {
		f.remanifest()
	}
	return f.pack()
}

// at is the place of the first file whose name holds that.
func (f *forgery) at(part string) int {
	f.t.Helper()
	for i := range f.items {
		if strings.Contains(f.items[i].Name, part) {
			return i
		}
	}
	f.t.Fatalf("no file %s", part)
	return 0
}

// edit replaces a text in a file; it must be there.
func (f *forgery) edit(part, old, now string) {
	f.t.Helper()
	one := &f.items[f.at(part)]
	changed := strings.Replace(string(one.data), old, now, 1)
	if changed == string(one.data) {
		f.t.Fatalf("%s holds no %q: %.2000s", one.Name, old, one.data)
	}
	one.data = []byte(changed)
}

func (f *forgery) drop(part string) {
	i := f.at(part)
	f.items = append(f.items[:i], f.items[i+1:]...)
}

// add puts a file before the manifest.
func (f *forgery) add(header tar.Header, data string) {
	last := len(f.items) - 1
	f.items = append(f.items[:last:last], item{header, []byte(data)}, f.items[last])
}

// remanifest makes the manifest true again.
func (f *forgery) remanifest() {
	last := &f.items[len(f.items)-1]
	var m bundle.Manifest
	if last.Name != bundle.ManifestName || json.Unmarshal(last.data, &m) != nil {
		return
	}
	m.Files = nil
	for _, one := range f.items[:len(f.items)-1] {
		m.Files = append(m.Files, bundle.File{Path: one.Name, Size: int64(len(one.data)), SHA256: hashed(string(one.data))})
	}
	data, err := json.Marshal(m)
	check(f.t, err)
	last.data = append(data, '\n')
}

func (f *forgery) pack() []byte {
	var out bytes.Buffer
	zip, err := zstd.NewWriter(&out)
	check(f.t, err)
	archive := tar.NewWriter(zip)
	for _, one := range f.items {
		one.Size = int64(len(one.data))
		check(f.t, archive.WriteHeader(&one.Header))
		_, err := archive.Write(one.data)
		check(f.t, err)
	}
	check(f.t, archive.Close())
	check(f.t, zip.Close())
	return out.Bytes()
}

func plainFile(name string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}
}

// refused checks that a bundle is refused whole, in one sentence that says where
// and why, and leaves nothing behind.
func refused(t *testing.T, db *store.DB, data []byte, words ...string) {
	t.Helper()
	before := dump(t, db)
	merged, err := bundle.Import(t.Context(), db, bytes.NewReader(data), later)
	var why *bundle.Refused
	if !errors.As(err, &why) || strings.ContainsAny(err.Error(), "\n\r\x1b\x00") || why.Advice == "" {
		t.Errorf("it is taken, or not in one sentence: %+v, %v", merged, err)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	if diff := cmp.Diff(before, dump(t, db)); diff != "" {
		t.Errorf("something was imported (-before +after)\n%s", diff)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(db.Path()), ".almatriage*")); err != nil || len(left) > 0 {
		t.Errorf("%q are left, %v", left, err)
	}
}

// uuid is an id from the future.
const future = "ffffffff-ffff-7fff-bfff-ffffffffffff"

// cases are forgeries, with what is said of them.
func cases() map[string]struct {
	change func(*forgery)
	words  string // parts are separated by a bar
} {
	type forged = struct {
		change func(*forgery)
		words  string
	}
	all := map[string]forged{
		"a file twice":          {func(f *forgery) { f.items = append(f.items[:2:2], f.items[1:]...) }, `report.json": it is there twice`},
		"a file too many":       {func(f *forgery) { f.add(plainFile("notes.txt"), "x") }, `"notes.txt": it does not belong`},
		"no header":             {func(f *forgery) { f.items = f.items[1:] }, "the first file must be almatriage-bundle.json"},
		"a file unlisted":       {func(f *forgery) { f.careless = true; f.add(plainFile("notes.txt"), "x") }, `"notes.txt": the manifest does not have it`},
		"a listed file missing": {func(f *forgery) { f.careless = true; f.drop("decisions.json") }, "the manifest"},
		"no manifest":           {func(f *forgery) { f.drop(bundle.ManifestName) }, "no manifest.json, so it was cut off"},
		"behind the manifest":   {func(f *forgery) { f.items = append(f.items, item{plainFile("x"), nil}) }, `"x": it is behind the manifest`},
		"newer": {func(f *forgery) { f.edit(bundle.HeaderName, `"version":1`, `"version":2,"sealed":true`) },
			"made by a newer almatriage (version 2 of the format, this program knows 1)|use the newer program"},
		"no version":        {func(f *forgery) { f.edit(bundle.HeaderName, `"version":1`, `"version":0`) }, "no version 0"},
		"another format":    {func(f *forgery) { f.edit(bundle.HeaderName, `almatriage-bundle`, `tmt`) }, "no bundle of almatriage"},
		"a header of noise": {func(f *forgery) { f.items[0].data = []byte("{") }, "no bundle of almatriage"},
		"a longer header":   {func(f *forgery) { f.edit(bundle.HeaderName, `{`, `{"x":1,`) }, `unknown field "x"`},

		"wrong type":     {func(f *forgery) { f.edit("622/report.json", `"title":"`, `"title":5,"x":"`) }, "622/report.json|JSON is wrong"},
		"unknown field":  {func(f *forgery) { f.edit("622/report.json", `{`, `{"x":1,`) }, `622/report.json|unknown field "x"`},
		"another case":   {func(f *forgery) { f.edit("622/report.json", `"title"`, `"Title"`) }, "622/report.json|not as almatriage writes it"},
		"a name twice":   {func(f *forgery) { f.edit("622/report.json", `"title"`, `"title":"x","title"`) }, "622/report.json|not as almatriage writes it"},
		"two values":     {func(f *forgery) { f.edit("622/decisions.json", "\n", "\n{}\n") }, "622/decisions.json|not as almatriage writes it"},
		"no decisions":   {func(f *forgery) { f.items[f.at("622/decisions.json")].data = []byte("[]\n") }, "no decision in it"},
		"half a value":   {func(f *forgery) { f.items[f.at("622/decisions.json")].data = []byte("[{") }, "ends too early"},
		"deep":           {func(f *forgery) { f.edit("622/report.json", `"labels":[`, `"labels":[`+strings.Repeat("[", 100)) }, "more than a bundle does"},
		"many objects":   {func(f *forgery) { f.edit("622/decisions.json", `[`, `[`+strings.Repeat("{},", 1<<18)) }, "more than a bundle does"},
		"many numbers":   {func(f *forgery) { f.edit("622/decisions.json", `[`, `[`+strings.Repeat("0,", 1<<18)) }, "more than a bundle does"},
		"many texts":     {func(f *forgery) { f.edit("622/decisions.json", `[`, `[`+strings.Repeat(`"",`, 1<<21)) }, "more than a bundle does"},
		"a huge number":  {func(f *forgery) { f.edit("622/report.json", `"id":1,`, `"id":99999999999999999999,`) }, "622/report.json|JSON is wrong"},
		"a float":        {func(f *forgery) { f.edit("622/report.json", `"id":1,`, `"id":1e400,`) }, "2/report.json|JSON is wrong"},
		"a year of 1900": {func(f *forgery) { f.edit("2/report.json", `"updated":"2026`, `"updated":"1900`) }, "2/report.json|before 1970"},
		"the future":     {func(f *forgery) { f.edit("2/report.json", `"updated":"2026`, `"updated":"2126`) }, "2/report.json|in the future"},
		"no time":        {func(f *forgery) { f.edit("2/report.json", `"updated":"2026`, `"updated":"yesterday, 2026`) }, "2/report.json|JSON is wrong"},
		"of another":     {func(f *forgery) { f.edit("622/report.json", `"id":"almbz#622"`, `"id":"almbz#623"`) }, "should be about almbz#622"},
		"no id":          {func(f *forgery) { f.edit(bundle.ManifestName, `"almbz#622"`, `"almbz\u001b#622"`) }, "manifest.json|no id of a report"},
		"no order":       {func(f *forgery) { f.edit(bundle.ManifestName, `"almbz#622"`, `"AlmaLinux/a#1"`) }, "not in its place"},
		"no such report": {func(f *forgery) { f.edit(bundle.ManifestName, `"almbz#622"`, `"almbz#622","almbz#623"`) }, "almbz#623/report.json|it is not there"},

		"a recipe's file": {func(f *forgery) { f.edit("recipe.json", `"path":"run.sh"`, `"path":"../../run.sh"`) }, "cannot be a file of a recipe"},
		"another recipe":  {func(f *forgery) { f.edit("recipe.fmf", `gizmo add 2 2)`, `curl example.org)`) }, "recipe.fmf|hash of what the recipe executes"},
		"no recipe":       {func(f *forgery) { f.items[f.at("recipe.fmf")].data = []byte("\x00") }, "recipe.fmf"},
		"a large file":    {func(f *forgery) { f.items[f.at("files/data/in")].data = make([]byte, 1<<20) }, "files/data/in|larger than"},
		"files missing":   {func(f *forgery) { f.drop("files/run.sh") }, "files/run.sh|it is not there"},

		"a decision of nobody": {func(f *forgery) { f.edit("decisions.json", `"by":"ann"`, `"by":""`) }, "who decided"},
		"another verdict":      {func(f *forgery) { f.edit("decisions.json", `"verdict":"stream-rep`, `"verdict":"rep`) }, "no verdict that a person can decide for"},
		"undoes nothing":       {func(f *forgery) { f.edit("decisions.json", `"undoes":"0`, `"undoes":"1`) }, "no decision of this journal"},
		"a later decision":     {func(f *forgery) { f.edit("decisions.json", `[{"id":"`+f.id("decisions.json"), `[{"id":"`+future) }, "is from the future"},
		"no decision's id":     {func(f *forgery) { f.edit("decisions.json", `[{"id":"`, `[{"id":"x`) }, "no id of almatriage"},
		"a decision elsewhere": {func(f *forgery) { f.edit("decisions.json", `"report":"almbz#622"`, `"report":"almbz#1"`) }, "about \"almbz#1\""},

		"a run that goes on":   {func(f *forgery) { f.edit("/runs/", `"state":"done"`, `"state":"running"`) }, "state is"},
		"a target's name":      {func(f *forgery) { f.edit("/runs/", `"name":"alma9"`, `"name":"`+strings.Repeat("a", 65)+`"`) }, "is no name of a target"},
		"another role":         {func(f *forgery) { f.edit("/runs/", `"role":"alma"`, `"role":"judge"`) }, "its role is"},
		"another run":          {func(f *forgery) { f.edit("/runs/", `{"id":"0`, `{"id":"1`) }, "runs/"},
		"another recipe's run": {func(f *forgery) { f.edit("/runs/", `"recipe_hash":"`, `"recipe_hash":"0`) }, "hash of its recipe"},
		"a way to end":         {func(f *forgery) { f.edit("/runs/", `"end":"exited"`, `"end":"won"`) }, "it ended as"},
		"less than nothing":    {func(f *forgery) { f.edit("/runs/", `"limit_ns":`, `"limit_ns":-`) }, "below 0"},
		"a setup": {func(f *forgery) {
			f.edit("/runs/", `"release":"9","ended"`, `"release":"9","setup_sha256":"\nreboot","ended"`)
		}, "JSON"},
		"packages missing": {func(f *forgery) { f.drop(f.items[f.at("packages/")].Name) }, "packages/|it is not there"},
		"other packages":   {func(f *forgery) { f.items[f.at("packages/")].data = []byte("[]\n") }, "packages/|its name is not its checksum"},
		"a stream":         {func(f *forgery) { f.edit("/logs/", `"stream":"o"`, `"stream":"z"`) }, "logs/|no stream"},
		"half a line":      {func(f *forgery) { f.edit("/logs/", "\n", "") }, "logs/|line 1"},
	}
	for name, words := range map[string]string{"../x": "out of the bundle", "/etc/x": "out of the bundle", "a/../../x": "out of the bundle", `..\x`: "out of the bundle",
		"C:x": "out of the bundle", "reports//x": "out of the bundle", "./x": "out of the bundle", "..": "out of the bundle", "a\x1b[2Jb": `a\x1b[2Jb|out of the bundle`,
		"a\u202eb": "out of the bundle", strings.Repeat("x/", 600) + "x": "longer than"} {
		all["named "+name[:min(len(name), 20)]] = forged{func(f *forgery) { f.add(plainFile(name), "x") }, words}
	}
	for kind, header := range map[string]tar.Header{"link": {Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, "hard link": {Typeflag: tar.TypeLink, Linkname: "manifest.json"},
		"folder": {Typeflag: tar.TypeDir}, "device": {Typeflag: tar.TypeChar}, "disk": {Typeflag: tar.TypeBlock}, "pipe": {Typeflag: tar.TypeFifo}} {
		header.Name = "x"
		all["a "+kind] = forged{func(f *forgery) { f.add(header, "") }, "no plain file"}
	}
	return all
}

// id is the id of the first decision.
func (f *forgery) id(part string) string {
	var list []bundle.Decision
	check(f.t, json.Unmarshal(f.items[f.at(part)].data, &list))
	return list[0].ID
}

func TestHostileBundles(t *testing.T) {
	w := newWorld(t)
	good, _ := write(t, w.db, []tracker.ID{gizmo, image}, plain)
	take(t, emptyDB(t), forge(t, good, func(*forgery) {})) // what is changed below is why they are refused
	db := emptyDB(t)
	for name, c := range cases() {
		t.Run(name, func(t *testing.T) {
			refused(t, db, forge(t, good, func(f *forgery) { f.t = t; c.change(f) }), strings.Split(c.words, "|")...)
		})
	}
	for name, data := range map[string][]byte{"nothing": nil, "noise": []byte(strings.Repeat("noise", 999)), "no tar": compressed(t, bytes.Repeat([]byte("x"), 9999)),
		"an empty tar": compressed(t, make([]byte, 1024))} {
		t.Run(name, func(t *testing.T) { refused(t, db, data, "it is none, or is damaged", "export --format bundle") })
	}
	t.Run("more behind its end", func(t *testing.T) {
		refused(t, db, append(bytes.Clone(good), compressed(t, []byte("x"))...), "more behind its end")
	})
}

func compressed(t testing.TB, data []byte) []byte {
	zip, err := zstd.NewWriter(nil)
	check(t, err)
	return zip.EncodeAll(data, nil)
}

// TestBomb: a few bytes that would grow without end.
func TestBomb(t *testing.T) {
	w := newWorld(t)
	good, _ := write(t, w.db, []tracker.ID{image}, plain)
	bomb := forge(t, good, func(f *forgery) { f.add(plainFile("zeros"), strings.Repeat("\x00", 40<<20)) })
	if len(bomb) > 1<<20 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	refused(t, emptyDB(t), bomb, `"zeros"`, "it would grow to more than a bundle holds")
}

func TestCutOff(t *testing.T) {
	w := newWorld(t)
	good, _ := write(t, w.db, []tracker.ID{gizmo, image}, plain)
	db := emptyDB(t)
	for n := 0; n < len(good); n += 1000 {
		refused(t, db, good[:n])
	}
	for n := 1; n < 5; n++ {
		refused(t, db, good[:len(good)-n])
	}
	for n := 500; n < len(good); n += 1000 { // zstd has a checksum of its own
		bad := bytes.Clone(good)
		bad[n] ^= 0x40
		refused(t, db, bad)
	}
}

// TestEveryChecksum changes each file alone.
func TestEveryChecksum(t *testing.T) {
	w := newWorld(t)
	good, _ := write(t, w.db, []tracker.ID{gizmo, image}, plain)
	db := emptyDB(t)
	names := unpack(t, good).names()
	for i, name := range names[1 : len(names)-1] {
		refused(t, db, forge(t, good, func(f *forgery) {
			f.careless = true
			f.items[i+1].data = append(bytes.Clone(f.items[i+1].data), ' ')
		}), fmt.Sprintf("%+q", name), "not what the manifest says")
	}
}

// TestContradictions: what is sound by itself, and is not with what is here.
func TestContradictions(t *testing.T) {
	w := newWorld(t)
	good, _ := write(t, w.db, []tracker.ID{gizmo, image}, plain)
	for name, c := range map[string]struct {
		change func(*forgery)
		words  []string
	}{
		"another decision of that id": {func(f *forgery) { f.edit("decisions.json", `"by":"ann"`, `"by":"eve"`) }, []string{"decisions.json", "is another one here"}},
		// It would be served as cached.
		"an attempt of a run made here": {func(f *forgery) {
			for i := range f.items {
				one := &f.items[i]
				if strings.Contains(one.Name, "/runs/") {
					one.data = bytes.ReplaceAll(one.data, []byte(w.again), []byte(reproduce.NewID()))
				}
			}
			run := f.at(w.again + ".json")
			var told bundle.Run
			check(f.t, json.Unmarshal(f.items[run].data, &told))
			f.items[run].Name = strings.Replace(f.items[run].Name, w.again, told.ID, 1)
			attempt := told.Sides[0].Attempts[0].ID
			for i := range f.items {
				one := &f.items[i]
				one.Name = strings.ReplaceAll(one.Name, attempt, told.ID[:24]+attempt[24:])
				one.data = bytes.ReplaceAll(one.data, []byte(`"id":"`+attempt), []byte(`"id":"`+told.ID[:24]+attempt[24:]))
			}
		}, []string{"runs/", "which was made here without it"}},
	} {
		t.Run(name, func(t *testing.T) { refused(t, w.db, forge(t, good, c.change), c.words...) })
	}
}

// FuzzRead: whatever a bundle is, it is taken or refused, and taken it can be
// told again.
func FuzzRead(f *testing.F) {
	w := newWorld(f)
	seed, _ := write(f, w.db, []tracker.ID{gizmo, image}, plain)
	f.Add(seed)
	f.Add(unpack(f, seed).plain)
	f.Add(seed[:len(seed)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, compressed(t, data)} { // the tar alone is changed with more effect
			var why *bundle.Refused
			err := bundle.Check(t.Context(), bytes.NewReader(data), t.TempDir(), later)
			if err != nil && !errors.As(err, &why) {
				t.Fatal(err)
			}
			if err == nil {
				db := emptyDB(t)
				take(t, db, data)
				write(t, db, ids(t, db), plain)
			}
		}
	})
}

// FuzzDecode: what is read from a file of a bundle is all that there is in it,
// byte for byte; and no file that is small takes much memory, whatever stands
// in it in whose place.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"path":"a","size":1,"sha256":"b"}`, `[]`, `{"reports":["`, `{"sides":[{"attempts":[`, `{"id":"almbz#1","labels":["a"],"comments":[`,
		`{"stream":"o","at_ns":1,"text":"\ufffd"}`, `[{"name":"a","evr":{"epoch":0,"version":"1","release":"1"}}]`} {
		f.Add(seed, "0,", uint16(9), "]}]}\n")
	}
	for _, unit := range []string{"null,", "[],", `"",`, "{},", ` {} ,`, `{"requires":[{},`} {
		f.Add("[", unit, uint16(1000), `{"name":""}]`+"\n")
	}
	f.Fuzz(func(t *testing.T, before, unit string, times uint16, after string) {
		data := []byte(before + strings.Repeat(unit, min(64*int(times), 4_000_000/max(1, len(unit)))) + after)
		for _, to := range []any{&bundle.Manifest{}, &bundle.Report{}, &bundle.StoredRecipe{}, &[]bundle.Decision{}, &bundle.Run{}, &[]bundle.Package{}, &bundle.LogLine{}} {
			var then, now runtime.MemStats
			runtime.ReadMemStats(&then)
			err := bundle.Decode(data, to)
			if runtime.ReadMemStats(&now); now.TotalAlloc-then.TotalAlloc > 2<<30 { // half of it at most at once
				t.Fatalf("%q, %d times %q, %q took %d MB for %T, %v", before, times, unit, after, (now.TotalAlloc-then.TotalAlloc)>>20, to, err)
			}
			if again, failed := bundle.Encode(to); err == nil && (failed != nil || !bytes.Equal(again, data)) {
				t.Fatalf("%q is read as %+v, which is %q, %v", data, to, again, failed)
			}
		}
	})
}
