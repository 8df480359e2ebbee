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

// cost is what a process took: time by the clock, and of the processor with
// all that it started.
type cost struct{ wall, cpu time.Duration }

// BenchmarkBatchCost is what a report costs in batches of 1, 10, 100 and 1,000
// on a scripted podman: the whole process less one that finds nothing to run.
// All are measured by turns, on reports that were never run, and the cheapest
// counts: whatever disturbs only adds.
func BenchmarkBatchCost(b *testing.B) {
	inMemory(b)
	sizes := []int{0, 1000, 1, 100, 10, 100, 1, 100, 10, 100, 0, 1, 100, 10, 100, 1, 1000, 0}
	total := 0
	for _, n := range sizes {
		total += n
	}
	u := newUser(b, scriptedConfig(scripted.New(b)))
	u.keepSamples(total+1, []sample{{"9.6", "gizmo", "scripted alma=1 stream=1"}})
	u.must("run", "almbz#1") // prepares
	least := map[int]cost{}
	for _, n := range sizes {
		took := u.batchOf(b, n)
		if best, met := least[n]; met {
			took = cost{min(took.wall, best.wall), min(took.cpu, best.cpu)}
		}
		least[n] = took
	}
	each := map[int]cost{}
	for n, took := range least {
		if n > 0 {
			each[n] = cost{(took.wall - least[0].wall) / time.Duration(n), (took.cpu - least[0].cpu) / time.Duration(n)}
			b.ReportMetric(float64(each[n].wall.Microseconds())/1000, fmt.Sprintf("ms/report-of-%d", n))
			b.ReportMetric(float64(each[n].cpu.Microseconds())/1000, fmt.Sprintf("cpu-ms/report-of-%d", n))
		}
	}
	b.ReportMetric(0, "ns/op")
	growth := float64(each[1000].wall) / float64(each[100].wall)
	b.ReportMetric(growth, "x-of-100")
	if growth > mostGrowth {
		b.Errorf("a report of 1,000 costs %s, %.2f times one of 100", each[1000].wall, growth)
	}
}

// batchOf runs the next n reports that were never run.
func (u *user) batchOf(b *testing.B, n int) cost {
	b.Helper()
	args := []string{"run", "--query", "has:recipe", "--only-stale", "--jobs", "2", "--limit", fmt.Sprint(n)}
	if n == 0 {
		args = slices.Replace(args, 2, 3, "has:recipe release:7")
	}
	cmd := u.command(args...)
	began := time.Now()
	quiet(b, cmd)
	return cost{time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}
