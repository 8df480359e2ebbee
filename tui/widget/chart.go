package widget

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/theme"
)

// The characters of charts. What a chart shows also stands beside it in plain
// words and numbers: for a screen reader, and for a font without these.
const (
	full    = "█"
	rest    = "░"
	nothing = "·"
	levels  = "▁▂▃▄▅▆▇█"
)

// leastBar is how many cells a bar must have to be drawn; in less room the
// words stand alone.
const leastBar = 8

// Bar is one line of a bar chart: so many of a whole.
type Bar struct {
	Label safe.Text
	N, Of int
}

func (b Bar) numbers() string { return partOf(b.N, b.Of) }

// partOf is "12 of 40 (30 %)". It never rounds to all or nothing what is not.
func partOf(n, of int) string {
	if of == 0 {
		return "0 of 0"
	}
	percent := strconv.Itoa((200*n + of) / (2 * of))
	switch {
	case percent == "0" && n > 0:
		percent = "<1"
	case percent == "100" && n < of:
		percent = ">99"
	}
	return fmt.Sprintf("%d of %d (%s %%)", n, of, percent)
}

// Bars is a bar chart of w cells: label, bar, numbers, a line each.
func Bars(t *theme.Theme, bars []Bar, w int) []string {
	labels, numbers := 0, 0
	for _, b := range bars {
		labels, numbers = max(labels, b.Label.Width()), max(numbers, len(b.numbers()))
	}
	labels = max(0, min(labels, w-numbers-2))
	cells := min(50, w-labels-numbers-4)
	lines := make([]string, len(bars))
	for i, b := range bars {
		line := Fit(b.Label.String(), labels) + "  "
		if cells >= leastBar {
			cut := shares([]int{b.N}, b.Of, cells)
			line += t.Accent.Render(strings.Repeat(full, cut[0])) + t.Faint.Render(strings.Repeat(rest, cut[1])) + "  "
		}
		lines[i] = Fit(line+b.numbers(), w)
	}
	return lines
}

// Part is a share of a Stack.
type Part struct {
	Name  string // clean
	N     int
	Style lipgloss.Style
}

// Stack is a whole in its parts; what they leave of it is called Rest.
type Stack struct {
	Label safe.Text
	Parts []Part
	Of    int
	Rest  string
}

// Stacks is a chart of w cells: for each whole a line with a bar of all its
// parts, and below it the parts in the same order and in words.
func Stacks(t *theme.Theme, stacks []Stack, w int) []string {
	labels, numbers := 0, 0
	for _, s := range stacks {
		labels, numbers = max(labels, s.Label.Width()), max(numbers, len(s.numbers()))
	}
	labels = max(0, min(labels, w/3))
	cells := min(50, w-labels-numbers-4)
	var lines []string
	for _, s := range stacks {
		head := Fit(s.Label.String(), labels) + "  "
		if cells >= leastBar {
			head += s.bar(t, cells) + "  "
		}
		lines = append(append(lines, Fit(head+s.numbers(), w)), Flow(s.words(t), ", ", "  ", w)...)
	}
	return lines
}

// sign tells parts that lie beside each other apart without a colour.
func sign(part int) string { return []string{full, "▓", "▒"}[part%3] }

// sum is how much of the whole its parts are.
func (s Stack) sum() (sum int) {
	for _, p := range s.Parts {
		sum += p.N
	}
	return sum
}

func (s Stack) numbers() string { return partOf(s.sum(), s.Of) }

// words name the parts that there are, each behind the sign that it is drawn with.
func (s Stack) words(t *theme.Theme) []string {
	var words []string
	for i, p := range s.Parts {
		if p.N == 0 {
			continue
		}
		words = append(words, p.Style.Render(sign(i))+" "+p.Name+" "+strconv.Itoa(p.N))
	}
	if left := s.Of - s.sum(); left > 0 && s.Rest != "" {
		words = append(words, t.Faint.Render(rest)+" "+s.Rest+" "+strconv.Itoa(left))
	}
	return words
}

func (s Stack) bar(t *theme.Theme, cells int) string {
	sizes := make([]int, len(s.Parts))
	for i, p := range s.Parts {
		sizes[i] = p.N
	}
	var b strings.Builder
	cut := shares(sizes, s.Of, cells)
	for i, p := range s.Parts {
		b.WriteString(p.Style.Render(strings.Repeat(sign(i), cut[i])))
	}
	return b.String() + t.Faint.Render(strings.Repeat(rest, cut[len(s.Parts)]))
}

// shares divides cells among the parts of a whole and, as the last one, what
// they leave of it. What there is has a cell at least, while there are enough.
func shares(parts []int, of, cells int) []int {
	all, sum := slices.Clone(parts), 0
	for _, n := range parts {
		sum += n
	}
	all = append(all, max(0, of-sum))
	if of = max(of, sum); of == 0 {
		of, all[len(parts)] = 1, 1
	}
	cut := make([]int, len(all))
	upTo, at := 0, 0
	for i, n := range all {
		upTo += n
		next := (2*upTo*cells + of) / (2 * of)
		cut[i], at = next-at, next
	}
	for i, n := range all {
		if widest := slices.Index(cut, slices.Max(cut)); n > 0 && cut[i] == 0 && cut[widest] > 1 {
			cut[widest]--
			cut[i]++
		}
	}
	return cut
}

// Flow lays styled words out in lines of at most w cells, each after an indent,
// with a separator between two of a line.
func Flow(words []string, separator, indent string, w int) []string {
	var lines []string
	line, end := "", strings.TrimRight(separator, " ")
	for i, word := range words {
		follows := end // what ends the line if this word does
		if i == len(words)-1 {
			follows = ""
		}
		if line != "" && ansi.StringWidth(indent+line+separator+word+follows) > w {
			lines = append(lines, Fit(indent+line+end, w))
			line = ""
		}
		if line != "" {
			line += separator
		}
		line += word
	}
	if line != "" {
		lines = append(lines, Fit(indent+line, w))
	}
	return lines
}

// Trend is a number for each of some days that follow each other.
type Trend struct {
	Title string // the program's own, as in "Runs a day"
	First time.Time
	Days  []int
}

// Lines is the trend in lines of w cells: in words, as a sparkline, and the
// axis below it.
func (d Trend) Lines(t *theme.Theme, w int) []string {
	marks, each := Sparkline(d.Days, w)
	words, some := d.words()
	if !some {
		return Flow(words, ", ", "", w)
	}
	if each > 1 {
		words = append(words, fmt.Sprintf("a mark is %d days", each))
	}
	lines := Flow(words, ", ", "", w)
	axis := d.date(0)
	if last := d.date(len(d.Days) - 1); last != axis {
		axis += strings.Repeat(" ", max(1, ansi.StringWidth(marks)-len(axis)-len(last))) + last
	}
	return append(lines, Fit(t.Accent.Render(marks), w), Fit(t.Faint.Render(axis), w))
}

func (d Trend) date(day int) string { return d.First.AddDate(0, 0, day).Format(time.DateOnly) }

// words say what the marks show; some tells whether that is anything.
func (d Trend) words() (words []string, some bool) {
	sum, most := 0, 0
	for i, n := range d.Days {
		sum += n
		if n > d.Days[most] {
			most = i
		}
	}
	days := Count(len(d.Days), "day")
	if sum == 0 {
		return []string{d.Title + ": none in " + days}, false
	}
	return []string{fmt.Sprintf("%s: %d in %s", d.Title, sum, days), fmt.Sprintf("from %d to %d", slices.Min(d.Days), d.Days[most]), "the most on " + d.date(most)}, true
}

// Sparkline draws numbers in at most w cells: a few that follow each other in
// one mark where there is no room for each, several cells for each where there
// is. A dot is none at all. each is how many numbers a mark stands for.
func Sparkline(numbers []int, w int) (marks string, each int) {
	if len(numbers) == 0 || w <= 0 {
		return "", 0
	}
	each = (len(numbers) + w - 1) / w
	var sums []int
	for group := range slices.Chunk(numbers, each) {
		sum := 0
		for _, n := range group {
			sum += n
		}
		sums = append(sums, sum)
	}
	most, steps := slices.Max(sums), []rune(levels)
	wide := max(1, min(4, w/len(sums)))
	var b strings.Builder
	for _, n := range sums {
		mark := nothing
		if n > 0 {
			mark = string(steps[(n*len(steps)-1)/most])
		}
		b.WriteString(strings.Repeat(mark, wide))
	}
	return b.String(), each
}
