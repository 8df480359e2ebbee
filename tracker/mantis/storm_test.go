package mantis_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// TestNothingIsMissedInAStorm: whatever is touched or removed while syncs run,
// are killed and are resumed, one quiet sync at the end leaves every report of
// the list stored with its last change.
func TestNothingIsMissedInAStorm(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		server := replay.Synthetic(60 + random.IntN(300))
		clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		s := source(t, server, func(c *mantis.Config) {
			c.PageSize = 1 + random.IntN(30)
			c.Token = nil
			c.Now = func() time.Time { return clock }
		})
		storm := func(int, *http.Request) {
			clock = clock.Add(time.Duration(random.IntN(400)) * time.Second)
			ids := server.Numbers("anonymous", 2)
			for range random.IntN(4) {
				server.Touch(ids[random.IntN(len(ids))], clock)
			}
			if random.IntN(6) == 0 && len(ids) > 20 {
				server.Remove(ids[random.IntN(len(ids))])
			}
		}
		k := &sink{}
		for range 4 {
			server.Before(storm)
			k.stop = random.IntN(5) // 0: not killed
			// It may be killed, or give up on so much change.
			if err := k.pull(t, s, "AlmaLinux-9", false); err != nil && k.stop == 0 && tracker.CodeOf(err) != tracker.CodeUnavailable {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		server.Before(nil)
		k.stop = 0
		k.sync(t, s, "AlmaLinux-9")

		// What a sync of nothing but the server's list brings is the truth.
		truth := &sink{}
		truth.sync(t, s, "AlmaLinux-9")
		for id, want := range truth.reports {
			if got, ok := k.reports[id]; !ok || !got.Updated.Equal(want.Updated) {
				t.Errorf("seed %d: report %d is %v, want %v", seed, id, got.Updated, want.Updated)
			}
		}
	}
}
