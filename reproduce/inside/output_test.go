package inside

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

// TestFeedInPieces: however a stream's bytes arrive, its lines are the same.
func TestFeedInPieces(t *testing.T) {
	const nonce = "0123"
	text := "before\n\x1e0123 test\none\n\n" + strings.Repeat("x", 3*maxLineLength+5) + "\nhalf\x1e0123 other\n\x1e9999 test\nlast"
	type got struct {
		section Section
		text    string
		cut     bool
	}
	read := func(size func() int) []got {
		var lines []got
		woken := 0
		s := NewSplitter(nonce, func(l Line) { lines = append(lines, got{l.Section, string(l.Text), l.Cut}) }, func() { woken++ })
		feed := s.Feed(reproduce.Stdout)
		for rest := text; rest != ""; {
			n := min(size(), len(rest))
			feed.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		feed.Close()
		if woken != 1 {
			t.Errorf("woken %d times", woken)
		}
		return lines
	}
	want := []got{{"", "before", false}, {"test", "one", false}, {"test", "", false}}
	for range 3 {
		want = append(want, got{"test", strings.Repeat("x", maxLineLength), true})
	}
	want = append(want, got{"test", "xxxxx", false}, got{"test", "half", false}, got{"other", "\x1e9999 test", false}, got{"other", "last", false})
	for name, size := range map[string]func() int{"whole": func() int { return len(text) }, "bytes": func() int { return 1 },
		"random": func() int { return 1 + rand.IntN(2*maxLineLength) }} {
		if diff := cmp.Diff(want, read(size), cmp.AllowUnexported(got{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
