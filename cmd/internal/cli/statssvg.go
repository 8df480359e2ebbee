package cli

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/almatriage/almatriage/tracker/safe"
)

// The measures of the picture, in pixels.
const (
	svgWidth, svgLabel, svgNumbers = 720, 200, 120
	svgRow, svgBar, svgHead        = 24, 14, 40
)

// svg draws the table as bars, one above the other, each beside its name and
// its numbers: who cannot see colours reads those.
func (c *counts) svg() string {
	colours := []string{"#2a6f97", "#c9ccc4"} // what is done, what is left
	most := 1
	for _, r := range c.rows {
		most = max(most, sum(r.numbers))
	}
	var b strings.Builder
	height := svgHead + svgRow*len(c.rows) + 10
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="13" role="img">`+"\n",
		svgWidth, height, svgWidth, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", svgText(strings.Join(c.columns, " and ")+" by "+c.by))
	x := svgLabel
	for i, name := range c.columns {
		fmt.Fprintf(&b, `<rect x="%d" y="12" width="12" height="12" fill="%s"/><text x="%d" y="23">%s</text>`+"\n", x, colours[i%len(colours)], x+18, svgText(name))
		x += 110
	}
	for i, r := range c.rows {
		y := svgHead + i*svgRow
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", svgLabel-10, y+svgBar-2, svgText(safe.Line(r.name).Truncate(24, "…").String()))
		x := float64(svgLabel)
		var numbers []string
		for j, n := range r.numbers {
			w := float64(n) / float64(most) * (svgWidth - svgLabel - svgNumbers)
			if n > 0 {
				fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`, x, y, w, svgBar, colours[j%len(colours)])
			}
			x += w
			numbers = append(numbers, strconv.Itoa(n))
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%d">%s</text>`+"\n", x+6, y+svgBar-2, strings.Join(numbers, " + "))
	}
	return b.String() + "</svg>\n"
}

func sum(numbers []int) (all int) {
	for _, n := range numbers {
		all += n
	}
	return all
}

// svgText is a text that is nothing but that in XML.
func svgText(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(safe.Line(text).String())); err != nil {
		panic(err) // a builder takes everything
	}
	return b.String()
}
