package widget_test

import (
	"testing"

	"github.com/almatriage/almatriage/tui/widget"
)

func TestCount(t *testing.T) {
	for _, c := range []struct {
		n    int
		word string
		want string
	}{
		{0, "report", "0 reports"},
		{1, "report", "1 report"},
		{2, "older line", "2 older lines"},
		{1, "process", "1 process"},
		{0, "process", "0 processes"},
		{999, "line", "999 lines"},
		{1000, "line", "1,000 lines"},
		{1234567, "line", "1,234,567 lines"},
		{-100, "line", "-100 lines"},
	} {
		if got := widget.Count(c.n, c.word); got != c.want {
			t.Errorf("%d of %q: %q, want %q", c.n, c.word, got, c.want)
		}
	}
}

func TestVerbsOfCounts(t *testing.T) {
	for n, want := range map[int][2]string{0: {"are", "were"}, 1: {"is", "was"}, 2: {"are", "were"}} {
		if got := [2]string{widget.Be(n), widget.Was(n)}; got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
