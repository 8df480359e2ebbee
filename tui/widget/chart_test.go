package widget

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/theme"
)

// trimmed is lines without the blanks at their ends.
func trimmed(chart []string) string {
	var list []string
	for _, line := range chart {
		list = append(list, strings.TrimRight(ansi.Strip(line), " "))
	}
	return strings.Join(list, "\n")
}

func lines(chart []string) string { return ansi.Strip(strings.Join(chart, "\n")) }

func TestBars(t *testing.T) {
	bars := []Bar{{safe.Line("alma-only"), 12, 40}, {safe.Line("stream-reproducible"), 28, 40}, {safe.Line("duplicate"), 0, 40}}
	for _, test := range []struct {
		w    int
		want string
	}{
		{60, "alma-only            ███████░░░░░░░░░░░░░░░  12 of 40 (30 %)\n" +
			"stream-reproducible  ███████████████░░░░░░░  28 of 40 (70 %)\n" +
			"duplicate            ░░░░░░░░░░░░░░░░░░░░░░  0 of 40 (0 %)  "},
		// No room for a bar: words and numbers are left.
		{40, "alma-only            12 of 40 (30 %)    \n" +
			"stream-reproducible  28 of 40 (70 %)    \n" +
			"duplicate            0 of 40 (0 %)      "},
		// Nor for the labels: the numbers stay.
		{24, "alma-o…  12 of 40 (30 %)\n" +
			"stream…  28 of 40 (70 %)\n" +
			"duplic…  0 of 40 (0 %)  "},
	} {
		if diff := cmp.Diff(test.want, lines(Bars(theme.New(theme.Dark), bars, test.w))); diff != "" {
			t.Errorf("%d cells (-want +got):\n%s", test.w, diff)
		}
	}
}

func TestPercentNeverRoundsToAllOrNothing(t *testing.T) {
	for _, test := range []struct {
		n, of int
		want  string
	}{{0, 7, "0 of 7 (0 %)"}, {7, 7, "7 of 7 (100 %)"}, {1, 1000, "1 of 1000 (<1 %)"}, {999, 1000, "999 of 1000 (>99 %)"}, {1, 3, "1 of 3 (33 %)"},
		{2, 3, "2 of 3 (67 %)"}, {1, 200, "1 of 200 (1 %)"}, {0, 0, "0 of 0"}} {
		if got := partOf(test.n, test.of); got != test.want {
			t.Errorf("%d of %d: %q, want %q", test.n, test.of, got, test.want)
		}
	}
}

func TestStacks(t *testing.T) {
	th := theme.New(theme.None)
	stacks := []Stack{
		{Label: safe.Line("9.6"), Of: 40, Rest: "undecided", Parts: []Part{{"alma-only", 12, th.Text}, {"duplicate", 8, th.Text}, {"not-a-bug", 1, th.Text}}},
		{Label: safe.Line("no release"), Of: 2, Rest: "undecided"},
		{Label: safe.Line("10"), Of: 3, Rest: "undecided", Parts: []Part{{"alma-only", 3, th.Text}}},
	}
	want := []string{
		"9.6         ████████▓▓▓▓▓▒░░░░░░░░░░░░  21 of 40 (53 %)",
		"  █ alma-only 12, ▓ duplicate 8, ▒ not-a-bug 1,",
		"  ░ undecided 19",
		"no release  ░░░░░░░░░░░░░░░░░░░░░░░░░░  0 of 2 (0 %)",
		"  ░ undecided 2",
		"10          ██████████████████████████  3 of 3 (100 %)",
		"  █ alma-only 3",
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), trimmed(Stacks(th, stacks, 55))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A bar has as many cells as it should, and no part that there is goes unseen.
func TestShares(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		parts := make([]int, random.IntN(11))
		of := 0
		for i := range parts {
			parts[i] = random.IntN(4) * random.IntN(500)
			of += parts[i]
		}
		of += random.IntN(2) * random.IntN(1000)
		cells := 12 + random.IntN(60)
		cut := shares(parts, of, cells)
		sum := 0
		for _, n := range cut {
			sum += n
		}
		if len(cut) != len(parts)+1 || sum != cells || slices.Min(cut) < 0 {
			t.Fatalf("%v of %d in %d cells: %v", parts, of, cells, cut)
		}
		for i, n := range parts {
			if (n > 0) != (cut[i] > 0) {
				t.Fatalf("%v of %d in %d cells: %v: part %d", parts, of, cells, cut, i)
			}
		}
	}
}

func TestSparkline(t *testing.T) {
	for _, test := range []struct {
		numbers []int
		w       int
		want    string
		each    int
	}{
		{[]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, 9, "·▁▂▃▄▅▆▇█", 1},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, 17, "·▁▂▃▄▅▆▇█", 1},
		{[]int{0, 8, 4}, 7, "··██▄▄", 1},
		{[]int{0, 8, 4}, 90, "····████▄▄▄▄", 1},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, 4, "▂▅█", 3},
		{[]int{0, 1, 2, 3}, 2, "▂█", 2},
		{[]int{0, 0}, 2, "··", 1},
		{[]int{1, 1000000}, 2, "▁█", 1},
		{nil, 10, "", 0},
	} {
		if marks, each := Sparkline(test.numbers, test.w); marks != test.want || each != test.each {
			t.Errorf("%v in %d cells: %q, %d; want %q, %d", test.numbers, test.w, marks, each, test.want, test.each)
		}
	}
}

func TestTrend(t *testing.T) {
	first := time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		days []int
		w    int
		want string
	}{
		{[]int{0, 3, 0, 5, 0, 0, 1}, 60, "Runs a day: 9 in 7 days, from 0 to 5, the most on 2026-11-21\n····▅▅▅▅····████········▂▂▂▂\n2026-11-18        2026-11-24"},
		{[]int{0, 0, 0}, 60, "Runs a day: none in 3 days"},
		{[]int{2}, 60, "Runs a day: 2 in 1 day, from 2 to 2, the most on 2026-11-18\n████\n2026-11-18"},
	} {
		got := trimmed(Trend{Title: "Runs a day", First: first, Days: test.days}.Lines(theme.New(theme.None), test.w))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.days, diff)
		}
	}
	long := trimmed(Trend{Title: "Runs a day", First: first, Days: append(make([]int, 89), 1)}.Lines(theme.New(theme.None), 40))
	if words := strings.Join(strings.Fields(long), " "); !strings.Contains(words, "a mark is 3 days") {
		t.Errorf("it does not say what a mark is:\n%s", long)
	}
}

// Charts are of the width that is asked for, whatever the texts are.
func TestChartsFit(t *testing.T) {
	th := theme.New(theme.Dark)
	labels := []string{"", "9.6", "漢字漢字漢字漢字漢字漢字漢字漢字漢字", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", strings.Repeat("x", 500), "\x1b[2Jhostile\u202e"}
	for w := 1; w <= 240; w++ {
		var bars []Bar
		var stacks []Stack
		for i, label := range labels {
			bars = append(bars, Bar{safe.Line(label), i * 3, 40})
			stacks = append(stacks, Stack{Label: safe.Line(label), Of: 1 << i, Rest: "undecided", Parts: []Part{{"alma-only", i, th.Good}, {"stream-reproducible", 1, th.Warn}}})
		}
		chart := append(Bars(th, bars, w), Stacks(th, stacks, w)...)
		chart = append(chart, Trend{Title: "Decisions a day", First: time.Unix(0, 0), Days: []int{1, 0, 7, w}}.Lines(th, w)...)
		for _, line := range chart {
			if got := ansi.StringWidth(line); got != w {
				t.Fatalf("a line of %d cells, not %d: %q", got, w, line)
			}
		}
	}
}

func TestFlow(t *testing.T) {
	for _, test := range []struct {
		w    int
		want string
	}{
		{14, "  one, two,   |  three, four "},
		{13, "  one, two,  |  three, four"},
		{11, "  one, two,|  three,   |  four     "},
		{10, "  one,    |  two,    |  three,  |  four    "}, // the comma behind two must not cost it its end
	} {
		if diff := cmp.Diff(test.want, strings.Join(Flow([]string{"one", "two", "three", "four"}, ", ", "  ", test.w), "|")); diff != "" {
			t.Errorf("%d cells (-want +got):\n%s", test.w, diff)
		}
	}
	if got := Flow(nil, ", ", "  ", 14); got != nil {
		t.Errorf("of nothing: %q", got)
	}
}
