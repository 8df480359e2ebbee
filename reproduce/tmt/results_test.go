package tmt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/tmt"
	"github.com/almatriage/almatriage/tracker"
)

// gizmo is the recipe that the results of the tests are of.
func gizmo() reproduce.Recipe { return reproduce.Recipe{Summary: "gizmo", Test: "exit 3"} }

// noteOf is what the wrapper notes of a status.
func noteOf(target, reading string, status int) string {
	recipe := gizmo()
	return fmt.Sprintf("almatriage 1 report=almbz#5 target=%s image=quay.io/x@%s recipe=%s oracle=%s limit=300 end=exited step=test status=%d matched=0 missing= surroundings= reading=%s",
		target, digest("1"), recipe.Hash(), tmt.OracleHash(recipe.Oracle), status, reading)
}

// resultOf is a result as tmt 1.75 writes it.
func resultOf(name, outcome string, notes ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- name: %s\n  result: %s\n  original-result: %s\n  note:%s\n", name, outcome, outcome, map[bool]string{true: " []"}[len(notes) == 0])
	for _, n := range notes {
		fmt.Fprintf(&b, "  - %q\n", n)
	}
	b.WriteString("  log:\n  - data/guest/default-0/tests/almbz/5-1/data/../output.txt\n  start-time: '2026-08-21T10:00:00.000000+00:00'\n  end-time: '2026-08-21T10:00:09.123456+00:00'\n" +
		"  duration: 00:00:09\n  subresult: []\n  fmf-id:\n    url: https://git.example/x.git\n    ref: main\n    name: /tests/almbz/5\n  context:\n    distro:\n    - almalinux-9\n  ids:\n    id: null\n" +
		"  guest:\n    name: default-0\n    role: null\n  check:\n  - name: avc\n    result: pass\n    event: after-test\n    note: []\n    log: []\n    start-time: null\n  data-path: data/x\n  serial-number: 1\n")
	return b.String()
}

func TestParseResults(t *testing.T) {
	good := noteOf("alma9", "seen", 3)
	for name, row := range map[string]struct{ data, why string }{
		"good":             {resultOf("/tests/almbz/5", "fail", good, "seen: exit status 3"), ""},
		"another's test":   {resultOf("/tests/core/smoke", "pass"), "not one that almatriage wrote"},
		"a part":           {resultOf("/tests/almbz/5/run-1", "fail", good), "not one that almatriage wrote"},
		"no number":        {resultOf("/tests/almbz/05", "fail", good), "not one that almatriage wrote"},
		"no note":          {resultOf("/tests/almbz/5", "error", "custom results file not found in '/x'"), "did not come to its end"},
		"note twice":       {resultOf("/tests/almbz/5", "fail", good, good), "twice"},
		"other report":     {resultOf("/tests/almbz/6", "fail", good), "its note of"},
		"contradicted":     {resultOf("/tests/almbz/5", "pass", good), "tmt says pass"},
		"parts are absent": {resultOf("/tests/almbz/5", "fail", "almatriage 1 report=almbz#5"), "parts"},
		"parts are moved":  {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "report=", "reporter=", 1)), "expected report"},
		"status":           {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "status=3", "status=300", 1)), "status"},
		"status of signs":  {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "status=3", "status=+3", 1)), "status"},
		"end":              {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "end=exited", "end=memory", 1)), "end=memory"},
		"surroundings":     {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "surroundings=", "surroundings=weather", 1)), "weather"},
		"command":          {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "missing=", "missing=\x1b[2J", 1)), "missing"},
		"target":           {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "target=alma9", "target=../x", 1)), "target"},
		"image":            {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "image=quay", "image=$(id)", 1)), "image"},
		"hash":             {resultOf("/tests/almbz/5", "fail", strings.Replace(good, "oracle=", "oracle=x", 1)), "hash"},
		"no time":          {strings.Replace(resultOf("/tests/almbz/5", "fail", good), "  start-time: '2026-08-21T10:00:00.000000+00:00'\n", "", 1), "when it began"},
	} {
		t.Run(name, func(t *testing.T) {
			results, err := tmt.ParseResults("results.yaml", []byte(row.data))
			check(t, err)
			got := results[0]
			if len(results) != 1 || (row.why == "") != (got.Note != nil) || !strings.Contains(got.Why, row.why) || row.why == "" && got.Why != "" {
				t.Errorf("%+v; want %q", got, row.why)
			}
			if got.Note != nil && (got.Report != tracker.ID{Space: "almbz", Number: 5} || got.Note.Target != "alma9" || got.Note.Facts(reproduce.Oracle{}).Status != 3) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestRecorded reads what tmt 1.75.0 left of a tree of ours.
func TestRecorded(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "results-1.75.0.yaml"))
	check(t, err)
	k := known(t)
	k.Now = k.Now.AddDate(1, 0, 0)
	run, bad := k.Run(results(t, string(data)), "ann")
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	side := run.Results()[0]
	if side.Outcome != reproduce.OutcomeReproduced || side.Side.Image.Digest != digest("0") || side.Side.Attempts[0].Duration.Round(time.Second/10) != 6*time.Second/10 {
		t.Errorf("%+v", side)
	}
}

// TestRefusedResults has files that are no results.
func TestRefusedResults(t *testing.T) {
	good := resultOf("/tests/almbz/5", "fail", noteOf("alma9", "seen", 3))
	for name, row := range map[string]struct{ data, want string }{
		"nothing":       {"", "empty"},
		"a mapping":     {"name: /x\nresult: pass\n", "expected a list"},
		"of texts":      {"- a\n", "keys and values"},
		"no name":       {"- result: pass\n", "has no name"},
		"no result":     {"- name: /x\n", "has no result"},
		"bare name":     {"- name: x\n  result: pass\n", "begins with /"},
		"other outcome": {"- name: /x\n  result: reproduced\n", "reproduced"},
		"unknown key":   {good + "  verdict: alma-only\n", "verdict"},
		"twice":         {good + "  result: fail\n", "twice"},
		"note a text":   {"- name: /x\n  result: pass\n  note: hello\n", "expected a list"},
		"time":          {strings.Replace(good, "'2026-08-21T10:00:00.000000+00:00'", "'yesterday'", 1), "yesterday"},
		"duration":      {strings.Replace(good, "00:00:09", "9 s", 1), "hh:mm:ss"},
		"alias":         {"- &a\n  name: /x\n  result: pass\n- *a\n", "alias"},
		"too long":      {strings.Repeat("#", tmt.MaxResults+1), "longer than"},
		"deep":          {strings.Repeat("[", 1000), "nested"},
		"control":       {"- name: /x\x1b\n  result: pass\n", "control character"},
	} {
		t.Run(name, func(t *testing.T) {
			results, err := tmt.ParseResults("results.yaml", []byte(row.data))
			if err == nil || !strings.Contains(err.Error(), row.want) || results != nil {
				t.Errorf("%v; want %q", err, row.want)
			}
		})
	}
}

func known(t *testing.T) tmt.Known {
	t.Helper()
	now, err := time.Parse(time.DateOnly, "2026-08-22")
	check(t, err)
	return tmt.Known{Report: &tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Release: "9.6"}, Recipe: gizmo(), Targets: reproduce.BuiltinTargets(), Now: now}
}

func results(t *testing.T, texts ...string) (list []tmt.Result) {
	t.Helper()
	for _, text := range texts {
		more, err := tmt.ParseResults("results.yaml", []byte(text))
		check(t, err)
		list = append(list, more...)
	}
	return list
}

func on(target, reading string, status int) string {
	return resultOf("/tests/almbz/5", map[string]string{"seen": "fail", "not-seen": "pass", "cannot-tell": "skip"}[reading], noteOf(target, reading, status))
}

// TestRun makes runs of results and has the program judge them: never a
// difference, whatever they say.
func TestRun(t *testing.T) {
	for name, row := range map[string]struct {
		results []string
		want    reproduce.Verdict
	}{
		"both":     {[]string{on("alma9", "seen", 3), on("stream9", "seen", 3)}, reproduce.StreamReproducible},
		"unlike":   {[]string{on("alma9", "seen", 3), on("stream9", "seen", 4)}, reproduce.Inconclusive},
		"alma":     {[]string{on("alma9", "seen", 3), on("stream9", "not-seen", 0)}, reproduce.Inconclusive},
		"stream":   {[]string{on("alma9", "not-seen", 0), on("stream9", "seen", 3)}, reproduce.Inconclusive},
		"neither":  {[]string{on("stream9", "not-seen", 0), on("alma9", "not-seen", 0)}, reproduce.NotReproducible},
		"skipped":  {[]string{on("alma9", "cannot-tell", 77), on("stream9", "seen", 3)}, reproduce.Inconclusive},
		"one side": {[]string{on("alma9", "seen", 3)}, ""},
		"another":  {[]string{on("alma9", "seen", 3), on("stream10", "seen", 3)}, ""},
		"ubi":      {[]string{on("alma9", "seen", 3), on("ubi9", "seen", 3)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			run, bad := known(t).Run(results(t, row.results...), "ann")
			if len(bad) > 0 {
				t.Fatal(bad)
			}
			suggestion := reproduce.Suggest(*run)
			if suggestion.Verdict != row.want || suggestion.PValue != nil || run.Author != "tmt, imported by ann" || !run.Imported {
				t.Errorf("%+v of %+v; want %s", suggestion, run, row.want)
			}
		})
	}
}

// TestRunIDs follow from the content, in any order, and sort by time.
func TestRunIDs(t *testing.T) {
	alma, stream := on("alma9", "seen", 3), on("stream9", "seen", 3)
	one, _ := known(t).Run(results(t, alma, stream), "ann")
	two, _ := known(t).Run(results(t, stream, alma), "bob")
	other, _ := known(t).Run(results(t, alma, on("stream9", "seen", 4)), "ann")
	if one.ID != two.ID || one.ID == other.ID || one.Sides[0].Attempts[0].ID != other.Sides[0].Attempts[0].ID {
		t.Errorf("%s %s %s", one.ID, two.ID, other.ID)
	}
	id, err := uuid.Parse(one.ID)
	check(t, err)
	seconds, _ := id.Time().UnixTime()
	if at := time.Unix(seconds, 0).UTC(); id.Version() != 7 || at.Format(time.RFC3339) != "2026-08-21T10:00:00Z" {
		t.Errorf("%s is of %s", id, at)
	}
}

// TestDoubts has results that cannot be taken for what they say.
func TestDoubts(t *testing.T) {
	good := on("alma9", "seen", 3)
	for name, row := range map[string]struct {
		results []string
		change  func(*tmt.Known)
		want    string
	}{
		"no target":      {[]string{strings.Replace(good, "target=alma9", "target=", 1)}, nil, "not told"},
		"unknown target": {[]string{on("fedora44", "seen", 3)}, nil, "no target"},
		"twice":          {[]string{good, on("alma9", "not-seen", 0)}, nil, "another result"},
		"recipe":         {[]string{good}, func(k *tmt.Known) { k.Recipe.Test = "exit 4" }, "another recipe"},
		"oracle":         {[]string{good}, func(k *tmt.Known) { k.Recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleAsk} }, "otherwise now"},
		"future":         {[]string{good}, func(k *tmt.Known) { k.Now = k.Now.AddDate(0, 0, -2) }, "future"},
		"past":           {[]string{strings.Replace(good, "2026-08-21T10:00:00", "1969-08-21T10:00:00", 1)}, nil, "before there was tmt"},
		"backwards":      {[]string{strings.Replace(good, "2026-08-21T10:00:09", "2026-08-20T10:00:09", 1)}, nil, "ended before"},
		"lies":           {[]string{resultOf("/tests/almbz/5", "fail", noteOf("alma9", "seen", 0))}, nil, "means not-seen"},
	} {
		t.Run(name, func(t *testing.T) {
			k := known(t)
			if row.change != nil {
				row.change(&k)
			}
			_, bad := k.Run(results(t, row.results...), "ann")
			if len(bad) != 1 || !strings.Contains(bad[0].Why, row.want) || bad[0].Note != nil {
				t.Errorf("%+v; want %q", bad, row.want)
			}
		})
	}
}

// TestHangs are judged with the other side, as those of our own runs.
func TestHangs(t *testing.T) {
	k := known(t)
	k.Recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleTimeout}
	hash := tmt.OracleHash(reproduce.Oracle{})
	hang := strings.NewReplacer(hash, tmt.OracleHash(k.Recipe.Oracle), "end=exited", "end=timeout").Replace(resultOf("/tests/almbz/5", "warn", noteOf("alma9", "hang", 0)))
	passes := strings.ReplaceAll(on("stream9", "not-seen", 0), hash, tmt.OracleHash(k.Recipe.Oracle))
	run, bad := k.Run(results(t, hang, passes), "ann")
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	got := run.Results()
	if got[0].Outcome != reproduce.OutcomeReproduced || got[1].Outcome != reproduce.OutcomeNotReproduced {
		t.Errorf("%s, %s", got[0].Outcome, got[1].Outcome)
	}
	alone, _ := k.Run(results(t, hang), "ann")
	if got := alone.Results()[0].Outcome; got != reproduce.OutcomeCannotTell {
		t.Errorf("alone: %s", got)
	}
}

func FuzzParseResults(f *testing.F) {
	f.Add([]byte(on("alma9", "seen", 3)))
	f.Add([]byte("- name: /\n  result: pass\n"))
	f.Add([]byte("- {name: /tests/almbz/5, result: fail, note: [almatriage 1 a=b]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := tmt.ParseResults("results.yaml", data)
		if err != nil {
			if len(strings.Split(err.Error(), "\n")) > 60 {
				t.Errorf("it says too much: %d bytes", len(err.Error()))
			}
			return
		}
		for _, r := range list {
			if (r.Note == nil) == (r.Why == "") {
				t.Errorf("%+v", r)
			}
		}
		run, _ := known(t).Run(list, "ann")
		if run == nil {
			return
		}
		if s := reproduce.Suggest(*run); s.PValue != nil {
			t.Errorf("a difference: %+v", s)
		}
	})
}
