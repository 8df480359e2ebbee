package store

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// volatile is open for targets, which store thousands of times.
func volatile(f *testing.F) *DB {
	f.Helper()
	db, err := Open(f.Context(), filepath.Join(f.TempDir(), "test.db"), Options{Now: func() time.Time { return noon }, Volatile: true})
	must(f, err)
	f.Cleanup(func() { must(f, db.Close()) })
	return db
}

// compressed is what zstd makes of a text that pack would not make.
func compressed(t testing.TB, plain []byte) []byte {
	t.Helper()
	encoder, err := zstd.NewWriter(nil)
	must(t, err)
	return encoder.EncodeAll(plain, nil)
}

// FuzzUnpack: a packed value that is read is packed and read again as the same,
// whether its bytes are hostile or only what they unpack to; what grows beyond
// all that is ever stored is an error, and costs no gigabyte.
func FuzzUnpack(f *testing.F) {
	set, err := json.Marshal(packages(f, "3.2.0-4.el9"))
	must(f, err)
	lines, err := json.Marshal(packLines([]reproduce.LogLine{{Stream: reproduce.Stderr, At: time.Second, Text: "a\xff"}}))
	must(f, err)
	recipe, err := json.Marshal(reproduce.Recipe{Test: "false", Files: []reproduce.File{{Path: "a", Data: []byte("\x00")}}})
	must(f, err)
	for _, plain := range [][]byte{set, lines, recipe, []byte("null"), []byte(`[{"Files":"x"}]`)} {
		f.Add(plain, uint32(1))
		f.Add(compressed(f, plain), uint32(1))
	}
	f.Add([]byte(`{"Files":[{},`), uint32(1000))
	f.Add([]byte("\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x80\x00\x00\x00"), uint32(1)) // 2 GiB, it says
	c := &codec{}
	f.Fuzz(func(t *testing.T, data []byte, times uint32) {
		plain := data
		if n := int(times); n > 1 { // a list that goes on and on
			n = min(n, 4_000_000/max(1, len(data)))
			plain = append(append([]byte("["), bytes.Repeat(data, n)...), ']')
			if len(data) > 0 && data[len(data)-1] == ',' {
				plain = append(plain[:len(plain)-2], ']')
			}
		}
		for _, packed := range [][]byte{data, compressed(t, plain)} {
			again(t, c, packed, &[]rpm.Package{}, &[]rpm.Package{})
			again(t, c, packed, &[]lineRecord{}, &[]lineRecord{})
			again(t, c, packed, &reproduce.Recipe{}, &reproduce.Recipe{})
		}
	})
}

// again unpacks into one value, packs that, and unpacks it into another one.
func again(t *testing.T, c *codec, packed []byte, first, second any) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := c.unpack(packed, first)
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 2<<30 { // half of it at most at once
		t.Fatalf("%d bytes (%.40q) took %d MB for %T, %v", len(packed), packed, (after.TotalAlloc-before.TotalAlloc)>>20, first, err)
	}
	if err != nil {
		if err.Error() == "" || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Fatalf("%.80q: %q is no sentence", packed, err)
		}
		return
	}
	once, err := c.pack(first)
	if err != nil && strings.Contains(err.Error(), "more than is ever stored") {
		return // what was left out is written, too
	}
	must(t, err)
	must(t, c.unpack(once, second))
	if twice, err := c.pack(second); err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("%.80q is read as %+v, and again as %+v, %v", packed, first, second, err)
	}
}

// FuzzBuilds: the builds of a side come out of the database as they went in, and
// whatever a container says of its packages, its side is kept: the decisions
// that rest on older builds can be told.
func FuzzBuilds(f *testing.F) {
	f.Add("gizmo", "1.2", "9.el9", "m", "s")
	f.Add("giz\x00mo", "\x00", "1", "", "")
	f.Add("\xff\xfe", "1~^2", "\xff", "\x00", ":")
	f.Add("\"}]", "1", "", "'", "\u2028")
	f.Add("a", "1", "\x001", "", "")
	db := volatile(f)
	_, err := db.Commit(f.Context(), "almbz", "x", trackerPage(1))
	must(f, err)
	f.Fuzz(func(t *testing.T, source, version, release, module, stream string) {
		p := rpm.Package{Name: "gizmo", Arch: "x86_64", Source: source, SourceEVR: rpm.EVR{Version: version, Release: release}, Module: module, ModuleStream: stream}
		q := p
		q.SourceEVR.Release += "1" // a newer one, where that is a version at all
		list := buildsOf(made(noon, p, rpmOf("other", source+"\x00", "1", release)))
		packed, err := packBuilds(list)
		must(t, err)
		rows, err := db.read.QueryContext(t.Context(), `SELECT `+buildColumns+` FROM json_each(?)`, packed)
		must(t, err)
		defer rows.Close()
		for i := 0; rows.Next(); i++ {
			var target, name, evr string
			var seen int64
			must(t, rows.Scan(&target, &name, &evr, &seen))
			want := list[i]
			if target != want.Target || name != strings.ToValidUTF8(name, "\ufffd") || seen != want.Seen || evr == "" {
				t.Fatalf("%+v came out as %q, %q, %q, %d", want, target, name, evr, seen)
			}
			if utf8.ValidString(want.Source) && name != want.Source || utf8.ValidString(want.EVR.String()) && evr != want.EVR.String() {
				t.Fatalf("%+v came out as %q, %q", want, name, evr)
			}
			if _, err := isNewer(evr, evr); err != nil {
				t.Fatalf("%+v came out as %q: %v", want, evr, err)
			}
		}
		must(t, rows.Err())
		first := finishedRun(t, db, 1, reproduce.Suggestion{Subject: source}, made(noon, p))
		decide(t, db, 1, reproduce.AlmaOnly, "ann", restsOn(first, noon))
		finishedRun(t, db, 1, reproduce.Suggestion{Subject: source}, made(noon.Add(time.Hour), q))
		if r := row(t, db, 1); r.StaleWhy != strings.ToValidUTF8(r.StaleWhy, "") {
			t.Fatalf("stale by %q", r.StaleWhy)
		}
		for _, table := range []string{"builds", "decided_builds"} { // each input by itself
			_, err := db.write.ExecContext(t.Context(), `DELETE FROM `+table)
			must(t, err)
		}
	})
}

// jsonColumns are all that hold JSON, each with the condition that names one row.
var jsonColumns = []struct{ table, column, row string }{
	{"sides", "side", "n = 1"}, {"sides", "print", "n = 1"}, {"sides", "packages", "n = 1"}, {"sides", "attempts", "n = 1"},
	{"attempts", "facts", "id = (SELECT attempt FROM logs)"}, {"logs", "lines", "true"},
	{"runs", "recipe", "true"}, {"runs", "hints", "true"}, {"runs", "suggestion", "true"}, {"runs", "builds", "true"},
	{"package_sets", "packages", "hash = (SELECT min(hash) FROM package_sets)"}, {"prepared", "print", "true"}, {"images", "image", "target = 'alma9'"},
	{"reports", "refs", "true"}, {"reports", "labels", "true"}, {"texts", "attachments", "true"}, {"comments", "refs", "id = 1"},
	{"recipes", "recipe", "true"}, {"guides", "state", "true"}, {"batches", "options", "true"},
}

// everywhere is a database with a row in each of the tables of jsonColumns.
func everywhere(f *testing.F) (*DB, reproduce.Run) {
	f.Helper()
	db, ctx := volatile(f), f.Context()
	commitReports(f, db, whole(1))
	run := fullRun(f, db)
	must(f, db.SavePrepared(ctx, run.Sides[0].Prepared))
	_, err := db.SetRecipe(ctx, run.Report, run.Recipe, reproduce.OriginSet, "ann", noon)
	must(f, err)
	g := guide.New()
	g.Answers[guide.Bug] = run.Report
	must(f, db.SaveGuide(ctx, g))
	must(f, db.BeginBatch(ctx, "batch", noon, map[string]int{"jobs": 1}, []string{run.Report}))
	decide(f, db, 1, reproduce.AlmaOnly, "ann", restsOn(run, noon))
	return db, run
}

// readers read all that is stored.
func readers(run reproduce.Run) map[string]func(context.Context, *DB) error {
	id := reportID(1)
	all := map[string]func(context.Context, *DB) error{
		"case": func(ctx context.Context, db *DB) error {
			c, err := db.Case(ctx, id, "1", nil)
			if err == nil {
				handoff.Conclusion(c)
			}
			return err
		},
		"prepared": func(ctx context.Context, db *DB) error {
			_, err := db.Prepared(ctx, run.Sides[0].Prepared.Key)
			return err
		},
		"attempts": func(ctx context.Context, db *DB) error {
			_, err := db.Attempts(ctx, run.Sides[0].Key, time.Time{})
			return err
		},
		"image": func(ctx context.Context, db *DB) error {
			_, err := db.LastImage(ctx, run.Sides[0].Target.Name, run.Sides[0].Image.Ref)
			return err
		},
		"log": func(ctx context.Context, db *DB) error {
			_, err := db.AttemptLog(ctx, run.Sides[0].Attempts[0].ID)
			return err
		},
		"guides": func(ctx context.Context, db *DB) error {
			list, err := db.Guides(ctx)
			for _, g := range list {
				g.Answers[g.At] = g.Name() // it goes on
			}
			return err
		},
		"batch": func(ctx context.Context, db *DB) error {
			_, err := db.Batch(ctx, "")
			return err
		},
		"list": func(ctx context.Context, db *DB) error {
			_, err := db.List(ctx, query.Query{}, 0)
			return err
		},
		"results": func(ctx context.Context, db *DB) error {
			for _, err := range db.Results(ctx, Choice{}) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"runs": func(ctx context.Context, db *DB) error {
			_, err := db.Runs(ctx, "")
			return err
		},
		"decide": func(ctx context.Context, db *DB) error {
			_, err := db.Mark(ctx, Mark{Reports: []string{run.Report}, Verdict: reproduce.NotABug, By: "ann", At: noon})
			return err
		},
		"comment": func(ctx context.Context, db *DB) error {
			_, err := db.Commit(ctx, "almbz", "x", tracker.Page{Comments: []tracker.Comment{note(1, 9, reproduce.NewID())}})
			return err
		},
	}
	return all
}

// FuzzColumns: whatever stands in a column that holds JSON, all that is read
// from the database is an answer that one can go on with, or one clear sentence;
// a run that is read is judged, and its sides are written as the same again.
func FuzzColumns(f *testing.F) {
	for i := range jsonColumns {
		f.Add(uint8(i), []byte("null"))
		f.Add(uint8(i), []byte("{"))
		f.Add(uint8(i), []byte(`[null]`))
	}
	f.Add(uint8(0), []byte(`{"Role":"alma","Prepared":null,"Control":{},"Err":{},"ImageErr":{"Message":"\u0000"},"CachedAt":"9999-12-31T23:59:59-23:59"}`))
	f.Add(uint8(1), []byte(`{"Packages":[{"Name":"a"},{}],"Repos":null,"Required":{"":null}}`))
	f.Add(uint8(4), []byte(`{"end":"won","step":"x","missing":[""],"match":{"count":-1},"answer":{}}`))
	f.Add(uint8(7), []byte(`{"Report":{"Space":"#","Number":-1}}`))
	f.Add(uint8(8), []byte(`{"verdict":{},"reasons":null}`))
	f.Add(uint8(8), []byte(`{"verdict":"alma-only","p_value":-1,"subject":"gizmo"}`))
	f.Add(uint8(9), []byte(`[{"Target":null,"EVR":"x y"}]`))
	f.Add(uint8(9), []byte(`[{"Target":"alma9","Source":"gizmo","EVR":"","Seen":"x"}]`))
	db, run := everywhere(f)
	read := readers(run)
	f.Fuzz(func(t *testing.T, column uint8, text []byte) {
		c := jsonColumns[int(column)%len(jsonColumns)]
		var whole, value any
		must(t, db.write.QueryRow(`SELECT `+c.column+` FROM `+c.table+` WHERE `+c.row).Scan(&whole))
		put := func(value any) error {
			_, err := db.write.Exec(`UPDATE `+c.table+` SET `+c.column+` = ? WHERE `+c.row, value)
			return err
		}
		switch whole.(type) {
		case string:
			value = string(text)
		default:
			value = compressed(t, text)
		}
		must(t, put(value))
		defer func() { must(t, put(whole)) }()
		fresh := &DB{path: db.path, now: db.now, write: db.write, read: db.read, zip: db.zip, patience: db.patience} // has read no set of packages yet
		for what, f := range read {
			if err := f(t.Context(), fresh); err != nil && (strings.ContainsAny(err.Error(), "\n\r\x1b") || len(err.Error()) > 500) {
				t.Errorf("%s.%s, %q: %s: not one clear sentence: %q", c.table, c.column, text, what, err)
			}
		}
		judged(t, fresh, run.ID)
	})
}

// judged judges a run, if it can be read, and writes its sides twice.
func judged(t *testing.T, db *DB, id string) {
	t.Helper()
	run, err := db.Run(t.Context(), id)
	if err != nil {
		return
	}
	reproduce.Suggest(*run)
	evidenceOf(run)
	if _, err := packBuilds(decidedBuilds(run)); err != nil {
		t.Error(err)
	}
	for _, s := range run.Sides {
		once, err := json.Marshal(recordSide(s))
		must(t, err)
		var record sideRecord
		must(t, json.Unmarshal(once, &record))
		if twice, err := json.Marshal(recordSide(record.side())); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("a side is written as %s, and again as %s, %v", once, twice, err)
		}
	}
}

// FuzzHolder: who is said to have a lock is a process and a time, and no words
// of the file's.
func FuzzHolder(f *testing.F) {
	for _, s := range []string{"", "17 2026-03-01T12:00:00Z\n", "17 2026-03-01T12:00:00Z\x1b[2J", "-1 2026-03-01T12:00:00Z", "99999999999 x", "1 9999-12-31T23:59:59-23:59"} {
		f.Add(s)
	}
	form := regexp.MustCompile(`^a batch of process \d{1,10} \(since (\d{4,5}-\d\d-\d\d )?\d\d:\d\d\)$`)
	f.Fuzz(func(t *testing.T, text string) {
		if got := holder(strings.NewReader(text)); got != "another batch" && !form.MatchString(got) {
			t.Errorf("%q: %q", text, got)
		}
	})
}

// FuzzBackupNamed: a file is taken for a backup only if its name is one that is
// given to backups; others in the folder are left alone.
func FuzzBackupNamed(f *testing.F) {
	for _, s := range []string{"0012-20260301T120000Z.db", "0012-20260301T120000Z-before-5.db", "12-20260301T120000Z.db", "0001-20260231T120000Z.db",
		"0001-20260301T120000Z-before-0.db", "0001-20260301T120000Z-before--5.db", "99999999999999999999-20260301T120000Z.db", "0001-20260301T120000Z.db.partial"} {
		f.Add(s)
	}
	form := regexp.MustCompile(`^\d{4,}-\d{8}T\d{6}Z(-before-[1-9]\d*)?\.db$`)
	f.Fuzz(func(t *testing.T, name string) {
		if b, ours := backupNamed(name); ours && (!form.MatchString(name) || b.name() != name || b.number < 0 || b.before < 0) {
			t.Errorf("%q is %+v", name, b)
		}
	})
}
