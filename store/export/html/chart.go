package html

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
)

// The measures of a chart, in pixels; a narrow screen draws it smaller.
const (
	chartWidth, chartLabel, chartNumbers = 480, 150, 60
	chartRow, chartBar                   = 26, 16
	chartName                            = 20 // characters that fit beside the bars
	mostBars                             = 12
)

// chart is a picture of how many reports there are of each kind, and the same
// as a table.
type chart struct {
	ID, Title, Desc string
	By              string // heads the names
	Width, Height   int
	LabelX          int
	Bars            []bar
	Meanings        bool // the bars have some
}

// bar is a line of a chart.
type bar struct {
	Name, Short, Meaning     string
	Decided, Suggested, None int
	Boxes                    []box
	TextY, NumberX           int
}

// box is a part of a bar.
type box struct {
	Class               string
	X, Y, Width, Height int
}

// All is how many reports a bar stands for.
func (b *bar) All() int { return b.Decided + b.Suggested + b.None }

func (b *bar) add(other bar) {
	b.Decided, b.Suggested, b.None = b.Decided+other.Decided, b.Suggested+other.Suggested, b.None+other.None
}

// one is a report as a bar.
func (r *row) one() bar {
	switch r.Decision {
	case decided:
		return bar{Decided: 1}
	case suggested:
		return bar{Suggested: 1}
	}
	return bar{None: 1}
}

// charts are those of the verdicts and of the releases.
func (p *page) charts() []chart {
	if len(p.rows) == 0 {
		return nil
	}
	verdicts, releases := map[string]*bar{}, map[string]*bar{}
	count := func(bars map[string]*bar, name string, r *row) {
		if bars[name] == nil {
			bars[name] = &bar{Name: name}
		}
		bars[name].add(r.one())
	}
	for i := range p.rows {
		count(verdicts, p.rows[i].Verdict, &p.rows[i])
		count(releases, p.rows[i].Release, &p.rows[i])
	}
	return []chart{byVerdict(verdicts), byRelease(releases)}
}

func byVerdict(bars map[string]*bar) chart {
	order := append(reproduce.Decidable(), reproduce.Inconclusive)
	place := func(b bar) int { // words that nobody knows come last but for none
		if i := slices.Index(order, reproduce.Verdict(b.Name)); i >= 0 {
			return i
		}
		return len(order) + b2i(b.Name == "")
	}
	list := sorted(bars, func(a, b bar) int { return cmp.Or(place(a)-place(b), cmp.Compare(a.Name, b.Name)) })
	for i := range list {
		list[i].Meaning = handoff.Meaning(reproduce.Verdict(list[i].Name), "CentOS Stream")
		if place(list[i]) == len(order) {
			list[i].Meaning = ""
		}
		list[i].Name = cmp.Or(list[i].Name, "no verdict")
	}
	return draw(chart{ID: "verdicts", Title: "Reports by verdict", By: "Verdict", Meanings: true}, list)
}

func byRelease(bars map[string]*bar) chart {
	list := sorted(bars, func(a, b bar) int { return cmp.Or(b.All()-a.All(), cmp.Compare(a.Name, b.Name)) })
	for i := range list {
		list[i].Name = cmp.Or(list[i].Name, "not known")
	}
	return draw(chart{ID: "releases", Title: "Reports by release", By: "Release"}, list)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sorted are the bars in an order, those that are too many as one.
func sorted(bars map[string]*bar, order func(a, b bar) int) []bar {
	list := make([]bar, 0, len(bars))
	for b := range maps.Values(bars) {
		list = append(list, *b)
	}
	slices.SortFunc(list, order)
	if len(list) <= mostBars {
		return list
	}
	rest := bar{Name: fmt.Sprintf("%d others", len(list)-mostBars+1)}
	for _, b := range list[mostBars-1:] {
		rest.add(b)
	}
	return append(list[:mostBars-1], rest)
}

// draw places the bars.
func draw(c chart, bars []bar) chart {
	c.Width, c.Height, c.LabelX, c.Bars = chartWidth, chartRow*len(bars)+4, chartLabel-8, bars
	most := 1
	for i := range bars {
		most = max(most, bars[i].All())
	}
	var said []string
	for i := range bars {
		bars[i].draw(i*chartRow, most)
		said = append(said, fmt.Sprintf("%s: %d", bars[i].Name, bars[i].All()))
	}
	c.Desc = strings.Join(said, ", ") + "."
	return c
}

// draw places a bar; most is how many reports the longest stands for.
func (b *bar) draw(y, most int) {
	b.Short, b.TextY = short(b.Name), y+chartBar
	x := chartLabel
	for _, part := range []struct {
		class string
		n     int
	}{{decided, b.Decided}, {suggested, b.Suggested}, {undecided, b.None}} {
		if part.n > 0 {
			width := max(2, part.n*(chartWidth-chartLabel-chartNumbers)/most)
			b.Boxes = append(b.Boxes, box{part.class, x, y + 4, width, chartBar})
			x += width + 1
		}
	}
	b.NumberX = x + 6
}

// short is a name that fits beside the bars.
func short(name string) string {
	if runes := []rune(name); len(runes) > chartName {
		return string(runes[:chartName-1]) + "…"
	}
	return name
}
