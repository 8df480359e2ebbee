package fmf

import (
	"strings"
	"testing"
	"time"
)

// FuzzParseDuration: what is read is a limit that can be kept, of whole seconds,
// and is read again from how it is written.
func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"10", "5m", "1h 30m", "*2 5m", "5m*2", "1m4", "1d *0.5", "30d", "31d", "0", "1sm", "5m *0", "*9", strings.Repeat("9", 400) + "d", "1 h", "*1.1 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			if d != 0 {
				t.Fatalf("%q: %v in spite of %v", s, d, err)
			}
			return
		}
		if d < time.Second || d > maxDuration || d%time.Second != 0 {
			t.Fatalf("%q: %v", s, d)
		}
		if again, err := ParseDuration(formatDuration(d)); err != nil || again != d {
			t.Fatalf("%q: %v, written as %q: %v, %v", s, d, formatDuration(d), again, err)
		}
	})
}
