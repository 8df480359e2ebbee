package widget

import "github.com/almatriage/almatriage/reproduce"

// ShortVerdict is a verdict in at most ten cells.
func ShortVerdict(v reproduce.Verdict) string {
	if short, ok := map[reproduce.Verdict]string{reproduce.StreamReproducible: "stream", reproduce.AlmaOnly: "alma-only", reproduce.FixedInStream: "fixed",
		reproduce.StreamOnly: "streamonly", reproduce.NotReproducible: "not-repro", reproduce.NeedsVM: "needs-vm", reproduce.Inconclusive: "unclear",
		reproduce.IntendedDifference: "intended", reproduce.NotABug: "not-a-bug", reproduce.Duplicate: "duplicate", reproduce.NeedsInfo: "needs-info"}[v]; ok {
		return short
	}
	return string(v)
}
