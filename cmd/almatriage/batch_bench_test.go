package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// leastThroughput is how much a batch must reach of what xargs reaches that
// starts the same number of containers, by the medians of one run.
const leastThroughput = 0.85

// batchRounds is how many times each is measured: one takes half a minute.
const batchRounds = 3

// BenchmarkBatch is a batch of 100 one-line recipes on prepared images, two
// attempts each, against xargs with plain podman run --rm: with the network
// that podman gives to everybody, and without, as ours have none.
func BenchmarkBatch(b *testing.B) {
	fixture.Use(b)
	const reports, jobs = 100, "2"
	u := newUser(b, configOf(mantisServer(b)))
	fill(b, filepath.Join(u.home, ".local/share/almatriage/almatriage.db"), reports)
	for i := 1; i <= reports; i++ {
		u.must("recipe", "set", fmt.Sprintf("almbz#%d", i), u.write("r.fmf", fmt.Sprintf("summary: number %d\nrequire: [gizmo]\ntest: \": %d; exit 1\"\n", i, i)))
	}
	u.must("run", "almbz#1") // prepares
	batch := []string{"run", "--query", "has:recipe", "--jobs", jobs, "--repeat", "1", "--fresh"}
	for _, network := range []string{"", "--network=none"} {
		b.Run("xargs"+network, func(b *testing.B) {
			a, p := compare(b, batchRounds, func() { quiet(b, u.command(batch...)) }, func() { quiet(b, xargs(jobs, network, 2*reports)) })
			share := float64(p) / float64(a)
			b.ReportMetric(100*share, "%-of-peer")
			if share < leastThroughput {
				b.Errorf("a batch reaches %.0f %% of xargs, less than %.0f %%", 100*share, 100*leastThroughput)
			}
		})
	}
}

// xargs starts containers of both images by turns, as plainly as can be.
func xargs(jobs, network string, containers int) *exec.Cmd {
	var images strings.Builder
	for i := range containers {
		fmt.Fprintln(&images, []string{fixture.Alma, fixture.Stream}[i%2])
	}
	run := "podman run --rm " + network + " {} /bin/bash -c true"
	cmd := exec.Command("xargs", append([]string{"-P", jobs, "-I", "{}"}, strings.Fields(run)...)...)
	cmd.Stdin = strings.NewReader(images.String())
	return cmd
}
