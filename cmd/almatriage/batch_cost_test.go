package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/podman/scripted"
)

// mostGrowth is how much more a report may cost in a batch of 1,000 than in
// one of 100.
const mostGrowth = 1.10

// cost is what something took: time by the clock, and of the processor with all
// that was started.
type cost struct{ wall, cpu time.Duration }

// BenchmarkBatchCost is what a report costs in batches of 1, 10, 100 and 1,000
// on a scripted podman: the whole process less one that finds nothing to run.
// Each round has as many reports in hundreds, before and after, as in the batch
// of 1,000, so that a machine that is busy meanwhile disturbs both alike; what
// really grows does so in every round.
func BenchmarkBatchCost(b *testing.B) {
	const rounds = 3
	sizes := []int{0, 1, 10, 100, 100, 100, 100, 100, 1000, 100, 100, 100, 100, 100, 10, 1, 0}
	total := 0
	for _, n := range sizes {
		total += n
	}
	inMemory(b)
	u := newUser(b, scriptedConfig(scripted.New(b)))
	u.keepSamples(rounds*total+1, []sample{{"9.6", "gizmo", "scripted alma=1 stream=1"}})
	u.must("run", "almbz#1") // prepares
	var wall, cpu []float64
	all := map[int]cost{}
	for range rounds {
		each := u.costs(b, sizes)
		wall = append(wall, float64(each[1000].wall)/float64(each[100].wall))
		cpu = append(cpu, float64(each[1000].cpu)/float64(each[100].cpu))
		for n, one := range each {
			all[n] = cost{all[n].wall + one.wall/rounds, all[n].cpu + one.cpu/rounds}
		}
	}
	for n, one := range all {
		b.ReportMetric(float64(one.wall.Microseconds())/1000, fmt.Sprintf("ms/report-of-%d", n))
		b.ReportMetric(float64(one.cpu.Microseconds())/1000, fmt.Sprintf("cpu-ms/report-of-%d", n))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(slices.Min(wall), "x-of-100")
	b.ReportMetric(slices.Min(cpu), "cpu-x-of-100")
	if slices.Min(wall) > mostGrowth || slices.Min(cpu) > mostGrowth {
		b.Errorf("a report of 1,000 costs so many times one of 100: %.2f by the clock, %.2f of the processor; %v", wall, cpu, all)
	}
}

// costs are those of a report in batches of these sizes, by the size. 0 is a
// batch that finds nothing to run.
func (u *user) costs(b *testing.B, sizes []int) map[int]cost {
	b.Helper()
	sums, times := map[int]cost{}, map[int]int{}
	for _, n := range sizes {
		took := u.batchOf(b, n)
		sums[n] = cost{sums[n].wall + took.wall, sums[n].cpu + took.cpu}
		times[n]++
	}
	none := cost{sums[0].wall / time.Duration(times[0]), sums[0].cpu / time.Duration(times[0])}
	each := map[int]cost{}
	for n, sum := range sums {
		if n > 0 {
			batches, reports := time.Duration(times[n]), time.Duration(times[n]*n)
			each[n] = cost{(sum.wall - batches*none.wall) / reports, (sum.cpu - batches*none.cpu) / reports}
		}
	}
	return each
}

// batchOf runs the next n reports that were never run.
func (u *user) batchOf(b *testing.B, n int) cost {
	b.Helper()
	query := "has:recipe"
	if n == 0 {
		query += " release:7"
	}
	cmd := u.command("run", "--query", query, "--only-stale", "--jobs", "2", "--limit", fmt.Sprint(n))
	began := time.Now()
	quiet(b, cmd)
	return cost{time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}
