package reproduce

import (
	"math"
	"testing"
)

// The values are those of the tables in engine.md 4.4 and of R's fisher.test.
func TestFisher(t *testing.T) {
	for _, c := range []struct {
		a, m, b, n int
		want       float64
	}{
		{3, 3, 0, 3, .10}, {4, 4, 0, 4, .0286}, {5, 5, 0, 5, .0079}, {4, 5, 0, 5, .0476}, {2, 5, 0, 5, .4444},
		{2, 5, 0, 20, .0333}, {5, 10, 0, 10, .0325}, {1, 5, 0, 20, .20}, {0, 5, 0, 5, 1}, {5, 5, 5, 5, 1},
		{0, 5, 5, 5, .0079}, {20, 20, 0, 20, 1.45e-11}, {0, 0, 0, 5, 1}, {3, 7, 1, 9, .2615},
	} {
		got := Fisher(c.a, c.m, c.b, c.n)
		if math.Abs(got-c.want) > .0005 {
			t.Errorf("Fisher(%d of %d, %d of %d) = %.4f, want %.4f", c.a, c.m, c.b, c.n, got, c.want)
		}
		if back := Fisher(c.b, c.n, c.a, c.m); math.Abs(back-got) > 1e-9 {
			t.Errorf("Fisher is not symmetric: %v and %v", got, back)
		}
	}
}

func TestToldApart(t *testing.T) {
	for _, c := range []struct {
		name           string
		k1, n1, k2, n2 int
		fixed, want    bool
	}{
		{"3 a side never", 3, 3, 0, 3, true, false},
		{"3 against 20 never", 3, 3, 0, 20, true, false},
		{"4 of 4 against 0 of 4", 4, 4, 0, 4, false, true},
		{"3 of 4 against 0 of 4", 3, 4, 0, 4, false, false},
		{"first look, all", 5, 5, 0, 5, false, true},
		{"first look is strict", 4, 5, 0, 5, false, false},
		{"the same, fixed beforehand", 4, 5, 0, 5, true, true},
		{"second look", 6, 10, 0, 10, false, true},
		{"second look is strict", 5, 10, 0, 10, false, false},
		{"third look", 6, 20, 0, 20, false, true},
		{"third look, too few", 4, 20, 0, 20, false, false},
		{"the other way round", 0, 5, 5, 5, false, true},
	} {
		if _, got := toldApart(c.k1, c.n1, c.k2, c.n2, c.fixed); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
