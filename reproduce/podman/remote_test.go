package podman_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// remote is an engine on a worker.
func remote(t testing.TB, w *fixture.Worker) *podman.Engine {
	t.Helper()
	return engineWith(t, podman.Config{Connection: w.Name, Dir: t.TempDir(), Jobs: 2})
}

// TestWorkerSaysTheSame compares what one recipe of each kind of end says here
// and on a worker.
func TestWorkerSaysTheSame(t *testing.T) {
	worker := fixture.Workers(t, "far")[0]
	far, here := remote(t, worker), engineAsSet(t)
	for name, row := range map[string]struct {
		recipe reproduce.Recipe
		want   reproduce.Verdict
	}{
		"fails":    {reproduce.Recipe{Test: "echo out; echo err >&2; widget a,b", Require: []string{"widget"}}, reproduce.FixedInStream},
		"files":    {reproduce.Recipe{Test: "sleep 300 & ./sub/tool 3", Files: []reproduce.File{{Path: "sub/tool", Data: []byte("#!/bin/bash\nexit $1\n"), Executable: true}}}, reproduce.StreamReproducible},
		"output":   {reproduce.Recipe{Test: "echo one; echo two >&2", Oracle: reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: "^two$", Stream: "stderr"}}, reproduce.StreamReproducible},
		"memory":   {reproduce.Recipe{Test: `a=x; while :; do a=$a$a; done`}, reproduce.Inconclusive},
		"overtime": {reproduce.Recipe{Test: "sleep 300", Duration: 3 * time.Second}, reproduce.Inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			if row.recipe.Oracle.Kind == "" {
				row.recipe.Oracle.Kind = reproduce.OracleExit
			}
			row.recipe.Summary = name
			there := run(t, lab(t, far, &labtest.Memory{}), request(row.recipe))
			near := run(t, lab(t, here, &labtest.Memory{}), request(row.recipe))
			if there.Suggestion.Verdict != row.want || near.Suggestion.Verdict != row.want {
				t.Errorf("there %s, here %s, want %s: %v", there.Suggestion.Verdict, near.Suggestion.Verdict, row.want, there.Suggestion.Reasons)
			}
			if diff := cmp.Diff(facts(near, ""), facts(there, worker.Name)); diff != "" {
				t.Errorf("(-here +there)\n%s", diff)
			}
		})
	}
	if err := far.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if left := worker.Containers(t); left != "" {
		t.Errorf("left on the worker:\n%s", left)
	}
}

var killedProcess = regexp.MustCompile(`\d+\s+Killed\s+`)

// TestWorkerIsNotDeceived: what a test does to our folder, which is no mount on
// a worker, makes it no verdict.
func TestWorkerIsNotDeceived(t *testing.T) {
	worker := fixture.Workers(t, "sly")[0]
	l := lab(t, remote(t, worker), &labtest.Memory{})
	for name, test := range map[string]string{
		"link": "rm -rf /almatriage/out; ln -s / /almatriage/out; exit 1",
		"pipe": "rm /almatriage/out/*; mkfifo /almatriage/out/verdict; exit 1",
		"gone": "rm -rf /almatriage; exit 1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, l, request(reproduce.Recipe{Summary: name, Test: test, Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}))
			if got.Suggestion.Verdict != reproduce.Inconclusive {
				t.Errorf("%s: %v", got.Suggestion.Verdict, got.Suggestion.Reasons)
			}
		})
	}
}

// facts are what the attempts of a run say, by target, without what differs
// from one podman to another. They must name the worker. Where podman itself
// failed (as podman 4.3.1's service does now and then) the attempt was made again,
// and says nothing of the test: the verdict, which a second one would change, is
// compared before.
func facts(run reproduce.Run, worker string) map[string][]reproduce.Facts {
	all := map[string][]reproduce.Facts{}
	for _, side := range run.Sides {
		for _, attempt := range side.Attempts {
			f := attempt.Facts
			if f.End == reproduce.EndEngine || f.End == reproduce.EndLost {
				continue
			}
			if f.Worker != worker {
				f.Detail = "on worker " + f.Worker
			}
			f.Worker = ""
			// bash names the process that it tells the end of.
			f.Excerpt = killedProcess.ReplaceAllString(f.Excerpt, "N")
			for i := range f.ErrorLines {
				f.ErrorLines[i] = killedProcess.ReplaceAllString(f.ErrorLines[i], "N")
			}
			all[side.Target.Name] = append(all[side.Target.Name], f)
		}
	}
	return all
}

// TestWorkerThatIsNotThere is an engine that cannot be used, in one sentence.
func TestWorkerThatIsNotThere(t *testing.T) {
	worker := fixture.Workers(t, "gone")[0]
	e := remote(t, worker)
	worker.Kill(t)
	_, err := lab(t, e, &labtest.Memory{}).Run(t.Context(), request(reproduce.Recipe{Summary: "x", Test: "true", Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}), nil)
	if reproduce.CodeOf(err) != reproduce.CodeEngine || !strings.Contains(err.Error(), "worker gone cannot be reached") {
		t.Errorf("%v", err)
	}
}
